package ranges_test

import (
	"math/rand/v2"
	"testing"

	"simrun/internal/ranges"
)

// TestTwin drives the set and an array of booleans with the same random calls,
// and checks that the ranges stay sorted, disjoint and apart.
func TestTwin(t *testing.T) {
	const size = 64
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2_000 {
		var set ranges.Set
		var twin [size]bool
		for range 20 {
			lo, hi := rnd.Uint64N(size), rnd.Uint64N(size+1)
			switch rnd.IntN(10) {
			case 0, 1:
				set.RemoveBelow(lo)
				clear(twin[:lo])
			case 2:
				set.RemoveFrom(lo)
				clear(twin[lo:])
			default:
				set.Add(lo, hi)
				for i := lo; i < hi; i++ {
					twin[i] = true
				}
			}
			clone := set.Clone()
			check(t, &set, twin[:])
			check(t, &clone, twin[:])
			lo, hi = rnd.Uint64N(size), rnd.Uint64N(size+1)
			want := true
			for i := lo; i < hi; i++ {
				want = want && twin[i]
			}
			if got := set.Contains(lo, hi); got != want {
				t.Fatalf("Contains(%d, %d) = %v in %v", lo, hi, got, set.All())
			}
		}
	}
}

func check(t *testing.T, set *ranges.Set, twin []bool) {
	t.Helper()
	var got [64]bool
	var size uint64
	for i, r := range set.All() {
		if r.Lo >= r.Hi || i > 0 && set.All()[i-1].Hi >= r.Lo {
			t.Fatalf("ranges not sorted, disjoint and apart: %v", set.All())
		}
		for n := r.Lo; n < r.Hi; n++ {
			got[n] = true
			size++
		}
	}
	for i := range twin {
		if got[i] != twin[i] {
			t.Fatalf("number %d: in set %v, want %v: %v", i, got[i], twin[i], set.All())
		}
	}
	if set.Size() != size || set.Empty() != (size == 0) {
		t.Fatalf("Size %d, Empty %v for %v", set.Size(), set.Empty(), set.All())
	}
}
