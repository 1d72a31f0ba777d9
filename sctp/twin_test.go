package sctp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/internal/rto"
)

// twin is a sender as RFC 9260 6.1, 6.2.1, 6.3 and 7.2 write it: it keeps all
// chunks and walks them all for each SACK. What an association sends is its
// input, as are the SACKs; its windows, marks and timers must be those of the
// association after every step.
type twin struct {
	t                     *testing.T
	cfg                   *Config
	chunks                []twinChunk // TSN n at n-1
	cum                   int
	rwnd                  int
	cwnd, ssthresh, pba   int
	recovery, loss        bool
	exit                  int
	urgent                bool
	rtt                   rto.Estimator
	timed                 int // 0: none
	timedAt, sentAt, t3At clock.Time
	t3                    bool
}

type twinChunk struct {
	data, size          int
	acked, marked, fast bool
	miss                int
}

const twinP = 116

func (w *twin) rto() time.Duration { return w.rtt.RTO(&w.cfg.RTO) }

func (w *twin) outstanding(n int) bool {
	return n > w.cum && !w.chunks[n-1].acked && !w.chunks[n-1].marked
}

// flight is the octets outstanding, of chunks and of data, the earliest of
// them, and how many chunks are marked.
func (w *twin) flight() (size, data, earliest, marked int) {
	for n := len(w.chunks); n > w.cum; n-- {
		c := &w.chunks[n-1]
		if w.outstanding(n) {
			size, data, earliest = size+c.size, data+c.data, n
		}
		if c.marked && !c.acked {
			marked++
		}
	}
	return size, data, earliest, marked
}

// sack is RFC 9260 6.2.1 D, 6.3.2, 7.2.1, 7.2.2, 7.2.4.
func (w *twin) sack(now clock.Time, cum int, gaps [][2]int, win int) {
	if cum < w.cum || cum > len(w.chunks) {
		return
	}
	in := func(n int) bool {
		return n <= cum || slices.ContainsFunc(gaps, func(g [2]int) bool { return g[0] <= n && n <= g[1] })
	}
	before, _, earliest, _ := w.flight()
	recovering, advanced := w.recovery, cum > w.cum
	newly, htna, front := 0, 0, false
	for n := w.cum + 1; n <= len(w.chunks); n++ {
		c := &w.chunks[n-1]
		if c.acked || !in(n) {
			continue
		}
		c.acked, c.marked = true, false
		newly, htna = newly+c.size, n
		front = front || earliest == 0 || n <= earliest
		if w.timed == n {
			w.rtt.Sample(now.Sub(w.timedAt))
			w.timed = 0
		}
	}
	w.cum = cum
	after, data, _, _ := w.flight()
	w.rwnd = max(0, win-data)
	if newly > 0 {
		if after == 0 {
			w.t3 = false
		} else if front {
			w.t3, w.t3At = true, now.Add(w.rto())
		}
		w.loss = false
		w.recovery = w.recovery && cum < w.exit
		full := before >= w.cwnd
		if w.cwnd <= w.ssthresh {
			if full && !recovering {
				w.cwnd += min(newly, twinP)
			}
		} else {
			w.pba += newly
			if w.pba >= w.cwnd && full {
				w.pba -= w.cwnd
				w.cwnd += twinP
			} else if w.pba > w.cwnd && !full {
				w.pba = w.cwnd
			}
		}
		if after == 0 {
			w.pba = 0
		}
	}
	if recovering && advanced && len(gaps) > 0 {
		htna = max(htna, gaps[len(gaps)-1][1]+1)
	}
	hit := false
	for n := w.cum + 1; n < htna; n++ {
		if c := &w.chunks[n-1]; !c.acked {
			if c.miss++; c.miss == 3 && !c.fast && !c.marked {
				c.marked, c.fast, hit = true, true, true
			}
		}
	}
	if hit && !w.recovery {
		w.urgent = true
		w.ssthresh = max(w.cwnd/2, 4*twinP)
		w.cwnd, w.pba, w.recovery, w.exit = w.ssthresh, 0, true, len(w.chunks)
	}
	_, data, _, _ = w.flight()
	w.rwnd = max(0, win-data)
}

// expire is RFC 9260 6.3.3.
func (w *twin) expire() {
	w.ssthresh, w.cwnd, w.pba = max(w.cwnd/2, 4*twinP), twinP, 0
	w.loss, w.recovery, w.t3, w.timed = true, false, false, 0
	w.rtt.Backoff()
	for n := range w.chunks {
		if w.outstanding(n + 1) {
			w.chunks[n].marked = true
			w.rwnd += w.chunks[n].data
		}
		w.chunks[n].miss = 0
	}
}

// sent is a packet of DATA that the association sends.
func (w *twin) sent(now clock.Time, p *Packet, r *rig) {
	size, _, _, marked := w.flight()
	mayGo := size < w.cwnd && (!w.loss || size == 0)
	for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		d, ok := c.Data()
		if !ok {
			continue
		}
		n := d.TSN.Sub(r.ours(0))
		fresh := n == len(w.chunks)+1
		if fresh {
			if size == 0 {
				for k := now.Sub(w.sentAt) / w.rto(); k > 0 && w.cwnd > 4*twinP; k-- {
					w.ssthresh, w.cwnd = max(w.ssthresh, 0), max(w.cwnd/2, 4*twinP)
				}
			}
			w.chunks = append(w.chunks, twinChunk{data: len(d.Payload), size: 16 + (len(d.Payload)+3)&^3})
			if marked > 0 {
				w.t.Errorf("chunk %d is new and %d are marked", n, marked)
			}
			if len(d.Payload) > w.rwnd {
				w.t.Errorf("chunk %d does not fit the window of %d", n, w.rwnd)
			}
			if w.timed == 0 {
				w.timed, w.timedAt = n, now
			}
		} else {
			if !w.chunks[n-1].marked {
				w.t.Errorf("chunk %d was sent again and is not marked", n)
			}
			w.chunks[n-1].marked = false
			if w.timed == n {
				w.timed = 0
			}
		}
		if !mayGo && (fresh || !w.urgent) {
			w.t.Errorf("chunk %d: %d octets are outstanding, the window is %d", n, size, w.cwnd)
		}
		w.rwnd = max(0, w.rwnd-len(d.Payload))
		if _, _, earliest, _ := w.flight(); !w.t3 || !fresh && earliest == n {
			w.t3, w.t3At = true, now.Add(w.rto())
		}
		w.sentAt = now
	}
	w.urgent = false
}

// compare wants the association's variables to be the twin's.
func (w *twin) compare(r *rig) (wrong string) {
	p, f := &r.a.paths[0], &r.a.snd.flight
	size, data, _, marked := w.flight()
	at, t3 := p.timers.Deadline(uint8(T3))
	if !t3 {
		at = w.t3At
	}
	got := fmt.Sprint(p.flight, f.outstanding, f.marked, r.a.snd.rwnd, p.cc.cwnd, p.cc.ssthresh, p.cc.partial,
		p.cc.phase == phaseRecovery, p.cc.phase == phaseLoss, t3, at, p.rto(r.cfg), f.len())
	want := fmt.Sprint(size, data, marked, w.rwnd, w.cwnd, w.ssthresh, w.pba, w.recovery, w.loss, w.t3, w.t3At, w.rto(), len(w.chunks)-w.cum)
	if got != want {
		return "flight, data, marked, rwnd, cwnd, ssthresh, pba, recovery, loss, T3, at, RTO, chunks:\n" + got + ", want\n" + want
	}
	for i := range f.len() {
		rec, c := f.records.At(i), w.chunks[w.cum+i]
		if rec.acked != c.acked || rec.marked != c.marked || rec.fast != c.fast {
			return fmt.Sprintf("chunk %d: %+v, want %+v", w.cum+i+1, *rec, c)
		}
	}
	return ""
}

// TestSenderTwin compares the sender with its twin on random messages, SACKs
// and time-outs.
func TestSenderTwin(t *testing.T) {
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 5))
		cfg := small()
		tiny(&cfg)
		cfg.MaxBurst, cfg.AssociationMaxRetrans, cfg.PathMaxRetrans, cfg.SendBuffer = 1000, 1<<30, 1<<30, 1<<20
		cfg.RTO.Min = 100 * time.Millisecond
		r := bareRig(t, &cfg, 1, true, seed, 1<<32-20, 0)
		r.to(Established)
		w := &twin{t: t, cfg: &cfg, rwnd: 100000, cwnd: 4 * twinP, ssthresh: 100000}
		var log []string
		has := map[int]bool{} // what the peer has
		cum := 0
		for range 150 {
			text := ""
			switch op := rng.IntN(20); {
			case op < 7:
				n := []int{100, 100, 100, 1, 37, 350}[rng.IntN(6)]
				text = fmt.Sprintf("send %d", n)
				r.send(n)
			case op < 8 && w.t3:
				text = "T3"
				at, _ := r.a.NextTimeout()
				w.expire()
				r.now = at
				r.step(func(r *rig) { r.a.Expire(r.clock(), &r.out) })
			case op < 10:
				r.now = r.now.Add(time.Duration(rng.IntN(30)) * time.Millisecond)
				if at, ok := r.a.NextTimeout(); ok {
					r.now = min(r.now, at-1)
				}
				continue
			default:
				for range rng.IntN(4) {
					if n := len(w.chunks) - cum; n > 0 {
						has[cum+1+min(rng.IntN(n), rng.IntN(n)+1)] = true
					}
				}
				for has[cum+1] && cum < len(w.chunks) {
					cum++
				}
				var gaps [][2]int
				var blocks []string
				for n := cum + 1; n <= len(w.chunks); n++ {
					if lo := n; has[n] {
						for has[n+1] && n < len(w.chunks) {
							n++
						}
						gaps = append(gaps, [2]int{lo, n})
						blocks = append(blocks, fmt.Sprintf("%d-%d", lo, n))
					}
				}
				win := []int{100000, 3000, 1000}[rng.IntN(3)]
				text = fmt.Sprintf("SACK %d gap=%s win=%d", cum, strings.Join(blocks, ","), win)
				w.sack(r.now, cum, gaps, win)
				r.feed(text)
			}
			for i := range r.out.Packets {
				w.sent(r.now, &r.out.Packets[i], r)
			}
			log = append(log, fmt.Sprintf("%.3f %s: %s", r.now.Since().Seconds(), text, r.sent()))
			if wrong := w.compare(r); wrong != "" || t.Failed() {
				t.Fatalf("seed %d: %s\n%s", seed, wrong, strings.Join(log[max(0, len(log)-12):], "\n"))
			}
		}
	}
}
