package tcp

import (
	"fmt"
	"testing"
	"time"
)

// paced is a connection with HyStart++ whose next rounds a test plays.
func paced(t testing.TB) *rig {
	r := newRig(t, func(c *Config) {
		c.Timestamps, c.HyStart, c.InitialWindow = true, true, 10
		c.MSS, c.SendBuffer = 112, 1<<20
	})
	r.open()
	r.sleep(10 * time.Millisecond)
	r.feed("S. 0 ack 1 win 65535 <mss 112,TS val 1 ecr 0>")
	r.send(60_000)
	return r
}

// round acknowledges all that is in flight, a segment of 100 octets each
// time, and lets every ACK echo a round trip.
func (r *rig) round(rtt time.Duration) {
	r.t.Helper()
	r.sleep(rtt)
	for end := r.c.snd.nxt; r.c.snd.una.Before(end); {
		r.feed(fmt.Sprintf(". 1 ack U+100 win 65535 <TS val 1 ecr %d>", uint32((r.now.Since()-rtt)/time.Millisecond)))
	}
}

// conservative is a connection in Conservative Slow Start, in the middle of a
// round.
func conservative(t testing.TB) *rig {
	r := paced(t)
	r.round(50 * time.Millisecond)
	r.round(60 * time.Millisecond)
	r.sleep(50 * time.Millisecond)
	r.feed(fmt.Sprintf(". 1 ack U+100 win 65535 <TS val 1 ecr %d>", uint32((r.now.Since()-50*time.Millisecond)/time.Millisecond)))
	return r
}

// RFC 9406 4.2: a round trip that grows by an eighth (here 6.25 ms, within 4 and
// 16) ends slow start; five rounds follow that grow by a quarter as much, the
// one in which it was noticed counting as the first.
func TestHyStart(t *testing.T) {
	r := paced(t)
	phase := func(want Phase) {
		t.Helper()
		if got := r.c.Phase(); got != want {
			t.Errorf("phase %v, want %v", got, want)
		}
	}
	r.round(50 * time.Millisecond)
	r.round(56 * time.Millisecond) // not enough
	phase(SlowStart)
	r.round(63 * time.Millisecond) // 7 more than the last
	phase(ConservativeSlowStart)
	for i := range 4 {
		before, flight := r.c.cc.cwnd, r.c.snd.nxt.Sub(r.c.snd.una)
		r.round(63 * time.Millisecond)
		phase(ConservativeSlowStart)
		if grown := r.c.cc.cwnd - before; grown != flight/4 {
			t.Errorf("round %d of CSS: grown by %d with %d acknowledged, want a quarter", i+2, grown, flight)
		}
	}
	r.feed(". 1 ack U+100 win 65535 <TS val 1 ecr 1>")
	phase(CongestionAvoidance)
	if r.c.cc.ssthresh == unlimited {
		t.Error("ssthresh is not the window")
	}
}

// RFC 9406 4.2: if the round trip falls below that which ended slow start, it
// goes on.
func TestHyStartResumes(t *testing.T) {
	r := conservative(t)
	r.round(50 * time.Millisecond)
	if got := r.c.Phase(); got != SlowStart {
		t.Errorf("phase %v, want slow start again", got)
	}
}

// A loss ends it: from then on ssthresh says where slow start ends.
func TestHyStartEndsWithLoss(t *testing.T) {
	r := conservative(t)
	r.expire()
	r.feed(". 1 ack X win 65535 <TS val 1 ecr 1>")
	if r.c.cc.firstSlowStart(r.c.cfg) {
		t.Error("HyStart++ goes on after a loss")
	}
}
