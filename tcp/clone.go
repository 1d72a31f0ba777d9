package tcp

import (
	"encoding/binary"
	"slices"

	"simrun/clock"
	"simrun/wire"
)

// Clone is a copy that shares nothing with c but the Config.
func (c *Conn) Clone() *Conn {
	d := *c
	d.snd.queue.buf = slices.Clone(c.snd.queue.buf)
	d.snd.flight.records = c.snd.flight.records.Clone()
	d.snd.flight.sacked = c.snd.flight.sacked.Clone()
	d.rcv.text.buf = slices.Clone(c.rcv.text.buf)
	d.rcv.text.held = c.rcv.text.held.Clone()
	return &d
}

// AppendState appends the connection's state in canonical form: sequence
// numbers count from the initial ones and instants from now, so connections
// with equal futures append equal octets. The Config is left out: it does not
// change during a run.
func (c *Conn) AppendState(b []byte, now clock.Time) []byte {
	e := encoder{b: b, now: now}
	e.byte(byte(c.state))
	e.byte(byte(c.origin))
	e.bool(c.abandoned)
	e.endpoint(c.local)
	e.endpoint(c.remote)
	e.sender(&c.snd, c.rcv.irs)
	e.receiver(&c.rcv)
	e.b = c.rtt.AppendState(e.b)
	e.bool(c.timing.running)
	if c.timing.running {
		e.seq(c.timing.end, c.snd.iss)
		e.age(c.timing.start)
	}
	e.congestion(c)
	e.watches(c)
	e.negotiated(c)
	return c.timers.AppendState(e.b, now)
}

// encoder appends values relative to what is canonical.
type encoder struct {
	b   []byte
	now clock.Time
}

func (e *encoder) byte(v byte)     { e.b = append(e.b, v) }
func (e *encoder) number(v uint64) { e.b = binary.AppendUvarint(e.b, v) }
func (e *encoder) age(t clock.Time) {
	e.b = binary.AppendVarint(e.b, int64(e.now-t))
}
func (e *encoder) seq(s, base wire.Seq) {
	e.b = binary.LittleEndian.AppendUint32(e.b, uint32(s-base))
}
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
func (e *encoder) endpoint(p wire.Endpoint) {
	a := p.Addr.As16()
	e.b = append(e.b, a[:]...)
	e.b = binary.LittleEndian.AppendUint16(e.b, p.Port)
}

func (e *encoder) negotiated(c *Conn) {
	for _, agreed := range [...]bool{c.opt.scale, c.opt.timestamps, c.opt.sack} {
		e.bool(agreed)
	}
	e.byte(c.opt.sndShift)
	e.byte(c.opt.rcvShift)
	if c.opt.timestamps {
		// TS.Recent counts from the peer's clock of now, as far as it is known:
		// what it will be compared with has moved on by then.
		e.number(uint64(c.ts.recent - c.ts.first - uint32((e.now-c.ts.firstAt)/clock.Time(tsTick))))
		e.age(c.ts.at)
		e.seq(c.ts.lastACK, c.rcv.irs)
	}
	o := &c.rcv.sack
	for i := range o.n {
		e.number(o.lo[i] - c.rcv.text.next)
	}
	e.byte(o.n)
	if o.dup.Left != o.dup.Right {
		e.seq(o.dup.Left, c.rcv.irs)
		e.seq(o.dup.Right, c.rcv.irs)
	}
}

func (e *encoder) sender(snd *sender, irs wire.Seq) {
	for _, s := range [...]wire.Seq{snd.una, snd.nxt, snd.max, snd.first} {
		e.seq(s, snd.iss)
	}
	if snd.maxWnd > 0 { // until then the next window is taken, whatever these are
		e.seq(snd.wl1, irs)
		e.seq(snd.wl2, snd.iss)
	}
	e.number(uint64(snd.wnd))
	e.number(uint64(snd.maxWnd))
	e.number(uint64(snd.mss))
	e.octets(snd.queue.at(0, snd.queue.len()))
	e.byte(byte(snd.fin))
	if snd.fin == finSent {
		e.seq(snd.finSeq, snd.iss)
	}
	e.byte(snd.probes)
	e.flight(&snd.flight, snd.iss)
	if snd.flight.len() > 0 {
		e.age(snd.since)
		e.age(snd.waits)
	}
}

// flight appends the records; the counts beside them follow from those, but
// for where the judge and the next retransmission stand.
func (e *encoder) flight(f *flight, iss wire.Seq) {
	e.number(uint64(f.len()))
	for i := range f.len() {
		r := f.records.At(i)
		e.seq(r.seq, iss)
		e.number(uint64(r.n))
		e.number(uint64(r.flags))
		e.byte(r.tries)
		e.bool(r.sacked)
		e.bool(r.lost)
		e.bool(r.resent)
	}
	e.number(uint64(f.edge - f.base))
	e.number(uint64(f.next - f.base))
}

func (e *encoder) watches(c *Conn) {
	e.byte(c.alive.probes)
	if c.armed(TimerKeepalive) {
		e.age(c.alive.heard)
	}
	if sent, age := c.challenges.Age(e.now, c.cfg.ChallengeInterval); sent > 0 {
		e.number(uint64(sent))
		e.number(uint64(age))
	}
}

func (e *encoder) congestion(c *Conn) {
	e.number(uint64(c.cc.cwnd))
	e.number(uint64(c.cc.ssthresh))
	e.bool(c.cc.limited)
	e.byte(byte(c.rec.phase))
	e.seq(c.rec.point, c.snd.iss)
	e.number(uint64(c.rec.dups))
	e.number(uint64(c.rec.limited))
}

func (e *encoder) receiver(r *receiver) {
	e.seq(r.nxt, r.irs)
	e.seq(r.edge, r.irs)
	e.octets(r.text.buf[r.text.head:][:r.text.unread()])
	held := r.text.held.All()
	e.number(uint64(len(held)))
	for _, h := range held {
		e.number(h.Lo - r.text.next)
		e.octets(r.text.buf[r.text.head+int(h.Lo-r.text.read):][:h.Len()])
	}
	e.bool(r.finKnown)
	e.bool(r.finTaken)
	if r.finKnown {
		e.seq(r.finSeq, r.irs)
	}
	e.number(uint64(r.owed))
}
