package tcp

import (
	"math"
	"time"

	"simrun/wire"
)

// hystart is HyStart++ (RFC 9406): slow start ends before it loses anything, for
// a round trip that grows tells of a queue. Its first answer is to go on more
// slowly (Conservative Slow Start); if the round trip falls again it was noise.
type hystart struct {
	end      wire.Seq      // windowEnd: the round ends when this number is acknowledged
	last     time.Duration // lastRoundMinRTT; 0: none
	least    time.Duration // currentRoundMinRTT, once there are samples
	samples  uint8         // in this round, as far as they count
	round    uint8         // of Conservative Slow Start, from 1; 0: slow start
	baseline time.Duration // cssBaselineMinRtt
}

// The constants of RFC 9406 4.3.
const (
	hystartMinThresh = 4 * time.Millisecond
	hystartMaxThresh = 16 * time.Millisecond
	hystartDivisor   = 8 // MIN_RTT_DIVISOR
	hystartSamples   = 8 // N_RTT_SAMPLE
	hystartGrowth    = 4 // CSS_GROWTH_DIVISOR
	hystartRounds    = 5 // CSS_ROUNDS
	hystartBurst     = 8 // L, without pacing
)

// growth is what an ACK adds to the window (RFC 9406 4.2).
func (h *hystart) growth(a *news) int {
	n := min(a.n, hystartBurst*a.mss)
	if h.round > 0 {
		n /= hystartGrowth
	}
	return n
}

// watchRound takes the round trip that an ACK measures, in the first slow start
// alone: later ones end at an ssthresh that was learnt (RFC 9406 4.3). A round
// needs eight samples, and one timed segment gives one: so they are those that
// the peer echoes, and without timestamps this is slow start as ever.
func (c *Conn) watchRound(s *step) {
	h := &c.cc.slow
	if !c.cc.firstSlowStart(c.cfg) || c.rec.phase != phaseOpen {
		return
	}
	if h.end.Before(c.snd.una) {
		c.nextRound(s)
	}
	rtt, ok := c.echoed(s)
	if !ok || c.cc.ssthresh != unlimited {
		return
	}
	if h.samples == 0 {
		h.least = math.MaxInt64
	}
	h.least = min(h.least, rtt)
	h.samples = min(h.samples+1, hystartSamples)
	switch {
	case h.samples < hystartSamples:
	case h.round == 0 && h.last > 0 && h.least >= h.last+min(max(h.last/hystartDivisor, hystartMinThresh), hystartMaxThresh):
		h.baseline, h.round = h.least, 1
		s.out.signal(c.windowSignal(SlowStartPaced, 0))
	case h.round > 0 && h.least < h.baseline:
		h.baseline, h.round = 0, 0
		s.out.signal(c.windowSignal(SlowStartResumed, 0))
	}
}

// firstSlowStart reports whether HyStart++ is at work.
func (cc *congestion) firstSlowStart(cfg *Config) bool {
	return cfg.HyStart && cc.ssthresh == unlimited
}

// nextRound begins a round; when the last of Conservative Slow Start is over,
// congestion avoidance begins with the window as it is.
func (c *Conn) nextRound(s *step) {
	h := &c.cc.slow
	h.last = 0
	if h.samples > 0 {
		h.last = h.least
	}
	h.end, h.least, h.samples = c.snd.nxt, 0, 0
	if h.round == 0 {
		return
	}
	if h.round < hystartRounds {
		h.round++
		return
	}
	c.cc.ssthresh, h.round = c.cc.cwnd, 0
	s.out.signal(c.windowSignal(SlowStartEnded, c.cc.ssthresh))
}
