package script

import (
	"slices"
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/socket"
	"simrun/wire"
)

// Check is one fact that a run must show.
type Check struct {
	Pos  sim.Pos
	Text string // what the fact is about: "state A", "time b.F[2]"
	fact fact
}

// Capture is a fact about a host's capture, which takes a program of others
// to judge: a display filter must find so many packets.
type Capture struct {
	Pos    sim.Pos
	Host   int
	Filter string
	Count  int
}

// factWords is what a fact may begin with; one that compares fields begins
// with the address of a packet instead.
var factWords = []string{
	"packets", "lost", "retransmitted", "spurious", "count", "sequence", "time", "state", "path", "each",
	"bytes", "errno", "never", "violates", "capture", "cwnd", "ssthresh", "pipe", "phase",
}

// checks compiles the check section.
func (p *parser) checks(sec section, f *File) {
	for _, toks := range split(p.lex(sec.first, sec.end, true), true) {
		q := &parser{source: p.source, sc: p.sc, toks: toks}
		first := q.peek()
		if first.kind == word && first.src == "capture" {
			f.Captures = append(f.Captures, q.capture())
		} else {
			c := Check{Pos: p.pos(first), fact: q.fact()}
			c.Text = q.subject()
			f.Checks = append(f.Checks, c)
		}
		q.end()
	}
}

// subject is the words of a fact before its colon or equals sign.
func (p *parser) subject() string {
	text := ""
	for i, t := range p.toks {
		if t.kind == equals || t.kind == unequal || t.kind == stop || i > 0 && p.toks[0].src == "sequence" {
			break
		}
		if i > 0 {
			text += " "
		}
		text += t.src
	}
	text, _, _ = strings.Cut(text, ":")
	return text
}

// fact compiles one fact.
func (p *parser) fact() fact {
	first := p.word("a fact")
	switch first.src {
	case "packets":
		return packetsFact{p.equalsCount()}
	case "lost":
		return lostFact{p.equalsCount()}
	case "retransmitted":
		host := p.host(p.next())
		return resentFact{host, p.equalsCount()}
	case "spurious":
		host := p.host(p.next())
		return spuriousFact{host, p.equalsCount()}
	case "count":
		return p.countFact()
	case "sequence":
		return p.sequence()
	case "time":
		return p.timeFact()
	case "state":
		return p.stateFact()
	case "path":
		return p.pathFact()
	case "cwnd", "ssthresh", "pipe", "phase":
		return p.windowFact(first.src)
	case "each":
		return p.eachFact()
	case "bytes":
		return p.bytesFact()
	case "errno":
		return p.errnoFact()
	case "never":
		item := p.item(p.next())
		return countFact{addr: item.address(), to: clock.Never, link: -1}
	case "violates":
		return violatesFact{p.word("an invariant such as I-16").src}
	}
	if strings.Contains(first.src, ".") {
		p.at--
		return p.fieldFact()
	}
	p.fail(first, "%s", unknown("fact", first.src, factWords))
	panic("unreachable")
}

// equalsCount reads "= N".
func (p *parser) equalsCount() int {
	p.symbol(equals, `"="`)
	return int(p.number(p.next(), "a number", 0, 1e9))
}

func (p *parser) capture() Capture {
	c := Capture{Pos: p.pos(p.next())}
	c.Host = p.host(p.next())
	c.Filter = string(p.symbol(quoted, "a display filter in quotes").text)
	c.Count = p.equalsCount()
	return c
}

// countFact reads "ADDRESS [on LINK] [from T to T] = N".
func (p *parser) countFact() fact {
	f := countFact{addr: p.address(p.next()), link: -1, to: clock.Never}
	if p.acceptWord("on") {
		f.link = p.link(p.next())
	}
	if p.acceptWord("from") {
		f.from = p.instant(p.next())
		p.keyword("to")
		f.to = p.instant(p.next())
	}
	f.n = p.equalsCount()
	return f
}

// timeFact reads "ADDRESS = T [on LINK] [, retransmission N]".
func (p *parser) timeFact() fact {
	f := timeFact{sel: p.selector(p.next()), link: -1, resend: -1}
	p.symbol(equals, `"="`)
	f.at = p.instant(p.next())
	if p.acceptWord("on") {
		f.link = p.link(p.next())
	}
	if p.accept(comma) {
		p.keyword("retransmission")
		f.resend = int(p.number(p.next(), "a number", 0, 1e6))
	}
	return f
}

// stateNames is the states as the RFCs print them.
var stateNames = []string{
	"LISTEN", "SYN-SENT", "SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT",
	"CLOSING", "LAST-ACK", "TIME-WAIT", "CLOSED",
	"COOKIE-WAIT", "COOKIE-ECHOED", "SHUTDOWN-PENDING", "SHUTDOWN-SENT", "SHUTDOWN-RECEIVED",
	"SHUTDOWN-ACK-SENT",
}

func (p *parser) state() string {
	t := p.word("a state")
	if !slices.Contains(stateNames, t.src) {
		p.fail(t, "%s", unknown("state", t.src, stateNames))
	}
	return t.src
}

// whose reads "HOST [cN] =": the N-th connection of a host, the first if not
// given.
func (p *parser) whose() machine {
	m := machine{host: p.host(p.next()), nth: 1}
	if t := p.peek(); t.kind == word {
		n, ok := parseInt(strings.TrimPrefix(t.src, "c"), 1, 1e9)
		if !ok || t.src[0] != 'c' {
			p.wanted(t, `"=" or a connection such as c2`)
		}
		m.nth = n
		p.next()
	}
	p.symbol(equals, `"="`)
	return m
}

// stateFact reads "HOST = STATE at T", "… at end" and "… T..T [, then STATE]".
func (p *parser) stateFact() fact {
	m := p.whose()
	state := p.state()
	if p.acceptWord("at") {
		if p.acceptWord("end") {
			return stateFact{m, state, clock.Never}
		}
		return stateFact{m, state, p.instant(p.next())}
	}
	if t := p.peek(); t.kind != word {
		p.wanted(t, `"at T", "at end" or a span T..T`)
	}
	f := stayFact{machine: m, state: state}
	f.from, f.to = p.span(p.next())
	if p.accept(comma) {
		p.keyword("then")
		f.then = p.state()
	}
	return f
}

// pathFact reads "HOST = STATE…": all the states it went to, in order.
func (p *parser) pathFact() fact {
	f := pathFact{machine: p.whose(), states: []string{p.state()}}
	for p.peek().kind == word {
		f.states = append(f.states, p.state())
	}
	return f
}

// bytesFact reads "A>B = N" and "unread [HOST] = N".
func (p *parser) bytesFact() fact {
	t := p.word(`"A>B" or "unread"`)
	if t.src == "unread" {
		f := unreadFact{host: -1}
		if p.peek().kind == word {
			f.host = p.host(p.next())
		}
		f.n = int64(p.equalsCount())
		return f
	}
	from, to, ok := strings.Cut(t.src, ">")
	if !ok {
		p.wanted(t, `"A>B" or "unread"`)
	}
	f := bytesFact{from: p.hostNamed(t, from), to: p.hostNamed(t, to)}
	f.n = int64(p.equalsCount())
	return f
}

// errnoFact reads "HOST = ERRNO…": all that its calls failed with, in order;
// "none" if no call failed.
func (p *parser) errnoFact() fact {
	f := errnoFact{host: p.host(p.next())}
	p.symbol(equals, `"="`)
	if p.acceptWord("none") {
		return f
	}
	for ok := true; ok; ok = p.peek().kind == word {
		t := p.word("an errno or none")
		e, known := socket.ParseErrno(t.src)
		if !known {
			if nearest(t.src, socket.ErrnoNames()) == "" {
				p.wanted(t, "an errno such as ECONNRESET")
			}
			p.fail(t, "%s", unknown("errno", t.src, socket.ErrnoNames()))
		}
		f.errnos = append(f.errnos, e.Error())
	}
	return f
}

// item is a packet as "sequence" and "never" name it: a>F. or a>INIT.
type item struct {
	host   int
	what   sim.What // its flags
	chunks []string // or its chunks
}

func (i item) address() address {
	if len(i.chunks) > 0 {
		return address{host: i.host, what: sim.What{Chunk: i.chunks[0]}}
	}
	return address{host: i.host, what: i.what}
}

func (p *parser) item(t token) item {
	name, kind, ok := strings.Cut(t.src, ">")
	if !ok || t.kind != word {
		p.wanted(t, "a packet such as a>F.")
	}
	i := item{host: p.hostNamed(t, name)}
	if slices.Contains(chunkNames, kind) {
		i.chunks = []string{kind}
		return i
	}
	what, bad := parseFlags(kind)
	if kind == "" || bad != "" {
		p.fail(t, "want flags (F, S, R, P or .) after %q, found %q", name+">", kind)
	}
	i.what = what
	return i
}

// sequence reads all packets that the first host sends or gets, in order.
func (p *parser) sequence() fact {
	var f sequenceFact
	for p.peek().kind == word {
		i := p.item(p.next())
		for p.peek().src == ";" && p.peek().glued {
			p.next()
			t := p.word("a chunk")
			if !slices.Contains(chunkNames, t.src) {
				p.fail(t, "%s", unknown("chunk", t.src, chunkNames))
			}
			i.chunks = append(i.chunks, t.src)
		}
		f.items = append(f.items, i)
	}
	if len(f.items) == 0 {
		p.wanted(p.peek(), "packets such as a>S b>S. a>.")
	}
	return f
}

// eachFact reads "ADDRESS: field = v, field != v".
func (p *parser) eachFact() fact {
	t := p.word("packets such as a.ACK[2..4]")
	addr, ok := strings.CutSuffix(t.src, ":")
	if !ok {
		p.fail(t, `want ":" after %q`, t.src)
	}
	t.src = addr
	f := eachFact{addr: p.address(t)}
	for more := true; more; more = p.accept(comma) {
		name := p.word("a field")
		f.fields = append(f.fields, p.comparison(p.field(name, name.src)))
	}
	return f
}

// fieldFact reads "ADDRESS.field = v" and "ADDRESS.field != ADDRESS.field".
func (p *parser) fieldFact() fact {
	sel, name := p.fieldOf(p.next())
	c := p.comparison(name)
	return fieldFact{sel, c}
}

// fieldOf reads "ADDRESS.field".
func (p *parser) fieldOf(t token) (sim.Selector, string) {
	i := strings.LastIndexByte(t.src, '.')
	if i < 0 || t.kind != word {
		p.wanted(t, "the field of a packet such as a.F.seq")
	}
	part := t
	part.src = t.src[:i]
	return p.selector(part), p.field(t, t.src[i+1:])
}

func (p *parser) field(t token, name string) string {
	if !slices.Contains(fieldNames, name) {
		p.fail(t, "%s", unknown("field", name, fieldNames))
	}
	return name
}

// comparison reads "= value", "!= value" and the same with another packet's
// field.
func (p *parser) comparison(field string) comparison {
	c := comparison{field: field, differs: p.peek().kind == unequal}
	if !c.differs && p.peek().kind != equals {
		p.wanted(p.peek(), `"=" or "!="`)
	}
	p.next()
	t := p.word("a value or the field of a packet")
	digits, negative := strings.CutPrefix(t.src, "-")
	if isDigits(digits) {
		digit := t
		digit.src = digits
		if c.number = int64(p.number(digit, "a number", 0, 1<<32-1)); negative {
			c.number = -c.number
		}
		return c
	}
	if field == "flags" {
		what, bad := parseFlags(t.src)
		if bad != "" {
			p.wanted(t, "flags such as S.")
		}
		c.number = flagsValue(what.Flags, what.Data)
		return c
	}
	sel, name := p.fieldOf(t)
	c.other, c.otherField = sel, name
	return c
}

// flagsValue is a packet's flags as one number; data counts as the P.
func flagsValue(flags wire.Flags, data bool) int64 {
	v := int64(0)
	if data {
		v = int64(wire.AllFlags) + 1
	}
	for _, f := range flagLetters {
		v |= int64(flags & f.flag)
	}
	return v
}
