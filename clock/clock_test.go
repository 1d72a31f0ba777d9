package clock_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"simrun/clock"
)

func TestAddStaysAtNever(t *testing.T) {
	if got := clock.Never.Add(time.Second); got != clock.Never {
		t.Errorf("Never + 1s = %v", got)
	}
	if got := clock.At(time.Second).Add(-time.Second); got != 0 {
		t.Errorf("1s - 1s = %v", got)
	}
}

func TestTimerSet(t *testing.T) {
	var s clock.TimerSet
	if _, _, ok := s.Next(); ok {
		t.Fatal("an empty set has a next timer")
	}
	s.Arm(3, 50)
	s.Arm(1, 50)
	s.Arm(2, 40)
	if i, at, ok := s.Next(); i != 2 || at != 40 || !ok {
		t.Errorf("Next = %d %d %v, want timer 2 at 40", i, at, ok)
	}
	s.Stop(2)
	if i, _, _ := s.Next(); i != 1 {
		t.Errorf("of equal deadlines timer %d is first, want 1", i)
	}
	copied := s
	s.StopAll()
	if _, _, ok := s.Next(); ok || !copied.Armed(3) {
		t.Error("a copy must not share the timers")
	}
	// The canonical form depends on what is left, not on the instant.
	var later clock.TimerSet
	later.Arm(1, 1050)
	later.Arm(3, 1050)
	if a, b := copied.AppendState(nil, 10), later.AppendState(nil, 1010); string(a) != string(b) {
		t.Errorf("equal futures differ: %x %x", a, b)
	}
	later.Stop(3)
	if a, b := copied.AppendState(nil, 10), later.AppendState(nil, 1010); string(a) == string(b) {
		t.Error("different futures are equal")
	}
}

// TestHeapTwin drives the heap and a plain map with the same random calls: the
// next actor is always the least by (time, class, index).
func TestHeapTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	var h clock.Heap
	for range 50 {
		h.Reset()
		twin := map[clock.Actor]clock.Time{}
		for step := range 2_000 {
			a := clock.NewActor(clock.Class(rnd.IntN(3)), rnd.IntN(40))
			switch rnd.IntN(4) {
			case 0:
				h.Clear(a)
				delete(twin, a)
			case 1: // act: the top goes, or moves later
				if top, _, ok := h.Next(); ok {
					if rnd.IntN(2) == 0 {
						h.Clear(top)
						delete(twin, top)
					} else {
						later := twin[top] + clock.Time(rnd.IntN(50))
						h.Set(top, later)
						twin[top] = later
					}
				}
			default:
				at := clock.Time(rnd.IntN(100))
				h.Set(a, at)
				twin[a] = at
			}
			if step%7 == 0 {
				h = h.Clone()
			}
			var want clock.Actor
			wantAt, found := clock.Never, false
			for a, at := range twin {
				if !found || at < wantAt || at == wantAt && a < want {
					want, wantAt, found = a, at, true
				}
			}
			got, at, ok := h.Next()
			if ok != found || ok && (got != want || at != wantAt) {
				t.Fatalf("step %d: Next = %v/%d at %d %v, want %v/%d at %d %v", step,
					got.Class(), got.Index(), at, ok, want.Class(), want.Index(), wantAt, found)
			}
			if due, ok := h.Due(a); ok {
				if at, in := twin[a]; !in || due != at {
					t.Fatalf("step %d: Due = %d, want %d %v", step, due, at, in)
				}
			} else if _, in := twin[a]; in {
				t.Fatalf("step %d: actor lost", step)
			}
		}
	}
}

func TestHeapAllocatesNothing(t *testing.T) {
	var h clock.Heap
	for i := range 100 {
		h.Set(clock.NewActor(clock.Protocol, i), clock.Time(i))
	}
	now := clock.Time(100)
	if n := testing.AllocsPerRun(1000, func() {
		a, _, _ := h.Next()
		now++
		h.Set(a, now)
	}); n != 0 {
		t.Errorf("%v allocations per event, want 0", n)
	}
}
