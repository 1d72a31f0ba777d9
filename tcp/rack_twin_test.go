package tcp

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// twin is RACK as RFC 8985 6.2 writes it down: it walks all segments every
// time. Transmissions are counted where the text compares numbers.
type twin struct {
	segs      []twinSegment
	sends     int
	xmit      int // of RACK.segment
	rtt       time.Duration
	least     least
	fack      int
	reordered bool
	mult      int
	persist   int
	round     int // RACK.dsack_round; 0: none
}

type twinSegment struct {
	sent                               clock.Time
	xmit                               int
	acked, sacked, lost, retransmitted bool
}

func (w *twin) send(now clock.Time) {
	w.sends++
	w.segs = append(w.segs, twinSegment{sent: now, xmit: w.sends})
}

func (w *twin) resend(i int, now clock.Time) {
	w.sends++
	s := &w.segs[i]
	s.sent, s.xmit, s.retransmitted, s.lost = now, w.sends, true, false
}

// take is steps 1 to 3 for the segments that an ACK is the first to tell of.
func (w *twin) take(delivered []int, now, until clock.Time) {
	for _, i := range delivered {
		s := &w.segs[i]
		rtt := now.Sub(s.sent)
		if !s.retransmitted {
			w.least.sample(rtt, now)
		}
		if !s.retransmitted || s.sent < until && rtt >= w.least.value() {
			w.rtt = rtt
			w.xmit = max(w.xmit, s.xmit)
		}
		if i+1 > w.fack {
			w.fack = i + 1
		} else if i+1 < w.fack && !s.retransmitted {
			w.reordered = true
		}
	}
}

// window is step 4.
func (w *twin) window(una int, dsack, exiting, recovering bool, srtt time.Duration) time.Duration {
	if w.round != 0 && una >= w.round {
		w.round = 0
	}
	if w.round == 0 && dsack {
		w.round = len(w.segs) + 1
		w.mult++
		w.persist = 16
	} else if exiting {
		w.persist--
		if w.persist <= 0 {
			w.mult = 1
		}
	}
	return w.width(recovering, srtt)
}

func (w *twin) width(recovering bool, srtt time.Duration) time.Duration {
	reported := 0
	for _, s := range w.segs {
		if s.sacked && !s.acked {
			reported++
		}
	}
	if !w.reordered && (recovering || reported >= 3) {
		return 0
	}
	return min(time.Duration(w.mult)*w.least.value()/4, srtt)
}

// detect is step 5; it returns when the timer expires, or 0.
func (w *twin) detect(now clock.Time, window time.Duration) (timer clock.Time) {
	for i := range w.segs {
		s := &w.segs[i]
		if s.acked || s.sacked || s.lost || s.xmit >= w.xmit {
			continue
		}
		if due := s.sent.Add(w.rtt + window); due <= now {
			s.lost = true
		} else {
			timer = max(timer, due)
		}
	}
	return timer
}

// TestRACKTwin compares RACK, which visits what it marks and one more, with
// the twin on random sendings, losses, orders and times.
func TestRACKTwin(t *testing.T) {
	lost, timers, reordered, widened := 0, 0, 0, 0
	visits, most := 0, 0
	for seed := range uint64(3000) {
		x := newRackPair(seed)
		for range 80 {
			x.act(t)
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		lost += x.lost
		timers += x.timers
		visits, most = visits+x.visits, most+2*x.lost+x.detected
		if x.twin.reordered {
			reordered++
		}
		if x.twin.mult > 1 {
			widened++
		}
	}
	if visits > most {
		t.Errorf("%d records visited; want no more than %d: twice what was marked, and one each time", visits, most)
	}
	if lost < 1000 || timers < 1000 || reordered < 100 || widened < 100 {
		t.Errorf("too little happened: %d lost, %d timers, %d reordered, %d widened", lost, timers, reordered, widened)
	}
}

// rackPair is RACK and its twin. Each segment is an octet.
type rackPair struct {
	rnd    *rand.Rand
	now    clock.Time
	c      Conn
	twin   twin
	una    int
	lost   int
	timers int

	visits, detected int // records visited in so many detections
}

func newRackPair(seed uint64) *rackPair {
	cfg := small()
	cfg.RACK = true
	x := &rackPair{rnd: rand.New(rand.NewPCG(seed, 8985)), twin: twin{mult: 1, persist: 16}, now: 1}
	x.c.cfg, x.c.opt.sack, x.c.state = &cfg, true, Established
	x.c.rtt.Sample(30)
	return x
}

func (x *rackPair) act(t *testing.T) {
	f, w := &x.c.snd.flight, &x.twin
	x.now += clock.Time(x.rnd.IntN(4) * x.rnd.IntN(12))
	exiting := false
	switch x.rnd.IntN(12) {
	case 0, 1, 2:
		for range 1 + x.rnd.IntN(5) {
			f.push(record{seq: wire.Seq(len(w.segs)), n: 1, flags: wire.ACK, sent: x.now})
			w.send(x.now)
		}
		x.c.snd.nxt = wire.Seq(len(w.segs))
	case 3, 4:
		if r := f.nextLost(); r != nil {
			w.resend(r.number-1, x.now)
			f.again(r, x.now, true)
		}
	case 5: // a loss probe
		if r := f.highest(); r != nil {
			w.resend(r.number-1, x.now)
			f.again(r, x.now, true)
		}
	case 6:
		if x.rnd.IntN(4) == 0 && f.len() > 0 {
			x.timeout()
		}
	case 7:
		exiting = x.c.rec.phase != phaseOpen
		x.c.rec.phase = phase(x.rnd.IntN(3))
		exiting = exiting && x.c.rec.phase == phaseOpen
		fallthrough
	default:
		x.ack()
		dsack := x.rnd.IntN(8) == 0
		f.rack.adapt(&x.c.snd, dsack, exiting)
		w.window(x.una+1, dsack, exiting, false, 0)
	}
	x.compare(t)
}

// ack is an ACK with up to three blocks.
func (x *rackPair) ack() {
	f, w := &x.c.snd.flight, &x.twin
	d := delivery{now: x.now, until: clock.Never}
	if x.rnd.IntN(2) == 0 {
		d.until = x.now - clock.Time(x.rnd.IntN(40))
	}
	if x.rnd.IntN(3) == 0 {
		x.una += x.rnd.IntN(min(4, len(w.segs)-x.una+1))
	}
	var fresh []int
	for i := range w.segs[:x.una] {
		if s := &w.segs[i]; !s.acked {
			if !s.sacked {
				fresh = append(fresh, i)
			}
			s.acked = true
		}
	}
	var blocks []wire.SACKBlock
	if left := len(w.segs) - x.una; left > 1 {
		for range x.rnd.IntN(4) {
			lo := x.una + 1 + x.rnd.IntN(left-1)
			blocks = append(blocks, wire.SACKBlock{Left: wire.Seq(lo), Right: wire.Seq(min(lo+1+x.rnd.IntN(4), len(w.segs)))})
		}
	}
	slices.SortFunc(blocks, func(a, b wire.SACKBlock) int { return cmp.Compare(a.Left, b.Left) })
	for _, b := range blocks {
		for i := int(b.Left); i < int(b.Right); i++ {
			if !w.segs[i].sacked {
				fresh = append(fresh, i)
				w.segs[i].sacked = true
			}
		}
	}
	w.take(fresh, x.now, d.until)
	f.acknowledge(wire.Seq(x.una), &d)
	for _, b := range blocks {
		f.report(b, 1, &d)
	}
	x.c.snd.una = wire.Seq(x.una)
}

// timeout is RFC 8985 6.3.
func (x *rackPair) timeout() {
	w := &x.twin
	window := x.c.snd.flight.rack.window
	x.c.loseOnTimeout(&step{now: x.now, out: &Out{}})
	first := true
	for i := range w.segs {
		if s := &w.segs[i]; !s.acked {
			s.lost, s.sacked = s.lost && !s.sacked, false
			s.lost = s.lost || first || s.sent.Add(w.rtt+window) <= x.now
			first = false
		}
	}
}

func (x *rackPair) compare(t *testing.T) {
	f, w := &x.c.snd.flight, &x.twin
	out := Out{}
	before := f.visits
	x.c.detect(&step{now: x.now, out: &out})
	marked := 0
	for _, s := range out.Signals {
		marked += s.N
	}
	x.visits += f.visits - before
	x.detected++
	x.lost += marked
	srtt, _ := x.c.rtt.SRTT()
	window := w.width(x.c.rec.phase != phaseOpen, srtt)
	timer := w.detect(x.now, window)
	x.c.watchReordering()
	got, armed := x.c.timers.Deadline(uint8(TimerReordering))
	if armed {
		x.timers++
	}
	k := &f.rack
	if armed != (timer != 0) || armed && got != timer {
		t.Errorf("the timer is at %d (%v), want %d", got, armed, timer)
	}
	if k.order != w.xmit || k.rtt != w.rtt || k.reordered != w.reordered || k.widened+1 != w.mult || k.window != window {
		t.Errorf("%+v, want %+v, window %d", k, w, window)
	}
	var first *record
	for i := range f.len() {
		r, s := f.records.At(i), &w.segs[f.base+i]
		if lost := r.lost && !r.resent && !r.sacked; lost != (s.lost && !s.sacked) || r.sacked != s.sacked {
			t.Errorf("segment %d: lost %v, reported %v; want %v, %v", f.base+i, lost, r.sacked, s.lost, s.sacked)
		} else if lost && first == nil {
			first = r
		}
	}
	if f.nextLost() != first {
		t.Error("another segment is the first that is lost")
	}
}
