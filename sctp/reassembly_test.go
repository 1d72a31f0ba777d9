package sctp

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"simrun/wire"
)

// piece is a DATA chunk of the reassembly's twin.
type piece struct {
	d    wire.Data
	here bool
}

// receiverTwin is RFC 9260 6.6 and 6.9 by the letter: it keeps all chunks and
// walks them all for each arrival.
type receiverTwin struct {
	pieces []piece // TSN n at n-1
	next   map[uint16]wire.SSN
	gone   map[int]bool // by the first TSN of the message
}

// arrive takes a chunk, and returns the messages that are delivered now.
func (w *receiverTwin) arrive(n int) (got []string) {
	w.pieces[n].here = true
	for again := true; again; {
		again = false
		for first := range w.pieces {
			d := &w.pieces[first].d
			text, whole := w.whole(first)
			if !whole || w.gone[first] || !d.Flags.Has(wire.FlagUnordered) && d.SSN != w.next[d.Stream] {
				continue
			}
			w.gone[first], again = true, true
			if !d.Flags.Has(wire.FlagUnordered) {
				w.next[d.Stream]++
			}
			got = append(got, fmt.Sprintf("s%d:%d %s", d.Stream, d.SSN, text))
		}
	}
	return got
}

// whole is the message that begins with a chunk, if all of it is here.
func (w *receiverTwin) whole(first int) (text string, ok bool) {
	if !w.pieces[first].d.Flags.Has(wire.FlagBegin) {
		return "", false
	}
	for i := first; i < len(w.pieces); i++ {
		if !w.pieces[i].here {
			return "", false
		}
		text += string(w.pieces[i].d.Payload)
		if w.pieces[i].d.Flags.Has(wire.FlagEnd) {
			return text, true
		}
	}
	return "", false
}

// sack is what a SACK says of what is here.
func (w *receiverTwin) sack() string {
	cum := 0
	for cum < len(w.pieces) && w.pieces[cum].here {
		cum++
	}
	var blocks []string
	for n := cum; n < len(w.pieces); n++ {
		if lo := n; w.pieces[n].here {
			for n+1 < len(w.pieces) && w.pieces[n+1].here {
				n++
			}
			blocks = append(blocks, fmt.Sprintf("%d-%d", lo+1, n+1))
		}
	}
	text := fmt.Sprintf("SACK %d", cum)
	if blocks != nil {
		text += " gap=" + strings.Join(blocks, ",")
	}
	return text
}

// TestReceiverTwin compares the receiver with its twin: messages of all kinds
// over several streams, whose chunks arrive in any order, some twice.
func TestReceiverTwin(t *testing.T) {
	for seed := range uint64(300) {
		rng := rand.New(rand.NewPCG(seed, 6))
		w := &receiverTwin{next: map[uint16]wire.SSN{}, gone: map[int]bool{}}
		cfg := small()
		cfg.ReceiveBuffer = 1 << 20
		r := bareRig(t, &cfg, 1, true, seed, -wire.TSN(1+rng.IntN(40)), 0)
		r.to(Established)
		var ssn [3]wire.SSN
		for range 1 + rng.IntN(20) {
			stream, flags := rng.IntN(3), wire.ChunkFlags(0)
			if rng.IntN(4) == 0 {
				flags = wire.FlagUnordered
			}
			parts := 1 + rng.IntN(4)
			for i := range parts {
				d := wire.Data{Flags: flags, Stream: uint16(stream), SSN: ssn[stream], TSN: r.theirs(len(w.pieces) + 1)}
				d.Payload = fmt.Appendf(nil, "%d.", len(w.pieces)+1)
				if i == 0 {
					d.Flags |= wire.FlagBegin
				}
				if i == parts-1 {
					d.Flags |= wire.FlagEnd
				}
				w.pieces = append(w.pieces, piece{d: d})
			}
			if flags == 0 {
				ssn[stream]++
			}
		}
		order := rng.Perm(len(w.pieces))
		order = append(order, order[rng.IntN(len(order))])
		if rng.IntN(2) == 0 { // nearly in order
			slices.Sort(order)
			for i := range order {
				j := min(len(order)-1, i+rng.IntN(4))
				order[i], order[j] = order[j], order[i]
			}
		}
		for _, n := range order {
			again := w.pieces[n].here
			want := w.arrive(n)
			r.step(func(r *rig) {
				p := r.parse("DATA 1")
				p.Chunks = w.pieces[n].d.Append(nil)
				r.a.Arrive(r.clock(), &p, &r.out)
			})
			sack := w.sack()
			if again {
				sack += fmt.Sprintf(" dup=%d", n+1)
			}
			if r.sent() != sack {
				t.Fatalf("seed %d: chunk %d: sent %s, want %s", seed, n+1, r.sent(), sack)
			}
			var got []string
			for r.a.Unread() > 0 {
				got = append(got, r.receive(1000))
			}
			if strings.Join(got, "; ") != strings.Join(want, "; ") {
				t.Fatalf("seed %d: chunk %d: got %q, want %q", seed, n+1, got, want)
			}
		}
		if v := r.a.Vars(); v.Held != 0 || v.Unread != 0 || r.a.rcv.unread != 0 {
			t.Fatalf("seed %d: %+v", seed, v)
		}
	}
}
