package tcp

import (
	"simrun/internal/ranges"
	"simrun/wire"
)

// copies is the text that was sent again and how much of it the peer has
// reported as a duplicate, by D-SACK: if all of it was, none was lost
// (RFC 3708). Positions count octets from a number that moves on, so that old
// ones can be forgotten.
type copies struct {
	from     wire.Seq // what is older is forgotten
	at       uint64   // its position
	again    ranges.Set
	reported ranges.Set
	trust    trust
	told     bool // the peer has reported a duplicate, so it can
}

// trust is what D-SACKs are good for.
type trust uint8

const (
	trustAll   trust = iota
	trustLater       // not in this episode: a copy may have been lost, or all ACKs were (RFC 3708 3 A.1, A.3)
	trustNone        // the network makes duplicates (A.4)
)

// reuse is an empty memory with the space of this one.
func (k *copies) reuse(iss wire.Seq) copies {
	k.again.Clear()
	k.reported.Clear()
	return copies{from: iss, again: k.again, reported: k.reported}
}

// begin forgets what is older than a number; a new episode starts there.
func (k *copies) begin(una wire.Seq) {
	k.at += uint64(max(0, una.Sub(k.from)))
	k.from = una
	k.again.RemoveBelow(k.at)
	k.reported.RemoveBelow(k.at)
	if k.trust == trustLater {
		k.trust = trustAll
	}
}

// span is where text from left to right lies.
func (k *copies) span(left, right wire.Seq) (lo, hi uint64) {
	lo = k.at + uint64(left.Sub(k.from))
	return lo, lo + uint64(right.Sub(left))
}

// add notes text that is sent again. A FIN alone is never reported.
func (k *copies) add(r *record) {
	lo, hi := k.span(r.seq, r.seq.Add(r.n))
	if k.trust == trustAll && (r.tries > 0 || r.n == 0) {
		k.trust = trustLater // A.3
	}
	k.again.Add(lo, hi)
}

// report takes a D-SACK block. The ACK that brings it acknowledges nothing
// before una as new; blind says that no SACK block has come in this window.
func (k *copies) report(b wire.SACKBlock, una wire.Seq, blind bool) {
	if b.Left.Before(k.from) {
		return // of an earlier episode
	}
	lo, hi := k.span(b.Left, b.Right)
	switch {
	case !k.again.Contains(lo, hi):
		k.trust = trustNone // A.4
	case blind && b.Left == una && k.trust == trustAll:
		k.trust = trustLater // A.1
	default:
		k.reported.Add(lo, hi)
	}
}

// needless reports whether the peer had all that was sent again (B.1).
func (k *copies) needless() bool {
	return k.trust == trustAll && !k.again.Empty() && k.again.Size() == k.reported.Size()
}

// noteCopy is called for text that is sent again.
func (c *Conn) noteCopy(r *record) {
	if c.cfg.UndoDSACK && c.opt.sack {
		if c.undo.answer == answeredNothing {
			c.copies.begin(c.snd.una)
		}
		c.copies.add(r)
	}
}

// takeDSACK looks whether the first SACK block of an ACK reports a duplicate:
// text below the acknowledgment, or within the second block (RFC 2883 4).
func (c *Conn) takeDSACK(seg *wire.TCP) bool {
	b, ok := duplicate(seg)
	if !ok || !c.opt.sack || !c.undoes() || !b.Right.AtOrBefore(c.snd.max) {
		return false
	}
	c.copies.told = true
	if c.cfg.UndoDSACK {
		c.copies.report(b, c.snd.una, c.snd.flight.have == 0)
	}
	return true
}
