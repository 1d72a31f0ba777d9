package tcp

import (
	"testing"
	"time"
)

func corked(c *Config) { c.Cork = true }

func set(r *rig, o option) {
	r.t.Helper()
	r.step(func(r *rig) {
		cfg := *r.cfg
		o(&cfg)
		r.c.Set(r.clock(), &cfg, &r.out)
	})
}

// TCP_CORK holds back what fills no segment, for 200 ms at most; NoDelay does
// not help, an ACK neither; CLOSE and pulling the cork do.
func TestCork(t *testing.T) {
	t.Run("full segments go", func(t *testing.T) {
		r := established(t, corked)
		r.send(250)
		r.want(Established, ". 1:101(100) ack 1; . 101:201(100) ack 1")
		r.feed(". 1 ack 201")
		r.want(Established, "")
		if at := r.expire(); at != 200*time.Millisecond {
			t.Errorf("the rest at %v, want 200ms", at)
		}
		r.want(Established, "P. 201:251(50) ack 1")
		r.wantRows("tcp.timeout.override")
	})
	t.Run("the limit counts from the first octet", func(t *testing.T) {
		r := established(t, corked)
		r.send(5)
		r.want(Established, "")
		r.sleep(150 * time.Millisecond)
		r.send(5)
		if at := r.expire(); at != 200*time.Millisecond {
			t.Errorf("at %v, want 200ms", at)
		}
		r.want(Established, "P. 1:11(10) ack 1")
	})
	t.Run("stronger than NoDelay", func(t *testing.T) {
		r := established(t, corked, func(c *Config) { c.NoDelay = true })
		r.send(105)
		r.want(Established, ". 1:101(100) ack 1")
		if at := r.expire(); at != 200*time.Millisecond {
			t.Errorf("at %v, want 200ms", at)
		}
		r.want(Established, "P. 101:106(5) ack 1")
	})
	t.Run("pulled", func(t *testing.T) {
		r := established(t, corked)
		r.send(5)
		set(r, func(c *Config) { c.Cork = false })
		r.want(Established, "P. 1:6(5) ack 1")
	})
	t.Run("pulled, Nagle goes on", func(t *testing.T) {
		r := established(t, corked)
		r.send(105)
		set(r, func(c *Config) { c.Cork = false })
		r.want(Established, "")
		r.feed(". 1 ack 101")
		r.want(Established, "P. 101:106(5) ack 1")
	})
	t.Run("NoDelay set later pushes once", func(t *testing.T) {
		r := established(t, corked)
		r.send(5)
		set(r, func(c *Config) { c.NoDelay = true })
		r.want(Established, "P. 1:6(5) ack 1")
		r.send(5)
		r.want(Established, "")
	})
	t.Run("CLOSE", func(t *testing.T) {
		r := established(t, corked)
		r.send(5)
		r.close()
		r.want(FinWait1, "FP. 1:6(5) ack 1")
		if n := r.c.Vars().Timers; n != 1 {
			t.Errorf("%d timers run, want the RTO alone", n)
		}
	})
	t.Run("a shut window is persist's", func(t *testing.T) {
		r := established(t, corked)
		r.feed(". 1 ack 1 win 0")
		r.send(5)
		r.expire()
		r.wantRows("tcp.timeout.persist")
	})
	t.Run("before ESTABLISHED nothing is held back", func(t *testing.T) {
		r := inState(t, SynSent, corked)
		r.send(5)
		r.expire()
		r.wantRows("tcp.timeout.rto")
	})
	for _, start := range []State{CloseWait, Closing} {
		t.Run(start.String(), func(t *testing.T) { // a window too small for all
			r := inState(t, map[State]State{CloseWait: CloseWait, Closing: Established}[start], corked)
			r.feed(". N ack 1 win 1")
			r.send(5)
			if start == Closing {
				r.close()
				r.feed("F. 1 ack 1 win 1")
			}
			r.want(start, r.sent())
			r.expire()
			r.wantRows("tcp.timeout.override")
		})
	}
}

// MSG_MORE is a cork for as long as the last SEND said so.
func TestMore(t *testing.T) {
	r := established(t)
	r.sendWith(More, 5)
	r.want(Established, "")
	r.sendWith(More, 5)
	r.want(Established, "")
	r.send(5)
	r.want(Established, "P. 1:16(15) ack 1")
	r.feed(". 1 ack 16")
	r.sendWith(More, 5)
	if at := r.expire(); at != 200*time.Millisecond {
		t.Errorf("at %v, want 200ms", at)
	}
	r.want(Established, "P. 16:21(5) ack 1")
}

// RFC 9293 3.8.6: a peer that shrinks its window is borne (MUST-34): no new
// text beyond the edge (SHLD-15), what was sent inside it is sent again
// (SHLD-16), and what lies beyond it does not end the connection (SHLD-17)
// as long as the peer answers.
func TestShrunkWindowIsNoTimeout(t *testing.T) {
	r := established(t)
	r.send(200)
	r.feed(". 1 ack 101 win 0") // the second segment now lies beyond the edge
	start := r.now
	for range 12 {
		r.send(10)
		r.want(Established, "")
		r.expire()
		r.want(Established, "P. 101:201(100) ack 1") // MAY-7
		r.feed(". 1 ack 101 win 0")
		r.want(Established, "")
	}
	if open := r.now.Sub(start); open < r.cfg.R2 {
		t.Errorf("open for %v, want more than R2", open)
	}
}
