package tcp

import "simrun/fsm"

// State is a connection state of RFC 9293 3.3.2.
type State uint8

const (
	Closed State = iota + 1
	Listen
	SynSent
	SynReceived
	Established
	FinWait1
	FinWait2
	CloseWait
	Closing
	LastAck
	TimeWait
)

var stateNames = [...]string{
	Closed: "CLOSED", Listen: "LISTEN", SynSent: "SYN-SENT", SynReceived: "SYN-RECEIVED",
	Established: "ESTABLISHED", FinWait1: "FIN-WAIT-1", FinWait2: "FIN-WAIT-2",
	CloseWait: "CLOSE-WAIT", Closing: "CLOSING", LastAck: "LAST-ACK", TimeWait: "TIME-WAIT",
}

// String is the state as RFC 9293 prints it.
func (s State) String() string {
	if s == 0 || int(s) >= len(stateNames) {
		return "no state"
	}
	return stateNames[s]
}

// States is every state, in the order of the text.
func States() []State {
	return []State{Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2,
		CloseWait, Closing, LastAck, TimeWait}
}

var (
	// synchronized is the states in which both ends know each other's
	// numbers (RFC 9293 3.5.2 group 3).
	synchronized = fsm.In(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck, TimeWait)
	// finTaken is the states that follow the peer's FIN.
	finTaken = fsm.In(CloseWait, Closing, LastAck, TimeWait)
	// sending is the states in which queued octets and the FIN may be sent.
	sending = fsm.In(Established, FinWait1, CloseWait, Closing, LastAck)
)

func (s State) in(set fsm.States) bool { return fsm.Has(set, s) }

var (
	// receiving is the states in which the peer may still send text.
	receiving = fsm.In(Established, FinWait1, FinWait2)
	// finUnacked is the states that wait for the ACK of our FIN.
	finUnacked = fsm.In(FinWait1, Closing, LastAck)
)

// opening is the states before the connection is open.
var opening = fsm.In(SynSent, SynReceived)

// acknowledging is the states with a RCV.NXT to acknowledge.
var acknowledging = fsm.In(SynReceived) | synchronized

// Exists reports whether there is a connection at all: any state but CLOSED.
func (s State) Exists() bool { return s > Closed }
