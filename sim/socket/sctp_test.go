package socket

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sctp"
	"simrun/wire"
)

// assocLAN is two hosts whose associations meet on a wire without delay: the
// lan of SCTP. Every receive is written down in a word or two.
type assocLAN struct {
	t     testing.TB
	now   clock.Time
	hosts []*assocHost
	queue []wire.SCTP
	lose  func(p *wire.SCTP) bool
	sent  []string // the chunks of each packet, with who sent it
}

type assocHost struct {
	*Stack
	net  *assocLAN
	p    ProcID
	name string
}

// newAssocLAN is hosts A and B with a process each; a third address is B's.
func newAssocLAN(t testing.TB, change ...func(*Config)) *assocLAN {
	n := &assocLAN{t: t}
	for i, addrs := range [][]wire.Addr{{addrA}, {addrB, spare}} {
		cfg := Defaults()
		cfg.SCTP.SACK = sctp.Immediate
		cfg.SCTP.HBJitter = false
		for _, f := range change {
			f(&cfg)
		}
		n.host("AB"[i:i+1], &cfg, addrs...)
	}
	return n
}

func (n *assocLAN) host(name string, cfg *Config, addrs ...wire.Addr) *assocHost {
	h := &assocHost{net: n, name: name}
	h.Stack = NewStack(cfg, addrs, [16]byte{byte(len(n.hosts) + 1)}, h)
	h.Watch(true)
	h.p = h.NewProc()
	n.hosts = append(n.hosts, h)
	return h
}

func (h *assocHost) Stepped(Step) {}

func (h *assocHost) AssocStepped(s AssocStep) {
	n := h.net
	for _, v := range s.Out.Violations {
		n.t.Errorf("at %v, host %s: %v", n.now, h.name, v)
	}
	for i := range s.Out.Packets {
		p := s.Out.Packets[i].SCTP
		p.Chunks = slices.Clone(p.Chunks)
		var types []string
		for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
			types = append(types, c.Type.String())
		}
		n.sent = append(n.sent, h.name+" "+strings.Join(types, ", "))
		if !h.Owns(p.Src) {
			n.t.Errorf("host %s sends from %v", h.name, p.Src)
		}
		if n.lose == nil || !n.lose(&p) {
			n.queue = append(n.queue, p)
		}
	}
}

// settle carries what is on the wire until nothing is.
func (n *assocLAN) settle() {
	for len(n.queue) > 0 {
		p := wire.Packet{Proto: wire.ProtoSCTP, SCTP: n.queue[0]}
		n.queue = n.queue[1:]
		for _, h := range n.hosts {
			if h.Owns(p.SCTP.Dst) {
				h.Arrive(n.now, &p)
				break
			}
		}
	}
}

// pass lets time go by.
func (n *assocLAN) pass(d time.Duration) {
	n.settle()
	until := n.now.Add(d)
	for {
		var next *assocHost
		first := until + 1
		for _, h := range n.hosts {
			if at, ok := h.NextTimeout(); ok && at < first {
				next, first = h, at
			}
		}
		if next == nil {
			break
		}
		n.now = first
		next.Expire(first)
		n.settle()
	}
	n.now = until
}

func (n *assocLAN) want(call string, got, want Errno) {
	n.t.Helper()
	if got != want {
		n.t.Errorf("%s = %v, want %v", call, got, want)
	}
}

// socket is an SCTP socket bound to a port, or to none.
func (h *assocHost) socket(many bool, port uint16, events ...NotificationKind) int {
	h.net.t.Helper()
	fd, e := h.SocketSCTP(h.p, many)
	h.net.want("socket", e, OK)
	if port > 0 {
		h.net.want("bind", h.Bind(h.p, fd, wire.Endpoint{Port: port}), OK)
	}
	for _, kind := range events {
		h.net.want("subscribe", h.Subscribe(h.p, fd, kind, true), OK)
	}
	return fd
}

// server is a socket that listens.
func (h *assocHost) server(many bool, port uint16, events ...NotificationKind) int {
	h.net.t.Helper()
	fd := h.socket(many, port, events...)
	h.net.want("listen", h.Listen(h.p, fd, 5), OK)
	return fd
}

func (h *assocHost) send(fd int, to wire.Endpoint, text string, info ...SndInfo) Errno {
	info = append(info, SndInfo{})
	return h.Sendmsg(h.net.now, h.p, fd, to, info[0], []byte(text))
}

// recv is what one receive says: `#1 s0 "hi"`, `#1 COMM_UP`, "EOF", an errno;
// a message that goes on ends in "+".
func (h *assocHost) recv(fd int, room ...int) string {
	b := make([]byte, append(room, 1<<18)[0])
	m, e := h.Recvmsg(h.net.now, h.p, fd, b, false)
	switch {
	case e != OK:
		return e.Error()
	case m.EOF():
		return "EOF"
	case m.Note.Kind != 0:
		text := fmt.Sprintf("#%d %v", m.Assoc, &m.Note)
		if m.Note.Reason != "" {
			text += fmt.Sprintf(" %q", m.Note.Reason)
		}
		return text
	}
	data := string(b[:m.N])
	if m.N > 20 {
		data = fmt.Sprint(m.N)
	}
	text := fmt.Sprintf("#%d s%d %q", m.Assoc, m.Stream, data)
	if !m.EOR {
		text += "+"
	}
	return text
}

// all is what a socket's receives say until it would block.
func (h *assocHost) all(fd int) string {
	var words []string
	for {
		text := h.recv(fd)
		if text == "EAGAIN" {
			return strings.Join(words, "; ")
		}
		words = append(words, text)
		if text == "EOF" || !strings.HasPrefix(text, "#") {
			return strings.Join(words, "; ")
		}
	}
}

func (n *assocLAN) says(who string, got, want string) {
	n.t.Helper()
	if got != want {
		n.t.Errorf("%s receives %s\n   want %s", who, got, want)
	}
}

// rest fails the test unless a host holds nothing any more.
func (h *assocHost) rest() {
	h.net.t.Helper()
	t := &h.assocs
	if len(t.live) != 0 || len(t.free) != len(t.slab) || t.linked != 0 || len(t.bound) != 0 || len(h.freeSocks) != len(h.socks) {
		h.net.t.Errorf("host %s: %d associations, %d linked, %d of %d free, %d bound sockets, %d of %d sockets free", h.name,
			len(t.live), t.linked, len(t.free), len(t.slab), len(t.bound), len(h.freeSocks), len(h.socks))
	}
	if at, ok := h.NextTimeout(); ok {
		h.net.t.Errorf("host %s: a timer runs until %v", h.name, at)
	}
}

func TestOneToOne(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	l := b.server(false, 80)
	_, _, e := b.Accept(b.p, l)
	n.want("accept", e, EAGAIN)
	fd := a.socket(false, 0)
	n.says("A", a.recv(fd), "ENOTCONN")
	n.want("send", a.send(fd, wire.Endpoint{}, "x"), ENOTCONN)
	n.want("connect", a.Connect(n.now, a.p, fd, at(addrB, 80)), EINPROGRESS)
	n.want("connect", a.Connect(n.now, a.p, fd, at(addrB, 80)), EALREADY)
	n.settle()
	n.want("connect", a.Connect(n.now, a.p, fd, at(addrB, 80)), EISCONN)
	c, from, e := b.Accept(b.p, l)
	n.want("accept", e, OK)
	if from != at(addrA, 49152) {
		t.Errorf("accepted from %v", from)
	}
	n.want("send", a.send(fd, wire.Endpoint{}, "one", SndInfo{Stream: 3}), OK)
	n.want("send", a.send(fd, wire.Endpoint{}, "two"), OK)
	n.want("stream", a.send(fd, wire.Endpoint{}, "two", SndInfo{Stream: 10}), EINVAL)
	n.settle()
	n.says("B", b.recv(c, 2), `#1 s3 "on"+`)
	n.says("B", b.all(c), `#1 s3 "e"; #1 s0 "two"`)
	n.want("shutdown", a.Shutdown(n.now, a.p, fd, SHUT_WR), OK)
	n.settle()
	n.want("send", a.send(fd, wire.Endpoint{}, "three"), EPIPE)
	n.says("A", a.recv(fd), "EOF")
	n.says("B", b.recv(c), "EOF")
	n.want("send", b.send(c, wire.Endpoint{}, "four"), EPIPE)
	a.Close(n.now, a.p, fd)
	b.Close(n.now, b.p, c)
	b.Close(n.now, b.p, l)
	n.settle()
	a.rest()
	b.rest()
}

func TestOneToOneErrors(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	fd := a.socket(false, 0)
	n.want("connect", a.Connect(n.now, a.p, fd, at(addrB, 80)), EINPROGRESS)
	n.settle()
	n.want("connect to nobody", a.Connect(n.now, a.p, fd, at(addrB, 80)), ECONNREFUSED)

	l := b.server(false, 80)
	n.want("connect again", a.Connect(n.now, a.p, fd, at(addrB, 80)), EINPROGRESS)
	n.settle()
	c, _, e := b.Accept(b.p, l)
	n.want("accept", e, OK)
	n.want("SO_LINGER", b.Setsockopt(n.now, b.p, c, SO_LINGER, 0), OK)
	b.Close(n.now, b.p, c)
	n.settle()
	n.says("A", a.recv(fd), "ECONNRESET")
	n.says("A", a.recv(fd), "EOF")

	n.lose = func(*wire.SCTP) bool { return true }
	silent := a.socket(false, 0)
	n.want("connect", a.Connect(n.now, a.p, silent, at(addrB, 80)), EINPROGRESS)
	n.pass(time.Hour)
	n.want("connect to silence", a.Connect(n.now, a.p, silent, at(addrB, 80)), ETIMEDOUT)

	n.want("bind", a.Bind(a.p, a.socket(false, 0), at(addrB, 1)), EADDRNOTAVAIL)
	n.want("bind", b.Bind(b.p, b.socket(false, 0), at(addrB, 80)), EADDRINUSE)
	n.want("bind TCP", func() Errno { fd, _ := b.Socket(b.p); return b.Bind(b.p, fd, at(addrB, 80)) }(), OK)
}

// TestBacklog: associations that have no room in the queue for accept are
// refused, and those that nobody accepts are aborted.
func TestBacklog(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	l := b.socket(false, 80)
	n.want("listen", b.Listen(b.p, l, 1), OK)
	var fds []int
	for range 3 {
		fds = append(fds, a.socket(false, 0))
		a.Connect(n.now, a.p, fds[len(fds)-1], at(addrB, 80))
		n.settle()
	}
	n.want("the third", a.Connect(n.now, a.p, fds[2], at(addrB, 80)), ECONNREFUSED)
	b.Close(n.now, b.p, l)
	n.settle()
	n.says("the first", a.recv(fds[0]), "ECONNRESET")
	b.rest()
}
