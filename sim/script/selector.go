package script

import (
	"fmt"
	"slices"
	"strings"

	"simrun/sim"
	"simrun/wire"
	"simrun/wire/notation"
)

// flagLetters is tcpdump's letters of the control bits. P stands for user
// data throughout the language: a sender may push or not as it likes.
var flagLetters = []struct {
	letter byte
	flag   wire.Flags
}{
	{'F', wire.FIN}, {'S', wire.SYN}, {'R', wire.RST}, {'.', wire.ACK},
	{'U', wire.URG}, {'E', wire.ECE}, {'W', wire.CWR},
}

// chunkNames is the chunks of SCTP as selectors spell them.
var chunkNames = notation.ChunkNames()

// what reads the kind of packet that stands after a host's name. The word
// "data" is user data of either protocol, and DATA the chunk.
func (p *parser) what(t token, name string) sim.What {
	switch kind := strings.ToLower(name); {
	case name == "DATA":
		return sim.What{Chunk: name}
	case kind == "data":
		return sim.What{Data: true}
	case kind == "ack":
		return sim.What{PureACK: true}
	case kind == "icmp":
		return sim.What{ICMP: true}
	}
	if i := slices.Index(chunkNames, strings.ToUpper(name)); i >= 0 {
		return sim.What{Chunk: chunkNames[i]}
	}
	w, bad := parseFlags(name)
	if bad != "" || name == "" {
		kinds := append([]string{"data", "ACK", "ICMP"}, chunkNames...)
		if near := nearest(name, kinds); near != "" {
			p.fail(t, "unknown kind of packet %q; did you mean %q?", name, near)
		}
		p.fail(t, "unknown kind of packet %q; want flags (F, S, R, P or .), data, ACK, ICMP or a chunk", name)
	}
	return w
}

// parseFlags reads flag letters in either case; bad is the first that is none.
func parseFlags(letters string) (w sim.What, bad string) {
	for _, r := range strings.ToUpper(letters) {
		if r == 'P' {
			w.Data = true
			continue
		}
		flag := wire.Flags(0)
		for _, f := range flagLetters {
			if rune(f.letter) == r {
				flag = f.flag
			}
		}
		if flag == 0 {
			return w, string(r)
		}
		w.Flags |= flag
	}
	return w, ""
}

// address is a selector that may cover several packets: a.ACK[2..4], or
// without a number all of them.
type address struct {
	host     int
	what     sim.What
	from, to int // 0: no number was given
}

// address reads host#N, host.KIND[N], host.KIND[N..M] or host.KIND.
func (p *parser) address(t token) address {
	if t.kind != word {
		p.wanted(t, "a packet such as a#4 or a.F[2]")
	}
	if name, number, ok := strings.Cut(t.src, "#"); ok {
		a := address{host: p.hostNamed(t, name), what: sim.What{Any: true}}
		a.from, a.to = p.numbers(t, number)
		return a
	}
	name, kind, ok := strings.Cut(t.src, ".")
	if !ok {
		if hostIndex(p.sc, name) < 0 {
			p.wanted(t, "a packet such as a#4 or a.F[2]")
		}
		return address{host: p.hostNamed(t, name), what: sim.What{Any: true}}
	}
	a := address{host: p.hostNamed(t, name)}
	kind, index, ok := strings.Cut(kind, "[")
	a.what = p.what(t, kind)
	if ok {
		inner, closed := strings.CutSuffix(index, "]")
		if !closed {
			p.fail(t, `want a closing "]", found %q`, t.src)
		}
		a.from, a.to = p.numbers(t, inner)
	}
	return a
}

// numbers reads N or N..M within an address.
func (p *parser) numbers(t token, s string) (from, to int) {
	a, b, ranged := strings.Cut(s, "..")
	part := t
	part.src = a
	from = p.packetNumber(t, part)
	if !ranged {
		return from, from
	}
	part.src = b
	if to = p.packetNumber(t, part); to < from {
		p.fail(t, "want a range that does not run backwards, found %q", t.src)
	}
	return from, to
}

func (p *parser) packetNumber(whole, part token) int {
	n, ok := parseInt(part.src, 1, 1e9)
	if !ok {
		p.fail(whole, "want a packet number from 1 on, found %q in %q", part.src, whole.src)
	}
	return n
}

// selector reads the address of one packet; N is 1 if not given.
func (p *parser) selector(t token) sim.Selector {
	a := p.address(t)
	if a.what.Any && a.from == 0 {
		p.wanted(t, "a packet such as a#4 or a.F[2]")
	}
	if a.from != a.to {
		p.fail(t, "want one packet, found the range %q", t.src)
	}
	return sim.Selector{Host: a.host, What: a.what, Nth: max(a.from, 1)}
}

// selectorText is the canonical form of a selector: a#4, a.F[2].
func selectorText(sc *sim.Scenario, s sim.Selector) string {
	name := strings.ToLower(sc.Hosts[s.Host].Name)
	if s.What.Any {
		return fmt.Sprintf("%s#%d", name, s.Nth)
	}
	if s.Nth == 1 {
		return name + "." + whatText(s.What)
	}
	return fmt.Sprintf("%s.%s[%d]", name, whatText(s.What), s.Nth)
}

// whatText is the canonical form of a kind of packet.
func whatText(w sim.What) string {
	switch {
	case w.PureACK:
		return "ACK"
	case w.ICMP:
		return "ICMP"
	case w.Chunk != "":
		return w.Chunk
	}
	text := ""
	for _, f := range flagLetters {
		if f.flag == wire.ACK && w.Data {
			text += "P"
		}
		if w.Flags.Has(f.flag) {
			text += string(f.letter)
		}
	}
	return text
}
