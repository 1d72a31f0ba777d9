package sctp

import (
	"time"

	"simrun/clock"
)

// Expire performs the expiry of the timer that is due first; it does nothing
// when none is due. Call it until NextTimeout is in the future: each expiry is
// a step.
func (a *Assoc) Expire(now clock.Time, out *Out) {
	t, at, path, ok := a.next()
	if !ok || now < at {
		return
	}
	s := a.begin(now, out)
	s.path = path
	switch t {
	case T3, TimerHeartbeat:
		p := &a.paths[path]
		p.stop(t)
		if t == T3 {
			a.expireT3(&s, path)
		} else {
			a.expireHeartbeat(&s, path)
		}
	default:
		a.stop(t)
		a.expire(&s, t)
	}
	for i := range out.Signals {
		if sig := &out.Signals[i]; sig.Kind == TimerExpired && sig.Path != noPath {
			sig.Addr = a.paths[sig.Path].addr
		}
	}
	a.output(&s)
}

// expire is the expiry of a timer of the whole association.
func (a *Assoc) expire(s *step, t Timer) {
	switch t {
	case T1Init:
		a.expireT1(s, T1Init, TimeoutT1Init)
	case T1Cookie:
		a.expireT1(s, T1Cookie, TimeoutT1Cookie)
	case T2Shutdown:
		a.expireT2(s)
	case T5Guard:
		s.expired(T5Guard, noPath, a.cfg.T5, 0)
		a.fire(s, TimeoutT5)
	case TimerSACK:
		s.expired(TimerSACK, noPath, a.cfg.SACKDelay, 0)
		a.fire(s, TimeoutSACK)
	case TimerReconfig:
		a.expireReconfig(s)
	case TimerAutoclose:
		s.expired(TimerAutoclose, noPath, a.cfg.Autoclose, 0)
		a.fire(s, TimeoutAutoclose)
	}
}

func (s *step) expired(t Timer, path int, value, next time.Duration) {
	s.out.signal(Signal{Kind: TimerExpired, Timer: t, Path: path, Value: value, Next: next})
}

// expireT1 sends INIT or COOKIE ECHO again, up to Max.Init.Retransmits times
// (RFC 9260 5.1.4).
func (a *Assoc) expireT1(s *step, t Timer, e Event) {
	p := &a.paths[a.primaryPath()]
	value := p.rto(a.cfg)
	if a.init.tries >= a.cfg.MaxInitRetransmits {
		s.expired(t, noPath, value, 0)
		a.fire(s, RetriesExceeded)
		return
	}
	a.init.tries++
	p.rtt.Backoff()
	s.expired(t, noPath, value, p.rto(a.cfg))
	a.fire(s, e)
}

// expireT2 sends SHUTDOWN or SHUTDOWN ACK again, to another path once this one
// is INACTIVE, until Association.Max.Retrans (RFC 9260 9.2).
func (a *Assoc) expireT2(s *step) {
	i := a.primaryPath()
	p := &a.paths[i]
	value := p.rto(a.cfg)
	p.rtt.Backoff()
	if a.fail(s, i) {
		s.expired(T2Shutdown, noPath, value, 0)
		a.fire(s, RetriesExceeded)
		return
	}
	s.expired(T2Shutdown, noPath, value, p.rto(a.cfg))
	a.fire(s, TimeoutT2Shutdown)
}
