package tcp

import (
	"testing"
	"time"
)

func uto(d time.Duration) option { return func(c *Config) { c.UTO = d } }

// RFC 5482: the option stands on the SYN; both ends wait for the longer time,
// within limits; what the user has set himself stays.
func TestUserTimeoutOption(t *testing.T) {
	for _, c := range []struct {
		name, peer string
		options    []option
		want       time.Duration
	}{
		{"the peer waits longer", "uto 10m", []option{uto(5 * time.Minute)}, 10 * time.Minute},
		{"we wait longer", "uto 30s", []option{uto(5 * time.Minute)}, 5 * time.Minute},
		{"not below R2", "uto 30s", []option{uto(20 * time.Second)}, 100 * time.Second},
		{"not above the limit", "uto 32767m", []option{uto(time.Minute)}, 24 * time.Hour},
		{"zero means nothing", "uto 0s", []option{uto(5 * time.Minute)}, 5 * time.Minute},
		{"the peer says nothing", "nop", []option{uto(5 * time.Minute)}, 5 * time.Minute},
		{"not CHANGEABLE", "uto 10m", []option{uto(5 * time.Minute), func(c *Config) { c.UserTimeout = time.Second * 9 }}, 9 * time.Second},
		{"not enabled", "uto 10m", nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.options...)
			r.open()
			r.feed("S. 0 ack 1 <mss 100," + c.peer + ">")
			if got := r.c.userTimeout(); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
			if c.want == 0 {
				return
			}
			start := r.now
			r.send(5)
			for r.c.State() != Closed {
				r.expire()
			}
			r.wantRows("tcp.timeout.user")
			if took := r.now.Sub(start); took != c.want {
				t.Errorf("given up after %v, want %v", took, c.want)
			}
		})
	}
}

// The option is sent with every SYN, and again when the value changes; in
// minutes where seconds do not fit.
func TestUserTimeoutIsTold(t *testing.T) {
	r := newRig(t, uto(30*time.Second))
	r.open()
	r.want(SynSent, "S 0:0(0) <mss 100,uto 30s>")
	r.expire()
	r.want(SynSent, "S 0:0(0) <mss 100,uto 30s>")
	r.feed("S. 0 ack 1 <mss 100>")
	r.want(Established, ". 1:1(0) ack 1")
	set(r, uto(11*time.Hour))
	r.want(Established, ". 1:1(0) ack 1 <uto 660m>")
	set(r, uto(11*time.Hour))
	r.want(Established, "")
	r.feed(". 1 ack 1 <uto 12m>") // later than the SYN, too
	if got := r.c.userTimeout(); got != 11*time.Hour {
		t.Errorf("%v, want 11h", got)
	}
	r = inState(t, Listen, uto(time.Minute))
	r.feed("S 0 <mss 100,uto 5m>")
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100,uto 60s>")
	r.feed("R 1")
	r.want(Listen, "")
	if r.c.uto.remote != 0 {
		t.Error("LISTEN remembers another peer's timeout")
	}
}
