package script

import (
	"fmt"
	"slices"
	"strconv"

	"simrun/clock"
	"simrun/sim/trace"
	"simrun/tcp"
)

// windowFact says what the congestion control of a machine is after all steps
// of an instant, as it told last; Never is the end of the run.
type windowFact struct {
	machine
	what string // "cwnd", "ssthresh", "pipe" or "phase"
	want string
	at   clock.Time
}

// windowFact reads "HOST [cN] = N at T" and "= PHASE at T"; the end of the run
// is "at end".
func (p *parser) windowFact(what string) fact {
	f := windowFact{machine: p.whose(), what: what}
	t := p.next()
	if what == "phase" {
		if names := tcp.PhaseNames(); !slices.Contains(names, t.src) {
			p.fail(t, "%s", unknown("phase", t.src, names))
		}
		f.want = t.src
	} else {
		f.want = strconv.FormatUint(p.number(t, "octets", 0, 1<<32-1), 10)
	}
	p.keyword("at")
	if f.at = clock.Never; !p.acceptWord("end") {
		f.at = p.instant(p.next())
	}
	return f
}

func (f windowFact) judge(r *Result) (want, got string) {
	want = fmt.Sprintf("%s at %s", f.want, seconds(f.at))
	conn, last := f.conn(r.Log), (*trace.Event)(nil)
	for i := range r.Log.Events {
		e := &r.Log.Events[i]
		if e.Host == f.host && e.Conn == conn && e.Window.Phase != "" && e.At <= f.at {
			last = e
		}
	}
	if last == nil {
		return want, "no word of a window until then"
	}
	w := &last.Window
	is := map[string]string{
		"cwnd": strconv.Itoa(w.Cwnd), "ssthresh": strconv.Itoa(w.Ssthresh), "pipe": strconv.Itoa(w.Pipe), "phase": w.Phase,
	}[f.what]
	if is == f.want {
		return "", ""
	}
	return want, fmt.Sprintf("%s since %s", is, seconds(last.At))
}
