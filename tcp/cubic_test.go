package tcp

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"simrun/clock"
)

// cubicStage is a connection in CUBIC's congestion avoidance, with validation
// of the window: it was cut once, and has been growing for half a second.
func cubicStage(t testing.TB, options ...option) *rig {
	r := ten(t, established, append(options, func(c *Config) { c.Congestion, c.CWV = CUBIC, true })...)
	r.sleep(100 * time.Millisecond)
	for range 3 {
		r.feed(". 1 ack 1 win 50000")
	}
	r.feed(". 1 ack 1201 win 50000")
	for range 5 {
		r.sleep(100 * time.Millisecond)
		r.feed(". 1 ack U+100 win 50000")
	}
	r.c.use.most = 7 // whatever it was
	return r
}

// exactCurve is W_cubic in floating point, in octets.
func exactCurve(wmax, epoch int64, mss int, t float64) float64 {
	k := math.Cbrt(float64(wmax-epoch) / float64(mss) / 0.4)
	return 0.4*math.Pow(t-k, 3)*float64(mss) + float64(wmax)
}

// RFC 9438 4.2: the curve in integers is the one of equations 1 and 2, to the
// octet where it matters: K is rounded to a microsecond, and the curve moves
// so much in that.
func TestCubicCurve(t *testing.T) {
	rng := rand.New(rand.NewPCG(9438, 0))
	for range 20_000 {
		mss := 1 + rng.IntN(9000)
		wmax := 2*int64(mss) + rng.Int64N(1<<(1+rng.IntN(30)))
		q := cubic{wmax: wmax}
		epoch := max(1, wmax*7/10)
		q.begin(epoch, &news{mss: mss})
		if exact := math.Cbrt(float64(wmax-epoch)/float64(mss)/0.4) * 1e6; math.Abs(exact-float64(q.k)) > 1.001+exact*1e-6 {
			// K is sought on a curve of whole octets: one octet up or down is
			// the most that it may stand for.
			if d := rise(q.k, mss) - (wmax - epoch); d < 0 || rise(q.k-1, mss) >= wmax-epoch {
				t.Fatalf("mss %d, W_max %d, epoch %d: K %d us, want %.1f", mss, wmax, epoch, q.k, exact)
			}
		}
		at := time.Duration(rng.Int64N(int64(60 * time.Second)))
		got, want := float64(q.curve(at, mss)), exactCurve(wmax, epoch, mss, at.Seconds())
		d := math.Abs(at.Seconds() - float64(q.k)/1e6)
		slope := 3 * 0.4 * d * d * float64(mss) / 1e6 // octets a microsecond
		if math.Abs(got-want) > 3+3*slope+math.Abs(want)*1e-9 && !finer(q.k, mss, d, got, want) {
			t.Fatalf("mss %d, W_max %d, epoch %d, t %v: %.0f, want %.1f", mss, wmax, epoch, at, got, want)
		}
	}
}

// finer allows for a plateau so near that an octet of it is many microseconds:
// there K may be off by what an octet more or less would make it.
func finer(k int64, mss int, d, got, want float64) bool {
	octets := float64(rise(k, mss))
	span := (math.Cbrt((octets+1)/float64(mss)/0.4) - math.Cbrt(max(octets-1, 0)/float64(mss)/0.4))
	return math.Abs(got-want) <= 3+3*0.4*math.Pow(d+span, 2)*float64(mss)*span
}

// The numbers of a case done by hand: W_max of 100 segments, cut to 70. K is
// the cube root of 30/0.4 = 75: 4.217163 s. A second later the curve stands at
// 100 - 0.4*3.217163^3 = 86.681 segments, at K at 100, at K+5 s at 150.
func TestCubicByHand(t *testing.T) {
	q := cubic{wmax: 100_000}
	q.begin(70_000, &news{mss: 1000})
	if q.k != 4_217_164 {
		t.Errorf("K is %d us, want 4217164", q.k)
	}
	for at, want := range map[time.Duration]int64{0: 70_000, time.Second: 86_681, 4_217_164 * time.Microsecond: 100_000, 9_217_164 * time.Microsecond: 150_000} {
		if got := q.curve(at, 1000); got < want-1 || got > want+1 {
			t.Errorf("W_cubic(%v) = %d, want %d", at, got, want)
		}
	}
}

// RFC 9438 as its text has it, in segments and floating point.
type cubicTwin struct {
	cwnd, wmax, prior, epoch, est, k, began float64
}

func (w *cubicTwin) cut(flight float64) {
	if w.cwnd < w.wmax {
		w.wmax = w.cwnd * (1 + 0.7) / 2
	} else {
		w.wmax = w.cwnd
	}
	w.prior, w.cwnd, w.epoch = w.cwnd, max(flight*0.7, 2), 0
}

func (w *cubicTwin) ack(now, rtt, acked float64) {
	if w.epoch == 0 {
		w.wmax = max(w.wmax, w.cwnd)
		w.epoch, w.est, w.began = w.cwnd, w.cwnd, now
		w.k = math.Cbrt((w.wmax - w.epoch) / 0.4)
	}
	alpha := 3 * (1 - 0.7) / (1 + 0.7)
	if w.est >= w.prior {
		alpha = 1
	}
	w.est += alpha * acked / w.cwnd
	curve := func(t float64) float64 { return 0.4*math.Pow(t-w.k, 3) + w.wmax }
	t := now - w.began
	if curve(t) < w.est {
		w.cwnd = max(w.cwnd, w.est)
		return
	}
	target := min(max(curve(t+rtt), w.cwnd), 1.5*w.cwnd)
	w.cwnd += (target - w.cwnd) / w.cwnd
}

// TestCubicTwin: over many windows, round trips and losses, the window in
// integers stays within a thousandth, and half a segment, of the text's.
func TestCubicTwin(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 2))
	friendly, concave := 0, 0
	for range 300 {
		mss := 500 + rng.IntN(9000)
		rtt := time.Duration(1+rng.IntN(300)) * time.Millisecond
		start := 4 + rng.IntN(500)
		cc := congestion{cwnd: start * mss}
		cfg := Config{Congestion: CUBIC}
		twin := cubicTwin{cwnd: float64(start)}
		now := clock.Time(0)
		for range 5 {
			if math.Abs(twin.cwnd-twin.wmax) < 1 {
				break // whether fast convergence is due hangs on less than a segment
			}
			cc.cut(&cfg, cc.cwnd, mss)
			twin.cut(twin.cwnd)
			for range 2000 {
				n := mss * (1 + rng.IntN(2))
				now = now.Add(rtt * time.Duration(n) / time.Duration(cc.cwnd))
				cc.cwnd = cc.cubic.avoid(cc.cwnd, &news{now: now, n: n, mss: mss, srtt: rtt})
				twin.ack(now.Since().Seconds(), rtt.Seconds(), float64(n)/float64(mss))
				if int64(cc.cwnd) == cc.cubic.est {
					friendly++
				} else {
					concave++
				}
				got := float64(cc.cwnd) / float64(mss)
				if math.Abs(got-twin.cwnd) > 0.5+twin.cwnd/1000 {
					t.Fatalf("mss %d, rtt %v, from %d segments: %.3f segments, want %.3f", mss, rtt, start, got, twin.cwnd)
				}
			}
		}
	}
	if friendly < 10_000 || concave < 10_000 {
		t.Errorf("%d steps as Reno, %d along the curve: the runs show too little", friendly, concave)
	}
}

// RFC 9438 4.6 and 4.7: a loss takes three tenths; where the plateau was not
// reached again, it comes down by more.
func TestCubicCut(t *testing.T) {
	cfg := Config{Congestion: CUBIC}
	cc := congestion{cwnd: 10_000, ssthresh: unlimited}
	cc.cut(&cfg, 10_000, 100)
	if cc.cwnd != 7000 || cc.ssthresh != 7000 || cc.cubic.wmax != 10_000 || cc.cubic.prior != 10_000 {
		t.Errorf("%+v", cc)
	}
	cc.cut(&cfg, 7000, 100)
	if cc.cwnd != 4900 || cc.cubic.wmax != 5950 || cc.cubic.prior != 7000 {
		t.Errorf("again: %+v", cc)
	}
	cc.cut(&cfg, 200, 100)
	if cc.cwnd != 200 || cc.ssthresh != 200 {
		t.Errorf("want two segments at least: %+v", cc)
	}
	cc.collapse(100)
	if cc.cwnd != 100 || cc.cubic.wmax != 0 || cc.cubic.prior != 4900 {
		t.Errorf("an RTO: %+v", cc)
	}
	cc.cwnd = 300
	cc.cubic.avoid(cc.cwnd, &news{now: 5, n: 100, mss: 100, srtt: time.Second})
	if cc.cubic.k != 0 || cc.cubic.wmax != 300 {
		t.Errorf("after an RTO the curve begins flat where the window is: %+v", cc.cubic)
	}
}

// RFC 9438 4.2, 5.8: t does not count while the application has nothing to
// send.
func TestCubicClockStands(t *testing.T) {
	r := cubicStage(t)
	ran := r.c.cc.cubic.ran
	if ran != 400*time.Millisecond { // the stage began with the first ACK of five
		t.Fatalf("t is %v, want 400 ms", ran)
	}
	r.feed(". 1 ack X win 50000")
	for r.c.snd.unsent() > 0 {
		r.sleep(100 * time.Millisecond)
		r.feed(". 1 ack X win 50000")
	}
	r.feed(". 1 ack X win 50000")
	ran = r.c.cc.cubic.ran
	r.sleep(time.Minute)
	r.feed(". 1 ack X win 49999")
	if got := r.c.cc.cubic.ran; got != ran {
		t.Errorf("t went from %v to %v in an idle minute", ran, got)
	}
}
