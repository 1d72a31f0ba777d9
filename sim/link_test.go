package sim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire"
)

// stream is a scenario in which A sends so many octets to B over a link, with
// faults and checks of its own.
func stream(octets int, link, rest string) string {
	net, checks, _ := strings.Cut(rest, "-- check --")
	if checks != "" {
		checks = "-- check --" + checks
	}
	return fmt.Sprintf(`%slink A B %s
%s
-- app B --
listen :7
accept
until EOF { recv }
close
-- app A --
connect B:7
send %d
shutdown WR
recv = EOF
close
%s
`, twoHosts, link, net, octets, checks)
}

// TestLinkStages is each thing that a link may do to packets, as the facts
// that show it.
func TestLinkStages(t *testing.T) {
	for _, c := range []struct{ name, link, rest string }{
		{"delay", "delay=10ms", "-- check --\ntime a.ACK = 20ms; time b.S. = 10ms; lost = 0"},
		{"no delay", "", "-- check --\ntime b.S. = 0s; packets = 9; lost = 0"},
		{"drop by count", "delay=10ms", "drop a#1\n-- check --\nlost = 1; retransmitted a = 1; time a.S[2] = 1s; bytes A>B = 1000"},
		{"drop by meaning", "delay=10ms", "drop a.P\n-- check --\nlost = 1; time a.P[2] = 1.020s; bytes A>B = 1000"},
		{"drop counts repeats", "delay=10ms", "drop a.P[2]; drop a.P[1]\n-- check --\nlost = 2; time a.P[3] = 3.020s; bytes A>B = 1000"},
		{"drop, both strike one", "delay=10ms", "drop a.P; drop a#3\n-- check --\nlost = 1; bytes A>B = 1000"},
		{"drop of an answer", "delay=10ms", "drop b.F\n-- check --\nlost = 1; retransmitted b = 1; bytes A>B = 1000"},
		{"drop on the link", "delay=10ms", "drop a.P on A-B\n-- check --\nlost = 1"},
		{"drop from a host", "delay=10ms", "drop a.P from A\n-- check --\nlost = 1"},
		{"dup", "delay=10ms", "dup a.P 1s\n-- check --\nlost = 0; bytes A>B = 1000; packets = 10"},
		{"dup at once", "delay=10ms", "dup a.P 0s\n-- check --\nlost = 0; bytes A>B = 1000; packets = 10"},
		{"delay overtakes", "delay=10ms", "delay a.P 50ms\n-- check --\nlost = 0; bytes A>B = 1000"},
		{"swap", "delay=10ms", "swap a.P a.F\n-- check --\nlost = 0; retransmitted a = 0; bytes A>B = 1000"},
		{"corrupt", "delay=10ms", "corrupt a.P\n-- check --\nlost = 1; retransmitted a = 1; bytes A>B = 1000"},
		{"cut that heals", "delay=10ms", "cut 20ms..2s\n-- check --\ntime a.P[2] = 1.020s; time a.P[3] = 3.020s; bytes A>B = 1000"},
		{"cut excludes its end", "delay=10ms", "cut 20ms..1.020s\n-- check --\ntime a.P[2] = 1.020s; retransmitted a = 2"},
		{"cut includes its start", "delay=10ms", "cut 0s..1ns\n-- check --\nlost = 1; time a.S[2] = 1s"},
		{"certain loss from one host", "delay=10ms", "loss 100% from b; end 2s\n-- check --\ncount a.S = 2; lost = 3; bytes A>B = 0"},
		{"loss never", "delay=10ms", "loss 0%\n-- check --\nlost = 0"},
		{"filter", "delay=10ms", "filter F from a; end 10s\n-- check --\nlost = 4; bytes A>B = 1000; bytes unread = 0"},
		{"filter and data", "delay=10ms", "filter data; end 1s\n-- check --\nlost = 1; bytes A>B = 0"},
		{"random dup, certain", "delay=10ms", "dup 100% from a\n-- check --\nlost = 0; bytes A>B = 1000"},
		{"random delay, certain", "delay=10ms", "delay 100% 5ms\n-- check --\ntime b.S. = 15ms; time a.ACK = 30ms"},
		{"random corruption, certain", "delay=10ms", "corrupt 100% from b; end 2s\n-- check --\ncount a.S = 2; lost = 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := stream(1000, c.link, c.rest)
			r, err := parse(t, src).Run(nil, nil, script.DefaultLimits) // no codec is needed for any
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range r.Unmet {
				t.Error(f)
			}
			if len(r.Broken) > 0 || r.Stuck != "" {
				t.Error(r.Problems())
			}
		})
	}
}

// TestCutForGood ends in a time-out at both ends.
func TestCutForGood(t *testing.T) {
	run(t, twoHosts+`link A B delay=10ms
cut 1s..
-- app A --
connect B:7
sleep 2s
send "lost"
recv = ETIMEDOUT
-- app B --
listen :7
accept
recv timeout=1h = EAGAIN
-- check --
state A = CLOSED at end; state B = ESTABLISHED at end
`)
}

// TestRate: packets leave one after the other, each in exactly the time that
// its octets take.
func TestRate(t *testing.T) {
	r := run(t, stream(14600, "delay=10ms rate=1Mbit/s", "-- check --\nlost = 0; bytes A>B = 14600"))
	var sent, took []clock.Time
	free := clock.Time(0)
	for i := range r.Log.Packets {
		p := &r.Log.Packets[i]
		if p.From != 0 {
			continue
		}
		start := max(r.Log.Event(p.Sent).At, free)
		free = start.Add(time.Duration(p.Pkt.Size()) * 8 * time.Microsecond) // a bit a microsecond
		sent = append(sent, free.Add(10*time.Millisecond))
		took = append(took, p.Copies[0].At)
	}
	if !slices.Equal(sent, took) {
		t.Errorf("arrived at\n%v, want\n%v", took, sent)
	}
	// 3 Mbit/s: 40 octets take 106666.67 ns, rounded up.
	r = run(t, stream(1, "rate=3Mbit/s", ""))
	if got, want := r.Log.Packets[0].Copies[0].At, clock.Time((44*8*1000+2)/3); got != want {
		t.Errorf("a SYN of 44 octets takes %v, want %v", got, want)
	}
}

// TestQueue: as many packets wait as there is room for; the rest is lost and
// comes again.
func TestQueue(t *testing.T) {
	src := stream(14600, "delay=10ms rate=1Mbit/s queue=3", "-- check --\nbytes A>B = 14600")
	r := run(t, src)
	waiting, lost := 0, 0
	for _, p := range r.Log.Packets {
		if c := p.Copies[0]; c.Fate == trace.LostAtQueue {
			lost++
		}
	}
	// An ACK and ten segments go at once: it is being sent, three wait.
	for i := range r.Log.Packets {
		p := &r.Log.Packets[i]
		if p.From == 0 && r.Log.Event(p.Sent).At == r.Log.Event(firstData(r.Log).Sent).At && p.Copies[0].Fate == trace.Arrived {
			waiting++
		}
	}
	if lost == 0 || waiting != 4 {
		t.Errorf("%d packets lost at the queue, %d of the first flight arrived; want some, 4", lost, waiting)
	}
	if r := run(t, stream(14600, "delay=10ms queue=3", "-- check --\nlost = 0")); r == nil {
		t.Error("a queue without a rate loses packets")
	}
}

func firstData(l *trace.Log) *trace.Packet {
	for i := range l.Packets {
		if l.Packets[i].From == 0 && carriesData(&l.Packets[i].Pkt) {
			return &l.Packets[i]
		}
	}
	return nil
}

// TestJitter: each packet is late by up to the jitter, and none overtakes.
func TestJitter(t *testing.T) {
	r := run(t, stream(60_000, "delay=10ms jitter=5ms", "-- check --\nlost = 0; bytes A>B = 60000"))
	last, spread := clock.Time(0), map[time.Duration]bool{}
	for i := range r.Log.Packets {
		p := &r.Log.Packets[i]
		if p.From != 0 {
			continue
		}
		at := p.Copies[0].At
		late := at.Sub(r.Log.Event(p.Sent).At) - 10*time.Millisecond
		if at < last || late < 0 || late > 5*time.Millisecond {
			t.Errorf("a#%d arrives at %v, %v late, after %v", p.N, at, late, last)
		}
		last, spread[late] = at, true
	}
	if len(spread) < 5 {
		t.Errorf("only %d different delays", len(spread))
	}
}

// TestMTU: a packet that is too big draws an ICMP message, and the sender's
// segments shrink; with ICMP filtered nothing gets through.
func TestMTU(t *testing.T) {
	r := run(t, stream(5000, "delay=10ms mtu=576", "-- check --\nbytes A>B = 5000; lost = 3"))
	icmp, largest := 0, 0
	for i := range r.Log.Packets {
		p := &r.Log.Packets[i]
		switch {
		case p.Pkt.Proto == wire.ProtoICMPv4:
			icmp++
			m := p.Pkt.ICMP
			if m.Kind != wire.PacketTooBig || m.MTU != 576 || m.Quote.DstPort != 7 || p.Copies[0].Fate != trace.Arrived || !p.Forged {
				t.Errorf("message %+v, %+v", m, p.Copies[0])
			}
			if at := r.Log.Event(p.Sent).At; p.Copies[0].At != at.Add(10*time.Millisecond) {
				t.Errorf("the message of %v arrives at %v", at, p.Copies[0].At)
			}
		case p.Copies[0].Fate == trace.Arrived:
			largest = max(largest, p.Pkt.Size())
		}
	}
	if icmp == 0 || largest != 576 {
		t.Errorf("%d messages; the largest packet that arrived has %d octets, want 576", icmp, largest)
	}
	r2, err := parse(t, stream(5000, "delay=10ms mtu=576", "filter icmp; end 60s\n-- check --\nbytes A>B = 0; retransmitted a = 5")).Run(nil, nil, script.DefaultLimits)
	if err != nil || len(r2.Unmet) > 0 {
		t.Errorf("a black hole: %v %v", err, r2.Unmet)
	}
}

// TestMTUv6 is the same over IPv6.
func TestMTUv6(t *testing.T) {
	src := strings.NewReplacer("10.0.0.1", "2001:db8::1", "10.0.0.2", "2001:db8::2").Replace(
		stream(5000, "delay=10ms mtu=1280", "-- check --\nbytes A>B = 5000"))
	r := run(t, src)
	if !slices.ContainsFunc(r.Log.Packets, func(p trace.Packet) bool { return p.Pkt.Proto == wire.ProtoICMPv6 && p.Pkt.ICMP.MTU == 1280 }) {
		t.Error("no ICMPv6 message")
	}
}

// TestDelayOvertakes: a packet held back arrives after those sent behind it,
// and draws duplicate ACKs.
func TestDelayOvertakes(t *testing.T) {
	r := run(t, stream(4*1460, "delay=10ms", "delay a.P[2] 50ms\n-- check --\nlost = 0; retransmitted a = 0; bytes A>B = 5840"))
	got := arrivals(r.Log, 0, carriesData)
	if want := []clock.Time{ms(30), ms(80), ms(30), ms(50)}; !slices.Equal(got, want) {
		t.Errorf("arrivals %v, want %v", got, want)
	}
}

// TestSwap: two packets change places; what the later one waits for is the
// earlier.
func TestSwap(t *testing.T) {
	r := run(t, stream(3*1460, "delay=10ms", "swap a#3 a#5\n-- check --\nlost = 0; bytes A>B = 4380"))
	var order []int
	for _, e := range r.Log.Events {
		if e.Kind == trace.Arrive && e.Host == 1 {
			order = append(order, r.Log.Packets[e.Packet].N)
		}
	}
	if want := []int{1, 2, 4, 5, 3}; len(order) < 5 || !slices.Equal(order[:5], want) {
		t.Errorf("B gets %v, want %v", order, want)
	}
}

// TestDup: both copies arrive, and the text is taken once.
func TestDup(t *testing.T) {
	r := run(t, stream(1000, "delay=10ms", "dup a.P 3ms\n-- check --\nbytes A>B = 1000"))
	p := firstData(r.Log)
	if len(p.Copies) != 2 || p.Copies[0].At != ms(30) || p.Copies[1].At != ms(33) || p.Copies[1].Fate != trace.Arrived || p.Copies[1].Note != "duplicate" {
		t.Errorf("copies %+v", p.Copies)
	}
}

// TestCorruptIsAlwaysCaught: whichever bit flips, the receiver's checksum
// says so, the packet is counted, and nobody sees what was in it.
func TestCorruptIsAlwaysCaught(t *testing.T) {
	bits := map[string]bool{}
	for seed := range 200 {
		for _, kind := range []string{"a.P", "a.S", "b.F", "a.ACK"} {
			src := strings.Replace(stream(10, "delay=10ms", "corrupt "+kind+"\n-- check --\nlost = 1; bytes A>B = 10"),
				"host A", fmt.Sprintf("seed %d\nhost A", seed+1), 1)
			r := run(t, src)
			for _, p := range r.Log.Packets {
				if c := p.Copies[0]; c.Fate == trace.LostAtReceiver {
					bits[c.Note] = true
				}
			}
			bad := 0
			for _, h := range r.World.Hosts() {
				bad += h.BadChecksums
			}
			if bad != 1 {
				t.Fatalf("seed %d, %s: %d bad checksums counted, want 1", seed+1, kind, bad)
			}
		}
	}
	if len(bits) < 150 {
		t.Errorf("only %d different bits flipped", len(bits))
	}
}

// TestFilterICMP is under TestMTU; this is a filter that a SYN meets.
func TestFilterSYN(t *testing.T) {
	run(t, twoHosts+"link A B delay=10ms\nfilter S from a\n-- app A --\nconnect B:7 = ETIMEDOUT at 183s\n-- app B --\nlisten :7\naccept = BLOCKED\n")
}

// TestNAT: a flow that was idle too long is forgotten; then segments vanish, or
// draw a RST.
func TestNAT(t *testing.T) {
	const silent = `link A B delay=10ms
%s
-- app A --
connect B:7
send "one"
sleep %s
send "two"
recv = %s
-- app B --
listen :7
accept
recv = "one"
`
	for _, c := range []struct{ nat, sleep, outcome, after string }{
		{"nat idle=350s", "349s", "EOF", "recv = \"two\"\nclose\n-- check --\nlost = 0\n"},
		{"nat idle=350s", "351s", "ETIMEDOUT", "recv = BLOCKED\n"},
		{"nat idle=350s reset", "351s", "ECONNRESET", "recv = BLOCKED\n-- check --\nlost = 1\n"},
		{"nat idle=350s on A-B", "351s", "ETIMEDOUT", "recv = BLOCKED\n"},
	} {
		run(t, twoHosts+fmt.Sprintf(silent, c.nat, c.sleep, c.outcome)+c.after)
	}
}

// TestNATRemembersBothWays: what comes back keeps a flow alive, a new SYN
// makes a new one, and a flow that never began is not known.
func TestNATRemembersBothWays(t *testing.T) {
	run(t, twoHosts+`link A B delay=10ms
cut 15s..25s from a
nat idle=10s
-- app A --
connect B:7
repeat 4 { recv = "x" }
close
connect B:7 = 0
-- app B --
listen :7
accept
repeat 4 every 9s { send "x" }
recv = EOF
close
accept
`)
}

// TestLoopback: a host talks to itself, at once, whatever its links do.
func TestLoopback(t *testing.T) {
	run(t, twoHosts+`link A B delay=10ms
loss 100% on A-B
-- app A --
s = listen :7
connect A:7 = 0 at 0s
accept
send "self"
close
`)
}

// TestNoLink: packets to where no link leads are lost.
func TestNoLink(t *testing.T) {
	run(t, twoHosts+"-- app A --\nconnect B:7 = ETIMEDOUT\n-- check --\nlost = 8; packets = 8\n")
}

// TestDiceOfTheirOwn: another host or link changes nothing for those that
// were there, and another seed changes what is random alone.
func TestDiceOfTheirOwn(t *testing.T) {
	base := stream(40_000, "delay=10ms jitter=2ms", "loss 3%\n")
	observe := func(src string, hostB int) []clock.Time {
		w := world(t, src)
		l := w.Record()
		drive(t, w, 1_000_000)
		return append(arrivals(l, 0, anyPacket), arrivals(l, hostB, anyPacket)...)
	}
	want := observe(base, 1)
	third := strings.Replace(base, "host B", "host C 10.0.0.3\nhost B", 1)
	for _, more := range []string{third, strings.Replace(third, "link A", "link B C delay=1ms\nlink C A delay=1ms\nlink A", 1)} {
		if !slices.Equal(observe(more, 2), want) {
			t.Error("with another host or link the same packets fare otherwise")
		}
	}
	seeded := strings.Replace(base, "host A", "seed 2\nhost A", 1)
	if slices.Equal(observe(seeded, 1), want) {
		t.Error("another seed changes nothing")
	}
	calm := func(seed string) string {
		src := strings.Replace(stream(40_000, "delay=10ms", ""), "host A", seed+"\nhost A", 1)
		src = strings.ReplaceAll(src, "ack=immediate", "ack=immediate iss=5") // the initial numbers are random
		return string(dropSeed(events(t, run(t, src).Log)))
	}
	if calm("seed 1") != calm("seed 2") {
		t.Error("another seed changes what is not random")
	}
}

// dropSeed blanks out the seed that a log names.
func dropSeed(b []byte) []byte {
	return []byte(strings.NewReplacer("seed 1", "", "seed 2", "").Replace(string(b)))
}
