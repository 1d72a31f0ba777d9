package sim

import (
	"fmt"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// Scenario is the whole description of a run: what a .sim file says, and what
// Go code may say as well. It is not changed by running it.
type Scenario struct {
	Name    string     // "tcp/half-close-echo"
	Profile string     // "" is "rfc"
	Seed    uint64     // 0 is 1
	End     clock.Time // when the run is cut off; 0: when nothing can happen any more
	Hosts   []HostSpec
	Links   []LinkSpec
	Faults  []Fault
	Apps    []AppSpec
	Inject  []Injection
}

// Pos is a place in a scenario file, counted from 1; zero for scenarios made
// in Go.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// HostSpec is a machine.
type HostSpec struct {
	Pos      Pos
	Name     string
	Addrs    []wire.Addr
	Settings []Setting
}

// Setting changes one field of a host's Config: ack=immediate, msl=30s.
type Setting struct {
	Pos        Pos
	Key, Value string
}

// LinkSpec joins two addresses of two hosts.
type LinkSpec struct {
	Pos    Pos
	Name   string // "" is named after its hosts
	Ends   [2]LinkEnd
	Delay  time.Duration // one way
	Jitter time.Duration // added to the delay, uniform from 0, order kept
	Rate   int64         // bits per second; 0: infinite
	Queue  int           // packets that may wait for the rate; 0: no limit
	Mark   int           // packets that wait when the next that is ECN-capable is marked; 0: none is
	MTU    int           // octets; 0: no limit
}

// LinkEnd is the host and its address that a link's end belongs to.
type LinkEnd struct {
	Host int // index into Hosts
	Addr wire.Addr
}

// FaultKind is what a link may do to packets.
type FaultKind uint8

const (
	DropFault    FaultKind = iota + 1
	DupFault               // a second copy arrives By later
	DelayFault             // arrives By later than it would
	SwapFault              // takes the place of another packet, and that its
	CorruptFault           // one bit flips
	CutFault               // nothing passes from From until To
	LossFault              // each packet is lost with a probability
	GilbertFault           // losses in bursts (Gilbert-Elliott)
	FilterFault            // all packets of a kind are dropped
	NATFault               // a middlebox forgets flows that were idle for By
	MarkFault              // a router is congested: it marks the packet, or drops it if that cannot be marked
)

// Fault is one line of trouble. Which fields count depends on its kind.
type Fault struct {
	Pos      Pos
	Text     string // as written, canonical: "drop a#4", "cut 5s..90s"
	Kind     FaultKind
	Sel      Selector // drop, mark, dup, delay, corrupt, swap, filter (Nth unused)
	Other    Selector // swap: the later packet
	By       time.Duration
	From, To clock.Time  // cut; To is clock.Never when it does not heal
	Loss     Probability // loss; gilbert: in the bad state
	Enter    Probability // gilbert: from good to bad, per packet
	Leave    Probability // gilbert: from bad to good, per packet
	Good     Probability // gilbert: loss in the good state
	Reset    bool        // nat: answer forgotten flows with a RST
	Link     int         // index into Links, -1: every link
	Host     int         // packets from this host, -1: from any
}

// Probability is a chance as a 64-bit threshold: an event happens when a
// uniform 64-bit number is below it. One is exactly certain, so that no run
// depends on floating point.
type Probability struct {
	Threshold uint64
	Certain   bool
}

// Selector chooses packets by meaning or count. With Number it is host#N: the
// N-th packet the host hands to a link. Otherwise host.WHAT[N]: the N-th that
// matches What. Retransmissions count.
type Selector struct {
	Host int // index into Hosts
	What What
	Nth  int // from 1
}

// What says which packets a selector counts.
type What struct {
	Any     bool       // every packet: host#N
	Flags   wire.Flags // TCP: all of these are set, the rest is free
	Data    bool       // carries user data
	PureACK bool       // TCP: no data, SYN, FIN or RST
	ICMP    bool       // an ICMP message
	Chunk   string     // SCTP: contains this chunk
}

// Injection is a forged packet that appears at a host's end of its link, as
// if sent by that host.
type Injection struct {
	Pos  Pos
	At   clock.Time
	From int    // index into Hosts: who it pretends to come from
	Text string // as written, for the trace
	// Src and Dst are the ends that it names; without them it is of the host's
	// connection. Times is how many there are, 0 as 1; each comes from the next
	// address.
	Src, Dst wire.Endpoint
	Times    int
	Source   string // packet in notation; parsed when it is sent, for numbers are relative to the connection of then
}

// AppSpec is one process with its program.
type AppSpec struct {
	Pos    Pos
	Host   int
	Name   string // process name, "" for the first
	Shares string // the process whose descriptors it shares
	Code   []Instr
}
