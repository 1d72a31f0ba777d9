package sim_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/internal/tshark"
	"simrun/sim"
	"simrun/sim/capture"
	"simrun/sim/trace"
	"simrun/wire/pcap"
)

// sctpLog is an exchange with losses, a corrupted packet and a forged one.
func sctpLog(t testing.TB) *trace.Log {
	t.Helper()
	p, log := sctpWorld(t, oneLink+"drop a.INIT\ncorrupt b.SACK\n-- inject --\n3s B> ERROR cause 1 [00070000]\n")
	p.Ends[0].Associate()
	p.Ends[0].Send(0, false, "hi")
	runPair(t, p, 2*time.Second)
	p.Ends[0].Send(1, true, strings.Repeat("x", 4000))
	runPair(t, p, 8*time.Second)
	p.Ends[0].Shutdown()
	runPair(t, p, 100*time.Second)
	p.W.Finish()
	return log
}

// TestSCTPComments holds the comments of captures of it.
func TestSCTPComments(t *testing.T) {
	log := sctpLog(t)
	for host, name := range []string{"A", "B"} {
		f, err := pcap.Read(bytes.NewReader(sctpCapture(t, log, host)))
		if err != nil {
			t.Fatal(err)
		}
		text := ""
		for i, r := range f.Records {
			text += fmt.Sprintf("%3d %10v %s\n", i+1, r.At, r.Comment)
		}
		sctpGolden(t, name+".comments", text)
	}
}

func sctpCapture(t testing.TB, log *trace.Log, host int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := capture.Write(&b, capture.PcapNG, log, host); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSCTPTshark asks tshark about the packets of these captures: none is
// malformed, all checksums are good but that of the one with a flipped bit.
func TestSCTPTshark(t *testing.T) {
	tshark.Require(t)
	log := sctpLog(t)
	for host, packets := range []int{17, 15} {
		path := filepath.Join(t.TempDir(), "sctp.pcapng")
		if err := os.WriteFile(path, sctpCapture(t, log, host), 0o600); err != nil {
			t.Fatal(err)
		}
		rows := tshark.Fields(t, path, "", "_ws.malformed", "sctp.checksum.status", "ip.checksum.status", "frame.comment")
		if len(rows) != packets {
			t.Errorf("%d packets, want %d", len(rows), packets)
		}
		for i, row := range rows {
			want := "1"
			if strings.Contains(row[3], "dropped: bad checksum") {
				want = "0"
			}
			if row[0] != "" || row[1] != want || row[2] != "1" {
				t.Errorf("packet %d: malformed, checksums of SCTP and IP are %q, want nothing, %s and 1: %s", i+1, row[:3], want, row[3])
			}
		}
	}
}

// TestSCTPLog holds lines of the event log.
func TestSCTPLog(t *testing.T) {
	all := string(events(t, sctpLog(t)))
	for _, want := range []string{
		`"conns":[{"proto":"sctp","ends":[{"host":"A","endpoint":"10.0.0.1:5000"},{"host":"B","endpoint":"10.0.0.2:5001"}]}]`,
		`"tag":0,"chunks":["INIT tag 0x`,
		`tsn 1 params [`,
		`"DATA 1 s0:0(2)"],"len":2}`,
		`"kind":"state","host":"A","conn":1,"cause":`,
		`"from":"COOKIE-WAIT","to":"COOKIE-ECHOED"`,
		`"text":"T1-init 1 s, next 2 s"`,
		`"chunks":["ERROR cause 1 [00070000]"]`,
		`"text":"+ REMOTE_ERROR"`,
		`"note":"bit `,
		`"row":{"id":"sctp.cookie-ack.cookie-echoed"`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%.6000s", want, all)
		}
	}
}

// TestSCTPFlights clones worlds with packets in the air: the clone's state is
// the same, and stays so while the other goes on.
func TestSCTPFlights(t *testing.T) {
	for _, at := range []time.Duration{5, 15, 25, 35, 60} {
		p, _ := sctpWorld(t, oneLink+"delay a.DATA 100ms\n")
		p.Ends[0].Associate()
		p.Ends[0].Send(0, false, "hi")
		runPair(t, p, at*time.Millisecond)
		state := p.W.AppendState(nil)
		c, err := p.W.Clone()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(c.AppendState(nil), state) {
			t.Errorf("the clone at %d ms has another state", at)
		}
		runPair(t, p, at*time.Millisecond+200*time.Millisecond)
		if bytes.Equal(p.W.AppendState(nil), state) {
			t.Errorf("the state at %d ms does not change", at)
		}
		p.W.Recycle()
		if after := c.AppendState(nil); !bytes.Equal(after, state) {
			t.Errorf("the clone at %d ms has changed", at)
		}
	}
	if a, b := sim.FlightState(100, 300), sim.FlightState(7100, 9300); !bytes.Equal(a, b) {
		t.Errorf("packets that differ in their initial TSNs alone:\n%x\n%x", a, b)
	}
}

// TestSCTPRandom sends messages of any size over links that lose, delay, double
// and corrupt: what arrives is what was sent, and every invariant holds.
func TestSCTPRandom(t *testing.T) {
	for seed := range uint64(20) {
		r := rand.New(rand.NewPCG(seed, 9260))
		net := fmt.Sprintf("host A 10.0.1.1 10.0.2.1 rto_initial=300ms rto_min=100ms amr=100 pmr=20 mir=30\n"+
			"host B 10.0.1.2 10.0.2.2 rto_initial=300ms rto_min=100ms amr=100 pmr=20 mir=30 ack=immediate\n"+
			"link p1 10.0.1.1 10.0.1.2 delay=10ms\nlink p2 10.0.2.1 10.0.2.2 delay=30ms\nloss 8%%\ncorrupt 3%%\ndup 5%%\ndelay 20%% 25ms\ncut 2s..4s on p1\nseed %d\n", seed+1)
		p, log := sctpWorld(t, net)
		p.Ends[0].Associate()
		var want []string
		for i := range 60 {
			text := fmt.Sprintf("%d-", i) + strings.Repeat("z", r.IntN(5000))
			p.Ends[0].Send(uint16(r.IntN(3)), r.IntN(5) == 0, text)
			want = append(want, text)
			if err := p.Run(p.W.Now() + clock.Time(r.IntN(200))*clock.Time(time.Millisecond)); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		runPair(t, p, 600*time.Second)
		got := slices.Clone(p.Got[1])
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("seed %d: %d messages arrived of %d", seed, len(got), len(want))
		}
		_ = sctpLadder(t, p, log)
		again, twin := sctpWorld(t, net)
		again.Ends[0].Associate()
		runPair(t, again, time.Second)
		other, same := sctpWorld(t, net)
		other.Ends[0].Associate()
		runPair(t, other, time.Second)
		if !bytes.Equal(events(t, twin), events(t, same)) {
			t.Errorf("seed %d: two runs differ", seed)
		}
	}
}
