package tcp

import "math"

// congestion is the congestion window (RFC 5681). Windows are octets.
type congestion struct {
	cwnd, ssthresh int
	limited        bool // the window was what stopped the last output
}

// initial sets the windows of a new connection (RFC 5681 3.1, RFC 6928).
func (cc *congestion) initial(cfg *Config, mss int) {
	segments := cfg.InitialWindow
	if segments == 0 {
		switch {
		case mss > 2190:
			segments = 2
		case mss > 1095:
			segments = 3
		default:
			segments = 4
		}
	}
	*cc = congestion{cwnd: segments * mss, ssthresh: math.MaxInt32}
}

// grow opens the window for octets that were acknowledged: by as many in slow
// start, by about a segment a round trip in congestion avoidance (RFC 5681
// 3.1, equations 2 and 3). A window that was not used is not opened.
func (cc *congestion) grow(acked, mss int) {
	if !cc.limited {
		return
	}
	if cc.cwnd < cc.ssthresh {
		cc.cwnd += min(acked, mss)
		return
	}
	cc.cwnd += max(1, mss*mss/cc.cwnd)
}

// cut is the answer to a loss: half of what was in flight (RFC 5681 3.1,
// equation 4).
func (cc *congestion) cut(flight, mss int) {
	cc.ssthresh = max(flight/2, 2*mss)
	cc.cwnd = cc.ssthresh
}
