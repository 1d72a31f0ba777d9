package socket

import (
	"testing"
	"time"

	"simrun/wire"
)

// overflowing is B's listener with a backlog of 1 and three connections of A
// whose SYNs came before any last ACK: the third finds no room.
func overflowing(t *testing.T, change ...func(*Config)) (n *lan, fds [3]int, listener int) {
	n = newLAN(t, change...)
	listener = n.b.listen(80, 1)
	for i := range fds {
		fds[i] = n.a.socket()
		n.want("connect", n.a.connect(fds[i], at(addrB, 80)), EINPROGRESS)
	}
	n.settle()
	return n, fds, listener
}

// A child that opens while the accept queue is full is not queued: its ACK is
// ignored, and the SYN,ACK comes again.
func TestLastACKWithoutRoom(t *testing.T) {
	n, fds, listener := overflowing(t)
	if got := n.b.socks[n.b.sockOf(n.b.p, listener)].listen.ready.Len(); got != 2 {
		t.Fatalf("%d connections wait for accept, want 2", got)
	}
	mark := len(n.sent)
	n.pass(1100 * time.Millisecond)
	if got := n.flags(mark); len(got) == 0 || got[0] != wire.SYN|wire.ACK {
		t.Errorf("after 1 s B sent %v, want SYN,ACK first", got)
	}
	for range 2 {
		_, _, e := n.b.Accept(n.b.p, listener)
		n.want("accept", e, OK)
	}
	n.pass(3 * time.Second)
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("the third accept", e, OK)
	_, e = n.a.send(fds[2], "x")
	n.want("send", e, OK)
	n.settle()
	if got := n.b.recv(b); got != "x" {
		t.Errorf("received %q, want x", got)
	}
}

func TestAbortOnOverflow(t *testing.T) {
	n, fds, listener := overflowing(t, func(c *Config) { c.TCP.AbortOnOverflow = true })
	n.want("SO_ERROR of the first", n.a.soError(fds[0]), OK)
	n.want("SO_ERROR of the third", n.a.soError(fds[2]), ECONNRESET)
	if got := n.b.socks[n.b.sockOf(n.b.p, listener)].listen.opening; got != 0 {
		t.Errorf("%d connections are opening, want none", got)
	}
}

// A full SYN queue drops SYNs until those in it give up.
func TestSYNQueueFull(t *testing.T) {
	n := newLAN(t, func(c *Config) { c.SYNQueue, c.TCP.SYNACKRetries = 2, 1 })
	n.b.listen(80, 9)
	n.flood(5)
	if got := n.b.Conns(); got != 2 {
		t.Fatalf("%d connections, want 2", got)
	}
	fd := n.a.socket()
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
	n.pass(2 * time.Second)
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EALREADY)
	n.pass(5500 * time.Millisecond) // its SYN of 7 s finds room
	n.want("connect", n.a.connect(fd, at(addrB, 80)), EISCONN)
}

// With AsBacklog as many may be opening as may wait for accept.
func TestSYNQueueAsBacklog(t *testing.T) {
	for backlog, want := range map[int]int{1: 2, 4: 5} {
		n := newLAN(t, func(c *Config) { c.SYNQueue = AsBacklog })
		n.b.listen(80, backlog)
		n.flood(9)
		if got := n.b.Conns(); got != want {
			t.Errorf("backlog %d: %d connections, want %d", backlog, got, want)
		}
	}
}

// flood is SYNs to B:80 from sources that do not answer.
func (n *lan) flood(count int) {
	for i := range count {
		src := wire.AddrFrom4([4]byte{172, byte(16 + i>>16), byte(i >> 8), byte(i)})
		syn := wire.TCP{Net: wire.Net{Src: src, Dst: addrB}, SrcPort: 1000, DstPort: 80, Flags: wire.SYN, Seq: wire.Seq(i), Window: 1000}
		n.b.Arrive(n.now, &wire.Packet{Proto: wire.ProtoTCP, TCP: syn})
		n.queue = n.queue[:0]
		n.sent = n.sent[:0]
	}
}

// TCP_DEFER_ACCEPT: accept waits for text, or until its time is over.
func TestDeferAccept(t *testing.T) {
	for _, talks := range []bool{true, false} {
		n := newLAN(t)
		l := n.b.listen(80, 9)
		n.want("setsockopt", n.b.Setsockopt(n.now, n.b.p, l, TCP_DEFER_ACCEPT, int64(5*time.Second)), OK)
		a := n.a.socket()
		n.want("connect", n.a.connect(a, at(addrB, 80)), EINPROGRESS)
		n.pass(500 * time.Millisecond)
		_, _, e := n.b.Accept(n.b.p, l)
		n.want("accept of a silent client", e, EAGAIN)
		if talks {
			_, e = n.a.send(a, "GET")
			n.want("send", e, OK)
			n.settle()
		} else {
			n.pass(6900 * time.Millisecond) // SYN,ACKs at 1, 3 and 7 s
		}
		b, _, e := n.b.Accept(n.b.p, l)
		n.want("accept", e, OK)
		if want := map[bool]string{true: "GET", false: "EAGAIN"}[talks]; n.b.recv(b) != want {
			t.Errorf("talks %v: received something else than %q", talks, want)
		}
	}
}

// Two incarnations of one pair of endpoints within a tick of the clock have
// numbers apart, and so has one after a connection that was faster than it.
func TestNextIncarnationBeginsBeyond(t *testing.T) {
	n := newLAN(t)
	n.b.listen(80, 9)
	fd := n.a.socket()
	n.want("bind", n.a.Bind(n.a.p, fd, at(addrA, 5000)), OK)
	for turn := range 3 {
		if turn > 0 {
			fd = n.a.socket()
			n.want("bind", n.a.Bind(n.a.p, fd, at(addrA, 5000)), OK)
		}
		n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
		n.settle()
		n.a.send(fd, "0123456789")
		n.settle()
		ends := n.sent[len(n.sent)-1].Ack
		n.want("linger", n.a.Setsockopt(n.now, n.a.p, fd, SO_LINGER, 0), OK)
		n.want("close", n.a.close(fd), OK)
		n.settle()
		if next := issOf(n.a.Stack, n.now, at(addrA, 5000), at(addrB, 80)); next.Before(ends) {
			t.Errorf("turn %d: the next incarnation begins %d before the end of this one", turn, ends.Sub(next))
		}
	}
}
