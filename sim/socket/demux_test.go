package socket

import (
	"math/rand/v2"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// TestDemuxTwin drives the table and a map with the same random calls.
func TestDemuxTwin(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	cfg := Defaults()
	k := NewStack(&cfg, []wire.Addr{addrA}, [16]byte{}, nil)
	type ends struct{ local, remote wire.Endpoint }
	twin := map[ends]ConnID{}
	random := func() ends {
		return ends{at(addrA, uint16(r.IntN(8))), at(wire.MustParseAddr("10.0.0.9"), uint16(r.IntN(20)))}
	}
	for range 20_000 {
		e := random()
		id, there := twin[e]
		switch {
		case there && r.IntN(2) == 0:
			k.release(k.conns[id])
			delete(twin, e)
		case !there:
			twin[e] = k.newConn(0, &cfg.TCP, e.local, e.remote).id
		}
		e = random()
		want, there := twin[e]
		if !there {
			want = None
		}
		if got := k.demux.find(k, e.local, e.remote); got != want || k.demux.n != len(twin) {
			t.Fatalf("find %v = %d of %d, want %d of %d", e, got, k.demux.n, want, len(twin))
		}
	}
	if len(k.conns) > 160 {
		t.Errorf("%d connections were made for 160 pairs of endpoints", len(k.conns))
	}
}

// TestListenerFor: a listener on the address goes before one on all; other
// ports and other addresses have neither.
func TestListenerFor(t *testing.T) {
	for _, specificFirst := range []bool{true, false} {
		n := newLAN(t)
		locals := []wire.Endpoint{at(wire.Addr{}, 80), at(addrB, 80)}
		if specificFirst {
			locals[0], locals[1] = locals[1], locals[0]
		}
		fds := map[wire.Addr]int{}
		for _, local := range locals {
			fd := n.b.socket()
			n.b.Setsockopt(n.now, n.b.p, fd, SO_REUSEADDR, 1)
			n.want("bind", n.b.Bind(n.b.p, fd, local), OK)
			fds[local.Addr] = fd
		}
		for _, fd := range fds {
			n.want("listen", n.b.Listen(n.b.p, fd, 9), OK)
		}
		for _, c := range []struct {
			remote wire.Endpoint
			by     wire.Addr
		}{{at(addrB, 80), addrB}, {at(spare, 80), wire.Addr{}}} {
			fd := n.a.socket()
			n.a.connect(fd, c.remote)
			n.settle()
			for local, listener := range fds {
				_, _, e := n.b.Accept(n.b.p, listener)
				if want := map[bool]Errno{true: OK, false: EAGAIN}[local == c.by]; e != want {
					t.Errorf("connect %v: accept at %v = %v, want %v", c.remote, local, e, want)
				}
			}
		}
	}
}

// TestStrangers: what is not for this host, or comes from no single host, is
// not answered (MUST-57, MUST-63); what meets no listener is refused.
func TestStrangers(t *testing.T) {
	syn := func(src, dst string, port uint16) wire.TCP {
		return wire.TCP{
			Net:     wire.Net{Src: wire.MustParseAddr(src), Dst: wire.MustParseAddr(dst)},
			SrcPort: 5, DstPort: port, Flags: wire.SYN, Seq: 100,
		}
	}
	for _, c := range []struct {
		seg  wire.TCP
		want []wire.Flags
	}{
		{syn("10.0.0.1", "224.0.0.1", 80), nil},
		{syn("10.0.0.1", "255.255.255.255", 80), nil},
		{syn("10.0.0.1", "10.0.0.77", 80), nil},
		{syn("224.0.0.1", "10.0.0.2", 80), nil},
		{syn("0.0.0.0", "10.0.0.2", 80), nil},
		{syn("255.255.255.255", "10.0.0.2", 80), nil},
		{syn("10.0.0.1", "10.0.0.2", 81), []wire.Flags{wire.RST | wire.ACK}},
		{syn("10.0.0.1", "10.0.0.2", 80), []wire.Flags{wire.SYN | wire.ACK}},
	} {
		n := newLAN(t)
		n.b.listen(80, 1)
		n.b.Arrive(n.now, &wire.Packet{Proto: wire.ProtoTCP, TCP: c.seg})
		if got := n.flags(0); len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("SYN from %v to %v: sent %v, want %v", c.seg.Source(), c.seg.Destination(), got, c.want)
		}
	}
}

func issOf(k *Stack, now clock.Time, local, remote wire.Endpoint) wire.Seq {
	iss, _ := k.numbers(now, local, remote)
	return iss
}

// TestInitialNumbers is RFC 6528: the clock moves them on, and each pair of
// endpoints and each secret has numbers of its own.
func TestInitialNumbers(t *testing.T) {
	cfg := Defaults()
	k := NewStack(&cfg, []wire.Addr{addrA}, [16]byte{1}, nil)
	base := issOf(k, 0, at(addrA, 1), at(addrB, 1))
	if got := issOf(k, 4_000_000, at(addrA, 1), at(addrB, 1)); got != base.Add(1000) {
		t.Errorf("4 ms later the number is %d further on, want 1000", got.Sub(base))
	}
	if issOf(k, 0, at(addrA, 2), at(addrB, 1)) == base || issOf(k, 0, at(addrA, 1), at(addrB, 2)) == base {
		t.Error("other endpoints have the same numbers")
	}
	other := NewStack(&cfg, []wire.Addr{addrA}, [16]byte{2}, nil)
	if issOf(other, 0, at(addrA, 1), at(addrB, 1)) == base {
		t.Error("another secret gives the same numbers")
	}
	cfg.FixedISS, cfg.ISS = true, 7
	if got := issOf(k, 12345, at(addrA, 1), at(addrB, 1)); got != 7 {
		t.Errorf("a fixed number is %d, want 7", got)
	}
}

// TestChurn opens and closes ten thousand connections, from either end and in
// several ways: nothing is left in use, and few were ever made.
func TestChurn(t *testing.T) {
	n := newLAN(t, func(cfg *Config) { cfg.TCP.TimeWait = 0 })
	listener := n.b.listen(80, 9)
	for i := range 10_000 {
		a, b := n.join(listener)
		switch i % 4 {
		case 0:
			n.a.close(a)
			n.settle()
			n.b.close(b)
		case 1:
			n.b.close(b)
			n.a.close(a) // crossing
		case 2:
			n.a.send(a, "unread")
			n.settle()
			n.b.close(b)
			n.settle()
			n.a.close(a)
		case 3:
			n.a.Setsockopt(n.now, n.a.p, a, SO_LINGER, 0)
			n.a.close(a)
			n.settle()
			n.b.close(b)
		}
		n.settle()
		n.sent = n.sent[:0]
		if n.a.Conns()+n.b.Conns() != 0 {
			t.Fatalf("turn %d: %v %v", i, n.a.Describe(), n.b.Describe())
		}
	}
	if got := n.b.socks[0].listen.opening; got != 0 {
		t.Errorf("the listener counts %d connections that are opening", got)
	}
	n.b.close(listener)
	n.a.rest()
	n.b.rest()
	if most := max(len(n.a.conns), len(n.b.conns), len(n.b.socks)-2); most > 1 {
		t.Errorf("%d connections were made, one after the other", most)
	}
}

// TestChurnWithTimeWait holds a thousand connections in TIME-WAIT at a time.
func TestChurnWithTimeWait(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 9)
	for range 3 {
		for range 1000 {
			a, b := n.join(listener)
			n.a.close(a)
			n.settle()
			n.b.close(b)
			n.settle()
		}
		if got := n.a.Conns(); got != 1000 {
			t.Fatalf("%d connections in TIME-WAIT, want 1000", got)
		}
		n.pass(n.a.cfg.TCP.TimeWait)
	}
	n.b.close(listener)
	n.a.rest()
	n.b.rest()
	if len(n.a.conns) != 1000 || len(n.a.socks) != 1 {
		t.Errorf("%d connections and %d sockets were made, want 1000 and 1", len(n.a.conns), len(n.a.socks))
	}
}

// TestLowestSlotFirst: which connection is used next depends on which are in
// use, and on nothing else.
func TestLowestSlotFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var s slots[ConnID]
	used := map[ConnID]bool{}
	next := ConnID(0)
	for range 5000 {
		if r.IntN(2) == 0 {
			id, ok := s.take()
			if !ok {
				id = next
				next++
			}
			for lower := range id {
				if !used[lower] {
					t.Fatalf("took %d while %d is free", id, lower)
				}
			}
			used[id] = true
			continue
		}
		if id := ConnID(r.IntN(int(next) + 1)); used[id] {
			s.put(id)
			delete(used, id)
		}
	}
}

// TestCloneIsIndependent clones two hosts in the middle of a conversation:
// what the copies do leaves the originals as they are, and both can do it.
func TestCloneIsIndependent(t *testing.T) {
	n := newLAN(t)
	a, b, listener := n.pair()
	waiting := n.a.socket()
	n.a.connect(waiting, at(addrB, 80))
	n.settle()
	n.a.send(a, "before")
	n.settle()
	n.lost = true
	n.a.send(a, "lost once")
	n.lost = false

	c := &lan{t: t, now: n.now}
	copyOf := func(s *station) *station {
		d := &station{net: c, p: s.p, addr: s.addr}
		d.Stack = s.Stack.Clone(d)
		return d
	}
	c.a, c.b = copyOf(n.a), copyOf(n.b)
	state := func(n *lan) string { return string(n.b.AppendState(n.a.AppendState(nil, n.now), n.now)) }
	before := state(n)
	if state(c) != before {
		t.Error("a clone has another state")
	}
	converse := func(n *lan) string {
		text := n.b.recv(b)
		n.b.send(b, "answer")
		n.settle()
		n.pass(time.Hour)
		text += n.b.recv(b)
		n.a.send(a, "overwrites what was queued")
		text += n.a.recv(a)
		n.a.close(a)
		_, _, e := n.b.Accept(n.b.p, listener)
		n.want("accept", e, OK)
		fd := n.a.socket()
		n.a.connect(fd, at(spare, 80))
		n.pass(1)
		n.b.close(b)
		n.b.close(listener)
		n.pass(1)
		return text + state(n)
	}
	after := converse(c)
	if state(n) != before {
		t.Error("what a clone does changes its original")
	}
	if got := converse(n); got != after {
		t.Error("a clone's future is not its original's")
	}
}

// TestAppendState: what makes another future makes another state, and time
// alone makes none.
func TestAppendState(t *testing.T) {
	build := func(now clock.Time, change func(n *lan, a, b, listener int)) string {
		n := newLAN(t)
		n.now = now
		a, b, listener := n.pair()
		change(n, a, b, listener)
		n.settle()
		return string(n.b.AppendState(n.a.AppendState(nil, n.now), n.now))
	}
	same := build(0, func(n *lan, a, b, listener int) {})
	if build(clock.At(time.Minute), func(n *lan, a, b, listener int) {}) != same {
		t.Error("the same at another instant differs")
	}
	seen := map[string]string{same: "nothing"}
	for name, change := range map[string]func(n *lan, a, b, listener int){
		"text":   func(n *lan, a, b, listener int) { n.a.send(a, "x") },
		"socket": func(n *lan, a, b, listener int) { n.a.socket() },
		"small socket": func(n *lan, a, b, listener int) {
			n.a.Setsockopt(n.now, n.a.p, n.a.socket(), SO_RCVBUF, 5)
		},
		"dup":        func(n *lan, a, b, listener int) { n.a.Dup(n.a.p, a) },
		"fork":       func(n *lan, a, b, listener int) { n.a.Fork(n.a.p) },
		"close":      func(n *lan, a, b, listener int) { n.a.close(a) },
		"shut RD":    func(n *lan, a, b, listener int) { n.a.Shutdown(n.now, n.a.p, a, SHUT_RD) },
		"shut WR":    func(n *lan, a, b, listener int) { n.a.Shutdown(n.now, n.a.p, a, SHUT_WR) },
		"linger":     func(n *lan, a, b, listener int) { n.a.Setsockopt(n.now, n.a.p, a, SO_LINGER, 0) },
		"nodelay":    func(n *lan, a, b, listener int) { n.a.Setsockopt(n.now, n.a.p, a, TCP_NODELAY, 1) },
		"rcvbuf":     func(n *lan, a, b, listener int) { n.a.Setsockopt(n.now, n.a.p, a, SO_RCVBUF, 5) },
		"limit":      func(n *lan, a, b, listener int) { n.a.Limit(n.a.p, 5) },
		"backlog":    func(n *lan, a, b, listener int) { n.b.Listen(n.b.p, listener, 7) },
		"unlisten":   func(n *lan, a, b, listener int) { n.b.close(listener) },
		"configured": func(n *lan, a, b, listener int) { cfg := *n.a.cfg; cfg.TCP.MSS = 7; n.a.SetConfig(&cfg) },
		"waiting":    func(n *lan, a, b, listener int) { n.a.connect(n.a.socket(), at(addrB, 80)) },
		"refused":    func(n *lan, a, b, listener int) { n.a.connect(n.a.socket(), at(addrB, 81)) },
		"reboot":     func(n *lan, a, b, listener int) { n.a.Reboot() },
	} {
		got := build(0, change)
		if other, ok := seen[got]; ok {
			t.Errorf("%s has the same state as %s", name, other)
		}
		seen[got] = name
	}
}
