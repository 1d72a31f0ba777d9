package sim_test

import (
	"runtime"
	"testing"

	"simrun/internal/race"
	"simrun/sim"
)

// bulk is a world that sends for ever, without loss: what a simulation costs
// in its steady state.
func bulk(t testing.TB, watched bool) *sim.World {
	w := world(t, `# t: a test
-- net --
host A 10.0.0.1
host B 10.0.0.2
link A B delay=1ms rate=1Gbit/s
-- app B --
listen :7
accept
repeat 1000000000 { recv; sleep 1ms }
-- app A --
connect B:7
repeat 1000000000 { send 14600 }
`)
	w.Watch(watched)
	step(t, w, 50_000)
	return w
}

func step(t testing.TB, w *sim.World, n int) {
	for range n {
		if err := w.Step(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestNothingIsAllocated: in its steady state a transfer without loss, and
// without a record, allocates nothing; the invariants neither.
func TestNothingIsAllocated(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	for _, watched := range []bool{false, true} {
		w := bulk(t, watched)
		var before, after runtime.MemStats
		sent := w.Sent()
		runtime.ReadMemStats(&before)
		const steps = 50_000
		step(t, w, steps)
		runtime.ReadMemStats(&after)
		if n := after.Mallocs - before.Mallocs; n > steps/1000 {
			t.Errorf("watched %v: %d allocations in %d steps, want none", watched, n, steps)
		}
		if segments := w.Sent() - sent; steps > segments*5/2 {
			t.Errorf("%d events for %d segments, want at most 2.5 each", steps, segments)
		}
	}
}

func BenchmarkBulk(b *testing.B) { benchmarkBulk(b, false) }

// BenchmarkWatched is BenchmarkBulk with the invariants on, as most runs are.
func BenchmarkWatched(b *testing.B) { benchmarkBulk(b, true) }

func benchmarkBulk(b *testing.B, watched bool) {
	w := bulk(b, watched)
	b.ReportAllocs()
	before := w.Sent()
	steps := w.Steps()
	for b.Loop() {
		step(b, w, 1)
	}
	segments := float64(w.Sent() - before)
	b.ReportMetric(segments/b.Elapsed().Seconds(), "segments/s")
	b.ReportMetric(float64(w.Steps()-steps)/segments, "events/segment")
}

// BenchmarkTiny is a run of three packets and a close, with its set-up or with
// a world that is used again.
func BenchmarkTiny(b *testing.B) {
	sc := parse(b, twoHosts+"link A B delay=10ms\n-- app A --\nconnect B:7\nclose\n-- app B --\nlisten :7\naccept\nrecv\nclose\n").Scenario
	run := func(w *sim.World) {
		for {
			if _, ok := w.Next(); !ok {
				return
			}
			_ = w.Step()
		}
	}
	b.Run("new", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			w, err := sim.New(sc)
			if err != nil {
				b.Fatal(err)
			}
			run(w.Unwatched())
		}
	})
	b.Run("reset", func(b *testing.B) {
		b.ReportAllocs()
		w, err := sim.New(sc)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			w.Reset(1)
			run(w)
		}
	})
}
