package script

import (
	"slices"
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
)

// appParser compiles the program of one process.
type appParser struct {
	parser
	spec    *sim.AppSpec
	names   []string // the sockets that were named so far
	uses    []token  // "c.send": sockets that a call names
	repeats int      // how many repeat blocks are open
}

// app compiles "-- app HOST [PROCESS [shares PROCESS]] --".
func (p *parser) app(sec section) {
	spec := p.appTitle(sec)
	a := &appParser{parser: *p, spec: &spec}
	a.toks = a.lex(sec.first, sec.end, false)
	for !a.over() {
		a.statement()
	}
	known := append(a.names, p.sharedNames(spec)...)
	for _, t := range a.uses {
		if name, _, _ := strings.Cut(t.src, "."); !slices.Contains(known, name) {
			p.fail(t, "%s", unknown("socket", name, known))
		}
	}
	p.sc.Apps = append(p.sc.Apps, spec)
}

// appTitle reads the title of an app section. The process without a name is
// called main when another shares its descriptors.
func (p *parser) appTitle(sec section) sim.AppSpec {
	q := &parser{source: p.source, sc: p.sc}
	q.toks = append(slices.Clone(sec.words), token{kind: stop, src: "--", line: sec.title.line, col: trace.Cells(sec.title.src) - 1})
	q.next()
	spec := sim.AppSpec{Pos: p.pos(sec.title), Host: q.host(q.word("the host of the app"))}
	if q.peek().kind == stop {
		return spec
	}
	t := q.word("the name of the process")
	if !isName(t.src) {
		q.wanted(t, "the name of the process")
	}
	spec.Name = t.src
	if q.acceptWord("shares") {
		t := q.word("the process whose descriptors it shares")
		if processes := p.processes(spec.Host); !slices.Contains(processes, t.src) {
			q.fail(t, "%s", unknown("process", t.src, processes))
		}
		spec.Shares = t.src
	}
	if q.peek().kind != stop {
		q.wanted(q.peek(), `"shares" or the end of the title`)
	}
	return spec
}

// processes is the names of a host's processes so far.
func (p *parser) processes(host int) []string {
	var names []string
	for _, a := range p.sc.Apps {
		if a.Host == host {
			names = append(names, processName(a))
		}
	}
	return names
}

func processName(a sim.AppSpec) string {
	if a.Name == "" {
		return "main"
	}
	return a.Name
}

// sharedNames is the sockets named in the process whose descriptors an app
// shares.
func (p *parser) sharedNames(spec sim.AppSpec) []string {
	var names []string
	for _, a := range p.sc.Apps {
		if a.Host != spec.Host || spec.Shares == "" || processName(a) != spec.Shares {
			continue
		}
		for _, in := range a.Code {
			if in.Assign != "" {
				names = append(names, in.Assign)
			}
		}
		names = append(names, p.sharedNames(a)...)
	}
	return names
}

// controlWords is the statements that are no calls.
var controlWords = []string{"sleep", "at", "until", "repeat", "fork", "exit", "reboot", "set", "limit"}

// statement compiles one statement with the block that may belong to it.
func (a *appParser) statement() {
	t := a.peek()
	switch {
	case t.kind == stop:
		a.next()
	case t.kind != word:
		a.wanted(t, "a call")
	case slices.Contains(controlWords, t.src):
		a.control(a.next())
	default:
		a.call()
	}
}

// endOfStatement takes a stop, or leaves the brace that ends the block.
func (a *appParser) endOfStatement() {
	if a.peek().kind != closeBlock {
		a.end()
	}
}

func (a *appParser) emit(in sim.Instr) int {
	a.spec.Code = append(a.spec.Code, in)
	return len(a.spec.Code) - 1
}

func (a *appParser) control(t token) {
	in := sim.Instr{Pos: a.pos(t)}
	switch t.src {
	case "sleep":
		in.Op, in.Dur = sim.OpSleep, a.duration(a.next())
	case "at":
		in.Op, in.At = sim.OpAt, a.instant(a.next())
	case "until":
		in.Op, in.Want = sim.OpUntil, a.want()
		a.block(t, in)
		return
	case "repeat":
		in.Op, in.N = sim.OpRepeat, int(a.number(a.next(), "a number of turns", 1, 1e9))
		if a.acceptWord("every") {
			in.Dur = a.duration(a.next())
		}
		a.repeats++
		a.block(t, in)
		a.repeats--
		return
	case "fork":
		in.Op = sim.OpFork
		a.block(t, in)
		return
	case "exit":
		in.Op = sim.OpExit
	case "reboot":
		in.Op = sim.OpReboot
	case "set":
		s := a.setting()
		in.Op, in.Opt, in.Text, in.Args = sim.OpSet, s.Key, s.Value, s.Key+"="+s.Value
	case "limit":
		first := a.peek()
		key, value, ok := a.pair()
		if !ok || key.src != "fds" {
			a.wanted(first, "fds=N")
		}
		in.Op, in.N, in.Args = sim.OpLimit, int(a.number(value, "a number of descriptors", 1, 1<<20)), "fds="+value.src
	}
	a.emit(in)
	a.endOfStatement()
}

// block compiles "{ … }" after the instruction that governs it. The two jump
// to each other: in.Jump is its OpEnd.
func (a *appParser) block(t token, in sim.Instr) {
	brace := a.symbol(openBlock, `"{"`)
	begin := a.emit(in)
	for a.peek().kind != closeBlock {
		if a.over() {
			a.fail(brace, `this block of %q is not closed; want "}"`, t.src)
		}
		a.statement()
	}
	end := a.next()
	a.spec.Code[begin].Jump = a.emit(sim.Instr{Pos: a.pos(end), Op: sim.OpEnd, Jump: begin})
	a.endOfStatement()
}

// when reads "at T", "within T" or "within T..T": when a call must return.
func (a *appParser) when() *sim.When {
	t := a.peek()
	if t.src != "at" && t.src != "within" || t.kind != word {
		return nil
	}
	a.next()
	arg := a.next()
	w := &sim.When{Pos: a.pos(t), Text: t.src + " " + arg.src}
	switch {
	case t.src == "at":
		w.From = a.instant(arg)
		w.To = w.From
	case strings.Contains(arg.src, ".."):
		w.From, w.To = a.span(arg)
	default:
		w.To, w.Relative = a.instant(arg), true
	}
	if w.To == clock.Never {
		a.wanted(arg, "a span with an end")
	}
	return w
}
