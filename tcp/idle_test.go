package tcp

import (
	"testing"
	"time"
)

// grown is an idle connection whose window slow start has opened to twenty
// segments; its RTO is a second.
func grown(t testing.TB, options ...option) *rig {
	r := ten(t, established, options...)
	for r.c.snd.una.Before(r.c.snd.iss.Add(1001)) {
		r.feed(". 1 ack U+100 win 50000")
	}
	for r.c.snd.unsent() > 0 || r.c.snd.flight.len() > 0 {
		r.feed(". 1 ack X win 50000")
	}
	return r
}

// idleRound sends so much after a pause and returns how many segments went at
// once.
func (r *rig) idleRound(pause time.Duration, octets int) int {
	r.t.Helper()
	r.sleep(pause)
	r.send(octets)
	return len(r.out.Segments)
}

// RFC 5681 4.1: after more than an RTO without sending, the window is an initial
// one; ssthresh stays, and so does a window that is smaller.
func TestRestartAfterIdle(t *testing.T) {
	for _, c := range []struct {
		name  string
		pause time.Duration
		cfg   option
		want  int
	}{
		{"an RTO", time.Second, func(*Config) {}, 21},
		{"more", time.Second + 1, func(*Config) {}, 10},
		{"an hour", time.Hour, func(*Config) {}, 10},
		{"off", time.Hour, func(c *Config) { c.IdleRestart = false }, 21},
		{"CUBIC", time.Hour, func(c *Config) { c.Congestion = CUBIC }, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := grown(t, c.cfg)
			ssthresh := r.c.cc.ssthresh
			if n := r.idleRound(c.pause, 9000); n != c.want {
				t.Errorf("%d segments went, want %d (cwnd %d)", n, c.want, r.c.cc.cwnd)
			}
			if r.c.cc.ssthresh != ssthresh {
				t.Errorf("ssthresh %d, want it kept at %d", r.c.cc.ssthresh, ssthresh)
			}
		})
	}
	r := grown(t)
	r.c.cc.cwnd = 300
	r.shadow.c.cc.cwnd = 300
	if n := r.idleRound(time.Hour, 9000); n != 3 {
		t.Errorf("%d segments went, want three as before", n)
	}
}

// RFC 2861 3.2: half for each RTO without sending, no less than a segment; and
// ssthresh is three quarters of what the window was, if that is more.
func TestValidationAfterIdle(t *testing.T) {
	for _, c := range []struct {
		pause time.Duration
		want  int
	}{
		{time.Second, 21}, {1500 * time.Millisecond, 10}, {2500 * time.Millisecond, 5}, {time.Hour, 1},
	} {
		r := grown(t, func(c *Config) { c.CWV = true })
		r.c.cc.ssthresh, r.shadow.c.cc.ssthresh = 1000, 1000
		if n := r.idleRound(c.pause, 9000); n != c.want {
			t.Errorf("after %v %d segments went, want %d", c.pause, n, c.want)
		}
		if want := 1575; c.want < 21 && r.c.cc.ssthresh != want {
			t.Errorf("after %v ssthresh is %d, want %d", c.pause, r.c.cc.ssthresh, want)
		}
	}
}

// RFC 2861 3.2: a window of which little was used for an RTO comes half the way
// down to that.
func TestValidationOfUse(t *testing.T) {
	r := grown(t, func(c *Config) { c.CWV = true })
	before := r.c.cc.cwnd // 2000 of it were used before the first second was over
	for range 8 {
		r.sleep(300 * time.Millisecond)
		r.send(300)
		r.feed(". 1 ack X win 50000")
	}
	if want := ((before+2000)/2 + 300) / 2; r.c.cc.cwnd != want {
		t.Errorf("cwnd %d, want %d", r.c.cc.cwnd, want)
	}
	off := grown(t)
	for range 5 {
		off.sleep(300 * time.Millisecond)
		off.send(300)
		off.feed(". 1 ack X win 50000")
	}
	if off.c.cc.cwnd != before {
		t.Errorf("without validation cwnd went from %d to %d", before, off.c.cc.cwnd)
	}
}

// RFC 2861 3.1, RFC 9438 5.8: a window that the application does not fill is not
// opened, however many ACKs come.
func TestUnusedWindowStays(t *testing.T) {
	for _, cc := range []Algorithm{Reno, CUBIC} {
		r := grown(t, func(c *Config) { c.Congestion = cc })
		before := r.c.cc.cwnd
		for range 20 {
			r.send(500)
			r.feed(". 1 ack X win 50000")
		}
		if r.c.cc.cwnd != before {
			t.Errorf("algorithm %d: cwnd went from %d to %d", cc, before, r.c.cc.cwnd)
		}
	}
}
