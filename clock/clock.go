// Package clock is virtual time: instants, sets of deadlines kept as plain
// values, and the heap of actors that says who acts next.
//
// Nothing here ever reads the wall clock. A run starts at instant 0 and time
// moves only when the heap says that nothing is left to do at this instant.
package clock

import (
	"math"
	"time"
)

// Time is an instant of virtual time in nanoseconds since the start of the run.
type Time int64

// Never is later than every instant that can be reached.
const Never Time = math.MaxInt64

// Add is the instant d later; it stays at Never rather than wrap.
func (t Time) Add(d time.Duration) Time {
	if sum := t + Time(d); d < 0 || sum >= t {
		return sum
	}
	return Never
}

// Sub is the time from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t - u) }

// At is the instant d after the start of the run.
func At(d time.Duration) Time { return Time(d) }

// Since is the time from the start of the run to t.
func (t Time) Since() time.Duration { return time.Duration(t) }

// String prints the instant in seconds, exactly, as "4.002s".
func (t Time) String() string {
	if t == Never {
		return "never"
	}
	return time.Duration(t).String()
}
