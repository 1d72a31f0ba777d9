package tcp

// renoAvoid opens the window by about a segment a round trip (RFC 5681 3.1,
// equation 3).
func renoAvoid(cwnd int, a *news) int {
	return cwnd + max(1, int(int64(a.mss)*int64(a.mss)/int64(cwnd)))
}

// renoThreshold is half of what was in flight (RFC 5681 3.1, equation 4).
func renoThreshold(flight int) int { return flight / 2 }
