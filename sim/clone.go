package sim

import (
	"encoding/binary"
	"errors"
	"slices"

	"simrun/clock"
	"simrun/wire"
)

// ErrGoProgram is why a World cannot be cloned: Go code cannot be copied in
// the middle of a call. Such a World is run again from its beginning instead.
var ErrGoProgram = errors.New("a world with Go programs cannot be cloned")

// Clone is a copy of the world that shares nothing with it but its scenario.
// It records nothing.
func (w *World) Clone() (*World, error) {
	for _, a := range w.apps {
		if a.co != nil {
			return nil, ErrGoProgram
		}
	}
	c := *w
	c.rec, c.ports, c.octets = nil, nil, nil
	c.watch = w.watch.clone(&c)
	c.packets = pool{}
	c.heap = w.heap.Clone()
	c.faults = slices.Clone(w.faults)
	c.injects = slices.Clone(w.injects)
	c.failures = slices.Clone(w.failures)
	c.broken = slices.Clone(w.broken)
	c.hosts = make([]*host, len(w.hosts))
	for i, h := range w.hosts {
		copied := *h
		copied.w = &c
		copied.delivered, copied.waiters = slices.Clone(h.delivered), slices.Clone(h.waiters)
		copied.stack = h.stack.Clone(&copied)
		c.hosts[i] = &copied
	}
	c.links = make([]*link, len(w.links))
	for i, l := range w.links {
		copied := *l
		copied.nat = slices.Clone(l.nat)
		c.links[i] = &copied
	}
	c.dirs = make([]*direction, len(w.dirs))
	for i, d := range w.dirs {
		c.dirs[i] = d.clone()
	}
	c.apps = make([]*app, len(w.apps))
	for i, a := range w.apps {
		copied := *a
		copied.blocks = slices.Clone(a.blocks)
		copied.it, copied.room, copied.call.data = slices.Clone(a.it), nil, slices.Clone(a.call.data)
		c.apps[i] = &copied
	}
	c.procs = make([]*process, len(w.procs))
	for i, p := range w.procs {
		c.procs[i] = &process{p.host, p.id, slices.Clone(p.names), slices.Clone(p.open)}
	}
	return &c, nil
}

func (d *direction) clone() *direction {
	c := *d
	c.flights = d.flights.Clone()
	for i := range c.flights.Len() {
		*c.flights.At(i) = (*c.flights.At(i)).clone()
	}
	c.starts = d.starts.Clone()
	c.held = make([]*packet, len(d.held))
	for i, q := range d.held {
		c.held[i] = q.clone()
	}
	return &c
}

// AppendState appends the world's state in canonical form: two worlds of one
// scenario that append equal octets have equal futures, shifted by the time
// between them. Numbers count from the initial ones and instants from now;
// dice count only where something is left to chance. Go programs are no part of
// it: nobody can look into them.
func (w *World) AppendState(b []byte) []byte {
	for _, h := range w.hosts {
		b = append(b, 'H')
		b = h.stack.AppendState(b, w.now)
	}
	for _, l := range w.links {
		b = append(b, 'N')
		for _, f := range l.nat {
			b = append(b, byte(f.fault))
			b = appendEndpoint(appendEndpoint(b, f.a), f.b)
			b = binary.AppendVarint(b, int64(w.now-f.last))
		}
	}
	for _, d := range w.dirs {
		b = append(b, 'D')
		b = w.appendDirection(b, d)
	}
	for _, a := range w.apps {
		b = append(b, 'A')
		b = w.appendApp(b, a)
	}
	for i := range w.faults {
		f := &w.faults[i] // how many packets there are until it strikes
		b = binary.AppendUvarint(b, uint64(max(f.Sel.Nth-f.seen, 0)))
		b = binary.AppendUvarint(b, uint64(max(f.Other.Nth-f.other, 0)))
	}
	for _, p := range w.procs {
		b = append(b, 'P')
		for _, n := range p.names {
			b = binary.AppendVarint(append(append(b, n.name...), 0), int64(n.fd))
		}
		for _, fd := range p.open {
			b = binary.AppendVarint(append(b, 0), int64(fd))
		}
	}
	return w.appendAbsolute(b)
}

func appendEndpoint(b []byte, e wire.Endpoint) []byte {
	a := e.Addr.As16()
	return binary.BigEndian.AppendUint16(append(b, a[:]...), e.Port)
}

// appendAbsolute appends now where the scenario speaks of absolute time: then
// the same state at another instant has another future. Forged packets take
// after the latest connection of their host.
func (w *World) appendAbsolute(b []byte) []byte {
	if w.scenario.absolute() {
		b = binary.AppendVarint(b, int64(w.now))
	}
	for i := range w.injects {
		b = binary.AppendUvarint(b, uint64(w.injects[i].sent))
	}
	if len(w.injects) > 0 {
		for _, h := range w.hosts {
			b = appendEndpoint(appendEndpoint(b, h.last.local), h.last.remote)
			b = binary.BigEndian.AppendUint32(b, uint32(h.last.iss))
			b = binary.BigEndian.AppendUint32(b, uint32(h.last.irs))
		}
	}
	return b
}

// absolute reports whether a scenario's future depends on the instant itself.
func (sc *Scenario) absolute() bool {
	if sc.End > 0 || len(sc.Inject) > 0 {
		return true
	}
	for i := range sc.Faults {
		if sc.Faults[i].Kind == CutFault {
			return true
		}
	}
	for i := range sc.Apps {
		for j := range sc.Apps[i].Code {
			if in := &sc.Apps[i].Code[j]; in.Op == OpAt || in.Op == OpRepeat && in.Dur > 0 {
				return true
			}
		}
	}
	return false
}

func (w *World) appendDirection(b []byte, d *direction) []byte {
	b = binary.AppendUvarint(b, uint64(d.flights.Len()))
	for i := range d.flights.Len() {
		q := *d.flights.At(i)
		b = binary.AppendVarint(b, int64(q.at-w.now))
		b = w.appendPacket(b, q)
	}
	b = binary.AppendUvarint(b, uint64(len(d.held)))
	for _, q := range d.held {
		b = w.appendPacket(b, q)
	}
	b = binary.AppendVarint(b, int64(max(d.free-w.now, 0)))
	b = binary.AppendVarint(b, int64(max(d.last-w.now, 0)))
	for i := range d.starts.Len() {
		if start := *d.starts.At(i); start > w.now {
			b = binary.AppendVarint(b, int64(start-w.now))
		}
	}
	if d.bad {
		b = append(b, 1)
	}
	if w.chancy(d) {
		b, _ = d.dice.pcg.AppendBinary(b)
	}
	return b
}

// chancy reports whether a direction may throw its dice.
func (w *World) chancy(d *direction) bool {
	if d.link >= 0 && w.links[d.link].spec.Jitter > 0 {
		return true
	}
	return slices.ContainsFunc(w.faults, func(f fault) bool {
		switch f.Kind {
		case LossFault, GilbertFault, CorruptFault:
			return true
		case DupFault, DelayFault, MarkFault:
			return f.Sel.Nth == 0
		}
		return false
	})
}

// appendPacket appends a packet in flight, its numbers relative to what its
// connection's count from.
func (w *World) appendPacket(b []byte, q *packet) []byte {
	if q.broken {
		b = append(b, 'X')
	}
	net := q.Net()
	b = append(b, byte(q.Proto), byte(net.ECN))
	if q.Proto == wire.ProtoSCTP {
		return appendSCTP(b, q)
	}
	if q.Proto != wire.ProtoTCP {
		m := &q.ICMP
		b = appendEndpoint(b, wire.Endpoint{Addr: net.Dst})
		b = binary.AppendUvarint(append(b, byte(m.Kind)), uint64(m.MTU))
		local := wire.Endpoint{Addr: m.Quote.Src, Port: m.Quote.SrcPort}
		remote := wire.Endpoint{Addr: m.Quote.Dst, Port: m.Quote.DstPort}
		b, seq, _ := w.appendBases(appendEndpoint(appendEndpoint(b, local), remote), local, remote)
		return binary.LittleEndian.AppendUint32(b, uint32(m.Quote.Seq-seq))
	}
	t := &q.TCP
	b = appendEndpoint(appendEndpoint(b, t.Source()), t.Destination())
	b, seq, ack := w.appendBases(b, t.Source(), t.Destination())
	b = binary.LittleEndian.AppendUint32(b, uint32(t.Seq-seq))
	if t.Flags.Has(wire.ACK) {
		b = binary.LittleEndian.AppendUint32(b, uint32(t.Ack-ack))
	}
	b = binary.LittleEndian.AppendUint16(b, uint16(t.Flags))
	b = binary.LittleEndian.AppendUint16(b, t.Window)
	b = binary.LittleEndian.AppendUint16(b, t.Urgent)
	b = append(append(b, byte(t.Options.Len())), t.Options.Bytes()...)
	b = binary.AppendUvarint(b, uint64(len(t.Payload)))
	return append(b, t.Payload...)
}

// appendBases is what the numbers of a segment from one end to another count
// from: what those of the connection count from, at the end that knows them.
// Where neither does, old numbers may yet meet those that a new connection
// would begin with now; these move every four microseconds, so how far now is
// into that counts too.
func (w *World) appendBases(b []byte, from, to wire.Endpoint) (_ []byte, seq, ack wire.Seq) {
	var there, peerThere, learnt, peerLearnt bool
	var seqLearnt, ackLearnt wire.Seq
	for _, h := range w.hosts {
		if h.stack.Owns(from.Addr) {
			seq, ackLearnt, there, learnt = h.stack.Bases(w.now, from, to)
		}
		if h.stack.Owns(to.Addr) {
			ack, seqLearnt, peerThere, peerLearnt = h.stack.Bases(w.now, to, from)
		}
	}
	if !there && peerLearnt {
		seq, there = seqLearnt, true
	}
	if !peerThere && learnt {
		ack, peerThere = ackLearnt, true
	}
	if there && peerThere {
		return append(b, 1), seq, ack
	}
	return append(b, 0, byte(w.now%4000), byte(w.now%4000>>8)), seq, ack
}

func (w *World) appendApp(b []byte, a *app) []byte {
	b = binary.AppendUvarint(b, uint64(a.proc))
	b = binary.AppendUvarint(b, uint64(a.pc))
	for _, flag := range [...]bool{a.done, a.waiting, a.sleeps, a.call.begun, a.call.any} {
		if flag {
			b = append(b, 1)
		} else {
			b = append(b, 0)
		}
	}
	for _, bl := range a.blocks {
		b = binary.AppendUvarint(b, uint64(bl.begin))
		b = binary.AppendUvarint(b, uint64(bl.turn))
	}
	b = binary.AppendUvarint(b, uint64(len(a.it)))
	b = append(b, a.it...)
	if a.call.begun {
		b = binary.AppendVarint(b, int64(a.call.fd))
		b = binary.AppendVarint(b, int64(a.call.sock))
		b = binary.AppendVarint(b, int64(a.call.sent))
		if a.call.in.Op == OpRecv {
			b = append(binary.AppendUvarint(b, uint64(len(a.call.data))), a.call.data...)
		}
		if a.call.in.When != nil {
			b = binary.AppendVarint(b, int64(w.now-a.call.start))
		}
		if a.call.expires < clock.Never {
			b = binary.AppendVarint(b, int64(a.call.expires-w.now))
		}
	}
	if due, ok := w.heap.Due(a.actor()); ok {
		b = binary.AppendVarint(b, int64(due-w.now)+1)
	}
	return b
}
