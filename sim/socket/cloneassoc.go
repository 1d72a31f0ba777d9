package socket

import (
	"encoding/binary"
	"slices"

	"simrun/clock"
	"simrun/sctp"
)

// clone is a copy that shares nothing with t but configurations.
func (t *assocs) clone() assocs {
	d := *t
	d.brief, d.out, d.msg = sctp.Assoc{}, sctp.Out{}, sctp.Message{}
	d.slab = make([]*assoc, len(t.slab))
	for i, a := range t.slab {
		copied := *a
		copied.sctp = *a.sctp.Clone()
		d.slab[i] = &copied
	}
	d.free, d.live = slices.Clone(t.free), slices.Clone(t.live)
	d.heads, d.bound = slices.Clone(t.heads), slices.Clone(t.bound)
	return d
}

func (ep *endpoint) clone() *endpoint {
	if ep == nil {
		return nil
	}
	d := *ep
	d.addrs, d.assocs = slices.Clone(ep.addrs), slices.Clone(ep.assocs)
	d.queue = ep.queue.Clone()
	return &d
}

// appendAssocs appends the associations, as AppendState does connections. What
// the next ones draw counts where heartbeats are left to chance.
func (k *Stack) appendAssocs(b []byte, now clock.Time) []byte {
	t := &k.assocs
	if t.last == 0 && len(t.bound) == 0 {
		return b
	}
	b = binary.AppendUvarint(append(b, 'A'), uint64(t.last))
	for _, id := range t.bound {
		b = binary.AppendVarint(b, int64(id))
	}
	for _, r := range t.live {
		a := t.slab[r.place]
		b = binary.AppendUvarint(append(b, 'a'), uint64(a.id))
		b = binary.AppendVarint(b, int64(a.sock))
		b = binary.AppendVarint(b, int64(a.listener))
		b = binary.AppendUvarint(b, uint64(a.entries))
		b = k.appendSCTPConfig(b, a.sctp.Config())
		b = a.sctp.AppendState(b, now)
	}
	if len(t.live) > 0 && k.cfg.SCTP.HBJitter && k.cfg.SCTP.HBInterval > 0 {
		b = binary.BigEndian.AppendUint64(b, t.random)
	}
	return b
}

// appendSCTPConfig appends the configuration of an association or a socket
// where it is not that of the beginning.
func (k *Stack) appendSCTPConfig(b []byte, cfg *sctp.Config) []byte {
	first := k.first.SCTP
	first.Secret = k.secret
	if *cfg == first {
		return append(b, 0)
	}
	changed := Config{SCTP: *cfg}
	changed.SCTP.Secret = [16]byte{}
	return appendConfig(append(b, 1), changed)
}

// appendEndpointState appends what an SCTP socket adds.
func (k *Stack) appendEndpointState(b []byte, ep *endpoint) []byte {
	if ep == nil {
		return append(b, 0)
	}
	b = append(b, 1, byte(number(ep.many)), byte(ep.interleave))
	b = k.appendSCTPConfig(b, ep.cfg)
	b = binary.BigEndian.AppendUint16(b, ep.port)
	b = binary.AppendUvarint(b, uint64(len(ep.addrs)))
	for _, addr := range ep.addrs {
		raw := addr.As16()
		b = append(b, raw[:]...)
	}
	b = binary.AppendUvarint(b, uint64(len(ep.assocs)))
	for _, id := range ep.assocs {
		b = binary.AppendVarint(b, int64(id))
	}
	b = binary.AppendVarint(b, int64(ep.reading))
	for _, n := range [...]uint32{ep.events, ep.context, uint32(ep.defaults.Assoc), uint32(ep.defaults.Stream),
		ep.defaults.PPID, ep.defaults.Context, uint32(ep.defaults.Flags), uint32(ep.queue.Len())} {
		b = binary.AppendUvarint(b, uint64(n))
	}
	for i := range ep.queue.Len() {
		e := ep.queue.At(i)
		b = appendEndpoint(binary.AppendVarint(b, int64(e.assoc)), e.from)
		b = e.note.appendState(b)
	}
	return b
}

func (n *Notification) appendState(b []byte) []byte {
	raw := n.Addr.As16()
	b = append(append(b, byte(n.Kind), byte(n.What)), raw[:]...)
	for _, v := range [...]uint32{uint32(n.Cause), uint32(n.Out), uint32(n.In), uint32(n.Message), uint32(n.Stream), uint32(n.SSN)} {
		b = binary.AppendUvarint(b, uint64(v))
	}
	b = binary.AppendUvarint(b, uint64(len(n.Reason)))
	return append(b, n.Reason...)
}
