package sctp

import (
	"encoding/binary"
	"slices"

	"simrun/clock"
	"simrun/wire"
)

// Clone is a copy that shares nothing with a but the Config.
func (a *Assoc) Clone() *Assoc {
	d := *a
	d.locals = slices.Clone(a.locals)
	d.paths = slices.Clone(a.paths)
	d.init.cookie = slices.Clone(a.init.cookie)
	snd := &d.snd
	snd.streams, snd.messages, snd.free = slices.Clone(snd.streams), slices.Clone(snd.messages), slices.Clone(snd.free)
	snd.data, snd.skips = snd.data.clone(), slices.Clone(snd.skips)
	snd.waiting = snd.waiting.Clone()
	d.rc.streams = slices.Clone(a.rc.streams)
	snd.flight.records = snd.flight.records.Clone()
	snd.flight.gaps, snd.flight.blocks = snd.flight.gaps.Clone(), snd.flight.blocks.Clone()
	rcv := &d.rcv
	rcv.beyond = rcv.beyond.Clone()
	rcv.dups = slices.Clone(rcv.dups)
	rcv.streams = slices.Clone(rcv.streams)
	for i := range rcv.streams {
		rcv.streams[i].held = slices.Clone(rcv.streams[i].held)
	}
	rcv.inbox = rcv.inbox.Clone()
	rcv.reassembly.window = rcv.reassembly.window.Clone()
	rcv.reassembly.data = rcv.reassembly.data.clone()
	return &d
}

// AppendState appends the association's state in canonical form: TSNs count
// from the initial ones and instants from now, tags and nonces stand for
// whether there are any, and messages are what they say, not where they are
// kept; so associations with equal futures append equal octets. The Config is
// left out: it does not change during a run.
func (a *Assoc) AppendState(b []byte, now clock.Time) []byte {
	e := encoder{b: b, now: now}
	e.byte(byte(a.state))
	e.bool(a.listens)
	e.bool(a.closing)
	e.number(uint64(a.localPort))
	e.number(uint64(a.peerPort))
	e.bool(a.myTag != 0)
	e.bool(a.peerTag != 0)
	for _, addr := range a.locals {
		e.addr(addr)
	}
	e.number(uint64(a.primary))
	e.number(uint64(a.errors))
	e.byte(byte(a.agreed))
	e.handshake(&a.init, a.state)
	e.number(uint64(len(a.paths)))
	for i := range a.paths {
		e.path(&a.paths[i], a.snd.flight.base)
	}
	e.sender(&a.snd)
	e.receiver(&a.rcv)
	e.reconfig(a)
	if a.armed(TimerAutoclose) {
		e.age(a.active)
	}
	return a.timers.AppendState(e.b, now)
}

// encoder appends values relative to what is canonical.
type encoder struct {
	b   []byte
	now clock.Time
}

func (e *encoder) byte(v byte)         { e.b = append(e.b, v) }
func (e *encoder) number(v uint64)     { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) signed(v int)        { e.b = binary.AppendVarint(e.b, int64(v)) }
func (e *encoder) age(t clock.Time)    { e.b = binary.AppendVarint(e.b, int64(e.now-t)) }
func (e *encoder) addr(addr wire.Addr) { raw := addr.As16(); e.b = append(e.b, raw[:]...) }
func (e *encoder) octets(p []byte) {
	e.number(uint64(len(p)))
	e.b = append(e.b, p...)
}
func (e *encoder) bool(v bool) {
	if v {
		e.byte(1)
	} else {
		e.byte(0)
	}
}

func (e *encoder) handshake(h *handshake, state State) {
	e.number(uint64(h.tries))
	e.byte(h.stale)
	e.number(uint64(h.preserve))
	e.bool(len(h.cookie) > 0)
	if state == CookieEchoed {
		e.age(h.sent)
	}
}

func (e *encoder) path(p *path, base uint64) {
	e.addr(p.addr)
	e.byte(byte(p.state))
	e.number(uint64(p.mtu))
	e.number(uint64(p.errors))
	e.b = p.rtt.AppendState(e.b)
	e.bool(p.timing.running)
	if p.timing.running {
		e.signed(int(p.timing.at - base))
		e.age(p.timing.start)
	}
	e.number(uint64(p.cc.cwnd))
	e.number(uint64(p.cc.ssthresh))
	e.number(uint64(p.cc.partial))
	e.byte(byte(p.cc.phase))
	if p.cc.phase == phaseRecovery {
		e.signed(int(p.cc.exit - base))
	}
	e.number(uint64(p.flight))
	if p.flight > 0 {
		e.signed(int(p.front - base))
	}
	e.bool(p.beat.waits)
	if p.beat.waits {
		e.age(p.beat.sent)
	}
	e.bool(p.used)
	if p.cc.cwnd > 4*p.pmdcs() && p.flight == 0 { // it decays while nothing is sent
		e.number(uint64(min(e.now-p.sent, 1<<45)))
	}
	e.bool(p.own)
	e.number(uint64(p.limits.HBInterval))
	e.number(uint64(p.limits.MaxRetrans))
	e.b = p.timers.AppendState(e.b, e.now)
}

func (e *encoder) sender(snd *sender) {
	e.number(uint64(uint32(snd.flight.base)))
	e.number(uint64(snd.rwnd))
	e.bool(snd.shut)
	e.bool(snd.answered)
	for i := range snd.streams {
		e.number(uint64(snd.streams[i].ssn))
	}
	f := &snd.flight
	e.number(uint64(f.len()))
	for i := range f.len() {
		r := f.records.At(i)
		e.message(snd, r.message)
		e.number(uint64(r.offset))
		e.number(uint64(r.n))
		e.byte(byte(r.flags))
		e.byte(r.path)
		e.byte(r.tries)
		for _, v := range [...]bool{r.acked, r.marked, r.timedOut, r.fast, r.abandoned} {
			e.bool(v)
		}
	}
	e.bool(f.urgent)
	e.number(max(snd.point, f.base) - f.base)
	if snd.point > f.base {
		e.number(uint64(len(snd.skips)))
		for _, k := range snd.skips {
			e.number(uint64(k.Stream))
			e.number(uint64(k.SSN))
			e.number(uint64(k.MID))
			e.bool(k.Unordered)
		}
	}
	for _, m := range f.missing {
		e.number(max(m, f.base) - f.base)
	}
	e.number(uint64(snd.waiting.Len()))
	for i := range snd.waiting.Len() {
		e.message(snd, *snd.waiting.At(i))
	}
}

func (e *encoder) reconfig(a *Assoc) {
	rc := &a.rc
	e.number(uint64(rc.made))
	e.number(uint64(rc.taken))
	e.number(uint64(rc.kind))
	if rc.kind != 0 {
		e.bool(rc.sent)
		e.bool(rc.later)
		e.number(uint64(rc.count))
		e.number(uint64(rc.response - rc.theirs + 1))
		e.number(uint64(len(rc.streams)))
		for _, i := range rc.streams {
			e.number(uint64(i))
		}
		e.bool(rc.fenced)
		e.number(uint64(a.snd.nextID - rc.fence))
	}
	if rc.sent {
		e.signed(a.snd.tsn(a.snd.flight.end()).Sub(rc.last))
	}
	if rc.taken > 0 {
		e.number(uint64(rc.answer.Response - rc.theirs))
		e.number(uint64(rc.answer.Result))
		e.bool(rc.answer.HasTSNs)
		if rc.answer.HasTSNs {
			e.signed(a.snd.tsn(a.snd.flight.end()).Sub(rc.answer.Sender))
			e.signed(a.rcv.cum().Sub(rc.answer.Receiver))
		}
	}
}

func (e *encoder) message(snd *sender, i int32) {
	m := &snd.messages[i]
	e.number(uint64(m.stream))
	e.number(uint64(m.ppid))
	for _, v := range [...]bool{m.unordered, m.immediate, m.begun, m.abandoned, m.mortal} {
		e.bool(v)
	}
	e.number(uint64(m.ssn))
	e.number(uint64(m.sent))
	e.number(uint64(m.chunks))
	e.byte(byte(m.policy))
	e.number(uint64(m.limit))
	if m.mortal {
		e.age(m.expires)
	}
	if !m.abandoned {
		e.octets(snd.data.at(m.slot))
	}
}

func (e *encoder) receiver(r *receiver) {
	e.number(uint64(uint32(r.next)))
	for _, g := range r.beyond.All() {
		e.number(g.Lo - r.next)
		e.number(g.Hi - r.next)
	}
	for _, t := range r.dups {
		e.number(uint64(t - r.initial))
	}
	e.number(uint64(r.limit))
	e.number(uint64(r.packets))
	e.number(uint64(r.edge))
	e.bool(r.first)
	for i := range r.streams {
		st := &r.streams[i]
		e.number(uint64(st.next))
		e.number(uint64(len(st.held)))
		for j := range st.held {
			e.delivery(r, &st.held[j])
		}
	}
	e.bool(r.partial.on)
	if r.partial.on {
		e.number(uint64(r.partial.at))
	}
	e.number(uint64(r.inbox.Len()))
	for i := range r.inbox.Len() {
		e.delivery(r, r.inbox.At(i))
	}
	asm := &r.reassembly
	e.number(r.next - asm.base)
	for i := range asm.window.Len() {
		f := asm.window.At(i)
		e.byte(byte(f.phase))
		if f.phase == waits {
			e.byte(byte(f.flags))
			e.number(uint64(f.stream))
			e.number(uint64(f.ssn))
			e.number(uint64(f.ppid))
			e.octets(asm.data.at(f.slot))
		}
	}
}

func (e *encoder) delivery(r *receiver, d *delivery) {
	e.number(uint64(d.stream))
	e.number(uint64(d.ssn))
	e.number(uint64(d.ppid))
	e.bool(d.unordered)
	e.number(uint64(d.taken))
	e.octets(r.reassembly.data.at(d.slot))
}
