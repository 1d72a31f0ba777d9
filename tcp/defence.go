package tcp

import (
	"time"

	"simrun/clock"
)

// What a connection does against those who lie to it, where it is more than a
// check of RFC 9293 3.10.7. Config has a switch for each.

// believe is what a sender without the check of SEG.ACK does: an ACK of what
// was never sent acknowledges all that was (Config.TrustACKs).
func (c *Conn) believe(s *step) {
	if c.cfg.TrustACKs && c.state.in(synchronized) && c.snd.max.Before(s.seg.Ack) {
		seg := *s.seg
		seg.Ack = c.snd.max
		s.seg = &seg
	}
}

// counted is how many octets an ACK of text opens the window by: those that it
// acknowledges, so that ten ACKs of one segment count as one (RFC 3465, RFC
// 5681 3.1); or a segment each (Config.CountACKs).
func (c *Conn) counted(text int) int {
	if c.cfg.CountACKs && text > 0 {
		return c.snd.mss
	}
	return text
}

// Throttle limits challenge ACKs, for each connection alone: a limit for all
// of them together would tell an attacker what others do (CVE-2016-5696).
type Throttle struct {
	since clock.Time
	sent  uint16
}

// mayChallenge counts a challenge ACK and reports whether it may be sent
// (RFC 5961 7).
func (c *Conn) mayChallenge(now clock.Time) bool {
	t := &c.challenges
	if t.sent == 0 || now.Sub(t.since) >= c.cfg.ChallengeInterval {
		*t = Throttle{since: now}
	}
	if int(t.sent) >= c.cfg.ChallengeLimit {
		return false
	}
	t.sent++
	return true
}

// Challenges is the connection's count of challenge ACKs; SetChallenges gives
// it another, where all of a host's share one (Config.SharedChallenges).
func (c *Conn) Challenges() Throttle { return c.challenges }

// SetChallenges is the other half of Challenges.
func (c *Conn) SetChallenges(t Throttle) { c.challenges = t }

// Age is how many challenge ACKs were sent in the interval that began so long
// ago: two throttles of the same age behave alike, and one whose interval is
// over is as good as new.
func (t *Throttle) Age(now clock.Time, interval time.Duration) (sent uint16, age time.Duration) {
	if age = now.Sub(t.since); age >= interval {
		return 0, 0
	}
	return t.sent, age
}
