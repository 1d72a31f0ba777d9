package script

import (
	"fmt"
	"slices"
	"strings"

	"simrun/clock"
	"simrun/sim/trace"
)

// machine is one end of a connection: the host's n-th.
type machine struct {
	host, nth int
}

// stay is how long a machine was in one state, and the event that began it.
type stay struct {
	state    string
	from, to clock.Time
	event    *trace.Event // nil for the state that it began in
}

// conn is the machine's connection in the log, -1 if there is none.
func (m machine) conn(l *trace.Log) int {
	left := m.nth
	for i, c := range l.Conns {
		if c.Ends[0].Host == m.host || c.Ends[1].Host == m.host {
			if left--; left == 0 {
				return i
			}
		}
	}
	return -1
}

// stays is the life of a machine in states. A host without any connection has
// that of its listeners.
func (m machine) stays(l *trace.Log) []stay {
	conn := m.conn(l)
	var out []stay
	for i := range l.Events {
		e := &l.Events[i]
		if e.Kind != trace.State || e.Host != m.host || e.Conn != conn || e.From == e.To {
			continue
		}
		if len(out) == 0 {
			out = append(out, stay{state: e.From})
		}
		out[len(out)-1].to = e.At
		out = append(out, stay{state: e.To, from: e.At, event: e})
	}
	if len(out) == 0 {
		out = []stay{{state: "CLOSED"}}
	}
	out[len(out)-1].to = clock.Never
	return out
}

// at is the stay that goes on after all that happens at an instant.
func at(stays []stay, t clock.Time) stay {
	last := stays[0]
	for _, s := range stays {
		if s.from <= t {
			last = s
		}
	}
	return last
}

// stateFact says which state it is after all steps of an instant; Never is
// the end of the run.
type stateFact struct {
	machine
	state string
	at    clock.Time
}

func (f stateFact) judge(r *Result) (want, got string) {
	s := at(f.stays(r.Log), f.at)
	if s.state == f.state {
		return "", ""
	}
	return fmt.Sprintf("%s at %s", f.state, seconds(f.at)), s.text(r.Log)
}

// stayFact says that a state begins at one instant and ends at another.
type stayFact struct {
	machine
	state    string
	from, to clock.Time
	then     string // "": whatever
}

func (f stayFact) judge(r *Result) (want, got string) {
	stays := f.stays(r.Log)
	i := slices.IndexFunc(stays, func(s stay) bool { return s.state == f.state && s.from == f.from })
	if i < 0 {
		want = fmt.Sprintf("%s from %s", f.state, seconds(f.from))
		if i = slices.IndexFunc(stays, func(s stay) bool { return s.state == f.state }); i >= 0 {
			return want, stays[i].text(r.Log)
		}
		return want, at(stays, f.from).text(r.Log)
	}
	if stays[i].to != f.to {
		want = fmt.Sprintf("%s until %s", f.state, seconds(f.to))
		if i+1 == len(stays) {
			return want, f.state + " until the end"
		}
		return want, stays[i+1].text(r.Log)
	}
	if f.then != "" && (i+1 == len(stays) || stays[i+1].state != f.then) {
		if i+1 == len(stays) {
			return f.then, f.state + " until the end"
		}
		return fmt.Sprintf("%s after %s", f.then, f.state), stays[i+1].text(r.Log)
	}
	return "", ""
}

// pathFact lists all states that a machine enters.
type pathFact struct {
	machine
	states []string
}

func (f pathFact) judge(r *Result) (want, got string) {
	var states []string
	for _, s := range f.stays(r.Log)[1:] {
		states = append(states, s.state)
	}
	if slices.Equal(states, f.states) {
		return "", ""
	}
	return strings.Join(f.states, " "), orNone(states, " ")
}

// text says when a stay began, and why: the cause of the step, and the row of
// the table that fired.
func (s stay) text(l *trace.Log) string {
	if s.event == nil {
		return s.state + " from the start"
	}
	text := fmt.Sprintf("%s at %s", s.state, seconds(s.from))
	cause, row := "", ""
	if r := s.event.Row; r.ID != "" {
		row = fmt.Sprintf(" (%s; %s)", r.ID, strings.TrimPrefix(strings.TrimPrefix(r.Ref, "RFC 9293 "), "RFC 9260 "))
	}
	for id := s.event.ID; id > 0 && l.Event(id).Step == s.event.Step; id-- {
		e := l.Event(id)
		switch e.Kind {
		case trace.Timer:
			cause = e.Text
		case trace.Call, trace.Return:
			cause = e.Call.Name
		case trace.Arrive:
			p := &l.Packets[e.Packet]
			cause = fmt.Sprintf("%s %s came", packetName(l, p), itemOf(p).kind())
		}
	}
	if cause == "" {
		return text + row
	}
	return text + ": " + cause + row
}
