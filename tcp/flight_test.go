package tcp

import (
	"testing"

	"pgregory.net/rapid"

	"simrun/wire"
)

// TestFlightTwin compares the scoreboard, kept up step by step, with RFC 6675
// computed anew from the records each time.
func TestFlightTwin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const mss = 100
		start := wire.Seq(rapid.Uint32().Draw(t, "start"))
		var f flight
		una, nxt := start, start
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "op") {
			case 0, 1, 2, 3: // send
				n := rapid.SampledFrom([]int{mss, mss, mss, 1, 57}).Draw(t, "n")
				f.push(record{seq: nxt, n: n, flags: wire.ACK})
				nxt = nxt.Add(n)
			case 4: // cumulative ACK, perhaps within a segment
				if span := nxt.Sub(una); span > 0 {
					una = una.Add(rapid.IntRange(1, span).Draw(t, "ack"))
					f.acknowledge(una, nil)
				}
			case 5, 6: // a SACK block
				if span := nxt.Sub(una); span > 2 {
					left := rapid.IntRange(1, span-1).Draw(t, "left")
					right := rapid.IntRange(left+1, span).Draw(t, "right")
					f.report(wire.SACKBlock{Left: una.Add(left), Right: una.Add(right)}, mss, nil)
					before := f.records.Clone()
					f.judge(mss)
					for i := range f.len() {
						if r := f.records.At(i); r.lost && !before.At(i).lost && !isLost(&f, i, mss) {
							t.Fatalf("record %d is presumed lost, and is not by RFC 6675", i)
						}
					}
				}
			case 7: // retransmit
				if r := f.nextLost(); r != nil {
					f.change(r, r.sacked, r.lost, true)
				}
			case 8:
				if f.len() > 0 {
					f.loseFront()
				}
			case 9:
				if rapid.IntRange(0, 3).Draw(t, "rto") == 0 {
					f.loseAll()
				}
			}
			compareFlight(t, &f, mss)
		}
	})
}

func compareFlight(t *rapid.T, f *flight, mss int) {
	pipe, have := 0, 0
	var first *record
	for i := range f.len() {
		r := f.records.At(i)
		pipe += r.weight()
		if r.sacked {
			have += r.n
		}
		if first == nil && r.lost && !r.resent && !r.sacked {
			first = r
		}
		if isLost(f, i, mss) && !r.sacked && !r.lost {
			t.Fatalf("record %d is lost by RFC 6675 and not presumed so", i)
		}
	}
	if f.pipe != pipe || f.have != have {
		t.Fatalf("pipe %d, have %d; want %d, %d", f.pipe, f.have, pipe, have)
	}
	if got := f.nextLost(); got != first {
		t.Fatalf("next lost %+v, want %+v", got, first)
	}
}

// isLost is RFC 6675 4: more than two segments' octets, or three separate
// ranges, were reported above a record.
func isLost(f *flight, i, mss int) bool {
	above, ranges := 0, 0
	for j := i + 1; j < f.len(); j++ {
		if s := f.records.At(j); s.sacked {
			above += s.n
			if !f.records.At(j - 1).sacked {
				ranges++
			}
		}
	}
	return above > (dupThresh-1)*mss || ranges >= dupThresh
}

// TestFlightFindsByGuess: among segments of one size none is searched for.
func TestFlightFindsByGuess(t *testing.T) {
	for _, inFlight := range []int{20, 2000} {
		var f flight
		for i := range inFlight {
			f.push(record{seq: wire.Seq(i * 1460), n: 1460, flags: wire.ACK})
		}
		for i := range inFlight {
			if got := f.find(wire.Seq(i*1460), 1460); got != i+1 {
				t.Fatalf("%d in flight: found %d, want %d", inFlight, got, i+1)
			}
		}
		if f.visits > 0 {
			t.Errorf("%d in flight: %d records looked at beside those that were found", inFlight, f.visits)
		}
	}
}
