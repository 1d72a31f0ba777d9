package sctp

import (
	"simrun/clock"
	"simrun/wire"
)

// Policy is when a message that is not acknowledged is given up (RFC 3758 4,
// RFC 7496 3). All but Reliable need a peer that knows PR-SCTP.
type Policy uint8

const (
	Reliable Policy = iota
	Timed           // once its lifetime is over
	Limited         // once a chunk of it was sent again so often as its limit says
	Priority        // when a more important one finds the send buffer full; its limit is 0 for the most important
)

// abandons reports whether messages may be given up that the peer may have a
// part of.
func (a *Assoc) abandons() bool { return a.agreed.has(partialReliability) }

// expired reports whether a message's lifetime is over.
func (m *message) expired(now clock.Time) bool { return m.mortal && now >= m.expires }

// dropExpired gives up the next messages that are not begun and whose
// lifetime is over; this needs nothing of the peer (RFC 9260 11.1.5).
func (a *Assoc) dropExpired(s *step) {
	snd := &a.snd
	for snd.waiting.Len() > 0 {
		i := *snd.waiting.Front()
		if m := &snd.messages[i]; m.begun || !m.expired(s.now) {
			return
		}
		snd.waiting.Pop()
		a.forget(s, i)
	}
}

// forget gives up a message of which nothing was sent.
func (a *Assoc) forget(s *step, i int32) {
	s.out.signal(Signal{Kind: SendFailed, Message: a.snd.messages[i].id, Unsent: true})
	s.out.signal(Signal{Kind: Writable})
	a.snd.finish(i)
}

// giveUp abandons the message of a chunk that was lost, if its policy says so.
func (a *Assoc) giveUp(s *step, at uint64) {
	r := a.snd.flight.at(at)
	m := &a.snd.messages[r.message]
	if !a.abandons() || r.abandoned {
		return
	}
	switch {
	case m.policy == Timed && m.expired(s.now), m.policy == Limited && uint32(r.tries) >= m.limit:
		a.abandon(s, r.message)
	}
}

// abandon gives up a message of which something was sent, all its chunks with
// it (RFC 3758 3.5 A2). They are outstanding no more, and leave with the
// FORWARD-TSN that the peer acknowledges.
func (a *Assoc) abandon(s *step, i int32) {
	snd := &a.snd
	f, m := &snd.flight, &snd.messages[i]
	if m.sent < m.size {
		a.cut(i)
	}
	var hit [maxPaths]bool
	for at := m.last + 1; at > f.base && f.at(at-1).message == i; at-- {
		r := f.at(at - 1)
		p := &a.paths[r.path]
		switch {
		case r.abandoned: // it was never sent
		case r.marked:
			f.unmark(at - 1)
		case !r.acked:
			f.outstanding -= int(r.n)
			p.flight -= r.size()
			snd.rwnd += int(r.n)
		}
		if p.timing.running && p.timing.at == at-1 {
			p.timing.running = false
		}
		r.abandoned, hit[r.path] = true, true
	}
	for j := range a.paths {
		if p := &a.paths[j]; hit[j] {
			p.front = a.frontOf(j)
			if p.flight == 0 {
				p.stop(T3)
			}
		}
	}
	m.abandoned = true
	snd.queued -= m.size
	snd.data.release(m.slot)
	s.out.signal(Signal{Kind: SendFailed, Message: m.id})
	s.out.signal(Signal{Kind: Writable})
}

// cut ends a message that is half sent. Its rest takes a TSN that is never
// sent, lest the peer have all TSNs of the message before it hears that there
// will be no end: a FORWARD-TSN must say something new.
func (a *Assoc) cut(i int32) {
	snd := &a.snd
	m := &snd.messages[i]
	snd.withdraw(i)
	m.sent = m.size
	m.chunks++
	m.last = snd.flight.push(record{message: i, path: uint8(a.primaryPath()), flags: wire.FlagEnd, abandoned: true})
	snd.neverSent++
}

// withdraw takes a message out of those that wait.
func (snd *sender) withdraw(i int32) {
	for range snd.waiting.Len() {
		if j := snd.waiting.Pop(); j != i {
			snd.waiting.Push(j)
		}
	}
}

// makeRoom gives up less important messages for one that finds no room in the
// send buffer, the least important first (RFC 7496 3.2). It walks them all, as
// SEND alone may.
func (a *Assoc) makeRoom(s *step, m *Message) {
	for m.Policy == Priority && a.abandons() && len(m.Data) > a.cfg.SendBuffer-a.snd.queued {
		i, ok := a.leastImportant(m.Limit)
		switch {
		case !ok:
			return
		case a.snd.messages[i].begun:
			a.abandon(s, i)
		default:
			a.snd.withdraw(i)
			a.forget(s, i)
		}
	}
}

// leastImportant finds the message that is of least importance, and of less
// than a limit; of equal ones the oldest.
func (a *Assoc) leastImportant(limit uint32) (found int32, ok bool) {
	snd := &a.snd
	consider := func(i int32) {
		m := &snd.messages[i]
		if m.policy == Priority && !m.abandoned && m.limit > limit {
			found, limit, ok = i, m.limit, true
		}
	}
	for j := range snd.flight.len() {
		if r := snd.flight.records.At(j); r.flags.Has(wire.FlagEnd) {
			consider(r.message)
		}
	}
	for j := range snd.waiting.Len() {
		consider(*snd.waiting.At(j))
	}
	return found, ok
}
