package socket

import (
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// sock is a socket: what descriptors name.
type sock struct {
	used bool
	refs int32 // descriptors that name it
	cfg  *tcp.Config

	bound         bool
	local, remote wire.Endpoint
	conn          ConnID
	listening     bool
	listen        listener
	queued        bool // waits in a listener's queue for accept
	opening       bool // connect was called and has not been answered
	opened        bool // the connection was ESTABLISHED, or will be

	err       Errno // SO_ERROR: told once
	finFirst  bool  // the peer's FIN came before the end
	shutRead  bool
	shutWrite bool
	lingerOn  bool
	linger    time.Duration
	reuseAddr bool

	recvTimeout, sendTimeout int64         // SO_RCVTIMEO, SO_SNDTIMEO in nanoseconds
	fastConnect              int64         // TCP_FASTOPEN_CONNECT
	later                    wire.Endpoint // where its connect goes with the first send
	ep                       *endpoint     // what an SCTP socket adds; nil for TCP
	oobInline                bool
	oobRead                  bool // recv with MSG_OOB has taken the present out-of-band octet
}

func (k *Stack) newSock(cfg *tcp.Config) SockID {
	id, ok := k.freeSocks.take()
	if !ok {
		id = SockID(len(k.socks))
		k.socks = append(k.socks, sock{})
	}
	queue := k.socks[id].listen.ready
	queue.Clear()
	k.socks[id] = sock{used: true, cfg: cfg, conn: None, listen: listener{ready: queue}}
	return id
}

func (k *Stack) freeSock(id SockID) {
	k.socks[id].used = false
	k.freeSocks.put(id)
}

// take applies a connection's signal to its socket.
func (k *Stack) take(c *conn, sig *tcp.Signal, from tcp.State) {
	if c.sock == None {
		return
	}
	s := &k.socks[c.sock]
	switch sig.Kind {
	case tcp.Opened, tcp.FastOpened:
		if c.listener != None && !s.queued {
			k.childOpened(c)
		}
		s.opened = true
	case tcp.FastCookie:
		k.remember(c)
	case tcp.PeerClosed:
		s.finFirst = true
	case tcp.UrgentData:
		s.oobRead = false // the mark has moved on
	case tcp.Refused:
		s.err = ECONNREFUSED
	case tcp.Reset:
		s.err = ECONNRESET
		if k.cfg.PipeAfterFIN && from == tcp.CloseWait {
			s.err = EPIPE
		}
	case tcp.TimedOut:
		s.err = ETIMEDOUT
	case tcp.Unreachable:
		s.err = unreachable(sig.ICMP)
	}
}

func unreachable(kind wire.ICMPKind) Errno {
	switch kind {
	case wire.PortUnreachable, wire.ProtocolUnreachable:
		return ECONNREFUSED
	case wire.NetUnreachable:
		return ENETUNREACH
	}
	return EHOSTUNREACH
}

// Bind gives a socket its local endpoint; a zero address is all of the host's,
// a zero port one that the stack chooses.
func (k *Stack) Bind(p ProcID, fd int, local wire.Endpoint) Errno {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return e
	case s.ep != nil:
		return k.bindSCTP(k.sockOf(p, fd), addrsOf(local), local.Port)
	case s.bound || s.conn != None:
		return EINVAL
	case local.Addr != (wire.Addr{}) && !k.Owns(local.Addr):
		return EADDRNOTAVAIL
	case local.Port != 0 && k.endpointTaken(local, s.reuseAddr):
		return EADDRINUSE
	}
	if local.Port == 0 {
		port, ok := k.ephemeralPort(func(port uint16) bool {
			return !k.endpointTaken(wire.Endpoint{Addr: local.Addr, Port: port}, false)
		})
		if !ok {
			return EADDRINUSE
		}
		local.Port = port
	}
	s.bound, s.local = true, local
	return OK
}

// endpointTaken reports whether bind must refuse an endpoint: another socket
// is bound to it, or a connection, in TIME-WAIT for example, still uses it.
// SO_REUSEADDR on both lets connections that are no listeners pass.
func (k *Stack) endpointTaken(local wire.Endpoint, reuse bool) bool {
	for i := range k.socks {
		s := &k.socks[i]
		if s.used && s.bound && overlaps(s.local, local) && (!reuse || s.listening || !s.reuseAddr) {
			return true
		}
	}
	for _, c := range k.conns {
		if c.linked && overlaps(c.tcp.Local(), local) && !(reuse && (c.reuse || !k.cfg.ReuseBoth)) {
			return true
		}
	}
	return false
}

func overlaps(a, b wire.Endpoint) bool {
	return a.Port == b.Port && (a.Addr == b.Addr || a.Addr == wire.Addr{} || b.Addr == wire.Addr{})
}

func (k *Stack) portBound(port uint16) bool {
	for i := range k.socks {
		if s := &k.socks[i]; s.used && s.bound && s.local.Port == port {
			return true
		}
	}
	return false
}

// Listen makes a bound socket accept connections.
func (k *Stack) Listen(p ProcID, fd, backlog int) Errno {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return e
	case s.ep != nil:
		return k.listenSCTP(k.sockOf(p, fd), backlog)
	case s.conn != None || s.opening:
		return EINVAL
	case !s.bound:
		return EDESTADDRREQ
	case !s.listening && k.listensOn(s.local):
		return EADDRINUSE
	}
	if backlog <= 0 {
		backlog = defaultBacklog
	}
	s.listen.backlog = backlog
	if !s.listening {
		s.listening = true
		k.listeners = append(k.listeners, k.sockOf(p, fd))
	}
	return OK
}

// Accept takes the first connection that is ready and gives it a descriptor.
func (k *Stack) Accept(p ProcID, fd int) (int, wire.Endpoint, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return 0, wire.Endpoint{}, e
	case s.ep != nil:
		return k.acceptSCTP(p, s)
	case !s.listening:
		return 0, wire.Endpoint{}, EINVAL
	case s.listen.ready.Len() == 0:
		return 0, wire.Endpoint{}, EAGAIN
	case !k.procs[p].room():
		return 0, wire.Endpoint{}, EMFILE
	}
	child := s.listen.ready.Pop()
	cs := &k.socks[child]
	cs.queued = false
	c := k.conns[cs.conn]
	c.listener = None
	if c.tcp.State() == tcp.Closed && cs.err != OK && !k.cfg.AcceptDead {
		k.freeSock(child)
		c.sock = None
		k.release(c)
		return 0, wire.Endpoint{}, ECONNABORTED
	}
	cs.refs = 1
	return k.procs[p].install(child), cs.remote, OK
}

// Connect opens a connection. It returns EINPROGRESS when it has begun,
// EALREADY while it lasts, EISCONN when it is there; a failure is told once.
//
// With TCP_FASTOPEN_CONNECT it succeeds at once if the host has the server's
// cookie: the SYN then goes with what is sent first.
func (k *Stack) Connect(now clock.Time, p ProcID, fd int, remote wire.Endpoint) Errno {
	s, e := k.lookup(p, fd)
	if e == OK && s.ep != nil {
		_, e = k.Connectx(now, p, fd, []wire.Endpoint{remote})
		return e
	}
	fast := e == OK && s.fastConnect != 0
	if fast && k.fastPeer(remote.Addr).n > 0 && s.later.Port == 0 && !s.opening && !s.opened && s.err == OK {
		s.later = remote
		return OK
	}
	_, e = k.connect(now, p, fd, remote, nil, fast)
	return e
}

// connect opens a connection, and queues the data that a fast one begins with.
func (k *Stack) connect(now clock.Time, p ProcID, fd int, remote wire.Endpoint, data []byte, fast bool) (int, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return 0, e
	case s.listening, s.ep != nil:
		return 0, EOPNOTSUPP
	case s.err != OK:
		return 0, k.tellError(s)
	case s.opened || s.later.Port != 0:
		return 0, EISCONN
	case s.opening:
		return 0, EALREADY
	case remote.Addr.IsMulticast() || remote.Addr.IsUnspecified():
		return 0, EADDRNOTAVAIL // MUST-46
	}
	local := s.local
	if local.Addr == (wire.Addr{}) {
		local.Addr = k.sourceFor(remote.Addr)
	}
	if local.Addr == (wire.Addr{}) {
		return 0, EAFNOSUPPORT
	}
	if local.Port == 0 {
		port, ok := k.ephemeralPort(func(port uint16) bool {
			return !k.portBound(port) && k.demux.find(k, wire.Endpoint{Addr: local.Addr, Port: port}, remote) == None
		})
		if !ok {
			return 0, EADDRNOTAVAIL
		}
		local.Port = port
	} else if k.demux.find(k, local, remote) != None {
		return 0, EADDRNOTAVAIL
	}
	id := k.sockOf(p, fd)
	if s.conn != None {
		k.release(k.conns[s.conn]) // an attempt that failed
	}
	c := k.newConn(now, s.cfg, local, remote)
	c.sock, c.reuse = id, s.reuseAddr
	s.conn, s.local, s.remote, s.opening = c.id, local, remote, true
	n := 0
	k.begin(c)
	if fast {
		peer := k.fastPeer(remote.Addr)
		n, _ = c.tcp.OpenFast(now, peer.cookie[:peer.n], int(peer.mss), data, &k.out)
	} else {
		_ = c.tcp.Open(now, &k.out)
	}
	k.end(now, c)
	return n, EINPROGRESS
}

// sourceFor is the host's first address of the destination's family; the
// world may prefer the address of the link that leads there.
func (k *Stack) sourceFor(dst wire.Addr) wire.Addr {
	if k.Owns(dst) {
		return dst
	}
	if r, ok := k.env.(Router); ok {
		if a, ok := r.SourceFor(dst); ok {
			return a
		}
	}
	for _, a := range k.addrs {
		if a.Is4() == dst.Is4() {
			return a
		}
	}
	return wire.Addr{}
}

// Router is an Env that knows which of the host's addresses leads to another.
type Router interface {
	SourceFor(dst wire.Addr) (wire.Addr, bool)
}

// Send queues octets and returns how many; EAGAIN when there is no room.
func (k *Stack) Send(now clock.Time, p ProcID, fd int, data []byte) (int, Errno) {
	return k.SendWith(now, p, fd, data, 0)
}

// SendWith is Send with flags: MSG_OOB and MSG_MORE.
func (k *Stack) SendWith(now clock.Time, p ProcID, fd int, data []byte, flags tcp.SendFlags) (int, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return 0, e
	case s.ep != nil:
		return k.sendSCTP(now, p, fd, data)
	case s.err != OK:
		return 0, k.sendError(s)
	case s.conn == None && s.later.Port != 0:
		return k.sendFirst(now, p, fd, s, data)
	case s.conn == None:
		return 0, ENOTCONN
	case s.shutWrite:
		return 0, EPIPE
	}
	c := k.conns[s.conn]
	if s.opening && !s.opened && c.tcp.State() != tcp.Closed {
		return 0, EAGAIN
	}
	switch {
	case c.tcp.State() == tcp.Closed:
		return 0, EPIPE
	case len(data) > 0 && c.tcp.SendSpace() == 0:
		return 0, EAGAIN // no step: it would wake whoever else waits for room
	}
	k.begin(c)
	n, err := c.tcp.SendWith(now, data, flags, &k.out)
	k.end(now, c)
	switch {
	case err != nil:
		return 0, EPIPE
	case n == 0 && len(data) > 0:
		return 0, EAGAIN
	}
	return n, OK
}

// sendError tells send of the socket's error, where systems differ.
func (k *Stack) sendError(s *sock) Errno {
	if s.err == ECONNRESET && k.cfg.PipeAfterReset {
		return EPIPE // recv has still to say ECONNRESET
	}
	return k.tellError(s)
}

func (k *Stack) tellError(s *sock) Errno {
	e := s.err
	s.err = OK
	s.opening = false
	return e
}

// Recv moves octets that came in order into b. Zero octets without an errno
// is end of file; EAGAIN says that none has come.
func (k *Stack) Recv(now clock.Time, p ProcID, fd int, b []byte, peek bool) (int, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return 0, e
	case s.ep != nil:
		return k.recvSCTP(now, p, fd, b)
	case s.conn == None && s.err != OK:
		return 0, k.tellError(s)
	case s.conn == None:
		return 0, ENOTCONN
	}
	c := k.conns[s.conn]
	unread, eof := k.inStream(s, c)
	switch {
	case s.err != OK && unread == 0 && !(k.cfg.PipeAfterFIN && s.finFirst):
		return 0, k.tellError(s)
	case s.shutRead && !(k.cfg.ReadAfterShutdown && unread > 0):
		return 0, OK
	case !s.opened && c.tcp.State() == tcp.Closed:
		return 0, ENOTCONN // the attempt to connect failed
	case unread == 0 && (eof || c.tcp.State() == tcp.Closed):
		if !peek && c.tcp.Unread() > 0 {
			k.upToMark(now, s, c, nil)
		}
		return 0, OK
	case unread == 0:
		return 0, EAGAIN
	case peek:
		if before, marked := c.toMark(); marked && before > 0 {
			b = b[:min(len(b), before)] // nor does a look cross the mark
		}
		return c.tcp.PeekAt(c.tcp.Unread()-unread, b), OK
	}
	b = k.upToMark(now, s, c, b)
	k.begin(c)
	n, _ := c.tcp.Receive(now, b, &k.out)
	k.end(now, c)
	return n, OK
}

// How is shutdown's argument.
type How uint8

const (
	SHUT_RD How = iota
	SHUT_WR
	SHUT_RDWR
)

func (h How) String() string { return [...]string{"RD", "WR", "RDWR"}[h] }

// Shutdown ends one direction, or both, whoever else has descriptors.
func (k *Stack) Shutdown(now clock.Time, p ProcID, fd int, how How) Errno {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return e
	case s.ep != nil:
		return k.shutdownSCTP(now, s, how)
	case s.conn == None:
		return ENOTCONN
	}
	c := k.conns[s.conn]
	if c.tcp.State() == tcp.Closed {
		return ENOTCONN
	}
	if how != SHUT_WR {
		s.shutRead = true
	}
	if how != SHUT_RD && !s.shutWrite {
		s.shutWrite = true
		k.begin(c)
		_ = c.tcp.Close(now, &k.out)
		k.end(now, c)
	}
	return OK
}

// close is what happens when the last descriptor of a socket goes.
func (k *Stack) close(now clock.Time, id SockID) {
	s := &k.socks[id]
	if s.ep != nil {
		k.closeSCTP(now, id)
		return
	}
	if s.listening {
		k.closeListener(now, id)
		return
	}
	if s.conn == None {
		k.freeSock(id)
		return
	}
	c := k.conns[s.conn]
	lingerOn, linger, shut := s.lingerOn, s.linger, s.shutWrite
	if c.tcp.State() == tcp.Closed {
		c.sock = None
		k.release(c)
		k.freeSock(id)
		return
	}
	c.sock = None
	k.freeSock(id)
	k.closeConn(now, c, lingerOn && linger == 0, shut)
}

// closeConn closes a connection: an abort, or both directions, of which the
// user may have ended one before.
func (k *Stack) closeConn(now clock.Time, c *conn, abort, shut bool) {
	k.begin(c)
	switch {
	case abort:
		_ = c.tcp.Abort(now, &k.out)
	case shut:
		c.tcp.Abandon(now, &k.out)
	default:
		c.tcp.Abandon(now, &k.out)
		if c.tcp.State() != tcp.Closed {
			_ = c.tcp.Close(now, &k.out)
		}
	}
	k.end(now, c)
}

// closeListener resets the connections that nobody will accept.
func (k *Stack) closeListener(now clock.Time, id SockID) {
	for i, l := range k.listeners {
		if l == id {
			k.listeners = append(k.listeners[:i], k.listeners[i+1:]...)
			break
		}
	}
	for _, c := range k.conns {
		if c.fast == id {
			c.fast = None
		}
		switch {
		case c.listener != id:
			continue
		case c.linked:
			k.freeSock(c.sock)
			c.sock, c.listener = None, None
			k.begin(c)
			_ = c.tcp.Abort(now, &k.out)
			k.end(now, c)
		default: // its peer has reset it
			k.freeSock(c.sock)
			c.sock, c.listener = None, None
			k.release(c)
		}
	}
	k.freeSock(id)
}
