package tcp

import "simrun/wire"

// Urgent data (RFC 9293 3.8.5, RFC 6093): a pointer into the stream, which no
// octet leaves. New applications should not use it (SHLD-13).
//
// Both pointers name the octet that follows the urgent data (MUST-62). One
// that is not in advance of SND.UNA, or of what the user has consumed, says
// that there is none; it moves along with those, so that it never looks new
// again when the sequence space wraps.

// SendFlags is what a user may say with SEND.
type SendFlags uint8

const (
	Urgent SendFlags = 1 << iota // the octets are urgent (RFC 9293 3.10.2)
	More                         // more follows at once: no need to push (MSG_MORE)
)

// markUrgent moves SND.UP behind what is queued. The peer is to know at once,
// whatever holds the octets themselves back: a window, Nagle, congestion.
func (c *Conn) markUrgent(s *step) {
	c.snd.up = c.snd.first.Add(c.snd.queued())
	s.urgent = true
}

// addUrgent writes the urgent pointer into a segment that starts before it:
// new text, text again and bare ACKs alike, so that however the octets are cut
// the pointer stays (MUST-30). It is an offset from SEG.SEQ; a sequence of
// urgent data longer than that can say moves it on as it is sent (MUST-31).
func (c *Conn) addUrgent(seg *wire.TCP) {
	if ahead := c.snd.up.Sub(seg.Seq); c.snd.una.Before(c.snd.up) && ahead > 0 {
		seg.Flags |= wire.URG
		seg.Urgent = uint16(min(ahead, 1<<16-1))
	}
}

// tellUrgent owes the peer a segment that carries the pointer, if none of this
// step did.
func (c *Conn) tellUrgent(s *step) {
	for i := range s.out.Segments {
		if s.out.Segments[i].Flags.Has(wire.URG) {
			return
		}
	}
	s.ack = true
}

// checkUrgent is the sixth check.
func (c *Conn) checkUrgent(s *step) {
	if s.seg.Flags.Has(wire.URG) {
		c.fire(s, SegUrgent)
	}
}

// takeUrgent moves RCV.UP to a pointer in advance of it and of what the user
// has consumed, and tells the user (MUST-32). One that lies behind, or beyond
// the peer's FIN, says nothing.
func (c *Conn) takeUrgent(s *step) {
	r, up := &c.rcv, s.seg.Seq.Add(int(s.seg.Urgent))
	if r.finKnown && r.finSeq.Before(up) {
		up = r.finSeq
	}
	if r.up.Before(up) {
		r.up = up
		s.out.signal(Signal{Kind: UrgentData, N: c.UrgentLeft()})
	}
}

// consumed is the number of the octet that the user receives next.
func (r *receiver) consumed() wire.Seq {
	end := r.nxt
	if r.finTaken {
		end = r.finSeq
	}
	return end.Add(-r.text.unread())
}

// UrgentLeft is how many octets the user has yet to receive until the end of
// the urgent data that is known of, whether they have come or not (MUST-33).
func (c *Conn) UrgentLeft() int { return max(0, c.rcv.up.Sub(c.rcv.consumed())) }

// passUrgent notes that the user has consumed octets: at the pointer urgent
// mode ends.
func (c *Conn) passUrgent(s *step, n int) {
	r := &c.rcv
	now := r.consumed()
	if now.Before(r.up) {
		return
	}
	if now.Add(-n).Before(r.up) {
		s.out.signal(Signal{Kind: UrgentEnd})
	}
	r.up = now
}

// PeekAt copies text in order, from an offset into what is unread on.
func (c *Conn) PeekAt(offset int, p []byte) int {
	if n := c.rcv.text.unread(); offset < n {
		return copy(p, c.rcv.text.buf[c.rcv.text.head:][offset:n])
	}
	return 0
}
