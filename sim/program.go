package sim

import (
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/wire"
)

// Op is what one instruction of a scenario's application does. The calls are
// the socket calls of POSIX; the rest is control.
type Op uint8

const (
	OpSocket     Op = iota + 1 // socket tcp|sctp …
	OpBind                     // Local
	OpListen                   // Local.Port (0: bound before), N is the backlog
	OpAccept                   //
	OpConnect                  // Host, Addr or name, Port
	OpSend                     // Data; Flags
	OpSendto                   // Host, Addr or name, Port; Data; Flags: connects as well
	OpRecv                     // N (0: all there is); Flags
	OpShutdown                 // How
	OpClose                    //
	OpDup                      //
	OpSetsockopt               // Opt, Value
	OpGetsockopt               // Opt
	OpPoll                     // Socks, Dur; Flags: OOB
	OpSockatmark               //
	OpSet                      // Opt=Text: changes the host's Config
	OpLimit                    // N descriptors
	OpReboot                   // the host forgets every socket, silently

	OpSleep  // Dur
	OpAt     // At: waits until that instant
	OpUntil  // runs the block up to Jump until a call in it has the outcome Want
	OpRepeat // runs the block up to Jump N times, each at the next multiple of Dur if that is set
	OpEnd    // ends a block: Jump is its beginning
	OpFork   // a second process runs the block up to Jump with the same descriptors
	OpExit   // ends the process and closes its descriptors
)

// CallFlags is the MSG_ flags of send and recv that scenarios may give.
type CallFlags uint8

const (
	Peek CallFlags = 1 << iota
	DontWait
	OOB
	FastOpen
	WaitAll
	More
)

var callFlagNames = [...]string{"PEEK", "DONTWAIT", "OOB", "FASTOPEN", "WAITALL", "MORE"}

// CallFlagNames is what programs call the flags, in the order of their bits.
func CallFlagNames() []string { return callFlagNames[:] }

// args is the flags as programs write them behind other arguments.
func (f CallFlags) args() (s string) {
	for i, name := range callFlagNames {
		if f>>i&1 != 0 {
			s += " " + name
		}
	}
	return s
}

// Instr is one instruction. Which fields count depends on Op.
type Instr struct {
	Pos    Pos
	Op     Op
	Assign string // NAME = call: the socket that the call makes
	On     string // NAME.call: the socket that the call is for; "": opened last
	FD     int    // the descriptor it is for, in Go programs; 0: by name
	Args   string // the arguments as the margin shows them: "B:4500", "WR"

	Peer    string // connect: the host's name as written; "" when Remote has an address
	Remote  wire.Endpoint
	Local   wire.Endpoint
	N       int
	Data    Data
	Flags   CallFlags
	How     socket.How
	Opt     string
	Value   int64
	Text    string
	Dur     time.Duration
	At      clock.Time
	Timeout time.Duration // timeout=2s on a blocking call; 0: none
	Socks   []string

	Want *Want // after "=": the call must return just that
	When *When // "at", "within": it must return then
	Jump int   // index into Code, for blocks
}

// Data is bytes to send or to expect, as a sum of terms.
type Data []Term

// Term is one part of Data.
type Term struct {
	Text    []byte // literal bytes; {n} in them is the loop counter when Counter is set
	Counter bool
	Pattern int  // that many bytes of a fixed pattern
	It      bool // what was received last
}

// WantKind is what a call may be expected to return.
type WantKind uint8

const (
	WantData         WantKind = iota + 1 // just these bytes
	WantNumber                           // this number
	WantEOF                              // end of file: recv returns 0
	WantErrno                            // this errno
	WantBlocked                          // it never returns
	WantWord                             // this word: a state
	WantNotification                     // SCTP
)

// Want is the outcome a call must have.
type Want struct {
	Pos    Pos
	Kind   WantKind
	Text   string // as written
	Data   Data
	Number int64
	Errno  socket.Errno
	Name   string    // notification
	Fields []Setting // notification: k=v
}

// When is the instant at which a call must return: exactly at From when From
// equals To, between the two otherwise; relative to the call's start when
// Relative.
type When struct {
	Pos      Pos
	Text     string
	From, To clock.Time
	Relative bool
}
