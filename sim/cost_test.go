package sim_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"simrun/sim"
	"simrun/sim/capture"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire"
	"simrun/wire/codec"
)

// fullClose is a connection that is opened and closed, A first; B's FIN rides
// on its ACK or follows it.
const fullClose = twoHosts + `link A B delay=10ms
%s
-- app A --
connect B:7
sleep 1s
close
-- app B --
listen :7
accept
recv
%s
close
`

// TestQ7: without loss, opening takes three segments and closing four, or
// three when the FIN rides on the ACK of the other.
func TestQ7(t *testing.T) {
	for _, c := range []struct {
		between string
		want    string
	}{
		{"sleep 1s", "S S. . F. . F. ."},
		{"", "S S. . F. . F. ."}, // ack=immediate: the ACK does not wait for the program
	} {
		if got := flagsSent(t, fmt.Sprintf(fullClose, "", c.between)); got != c.want {
			t.Errorf("%q: sent %s, want %s", c.between, got, c.want)
		}
	}
	piggyback := strings.ReplaceAll(fmt.Sprintf(fullClose, "", ""), "ack=immediate", "finack=delayed")
	if got, want := flagsSent(t, piggyback), "S S. . F. F. ."; got != want {
		t.Errorf("FIN on ACK: sent %s, want %s", got, want)
	}
}

// flagsSent is the flags of every packet of a run, in order.
func flagsSent(t *testing.T, src string) string {
	var all []string
	for _, p := range run(t, src).Log.Packets {
		text := ""
		for _, f := range []struct {
			flag wire.Flags
			text string
		}{{wire.SYN, "S"}, {wire.FIN, "F"}, {wire.RST, "R"}, {wire.PSH, "P"}, {wire.ACK, "."}} {
			if p.Pkt.TCP.Flags.Has(f.flag) {
				text += f.text
			}
		}
		all = append(all, text)
	}
	return strings.Join(all, " ")
}

// TestQ8 drops each control packet of an opening and a close in turn. Where
// its sender's timer goes on running, the end comes just one interval later; an
// ACK has no timer of its own: the interval is that of what it acknowledges,
// and the last ACK of an opening is made good by the next segment.
func TestQ8(t *testing.T) {
	const srtt = 20 * time.Millisecond
	// The RTO after one sample R is R + 4·R/2, at least a second; after a
	// SYN that was lost it is 3 s until there is a sample.
	for _, c := range []struct {
		drop string
		late time.Duration // for how much later B is CLOSED
	}{
		{"a#1", time.Second}, // SYN: A's first RTO
		{"b#1", time.Second}, // SYN,ACK: A's and B's first RTO expire, A's first
		{"a#2", 0},           // ACK: FIN acknowledges as well
		{"a#3", time.Second}, // FIN
		{"b#2", 0},           // ACK of the FIN: B's FIN acknowledges it too
		{"b#3", time.Second}, // B's FIN
		{"a#4", time.Second}, // the last ACK: B's FIN comes again
	} {
		end := func(faults string) time.Duration {
			r := run(t, fmt.Sprintf(fullClose, faults, "sleep 200ms"))
			return closedAt(t, r.Log, 1)
		}
		without, with := end(""), end("drop "+c.drop)
		if got := with - without; got != c.late {
			t.Errorf("drop %s: B is CLOSED %v later, want %v", c.drop, got, c.late)
		}
		if without != time.Second+200*time.Millisecond+20*time.Millisecond+10*time.Millisecond+srtt {
			t.Errorf("without loss B is CLOSED at %v", without)
		}
	}
}

// closedAt is when a host's connection came to CLOSED.
func closedAt(t *testing.T, l *trace.Log, host int) time.Duration {
	for i := range l.Events {
		if e := &l.Events[i]; e.Kind == trace.State && e.Host == host && e.To == "CLOSED" && e.Conn >= 0 {
			return e.At.Since()
		}
	}
	t.Fatal("it is never CLOSED")
	return 0
}

// TestR5: a run's log and capture are the same octets whatever the number of
// processors, and whatever ran before.
func TestR5(t *testing.T) {
	one := func(sc *sim.Scenario) []byte {
		w := newWorld(t, sc)
		w.UseCodec(codec.New())
		log := w.Record()
		rest(t, w, nil)
		w.Finish()
		var b bytes.Buffer
		if err := trace.JSONL(&b, log); err != nil {
			t.Fatal(err)
		}
		for host := range log.Hosts {
			if err := capture.Write(&b, capture.PcapNG, log, host); err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	var scenarios []*sim.Scenario
	for _, name := range catalogue.Names() {
		f, err := catalogue.File(name)
		if err != nil {
			t.Fatal(err)
		}
		scenarios = append(scenarios, f.Scenario)
	}
	for _, src := range noisy {
		f, err := script.Parse("", "test.sim", []byte(src))
		if err != nil {
			t.Fatal(err)
		}
		scenarios = append(scenarios, f.Scenario)
	}
	all := func(processors int) (runs [][]byte) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(processors))
		for _, sc := range scenarios {
			runs = append(runs, one(sc))
		}
		return runs
	}
	first, second := all(1), all(4)
	for i := range first {
		if !bytes.Equal(first[i], second[i]) {
			t.Errorf("%s: two runs differ", scenarios[i].Name)
		}
	}
}
