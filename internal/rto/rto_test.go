package rto_test

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"simrun/internal/rto"
)

var rfc = rto.Bounds{Initial: time.Second, Min: time.Second, Max: 60 * time.Second, Granularity: time.Millisecond}

func TestFirstSample(t *testing.T) {
	var e rto.Estimator
	if got := e.RTO(&rfc); got != time.Second {
		t.Errorf("RTO before a sample = %v, want 1s", got)
	}
	e.Sample(20 * time.Millisecond)
	srtt, ok := e.SRTT()
	if !ok || srtt != 20*time.Millisecond || e.RTTVAR() != 10*time.Millisecond {
		t.Errorf("SRTT %v %v, RTTVAR %v; want 20ms, 10ms", srtt, ok, e.RTTVAR())
	}
	// 20 ms + 4 * 10 ms = 60 ms is below the floor of RFC 6298 2.4.
	if got := e.RTO(&rfc); got != time.Second {
		t.Errorf("RTO = %v, want the 1s floor", got)
	}
	low := rfc
	low.Min = 0
	if got := e.RTO(&low); got != 60*time.Millisecond {
		t.Errorf("RTO without a floor = %v, want 60ms", got)
	}
}

func TestBackoffDoublesToMax(t *testing.T) {
	var e rto.Estimator
	e.Sample(20 * time.Millisecond)
	for i, want := range []int{1, 2, 4, 8, 16, 32, 60, 60} {
		if got := e.RTO(&rfc); got != time.Duration(want)*time.Second {
			t.Errorf("after %d expiries RTO = %v, want %ds", i, got, want)
		}
		e.Backoff()
	}
	for range 300 {
		e.Backoff()
	}
	if got := e.RTO(&rfc); got != rfc.Max {
		t.Errorf("RTO after very many expiries = %v, want %v", got, rfc.Max)
	}
	e.Sample(20 * time.Millisecond)
	if got := e.RTO(&rfc); got != time.Second {
		t.Errorf("RTO after a new sample = %v, want 1s", got)
	}
}

// TestTwin compares with RFC 6298's formulas in floating point: the integers
// may be off by rounding alone.
func TestTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var e rto.Estimator
		var srtt, rttvar float64
		base := 1 + rnd.Int64N(int64(2*time.Second))
		for i := range 100 {
			r := base + rnd.Int64N(base)
			e.Sample(time.Duration(r))
			if i == 0 {
				srtt, rttvar = float64(r), float64(r)/2
			} else {
				rttvar = 0.75*rttvar + 0.25*math.Abs(srtt-float64(r))
				srtt = 0.875*srtt + 0.125*float64(r)
			}
			got, _ := e.SRTT()
			if math.Abs(float64(got)-srtt) > 16 || math.Abs(float64(e.RTTVAR())-rttvar) > 64 {
				t.Fatalf("sample %d: SRTT %d RTTVAR %d, want %.1f %.1f", i, got, e.RTTVAR(), srtt, rttvar)
			}
		}
	}
}

// TestSlop: it is added after the doubling, and to every RTO but the very
// first; Max bounds it too.
func TestSlop(t *testing.T) {
	b := rto.Bounds{Initial: time.Second, Min: 30 * time.Millisecond, Max: 64 * time.Second, Slop: 200 * time.Millisecond}
	var e rto.Estimator
	for _, want := range []time.Duration{1000, 2200, 4200, 8200, 16200, 32200, 64000} {
		if got := e.RTO(&b); got != want*time.Millisecond {
			t.Errorf("after %d expiries of a SYN RTO = %v, want %vms", e.Backoffs(), got, int(want))
		}
		e.Backoff()
	}
	e.Sample(20 * time.Millisecond)
	for _, want := range []time.Duration{260, 320, 440} {
		if got := e.RTO(&b); got != want*time.Millisecond {
			t.Errorf("after %d expiries RTO = %v, want %vms", e.Backoffs(), got, int(want))
		}
		e.Backoff()
	}
}

// TestDoublings: the RTO stops growing after so many.
func TestDoublings(t *testing.T) {
	b := rfc
	b.Doublings = 2
	var e rto.Estimator
	for i, want := range []time.Duration{1, 2, 4, 4, 4} {
		if got := e.RTO(&b); got != want*time.Second {
			t.Errorf("after %d expiries RTO = %v, want %ds", i, got, int(want))
		}
		e.Backoff()
	}
}

// RFC 4015 3.1 step 11: after a spurious time-out SRTT and RTTVAR are no less
// than they were, and no less than the first sample of new data gives; the
// doubling ends.
func TestCareful(t *testing.T) {
	for _, c := range []struct{ before, sample, srtt, rttvar time.Duration }{
		{100, 400, 400, 200},
		{100, 20, 102, 50},
		{100, 101, 102, 51}, // 101/2, rounded
	} {
		var e rto.Estimator
		e.Sample(c.before * time.Millisecond)
		e.Backoff()
		e = e.Careful(c.sample*time.Millisecond, time.Millisecond)
		srtt, _ := e.SRTT()
		if srtt != c.srtt*time.Millisecond || (e.RTTVAR()+500*time.Microsecond).Truncate(time.Millisecond) != c.rttvar*time.Millisecond || e.Backoffs() != 0 {
			t.Errorf("%v ms, then %v ms: SRTT %v, RTTVAR %v, %d backoffs; want %v ms, %v ms, none", c.before, c.sample, srtt, e.RTTVAR(), e.Backoffs(), c.srtt, c.rttvar)
		}
	}
}
