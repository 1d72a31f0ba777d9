package sctp

import "simrun/fsm"

// State is an association state of RFC 9260 4.
type State uint8

const (
	Closed State = iota + 1
	CookieWait
	CookieEchoed
	Established
	ShutdownPending
	ShutdownSent
	ShutdownReceived
	ShutdownAckSent
)

var stateNames = [...]string{
	Closed: "CLOSED", CookieWait: "COOKIE-WAIT", CookieEchoed: "COOKIE-ECHOED",
	Established: "ESTABLISHED", ShutdownPending: "SHUTDOWN-PENDING", ShutdownSent: "SHUTDOWN-SENT",
	ShutdownReceived: "SHUTDOWN-RECEIVED", ShutdownAckSent: "SHUTDOWN-ACK-SENT",
}

// String is the state as RFC 9260 prints it.
func (s State) String() string {
	if s == 0 || int(s) >= len(stateNames) {
		return "no state"
	}
	return stateNames[s]
}

// States is every state, in the order of the text.
func States() []State {
	return []State{Closed, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownSent,
		ShutdownReceived, ShutdownAckSent}
}

var (
	// opening is the states before the association is up.
	opening = fsm.In(CookieWait, CookieEchoed)
	// up is the states in which both ends know the association.
	up = fsm.In(Established, ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent)
	// sending is the states in which DATA may be sent (RFC 9260 6).
	sending = fsm.In(Established, ShutdownPending, ShutdownReceived)
	// receiving is the states in which DATA is accepted (RFC 9260 6).
	receiving = fsm.In(Established, ShutdownPending, ShutdownSent)
	// draining is the states that wait until all of our DATA is acknowledged.
	draining = fsm.In(ShutdownPending, ShutdownReceived)
	// beating is the states in which idle paths are probed (RFC 9260 8.3:
	// none after SHUTDOWN or SHUTDOWN ACK is sent).
	beating = fsm.In(Established, ShutdownPending, ShutdownReceived)
)

func (s State) in(set fsm.States) bool { return fsm.Has(set, s) }

// Exists reports whether there is an association at all: any state but CLOSED.
func (s State) Exists() bool { return s > Closed }
