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
	{52, "6", must, "DATA is sent in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED, and with COOKIE ECHO", "in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED what the window held back goes when it opens; invariant I-26 holds after each step of all tests", func(t *testing.T) {
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
	}},
	{53, "6", must, "DATA is taken in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-SENT", "in these it draws SACK or SHUTDOWN and is readable, in the others it is dropped", func(t *testing.T) {
		cells(t, "DATA 1", map[State]string{
			CookieWait: "-", CookieEchoed: "-", Established: "<SACK 1> Readable", ShutdownPending: "<SACK 1> Readable",
			ShutdownSent: "<SHUTDOWN 1> Readable", ShutdownReceived: "-", ShutdownAckSent: "-",
		})
	}},
	{54, "6", must, "SACK is taken in ESTABLISHED, SHUTDOWN-PENDING and SHUTDOWN-RECEIVED", "in these it makes room, and ends a wait for the last acknowledgement; in the others it changes nothing", func(t *testing.T) {
		cells(t, "SACK 1", map[State]string{
			ShutdownPending: "SHUTDOWN-SENT <SHUTDOWN 0> Writable SenderDry", ShutdownReceived: "SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> Writable SenderDry",
			CookieEchoed: "-", ShutdownSent: "-", ShutdownAckSent: "-",
		})
		r := established(t)
		r.send(10)
		r.feed("SACK 1")
		r.wantSignals("Writable SenderDry")
	}},
	{55, "6.1 A", must, "Nothing new goes into a window that is shut but probes: the first after an RTO, then at doubling intervals; while SACKs come they are no errors", "probes go at 1, 3, 7, 15, 31, 63, 123, 183, 243 and 303 s, with no error counted and cwnd as it was while they are answered; a peer that answers no more is given up; a window too small for the next chunk is probed too", func(t *testing.T) {
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
	}},
	{56, "6.1 B", must, "What is outstanding passes cwnd by one packet at most", "into a window of 464 octets go seven chunks of 76, which are 532, and no more", func(t *testing.T) {
		r := established(t, tiny, burst)
		for range 10 {
			r.send(60)
		}
		if f := r.a.paths[0].flight; f != 7*76 || r.a.paths[0].cc.cwnd != 464 {
			t.Errorf("%d octets outstanding, window %d", f, r.a.paths[0].cc.cwnd)
		}
	}},
	{57, "6.1 C", must, "What is to be sent again goes before what is new", "after T3-rtx chunks 1 to 4 go again before chunk 5 goes", func(t *testing.T) {
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
	}},
	{58, "6.1 D", should, "At most Max.Burst packets go at once", "into an open window go 4 packets of a message of ten, and 4 after a SACK", func(t *testing.T) {
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
	}},
	{59, "6.1", must, "No more than 65,535 chunks are outstanding, so neither TSNs nor SSNs pass themselves", "of 70,000 messages of an octet 65,535 chunks are outstanding, and the others wait", func(t *testing.T) {
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
	}},
	{60, "6.2", must, "One SACK for a packet at most; for every second packet, within 200 ms; never later than 500 ms", "three chunks in a packet draw one SACK; with delayed SACKs every second packet draws one, a single one after 200 ms; with a delay set to 2 s after 500 ms", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1; DATA 2 s0:1; DATA 3 s0:2")
		r.wantSent("SACK 3")
		proveDelayedSACK(t)
		r = established(t, delayed, func(c *Config) { c.SACKDelay = 2 * time.Second })
		r.feed("DATA 1")
		r.feed("DATA 2 s0:1")
		if at := r.expire(); at != 500*time.Millisecond {
			t.Errorf("the SACK went at %v", at)
		}
	}},
	{61, "6.2", must, "A packet of duplicates alone is acknowledged at once, and they are reported", "with delayed SACKs two duplicates draw a SACK at once that lists both, and the next lists them no more", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1; DATA 2 s0:1")
		r.feed("DATA 1; DATA 2 s0:1")
		r.wantSent("SACK 2 dup=1,2")
		r.feed("DATA 1")
		r.wantSent("SACK 2 dup=1")
	}},
	{62, "6.2", should, "The I bit asks for a SACK at once", "with delayed SACKs a chunk with the I bit draws one at once; a message sent with it has the bit", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1")
		r.feed("DATA 2 s0:1 BEI(1)")
		r.wantSent("SACK 2")
		r.sendMessage(Message{Immediate: true, Data: []byte("x")})
		r.wantSent("DATA 1 s0:0 BEI(1)")
	}},
	{63, "6.2", must, "With a window of 0, new DATA beyond all others is dropped, and a SACK goes at once", "with the buffer full a chunk beyond is dropped and a SACK of window 0 goes at once; one that fills a hole is still taken", func(t *testing.T) {
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
	}},
	{64, "6.2", must, "A TSN that is reneged on is in no later gap ack block; ours never are, and the peer may", "what our SACKs report stays reported while more comes; a chunk that the peer's blocks leave out again is outstanding, and T3-rtx sends it", func(t *testing.T) {
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
	}},
	{65, "3.3.4", should, "Gap ack blocks are apart, and beyond the cumulative TSN ack", "three blocks lie apart, join when the hole between fills, and end when the ack passes them; invariant I-34 holds after each step of all tests", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 3 s0:2; DATA 5 s0:4; DATA 7 s0:6")
		r.wantSent("SACK 0 gap=3-3,5-5,7-7")
		r.feed("DATA 4 s0:3")
		r.wantSent("SACK 0 gap=3-5,7-7")
		r.feed("DATA 1; DATA 2 s0:1")
		r.wantSent("SACK 5 gap=7-7")
	}},
	{66, "6.7", must, "While there is a hole each packet is acknowledged; of too many blocks the lowest go", "with delayed SACKs each packet draws one while there is a hole and when it fills; of 300 blocks the lowest 132 fill a packet of 576", func(t *testing.T) {
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
	}},
	{67, "6.2.1", must, "A SACK from before the ack point is dropped", "a SACK below the ack point, with gaps or without, and one of TSNs never sent change neither window nor what is outstanding", func(t *testing.T) {
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
	}},
	{68, "6.2.1", must, "The peer's window is a_rwnd less what is outstanding", "with 100,000 told and 200 out it is 99,800; with 1000 told and 100 out 900; with 50 told 0", func(t *testing.T) {
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
	}},
	{69, "6.5", must, "SSNs count ordered messages of a stream from 0, and wrap", "SSNs of two streams count from 0, an unordered message takes none, and after 65,535 comes 0, sent and received", func(t *testing.T) {
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
	}},
	{70, "6.5", must, "DATA of a stream that there is not is acknowledged, reported with cause 1, and discarded", "stream 10 of 10 draws ERROR with cause 1 and a SACK, and nothing is readable; stream 9 is", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1 s10:0")
		r.wantSent("ERROR cause=1; SACK 1")
		r.feed("DATA 2 s9:0")
		r.wantSent("SACK 2")
		if got := r.receive(10); got != "s9:0 b" || r.a.Unread() != 0 {
			t.Errorf("got %q", got)
		}
	}},
	{71, "6.6", must, "Messages of a stream are delivered in order; unordered ones at once", "with a hole in stream 0 a message of stream 1 and an unordered one are readable, and once it fills two of stream 0, in order", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 2 s0:1; DATA 3 s1:0; DATA 4 s0:0 BEU(1)")
		if a, b, c := r.receive(9), r.receive(9), r.receive(9); a != "s1:0 c" || b != "s0:0 d" || c != "" {
			t.Errorf("got %q %q %q", a, b, c)
		}
		r.feed("DATA 1 s0:0")
		if a, b := r.receive(9), r.receive(9); a != "s0:0 a" || b != "s0:1 b" {
			t.Errorf("got %q %q", a, b)
		}
	}},
	{72, "6.9", must, "B and E mark the first and the last fragment; the receiver puts them together", "a message of 250 octets goes as B, neither, and E; three fragments in each of six orders come to one message", func(t *testing.T) {
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
	}},
	{73, "6.9", must, "With fragmentation off a message that is too large is refused whole", "with fragments off 101 octets where 100 fit are refused and nothing goes; 100 are taken", func(t *testing.T) {
		r := established(t, tiny, func(c *Config) { c.NoFragments = true })
		r.send(101)
		r.wantErr(ErrTooLarge)
		r.wantSent("")
		r.send(100)
		r.wantErr(nil)
	}},
}
