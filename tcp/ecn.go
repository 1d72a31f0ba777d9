package tcp

import "simrun/wire"

// ECNPolicy is whether a connection uses Explicit Congestion Notification
// (RFC 3168, SHLD-8).
type ECNPolicy uint8

const (
	ECNOff    ECNPolicy = iota
	ECNOn               // offer it, and accept it
	ECNAccept           // only accept it: a SYN of ours does not offer it
)

// ecn is Explicit Congestion Notification of both directions.
type ecn struct {
	setup    setup
	echo     bool     // CE came: every ACK says so until the peer answers with CWR
	announce bool     // the window was cut: the next new text says so with CWR
	point    wire.Seq // ECE on ACKs up to here tells of what is answered already
}

// setup is which kinds of SYN and SYN,ACK went to and fro; what ends may do
// follows from that alone (RFC 3168 6.1.1).
type setup uint8

const (
	sentSetup setup = 1 << iota
	sentPlain
	heardSetup
	heardPlain
)

// agreed reports whether text may be sent as ECN-capable: an offer went each
// way, and nothing else.
func (e *ecn) agreed() bool { return e.setup == sentSetup|heardSetup }

// listens reports whether marks on arriving text count: we offered, and the peer
// did not decline.
func (e *ecn) listens() bool { return e.setup&(sentSetup|heardPlain) == sentSetup }

// offer is the bits of our SYN or SYN,ACK (RFC 3168 6.1.1). A SYN that got no
// answer goes again without: some middleboxes drop those that offer ECN
// (6.1.1.1).
func (c *Conn) offer(resend int) wire.Flags {
	e := &c.ecn
	answer := c.state != SynSent
	switch {
	case answer && c.cfg.ECN != ECNOff && e.setup&heardSetup != 0:
		e.setup |= sentSetup
		return wire.ECE
	case !answer && c.cfg.ECN == ECNOn && resend == 0:
		e.setup |= sentSetup
		return wire.ECE | wire.CWR
	}
	e.setup |= sentPlain
	return 0
}

// withdrawECN sends the SYN again without the offer. The first one is answered,
// so this is measured, and no loss.
func (c *Conn) withdrawECN(s *step) {
	c.timing.start = s.now
	c.arm(TimerRetransmit, s.now.Add(c.rto()))
	c.emit(s, c.snd.flight.front(), 1)
}

// hearSetup takes the bits of the peer's SYN or SYN,ACK: an answer with CWR too
// is an echo of our own header, and no answer.
func (c *Conn) hearSetup(seg *wire.TCP) {
	bits, want := seg.Flags&(wire.ECE|wire.CWR), wire.ECE|wire.CWR
	if seg.Flags.Has(wire.ACK) {
		want = wire.ECE
	}
	if bits == want {
		c.ecn.setup |= heardSetup
	} else {
		c.ecn.setup |= heardPlain
	}
	c.ecn.point = c.snd.iss.Add(1)
}

// mark makes a segment of new text ECN-capable, and lets it announce that the
// window was cut. Nothing else is: not what is sent again, no probe, no bare
// ACK (RFC 3168 6.1.4 to 6.1.6; RFC 8311 allows more to experiments alone).
func (c *Conn) mark(seg *wire.TCP) {
	if !c.ecn.agreed() || len(seg.Payload) == 0 {
		return
	}
	seg.ECN = wire.ECT0
	if c.ecn.announce {
		seg.Flags |= wire.CWR
		c.ecn.announce = false
	}
}

// noteMark takes what the network and the peer say on arriving text: CWR ends
// the echo of what came before, CE begins it anew (RFC 3168 6.1.3).
func (c *Conn) noteMark(s *step) {
	if !c.ecn.listens() || len(s.seg.Payload) == 0 {
		return
	}
	if s.seg.Flags.Has(wire.CWR) {
		c.ecn.echo = false
	}
	if s.seg.ECN == wire.CE {
		c.ecn.echo = true
		s.out.signal(Signal{Kind: CongestionMarked})
	}
}

// hearsECE reports whether a segment tells that what we sent met congestion.
func (c *Conn) hearsECE(seg *wire.TCP) bool {
	return c.ecn.agreed() && seg != nil && seg.Flags&(wire.SYN|wire.ECE) == wire.ECE
}

// takeECE is the answer to an ACK with ECE: the window is cut as for a loss,
// with nothing to send again, and once for each window of text: what arrives
// until our CWR is acknowledged repeats the same (RFC 3168 6.1.2).
func (c *Conn) takeECE(s *step, acked int) {
	switch {
	case !c.ecn.agreed() || !c.ecn.point.Before(c.snd.una):
	case c.hearsECE(s.seg) && c.rec.phase == phaseOpen:
		before := c.cc.cwnd
		c.cc.cut(c.cfg, c.snd.nxt.Sub(c.snd.una)+acked-c.rec.limited, c.snd.mss)
		c.cc.cwnd = min(c.cc.cwnd, before) // it may have been one segment
		c.reduced()
		s.out.signal(Signal{Kind: CongestionEchoed})
		c.signalWindow(s, c.cc.ssthresh)
	default:
		c.ecn.point = c.snd.una.Add(-1)
	}
}

// reduced notes that the window was cut, for whatever reason.
func (c *Conn) reduced() {
	if c.ecn.agreed() {
		c.ecn.announce, c.ecn.point = true, c.snd.nxt
	}
}
