package trace

import (
	"simrun/internal/ranges"
	"simrun/wire"
)

// Resent is a packet that carries octets, a SYN or a FIN again.
type Resent struct {
	Packet   int    // index into Packets
	Reason   string // why its sender sent it: "RTO", "fast retransmit", "loss probe", "path MTU"; "" if it did not say
	Spurious bool
}

// Retransmissions is what the log's hosts sent again, in order. One is spurious
// if no loss explains it: all it carries had reached the peer in earlier
// packets, or was on its way and reached it later, and the peer's host took it.
// An acknowledgment that was lost does explain it, unless a later one that had
// been sent by then came through. Who sends cannot know; who sees both hosts
// and the link can. A shut window that is probed again is not counted among
// them.
func Retransmissions(log *Log) (all []Resent) {
	flows := map[flowKey]*flow{}
	of := func(p *Packet, from int, base wire.Seq) *flow {
		k := flowKey{p.Conn, from, base}
		if flows[k] == nil {
			flows[k] = &flow{}
		}
		return flows[k]
	}
	for i := range log.Packets {
		p := &log.Packets[i]
		if p.Forged || p.Pkt.Proto != wire.ProtoTCP {
			continue
		}
		f, s, reaches := of(p, p.From, p.SeqBase), &p.Pkt.TCP, p.reaches()
		lo, hi := p.octets()
		if p.Resend > 0 && !p.Probe {
			ackLost := f.acked < hi && f.ackSent >= hi
			all = append(all, Resent{i, p.Reason, f.had.Contains(lo, hi) && !ackLost})
		}
		if s.Flags.Has(wire.SYN) && p.Resend == 0 {
			f.had.Clear() // another incarnation
		}
		if reaches && lo < hi {
			f.had.Add(lo, hi)
		}
		if s.Flags.Has(wire.ACK) {
			f, ack := of(p, log.peer(p), p.AckBase), uint64(s.Ack-p.AckBase)
			f.ackSent = max(f.ackSent, ack)
			if reaches {
				f.acked = max(f.acked, ack)
			}
		}
	}
	return all
}

// flow is what is known, up to a packet, of the octets that one end of a
// connection sends in one incarnation.
type flow struct {
	had            ranges.Set // what the peer got or will get of those
	ackSent, acked uint64     // the highest that it has acknowledged, and such that this came through
}

type flowKey struct {
	conn, from int
	base       wire.Seq // the initial number
}

// peer is the host that a packet's sender talks to; -1 if that is itself.
func (l *Log) peer(p *Packet) int {
	if p.Conn >= 0 {
		for _, e := range l.Conns[p.Conn].Ends {
			if e.Host != p.From {
				return e.Host
			}
		}
	}
	return -1
}

// octets is the numbers that a packet carries, from its sender's initial one.
func (p *Packet) octets() (lo, hi uint64) {
	lo = uint64(p.Pkt.TCP.Seq - p.SeqBase)
	return lo, lo + uint64(p.Pkt.TCP.Len())
}

// reaches reports whether a copy of the packet arrived and was taken, or is
// still on its way.
func (p *Packet) reaches() bool {
	for i := range p.Copies {
		if c := &p.Copies[i]; c.Fate == InFlight || c.Fate == Arrived && !c.Refused {
			return true
		}
	}
	return false
}
