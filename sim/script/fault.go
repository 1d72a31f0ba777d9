package script

import (
	"fmt"
	"strings"
	"time"

	"simrun/clock"
	"simrun/sim"
)

// faultWords is what a fault may begin with. Each is a flag of the command
// line too.
var faultWords = []string{"drop", "mark", "dup", "delay", "swap", "corrupt", "cut", "loss", "filter", "nat"}

// fault compiles one fault: its own words, then "on LINK" and "from HOST".
func (p *parser) fault() sim.Fault {
	first := p.word("a fault")
	f := sim.Fault{Pos: p.pos(first), Link: -1, Host: -1}
	detail := ""
	switch first.src {
	case "drop":
		f.Kind, f.Sel = sim.DropFault, p.selector(p.next())
		detail = selectorText(p.sc, f.Sel)
	case "mark":
		f.Kind = sim.MarkFault
		detail = p.struck(&f)
	case "corrupt":
		f.Kind = sim.CorruptFault
		detail = p.struck(&f)
	case "dup":
		f.Kind = sim.DupFault
		detail = p.later(&f)
	case "delay":
		f.Kind = sim.DelayFault
		detail = p.later(&f)
	case "swap":
		detail = p.swap(&f)
	case "cut":
		f.Kind = sim.CutFault
		f.From, f.To = p.span(p.next())
		detail = timeText(f.From) + ".." + timeText(f.To)
	case "loss":
		detail = p.loss(&f)
	case "filter":
		detail = p.filter(&f)
	case "nat":
		detail = p.nat(&f)
	default:
		p.fail(first, "%s", unknown("fault", first.src, faultWords))
	}
	f.Text = first.src + " " + detail
	p.where(&f)
	return f
}

// struck reads what a fault strikes: the packet of a selector, or any packet
// with a probability, "2%".
func (p *parser) struck(f *sim.Fault) string {
	t := p.next()
	if chance, ok := parsePercent(t.src); ok && t.kind == word {
		f.Loss = chance
		return t.src
	}
	f.Sel = p.selector(t)
	return selectorText(p.sc, f.Sel)
}

// later reads what is struck and how much later the packet or its copy
// arrives; the time may also stand first. A copy made by chance needs none:
// it comes with the original.
func (p *parser) later(f *sim.Fault) string {
	if d, problem := parseDuration(p.peek().src); problem == "" {
		p.next()
		f.By = d
		return p.struck(f) + " " + durationText(d)
	}
	what := p.struck(f)
	if _, problem := parseDuration(p.peek().src); problem != "" && f.Kind == sim.DupFault && f.Sel.Nth == 0 {
		return what
	}
	f.By = p.duration(p.next())
	return what + " " + durationText(f.By)
}

func (p *parser) swap(f *sim.Fault) string {
	f.Kind, f.Sel = sim.SwapFault, p.selector(p.next())
	t := p.next()
	f.Other = p.selector(t)
	if f.Sel.Host != f.Other.Host || f.Sel == f.Other {
		p.fail(t, "want two packets of one host to swap, found %q", t.src)
	}
	return selectorText(p.sc, f.Sel) + " " + selectorText(p.sc, f.Other)
}

// loss reads "P%" or "gilbert p=P% r=P% [h=P%] [k=P%]". In Gilbert's and
// Elliott's model p is the chance to enter the bad state and r that to leave
// it; h is the chance that a packet survives the bad state, k the good one.
func (p *parser) loss(f *sim.Fault) string {
	if !p.acceptWord("gilbert") {
		t := p.next()
		f.Kind, f.Loss = sim.LossFault, p.percent(t)
		return t.src
	}
	f.Kind, f.Loss = sim.GilbertFault, sim.Probability{Certain: true}
	given := map[string]string{}
	for p.peek().kind == word && p.after(1).kind == equals {
		key, value, _ := p.pair()
		chance := p.percent(value)
		switch key.src {
		case "p":
			f.Enter = chance
		case "r":
			f.Leave = chance
		case "h":
			f.Loss = complement(chance)
		case "k":
			f.Good = complement(chance)
		default:
			p.fail(key, "%s", unknown("parameter of gilbert", key.src, []string{"p", "r", "h", "k"}))
		}
		given[key.src] = value.src
	}
	text := "gilbert"
	for _, key := range []string{"p", "r", "h", "k"} {
		if given[key] != "" {
			text += " " + key + "=" + given[key]
		} else if key == "p" || key == "r" {
			p.wanted(p.peek(), key+"=P%")
		}
	}
	return text
}

func (p *parser) percent(t token) sim.Probability {
	chance, ok := parsePercent(t.src)
	if !ok || t.kind != word {
		p.wanted(t, "a percentage from 0% to 100%")
	}
	return chance
}

// filter reads the kind of packet that never passes.
func (p *parser) filter(f *sim.Fault) string {
	t := p.word("a kind of packet such as icmp")
	f.Kind = sim.FilterFault
	f.Sel = sim.Selector{Host: -1, What: p.what(t, t.src)}
	if f.Sel.What.ICMP {
		return "icmp"
	}
	return whatText(f.Sel.What)
}

func (p *parser) nat(f *sim.Fault) string {
	f.Kind = sim.NATFault
	first := p.peek()
	key, value, ok := p.pair()
	if !ok || key.src != "idle" {
		p.wanted(first, "idle=T")
	}
	f.By = p.duration(value)
	text := "idle=" + durationText(f.By)
	if f.Reset = p.acceptWord("reset"); f.Reset {
		text += " reset"
	}
	return text
}

// where reads on which link, and of which host's packets, a fault acts.
func (p *parser) where(f *sim.Fault) {
	for p.is("on") || p.is("from") {
		which, t := p.next(), p.word("a name")
		switch {
		case which.src == "on" && f.Link < 0:
			f.Link = p.link(t)
			f.Text += " on " + linkName(p.sc, f.Link)
		case which.src == "from" && f.Host < 0:
			f.Host = p.host(t)
			f.Text += " from " + strings.ToLower(p.sc.Hosts[f.Host].Name)
			if f.Sel.Nth > 0 && f.Sel.Host != f.Host {
				p.fail(t, "want packets of one host, found a packet of %s from %s",
					p.sc.Hosts[f.Sel.Host].Name, p.sc.Hosts[f.Host].Name)
			}
		default:
			p.fail(which, "want %q once, found it twice", which.src)
		}
	}
}

// timeText is an instant as scenarios write it, and nothing for never.
func timeText(t clock.Time) string {
	if t == clock.Never {
		return ""
	}
	return durationText(t.Since())
}

// durationText is a time as scenarios write it, in the largest unit up to
// seconds that needs no more than three decimals.
func durationText(d time.Duration) string {
	for _, u := range []struct {
		name string
		unit time.Duration
	}{{"s", time.Second}, {"ms", time.Millisecond}, {"us", time.Microsecond}} {
		if d >= u.unit && d%(u.unit/1000) == 0 {
			text := fmt.Sprintf("%d.%03d", d/u.unit, d%u.unit/(u.unit/1000))
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".") + u.name
		}
	}
	if d == 0 {
		return "0s"
	}
	return fmt.Sprintf("%dns", d)
}
