package tcp

import (
	"testing"
	"time"

	"simrun/wire"
)

// The figures of RFC 9293 3.5 and 3.6, line by line, with their numbers.
// Options are as ours, text is as long as a test needs.

func TestFigure6(t *testing.T) {
	p := newPair(t, small(), 100, 300)
	p.b.listen()
	p.a.open()
	p.states(SynSent, Listen)
	p.line(p.a, "S 100:100(0) <mss 100>", SynSent, SynReceived)
	p.line(p.b, "S. 300:300(0) ack 101 <mss 100>", Established, SynReceived)
	p.line(p.a, ". 101:101(0) ack 301", Established, Established)
	p.a.write(5)
	p.line(p.a, "P. 101:106(5) ack 301", Established, Established)
	p.line(p.b, ". 301:301(0) ack 106", Established, Established)
	p.silent()
}

// Figure 7 as drawn: four segments, no RST, one connection (MUST-10).
func TestFigure7(t *testing.T) {
	p := newPair(t, small(), 100, 300)
	p.a.open()
	p.b.open()
	p.states(SynSent, SynSent)
	p.line(p.b, "S 300:300(0) <mss 100>", SynReceived, SynSent)
	p.line(p.a, "S 100:100(0) <mss 100>", SynReceived, SynReceived)
	p.line(p.b, "S. 300:300(0) ack 101 <mss 100>", Established, SynReceived)
	p.line(p.a, "S. 100:100(0) ack 301 <mss 100>", Established, Established)
	p.silent()
}

// Figure 7 by the letter of the sequence number check: the SYN,ACK starts left
// of the window, so each draws an ACK, and those complete the open: six
// segments (appendix A.2).
func TestFigure7Literal(t *testing.T) {
	cfg := small()
	cfg.LiteralSEQ = true
	p := newPair(t, cfg, 100, 300)
	p.a.open()
	p.b.open()
	p.line(p.b, "S 300:300(0) <mss 100>", SynReceived, SynSent)
	p.line(p.a, "S 100:100(0) <mss 100>", SynReceived, SynReceived)
	p.line(p.b, "S. 300:300(0) ack 101 <mss 100>", SynReceived, SynReceived)
	p.line(p.a, "S. 100:100(0) ack 301 <mss 100>", SynReceived, SynReceived)
	p.line(p.a, ". 101:101(0) ack 301", SynReceived, Established)
	p.line(p.b, ". 301:301(0) ack 101", Established, Established)
	p.silent()
}

// MUST-10 survives the loss of any one segment, in both readings.
func TestFigure7WithLoss(t *testing.T) {
	for _, literal := range []bool{false, true} {
		for lost := range 6 {
			cfg := small()
			cfg.LiteralSEQ = literal
			p := newPair(t, cfg, 100, 300)
			p.a.open()
			p.b.open()
			for n := 0; p.a.c.State() != Established || p.b.c.State() != Established; {
				if len(p.a.sent)+len(p.b.sent) == 0 {
					if p.wait() > 10*time.Second {
						t.Fatalf("literal %v, lost %d: %v and %v", literal, lost, p.a.c.State(), p.b.c.State())
					}
				}
				for _, e := range []*end{p.a, p.b} {
					if len(e.sent) > 0 {
						seg := e.sent[0]
						e.sent = e.sent[1:]
						if n++; n-1 != lost {
							e.peer.arrive(seg)
						}
						if seg.Flags.Has(wire.RST) {
							t.Errorf("literal %v, lost %d: a RST", literal, lost)
						}
					}
				}
			}
		}
	}
}

func TestFigure8(t *testing.T) {
	p := newPair(t, small(), 100, 300)
	p.b.listen()
	p.a.open()
	late := p.a.next("S 100:100(0) <mss 100>")
	old := late
	old.Seq = 90
	p.b.arrive(old)
	p.states(SynSent, SynReceived)
	p.line(p.b, "S. 300:300(0) ack 91 <mss 100>", SynSent, SynReceived)
	p.line(p.a, "R 91:91(0)", SynSent, Listen)
	p.b.arrive(late)
	p.states(SynSent, SynReceived)
	// The figure's B takes a new ISS, 400; ours has one for life.
	p.line(p.b, "S. 300:300(0) ack 101 <mss 100>", Established, SynReceived)
	p.line(p.a, ". 101:101(0) ack 301", Established, Established)
	p.silent()
}

func TestFigure9(t *testing.T) {
	p := establishedPair(t, small())
	p.a.c.Init(p.a.cfg, testLocal, testRemote, 400, 0) // reboot
	p.a.open()
	p.line(p.a, "S 400:400(0) <mss 100>", SynSent, Established)
	p.line(p.b, ". 300:300(0) ack 100", SynSent, Established)
	p.line(p.a, "R 100:100(0)", SynSent, Closed)
	p.b.wantSignals("Reset")
	if at := p.wait(); at != time.Second {
		t.Errorf("the SYN again at %v", at)
	}
	// Line 7: B is CLOSED now, and says so.
	p.line(p.a, "S 400:400(0) <mss 100>", SynSent, Closed)
	p.line(p.b, "R. !0:0(0) ack 401", Closed, Closed)
	p.a.wantSignals("Refused")
	p.silent()
}

// Figure 9 with the SYN inside the window: the challenge ACK of RFC 5961 leads
// to the same end; without it B resets at once (RFC 793).
func TestFigure9InWindow(t *testing.T) {
	for _, challenge := range []bool{true, false} {
		cfg := small()
		cfg.ChallengeACK = challenge
		p := establishedPair(t, cfg)
		p.a.c.Init(p.a.cfg, testLocal, testRemote, 150, 0)
		p.a.open()
		if challenge {
			p.line(p.a, "S 150:150(0) <mss 100>", SynSent, Established)
			p.line(p.b, ". 300:300(0) ack 100", SynSent, Established)
			p.line(p.a, "R 100:100(0)", SynSent, Closed)
		} else {
			p.line(p.a, "S 150:150(0) <mss 100>", SynSent, Closed)
			p.line(p.b, "R 300:300(0)", SynSent, Closed)
		}
		p.silent()
	}
}

func TestFigure10(t *testing.T) {
	p := establishedPair(t, small())
	p.a.c.Init(p.a.cfg, testLocal, testRemote, 400, 0) // reboot
	p.b.write(10)
	p.line(p.b, "P. 300:310(10) ack 100", Closed, Established)
	p.line(p.a, "R 100:100(0)", Closed, Closed)
	p.b.wantSignals("Reset")
	p.silent()
}

func TestFigure11(t *testing.T) {
	p := newPair(t, small(), 100, 300)
	p.a.listen()
	p.b.listen()
	const z = 77
	p.b.arrive(wire.TCP{SrcPort: testLocal.Port, DstPort: testRemote.Port, Seq: z, Flags: wire.SYN, Window: 1000})
	p.states(Listen, SynReceived)
	p.line(p.b, "S. 300:300(0) ack 78 <mss 100>", Listen, SynReceived)
	p.line(p.a, "R 78:78(0)", Listen, Listen)
	p.b.wantSignals("") // "The user need not be informed."
	p.silent()
}

func TestFigure12(t *testing.T) {
	p := establishedPair(t, small())
	p.a.close()
	p.line(p.a, "F. 100:100(0) ack 300", FinWait1, CloseWait)
	p.line(p.b, ". 300:300(0) ack 101", FinWait2, CloseWait)
	p.b.close()
	p.line(p.b, "F. 300:300(0) ack 101", TimeWait, LastAck)
	p.line(p.a, ". 101:101(0) ack 301", TimeWait, Closed)
	p.silent()
	if at := p.wait(); at != 240*time.Second {
		t.Errorf("2 MSL over at %v", at)
	}
	p.states(Closed, Closed)
}

// Figure 12 in three segments: B's FIN carries the ACK (note 2 of figure 5).
func TestFigure12InThree(t *testing.T) {
	cfg := small()
	cfg.FINACK = Delayed
	p := establishedPair(t, cfg)
	p.a.close()
	p.line(p.a, "F. 100:100(0) ack 300", FinWait1, CloseWait)
	p.b.close()
	p.line(p.b, "F. 300:300(0) ack 101", TimeWait, LastAck)
	if at := p.wait(); at != 200*time.Millisecond {
		t.Errorf("the delayed ACK at %v", at)
	}
	p.line(p.a, ". 101:101(0) ack 301", TimeWait, Closed)
	p.silent()
}

func TestFigure13(t *testing.T) {
	p := establishedPair(t, small())
	p.a.close()
	p.b.close()
	p.states(FinWait1, FinWait1)
	p.line(p.b, "F. 300:300(0) ack 100", Closing, FinWait1)
	p.line(p.a, "F. 100:100(0) ack 300", Closing, Closing)
	p.line(p.b, ". 301:301(0) ack 101", TimeWait, Closing)
	p.line(p.a, ". 101:101(0) ack 301", TimeWait, TimeWait)
	p.silent()
	p.wait()
	p.wait()
	p.states(Closed, Closed)
	p.silent()
}

// Figures 12 and 13 with each segment lost once: the retransmitted FIN ends
// them, and each end closes in the states that the figures allow.
func TestCloseWithLoss(t *testing.T) {
	for _, both := range []bool{false, true} {
		for lost := range 5 {
			p := establishedPair(t, small())
			p.a.close()
			if both {
				p.b.close()
			}
			n := 0
			for p.a.c.State() != Closed || p.b.c.State() != Closed {
				if len(p.a.sent)+len(p.b.sent) == 0 {
					if p.b.c.State() == CloseWait {
						p.b.close()
						continue
					}
					if p.wait() > 500*time.Second {
						t.Fatalf("both %v, lost %d: %v and %v", both, lost, p.a.c.State(), p.b.c.State())
					}
				}
				for _, e := range []*end{p.a, p.b} {
					if len(e.sent) == 0 {
						continue
					}
					seg := e.sent[0]
					e.sent = e.sent[1:]
					if seg.Flags.Has(wire.RST) && p.a.c.State() != Closed {
						t.Errorf("both %v, lost %d: %s sent a RST", both, lost, e.name)
					}
					if n++; n-1 != lost {
						e.peer.arrive(seg)
					}
				}
			}
		}
	}
}

// three segments open a connection, four close it.
func TestLossFreeCosts(t *testing.T) {
	p := newPair(t, small(), 5, 6)
	p.b.listen()
	p.a.open()
	if n := p.settle(); n != 3 {
		t.Errorf("opened with %d segments", n)
	}
	p.a.close()
	n := p.settle()
	p.b.close()
	if n += p.settle(); n != 4 {
		t.Errorf("closed with %d segments", n)
	}
	p.states(TimeWait, Closed)
}

// Window probes that cross: each end has taken the other's octet, and sends
// from below what the other expects. I-22: the ACKs must come to an end.
func TestProbesCross(t *testing.T) {
	p := establishedPair(t, small())
	for _, e := range []*end{p.a, p.b} { // each believes that the other's window is shut
		e.arrive(wire.TCP{Seq: e.peer.c.snd.nxt, Ack: e.c.snd.nxt, Flags: wire.ACK})
		e.write(100)
	}
	p.silent()
	p.wait()
	p.wait()
	if n := p.settle(); n > 8 {
		t.Errorf("%d segments", n)
	}
	if p.a.c.Unread() != 100 || p.b.c.Unread() != 100 {
		t.Errorf("%d and %d octets arrived", p.a.c.Unread(), p.b.c.Unread())
	}
	for _, e := range []*end{p.a, p.b} {
		if v := e.c.Vars(); v.SndUna != v.SndMax || v.SndNxt != v.SndMax {
			t.Errorf("%s does not know that its probe was taken", e.name)
		}
	}
}

// The same with the FIN as the probe.
func TestFINProbesCross(t *testing.T) {
	p := establishedPair(t, small())
	for _, e := range []*end{p.a, p.b} { // each believes that the other's window is shut
		e.arrive(wire.TCP{Seq: e.peer.c.snd.nxt, Ack: e.c.snd.nxt, Flags: wire.ACK})
		e.close()
	}
	p.silent()
	p.wait()
	p.wait()
	p.settle()
	p.states(TimeWait, TimeWait)
}
