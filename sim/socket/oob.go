package socket

import "simrun/clock"

// Out-of-band data as POSIX has it: the last octet of TCP's urgent data. It is
// taken out of the stream, unless SO_OOBINLINE is set; the mark is where it
// stands, and no receive crosses that.

// toMark is how many octets stand before the mark; false if there is none.
func (c *conn) toMark() (int, bool) {
	left := c.tcp.UrgentLeft()
	return left - 1, left > 0
}

// inStream is how many octets recv could take if it were not for the mark, and
// whether none will come: the out-of-band octet does not count once it is next.
func (k *Stack) inStream(s *sock, c *conn) (unread int, eof bool) {
	unread = c.tcp.Unread()
	if before, marked := c.toMark(); marked && before == 0 && !s.oobInline && unread > 0 {
		unread--
	}
	return unread, unread == 0 && c.tcp.FINTaken()
}

// upToMark is the part of b that one recv may fill. At the mark the
// out-of-band octet is passed over, whether it was read or not.
func (k *Stack) upToMark(now clock.Time, s *sock, c *conn, b []byte) []byte {
	before, marked := c.toMark()
	switch {
	case !marked:
		return b
	case before > 0:
		return b[:min(len(b), before)]
	case !s.oobInline:
		var oob [1]byte
		k.begin(c)
		_, _ = c.tcp.Receive(now, oob[:], &k.out)
		k.end(now, c)
	}
	return b
}

// PassesMark reports whether the next recv passes over the out-of-band octet.
func (k *Stack) PassesMark(p ProcID, fd int) bool {
	s, e := k.lookup(p, fd)
	if e != OK || s.conn == None {
		return false
	}
	c := k.conns[s.conn]
	unread, eof := k.inStream(s, c)
	return unread < c.tcp.Unread() && (unread > 0 || eof)
}

// RecvOOB is recv with MSG_OOB: the out-of-band octet, once. EINVAL when there
// is none, or when it stands in the stream; EAGAIN when it was announced and
// has not come: this call never waits.
func (k *Stack) RecvOOB(p ProcID, fd int, b []byte, peek bool) (int, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return 0, e
	case s.conn == None:
		return 0, ENOTCONN
	}
	c := k.conns[s.conn]
	before, marked := c.toMark()
	switch {
	case s.oobInline || !marked || s.oobRead:
		return 0, EINVAL
	case c.tcp.Unread() <= before:
		return 0, EAGAIN
	}
	s.oobRead = !peek
	return c.tcp.PeekAt(before, b[:min(1, len(b))]), OK
}

// Sockatmark reports whether the next octet to receive is at the mark.
func (k *Stack) Sockatmark(p ProcID, fd int) (bool, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return false, e
	case s.conn == None:
		return false, EINVAL
	}
	before, marked := k.conns[s.conn].toMark()
	return marked && before == 0, OK
}
