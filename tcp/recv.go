package tcp

import "simrun/wire"

// receiver is the receive sequence space of RFC 9293 3.3.1 with the text in it.
type receiver struct {
	irs, nxt wire.Seq
	up       wire.Seq // RCV.UP: behind the urgent octets; what the user receives next if there are none
	edge     wire.Seq // the right edge of the window as last advertised
	text     reassembly
	finKnown bool // the peer's FIN was seen, perhaps beyond a hole
	finTaken bool // RCV.NXT has passed it
	finSeq   wire.Seq
	owed     int   // octets taken since the last ACK was sent
	quick    bool  // acknowledge text at once until the user sends
	early    uint8 // segments acknowledged at once because they were among the first
	sack     sackOrder
}

// window is RCV.WND: how much right of RCV.NXT was promised to the peer.
func (r *receiver) window() uint32 { return uint32(max(0, r.edge.Sub(r.nxt))) }

// edgeCovers reports whether a number lies in the window, or at its end: a
// FIN there follows the last octet we have room for.
func (r *receiver) edgeCovers(seq wire.Seq) bool { return seq.AtOrBefore(r.edge) }

// trim cuts text to what is new, in the window and left of a FIN that is known
// beyond a hole; whole is false if some was cut off at the end.
func (r *receiver) trim(start wire.Seq, text []byte) (s span, whole bool) {
	if old := r.nxt.Sub(start); old > 0 {
		cut := min(old, len(text))
		start, text = start.Add(cut), text[cut:]
	}
	room := r.edge.Sub(start)
	if r.finKnown && !r.finTaken {
		room = min(room, r.finSeq.Sub(start))
	}
	room = max(0, room)
	if len(text) > room {
		return span{start, text[:room]}, false
	}
	return span{start, text}, true
}

// noteFIN remembers where the peer's FIN stands, once: no text may pass it. A
// FIN beyond the window has not come.
func (c *Conn) noteFIN(at wire.Seq) {
	r := &c.rcv
	if !r.finKnown && r.edgeCovers(at) {
		r.finKnown, r.finSeq = true, at
		r.text.cut(at.Sub(r.nxt))
	}
	if lo, lone := r.loneFIN(); lone && c.opt.sack {
		r.sack.note(lo)
	}
}

// takeSYN learns the peer's initial number and its options. Text and FIN that
// come with the SYN wait for ESTABLISHED (RFC 9293 3.10.7.2 third).
func (c *Conn) takeSYN(s *step) {
	seg, promised := s.seg, int(c.rcv.window())
	c.rcv.irs = seg.Seq
	c.rcv.nxt = seg.Seq.Add(1)
	c.rcv.up = c.rcv.nxt
	c.rcv.edge = c.rcv.nxt.Add(promised)
	c.takeSYNOptions(s)
	c.hearSetup(seg)
	c.use.full = s.now
	c.cc.initial(c.cfg, c.snd.mss, c.snd.iss.Add(1))
	// Without an ACK, SEG.ACK says nothing: SND.WL2 is where numbers begin.
	c.snd.wnd, c.snd.wl1, c.snd.wl2 = uint32(seg.Window), seg.Seq, c.snd.una
	if !seg.Flags.Has(wire.ACK) {
		c.takeFastText(s, seg.Payload)
	}
	c.rcv.finKnown = seg.Flags.Has(wire.FIN) && !seg.Flags.Has(wire.ACK) && len(seg.Payload) <= c.cfg.ReceiveBuffer
	c.rcv.finSeq = c.rcv.nxt.Add(len(seg.Payload))
}

// takeText puts new text in its place and decides when to acknowledge it
// (RFC 9293 3.8.6.3, RFC 5681 4.2).
func (c *Conn) takeText(s *step) {
	r := &c.rcv
	if r.text.crowded(s.text.seq.Sub(r.nxt), len(s.text.data), c.cfg.MostHoles) {
		s.out.Drops = append(s.out.Drops, Drop{Reason: DropCrowded})
		s.out.signal(Signal{Kind: Crowded, N: c.cfg.MostHoles})
		s.ack = true
		return
	}
	hadHole := r.text.holds()
	c.noteText(s.text)
	if c.cfg.Renege && s.text.seq == r.nxt && hadHole {
		s.out.signal(Signal{Kind: Dropped, N: int(r.text.held.Size())})
		r.text.drop()
	}
	r.text.insert(s.text.seq.Sub(r.nxt), s.text.data)
	taken := c.moveOn(s)
	r.owed += taken
	full := c.cfg.ACKEvery * (min(c.cfg.mss(c.remote.Addr), c.snd.mss) - c.timestampLen())
	switch {
	case c.cfg.ACK == Immediate, r.quick, taken == 0, hadHole, r.owed >= full, c.acksQuickly():
		s.ack = true
	case !c.armed(TimerDelayedACK):
		c.arm(TimerDelayedACK, s.now.Add(c.cfg.ACKDelay))
	}
}

// moveOn advances RCV.NXT over the text that is now in order.
func (c *Conn) moveOn(s *step) int {
	taken := c.rcv.text.advance()
	if taken > 0 {
		c.rcv.nxt = c.rcv.nxt.Add(taken)
		s.out.signal(Signal{Kind: Readable, Push: s.seg.Flags.Has(wire.PSH)})
	}
	return taken
}

// takeFIN advances RCV.NXT over the peer's FIN, the first time, and owes it an
// ACK: at once (RFC 9293 3.10.7.4 eighth), or delayed like text where the
// configuration says so.
func (c *Conn) takeFIN(s *step) {
	again := c.rcv.finTaken
	if !again {
		c.rcv.finTaken = true
		if c.rcv.nxt.Before(c.rcv.up) {
			c.rcv.up = c.rcv.nxt // nothing will come up to a pointer beyond
		}
		c.rcv.nxt = c.rcv.nxt.Add(1)
	}
	if c.delaysFINACK() && !again && !s.ack {
		if !c.armed(TimerDelayedACK) {
			c.arm(TimerDelayedACK, s.now.Add(c.cfg.ACKDelay))
		}
		return
	}
	s.ack = true
}

// deliver gives text to the user, and tells the peer when that opens the
// window by enough (RFC 9293 3.8.6.2.2).
func (c *Conn) deliver(s *step) {
	if c.cfg.Defects&DeliverAgain != 0 {
		s.n = c.rcv.text.peek(s.data)
		return
	}
	s.n = c.rcv.text.take(s.data)
	c.passUrgent(s, s.n)
	if s.n > 0 && c.state.in(receiving) && c.rcv.windowNews(c.cfg, c.snd.mss, c.opt.rcvShift) {
		s.ack = true
	}
}

// room is how many octets right of RCV.NXT the buffer could take.
func (r *receiver) room(cfg *Config) int { return max(0, cfg.ReceiveBuffer-r.text.unread()) }

// opening is how far the right edge may move now: nothing until it is worth a
// full-sized segment or half the buffer (MUST-39), and never to the left
// (SHLD-14).
func (r *receiver) opening(cfg *Config, mss int, shift uint8) int {
	growth := min(r.room(cfg), maxWindow<<shift) - int(r.window())
	if growth < min(mss, cfg.ReceiveBuffer/2) {
		return 0
	}
	return growth
}

// windowNews reports whether the peer should hear of a wider window at once:
// it may have too little left to send a full-sized segment, or half the
// buffer has come free.
func (r *receiver) windowNews(cfg *Config, mss int, shift uint8) bool {
	growth := r.opening(cfg, mss, shift)
	return growth > 0 && (int(r.window()) < min(mss, cfg.ReceiveBuffer/2) || growth >= cfg.ReceiveBuffer/2)
}

// maxWindow is the largest window a header can say.
const maxWindow = 65535

// advertise moves the right edge as far as it may go and returns SEG.WND. A
// scaled window is rounded up, for rounding down would move the edge left
// (RFC 7323 2.4).
func (r *receiver) advertise(cfg *Config, mss int, shift uint8) uint16 {
	r.edge = r.edge.Add(r.opening(cfg, mss, shift))
	units := (r.window() + 1<<shift - 1) >> shift
	r.edge = r.nxt.Add(int(units << shift))
	return uint16(min(units, maxWindow))
}
