package catalogue_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simrun/sim/script"
	"simrun/wire/codec"
)

// measured is the instants, counted from a FIN, at which Linux 6.18 sent it
// again over a link without delay. Linux keeps its timers in a wheel whose
// levels are eight times as coarse as the ones before: each slips by an eighth
// of its length at most, and never comes early.
var measured = []struct {
	name, faults string
	copies       []time.Duration
}{
	{"the FIN is lost for ever", "cut 1s.. from A", []time.Duration{
		208 * time.Millisecond, // the tail loss probe
		415 * time.Millisecond, 851 * time.Millisecond, 1684 * time.Millisecond, 3348 * time.Millisecond,
		6708 * time.Millisecond, 13360 * time.Millisecond, 26680 * time.Millisecond, 53050 * time.Millisecond,
	}},
	{"the last ACK is lost", "drop b#3", []time.Duration{207 * time.Millisecond}},
}

// TestFINScheduleOfLinux compares a FIN that goes again with the kernel's.
func TestFINScheduleOfLinux(t *testing.T) {
	for _, m := range measured {
		var check strings.Builder
		fmt.Fprintf(&check, "time a.F = 1s; count a.F = %d\n", 1+len(m.copies))
		for _, at := range m.copies {
			fmt.Fprintf(&check, "count a.F from %v to %v = 1\n", time.Second+at*8/9, time.Second+at)
		}
		src := strings.ReplaceAll(finAgain, "FAULTS", m.faults) + check.String()
		f, err := script.Parse("fin", "fin.sim", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Run(nil, codec.New(), script.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range r.Problems() {
			t.Errorf("%s: %s", m.name, p)
		}
	}
}

// finAgain is A in LAST-ACK: B closes first.
const finAgain = `# fin
-- net --
host A 10.0.0.1
host B 10.0.0.2
link A B delay=100us
profile linux
FAULTS
-- app A --
connect B:4500
recv = EOF
at 1s
close
-- app B --
listen :4500
accept
at 500ms
close
-- check --
`
