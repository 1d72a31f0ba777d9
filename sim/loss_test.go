package sim_test

import (
	"math"
	"strings"
	"testing"
	"time"

	"simrun/sim"
	"simrun/wire"
)

// near fails unless a count of n tries is what a chance gives, within five
// standard deviations.
func near(t *testing.T, what string, count, n int, p float64) {
	t.Helper()
	mean, sd := float64(n)*p, math.Sqrt(float64(n)*p*(1-p))
	if math.Abs(float64(count)-mean) > 5*sd {
		t.Errorf("%s: %d of %d, want %.0f ± %.0f", what, count, n, mean, 5*sd)
	}
}

// fates hands n segments to the link from A to B under a fault.
func fates(t *testing.T, fault string, n int) []sim.Fate {
	t.Helper()
	w := world(t, twoHosts+"link A B\n"+fault)
	seg := wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{Flags: wire.ACK}}
	all := make([]sim.Fate, n)
	for i := range all {
		all[i] = w.Judge(0, &seg)
	}
	return all
}

func count(all []sim.Fate, is func(f sim.Fate) bool) (n int) {
	for _, f := range all {
		if is(f) {
			n++
		}
	}
	return n
}

func isLost(f sim.Fate) bool { return f.Lost }

const many = 200_000

// TestLoss: as many as the chance says, and each on its own.
func TestLoss(t *testing.T) {
	for _, c := range []struct {
		percent string
		p       float64
	}{{"0.1%", .001}, {"2%", .02}, {"50%", .5}, {"99%", .99}} {
		all := fates(t, "loss "+c.percent, many)
		near(t, c.percent, count(all, isLost), many, c.p)
		pairs := 0
		for i := 1; i < many; i++ {
			if all[i-1].Lost && all[i].Lost {
				pairs++
			}
		}
		near(t, c.percent+" twice in a row", pairs, many-1, c.p*c.p)
	}
	if got := count(fates(t, "loss 0%", 1000), isLost); got != 0 {
		t.Errorf("loss 0%%: %d lost", got)
	}
	if got := count(fates(t, "loss 100%", 1000), isLost); got != 1000 {
		t.Errorf("loss 100%%: %d of 1000 lost", got)
	}
	// Two losses are independent: 1 - 0.9 × 0.8.
	near(t, "two losses", count(fates(t, "loss 10%; loss 20%", many), isLost), many, .28)
}

// TestChance: the other things that may happen by chance.
func TestChance(t *testing.T) {
	near(t, "dup", count(fates(t, "dup 3% 1ms", many), func(f sim.Fate) bool { return f.Copied }), many, .03)
	near(t, "corrupt", count(fates(t, "corrupt 3%", many), func(f sim.Fate) bool { return f.Corrupt }), many, .03)
	near(t, "delay", count(fates(t, "delay 3% 1ms", many), func(f sim.Fate) bool { return f.Extra == time.Millisecond }), many, .03)
	near(t, "from another host", count(fates(t, "dup 3% from b", many), func(f sim.Fate) bool { return f.Copied }), many, 0)
}

// TestGilbert: the share of losses and the length of bursts that the model of
// Gilbert and Elliott has.
func TestGilbert(t *testing.T) {
	for _, c := range []struct {
		text       string
		p, r, h, k float64
	}{
		{"p=1% r=30%", .01, .3, 0, 1},
		{"p=5% r=50% h=20%", .05, .5, .2, 1},
		{"p=5% r=50% h=20% k=99%", .05, .5, .2, .99},
		{"p=100% r=100%", 1, 1, 0, 1},
	} {
		all := fates(t, "loss gilbert "+c.text, many)
		bad := c.p / (c.p + c.r)
		share := bad*(1-c.h) + (1-bad)*(1-c.k)
		// Losses of a burst depend on each other: the deviation is wider, by
		// (1+λ)/(1-λ) with λ = 1-p-r at most.
		lambda := max(0, 1-c.p-c.r)
		lost := count(all, isLost)
		sd := math.Sqrt(many * share * (1 - share) * (1 + lambda) / (1 - lambda))
		if math.Abs(float64(lost)-many*share) > 5*sd+1 {
			t.Errorf("%s: %d lost, want %.0f ± %.0f", c.text, lost, many*share, 5*sd)
		}
		if c.h > 0 || c.p == 1 {
			continue
		}
		bursts := 0
		for i := range all {
			if all[i].Lost && (i == 0 || !all[i-1].Lost) {
				bursts++
			}
		}
		if length := float64(lost) / float64(bursts); math.Abs(length-1/c.r) > .15 {
			t.Errorf("%s: bursts of %.2f packets, want %.2f", c.text, length, 1/c.r)
		}
	}
}

// TestDirectionsThrowApart: the two ways of a link do not share dice.
func TestDirectionsThrowApart(t *testing.T) {
	throw := func(direction int) string {
		w := world(t, twoHosts+"link A B\nloss 50%")
		var b strings.Builder
		for range 200 {
			if w.Judge(direction, &wire.Packet{Proto: wire.ProtoTCP}).Lost {
				b.WriteByte('x')
			} else {
				b.WriteByte('.')
			}
		}
		return b.String()
	}
	first, again := throw(0), throw(0)
	if first == throw(1) {
		t.Error("both directions throw the same")
	}
	if first != again {
		t.Error("the same direction throws otherwise the second time")
	}
}
