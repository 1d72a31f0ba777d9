// Package trace records what happened in a run, and why: packets with their
// fates, and events each of which names the event that caused it. The ladder,
// the event log and the capture are views of one Log.
package trace

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// Log is one run. Indexes into its slices are stable; an event's ID is its
// index plus one, so that 0 is "none".
type Log struct {
	Name     string   // "tcp/half-close-echo"
	Settings []string // what the heading names: edits and faults, "profile rfc", "ack=immediate", "seed 1"
	Command  string   // the canonical command that reproduces the run
	Hosts    []Host
	Links    []Link
	Conns    []Conn
	Packets  []Packet
	Events   []Event
	Final    []Final // how every connection ended, set when the run is over
}

// ID names an event of a Log; 0 names none.
type ID int32

// Host is a machine with its addresses.
type Host struct {
	Name  string
	Addrs []wire.Addr
}

// Link joins two hosts.
type Link struct {
	Name  string // "p1", or "A-B" when the scenario gives none
	Hosts [2]int
	Addrs [2]wire.Addr  // of the hosts on this link
	RTT   time.Duration // both directions' delays, without jitter
}

// Conn is a conversation between two endpoints; an association, which may have
// several addresses at each end, stands at the first of its host. A pair of endpoints that is
// used again, after a reboot or in a second life, is the same Conn.
type Conn struct {
	Proto wire.Proto
	Ends  [2]ConnEnd // in the order of the host indexes
}

// ConnEnd is one end of a Conn.
type ConnEnd struct {
	Host     int
	Endpoint wire.Endpoint
}

// Final is the state of one end when the run was over.
type Final struct {
	Conn, Host int
	State      string // "CLOSED"; "" if the host never knew of the connection
}

// Packet is one packet handed to a link, and what became of it.
type Packet struct {
	From             int         // the sending host
	N                int         // counts what that host handed to its links, from 1: "a#4"
	Conn             int         // index into Conns; -1 if none
	Forged           bool        // injected from outside: it has no N
	Pkt              wire.Packet // with a payload of its own
	SeqBase, AckBase wire.Seq    // what relative numbers count from: the sender's and the peer's ISS, or one less than their initial TSNs
	Resend           int         // the nth time these octets are sent again; 0: the first time
	Reason           string      // why they are: "RTO"
	Probe            bool        // it probes a shut window
	Sent             ID          // its Send event
	Copies           []Copy      // one, but for duplicates
}

// Fate is what became of one copy of a packet.
type Fate uint8

const (
	InFlight       Fate = iota // still on its way when the run ended
	Arrived                    // reached the host
	LostAtQueue                // the link's queue was full
	LostOnLink                 // dropped, cut or filtered on the way
	LostAtReceiver             // reached the host and failed its checksum
)

// Copy is one copy of a packet on its way.
type Copy struct {
	To    int        // the receiving host
	Link  int        // index into Links; -1 for loopback
	Fate  Fate       //
	At    clock.Time // when it arrived or died
	Event ID         // the Arrive or Lose event; 0 while in flight
	Note  string     // what the link did to it: "duplicate", "delayed 70 s", "bit 17 flipped"

	Refused bool // it arrived, and the host dropped it or a part of it
	Marked  bool // a router on the way set CE (RFC 3168)
	Flipped int  // the bit after the IP header that flipped on the way, from 1; 0: none
}

// Kind says what an event is.
type Kind uint8

const (
	Send    Kind = iota + 1 // a packet is handed to the link
	Arrive                  // a copy of a packet reaches a host
	Lose                    // a copy of a packet dies; Text is the cause, "drop a#4"
	Call                    // an application's call begins and blocks
	Return                  // a call returns
	Blocked                 // a call that never returned, at the end of the run
	State                   // a connection is in another state at the end of a step
	Fired                   // a row of the protocol's table fired
	Timer                   // a timer expired; Text is "RTO 1 s, next 2 s"
	Signal                  // the protocol tells its user something
	Drop                    // the protocol dropped what arrived; Text is the reason
	Note                    // the simulator did something: "reboot", a violated invariant
)

// Event is one thing that happened at one instant.
//
// Events of one step (one arrival, one call or one expiry at one host) have
// the same Step and stand together, what caused the step first: Arrive, or
// Timer, or Call and Return.
type Event struct {
	ID     ID
	Cause  ID // what made it happen; 0: the scenario
	Step   int
	At     clock.Time
	Kind   Kind
	Host   int // where; for Lose the sender
	Conn   int // index into Conns, -1 if none
	Packet int // index into Packets for Send, Arrive and Lose, else -1
	Copy   int // index into that packet's Copies for Arrive and Lose

	Text string   // a phrase for the margin, without a full stop
	Call CallText // for Call, Return and Blocked
	From string   // for State: the states as the RFC prints them
	To   string
	Row  RowText // for Fired; for State the row that led there

	Window Window // for Signal, where it tells of the congestion window
}

// Window is a sender's congestion control at one instant; without a Phase,
// nothing.
type Window struct {
	Phase          string // "slow-start", "fast-recovery"
	Cwnd, Ssthresh int    // octets; ssthresh 0: no congestion has set it yet
	Pipe           int    // octets in the network
}

// CallText is an application's call in parts, so that a margin can cut it.
// In full it reads: App.Name Args "Data" = Result "Got".
type CallText struct {
	App    string // the process, when the host runs several
	Name   string // "send"
	Args   string // "WR", "B:4500"
	Data   []byte // what is sent, shown in quotes after Args when not nil
	Result string // "0", "7", "EOF", "ECONNRESET"; "" when success goes without saying
	Got    []byte // what was received, shown in quotes as the result when not nil
	Failed bool   // the result is an errno
	Begun  ID     // for Return: its Call event, when the call had blocked
}

// RowText quotes a row of a protocol's table.
type RowText struct {
	ID, Ref, Why string
}

// Add appends an event and returns its ID.
func (l *Log) Add(e Event) ID {
	e.ID = ID(len(l.Events) + 1)
	l.Events = append(l.Events, e)
	return e.ID
}

// Event is the event with the given ID, or nil for 0.
func (l *Log) Event(id ID) *Event {
	if id == 0 {
		return nil
	}
	return &l.Events[id-1]
}
