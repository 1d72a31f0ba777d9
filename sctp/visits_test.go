package sctp

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestNoSACKWalksTheQueue: what a SACK costs depends on what it says, not on
// how much is outstanding. A chunk that is new, acknowledged, reported or sent
// is looked at a few times, whether 20 chunks are outstanding or 2,000.
func TestNoSACKWalksTheQueue(t *testing.T) {
	for _, loss := range []int{0, 50, 10} { // one of so many is lost
		var cost [2]uint64
		for i, window := range []int{20, 2000} {
			cost[i] = transfer(t, window, loss)
		}
		if cost[1] > cost[0]+4 || cost[1] > 24 {
			t.Errorf("loss 1 of %d: %d records a SACK with 20 chunks outstanding, %d with 2,000", loss, cost[0], cost[1])
		}
	}
}

// transfer sends 5,000 chunks with so many outstanding, each acknowledged by a
// SACK of its own, and returns how many records a SACK looked at on average,
// less one for each gap ack block that was new.
func transfer(t *testing.T, window, loss int) uint64 {
	cfg := small()
	tiny(&cfg)
	cfg.MaxBurst, cfg.SendBuffer = 4, 1<<22
	r := bareRig(t, &cfg, 1, true, 1, 1, 0)
	r.to(Established)
	p := &r.a.paths[0]
	var b bulkPeer
	b.has = map[int]bool{}
	rng := rand.New(rand.NewPCG(uint64(loss), 3))
	message := Message{Data: make([]byte, 100)}
	var sacks, before uint64
	for n := 0; n < 5000; {
		p.cc.cwnd, p.cc.ssthresh = window*twinP, 1<<30 // the window stays, whatever is lost
		for r.a.Unsent() < 10 {
			r.out.Reset()
			_, _ = r.a.Send(r.clock(), &message, &r.out)
			b.take(r)
		}
		if len(b.air) == 0 {
			r.out.Reset()
			at, _ := r.a.NextTimeout()
			r.now = at
			r.a.Expire(r.clock(), &r.out)
			b.take(r)
			continue
		}
		tsn := b.air[0]
		b.air = b.air[1:]
		if loss > 0 && rng.IntN(loss) == 0 {
			continue
		}
		n++
		packet := r.parse(b.sack(tsn))
		if window == 20 || r.a.Unacked() > window/2 {
			sacks++
			before -= r.a.snd.flight.visits
			r.out.Reset()
			r.a.Arrive(r.clock(), &packet, &r.out)
			before += r.a.snd.flight.visits
		} else {
			r.out.Reset()
			r.a.Arrive(r.clock(), &packet, &r.out)
		}
		b.take(r)
	}
	if sacks < 1000 {
		t.Errorf("%d chunks: only %d SACKs", window, sacks)
	}
	return before / max(1, sacks)
}

// bulkPeer is what a peer has, and what is on its way to it.
type bulkPeer struct {
	cum, top int
	has      map[int]bool
	air      []int
}

// take notes what an association sent.
func (b *bulkPeer) take(r *rig) {
	for i := range r.out.Packets {
		for c, rest, ok := r.out.Packets[i].Chunks.Next(); ok; c, rest, ok = rest.Next() {
			if d, ok := c.Data(); ok {
				b.air = append(b.air, d.TSN.Sub(r.ours(0)))
			}
		}
	}
}

// sack is the SACK that answers a chunk.
func (b *bulkPeer) sack(tsn int) string {
	if tsn > b.cum {
		b.has[tsn] = true
	}
	b.top = max(b.top, tsn)
	for b.has[b.cum+1] {
		delete(b.has, b.cum+1)
		b.cum++
	}
	text, blocks := fmt.Sprintf("SACK %d win=10000000", b.cum), ""
	for n := b.cum + 1; n <= b.top; n++ {
		if lo := n; b.has[n] {
			for b.has[n+1] {
				n++
			}
			blocks += fmt.Sprintf(",%d-%d", lo, n)
		}
	}
	if blocks != "" {
		text += " gap=" + blocks[1:]
	}
	return text
}
