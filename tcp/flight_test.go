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
					f.judge(mss)
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
		above, ranges := 0, 0
		for j := i + 1; j < f.len(); j++ {
			if s := f.records.At(j); s.sacked {
				above += s.n
				if !f.records.At(j - 1).sacked {
					ranges++
				}
			}
		}
		if isLost := above > (dupThresh-1)*mss || ranges >= dupThresh; isLost && !r.sacked && !r.lost {
			t.Fatalf("record %d is lost by RFC 6675 (%d octets in %d ranges above) and not presumed so", i, above, ranges)
		}
	}
	if f.pipe != pipe || f.have != have {
		t.Fatalf("pipe %d, have %d; want %d, %d", f.pipe, f.have, pipe, have)
	}
	if got := f.nextLost(); got != first {
		t.Fatalf("next lost %+v, want %+v", got, first)
	}
}

// TestFlightVisits counts: no report walks the window, whatever its size.
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
	}
}
