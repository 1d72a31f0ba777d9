package tcp

import (
	"math"
	"math/bits"
	"sort"
	"time"

	"simrun/clock"
)

// cubic is what CUBIC knows beside the windows (RFC 9438 4.1): the window grows
// along a cubic function of the time since the last reduction, steep far from
// where that happened and flat near it. All is in integers: octets and
// microseconds, each division keeping its remainder.
type cubic struct {
	wmax  int64 // W_max, the plateau; 0: none is known
	prior int64 // cwnd_prior, the window before the last reduction
	start int64 // cwnd_epoch, the window when this stage of avoidance began; 0: it has not
	k     int64 // K, microseconds from then to the plateau

	ran time.Duration // t up to at, without what was limited by the application
	at  clock.Time

	est        int64 // W_est, what Reno would have
	rest       int64 // what the last division left of the window
	restOfReno int64 // and of W_est
}

// beta is beta_cubic = 0.7 (RFC 9438 4.6).
func beta(window int64) int64 { return window * 7 / 10 }

// longest is the longest time, in microseconds, that the curve is drawn for:
// more than half an hour, when any window has long reached its clamp.
const longest = math.MaxInt32

// rise is C*d^3 with C = 0.4 segments a cubic second (RFC 9438 5): by how many
// octets the curve leaves the plateau in d microseconds, rounded down. The
// product takes 128 bits.
func rise(d int64, mss int) int64 {
	d = min(d, longest)
	hi, lo := bits.Mul64(uint64(d*d), uint64(2*d*int64(mss)))
	octets, _ := bits.Div64(hi, lo, 5_000_000_000_000_000_000)
	return int64(octets)
}

// run is K: the cube root of how far the plateau is, over C (RFC 9438 4.2,
// equation 2), rounded up to the microsecond. It is sought where rise is
// monotonic, so that both agree to the octet.
func run(octets int64, mss int) int64 {
	return int64(sort.Search(longest, func(d int) bool { return rise(int64(d), mss) >= octets }))
}

// curve is W_cubic(t) (RFC 9438 4.2, equation 1).
func (q *cubic) curve(t time.Duration, mss int) int64 {
	d := t.Microseconds() - q.k
	if d < 0 {
		return q.wmax - rise(-d, mss)
	}
	return q.wmax + rise(d, mss)
}

// begin starts a stage of congestion avoidance. Where the window has passed the
// plateau, or none is known (after an RTO, or a slow start that ended without a
// loss), the curve begins at its flat part: K = 0 (RFC 9438 4.8, 4.10).
func (q *cubic) begin(cwnd int64, a *news) {
	q.wmax = max(q.wmax, cwnd)
	q.start, q.est = cwnd, cwnd
	q.k = run(q.wmax-cwnd, a.mss)
	q.ran, q.at = 0, a.now
	q.rest, q.restOfReno = 0, 0
}

// avoid is the window after an ACK in congestion avoidance (RFC 9438 4.2 to
// 4.5): as Reno's where that grows faster, else a part of the way to where the
// curve will be a round trip from now.
func (q *cubic) avoid(window int, a *news) int {
	cwnd, mss := int64(window), int64(a.mss)
	if q.start == 0 {
		q.begin(cwnd, a)
	}
	q.follow(cwnd, a)
	t := q.ran + a.now.Sub(q.at)
	if q.curve(t, a.mss) < q.est {
		return int(max(cwnd, q.est))
	}
	target := min(max(q.curve(t+a.srtt, a.mss), cwnd), cwnd*3/2)
	grown := (target-cwnd)*mss + q.rest
	q.rest = grown % cwnd
	return int(cwnd + grown/cwnd)
}

// follow moves W_est on (RFC 9438 4.3, equation 4). alpha_cubic is 9/17, which
// makes up for the smaller cut, until the window of before is reached; then 1.
func (q *cubic) follow(cwnd int64, a *news) {
	alpha := int64(9)
	if q.est >= q.prior {
		alpha = 17
	}
	grown := alpha*int64(a.n)*int64(a.mss) + q.restOfReno
	q.est += grown / (17 * cwnd)
	q.restOfReno = grown % (17 * cwnd)
}

// threshold is ssthresh after congestion (RFC 9438 4.6). The plateau becomes
// the window of now; or less, if it had not come back to where it was: another
// flow may want the rest (RFC 9438 4.7, fast convergence).
func (q *cubic) threshold(cwnd, flight int) int {
	now := int64(cwnd)
	plateau := now
	if now < q.wmax {
		plateau = now * 17 / 20 // (1 + beta) / 2
	}
	*q = cubic{wmax: plateau, prior: now}
	return int(beta(int64(flight)))
}

// forget ends the stage and its plateau: after an RTO the next one begins flat
// (RFC 9438 4.8).
func (q *cubic) forget() { *q = cubic{prior: q.prior} }

// pause ends the stage; the next begins when slow start is over.
func (q *cubic) pause() { *q = cubic{wmax: q.wmax, prior: q.prior} }

// tick moves t on, if the window was in use since.
func (q *cubic) tick(now clock.Time, limited bool) {
	if q.start == 0 {
		return
	}
	if limited {
		q.ran += now.Sub(q.at)
	}
	q.at = now
}
