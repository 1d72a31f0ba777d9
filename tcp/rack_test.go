package tcp

import (
	"testing"
	"time"

	"simrun/clock"
)

const rtt = 20 * time.Millisecond

// withRACK is a passive connection over a path whose round trip is 20 ms.
func withRACK(t testing.TB, options ...option) *rig {
	r := newRig(t, append(options, func(c *Config) {
		c.SACK, c.RACK, c.InitialWindow, c.SendBuffer = true, true, 10, 100_000
	})...)
	r.listen()
	r.feed("S 0 win 10000 <mss 100,sackOK>")
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000")
	return r
}

func withTLP(t testing.TB, options ...option) *rig {
	return withRACK(t, append(options, func(c *Config) { c.TLP = true })...)
}

// reordering is a connection with a hole, whose reordering timer runs, and
// which has seen a D-SACK.
func reordering(t testing.TB) *rig {
	r := withRACK(t)
	r.send(1000)
	r.sleep(rtt)
	r.feed(". 1 ack 101 win 10000 <sack 1:101 201:301>")
	r.sleep(time.Millisecond)
	return r
}

// probing is a connection that has sent a loss probe, and new text after it.
func probing(t testing.TB) *rig {
	r := withTLP(t)
	r.send(200)
	r.expire()
	r.send(100)
	r.sleep(time.Millisecond)
	return r
}

// RFC 8985 6.2: with the second segment reported, the first has a quarter of a
// round trip to come; three beyond it are proof enough at once.
func TestRACKReorderingTimer(t *testing.T) {
	r := withRACK(t)
	r.send(1000)
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:201>")
	r.want(Established, "")
	if at := r.expire(); at != rtt+rtt+rtt/4 {
		t.Errorf("the reordering timer expired at %v, want 45ms", at)
	}
	r.want(Established, ". 1:101(100) ack 1")
	r.wantRows("tcp.timeout.reordering")
	if r.c.rec.phase != phaseRecovery || r.c.cc.ssthresh != 500 {
		t.Errorf("phase %d, ssthresh %d; want fast recovery with half of ten segments", r.c.rec.phase, r.c.cc.ssthresh)
	}
}

func TestRACKWithoutReordering(t *testing.T) {
	for _, c := range []struct{ name, ack, want string }{
		{"two beyond", ". 1 ack 1 win 10000 <sack 101:301>", ""},
		{"three beyond", ". 1 ack 1 win 10000 <sack 101:401>", ". 1:101(100) ack 1"},
		{"two holes", ". 1 ack 1 win 10000 <sack 101:201 301:501>", ". 1:101(100) ack 1"}, // the window has no room for the second
		{"the last alone", ". 1 ack 1 win 10000 <sack 901:1001>", ""},
	} {
		r := withRACK(t)
		r.send(1000)
		r.sleep(rtt)
		r.feed(c.ack)
		if got := r.sent(); got != c.want {
			t.Errorf("%s: sent %q, want %q", c.name, got, c.want)
		}
	}
}

// RFC 8985 6.2 steps 3 and 4: once an original has arrived late, three beyond
// a hole start no recovery; the window must pass.
func TestRACKReorderingSeen(t *testing.T) {
	r := withRACK(t)
	r.send(1000)
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:201>")
	r.feed(". 1 ack 201 win 10000") // the first after the second
	if !r.c.snd.flight.rack.reordered {
		t.Fatal("reordering was not seen")
	}
	r.feed(". 1 ack 201 win 10000 <sack 301:1001>")
	r.want(Established, "")
	if at := r.expire(); at != rtt+rtt+rtt/4 {
		t.Errorf("expired at %v, want 45ms", at)
	}
	r.want(Established, ". 201:301(100) ack 1")
}

// RFC 8985 3.2: a retransmission that is lost is found by what was sent after
// it, though RFC 6675 would wait for the RTO.
func TestRACKLostRetransmission(t *testing.T) {
	r := withRACK(t)
	r.send(1200)
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:401>") // #1 again; it is lost again
	r.want(Established, ". 1:101(100) ack 1")
	r.feed(". 1 ack 1 win 10000 <sack 101:1001>")
	r.want(Established, ". 1001:1101(100) ack 1; P. 1101:1201(100) ack 1")
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:1101>")
	r.want(Established, ". 1:101(100) ack 1")
	if got := r.c.snd.flight.front().tries; got != 2 {
		t.Errorf("sent again %d times, want 2", got)
	}
}

// RFC 8985 6.2 step 2: what was sent again and arrives sooner than anything
// can, or with an older echo, is the first copy: it proves nothing.
func TestRACKIgnoresFirstCopies(t *testing.T) {
	r := withRACK(t)
	r.send(500)
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:401>")
	r.want(Established, ". 1:101(100) ack 1")
	k := &r.c.snd.flight.rack
	before := k.order
	r.sleep(rtt / 2)
	r.feed(". 1 ack 401 win 10000") // 10 ms after it was sent again
	if k.order != before || k.rtt != rtt {
		t.Errorf("RACK.segment is transmission %d, rtt %v; want %d and 20ms", k.order, k.rtt, before)
	}
	var f flight
	d := delivery{now: 50, until: 20}
	f.rack.least.sample(5, 0)
	f.push(record{n: 1, tries: 1, sent: 20})
	f.push(record{seq: 1, n: 1, tries: 1, sent: 19})
	f.acknowledge(1, &d)
	if f.rack.order != 0 {
		t.Error("an echo from before the last copy counts for it")
	}
	f.acknowledge(2, &d)
	if f.rack.order != 2 || f.rack.rtt != 31 {
		t.Errorf("RACK.segment %d, rtt %v; want 2, 31ns", f.rack.order, f.rack.rtt)
	}
}

// RFC 8985 6.2 step 4: each round trip with a D-SACK widens the window by a
// quarter of the least round trip, up to SRTT; 16 recoveries end that.
func TestRACKAdapts(t *testing.T) {
	r := withRACK(t)
	k := &r.c.snd.flight.rack
	r.send(1000)
	r.sleep(rtt)
	for i, want := range []int{2, 2, 3, 4, 4} { // quarters
		r.feed([]string{
			". 1 ack 101 win 10000 <sack 1:101>",
			". 1 ack 201 win 10000 <sack 1:101>", // the same round trip
			". 1 ack U+900 win 10000 <sack 1:101>",
			". 1 ack U+1000 win 10000 <sack 1:101>",
			". 1 ack U+1000 win 10000 <sack 1:101>",
		}[i])
		if got := int(k.window / (rtt / 4)); got != want {
			t.Errorf("D-SACK %d: the window is %d quarters, want %d", i+1, got, want)
		}
		if i >= 1 {
			r.send(1000)
			r.now = r.now.Add(rtt)
		}
	}
	k = &r.c.Clone().snd.flight.rack
	for i := range reoPersist {
		if k.widened == 0 {
			t.Errorf("narrow after %d recoveries, want 16", i)
		}
		k.adapt(&r.c.snd, false, true)
	}
	if k.widened != 0 {
		t.Error("wide after 16 recoveries")
	}
}

// RFC 8985 6.3: on an RTO what was sent of late is not presumed lost.
func TestRACKTimeout(t *testing.T) {
	r := withRACK(t)
	r.send(200)
	r.now = r.now.Add(990 * time.Millisecond)
	r.send(200)
	r.expire()
	r.want(Established, ". 1:101(100) ack 1")
	f := &r.c.snd.flight
	if !f.at(f.base+2).lost || f.last()-f.base > 2 && f.at(f.base+3).lost {
		t.Error("want the second lost, and not what was sent 10 ms ago")
	}
}

// The least round trip is one of the last while.
func TestLeast(t *testing.T) {
	var l least
	for i, c := range []struct {
		at        time.Duration
		rtt, want int
	}{
		{0, 20, 20}, {1, 30, 20}, {2, 10, 10}, // seconds
		{300, 40, 10}, {301, 50, 10}, {599, 60, 10}, {600, 70, 40}, {1800, 80, 80},
	} {
		l.sample(time.Duration(c.rtt), clock.At(c.at*time.Second))
		if got := l.value(); got != time.Duration(c.want) {
			t.Errorf("sample %d: %d, want %d", i, got, c.want)
		}
	}
}
