package sctp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// Assoc is an association: the TCB. It holds no map, function, channel or
// interface, and no pointer but its Config; everything in it is a value that
// Clone copies and AppendState writes.
type Assoc struct {
	cfg     *Config
	state   State
	listens bool // in CLOSED: the endpoint takes associations from peers
	closing bool // SHUTDOWN was called before the association was up
	random  uint64

	localPort, peerPort uint16
	myTag, peerTag      wire.Tag    // peerTag is 0 until it is known
	locals              []wire.Addr // the addresses that we tell the peer
	paths               []path      // one for each of the peer's addresses
	primary             int         // the path for new DATA
	errors              int         // errors in a row (RFC 9260 8.1)
	agreed              features    // the extensions that both ends have

	init   handshake
	snd    sender
	rcv    receiver
	timers clock.TimerSet
	rc     reconfig
	active clock.Time // when user data was sent or received last
}

// handshake is what the opening needs and nothing later does.
type handshake struct {
	tries    int           // how often INIT or COOKIE ECHO was sent again
	stale    uint8         // how often a cookie of ours was stale
	preserve time.Duration // how much longer the next cookie should live
	sent     clock.Time    // when COOKIE ECHO was sent last
	cookie   []byte        // the peer's State Cookie, until COOKIE ACK
}

// Timer is a timer of an association; those from T3 on are a path's.
type Timer uint8

const (
	T1Init Timer = iota
	T1Cookie
	T2Shutdown
	T5Guard
	TimerSACK
	TimerAutoclose
	TimerReconfig
	T3
	TimerHeartbeat
	numTimers
)

var timerNames = [...]string{
	T1Init: "T1-init", T1Cookie: "T1-cookie", T2Shutdown: "T2-shutdown", T5Guard: "T5-shutdown-guard",
	TimerSACK: "delayed SACK", TimerAutoclose: "autoclose", TimerReconfig: "RE-CONFIG", T3: "T3-rtx", TimerHeartbeat: "heartbeat",
}

func (t Timer) String() string { return timerNames[t] }

// Init makes a an association in CLOSED of an endpoint: its port and its
// addresses, and whether it takes associations from peers. All that the
// association draws (tags, initial TSNs, nonces, jitter) follows from random.
// Slices that a held are reused.
func (a *Assoc) Init(cfg *Config, locals []wire.Addr, port uint16, listens bool, random uint64) {
	old := *a
	*a = Assoc{cfg: cfg, state: Closed, listens: listens, localPort: port, random: random}
	a.locals = append(old.locals[:0], locals...)
	a.paths = old.paths[:0]
	a.init.cookie = old.init.cookie[:0]
	a.rc.streams = old.rc.streams[:0]
	a.snd = old.snd.reuse()
	a.rcv = old.rcv.reuse()
}

// renew forgets an association that is over, before the next one begins; what
// has arrived whole stays readable.
func (a *Assoc) renew() {
	a.peerTag, a.primary, a.errors, a.closing, a.agreed = 0, 0, 0, false, 0
	a.paths = a.paths[:0]
	a.rcv.restart()
}

// State is the association's state between steps.
func (a *Assoc) State() State { return a.state }

// Config is the association's configuration.
func (a *Assoc) Config() *Config { return a.cfg }

// LocalPort and PeerPort are the ports of the two ends.
func (a *Assoc) LocalPort() uint16 { return a.localPort }
func (a *Assoc) PeerPort() uint16  { return a.peerPort }

// Tags is the verification tags: ours, which arriving packets carry, and the
// peer's.
func (a *Assoc) Tags() (my, peer wire.Tag) { return a.myTag, a.peerTag }

// InitialTSNs is the first TSNs of both directions, ours and the peer's.
func (a *Assoc) InitialTSNs() (my, peer wire.TSN) { return a.snd.initial, a.rcv.initial }

// draw is the next of the association's own numbers (splitmix64, so that
// equal seeds draw equal numbers everywhere).
func (a *Assoc) draw() uint64 {
	a.random += 0x9e3779b97f4a7c15
	z := a.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// drawTag is a tag for ourselves; it is never 0 (RFC 9260 3.3.2).
func (a *Assoc) drawTag() wire.Tag {
	for {
		if t := wire.Tag(a.draw()); t != 0 {
			return t
		}
	}
}

// step is the working context of one step; it does not outlive it.
type step struct {
	now     clock.Time
	out     *Out
	pkt     *wire.SCTP       // what arrived
	chunk   wire.Chunk       // the chunk of it that is looked at
	first   bool             // it is the packet's first chunk
	from    int              // the path that the packet came from, or noPath
	path    int              // the path whose timer expired
	init    wire.Init        // INIT, INIT ACK
	params  judged           // what its parameters came to
	cookie  cookie           // COOKIE ECHO
	data    wire.Data        // DATA
	causes  wire.Causes      // for the ABORT or ERROR that the row sends
	change  *Reconfiguration // what the user asks for
	user    *Message         // SEND
	err     error            // the call's refusal
	reply   wire.Chunks      // control chunks to send, to where the packet came from
	sack    sackDue          // what the DATA of this packet asks for
	fresh   bool             // a DATA chunk of this packet was new
	probe   bool             // a chunk may go into a window that is shut
	skips   wire.ForwardTSN  // FORWARD-TSN
	forward bool             // FORWARD-TSN must go if there is anything to skip
	echo    bool             // the reply is a COOKIE ECHO, with which DATA may go
}

// noPath is no path of ours.
const noPath = -1

// fire finds the row for an event in the present state, enters the row's
// state and performs its actions. State is assigned here alone.
func (a *Assoc) fire(s *step, e Event) {
	for _, i := range a.cfg.Table.Candidates(a.state, e) {
		row := a.cfg.Table.Row(i)
		if !a.holds(row.If) {
			continue
		}
		s.out.Rows = append(s.out.Rows, i)
		if row.To != 0 && row.To != a.state {
			a.state = row.To
			a.entered(s)
		}
		for _, act := range row.Do {
			a.perform(s, act)
		}
		return
	}
	s.out.violate("table", "no row for "+e.String()+" in "+a.state.String())
}

// entered stops the timers that have no business in the new state.
func (a *Assoc) entered(s *step) {
	if a.state == Closed {
		a.stopAll()
		return
	}
	if a.state != CookieWait {
		a.stop(T1Init)
	}
	if a.state != CookieEchoed {
		a.stop(T1Cookie)
	}
	if a.state != ShutdownSent && a.state != ShutdownAckSent {
		a.stop(T2Shutdown)
		a.stop(T5Guard)
	}
	if a.state != Established {
		a.stop(TimerAutoclose)
	}
	if !a.state.in(sending) {
		a.stop(TimerReconfig)
	}
	if !a.state.in(beating) {
		for i := range a.paths {
			a.paths[i].stop(TimerHeartbeat)
		}
	}
	if a.state == Established && a.cfg.Autoclose > 0 {
		a.active = s.now
		a.arm(TimerAutoclose, s.now.Add(a.cfg.Autoclose))
	}
}

func (a *Assoc) arm(t Timer, at clock.Time) { a.timers.Arm(uint8(t), at) }
func (a *Assoc) stop(t Timer)               { a.timers.Stop(uint8(t)) }
func (a *Assoc) armed(t Timer) bool         { return a.timers.Armed(uint8(t)) }

func (a *Assoc) stopAll() {
	a.timers.StopAll()
	for i := range a.paths {
		a.paths[i].timers.StopAll()
	}
}

// next is the timer that expires first, and whose it is: noPath if it is the
// association's. Of equal ones the association's come first, then the paths'
// in their order.
func (a *Assoc) next() (t Timer, at clock.Time, path int, ok bool) {
	i, at, ok := a.timers.Next()
	t, path = Timer(i), noPath
	for p := range a.paths {
		if i, when, armed := a.paths[p].timers.Next(); armed && (!ok || when < at) {
			t, at, path, ok = Timer(i), when, p, true
		}
	}
	return t, at, path, ok
}

// NextTimeout is when Expire must be called, and whether any timer runs.
func (a *Assoc) NextTimeout() (clock.Time, bool) {
	_, at, _, ok := a.next()
	return at, ok
}
