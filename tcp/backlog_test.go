package tcp

import (
	"testing"
	"time"
)

func resetsOnOverflow(c *Config) { c.AbortOnOverflow = true }

func (r *rig) noRoom(text string) {
	r.t.Helper()
	text = r.resolve(text)
	r.step(func(r *rig) {
		seg := r.parse(text)
		r.c.NoRoom(r.clock(), &seg, &r.out)
	})
}

// What completes an opening from LISTEN, and nothing else.
func TestCompletes(t *testing.T) {
	for _, c := range []struct {
		text string
		want bool
	}{
		{". 1 ack 1", true}, {"P. 1(5) ack 1", true}, {"F. 1 ack 1", true},
		{". 1 ack 0", false}, {". 1 ack 2", false}, {". 2000 ack 1", false}, {"R. 1 ack 1", false}, {"S. 1 ack 1", false}, {"- 1", false},
	} {
		r := inState(t, SynReceived)
		if seg := r.parse(r.resolve(c.text)); r.c.Completes(&seg) != c.want {
			t.Errorf("%s completes: %v, want %v", c.text, !c.want, c.want)
		}
	}
	r := crossed(t)
	if seg := r.parse(". 1 ack 1"); r.c.Completes(&seg) {
		t.Error("an active opening is nobody else's to refuse")
	}
}

func TestNoRoom(t *testing.T) {
	r := inState(t, SynReceived)
	r.noRoom(". 1 ack 1")
	r.want(SynReceived, "")
	r.wantRows("tcp.ack-no-room.ignore")
	if at := r.expire(); at != time.Second {
		t.Errorf("the timer expires at %v, want 1 s", at)
	}
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100>")
	r.feed(". 1 ack 1")
	r.want(Established, "")

	r = inState(t, SynReceived, resetsOnOverflow)
	r.noRoom(". 1 ack 1")
	r.want(Closed, "R 1:1(0)")
	r.wantRows("tcp.ack-no-room.reset")
}

// SYNACKRetries bounds the SYN of a passive opening alone.
func TestSYNACKRetries(t *testing.T) {
	short := func(c *Config) { c.SYNACKRetries = 1 }
	for _, c := range []struct {
		r    *rig
		want []time.Duration // of the expiries
	}{
		{inState(t, SynReceived, short), []time.Duration{1, 3}},
		{crossed(t, short), []time.Duration{1, 3, 7, 15, 31, 63, 123, 183}},
	} {
		for i, want := range c.want {
			if at := c.r.expire(); at != want*time.Second {
				t.Errorf("expiry %d at %v, want %v s", i+1, at, want)
			}
		}
		c.r.want(Closed, "")
	}
}

// A connection that a cookie brings back is as one that was there all along,
// but that its SYN,ACK is not timed.
func TestRestore(t *testing.T) {
	r := inState(t, Listen)
	r.step(func(r *rig) {
		syn := r.parse("S 0 <mss 100>")
		r.c.Restore(r.clock(), &syn, &r.out)
	})
	r.want(SynReceived, "")
	r.feed(". 1 ack 1")
	r.want(Established, "")
	if _, ok := r.c.rtt.SRTT(); ok {
		t.Error("a round trip was measured, want none")
	}
	r.send(3)
	r.want(Established, "P. 1:4(3) ack 1")
}
