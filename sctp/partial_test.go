package sctp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"simrun/wire"
)

// pieces hands up messages of 20 octets and more in pieces.
func pieces(c *Config) { c.PartialDeliveryPoint = 20 }

// wantPiece asserts what RECEIVE delivers, and whether the message goes on.
func (r *rig) wantPiece(want string, more bool) {
	r.t.Helper()
	if got := r.receive(1000); got != want || r.more != more {
		r.t.Errorf("got %q, more %v; want %q, more %v", got, r.more, want, more)
	}
}

// TestPartialDelivery: RFC 9260 6.9, RFC 6458 8.1.20, 8.1.21.
func TestPartialDelivery(t *testing.T) {
	r := established(t, pieces)
	r.feed("DATA 1 s0:0 B(10)")
	r.wantSignals("") // the point is not reached
	r.feed("DATA 2 s0:0 X(10)")
	r.wantSignals("Readable")
	r.feed("DATA 3 s1:0 BE(2)") // breaks the rule of TSNs in a row: the pieces go on all the same
	if n := r.a.Unread(); n != 1 {
		t.Errorf("%d can be read, want 1", n)
	}
	r = established(t, pieces)
	r.feed("DATA 1 s0:0 B(20); DATA 5 s1:0 BE(2); DATA 6 s0:1 BE(3); DATA 7 BEU(1)")
	r.wantSignals("Readable")
	if got := r.receive(15); got != "s0:0 "+strings.Repeat("a", 15) || !r.more {
		t.Errorf("got %q, more %v", got, r.more)
	}
	r.wantPiece("s0:0 aaaaa", true)
	r.wantPiece("", false) // what is whole waits behind it
	if n := r.a.Unread(); n != 0 {
		t.Errorf("%d can be read, want none", n)
	}
	r.feed("DATA 3 s0:0 X(4)") // 2 is missing
	r.wantSignals("")
	r.feed("DATA 2 s0:0 X(4)")
	r.wantSignals("Readable")
	r.wantPiece("s0:0 bbbbcccc", true)
	r.feed("DATA 4 s0:0 E(1)")
	r.wantSignals("Readable Readable Readable Readable")
	r.wantPiece("s0:0 d", false)
	r.wantPiece("s1:0 ee", false)
	r.wantPiece("s0:0 g", false)
	r.wantPiece("s0:1 fff", false)
	if v := r.a.Vars(); v.Held != 0 || r.a.rcv.unread != 0 {
		t.Errorf("%+v", v)
	}
}

// TestPartialDeliveryWhenFull: a message that fills the receive window alone
// is handed up without any setting (RFC 9260 6.9).
func TestPartialDeliveryWhenFull(t *testing.T) {
	r := established(t, func(c *Config) { c.ReceiveBuffer = 3000 })
	r.feed("DATA 1 s0:0 BE(500)")
	r.feed("DATA 2 s0:1 B(1400)")
	r.feed("DATA 3 s0:1 X(1000)")
	r.wantSignals("") // the user can make room by reading the first message
	r.step(func(r *rig) { r.a.Receive(r.clock(), make([]byte, 1000), &r.out) })
	r.wantSignals("Readable")
	r.wantPiece("s0:1 "+strings.Repeat("b", 1000), true)
	r.wantPiece("s0:1 "+strings.Repeat("b", 400)+strings.Repeat("c", 600), true)
	if w := r.a.rcv.window(r.cfg); w != 2600 {
		t.Errorf("window %d, want 2600", w)
	}
}

// TestPartialDeliveryAborted: what ends the association, and what the peer
// can never go on with, end the message (RFC 6458 6.1.7).
func TestPartialDeliveryAborted(t *testing.T) {
	for _, c := range []struct{ packet, want string }{
		{"ABORT", "PartialDeliveryAborted Readable Readable Lost"},
		{"COOKIE_ECHO A", "PartialDeliveryAborted Readable Readable Restarted"},
		{"DATA 4 s0:0 B(5)", "PartialDeliveryAborted Readable Readable"}, // a peer that errs
	} {
		r := established(t, pieces)
		r.feed("DATA 1 s1:0 BE(3); DATA 2 s0:0 B(20); DATA 3 s0:0 X(5); DATA 5 s1:1 BE(2); DATA 6 s1:2 BE(3)")
		r.receive(1)
		r.feed(c.packet)
		r.wantSignals(c.want)
		r.wantPiece("s1:0 aa", false)
		r.wantPiece("s1:1 ee", false)
		r.wantPiece("s1:2 fff", false)
		r.wantPiece("", false)
		if r.a.rcv.unread != 0 {
			t.Errorf("%s: %d octets are left", c.packet, r.a.rcv.unread)
		}
	}
}

// TestPartialTwin: whatever the order of chunks and reads, the pieces of all
// messages are the messages, in the order of their streams.
func TestPartialTwin(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 3))
		cfg := small()
		cfg.PartialDeliveryPoint = rng.IntN(40)
		cfg.ReceiveBuffer = 1 << 16
		r := bareRig(t, &cfg, 1, true, seed, -wire.TSN(1+rng.IntN(40)), 0)
		r.to(Established)
		var all []wire.Data
		var want [3]string
		for n := range 1 + rng.IntN(12) {
			stream, parts := rng.IntN(3), 1+rng.IntN(6)
			for i := range parts {
				d := wire.Data{Stream: uint16(stream), SSN: wire.SSN(strings.Count(want[stream], ";")), TSN: r.theirs(len(all) + 1)}
				d.Payload = fmt.Appendf(nil, "%d.%d-%s", n, i, strings.Repeat("x", rng.IntN(9)))
				if i == 0 {
					d.Flags |= wire.FlagBegin
				}
				if i == parts-1 {
					d.Flags |= wire.FlagEnd
				}
				all = append(all, d)
			}
			for _, d := range all[len(all)-parts:] {
				want[stream] += string(d.Payload)
			}
			want[stream] += ";"
		}
		var got [3]string
		open := -1
		read := func() {
			for r.a.Unread() > 0 {
				r.step(func(r *rig) {
					p := make([]byte, 1+rng.IntN(30))
					m, _ := r.a.Receive(r.clock(), p, &r.out)
					if open >= 0 && open != int(m.Stream) {
						t.Fatalf("seed %d: stream %d between pieces of stream %d", seed, m.Stream, open)
					}
					got[m.Stream] += string(p[:m.N])
					if open = int(m.Stream); !m.More {
						got[m.Stream] += ";"
						open = -1
					}
				})
			}
		}
		for _, n := range rng.Perm(len(all)) {
			r.step(func(r *rig) {
				p := r.parse("DATA 1")
				p.Chunks = all[n].Append(nil)
				r.a.Arrive(r.clock(), &p, &r.out)
			})
			if rng.IntN(2) == 0 {
				read()
			}
		}
		read()
		if got != want {
			t.Fatalf("seed %d: got %q, want %q", seed, got, want)
		}
		if v := r.a.Vars(); v.Held != 0 || r.a.rcv.unread != 0 {
			t.Fatalf("seed %d: %+v", seed, v)
		}
	}
}
