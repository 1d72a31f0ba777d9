package sim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/trace"
	"simrun/wire/codec"
)

// sctpWorld is a world of two hosts with a pair of associations in it, and its
// record.
func sctpWorld(t testing.TB, net string) (*sim.Pair, *trace.Log) {
	t.Helper()
	w, err := sim.New(parse(t, "# sctp/t: a test\n-- net --\n"+net).Scenario)
	if err != nil {
		t.Fatal(err)
	}
	w.UseCodec(codec.New())
	log := w.Record()
	return sim.NewPair(w), log
}

const oneLink = `host A 10.0.0.1 ack=immediate hb=0
host B 10.0.0.2 ack=immediate hb=0
link A B delay=10ms
`

// runPair goes on until an instant, and fails if an invariant does not hold.
func runPair(t testing.TB, p *sim.Pair, until time.Duration) {
	t.Helper()
	if err := p.Run(clock.Time(until)); err != nil {
		t.Fatal(err)
	}
}

func sctpLadder(t testing.TB, p *sim.Pair, log *trace.Log) string {
	t.Helper()
	p.W.Finish()
	var b strings.Builder
	if err := trace.Ladder(&b, log, trace.Options{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// twoStreams is the exchange of that name.
func twoStreams(t testing.TB, p *sim.Pair) {
	a := p.Ends[0]
	a.Associate()
	a.Send(0, false, "hi")
	runPair(t, p, 40*time.Millisecond)
	a.Send(1, false, "all")
	runPair(t, p, 1040*time.Millisecond)
	a.Shutdown()
	runPair(t, p, 10*time.Second)
}

func TestSCTPTwoStreams(t *testing.T) {
	p, log := sctpWorld(t, oneLink)
	twoStreams(t, p)
	if got := p.Got[1]; !slices.Equal(got, []string{"hi", "all"}) {
		t.Errorf("received %q", got)
	}
	t.Log("\n" + sctpLadder(t, p, log))
}
