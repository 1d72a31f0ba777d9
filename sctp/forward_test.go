package sctp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// unreliable lets messages be given up.
func unreliable(c *Config) { c.PartialReliability = true }

// mortal gives SEND messages of 100 octets on a stream, with a lifetime of
// 100 ms.
func (r *rig) mortal(streams ...int) {
	r.t.Helper()
	for _, stream := range streams {
		r.sendMessage(Message{Stream: uint16(stream), Policy: Timed, Lifetime: 100 * time.Millisecond, Data: make([]byte, 100)})
	}
}

// TestAgreement: both ends must ask for it (RFC 3758 3.3).
func TestAgreement(t *testing.T) {
	for _, own := range []bool{false, true} {
		for _, peer := range []string{"", " plain"} {
			r := newRig(t, func(c *Config) { c.PartialReliability = own })
			r.associate()
			if has := len(r.initSent().Params) > 0; has != own {
				t.Errorf("INIT offers it: %v, want %v", has, own)
			}
			r.feed("INIT_ACK" + peer)
			if r.a.abandons() != (own && peer == "") {
				t.Errorf("own %v, peer%s: agreed %v", own, peer, r.a.abandons())
			}
			r = newRig(t, func(c *Config) { c.PartialReliability = own })
			r.feed("INIT" + peer)
			_, has := r.initSent().Params.Find(wire.ParamForwardTSNSupported)
			if want := own && peer == ""; has != want {
				t.Errorf("INIT ACK offers it: %v, want %v", has, want)
			}
			r.feed("COOKIE_ECHO")
			if r.a.abandons() != (own && peer == "") {
				t.Errorf("by cookie: own %v, peer%s: agreed %v", own, peer, r.a.abandons())
			}
		}
	}
	r := newRig(t, unreliable)
	r.associate()
	r.step(func(r *rig) { // the chunk in a Supported Extensions parameter says as much (RFC 5061 4.2.7)
		p := r.parse("INIT_ACK plain")
		c, _, _ := p.Chunks.Next()
		init, _ := c.Init()
		init.Params = wire.Param{Type: wire.ParamSupportedExtensions, Value: []byte{130, 192}}.Append(init.Params)
		p.Chunks = init.Append(nil, wire.ChunkInitAck)
		r.a.Arrive(r.clock(), &p, &r.out)
	})
	if !r.a.abandons() {
		t.Error("a Supported Extensions parameter with FORWARD-TSN does not count")
	}
}

// TestLifetimeBeforeSending: RFC 9260 11.1.5 needs nothing of the peer. What
// is begun goes on.
func TestLifetimeBeforeSending(t *testing.T) {
	r := established(t, tiny)
	r.send(100, 100, 100, 100) // the window is full
	r.sendMessage(Message{Lifetime: 100 * time.Millisecond, Data: make([]byte, 100)})
	r.sendMessage(Message{Lifetime: 300 * time.Millisecond, Data: make([]byte, 250)})
	r.sendMessage(Message{Lifetime: 100 * time.Millisecond, Data: make([]byte, 100)})
	r.sleep(100*time.Millisecond - 1)
	r.feed("SACK 0")
	r.wantSignals("")
	r.sleep(1)
	r.feed("SACK 1")
	r.wantSignals("Writable SendFailed Writable")
	if n := len(r.out.Signals); !r.out.Signals[n-2].Unsent {
		t.Errorf("%+v, want it unsent", r.out.Signals)
	}
	r.wantSent("DATA 5 s0:4 B(100) | DATA 6 s0:4 (100)")
	r.sleep(time.Second - 200*time.Millisecond)
	r.feed("SACK 2")
	r.wantSent("DATA 7 s0:4 E(50)")
	r.wantSignals("Writable SendFailed Writable")
	if r.a.SendSpace() != r.cfg.SendBuffer-450 {
		t.Errorf("room for %d", r.a.SendSpace())
	}
	r = established(t) // the last message of an association that shuts down
	r.feed("SACK 0 win=0")
	r.sendMessage(Message{Lifetime: 100 * time.Millisecond, Data: make([]byte, 10)})
	r.shutdown()
	r.expire()
	r.want(ShutdownSent, "SHUTDOWN 0")
}

// TestTimedReliability: RFC 3758 3.5, 4.1.
func TestTimedReliability(t *testing.T) {
	r := established(t, unreliable)
	r.mortal(1)
	r.send(10)
	r.feed("SACK 0 gap=2-2")
	r.wantSent("")
	if at := r.expire(); at != time.Second {
		t.Errorf("T3-rtx at %v", at)
	}
	r.wantSent("FORWARD-TSN 1 s1:0")
	r.wantSignals("SendFailed Writable")
	if s := r.out.Signals; s[1].Unsent {
		t.Errorf("%+v, want it sent", s)
	}
	if at := r.expire(); at != 3*time.Second { // FORWARD-TSN is lost: T3-rtx runs for it
		t.Errorf("T3-rtx at %v", at)
	}
	r.wantSent("FORWARD-TSN 1 s1:0")
	r.feed("SACK 0 gap=2-2") // the point is ahead of this SACK
	r.wantSent("FORWARD-TSN 1 s1:0")
	if r.a.errors == 0 {
		t.Error("no error was counted")
	}
	r.feed("SACK 2")
	r.wantSent("")
	r.wantSignals("Writable SenderDry")
	if _, ok := r.a.NextTimeout(); ok || r.a.errors != 0 || r.a.SendSpace() != r.cfg.SendBuffer {
		t.Errorf("timer %v, %d errors, room %d", ok, r.a.errors, r.a.SendSpace())
	}
	r.mortal(1)
	r.wantSent("DATA 3 s1:1 BE(100)")
	r.feed("SACK 3") // in time
	r.wantSignals("Writable SenderDry")

	r = established(t) // a peer that does not know it gets all
	r.mortal(1)
	r.expire()
	r.wantSent("DATA 1 s1:0 BE(100)")
}

// TestWholeMessages: with a chunk all chunks of its message are given up, and
// the chunks that were never sent; the point stops at what is not.
func TestWholeMessages(t *testing.T) {
	r := established(t, unreliable, tiny)
	r.sendMessage(Message{Policy: Limited, Limit: 0, Stream: 3, Data: make([]byte, 250)}) // 1 to 3
	r.send(100)                                                                           // 4
	r.sendMessage(Message{Policy: Limited, Limit: 0, Stream: 2, Data: make([]byte, 900)})
	r.feed("SACK 1") // 5
	for _, sack := range []string{"SACK 1 gap=3-3", "SACK 1 gap=3-4"} {
		r.feed(sack) // 6 and 7
	}
	r.feed("SACK 1 gap=3-5")
	r.wantSignals("SendFailed Writable") // 2 and 3
	r.wantSent("FORWARD-TSN 3 s3:0")
	r.feed("SACK 5")
	r.expire()
	r.wantSignals("SendFailed Writable")
	r.wantSent("FORWARD-TSN 11 s2:0")
	if r.a.Unsent() != 0 || r.a.SendSpace() != r.cfg.SendBuffer || r.a.snd.flight.outstanding != 0 {
		t.Errorf("%+v", r.a.Vars())
	}
}

// TestLimitedRetransmissions: RFC 7496 3.1.
func TestLimitedRetransmissions(t *testing.T) {
	r := established(t, unreliable)
	r.sendMessage(Message{Policy: Limited, Limit: 2, Data: make([]byte, 10)})
	for range 2 {
		r.expire()
		r.wantSent("DATA 1 s0:0 BE(10)")
	}
	r.expire()
	r.wantSent("FORWARD-TSN 1 s0:0")
	r.sendMessage(Message{Policy: Limited, Unordered: true, Data: make([]byte, 10)})
	r.wantSent("DATA 2 s0:0 BEU(10)")
	r.expire()
	r.wantSent("FORWARD-TSN 2 s0:0")
}

// TestPriority: RFC 7496 3.2. The send buffer holds 1,000 octets.
func TestPriority(t *testing.T) {
	r := established(t, unreliable, tiny, func(c *Config) { c.SendBuffer = 1000 })
	give := func(priority uint32, n int) {
		r.sendMessage(Message{Policy: Priority, Limit: priority, Data: make([]byte, n)})
	}
	give(5, 400) // 1 to 4
	give(7, 300)
	give(6, 300)
	give(7, 100)
	r.wantErr(ErrNoRoom)
	r.wantSignals("")
	give(4, 100) // instead of 7
	r.wantErr(nil)
	r.wantSignals("SendFailed Writable")
	if !r.out.Signals[0].Unsent {
		t.Error("it was not sent")
	}
	give(4, 600) // instead of 6 and of what is in flight
	r.wantErr(nil)
	r.wantSignals("SendFailed Writable SendFailed Writable")
	if !r.out.Signals[0].Unsent || r.out.Signals[2].Unsent {
		t.Errorf("%+v", r.out.Signals)
	}
	if !strings.HasPrefix(r.sent(), "FORWARD-TSN 4 s0:0; DATA 5 s0:1") && !strings.HasPrefix(r.sent(), "FORWARD-TSN 4 s0:0 | DATA 5 s0:1") {
		t.Errorf("sent %s", r.sent())
	}
	give(4, 600)
	r.wantErr(ErrNoRoom)
}

// TestForwardTSN is the receiver: RFC 3758 3.6.
func TestForwardTSN(t *testing.T) {
	for _, c := range []struct{ data, packet, want string }{
		{"DATA 2 s0:1 BE(2); DATA 3 s0:2 BE(2)", "FORWARD-TSN 1 s0:0", "<SACK 3> Readable Readable"},
		{"DATA 2 s0:1 BE(2); DATA 4 s0:3 BE(2)", "FORWARD-TSN 1 s0:0", "<SACK 2 gap=4-4> Readable"},
		{"DATA 2 s0:1 BE(2); DATA 5 s0:3 BE(2)", "FORWARD-TSN 4 s0:2", "<SACK 5> Readable Readable"}, // 1 is whole, and needs not wait
		{"DATA 1 s0:0 B(2); DATA 2 s0:0 X(2); DATA 4 s0:1 BE(1)", "FORWARD-TSN 3 s0:0", "<SACK 4> Readable"},
		{"DATA 2 BEU(2)", "FORWARD-TSN 1", "<SACK 2>"},
		{"DATA 1 s0:0 BE(2)", "FORWARD-TSN 1 s0:0", "<SACK 1>"}, // an old one
		{"DATA 1 s0:0 BE(2)", "FORWARD-TSN 2 s0:0 s99:3", "<SACK 2>"},
		{"DATA 1 s0:0 BE(2)", "@bad FORWARD-TSN 2 s0:0", "-"},
		{"DATA 2 s0:0 B(9); DATA 3 s0:0 X(9); DATA 4 s0:0 X(9)", "FORWARD-TSN 3", "<SACK 4>"}, // of 4 the message's begin is gone
		{"DATA 1 s0:0 BE(2)", "RAW 192 0 0 6 0 0 0 0", "-"},
	} {
		r := established(t, unreliable)
		r.feed(c.data)
		r.feed(c.packet)
		if got := r.outcome(); got != c.want {
			t.Errorf("%s: %s: %s, want %s", c.data, c.packet, got, c.want)
		}
		r.feed("FORWARD-TSN 9 s0:9")
		if v := r.a.Vars(); v.Held != 0 {
			t.Errorf("%s: %s: %d octets held", c.data, c.packet, v.Held)
		}
	}
	r := established(t, unreliable)
	r.feed("DATA 2 s0:0 B(9)")
	r.feed("FORWARD-TSN 2 s0:0") // the last chunk that is skipped goes, too
	if v := r.a.Vars(); v.Held != 0 {
		t.Errorf("%d octets held", v.Held)
	}
	r = established(t, unreliable, delayed)
	r.feed("DATA 4 s0:3; DATA 6 s0:5")
	r.feed("FORWARD-TSN 1")
	r.wantSent("SACK 1 gap=4-4,6-6") // there is a hole: at once
	r = established(t, unreliable, pieces)
	r.feed("DATA 1 s0:0 B(30); DATA 2 s1:0 BE(2)")
	r.feed("FORWARD-TSN 3 s0:0")
	r.wantSignals("PartialDeliveryAborted Readable")
	r.feed("DATA 4 s0:1 BE(2)")
	r.wantSignals("Readable")
	r = established(t) // it is not agreed: as an unknown chunk
	r.feed("FORWARD-TSN 1 s0:0")
	r.wantSent("ERROR cause=6")
	for _, state := range States()[2:] {
		want := map[State]string{Established: "<SACK 1>", ShutdownPending: "<SACK 1>", ShutdownSent: "<SHUTDOWN 1>"}[state]
		r := inState(t, state, unreliable)
		r.feed("FORWARD-TSN 1 s0:0")
		if got := r.outcome(); got != want && want+got != "-" {
			t.Errorf("%v: %s, want %s", state, got, want)
		}
	}
}

// TestUnreliableLoss: over a path that loses, messages of all policies arrive
// whole and in order, or are reported as given up; never both, but for those
// whose acknowledgment was lost.
func TestUnreliableLoss(t *testing.T) {
	given := 0
	for seed := range uint64(90) {
		rng := rand.New(rand.NewPCG(seed, 11))
		w := newPair(t)
		for i := range w.cfg {
			w.cfg[i].AssociationMaxRetrans, w.cfg[i].PathMaxRetrans, w.cfg[i].MaxInitRetransmits = 1000, 1000, 1000
			w.cfg[i].PartialReliability = true
			w.cfg[i].SendBuffer = 20000
			w.cfg[i].PartialDeliveryPoint = int(seed % 2)
			w.cfg[i].T5 = 0
		}
		if seed%3 == 0 {
			w.homes = [][2]wire.Addr{{testLocals[0], testPeers[0]}, {testLocals[1], testPeers[1]}}
		}
		w.start()
		w.lost = func(_, _ int, p *wire.SCTP) bool { return rng.IntN(100) < 20 }
		w.associate()
		for w.ends[0].State() != Established {
			w.run(w.now.Since() + time.Second)
		}
		ids := map[string]MessageID{}
		for n := range 60 {
			m := Message{Stream: uint16(rng.IntN(3)), Policy: Policy(rng.IntN(4)), Limit: uint32(rng.IntN(3)), Unordered: rng.IntN(5) == 0}
			if m.Policy == Timed {
				m.Lifetime = time.Duration(1+rng.IntN(300)) * time.Millisecond
			}
			text := fmt.Sprintf("%03d%s", n, strings.Repeat("x", rng.IntN(4000)))
			m.Data = []byte(text)
			w.do(0, func(a *Assoc, out *Out) {
				if id, err := a.Send(w.now, &m, out); err == nil {
					ids[fmt.Sprintf("%d:%s", m.Stream, text)] = id
				}
			})
			w.run(w.now.Since() + time.Duration(rng.IntN(60))*time.Millisecond)
		}
		w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) })
		w.run(w.now.Since() + 40000*time.Second)
		failed, got := map[MessageID]bool{}, map[MessageID]bool{}
		for _, s := range w.told[0] {
			if s.Kind == SendFailed {
				if failed[s.Message] {
					t.Fatalf("seed %d: message %d failed twice", seed, s.Message)
				}
				failed[s.Message] = true
			}
		}
		aborted := 0
		for _, s := range w.told[1] {
			if s.Kind == PartialDeliveryAborted {
				aborted++
			}
		}
		for _, text := range w.got[1] {
			id, known := ids[text]
			if !known && aborted == 0 || got[id] && known {
				t.Fatalf("seed %d: got %.20s", seed, text)
			}
			got[id] = true
		}
		for text, id := range ids {
			if !failed[id] && !got[id] && aborted == 0 {
				t.Fatalf("seed %d: %.20s is lost\n%s", seed, text, strings.Join(w.log[max(0, len(w.log)-80):], "\n"))
			}
		}
		given += len(failed)
		for i := range w.ends {
			if w.ends[i].State() != Closed {
				t.Fatalf("seed %d: end %d is %v\n%s", seed, i, w.ends[i].State(), strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
			}
		}
	}
	if given < 500 {
		t.Errorf("only %d messages were given up", given)
	}
}
