package tcp

import (
	"testing"
	"time"

	"simrun/wire"
)

// Tiny segments beyond holes cost no more than MostHoles ranges; one that joins
// a range is taken all the same, and the ACK says what is missing.
func TestMostHoles(t *testing.T) {
	r := established(t, func(c *Config) { c.MostHoles = 4 })
	for i := range 100 {
		at := 3 + 2*i
		r.feed(segmentOf(at, 1))
		r.want(Established, ". 1:1(0) ack 1")
		if n := len(r.c.rcv.text.held.All()); n != min(i+1, 4) {
			t.Fatalf("%d ranges after %d segments", n, i+1)
		}
	}
	r.feed(segmentOf(10, 1)) // joins the fourth, 9:10
	if held := r.c.Vars().Held; held != 5 {
		t.Errorf("%d octets held, want 5", held)
	}
	r.feed(segmentOf(4, 1)) // joins two
	r.feed(segmentOf(100, 1))
	if n := len(r.c.rcv.text.held.All()); n != 4 {
		t.Errorf("%d ranges: with three there was room for another", n)
	}
	r.feed(segmentOf(1, 8))
	r.want(Established, ". 1:1(0) ack 11")
}

func segmentOf(at, n int) string {
	return "P. " + decimal(at) + ":" + decimal(at+n) + "(" + decimal(n) + ") ack 1"
}

func decimal(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return decimal(n/10) + decimal(n%10)
}

// A peer's MSS below LeastMSS is not believed; one above is.
func TestLeastMSS(t *testing.T) {
	for _, c := range []struct{ announced, least, want int }{{8, 0, 8}, {8, 48, 48}, {60, 48, 60}, {100, 1000, 100}} {
		r := newRig(t, func(cfg *Config) { cfg.LeastMSS = c.least })
		r.open()
		r.feed("S. 0 ack 1 <mss " + decimal(c.announced) + ">")
		if got := r.c.MSS(); got != c.want {
			t.Errorf("MSS %d announced, at least %d: %d, want %d", c.announced, c.least, got, c.want)
		}
	}
}

// An ACK of what was never sent is challenged, or acknowledges all that was.
func TestTrustACKs(t *testing.T) {
	r := established(t)
	r.send(50)
	r.feed(". 1 ack 5000")
	r.wantRows("tcp.ack-beyond.open")
	r = established(t, func(c *Config) { c.TrustACKs = true })
	r.send(50)
	r.feed(". 1 ack 5000")
	r.wantRows("tcp.ack.open")
	if v := r.c.Vars(); v.SndUna != v.SndMax || v.Queued != 0 {
		t.Errorf("SND.UNA %d of %d, %d octets queued", v.SndUna-r.iss, v.SndMax-r.iss, v.Queued)
	}
}

// Ten ACKs of a tenth open the window by one segment, or by ten.
func TestCountACKs(t *testing.T) {
	for count, want := range map[bool]int{false: 300, true: 1200} {
		r := established(t, func(c *Config) { c.InitialWindow, c.CountACKs = 2, count })
		r.send(1900)
		for i := range 10 {
			r.feed(". 1 ack " + decimal(11+10*i))
		}
		if got := r.c.cc.cwnd; got != want {
			t.Errorf("counting ACKs %v: cwnd %d, want %d", count, got, want)
		}
	}
}

// An ACK of three segments opens the window by as many as the limit lets it;
// after an RTO by one (RFC 3465 2.3), unless there is no limit at all.
func TestSlowStartLimit(t *testing.T) {
	for limit, want := range map[int][2]int{0: {600, 400}, 1: {400, 200}, 2: {500, 200}, 9: {600, 200}} {
		r := established(t, func(c *Config) { c.InitialWindow, c.SlowStartLimit = 3, limit })
		r.send(2000)
		r.feed(". 1 ack 301")
		first := r.c.cc.cwnd
		r.expire()
		r.feed(". 1 ack 601") // three segments were presumed lost, and have come after all
		if got := [2]int{first, r.c.cc.cwnd}; got != want {
			t.Errorf("limit %d: cwnd %v, want %v", limit, got, want)
		}
	}
}

// An ICMP error that quotes nothing in flight counts where it is trusted.
func TestTrustICMP(t *testing.T) {
	r := established(t, func(c *Config) { c.TrustICMP, c.ICMPAborts = true, true })
	r.icmp(wire.PortUnreachable, 5000, 0)
	r.want(Closed, "")
	r.wantRows("tcp.icmp-hard.abort")
}

// The user timeout counts on while a shut window is probed and every probe is
// answered (RFC 6429); R2 does not (MUST-37).
func TestUserTimeoutOverShutWindow(t *testing.T) {
	for _, c := range []struct {
		timeout time.Duration
		want    State
	}{{0, Established}, {60 * time.Second, Closed}} {
		r := established(t, func(cfg *Config) { cfg.UserTimeout = c.timeout })
		r.send(100)
		r.feed(". 1 ack 101 win 0")
		r.send(100)
		for r.c.State() == Established && r.now.Since() < 10*time.Minute {
			at := r.expire()
			if r.c.State() == Closed {
				if at != 60*time.Second {
					t.Errorf("given up at %v", at)
				}
				break
			}
			r.feed(". 1 ack 101 win 0")
		}
		if got := r.c.State(); got != c.want {
			t.Errorf("with a user timeout of %v: %v, want %v", c.timeout, got, c.want)
		}
	}
}
