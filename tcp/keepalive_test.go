package tcp

import (
	"testing"
	"time"
)

func kept3(c *Config) {
	c.Keepalive, c.KeepIdle, c.KeepInterval, c.KeepCount = true, time.Minute, 5*time.Second, 3
}

// RFC 9293 3.8.4: off unless asked for (MUST-25), and two hours by default
// (MUST-28).
func TestKeepaliveIsOff(t *testing.T) {
	r := established(t)
	if at, runs := r.c.NextTimeout(); runs {
		t.Errorf("a timer runs until %v", at)
	}
	if d := Defaults(); d.KeepIdle < 2*time.Hour || d.Keepalive {
		t.Errorf("keepalive %v after %v", d.Keepalive, d.KeepIdle)
	}
}

// An octet of garbage is SND.NXT-1 too (MAY-6); once our FIN has that number
// the probe goes without.
func TestKeepaliveOctet(t *testing.T) {
	octet := func(c *Config) { c.KeepOctet = true }
	r := established(t, kept3, octet)
	r.expire()
	r.want(Established, ". 0:1(1) ack 1")
	r = inState(t, FinWait2, kept3, octet)
	r.expire()
	r.want(FinWait2, ". 1:1(0) ack 1")
}

// Probes with SEG.SEQ = SND.NXT-1 and without text (SHLD-12); one that is lost
// is not enough (MUST-29).
func TestKeepaliveProbes(t *testing.T) {
	r := established(t, kept3)
	for i, want := range []time.Duration{60, 65, 70} {
		if at := r.expire(); at != want*time.Second {
			t.Errorf("probe %d at %v, want %vs", i+1, at, int(want))
		}
		r.want(Established, ". 0:0(0) ack 1")
		r.wantRows("tcp.timeout.keepalive")
	}
	if at := r.expire(); at != 75*time.Second {
		t.Errorf("given up at %v, want 75s", at)
	}
	r.want(Closed, "")
	r.wantSignals("TimerExpired TimedOut")
	r.wantRows("tcp.keepalive-dead.silent")
}

// An answer starts the idle time again, with no probe counted.
func TestKeepaliveAnswered(t *testing.T) {
	r := established(t, kept3)
	r.expire()
	r.sleep(20 * time.Millisecond)
	r.feed(". 1 ack 1")
	if at := r.expire(); at != 120*time.Second+20*time.Millisecond {
		t.Errorf("the next probe at %v, want 120.02s", at)
	}
	r.want(Established, ". 0:0(0) ack 1")
}

// A system may send a RST when it gives up.
func TestKeepaliveResets(t *testing.T) {
	r := established(t, kept3, func(c *Config) { c.KeepReset = true })
	for range 4 {
		r.expire()
	}
	r.want(Closed, "R 1:1(0)")
	r.wantRows("tcp.keepalive-dead.reset")
}

// MUST-26: no probe while something is in flight: its retransmissions tell.
func TestKeepaliveWaitsForText(t *testing.T) {
	r := established(t, kept3)
	r.sleep(59 * time.Second)
	r.send(10)
	r.sleep(900 * time.Millisecond)
	if at := r.expire(); at != 60*time.Second {
		t.Fatalf("the first timer at %v", at)
	}
	if got := r.sent(); got != "P. 1:11(10) ack 1" && got != "" {
		t.Errorf("sent %q", got)
	}
}

// RFC 9293 3.10.8, RFC 5482: text that stays unacknowledged for as long as the
// user allows ends the connection, without a RST.
func TestUserTimeout(t *testing.T) {
	r := established(t, func(c *Config) { c.UserTimeout = 8 * time.Second })
	r.sleep(time.Hour) // idle time does not count
	start := r.now
	r.send(10)
	for range 3 { // RTO at 1, 3 and 7 s
		r.expire()
		r.want(Established, "P. 1:11(10) ack 1")
	}
	r.expire()
	r.want(Closed, "")
	r.wantRows("tcp.timeout.user")
	if took := r.now.Sub(start); took != 8*time.Second {
		t.Errorf("given up after %v, want 8s", took)
	}
}

// RFC 5961 7: a connection answers so many challenges in an interval.
func TestChallengesAreThrottled(t *testing.T) {
	r := established(t)
	answered := 0
	for range 20 {
		r.feed("R 5")
		if r.sent() != "" {
			answered++
		}
	}
	if answered != r.c.cfg.ChallengeLimit {
		t.Errorf("%d challenge ACKs, want %d", answered, r.c.cfg.ChallengeLimit)
	}
	r.sleep(r.c.cfg.ChallengeInterval)
	r.feed("R 5")
	r.want(Established, ". 1:1(0) ack 1")
}

// MAY-2, RFC 6191: a SYN beyond the old incarnation's numbers, or with a later
// timestamp, may open a new one; an old duplicate may not.
func TestReopening(t *testing.T) {
	r := inState(t, TimeWait)
	nxt := r.c.Vars().RcvNxt
	for _, c := range []struct {
		text string
		want bool
	}{
		{"S 5000", true}, {"S 0", false}, {". 5000 ack 1", false}, {"S. 5000 ack 1", false}, {"R 5000", false},
	} {
		seg := r.parse(c.text)
		if got := r.c.Reopens(&seg); got != c.want {
			t.Errorf("%s reopens: %v, want %v (RCV.NXT %d, SEG.SEQ %d)", c.text, got, c.want, nxt, seg.Seq)
		}
	}
	seg := r.parse("S 5000")
	r.step(func(r *rig) { r.c.Reopen(r.clock(), &seg, &r.out) })
	r.want(Closed, "")
	r.wantRows("tcp.syn-new.time-wait")
}
