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
	Reason Reason
}

// Reason is why octets are sent again.
type Reason uint8

const (
	ForRTO       Reason = iota + 1 // the retransmission timer, and the slow start that follows
	ForRecovery                    // fast retransmit, and the recovery that follows
	ForLossProbe                   // outside any recovery
	ForPathMTU                     // a router could not pass it on
	ForWindow                      // a shut window is probed
)

var reasonNames = [...]string{
	ForRTO: "RTO", ForRecovery: "fast retransmit", ForLossProbe: "loss probe",
	ForPathMTU: "path MTU", ForWindow: "window probe",
}

func (r Reason) String() string { return reasonNames[r] }

// reasons is why octets are sent again in each phase.
var reasons = [...]Reason{
	phaseOpen: ForLossProbe, phaseRecovery: ForRecovery, phaseLoss: ForRTO,
	phaseProbe: ForRTO, phaseWatch: ForRTO, phasePath: ForPathMTU,
}

// SignalKind is what a connection tells its user.
type SignalKind uint8

const (
	Opened             SignalKind = iota + 1 // the connection is ESTABLISHED
	Readable                                 // text can be received
	Writable                                 // octets were acknowledged: there is room to send
	PeerClosed                               // the peer's FIN: end of file after the text
	Refused                                  // "connection refused"
	Reset                                    // "connection reset"
	ResetClosing                             // reset after both ends had closed; nothing was lost
	TimedOut                                 // "connection aborted due to user timeout", or R2
	SoftError                                // an ICMP error that may pass; Kind says which
	Unreachable                              // an ICMP error that ended the opening
	Warning                                  // R1: retransmitted too often (SHLD-9)
	Deleted                                  // the TCB is deleted in good order
	TimerExpired                             // a timer expired after Value; Next is what it was set to again
	TimeWaitRestarted                        // the FIN came again in TIME-WAIT
	FastRetransmit                           // N duplicate ACKs: the oldest segment is presumed lost
	RecoveryEnded                            // all that was in flight when it began is acknowledged
	FastOpened                               // text came with a SYN whose cookie is good
	FastCookie                               // the peer gave a cookie for the next time
	FastRefused                              // the peer did not take the text of our SYN: it goes again
	SegmentsLost                             // N segments were overdue (RFC 8985 6)
	Reneged                                  // the peer dropped what it had reported (RFC 2018 8)
	Dropped                                  // we did: N octets beyond the hole
	ProbeRepaired                            // a loss probe filled the hole: there was a loss
	CongestionWindow                         // the congestion window is now N
	Crowded                                  // text was dropped: N ranges are held beyond holes already
	PathMTU                                  // packets of MSS N pass
	PathProbe                                // a segment tries whether MSS N passes
	PathProbeLost                            // it does not
	BlackHole                                // large segments vanish: the MSS falls to N
	UserTimeoutChanged                       // by the peer's option, to Value
	UrgentData                               // N octets, come or not, to the end of urgent data (MUST-32)
	UrgentEnd                                // the user has received all urgent data that is known of
	SpuriousRTO                              // nothing was lost when the timer expired: the window is N again
	SpuriousRetransmit                       // nothing was lost at the fast retransmit: the window is N again
	CongestionMarked                         // text came with CE: it met congestion
	CongestionEchoed                         // the peer says that our text did
	RestartedAfterIdle                       // nothing was sent for Value
	WindowUnused                             // the congestion window was not full for an RTO
	SlowStartPaced                           // the round trip grows: slow start goes on more slowly
	SlowStartResumed                         // it does not: slow start as before
	SlowStartEnded                           // it does: congestion avoidance
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
	Threshold   int  // CongestionWindow: the threshold, old or new
	Phase       Phase
	Means       Means // SpuriousRTO, SpuriousRetransmit
}

// Known is ssthresh, and 0 before congestion has told what it is.
func (s *Signal) Known() int {
	if s.Threshold == unlimited {
		return 0
	}
	return s.Threshold
}

// DropReason says why a segment, or what was left of it, was dropped.
type DropReason uint8

const (
	DropByRow   DropReason = iota + 1 // the last row fired says why
	DropTrimmed                       // part of the text lay outside the window, or beyond the FIN
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
