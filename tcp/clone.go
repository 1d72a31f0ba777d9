package tcp

import (
	"encoding/binary"
	"slices"
	"time"

	"simrun/clock"
	"simrun/internal/ranges"
	"simrun/wire"
)

// Clone is a copy that shares nothing with c but the Config.
func (c *Conn) Clone() *Conn {
	d := *c
	d.snd.queue.buf = slices.Clone(c.snd.queue.buf)
	d.snd.flight.records = c.snd.flight.records.Clone()
	d.copies.again, d.copies.reported = c.copies.again.Clone(), c.copies.reported.Clone()
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
	e.sender(&c.snd, c.rcv.irs, c.snd.flight.len() > 0 || c.armed(TimerPersist))
	e.receiver(&c.rcv)
	e.b = c.rtt.AppendState(e.b)
	e.bool(c.timing.running)
	if c.timing.running {
		e.seq(c.timing.end, c.snd.iss)
		e.age(c.timing.start)
	}
	e.congestion(c)
	e.undo(c)
	e.path(&c.path, c.snd.iss)
	e.number(uint64(c.uto.remote))
	e.number(uint64(c.uto.told))
	e.watches(c)
	e.negotiated(c)
	e.fastOpen(&c.fast)
	e.losses(c)
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

// sender appends the send sequence space; waits says that something in it waits
// for the peer.
func (e *encoder) sender(snd *sender, irs wire.Seq, waits bool) {
	for _, s := range [...]wire.Seq{snd.una, snd.nxt, snd.max, snd.first} {
		e.seq(s, snd.iss)
	}
	if snd.maxWnd > 0 { // until then the next window is taken, whatever these are
		e.seq(snd.wl1, irs)
		e.seq(snd.wl2, snd.iss)
	}
	e.seq(snd.up, snd.iss)
	e.number(uint64(snd.wnd))
	e.number(uint64(snd.maxWnd))
	e.number(uint64(snd.mss))
	e.octets(snd.queue.at(0, snd.queue.len()))
	e.bool(snd.more)
	e.byte(byte(snd.fin))
	if snd.fin == finSent {
		e.seq(snd.finSeq, snd.iss)
	}
	e.byte(snd.probes)
	e.flight(&snd.flight, snd.iss)
	if waits {
		e.age(snd.since)
		e.age(snd.waits)
	}
	e.bool(snd.resent != never)
	if snd.resent != never {
		e.age(snd.resent)
	}
}

// flight appends the records; the counts and lists beside them follow from
// those, but for where the judge stands.
func (e *encoder) flight(f *flight, iss wire.Seq) {
	e.number(uint64(f.len()))
	for i := range f.len() {
		r := f.records.At(i)
		e.seq(r.seq, iss)
		e.number(uint64(r.n))
		e.number(uint64(r.flags))
		e.byte(r.tries)
		e.age(r.sent)
		e.bool(r.sacked)
		e.bool(r.lost)
		e.bool(r.resent)
	}
	e.number(uint64(f.edge - f.base))
}

// losses appends what the ways to find losses remember that are switched on.
func (e *encoder) losses(c *Conn) {
	f, k, p := &c.snd.flight, &c.snd.flight.rack, &c.probe
	if c.cfg.RACK {
		for i := range f.len() {
			r := f.records.At(i)
			e.age(r.sent)
			e.number(uint64(f.sends - r.order))
		}
		e.number(uint64(f.sends - k.order))
		e.number(uint64(f.last() - k.fack))
		e.bool(k.reordered)
		for _, d := range [...]time.Duration{k.rtt, k.least.now, k.least.last, k.window} {
			e.number(uint64(d))
		}
		e.number(uint64(k.widened))
		e.number(uint64(k.persist))
		if k.least.now > 0 {
			e.age(max(k.least.since, e.now.Add(-2*leastHalf))) // older is as good as none
		}
		e.bool(k.inRound)
		if k.inRound {
			e.seq(k.round, c.snd.iss)
		}
	}
	if c.cfg.TLP {
		e.byte(byte(p.phase))
		e.bool(p.sampled)
		if p.phase != probeNone {
			e.seq(p.end, c.snd.iss)
		}
		if c.armed(TimerProbe) {
			e.age(p.since)
		}
	}
	if c.cfg.Rescue && c.rec.phase == phaseRecovery {
		e.seq(c.rec.high, c.snd.iss)
		e.bool(c.rec.rescued)
	}
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
	e.windows(c, &c.cc)
	e.usage(c)
	e.ecn(c)
	e.byte(byte(c.rec.phase))
	e.seq(c.rec.point, c.snd.iss)
	e.number(uint64(c.rec.dups))
	e.number(uint64(c.rec.limited))
	if c.rec.point == c.snd.una { // else nobody asks
		e.number(uint64(c.rec.jump))
		e.bool(c.rec.latest)
	}
	p := &c.rec.prr
	for _, n := range [...]int{p.size, p.delivered, p.out} {
		e.number(uint64(n))
	}
}

// windows appends congestion control: that of now, or what may be put back.
func (e *encoder) windows(c *Conn, cc *congestion) {
	e.number(uint64(cc.cwnd))
	e.number(uint64(cc.ssthresh))
	e.bool(cc.limited)
	e.cubic(cc)
	e.slowStart(c, cc)
}

// undo appends what can be taken back, and what the peer has said about copies.
func (e *encoder) undo(c *Conn) {
	u, k := &c.undo, &c.copies
	e.byte(byte(u.answer))
	e.byte(byte(u.eifel))
	if u.answer != answeredNothing {
		e.b = u.rtt.AppendState(e.b)
	}
	if u.answer.standing() {
		e.windows(c, &u.saved)
		e.seq(u.until, c.snd.iss)
	}
	if u.eifel == eifelWaits {
		e.number(uint64(c.tsval(e.now) - u.stamp))
	}
	e.byte(byte(k.trust))
	e.bool(k.told)
	e.seq(k.from, c.snd.iss)
	for _, set := range [...]*ranges.Set{&k.again, &k.reported} {
		e.number(uint64(len(set.All())))
		for _, r := range set.All() {
			e.number(r.Lo - k.at)
			e.number(r.Hi - r.Lo)
		}
	}
}

// cubic appends CUBIC's stage, once it has begun; its clock stands while the
// window is not what limits output.
func (e *encoder) cubic(cc *congestion) {
	q := &cc.cubic
	for _, n := range [...]int64{q.wmax, q.prior, q.start} {
		e.number(uint64(n))
	}
	if q.start == 0 {
		return
	}
	for _, n := range [...]int64{q.k, int64(q.ran), q.est, q.rest, q.restOfReno} {
		e.number(uint64(n))
	}
	if cc.limited {
		e.age(q.at)
	}
}

// slowStart appends what HyStart++ has measured, while it is at work.
func (e *encoder) slowStart(c *Conn, cc *congestion) {
	if !cc.firstSlowStart(c.cfg) {
		return
	}
	h := &cc.slow
	e.byte(h.samples)
	e.byte(h.round)
	e.seq(h.end, c.snd.iss)
	for _, d := range [...]time.Duration{h.last, h.least, h.baseline} {
		e.number(uint64(d))
	}
}

// usage appends how long nothing was sent, where that may yet cut the window.
func (e *encoder) usage(c *Conn) {
	if c.snd.mss == 0 {
		return
	}
	if c.snd.flight.len() > 0 || c.cfg.CWV || c.cc.cwnd > initialWindow(c.cfg, c.snd.mss) {
		e.number(uint64(c.idleFor(e.now, c.use.sent)))
	}
	if c.cfg.CWV {
		e.number(uint64(c.idleFor(e.now, c.use.full)))
		e.number(uint64(c.use.most))
	}
}

func (e *encoder) ecn(c *Conn) {
	e.byte(byte(c.ecn.setup))
	e.bool(c.ecn.echo)
	e.bool(c.ecn.announce)
	if c.ecn.agreed() {
		e.seq(c.ecn.point, c.snd.iss)
	}
}

func (e *encoder) path(p *pathMTU, iss wire.Seq) {
	e.number(uint64(p.most))
	e.number(uint64(p.high))
	if p.high < p.most {
		e.age(p.at)
	}
	e.number(uint64(p.size))
	if p.size != 0 {
		e.seq(p.probe, iss)
		e.seq(p.end, iss)
	}
}

func (e *encoder) receiver(r *receiver) {
	e.seq(r.nxt, r.irs)
	e.seq(r.edge, r.irs)
	e.seq(r.up, r.irs)
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
	e.bool(r.quick)
	e.byte(r.early)
}
