package sim_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/script"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/wire"
	"simrun/wire/codec"
)

// twoHosts is a scenario file's beginning: hosts that answer at once, 10 ms
// apart.
const twoHosts = `# t: a test
-- net --
host A 10.0.0.1 ack=immediate
host B 10.0.0.2 ack=immediate
`

// parse compiles a scenario that must be right.
func parse(t testing.TB, src string) *script.File {
	t.Helper()
	f, err := script.Parse("", "test.sim", []byte(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return f
}

// run drives a scenario to its end and fails unless all is as it says.
func run(t testing.TB, src string) *script.Run {
	t.Helper()
	r, err := parse(t, src).Run(nil, codec.New(), script.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		var b strings.Builder
		_ = trace.Ladder(&b, r.Log, trace.Options{Width: 120})
		t.Fatalf("%s\n%s", strings.Join(r.Problems(), "\n"), b.String())
	}
	return r
}

// world makes the world of a scenario, with a codec.
func world(t testing.TB, src string) *sim.World {
	t.Helper()
	w, err := sim.New(parse(t, src).Scenario)
	if err != nil {
		t.Fatal(err)
	}
	w.UseCodec(codec.New())
	return w
}

// drive runs a world to its end; at most so many steps.
func drive(t testing.TB, w *sim.World, steps int) {
	t.Helper()
	for range steps {
		if _, ok := w.Next(); !ok {
			return
		}
		if err := w.Step(); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("not at rest after %d steps: %s", steps, w.Describe())
}

// events is the log as lines: what two runs must agree in.
func events(t testing.TB, l *trace.Log) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := trace.JSONL(&b, l); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// arrivals is when each packet of a host arrived, or -1, in order of sending.
func arrivals(l *trace.Log, host int, what func(p *wire.Packet) bool) (at []clock.Time) {
	for i := range l.Packets {
		p := &l.Packets[i]
		if p.From != host || !what(&p.Pkt) {
			continue
		}
		if c := p.Copies[0]; c.Fate == trace.Arrived {
			at = append(at, c.At)
		} else {
			at = append(at, -1)
		}
	}
	return at
}

func carriesData(p *wire.Packet) bool { return len(p.Payload()) > 0 }
func anyPacket(*wire.Packet) bool     { return true }

func ms(n int) clock.Time { return clock.At(time.Duration(n) * time.Millisecond) }

// TestScenarioErrors: what is wrong with a scenario is told before the run.
func TestScenarioErrors(t *testing.T) {
	for want, b := range map[string]*sim.Builder{
		`unknown host "C"`:                  sim.NewScenario("x", 1).Host("A", "10.0.0.1").Link("A", "C", 0),
		`want an IPv4 or IPv6 address`:      sim.NewScenario("x", 1).Host("A", "10.0.0"),
		`want an address, found none`:       sim.NewScenario("x", 1).Host("A", ""),
		`unknown setting "nack"`:            sim.NewScenario("x", 1).Host("A", "10.0.0.1", "nack=1"),
		`setting msl: want a time`:          sim.NewScenario("x", 1).Host("A", "10.0.0.1", "msl=1"),
		`unknown profile "vms"`:             sim.NewScenario("x", 1).Profile("vms").Host("A", "10.0.0.1"),
		`have no addresses of one family`:   sim.NewScenario("x", 1).Host("A", "10.0.0.1").Host("B", "::2").Link("A", "B", 0),
		`unknown host "first mistake only"`: sim.NewScenario("x", 1).Link("first mistake only", "x", 0).Host("A", ""),
	} {
		if _, err := b.World(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	w, err := sim.NewScenario("x", 1).Host("A", "10.0.0.1").World()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Run("B", "", nil); err == nil {
		t.Error("a program runs on a host that is not there")
	}
	if _, err := w.Port("B"); err == nil {
		t.Error("a host that is not there has a port")
	}
}

// TestGoPrograms: an echo in Go, with the errors of POSIX.
func TestGoPrograms(t *testing.T) {
	w, err := sim.NewScenario("echo", 1).Host("A", "10.0.0.1").Host("B", "10.0.0.2").
		Link("A", "B", time.Millisecond).World()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	var got []byte
	done := 0
	server := func(p *sim.Proc) {
		l, err := p.Listen(7, 5)
		if err != nil {
			t.Error(err)
		}
		for range 2 {
			c, err := l.Accept()
			if err != nil {
				t.Error(err)
			}
			for {
				text, err := c.Recv(0)
				if err != nil || len(text) == 0 {
					break
				}
				c.Send(text)
			}
			c.Close()
		}
		done++
	}
	client := func(p *sim.Proc) {
		if _, err := p.Connect("B", 8); !errors.Is(err, socket.ECONNREFUSED) {
			t.Errorf("connect = %v, want ECONNREFUSED", err)
		}
		for _, to := range []string{"B", "10.0.0.2"} {
			c, err := p.Connect(to, 7)
			if err != nil {
				t.Fatal(err)
			}
			p.Sleep(time.Second)
			c.Send(bytes.Repeat([]byte{'x'}, 200_000/2))
			c.Shutdown(socket.SHUT_WR)
			for {
				text, err := c.Recv(0)
				if err != nil {
					t.Error(err)
				}
				if len(text) == 0 {
					break
				}
				got = append(got, text...)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if err := c.Close(); !errors.Is(err, socket.EBADF) {
				t.Errorf("second close = %v, want EBADF", err)
			}
		}
		done++
	}
	if err := errors.Join(w.Run("b", "", server), w.Run("a", "", client)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Clone(); !errors.Is(err, sim.ErrGoProgram) {
		t.Errorf("Clone = %v, want ErrGoProgram", err)
	}
	drive(t, w, 100_000)
	if len(got) != 200_000 || done != 2 || len(w.BlockedApps()) != 0 {
		t.Errorf("%d octets came back, %d programs returned, %v", len(got), done, w.BlockedApps())
	}
}

// TestStop unwinds programs that block: deferred functions run, calls in them
// do nothing, and nothing runs after.
func TestStop(t *testing.T) {
	w, err := sim.NewScenario("stop", 1).Host("A", "10.0.0.1").World()
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	say := func(s string) { said = append(said, s) }
	w.Run("A", "blocked", func(p *sim.Proc) {
		l, _ := p.Listen(7, 1)
		defer say("unwound")
		defer l.Close()
		defer p.Sleep(time.Second)
		say("waits")
		l.Accept()
		say("never")
	})
	w.Run("A", "sleeper", func(p *sim.Proc) {
		defer say("woken up")
		p.Sleep(time.Hour)
		say("never")
	})
	w.Run("A", "short", func(p *sim.Proc) { say("done") })
	log := w.Record()
	if err := w.RunUntil(ms(1)); err != nil {
		t.Fatal(err)
	}
	if b := w.BlockedApps(); len(b) != 1 || b[0].String() != "accept blocks for ever at host A" {
		t.Errorf("blocked: %v", b)
	}
	w.Run("A", "late", func(p *sim.Proc) { say("never") })
	before := len(log.Events)
	w.Stop()
	w.Stop()
	if got, want := strings.Join(said, ", "), "waits, done, unwound, woken up"; got != want {
		t.Errorf("said %q, want %q", got, want)
	}
	if _, ok := w.Next(); ok || len(log.Events) != before {
		t.Error("a stopped world goes on")
	}
}

// TestPanicInProgram: the user's panic is the user's.
func TestPanicInProgram(t *testing.T) {
	w, err := sim.NewScenario("panic", 1).Host("A", "10.0.0.1").World()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	w.Run("A", "", func(p *sim.Proc) { panic("mine") })
	defer func() {
		if r := recover(); r != "mine" {
			t.Errorf("recovered %v, want the program's own panic", r)
		}
	}()
	w.RunUntil(clock.Never)
	t.Error("the panic was lost")
}

// TestPort: a host talks to what is outside of the world.
func TestPort(t *testing.T) {
	w := world(t, "# t: a test\n-- net --\nhost A 10.0.0.1 ack=immediate iss=1000\n-- app A --\nlisten :7\naccept\nrecv = \"hi\" at 3s\nsend \"one\"\nrecv\nsend \"two\"\n")
	log := w.Record()
	p, err := w.Port("A")
	if err != nil {
		t.Fatal(err)
	}
	if again, _ := w.Port("a"); again != p {
		t.Error("a host has two ports")
	}
	peer := wire.TCP{
		Net:     wire.Net{Src: wire.MustParseAddr("192.0.2.1"), Dst: wire.MustParseAddr("10.0.0.1"), TTL: 64},
		SrcPort: 5, DstPort: 7, Seq: 500, Window: 1000,
	}
	exchange := func(at clock.Time, flags wire.Flags, text string) []wire.Packet {
		t.Helper()
		if err := w.RunUntil(at); err != nil {
			t.Fatal(err)
		}
		peer.Flags, peer.Payload = flags, []byte(text)
		if err := p.Send(&wire.Packet{Proto: wire.ProtoTCP, TCP: peer}); err != nil {
			t.Fatal(err)
		}
		if len(text) > 0 {
			peer.Payload[0] = '?' // the world has a copy
		}
		peer.Seq = peer.End()
		if err := w.RunUntil(at); err != nil {
			t.Fatal(err)
		}
		return p.Take()
	}
	out := exchange(clock.At(time.Second), wire.SYN, "")
	if len(out) != 1 || out[0].TCP.Flags != wire.SYN|wire.ACK || out[0].TCP.Ack != 501 || out[0].TCP.Seq != 1000 {
		t.Fatalf("SYN is answered by %+v", out)
	}
	peer.Ack = 1001
	if out = exchange(ms(1500), wire.ACK, ""); len(out) != 0 {
		t.Errorf("ACK is answered by %+v", out)
	}
	out = exchange(clock.At(3*time.Second), wire.ACK|wire.PSH, "hi")
	if len(out) != 2 || out[0].TCP.Ack != 503 || w.Now() != clock.At(3*time.Second) {
		t.Errorf("text is answered by %+v at %v", out, w.Now())
	}
	peer.Ack = 1004
	more := exchange(clock.At(3*time.Second), wire.ACK|wire.PSH, "ho")
	if string(out[1].Payload()) != "one" || len(more) != 2 || string(more[1].Payload()) != "two" {
		t.Errorf("took %q, then %+v", out[1].Payload(), more)
	}
	if len(w.Failures()) != 0 || len(p.Take()) != 0 {
		t.Errorf("%v", w.Failures())
	}
	peer.Dst = peer.Src
	if err := p.Send(&wire.Packet{Proto: wire.ProtoTCP, TCP: peer}); err == nil {
		t.Error("the host takes a packet for another")
	}
	w.Finish()
	if err := trace.Ladder(&strings.Builder{}, log, trace.Options{Width: 80}); err != nil {
		t.Error(err)
	}
}

// TestGoCalls: flags, options and names, as Go programs have them.
func TestGoCalls(t *testing.T) {
	w, err := sim.NewScenario("calls", 1).
		Host("A", "10.0.0.1", "ack=immediate").Host("B", "10.0.0.2", "ack=immediate").
		Link("A", "B", 10*time.Millisecond).World()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Stop()
	var got []string
	say := func(format string, args ...any) { got = append(got, fmt.Sprintf(format, args...)) }
	server := func(p *sim.Proc) {
		l, _ := p.Listen(7, 5)
		l.Setsockopt("TCP_FASTOPEN", 5)
		for range 2 {
			c, _ := l.Accept()
			text, err := c.RecvWith(4, sim.WaitAll)
			say("%v: %q %v", p.Now(), text, err)
			text, _ = c.RecvWith(9, sim.Peek)
			again, _ := c.Recv(9)
			oob, err := c.RecvWith(1, sim.OOB)
			say("%q %q %q %v", text, again, oob, err)
			c.Close()
		}
	}
	client := func(p *sim.Proc) {
		for range 2 {
			c, _ := p.Socket()
			_, err := c.Getpeername()
			say("peer %v", err)
			n, err := c.SendTo("B", 7, []byte("ab"), 0)
			peer, _ := c.Getpeername()
			own, _ := c.Getsockname()
			say("sent %d %v from %v to %v", n, err, own, peer)
			c.SendWith([]byte("c"), sim.More)
			c.SendWith([]byte("de!"), sim.OOB)
			_, err = c.RecvWith(1, sim.DontWait)
			info, _ := c.Info()
			nodelay, _ := c.Getsockopt("TCP_NODELAY")
			_, none := c.Getsockopt("NONE")
			say("%v; %v, %d in flight, nodelay %d, %v", err, info.State, info.Unacked, nodelay, none)
			c.Recv(1)
			c.Close()
			p.Sleep(time.Second)
		}
		s, _ := p.Socket()
		say("%v", s.Connect("B", 7, sim.DontWait))
		_, err := s.Getsockopt("SO_ERROR")
		say("%v", err)
	}
	if err := errors.Join(w.Run("b", "", server), w.Run("a", "", client)); err != nil {
		t.Fatal(err)
	}
	drive(t, w, 10_000)
	want := []string{
		`peer ENOTCONN`,
		`sent 2 <nil> from 10.0.0.1:49152 to 10.0.0.2:7`,
		`EAGAIN; ESTABLISHED, 2 in flight, nodelay 0, ENOPROTOOPT`,
		`30ms: "abcd" <nil>`,
		`"e" "e" "!" <nil>`,
		`peer ENOTCONN`,
		`sent 2 <nil> from 10.0.0.1:49153 to 10.0.0.2:7`,
		`EAGAIN; ESTABLISHED, 1 in flight, nodelay 0, ENOPROTOOPT`, // its "ab" went with the SYN
		`1.07s: "abcd" <nil>`,
		`"e" "e" "!" <nil>`,
		`EINPROGRESS`,
		`<nil>`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
