package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// searchingPath is a connection that searches the path MTU: the SYNs gave an MSS of
// 1460, and what passes everywhere is 500.
func searchingPath(t testing.TB, options ...option) *rig {
	t.Helper()
	r := newRig(t, append([]option{func(c *Config) {
		c.MSS, c.SendBuffer, c.PLPMTUD, c.BaseMTU, c.InitialWindow = 1460, 100000, true, 540, 10
	}}, options...)...)
	r.open()
	r.feed("S. 0 ack 1 win 60000 <mss 1460>")
	return r
}

// holed is the same after the path has swallowed a full-sized segment thrice.
func holed(t testing.TB, options ...option) *rig {
	t.Helper()
	r := searchingPath(t, options...)
	r.send(1460)
	r.expire()
	r.want(Established, "P. 1:1461(1460) ack 1")
	r.expire()
	r.want(Established, "P. 1:1461(1460) ack 1")
	r.expire()
	r.want(Established, ". 1:501(500) ack 1")
	return r
}

// RFC 4821, RFC 2923 2.1: a segment that is lost again and again while it is
// larger than what passes everywhere goes in pieces.
func TestBlackHole(t *testing.T) {
	r := holed(t)
	if at := r.now.Since(); at != 7*time.Second {
		t.Errorf("in pieces at %v, want 7s: the third expiry", at)
	}
	r.feed(". 1 ack 501 win 60000")
	r.want(Established, ". 501:1001(500) ack 1; P. 1001:1461(460) ack 1")
	t.Run("off", func(t *testing.T) {
		r := searchingPath(t, func(c *Config) { c.PLPMTUD = false })
		r.send(1460)
		for range 5 {
			r.expire()
			r.want(Established, "P. 1:1461(1460) ack 1")
		}
	})
	t.Run("a small segment proves nothing", func(t *testing.T) {
		r := searchingPath(t)
		r.send(500)
		for range 5 {
			r.expire()
		}
		if r.c.MSS() != 1460 {
			t.Errorf("MSS %d, want 1460", r.c.MSS())
		}
	})
	t.Run("a SYN neither", func(t *testing.T) {
		r := newRig(t, func(c *Config) { c.PLPMTUD, c.Timestamps = true, true })
		r.open()
		for range 5 {
			r.expire()
		}
		r.want(SynSent, r.sent())
	})
}

// path drops what is larger than it takes, and acknowledges the rest as a
// receiver does: with every segment, by the edge of what came in order.
func (r *rig) path(takes int, sack bool) {
	r.t.Helper()
	var have [1 << 19]bool
	edge := int(r.c.snd.una - r.iss)
	for rounds := 0; len(r.out.Segments) > 0; rounds++ {
		if rounds > 2000 {
			r.t.Fatal("no end")
		}
		var acks []string
		for i := range r.out.Segments {
			seg := &r.out.Segments[i].TCP
			at := int(seg.Seq - r.iss)
			if len(seg.Payload)+seg.Options.PaddedLen() > takes {
				continue
			}
			for j := range seg.Payload {
				have[at+j] = true
			}
			for have[edge] {
				edge++
			}
			acks = append(acks, fmt.Sprintf(". 1 ack %d win 60000", edge))
		}
		r.out.Reset()
		var sent []Segment
		for _, a := range acks {
			r.feed(a)
			for _, s := range r.out.Segments { // payload is valid until the next step
				s.Payload = append([]byte(nil), s.Payload...)
				sent = append(sent, s)
			}
		}
		r.out.Segments = sent
	}
}

// The search converges on what the path takes, and a probe that is lost cuts
// no window: it costs one round trip.
func TestPathIsSearched(t *testing.T) {
	for _, takes := range []int{500, 501, 700, 1000, 1360, 1450, 1459, 1460} {
		t.Run(fmt.Sprint(takes), func(t *testing.T) {
			r := holed(t)
			start, ssthresh := r.now, r.c.cc.ssthresh
			r.path(takes, false)
			for range 8 {
				r.send(40000)
				r.path(takes, false)
			}
			mss := r.c.MSS()
			if mss > takes || takes-mss >= leastGain {
				t.Errorf("MSS %d, the path takes %d", mss, takes)
			}
			if r.now != start {
				t.Errorf("it took %v: a timer expired", r.now.Sub(start))
			}
			if takes == 1460 && mss != 1460 {
				t.Errorf("MSS %d after a false alarm, want 1460", mss)
			}
			if r.c.cc.ssthresh != ssthresh {
				t.Errorf("ssthresh from %d to %d: probes have cut the window", ssthresh, r.c.cc.ssthresh)
			}
		})
	}
}

// untilProbe acknowledges a segment at a time until the window lets a probe out.
func (r *rig) untilProbe() {
	r.t.Helper()
	for range 200 {
		if r.c.path.size != 0 {
			return
		}
		next := r.c.snd.una.Add(500)
		if r.c.snd.nxt.Before(next) {
			next = r.c.snd.nxt
		}
		r.feed(fmt.Sprintf(". 1 ack %d win 60000", next-r.iss))
	}
	r.t.Fatalf("no probe; %+v", r.c.path)
}

// probeInFlight is a connection whose probe of the path stands so many
// segments behind SND.UNA.
func probeInFlight(t testing.TB, behind int) *rig {
	t.Helper()
	r := holed(t)
	r.feed(". 1 ack 1461 win 60000")
	r.send(6000)
	for range 3 {
		r.feed(fmt.Sprintf(". 1 ack %d win 60000", r.c.snd.nxt-r.iss))
	}
	r.send(20000)
	r.untilProbe()
	if size := r.c.path.size; size != 1460 {
		t.Fatalf("a probe of %d, want 1460 first", size)
	}
	probe := r.c.path.probe - r.iss
	for r.c.snd.una.Add(behind * 500).Before(r.c.path.probe) {
		r.feed(fmt.Sprintf(". 1 ack %d win 60000", min(r.c.snd.una.Add(500)-r.iss, probe)))
	}
	return r
}

// A lost probe: three duplicate ACKs, its text again in segments that pass,
// no cut.
func TestProbeLost(t *testing.T) {
	r := probeInFlight(t, 0)
	probe, cwnd := r.c.path.probe-r.iss, r.c.cc.cwnd
	for range 3 {
		r.feed(". 1 ack U win 60000")
	}
	if want := fmt.Sprintf(". %d:%d(500) ack 1; . %d:%d(500) ack 1; . %d:%d(460) ack 1", probe, probe+500, probe+500, probe+1000, probe+1000, probe+1460); !strings.HasPrefix(r.sent(), want) {
		t.Errorf("sent %q, want %q", r.sent(), want)
	}
	if r.c.cc.cwnd != cwnd || r.c.rec.phase != phasePath {
		t.Errorf("cwnd %d, was %d; phase %d", r.c.cc.cwnd, cwnd, r.c.rec.phase)
	}
	if r.c.path.high != 1459 {
		t.Errorf("the search goes up to %d, want 1459", r.c.path.high)
	}
	for range 5 { // more of the same flight
		r.feed(". 1 ack U win 60000")
	}
	if r.c.cc.cwnd != cwnd || r.c.rec.phase != phasePath {
		t.Error("the flight's other duplicate ACKs cut the window")
	}
	point := r.c.rec.point - r.iss
	r.feed(fmt.Sprintf(". 1 ack %d win 60000", probe+500))
	if strings.Contains(r.sent(), fmt.Sprintf(" %d:", probe+500)) {
		t.Errorf("sent %q: a piece a second time", r.sent())
	}
	r.feed(fmt.Sprintf(". 1 ack %d win 60000", point))
	if r.c.rec.phase != phaseOpen || r.c.cc.cwnd < cwnd {
		t.Errorf("phase %d, cwnd %d, was %d", r.c.rec.phase, r.c.cc.cwnd, cwnd)
	}
}

// RFC 1191 6.3: what a router said is believed for ten minutes, and then the
// next text tries the path again.
func TestLoweredMSSRecovers(t *testing.T) {
	for _, searching := range []bool{false, true} {
		r := searchingPath(t, func(c *Config) { c.PLPMTUD = searching })
		r.send(1460)
		r.icmp(wire.PacketTooBig, 1, 1040)
		r.want(Established, ". 1:1001(1000) ack 1; P. 1001:1461(460) ack 1")
		r.feed(". 1 ack 1461 win 60000")
		r.now = r.now.Add(10*time.Minute - time.Second)
		r.send(1000)
		if r.c.MSS() != 1000 {
			t.Errorf("MSS %d before ten minutes, want 1000", r.c.MSS())
		}
		r.feed(". 1 ack X win 60000")
		r.now = r.now.Add(time.Second)
		r.send(8000)
		if n := len(r.out.Segments[0].Payload); n != 1460 {
			t.Errorf("PLPMTUD %v: a segment of %d octets, want 1460", searching, n)
		}
		if n := len(r.out.Segments[1].Payload); searching && n != 1000 {
			t.Errorf("the second has %d, want 1000: one probe", n)
		}
	}
}

// MUST-16: text, options and headers never exceed the packet that the path
// takes, neither when it is new nor when it is sent again beside more options.
func TestEffectiveMSS(t *testing.T) {
	r := newRig(t, func(c *Config) { c.SACK, c.Timestamps = true, true })
	r.open()
	r.feed("S. 0 ack 1 win 60000 <mss 100,sackOK,TS val 1 ecr 0>")
	check := func() {
		t.Helper()
		for i := range r.out.Segments {
			if s := &r.out.Segments[i]; len(s.Payload) > 0 && len(s.Payload)+s.Options.PaddedLen() > 100 {
				t.Errorf("%d octets and %d of options", len(s.Payload), s.Options.PaddedLen())
			}
		}
	}
	r.send(500)
	if n := len(r.out.Segments[0].Payload); n != 88 {
		t.Errorf("%d octets beside timestamps, want 88", n)
	}
	check()
	r.feed("P. 11(5) ack 1 win 60000 <TS val 1 ecr 0>") // a hole: SACK blocks from here on
	r.feed("P. 21(5) ack 1 win 60000 <TS val 1 ecr 0>")
	r.expire() // sent again, cut for fewer options
	check()
	r.send(500)
	check()
	r.feed(". 1 ack X win 60000 <TS val 1 ecr 0>")
	check()
	if n := len(r.out.Segments[0].Payload); n != 68 {
		t.Errorf("%d octets beside timestamps and two blocks, want 68", n)
	}
}

// A congestion window of one small segment has room for a large one as soon as
// the path does, or nothing would ever be sent again.
func TestRaisedMSSFitsTheWindow(t *testing.T) {
	r := searchingPath(t, func(c *Config) { c.PLPMTUD = false })
	r.send(1460)
	r.icmp(wire.PacketTooBig, 1, 1040)
	r.feed(". 1 ack 1461 win 60000")
	r.send(5)
	r.expire()
	r.feed(". 1 ack 1466 win 60000")
	if r.c.cc.cwnd != 1000 {
		t.Fatalf("cwnd %d, want 1000", r.c.cc.cwnd)
	}
	r.now = r.now.Add(10 * time.Minute)
	r.send(2000)
	if len(r.out.Segments) == 0 || len(r.out.Segments[0].Payload) != 1460 {
		t.Errorf("sent %q, want a segment of 1460 octets", r.sent())
	}
}
