package conformance

import (
	"bytes"
	"strings"
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
	"simrun/wire/notation"
)

// end is one connection whose user and whose peer the proof plays. Numbers are
// relative: ours to our ISS, the peer's to its own; both wrap soon.
type end struct {
	p       *P
	cfg     tcp.Config
	c       *tcp.Conn
	now     clock.Time
	out     tcp.Out // of the last step
	signals []tcp.Signal
	err     error // of the last call
}

const (
	ourISS = wire.Seq(1<<32 - 5)
	irs    = wire.Seq(1<<31 - 5)
)

var (
	local  = wire.Endpoint{Addr: wire.AddrFrom4([4]byte{10, 0, 0, 1}), Port: 49152}
	remote = wire.Endpoint{Addr: wire.AddrFrom4([4]byte{10, 0, 0, 2}), Port: 80}
)

// closed is a connection in CLOSED. Its numbers are small enough to write
// down: segments of 100 octets, a receive window of 1000, ACKs at once.
func (p *P) closed(change ...func(*tcp.Config)) *end {
	e := &end{p: p, cfg: tcp.Defaults(), c: new(tcp.Conn)}
	e.cfg.MSS, e.cfg.ReceiveBuffer, e.cfg.SendBuffer = 100, 1000, 100000
	e.cfg.ACK = tcp.Immediate
	for _, f := range change {
		f(&e.cfg)
	}
	e.c.Init(&e.cfg, local, remote, ourISS, 0)
	return e
}

// synSent, listening and open are connections in these states; the peer of
// the last has a window of 2000 and takes segments of 100.
func (p *P) synSent(change ...func(*tcp.Config)) *end {
	e := p.closed(change...)
	e.step(func() { e.err = e.c.Open(e.now, &e.out) })
	return e
}

func (p *P) listening(change ...func(*tcp.Config)) *end {
	e := p.closed(change...)
	e.step(func() { e.err = e.c.Listen(e.now, &e.out) })
	return e
}

func (p *P) open(change ...func(*tcp.Config)) *end {
	e := p.synSent(change...)
	e.feed("S. 0 ack 1 win 2000 <mss 100>")
	e.state(tcp.Established)
	return e
}

func nodelay(c *tcp.Config) { c.NoDelay = true }
func delayed(c *tcp.Config) { c.ACK = tcp.Delayed }

// wide is a first congestion window that nothing of a proof fills.
func wide(c *tcp.Config) { c.InitialWindow = 1000 }

// step makes one step; what it violates is wrong in any proof.
func (e *end) step(do func()) {
	before := e.c.Vars()
	e.out.Reset()
	do()
	after := e.c.Vars()
	for _, v := range append(e.out.Violations, tcp.Check(&e.cfg, &before, &after, &e.out)...) {
		e.p.errorf("%v", v)
	}
	e.signals = append(e.signals, e.out.Signals...)
}

// parse reads a segment of the peer's in notation; its window is 2000 unless
// the text has another.
func (e *end) parse(text string) wire.TCP {
	seg, err := notation.ParseTCP(text, notation.Base{Seq: irs, Ack: ourISS})
	if err != nil {
		e.p.fatalf("%q: %v", text, err)
	}
	if !seg.HasWindow {
		seg.TCP.Window = 2000
	}
	seg.TCP.Src, seg.TCP.SrcPort = remote.Addr, remote.Port
	seg.TCP.Dst, seg.TCP.DstPort = local.Addr, local.Port
	return seg.TCP
}

// feed lets segments of the peer's arrive, one after the other.
func (e *end) feed(texts ...string) {
	for _, text := range texts {
		seg := e.parse(text)
		e.arrive(&seg)
	}
}

func (e *end) arrive(seg *wire.TCP) { e.step(func() { e.c.Arrive(e.now, seg, &e.out) }) }

func (e *end) send(n int) {
	e.step(func() { _, e.err = e.c.Send(e.now, bytes.Repeat([]byte{'x'}, n), &e.out) })
}

func (e *end) receive(n int) (got int) {
	e.step(func() { got, e.err = e.c.Receive(e.now, make([]byte, n), &e.out) })
	return got
}

func (e *end) close()   { e.step(func() { e.err = e.c.Close(e.now, &e.out) }) }
func (e *end) abandon() { e.step(func() { e.c.Abandon(e.now, &e.out) }) }

// set changes the configuration of the living connection.
func (e *end) set(change func(*tcp.Config)) {
	cfg := e.cfg
	change(&cfg)
	e.cfg = cfg
	e.step(func() { e.c.Set(e.now, &cfg, &e.out) })
}

// icmp lets an ICMP error arrive that quotes the segment with a number.
func (e *end) icmp(kind wire.ICMPKind, seq int) {
	e.step(func() {
		e.c.Unreachable(e.now, &wire.ICMP{Kind: kind, MTU: 68, Quote: wire.Quote{Seq: ourISS.Add(seq)}}, &e.out)
	})
}

// pass lets time go by; timers expire in order.
func (e *end) pass(d time.Duration) {
	to := e.now.Add(d)
	for {
		at, ok := e.c.NextTimeout()
		if !ok || at > to {
			e.now = to
			return
		}
		e.expire()
	}
}

// expire lets time go by until the next timer expires, and says when that is.
func (e *end) expire() time.Duration {
	at, ok := e.c.NextTimeout()
	if !ok {
		e.p.fatalf("no timer runs in %v", e.c.State())
	}
	e.now = at
	e.step(func() { e.c.Expire(e.now, &e.out) })
	return at.Since()
}

// sent is what the last step sent, as text without windows: "P. 1:8(7) ack 1".
func (e *end) sent() string {
	var all []string
	for i := range e.out.Segments {
		text := notation.TCP(&e.out.Segments[i].TCP, notation.Base{Seq: ourISS, Ack: irs})
		head, _, _ := strings.Cut(text, " win ")
		all = append(all, head)
	}
	return strings.Join(all, "; ")
}

// octets is how much text the last step sent.
func (e *end) octets() (n int) {
	for i := range e.out.Segments {
		n += len(e.out.Segments[i].Payload)
	}
	return n
}

// last is the last segment that the last step sent.
func (e *end) last() *wire.TCP {
	if len(e.out.Segments) == 0 {
		e.p.fatalf("in %v: nothing was sent", e.c.State())
	}
	return &e.out.Segments[len(e.out.Segments)-1].TCP
}

// want asserts what the last step sent.
func (e *end) want(sent string) {
	if got := e.sent(); got != sent {
		e.p.errorf("sent %q, want %q", got, sent)
	}
}

// state asserts the state.
func (e *end) state(want tcp.State) {
	if got := e.c.State(); got != want {
		e.p.errorf("in %v, want %v", got, want)
	}
}

// told reports whether the user was ever told something.
func (e *end) told(kind tcp.SignalKind) bool {
	for _, s := range e.signals {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

// wantTold asserts that the user was told something, or was not.
func (e *end) wantTold(kind tcp.SignalKind, want bool) {
	if e.told(kind) != want {
		e.p.errorf("signal %d told: %v, want %v", kind, !want, want)
	}
}

// is asserts that two values are equal.
func is[V comparable](p *P, what string, got, want V) {
	if got != want {
		p.errorf("%s: %v, want %v", what, got, want)
	}
}

// instants asserts when the next timers expire.
func (e *end) instants(want ...time.Duration) {
	for _, w := range want {
		is(e.p, "a timer expires", e.expire(), w)
	}
}
