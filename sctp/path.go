package sctp

import (
	"time"

	"simrun/clock"
	"simrun/internal/rto"
	"simrun/wire"
)

// maxPaths is how many addresses of the peer an association keeps.
const maxPaths = 8

// PathState is the state of a destination address (RFC 9260 5.4, 8.2).
type PathState uint8

const (
	Unconfirmed PathState = iota + 1 // nothing has shown that it is the peer's
	Active
	Inactive
)

var pathStateNames = [...]string{Unconfirmed: "UNCONFIRMED", Active: "ACTIVE", Inactive: "INACTIVE"}

func (s PathState) String() string { return pathStateNames[s] }

// path is one destination transport address with what is kept for each of
// them: round trips, congestion control, errors, timers (RFC 9260 14.3).
type path struct {
	addr   wire.Addr
	state  PathState
	mtu    int
	errors int // in a row (RFC 9260 8.2)
	rtt    rto.Estimator
	timing timing
	cc     congestion
	flight int        // octets of user data outstanding
	front  uint64     // no outstanding chunk of this path stands before it
	used   clock.Time // when a chunk that is answered was sent last
	beat   heartbeat
	timers clock.TimerSet
}

// timing measures one round trip at a time (RFC 9260 6.3.1 C4).
type timing struct {
	running bool
	at      uint64 // the chunk that is timed
	start   clock.Time
}

// heartbeat is the HEARTBEAT that is on its way.
type heartbeat struct {
	waits bool
	nonce uint64
	sent  clock.Time
}

func (p *path) arm(t Timer, at clock.Time) { p.timers.Arm(uint8(t), at) }
func (p *path) stop(t Timer)               { p.timers.Stop(uint8(t)) }
func (p *path) armed(t Timer) bool         { return p.timers.Armed(uint8(t)) }

func (p *path) rto(cfg *Config) time.Duration { return p.rtt.RTO(&cfg.RTO) }

// room is how many octets of chunks a packet to the path holds.
func (p *path) room() int { return p.mtu - wire.IPHeaderLen(p.addr) - wire.SCTPHeaderLen }

// pmdcs is the size of the largest chunk that the path carries (RFC 9260 2.2).
func (p *path) pmdcs() int { return p.room() }

// restart forgets what was measured and sent, for another incarnation.
func (p *path) restart() {
	*p = path{addr: p.addr, state: p.state, mtu: p.mtu}
}

// addPath adds a destination address; those that a packet names beyond the
// limit are ignored.
func (a *Assoc) addPath(addr wire.Addr, state PathState) {
	if len(a.paths) < maxPaths {
		a.paths = append(a.paths, path{addr: addr, state: state, mtu: a.cfg.MTU})
	}
}

// pathTo is the path with an address, or noPath.
func (a *Assoc) pathTo(addr wire.Addr) int {
	for i := range a.paths {
		if a.paths[i].addr == addr {
			return i
		}
	}
	return noPath
}

// primaryPath is where new DATA goes: the primary path while it is ACTIVE,
// else the first that is, else the primary all the same (RFC 9260 6.4).
func (a *Assoc) primaryPath() int {
	if a.paths[a.primary].state == Active {
		return a.primary
	}
	for i := range a.paths {
		if a.paths[i].state == Active {
			return i
		}
	}
	return a.primary
}

// alternate is another path for what was lost on one (RFC 9260 6.4.1); the
// same where there is no other.
func (a *Assoc) alternate(lost int) int {
	for i := 1; i < len(a.paths); i++ {
		if p := (lost + i) % len(a.paths); a.paths[p].state == Active {
			return p
		}
	}
	return lost
}

// replyPath is where an answer goes: where the packet came from, if it is a
// path that we may use (RFC 9260 6.4).
func (a *Assoc) replyPath(s *step) int {
	if s.from != noPath && a.paths[s.from].state != Unconfirmed {
		return s.from
	}
	return a.primaryPath()
}

// confirm notes that a path works.
func (a *Assoc) confirm(s *step, i int) {
	p := &a.paths[i]
	p.errors = 0
	if p.state != Active {
		confirmed := p.state == Unconfirmed
		p.state = Active
		s.out.signal(Signal{Kind: PathStatus, Path: i, Addr: p.addr, Status: Active, Confirmed: confirmed})
	}
}

// fail counts an error of a path and of the association. A path with too many
// is INACTIVE (RFC 9260 8.2); an association is given up (8.1), which is what
// it reports.
func (a *Assoc) fail(s *step, i int) (exceeded bool) {
	p := &a.paths[i]
	p.errors++
	if p.state == Active && p.errors > a.cfg.PathMaxRetrans {
		p.state = Inactive
		s.out.signal(Signal{Kind: PathStatus, Path: i, Addr: a.paths[i].addr, Status: Inactive})
	}
	if p.state == Unconfirmed {
		return false // it does not speak for the association (RFC 9260 5.4)
	}
	a.errors++
	return a.errors > a.cfg.AssociationMaxRetrans
}

// heard notes that the peer has acknowledged something that went to a path.
func (a *Assoc) heard(s *step, i int) {
	a.errors = 0
	a.confirm(s, i)
}

// watchPaths keeps the heartbeat timers: one runs for each path while the
// association is up (RFC 9260 8.3).
func (a *Assoc) watchPaths(s *step) {
	if !a.state.in(beating) || a.cfg.HBInterval == 0 {
		return
	}
	for i := range a.paths {
		p := &a.paths[i]
		if p.armed(TimerHeartbeat) {
			continue
		}
		wait := a.beatInterval(p)
		if p.state == Unconfirmed && !p.beat.waits {
			wait = 0 // it is verified at once (RFC 9260 5.4)
		}
		p.arm(TimerHeartbeat, s.now.Add(wait))
	}
}

// beatInterval is RTO + HB.interval, give or take half an RTO (RFC 9260 8.3).
func (a *Assoc) beatInterval(p *path) time.Duration {
	r := p.rto(a.cfg)
	wait := r + a.cfg.HBInterval
	if a.cfg.HBJitter {
		wait += time.Duration(a.draw()%uint64(r)) - r/2
	}
	return wait
}

// expireHeartbeat probes a path that is idle or not confirmed. A HEARTBEAT
// without an answer is an error.
func (a *Assoc) expireHeartbeat(s *step, i int, value time.Duration) {
	p := &a.paths[i]
	if p.beat.waits {
		p.beat.waits = false
		p.rtt.Backoff()
		if a.fail(s, i) {
			s.expired(TimerHeartbeat, i, value, 0)
			a.fire(s, RetriesExceeded)
			return
		}
	}
	if p.state == Active && p.flight > 0 || s.now.Sub(p.used) < p.rto(a.cfg) && p.used > 0 {
		return // it is not idle: what is sent on it probes it
	}
	s.expired(TimerHeartbeat, i, value, 0)
	a.fire(s, TimeoutHeartbeat)
}

// sendHeartbeat sends a HEARTBEAT with a nonce that nobody can guess who does
// not see it (RFC 9260 5.4), and when it was sent.
func (a *Assoc) sendHeartbeat(s *step, i int) {
	p := &a.paths[i]
	p.beat = heartbeat{waits: true, nonce: a.draw(), sent: s.now}
	info := put64(put64([]byte{byte(i)}, p.beat.nonce), uint64(s.now))
	chunk := wire.Chunk{Type: wire.ChunkHeartbeat, Value: wire.Param{Type: wire.ParamHeartbeatInfo, Value: info}.Append(nil)}
	a.lone(s, p.addr, a.peerTag, chunk.Append(nil), 0)
	p.arm(TimerHeartbeat, s.now.Add(a.beatInterval(p)))
}

// heartbeatAck returns what a HEARTBEAT holds, unchanged.
func (a *Assoc) heartbeatAck(s *step) wire.Chunk {
	return wire.Chunk{Type: wire.ChunkHeartbeatAck, Value: s.chunk.Value}
}

// takeHeartbeatAck finds the path that the HEARTBEAT probed: it works, and its
// round trip is known.
func (a *Assoc) takeHeartbeatAck(s *step) {
	params, _ := s.chunk.Params()
	info, ok := params.Find(wire.ParamHeartbeatInfo)
	if !ok || len(info) != 17 || int(info[0]) >= len(a.paths) {
		return
	}
	i := int(info[0])
	p := &a.paths[i]
	if !p.beat.waits || p.beat.nonce != get64(info[1:]) {
		return
	}
	p.beat.waits = false
	p.rtt.Sample(s.now.Sub(p.beat.sent))
	a.heard(s, i)
}

func put64(b []byte, n uint64) []byte {
	for shift := 56; shift >= 0; shift -= 8 {
		b = append(b, byte(n>>shift))
	}
	return b
}

func get64(b []byte) (n uint64) {
	for _, octet := range b[:8] {
		n = n<<8 | uint64(octet)
	}
	return n
}
