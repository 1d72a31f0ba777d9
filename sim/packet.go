package sim

import (
	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// packet is one copy of a packet on its way, with octets of its own: it
// outlives the send queue that its payload came from.
type packet struct {
	wire.Packet
	buf    []byte
	at     clock.Time // when it arrives
	base   numbers    // what the TSNs of an SCTP packet count from
	id     int        // index into the log's packets; -1 when nothing is recorded
	copy   int        // index into that packet's copies
	broken bool       // its checksum will fail
	forged bool       // no host sent it: selectors do not count it
	life   int        // 1 + the watch's life that sent it; 0: none that it knows
}

// numbers is what the numbers of a packet's sender and of its peer count from.
type numbers struct{ seq, ack wire.Seq }

// pool is packets to use again.
type pool struct{ free []*packet }

// get is a packet holding a copy of p.
func (l *pool) get(p *wire.Packet) *packet {
	var q *packet
	if n := len(l.free); n > 0 {
		q = l.free[n-1]
		l.free = l.free[:n-1]
	} else {
		q = new(packet)
	}
	buf := append(q.buf[:0], p.Payload()...)
	*q = packet{Packet: *p, buf: buf, id: -1}
	q.SetPayload(buf)
	return q
}

func (l *pool) put(q *packet) { l.free = append(l.free, q) }

// become makes q hold a copy of p instead.
func (q *packet) become(p *wire.Packet) {
	q.Packet = *p
	q.buf = append(q.buf[:0], p.Payload()...)
	q.SetPayload(q.buf)
}

// clone is a copy that shares nothing with q; no record knows of it.
func (q *packet) clone() *packet {
	c := *q
	c.id, c.copy = -1, 0
	c.buf = append([]byte(nil), q.buf...)
	c.SetPayload(c.buf)
	return &c
}

// Matches reports whether a packet is of the kind that a selector counts.
func (w *What) Matches(p *wire.Packet) bool {
	switch {
	case w.Any:
		return true
	case w.ICMP:
		return p.Proto == wire.ProtoICMPv4 || p.Proto == wire.ProtoICMPv6
	case w.Chunk != "" || p.Proto == wire.ProtoSCTP:
		return w.matchesChunks(p)
	case p.Proto != wire.ProtoTCP:
		return false
	case w.Data:
		return len(p.TCP.Payload) > 0 && p.TCP.Flags.Has(w.Flags)
	case w.PureACK:
		return len(p.TCP.Payload) == 0 && p.TCP.Flags.Has(wire.ACK) &&
			p.TCP.Flags&(wire.SYN|wire.FIN|wire.RST) == 0
	}
	return w.Flags != 0 && p.TCP.Flags.Has(w.Flags)
}

// matchesChunks reports whether a packet of SCTP holds the chunk that is
// meant, or user data.
func (w *What) matchesChunks(p *wire.Packet) bool {
	if p.Proto != wire.ProtoSCTP || w.Chunk == "" && (!w.Data || w.Flags != 0) {
		return false
	}
	for c, rest, ok := p.SCTP.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		_, data := c.Data()
		if w.Chunk == notation.ChunkName(c.Type) || w.Chunk == "" && data {
			return true
		}
	}
	return false
}
