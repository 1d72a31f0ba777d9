package tcp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"simrun/clock"
)

// twenty is a connection with SACK and twenty segments of 100 octets in flight,
// as the examples of RFC 9937 8 begin.
func twenty(t testing.TB, prr bool) *rig {
	r := withSACK(t, func(c *Config) { c.InitialWindow, c.SendBuffer, c.PRR = 20, 100_000, prr })
	r.send(10_000)
	if got := r.c.Vars().InFlight; got != 20 {
		t.Fatalf("%d in flight, want 20", got)
	}
	return r
}

// column is one ACK of the figures: the window and what is in the network, in
// segments, before anything is sent, and what is: N new, R again.
func column(r *rig) string {
	sent, text := 0, ""
	for i := range r.out.Segments {
		seg := &r.out.Segments[i]
		sent += len(seg.Payload)
		text += map[bool]string{false: "N", true: "R"}[seg.Resend > 0]
	}
	return fmt.Sprintf("%d/%d%s", r.c.cc.cwnd/100, (r.c.inNetwork()-sent)/100, text)
}

// RFC 9937 8, figure 1: the first of twenty segments is lost. RFC 6675 is
// silent for half a window and then sends at the old rate; PRR sends for every
// second ACK. In the columns of ACK 19 and 20 the figure has 11/10N and 10/10,
// as if the pseudocode compared inflight >= ssthresh; by its inflight >
// ssthresh, which this code follows, the segment leaves an ACK later.
func TestPRRFigure1(t *testing.T) {
	for _, c := range []struct {
		prr  bool
		want string
	}{
		{false, "20/19N 20/19N 10/18R 10/18 10/17 10/16 10/15 10/14 10/13 10/12 10/11 10/10 10/9N 10/9N 10/9N 10/9N 10/9N 10/9N 10/9N 10/9N 10/9N"},
		{true, "20/19N 20/19N 19/18R 18/18 18/17N 17/17 17/16N 16/16 16/15N 15/15 15/14N 14/14 14/13N 13/13 13/12N 12/12 12/11N 11/11 10/10 10/9N 10/9N"},
	} {
		r := twenty(t, c.prr)
		var got []string
		for i := 1; i <= 21; i++ { // ACK 20 and 21 are of what limited transmit sent
			r.feed(fmt.Sprintf(". 1 ack 1 win 10000 <sack 101:%d>", 101+100*i))
			got = append(got, column(r))
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("PRR %v:\ngot  %s\nwant %s", c.prr, g, c.want)
		}
		r.feed(". 1 ack 2201 win 10000") // ACK 22
		if got := column(r); got != "10/9N" || r.c.rec.phase != phaseOpen {
			t.Errorf("PRR %v: the ACK that ends recovery gives %s", c.prr, got)
		}
	}
}

// RFC 9937 8, figure 2: the first fifteen are lost. RFC 6675 sends six at once;
// PRR sends one for each that arrived.
func TestPRRFigure2(t *testing.T) {
	for _, c := range []struct {
		prr  bool
		want string
	}{
		{false, "20/19N 20/19N 10/4RRRRRR 10/9R 10/9R"},
		{true, "20/19N 20/19N 5/4R 5/4R 5/4R"},
	} {
		r := twenty(t, c.prr)
		var got []string
		for i := 1; i <= 5; i++ {
			r.feed(fmt.Sprintf(". 1 ack 1 win 10000 <sack 1501:%d>", 1501+100*i))
			got = append(got, column(r))
		}
		if g := strings.Join(got, " "); g != c.want {
			t.Errorf("PRR %v: got %s, want %s", c.prr, g, c.want)
		}
	}
}

// RFC 9937 6.2: once the fast retransmits bring ACKs that advance SND.UNA, and
// none tells of another loss, each lets out a segment more than arrived.
func TestPRRSafeACK(t *testing.T) {
	r := twenty(t, true)
	for i := 1; i <= 5; i++ {
		r.feed(fmt.Sprintf(". 1 ack 1 win 10000 <sack 1501:%d>", 1501+100*i))
	}
	for i, want := range []string{"6/4RR", "7/5RR", "8/6RR"} {
		r.feed(fmt.Sprintf(". 1 ack %d win 10000 <sack 1501:2001>", 101+100*i))
		if got := column(r); got != want {
			t.Errorf("ACK of the retransmission %d: %s, want %s", i+1, got, want)
		}
	}
}

// RFC 9937 6.2 without SACK: a duplicate ACK counts as a segment, and an ACK
// takes those off that told of what it covers. A peer that makes duplicates up
// gets no more out of the sender than was in flight.
func TestPRRWithoutSACK(t *testing.T) {
	r := ten(t, established, func(c *Config) { c.PRR = true })
	for i, want := range []string{
		". 1001:1101(100) ack 1", ". 1101:1201(100) ack 1", // limited transmit
		". 1:101(100) ack 1", // 100×500/1200 octets, in whole segments
		"", ". 1201:1301(100) ack 1", "", ". 1301:1401(100) ack 1", "", "", ". 1401:1501(100) ack 1", ". 1501:1601(100) ack 1",
	} {
		r.feed(". 1 ack 1 win 50000")
		if got := r.sent(); got != want {
			t.Errorf("duplicate %d: sent %q, want %q", i+1, got, want)
		}
	}
	for range 30 {
		r.feed(". 1 ack 1 win 50000")
	}
	if p := r.c.rec.prr; p.delivered != p.size || p.size != 1200 {
		t.Errorf("after duplicates without end %d of %d count as delivered, want 1200 of 1200", p.delivered, p.size)
	}
	r.feed(". 1 ack 1201 win 50000")
	if r.c.rec.phase != phaseOpen || r.c.cc.cwnd != 500 {
		t.Errorf("phase %d, cwnd %d; want recovery over and 500", r.c.rec.phase, r.c.cc.cwnd)
	}
}

// RFC 9937 6.2: a partial ACK of four segments, of which duplicates have told of
// three, delivers one.
func TestPRRPartialACK(t *testing.T) {
	r := ten(t, established, func(c *Config) { c.PRR = true })
	for range 8 {
		r.feed(". 1 ack 1 win 50000")
	}
	before := r.c.rec.prr.delivered
	r.feed(". 1 ack 401 win 50000")
	if got := r.c.rec.prr.delivered - before; before != 600 || got != 100 {
		t.Errorf("%d octets delivered by duplicates, %d by the partial ACK; want 600, 100", before, got)
	}
}

// TestPRRTwin compares the window after every ACK of random recoveries with the
// RFC's pseudocode, on numbers that are counted anew from the records.
func TestPRRTwin(t *testing.T) {
	episodes, safeACKs, heavy := 0, 0, 0
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(seed, 9937))
		cfg := small()
		cfg.SACK, cfg.PRR, cfg.ReceiveBuffer, cfg.SendBuffer = true, true, 60_000, 200_000
		cfg.InitialWindow = 8 + rnd.IntN(40)
		b := newBulk(&cfg)
		a := &b.conns[0]
		b.outs[0].Reset()
		_, _ = a.Send(0, bytes.Repeat([]byte{'x'}, 60_000), &b.outs[0])
		var onWay []Segment
		var size, delivered, out, cwnd int
		now, loss := clock.Time(0), 0.3*rnd.Float64()
		for range 3000 {
			for _, seg := range b.outs[0].Segments {
				seg.Payload = bytes.Clone(seg.Payload)
				onWay = append(onWay, seg)
			}
			b.outs[0].Reset()
			if len(onWay) == 0 {
				at, ok := a.NextTimeout()
				if !ok {
					break
				}
				now = at
				a.Expire(now, &b.outs[0])
				continue
			}
			seg := onWay[0]
			onWay = onWay[1:]
			if rnd.Float64() < loss {
				continue
			}
			b.outs[1].Reset()
			b.conns[1].Arrive(now, &seg.TCP, &b.outs[1])
			if len(b.outs[1].Segments) == 0 {
				continue
			}
			before := count(a)
			a.Arrive(now, &b.outs[1].Segments[0].TCP, &b.outs[0])
			after := count(a)
			sent := 0
			for i := range b.outs[0].Segments {
				sent += len(b.outs[0].Segments[i].Payload)
			}
			if a.rec.phase != phaseRecovery {
				size = 0
				continue
			}
			acked := after.una - before.una
			data := acked + after.sacked - before.sacked
			safe := acked > 0
			if size == 0 {
				episodes++
				size, delivered, out, safe = before.flight-before.sacked, 0, 0, false
			} else {
				for seq := range after.lost {
					safe = safe && before.lost[seq]
				}
			}
			if data > 0 {
				delivered += data
				inflight := after.pipe - sent
				n := 0
				if inflight > a.cc.ssthresh {
					share := (delivered*a.cc.ssthresh + size - 1) / size
					for n = 0; n < share-out; n += 100 {
					}
				} else {
					if n = max(delivered-out, data); safe {
						n += 100
						safeACKs++
					}
					heavy++
					n = min(n, a.cc.ssthresh-inflight)
				}
				if out == 0 && n == 0 {
					n = 100
				}
				cwnd = inflight + n
			}
			out += sent
			if a.cc.cwnd != cwnd {
				t.Fatalf("seed %d: cwnd %d, want %d", seed, a.cc.cwnd, cwnd)
			}
		}
	}
	if episodes < 50 || safeACKs < 50 || heavy < 100 {
		t.Errorf("only %d recoveries, %d safe ACKs, %d ACKs below ssthresh", episodes, safeACKs, heavy)
	}
}

// counted is what a walk over the records in flight says.
type counted struct {
	una, flight, sacked, pipe int
	lost                      map[int]bool // by number: presumed lost, at all
}

func count(c *Conn) counted {
	k := counted{una: c.snd.una.Sub(c.snd.iss), flight: c.snd.nxt.Sub(c.snd.una), lost: map[int]bool{}}
	for i := range c.snd.flight.len() {
		r := c.snd.flight.records.At(i)
		if r.sacked {
			k.sacked += r.n
			continue
		}
		if r.lost {
			k.lost[r.seq.Sub(c.snd.iss)] = true
		}
		if !r.lost {
			k.pipe += r.n
		}
		if r.resent {
			k.pipe += r.n
		}
	}
	return k
}
