package socket

import (
	"slices"
	"strings"

	"simrun/sctp"
	"simrun/wire"
)

// NotificationKind is what an SCTP socket may be told of besides messages
// (RFC 6458 6.1). Each is subscribed to by itself.
type NotificationKind uint8

const (
	AssocChange NotificationKind = iota + 1 // SCTP_ASSOC_CHANGE
	PeerAddrChange
	RemoteError
	SendFailed // SCTP_SEND_FAILED_EVENT
	ShutdownEvent
	AdaptationIndication
	PartialDelivery
	SenderDry
	StreamReset // RFC 6525 6.1.1
	numNotificationKinds
)

// eventNames is how subscriptions are spelled, in the order of the kinds.
var eventNames = [...]string{
	"assoc", "addr", "error", "send_failed", "shutdown", "adaptation", "partial", "dry", "stream_reset",
}

func (n NotificationKind) String() string {
	if n == 0 || n >= numNotificationKinds {
		return "no event"
	}
	return eventNames[n-1]
}

// ParseEvent finds a kind of notification by its name.
func ParseEvent(name string) (NotificationKind, bool) {
	i := slices.Index(eventNames[:], name)
	return NotificationKind(i + 1), i >= 0
}

// EventNames is every kind's name.
func EventNames() []string { return eventNames[:] }

// Notification is one of them. Kind 0 is none: user data.
type Notification struct {
	Kind    NotificationKind
	What    What
	Addr    wire.Addr      // PeerAddrChange
	Cause   wire.CauseCode // COMM_LOST, CANT_STR_ASSOC, REMOTE_ERROR
	Reason  string         // what the peer's ABORT says (RFC 9260 3.3.10.12)
	Out, In uint16         // COMM_UP, RESTART: streams
	Message sctp.MessageID // SEND_FAILED
	Stream  uint16         // PARTIAL_DELIVERY_ABORTED
	SSN     wire.SSN       // PARTIAL_DELIVERY_ABORTED
}

// What is what has happened, the state of RFC 6458 where a kind has several.
type What uint8

const (
	CommUp What = iota + 1
	CommLost
	Restart
	ShutdownComp
	CantStrAssoc
	AddrAvailable
	AddrUnreachable
	AddrConfirmed
	PeerError
	DataUnsent
	DataSent
	PeerShuts
	PartialDeliveryAborted
	Dry
)

var whatNames = [...]string{
	CommUp: "COMM_UP", CommLost: "COMM_LOST", Restart: "RESTART", ShutdownComp: "SHUTDOWN_COMP",
	CantStrAssoc: "CANT_STR_ASSOC", AddrAvailable: "ADDR_AVAILABLE", AddrUnreachable: "ADDR_UNREACHABLE",
	AddrConfirmed: "ADDR_CONFIRMED", PeerError: "REMOTE_ERROR", DataUnsent: "DATA_UNSENT", DataSent: "DATA_SENT",
	PeerShuts: "SHUTDOWN_EVENT", PartialDeliveryAborted: "PARTIAL_DELIVERY_ABORTED", Dry: "SENDER_DRY_EVENT",
}

func (w What) String() string { return whatNames[w] }

// NotificationNames is every name that a program may wait for.
func NotificationNames() []string { return whatNames[1:] }

// String is the notification as programs know it.
func (n *Notification) String() string { return n.What.String() }

// entry is one thing in a socket's queue: a notification, or that a message of
// the association can be received.
type entry struct {
	assoc AssocID
	from  wire.Endpoint
	note  Notification
}

// Subscribe turns notifications of a kind on or off; none is on at first
// (RFC 6458 6.2.2). Who subscribes to SENDER_DRY while all is sent is told at
// once.
func (k *Stack) Subscribe(p ProcID, fd int, kind NotificationKind, on bool) Errno {
	_, ep, e := k.endpoint(p, fd)
	switch {
	case e != OK:
		return e
	case kind == 0 || kind >= numNotificationKinds:
		return EINVAL
	case !on:
		ep.events &^= 1 << kind
		return OK
	}
	ep.events |= 1 << kind
	if kind == SenderDry {
		for _, id := range ep.assocs {
			if a := k.assocs.get(id); a.sctp.State() == sctp.Established && a.sctp.Unsent() == 0 && a.sctp.Unacked() == 0 {
				ep.note(a, Notification{Kind: SenderDry, What: Dry})
			}
		}
	}
	return OK
}

// note puts a notification into the queue, if somebody wants it.
func (ep *endpoint) note(a *assoc, n Notification) {
	if ep.events&(1<<n.Kind) == 0 {
		return
	}
	from := wire.Endpoint{Addr: a.sctp.PrimaryAddr(), Port: a.sctp.PeerPort()}
	if n.Addr.IsValid() {
		from.Addr = n.Addr
	}
	ep.queue.Push(entry{assoc: a.id, from: from, note: n})
}

// tell applies an association's signal to its socket. p is what has arrived,
// or nil.
func (k *Stack) tell(a *assoc, sig *sctp.Signal, p *wire.SCTP) {
	if a.sock == None {
		return
	}
	s := &k.socks[a.sock]
	switch sig.Kind {
	case sctp.Up:
		s.opened, s.opening = !s.ep.many, false
		if !s.ep.many {
			s.remote = wire.Endpoint{Addr: a.sctp.PrimaryAddr(), Port: a.sctp.PeerPort()}
			s.local.Addr = k.sourceAmong(a.sctp.Locals(), s.remote.Addr)
		}
	case sctp.Lost, sctp.CannotStart:
		s.fails(sig, p)
	case sctp.Finished:
		s.opening = false
	case sctp.PeerShutdown:
		s.finFirst = true
	case sctp.Readable:
		if a.entries < a.sctp.Unread() {
			a.entries++
			s.ep.queue.Push(entry{assoc: a.id})
		}
	}
	if n := notificationOf(a, sig, p); n.Kind != 0 {
		s.ep.note(a, n)
	}
	if sig.Kind == sctp.PartialDeliveryAborted {
		s.ep.takenBack(a)
	}
}

// fails is the errno of a one-to-one socket whose association has come to its
// end: that of a peer which has aborted, or cannot be reached. Who aborts
// himself is told nothing.
func (s *sock) fails(sig *sctp.Signal, p *wire.SCTP) {
	switch {
	case s.ep.many:
	case sig.Kind == sctp.CannotStart && p != nil:
		s.err = ECONNREFUSED
	case p != nil:
		s.err = ECONNRESET
	case sig.Cause != wire.CauseUserAbort:
		s.err = ETIMEDOUT
	}
}

// takenBack forgets the entry of a message whose end will not come.
func (ep *endpoint) takenBack(a *assoc) {
	if ep.reading == a.id {
		ep.reading = None
	}
	if a.entries <= a.sctp.Unread() {
		return
	}
	for i := range ep.queue.Len() {
		if e := ep.queue.At(i); e.assoc == a.id && e.note.Kind == 0 {
			ep.remove(i)
			a.entries--
			return
		}
	}
}

// remove takes an entry out of the queue.
func (ep *endpoint) remove(i int) entry {
	e := *ep.queue.At(i)
	for ; i > 0; i-- {
		*ep.queue.At(i) = *ep.queue.At(i - 1)
	}
	ep.queue.Pop()
	return e
}

// notificationOf is the notification that a signal makes; none for most.
func notificationOf(a *assoc, sig *sctp.Signal, p *wire.SCTP) Notification {
	switch sig.Kind {
	case sctp.Up, sctp.Restarted:
		n := Notification{Kind: AssocChange, What: CommUp}
		if sig.Kind == sctp.Restarted {
			n.What = Restart
		}
		n.Out, n.In = a.sctp.Streams()
		return n
	case sctp.Lost:
		return Notification{Kind: AssocChange, What: CommLost, Cause: sig.Cause, Reason: reasonOf(p)}
	case sctp.CannotStart:
		return Notification{Kind: AssocChange, What: CantStrAssoc, Cause: sig.Cause, Reason: reasonOf(p)}
	case sctp.Finished:
		return Notification{Kind: AssocChange, What: ShutdownComp}
	case sctp.PeerShutdown:
		return Notification{Kind: ShutdownEvent, What: PeerShuts}
	case sctp.PathStatus:
		return pathNote(a, sig)
	case sctp.RemoteError:
		return Notification{Kind: RemoteError, What: PeerError, Cause: sig.Cause}
	case sctp.SendFailed:
		n := Notification{Kind: SendFailed, What: DataSent, Message: sig.Message}
		if sig.Unsent {
			n.What = DataUnsent
		}
		return n
	case sctp.PartialDeliveryAborted:
		return Notification{Kind: PartialDelivery, What: PartialDeliveryAborted, Stream: sig.Stream, SSN: wire.SSN(sig.N)}
	case sctp.SenderDry:
		return Notification{Kind: SenderDry, What: Dry}
	}
	return Notification{}
}

// pathNote is what a change of a path makes. The address that the association
// came up with is known to work, and told of by COMM_UP.
func pathNote(a *assoc, sig *sctp.Signal) Notification {
	n := Notification{Kind: PeerAddrChange, What: AddrAvailable, Addr: sig.Addr}
	switch {
	case sig.Status == sctp.Inactive:
		n.What = AddrUnreachable
	case sig.Confirmed && a.before.State <= sctp.CookieEchoed:
		return Notification{}
	case sig.Confirmed:
		n.What = AddrConfirmed
	}
	return n
}

// reasonOf is what an ABORT of a user says.
func reasonOf(p *wire.SCTP) string {
	if p == nil {
		return ""
	}
	for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		if causes, ok := c.Causes(); ok && c.Type == wire.ChunkAbort {
			reason, _ := causes.Find(wire.CauseUserAbort)
			return strings.ToValidUTF8(string(reason), "?")
		}
	}
	return ""
}
