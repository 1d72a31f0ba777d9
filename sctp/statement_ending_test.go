package sctp

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// endingStatements is RFC 9260 8 and 9.
var endingStatements = []statement{
	{90, "8.1", must, "More than Association.Max.Retrans errors in a row end the association; DATA that is acknowledged begins the count anew", "ten T3-rtx, a SACK, and ten more leave it open; the next ends it, and the user is told", func(t *testing.T) {
		r := established(t)
		r.send(10)
		for range 10 {
			r.expire()
		}
		if r.a.errors != 10 || r.a.State() != Established {
			t.Errorf("%d errors in %v", r.a.errors, r.a.State())
		}
		r.feed("SACK 1")
		if r.a.errors != 0 {
			t.Errorf("%d errors", r.a.errors)
		}
		r.send(10)
		for range 10 {
			r.expire()
		}
		r.want(Established, "DATA 2 s0:1 BE(10)")
		r.expire()
		r.want(Closed, "")
		r.wantSignals("SendFailed Lost")
	}},
	{91, "8.2", should, "More than Path.Max.Retrans errors in a row make a path INACTIVE, and the user is told; an answer makes it ACTIVE", "the sixth T3-rtx, at 63 s, makes it INACTIVE and tells the user; a SACK makes it ACTIVE", func(t *testing.T) {
		r := established(t)
		r.send(10)
		for range 5 {
			r.expire()
			r.wantSignals("")
		}
		if at := r.expire(); at != 63*time.Second {
			t.Errorf("INACTIVE at %v", at)
		}
		r.wantSignals("p1=INACTIVE")
		r.feed("SACK 1")
		r.wantSignals("p1=ACTIVE Writable SenderDry")
		if r.a.Path(0).Errors != 0 {
			t.Errorf("%+v", r.a.Path(0))
		}
	}},
	{92, "8.3", should, "An idle path is probed each RTO + HB.interval, give or take half an RTO; not after SHUTDOWN; HEARTBEAT ACK returns what HEARTBEAT holds", "HEARTBEATs go at 31 s and, unanswered, at 63, 97, 135, 181 and 243 s, when the path is INACTIVE; with jitter within half an RTO of 31 s; none in SHUTDOWN-SENT and SHUTDOWN-ACK-SENT; HEARTBEAT ACK holds the same octets, and clears the errors", func(t *testing.T) {
		proveHeartbeats(t)
		proveHeartbeatJitter(t)
		cells(t, "HEARTBEAT x", map[State]string{CookieWait: "-", CookieEchoed: "<HEARTBEAT_ACK>", ShutdownPending: "<HEARTBEAT_ACK>"})
		for _, state := range []State{ShutdownSent, ShutdownAckSent} {
			if r := inState(t, state, beating30); r.a.paths[0].armed(TimerHeartbeat) {
				t.Errorf("heartbeats in %v", state)
			}
		}
		r := established(t)
		r.feed("HEARTBEAT some information")
		c, _, _ := r.out.Packets[0].Chunks.Next()
		asked, _, _ := r.fed.Chunks.Next()
		if c.Type != wire.ChunkHeartbeatAck || string(c.Value) != string(asked.Value) {
			t.Errorf("%v % x", c.Type, c.Value)
		}
	}},
	{93, "8.4", must, "Packets out of the blue are judged in the order of the text", "twelve packets, each kind alone and with others, draw what the text says; those from addresses of no single host nothing", func(t *testing.T) {
		for packet, want := range map[string]string{
			"ABORT": "-", "HEARTBEAT x; ABORT": "-", "INIT": "<INIT_ACK>", "COOKIE_ECHO fresh": "ESTABLISHED <COOKIE_ACK> p1=ACTIVE Up",
			"SHUTDOWN_ACK; COOKIE_ECHO fresh": "<@same SHUTDOWN_COMPLETE T>", "@bad SHUTDOWN_ACK": "<@same SHUTDOWN_COMPLETE T>",
			"@bad DATA 1; SHUTDOWN_ACK": "<@same SHUTDOWN_COMPLETE T>", "SHUTDOWN_COMPLETE": "-", "@bad ERROR cause=3": "-",
			"@bad COOKIE_ACK; DATA 1": "-", "@bad DATA 1": "<@same ABORT T>", "@bad TYPE 200": "<@same ABORT T>",
		} {
			cells(t, packet, map[State]string{Closed: want})
		}
		for _, src := range []string{"224.0.0.1", "0.0.0.0", "255.255.255.255"} {
			r := newRig(t)
			r.step(func(r *rig) {
				p := r.parse("INIT")
				p.Src = wire.MustParseAddr(src)
				r.a.Arrive(r.clock(), &p, &r.out)
			})
			r.want(Closed, "")
		}
	}},
	{94, "8.5", must, "A packet with a wrong tag is dropped", "each chunk with a tag that is not ours, or with the peer's, changes nothing in any state", func(t *testing.T) {
		for _, chunk := range []string{"DATA 1", "SACK 0", "HEARTBEAT x", "HEARTBEAT_ACK", "SHUTDOWN 0", "ERROR cause=13", "COOKIE_ACK", "INIT_ACK", "TYPE 255"} {
			every(t, "@bad "+chunk, "-", Closed)
			every(t, "@peer "+chunk, "-", Closed)
		}
		r := established(t, beating30)
		r.expire()
		r.wantSent("HEARTBEAT")
		before := r.state()
		r.feed("@bad HEARTBEAT_ACK")
		if !bytes.Equal(before, r.state()) {
			t.Error("HEARTBEAT ACK with another tag counts")
		}
	}},
	{95, "8.5.1 A", must, "Tag 0 with anything but a lone INIT is dropped", "each chunk with tag 0, and INIT with another, changes nothing in any state", func(t *testing.T) {
		for _, chunk := range []string{"DATA 1", "SACK 0", "HEARTBEAT x", "SHUTDOWN 0", "COOKIE_ACK", "ABORT", "SHUTDOWN_COMPLETE", "INIT; DATA 1"} {
			every(t, "@0 "+chunk, "-", Closed)
		}
	}},
	{96, "8.5.1 B, C", must, "ABORT and SHUTDOWN COMPLETE count with our tag, or with the peer's and the T bit", "ABORT and SHUTDOWN COMPLETE end SHUTDOWN-ACK-SENT with our tag, and with the peer's and the T bit; with the other two combinations they do not", func(t *testing.T) {
		for packet, counts := range map[string]bool{
			"ABORT": true, "@peer ABORT T": true, "ABORT T": false, "@peer ABORT": false, "@bad ABORT": false, "@bad ABORT T": false,
			"SHUTDOWN_COMPLETE": true, "@peer SHUTDOWN_COMPLETE T": true, "SHUTDOWN_COMPLETE T": false, "@peer SHUTDOWN_COMPLETE": false,
		} {
			r := inState(t, ShutdownAckSent)
			if r.feed(packet); (r.a.State() == Closed) != counts || r.sent() != "" {
				t.Errorf("%s: %s", packet, r.outcome())
			}
		}
	}},
	{97, "8.5.1 C, 9.2", must, "SHUTDOWN COMPLETE outside SHUTDOWN-ACK-SENT is ignored", "it changes nothing in any other state", func(t *testing.T) {
		every(t, "SHUTDOWN_COMPLETE", "-", ShutdownAckSent)
	}},
	{98, "8.5.1 E", must, "SHUTDOWN ACK while opening is answered as out of the blue, and T1 runs on", "in COOKIE-WAIT and COOKIE-ECHOED it draws SHUTDOWN COMPLETE with its tag reflected; the state and T1's deadline stay", func(t *testing.T) {
		for _, state := range []State{CookieWait, CookieEchoed} {
			r := inState(t, state)
			before, _ := r.a.NextTimeout()
			r.feed("@bad SHUTDOWN_ACK")
			r.want(state, "@same SHUTDOWN_COMPLETE T")
			if after, ok := r.a.NextTimeout(); !ok || after != before {
				t.Errorf("%v: T1 at %v, want %v", state, after, before)
			}
		}
	}},
	{99, "9.1", must, "ABORT carries the peer's tag, with cause 12 if the user asks; none is answered; the association is gone", "ABORT of a call has the peer's tag and the user's reason; no packet with an ABORT in it is answered, in CLOSED or in any other state", func(t *testing.T) {
		r := established(t)
		r.send(10)
		r.abort("enough")
		r.want(Closed, "ABORT cause=12")
		c, _, _ := r.out.Packets[0].Chunks.Next()
		if causes, _ := c.Causes(); r.out.Packets[0].Tag != r.peerTag || !strings.Contains(string(causes), "enough") {
			t.Errorf("%q", causes)
		}
		for _, packet := range []string{"ABORT", "TYPE 255; ABORT", "@bad HEARTBEAT x; ABORT"} {
			r.feed(packet)
			r.want(Closed, "")
		}
		every(t, "ABORT cause=12", "-", CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent)
		r = established(t)
		r.feed("DATA 1; ABORT")
		r.want(Closed, "")
	}},
	{100, "9.2", must, "SHUTDOWN goes when all our DATA is acknowledged; no new user data is taken from then on", "neither a gap ack of the second chunk nor an ack of the first is enough, an ack of both is; SEND is refused in four states", func(t *testing.T) {
		r := established(t)
		r.send(10, 10)
		r.shutdown()
		r.want(ShutdownPending, "")
		r.feed("SACK 0 gap=2-2")
		r.want(ShutdownPending, "")
		r.feed("SACK 1")
		r.want(ShutdownPending, "")
		r.feed("SACK 2")
		r.want(ShutdownSent, "SHUTDOWN 0")
		for _, state := range []State{ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent} {
			r := inState(t, state)
			r.send(10)
			r.wantErr(ErrClosing)
		}
	}},
	{101, "9.2", must, "In SHUTDOWN-SENT each packet with DATA draws SHUTDOWN, and SACK where there are gaps or duplicates; T2 begins anew, counts to Association.Max.Retrans, and tells what has come since; T5 bounds it all", "DATA at 600 ms draws SHUTDOWN 2 and moves T2 to 1600 ms; a duplicate and a gap draw SACK too; any packet of the peer's clears the errors and moves T2; a silent peer is given up at 363 s, any peer at 300 s by T5, with ABORT", func(t *testing.T) {
		r := inState(t, ShutdownSent, delayed)
		r.sleep(600 * time.Millisecond)
		r.feed("DATA 1; DATA 2 s0:1")
		r.wantSent("SHUTDOWN 2")
		r.feed("DATA 2 s0:1")
		r.wantSent("SHUTDOWN 2; SACK 2 dup=2")
		r.feed("DATA 4 s0:3")
		r.wantSent("SHUTDOWN 2; SACK 2 gap=4-4")
		r.feed("DATA 3 s0:2")
		r.wantSent("SHUTDOWN 4")
		if at := r.expire(); at != 1600*time.Millisecond {
			t.Errorf("T2 at %v", at)
		}
		r.wantSent("SHUTDOWN 4")
		r.expire() // at 3.6 s; RTO is 4 s now
		r.sleep(time.Second)
		r.feed("HEARTBEAT x") // it lives
		if r.a.errors != 0 {
			t.Errorf("%d errors", r.a.errors)
		}
		if at := r.expire(); at != 8600*time.Millisecond {
			t.Errorf("T2 at %v", at)
		}
		for _, c := range []struct {
			t5   time.Duration
			want int
		}{{0, 363}, {300 * time.Second, 300}} {
			r := inState(t, ShutdownSent, func(c2 *Config) { c2.T5 = c.t5 })
			var at time.Duration
			for r.a.State() != Closed {
				at = r.expire()
			}
			if int(at/time.Second) != c.want {
				t.Errorf("given up at %v, want %d s", at, c.want)
			}
			r.wantSignals("Lost")
			if want := map[bool]string{true: "ABORT"}[c.t5 > 0]; r.sent() != want {
				t.Errorf("sent %q, want %q", r.sent(), want)
			}
		}
		r = inState(t, ShutdownSent) // a peer that answers anything for ever cannot hold it open
		for r.a.State() != Closed {
			r.expire()
			if r.a.State() != Closed {
				r.feed("HEARTBEAT x")
			}
		}
		if r.now.Since() != 300*time.Second {
			t.Errorf("closed at %v", r.now.Since())
		}
	}},
	{102, "9.2", must, "In SHUTDOWN-ACK-SENT INIT and SHUTDOWN draw SHUTDOWN ACK, and SHUTDOWN ACK draws SHUTDOWN COMPLETE; SHUTDOWN while opening is dropped; two that cross both lead to SHUTDOWN-ACK-SENT", "each of these in each state; and two that cross, to CLOSED at both ends", func(t *testing.T) {
		cells(t, "INIT", map[State]string{ShutdownAckSent: "<SHUTDOWN_ACK>"})
		cells(t, "SHUTDOWN 0", map[State]string{ShutdownAckSent: "<SHUTDOWN_ACK>", ShutdownSent: "SHUTDOWN-ACK-SENT <SHUTDOWN_ACK>", CookieWait: "-", CookieEchoed: "-"})
		cells(t, "SHUTDOWN_ACK", map[State]string{ShutdownAckSent: "CLOSED <SHUTDOWN_COMPLETE> Finished"})
		w := newPair(t)
		w.start()
		w.associate()
		w.run(time.Second)
		w.log = nil
		for i := range w.ends {
			w.do(i, func(a *Assoc, out *Out) { _ = a.Shutdown(w.now, out) })
		}
		w.run(time.Minute)
		w.want(
			"1.000 a SHUTDOWN-SENT", "1.000 a SHUTDOWN", "1.000 b SHUTDOWN-SENT", "1.000 b SHUTDOWN",
			"1.010 b SHUTDOWN-ACK-SENT", "1.010 b SHUTDOWN ACK", "1.010 a SHUTDOWN-ACK-SENT", "1.010 a SHUTDOWN ACK",
			"1.020 a CLOSED", "1.020 a SHUTDOWN COMPLETE", "1.020 b CLOSED", "1.020 b SHUTDOWN COMPLETE",
		)
	}},
}
