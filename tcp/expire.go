package tcp

import (
	"time"

	"simrun/clock"
)

// Expire performs the expiry of the timer that is due first (RFC 9293 3.10.8);
// it does nothing when none is due. Call it until NextTimeout is in the
// future: each expiry is a step.
func (c *Conn) Expire(now clock.Time, out *Out) {
	t, at, ok := c.timers.Next()
	if !ok || now < at {
		return
	}
	s := step{now: now, out: out}
	c.stop(Timer(t))
	switch Timer(t) {
	case TimerRetransmit:
		c.expireRetransmit(&s)
	case TimerReordering:
		s.expired(TimerReordering, c.snd.flight.rack.window, 0)
		c.fire(&s, TimeoutReordering)
	case TimerProbe:
		c.expireProbe(&s)
	case TimerDelayedACK:
		s.expired(TimerDelayedACK, c.cfg.ACKDelay, 0)
		c.fire(&s, TimeoutACK)
	case TimerPersist:
		c.expirePersist(&s)
	case TimerFinWait2:
		s.expired(TimerFinWait2, c.cfg.FinWait2, 0)
		c.fire(&s, TimeoutFinWait2)
	case TimerKeepalive:
		c.expireKeepalive(&s)
	case TimerOverride:
		s.expired(TimerOverride, c.holdback(), 0)
		c.fire(&s, TimeoutOverride)
	case TimerUser:
		s.expired(TimerUser, c.userLimit(), 0)
		c.fire(&s, TimeoutUser)
	case TimerSYN:
		s.expired(TimerSYN, c.cfg.SYNAfterBadACK, 0)
		c.fire(&s, TimeoutSYN)
	case TimerTimeWait:
		s.expired(TimerTimeWait, c.cfg.TimeWait, 0)
		c.fire(&s, TimeoutTimeWait)
	}
	c.output(&s)
}

func (s *step) expired(t Timer, value, next time.Duration) {
	s.out.signal(Signal{Kind: TimerExpired, Timer: t, Value: value, Next: next})
}

// expireRetransmit is RFC 6298 5.4 to 5.7 within the limits R1 and R2 of
// RFC 9293 3.8.3.
func (c *Conn) expireRetransmit(s *step) {
	value := c.rto()
	if c.givesUp(s.now) {
		s.expired(TimerRetransmit, value, 0)
		c.fire(s, RetriesExceeded)
		return
	}
	if !c.staysLinear() && c.cfg.Defects&NoBackoff == 0 {
		c.rtt.Backoff()
	}
	s.expired(TimerRetransmit, value, c.rto())
	if int(c.snd.flight.front().tries)+1 == c.cfg.R1 {
		c.fire(s, RetriesWarning)
	}
	c.fire(s, TimeoutRTO)
}

// expirePersist probes the shut window for ever while the probes are answered
// (MUST-37); a peer that has not answered for R2 is given up like any other.
func (c *Conn) expirePersist(s *step) {
	interval := c.persistInterval()
	if c.givesUp(s.now) {
		s.expired(TimerPersist, interval, 0)
		c.fire(s, RetriesExceeded)
		return
	}
	s.expired(TimerPersist, interval, min(2*interval, c.cfg.RTO.Max))
	c.fire(s, TimeoutPersist)
}

// givesUp reports whether the front of the queue has waited for R2, or was sent
// as often as the configuration says; where the user has set a timeout, that
// decides instead.
func (c *Conn) givesUp(now clock.Time) bool {
	if c.userTimeout() != 0 {
		return false
	}
	if retries := c.retries(); retries > 0 {
		return int(c.snd.flight.front().tries) >= retries
	}
	return c.stalledFor(now) >= c.r2()
}

// persistInterval is when the next window probe is due: an RTO after the
// window shut, then doubled (SHLD-29, SHLD-30).
func (c *Conn) persistInterval() time.Duration {
	interval := c.rto()
	for range c.snd.probes {
		if interval >= c.cfg.RTO.Max {
			break
		}
		interval *= 2
	}
	return min(interval, c.cfg.RTO.Max)
}
