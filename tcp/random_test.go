package tcp

import (
	"bytes"
	"hash/fnv"
	"math/rand/v2"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// chaos is two connections whose users, network and timers act at random. The
// same seed gives the same run, whatever the initial numbers, the instant it
// starts at, and however often a connection is replaced by its clone.
type chaos struct {
	t      *testing.T
	rng    *rand.Rand
	now    clock.Time
	shift  time.Duration
	ends   [2]chaosEnd
	clones *rand.Rand // if set, when to go on with a clone
	log    []uint64   // a hash of everything, after each step
	broken bool       // an end was reset or gave up: text may be missing
}

type chaosEnd struct {
	cfg      Config
	c        *Conn
	out      Out
	iss      wire.Seq
	sent     []byte // what SEND took
	got      []byte // what RECEIVE gave
	closed   bool
	eof      bool
	onWay    []wire.TCP // from this end
	borrowed []byte     // the memory of the last SEND, which is the user's again
}

// chaosConfig is choices at random, with buffers small enough to fill.
func chaosConfig(rng *rand.Rand) Config {
	cfg := Defaults()
	cfg.MSS = 1 + rng.IntN(200)
	cfg.ReceiveBuffer = 1 + rng.IntN(2000)
	cfg.SendBuffer = 1 + rng.IntN(3000)
	cfg.ACK = ACKPolicy(rng.IntN(2))
	cfg.FINACK = ACKPolicy(rng.IntN(2))
	cfg.NoDelay = rng.IntN(2) == 0
	cfg.ChallengeACK = rng.IntN(4) > 0
	cfg.LiteralSEQ = rng.IntN(4) == 0
	cfg.AbortWithACK = rng.IntN(2) == 0
	cfg.FinWait2 = time.Minute
	cfg.TimeWait = time.Duration(rng.IntN(3)) * 30 * time.Second
	cfg.R2, cfg.R2SYN = time.Hour, time.Hour // loss alone must not end a run
	for _, on := range [...]*bool{&cfg.SACK, &cfg.Timestamps, &cfg.PRR, &cfg.FRTO, &cfg.Eifel, &cfg.UndoDSACK, &cfg.RTORestart} {
		*on = rng.IntN(4) > 0
	}
	cfg.Congestion = Algorithm(rng.IntN(2))
	cfg.HyStart = rng.IntN(2) == 0
	cfg.CWV = rng.IntN(2) == 0
	cfg.ECN = ECNPolicy(rng.IntN(3))
	return cfg
}

func newChaos(t *testing.T, seed uint64, iss [2]wire.Seq, shift time.Duration) *chaos {
	x := &chaos{t: t, rng: rand.New(rand.NewPCG(seed, 0)), shift: shift}
	addr := [2]wire.Endpoint{testLocal, testRemote}
	for i := range x.ends {
		e := &x.ends[i]
		e.cfg, e.iss, e.c = chaosConfig(x.rng), iss[i], new(Conn)
		e.c.Init(&e.cfg, addr[i], addr[1-i], e.iss, -uint32(shift/tsTick))
	}
	return x
}

// step makes one step at an end, checks it, logs it, and poisons all memory
// that the connection has no more business with.
func (x *chaos) step(i int, do func(c *Conn, now clock.Time, out *Out)) {
	e := &x.ends[i]
	if x.clones != nil && x.clones.IntN(8) == 0 {
		old := e.c
		e.c = old.Clone()
		var out Out // the old one goes its own way
		_, _ = old.Send(x.now.Add(x.shift), []byte("elsewhere"), &out)
		_ = old.Abort(x.now.Add(x.shift), &out)
	}
	before := e.c.Vars()
	e.out.Reset()
	do(e.c, x.now.Add(x.shift), &e.out)
	after := e.c.Vars()
	for _, v := range append(e.out.Violations, Check(&e.cfg, &before, &after, &e.out)...) {
		x.t.Errorf("step %d, end %d, %v to %v: %v", len(x.log), i, before.State, after.State, v)
	}
	checkFlight(x.t, &e.c.snd.flight)
	coverage.Add(e.out.Rows)
	for k := range e.out.Segments {
		seg := e.out.Segments[k].TCP
		seg.Payload = bytes.Clone(seg.Payload)
		e.onWay = append(e.onWay, seg)
	}
	for _, s := range e.out.Signals {
		if s.Kind == Reset || s.Kind == Refused || s.Kind == TimedOut || s.Kind == ResetClosing {
			x.broken = true
		}
	}
	h := fnv.New64a()
	_, _ = h.Write(e.c.AppendState(nil, x.now.Add(x.shift)))
	for k := range e.out.Segments {
		_, _ = h.Write([]byte(segText(&e.out.Segments[k].TCP, notation.Base{Seq: e.iss, Ack: x.ends[1-i].iss})))
	}
	x.log = append(x.log, h.Sum64())
	poison(e.borrowed)
	poisonUnused(e.c)
}

func poison(b []byte) {
	for i := range b {
		b[i] = 0xEE
	}
}

// poisonUnused overwrites what the queues have given back: octets that were
// acknowledged or read, holes, and spare room. A segment that was handed out
// may point there; it was valid until this step.
func poisonUnused(c *Conn) {
	q := &c.snd.queue
	poison(q.buf[:q.head])
	poison(q.buf[len(q.buf):cap(q.buf)])
	r := &c.rcv.text
	poison(r.buf[:r.head])
	at := r.head + r.unread()
	for _, h := range r.held.All() {
		start := r.head + int(h.Lo-r.read)
		poison(r.buf[at:max(at, start)])
		at = start + int(h.Len())
	}
	poison(r.buf[min(at, len(r.buf)):cap(r.buf)])
}

// pattern is octet n of the stream that an end sends.
func pattern(end, n int) byte { return byte(n*7 + n>>8 + end*131) }

func (x *chaos) send(i, n int) {
	e := &x.ends[i]
	data := make([]byte, n)
	for k := range data {
		data[k] = pattern(i, len(e.sent)+k)
	}
	took := 0
	e.borrowed = data
	keep := bytes.Clone(data)
	x.step(i, func(c *Conn, now clock.Time, out *Out) { took, _ = c.Send(now, data, out) })
	e.sent = append(e.sent, keep[:took]...)
	e.borrowed = nil
}

func (x *chaos) receive(i, n int) {
	e, peer := &x.ends[i], &x.ends[1-i]
	p := make([]byte, n)
	var err error
	x.step(i, func(c *Conn, now clock.Time, out *Out) { n, err = c.Receive(now, p, out) })
	if e.eof && n > 0 {
		x.t.Errorf("end %d: text after the end", i)
	}
	e.got = append(e.got, p[:n]...)
	if !bytes.HasPrefix(peer.sent, e.got) {
		x.t.Fatalf("step %d: end %d received what was not sent", len(x.log), i)
	}
	if err == EOF {
		e.eof = true
		if !peer.closed || len(e.got) != len(peer.sent) {
			x.t.Errorf("end %d: EOF after %d octets of %d, closed %v", i, len(e.got), len(peer.sent), peer.closed)
		}
	}
}

func (x *chaos) close(i int) {
	if s := x.ends[i].c.State(); s == Listen || s == SynSent {
		x.broken = true // CLOSE deletes the TCB, and what was queued
	}
	var err error
	x.step(i, func(c *Conn, now clock.Time, out *Out) { err = c.Close(now, out) })
	if err == nil {
		x.ends[i].closed = true
	}
}

// deliver lets the k-th packet on its way from an end arrive.
func (x *chaos) deliver(from, k int, again bool) {
	e := &x.ends[from]
	seg := e.onWay[k]
	if again {
		seg.Payload = bytes.Clone(seg.Payload)
	} else {
		e.onWay = append(e.onWay[:k], e.onWay[k+1:]...)
	}
	if seg.ECN == wire.ECT0 && x.rng.IntN(8) == 0 {
		seg.ECN = wire.CE
	}
	x.step(1-from, func(c *Conn, now clock.Time, out *Out) { c.Arrive(now, &seg, out) })
	poison(seg.Payload)
}

// pass lets time pass, and the timers that are due on the way expire.
func (x *chaos) pass(d time.Duration) {
	to := x.now.Add(d)
	for range 100 {
		i, at := x.due()
		if at > to {
			break
		}
		x.now = at
		x.step(i, func(c *Conn, now clock.Time, out *Out) { c.Expire(now, out) })
	}
	x.now = max(x.now, to)
}

// due is the end whose timer expires first, and when.
func (x *chaos) due() (i int, at clock.Time) {
	at = clock.Never
	for k := range x.ends {
		if t, ok := x.ends[k].c.NextTimeout(); ok && t.Add(-x.shift) < at {
			i, at = k, t.Add(-x.shift)
		}
	}
	return i, at
}

// act does one thing at random.
func (x *chaos) act(wild bool) {
	i := x.rng.IntN(2)
	e := &x.ends[i]
	switch n := x.rng.IntN(100); {
	case n < 20:
		x.send(i, x.rng.IntN(400))
	case n < 35:
		x.receive(i, x.rng.IntN(600))
	case n < 36 && x.rng.IntN(4) == 0 && (wild || e.c.State() > SynReceived):
		x.close(i)
	case n < 40:
		x.pass(time.Duration(x.rng.IntN(300)) * time.Millisecond)
	case n < 42:
		x.pass(time.Duration(x.rng.IntN(3000)) * time.Millisecond)
	case n == 42 && wild && x.rng.IntN(4) == 0:
		x.broken = true
		x.step(i, func(c *Conn, now clock.Time, out *Out) { c.Abandon(now, out) })
	case n == 43 && wild && x.rng.IntN(4) == 0:
		x.broken = true
		x.step(i, func(c *Conn, now clock.Time, out *Out) { _ = c.Abort(now, out) })
	case len(e.onWay) == 0:
	case n < 80:
		x.deliver(i, 0, false)
	case n < 90: // out of order
		x.deliver(i, x.rng.IntN(len(e.onWay)), false)
	case n < 95: // twice
		x.deliver(i, x.rng.IntN(len(e.onWay)), true)
	default: // never
		e.onWay = e.onWay[1:]
	}
}

// finish closes both ends and lets everything arrive until both are over.
func (x *chaos) finish() {
	for range 20000 {
		busy := false
		for i := range x.ends {
			e := &x.ends[i]
			if !e.closed && e.c.State().Exists() {
				x.close(i)
			}
			for len(e.onWay) > 0 {
				busy = true
				x.deliver(i, 0, false)
			}
			if e.c.Unread() > 0 {
				busy = true
				x.receive(i, 1+x.rng.IntN(2000))
			}
			if e.c.AtEOF() && !e.eof {
				x.receive(i, 1)
			}
		}
		if !busy && x.ends[0].c.State() == Closed && x.ends[1].c.State() == Closed {
			return
		}
		if i, at := x.due(); !busy && at != clock.Never {
			x.now = max(x.now, at)
			x.step(i, func(c *Conn, now clock.Time, out *Out) { c.Expire(now, out) })
		} else if !busy && at == clock.Never {
			break
		}
	}
	x.t.Errorf("stuck in %v and %v", x.ends[0].c.State(), x.ends[1].c.State())
}

// run is a whole life: open, steps at random, close.
func (x *chaos) run(steps int, wild bool) {
	both := x.rng.IntN(4) == 0 // a simultaneous open
	if both {
		x.step(1, func(c *Conn, now clock.Time, out *Out) { _ = c.Open(now, out) })
	} else {
		x.step(1, func(c *Conn, now clock.Time, out *Out) { _ = c.Listen(now, out) })
	}
	x.step(0, func(c *Conn, now clock.Time, out *Out) { _ = c.Open(now, out) })
	for range steps {
		x.act(wild)
	}
	x.finish()
	if x.broken || x.t.Failed() {
		return
	}
	for i := range x.ends {
		if e, peer := &x.ends[i], &x.ends[1-i]; len(e.got) != len(peer.sent) {
			x.t.Errorf("end %d received %d octets of %d", i, len(e.got), len(peer.sent))
		}
	}
}

var chaosISS = [2]wire.Seq{1<<32 - 500, 1<<31 - 700}

// TestRandomRuns: what arrives is a prefix of what was sent, all of it in the
// end, and the end after it; the invariants hold after every step. Memory
// that the connections do not own is overwritten all along.
func TestRandomRuns(t *testing.T) {
	octets, broken := 0, 0
	for seed := range uint64(300) {
		x := newChaos(t, seed, chaosISS, 0)
		x.run(400, seed%3 == 0)
		octets += len(x.ends[0].got) + len(x.ends[1].got)
		if x.broken {
			broken++
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if octets < 1_000_000 || broken > 150 {
		t.Errorf("%d octets arrived, %d runs were cut short: the runs show too little", octets, broken)
	}
}

// TestStateIsRelative: the same run with other initial numbers, an hour later,
// goes through equal states.
func TestStateIsRelative(t *testing.T) {
	for seed := range uint64(60) {
		x, y := newChaos(t, seed, chaosISS, 0), newChaos(t, seed, [2]wire.Seq{12345, 1<<32 - 3}, time.Hour) // no RST at 0, which reads otherwise
		x.run(300, true)
		y.run(300, true)
		compareLogs(t, seed, x, y)
	}
}

// TestClonesGoOnAlike: a run in which connections are replaced by their clones
// at random goes through equal states.
func TestClonesGoOnAlike(t *testing.T) {
	for seed := range uint64(60) {
		x, y := newChaos(t, seed, chaosISS, 0), newChaos(t, seed, chaosISS, 0)
		y.clones = rand.New(rand.NewPCG(seed, 1))
		x.run(300, true)
		y.run(300, true)
		compareLogs(t, seed, x, y)
	}
}

func compareLogs(t *testing.T, seed uint64, x, y *chaos) {
	t.Helper()
	for i := range min(len(x.log), len(y.log)) {
		if x.log[i] != y.log[i] {
			t.Fatalf("seed %d: step %d of %d differs", seed, i, len(x.log))
		}
	}
	if len(x.log) != len(y.log) {
		t.Fatalf("seed %d: %d and %d steps", seed, len(x.log), len(y.log))
	}
}
