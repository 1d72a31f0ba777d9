package script

import (
	"slices"
	"strings"

	"simrun/sim"
	"simrun/wire"
)

// profiles is the presets of a host's Config.
var profiles = []string{"rfc", "linux", "freebsd"}

// netWords is what a line of the net section may begin with.
var netWords = append([]string{"host", "link", "profile", "seed", "end"}, faultWords...)

// net compiles the net section. Hosts come first and links second wherever
// they stand, for the rest names them.
func (p *parser) net(sec section) {
	statements := split(p.lex(sec.first, sec.end, true), false)
	for _, pass := range [][]string{{"host"}, {"link"}, netWords[2:]} {
		for _, s := range statements {
			if first := s[0]; slices.Contains(pass, first.src) {
				q := &parser{source: p.source, sc: p.sc, toks: s}
				q.netStatement()
				q.end()
			} else if !slices.Contains(netWords, first.src) {
				p.fail(first, "%s", unknown("net line", first.src, netWords))
			}
		}
		if len(p.sc.Hosts) == 0 {
			p.fail(sec.title, "section net: want at least one line \"host NAME ADDRESS\", found none")
		}
	}
}

// split parts the tokens of a section into statements without empty ones, each
// with its stop. With chunks, a ";" between two words without a space does not
// end a "sequence": it joins the chunks of one packet.
func split(toks []token, chunks bool) [][]token {
	var out [][]token
	for start, i := 0, 0; i < len(toks); i++ {
		if toks[i].kind != stop {
			continue
		}
		joins := chunks && toks[start].src == "sequence" && toks[i].src == ";" && toks[i].glued &&
			i+1 < len(toks) && toks[i+1].kind == word && toks[i+1].col == toks[i].col+1
		if joins {
			continue
		}
		if i > start {
			out = append(out, toks[start:i+1])
		}
		start = i + 1
	}
	return out
}

func (p *parser) netStatement() {
	first := p.next()
	switch first.src {
	case "host":
		p.hostLine(first)
	case "link":
		p.linkLine(first)
	case "profile":
		t := p.word("a profile")
		if !slices.Contains(profiles, t.src) {
			p.fail(t, "%s", unknown("profile", t.src, profiles))
		}
		p.once(first, p.sc.Profile != "")
		p.sc.Profile = t.src
	case "seed":
		p.once(first, p.sc.Seed != 0)
		p.sc.Seed = p.number(p.next(), "a seed", 1, 1<<64-1)
	case "end":
		p.once(first, p.sc.End != 0)
		p.sc.End = p.instant(p.next())
	default:
		p.at--
		p.sc.Faults = append(p.sc.Faults, p.fault())
	}
}

func (p *parser) once(t token, again bool) {
	if again {
		p.fail(t, "want one line %q, found a second", t.src)
	}
}

// hostLine compiles "host NAME ADDRESS… key=value…".
func (p *parser) hostLine(first token) {
	h := sim.HostSpec{Pos: p.pos(first)}
	name := p.word("the name of a host")
	if !isName(name.src) {
		p.wanted(name, "the name of a host (letters and digits, a letter first)")
	}
	if i := hostIndex(p.sc, name.src); i >= 0 {
		other := p.sc.Hosts[i]
		p.fail(name, "two hosts with one name: %s of line %d, and %s (names ignore case)", other.Name, other.Pos.Line, name.src)
	}
	h.Name = name.src
	for p.peek().kind == word && p.after(1).kind != equals {
		h.Addrs = append(h.Addrs, p.hostAddress(&h))
	}
	if len(h.Addrs) == 0 {
		p.wanted(p.peek(), "an address of host "+h.Name)
	}
	for p.peek().kind != stop {
		h.Settings = append(h.Settings, p.setting())
	}
	p.sc.Hosts = append(p.sc.Hosts, h)
}

func (p *parser) hostAddress(h *sim.HostSpec) wire.Addr {
	t := p.next()
	a := p.addr(t)
	for _, other := range append(p.sc.Hosts, *h) {
		if slices.Contains(other.Addrs, a) {
			p.fail(t, "one address twice: host %s has %v already", other.Name, a)
		}
	}
	if a.IsUnspecified() || a.IsMulticast() {
		p.fail(t, "want the address of one host, found %v", a)
	}
	return a
}

func (p *parser) addr(t token) wire.Addr {
	a, err := wire.ParseAddr(t.src)
	if err != nil {
		p.fail(t, "%v", err)
	}
	return a
}

// setting reads one "key=value" of a host.
func (p *parser) setting() sim.Setting {
	key, value, ok := p.pair()
	if !ok {
		p.wanted(p.peek(), "a setting such as ack=immediate")
	}
	if !slices.Contains(sim.SettingNames(), key.src) {
		p.fail(key, "%s", unknown("setting", key.src, sim.SettingNames()))
	}
	s := sim.Setting{Pos: p.pos(key), Key: key.src, Value: value.src}
	if err := sim.CheckSetting(s); err != nil {
		whole := key
		whole.src = key.src + "=" + value.src
		p.fail(whole, "%v", err)
	}
	return s
}

// linkLine compiles "link [NAME] END END key=value…".
func (p *parser) linkLine(first token) {
	l := sim.LinkSpec{Pos: p.pos(first)}
	words := 0
	for p.after(words).kind == word && p.after(words+1).kind != equals {
		words++
	}
	if words == 3 {
		l.Name = p.newLinkName(p.next())
	}
	for i := range l.Ends {
		l.Ends[i] = p.linkEnd()
	}
	if l.Ends[0].Host == l.Ends[1].Host {
		p.fail(first, "want a link between two hosts, found both ends at host %s", p.sc.Hosts[l.Ends[0].Host].Name)
	}
	p.unambiguous(first, &l)
	seen := map[string]bool{}
	for p.peek().kind != stop {
		p.linkField(&l, seen)
	}
	p.sc.Links = append(p.sc.Links, l)
}

func (p *parser) newLinkName(t token) string {
	if !isName(t.src) {
		p.wanted(t, "the name of a link (letters and digits, a letter first)")
	}
	for i := range p.sc.Links {
		if strings.EqualFold(linkName(p.sc, i), t.src) {
			p.fail(t, "two links with one name: line %d has %s already", p.sc.Links[i].Pos.Line, t.src)
		}
	}
	return t.src
}

// linkEnd reads the end of a link: an address, or a host that has only one.
func (p *parser) linkEnd() sim.LinkEnd {
	t := p.word("the host or the address at an end of the link")
	if isName(t.src) {
		i := p.host(t)
		if n := len(p.sc.Hosts[i].Addrs); n > 1 {
			p.fail(t, "host %s has %d addresses; name the one that this link belongs to", t.src, n)
		}
		return sim.LinkEnd{Host: i, Addr: p.sc.Hosts[i].Addrs[0]}
	}
	a := p.addr(t)
	for i, h := range p.sc.Hosts {
		if slices.Contains(h.Addrs, a) {
			return sim.LinkEnd{Host: i, Addr: a}
		}
	}
	p.fail(t, "link to nowhere: no host has the address %v", a)
	panic("unreachable")
}

// unambiguous checks that no host gets a second way to an address: a host
// sends by the link whose far end owns it.
func (p *parser) unambiguous(t token, l *sim.LinkSpec) {
	for i, old := range p.sc.Links {
		for near := range 2 {
			for oldNear := range 2 {
				if l.Ends[near].Host == old.Ends[oldNear].Host && l.Ends[1-near] == old.Ends[1-oldNear] {
					p.fail(t, "ambiguous links: host %s reaches %v by link %s of line %d already",
						p.sc.Hosts[l.Ends[near].Host].Name, l.Ends[1-near].Addr, linkName(p.sc, i), old.Pos.Line)
				}
			}
		}
	}
}

var linkFields = []string{"delay", "jitter", "rate", "queue", "mark", "mtu"}

func (p *parser) linkField(l *sim.LinkSpec, seen map[string]bool) {
	key, value, ok := p.pair()
	if !ok {
		p.wanted(p.peek(), "a property of the link such as delay=10ms")
	}
	if seen[key.src] {
		p.fail(key, "want %s once, found it twice", key.src)
	}
	seen[key.src] = true
	switch key.src {
	case "delay":
		l.Delay = p.duration(value)
	case "jitter":
		l.Jitter = p.duration(value)
	case "rate":
		if l.Rate, ok = parseRate(value.src); !ok {
			p.wanted(value, "a rate such as 10Mbit/s")
		}
	case "queue":
		l.Queue = int(p.number(value, "a queue length in packets", 1, 1e9))
	case "mark":
		l.Mark = int(p.number(value, "how many packets wait when marking begins", 1, 1e9))
	case "mtu":
		l.MTU = int(p.number(value, "an MTU in octets", 68, 65535))
	default:
		p.fail(key, "%s", unknown("property of a link", key.src, linkFields))
	}
}
