package sctp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// burst lets a test send as much as the windows allow.
func burst(c *Config) { c.MaxBurst = 1000 }

// dataStatements is RFC 9260 6.
var dataStatements = []statement{
	{52, "6", must, "DATA is sent in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED, and with COOKIE ECHO", "a message queued in each state; I-26 after every step of all tests", func(t *testing.T) {
		r := established(t, tiny)
		r.send(100, 100, 100, 100, 100, 100)
		r.shutdown()
		r.feed("SACK 4")
		r.want(ShutdownPending, "DATA 5 s0:4 BE(100) | DATA 6 s0:5 BEI(100)")
		r = established(t, tiny)
		r.send(100, 100, 100, 100, 100)
		r.feed("SHUTDOWN 0")
		r.want(ShutdownReceived, "")
		r.feed("SACK 4")
		r.want(ShutdownReceived, "DATA 5 s0:4 BEI(100)")
	}, ""},
	{53, "6", must, "DATA is taken in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-SENT", "each state", func(t *testing.T) {
		cells(t, "DATA 1", map[State]string{
			CookieWait: "-", CookieEchoed: "-", Established: "<SACK 1> Readable", ShutdownPending: "<SACK 1> Readable",
			ShutdownSent: "<SHUTDOWN 1> Readable", ShutdownReceived: "-", ShutdownAckSent: "-",
		})
	}, ""},
	{54, "6", must, "SACK is taken in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED", "each state", func(t *testing.T) {
		cells(t, "SACK 1", map[State]string{
			ShutdownPending: "SHUTDOWN-SENT <SHUTDOWN 0> Writable SenderDry", ShutdownReceived: "SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> Writable SenderDry",
			CookieEchoed: "-", ShutdownSent: "-", ShutdownAckSent: "-",
		})
		r := established(t)
		r.send(10)
		r.feed("SACK 1")
		r.wantSignals("Writable SenderDry")
	}, ""},
	{55, "6.1 A", must, "nothing new goes into a window that is shut but probes: the first after an RTO, then at doubling intervals; while SACKs come they are no errors", "times of ten probes that are answered; a peer that answers no more is given up", func(t *testing.T) {
		r := established(t)
		r.feed("SACK 0 win=0")
		r.send(10, 10)
		r.wantSent("")
		var at []string
		for range 10 {
			at = append(at, fmt.Sprint(r.expire().Seconds()))
			r.wantSent("DATA 1 s0:0 BE(10)")
			r.feed("SACK 0 win=0")
			r.wantSent("")
		}
		if got, want := strings.Join(at, " "), "1 3 7 15 31 63 123 183 243 303"; got != want {
			t.Errorf("probes at %s, want %s", got, want)
		}
		if r.a.errors != 0 || r.a.Path(0).Errors != 0 || r.a.Path(0).Cwnd != 4404 {
			t.Errorf("%d errors, %+v", r.a.errors, r.a.Path(0))
		}
		dead := *r
		dead.shadow, dead.a = nil, r.a.Clone()
		for dead.a.State() != Closed {
			dead.expire()
		}
		dead.wantSignals("SendFailed SendFailed Lost")
		r.feed("SACK 1 win=1000")
		r.wantSent("DATA 2 s0:1 BE(10)")
		if at, _ := r.a.NextTimeout(); at.Sub(r.clock()) < time.Second {
			t.Errorf("T3-rtx expires after %v", at.Sub(r.clock()))
		}
		r = established(t) // a window that is too small for the next chunk
		r.feed("SACK 0 win=30")
		r.send(20)
		r.wantSent("DATA 1 s0:0 BE(20)")
		r.send(20)
		r.wantSent("")
		r.feed("SACK 1 win=10")
		r.wantSent("")
		r.expire()
		r.wantSent("DATA 2 s0:1 BE(20)")
	}, ""},
	{56, "6.1 B", must, "what is outstanding passes cwnd by one packet at most", "chunks of 76 octets into a window of 464", func(t *testing.T) {
		r := established(t, tiny, burst)
		for range 10 {
			r.send(60)
		}
		if f := r.a.paths[0].flight; f != 7*76 || r.a.paths[0].cc.cwnd != 464 {
			t.Errorf("%d octets outstanding, window %d", f, r.a.paths[0].cc.cwnd)
		}
	}, ""},
	{57, "6.1 C", must, "what is to be sent again goes before what is new", "after T3-rtx", func(t *testing.T) {
		r := established(t, tiny)
		r.send(100, 100, 100, 100, 100, 100)
		r.expire()
		r.wantSent("DATA 1 s0:0 BE(100)")
		r.feed("SACK 1")
		r.wantSent("DATA 2 s0:1 BE(100) | DATA 3 s0:2 BE(100)")
		r.feed("SACK 3")
		if !strings.HasPrefix(r.sent(), "DATA 4 ") || !strings.Contains(r.sent(), "DATA 5 ") {
			t.Errorf("sent %s", r.sent())
		}
	}, ""},
	{58, "6.1 D", should, "at most Max.Burst packets go at once", "a message of ten packets into an open window", func(t *testing.T) {
		r := established(t, tiny)
		r.setCC(10000, 20000)
		r.send(1000)
		if n := len(r.out.Packets); n != 4 {
			t.Errorf("%d packets, want 4", n)
		}
		r.feed("SACK 1")
		if n := len(r.out.Packets); n != 4 {
			t.Errorf("%d packets, want 4", n)
		}
	}, ""},
	{59, "6.1", must, "no more than 65,535 chunks are outstanding, so neither TSNs nor SSNs pass themselves", "70,000 messages of an octet", func(t *testing.T) {
		cfg := small()
		cfg.MaxBurst, cfg.NoDelay = 1<<20, true
		r := bareRig(t, &cfg, 1, true, 1, 1, 0)
		r.to(Established)
		r.a.paths[0].cc.cwnd = 1 << 30
		r.a.snd.rwnd = 1 << 30
		for range 70000 {
			r.out.Reset()
			if _, err := r.a.Send(0, &Message{Data: []byte("x")}, &r.out); err != nil {
				t.Fatal(err)
			}
		}
		if n := r.a.Unacked(); n != 65535 {
			t.Errorf("%d chunks are outstanding", n)
		}
	}, ""},
	{60, "6.2", must, "one SACK for a packet at most; for every second packet, within 200 ms; never later than 500 ms", "a packet of three chunks; the timer, set to 200 ms and to 2 s", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1; DATA 2 s0:1; DATA 3 s0:2")
		r.wantSent("SACK 3")
		TestDelayedSACK(t)
		r = established(t, delayed, func(c *Config) { c.SACKDelay = 2 * time.Second })
		r.feed("DATA 1")
		r.feed("DATA 2 s0:1")
		if at := r.expire(); at != 500*time.Millisecond {
			t.Errorf("the SACK went at %v", at)
		}
	}, ""},
	{61, "6.2", must, "a packet of duplicates alone is acknowledged at once, and they are reported", "with delayed SACKs; and once", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1; DATA 2 s0:1")
		r.feed("DATA 1; DATA 2 s0:1")
		r.wantSent("SACK 2 dup=1,2")
		r.feed("DATA 1")
		r.wantSent("SACK 2 dup=1")
	}, ""},
	{62, "6.2", should, "the I bit asks for a SACK at once", "with delayed SACKs", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1")
		r.feed("DATA 2 s0:1 BEI(1)")
		r.wantSent("SACK 2")
		r.sendMessage(Message{Immediate: true, Data: []byte("x")})
		r.wantSent("DATA 1 s0:0 BEI(1)")
	}, ""},
	{63, "6.2", must, "with a window of 0, new DATA beyond all others is dropped, and a SACK goes at once", "a full buffer; a hole may still be filled", func(t *testing.T) {
		r := established(t, delayed, func(c *Config) { c.ReceiveBuffer = 100 })
		r.feed("DATA 1 s0:0 BE(50)")
		r.feed("DATA 3 s0:2 BE(50)")
		r.feed("DATA 4 s0:3 BE(50)")
		r.wantSent("SACK 1 gap=3-3")
		r.wantDrop(DropWindow)
		c, _, _ := r.out.Packets[0].Chunks.Next()
		if s, _ := c.SACK(); s.ARwnd != 0 {
			t.Errorf("a_rwnd %d", s.ARwnd)
		}
		r.feed("DATA 2 s0:1 BE(50)")
		r.wantSent("SACK 3")
	}, ""},
	{64, "6.2", must, "a TSN that is reneged on is in no later gap ack block; ours never are, and the peer may", "what is reported stays reported; a chunk that the peer's blocks hold no more is outstanding again", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 3 s0:2; DATA 5 s0:4")
		for _, packet := range []string{"DATA 7 s0:6", "DATA 9 s0:8"} {
			r.feed(packet)
			if !strings.Contains(r.sent(), "gap=3-3,5-5,7-7") {
				t.Errorf("sent %s", r.sent())
			}
		}
		r = established(t, tiny)
		r.send(100, 100, 100)
		r.feed("SACK 0 gap=2-3")
		if f := r.a.paths[0].flight; f != 116 {
			t.Errorf("%d octets outstanding", f)
		}
		r.feed("SACK 0 gap=2-2")
		if f := r.a.paths[0].flight; f != 232 || r.a.snd.flight.outstanding != 200 {
			t.Errorf("%d octets outstanding", f)
		}
		r.feed("SACK 2")
		r.expire()
		r.wantSent("DATA 3 s0:2 BE(100)")
	}, ""},
	{65, "3.3.4", should, "gap ack blocks are apart, and beyond the cumulative TSN ack", "holes that fill; I-34 after every step of all tests", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 3 s0:2; DATA 5 s0:4; DATA 7 s0:6")
		r.wantSent("SACK 0 gap=3-3,5-5,7-7")
		r.feed("DATA 4 s0:3")
		r.wantSent("SACK 0 gap=3-5,7-7")
		r.feed("DATA 1; DATA 2 s0:1")
		r.wantSent("SACK 5 gap=7-7")
	}, ""},
	{66, "6.7", must, "while there is a hole each packet is acknowledged; of too many blocks the lowest go", "with delayed SACKs; 300 blocks into a packet of 576", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1")
		r.feed("DATA 3 s0:2")
		r.wantSent("SACK 1 gap=3-3")
		r.feed("DATA 4 s0:3")
		r.wantSent("SACK 1 gap=3-4")
		r.feed("DATA 2 s0:1")
		r.wantSent("SACK 4")
		r = established(t, func(c *Config) { c.MTU, c.ReceiveBuffer = 576, 100000 })
		for n := 2; n <= 600; n += 2 {
			r.feed(fmt.Sprintf("DATA %d s0:%d", n, n-1))
		}
		c, _, _ := r.out.Packets[0].Chunks.Next()
		if s, _ := c.SACK(); s.Gaps.Len() != (576-20-12-16)/4 || s.Gaps.At(0).Start != 2 || len(r.out.Packets) != 1 {
			t.Errorf("%d blocks", s.Gaps.Len())
		}
	}, ""},
	{67, "6.2.1", must, "a SACK from before the ack point is dropped", "an old SACK with another window; one of what was never sent", func(t *testing.T) {
		r := established(t)
		r.send(10, 10)
		r.feed("SACK 1 win=5000")
		for _, packet := range []string{"SACK 0 win=1", "SACK 0 gap=2-2 win=1", "SACK 3 win=1"} {
			r.feed(packet)
			r.wantDrop(DropWindow)
			if v := r.a.Vars(); v.RWnd != 4990 || v.Outstanding != 10 {
				t.Errorf("%s: %+v", packet, v)
			}
		}
	}, ""},
	{68, "6.2.1", must, "rwnd is a_rwnd less what is outstanding", "before and after SACKs; T3-rtx gives it back", func(t *testing.T) {
		r := established(t)
		r.send(100, 100)
		if v := r.a.Vars(); v.RWnd != 100000-200 {
			t.Errorf("%+v", v)
		}
		r.feed("SACK 1 win=1000")
		if v := r.a.Vars(); v.RWnd != 900 {
			t.Errorf("%+v", v)
		}
		r.feed("SACK 1 win=50")
		if v := r.a.Vars(); v.RWnd != 0 {
			t.Errorf("%+v", v)
		}
	}, ""},
	{69, "6.5", must, "SSNs count ordered messages of a stream from 0, and wrap", "streams, an unordered message, SSN 65,535 at both ends", func(t *testing.T) {
		r := established(t)
		r.send(1)
		r.sendMessage(Message{Unordered: true, Data: []byte("x")})
		r.wantSent("DATA 2 s0:0 BEU(1)")
		r.send(1)
		r.wantSent("DATA 3 s0:1 BE(1)")
		r.sendMessage(Message{Stream: 1, Data: []byte("x")})
		r.wantSent("DATA 4 s1:0 BE(1)")
		r.step(func(r *rig) { r.a.snd.streams[0].ssn = 65535 })
		r.send(1)
		r.wantSent("DATA 5 s0:65535 BE(1)")
		r.send(1)
		r.wantSent("DATA 6 s0:0 BE(1)")
		r = established(t)
		r.step(func(r *rig) { r.a.rcv.streams = append(r.a.rcv.streams, inStream{next: 65535}) })
		r.feed("DATA 1 s0:0")
		r.feed("DATA 2 s0:65535")
		if a, b := r.receive(9), r.receive(9); a != "s0:65535 b" || b != "s0:0 a" {
			t.Errorf("got %q %q", a, b)
		}
	}, ""},
	{70, "6.5", must, "DATA of a stream that there is not is acknowledged, reported with cause 1, and discarded", "stream 10 of 10", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1 s10:0")
		r.wantSent("ERROR cause=1; SACK 1")
		r.feed("DATA 2 s9:0")
		r.wantSent("SACK 2")
		if got := r.receive(10); got != "s9:0 b" || r.a.Unread() != 0 {
			t.Errorf("got %q", got)
		}
	}, ""},
	{71, "6.6", must, "messages of a stream are delivered in order; unordered ones at once", "two streams, a hole, an unordered message", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 2 s0:1; DATA 3 s1:0; DATA 4 s0:0 BEU(1)")
		if a, b, c := r.receive(9), r.receive(9), r.receive(9); a != "s1:0 c" || b != "s0:0 d" || c != "" {
			t.Errorf("got %q %q %q", a, b, c)
		}
		r.feed("DATA 1 s0:0")
		if a, b := r.receive(9), r.receive(9); a != "s0:0 a" || b != "s0:1 b" {
			t.Errorf("got %q %q", a, b)
		}
	}, ""},
	{72, "6.9", must, "B and E mark the first and the last fragment; the receiver puts them together", "three fragments in every order; what is sent", func(t *testing.T) {
		r := established(t, tiny)
		r.send(250)
		r.wantSent("DATA 1 s0:0 B(100) | DATA 2 s0:0 (100) | DATA 3 s0:0 E(50)")
		parts := []string{"DATA 1 s0:0 B(2)", "DATA 2 s0:0 X(2)", "DATA 3 s0:0 E(2)"}
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			r := established(t)
			for _, i := range order {
				if r.a.Unread() != 0 {
					t.Error("a message came early")
				}
				r.feed(parts[i])
			}
			if got := r.receive(10); got != "s0:0 aabbcc" {
				t.Errorf("%v: got %q", order, got)
			}
		}
	}, ""},
	{73, "6.9", must, "with fragmentation off a message that is too large is refused whole", "NoFragments", func(t *testing.T) {
		r := established(t, tiny, func(c *Config) { c.NoFragments = true })
		r.send(101)
		r.wantErr(ErrTooLarge)
		r.wantSent("")
		r.send(100)
		r.wantErr(nil)
	}, ""},
}
