package sctp

import "simrun/wire"

// forwardHead is a FORWARD-TSN chunk that names no stream.
const forwardHead = wire.ChunkHeaderLen + 4

// forwarding reports whether the peer must be told to skip what was given up:
// the Advanced.Peer.Ack.Point is beyond what it has acknowledged.
func (a *Assoc) forwarding() bool { return a.snd.point > a.snd.flight.base }

// advancePoint moves the Advanced.Peer.Ack.Point over what was given up
// (RFC 3758 3.5 C1, C2), and notes the streams that are to be skipped as far as
// one chunk can name them. Each chunk is looked at once.
func (a *Assoc) advancePoint() (moved bool) {
	snd := &a.snd
	f := &snd.flight
	if snd.point <= f.base {
		snd.point, snd.skips = f.base, snd.skips[:0]
	}
	room := (a.fragmentSize() - forwardHead) / 4
	for snd.point < f.end() && f.at(snd.point).abandoned && len(snd.skips) < room {
		snd.skip(&snd.messages[f.at(snd.point).message])
		snd.point++
		moved = true
	}
	return moved
}

// skip notes the message that a stream is to be skipped to. Unordered ones
// have no place in a stream.
func (snd *sender) skip(m *message) {
	if m.unordered {
		return
	}
	for i := range snd.skips {
		if snd.skips[i].Stream == m.stream {
			snd.skips[i].SSN = m.ssn
			return
		}
	}
	snd.skips = append(snd.skips, wire.Skip{Stream: m.stream, SSN: m.ssn})
}

// sendForward sends FORWARD-TSN after each SACK, and each time-out, that leaves
// the point ahead of the peer; T3-rtx runs for it (RFC 3758 3.5 C3, C5).
func (a *Assoc) sendForward(s *step) {
	if !a.abandons() || !a.state.in(sending) {
		return
	}
	if moved := a.advancePoint(); !a.forwarding() || !moved && !s.forward {
		return
	}
	snd := &a.snd
	s.reply = wire.AppendForwardTSN(s.reply, false, snd.tsn(snd.point).Add(-1), snd.skips)
	p := &a.paths[a.replyPath(s)]
	if !p.armed(T3) {
		p.arm(T3, s.now.Add(p.rto(a.cfg)))
	}
}

// arriveForward takes a FORWARD-TSN chunk, which is unknown to an association
// that has not agreed on it; false stops the packet.
func (a *Assoc) arriveForward(s *step) bool {
	if !a.abandons() {
		return a.arriveUnknown(s)
	}
	f, ok := s.chunk.ForwardTSN()
	if !ok {
		s.out.drop(DropMalformed)
		return true
	}
	s.skips = f
	a.fire(s, ChunkForwardTSN)
	return true
}

// takeForward goes on as if all up to the new cumulative TSN had come: what
// there is of those messages is dropped, and those that waited for them in
// their streams are delivered (RFC 3758 3.6).
func (a *Assoc) takeForward(s *step) {
	r := &a.rcv
	s.sack = max(s.sack, sackLater)
	at, ahead := r.position(s.skips.NewCumTSN)
	if ahead < 0 {
		return // an old one: its SACK was lost
	}
	s.fresh = true
	if r.partial.on && r.reassembly.base <= at {
		a.abortPartial(s)
	}
	r.beyond.Add(r.next, at+1)
	r.next = r.beyond.All()[0].Hi
	r.beyond.RemoveBelow(r.next)
	if !r.beyond.Empty() {
		s.sack = sackNow
	}
	r.reassembly.forward(at + 1)
	for i := range s.skips.Len() {
		if k := s.skips.At(i); k.Stream < r.limit {
			r.skip(s, k.Stream, k.SSN)
		}
	}
	a.deliverPartially(s)
}

// skip goes on to the message behind one that will not come.
func (r *receiver) skip(s *step, stream uint16, ssn wire.SSN) {
	st := r.stream(stream)
	if ssn.Before(st.next) {
		return
	}
	n := 0
	for n < len(st.held) && !ssn.Before(st.held[n].ssn) {
		r.give(s, st.held[n])
		n++
	}
	st.held = st.held[:copy(st.held, st.held[n:])]
	st.next = ssn
	r.passOn(s, stream)
}

// forward drops what waits before a position. Of a run that reaches beyond it,
// the rest waits on.
func (r *reassembly) forward(to uint64) {
	for r.base < to && r.window.Len() > 0 {
		last, size := r.base, 0
		f := *r.window.Front()
		if f.phase == waits {
			last, size = f.other, f.size
		}
		for ; r.base <= last && r.base < to; r.base++ {
			if g := r.window.Pop(); g.phase == waits {
				size -= len(r.data.at(g.slot))
				r.release(g.slot)
			}
		}
		if r.base <= last {
			r.at(r.base).other, r.at(last).other = last, r.base
			r.at(r.base).size, r.at(last).size = size, size
		}
	}
	r.base = max(r.base, to)
	r.advance()
}
