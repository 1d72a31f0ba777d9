package sim

import (
	"simrun/sctp"
	"simrun/sim/socket"
	"simrun/wire"
)

// AssocStepped takes what an association's step brought about (socket.Env).
func (h *host) AssocStepped(s socket.AssocStep) {
	w := h.w
	w.rec.assocStepped(h, &s)
	for _, v := range s.Out.Violations {
		w.violate(h, v.ID, v.Text)
	}
	w.watch.assocStepped(h, &s)
	h.remember(&s)
	var p wire.Packet
	p.Proto = wire.ProtoSCTP
	for i := range s.Out.Packets {
		w.sendSCTP(h, &p, &s, &s.Out.Packets[i])
	}
	w.wake(h, s.Sock)
	w.wake(h, s.Listener)
}

// remember keeps what a forger knows of the association.
func (h *host) remember(s *socket.AssocStep) {
	if s.Assoc == socket.None || !s.To.Exists() && h.lastAssoc.local.Port != 0 {
		return // one that is over has forgotten its numbers
	}
	h.lastAssoc = peer{local: s.Local, remote: s.Remote, iss: before(s.MyTSN), irs: before(s.PeerTSN)}
	if s.Vars != nil {
		h.lastAssoc.myTag, h.lastAssoc.tag = s.Vars.MyTag, s.Vars.PeerTag
	}
}

// before is what TSNs count from whose first is initial, so that it is 1.
func before(initial wire.TSN) wire.Seq { return wire.Seq(initial) - 1 }

// sendSCTP hands a host's packet to the link that leads to its destination. It
// comes from the address on that link, if the association does not say.
func (w *World) sendSCTP(h *host, p *wire.Packet, s *socket.AssocStep, sent *sctp.Packet) {
	p.SCTP = sent.SCTP
	if p.SCTP.Src.IsUnspecified() {
		p.SCTP.Src = h.spec.Addrs[0]
		if own, ok := h.SourceFor(p.SCTP.Dst); ok {
			p.SCTP.Src = own
		}
	}
	q := w.packets.get(p)
	q.base = basesOf(s, &q.SCTP)
	h.sent++
	d := w.route(h, q.SCTP.Dst)
	w.rec.sentSCTP(h, q, d, sent.Resend)
	w.depart(h, d, q)
}

// basesOf is what the TSNs of a packet count from. INIT and INIT ACK say it
// themselves: whoever answers an INIT keeps nothing.
func basesOf(s *socket.AssocStep, p *wire.SCTP) (n numbers) {
	if s.Assoc != socket.None {
		n = numbers{before(s.MyTSN), before(s.PeerTSN)}
	}
	if c, _, ok := p.Chunks.Next(); ok {
		if init, ok := c.Init(); ok {
			n.seq = before(init.InitialTSN)
		}
	}
	return n
}
