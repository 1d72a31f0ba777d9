package socket

import (
	"testing"
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// visit is a connection of A to B:80 that begins with data; B's end may not be
// there yet.
func (n *lan) visit(data string) (fd, took int) {
	n.t.Helper()
	fd = n.a.socket()
	took, e := n.a.ConnectSend(n.now, n.a.p, fd, at(addrB, 80), []byte(data))
	n.want("sendto", e, EINPROGRESS)
	return fd, took
}

// fastLAN is a network where A has B's cookie and B listens with Fast Open.
func fastLAN(t *testing.T, limit int64) (n *lan, listener int) {
	n = newLAN(t)
	listener = n.b.listen(80, 9)
	n.want("TCP_FASTOPEN", n.b.Setsockopt(n.now, n.b.p, listener, TCP_FASTOPEN, limit), OK)
	fd, took := n.visit("first")
	if took != 5 {
		t.Errorf("the first visit took %d octets, want 5", took)
	}
	n.settle()
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, OK)
	if got := n.b.recv(b); got != "first" {
		t.Errorf("received %q, want first", got)
	}
	n.a.close(fd)
	n.b.close(b)
	n.settle()
	return n, listener
}

func TestFastOpenSecondVisit(t *testing.T) {
	n, listener := fastLAN(t, 1)
	mark := len(n.sent)
	n.visit("second")
	n.carryOne() // the SYN, and nothing else
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept before the handshake ends", e, OK)
	if got := n.b.recv(b); got != "second" || n.b.state(b) != tcp.SynReceived {
		t.Errorf("received %q in %v, want second in SYN-RECEIVED", got, n.b.state(b))
	}
	n.b.send(b, "answer")
	n.settle()
	if syn := n.sent[mark]; len(syn.Payload) != 6 || n.sent[mark+1].Ack != syn.Seq.Add(7) {
		t.Errorf("the SYN brought %d octets, B acknowledged %d", len(syn.Payload), n.sent[mark+1].Ack.Sub(syn.Seq))
	}
	if n.b.state(b) != tcp.Established {
		t.Errorf("state %v, want ESTABLISHED", n.b.state(b))
	}
}

// Beyond the limit, with a forged cookie, or with Fast Open off at the
// listener, text waits for the handshake.
func TestFastOpenDeclined(t *testing.T) {
	for _, c := range []struct {
		name    string
		prepare func(n *lan, listener int)
	}{
		{"limit", func(n *lan, _ int) {
			fd, _ := n.visit("pending")
			n.carryOne()
			n.queue = n.queue[:0] // its SYN,ACK is lost
			_ = fd
		}},
		{"forged", func(n *lan, _ int) { n.a.fastPeers[0].cookie[3]++ }},
		{"off", func(n *lan, l int) { n.b.Setsockopt(n.now, n.b.p, l, TCP_FASTOPEN, 0) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			n, listener := fastLAN(t, 1)
			c.prepare(n, listener)
			if c.name == "limit" {
				_, _, e := n.b.Accept(n.b.p, listener)
				n.want("accept of the pending one", e, OK)
			}
			n.visit("late")
			n.carryOne()
			_, _, e := n.b.Accept(n.b.p, listener)
			n.want("accept", e, EAGAIN)
			n.settle()
			b, _, e := n.b.Accept(n.b.p, listener)
			n.want("accept", e, OK)
			if got := n.b.recv(b); got != "late" {
				t.Errorf("received %q, want late", got)
			}
			if c.name == "forged" {
				if sum := n.b.mac('F', wire.Endpoint{Addr: addrB}, wire.Endpoint{Addr: addrA}); string(n.a.fastPeers[0].cookie[:8]) != string(sum[:8]) {
					t.Error("A did not learn the right cookie")
				}
			}
		})
	}
}

// The limit counts children in SYN-RECEIVED alone: it is free again when their
// handshake ends, they give up, or the listener goes.
func TestFastOpenLimitIsFreed(t *testing.T) {
	n, listener := fastLAN(t, 1)
	fast := func() int64 { return n.b.socks[n.b.sockOf(n.b.p, listener)].listen.fast }
	n.visit("a")
	n.carryOne()
	if fast() != 1 {
		t.Errorf("%d are counted, want 1", fast())
	}
	n.settle()
	if fast() != 0 {
		t.Errorf("%d are counted after the handshake, want none", fast())
	}
	n.visit("b")
	n.carryOne()
	n.queue = n.queue[:0]
	n.lost = true
	n.pass(200 * time.Second)
	if fast() != 0 {
		t.Errorf("%d are counted after it gave up, want none", fast())
	}
}

// TCP_FASTOPEN_CONNECT: with a cookie, connect returns at once and the SYN goes
// with the first send.
func TestFastOpenConnect(t *testing.T) {
	n, listener := fastLAN(t, 9)
	n.now = n.now.Add(time.Second)
	fd := n.a.socket()
	n.want("setsockopt", n.a.Setsockopt(n.now, n.a.p, fd, TCP_FASTOPEN_CONNECT, 1), OK)
	n.want("connect", n.a.connect(fd, at(addrB, 80)), OK)
	n.want("connect again", n.a.connect(fd, at(addrB, 80)), EISCONN)
	if len(n.queue) != 0 {
		t.Fatal("connect sent something")
	}
	took, e := n.a.send(fd, "now")
	n.want("send", e, OK)
	if took != 3 || len(n.queue) != 1 || len(n.queue[0].Payload) != 3 {
		t.Errorf("took %d octets and sent %d segments, want a SYN with 3 octets", took, len(n.queue))
	}
	n.settle()
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, OK)
	if got := n.b.recv(b); got != "now" {
		t.Errorf("received %q, want now", got)
	}
	stranger := n.a.socket() // without a cookie it asks for one
	n.a.Setsockopt(n.now, n.a.p, stranger, TCP_FASTOPEN_CONNECT, 1)
	n.want("connect", n.a.connect(stranger, at(spare, 80)), EINPROGRESS)
	if _, ok := n.queue[0].Options.FastOpen(); !ok {
		t.Error("the SYN does not ask for a cookie")
	}
}

// A copy of the stack has cookies of its own.
func TestFastOpenClone(t *testing.T) {
	n, _ := fastLAN(t, 9)
	state := string(n.a.AppendState(nil, 0))
	d := n.a.Clone(n.a)
	d.fastPeers[0].n = 4
	if string(n.a.AppendState(nil, clock.Time(0))) != state || string(d.AppendState(nil, 0)) == state {
		t.Error("a change of the copy's cookies does not show there alone")
	}
}

// A child that is in the accept queue already opens however full that is.
func TestFastOpenCompletesInAFullQueue(t *testing.T) {
	n := newLAN(t)
	listener := n.b.listen(80, 1)
	n.want("TCP_FASTOPEN", n.b.Setsockopt(n.now, n.b.p, listener, TCP_FASTOPEN, 9), OK)
	n.visit("the first gets the cookie")
	n.settle()
	_, _, e := n.b.Accept(n.b.p, listener)
	n.want("accept", e, OK)
	n.visit("a")
	n.visit("b")
	n.settle()
	for range 2 {
		b, _, e := n.b.Accept(n.b.p, listener)
		n.want("accept", e, OK)
		if n.b.state(b) != tcp.Established {
			t.Errorf("state %v, want ESTABLISHED", n.b.state(b))
		}
	}
}
