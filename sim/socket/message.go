package socket

import (
	"errors"
	"slices"

	"simrun/clock"
	"simrun/sctp"
	"simrun/wire"
)

// SndFlags is the flags of SndInfo (RFC 6458 5.3.4).
type SndFlags uint8

const (
	SndUnordered SndFlags = 1 << iota // SCTP_UNORDERED
	SndEOF                            // SCTP_EOF: shut the association down behind this message
	SndAbort                          // SCTP_ABORT: the data is the reason
	SndNow                            // SCTP_SACK_IMMEDIATELY (RFC 7053)
)

// SndInfo is how a message is to be sent (RFC 6458 5.3.4).
type SndInfo struct {
	Assoc   AssocID // one-to-many: to which association; 0: by the address
	Stream  uint16
	PPID    uint32
	Context uint32
	Flags   SndFlags
}

// Message is what a receive brings (RFC 6458 5.3.5): user data, or a
// notification. Neither is end of file.
type Message struct {
	N           int // octets of user data
	EOR         bool
	Note        Notification
	From        wire.Endpoint
	Assoc       AssocID
	Stream      uint16
	SSN         wire.SSN
	PPID        uint32
	TSN, CumTSN wire.TSN
	Unordered   bool
	Context     uint32
}

// EOF reports whether nothing will come any more.
func (m *Message) EOF() bool { return m.N == 0 && m.Note.Kind == 0 }

// Sendmsg sends a message whole: to the association of a one-to-one socket, to
// the one that info or the address names, or to one that it makes (RFC 6458
// 3.1.5, 4.1.8). EAGAIN when there is no room.
func (k *Stack) Sendmsg(now clock.Time, p ProcID, fd int, to wire.Endpoint, info SndInfo, data []byte) Errno {
	s, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return e
	case s.err != OK:
		return k.tellError(s)
	case !ep.many && s.listening:
		return EOPNOTSUPP
	case len(data) == 0 && info.Flags&(SndEOF|SndAbort) == 0:
		return EINVAL
	}
	a, e := k.target(ep, to, info.Assoc)
	switch {
	case e != OK:
		return e
	case a == nil && info.Flags&(SndEOF|SndAbort) != 0:
		return ENOTCONN
	case a == nil && !ep.many && s.opened:
		return EPIPE
	case a == nil && to.Port == 0:
		return ENOTCONN
	case a == nil:
		if a, e = k.associate(now, k.sockOf(p, fd), []wire.Endpoint{to}); e != OK {
			return e
		}
	}
	return k.sendOn(now, s, a, info, data)
}

// target is the association that a message is for; nil if there is none yet.
func (k *Stack) target(ep *endpoint, to wire.Endpoint, id AssocID) (*assoc, Errno) {
	a := k.onlyAssoc(ep)
	switch {
	case ep.many && id > 0:
		if !slices.Contains(ep.assocs, id) {
			return nil, EINVAL
		}
		a = k.assocs.get(id)
	case ep.many:
		if a = k.assocs.between(ep.port, to); a != nil && !slices.Contains(ep.assocs, a.id) {
			return nil, EADDRNOTAVAIL // it was peeled off, or belongs to another socket of this port
		}
	}
	if a != nil && !a.sctp.State().Exists() {
		if id > 0 {
			return nil, EINVAL
		}
		return nil, OK
	}
	return a, OK
}

// sendOn makes the calls of an association that a message stands for.
func (k *Stack) sendOn(now clock.Time, s *sock, a *assoc, info SndInfo, data []byte) Errno {
	out := &k.assocs.out
	if info.Flags&SndAbort != 0 {
		k.beginAssoc(a)
		_ = a.sctp.Abort(now, data, out)
		k.endAssoc(now, a, nil)
		return OK
	}
	var err error
	if n := len(data); n > 0 {
		if n > a.sctp.SendSpace() && n <= a.sctp.Config().SendBuffer {
			return EAGAIN // no step: it would wake whoever else waits for room
		}
		k.beginAssoc(a)
		k.assocs.msg = sctp.Message{
			Stream: info.Stream, PPID: info.PPID, Context: info.Context, Data: data,
			Unordered: info.Flags&SndUnordered != 0, Immediate: info.Flags&SndNow != 0,
		}
		_, err = a.sctp.Send(now, &k.assocs.msg, out)
		k.endAssoc(now, a, nil)
	}
	if err == nil && info.Flags&SndEOF != 0 {
		k.beginAssoc(a)
		err = a.sctp.Shutdown(now, out)
		k.endAssoc(now, a, nil)
	}
	if err != nil {
		return s.refused(err)
	}
	return OK
}

// refusals is the errno of what an association refuses.
var refusals = []struct {
	err   error
	errno Errno
}{
	{sctp.ErrNoRoom, EAGAIN},
	{sctp.ErrTooLarge, EMSGSIZE},
	{sctp.ErrStream, EINVAL},
	{sctp.ErrNoData, EINVAL},
	{sctp.ErrNotOpen, ENOTCONN},
	{sctp.ErrExists, EISCONN},
}

func (s *sock) refused(err error) Errno {
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.errno
		}
	}
	if s.ep.many {
		return ESHUTDOWN
	}
	return EPIPE
}

// Recvmsg takes what comes next: a notification, or a message, or as much of
// it as b holds; EOR says that this is its end. What was received in part goes
// on before anything else (RFC 6458 3.1.5, 8.1.20).
func (k *Stack) Recvmsg(now clock.Time, p ProcID, fd int, b []byte, peek bool) (m Message, e Errno) {
	s, ep, e := k.endpoint(p, fd)
	if e != OK {
		return m, e
	}
	at, ok := k.nextEntry(ep)
	switch {
	case !ep.many && s.shutRead:
		return m, OK
	case !ok && s.err != OK:
		return m, k.tellError(s)
	case !ok && !ep.many:
		return m, k.nothing(s)
	case !ok:
		return m, EAGAIN
	}
	front := ep.queue.At(at)
	if front.note.Kind != 0 {
		m = Message{Note: front.note, From: front.from, Assoc: front.assoc, EOR: true}
		if !peek {
			ep.remove(at)
		}
		return m, OK
	}
	if peek {
		return m, EOPNOTSUPP
	}
	return k.receive(now, ep, at, b), OK
}

// receive takes a message, or a part of it, for the entry at a place.
func (k *Stack) receive(now clock.Time, ep *endpoint, at int, b []byte) Message {
	a := k.assocs.get(ep.queue.At(at).assoc)
	k.beginAssoc(a)
	r, _ := a.sctp.Receive(now, b, &k.assocs.out)
	m := Message{
		N: r.N, EOR: !r.More, Assoc: a.id, Stream: r.Stream, SSN: r.SSN, PPID: r.PPID, TSN: r.TSN, CumTSN: r.CumTSN,
		Unordered: r.Unordered, Context: ep.context,
		From: wire.Endpoint{Addr: a.sctp.PrimaryAddr(), Port: a.sctp.PeerPort()},
	}
	ep.reading = None
	if r.More {
		ep.reading = a.id
	}
	if a.entries > a.sctp.Unread() {
		ep.remove(at)
		a.entries--
	}
	k.endAssoc(now, a, nil)
	return m
}

// nextEntry is which entry of the queue a receive takes. While a message is
// received in pieces, others of its association wait; those of others as well,
// unless SCTP_FRAGMENT_INTERLEAVE lets them pass.
func (k *Stack) nextEntry(ep *endpoint) (int, bool) {
	if ep.reading == None {
		return 0, ep.queue.Len() > 0
	}
	for i := range ep.queue.Len() {
		e := ep.queue.At(i)
		if e.assoc == ep.reading && (e.note.Kind == 0 || e.note.Kind == PartialDelivery) {
			return i, true
		}
	}
	for i := range ep.queue.Len() {
		if e := ep.queue.At(i); e.note.Kind != 0 || ep.interleave > 0 && e.assoc != ep.reading {
			return i, true
		}
	}
	return 0, false
}

// nothing is what a receive of a one-to-one socket says whose queue is empty.
func (k *Stack) nothing(s *sock) Errno {
	a := k.onlyAssoc(s.ep)
	switch {
	case s.listening, a == nil, !s.opened && !s.opening:
		return ENOTCONN
	case s.finFirst, !a.sctp.State().Exists():
		return OK // end of file
	}
	return EAGAIN
}

// sendSCTP is send without information: with what SCTP_DEFAULT_SNDINFO says.
func (k *Stack) sendSCTP(now clock.Time, p ProcID, fd int, data []byte) (int, Errno) {
	if e := k.Sendmsg(now, p, fd, wire.Endpoint{}, k.socks[k.sockOf(p, fd)].ep.defaults, data); e != OK {
		return 0, e
	}
	return len(data), OK
}

// recvSCTP is recv, which cannot tell a notification from data: it passes over
// them.
func (k *Stack) recvSCTP(now clock.Time, p ProcID, fd int, b []byte) (int, Errno) {
	for {
		if m, e := k.Recvmsg(now, p, fd, b, false); m.Note.Kind == 0 || e != OK {
			return m.N, e
		}
	}
}

// Defaults is the information that a socket sends with where a program gives
// none (SCTP_DEFAULT_SNDINFO).
func (k *Stack) Defaults(p ProcID, fd int) SndInfo {
	if _, ep, e := k.endpoint(p, fd); e == OK {
		return ep.defaults
	}
	return SndInfo{}
}

// pollSCTP is what poll says of an SCTP socket.
func (k *Stack) pollSCTP(s *sock) Ready {
	_, in := k.nextEntry(s.ep)
	r := Ready{Err: s.err != OK, In: in || s.err != OK, Out: s.err != OK}
	a := k.onlyAssoc(s.ep)
	switch {
	case s.listening && !s.ep.many:
		r.In = s.listen.ready.Len() > 0
	case s.ep.many:
		r.Out = true
	case a != nil:
		over := s.opened && !a.sctp.State().Exists()
		r.In = r.In || over || s.finFirst || s.shutRead
		r.Out = r.Out || over || s.opened && a.sctp.SendSpace() > 0
		r.Hup = over
	}
	return r
}
