package tcp

import (
	"time"

	"simrun/fsm"
	"simrun/wire"
)

// Out is what steps bring about. The caller owns it, reads it after a step,
// and calls Reset before the next.
type Out struct {
	Segments   []Segment
	Signals    []Signal
	Rows       []fsm.RowIndex // of Config.Table, in the order they fired
	Drops      []Drop
	Violations []Violation // our own bugs
}

// Reset empties o and keeps its space.
func (o *Out) Reset() {
	o.Segments = o.Segments[:0]
	o.Signals = o.Signals[:0]
	o.Rows = o.Rows[:0]
	o.Drops = o.Drops[:0]
	o.Violations = o.Violations[:0]
}

// Segment is a segment to send. Its payload aliases the connection's send
// queue and is valid until the connection's next step.
type Segment struct {
	wire.TCP
	Resend int // the nth time these octets are sent again; 0: the first time
}

// SignalKind is what a connection tells its user.
type SignalKind uint8

const (
	Opened            SignalKind = iota + 1 // the connection is ESTABLISHED
	Readable                                // text can be received
	Writable                                // octets were acknowledged: there is room to send
	PeerClosed                              // the peer's FIN: end of file after the text
	Refused                                 // "connection refused"
	Reset                                   // "connection reset"
	ResetClosing                            // reset after both ends had closed; nothing was lost
	TimedOut                                // "connection aborted due to user timeout", or R2
	SoftError                               // an ICMP error that may pass; Kind says which
	Unreachable                             // an ICMP error that ended the opening
	Warning                                 // R1: retransmitted too often (SHLD-9)
	Deleted                                 // the TCB is deleted in good order
	TimerExpired                            // a timer expired after Value; Next is what it was set to again
	TimeWaitRestarted                       // the FIN came again in TIME-WAIT
	FastRetransmit                          // N duplicate ACKs: the oldest segment is presumed lost
	RecoveryEnded                           // all that was in flight when it began is acknowledged
	CongestionWindow                        // the congestion window is now N
	Crowded                                 // text was dropped: N ranges are held beyond holes already
)

// Signal is one message to the user, or to whoever explains the run.
type Signal struct {
	Kind        SignalKind
	Timer       Timer // TimerExpired
	Value, Next time.Duration
	ICMP        wire.ICMPKind
	Push        bool // Readable: the segment that brought it had PSH (MAY-17)
	N           int  // FastRetransmit, CongestionWindow
	Ssthresh    int  // CongestionWindow: the new threshold, 0 if it is the old one
	Pipe        int  // CongestionWindow: octets in the network
}

// DropReason says why a segment, or what was left of it, was dropped.
type DropReason uint8

const (
	DropByRow   DropReason = iota + 1 // the last row fired says why
	DropTrimmed                       // part of the text lay outside the window
	DropCrowded                       // too many ranges are held beyond holes (Config.MostHoles)
)

// Drop is one segment that was dropped; it is counted, and never an error.
type Drop struct {
	Reason DropReason
	Row    fsm.RowIndex
}

// Violation is a bug of ours: something that the tables or the invariants say
// cannot happen.
type Violation struct {
	ID   string // "I-5", or "table"
	Text string
}

func (v Violation) Error() string { return v.ID + ": " + v.Text }

func (o *Out) violate(id, text string) {
	o.Violations = append(o.Violations, Violation{id, text})
}

func (o *Out) signal(s Signal) { o.Signals = append(o.Signals, s) }
