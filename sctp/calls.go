package sctp

import (
	"errors"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// What a user call is refused with, in the words of RFC 9260 11.1.
var (
	ErrNotOpen    = errors.New("association does not exist")
	ErrExists     = errors.New("association already exists")
	ErrClosing    = errors.New("association is shutting down")
	ErrStream     = errors.New("invalid stream identifier")
	ErrNoRoom     = errors.New("no room in the send buffer")
	ErrTooLarge   = errors.New("message is too large")
	ErrNoAddress  = errors.New("no such address of the peer")
	ErrNoData     = errors.New("no user data")
	ErrNotAgreed  = errors.New("the peer does not know this extension")
	ErrInProgress = errors.New("a request is outstanding")
)

// MessageID names a message from SEND until it is acknowledged or given up.
type MessageID uint32

// Message is what SEND takes (RFC 9260 11.1.5).
type Message struct {
	Stream    uint16
	PPID      uint32
	Context   uint32 // given back with a SEND FAILURE
	Unordered bool
	Immediate bool          // the I bit: acknowledge without delay (RFC 7053)
	Lifetime  time.Duration // after it the message is not begun any more (RFC 9260 11.1.5); 0: for ever
	Policy    Policy        // when it is given up although it is begun (RFC 3758)
	Limit     uint32        // what the policy says: retransmissions, or a priority
	Data      []byte
}

// Associate is ASSOCIATE: it sends an INIT to the first of the peer's
// addresses (RFC 9260 11.1.2). Its port must not be 0.
func (a *Assoc) Associate(now clock.Time, peer []wire.Addr, port uint16, out *Out) error {
	s := a.begin(now, out)
	if len(peer) == 0 || port == 0 {
		return ErrNoAddress
	}
	if a.state == Closed {
		a.renew()
		a.peerPort = port
		for _, addr := range peer {
			a.addPath(addr, Active) // RFC 9260 5.4 1: the user answers for it
		}
	}
	return a.call(&s, CallAssociate)
}

// Send is SEND: it queues the message whole, or refuses it.
func (a *Assoc) Send(now clock.Time, m *Message, out *Out) (MessageID, error) {
	s := a.begin(now, out)
	s.user = m
	id := a.snd.nextID
	err := a.call(&s, CallSend)
	return id, err
}

// Shutdown is SHUTDOWN: what is queued is delivered, then the association ends.
func (a *Assoc) Shutdown(now clock.Time, out *Out) error {
	s := a.begin(now, out)
	return a.call(&s, CallShutdown)
}

// Abort is ABORT: everything is discarded, and the peer told; reason travels
// in the cause User-Initiated Abort (RFC 9260 3.3.10.12).
func (a *Assoc) Abort(now clock.Time, reason []byte, out *Out) error {
	s := a.begin(now, out)
	s.causes = wire.Cause{Code: wire.CauseUserAbort, Value: reason}.Append(nil)
	return a.call(&s, CallAbort)
}

func (a *Assoc) begin(now clock.Time, out *Out) step {
	return step{now: now, out: out, from: noPath, path: noPath, reply: out.control[:0]}
}

func (a *Assoc) call(s *step, e Event) error {
	a.fire(s, e)
	a.output(s)
	return s.err
}

// Received is a message, or a piece of one, that was taken (RFC 9260 11.1.6).
type Received struct {
	N         int
	Stream    uint16
	SSN       wire.SSN
	MID       wire.MID
	PPID      uint32
	TSN       wire.TSN
	CumTSN    wire.TSN
	Unordered bool
	More      bool // the rest of the message is yet to be taken
}

// Receive is RECEIVE: it takes the next message, or as much of it as p holds;
// false if none waits.
func (a *Assoc) Receive(now clock.Time, p []byte, out *Out) (Received, bool) {
	s := a.begin(now, out)
	r, ok := a.rcv.take(p)
	if ok {
		r.CumTSN = a.rcv.cum()
		a.deliverPartially(&s)
		a.windowOpened(&s)
		a.output(&s)
	}
	return r, ok
}

// Unread is how many messages, or pieces of one, wait for the user.
func (a *Assoc) Unread() int { return a.rcv.readable() }

// SendSpace is how many octets Send would queue now.
func (a *Assoc) SendSpace() int { return max(0, a.cfg.SendBuffer-a.snd.queued) }

// Unsent and Unacked are how many messages wait to be sent, and how many
// chunks to be acknowledged.
func (a *Assoc) Unsent() int  { return a.snd.waiting.Len() }
func (a *Assoc) Unacked() int { return a.snd.flight.len() }

// Streams is how many streams lead to the peer and from it.
func (a *Assoc) Streams() (out, in uint16) { return uint16(len(a.snd.streams)), a.rcv.limit }

// Set gives the association another configuration, and does at once what that
// allows.
func (a *Assoc) Set(now clock.Time, cfg *Config, out *Out) {
	s := a.begin(now, out)
	a.cfg = cfg
	if a.state == Established {
		a.watchUser(&s)
	}
	a.output(&s)
}
