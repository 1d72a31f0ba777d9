package sim

import (
	"fmt"

	"simrun/wire"
	"simrun/wire/notation"
)

// forgeSCTP reads a packet of SCTP in notation and completes it from the
// association that the host has, or had last: a tag that is not written is the
// one that the peer expects, and 0 for an INIT.
func (w *World) forgeSCTP(h *host, in *injection) (*wire.Packet, error) {
	spec := in.spec
	c, ok := w.forgedAssoc(h)
	if spec.Src.Port != 0 {
		known := c
		c, ok = peer{local: spec.Src, remote: spec.Dst}, true
		c.local.Addr = following(c.local.Addr, in.sent)
		if known.local.Port == c.local.Port && known.remote.Port == c.remote.Port {
			c.iss, c.irs, c.tag = known.iss, known.irs, known.tag
		}
	}
	if !ok {
		return nil, fmt.Errorf("no association of host %s whose addresses it could take", h.spec.Name)
	}
	parsed, err := notation.ParseSCTP(spec.Source, notation.Base{Seq: c.iss, Ack: c.irs})
	if err != nil {
		return nil, err
	}
	if first, _ := parsed.Chunks.First(); !parsed.HasTag && first != wire.ChunkInit {
		parsed.Tag = c.tag
	}
	return &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{
		Net:     wire.Net{Src: c.local.Addr, Dst: c.remote.Addr, TTL: 64, DontFragment: true},
		SrcPort: c.local.Port, DstPort: c.remote.Port, Tag: parsed.Tag, Chunks: parsed.Chunks,
	}}, nil
}

// forgedAssoc is the association that a packet from a host claims to be of:
// the host's latest, else the latest that another host has with it, else one
// that its programs will open.
func (w *World) forgedAssoc(h *host) (peer, bool) {
	if c, ok := w.knownAssoc(h); ok {
		return c, true
	}
	c, ok := w.forgedFrom(h)
	c.iss, c.irs = 0, 0
	return c, ok
}

// knownAssoc is the latest association of a host, as it or another end knows
// it.
func (w *World) knownAssoc(h *host) (peer, bool) {
	if h.lastAssoc.local.Port != 0 {
		return h.lastAssoc, true
	}
	for _, other := range w.hosts {
		if c := other.lastAssoc; c.local.Port != 0 && h.stack.Owns(c.remote.Addr) {
			return peer{local: c.remote, remote: c.local, iss: c.irs, irs: c.iss, myTag: c.tag, tag: c.myTag}, true
		}
	}
	return peer{}, false
}

// forgedBases is what the TSNs of a forged packet count from: those of the
// association that it claims to be of.
func (w *World) forgedBases(h *host, q *packet) numbers {
	c, ok := w.forgedAssoc(h)
	if !ok || c.local.Port != q.SCTP.SrcPort || c.remote.Port != q.SCTP.DstPort {
		return numbers{}
	}
	return numbers{c.iss, c.irs}
}
