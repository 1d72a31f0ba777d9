package socket

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"simrun/sctp"
	"simrun/wire"
)

var loopback = wire.MustParseAddr("127.0.0.1")

// TestFirstMessage: the association comes with the first message, both ends
// are told under names of their own, and the end is told as well. Both sockets
// are of one host (RFC 6458 3.1).
func TestFirstMessage(t *testing.T) {
	n := &assocLAN{t: t}
	cfg := Defaults()
	h := n.host("A", &cfg, loopback)
	server := h.server(true, 18002, AssocChange)
	client := h.socket(true, 0, AssocChange)
	n.want("send", h.send(client, at(loopback, 18002), "hello", SndInfo{Stream: 1}), OK)
	n.settle()
	b := make([]byte, 100)
	up, e := h.Recvmsg(n.now, h.p, client, b, false)
	if e != OK || up.Note.What != CommUp || up.From != at(loopback, 18002) || up.Assoc != 1 || !up.EOR {
		t.Errorf("the client receives %+v, %v", up, e)
	}
	up, e = h.Recvmsg(n.now, h.p, server, b, false)
	if e != OK || up.Note.What != CommUp || up.From != at(loopback, 49152) || up.Assoc != 2 || up.Note.Out != 10 || up.Note.In != 10 {
		t.Errorf("the server receives %+v, %v", up, e)
	}
	m, e := h.Recvmsg(n.now, h.p, server, b, false)
	if e != OK || string(b[:m.N]) != "hello" || m.Stream != 1 || m.Assoc != 2 || !m.EOR || m.From != at(loopback, 49152) {
		t.Errorf("the server receives %+v, %v", m, e)
	}
	h.Close(n.now, h.p, client)
	n.settle()
	n.says("the server", h.all(server), "#2 SHUTDOWN_COMP")
	h.Close(n.now, h.p, server)
	h.rest()
}

// TestAbort: both ends are told; the next message makes another association
// with another name, but not with a socket that does not listen.
func TestAbort(t *testing.T) {
	for _, again := range []string{"client", "server"} {
		n := newAssocLAN(t)
		a, b := n.hosts[0], n.hosts[1]
		server, client := b.server(true, 18002, AssocChange), a.socket(true, 5000, AssocChange)
		to, back := at(addrB, 18002), at(addrA, 5000)
		n.want("send", a.send(client, to, "hello"), OK)
		n.settle()
		n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "hello"`)
		n.want("abort", a.send(client, to, "bye", SndInfo{Flags: SndAbort}), OK)
		n.settle()
		n.says("the client", a.all(client), "#1 COMM_UP; #1 COMM_LOST")
		n.says("the server", b.all(server), `#1 COMM_LOST "bye"`)
		n.want("send to what is gone", b.send(server, wire.Endpoint{}, "x", SndInfo{Assoc: 1}), EINVAL)
		if again == "client" {
			n.want("send", a.send(client, to, "again"), OK)
			n.settle()
			n.says("the client", a.all(client), "#2 COMM_UP")
			n.says("the server", b.all(server), `#2 COMM_UP; #2 s0 "again"`)
		} else {
			n.want("send", b.send(server, back, "again"), OK)
			n.settle()
			n.says("the server", b.all(server), "#2 CANT_STR_ASSOC")
			n.says("the client", a.all(client), "")
		}
		a.Close(n.now, a.p, client)
		b.Close(n.now, b.p, server)
		n.settle()
		a.rest()
		b.rest()
	}
}

// TestAutoclose: 120 s after the last user data the association is shut down;
// heartbeats do not count (RFC 6458 8.1.8).
func TestAutoclose(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server, client := b.server(true, 18002, AssocChange), a.socket(true, 0, AssocChange, ShutdownEvent)
	n.want("SCTP_AUTOCLOSE", b.Setsockopt(n.now, b.p, server, SCTP_AUTOCLOSE, int64(120*time.Second)), OK)
	n.want("send", a.send(client, at(addrB, 18002), "hello"), OK)
	n.pass(50 * time.Second)
	n.want("send", a.send(client, at(addrB, 18002), "still here"), OK)
	n.pass(120*time.Second - 1)
	n.says("the client", a.all(client), "#1 COMM_UP")
	if beats := strings.Count(strings.Join(n.sent, "; "), "HEARTBEAT ACK"); beats < 5 {
		t.Errorf("%d heartbeats were answered", beats)
	}
	n.pass(1)
	n.says("the client", a.all(client), "#1 SHUTDOWN_EVENT; #1 SHUTDOWN_COMP")
	n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "hello"; #1 s0 "still here"; #1 SHUTDOWN_COMP`)
	if last := n.sent[len(n.sent)-3:]; !slices.Equal(last, []string{"B SHUTDOWN", "A SHUTDOWN ACK", "B SHUTDOWN COMPLETE"}) {
		t.Errorf("the end is %q", last)
	}
}

// TestPeeloff: an association with what waits of it moves to a socket of its
// own; closing that leaves the others (RFC 6458 9.2).
func TestPeeloff(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server := b.server(true, 18002, AssocChange)
	var clients []int
	for i := range 3 {
		clients = append(clients, a.socket(true, 0, AssocChange))
		n.want("send", a.send(clients[i], at(addrB, 18002), fmt.Sprint("I am ", i)), OK)
	}
	n.settle()
	fd, e := b.Peeloff(n.now, b.p, server, 2)
	n.want("peeloff", e, OK)
	n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "I am 0"; #3 COMM_UP; #3 s0 "I am 2"`)
	n.says("the other socket", b.all(fd), `#2 COMM_UP; #2 s0 "I am 1"`)
	n.want("send", b.send(fd, wire.Endpoint{}, "apart"), OK)
	n.want("by the address", b.send(server, at(addrA, 49153), "x"), EADDRNOTAVAIL)
	n.settle()
	n.says("the second client", a.all(clients[1]), `#2 COMM_UP; #2 s0 "apart"`)
	_, e = b.Peeloff(n.now, b.p, server, 2)
	n.want("peeloff again", e, EINVAL)
	b.Close(n.now, b.p, fd)
	n.settle()
	n.says("the second client", a.all(clients[1]), "#2 SHUTDOWN_COMP")
	for _, i := range []int{0, 2} {
		n.want("send", a.send(clients[i], at(addrB, 18002), "go on"), OK)
	}
	n.settle()
	n.says("the server", b.all(server), `#1 s0 "go on"; #3 s0 "go on"`)
	n.want("send", b.send(server, wire.Endpoint{}, "you too", SndInfo{Assoc: 3}), OK)
	n.settle()
	n.says("the third client", a.all(clients[2]), `#3 COMM_UP; #3 s0 "you too"`)
}

// TestEOF: SCTP_EOF sends what is queued and then ends the association.
func TestEOF(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server, client := b.server(true, 18002, AssocChange, ShutdownEvent), a.socket(true, 0, SenderDry)
	to := at(addrB, 18002)
	n.want("EOF to nobody", a.send(client, to, "", SndInfo{Flags: SndEOF}), ENOTCONN)
	n.want("EOF cannot set up", a.send(client, to, "x", SndInfo{Flags: SndEOF}), ENOTCONN)
	n.want("send", a.send(client, to, "first"), OK)
	n.settle()
	n.want("send", a.send(client, to, "last", SndInfo{Flags: SndEOF, Stream: 2, PPID: 7}), OK)
	n.settle()
	n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "first"; #1 s2 "last"; #1 SHUTDOWN_EVENT; #1 SHUTDOWN_COMP`)
	n.says("the client", a.all(client), "#1 SENDER_DRY_EVENT; #1 SENDER_DRY_EVENT")
	n.want("nothing at all", a.send(client, to, ""), EINVAL)
	n.want("accept", func() Errno { _, _, e := b.Accept(b.p, server); return e }(), EOPNOTSUPP)
	n.want("shutdown", a.Shutdown(n.now, a.p, client, SHUT_WR), EOPNOTSUPP)
}

// TestRestartTold: a peer that has forgotten everything begins anew in the same
// association.
func TestRestartTold(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server, client := b.server(true, 18002, AssocChange, SendFailed), a.socket(true, 5000)
	n.want("send", a.send(client, at(addrB, 18002), "one"), OK)
	n.settle()
	a.Reboot()
	n.lose = func(*wire.SCTP) bool { return true }
	n.want("send", b.send(server, at(addrA, 5000), "lost"), OK)
	n.lose = nil
	client = a.socket(true, 5000)
	n.want("send", a.send(client, at(addrB, 18002), "two"), OK)
	n.settle()
	n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "one"; #1 DATA_SENT; #1 RESTART; #1 s0 "two"`)
}

// TestAddresses: bindx, connectx and who is asked of them; what becomes of an
// address is told.
func TestAddresses(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server := b.socket(true, 0, PeerAddrChange)
	n.want("bindx", b.Bindx(b.p, server, []wire.Addr{addrB}, 18002, true), OK)
	n.want("bindx", b.Bindx(b.p, server, []wire.Addr{addrB, spare}, 0, true), OK)
	n.want("another's", b.Bindx(b.p, server, []wire.Addr{addrA}, 0, true), EADDRNOTAVAIL)
	n.want("rem", b.Bindx(b.p, server, []wire.Addr{addrB}, 0, false), OK)
	n.want("rem the last", b.Bindx(b.p, server, []wire.Addr{spare}, 0, false), EINVAL)
	n.want("add", b.Bindx(b.p, server, []wire.Addr{addrB}, 0, true), OK)
	n.want("listen", b.Listen(b.p, server, 1), OK)
	client := a.socket(true, 0, AssocChange, PeerAddrChange)
	id, e := a.Connectx(n.now, a.p, client, []wire.Endpoint{at(addrB, 18002), at(spare, 18002)})
	n.want("connectx", e, OK)
	n.settle()
	n.pass(time.Second)
	n.says("the client", a.all(client), "#1 COMM_UP") // it named both addresses itself (RFC 9260 5.4)
	paddrs, e := a.Paddrs(a.p, client, id)
	if n.want("getpaddrs", e, OK); !slices.Equal(paddrs, []wire.Addr{addrB, spare}) {
		t.Errorf("the peer's addresses are %v", paddrs)
	}
	laddrs, e := b.Laddrs(b.p, server, 1)
	if n.want("getladdrs", e, OK); !slices.Equal(laddrs, []wire.Addr{spare, addrB}) {
		t.Errorf("our addresses are %v", laddrs)
	}
	n.lose = func(p *wire.SCTP) bool { return p.Dst == spare || p.Src == spare }
	n.pass(20 * time.Minute)
	n.says("the client", a.all(client), "#1 ADDR_UNREACHABLE")
	n.lose = nil
	n.pass(5 * time.Minute)
	n.says("the client", a.all(client), "#1 ADDR_AVAILABLE")
}

// TestNoRoom: a message is queued whole or not at all.
func TestNoRoom(t *testing.T) {
	n := newAssocLAN(t, func(c *Config) { c.SCTP.SendBuffer = 1000 })
	a, b := n.hosts[0], n.hosts[1]
	b.server(true, 18002)
	client, to := a.socket(true, 0), at(addrB, 18002)
	n.want("larger than the buffer", a.send(client, to, strings.Repeat("x", 1001)), EMSGSIZE)
	n.want("send", a.send(client, to, strings.Repeat("x", 600)), OK)
	n.want("send", a.send(client, to, strings.Repeat("x", 600)), EAGAIN)
	n.settle()
	n.want("send", a.send(client, to, strings.Repeat("x", 600)), OK)
}

// TestAssocSteadyState: messages to and fro allocate nothing in the stack.
func TestAssocSteadyState(t *testing.T) {
	quiet := &silence{}
	cfg := Defaults()
	cfg.SCTP.SACK = sctp.Immediate
	k := NewStack(&cfg, []wire.Addr{loopback}, [16]byte{1}, quiet)
	p := k.NewProc()
	server, _ := k.SocketSCTP(p, true)
	k.Bind(p, server, wire.Endpoint{Port: 7})
	k.Listen(p, server, 1)
	client, _ := k.SocketSCTP(p, true)
	b := make([]byte, 100)
	round := func() {
		if e := k.Sendmsg(0, p, client, at(loopback, 7), SndInfo{}, b); e != OK {
			t.Fatal(e)
		}
		quiet.carry(k)
		if m, e := k.Recvmsg(0, p, server, b, false); e != OK || m.N != 100 {
			t.Fatal(m, e)
		}
	}
	for range 100 {
		round()
	}
	if got := testing.AllocsPerRun(100, round); got > 0 {
		t.Errorf("%v allocations a message", got)
	}
}

// silence carries packets without a word.
type silence struct {
	packets []wire.SCTP
	octets  []byte
	p       wire.Packet
}

func (*silence) Stepped(Step) {}

func (q *silence) AssocStepped(s AssocStep) {
	for i := range s.Out.Packets {
		p := s.Out.Packets[i].SCTP
		at := len(q.octets)
		q.octets = append(q.octets, p.Chunks...)
		p.Chunks = q.octets[at:len(q.octets):len(q.octets)]
		q.packets = append(q.packets, p)
	}
}

func (q *silence) carry(k *Stack) {
	q.p.Proto = wire.ProtoSCTP
	for i := 0; i < len(q.packets); i++ {
		q.p.SCTP = q.packets[i]
		k.Arrive(0, &q.p)
	}
	q.packets, q.octets = q.packets[:0], q.octets[:0]
}

// TestCloneAssociations: a copy has the same future, and changes nothing here.
func TestCloneAssociations(t *testing.T) {
	n := newAssocLAN(t)
	a, b := n.hosts[0], n.hosts[1]
	server, client := b.server(true, 18002, AssocChange), a.socket(true, 5000)
	n.want("send", a.send(client, at(addrB, 18002), "one"), OK)
	n.settle()
	before := b.AppendState(nil, n.now)
	c := &assocHost{net: &assocLAN{t: t}, p: b.p, name: "copy"}
	c.Stack = b.Clone(c)
	if !slices.Equal(before, c.AppendState(nil, n.now)) {
		t.Error("the copy's state differs")
	}
	n.says("the copy", c.all(server), `#1 COMM_UP; #1 s0 "one"`)
	c.Close(0, c.p, server)
	if slices.Equal(before, c.AppendState(nil, n.now)) {
		t.Error("what the copy did does not show in its state")
	}
	if !slices.Equal(before, b.AppendState(nil, n.now)) {
		t.Error("what the copy did shows in the original")
	}
	n.says("the server", b.all(server), `#1 COMM_UP; #1 s0 "one"`)
	b.Stack.Reset([16]byte{2})
	if got := b.AppendState(nil, n.now); len(got) > 16 {
		t.Errorf("the state after Reset is %d octets", len(got))
	}
}
