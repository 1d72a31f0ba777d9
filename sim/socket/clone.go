package socket

import (
	"encoding/binary"
	"fmt"
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
	d.out, d.brief = tcp.Out{}, tcp.Conn{}
	d.assocs = k.assocs.clone()
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
		d.socks[i].ep = k.socks[i].ep.clone()
	}
	d.fastPeers = slices.Clone(k.fastPeers)
	d.procs = slices.Clone(k.procs)
	for i := range d.procs {
		d.procs[i].fds = slices.Clone(k.procs[i].fds)
	}
	d.demux.heads = slices.Clone(k.demux.heads)
	d.timers = k.timers.Clone()
	return &d
}

// AppendState appends the stack's state in canonical form, for hashing: all
// that its future depends on but the configuration that it was made with.
func (k *Stack) AppendState(b []byte, now clock.Time) []byte {
	b = binary.AppendUvarint(b, uint64(k.ephemeral))
	if k.cfg.SYNCookies != CookiesOff {
		b = binary.AppendVarint(b, int64(now)) // a cookie's life depends on the instant itself
	}
	if k.cfg != k.first {
		b = appendConfig(append(b, 'K'), *k.cfg)
	}
	for _, f := range k.fastPeers {
		a := f.addr.As16()
		b = append(append(append(b, 'F'), a[:]...), f.cookie[:]...)
		b = binary.AppendUvarint(append(b, f.n), uint64(f.mss))
	}
	if sent, age := k.challenges.Age(now, k.cfg.TCP.ChallengeInterval); sent > 0 {
		b = binary.AppendVarint(append(b, 'T', byte(sent)), int64(age))
	}
	for i := range k.socks {
		if k.socks[i].used {
			b = append(binary.AppendUvarint(b, uint64(i)), 'S')
			b = k.appendTCPConfig(b, k.socks[i].cfg)
			b = k.socks[i].appendState(b)
			b = k.appendEndpointState(b, k.socks[i].ep)
		}
	}
	for _, l := range k.listeners {
		b = append(binary.AppendUvarint(b, uint64(l)), 'L')
	}
	for _, c := range k.conns {
		if c.linked || c.sock != None {
			b = append(binary.AppendUvarint(b, uint64(c.id)), 'C')
			b = binary.AppendVarint(b, int64(c.sock))
			b = binary.AppendVarint(b, int64(c.listener))
			b = append(b, byte(number(c.reuse)))
			if c.listener != None && k.socks[c.listener].listen.deferred > 0 {
				b = binary.AppendVarint(b, int64(now-c.since))
			}
			b = k.appendTCPConfig(b, c.tcp.Config())
			b = c.tcp.AppendState(b, now)
		}
	}
	b = k.appendAssocs(b, now)
	for i := range k.procs {
		b = append(b, 'P')
		b = binary.AppendUvarint(b, uint64(k.procs[i].limit))
		b = binary.AppendUvarint(b, uint64(len(k.procs[i].fds)))
		for _, s := range k.procs[i].fds {
			b = binary.AppendUvarint(b, uint64(s))
		}
	}
	return b
}

// appendTCPConfig appends a connection's configuration where it is not that of
// the beginning: an option or a setting has changed it.
func (k *Stack) appendTCPConfig(b []byte, cfg *tcp.Config) []byte {
	if cfg == &k.first.TCP {
		return append(b, 0)
	}
	return appendConfig(append(b, 1), Config{TCP: *cfg})
}

// appendConfig appends the values of a configuration. The table is left out:
// nothing changes it during a run.
func appendConfig(b []byte, cfg Config) []byte {
	cfg.TCP.Table, cfg.SCTP.Table = nil, nil
	return fmt.Appendf(b, "%v", cfg)
}

// Bases is what the numbers of a connection count from, its own and, once it
// has learnt them, its peer's. Of a connection that is not there, its own are
// those that it would begin with if it were opened now.
func (k *Stack) Bases(now clock.Time, local, remote wire.Endpoint) (iss, irs wire.Seq, there, learnt bool) {
	id := k.demux.find(k, local, remote)
	if id == None {
		iss, _ = k.numbers(now, local, remote)
		return iss, 0, false, false
	}
	c := &k.conns[id].tcp
	return c.ISS(), c.IRS(), true, c.State() != tcp.SynSent && c.State() != tcp.Listen
}

func (s *sock) appendState(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(s.refs))
	b = appendEndpoint(appendEndpoint(b, s.local), s.remote)
	b = appendEndpoint(b, s.later)
	b = binary.AppendVarint(b, int64(s.conn))
	b = append(b, byte(s.err))
	for _, flag := range [...]bool{
		s.bound, s.listening, s.queued, s.opening, s.opened, s.finFirst,
		s.shutRead, s.shutWrite, s.lingerOn, s.reuseAddr, s.oobInline, s.oobRead,
	} {
		b = append(b, byte(number(flag)))
	}
	for _, n := range [...]int64{
		int64(s.linger), int64(s.listen.backlog), int64(s.listen.opening), int64(s.listen.ready.Len()), s.listen.deferred, s.listen.fastLimit, s.listen.fast,
		s.recvTimeout, s.sendTimeout, s.fastConnect,
	} {
		b = binary.AppendVarint(b, n)
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
