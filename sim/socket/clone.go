package socket

import (
	"encoding/binary"
	"slices"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// Clone is a copy that shares nothing with k but configurations; it reports
// to env.
func (k *Stack) Clone(env Env) *Stack {
	d := *k
	d.env = env
	d.out = tcp.Out{}
	d.addrs = slices.Clone(k.addrs)
	d.conns = make([]*conn, len(k.conns))
	for i, c := range k.conns {
		copied := *c
		copied.tcp = *c.tcp.Clone()
		d.conns[i] = &copied
	}
	d.freeConns = slices.Clone(k.freeConns)
	d.freeSocks = slices.Clone(k.freeSocks)
	d.listeners = slices.Clone(k.listeners)
	d.socks = slices.Clone(k.socks)
	for i := range d.socks {
		d.socks[i].listen.ready = k.socks[i].listen.ready.Clone()
	}
	d.procs = slices.Clone(k.procs)
	for i := range d.procs {
		d.procs[i].fds = slices.Clone(k.procs[i].fds)
	}
	d.demux.heads = slices.Clone(k.demux.heads)
	d.timers = k.timers.Clone()
	return &d
}

// AppendState appends the stack's state in canonical form, for hashing: all
// that its future depends on but the configuration, which does not change.
func (k *Stack) AppendState(b []byte, now clock.Time) []byte {
	b = binary.AppendUvarint(b, uint64(k.ephemeral))
	for i := range k.socks {
		if k.socks[i].used {
			b = append(b, byte(i), 'S')
			b = k.socks[i].appendState(b)
		}
	}
	for _, c := range k.conns {
		if c.linked || c.sock != None {
			b = append(b, byte(c.id), 'C', byte(c.sock), byte(c.listener))
			b = c.tcp.AppendState(b, now)
		}
	}
	for i := range k.procs {
		b = append(b, 'P')
		for _, s := range k.procs[i].fds {
			b = binary.AppendUvarint(b, uint64(s))
		}
	}
	return b
}

func (s *sock) appendState(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(s.refs))
	b = appendEndpoint(appendEndpoint(b, s.local), s.remote)
	b = binary.AppendVarint(b, int64(s.conn))
	b = append(b, byte(s.err))
	for _, flag := range [...]bool{
		s.bound, s.listening, s.queued, s.opening, s.opened, s.finFirst,
		s.shutRead, s.shutWrite, s.lingerOn, s.reuseAddr, s.cfg.NoDelay,
	} {
		b = append(b, byte(number(flag)))
	}
	for _, n := range [...]int{
		int(s.linger), s.cfg.SendBuffer, s.cfg.ReceiveBuffer, s.cfg.MSS,
		s.listen.backlog, s.listen.opening, s.listen.ready.Len(),
	} {
		b = binary.AppendVarint(b, int64(n))
	}
	for i := range s.listen.ready.Len() {
		b = binary.AppendVarint(b, int64(*s.listen.ready.At(i)))
	}
	return b
}

func appendEndpoint(b []byte, e wire.Endpoint) []byte {
	a := e.Addr.As16()
	b = append(b, a[:]...)
	return binary.BigEndian.AppendUint16(b, e.Port)
}
