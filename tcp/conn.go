package tcp

import (
	"simrun/clock"
	"simrun/internal/rto"
	"simrun/wire"
)

// Conn is a connection: the TCB. It holds no map, function, channel or
// interface, and no pointer but its Config; everything in it is a value that
// Clone copies and AppendState writes.
type Conn struct {
	cfg    *Config
	state  State
	origin origin
	// abandoned: the user will RECEIVE no more; arriving text is lost, and a
	// RST says so (RFC 9293 3.6.1).
	abandoned     bool
	local, remote wire.Endpoint
	snd           sender
	rcv           receiver
	rtt           rto.Estimator
	timing        timing
	cc            congestion
	use           usage
	ecn           ecn
	rec           recovery
	path          pathMTU
	uto           peerTimeout
	probe         probe
	undo          undo
	copies        copies
	alive         keepalive
	challenges    Throttle
	opt           options
	ts            timestamps
	fast          fastOpen
	timers        clock.TimerSet
}

// origin is how the connection was opened; SYN-RECEIVED must remember it
// (MUST-11).
type origin uint8

const (
	active origin = iota
	passive
)

// Timers of a connection, numbered for its clock.TimerSet.
type Timer uint8

const (
	TimerReordering Timer = iota
	TimerProbe            // before the RTO, which it may be as late as
	TimerRetransmit
	TimerDelayedACK
	TimerPersist
	TimerFinWait2
	TimerTimeWait
	TimerKeepalive
	TimerUser
	TimerOverride // text waits for more text, or for a wider window
	TimerSYN
	numTimers
)

var timerNames = [...]string{
	TimerRetransmit: "RTO", TimerDelayedACK: "delayed ACK", TimerPersist: "persist",
	TimerFinWait2: "FIN-WAIT-2", TimerTimeWait: "2MSL", TimerKeepalive: "keepalive",
	TimerUser: "user timeout", TimerOverride: "override", TimerReordering: "RACK reordering", TimerProbe: "PTO",
	TimerSYN: "SYN again",
}

func (t Timer) String() string { return timerNames[t] }

// Init makes c a connection in CLOSED between two endpoints. The initial send
// sequence number is the caller's choice (RFC 9293 3.4.1), and so is where its
// timestamp clock starts (RFC 7323 5.4). Slices that c held are reused.
func (c *Conn) Init(cfg *Config, local, remote wire.Endpoint, iss wire.Seq, tsOffset uint32) {
	queue, held, kept := c.snd.reuse(), c.rcv.text.reuse(), c.copies.reuse(iss)
	*c = Conn{cfg: cfg, state: Closed, local: local, remote: remote}
	c.snd = sender{iss: iss, una: iss, nxt: iss, max: iss, wl2: iss, up: iss, first: iss.Add(1), queue: queue.queue, flight: queue.flight}
	c.rcv = receiver{text: held}
	c.ts.offset = tsOffset
	c.rec.point = iss
	c.copies = kept
}

// State is the connection's state between steps.
func (c *Conn) State() State { return c.state }

// Local and Remote are the connection's two ends.
func (c *Conn) Local() wire.Endpoint  { return c.local }
func (c *Conn) Remote() wire.Endpoint { return c.remote }

// Config is the connection's configuration.
func (c *Conn) Config() *Config { return c.cfg }

// step is the working context of one step; it does not outlive it.
type step struct {
	now    clock.Time
	out    *Out
	seg    *wire.TCP // SEGMENT ARRIVES: what arrived
	text   span      // its text that is new and in the window
	icmp   wire.ICMPKind
	data   []byte // SEND: what to queue; RECEIVE: where to put it
	flags  SendFlags
	urgent bool  // the peer is to hear of the urgent pointer before the step ends
	n      int   // how many octets of data were taken or delivered
	err    error // the call's refusal
	ack    bool  // an ACK is owed before the step ends

	moved    bool // new text was sent, or acknowledged
	delivery delivery
}

// span is a part of an arriving segment's text.
type span struct {
	seq  wire.Seq
	data []byte
}

// fire finds the row for an event in the present state, enters the row's
// state and performs its actions. State is assigned here alone.
func (c *Conn) fire(s *step, e Event) {
	for _, i := range c.cfg.Table.Candidates(c.state, e) {
		row := c.cfg.Table.Row(i)
		if !c.holds(row.If) {
			continue
		}
		s.out.Rows = append(s.out.Rows, i)
		if row.To != 0 && row.To != c.state {
			c.state = row.To
			c.entered()
		}
		for _, a := range row.Do {
			c.perform(s, a)
		}
		return
	}
	s.out.violate("table", "no row for "+e.String()+" in "+c.state.String())
}

// entered stops the timers that have no business in the new state, and
// forgets in LISTEN what was measured.
func (c *Conn) entered() {
	switch c.state {
	case Closed:
		c.timers.StopAll()
	case Listen:
		c.timers.StopAll()
		c.rtt = rto.Estimator{} // it was another peer's
		c.rcv.finKnown = false
		c.uto = peerTimeout{}
		c.ecn = ecn{}
	case TimeWait: // RFC 9293 3.10.7.4 eighth: turn off the other timers
		c.stop(TimerRetransmit)
		c.stop(TimerPersist)
		c.stop(TimerFinWait2)
		c.stop(TimerUser) // but the ACK that is owed stays owed
	default:
		c.stop(TimerFinWait2)
		c.stop(TimerSYN)
	}
}

func (c *Conn) arm(t Timer, at clock.Time) { c.timers.Arm(uint8(t), at) }
func (c *Conn) stop(t Timer)               { c.timers.Stop(uint8(t)) }
func (c *Conn) armed(t Timer) bool         { return c.timers.Armed(uint8(t)) }

// NextTimeout is when Expire must be called, and whether any timer runs.
func (c *Conn) NextTimeout() (clock.Time, bool) {
	_, at, ok := c.timers.Next()
	return at, ok
}

// ISS is the initial send sequence number, from which relative numbers count.
func (c *Conn) ISS() wire.Seq { return c.snd.iss }

// IRS is the peer's, once its SYN has come.
func (c *Conn) IRS() wire.Seq { return c.rcv.irs }
