package socket

import (
	"testing"
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// lan is two hosts on a wire without delay: what one sends the other has at
// once, unless the test holds the wire.
type lan struct {
	t     testing.TB
	now   clock.Time
	a, b  *station
	queue []wire.TCP // on the wire, in order
	sent  []wire.TCP // all that ever was on the wire
	lost  bool       // what is sent now is lost
}

// station is a host with one process.
type station struct {
	*Stack
	net  *lan
	p    ProcID
	addr wire.Addr
}

var (
	addrA = wire.MustParseAddr("10.0.0.1")
	addrB = wire.MustParseAddr("10.0.0.2")
	spare = wire.MustParseAddr("10.0.0.3") // B's second address
)

func newLAN(t testing.TB, change ...func(*Config)) *lan {
	cfg := Defaults()
	cfg.TCP.ACK = tcp.Immediate
	for _, f := range change {
		f(&cfg)
	}
	n := &lan{t: t}
	n.a = n.station(&cfg, addrA)
	n.b = n.station(&cfg, addrB, spare)
	return n
}

func (n *lan) station(cfg *Config, addrs ...wire.Addr) *station {
	s := &station{net: n, addr: addrs[0]}
	s.Stack = NewStack(cfg, addrs, [16]byte{byte(addrs[0].As4()[3])}, s)
	s.Watch(true)
	s.p = s.NewProc()
	return s
}

// Stepped takes the segments of a step.
func (s *station) AssocStepped(AssocStep) {}

func (s *station) Stepped(step Step) {
	for _, v := range step.Out.Violations {
		s.net.t.Errorf("at %v: %v", s.net.now, v)
	}
	for i := range step.Out.Segments {
		seg := step.Out.Segments[i].TCP
		seg.Payload = append([]byte(nil), seg.Payload...)
		s.net.sent = append(s.net.sent, seg)
		if !s.net.lost {
			s.net.queue = append(s.net.queue, seg)
		}
	}
}

// settle carries what is on the wire until nothing is.
func (n *lan) settle() {
	for len(n.queue) > 0 {
		n.carryOne()
	}
}

func (n *lan) carryOne() {
	p := wire.Packet{Proto: wire.ProtoTCP, TCP: n.queue[0]}
	n.queue = n.queue[1:]
	for _, s := range []*station{n.a, n.b} {
		if s.Owns(p.TCP.Dst) {
			s.Arrive(n.now, &p)
			return
		}
	}
}

// pass lets time go by: timers expire in order, and the wire is kept empty.
func (n *lan) pass(d time.Duration) {
	n.settle()
	until := n.now.Add(d)
	for {
		next := n.a
		at, ok := n.a.NextTimeout()
		if atB, okB := n.b.NextTimeout(); okB && (!ok || atB < at) {
			next, at, ok = n.b, atB, true
		}
		if !ok || at > until {
			break
		}
		n.now = at
		next.Expire(at)
		n.settle()
	}
	n.now = until
}

// want fails the test unless a call returned what it must.
func (n *lan) want(call string, got, want Errno) {
	n.t.Helper()
	if got != want {
		n.t.Errorf("%s = %v, want %v", call, got, want)
	}
}

func (s *station) socket() int {
	s.net.t.Helper()
	fd, e := s.Socket(s.p)
	s.net.want("socket", e, OK)
	return fd
}

func (s *station) listen(port uint16, backlog int) int {
	s.net.t.Helper()
	fd := s.socket()
	s.net.want("bind", s.Bind(s.p, fd, wire.Endpoint{Port: port}), OK)
	s.net.want("listen", s.Listen(s.p, fd, backlog), OK)
	return fd
}

func (s *station) connect(fd int, remote wire.Endpoint) Errno {
	return s.Connect(s.net.now, s.p, fd, remote)
}

func (s *station) send(fd int, text string) (int, Errno) {
	return s.Send(s.net.now, s.p, fd, []byte(text))
}

// recv is what one receive says: the text, "EOF" or an errno.
func (s *station) recv(fd int) string {
	b := make([]byte, 100)
	n, e := s.Recv(s.net.now, s.p, fd, b, false)
	switch {
	case e != OK:
		return e.Error()
	case n == 0:
		return "EOF"
	}
	return string(b[:n])
}

func (s *station) close(fd int) Errno { return s.Close(s.net.now, s.p, fd) }

func (s *station) state(fd int) tcp.State {
	if id := s.ConnOf(s.p, fd); id != None {
		return s.conns[id].tcp.State()
	}
	return tcp.Closed
}

// soError reads SO_ERROR, which clears it.
func (s *station) soError(fd int) Errno {
	v, e := s.Getsockopt(s.p, fd, SO_ERROR)
	s.net.want("getsockopt SO_ERROR", e, OK)
	return Errno(v)
}

func at(a wire.Addr, port uint16) wire.Endpoint { return wire.Endpoint{Addr: a, Port: port} }

// pair is a connection from A to B:80, and B's listener.
func (n *lan) pair() (a, b, listener int) {
	n.t.Helper()
	listener = n.b.listen(80, 1)
	a, b = n.join(listener)
	return a, b, listener
}

// join connects A to B:80 and accepts.
func (n *lan) join(listener int) (a, b int) {
	n.t.Helper()
	a = n.a.socket()
	n.want("connect", n.a.connect(a, at(addrB, 80)), EINPROGRESS)
	n.settle()
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, OK)
	return a, b
}

// flags is the control bits of what was sent since a mark, a word each.
func (n *lan) flags(from int) (all []wire.Flags) {
	for _, seg := range n.sent[from:] {
		all = append(all, seg.Flags&^wire.PSH)
	}
	return all
}

// rest fails the test unless the stack holds nothing any more.
func (s *station) rest() {
	s.net.t.Helper()
	for i := range s.socks {
		if s.socks[i].used {
			s.net.t.Errorf("socket %d is in use", i)
		}
	}
	if len(s.freeSocks) != len(s.socks) || len(s.freeConns) != len(s.conns) {
		s.net.t.Errorf("%d of %d sockets and %d of %d connections are free",
			len(s.freeSocks), len(s.socks), len(s.freeConns), len(s.conns))
	}
	if _, ok := s.NextTimeout(); ok || s.Conns() != 0 || len(s.listeners) != 0 {
		s.net.t.Errorf("a timer runs (%v), %d connections, %d listeners", ok, s.Conns(), len(s.listeners))
	}
	for _, head := range s.demux.heads {
		if head != 0 {
			s.net.t.Errorf("the demultiplexing table holds connection %d", head-1)
		}
	}
}
