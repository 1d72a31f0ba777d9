package script

import (
	"fmt"
	"slices"
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
	"simrun/wire"
)

type packetsFact struct{ n int }

func (f packetsFact) judge(r *Result) (want, got string) {
	n := 0
	for i := range r.Log.Packets {
		if !r.Log.Packets[i].Forged {
			n++
		}
	}
	return count(f.n, n)
}

type lostFact struct{ n int }

func (f lostFact) judge(r *Result) (want, got string) {
	n := 0
	for _, p := range r.Log.Packets {
		for _, c := range p.Copies {
			if c.Fate == trace.LostAtQueue || c.Fate == trace.LostOnLink || c.Fate == trace.LostAtReceiver {
				n++
			}
		}
	}
	return count(f.n, n)
}

type resentFact struct{ host, n int }

func (f resentFact) judge(r *Result) (want, got string) {
	n := 0
	for _, p := range r.Log.Packets {
		if p.From == f.host && !p.Forged && p.Resend > 0 {
			n++
		}
	}
	return count(f.n, n)
}

// spuriousFact counts what a host sent again without need.
type spuriousFact struct{ host, n int }

func (f spuriousFact) judge(r *Result) (want, got string) {
	n := 0
	for _, p := range trace.Retransmissions(r.Log) {
		if p.Spurious && r.Log.Packets[p.Packet].From == f.host {
			n++
		}
	}
	return count(f.n, n)
}

// countFact counts packets by when they were sent: from is included, to not.
type countFact struct {
	addr     address
	link     int // -1: any
	from, to clock.Time
	n        int
}

func (f countFact) judge(r *Result) (want, got string) {
	n, first := 0, ""
	for _, p := range f.addr.packets(r.Log) {
		at := sentAt(r.Log, p)
		if at < f.from || at >= f.to && f.to != clock.Never || f.link >= 0 && !travelled(p, f.link) {
			continue
		}
		if n++; n == f.n+1 {
			first = fmt.Sprintf("; %s at %s is one too many", packetName(r.Log, p), seconds(at))
		}
	}
	want, got = count(f.n, n)
	if got != "" {
		got += first
	}
	return want, got
}

// sequenceFact lists what the first host sends and gets: a capture there.
type sequenceFact struct{ items []item }

func (f sequenceFact) judge(r *Result) (want, got string) {
	seen := vantage(r.Log)
	for i, p := range seen {
		text := fmt.Sprintf("%s (%s at %s)", itemText(r.Log, itemOf(p.packet)), packetName(r.Log, p.packet), seconds(p.at))
		if i >= len(f.items) {
			return fmt.Sprintf("%d packets", len(f.items)), fmt.Sprintf("%d; %s comes after the last", len(seen), text)
		}
		if !f.items[i].matches(p.packet) {
			return fmt.Sprintf("%s as packet %d of %d", itemText(r.Log, f.items[i]), i+1, len(f.items)), text
		}
	}
	if len(seen) < len(f.items) {
		return fmt.Sprintf("%s as packet %d of %d", itemText(r.Log, f.items[len(seen)]), len(seen)+1, len(f.items)), "no more packets"
	}
	return "", ""
}

// sighting is a packet as it passes the first host's interface.
type sighting struct {
	packet *trace.Packet
	at     clock.Time
}

// vantage is what a capture at the first host holds. What is forged in its
// name appears elsewhere.
func vantage(l *trace.Log) (seen []sighting) {
	for _, e := range l.Events {
		if e.Host != 0 || e.Packet < 0 || e.Kind != trace.Send && e.Kind != trace.Arrive {
			continue
		}
		p := &l.Packets[e.Packet]
		looped := e.Kind == trace.Arrive && p.From == 0
		if !looped && !(p.Forged && p.From == 0) {
			seen = append(seen, sighting{p, e.At})
		}
	}
	return seen
}

func itemOf(p *trace.Packet) item {
	i := item{host: p.From}
	if p.Pkt.Proto == wire.ProtoTCP {
		i.what = sim.What{Flags: p.Pkt.TCP.Flags, Data: len(p.Pkt.TCP.Payload) > 0}
	} else if p.Pkt.Proto == wire.ProtoSCTP {
		i.chunks = chunksOf(&p.Pkt.SCTP)
	} else {
		i.what.ICMP = true
	}
	return i
}

func (i item) matches(p *trace.Packet) bool {
	got := itemOf(p)
	return i.host == got.host && slices.Equal(i.chunks, got.chunks) && i.what.ICMP == got.what.ICMP &&
		flagsValue(i.what.Flags, i.what.Data) == flagsValue(got.what.Flags, got.what.Data)
}

func itemText(l *trace.Log, i item) string {
	return strings.ToLower(l.Hosts[i.host].Name) + ">" + i.kind()
}

// kind is the flags, or the chunks.
func (i item) kind() string {
	if len(i.chunks) > 0 {
		return strings.Join(i.chunks, ";")
	}
	return whatText(i.what)
}

// timeFact says when a packet is sent.
type timeFact struct {
	sel    sim.Selector
	at     clock.Time
	link   int // -1: any
	resend int // -1: any
}

func (f timeFact) judge(r *Result) (want, got string) {
	p, missing := pick(r.Log, f.sel)
	if missing != "" {
		return seconds(f.at), missing
	}
	if at := sentAt(r.Log, p); at != f.at {
		return seconds(f.at), seconds(at)
	}
	if f.link >= 0 && !travelled(p, f.link) {
		return "it on link " + r.Log.Links[f.link].Name, "it on another link"
	}
	if f.resend >= 0 && f.resend != p.Resend {
		return fmt.Sprintf("retransmission %d", f.resend), fmt.Sprintf("retransmission %d", p.Resend)
	}
	return "", ""
}

// bytesFact counts what the applications of one host read of another's.
type bytesFact struct {
	from, to int
	n        int64
}

func (f bytesFact) judge(r *Result) (want, got string) {
	n := int64(0)
	for _, s := range r.Delivered {
		if s.From == f.from && s.To == f.to {
			n += s.Octets
		}
	}
	return count(f.n, n)
}

type unreadFact struct {
	host int // -1: all
	n    int64
}

func (f unreadFact) judge(r *Result) (want, got string) {
	n := int64(0)
	for host, octets := range r.Unread {
		if f.host < 0 || host == f.host {
			n += octets
		}
	}
	return count(f.n, n)
}

// errnoFact lists what the calls of a host failed with.
type errnoFact struct {
	host   int
	errnos []string
}

func (f errnoFact) judge(r *Result) (want, got string) {
	var names, at []string
	for _, e := range r.Log.Events {
		if e.Kind == trace.Return && e.Host == f.host && e.Call.Failed {
			names = append(names, e.Call.Result)
			at = append(at, fmt.Sprintf("%s = %s at %s", e.Call.Name, e.Call.Result, seconds(e.At)))
		}
	}
	if slices.Equal(names, f.errnos) {
		return "", ""
	}
	return orNone(f.errnos, " "), orNone(at, ", ")
}

func orNone(words []string, separator string) string {
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, separator)
}

type violatesFact struct{ id string }

func (f violatesFact) judge(r *Result) (want, got string) {
	if slices.Contains(r.Violations, f.id) {
		return "", ""
	}
	return "a violation", orNone(r.Violations, " ")
}
