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
	for i := range log.Packets {
		if p := &log.Packets[i]; p.Resend > 0 && !p.Forged && p.Pkt.Proto == wire.ProtoTCP && !p.Probe {
			all = append(all, Resent{i, p.Reason, log.delivered(i) && !log.ackLost(i)})
		}
	}
	return all
}

// delivered reports whether the peer got all that a packet carries from those
// before it.
func (l *Log) delivered(i int) bool {
	p := &l.Packets[i]
	lo, hi := p.octets()
	var had ranges.Set
	for j := i - 1; j >= 0 && !had.Contains(lo, hi); j-- {
		q := &l.Packets[j]
		if q.From != p.From || q.Conn != p.Conn || q.Forged || q.Pkt.Proto != wire.ProtoTCP || q.SeqBase != p.SeqBase {
			continue
		}
		if a, b := q.octets(); a < hi && lo < b && q.reaches() {
			had.Add(a, b)
		}
		if q.Pkt.TCP.Flags.Has(wire.SYN) && q.Resend == 0 {
			break // an earlier incarnation comes before
		}
	}
	return had.Contains(lo, hi)
}

// ackLost reports whether the peer had acknowledged what a packet carries, in
// packets that were all lost.
func (l *Log) ackLost(i int) bool {
	p, lost := &l.Packets[i], false
	_, hi := p.octets()
	for j := i - 1; j >= 0; j-- {
		q := &l.Packets[j]
		if q.From == p.From || q.Conn != p.Conn || q.Forged || q.Pkt.Proto != wire.ProtoTCP || q.AckBase != p.SeqBase {
			continue
		}
		if t := &q.Pkt.TCP; t.Flags.Has(wire.ACK) && uint64(t.Ack-q.AckBase) >= hi {
			if q.reaches() {
				return false
			}
			lost = true
		}
	}
	return lost
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
