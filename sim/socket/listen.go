package socket

import (
	"time"

	"simrun/clock"
	"simrun/internal/ring"
	"simrun/tcp"
	"simrun/wire"
)

// listener is what a listening socket adds: connections that are opening, and
// connections that wait for accept.
type listener struct {
	backlog  int
	opening  int               // children in SYN-RECEIVED: the SYN queue
	ready    ring.Ring[SockID] // children that are open, in order: the accept queue
	deferred int64             // TCP_DEFER_ACCEPT: for how many nanoseconds a child may wait for text
	// fastLimit is TCP_FASTOPEN: how many children may have text before their
	// handshakes end; fast is how many have.
	fastLimit, fast int64
}

// defaultBacklog is listen's backlog when none is given.
const defaultBacklog = 128

// full reports whether no more connections may wait for accept. A backlog of
// n admits n+1, as systems have it; POSIX leaves it open.
func (l *listener) full() bool { return l.ready.Len() > l.backlog }

// AsBacklog is the SYN queue's limit where listen's backlog sets that too.
const AsBacklog = -1

// opensMost reports whether no more connections may be opening.
func (l *listener) opensMost(limit int) bool {
	if limit == AsBacklog {
		return l.opening > l.backlog
	}
	return limit > 0 && l.opening >= limit
}

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

// arriveListener gives a segment to a listener: a SYN as far as the queues
// have room, or cookies make up for it; an ACK that may bring a cookie back.
func (k *Stack) arriveListener(now clock.Time, l SockID, seg *wire.TCP) {
	s := &k.socks[l]
	isSYN := seg.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.SYN
	isACK := seg.Flags&(wire.SYN|wire.ACK|wire.RST) == wire.ACK
	noRoom := s.listen.opensMost(k.cfg.SYNQueue)
	switch {
	case isSYN && s.listen.full():
		k.turnAway(l, seg, "accept queue full")
	case isSYN && (k.cfg.SYNCookies == CookiesAlways || noRoom && k.cfg.SYNCookies == CookiesOn):
		k.sendCookie(now, l, seg)
	case isSYN && noRoom:
		k.turnAway(l, seg, "SYN queue full")
	case isACK && k.cfg.SYNCookies != CookiesOff && k.takeCookie(now, l, seg):
	default:
		c := k.newChild(now, l, seg)
		k.offerFast(c, seg)
		k.begin(c)
		c.tcp.Arrive(now, seg, &k.out)
		k.end(now, c)
	}
}

// newChild is a connection for a segment, a copy of the listener in LISTEN; one
// that does not leave LISTEN is forgotten at once.
func (k *Stack) newChild(now clock.Time, l SockID, seg *wire.TCP) *conn {
	c := k.newConn(now, k.socks[l].cfg, seg.Destination(), seg.Source())
	c.sock = k.newSock(k.socks[l].cfg)
	s := &k.socks[c.sock]
	s.reuseAddr = k.socks[l].reuseAddr
	c.reuse = s.reuseAddr
	s.conn, s.local, s.remote, s.opened = c.id, seg.Destination(), seg.Source(), true
	c.listener, c.since = l, now
	k.socks[l].listen.opening++
	k.out.Reset()
	_ = c.tcp.Listen(now, &k.out)
	return c
}

// turnAway drops a segment that a listener has no room for; its sender will
// try again.
func (k *Stack) turnAway(l SockID, seg *wire.TCP, why string) {
	k.out.Reset()
	k.env.Stepped(Step{
		Conn: None, Sock: None, Listener: l, Local: seg.Destination(), Remote: seg.Source(),
		From: tcp.Listen, To: tcp.Listen, Out: &k.out, Why: why,
	})
}

// holdBack reports whether a segment would complete a child's opening when its
// listener will not have it, and deals with it.
func (k *Stack) holdBack(now clock.Time, c *conn, seg *wire.TCP) bool {
	if c.listener == None || k.socks[c.sock].queued || !c.tcp.Completes(seg) {
		return false
	}
	l := &k.socks[c.listener].listen
	switch {
	case l.full():
		k.begin(c)
		c.tcp.NoRoom(now, seg, &k.out)
		k.endWith(now, c, "accept queue full")
	case seg.Len() == 0 && now.Sub(c.since) < time.Duration(l.deferred):
		k.begin(c)
		k.endWith(now, c, "no data yet")
	default:
		return false
	}
	return true
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
