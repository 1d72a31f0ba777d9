package ring_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"simrun/internal/ring"
)

// TestTwin drives a ring and a plain slice with the same random calls.
func TestTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	var r ring.Ring[int]
	var twin []int
	for step := range 20_000 {
		switch op := rnd.IntN(10); {
		case op < 4:
			r.Push(step)
			twin = append(twin, step)
		case op < 5:
			i := rnd.IntN(len(twin) + 1)
			r.Insert(i, step)
			twin = slices.Insert(twin, i, step)
		case op < 8 && len(twin) > 0:
			if got := r.Pop(); got != twin[0] {
				t.Fatalf("step %d: Pop = %d, want %d", step, got, twin[0])
			}
			twin = twin[1:]
		case op == 8 && len(twin) > 0:
			if got := r.PopBack(); got != twin[len(twin)-1] {
				t.Fatalf("step %d: PopBack = %d, want %d", step, got, twin[len(twin)-1])
			}
			twin = twin[:len(twin)-1]
		case op == 9 && rnd.IntN(50) == 0:
			r.Clear()
			twin = nil
		}
		c := r.Clone()
		if r.Len() != len(twin) || c.Len() != len(twin) {
			t.Fatalf("step %d: Len = %d, clone %d, want %d", step, r.Len(), c.Len(), len(twin))
		}
		for i, want := range twin {
			if *r.At(i) != want || *c.At(i) != want {
				t.Fatalf("step %d: At(%d) = %d, clone %d, want %d", step, i, *r.At(i), *c.At(i), want)
			}
		}
	}
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	var r ring.Ring[int]
	for i := range 100 {
		r.Push(i)
	}
	if n := testing.AllocsPerRun(100, func() { r.Push(r.Pop()) }); n != 0 {
		t.Errorf("%v allocations per push and pop, want 0", n)
	}
}
