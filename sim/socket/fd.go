package socket

import (
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// ProcID names a process: a table of descriptors.
type ProcID int32

// proc is a process. Descriptors 0 to 2 are taken, as everywhere.
type proc struct {
	fds   []SockID // 1 + the socket that each descriptor names, 0 for none; fds[0] is descriptor 3
	limit int      // how many descriptors it may have; 0: no limit
}

const firstFD = 3

// NewProc is a new process without descriptors.
func (k *Stack) NewProc() ProcID {
	k.procs = append(k.procs, proc{})
	return ProcID(len(k.procs) - 1)
}

// Fork is a new process with descriptors for the same sockets.
func (k *Stack) Fork(parent ProcID) ProcID {
	child := proc{fds: append([]SockID(nil), k.procs[parent].fds...), limit: k.procs[parent].limit}
	for _, s := range child.fds {
		if s != 0 {
			k.socks[s-1].refs++
		}
	}
	k.procs = append(k.procs, child)
	return ProcID(len(k.procs) - 1)
}

// Limit is RLIMIT_NOFILE, counted without the first three descriptors.
func (k *Stack) Limit(p ProcID, n int) { k.procs[p].limit = n }

// Exit closes every descriptor of a process.
func (k *Stack) Exit(now clock.Time, p ProcID) {
	for i := range k.procs[p].fds {
		if k.procs[p].fds[i] != 0 {
			k.Close(now, p, i+firstFD)
		}
	}
}

func (p *proc) room() bool { return p.limit == 0 || p.open() < p.limit }

func (p *proc) open() (n int) {
	for _, s := range p.fds {
		if s != 0 {
			n++
		}
	}
	return n
}

// install gives a socket the lowest descriptor that is free.
func (p *proc) install(s SockID) int {
	for i := range p.fds {
		if p.fds[i] == 0 {
			p.fds[i] = s + 1
			return i + firstFD
		}
	}
	p.fds = append(p.fds, s+1)
	return len(p.fds) - 1 + firstFD
}

// sockOf is the socket that a descriptor names, or None.
func (k *Stack) sockOf(p ProcID, fd int) SockID {
	if i := fd - firstFD; i >= 0 && i < len(k.procs[p].fds) {
		return k.procs[p].fds[i] - 1
	}
	return None
}

// Sock is the socket that a descriptor names, for whoever waits for it.
func (k *Stack) Sock(p ProcID, fd int) SockID { return k.sockOf(p, fd) }

func (k *Stack) lookup(p ProcID, fd int) (*sock, Errno) {
	if id := k.sockOf(p, fd); id != None {
		return &k.socks[id], OK
	}
	return nil, EBADF
}

// Socket makes a TCP socket and returns its descriptor.
func (k *Stack) Socket(p ProcID) (int, Errno) {
	if !k.procs[p].room() {
		return 0, EMFILE
	}
	id := k.newSock(&k.cfg.TCP)
	k.socks[id].refs = 1
	return k.procs[p].install(id), OK
}

// Dup makes a second descriptor for the same socket.
func (k *Stack) Dup(p ProcID, fd int) (int, Errno) {
	id := k.sockOf(p, fd)
	switch {
	case id == None:
		return 0, EBADF
	case !k.procs[p].room():
		return 0, EMFILE
	}
	k.socks[id].refs++
	return k.procs[p].install(id), OK
}

// Close takes a descriptor away. The last one of a socket closes its
// connection: both directions, and a RST if text is lost.
func (k *Stack) Close(now clock.Time, p ProcID, fd int) Errno {
	id := k.sockOf(p, fd)
	if id == None {
		return EBADF
	}
	k.procs[p].fds[fd-firstFD] = 0
	if k.socks[id].refs--; k.socks[id].refs == 0 {
		k.close(now, id)
	}
	return OK
}

// CloseWaiting is a close that blocks: where SO_LINGER gives time and the
// connection has not ended its half by then, it returns EAGAIN and the socket,
// which stays until LingerOver.
func (k *Stack) CloseWaiting(now clock.Time, p ProcID, fd int) (SockID, Errno) {
	id := k.sockOf(p, fd)
	if id == None || k.socks[id].refs > 1 || !k.socks[id].lingerOn || k.socks[id].linger == 0 || k.socks[id].conn == None {
		return None, k.Close(now, p, fd)
	}
	s := &k.socks[id]
	c := k.conns[s.conn]
	k.procs[p].fds[fd-firstFD] = 0
	s.refs = 0
	k.closeConn(now, c, false, s.shutWrite)
	if k.Lingers(id) {
		return id, EAGAIN
	}
	k.LingerOver(id)
	return None, OK
}

// Lingers reports whether a socket that was closed waits until its peer has all
// that was sent.
func (k *Stack) Lingers(id SockID) bool {
	if !k.lingering(id) {
		return false
	}
	switch k.conns[k.socks[id].conn].tcp.State() {
	case tcp.SynSent, tcp.SynReceived, tcp.Established, tcp.FinWait1, tcp.CloseWait, tcp.Closing, tcp.LastAck:
		return true
	}
	return false
}

// lingering reports whether a closed socket is still there: its host may have
// been rebooted.
func (k *Stack) lingering(id SockID) bool {
	return int(id) < len(k.socks) && k.socks[id].used && k.socks[id].refs == 0 && k.socks[id].conn != None
}

// LingerOver lets a closed socket go; its connection goes on by itself.
func (k *Stack) LingerOver(id SockID) {
	if !k.lingering(id) {
		return
	}
	c := k.conns[k.socks[id].conn]
	c.sock = None
	k.freeSock(id)
	if c.tcp.State() == tcp.Closed {
		k.release(c)
	}
}

// LingerTime is for how long a close of a descriptor may block.
func (k *Stack) LingerTime(p ProcID, fd int) time.Duration {
	if s, e := k.lookup(p, fd); e == OK && s.lingerOn {
		return s.linger
	}
	return 0
}

// Names are a socket's two ends, as getsockname and getpeername say them.
func (k *Stack) Names(p ProcID, fd int) (local, remote wire.Endpoint, e Errno) {
	s, e := k.lookup(p, fd)
	if e != OK {
		return local, remote, e
	}
	return s.local, s.remote, OK
}

// Peer is the other end of a socket's connection, as getpeername says it: POSIX
// wants ENOTCONN while there is none, and when it is over.
func (k *Stack) Peer(p ProcID, fd int) (wire.Endpoint, Errno) {
	s, e := k.lookup(p, fd)
	if e != OK {
		return wire.Endpoint{}, e
	}
	if s.conn == None {
		return wire.Endpoint{}, ENOTCONN
	}
	switch k.conns[s.conn].tcp.State() {
	case tcp.Closed, tcp.Listen, tcp.SynSent:
		return wire.Endpoint{}, ENOTCONN
	}
	return s.remote, OK
}

// Ready is what poll says of a descriptor.
type Ready struct {
	In, Out, Err, Hup bool
	Pri               bool // an out-of-band octet can be read
}

// Poll looks at a descriptor without waiting.
func (k *Stack) Poll(p ProcID, fd int) (Ready, Errno) {
	s, e := k.lookup(p, fd)
	if e != OK {
		return Ready{}, e
	}
	if s.ep != nil {
		return k.pollSCTP(s), OK
	}
	r := Ready{Err: s.err != OK}
	switch {
	case s.listening:
		r.In = s.listen.ready.Len() > 0
	case s.conn != None:
		c := &k.conns[s.conn].tcp
		over := s.opened && !c.State().Exists()
		unread, eof := k.inStream(s, k.conns[s.conn])
		r.Pri = !s.oobRead && c.UrgentLeft() > 0 && c.UrgentLeft() <= c.Unread()
		r.In = unread > 0 || eof || over || r.Err || s.shutRead
		r.Out = s.opened && c.SendSpace() > 0 || over || r.Err
		r.Hup = over || c.AtEOF() && s.shutWrite
	}
	return r, OK
}

// Fresh reports whether a descriptor names a socket that was not put to use:
// it neither listens nor has, or had, a connection.
func (k *Stack) Fresh(p ProcID, fd int) bool {
	s, e := k.lookup(p, fd)
	return e == OK && s.conn == None && !s.listening && !s.opening && s.err == OK && (s.ep == nil || !s.opened)
}

// Listening reports whether a descriptor names a listening socket.
func (k *Stack) Listening(p ProcID, fd int) bool {
	s, e := k.lookup(p, fd)
	return e == OK && s.listening
}

// Unread is how many octets a receive could take now.
func (k *Stack) Unread(p ProcID, fd int) int {
	if s, e := k.lookup(p, fd); e == OK && s.conn != None {
		return k.conns[s.conn].tcp.Unread()
	}
	return 0
}

// ConnOf is the connection behind a descriptor, or None.
func (k *Stack) ConnOf(p ProcID, fd int) ConnID {
	if s, e := k.lookup(p, fd); e == OK {
		return s.conn
	}
	return None
}

// Refs is how many descriptors name the socket that a descriptor names.
func (k *Stack) Refs(p ProcID, fd int) int {
	if s, e := k.lookup(p, fd); e == OK {
		return int(s.refs)
	}
	return 0
}
