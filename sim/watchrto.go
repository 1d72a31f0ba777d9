package sim

import (
	"fmt"
	"time"

	"simrun/fsm"
	"simrun/tcp"
)

// What the watch expects of a retransmission timer, from the configuration and
// from what is known of the connection before the step.

// opens reports whether a life is not open yet.
func (l *life) opens() bool {
	return fsm.Has(fsm.In(tcp.SynSent, tcp.SynReceived), l.last.State)
}

// opensActively reports whether it waits for the answer to its SYN.
func (l *life) opensActively() bool { return l.active && l.opens() }

// nextRTO is what an RTO that expires is followed by: twice of it, up to the
// maximum (RFC 6298 5.5). What the configuration adds to each is not doubled.
func (l *life) nextRTO(cfg *tcp.Config, value time.Duration) time.Duration {
	b, v := &cfg.RTO, &l.last
	linear := v.State == tcp.SynSent && v.Tries < cfg.SYNLinear
	if linear || b.Doublings > 0 && v.Backoffs >= int(b.Doublings) {
		return value
	}
	if v.Sampled || v.Backoffs > 0 {
		value -= b.Slop
	}
	return min(2*value+b.Slop, b.Max)
}

// retries is after how many retransmissions what is in front is given up; 0 if
// the time decides.
func (l *life) retries(cfg *tcp.Config) int {
	switch {
	case l.last.InFlight == 0: // a window probe
		return 0
	case l.opensActively():
		return cfg.SYNRetries
	case l.opens():
		return cfg.SYNACKRetries
	}
	return cfg.Retries
}

// r2 is how long a life may wait for an ACK of what is in front.
func (l *life) r2(cfg *tcp.Config) time.Duration {
	switch {
	case l.last.SndUna == l.iss:
		return cfg.R2SYN
	case l.last.Abandoned && cfg.R2Abandoned > 0:
		return cfg.R2Abandoned
	}
	return cfg.R2
}

// over reports whether a life that has waited so long is to be given up when
// its timer expires.
func (l *life) over(cfg *tcp.Config, stalled time.Duration) bool {
	if n := l.retries(cfg); n > 0 {
		return l.last.Tries >= n
	}
	return stalled >= l.r2(cfg)
}

// patience says what over goes by.
func (l *life) patience(cfg *tcp.Config) string {
	if n := l.retries(cfg); n > 0 {
		return fmt.Sprintf("%d allowed", n)
	}
	return fmt.Sprintf("R2 is %v", l.r2(cfg))
}

// byClock reports whether USER TIMEOUT decides instead (RFC 5482 3.1).
func (l *life) byClock(cfg *tcp.Config) bool {
	return cfg.UserTimeout != 0 || cfg.UTO != 0 && !l.opens()
}

// giveUp is how often a SYN is sent again that is never answered, and when it
// is given up: at the first expiry that finds it over, or when the open has
// taken too long.
func (l *life) giveUp(cfg *tcp.Config) (resent int, end time.Duration) {
	try := *l
	v := &try.last
	v.Tries, v.Backoffs, v.Sampled = 0, 0, false
	rto := min(cfg.RTO.Initial, cfg.RTO.Max)
	for end = rto; ; end += rto {
		switch {
		case cfg.OpenTimeout > 0 && l.opensActively() && end > cfg.OpenTimeout:
			return v.Tries, cfg.OpenTimeout
		case try.over(cfg, end):
			return v.Tries, end
		}
		if next := try.nextRTO(cfg, rto); next != rto || v.Backoffs > 0 {
			rto = next
			v.Backoffs++
		}
		v.Tries++
	}
}
