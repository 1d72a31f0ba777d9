package socket

import (
	"simrun/clock"
	"simrun/internal/ring"
	"simrun/tcp"
	"simrun/wire"
)

// listener is what a listening socket adds: connections that are opening, and
// connections that wait for accept.
type listener struct {
	backlog int
	opening int               // children in SYN-RECEIVED
	ready   ring.Ring[SockID] // children that are open, in order
}

// defaultBacklog is listen's backlog when none is given.
const defaultBacklog = 128

// full reports whether no more connections may wait for accept. A backlog of
// n admits n+1, as systems have it; POSIX leaves it open.
func (l *listener) full() bool { return l.ready.Len() > l.backlog }

// listenerFor is the listening socket for an endpoint: one bound to the
// address before one bound to all.
func (k *Stack) listenerFor(local wire.Endpoint) SockID {
	found := SockID(None)
	for _, id := range k.listeners {
		s := &k.socks[id]
		if s.local == local {
			return id
		}
		if s.local.Port == local.Port && s.local.Addr == (wire.Addr{}) {
			found = id
		}
	}
	return found
}

// listensOn reports whether a socket listens on just this endpoint.
func (k *Stack) listensOn(local wire.Endpoint) bool {
	for _, id := range k.listeners {
		if k.socks[id].local == local {
			return true
		}
	}
	return false
}

// arriveListener gives a segment to a listener. Each SYN gets a connection of
// its own, a copy of the listener in LISTEN; one that does not leave LISTEN is
// forgotten at once.
func (k *Stack) arriveListener(now clock.Time, l SockID, seg *wire.TCP, beyond wire.Seq) {
	isSYN := seg.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN
	if isSYN && k.socks[l].listen.full() {
		k.out.Reset()
		k.env.Stepped(Step{
			Conn: None, Sock: None, Listener: l, Local: seg.Destination(), Remote: seg.Source(),
			From: tcp.Listen, To: tcp.Listen, Out: &k.out,
		})
		return
	}
	c := k.newConn(now, k.socks[l].cfg, seg.Destination(), seg.Source(), beyond)
	c.sock = k.newSock(k.socks[l].cfg)
	s := &k.socks[c.sock]
	s.reuseAddr = k.socks[l].reuseAddr
	c.reuse = s.reuseAddr
	s.conn, s.local, s.remote, s.opened = c.id, seg.Destination(), seg.Source(), true
	c.listener = l
	k.socks[l].listen.opening++
	k.out.Reset()
	_ = c.tcp.Listen(now, &k.out)
	k.begin(c)
	c.tcp.Arrive(now, seg, &k.out)
	k.end(now, c)
}

// dropChild forgets a connection that never became ready.
func (k *Stack) dropChild(c *conn) {
	k.socks[c.listener].listen.opening--
	k.freeSock(c.sock)
	c.sock, c.listener = None, None
	k.release(c)
}

// childOpened moves a child to the queue for accept.
func (k *Stack) childOpened(c *conn) {
	l := &k.socks[c.listener].listen
	l.opening--
	l.ready.Push(c.sock)
	k.socks[c.sock].queued = true
}
