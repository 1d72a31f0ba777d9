package socket

import (
	"testing"

	"simrun/tcp"
)

// sendOOB is send with MSG_OOB.
func (s *station) sendOOB(fd int, text string) {
	n, e := s.SendWith(s.net.now, s.p, fd, []byte(text), tcp.Urgent)
	if e != OK || n != len(text) {
		s.net.t.Errorf("send OOB %q = %d, %v", text, n, e)
	}
}

func (s *station) recvOOB(fd int) (string, Errno) {
	b := make([]byte, 9)
	n, e := s.RecvOOB(s.p, fd, b, false)
	return string(b[:n]), e
}

func (n *lan) wantRecv(b int, want string) {
	n.t.Helper()
	if got := n.b.recv(b); got != want {
		n.t.Errorf("recv = %q, want %q", got, want)
	}
}

func (n *lan) wantMark(b int, want bool) {
	n.t.Helper()
	if got, e := n.b.Sockatmark(n.b.p, b); got != want || e != OK {
		n.t.Errorf("sockatmark = %v, %v, want %v", got, e, want)
	}
}

func (n *lan) wantOOB(b int, want string, errno Errno) {
	n.t.Helper()
	if got, e := n.b.recvOOB(b); got != want || e != errno {
		n.t.Errorf("recv OOB = %q, %v, want %q, %v", got, e, want, errno)
	}
}

// The last octet of urgent data is out of band: it is no part of the stream,
// and no receive crosses the mark.
func TestOOB(t *testing.T) {
	t.Run("apart from the stream", func(t *testing.T) {
		n := newLAN(t)
		a, b, _ := n.pair()
		n.wantOOB(b, "", EINVAL)
		n.a.sendOOB(a, "ab!")
		n.a.send(a, "cd")
		n.settle()
		n.wantMark(b, false)
		n.wantRecv(b, "ab")
		n.wantMark(b, true)
		n.wantOOB(b, "!", OK)
		n.wantOOB(b, "", EINVAL) // once
		n.wantRecv(b, "cd")
		n.wantMark(b, false)
	})
	t.Run("passed over unread", func(t *testing.T) {
		n := newLAN(t)
		a, b, _ := n.pair()
		n.a.sendOOB(a, "!")
		n.settle()
		if r, _ := n.b.Poll(n.b.p, b); r.In || !r.Pri {
			t.Errorf("poll = %+v, want PRI alone", r)
		}
		n.a.send(a, "cd")
		n.settle()
		n.wantRecv(b, "cd")
		n.wantOOB(b, "", EINVAL)
	})
	t.Run("a new mark leaves the old octet in the stream", func(t *testing.T) {
		n := newLAN(t)
		a, b, _ := n.pair()
		n.a.sendOOB(a, "a!")
		n.settle()
		n.a.sendOOB(a, "b?")
		n.settle()
		n.wantOOB(b, "?", OK)
		n.wantRecv(b, "a!b")
	})
	t.Run("end of file behind it", func(t *testing.T) {
		n := newLAN(t)
		a, b, _ := n.pair()
		n.a.sendOOB(a, "!")
		n.a.close(a)
		n.settle()
		var room [9]byte
		for range 2 {
			if got, e := n.b.Recv(n.now, n.b.p, b, room[:], false); got != 0 || e != OK {
				t.Errorf("recv = %d, %v, want the end of file", got, e)
			}
		}
	})
	t.Run("in line", func(t *testing.T) {
		n := newLAN(t)
		a, b, _ := n.pair()
		n.want("SO_OOBINLINE", n.b.Setsockopt(n.now, n.b.p, b, SO_OOBINLINE, 1), OK)
		n.a.sendOOB(a, "ab!")
		n.a.send(a, "cd")
		n.settle()
		n.wantOOB(b, "", EINVAL)
		n.wantRecv(b, "ab")
		n.wantMark(b, true)
		n.wantRecv(b, "!cd")
		n.wantMark(b, false)
	})
	t.Run("without a connection", func(t *testing.T) {
		n := newLAN(t)
		fd := n.b.socket()
		n.wantOOB(fd, "", ENOTCONN)
		n.wantOOB(99, "", EBADF)
		if _, e := n.b.Sockatmark(n.b.p, fd); e != EINVAL {
			t.Errorf("sockatmark = %v, want EINVAL", e)
		}
	})
}
