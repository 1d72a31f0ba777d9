package script

import (
	"fmt"
	"strings"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
	"simrun/wire"
)

// packets is the packets that an address names. Forged packets are not the
// host's own and have no number.
func (a address) packets(l *trace.Log) []*trace.Packet {
	var out []*trace.Packet
	n := 0
	for i := range l.Packets {
		p := &l.Packets[i]
		if p.From != a.host || p.Forged || !a.what.Matches(&p.Pkt) {
			continue
		}
		if n++; a.from == 0 || n >= a.from && n <= a.to {
			out = append(out, p)
		}
	}
	return out
}

// pick is the one packet that a selector names, or why there is none.
func pick(l *trace.Log, s sim.Selector) (p *trace.Packet, missing string) {
	all := address{host: s.Host, what: s.What}.packets(l)
	if s.Nth <= len(all) {
		return all[s.Nth-1], ""
	}
	kind := "packets"
	if !s.What.Any {
		kind = whatText(s.What)
	}
	return nil, fmt.Sprintf("no such packet: %s sent %d %s", strings.ToLower(l.Hosts[s.Host].Name), len(all), kind)
}

func sentAt(l *trace.Log, p *trace.Packet) clock.Time { return l.Event(p.Sent).At }

// travelled reports whether a copy of a packet took a link.
func travelled(p *trace.Packet, link int) bool {
	for _, c := range p.Copies {
		if c.Link == link {
			return true
		}
	}
	return false
}

// packetName is a packet as faults name it: "a#4".
func packetName(l *trace.Log, p *trace.Packet) string {
	if p.Forged {
		return "forged"
	}
	return fmt.Sprintf("%s#%d", strings.ToLower(l.Hosts[p.From].Name), p.N)
}

// fieldNames is the fields of a packet that facts compare; numbers of octets
// are relative, as in the ladder.
var fieldNames = []string{"seq", "end", "ack", "len", "win", "urgent", "flags", "mss", "wscale", "ttl", "retransmission",
	"tag", "vtag", "tsn", "stream", "ssn", "ppid", "cum", "rwnd", "gaps", "dups", "os", "mis", "cause", "chunks"}

// fieldValue is a field of a packet, if the packet has it.
func fieldValue(p *trace.Packet, name string) (int64, bool) {
	if name == "retransmission" {
		return int64(p.Resend), true
	}
	if name == "ttl" {
		return int64(p.Pkt.Net().TTL), true
	}
	if p.Pkt.Proto == wire.ProtoSCTP {
		return chunkField(p, name)
	}
	if p.Pkt.Proto != wire.ProtoTCP {
		return 0, false
	}
	t := &p.Pkt.TCP
	switch name {
	case "seq":
		return int64(int32(t.Seq - p.SeqBase)), true
	case "end":
		return int64(int32(t.End() - p.SeqBase)), true
	case "ack":
		return int64(int32(t.Ack - p.AckBase)), t.Flags.Has(wire.ACK)
	case "len":
		return int64(len(t.Payload)), true
	case "win":
		return int64(t.Window), true
	case "urgent":
		return int64(t.Urgent), t.Flags.Has(wire.URG)
	case "flags":
		return flagsValue(t.Flags, len(t.Payload) > 0), true
	case "mss":
		mss, ok := t.Options.MSS()
		return int64(mss), ok
	case "wscale":
		shift, ok := t.Options.WindowScale()
		return int64(shift), ok
	}
	return 0, false
}

// valueText is the value of a field as a file would write it.
func valueText(field string, value int64) string {
	if field == "flags" {
		return whatText(sim.What{Flags: wire.Flags(value) & wire.AllFlags, Data: value > int64(wire.AllFlags)})
	}
	return fmt.Sprint(value)
}

// comparison is "field = value" or "field != value". The value is a number or
// another packet's field.
type comparison struct {
	field      string
	differs    bool
	number     int64
	other      sim.Selector
	otherField string // "": number
}

// judge compares a packet's field.
func (c comparison) judge(l *trace.Log, p *trace.Packet) (want, got string) {
	number, source := c.number, ""
	if c.otherField != "" {
		other, missing := pick(l, c.other)
		if missing != "" {
			return "a packet to compare with", missing
		}
		n, ok := fieldValue(other, c.otherField)
		if !ok {
			return "a packet to compare with", packetName(l, other) + " without " + c.otherField
		}
		number, source = n, fmt.Sprintf(" (%s of %s)", c.otherField, packetName(l, other))
	}
	sign := "="
	if c.differs {
		sign = "!="
	}
	want = fmt.Sprintf("%s %s %s%s", c.field, sign, valueText(c.field, number), source)
	got, at := "", seconds(sentAt(l, p))
	value, ok := fieldValue(p, c.field)
	if !ok {
		return want, fmt.Sprintf("%s at %s without %s", packetName(l, p), at, c.field)
	}
	if (value == number) == c.differs {
		got = fmt.Sprintf("%s = %s in %s at %s", c.field, valueText(c.field, value), packetName(l, p), at)
	}
	return want, got
}

// fieldFact compares one packet's field.
type fieldFact struct {
	sel sim.Selector
	comparison
}

func (f fieldFact) judge(r *Result) (want, got string) {
	p, missing := pick(r.Log, f.sel)
	if missing != "" {
		return "a packet", missing
	}
	return f.comparison.judge(r.Log, p)
}

// eachFact compares fields of many packets; the last of a range must exist.
type eachFact struct {
	addr   address
	fields []comparison
}

func (f eachFact) judge(r *Result) (want, got string) {
	packets := f.addr.packets(r.Log)
	if n := max(f.addr.to-f.addr.from+1, 1); len(packets) < n {
		return "at least " + fmt.Sprint(max(f.addr.to, 1)) + " of them", fmt.Sprint(max(f.addr.from-1, 0) + len(packets))
	}
	for _, p := range packets {
		for _, c := range f.fields {
			if want, got := c.judge(r.Log, p); got != "" {
				return want, got
			}
		}
	}
	return "", ""
}
