package socket

import (
	"slices"
	"testing"
	"time"

	"simrun/tcp"
	"simrun/wire"
)

// situation is what a descriptor may name when a call is made; each makes its
// own network.
type situation struct {
	name string
	make func(t *testing.T, o ...func(*Config)) (n *lan, fd int) // fd is A's
}

var situations = []situation{
	{"none", func(t *testing.T, o ...func(*Config)) (*lan, int) { return newLAN(t, o...), 3 }},
	{"closed", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd := n.a.socket()
		n.want("close", n.a.close(fd), OK)
		return n, fd
	}},
	{"new", func(t *testing.T, o ...func(*Config)) (*lan, int) { n := newLAN(t, o...); return n, n.a.socket() }},
	{"bound", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd := n.a.socket()
		n.want("bind", n.a.Bind(n.a.p, fd, at(addrA, 7)), OK)
		return n, fd
	}},
	{"listening", func(t *testing.T, o ...func(*Config)) (*lan, int) { n := newLAN(t, o...); return n, n.a.listen(7, 1) }},
	{"connecting", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd := n.a.socket()
		n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
		return n, fd
	}},
	{"refused", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd := n.a.socket()
		n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
		n.settle()
		return n, fd
	}},
	{"refused, told", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd := n.a.socket()
		n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
		n.settle()
		n.want("SO_ERROR", n.a.soError(fd), ECONNREFUSED)
		return n, fd
	}},
	{"open", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		fd, _, _ := n.pair()
		return n, fd
	}},
	{"shut RD", open(func(n *lan, a, b int) { n.a.Shutdown(n.now, n.a.p, a, SHUT_RD) })},
	{"shut WR", open(func(n *lan, a, b int) { n.a.Shutdown(n.now, n.a.p, a, SHUT_WR) })},
	{"at EOF", open(func(n *lan, a, b int) { n.b.close(b) })},
	{"both shut", open(func(n *lan, a, b int) { n.a.Shutdown(n.now, n.a.p, a, SHUT_WR); n.settle(); n.b.close(b) })},
	{"reset", open(func(n *lan, a, b int) {
		n.b.Setsockopt(n.now, n.b.p, b, SO_LINGER, 0)
		n.b.close(b)
	})},
	{"reset after EOF", open(func(n *lan, a, b int) { n.b.close(b); n.settle(); n.a.send(a, "x") })},
	{"reset with text", open(func(n *lan, a, b int) {
		n.b.send(b, "abc")
		n.settle()
		n.b.Setsockopt(n.now, n.b.p, b, SO_LINGER, 0)
		n.b.close(b)
	})},
	{"reset in the queue", func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		l := n.a.listen(7, 1)
		fd := n.b.socket()
		n.want("connect", n.b.connect(fd, at(addrA, 7)), EINPROGRESS)
		n.settle()
		n.b.Setsockopt(n.now, n.b.p, fd, SO_LINGER, 0)
		n.b.close(fd)
		n.settle()
		return n, l
	}},
	{"reset, told", open(func(n *lan, a, b int) {
		n.b.Setsockopt(n.now, n.b.p, b, SO_LINGER, 0)
		n.b.close(b)
		n.settle()
		n.want("SO_ERROR", n.a.soError(a), ECONNRESET)
	})},
}

// open is a situation of an open connection after something happened to it.
func open(after func(n *lan, a, b int)) func(t *testing.T, o ...func(*Config)) (*lan, int) {
	return func(t *testing.T, o ...func(*Config)) (*lan, int) {
		n := newLAN(t, o...)
		a, b, _ := n.pair()
		after(n, a, b)
		n.settle()
		return n, a
	}
}

// TestCallsInSituations is every call in every situation: what POSIX and
// RFC 9293 3.10 say comes of it.
func TestCallsInSituations(t *testing.T) {
	calls := []struct {
		name string
		call func(n *lan, fd int) Errno
	}{
		{"bind", func(n *lan, fd int) Errno { return n.a.Bind(n.a.p, fd, at(addrA, 9)) }},
		{"listen", func(n *lan, fd int) Errno { return n.a.Listen(n.a.p, fd, 1) }},
		{"accept", func(n *lan, fd int) Errno { _, _, e := n.a.Accept(n.a.p, fd); return e }},
		{"connect", func(n *lan, fd int) Errno { return n.a.connect(fd, at(addrB, 81)) }},
		{"send", func(n *lan, fd int) Errno { _, e := n.a.send(fd, "x"); return e }},
		{"recv", func(n *lan, fd int) Errno { _, e := n.a.Recv(n.now, n.a.p, fd, make([]byte, 9), false); return e }},
		{"shutdown RD", func(n *lan, fd int) Errno { return n.a.Shutdown(n.now, n.a.p, fd, SHUT_RD) }},
		{"shutdown WR", func(n *lan, fd int) Errno { return n.a.Shutdown(n.now, n.a.p, fd, SHUT_WR) }},
		{"dup", func(n *lan, fd int) Errno { _, e := n.a.Dup(n.a.p, fd); return e }},
		{"SO_ERROR", func(n *lan, fd int) Errno {
			v, e := n.a.Getsockopt(n.a.p, fd, SO_ERROR)
			return max(e, Errno(v))
		}},
		{"poll", func(n *lan, fd int) Errno { _, e := n.a.Poll(n.a.p, fd); return e }},
		{"close", func(n *lan, fd int) Errno { return n.a.close(fd) }},
		{"getpeername", func(n *lan, fd int) Errno { _, e := n.a.Peer(n.a.p, fd); return e }},
	}
	want := map[string][]Errno{ // in the order of calls
		"none":               {EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF},
		"closed":             {EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF, EBADF},
		"new":                {OK, EDESTADDRREQ, EINVAL, EINPROGRESS, ENOTCONN, ENOTCONN, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
		"bound":              {EINVAL, OK, EINVAL, EINPROGRESS, ENOTCONN, ENOTCONN, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
		"listening":          {EINVAL, OK, EAGAIN, EOPNOTSUPP, ENOTCONN, ENOTCONN, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
		"connecting":         {EINVAL, EINVAL, EINVAL, EALREADY, EAGAIN, EAGAIN, OK, OK, OK, OK, OK, OK, ENOTCONN},
		"refused":            {EINVAL, EINVAL, EINVAL, ECONNREFUSED, ECONNREFUSED, ECONNREFUSED, ENOTCONN, ENOTCONN, OK, ECONNREFUSED, OK, OK, ENOTCONN},
		"refused, told":      {EINVAL, EINVAL, EINVAL, EINPROGRESS, EPIPE, ENOTCONN, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
		"open":               {EINVAL, EINVAL, EINVAL, EISCONN, OK, EAGAIN, OK, OK, OK, OK, OK, OK, OK},
		"shut RD":            {EINVAL, EINVAL, EINVAL, EISCONN, OK, OK, OK, OK, OK, OK, OK, OK, OK},
		"shut WR":            {EINVAL, EINVAL, EINVAL, EISCONN, EPIPE, EAGAIN, OK, OK, OK, OK, OK, OK, OK},
		"at EOF":             {EINVAL, EINVAL, EINVAL, EISCONN, OK, OK, OK, OK, OK, OK, OK, OK, OK},
		"both shut":          {EINVAL, EINVAL, EINVAL, EISCONN, EPIPE, OK, OK, OK, OK, OK, OK, OK, OK},
		"reset":              {EINVAL, EINVAL, EINVAL, ECONNRESET, ECONNRESET, ECONNRESET, ENOTCONN, ENOTCONN, OK, ECONNRESET, OK, OK, ENOTCONN},
		"reset after EOF":    {EINVAL, EINVAL, EINVAL, ECONNRESET, ECONNRESET, ECONNRESET, ENOTCONN, ENOTCONN, OK, ECONNRESET, OK, OK, ENOTCONN},
		"reset with text":    {EINVAL, EINVAL, EINVAL, ECONNRESET, ECONNRESET, ECONNRESET, ENOTCONN, ENOTCONN, OK, ECONNRESET, OK, OK, ENOTCONN},
		"reset in the queue": {EINVAL, OK, ECONNABORTED, EOPNOTSUPP, ENOTCONN, ENOTCONN, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
		"reset, told":        {EINVAL, EINVAL, EINVAL, EISCONN, EPIPE, OK, ENOTCONN, ENOTCONN, OK, OK, OK, OK, ENOTCONN},
	}
	// What Linux says instead, as its fields of Config have it.
	linux := map[string]map[string]Errno{
		"reset after EOF":    {"connect": EPIPE, "send": EPIPE, "recv": OK, "SO_ERROR": EPIPE},
		"reset with text":    {"recv": OK},
		"reset in the queue": {"accept": OK},
	}
	asLinux := func(c *Config) { c.PipeAfterFIN, c.AcceptDead, c.TCP.KeepUnread = true, true, true }
	for _, s := range situations {
		for i, c := range calls {
			n, fd := s.make(t)
			if got := c.call(n, fd); got != want[s.name][i] {
				t.Errorf("%s on a socket that is %s = %v, want %v", c.name, s.name, got, want[s.name][i])
			}
			n.pass(time.Hour) // no situation breaks an invariant later on
			e, differs := linux[s.name][c.name]
			if !differs {
				e = want[s.name][i]
			}
			n, fd = s.make(t, asLinux)
			if got := c.call(n, fd); got != e {
				t.Errorf("as Linux: %s on a socket that is %s = %v, want %v", c.name, s.name, got, e)
			}
		}
	}
}

func TestBind(t *testing.T) {
	type bind struct {
		local wire.Endpoint
		reuse bool
		want  Errno
	}
	anyAddr := wire.Addr{}
	for _, c := range []struct {
		name  string
		binds []bind
	}{
		{"two ports", []bind{{at(anyAddr, 7), false, OK}, {at(anyAddr, 8), false, OK}}},
		{"one port twice", []bind{{at(anyAddr, 7), false, OK}, {at(anyAddr, 7), false, EADDRINUSE}}},
		{"all after one address", []bind{{at(addrB, 7), false, OK}, {at(anyAddr, 7), false, EADDRINUSE}}},
		{"one address after all", []bind{{at(anyAddr, 7), false, OK}, {at(addrB, 7), false, EADDRINUSE}}},
		{"two addresses", []bind{{at(addrB, 7), false, OK}, {at(spare, 7), false, OK}}},
		{"reuse by one", []bind{{at(anyAddr, 7), false, OK}, {at(anyAddr, 7), true, EADDRINUSE}}},
		{"reuse by the other", []bind{{at(anyAddr, 7), true, OK}, {at(anyAddr, 7), false, EADDRINUSE}}},
		{"reuse by both", []bind{{at(anyAddr, 7), true, OK}, {at(anyAddr, 7), true, OK}}},
		{"a stranger's address", []bind{{at(addrA, 7), false, EADDRNOTAVAIL}}},
		{"a group's address", []bind{{at(wire.MustParseAddr("224.0.0.1"), 7), false, EADDRNOTAVAIL}}},
	} {
		n := newLAN(t)
		for i, b := range c.binds {
			fd := n.b.socket()
			n.b.Setsockopt(n.now, n.b.p, fd, SO_REUSEADDR, number(b.reuse))
			if got := n.b.Bind(n.b.p, fd, b.local); got != b.want {
				t.Errorf("%s: bind %d = %v, want %v", c.name, i+1, got, b.want)
			}
		}
	}
}

// TestBindPortZero is ports in order, none twice, until they are exhausted.
func TestBindPortZero(t *testing.T) {
	n := newLAN(t, func(cfg *Config) { cfg.EphemeralLow, cfg.EphemeralHigh = 65533, 65535 })
	for _, want := range []uint16{65533, 65534, 65535} {
		fd := n.a.socket()
		n.want("bind", n.a.Bind(n.a.p, fd, wire.Endpoint{}), OK)
		if local, _, _ := n.a.Names(n.a.p, fd); local.Port != want {
			t.Errorf("port %d, want %d", local.Port, want)
		}
	}
	fd := n.a.socket()
	n.want("bind without a port left", n.a.Bind(n.a.p, fd, wire.Endpoint{}), EADDRINUSE)
	n.want("close", n.a.close(4), OK)
	n.want("bind", n.a.Bind(n.a.p, fd, wire.Endpoint{}), OK)
	if local, _, _ := n.a.Names(n.a.p, fd); local.Port != 65534 {
		t.Errorf("port %d, want the free one, 65534", local.Port)
	}
}

// TestBindPortZeroAvoidsConnections: a port that a connection has is in use.
func TestBindPortZeroAvoidsConnections(t *testing.T) {
	n := newLAN(t, func(cfg *Config) { cfg.EphemeralHigh = cfg.EphemeralLow })
	n.pair()
	fd := n.a.socket()
	n.want("bind", n.a.Bind(n.a.p, fd, wire.Endpoint{}), EADDRINUSE)
}

// TestBindWhileTimeWait is the server that is started again too soon.
func TestBindWhileTimeWait(t *testing.T) {
	for _, c := range []struct {
		old, new bool
		want     Errno
	}{{false, false, EADDRINUSE}, {false, true, OK}, {true, true, OK}} {
		n := newLAN(t)
		a, b, listener := n.pair()
		n.b.close(b)
		n.settle()
		n.a.close(a)
		n.b.close(listener)
		n.settle()
		fd := n.b.socket()
		n.b.Setsockopt(n.now, n.b.p, fd, SO_REUSEADDR, number(c.new))
		if got := n.b.Bind(n.b.p, fd, wire.Endpoint{Port: 80}); got != c.want {
			t.Errorf("bind with reuse=%v while TIME-WAIT lasts = %v, want %v", c.new, got, c.want)
		}
		if c.want == OK {
			continue
		}
		n.pass(n.b.cfg.TCP.TimeWait)
		n.want("bind after 2MSL", n.b.Bind(n.b.p, fd, wire.Endpoint{Port: 80}), OK)
	}
}

// TestListenTwice: two sockets may be bound to one endpoint, but one listens.
func TestListenTwice(t *testing.T) {
	n := newLAN(t)
	fds := []int{n.b.socket(), n.b.socket()}
	for _, fd := range fds {
		n.b.Setsockopt(n.now, n.b.p, fd, SO_REUSEADDR, 1)
		n.want("bind", n.b.Bind(n.b.p, fd, wire.Endpoint{Port: 80}), OK)
	}
	n.want("listen", n.b.Listen(n.b.p, fds[0], 1), OK)
	n.want("listen on the same endpoint", n.b.Listen(n.b.p, fds[1], 1), EADDRINUSE)
	n.want("listen again", n.b.Listen(n.b.p, fds[0], 2), OK)
	n.b.close(fds[0])
	n.want("listen when it is free", n.b.Listen(n.b.p, fds[1], 1), OK)
}

func TestAcceptErrors(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 5)
	a := n.a.socket()
	n.a.connect(a, at(addrB, 80))
	n.carryOne() // the SYN: SYN-RECEIVED is not ready
	_, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept of a connection that is opening", e, EAGAIN)
	n.settle()
	n.b.Limit(n.b.p, 1)
	_, _, e = n.b.Accept(n.b.p, listener)
	n.want("accept without descriptors left", e, EMFILE)
	_, e = n.b.Socket(n.b.p)
	n.want("socket without descriptors left", e, EMFILE)
	_, e = n.b.Dup(n.b.p, listener)
	n.want("dup without descriptors left", e, EMFILE)
	n.b.Limit(n.b.p, 2)
	fd, remote, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, OK)
	if local, _, _ := n.a.Names(n.a.p, a); remote != local || fd != listener+1 {
		t.Errorf("accept gives descriptor %d of %v, want %d of %v", fd, remote, listener+1, local)
	}
}

// TestAcceptAborted: the client resets before the server accepts.
func TestAcceptAborted(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 5)
	for range 2 {
		a := n.a.socket()
		n.a.connect(a, at(addrB, 80))
		n.settle()
		n.a.Setsockopt(n.now, n.a.p, a, SO_LINGER, 0)
		n.a.close(a)
		n.settle()
	}
	r, _ := n.b.Poll(n.b.p, listener)
	if !r.In {
		t.Error("poll: the listener is not readable")
	}
	_, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, ECONNABORTED)
	n.b.close(listener) // with the second in its queue
	n.a.rest()
	n.b.rest()
}

func TestConnect(t *testing.T) {
	n := newLAN(t)
	n.b.listen(80, 9)
	fd := n.a.socket()
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
	n.want("connect again", n.a.connect(fd, at(addrB, 80)), EALREADY)
	n.settle()
	n.want("connect when open", n.a.connect(fd, at(addrB, 80)), EISCONN)
	for _, addr := range []string{"224.0.0.1", "255.255.255.255", "0.0.0.0"} {
		n.want("connect "+addr, n.a.connect(n.a.socket(), at(wire.MustParseAddr(addr), 80)), EADDRNOTAVAIL)
	}
	n.want("connect v6", n.a.connect(n.a.socket(), at(wire.MustParseAddr("2001:db8::1"), 80)), EAFNOSUPPORT)

	refused := n.a.socket()
	n.a.connect(refused, at(addrB, 81))
	n.settle()
	n.want("connect, refused", n.a.connect(refused, at(addrB, 81)), ECONNREFUSED)
	n.want("connect again", n.a.connect(refused, at(addrB, 80)), EINPROGRESS)
	n.settle()
	n.want("connect when open", n.a.connect(refused, at(addrB, 80)), EISCONN)
	n.a.close(refused)
	n.a.close(fd)
}

// TestConnectAfterFailureLeaksNothing: each attempt is a new connection.
func TestConnectAfterFailureLeaksNothing(t *testing.T) {
	n := newLAN(t)
	fd := n.a.socket()
	for range 3 {
		n.want("connect", n.a.connect(fd, at(addrB, 81)), EINPROGRESS)
		n.settle()
		n.want("SO_ERROR", n.a.soError(fd), ECONNREFUSED)
	}
	n.a.close(fd)
	n.a.rest()
}

// TestConnectTimesOut: no answer, an ICMP error that may pass, then R2.
func TestConnectTimesOut(t *testing.T) {
	n := newLAN(t)
	n.lost = true
	fd := n.a.socket()
	n.a.connect(fd, at(addrB, 80))
	n.pass(183*time.Second - 1)
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EALREADY)
	n.pass(1)
	n.want("connect", n.a.connect(fd, at(addrB, 80)), ETIMEDOUT)
	n.want("SO_ERROR, told already", n.a.soError(fd), OK)
}

func TestConnectUnreachable(t *testing.T) {
	for _, c := range []struct {
		kind wire.ICMPKind
		want Errno
	}{
		{wire.PortUnreachable, ECONNREFUSED}, {wire.ProtocolUnreachable, ECONNREFUSED},
		{wire.AdminProhibited, EHOSTUNREACH}, {wire.HostUnreachable, OK}, {wire.SourceQuench, OK},
	} {
		n := newLAN(t)
		n.lost = true
		fd := n.a.socket()
		n.a.connect(fd, at(addrB, 80))
		syn := n.sent[0]
		n.a.Arrive(n.now, &wire.Packet{Proto: wire.ProtoICMPv4, ICMP: wire.ICMP{
			Net: wire.Net{Src: addrB, Dst: addrA}, Kind: c.kind,
			Quote: wire.Quote{Proto: wire.ProtoTCP, Src: addrA, Dst: addrB, SrcPort: syn.SrcPort, DstPort: 80, Seq: syn.Seq},
		}})
		if got := n.a.soError(fd); got != c.want {
			t.Errorf("%v: SO_ERROR = %v, want %v", c.kind, got, c.want)
		}
	}
}

// TestPortsExhausted: TIME-WAIT keeps a port for its peer, and for it alone.
func TestPortsExhausted(t *testing.T) {
	n := newLAN(t, func(cfg *Config) { cfg.EphemeralHigh = cfg.EphemeralLow + 1 })
	listener := n.b.listen(80, 9)
	n.b.listen(81, 9)
	for range 2 {
		a, b := n.join(listener)
		n.a.close(a)
		n.settle()
		n.b.close(b)
		n.settle()
	}
	fd := n.a.socket()
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EADDRNOTAVAIL)
	n.want("connect elsewhere", n.a.connect(n.a.socket(), at(addrB, 81)), EINPROGRESS)
	n.pass(n.a.cfg.TCP.TimeWait)
	n.want("connect after 2MSL", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
}

// TestSameEndpointsInTimeWait: a bound port cannot be chosen anew.
func TestSameEndpointsInTimeWait(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 9)
	connect := func() (int, Errno) {
		fd := n.a.socket()
		n.a.Setsockopt(n.now, n.a.p, fd, SO_REUSEADDR, 1)
		n.want("bind", n.a.Bind(n.a.p, fd, at(addrA, 7)), OK)
		return fd, n.a.connect(fd, at(addrB, 80))
	}
	a, e := connect()
	n.want("connect", e, EINPROGRESS)
	n.settle()
	b, _, _ := n.b.Accept(n.b.p, listener)
	n.a.close(a)
	n.settle()
	n.b.close(b)
	n.settle()
	_, e = connect()
	n.want("connect in TIME-WAIT", e, EADDRNOTAVAIL)
}

// TestSendAndShutdown is what the two ends of a half-closed connection may do.
func TestSendAndShutdown(t *testing.T) {
	n := newLAN(t)
	a, b, _ := n.pair()
	n.a.send(a, "one")
	n.settle()
	n.want("shutdown", n.a.Shutdown(n.now, n.a.p, a, SHUT_WR), OK)
	_, e := n.a.send(a, "two")
	n.want("send after shutdown", e, EPIPE)
	n.want("shutdown again", n.a.Shutdown(n.now, n.a.p, a, SHUT_WR), OK)
	n.settle()
	for _, want := range []string{"one", "EOF", "EOF", "EOF"} {
		if got := n.b.recv(b); got != want {
			t.Errorf("recv = %q, want %q", got, want)
		}
	}
	n.b.send(b, "answer")
	n.settle()
	for _, want := range []string{"answer", "EAGAIN"} {
		if got := n.a.recv(a); got != want {
			t.Errorf("recv = %q, want %q", got, want)
		}
	}
	n.b.Shutdown(n.now, n.b.p, b, SHUT_RDWR)
	n.settle()
	if a, b := n.a.state(a), n.b.state(b); a != tcp.TimeWait || b != tcp.Closed {
		t.Errorf("states %v and %v, want TIME-WAIT and CLOSED", a, b)
	}
}

// TestResetIsToldOnce: by whichever call comes first.
func TestResetIsToldOnce(t *testing.T) {
	reset := func(unread string, change ...func(*Config)) (*lan, int) {
		n := newLAN(t, change...)
		a, b, _ := n.pair()
		n.b.send(b, unread)
		n.settle()
		n.b.Setsockopt(n.now, n.b.p, b, SO_LINGER, 0)
		n.b.close(b)
		n.settle()
		return n, a
	}
	keep := func(cfg *Config) { cfg.TCP.KeepUnread = true }
	n, a := reset("lost")
	for _, want := range []string{"ECONNRESET", "EOF", "EOF"} {
		if got := n.a.recv(a); got != want {
			t.Errorf("recv = %q, want %q", got, want)
		}
	}
	_, e := n.a.send(a, "x")
	n.want("send after the error was told", e, EPIPE)
	n, a = reset("kept", keep)
	for _, want := range []string{"kept", "ECONNRESET", "EOF"} {
		if got := n.a.recv(a); got != want {
			t.Errorf("recv, keeping what is unread = %q, want %q", got, want)
		}
	}
	n, a = reset("")
	_, e = n.a.send(a, "x")
	n.want("send", e, ECONNRESET)
	n.want("SO_ERROR", n.a.soError(a), OK)
	n, a = reset("", func(cfg *Config) { cfg.PipeAfterReset = true })
	_, e = n.a.send(a, "x")
	n.want("send (FreeBSD)", e, EPIPE)
}

// TestResetAfterFIN: Linux says EPIPE when the peer's FIN came first.
func TestResetAfterFIN(t *testing.T) {
	for _, c := range []struct {
		linux bool
		want  Errno
	}{{false, ECONNRESET}, {true, EPIPE}} {
		n := newLAN(t, func(cfg *Config) { cfg.PipeAfterFIN = c.linux })
		a, b, _ := n.pair()
		n.b.close(b)
		n.settle()
		_, e := n.a.send(a, "to nobody") // B has abandoned the connection: RST
		n.want("send", e, OK)
		n.settle()
		_, e = n.a.send(a, "again")
		n.want("send after FIN and RST", e, c.want)
	}
}

// TestSendBlocks: a full send queue takes a part, then nothing.
func TestSendBlocks(t *testing.T) {
	n := newLAN(t, func(cfg *Config) { cfg.TCP.SendBuffer, cfg.TCP.ReceiveBuffer = 10, 4 })
	a, b, _ := n.pair()
	got, e := n.a.send(a, "0123456789abc")
	if got != 10 || e != OK {
		t.Errorf("send = %d %v, want 10 octets", got, e)
	}
	_, e = n.a.send(a, "x")
	n.want("send", e, EAGAIN)
	n.settle()
	if r, _ := n.a.Poll(n.a.p, a); !r.Out {
		t.Error("poll: room again, but not writable")
	}
	got, e = n.a.send(a, "abcdef")
	if got != 4 || e != OK {
		t.Errorf("send = %d %v, want the 4 octets that were acknowledged", got, e)
	}
	for _, want := range []string{"0123", "EAGAIN"} {
		if got := n.b.recv(b); got != want {
			t.Errorf("recv = %q, want %q", got, want)
		}
	}
}

// TestPeek leaves the text; Unread says how much there is.
func TestPeek(t *testing.T) {
	n := newLAN(t)
	a, b, _ := n.pair()
	n.a.send(a, "text")
	n.settle()
	buf := make([]byte, 2)
	for range 2 {
		if got, e := n.b.Recv(n.now, n.b.p, b, buf, true); got != 2 || e != OK || string(buf) != "te" {
			t.Errorf("peek = %d %q %v", got, buf, e)
		}
	}
	if n.b.Unread(n.b.p, b) != 4 || n.b.TotalUnread() != 4 || n.b.recv(b) != "text" || n.b.TotalUnread() != 0 {
		t.Error("peek took text away")
	}
}

// TestPoll is readiness in the life of a connection.
func TestPoll(t *testing.T) {
	n := newLAN(t)
	a, b, listener := n.pair()
	poll := func(what string, s *station, fd int, want Ready) {
		t.Helper()
		if got, e := s.Poll(s.p, fd); got != want || e != OK {
			t.Errorf("%s: poll = %+v %v, want %+v", what, got, e, want)
		}
	}
	poll("idle listener", n.b, listener, Ready{})
	poll("new socket", n.a, n.a.socket(), Ready{})
	poll("open", n.a, a, Ready{Out: true})
	n.a.send(a, "x")
	n.settle()
	poll("text", n.b, b, Ready{In: true, Out: true})
	n.b.recv(b)
	n.a.Shutdown(n.now, n.a.p, a, SHUT_WR)
	n.settle()
	poll("EOF", n.b, b, Ready{In: true, Out: true})
	n.b.Setsockopt(n.now, n.b.p, b, SO_LINGER, 0)
	n.b.close(b)
	n.settle()
	poll("reset", n.a, a, Ready{In: true, Out: true, Err: true, Hup: true})
	n.a.soError(a)
	poll("reset, told", n.a, a, Ready{In: true, Out: true, Hup: true})
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		option    Option
		set, want int64
		e         Errno
	}{
		{SO_RCVBUF, 4096, 4096, OK}, {SO_SNDBUF, 4096, 4096, OK}, {TCP_MAXSEG, 500, 500, OK},
		{TCP_NODELAY, 1, 1, OK}, {TCP_NODELAY, 0, 0, OK}, {SO_REUSEADDR, 1, 1, OK},
		{SO_LINGER, 0, 0, OK}, {SO_LINGER, int64(time.Second), int64(time.Second), OK}, {SO_LINGER, LingerOff, LingerOff, OK},
		{SO_RCVBUF, 0, 65535, EINVAL}, {SO_SNDBUF, -1, 65535, EINVAL}, {TCP_MAXSEG, 0, 0, EINVAL},
		{SO_ERROR, 1, 0, ENOPROTOOPT}, {Option(99), 1, 0, ENOPROTOOPT},
	} {
		n := newLAN(t)
		fd := n.a.socket()
		e := n.a.Setsockopt(n.now, n.a.p, fd, c.option, c.set)
		got, _ := n.a.Getsockopt(n.a.p, fd, c.option)
		if e != c.e || got != c.want {
			t.Errorf("option %d: set %d = %v, then get = %d; want %v, %d", c.option, c.set, e, got, c.e, c.want)
		}
	}
	n := newLAN(t)
	_, e := n.a.Getsockopt(n.a.p, n.a.socket(), Option(99))
	n.want("getsockopt", e, ENOPROTOOPT)
}

// TestErrnoNames: each name reads back, and nothing else does.
func TestErrnoNames(t *testing.T) {
	for i, name := range ErrnoNames() {
		if e, ok := ParseErrno(name); !ok || e != Errno(i+1) || e.Error() != name {
			t.Errorf("%s reads back as %v", name, e)
		}
	}
	if e, ok := ParseErrno("EWOULDBLOCK"); !ok || e != EAGAIN {
		t.Errorf("EWOULDBLOCK is %v", e)
	}
	for _, name := range []string{"", "OK", "EAGAI", "eagain"} {
		if e, ok := ParseErrno(name); ok {
			t.Errorf("%q is %v", name, e)
		}
	}
	if !slices.IsSorted(ErrnoNames()) || !slices.IsSorted(OptionNames()) {
		t.Error("names out of order")
	}
}
