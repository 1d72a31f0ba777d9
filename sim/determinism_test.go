package sim_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire/codec"
)

// book calls test for every scenario of the catalogue.
func book(t *testing.T, test func(t *testing.T, sc *sim.Scenario)) {
	for _, name := range catalogue.Names() {
		t.Run(name, func(t *testing.T) {
			f, err := catalogue.File(name)
			if err != nil {
				t.Fatal(err)
			}
			test(t, f.Scenario)
		})
	}
}

// newWorld makes a world with a codec.
func newWorld(t testing.TB, sc *sim.Scenario) *sim.World {
	t.Helper()
	w, err := sim.New(sc)
	if err != nil {
		t.Fatal(err)
	}
	w.UseCodec(codec.New())
	return w
}

// recorded runs a world to its end, whatever it violates, and returns its log
// as lines and as a ladder.
func recorded(t testing.TB, w *sim.World) string {
	t.Helper()
	l := w.Record()
	rest(t, w, nil)
	w.Finish()
	var b bytes.Buffer
	b.Write(events(t, l))
	if err := trace.Ladder(&b, l, trace.Options{Width: 80}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// rest runs a world to its end and calls each after every step.
func rest(t testing.TB, w *sim.World, each func()) {
	t.Helper()
	for range script.DefaultLimits.Steps {
		if _, ok := w.Next(); !ok {
			return
		}
		_ = w.Step()
		if each != nil {
			each()
		}
	}
	t.Fatal("not at rest")
}

// TestSameSeedSameTrace: a run is its scenario and seed.
func TestSameSeedSameTrace(t *testing.T) {
	book(t, func(t *testing.T, sc *sim.Scenario) {
		first, second := recorded(t, newWorld(t, sc)), recorded(t, newWorld(t, sc))
		if first != second {
			t.Error("the second run differs")
		}
	})
}

// TestThroughBytes: a run in which every packet is made octets and read back
// has the same trace as one without.
func TestThroughBytes(t *testing.T) {
	book(t, func(t *testing.T, sc *sim.Scenario) {
		w := newWorld(t, sc)
		w.ThroughBytes(codec.New())
		if recorded(t, w) != recorded(t, newWorld(t, sc)) || slices.ContainsFunc(w.Violations(), isBytes) {
			t.Error("a run through bytes differs", w.Violations())
		}
	})
	for _, src := range noisy {
		sc := parse(t, src).Scenario
		w := newWorld(t, sc)
		w.ThroughBytes(codec.New())
		if recorded(t, w) != recorded(t, newWorld(t, sc)) || slices.ContainsFunc(w.Violations(), isBytes) {
			t.Errorf("a run through bytes differs: %v in\n%s", w.Violations(), src)
		}
	}
}

func isBytes(v sim.Violation) bool { return v.ID == "bytes" }

// noisy is scenarios with much that is left to chance.
var noisy = []string{
	stream(30_000, "delay=10ms jitter=3ms", "loss 5%; dup 3% 4ms; delay 5% 30ms; corrupt 2%\n"),
	stream(30_000, "delay=10ms rate=2Mbit/s queue=5", "loss gilbert p=3% r=30%\n"),
	stream(30_000, "delay=10ms mtu=900", "delay 5% 30ms\n"),
	stream(3_000, "delay=10ms", "nat idle=3s\ncut 1s..20s\nloss 10%\n"),
	strings.NewReplacer("10.0.0.1", "2001:db8::1", "10.0.0.2", "2001:db8::2").Replace(
		stream(30_000, "delay=10ms mtu=1280", "loss 5%\n")),
}

// TestReset: a world that is used again is as good as new, with the same seed
// and with another.
func TestReset(t *testing.T) {
	check := func(t *testing.T, sc *sim.Scenario) {
		used := newWorld(t, sc)
		for _, seed := range []uint64{1, 2, 0, 7} {
			seeded := *sc
			seeded.Seed = seed
			want := newWorld(t, &seeded)
			used.Reset(seed)
			if !bytes.Equal(used.AppendState(nil), want.AppendState(nil)) {
				t.Fatal("a world that is reset has another state than a new one")
			}
			if recorded(t, used) != recorded(t, want) {
				t.Fatalf("seed %d: a world that is reset runs otherwise", seed)
			}
			used.Reset(3) // and from the middle of a run
			_ = used.RunUntil(ms(45))
		}
	}
	book(t, check)
	for _, src := range noisy {
		check(t, parse(t, src).Scenario)
	}
}

// moment is a step as the next one sees it.
type moment struct {
	at    clock.Time
	actor uint32
	state [sha256.Size]byte
}

// moments makes them, and counts the octets of their states.
type moments struct {
	buf    []byte
	octets int
}

func (m *moments) of(w *sim.World) moment {
	at, _ := w.Next()
	m.buf = w.AppendState(m.buf[:0])
	m.octets += len(m.buf)
	return moment{at, w.Actor(), sha256.Sum256(m.buf)}
}

// TestClone: a copy made after any step goes on as its original does, and
// whatever it does, the original does not feel it. There are copies of some
// sixty steps, or, since each is followed to its end, of fewer where there is
// much state.
func TestClone(t *testing.T) {
	const budget = 10_000_000 // octets of states; a tenth of a second
	check := func(t *testing.T, sc *sim.Scenario) {
		var m moments
		w := newWorld(t, sc)
		want := []moment{m.of(w)}
		rest(t, w, func() { want = append(want, m.of(w)) })
		every := 1 + len(want)/min(max(2*budget/m.octets, 3), 60)
		w = newWorld(t, sc)
		w.Record()
		for i := range want {
			if i%every == 0 || i == len(want)-1 {
				if got := m.of(w); got != want[i] {
					t.Fatalf("step %d: the original was disturbed", i)
				}
				c, err := w.Clone()
				if err != nil {
					t.Fatal(err)
				}
				if i%(2*every) == 0 {
					c.Record()
				}
				j := i
				if got := m.of(c); got != want[j] {
					t.Fatalf("a copy after step %d has another state", i)
				}
				rest(t, c, func() {
					if j++; m.of(c) != want[j] {
						t.Fatalf("a copy after step %d goes another way in step %d", i, j)
					}
				})
				c.Finish()
			}
			_ = w.Step()
		}
	}
	book(t, check)
	for _, src := range noisy {
		check(t, parse(t, src).Scenario)
	}
}

// TestRecordOfClone: a record that begins in the middle holds what comes
// after, and can be drawn.
func TestRecordOfClone(t *testing.T) {
	book(t, func(t *testing.T, sc *sim.Scenario) {
		w := newWorld(t, sc)
		for range 9 {
			_ = w.Step()
		}
		c, err := w.Clone()
		if err != nil {
			t.Fatal(err)
		}
		whole, part := w.Record(), c.Record()
		rest(t, w, nil)
		rest(t, c, nil)
		w.Finish()
		c.Finish()
		if !bytes.Equal(events(t, whole), events(t, part)) {
			t.Error("the records differ")
		}
		if err := trace.Ladder(&strings.Builder{}, part, trace.Options{Width: 80}); err != nil {
			t.Error(err)
		}
	})
}

// future is what a run does after a state, as relative times.
type future struct {
	state [sha256.Size]byte
	lines []string
}

// TestEqualStatesHaveEqualFutures runs one scenario with many choices of what
// is lost. Where two of the runs come to the same state, at other instants and
// by other ways, they do the same from then on.
func TestEqualStatesHaveEqualFutures(t *testing.T) {
	const talk = `link A B delay=10ms
drop a#%d; drop b#%d; %s a.P[%d]%s
-- app A --
connect B:7
send "one"; recv; sleep 3s; send "two"; recv
sleep 20s
close
sleep 400s
connect B:7
send "three"; recv
close
-- app B --
listen :7
repeat 2 {
accept
until EOF { recv; send it }
close
}
`
	r := rand.New(rand.NewPCG(5, 6))
	var seen map[[sha256.Size]byte][]string
	var from map[[sha256.Size]byte]string
	met := 0
	for turn := range 180 {
		kind := [][2]string{{"dup", " 5ms"}, {"delay", " 1s"}, {"drop", ""}}[turn/60]
		if turn%60 == 0 { // another kind of fault is another scenario
			seen, from = map[[sha256.Size]byte][]string{}, map[[sha256.Size]byte]string{}
		}
		src := fmt.Sprintf(twoHosts+talk, 1+r.IntN(12), 1+r.IntN(12), kind[0], 1+r.IntN(3), kind[1])
		all := futures(t, newWorld(t, parse(t, src).Scenario))
		for i, f := range all {
			var tail []string
			for _, g := range all[i+1:] {
				tail = append(tail, g.lines...)
			}
			before, ok := seen[f.state]
			if !ok {
				seen[f.state], from[f.state] = tail, src
				continue
			}
			if met++; !slices.Equal(before, tail) {
				t.Fatalf("the same state, another future:\n%s\n%s\nfirst\n%s\nthen\n%s", from[f.state], src,
					strings.Join(before, "\n"), strings.Join(tail, "\n"))
			}
		}
	}
	if met < 1000 {
		t.Errorf("only %d states were met again: the test tests nothing", met)
	}
}

// futures runs a world and describes each step: when it came after the one
// before, what it sent, what returned, and the state it led to.
func futures(t testing.TB, w *sim.World) (all []future) {
	l := w.Record()
	packets, seen := 0, 0
	now := w.Now()
	rest(t, w, func() {
		f := future{state: sha256.Sum256(w.AppendState(nil))}
		f.lines = append(f.lines, fmt.Sprintf("after %v: %x", w.Now().Sub(now), f.state[:4]))
		now = w.Now()
		for ; packets < len(l.Packets); packets++ {
			p := &l.Packets[packets]
			f.lines = append(f.lines, fmt.Sprintf("  %d sends %v %d %d %q", p.From, p.Pkt.TCP.Flags,
				p.Pkt.TCP.Seq-p.SeqBase, p.Pkt.TCP.Window, p.Pkt.TCP.Payload))
		}
		for ; seen < len(l.Events); seen++ {
			if e := &l.Events[seen]; e.Kind == trace.Return || e.Kind == trace.State {
				f.lines = append(f.lines, fmt.Sprintf("  %d %s %s %s>%s", e.Host, e.Call.Name, e.Call.Result, e.From, e.To))
			}
		}
		all = append(all, f)
	})
	return all
}

// TestStateKnowsTheTime: where the scenario names instants, the same state at
// another instant is another state.
func TestStateKnowsTheTime(t *testing.T) {
	idle := twoHosts + "link A B\n%s-- app A --\nlisten :7\naccept\n"
	states := func(extra string, first, second time.Duration) (a, b string) {
		w := world(t, fmt.Sprintf(idle, extra))
		_ = w.RunUntil(clock.At(first))
		a = string(w.AppendState(nil))
		_ = w.RunUntil(clock.At(second))
		return a, string(w.AppendState(nil))
	}
	for extra, absolute := range map[string]bool{
		"": false, "loss 1%\n": false, "drop a#3\n": false, "cut 1h..\n": true, "end 1h\n": true,
	} {
		if a, b := states(extra, time.Second, time.Minute); (a != b) != absolute {
			t.Errorf("with %q the state depends on the instant: %v, want %v", extra, a != b, absolute)
		}
	}
}

// TestStateTellsApart: what a program has done and holds is part of the state.
func TestStateTellsApart(t *testing.T) {
	w := world(t, twoHosts+"-- app A --\nsleep 1s; sleep 1s; listen :7\n")
	_ = w.RunUntil(0)
	first := string(w.AppendState(nil))
	if _ = w.RunUntil(clock.At(time.Second)); string(w.AppendState(nil)) == first {
		t.Error("two sleeps are one")
	}
	holding := func(text string) string {
		w := world(t, twoHosts+"link A B\n-- app B --\nlisten :7\naccept\nrecv\nsleep 9s\nsend it\n-- app A --\nconnect B:7\nsend \""+text+"\"\nsleep 9s\n")
		_ = w.RunUntil(clock.At(time.Second))
		return string(w.AppendState(nil))
	}
	if holding("x") == holding("y") {
		t.Error("what was received last is no part of the state")
	}
}
