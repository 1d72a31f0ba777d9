package socket

import (
	"slices"
	"testing"
	"time"

	"simrun/tcp"
	"simrun/wire"
)

// TestFINWithTheLastClose: descriptors that dup and fork made keep a
// connection open.
func TestFINWithTheLastClose(t *testing.T) {
	n := newLAN(t)
	a, b, _ := n.pair()
	second, e := n.a.Dup(n.a.p, a)
	n.want("dup", e, OK)
	child := n.a.Fork(n.a.p)
	quiet := func(what string) {
		t.Helper()
		n.settle()
		if got := n.a.state(second); got != tcp.Established {
			t.Errorf("after %s: %v, want ESTABLISHED", what, got)
		}
	}
	n.a.close(a)
	quiet("close of one descriptor")
	n.want("close of it again", n.a.close(a), EBADF)
	n.a.Exit(n.now, child)
	quiet("exit of the child, which had two")
	_, e = n.a.send(second, "still here")
	n.want("send", e, OK)
	n.settle()
	if got := n.b.recv(b); got != "still here" {
		t.Errorf("recv = %q", got)
	}
	mark := len(n.sent)
	n.a.close(second)
	n.settle()
	if got, want := n.flags(mark), []wire.Flags{wire.FIN | wire.ACK, wire.ACK}; !slices.Equal(got, want) {
		t.Errorf("the last close sends %v, want %v", got, want)
	}
}

// TestShutdownAtOnce: shutdown acts on the connection, however many
// descriptors there are.
func TestShutdownAtOnce(t *testing.T) {
	n := newLAN(t)
	a, b, _ := n.pair()
	child := n.a.Fork(n.a.p)
	n.want("shutdown in the child", n.a.Shutdown(n.now, child, a, SHUT_WR), OK)
	n.settle()
	if got := n.b.recv(b); got != "EOF" {
		t.Errorf("recv = %q, want EOF", got)
	}
	_, e := n.a.send(a, "x")
	n.want("send in the parent", e, EPIPE)
}

// TestLowestDescriptor: descriptors are reused, the lowest first.
func TestLowestDescriptor(t *testing.T) {
	n := newLAN(t)
	for _, want := range []int{3, 4, 5} {
		if got := n.a.socket(); got != want {
			t.Errorf("descriptor %d, want %d", got, want)
		}
	}
	n.a.close(4)
	n.a.close(3)
	for _, want := range []int{3, 4, 6} {
		if got := n.a.socket(); got != want {
			t.Errorf("descriptor %d, want %d", got, want)
		}
	}
	for _, fd := range []int{-1, 0, 2, 7, 1 << 30} {
		n.want("close of no descriptor", n.a.close(fd), EBADF)
	}
}

// TestLingerZero: the close resets, and both ends forget at once.
func TestLingerZero(t *testing.T) {
	n := newLAN(t)
	a, b, listener := n.pair()
	n.a.send(a, "lost in the queue")
	mark := len(n.sent)
	n.a.Setsockopt(n.now, n.a.p, a, SO_LINGER, 0)
	n.a.close(a)
	if got := n.flags(mark); !slices.Equal(got, []wire.Flags{wire.RST}) {
		t.Errorf("close with linger 0 sends %v, want a RST", got)
	}
	n.settle()
	if got := n.b.soError(b); got != ECONNRESET {
		t.Errorf("SO_ERROR = %v, want ECONNRESET", got)
	}
	n.b.close(b)
	n.b.close(listener)
	n.a.rest()
	n.b.rest()
}

// TestCloseWithUnreadText: SHLD-3.
func TestCloseWithUnreadText(t *testing.T) {
	n := newLAN(t)
	a, b, _ := n.pair()
	n.a.send(a, "unread")
	n.settle()
	mark := len(n.sent)
	n.b.close(b)
	if got := n.flags(mark); !slices.Equal(got, []wire.Flags{wire.RST}) {
		t.Errorf("close with text unread sends %v, want a RST", got)
	}
}

// TestExit closes whatever the process has; the rest goes on without it.
func TestExit(t *testing.T) {
	n := newLAN(t)
	a, _, _ := n.pair()
	n.a.socket()
	n.a.Exit(n.now, n.a.p)
	n.settle()
	if got := n.a.Conns(); got != 1 {
		t.Errorf("%d connections, want the one in FIN-WAIT-2", got)
	}
	n.want("close after exit", n.a.close(a), EBADF)
	n.b.Exit(n.now, n.b.p)
	n.pass(time.Hour)
	n.a.rest()
	n.b.rest()
}

// TestReboot: the host forgets, tells nobody, and answers like a stranger.
func TestReboot(t *testing.T) {
	n := newLAN(t)
	a, b, listener := n.pair()
	mark := len(n.sent)
	n.b.Reboot()
	if got := n.flags(mark); len(got) != 0 {
		t.Errorf("a reboot sends %v", got)
	}
	n.b.rest()
	for _, fd := range []int{b, listener} {
		n.want("close after a reboot", n.b.close(fd), EBADF)
	}
	n.a.send(a, "who is there?")
	n.settle()
	if got := n.a.soError(a); got != ECONNRESET {
		t.Errorf("SO_ERROR = %v, want ECONNRESET", got)
	}
	n.a.close(a)
	_, _, listener = n.pair() // the host is as good as new
	n.b.close(listener)
}

// TestCloseListener: connections that nobody accepted are reset, accepted ones
// stay, and its port answers with RST from now on.
func TestCloseListener(t *testing.T) {
	n := newLAN(t)
	a, b, listener := n.pair()
	waiting := n.a.socket()
	n.a.connect(waiting, at(addrB, 80))
	n.settle()
	opening := n.a.socket()
	n.a.connect(opening, at(addrB, 80))
	n.carryOne() // the SYN: B is in SYN-RECEIVED
	n.b.close(listener)
	n.settle()
	for _, fd := range []int{waiting, opening} {
		if got := n.a.soError(fd); got != ECONNRESET {
			t.Errorf("SO_ERROR of a child = %v, want ECONNRESET", got)
		}
	}
	if got := n.b.state(b); got != tcp.Established {
		t.Errorf("the accepted connection is %v", got)
	}
	fd := n.a.socket()
	n.a.connect(fd, at(addrB, 80))
	n.settle()
	n.want("SO_ERROR", n.a.soError(fd), ECONNREFUSED)
	for _, fd := range []int{a, waiting, opening, fd} {
		n.a.close(fd)
	}
	n.settle()
	n.b.close(b)
	n.pass(time.Hour)
	n.a.rest()
	n.b.rest()
}

// TestBacklogFull: a backlog of n admits n+1; other SYNs get no answer, and
// are taken when there is room.
func TestBacklogFull(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 1)
	var fds []int
	for range 3 {
		fd := n.a.socket()
		n.a.connect(fd, at(addrB, 80))
		n.settle()
		fds = append(fds, fd)
	}
	for i, want := range []tcp.State{tcp.Established, tcp.Established, tcp.SynSent} {
		if got := n.a.state(fds[i]); got != want {
			t.Errorf("connection %d is %v, want %v", i+1, got, want)
		}
	}
	n.b.Accept(n.b.p, listener)
	n.pass(time.Second)
	if got := n.a.state(fds[2]); got != tcp.Established {
		t.Errorf("with room, a second later: %v, want ESTABLISHED", got)
	}
}

// TestChildGivesUp: a SYN-RECEIVED child whose peer is gone leaves nothing
// behind, and neither does one that is reset.
func TestChildGivesUp(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 1)
	fd := n.a.socket()
	n.a.connect(fd, at(addrB, 80))
	n.carryOne()
	n.a.Reboot()
	n.lost = true // and the SYN,ACKs go nowhere
	n.queue = nil
	n.pass(time.Hour)
	if n.b.Conns() != 0 {
		t.Errorf("%d connections after R2", n.b.Conns())
	}
	n.lost = false
	fd = n.a.socket()
	n.a.connect(fd, at(addrB, 80))
	n.carryOne()
	n.a.Reboot()
	n.settle() // the SYN,ACK meets CLOSED: RST, back to LISTEN
	if n.b.Conns() != 0 {
		t.Errorf("%d connections after a RST", n.b.Conns())
	}
	n.b.close(listener)
	n.b.rest()
}
