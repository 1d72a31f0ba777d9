package script

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
)

// Limits bounds a run: one that has not come to rest by then is stuck.
type Limits struct {
	Time  clock.Time // virtual
	Steps int
}

// DefaultLimits is enough for a day of probes of a shut window.
var DefaultLimits = Limits{Time: clock.At(7 * 24 * time.Hour), Steps: 2_000_000}

// Run is a finished run of a scenario.
type Run struct {
	World *sim.World
	Log   *trace.Log
	// Edited: the scenario was changed on the command line, so what it
	// expects is shown, not enforced.
	Edited  bool
	Unmet   []Failure       // facts of the check section that do not hold
	Failed  []sim.Failure   // calls that did not return what they must
	Blocked []sim.Blocked   // calls that never returned
	Stuck   string          // the limit that was reached, and how things stood
	Broken  []sim.Violation // invariants that did not hold
}

// Run makes the world of a scenario, with edits, and drives it until nothing
// can happen any more. The error says what is wrong before the run.
func (f *File) Run(edits Edits, codec sim.Codec, limits Limits) (*Run, error) {
	sc, err := f.Edit(edits)
	if err != nil {
		return nil, err
	}
	w, err := sim.New(sc)
	if err != nil {
		return nil, err
	}
	defer w.Stop()
	w.UseCodec(codec)
	w.Tolerate(f.violated()...)
	r := &Run{World: w, Log: w.Record(), Edited: len(edits) > 0}
	r.Log.Command = f.Command(edits)
	r.drive(limits)
	w.CheckEnd()
	w.Finish()
	for _, v := range w.Violations() {
		if !v.Tolerated {
			r.Broken = append(r.Broken, v)
		}
	}
	r.Failed = w.Failures()
	r.Unmet = f.Evaluate(f.result(r))
	for _, b := range w.BlockedApps() {
		if !b.Want && sc.End == 0 && r.Stuck == "" {
			r.Blocked = append(r.Blocked, b)
		}
	}
	return r, nil
}

func (r *Run) drive(limits Limits) {
	for {
		at, ok := r.World.Next()
		if !ok {
			return
		}
		if at > limits.Time || r.World.Steps() >= limits.Steps {
			r.Stuck = fmt.Sprintf("limit reached: not at rest within %s and %d steps, but at %s after %d steps: %s",
				trace.Duration(limits.Time.Since()), limits.Steps,
				trace.Duration(r.World.Now().Since()), r.World.Steps(), r.World.Describe())
			return
		}
		var v *sim.Violation
		if err := r.World.Step(); errors.As(err, &v) {
			return // a bug of ours: what follows would mean nothing
		}
	}
}

// violated is the invariants that the check section says do not hold.
func (f *File) violated() (ids []string) {
	for _, c := range f.Checks {
		if v, ok := c.fact.(violatesFact); ok {
			ids = append(ids, v.id)
		}
	}
	return ids
}

// result is what the facts of the check section are judged by.
func (f *File) result(r *Run) *Result {
	res := &Result{Log: r.Log}
	for _, v := range r.World.Violations() {
		res.Violations = append(res.Violations, v.ID)
	}
	for from, h := range r.World.Hosts() {
		res.Unread = append(res.Unread, h.Unread)
		for to, n := range h.DeliveredFrom {
			if n > 0 {
				res.Delivered = append(res.Delivered, Stream{From: to, To: from, Octets: n})
			}
		}
	}
	return res
}

// OK reports whether the run is as its scenario says: nothing failed that is
// enforced. With edits only invariants and limits are.
func (r *Run) OK() bool {
	if len(r.Broken) > 0 || r.Stuck != "" {
		return false
	}
	return r.Edited || len(r.Unmet)+len(r.Failed)+len(r.Blocked) == 0
}

// Problems is everything that was not as expected, a text each, in the order
// of its weight.
func (r *Run) Problems() (all []string) {
	for i := range r.Broken {
		all = append(all, r.Broken[i].Error())
	}
	if r.Stuck != "" {
		all = append(all, r.Stuck)
	}
	for _, f := range r.Failed {
		all = append(all, f.String())
	}
	for _, f := range r.Unmet {
		all = append(all, f.String())
	}
	for _, b := range r.Blocked {
		all = append(all, b.String())
	}
	return all
}

// Verdict is how the run ended, for the ladder's last line.
func (r *Run) Verdict() string {
	n := len(r.Problems())
	switch {
	case n == 0:
		return "ok"
	case r.OK():
		return fmt.Sprintf("%s not met, as edited", plural(n, "expectation"))
	}
	return fmt.Sprintf("FAILED: %s", plural(n, "problem"))
}

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}

// Golden is the ladder as want sections hold it: 80 columns, no colour,
// Unicode.
func (r *Run) Golden() (string, error) {
	var b strings.Builder
	err := trace.Ladder(&b, r.Log, trace.Options{Width: 80, Verdict: r.Verdict()})
	return b.String(), err
}
