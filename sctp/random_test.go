package sctp

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// TestRandomLoss sends messages of all sizes over several streams while
// packets are lost, delayed and doubled: each arrives once, whole, and in the
// order of its stream.
func TestRandomLoss(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 9))
		w := newPair(t)
		loss := []int{0, 5, 20, 40}[rng.IntN(4)]
		for i := range w.cfg {
			w.cfg[i].AssociationMaxRetrans, w.cfg[i].PathMaxRetrans, w.cfg[i].MaxInitRetransmits = 1000, 1000, 1000
			w.cfg[i].NoDelay = rng.IntN(2) == 0
			w.cfg[i].SACK = SACKPolicy(rng.IntN(2))
			w.cfg[i].ReceiveBuffer = []int{5000, 20000, 1 << 17}[rng.IntN(3)]
			w.cfg[i].T5 = 0
			w.cfg[i].PartialDeliveryPoint = []int{0, 1, 2000}[rng.IntN(3)]
		}
		if seed%3 == 0 { // two paths, of which one may fail; heartbeats find it again
			w.homes = [][2]wire.Addr{{testLocals[0], testPeers[0]}, {testLocals[1], testPeers[1]}}
			for i := range w.cfg {
				w.cfg[i].PathMaxRetrans, w.cfg[i].PFMaxRetrans, w.cfg[i].HBInterval = 2, 0, 5*time.Second
				w.cfg[i].PotentiallyFailed = seed%2 == 0
			}
		}
		w.start()
		w.lost = func(_, _ int, p *wire.SCTP) bool {
			if rng.IntN(10) == 0 {
				w.delay = time.Duration(5+rng.IntN(60)) * time.Millisecond
			}
			if rng.IntN(20) == 0 && len(w.air) > 0 {
				w.air = append(w.air, w.air[rng.IntN(len(w.air))])
			}
			return rng.IntN(100) < loss
		}
		w.associate()
		for w.ends[0].State() != Established {
			w.run(w.now.Since() + time.Second)
		}
		var want [2][4][]string
		for range 40 {
			i, stream := rng.IntN(2), rng.IntN(4)
			data := strings.Repeat(string(rune('a'+rng.IntN(26))), 1+rng.IntN(4000))
			text := fmt.Sprintf("%d:%s", stream, data)
			w.do(i, func(a *Assoc, out *Out) {
				if _, err := a.Send(w.now, &Message{Stream: uint16(stream), Data: []byte(data)}, out); err == nil {
					want[1-i][stream] = append(want[1-i][stream], text)
				}
			})
			w.run(w.now.Since() + time.Duration(rng.IntN(100))*time.Millisecond)
		}
		w.do(0, func(a *Assoc, out *Out) { a.Shutdown(w.now, out) })
		w.run(w.now.Since() + 40000*time.Second)
		for i := range want {
			var got [4][]string
			for _, text := range w.got[i] {
				got[text[0]-'0'] = append(got[text[0]-'0'], text)
			}
			for stream := range got {
				if strings.Join(got[stream], " ") != strings.Join(want[i][stream], " ") {
					t.Fatalf("seed %d: end %d stream %d got %d messages, want %d\n%s", seed, i, stream, len(got[stream]), len(want[i][stream]), strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
				}
			}
			if w.ends[i].State() != Closed {
				t.Fatalf("seed %d: end %d is %v\n%s", seed, i, w.ends[i].State(), strings.Join(w.log[max(0, len(w.log)-60):], "\n"))
			}
		}
	}
}
