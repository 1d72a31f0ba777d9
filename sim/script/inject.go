package script

import (
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/wire"
)

// inject compiles lines "T [repeat N] H> [SRC > DST] packet". With a plus sign
// the time counts from the line before. The packet itself is parsed when it is sent, for its
// numbers are relative to the connection of then.
func (p *parser) inject(sec section) {
	before := clock.Time(0)
	for n := sec.first; n < sec.end; n++ {
		line := p.lines[n-1]
		toks := p.lexLine(nil, n, 1, line)
		if len(toks) == 1 {
			continue
		}
		q := &parser{source: p.source, sc: p.sc, toks: toks}
		relative := q.accept(plus)
		when := q.next()
		at := q.instant(when)
		if relative {
			at = before.Add(at.Since())
		} else if at < before {
			q.fail(when, "want a time that is not before the line above, found %q", when.src)
		}
		before = at
		p.sc.Inject = append(p.sc.Inject, q.injection(toks[0], at, line))
	}
}

func (q *parser) injection(first token, at clock.Time, line string) sim.Injection {
	times := 0
	if q.acceptWord("repeat") {
		times = int(q.number(q.next(), "a number of packets", 1, 1e6))
	}
	t := q.word(`a host and ">", such as "A>"`)
	name, ok := strings.CutSuffix(t.src, ">")
	if !ok {
		q.wanted(t, `a host and ">", such as "A>"`)
	}
	in := sim.Injection{Pos: q.pos(first), At: at, From: q.hostNamed(t, name), Times: times}
	in.Text = t.src + " "
	_, packet, _ := strings.Cut(line, t.src)
	if q.after(1).src == ">" {
		from := q.next()
		q.next()
		to := q.word("HOST:PORT")
		in.Src, in.Dst = q.forgedEnd(from), q.forgedEnd(to)
		in.Text += from.src + " > " + to.src + " "
		_, packet, _ = strings.Cut(packet, from.src)
		_, packet, _ = strings.Cut(packet, to.src)
	}
	if q.peek().kind == stop && q.peek().src == "\n" {
		q.wanted(q.peek(), "a packet such as R 1:1(0) win 0")
	}
	if i := strings.Index(packet, " #"); i >= 0 {
		packet = packet[:i]
	}
	in.Source = strings.TrimSpace(packet)
	in.Text += in.Source
	return in
}

// forgedEnd reads one end of a forged packet: "ADDRESS:PORT", whoever has that
// address, or "HOST:PORT".
func (q *parser) forgedEnd(t token) wire.Endpoint {
	name, e := q.endpoint(t, 1)
	if name != "" {
		e.Addr = q.sc.Hosts[q.hostNamed(t, name)].Addrs[0]
	}
	return e
}
