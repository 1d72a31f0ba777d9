// Package rto is the retransmission timer's estimator that TCP and SCTP share:
// RFC 6298 section 2, which is RFC 9260 section 6.3.1 with other words.
// It works in integer nanoseconds, so that every machine computes the same.
package rto

import "time"

// Bounds limits and starts an estimator.
type Bounds struct {
	Initial     time.Duration // before the first sample (RFC 6298 2.1: 1 s)
	Min         time.Duration // floor (RFC 6298 2.4: 1 s)
	Max         time.Duration // ceiling, also of backoff (RFC 6298 2.5: at least 60 s)
	Granularity time.Duration // G, the clock's granularity: the least that RTTVAR adds
	Doublings   uint8         // how often the RTO is doubled at most; 0: until Max
	Slop        time.Duration // added to every RTO but the very first; no RFC has it (FreeBSD)
}

// Estimator holds SRTT, RTTVAR and the backoff. Its zero value has no sample.
type Estimator struct {
	srtt8   int64 // SRTT in ns, times 8, so that alpha = 1/8 loses no bits
	rttvar4 int64 // RTTVAR in ns, times 4, so that beta = 1/4 loses no bits
	sampled bool
	start   time.Duration // what Restart put in place of Bounds.Initial; 0: nothing
	backoff uint8         // how often the RTO has been doubled since the last sample
}

// maxBackoff bounds the doubling well past any ceiling, so shifts stay safe.
const maxBackoff = 30

// Sample takes one round-trip time measurement (RFC 6298 2.2, 2.3) and ends
// the backoff. Karn's rule, which measurements are fit to use, is the caller's.
func (e *Estimator) Sample(r time.Duration) {
	rtt := int64(r)
	if !e.sampled {
		e.srtt8 = rtt * 8
		e.rttvar4 = rtt * 2 // R/2, times 4
		e.sampled = true
	} else {
		// RTTVAR is updated first: it uses the old SRTT.
		deviation := e.srtt8/8 - rtt
		if deviation < 0 {
			deviation = -deviation
		}
		e.rttvar4 += deviation - e.rttvar4/4
		e.srtt8 += rtt - e.srtt8/8
	}
	e.backoff = 0
}

// Careful is an estimator for the first sample of new data after a time-out that
// was spurious: no less than before it and no less than the sample asks for
// (RFC 4015 3.1 step 11).
func (e Estimator) Careful(r, granularity time.Duration) Estimator {
	srtt := time.Duration(e.srtt8/8) + 2*granularity
	if !e.sampled {
		srtt = 0
	}
	return Estimator{
		srtt8: int64(max(srtt, r)) * 8, rttvar4: max(e.rttvar4, int64(r)*2), sampled: true,
	}
}

// Backoff doubles the RTO after an expiry (RFC 6298 5.5).
func (e *Estimator) Backoff() { e.backoff = min(e.backoff+1, maxBackoff) }

// ClearBackoff ends the doubling without a sample.
func (e *Estimator) ClearBackoff() { e.backoff = 0 }

// Restart forgets all samples; until the next one the RTO is the given one
// (RFC 6298 5.7: 3 s after a SYN that had to be retransmitted).
func (e *Estimator) Restart(rto time.Duration) { *e = Estimator{start: rto} }

// Backoffs is how often the RTO is doubled at the moment.
func (e *Estimator) Backoffs() int { return int(e.backoff) }

// SRTT is the smoothed round-trip time, and whether there is one yet.
func (e *Estimator) SRTT() (time.Duration, bool) { return time.Duration(e.srtt8 / 8), e.sampled }

// RTTVAR is the round-trip time's variation; 0 before the first sample.
func (e *Estimator) RTTVAR() time.Duration { return time.Duration(e.rttvar4 / 4) }

// Base is the RTO without backoff: SRTT + max(G, 4*RTTVAR) within the bounds.
func (e *Estimator) Base(b *Bounds) time.Duration {
	if !e.sampled {
		if e.start != 0 {
			return e.start
		}
		return b.Initial
	}
	base := time.Duration(e.srtt8/8) + max(b.Granularity, time.Duration(e.rttvar4))
	return min(max(base, b.Min), b.Max)
}

// RTO is the time-out to arm now: the base, doubled per backoff, and the slop,
// up to Max.
func (e *Estimator) RTO(b *Bounds) time.Duration {
	rto := e.Base(b)
	for i := range e.backoff {
		if rto >= b.Max || i == b.Doublings && i > 0 {
			break
		}
		rto *= 2
	}
	if e.sampled || e.backoff > 0 {
		rto += b.Slop
	}
	return min(rto, b.Max)
}

// AppendState appends every field, for canonical hashing of states.
func (e *Estimator) AppendState(b []byte) []byte {
	sampled := byte(0)
	if e.sampled {
		sampled = 1
	}
	b = append(b, e.backoff, sampled)
	for _, v := range [...]int64{e.srtt8, e.rttvar4, int64(e.start)} {
		b = append(b, byte(v), byte(v>>8), byte(v>>16), byte(v>>24), byte(v>>32), byte(v>>40), byte(v>>48), byte(v>>56))
	}
	return b
}
