package sim_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sctp"
	"simrun/sim"
	"simrun/sim/script"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/wire"
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

// TestSCTPLadder holds ladders of an association to files, to be read.
func TestSCTPLadder(t *testing.T) {
	for _, c := range []struct {
		name, net string
		do        func(t testing.TB, p *sim.Pair)
	}{
		{"two-streams", oneLink, twoStreams},
		{"losses", oneLink + `drop a.INIT; drop b.COOKIE_ACK; drop a.DATA[3]
dup b.SACK[2] 5ms
delay a.SHUTDOWN 300ms
`, func(t testing.TB, p *sim.Pair) {
			twoStreams(t, p)
			runPair(t, p, 300*time.Second)
		}},
		{"gap", oneLink + "drop a#5\ncorrupt b#8\n", func(t testing.TB, p *sim.Pair) {
			p.Ends[0].Associate()
			runPair(t, p, time.Second)
			p.Ends[0].Send(0, false, strings.Repeat("0123456789", 600))
			p.Ends[0].Send(3, true, "unordered")
			runPair(t, p, 30*time.Second)
		}},
		{"failover", `host A 10.0.1.1 10.0.2.1 ack=immediate hb=30s hb_jitter=off pmr=1
host B 10.0.1.2 10.0.2.2 ack=immediate hb=30s hb_jitter=off pmr=1
link p1 10.0.1.1 10.0.1.2 delay=10ms
link p2 10.0.2.1 10.0.2.2 delay=10ms
cut 5s..90s on p1
`, func(t testing.TB, p *sim.Pair) {
			p.Ends[0].Associate()
			runPair(t, p, 5*time.Second)
			for _, text := range []string{"m1", "m2", "m3"} {
				p.Ends[0].Send(0, false, text)
				runPair(t, p, p.W.Now().Since()+4*time.Second)
			}
			runPair(t, p, 130*time.Second)
			if got := p.Got[1]; !slices.Equal(got, []string{"m1", "m2", "m3"}) {
				t.Errorf("received %q", got)
			}
		}},
		{"aborted", oneLink + "-- inject --\n500ms A> ABORT cause 12 [627965]\n600ms B> HEARTBEAT [00010004]\n", func(t testing.TB, p *sim.Pair) {
			p.Ends[0].Associate()
			runPair(t, p, 700*time.Millisecond)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, log := sctpWorld(t, c.net)
			c.do(t, p)
			sctpGolden(t, c.name+".ladder", sctpLadder(t, p, log))
		})
	}
}

var updateSCTP = flag.Bool("update", false, "write the golden files anew")

func sctpGolden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("..", "testdata", "sctp", name)
	if *updateSCTP {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
	}
}

// assocMutants is associations that break an invariant that needs both ends.
var assocMutants = []struct {
	id     string
	end    int
	when   func(s *socket.AssocStep) bool
	change func(s *socket.AssocStep)
}{
	{"I-35", 1, func(s *socket.AssocStep) bool { return hasChunk(s, wire.ChunkSACK) },
		func(s *socket.AssocStep) { s.Out.Packets = append(s.Out.Packets, s.Out.Packets[0]) }},
	{"I-30", 1, func(s *socket.AssocStep) bool { return s.To == sctp.Closed && s.From == sctp.Established },
		func(s *socket.AssocStep) {
			chunks := wire.AppendSACK(nil, 0, 1500, nil, nil)
			s.Out.Packets = append(s.Out.Packets, sctp.Packet{SCTP: wire.SCTP{Net: wire.Net{Dst: s.Remote.Addr}, Chunks: chunks}})
		}},
	{"I-31", 1, func(s *socket.AssocStep) bool { return hasChunk(s, wire.ChunkInitAck) },
		func(s *socket.AssocStep) { s.To = sctp.Established }},
	{"I-28", 1, func(s *socket.AssocStep) bool { return s.To == sctp.Established },
		func(s *socket.AssocStep) { s.Vars.State = sctp.ShutdownReceived }},
	{"I-32", 0, func(s *socket.AssocStep) bool { return s.To == sctp.Established },
		func(s *socket.AssocStep) { s.Assoc++ }},
}

// TestSCTPWatchCatches breaks what an association does, and sees the watch say
// so: each invariant that needs both ends is broken once.
func TestSCTPWatchCatches(t *testing.T) {
	for _, c := range assocMutants {
		t.Run(c.id, func(t *testing.T) {
			p, _ := sctpWorld(t, oneLink+"-- inject --\n500ms A> ABORT\n")
			p.Ends[c.end].Mutate = func(s *socket.AssocStep) {
				if c.when(s) {
					c.change(s)
				}
			}
			p.Ends[0].Associate()
			p.Ends[0].Send(0, false, "hi")
			var v *sim.Violation
			if err := p.Run(clock.Time(time.Second)); !errors.As(err, &v) || v.ID != c.id {
				t.Errorf("want %s, got %v", c.id, err)
			}
		})
	}
}

func hasChunk(s *socket.AssocStep, want wire.ChunkType) bool {
	return slices.ContainsFunc(s.Out.Packets, func(p sctp.Packet) bool { return p.Chunks.Has(want) })
}

// TestSCTPMessages gives the watch messages that are not those that were sent.
func TestSCTPMessages(t *testing.T) {
	for name, c := range map[string]struct {
		sent, got []sim.Heard
		bad       bool
	}{
		"same":              {[]sim.Heard{{0, false, "a"}, {1, false, "b"}, {0, true, "c"}}, []sim.Heard{{0, true, "c"}, {1, false, "b"}, {0, false, "a"}}, false},
		"out of order":      {[]sim.Heard{{0, false, "a"}, {0, false, "b"}}, []sim.Heard{{0, false, "b"}}, true},
		"another stream":    {[]sim.Heard{{0, false, "a"}}, []sim.Heard{{1, false, "a"}}, true},
		"twice":             {[]sim.Heard{{0, false, "a"}}, []sim.Heard{{0, false, "a"}, {0, false, "a"}}, true},
		"unordered twice":   {[]sim.Heard{{0, true, "a"}}, []sim.Heard{{0, true, "a"}, {0, true, "a"}}, true},
		"boundary lost":     {[]sim.Heard{{0, false, "a"}, {0, false, "b"}}, []sim.Heard{{0, false, "ab"}}, true},
		"unordered instead": {[]sim.Heard{{0, false, "a"}}, []sim.Heard{{0, true, "a"}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := sctpWorld(t, oneLink)
			p.Ends[0].Associate()
			runPair(t, p, time.Second)
			err := p.Compare(c.sent, c.got)
			var v *sim.Violation
			if got := errors.As(err, &v) && v.ID == "I-25"; got != c.bad {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSCTPFacts judges facts and addresses that name chunks.
func TestSCTPFacts(t *testing.T) {
	const net = oneLink + "drop a.DATA[2]\n"
	f := parse(t, "# sctp/t: a test\n-- net --\n"+net+`-- check --
sequence a>INIT b>INIT_ACK a>COOKIE_ECHO;DATA b>COOKIE_ACK;SACK a>DATA a>DATA b>SACK a>SHUTDOWN b>SHUTDOWN_ACK a>SHUTDOWN_COMPLETE
packets = 10; lost = 1; retransmitted a = 1
time a.DATA[3] = 1.040s, retransmission 1
count a.DATA = 3; never a>ABORT
a.INIT.tag != b.INIT_ACK.tag; a.INIT.vtag = 0; a.INIT.tsn = 1; a.INIT.os = 10
a.DATA[3].tsn = 2; a.DATA[3].stream = 1; a.DATA[3].len = 3; a.DATA[3].ssn = 0; a.DATA[3].ppid = 0
b.SACK[2].cum = 2; b.SACK[2].gaps = 0; b.SACK[2].dups = 0; a.SHUTDOWN.cum = 0
each a.DATA: retransmission != 2
path A = COOKIE-WAIT COOKIE-ECHOED ESTABLISHED SHUTDOWN-PENDING SHUTDOWN-SENT CLOSED
state B = ESTABLISHED 30ms..1.070s, then SHUTDOWN-ACK-SENT
`)
	p, log := sctpWorld(t, net)
	p.Ends[0].Associate()
	p.Ends[0].Send(0, false, "hi")
	runPair(t, p, 40*time.Millisecond)
	p.Ends[0].Send(1, false, "all")
	p.Ends[0].Shutdown()
	runPair(t, p, 100*time.Second)
	p.W.Finish()
	for _, problem := range f.Evaluate(&script.Result{Log: log}) {
		t.Error(problem)
	}
}

// TestSCTPForgedICMP forges an ICMP error: it quotes the tag of the packets
// that the other end sent, and is of the association.
func TestSCTPForgedICMP(t *testing.T) {
	p, log := sctpWorld(t, oneLink+"-- inject --\n500ms B> icmp port unreachable\n")
	p.Ends[0].Associate()
	runPair(t, p, time.Second)
	last := log.Packets[len(log.Packets)-1]
	_, tag := p.Ends[0].Tags()
	q := last.Pkt.ICMP.Quote
	if !last.Forged || last.Conn != 0 || len(log.Conns) != 1 || q.Proto != wire.ProtoSCTP || wire.Tag(q.Seq) != tag || q.SrcPort != 5000 || q.DstPort != 5001 {
		t.Errorf("the quote is %+v of conversation %d, want tag %d", q, last.Conn, tag)
	}
}
