package sctp

import (
	"time"

	"simrun/fsm"
	"simrun/wire"
)

// Out is what steps bring about. The caller owns it, reads it after a step,
// and calls Reset before the next.
type Out struct {
	Packets    []Packet
	Signals    []Signal
	Rows       []fsm.RowIndex // of Config.Table, in the order they fired
	Drops      []Drop
	Violations []Violation // our own bugs

	octets  wire.Chunks // what the chunks of Packets stand in
	control wire.Chunks // space for the replies of a step
}

// Reset empties o and keeps its space.
func (o *Out) Reset() {
	o.Packets = o.Packets[:0]
	o.Signals = o.Signals[:0]
	o.Rows = o.Rows[:0]
	o.Drops = o.Drops[:0]
	o.Violations = o.Violations[:0]
	o.octets = o.octets[:0]
}

// Packet is a packet to send. Its chunks are valid until the Out is reset. A
// source address that is not set is the host's to choose.
type Packet struct {
	wire.SCTP
	Resend int // how often the chunk in it that was sent most often was sent again
}

// SignalKind is what an association tells its user (RFC 9260 11.2), or whoever
// explains the run.
type SignalKind uint8

const (
	Up                     SignalKind = iota + 1 // COMMUNICATION UP
	Lost                                         // COMMUNICATION LOST
	Restarted                                    // RESTART
	Finished                                     // SHUTDOWN COMPLETE
	CannotStart                                  // the association could not be set up
	PeerShutdown                                 // the peer will take no more data
	Readable                                     // DATA ARRIVE: a message can be received
	Writable                                     // a message was acknowledged: there is room to send
	SenderDry                                    // all messages are acknowledged
	SendFailed                                   // SEND FAILURE: a message was given up; Message says which
	PathStatus                                   // NETWORK STATUS CHANGE of Path, now Status
	RemoteError                                  // COMMUNICATION ERROR: an ERROR chunk, Cause is its first
	TimerExpired                                 // a timer expired after Value; Next is what it was set to again
	FastRetransmit                               // N chunks have been reported missing three times
	RecoveryEnded                                // all that was outstanding when it began is acknowledged
	PathMTU                                      // the path's MTU is now N
	CongestionWindow                             // the path's congestion window is now N
	StreamReset                                  // Stream, or all, counts from 0 again; or Result says why not (RFC 6525)
	AssocReset                                   // all TSNs and SSNs begin anew; or Result says why not
	StreamsAdded                                 // there are N more streams; or Result says why not
	PartialDeliveryAborted                       // the rest of message N of Stream, which was handed up in pieces, will not come (RFC 6458 6.1.7)
)

// Signal is one message to the user, or to whoever explains the run.
type Signal struct {
	Kind        SignalKind
	Timer       Timer     // TimerExpired
	Path        int       // TimerExpired of a path, PathStatus, CongestionWindow
	Addr        wire.Addr // the path's address at the peer
	Value, Next time.Duration
	Status      PathState
	Confirmed   bool                // PathStatus: it was UNCONFIRMED (RFC 9260 5.4)
	Cause       wire.CauseCode      // Lost, CannotStart, RemoteError; 0: none was given
	Message     MessageID           // SendFailed
	Unsent      bool                // SendFailed: nothing of it was ever sent
	Stream      uint16              // PartialDeliveryAborted, StreamReset
	Incoming    bool                // StreamReset, StreamsAdded: streams from the peer
	All         bool                // StreamReset
	Result      wire.ReConfigResult // StreamReset, AssocReset, StreamsAdded
	N           int
	Ssthresh    int // CongestionWindow: the new threshold, 0 if it is the old one
	Flight      int // CongestionWindow: octets outstanding on the path
}

// DropReason says why a packet or chunk was dropped.
type DropReason uint8

const (
	DropByRow     DropReason = iota + 1 // the last row fired says why
	DropTag                             // wrong verification tag (RFC 9260 8.5)
	DropMalformed                       // a chunk too short to be what it says
	DropWindow                          // DATA beyond the receive window (RFC 9260 6.2)
	DropUnknown                         // a chunk type that is not known
	DropBundled                         // a chunk that must travel alone and did not (RFC 9260 6.10)
	DropAddress                         // an INIT whose answer could go to no address that ASSOCIATE named (RFC 9260 5.2.1)
)

// Drop is one packet or chunk that was dropped; it is counted, never an error.
type Drop struct {
	Reason DropReason
	Row    fsm.RowIndex
}

// Violation is a bug of ours: something that the tables or the invariants say
// cannot happen.
type Violation struct {
	ID   string // "I-23", or "table"
	Text string
}

func (v Violation) Error() string { return v.ID + ": " + v.Text }

func (o *Out) violate(id, text string) {
	o.Violations = append(o.Violations, Violation{id, text})
}

func (o *Out) signal(s Signal) { o.Signals = append(o.Signals, s) }

func (o *Out) drop(r DropReason) { o.Drops = append(o.Drops, Drop{Reason: r}) }
