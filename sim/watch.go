package sim

import (
	"fmt"
	"slices"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// watch follows the lives of all connections from outside, and checks the
// invariants that one end alone cannot: it compares what one program sent with
// what the other received, and what a segment was with what answered it.
type watch struct {
	w     *World
	lives []life
	seg   *wire.TCP // the segment that the present step takes; nil for others

	assocs []assocLife
	pkt    *wire.SCTP // the packet of SCTP that the present step takes
	from   int        // 1 + the life that sent it; 0: forged
	steps  int        // 1 + the life of the present step; 0: no connection's
	calm   bool       // no packet can be lost or late
}

// life is one incarnation of one end of a connection.
type life struct {
	host          int
	conn          socket.ConnID // of another life, later, once nobody can name it
	local, remote wire.Endpoint
	iss, irs      wire.Seq
	state         tcp.State
	began         clock.Time
	peer          int      // 1 + the life at the other end, once one of both knows it
	torn          bool     // it did not end, or not begin, as two ends alone would
	last          tcp.Vars // after its latest step
	sentFIN       bool     // in CLOSE-WAIT: as a window probe
	sent          octets   // what SEND took
	finished      bool     // CLOSE was called: nothing can follow
	delivered     int      // how much of the peer's stream RECEIVE gave
	eof           bool
	deaf          bool       // the program will read no more: end of file may be its own
	active        bool       // it began with a SYN of its own
	noRoom        bool       // it has ignored the last ACK of the opening
	timeWait      clock.Time // when a FIN of the peer was taken last, or 2MSL begun anew
	timer         schedule
}

// Watch turns the whole-structure invariants on or off; they are on in a new
// world. A benchmark turns them off, and says so.
func (w *World) Watch(on bool) {
	w.watch = nil
	if on {
		w.watch = &watch{w: w, calm: w.scenario.calm(w)}
	}
	for _, h := range w.hosts {
		h.stack.Watch(on)
	}
}

// Tolerate lets the run go on when these invariants do not hold, because the
// scenario is there to show it; they are noted all the same.
func (w *World) Tolerate(ids ...string) { w.tolerated = append(w.tolerated, ids...) }

// reset is a watch that has seen nothing.
func (c *watch) reset() *watch {
	if c == nil {
		return nil
	}
	return &watch{w: c.w, calm: c.calm}
}

func (c *watch) clone(w *World) *watch {
	if c == nil {
		return nil
	}
	d := &watch{w: w, lives: slices.Clone(c.lives), calm: c.calm}
	for i := range d.lives {
		d.lives[i].sent.buf = slices.Clone(d.lives[i].sent.buf)
	}
	d.assocs = cloneAssocs(c.assocs)
	return d
}

// taking says which segment the step that follows takes.
func (c *watch) taking(q *packet) {
	if c == nil {
		return
	}
	c.seg, c.from, c.pkt = nil, 0, nil
	switch {
	case q == nil:
	case q.Proto == wire.ProtoTCP:
		c.seg, c.from = &q.TCP, q.life
	case q.Proto == wire.ProtoSCTP:
		c.pkt = &q.SCTP
	}
}

// sender is 1 + the life whose step sends now.
func (c *watch) sender() int {
	if c == nil {
		return 0
	}
	return c.steps
}

// latest is the life of a connection that a program has a descriptor for; nil
// if it never began.
func (c *watch) latest(host int, conn socket.ConnID) *life {
	for i := len(c.lives) - 1; i >= 0; i-- {
		if l := &c.lives[i]; l.host == host && l.conn == conn {
			return l
		}
	}
	return nil
}

// peer is the other end of an incarnation: the latest whose initial number is
// the one that this end learnt.
func (c *watch) peer(l *life) *life {
	for i := len(c.lives) - 1; i >= 0; i-- {
		if p := &c.lives[i]; p != l && p.local == l.remote && p.remote == l.local && p.iss == l.irs {
			return p
		}
	}
	return nil
}

// other is the other end that a life was joined with, or that it has now. An
// old SYN can make one more with the same number at the same instant.
func (c *watch) other(l *life) *life {
	if l.peer != 0 {
		return &c.lives[l.peer-1]
	}
	return c.peer(l)
}

// stepped follows a step of a connection.
func (c *watch) stepped(h *host, s *socket.Step) {
	if c == nil {
		return
	}
	c.checkReplies(h, s)
	c.steps = 0
	if s.Conn == socket.None {
		return
	}
	over := s.To == tcp.Closed || s.To == tcp.Listen
	l := c.present(h, s, over)
	if l == nil {
		return // it was over before, or never began: a stray segment met a listener
	}
	l.irs = s.IRS
	fired := c.fired(s)
	c.checkOrigin(h, l, s, fired)
	c.checkTimes(h, l, s, fired)
	l.last = *s.Vars
	l.sentFIN = l.sentFIN || s.To == tcp.CloseWait && sendsFIN(s)
	if l.state == s.To {
		return
	}
	if l.state = s.To; over {
		l.state = tcp.Closed
		l.torn = l.torn || !inOrder(s)
	}
	c.checkPair(h, l)
}

// present is the life that a step belongs to, a new one if it begins; nil if
// there is none.
func (c *watch) present(h *host, s *socket.Step, over bool) *life {
	for i := len(c.lives) - 1; i >= 0; i-- {
		l := &c.lives[i]
		if l.host != h.index || l.local != s.Local || l.remote != s.Remote {
			continue
		}
		if l.state != tcp.Closed && l.iss == s.ISS {
			c.steps = i + 1
			return l
		}
		if !over {
			c.checkNumbers(h, l, s)
		}
		break
	}
	if over {
		return nil
	}
	c.lives = append(c.lives, life{
		host: h.index, conn: s.Conn, local: s.Local, remote: s.Remote, iss: s.ISS,
		active: s.To == tcp.SynSent, began: c.w.now, last: tcp.Vars{ISS: s.ISS, SndUna: s.ISS},
	})
	c.steps = len(c.lives)
	return &c.lives[c.steps-1]
}

// inOrder reports whether a connection ended as both ends had agreed: the row
// that led to CLOSED says so.
func inOrder(s *socket.Step) (good bool) {
	for _, i := range s.Out.Rows {
		switch row := s.Vars.Config.Table.Row(i); {
		case row.To != tcp.Closed:
		case row.On == tcp.AckOfFIN, row.On == tcp.TimeoutTimeWait, row.On == tcp.SegSYNNew:
			good = true
		default:
			good = false
		}
	}
	return good
}

// events is a set of events that a step raised.
type events uint64

func (e events) has(x tcp.Event) bool { return e>>x&1 != 0 }

// fired is the events whose rows a step fired.
func (c *watch) fired(s *socket.Step) (all events) {
	for _, i := range s.Out.Rows {
		all |= 1 << s.Vars.Config.Table.Row(i).On
	}
	return all
}

// checkReplies compares what a step sent with what it was an answer to.
func (c *watch) checkReplies(h *host, s *socket.Step) {
	acks := 0
	for i := range s.Out.Segments {
		seg := &s.Out.Segments[i]
		if seg.Flags.Has(wire.RST) {
			if c.seg != nil && c.seg.Flags.Has(wire.RST) {
				c.violated("I-11", h, "RST sent")
			}
			if wrong := c.wrongReset(&seg.TCP, s); wrong != "" {
				c.violated("I-12", h, wrong)
			}
		}
		if seg.Flags == wire.ACK && len(seg.Payload) == 0 {
			acks++
		}
	}
	if acks > 1 {
		c.violated("I-22", h, fmt.Sprintf("%d ACKs in one step", acks))
	}
	idle := c.seg != nil && c.seg.Len() == 0 && c.seg.Seq == s.RcvNxtBefore
	if s.From == tcp.TimeWait && s.To == tcp.TimeWait && acks > 0 && idle && !c.fired(s).has(tcp.SegOldTimestamp) { // RFC 7323 5.3 R1
		c.violated("I-22", h, "TIME-WAIT answers an ACK")
	}
}

// wrongReset says what is wrong with a RST (RFC 9293 3.5.2, 3.10.5): in answer
// to a segment with ACK its number is that ACK's; without one it is 0 and
// acknowledges the segment; an aborted connection's is SND.NXT.
func (c *watch) wrongReset(rst *wire.TCP, s *socket.Step) string {
	if s.From != tcp.Closed && s.To == tcp.Closed || c.seg == nil {
		return "" // an abort: the connection's own invariants know SND.NXT
	}
	switch {
	case c.seg.Flags.Has(wire.ACK) && rst.Seq != c.seg.Ack:
		return fmt.Sprintf("RST at %d in answer to ACK %d", rst.Seq, c.seg.Ack)
	case !c.seg.Flags.Has(wire.ACK) && (rst.Seq != 0 || !rst.Flags.Has(wire.ACK) || rst.Ack != c.seg.End()):
		return fmt.Sprintf("RST at %d acknowledging %d in answer to a segment that ends at %d", rst.Seq, rst.Ack, c.seg.End())
	}
	return ""
}

// sent follows octets that SEND took.
func (c *watch) sent(h *host, conn socket.ConnID, data []byte) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, conn); l != nil {
		l.sent.append(data)
	}
}

// finished follows a CLOSE.
func (c *watch) finished(h *host, conn socket.ConnID) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, conn); l != nil {
		l.finished = true
	}
}

// deaf follows a program that will read no more: an end of file that it gets
// is its own, and on some systems text may follow it.
func (c *watch) deaf(h *host, conn socket.ConnID) {
	if c == nil {
		return
	}
	if l := c.latest(h.index, conn); l != nil {
		l.deaf = true
	}
}

// received compares octets that RECEIVE gave with those that the other end
// sent in this incarnation.
func (c *watch) received(h *host, conn socket.ConnID, data []byte) {
	if c == nil {
		return
	}
	l := c.latest(h.index, conn)
	if l == nil {
		return
	}
	p := c.other(l)
	if p == nil {
		return // the other end was forged
	}
	if !p.sent.release(data) {
		c.violated("I-1", h, fmt.Sprintf("octets %d to %d are not those that were sent", l.delivered, l.delivered+len(data)))
	}
	l.delivered += len(data)
	if wrong := l.conserves(); wrong != "" {
		c.violated("I-2", h, wrong)
	}
	if l.eof {
		c.violated("I-4", h, "text after end of file")
	}
}

// passed notes that a receive passes over the out-of-band octet.
func (c *watch) passed(h *host, conn socket.ConnID) {
	if c == nil {
		return
	}
	l := c.latest(h.index, conn)
	if l == nil {
		return
	}
	l.delivered++
	if p := c.other(l); p != nil {
		p.sent.skip()
	}
}

// ended compares an end of file with what the other end sent.
func (c *watch) ended(h *host, conn socket.ConnID) {
	if c == nil {
		return
	}
	l := c.latest(h.index, conn)
	if l == nil || l.eof || l.deaf || l.state == tcp.Closed {
		return
	}
	l.eof = true
	if p := c.other(l); p != nil && (p.sent.len() > 0 || !p.finished) {
		c.violated("I-3", h, fmt.Sprintf("end of file after %d octets of %d", l.delivered, l.delivered+p.sent.len()))
	}
}

func (c *watch) violated(id string, h *host, text string) {
	for i := range worldInvariants {
		if worldInvariants[i].ID == id {
			text = worldInvariants[i].Text + ": " + text
		}
	}
	c.w.violate(h, id, text)
}

// violate records an invariant that did not hold at a host.
func (w *World) violate(h *host, id, text string) {
	w.rec.note(h, "violates "+id)
	w.broken = append(w.broken, Violation{
		ID: id, Text: text, Host: h.spec.Name, At: w.now, Tolerated: slices.Contains(w.tolerated, id),
	})
}
