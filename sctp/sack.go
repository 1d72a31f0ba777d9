package sctp

import (
	"simrun/internal/ranges"
	"simrun/wire"
)

// acks is what one SACK brought for a path.
type acks struct {
	octets int  // newly acknowledged
	front  bool // the earliest outstanding chunk of the path among them
}

// takeSACK is RFC 9260 6.2.1. Only what is news is looked at: chunks that the
// cumulative TSN ack passes, and the difference between the gap ack blocks and
// those of before.
func (a *Assoc) takeSACK(s *step) {
	sack, ok := s.chunk.SACK()
	f := &a.snd.flight
	if !ok {
		s.out.drop(DropMalformed)
		return
	}
	passed := sack.CumTSNAck.Sub(a.snd.acked())
	if passed < 0 || passed > f.len() { // i: an old SACK; or one of what was never sent
		s.out.drop(DropWindow)
		return
	}
	var news [maxPaths]acks
	before := f.base
	a.advance(s, uint64(passed), &news)
	highest := a.takeGaps(s, &sack, before, &news)
	a.snd.rwnd = max(0, int(min(sack.ARwnd, 1<<30))-f.outstanding)
	a.settle(s, passed > 0, &news)
	if highest > f.base {
		a.missing(s, highest)
	}
	if passed > 0 && a.snd.drained() {
		s.out.signal(Signal{Kind: SenderDry})
	}
}

// advance takes the chunks that the cumulative TSN ack passes.
func (a *Assoc) advance(s *step, n uint64, news *[maxPaths]acks) {
	snd := &a.snd
	f := &snd.flight
	for range n {
		r := *f.records.Front()
		if !r.acked {
			a.acknowledge(s, f.base, news)
		}
		m := &snd.messages[r.message]
		if m.chunks--; m.chunks == 0 && m.sent == m.size {
			snd.finish(r.message)
			s.out.signal(Signal{Kind: Writable})
		}
		f.records.Pop()
		f.base++
	}
	f.gaps.RemoveBelow(f.base)
	f.next = max(f.next, f.base)
}

// acknowledge counts a chunk that the peer is now known to have.
func (a *Assoc) acknowledge(s *step, at uint64, news *[maxPaths]acks) {
	f := &a.snd.flight
	r := f.at(at)
	p := &a.paths[r.path]
	if r.marked {
		f.unmark(at)
	} else {
		f.outstanding -= int(r.n)
		p.flight -= int(r.n)
	}
	n := &news[r.path]
	n.octets += int(r.n)
	n.front = n.front || at <= p.front
	if p.timing.running && p.timing.at == at {
		p.timing.running = false
		p.rtt.Sample(s.now.Sub(p.timing.start))
	}
	a.heard(s, int(r.path))
}

// takeGaps takes the gap ack blocks, and returns the position behind the
// highest chunk that they newly acknowledge; 0 if there is none. A chunk that
// is in them no more is outstanding again (RFC 9260 6.2.1 iv).
func (a *Assoc) takeGaps(s *step, sack *wire.SACK, before uint64, news *[maxPaths]acks) (highest uint64) {
	f := &a.snd.flight
	if sack.Gaps.Len() == 0 && f.gaps.Empty() {
		if f.base > before {
			highest = f.base
		}
		return highest
	}
	f.blocks.Clear()
	for i := range sack.Gaps.Len() {
		g := sack.Gaps.At(i)
		lo, hi := f.base+uint64(g.Start)-1, min(f.base+uint64(g.End), f.end())
		if g.Start > 0 && lo < hi {
			f.blocks.Add(lo, hi)
		}
	}
	difference(f.blocks.All(), f.gaps.All(), func(at uint64) {
		a.acknowledge(s, at, news)
		f.at(at).acked = true
		highest = at + 1
	})
	difference(f.gaps.All(), f.blocks.All(), func(at uint64) { a.revoke(s, at) })
	f.gaps, f.blocks = f.blocks, f.gaps
	if highest == 0 && f.base > before {
		highest = f.base
	}
	return highest
}

// difference calls for each number of a that is not in b.
func difference(a, b []ranges.Range, each func(uint64)) {
	j := 0
	for _, r := range a {
		for at := r.Lo; at < r.Hi; {
			for j < len(b) && b[j].Hi <= at {
				j++
			}
			if j < len(b) && b[j].Lo <= at {
				at = b[j].Hi
				continue
			}
			each(at)
			at++
		}
	}
}

// revoke takes back what a chunk's gap ack block said: the peer has dropped it.
func (a *Assoc) revoke(s *step, at uint64) {
	f := &a.snd.flight
	r := f.at(at)
	r.acked = false
	p := &a.paths[r.path]
	if p.flight == 0 || at < p.front {
		p.front = at
	}
	p.flight += int(r.n)
	f.outstanding += int(r.n)
	if !p.armed(T3) {
		p.arm(T3, s.now.Add(p.rto(a.cfg))) // RFC 9260 6.3.2 R4
	}
}

// settle opens the windows and keeps the T3-rtx timers of the paths on which
// something was acknowledged (RFC 9260 6.3.2, 7.2).
func (a *Assoc) settle(s *step, advanced bool, news *[maxPaths]acks) {
	f := &a.snd.flight
	for i := range a.paths {
		p := &a.paths[i]
		switch {
		case p.flight == 0 && news[i].octets > 0: // R2
			p.stop(T3)
		case news[i].front: // R3
			p.arm(T3, s.now.Add(p.rto(a.cfg)))
		}
		if news[i].octets == 0 {
			continue
		}
		if news[i].front {
			p.front = a.frontOf(i)
		}
		if p.cc.phase == phaseLoss || p.cc.phase == phaseRecovery && f.base >= p.cc.exit {
			if p.cc.phase == phaseRecovery {
				s.out.signal(Signal{Kind: RecoveryEnded, Path: i})
			}
			p.cc.phase = phaseOpen
		}
		before := p.cc.cwnd
		p.cc.grow(news[i].octets, p.flight, p.pmdcs(), advanced)
		if p.cc.cwnd != before {
			a.signalWindow(s, i, 0)
		}
	}
}

// frontOf finds the earliest outstanding chunk of a path, from where it was
// last: it only moves on, so that no chunk is passed twice.
func (a *Assoc) frontOf(i int) uint64 {
	f := &a.snd.flight
	at := max(a.paths[i].front, f.base)
	if a.paths[i].flight == 0 {
		return f.end()
	}
	for at < f.end() {
		if r := f.at(at); int(r.path) == i && !r.acked && !r.marked {
			break
		}
		at++
	}
	return at
}

// signalWindow tells of a path's new congestion window; and of ssthresh when
// that is new too.
func (a *Assoc) signalWindow(s *step, i, ssthresh int) {
	p := &a.paths[i]
	s.out.signal(Signal{Kind: CongestionWindow, Path: i, Addr: p.addr, N: p.cc.cwnd, Ssthresh: ssthresh, Flight: p.flight})
}
