package tcp

import (
	"testing"

	"pgregory.net/rapid"
)

// naive is the receive buffer as one would explain it: each octet of the
// stream that has come, by its position.
type naive struct {
	octets     map[int]byte
	read, next int
}

func (n *naive) insert(offset int, text []byte) {
	for i, b := range text {
		if at := n.next + offset + i; at >= n.next {
			n.octets[at] = b
		}
	}
}

func (n *naive) advance() (taken int) {
	for {
		if _, ok := n.octets[n.next]; !ok {
			return taken
		}
		n.next++
		taken++
	}
}

func (n *naive) take(max int) (p []byte) {
	for n.read < n.next && len(p) < max {
		p = append(p, n.octets[n.read])
		delete(n.octets, n.read)
		n.read++
	}
	return p
}

func (n *naive) drop() {
	for at := range n.octets {
		if at >= n.next {
			delete(n.octets, at)
		}
	}
}

func (n *naive) held() int { return len(n.octets) - (n.next - n.read) }

// TestReassemblyAgainstNaive does the same to both at random, with segments
// that overlap and come again.
func TestReassemblyAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r reassembly
		n := naive{octets: map[int]byte{}}
		content := func(at int) byte { return byte(at*31 + at>>8) }
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.IntRange(0, 9).Draw(t, "what") {
			case 0, 1, 2, 3, 4:
				offset := rapid.IntRange(0, 40).Draw(t, "offset")
				text := make([]byte, rapid.IntRange(0, 20).Draw(t, "length"))
				for i := range text {
					text[i] = content(n.next + offset + i)
				}
				r.insert(offset, text)
				n.insert(offset, text)
				poison(text)
			case 5, 6:
				if got, want := r.advance(), n.advance(); got != want {
					t.Fatalf("advanced over %d octets, want %d", got, want)
				}
			case 7:
				p := make([]byte, rapid.IntRange(0, 30).Draw(t, "room"))
				p = p[:r.take(p)]
				if want := n.take(cap(p)); string(p) != string(want) {
					t.Fatalf("took %x, want %x", p, want)
				}
			case 8:
				r.drop()
				n.drop()
			case 9:
				r.discard()
				n.take(n.next)
				n.drop()
			}
			p := make([]byte, 1000)
			p = p[:r.peek(p)]
			want := naive{octets: map[int]byte{}, read: n.read, next: n.next}
			for at, b := range n.octets {
				want.octets[at] = b
			}
			if string(p) != string(want.take(1000)) || r.unread() != len(p) {
				t.Fatalf("%x can be read, unread %d", p, r.unread())
			}
			if int(r.held.Size()) != n.held() || r.holds() != (n.held() > 0) {
				t.Fatalf("%d octets held, want %d", r.held.Size(), n.held())
			}
		}
	})
}
