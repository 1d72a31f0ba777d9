package sctp

// missing takes the report that chunks before a newly acknowledged one have
// not arrived. Those that were reported three times are sent again at once,
// each of them once (RFC 9260 7.2.4).
func (a *Assoc) missing(s *step, highest uint64) {
	f := &a.snd.flight
	from, to := f.strike(highest)
	marked := 0
	var hit [maxPaths]bool
	for at := from; at < to; at++ {
		r := f.at(at)
		if !r.outstanding() || r.fast {
			continue
		}
		r.fast = true
		a.lose(at)
		a.giveUp(s, at)
		hit[r.path] = true
		marked++
	}
	if marked == 0 {
		return
	}
	for i := range a.paths {
		if hit[i] {
			a.paths[i].front = a.frontOf(i)
		}
	}
	s.out.signal(Signal{Kind: FastRetransmit, N: marked})
	if a.recovering() {
		return
	}
	f.urgent = f.marked > 0
	for i := range a.paths {
		p := &a.paths[i]
		if hit[i] {
			p.cc.cut(p.pmdcs())
			p.cc.phase, p.cc.exit = phaseRecovery, f.end()
			a.signalWindow(s, i, p.cc.ssthresh)
		}
	}
}

// recovering reports whether the association is in Fast Recovery, in which no
// window is cut once more (RFC 9260 7.2.4).
func (a *Assoc) recovering() bool {
	for i := range a.paths {
		if a.paths[i].cc.phase == phaseRecovery {
			return true
		}
	}
	return false
}

// lose presumes a chunk lost: it is outstanding no more, and the peer's window
// has its room again (RFC 9260 6.2.1 C).
func (a *Assoc) lose(at uint64) {
	f := &a.snd.flight
	r := f.at(at)
	f.mark(at)
	a.paths[r.path].flight -= r.size()
	a.snd.rwnd += int(r.n)
}

// expireT3 is RFC 6298 with the names of RFC 9260 6.3.3. Without anything
// outstanding it is time to probe a window that is shut (6.1 A).
func (a *Assoc) expireT3(s *step, i int) {
	p := &a.paths[i]
	value := p.rto(a.cfg)
	p.rtt.Backoff()
	if p.flight == 0 && !a.forwarding() {
		s.probe = true
		s.expired(T3, i, value, p.rto(a.cfg))
		return
	}
	answered := a.probesWindow() && a.snd.answered
	a.snd.answered = false
	if !answered && a.fail(s, i) {
		s.expired(T3, i, value, 0)
		a.fire(s, RetriesExceeded)
		return
	}
	p.stop(TimerHeartbeat) // its period counts from the new RTO
	s.expired(T3, i, value, p.rto(a.cfg))
	a.fire(s, TimeoutT3)
}

// probesWindow reports whether all that is outstanding is a probe of a window
// that is shut: a peer that answers those is not given up, and they say
// nothing of the network (RFC 9260 6.1 A).
func (a *Assoc) probesWindow() bool {
	return a.snd.shut && a.snd.flight.len() == 1
}

// resendPath presumes lost whatever is outstanding on the path, and lets one
// packet of it go, on another path if there is one (RFC 9260 6.3.3).
func (a *Assoc) resendPath(s *step) {
	f := &a.snd.flight
	p := &a.paths[s.path]
	if !a.probesWindow() {
		p.cc.collapse(p.pmdcs())
	}
	for at := max(p.front, f.base); at < f.end(); at++ {
		if r := f.at(at); int(r.path) == s.path && r.outstanding() {
			a.lose(at)
			r.timedOut = true
			a.giveUp(s, at)
		}
	}
	p.front = f.end()
	p.timing.running = false
	f.forgive()
	s.forward = true
	a.signalWindow(s, s.path, p.cc.ssthresh)
}
