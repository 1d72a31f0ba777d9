package socket

import (
	"slices"

	"simrun/clock"
	"simrun/internal/ring"
	"simrun/sctp"
	"simrun/wire"
)

// endpoint is what an SCTP socket adds to a sock (RFC 6458). A one-to-one
// socket has one association at most, a one-to-many socket any number.
type endpoint struct {
	many   bool
	cfg    *sctp.Config
	port   uint16      // 0: not bound
	addrs  []wire.Addr // that it is bound to; none: all of the host's
	assocs []AssocID   // by name

	queue      ring.Ring[entry]
	reading    AssocID // of which a message was received in part; None: of none
	interleave int64   // SCTP_FRAGMENT_INTERLEAVE
	events     uint32  // a bit for each NotificationKind that was subscribed to
	context    uint32  // SCTP_CONTEXT
	defaults   SndInfo // SCTP_DEFAULT_SNDINFO
}

// newEndpoint is a new SCTP socket.
func (k *Stack) newEndpoint(many bool) SockID {
	id := k.newSock(&k.cfg.TCP)
	k.socks[id].ep = &endpoint{many: many, cfg: k.sctpConfig(), reading: None}
	if many {
		k.socks[id].ep.interleave = 1
	}
	return id
}

// SocketSCTP makes an SCTP socket, one-to-one or one-to-many.
func (k *Stack) SocketSCTP(p ProcID, many bool) (int, Errno) {
	if !k.procs[p].room() {
		return 0, EMFILE
	}
	id := k.newEndpoint(many)
	k.socks[id].refs = 1
	return k.procs[p].install(id), OK
}

// endpoint is the SCTP socket that a descriptor names.
func (k *Stack) endpoint(p ProcID, fd int) (*sock, *endpoint, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return nil, nil, e
	case s.ep == nil:
		return nil, nil, EOPNOTSUPP
	}
	return s, s.ep, OK
}

// locals is the addresses that the peers of a socket are told of.
func (k *Stack) locals(ep *endpoint) []wire.Addr {
	if len(ep.addrs) == 0 {
		return k.addrs
	}
	return ep.addrs
}

// portTaken reports whether bind must refuse a port: another socket is bound
// to it on one of the addresses. No address is all of them.
func (k *Stack) portTaken(addrs []wire.Addr, port uint16) bool {
	return slices.ContainsFunc(k.assocs.bound, func(id SockID) bool {
		ep := k.socks[id].ep
		return ep.port == port && (len(addrs) == 0 || len(ep.addrs) == 0 ||
			slices.ContainsFunc(addrs, func(a wire.Addr) bool { return slices.Contains(ep.addrs, a) }))
	})
}

// bindSCTP gives a socket its port and addresses.
func (k *Stack) bindSCTP(id SockID, addrs []wire.Addr, port uint16) Errno {
	s := &k.socks[id]
	switch {
	case s.ep.port != 0:
		return EINVAL
	case slices.ContainsFunc(addrs, func(a wire.Addr) bool { return !k.Owns(a) }):
		return EADDRNOTAVAIL
	case port != 0 && k.portTaken(addrs, port):
		return EADDRINUSE
	}
	if port == 0 {
		var ok bool
		if port, ok = k.ephemeralPort(func(port uint16) bool { return !k.portTaken(addrs, port) }); !ok {
			return EADDRINUSE
		}
	}
	s.ep.port, s.ep.addrs = port, slices.Clone(addrs)
	s.local = wire.Endpoint{Port: port}
	if len(addrs) > 0 {
		s.local.Addr = addrs[0]
	}
	k.assocs.bound = append(k.assocs.bound, id)
	return OK
}

// addrsOf is the addresses of an endpoint as bind is given it.
func addrsOf(local wire.Endpoint) []wire.Addr {
	if local.Addr.IsUnspecified() {
		return nil
	}
	return []wire.Addr{local.Addr}
}

// Bindx adds addresses to a socket, or takes them away (RFC 6458 9.1). Its
// associations keep theirs: nothing tells their peers (RFC 5061 would).
func (k *Stack) Bindx(p ProcID, fd int, addrs []wire.Addr, port uint16, add bool) Errno {
	_, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return e
	case len(addrs) == 0, port != ep.port && ep.port != 0 && port != 0:
		return EINVAL
	case add && ep.port == 0:
		return k.bindSCTP(k.sockOf(p, fd), addrs, port)
	case len(ep.addrs) == 0:
		return EINVAL // all are bound, which no list says
	}
	next := slices.Clone(ep.addrs)
	for _, addr := range addrs {
		at := slices.Index(next, addr)
		switch {
		case add && !k.Owns(addr), !add && at < 0:
			return EADDRNOTAVAIL
		case add && at < 0 && k.portTaken([]wire.Addr{addr}, ep.port):
			return EADDRINUSE
		case add && at < 0:
			next = append(next, addr)
		case !add:
			next = slices.Delete(next, at, at+1)
		}
	}
	if len(next) == 0 {
		return EINVAL // RFC 6458 9.1: not the last one
	}
	ep.addrs = next
	return OK
}

// listenSCTP lets peers make associations. A socket without a port gets one.
func (k *Stack) listenSCTP(id SockID, backlog int) Errno {
	s := &k.socks[id]
	if !s.ep.many && len(s.ep.assocs) > 0 {
		return EINVAL
	}
	if s.ep.port == 0 {
		if e := k.bindSCTP(id, nil, 0); e != OK {
			return e
		}
	}
	if backlog <= 0 {
		backlog = defaultBacklog
	}
	s.listen.backlog, s.listening = backlog, true
	return OK
}

// acceptSCTP takes the first association that is ready; a one-to-many socket
// has its associations already (RFC 6458 4.1.4).
func (k *Stack) acceptSCTP(p ProcID, s *sock) (int, wire.Endpoint, Errno) {
	switch {
	case s.ep.many:
		return 0, wire.Endpoint{}, EOPNOTSUPP
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
	a := k.assocs.get(cs.ep.assocs[0])
	a.listener = None
	if !a.sctp.State().Exists() && cs.err != OK && !k.cfg.AcceptDead {
		k.freeSock(child)
		k.releaseAssoc(a)
		return 0, wire.Endpoint{}, ECONNABORTED
	}
	cs.refs = 1
	return k.procs[p].install(child), cs.remote, OK
}

// Connectx makes an association with a peer of several addresses (RFC 6458
// 9.9). A one-to-one socket is then EINPROGRESS.
func (k *Stack) Connectx(now clock.Time, p ProcID, fd int, peers []wire.Endpoint) (AssocID, Errno) {
	s, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return None, e
	case len(peers) == 0:
		return None, EINVAL
	case !ep.many && s.listening:
		return None, EOPNOTSUPP
	case s.err != OK:
		return None, k.tellError(s)
	case s.opened:
		return None, EISCONN
	case s.opening:
		return None, EALREADY
	}
	a, e := k.associate(now, k.sockOf(p, fd), peers)
	switch {
	case e != OK:
		return None, e
	case ep.many:
		return a.id, OK
	}
	return a.id, EINPROGRESS
}

// associate begins an association from a socket, which gets a port if it has
// none.
func (k *Stack) associate(now clock.Time, id SockID, peers []wire.Endpoint) (*assoc, Errno) {
	s := &k.socks[id]
	var addrs []wire.Addr
	for _, peer := range peers {
		switch {
		case peer.Port == 0, peer.Port != peers[0].Port:
			return nil, EINVAL
		case peer.Addr.IsMulticast() || peer.Addr.IsUnspecified():
			return nil, EADDRNOTAVAIL
		case !k.sourceFor(peer.Addr).IsValid():
			return nil, EAFNOSUPPORT
		}
		addrs = append(addrs, peer.Addr)
	}
	if s.ep.port == 0 {
		if e := k.bindSCTP(id, nil, 0); e != OK {
			return nil, e
		}
	}
	for _, peer := range peers {
		if k.assocs.between(s.ep.port, peer) != nil {
			return nil, EISCONN
		}
		if peer.Port == s.ep.port && slices.Contains(k.locals(s.ep), peer.Addr) {
			return nil, EADDRNOTAVAIL // an association with itself
		}
	}
	if old := k.onlyAssoc(s.ep); old != nil { // an attempt that failed
		s.ep.assocs = s.ep.assocs[:0]
		k.releaseAssoc(old)
	}
	a := k.newAssoc(id)
	a.sctp.Init(s.ep.cfg, k.locals(s.ep), s.ep.port, true, k.assocs.draw())
	s.ep.assocs = append(s.ep.assocs, a.id)
	if !s.ep.many {
		s.opening, s.remote = true, peers[0]
	}
	k.beginAssoc(a)
	_ = a.sctp.Associate(now, addrs, peers[0].Port, &k.assocs.out)
	k.assocs.link(a)
	k.endAssoc(now, a, nil)
	return a, OK
}

// onlyAssoc is the association of a one-to-one socket, or nil.
func (k *Stack) onlyAssoc(ep *endpoint) *assoc {
	if ep.many || len(ep.assocs) == 0 {
		return nil
	}
	return k.assocs.get(ep.assocs[0])
}

// shutdownSCTP is shutdown of a one-to-one socket: SCTP has no half-closed
// state, so that to send no more ends the association (RFC 6458 4.1.7).
func (k *Stack) shutdownSCTP(now clock.Time, s *sock, how How) Errno {
	a := k.onlyAssoc(s.ep)
	switch {
	case s.ep.many:
		return EOPNOTSUPP
	case a == nil || !a.sctp.State().Exists():
		return ENOTCONN
	}
	if how != SHUT_WR {
		s.shutRead = true
	}
	if how != SHUT_RD && !s.shutWrite {
		s.shutWrite = true
		k.beginAssoc(a)
		_ = a.sctp.Shutdown(now, &k.assocs.out)
		k.endAssoc(now, a, nil)
	}
	return OK
}

// Peeloff moves an association of a one-to-many socket, and what it has in the
// queue, to a one-to-one socket of its own (RFC 6458 9.2).
func (k *Stack) Peeloff(now clock.Time, p ProcID, fd int, id AssocID) (int, Errno) {
	_, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return 0, e
	case !ep.many || !slices.Contains(ep.assocs, id):
		return 0, EINVAL
	case !k.procs[p].room():
		return 0, EMFILE
	}
	a := k.assocs.get(id)
	if !a.sctp.State().Exists() {
		return 0, EINVAL
	}
	to := k.newEndpoint(false)
	s := &k.socks[to]
	s.refs, s.opened = 1, true
	s.ep.cfg, s.ep.port, s.ep.addrs = ep.cfg, ep.port, slices.Clone(ep.addrs)
	s.ep.events, s.ep.context, s.ep.defaults = ep.events, ep.context, ep.defaults
	s.local = wire.Endpoint{Addr: k.sourceAmong(a.sctp.Locals(), a.sctp.PrimaryAddr()), Port: ep.port}
	s.remote = wire.Endpoint{Addr: a.sctp.PrimaryAddr(), Port: a.sctp.PeerPort()}
	s.ep.assocs = append(s.ep.assocs, id)
	a.sock = to
	ep.assocs = slices.DeleteFunc(ep.assocs, func(other AssocID) bool { return other == id })
	if ep.reading == id {
		ep.reading, s.ep.reading = None, id
	}
	for range ep.queue.Len() {
		if entry := ep.queue.Pop(); entry.assoc == id {
			s.ep.queue.Push(entry)
		} else {
			ep.queue.Push(entry)
		}
	}
	return k.procs[p].install(to), OK
}

// closeSCTP is what happens when the last descriptor of an SCTP socket goes:
// its associations are shut down, or aborted where SO_LINGER says 0; those that
// nobody has accepted are aborted.
func (k *Stack) closeSCTP(now clock.Time, id SockID) {
	s := &k.socks[id]
	ep, abort := s.ep, s.lingerOn && s.linger == 0
	k.assocs.bound = slices.DeleteFunc(k.assocs.bound, func(b SockID) bool { return b == id })
	for s.listen.ready.Len() > 0 {
		child := s.listen.ready.Pop()
		k.socks[child].lingerOn, k.socks[child].linger = true, 0
		k.closeSCTP(now, child)
	}
	k.freeSock(id)
	for _, name := range ep.assocs {
		a := k.assocs.get(name)
		a.sock, a.listener = None, None
		k.beginAssoc(a)
		if abort {
			_ = a.sctp.Abort(now, nil, &k.assocs.out)
		} else {
			_ = a.sctp.Shutdown(now, &k.assocs.out)
		}
		if a.before.State.Exists() {
			k.endAssoc(now, a, nil)
		} else {
			k.releaseAssoc(a)
		}
	}
}

// Paddrs is the addresses of the peer of an association, the primary one
// first; Laddrs is ours that it was told of (RFC 6458 9.3, 9.5). A one-to-one
// socket needs no name of one; Laddrs without one is what the socket is bound
// to.
func (k *Stack) Paddrs(p ProcID, fd int, id AssocID) ([]wire.Addr, Errno) {
	a, _, e := k.assocOf(p, fd, id)
	switch {
	case e != OK:
		return nil, e
	case a == nil:
		return nil, ENOTCONN
	}
	var all []wire.Addr
	for i := range a.sctp.Paths() {
		if path := a.sctp.Path(i); path.Primary {
			all = slices.Insert(all, 0, path.Addr)
		} else {
			all = append(all, path.Addr)
		}
	}
	return all, OK
}

// Laddrs is our addresses of an association.
func (k *Stack) Laddrs(p ProcID, fd int, id AssocID) ([]wire.Addr, Errno) {
	a, ep, e := k.assocOf(p, fd, id)
	switch {
	case e != OK:
		return nil, e
	case a == nil:
		return slices.Clone(k.locals(ep)), OK
	}
	return slices.Clone(a.sctp.Locals()), OK
}

// assocOf is the association of a socket that a call names, or the only one of
// a one-to-one socket; nil if none is named and there is none.
func (k *Stack) assocOf(p ProcID, fd int, id AssocID) (*assoc, *endpoint, Errno) {
	_, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return nil, nil, e
	case !ep.many:
		return k.onlyAssoc(ep), ep, OK
	case id <= 0:
		return nil, ep, OK
	case !slices.Contains(ep.assocs, id):
		return nil, nil, EINVAL
	}
	return k.assocs.get(id), ep, OK
}
