package sctp

import "simrun/wire"

// partial is the message that is handed up in pieces (RFC 9260 6.9). There is
// one at a time, and what is whole waits behind it: pieces of one message are
// mixed with nothing else (RFC 6458 8.1.20, level 0).
type partial struct {
	on bool
	at int // which of the inbox it is
}

// deliverPartially hands up what has come of a message whose end has not. It
// looks at the first run that waits, and at no other: whatever has lower TSNs
// was delivered, so that this message is the next of its stream.
func (a *Assoc) deliverPartially(s *step) {
	r := &a.rcv
	asm := &r.reassembly
	for asm.window.Len() > 0 && asm.window.Front().phase == waits {
		begins := asm.window.Front().flags.Has(wire.FlagBegin)
		if begins && r.partial.on { // the end of the other one will never come
			a.abortPartial(s)
		}
		if !r.partial.on && !(begins && a.tooLarge(asm.window.Front())) {
			return
		}
		r.handOut(s)
	}
}

// tooLarge reports whether a message that begins with a fragment must not wait
// for its end: it has reached the partial delivery point, or leaves no room for
// its own rest while there is nothing that the user could take first.
func (a *Assoc) tooLarge(f *fragment) bool {
	r := &a.rcv
	if !f.flags.Has(wire.FlagUnordered) && f.ssn != r.stream(f.stream).next {
		return false
	}
	point := a.cfg.PartialDeliveryPoint
	return point > 0 && f.size >= point || r.unread == 0 && r.window(a.cfg) < a.worthTelling()
}

// handOut moves the first run to the inbox, as a piece of its message.
func (r *receiver) handOut(s *step) {
	asm := &r.reassembly
	f := *asm.window.Front()
	if !r.partial.on {
		r.partial = partial{on: true, at: r.inbox.Len()}
		r.inbox.Push(delivery{
			stream: f.stream, ssn: f.ssn, ppid: f.ppid, slot: asm.data.put(nil), unordered: f.flags.Has(wire.FlagUnordered),
		})
	}
	m := r.inbox.At(r.partial.at)
	m.tsn = r.initial.Add(int(uint32(f.other)))
	ends := asm.at(f.other).flags.Has(wire.FlagEnd)
	for i := asm.base; i <= f.other; i++ {
		g := asm.at(i)
		n := len(asm.data.at(g.slot))
		asm.data.add(m.slot, asm.data.at(g.slot))
		asm.data.release(g.slot)
		asm.octets -= n
		r.unread += n
		g.phase = done
	}
	asm.advance()
	s.out.signal(Signal{Kind: Readable})
	if ends {
		whole := *m
		r.endPartial(s)
		if !whole.unordered {
			r.passOn(s, whole.stream)
		}
	}
}

// endPartial lets the messages that wait behind the pieces come into reach.
func (r *receiver) endPartial(s *step) {
	for range r.inbox.Len() - r.partial.at - 1 {
		s.out.signal(Signal{Kind: Readable})
	}
	r.partial = partial{}
}

// abortPartial takes back a message that was handed up in pieces and whose end
// will not come; the user is told to forget what it has of it (RFC 6458 6.1.7).
func (a *Assoc) abortPartial(s *step) {
	r := &a.rcv
	if !r.partial.on {
		return
	}
	at := r.partial.at
	m := *r.inbox.At(at)
	s.out.signal(Signal{Kind: PartialDeliveryAborted, Stream: m.stream, N: int(m.ssn)})
	r.unread -= len(r.reassembly.data.at(m.slot)) - m.taken
	r.reassembly.data.release(m.slot)
	r.endPartial(s)
	for i := at; i > 0; i-- {
		*r.inbox.At(i) = *r.inbox.At(i - 1)
	}
	r.inbox.Pop()
}

// readable is how many messages, or pieces of one, the user can take.
func (r *receiver) readable() int {
	if !r.partial.on {
		return r.inbox.Len()
	}
	n := r.partial.at
	if len(r.reassembly.data.at(r.inbox.At(n).slot)) > 0 {
		n++
	}
	return n
}
