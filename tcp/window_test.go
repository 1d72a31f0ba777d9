package tcp

import (
	"slices"
	"testing"
	"time"

	"simrun/clock"
)

// shut is a connection whose receive window is zero: 1000 octets wait for the
// user. RCV.NXT is 1001.
func shut(t testing.TB, options ...option) *rig {
	t.Helper()
	r := established(t, options...)
	r.feed(". 1(1000) ack 1")
	if w := r.c.rcv.window(); w != 0 {
		t.Fatalf("window %d, want 0", w)
	}
	return r
}

// RFC 9293 3.10.7.4 first, table 6 with RCV.WND = 0: only <SEQ=RCV.NXT> of
// length 0 is acceptable, but "special allowance should be made to accept
// valid ACKs, URGs, and RSTs" (MUST-66).
func TestArrivalsAtShutWindow(t *testing.T) {
	runArrivals(t, func(t testing.TB, options ...option) *rig {
		r := shut(t, options...)
		r.send(5)
		return r
	}, []arrival{
		{". N ack X", "Writable"},
		{". N ack U", "-"},
		{". N+1 ack X", "ack"},
		{". N-1 ack X", "ack"},
		{"P. N(1) ack U", "ack"},                           // a window probe
		{"P. N(7) ack X", "ack Writable"},                  // its ACK is valid
		{"P. N+1(7) ack X", "ack"},                         // its ACK may be old
		{"F. N ack X", "ack Writable"},                     // no room for the FIN's number
		{"U. N(1) ack X urg 1", "ack Writable UrgentData"}, // MUST-66
		{"U. N ack X urg 1", "Writable UrgentData"},
		{"- N", "-"},
		{"S N", "ack"},
		{"S. N ack X", "ack"},
		{"R N", "CLOSED Reset"}, // MUST-66
		{"R N(5)", "CLOSED Reset"},
		{"R. N ack X", "CLOSED Reset"},
		{"R N+1", "-"},
		{"R N-1", "-"},
		{". N ack X+1", "ack"},
		{"P. N(7) ack X+1", "ack"},
	})
	t.Run("LAST-ACK", func(t *testing.T) { // a valid ACK of our FIN beside an unacceptable octet
		r := established(t)
		r.feed("F. 1(1000) ack 1")
		r.close()
		if w := r.c.rcv.window(); w != 0 {
			t.Fatalf("window %d", w)
		}
		r.feed(". N ack X")
		r.want(Closed, "")
	})
}

// The window is advertised as it is, and not opened again until it is worth a
// full-sized segment or half the buffer (MUST-39).
func TestAdvertisedWindow(t *testing.T) {
	r := established(t)
	window := func(want int) {
		t.Helper()
		if n := len(r.out.Segments); n == 0 || int(r.out.Segments[n-1].Window) != want {
			t.Errorf("sent %q, window %v; want window %d", r.sent(), r.out.Segments, want)
		}
	}
	r.feed(". 1(100) ack 1")
	window(900)
	r.feed(". 101(900) ack 1")
	window(0)
	r.receive(99)
	r.want(Established, "") // not worth telling
	r.receive(1)
	r.want(Established, ". 1:1(0) ack 1001") // a full-sized segment
	window(100)
	r.receive(300)
	r.want(Established, "") // the peer can send a full-sized segment
	r.receive(199)
	r.want(Established, "")
	r.receive(1)
	r.want(Established, ". 1:1(0) ack 1001") // half the buffer
	window(600)
	r.receive(400)
	r.want(Established, "")
	r.receive(100)
	r.want(Established, "")
	r.feed(". N(1) ack 1") // an ACK for another reason tells of it
	window(999)
}

// SHLD-14: the right edge never moves left, whatever comes and goes.
func TestRightEdgeStays(t *testing.T) {
	r := established(t)
	r.feed(". 1(60) ack 1")
	if w := r.out.Segments[0].Window; w != 940 {
		t.Errorf("window %d, want 940", w)
	}
	r.receive(60) // 60 < MSS: the edge stays at 1001
	r.feed("P. 61(1) ack 1")
	if w := r.out.Segments[0].Window; w != 939 {
		t.Errorf("window %d, want 939", w)
	}
}

// SHLD-14, with a buffer that became smaller: what was promised is kept.
func TestRightEdgeStaysInSmallerBuffer(t *testing.T) {
	r := established(t)
	r.step(func(r *rig) {
		cfg := *r.cfg
		cfg.ReceiveBuffer = 200
		r.c.Set(r.clock(), &cfg, &r.out)
	})
	r.feed(". 1(100) ack 1")
	if w := r.out.Segments[0].Window; w != 900 {
		t.Errorf("window %d, want 900", w)
	}
}

// While text is in flight its ACK will tell of the window: nothing probes.
func TestNoProbeWithTextInFlight(t *testing.T) {
	r := established(t)
	r.feed(". 1 ack 1 win 150")
	r.send(200)
	r.want(Established, ". 1:101(100) ack 1")
	if n := r.c.Vars().Timers; n != 1 {
		t.Errorf("%d timers run, want the RTO alone", n)
	}
	r.feed(". 1 ack 1 win 0")
	if n := r.c.Vars().Timers; n != 1 {
		t.Errorf("%d timers run, want the RTO alone", n)
	}
	r.expire()
	r.want(Established, ". 1:101(100) ack 1")
	r.wantRows("tcp.timeout.rto")
}

// Text beyond the window is cut, and so is a FIN behind it.
func TestTextAtTheEdge(t *testing.T) {
	t.Run("text", func(t *testing.T) {
		r := established(t)
		r.feed("P. 1(1200) ack 1")
		r.want(Established, ". 1:1(0) ack 1001")
		r.wantDrops("trimmed")
		if r.c.Unread() != 1000 {
			t.Errorf("%d octets", r.c.Unread())
		}
	})
	t.Run("the FIN is cut too", func(t *testing.T) {
		r := established(t)
		r.feed("FP. 1(1001) ack 1")
		r.want(Established, ". 1:1(0) ack 1001")
	})
	t.Run("a FIN that was cut has not come", func(t *testing.T) {
		r := established(t)
		r.feed("FP. 1(1001) ack 1")
		r.receive(1000)
		r.feed(". 1001(1) ack 1")
		r.want(Established, ". 1:1(0) ack 1002")
		r.feed("F. 1002 ack 1")
		r.want(CloseWait, ". 1:1(0) ack 1003")
	})
	t.Run("the FIN fits", func(t *testing.T) {
		r := established(t)
		r.feed("FP. 1(999) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 1001")
	})
	t.Run("the FIN follows the last octet", func(t *testing.T) {
		r := established(t)
		r.feed("FP. 1(1000) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 1002")
	})
	t.Run("the last octet of the window", func(t *testing.T) {
		r := established(t)
		r.feed("P. E-1(1) ack 1")
		r.want(Established, ". 1:1(0) ack 1")
		if r.c.Vars().Held != 1 {
			t.Error("the octet is not held")
		}
		r.feed("P. 1(999) ack 1")
		r.want(Established, ". 1:1(0) ack 1001")
	})
	// Table 6 looks at both ends of a segment alone: one that holds the whole
	// window passes by neither, and is refused with an ACK.
	t.Run("around the window", func(t *testing.T) {
		r := established(t)
		r.feed("P. 0(1100) ack 1")
		r.want(Established, ". 1:1(0) ack 1")
		r.wantRows("tcp.outside.ack")
	})
}

// SHLD-31: text beyond a hole is kept; a FIN beyond one waits too.
func TestHoles(t *testing.T) {
	r := established(t)
	r.feed(`FP. 11:16(5) "third" ack 1`)
	r.want(Established, ". 1:1(0) ack 1")
	r.feed(`. 6:11(5) "secnd" ack 1`)
	r.want(Established, ". 1:1(0) ack 1")
	r.wantSignals("")
	r.feed(`. 1:6(5) "first" ack 1`)
	r.want(CloseWait, ". 1:1(0) ack 17")
	r.wantSignals("Readable PeerClosed")
	r.wantRows("tcp.ack.open", "tcp.text.open", "tcp.fin.established")
	if got := r.receive(99); got != "firstsecndthird" {
		t.Errorf("received %q", got)
	}
	r.receive(99)
	r.wantErr(EOF)
}

// MUST-36, SHLD-29, SHLD-30: the first probe after an RTO, then exponentially;
// MUST-37: as long as ACKs come, for ever.
func TestPersist(t *testing.T) {
	r := established(t)
	r.feed(". 1 ack 1 win 0")
	r.send(5)
	r.want(Established, "")
	var at []time.Duration
	for range 1500 {
		at = append(at, r.expire())
		r.want(Established, ". 1:2(1) ack 1")
		r.feed(". 1 ack 1 win 0")
	}
	if want := seconds(1, 3, 7, 15, 31, 63, 123, 183, 243); !slices.Equal(at[:len(want)], want) {
		t.Errorf("probes at %v, want %v", at[:len(want)], want)
	}
	if last := at[len(at)-1]; last < 24*time.Hour {
		t.Errorf("the last probe after %v, want a day", last)
	}
	r.feed(". 1 ack 1 win 100")
	r.want(Established, "P. 1:6(5) ack 1")
	r.feed(". 1 ack 6 win 0") // shut again: the backoff starts afresh
	r.send(5)
	start := r.now.Since()
	if at := r.expire() - start; at != time.Second {
		t.Errorf("the first probe after %v, want 1s", at)
	}
}

// The octet of a probe, and the FIN, may be taken though the window stays shut.
func TestPersistOctetTaken(t *testing.T) {
	r := established(t)
	r.feed(". 1 ack 1 win 0")
	r.send(3)
	r.close()
	r.want(FinWait1, "")
	for _, probe := range []string{". 1:2(1) ack 1", ". 2:3(1) ack 1", ". 3:4(1) ack 1"} {
		r.expire()
		r.want(FinWait1, probe)
		r.feed(". 1 ack X win 0")
		r.feed(". 1 ack X+1 win 0") // the octet was taken
		r.want(FinWait1, "")
		r.wantSignals("Writable")
	}
	r.expire()
	r.want(FinWait1, "F. 4:4(0) ack 1") // the FIN probes as an octet does
	r.feed(". 1 ack 4 win 0")
	r.want(FinWait1, "")
	r.feed(". 1 ack 5 win 0")
	r.want(FinWait2, "")
	r.wantRows("tcp.ack.open", "tcp.fin-sent.closing", "tcp.ack-of-fin.fin-wait-1")
	if _, runs := r.c.NextTimeout(); runs {
		t.Error("a timer runs")
	}
}

// The FIN as a probe in the other states that send one.
func TestPersistFIN(t *testing.T) {
	t.Run("CLOSE-WAIT", func(t *testing.T) {
		r := inState(t, CloseWait)
		r.feed(". 2 ack 1 win 0")
		r.send(1)
		r.close()
		r.want(CloseWait, "")
		r.expire()
		r.feed(". 2 ack 2 win 0")
		r.want(CloseWait, "")
		r.expire()
		r.want(CloseWait, "F. 2:2(0) ack 2")
		r.feed(". 2 ack 3 win 0")
		r.want(Closed, "")
		r.wantRows("tcp.ack.open", "tcp.fin-sent.close-wait", "tcp.ack-of-fin.last-ack")
	})
	t.Run("LAST-ACK", func(t *testing.T) {
		r := inState(t, CloseWait)
		r.feed(". 2 ack 1 win 0")
		r.close()
		r.want(LastAck, "")
		if at := r.expire(); at != time.Second {
			t.Errorf("the FIN at %v", at)
		}
		r.want(LastAck, "F. 1:1(0) ack 2")
		r.feed(". 2 ack 1 win 1") // the window opens before the FIN was taken
		r.want(LastAck, "F. 1:1(0) ack 2")
		r.feed(". 2 ack 2")
		r.want(Closed, "")
	})
}

// NoPersist shows why there are probes: nothing will ever happen.
func TestNoPersist(t *testing.T) {
	r := established(t, func(c *Config) { c.NoPersist = true })
	r.feed(". 1 ack 1 win 0")
	r.send(5)
	if _, runs := r.c.NextTimeout(); runs {
		t.Error("a timer runs")
	}
}

// MUST-34: a window that shrinks leaves a usable window of none, not less.
func TestWindowShrinks(t *testing.T) {
	r := established(t)
	r.send(300)
	r.feed(". 1 ack 101 win 50") // SND.UNA+SND.WND = 151 < SND.NXT = 301
	r.send(500)
	r.want(Established, "")
	r.expire()
	r.want(Established, ". 101:201(100) ack 1") // SHLD-16: what was sent is sent again
	r.feed(". 1 ack 301 win 50")
	r.want(Established, "") // 50 is neither full-sized nor half the largest window
	r.feed(". 1 ack 301 win 100")
	r.want(Established, ". 301:401(100) ack 1")
}

// MUST-37 with text in flight when the window shut: as long as the peer
// answers, the connection stays open.
func TestShutWindowWithTextInFlight(t *testing.T) {
	r := established(t)
	r.send(100)
	for range 40 {
		r.expire()
		r.want(Established, "P. 1:101(100) ack 1")
		r.feed(". 1 ack 1 win 0")
		r.want(Established, "")
	}
	if r.now < clock.At(30*time.Minute) {
		t.Errorf("only %v passed", r.now)
	}
	r.feed(". 1 ack 101 win 100")
	r.want(Established, "")
	r.send(5)
	r.want(Established, "P. 101:106(5) ack 1")
}

// "If SND.UNA =< SEG.ACK =< SND.NXT, the send window should be updated. If
// (SND.WL1 < SEG.SEQ or (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK))" ... "The
// check here prevents using old segments to update the window."
func TestWindowUpdate(t *testing.T) {
	for _, c := range []struct {
		name, segment string
		want          int
	}{
		{"the same numbers", ". 10 ack 101 win 7", 7},
		{"a newer ACK", ". 10 ack 201 win 7", 7},
		{"an older ACK", ". 10 ack 51 win 7", 500},
		{"a newer SEQ", "P. 10(5) ack 101 win 7", 7},
		{"an older SEQ, newer ACK", ". 9 ack 201 win 7", 500},
		{"a newer SEQ, older ACK", ". 11 ack 51 win 7", 500},
		{"an ACK beyond", ". 11 ack 301 win 7", 500},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := established(t)
			r.send(200)
			r.feed("P. 9(1) ack 1") // held: RCV.NXT stays at 1
			r.feed(". 10 ack 101 win 500")
			r.feed(c.segment)
			if got := int(r.c.Vars().SndWnd); got != c.want {
				t.Errorf("SND.WND %d, want %d", got, c.want)
			}
		})
	}
}

// SHLD-7: "if there is unacknowledged data, then the sending TCP endpoint
// buffers all user data ... until the outstanding data has been acknowledged
// or until the TCP endpoint can send a full-sized segment"; MUST-17.
func TestNagle(t *testing.T) {
	t.Run("on", func(t *testing.T) {
		r := established(t)
		r.send(5)
		r.want(Established, "P. 1:6(5) ack 1")
		r.send(60)
		r.want(Established, "")
		r.send(60)
		r.want(Established, ". 6:106(100) ack 1")
		r.feed(". 1 ack 6")
		r.want(Established, "")
		r.feed(". 1 ack 106")
		r.want(Established, "P. 106:126(20) ack 1")
	})
	t.Run("off", func(t *testing.T) {
		r := established(t, func(c *Config) { c.NoDelay = true })
		r.send(5)
		r.send(6)
		r.want(Established, "P. 6:12(6) ack 1")
	})
	t.Run("CLOSE lets nothing wait", func(t *testing.T) {
		r := established(t)
		r.send(5)
		r.send(6)
		r.close()
		r.want(FinWait1, "FP. 6:12(6) ack 1")
	})
}

// MUST-38: send at least half the largest window the peer ever had, or all
// there is; else wait, and not for ever.
func TestSenderSWS(t *testing.T) {
	r := newRig(t)
	r.open()
	r.feed("S. 0 ack 1 win 80 <mss 100>")
	r.send(200)
	r.want(Established, ". 1:81(80) ack 1")
	r.feed(". 1 ack 81 win 39")
	r.want(Established, "") // 39 < 80/2
	if n := r.c.Vars().Timers; n != 1 {
		t.Errorf("%d timers run, want the override alone: the window is not shut", n)
	}
	if at := r.expire(); at != 500*time.Millisecond {
		t.Errorf("the override at %v", at)
	}
	r.want(Established, ". 81:120(39) ack 1") // min(D,U), not the octet of a probe
	r.wantRows("tcp.timeout.override")
	r.feed(". 1 ack 120 win 0")
	if at := r.expire(); at != 1500*time.Millisecond {
		t.Errorf("the probe at %v: a shut window is another matter", at)
	}
	r.want(Established, ". 120:121(1) ack 1")
	r = newRig(t)
	r.open()
	r.feed("S. 0 ack 1 win 80 <mss 100>")
	r.send(200)
	r.feed(". 1 ack 81 win 40")
	r.want(Established, ". 81:121(40) ack 1")
}

// The FIN needs room in the window as an octet does.
func TestFINNeedsWindow(t *testing.T) {
	r := established(t)
	r.feed(". 1 ack 1 win 5")
	r.send(5)
	r.close()
	r.want(FinWait1, "")
	r.feed(". 1 ack 6 win 0")
	r.want(FinWait1, "")
	r.feed(". 1 ack 6 win 1")
	r.want(FinWait1, "F. 6:6(0) ack 1")
}

// A peer that answers no probe is given up at the first one that is due after
// R2 (RFC 9293 3.8.3); TestPersist has the one that answers, for ever.
func TestProbesUnanswered(t *testing.T) {
	r := established(t)
	r.feed(". 1 ack 1 win 0")
	start := r.now
	r.send(5)
	for range 7 { // 1 3 7 15 31 63 s, and 123 s is past R2
		r.expire()
	}
	r.want(Closed, "")
	r.wantRows("tcp.retries.exceeded")
	if took := r.now.Sub(start); took != 123*time.Second {
		t.Errorf("given up after %v, want 123s", took)
	}
}

// MUST-58, MUST-59: what one arrival releases is acknowledged once, after all
// of it was processed; text in order, text beyond holes and the FIN alike.
func TestOneACKForABatch(t *testing.T) {
	r := established(t)
	for _, held := range []string{". 101(50) ack 1", ". 201(50) ack 1", "F. 251 ack 1", ". 151(50) ack 1"} {
		r.feed(held)
	}
	r.feed(". 1(100) ack 1")
	r.want(CloseWait, ". 1:1(0) ack 252")
	r = established(t, delayed)
	r.feed(". 1(100) ack 1")
	r.want(Established, "")
	r.feed(". 101(100) ack 1")
	r.want(Established, ". 1:1(0) ack 201")
}

// SHLD-28: text goes in segments as large as may be; two SENDs share one, and
// SHLD-27: one PSH stands for both.
func TestLargestSegments(t *testing.T) {
	r := established(t)
	r.send(30)
	r.send(30)
	r.send(150)
	r.want(Established, ". 31:131(100) ack 1")
	r.feed(". 1 ack 131")
	r.want(Established, "P. 131:211(80) ack 1")
}
