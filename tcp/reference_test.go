package tcp

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"simrun/clock"
	"simrun/wire"
)

// reference is RFC 5681, RFC 6582 or RFC 6675, and RFC 6298, written down once
// more and naively: from the segments that one end sends and gets it says what
// cwnd, ssthresh and the RTO must be. The sender always has text, the peer
// always room. Numbers are relative.
type reference struct {
	mss, cwnd, ssthresh       int
	una, nxt, point           int
	dups, limited, jump       int
	recovery, loss, sack      bool
	reported, again           map[int]bool // octets, segments sent again
	timed, from               int          // the round trip that is measured: up to, since
	timing                    bool
	srtt, rttvar, rto, backed float64 // seconds; backed is the RTO with its backoff
}

func (w *reference) sample(r float64) {
	if w.srtt == 0 {
		w.srtt, w.rttvar = r, r/2
	} else {
		w.rttvar = 3.0/4*w.rttvar + math.Abs(w.srtt-r)/4
		w.srtt = 7.0/8*w.srtt + r/8
	}
	w.rto = min(max(w.srtt+max(0.001, 4*w.rttvar), 0.05), 60)
	w.backed = w.rto
}

func (w *reference) sent(now clock.Time, seq, n int, resend bool) {
	switch {
	case resend:
		w.again[seq], w.timing = true, false // Karn
		return
	case !w.recovery && !w.loss && w.dups > 0:
		w.limited += n // RFC 3042
	}
	w.nxt = seq + n
	if !w.timing {
		w.timing, w.timed, w.from = true, w.nxt, int(now)
	}
}

func (w *reference) cut() { w.ssthresh = max((w.nxt-w.una-w.limited)/2, 2*w.mss) }

func (w *reference) timeout() {
	if !w.again[w.una] {
		w.cut()
	}
	w.cwnd, w.loss, w.recovery, w.point = w.mss, true, false, w.nxt
	w.dups, w.limited, w.timing = 0, 0, false
	clear(w.reported)
	w.backed = min(2*w.backed, 60)
}

// ack takes an ACK; same says that it leaves the peer's window as it was.
func (w *reference) ack(now clock.Time, ack int, sacks [][2]int, same bool) {
	acked, news := ack-w.una, !w.sack && ack == w.una && w.nxt > w.una && same
	w.una = max(w.una, ack)
	if w.timing && ack >= w.timed {
		w.timing = false
		w.sample(float64(int(now)-w.from) / 1e9)
	}
	for _, b := range sacks {
		for i := b[0]; i < b[1] && b[0] > w.una; i++ {
			news = news || !w.reported[i]
			w.reported[i] = true
		}
	}
	switch covered := w.una >= w.point; {
	case acked > 0 && w.recovery && covered:
		w.cwnd, w.recovery, w.dups, w.limited = w.ssthresh, false, 0, 0
	case acked > 0 && !w.recovery:
		w.dups, w.limited, w.loss = 0, 0, w.loss && !covered
		if w.cwnd < w.ssthresh {
			w.cwnd += min(acked, w.mss)
		} else {
			w.cwnd += max(1, w.mss*w.mss/w.cwnd)
		}
	}
	if news {
		w.dups++
	}
	// RFC 6582 3.2 step 2 and 4.1: without SACK, duplicates that come when just
	// what the last recovery sent is acknowledged tell of a loss only if the ACK
	// before them moved SND.UNA by little.
	isNew := w.sack || w.una > w.point || w.cwnd > w.mss && w.jump <= 4*w.mss
	if !w.recovery && !w.loss && isNew && w.dups > 0 && (w.dups >= 3 || w.isLost()) {
		w.cut()
		w.cwnd, w.recovery, w.point = w.ssthresh, true, w.nxt
	}
	if acked > 0 {
		w.jump = acked
	}
}

// isLost is RFC 6675 4 for the oldest octet.
func (w *reference) isLost() bool {
	octets, ranges := 0, 0
	for i := w.una; i < w.nxt; i++ {
		if w.reported[i] {
			octets++
			if !w.reported[i-1] {
				ranges++
			}
		}
	}
	return octets > 2*w.mss || ranges >= 3
}

// inTransit is a segment on its way; they arrive in the order of at and n.
type inTransit struct {
	at  clock.Time
	n   int
	to  int
	seg wire.TCP
}

type transit []inTransit

func (q transit) Len() int { return len(q) }
func (q transit) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].n < q[j].n
}
func (q transit) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *transit) Push(x any)   { *q = append(*q, x.(inTransit)) }
func (q *transit) Pop() any {
	x := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return x
}

// observed is a transfer over a path that loses and delays, with the reference
// beside its sender.
type observed struct {
	t     interface{ Fatalf(string, ...any) }
	fate  func(n int) (lost bool, later time.Duration) // of the nth segment
	conns [2]Conn
	out   Out
	now   clock.Time
	n     int
	delay time.Duration
	way   transit
	ref   *reference
	seen  struct{ recoveries, timeouts, avoided int }
	told  [2]int // cwnd and ssthresh as the signals tell them
}

// put sends what the last step of an end gave onto the path.
func (o *observed) put(from int) {
	for i := range o.out.Segments {
		s := o.out.Segments[i]
		s.Payload = append([]byte(nil), s.Payload...)
		if from == 0 && o.ref != nil && len(s.Payload) > 0 {
			o.ref.sent(o.now, int(s.Seq-testISS), len(s.Payload), s.Resend > 0)
		}
		o.n++
		lost, later := o.fate(o.n)
		if o.ref != nil && lost {
			continue
		}
		at := o.now.Add(o.delay + later)
		heap.Push(&o.way, inTransit{at: at, n: o.n, to: 1 - from, seg: s.TCP})
	}
}

// arrive lets the next segment arrive and compares.
func (o *observed) arrive() {
	x := heap.Pop(&o.way).(inTransit)
	o.out.Reset()
	if x.to == 0 && o.ref != nil {
		blocks, n := x.seg.Options.SACK()
		var sacks [][2]int
		for _, b := range blocks[:n] {
			sacks = append(sacks, [2]int{int(b.Left - testISS), int(b.Right - testISS)})
		}
		was := o.ref.recovery
		o.ref.ack(o.now, int(x.seg.Ack-testISS), sacks, uint32(x.seg.Window) == o.conns[0].Vars().SndWnd)
		if o.ref.recovery && !was {
			o.seen.recoveries++
		}
	}
	o.conns[x.to].Arrive(o.now, &x.seg, &o.out)
	o.compare(x.to)
	o.put(x.to)
	if p := make([]byte, 65535); x.to == 1 {
		o.out.Reset()
		_, _ = o.conns[1].Receive(o.now, p, &o.out)
		o.put(1)
	}
}

// expire lets a timer of an end expire and compares.
func (o *observed) expire(i int) {
	o.out.Reset()
	o.conns[i].Expire(o.now, &o.out)
	for _, s := range o.out.Signals {
		if i == 0 && s.Kind == TimerExpired && s.Timer == TimerRetransmit {
			if got := s.Value.Seconds(); math.Abs(got-o.ref.backed) > 2e-7 {
				o.t.Fatalf("at %v the RTO is %v, want %.9f s", o.now, s.Value, o.ref.backed)
			}
			o.ref.timeout()
			o.seen.timeouts++
		}
	}
	o.compare(i)
	o.put(i)
}

func (o *observed) compare(i int) {
	if i != 0 || o.ref == nil {
		return
	}
	for _, s := range o.out.Signals {
		if s.Kind == CongestionWindow {
			o.told[0] = s.N
			if s.Ssthresh > 0 {
				o.told[1] = s.Ssthresh
			}
		}
	}
	cc := &o.conns[0].cc
	if cc.cwnd != o.ref.cwnd || cc.ssthresh != o.ref.ssthresh {
		o.t.Fatalf("at %v: cwnd %d, ssthresh %d; want %d, %d", o.now, cc.cwnd, cc.ssthresh, o.ref.cwnd, o.ref.ssthresh)
	}
	if o.told != [2]int{cc.cwnd, cc.ssthresh} {
		o.t.Fatalf("at %v: told %v, is %d, %d", o.now, o.told, cc.cwnd, cc.ssthresh)
	}
	if cc.cwnd > cc.ssthresh {
		o.seen.avoided++
	}
}

// transfer opens a connection, gives it a megabyte to send, and goes on for so
// many steps.
func (o *observed) transfer(sack bool, steps int) {
	cfg := Defaults()
	cfg.MSS, cfg.ACK, cfg.SACK = 100, Immediate, sack
	cfg.SendBuffer, cfg.RTO.Min, cfg.R2 = 1<<20, 50*time.Millisecond, 100*time.Hour
	o.conns[0].Init(&cfg, testLocal, testRemote, testISS, 0)
	o.conns[1].Init(&cfg, testRemote, testLocal, testIRS, 0)
	_ = o.conns[1].Listen(o.now, &o.out)
	_ = o.conns[0].Open(o.now, &o.out)
	o.put(0)
	for len(o.way) > 0 {
		o.now = o.way[0].at
		open := o.conns[0].State() == Established
		o.arrive()
		if rtt := o.now; !open && o.conns[0].State() == Established {
			cc := &o.conns[0].cc
			o.ref = &reference{mss: 100, cwnd: cc.cwnd, ssthresh: cc.ssthresh, una: 1, nxt: 1, point: 1,
				sack: cfg.SACK, reported: map[int]bool{}, again: map[int]bool{}}
			o.ref.sample(rtt.Since().Seconds())
			o.told = [2]int{cc.cwnd, cc.ssthresh}
		}
	}
	o.out.Reset()
	_, _ = o.conns[0].Send(o.now, make([]byte, 1<<20), &o.out)
	o.put(0)
	for range steps {
		at, who := clock.Never, 0
		for i := range o.conns {
			if d, ok := o.conns[i].NextTimeout(); ok && d < at {
				at, who = d, i
			}
		}
		if len(o.way) > 0 && o.way[0].at <= at {
			o.now = o.way[0].at
			o.arrive()
		} else {
			o.now = at
			o.expire(who)
		}
	}
}

// TestReference: cwnd, ssthresh and RTO equal those of the reference
// after every ACK and every time-out, with SACK and without.
func TestReference(t *testing.T) {
	var recoveries, timeouts, avoided int
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 5681))
		loss, delay := rng.Float64()*0.08, time.Duration(1+rng.IntN(100))*time.Millisecond
		o := observed{t: t, delay: delay, fate: func(int) (bool, time.Duration) {
			return rng.Float64() < loss, time.Duration(rng.IntN(1 + int(delay)/20))
		}}
		o.transfer(seed%2 == 0, 4000)
		recoveries, timeouts, avoided = recoveries+o.seen.recoveries, timeouts+o.seen.timeouts, avoided+o.seen.avoided
	}
	if recoveries < 200 || timeouts < 200 || avoided < 5000 {
		t.Errorf("%d recoveries, %d time-outs, %d ACKs in congestion avoidance: too little", recoveries, timeouts, avoided)
	}
}

// TestReferenceShrinks is the same with losses and delays that shrink to the
// fewest that show a difference.
func TestReferenceShrinks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lost := rapid.SliceOfN(rapid.IntRange(4, 600), 0, 30).Draw(t, "lost")
		late := rapid.SliceOfN(rapid.IntRange(4, 600), 0, 10).Draw(t, "late")
		delay := time.Duration(rapid.IntRange(1, 100).Draw(t, "ms")) * time.Millisecond
		o := observed{t: t, delay: delay, fate: func(n int) (bool, time.Duration) {
			if slices.Contains(late, n) {
				return false, 3 * delay
			}
			return slices.Contains(lost, n), 0
		}}
		o.transfer(rapid.Bool().Draw(t, "SACK"), 500)
	})
}
