package sim

import (
	"slices"

	"simrun/clock"
	"simrun/sim/trace"
	"simrun/wire"
)

// fault is a Fault with what it has counted so far.
type fault struct {
	*Fault
	index int // in World.faults
	seen  int // packets that matched Sel
	other int // packets that matched Other
}

// stages asks every stage of a link in order what becomes of a packet: header
// filters, middleboxes, the cut, chosen packets, random loss, the MTU and the
// queue. A packet that one stage loses is still counted by the others'
// selectors, for they count what the host handed to the link.
func (w *World) stages(d *direction, q *packet) verdict {
	var v verdict
	for i := range w.faults {
		f := &w.faults[i]
		if f.Link >= 0 && f.Link != d.link || f.Host >= 0 && f.Host != d.from {
			continue
		}
		w.apply(f, d, q, &v)
	}
	if d.link < 0 || v.lost != "" {
		return v
	}
	spec := w.links[d.link].spec
	if spec.MTU > 0 && q.Size() > spec.MTU {
		v.lose(trace.LostOnLink, "larger than the MTU")
		w.tooBig(d, q, spec.MTU)
	} else if spec.Queue > 0 && spec.Rate > 0 && d.waiting(w.now) >= spec.Queue {
		v.lose(trace.LostAtQueue, "queue full")
	} else if spec.Mark > 0 && spec.Rate > 0 && d.waiting(w.now) >= spec.Mark && q.Net().ECN != wire.NotECT {
		v.mark = true
	}
	return v
}

func (v *verdict) lose(fate trace.Fate, cause string) {
	if v.lost == "" {
		v.lost, v.fate = cause, fate
	}
}

// apply is one fault's word on one packet.
func (w *World) apply(f *fault, d *direction, q *packet, v *verdict) {
	switch f.Kind {
	case DropFault:
		if f.chosen(d, q) {
			v.lose(trace.LostOnLink, f.Text)
		}
	case DupFault:
		if f.strikes(d, q, v) {
			v.copies = append(v.copies, f.By)
		}
	case DelayFault:
		if f.strikes(d, q, v) {
			v.extra += f.By
			v.note = "delayed " + trace.Duration(f.By)
		}
	case CorruptFault:
		if f.strikes(d, q, v) {
			v.flip = true
		}
	case MarkFault:
		if !f.strikes(d, q, v) {
			break
		}
		if q.Net().ECN == wire.NotECT { // RFC 3168 5: what cannot be marked is dropped
			v.lose(trace.LostOnLink, f.Text+": not ECN-capable")
		} else {
			v.mark = true
		}
	case SwapFault:
		w.swap(f, d, q, v)
	case CutFault:
		if f.From <= w.now && w.now < f.To {
			v.lose(trace.LostOnLink, f.Text)
		}
	case LossFault:
		if d.dice.happens(f.Loss) {
			v.lose(trace.LostOnLink, f.Text)
		}
	case GilbertFault:
		if d.gilbert(f.Fault) {
			v.lose(trace.LostOnLink, f.Text)
		}
	case FilterFault:
		if f.Sel.What.Matches(&q.Packet) {
			v.lose(trace.LostOnLink, f.Text)
		}
	case NATFault:
		w.middlebox(f, d, q, v)
	}
}

// chosen counts a packet and reports whether it is the one that is meant.
func (f *fault) chosen(d *direction, q *packet) bool {
	if q.forged || d.from != f.Sel.Host || !f.Sel.What.Matches(&q.Packet) {
		return false
	}
	f.seen++
	return f.seen == f.Sel.Nth
}

// strikes reports whether a fault meets a packet: one that was chosen, or by
// chance where the fault has a probability instead.
func (f *fault) strikes(d *direction, q *packet, v *verdict) bool {
	if f.Sel.Nth == 0 {
		return v.lost == "" && d.dice.happens(f.Loss)
	}
	return f.chosen(d, q)
}

// swap holds the first packet until the second comes, and sends it behind.
func (w *World) swap(f *fault, d *direction, q *packet, v *verdict) {
	if f.chosen(d, q) {
		v.hold = true
		v.note = f.Text
	}
	if q.forged || d.from != f.Other.Host || !f.Other.What.Matches(&q.Packet) {
		return
	}
	f.other++
	if f.other == f.Other.Nth && len(d.held) > 0 {
		v.after = d.held[0]
		d.held = slices.Delete(d.held, 0, 1)
		v.note = f.Text
	}
}

// gilbert moves the two-state model on by one packet and reports a loss.
func (d *direction) gilbert(f *Fault) bool {
	if d.bad {
		d.bad = !d.dice.happens(f.Leave)
	} else {
		d.bad = d.dice.happens(f.Enter)
	}
	if d.bad {
		return d.dice.happens(f.Loss)
	}
	return d.dice.happens(f.Good)
}

// flow is a conversation that a middlebox remembers.
type flow struct {
	fault int
	a, b  wire.Endpoint
	last  clock.Time
}

// middlebox passes packets of flows it remembers, remembers a flow when it
// sees a SYN or an INIT, and forgets one that was idle too long. The addresses stay as
// they are: what the hosts see of a NAT is that it forgets.
func (w *World) middlebox(f *fault, d *direction, q *packet, v *verdict) {
	if d.link < 0 || q.Proto != wire.ProtoTCP && q.Proto != wire.ProtoSCTP || v.lost != "" {
		return
	}
	l := w.links[d.link]
	a, b, syn, reset := q.opening()
	i := slices.IndexFunc(l.nat, func(fl flow) bool {
		return fl.fault == f.index && (fl.a == a && fl.b == b || fl.a == b && fl.b == a)
	})
	switch {
	case i < 0 && syn:
		l.nat = append(l.nat, flow{fault: f.index, a: a, b: b, last: w.now})
	case i >= 0 && (syn || w.now.Sub(l.nat[i].last) < f.By):
		l.nat[i].last = w.now
	default:
		v.lose(trace.LostOnLink, "nat: idle for "+trace.Duration(f.By))
		if f.Reset && !reset {
			w.answerReset(d, q)
		}
	}
}

// opening is the ends of a packet, and whether it begins a conversation or
// ends one at once.
func (q *packet) opening() (from, to wire.Endpoint, opens, resets bool) {
	if q.Proto == wire.ProtoSCTP {
		p := &q.SCTP
		return p.Source(), p.Destination(), p.Chunks.Has(wire.ChunkInit), p.Chunks.Has(wire.ChunkAbort)
	}
	t := &q.TCP
	return t.Source(), t.Destination(), t.Flags.Has(wire.SYN), t.Flags.Has(wire.RST)
}

// answerReset is the RST, or the ABORT, of a load balancer that knows of no
// such flow.
func (w *World) answerReset(d *direction, q *packet) {
	if q.Proto == wire.ProtoSCTP {
		p := &q.SCTP
		w.fromWithin(d, &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{
			Net:     wire.Net{Src: p.Dst, Dst: p.Src, TTL: p.TTL, DontFragment: true},
			SrcPort: p.DstPort, DstPort: p.SrcPort, Tag: p.Tag,
			Chunks: wire.Chunk{Type: wire.ChunkAbort, Flags: wire.FlagT}.Append(nil),
		}})
		return
	}
	t := &q.TCP
	reply := wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net:     wire.Net{Src: t.Dst, Dst: t.Src, TTL: t.TTL, DontFragment: true},
		SrcPort: t.DstPort, DstPort: t.SrcPort, Seq: t.Ack, Flags: wire.RST,
	}}
	if !t.Flags.Has(wire.ACK) {
		reply.TCP.Seq, reply.TCP.Ack, reply.TCP.Flags = 0, t.End(), wire.RST|wire.ACK
	}
	w.fromWithin(d, &reply)
}

// tooBig tells the sender that its packet does not fit (RFC 792, RFC 4443);
// IPv4 packets that may be fragmented are lost, for fragments are not
// modelled.
func (w *World) tooBig(d *direction, q *packet, mtu int) {
	net := q.Net()
	if net.Dst.Is4() && !net.DontFragment || q.Proto != wire.ProtoTCP && q.Proto != wire.ProtoSCTP {
		return
	}
	m := wire.ICMP{
		Net:  wire.Net{Src: net.Dst, Dst: net.Src, TTL: net.TTL, DontFragment: true},
		Kind: wire.PacketTooBig, MTU: uint32(mtu),
		Quote: wire.Quote{
			Proto: q.Proto, Src: net.Src, Dst: net.Dst,
			SrcPort: q.TCP.SrcPort, DstPort: q.TCP.DstPort, Seq: q.TCP.Seq,
		},
	}
	if q.Proto == wire.ProtoSCTP {
		m.Quote.SrcPort, m.Quote.DstPort, m.Quote.Seq = q.SCTP.SrcPort, q.SCTP.DstPort, wire.Seq(q.SCTP.Tag)
	}
	proto := wire.ProtoICMPv6
	if net.Dst.Is4() {
		proto = wire.ProtoICMPv4
	}
	w.fromWithin(d, &wire.Packet{Proto: proto, ICMP: m})
}

// fromWithin sends a packet back to d's sender from the middle of the link: it
// arrives when half the way there and half the way back are over.
func (w *World) fromWithin(d *direction, p *wire.Packet) {
	back := w.dirs[d.index^1]
	reply := w.packets.get(p)
	filtered := slices.ContainsFunc(w.faults, func(f fault) bool {
		return f.Kind == FilterFault && f.Sel.What.Matches(p) && (f.Link < 0 || f.Link == d.link)
	})
	w.rec.forged(reply, back, "answered by the link")
	if filtered {
		w.rec.lost(reply, trace.LostOnLink, w.now, "filter")
		w.packets.put(reply)
		return
	}
	reply.at = w.now.Add(w.links[d.link].spec.Delay)
	back.fly(reply)
	w.wakeDirection(back)
}
