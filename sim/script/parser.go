package script

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
)

// parser reads tokens one by one. Its methods do not return when they meet a
// mistake: see rescue.
type parser struct {
	*source
	sc   *sim.Scenario // what is compiled; its hosts and links are known early
	toks []token       // ends with a stop
	at   int
}

// peek is the next token; at the end of the tokens that is their last stop.
func (p *parser) peek() token { return p.toks[min(p.at, len(p.toks)-1)] }

// after is the token n places behind the next one.
func (p *parser) after(n int) token { return p.toks[min(p.at+n, len(p.toks)-1)] }

func (p *parser) next() token {
	t := p.peek()
	p.at++
	return t
}

// over reports whether no token is left.
func (p *parser) over() bool { return p.at >= len(p.toks) }

// is reports whether the next token is this word.
func (p *parser) is(name string) bool {
	t := p.peek()
	return t.kind == word && t.src == name
}

// accept takes the next token if it is of this kind.
func (p *parser) accept(k kind) bool {
	if p.peek().kind != k {
		return false
	}
	p.at++
	return true
}

// acceptWord takes the next token if it is this word.
func (p *parser) acceptWord(name string) bool {
	if !p.is(name) {
		return false
	}
	p.at++
	return true
}

// word takes a word; want says which, for the error.
func (p *parser) word(want string) token {
	if p.peek().kind != word {
		p.wanted(p.peek(), want)
	}
	return p.next()
}

// keyword takes just this word.
func (p *parser) keyword(name string) token {
	if !p.is(name) {
		p.wanted(p.peek(), strconv.Quote(name))
	}
	return p.next()
}

// symbol takes a token of this kind; want says which, for the error.
func (p *parser) symbol(k kind, want string) token {
	if p.peek().kind != k {
		p.wanted(p.peek(), want)
	}
	return p.next()
}

// end takes the end of the statement.
func (p *parser) end() {
	if t := p.peek(); t.kind != stop {
		p.wanted(t, "the end of the line")
	}
	p.at++
}

// wanted reports what was wanted in place of a token.
func (p *parser) wanted(t token, want string) {
	p.fail(t, "want %s, found %s", want, found(t))
}

// found is how a message names a token.
func found(t token) string {
	if t.kind == stop && t.src == "\n" {
		return "the end of the line"
	}
	if t.kind == quoted {
		return t.src
	}
	return strconv.Quote(t.src)
}

// pair takes "key=value" and reports whether it stood there.
func (p *parser) pair() (key, value token, ok bool) {
	if p.peek().kind != word || p.after(1).kind != equals || !p.after(1).glued {
		return key, value, false
	}
	key, _, value = p.next(), p.next(), p.peek()
	if !value.glued || value.kind != word && value.kind != quoted {
		p.fail(value, "want a value after %q, found %s", key.src+"=", found(value))
	}
	return key, p.next(), true
}

// duration reads a token as a time.
func (p *parser) duration(t token) time.Duration {
	if t.kind != word {
		p.wanted(t, "a time such as 2s, 1.5s or 250ms")
	}
	d, problem := parseDuration(t.src)
	if problem != "" {
		p.fail(t, "want a time such as 2s, 1.5s or 250ms, found %s%s", found(t), problem)
	}
	return d
}

// instant reads a token as a time since the start of the run.
func (p *parser) instant(t token) clock.Time { return clock.At(p.duration(t)) }

// span reads "T..T", and "T.." as a span without end.
func (p *parser) span(t token) (from, to clock.Time) {
	a, b, ok := strings.Cut(t.src, "..")
	if t.kind != word || !ok {
		p.wanted(t, "a span of time such as 5s..90s")
	}
	first, second := t, t
	first.src, second.src, second.col = a, b, t.col+trace.Cells(a)+2
	from, to = p.instant(first), clock.Never
	if b != "" {
		to = p.instant(second)
	}
	if to < from {
		p.fail(second, "want a time that is not before %s, found %s", a, found(second))
	}
	return from, to
}

// number reads a token as a whole number within bounds.
func (p *parser) number(t token, what string, least, most uint64) uint64 {
	n, err := strconv.ParseUint(t.src, 10, 64)
	if t.kind != word || err != nil && !isDigits(t.src) {
		p.wanted(t, what)
	}
	if err != nil || n < least || n > most {
		p.fail(t, "want %s from %d to %d, found %s", what, least, most, found(t))
	}
	return n
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// host reads a token as the name of a host; names ignore case.
func (p *parser) host(t token) int { return p.hostNamed(t, t.src) }

func (p *parser) hostNamed(t token, name string) int {
	if t.kind != word {
		p.wanted(t, "the name of a host")
	}
	i := hostIndex(p.sc, name)
	if i < 0 {
		p.fail(t, "%s", unknown("host", name, hostNames(p.sc)))
	}
	return i
}

// hostIndex is the host with a name, or -1.
func hostIndex(sc *sim.Scenario, name string) int {
	return slices.IndexFunc(sc.Hosts, func(h sim.HostSpec) bool { return strings.EqualFold(h.Name, name) })
}

func hostNames(sc *sim.Scenario) []string {
	var names []string
	for _, h := range sc.Hosts {
		names = append(names, h.Name)
	}
	return names
}

// link reads a token as the name of a link.
func (p *parser) link(t token) int {
	if t.kind != word {
		p.wanted(t, "the name of a link")
	}
	var names []string
	for i := range p.sc.Links {
		names = append(names, linkName(p.sc, i))
	}
	i := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, t.src) })
	if i < 0 {
		p.fail(t, "%s", unknown("link", t.src, names))
	}
	return i
}

// linkName is a link's own name, or that of the hosts it joins: "A-B".
func linkName(sc *sim.Scenario, i int) string {
	l := sc.Links[i]
	if l.Name != "" {
		return l.Name
	}
	return sc.Hosts[l.Ends[0].Host].Name + "-" + sc.Hosts[l.Ends[1].Host].Name
}

// isName reports whether a word can name a host, a link, a socket or a
// process: selectors and packets must not be mistaken for it.
func isName(s string) bool {
	for i, r := range s {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		digit := r >= '0' && r <= '9' || r == '_' || r == '-'
		if !letter && (!digit || i == 0) {
			return false
		}
	}
	return s != ""
}
