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
	c.rec = nil
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
		copied.delivered = slices.Clone(h.delivered)
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
		copied.it = slices.Clone(a.it)
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
// dice count only where something is left to chance.
func (w *World) AppendState(b []byte) []byte {
	for _, h := range w.hosts {
		b = append(b, 'H')
		b = h.stack.AppendState(b, w.now)
	}
	for _, l := range w.links {
		for _, f := range l.nat {
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
		b = binary.AppendUvarint(b, uint64(w.faults[i].seen))
		b = binary.AppendUvarint(b, uint64(w.faults[i].other))
	}
	for _, p := range w.procs {
		for _, n := range p.names {
			b = append(append(b, n.name...), byte(n.fd))
		}
		for _, fd := range p.open {
			b = append(b, byte(fd))
		}
	}
	return w.appendAbsolute(b)
}

// appendAbsolute appends now where the scenario speaks of absolute time: then
// the same state at another instant has another future.
func (w *World) appendAbsolute(b []byte) []byte {
	if w.scenario.absolute() {
		b = binary.AppendVarint(b, int64(w.now))
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
	for i := range d.flights.Len() {
		q := *d.flights.At(i)
		b = binary.AppendVarint(b, int64(q.at-w.now))
		b = w.appendPacket(b, q)
	}
	for _, q := range d.held {
		b = w.appendPacket(b, q)
	}
	b = binary.AppendVarint(b, int64(max(d.free-w.now, 0)))
	b = binary.AppendVarint(b, int64(max(d.last-w.now, 0)))
	for i := range d.starts.Len() {
		b = binary.AppendVarint(b, int64(max(*d.starts.At(i)-w.now, 0)))
	}
	if d.bad {
		b = append(b, 1)
	}
	if w.chancy(d) {
		b, _ = d.dice.pcg.AppendBinary(b)
	}
	return b
}

// chancy reports whether a direction throws dice at all.
func (w *World) chancy(d *direction) bool {
	if d.link >= 0 && w.links[d.link].spec.Jitter > 0 {
		return true
	}
	return slices.ContainsFunc(w.faults, func(f fault) bool {
		return f.Kind == LossFault || f.Kind == GilbertFault || f.Kind == CorruptFault || f.Sel.Nth == 0
	})
}

// appendPacket appends a packet in flight, its numbers relative to what its
// two ends count from.
func (w *World) appendPacket(b []byte, q *packet) []byte {
	if q.broken {
		b = append(b, 'X')
	}
	if q.Proto != wire.ProtoTCP {
		return append(b, byte(q.ICMP.Kind), byte(q.ICMP.MTU), byte(q.ICMP.MTU>>8))
	}
	t := &q.TCP
	seqBase, ackBase := w.bases(t)
	b = binary.LittleEndian.AppendUint32(b, uint32(t.Seq-seqBase))
	b = binary.LittleEndian.AppendUint32(b, uint32(t.Ack-ackBase))
	b = binary.LittleEndian.AppendUint16(b, uint16(t.Flags))
	b = binary.LittleEndian.AppendUint16(b, t.Window)
	b = binary.LittleEndian.AppendUint16(b, t.SrcPort)
	b = binary.LittleEndian.AppendUint16(b, t.DstPort)
	b = append(b, t.Options.Bytes()...)
	b = binary.AppendUvarint(b, uint64(len(t.Payload)))
	return append(b, t.Payload...)
}

// bases is what the numbers of a segment count from: the initial numbers of
// its sender's connection, or of its receiver's.
func (w *World) bases(t *wire.TCP) (seq, ack wire.Seq) {
	for _, h := range w.hosts {
		switch {
		case h.last.local == t.Source() && h.last.remote == t.Destination():
			return h.last.iss, h.last.irs
		case h.last.local == t.Destination() && h.last.remote == t.Source():
			return h.last.irs, h.last.iss
		}
	}
	return 0, 0
}

func (w *World) appendApp(b []byte, a *app) []byte {
	b = binary.AppendUvarint(b, uint64(a.pc))
	for _, flag := range [...]bool{a.done, a.waiting, a.sleeps, a.call.begun} {
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
		b = binary.AppendVarint(b, int64(a.call.sent))
		if a.code[a.pc].When != nil {
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
