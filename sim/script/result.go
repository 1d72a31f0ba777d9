package script

import (
	"fmt"
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
)

// Result is a finished run as plain data: its log, and what a log does not
// hold.
type Result struct {
	Log        *trace.Log
	Delivered  []Stream // what applications read, each pair of hosts once
	Unread     []int64  // by host: octets that arrived in order and nobody read
	Violations []string // the invariants that were violated, "I-16"
}

// Stream is the octets that went from one host's applications to another's.
type Stream struct {
	From, To int
	Octets   int64
}

// Failure is a fact that does not hold.
type Failure struct {
	Pos       sim.Pos
	Fact      string // "state A"
	Want, Got string
}

func (f Failure) String() string {
	return fmt.Sprintf("%v: %s: want %s\n   got %s", f.Pos, f.Fact, f.Want, f.Got)
}

// fact is judged against a run. When it holds, got is empty.
type fact interface {
	judge(r *Result) (want, got string)
}

// Evaluate judges the facts of the check section, in their order.
func (f *File) Evaluate(r *Result) []Failure {
	var failed []Failure
	for _, c := range f.Checks {
		if want, got := c.fact.judge(r); got != "" {
			failed = append(failed, Failure{c.Pos, c.Text, want, got})
		}
	}
	return failed
}

// count says a number was wanted and another found, or nothing if they agree.
func count[N int | int64](want, got N) (string, string) {
	if want == got {
		return "", ""
	}
	return fmt.Sprint(want), fmt.Sprint(got)
}

// seconds is an instant for messages: in seconds, with the decimals it needs
// but at least three.
func seconds(t clock.Time) string {
	if t == clock.Never {
		return "the end"
	}
	text := fmt.Sprintf("%d.%09d", t/1e9, t%1e9)
	for strings.HasSuffix(text, "000") && len(text)-strings.IndexByte(text, '.') > 4 {
		text = text[:len(text)-3]
	}
	return text + " s"
}
