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
	PotentiallyFailed // RFC 7829: it answers no more, and is not given up yet
)

var pathStateNames = [...]string{Unconfirmed: "UNCONFIRMED", Active: "ACTIVE", Inactive: "INACTIVE", PotentiallyFailed: "PF"}

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
	sent   clock.Time // when DATA was sent last
	used   bool       // a chunk that is answered was sent in this heartbeat period
	beat   heartbeat
	own    bool // limits are its own, not those of the Config
	limits PathLimits
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
	*p = path{addr: p.addr, state: p.state, mtu: p.mtu, own: p.own, limits: p.limits}
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
// else the first that is (RFC 9260 6.4.1), else the one of those potentially
// failed that has failed least (RFC 7829 3), else the primary all the same.
func (a *Assoc) primaryPath() int {
	if a.paths[a.primary].state == Active {
		return a.primary
	}
	best := noPath
	for i := range a.paths {
		switch p := &a.paths[i]; {
		case p.state == Active:
			return i
		case p.state == PotentiallyFailed && (best == noPath || p.errors < a.paths[best].errors):
			best = i
		}
	}
	if best != noPath {
		return best
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

// fail counts an error of a path and of the association, which is given up
// after too many (RFC 9260 8.1); that is what it reports. An UNCONFIRMED path
// does not speak for the association (5.4).
func (a *Assoc) fail(s *step, i int) (exceeded bool) {
	a.failPath(s, i)
	if a.paths[i].state == Unconfirmed {
		return false
	}
	a.errors++
	return a.errors > a.cfg.AssociationMaxRetrans
}

// failPath counts an error of a path. One with too many is INACTIVE, and is
// counted no further (RFC 9260 8.2, 8.3).
func (a *Assoc) failPath(s *step, i int) {
	p := &a.paths[i]
	if p.state == Inactive {
		return
	}
	p.errors++
	status := p.state
	switch {
	case p.state == Unconfirmed:
	case p.errors > a.limits(p).MaxRetrans:
		status = Inactive
	case a.cfg.PotentiallyFailed && p.errors > a.cfg.PFMaxRetrans:
		status = PotentiallyFailed
	}
	if status != p.state {
		p.state = status
		s.out.signal(Signal{Kind: PathStatus, Path: i, Addr: a.paths[i].addr, Status: status})
	}
}

// heard notes that the peer has acknowledged something that went to a path.
func (a *Assoc) heard(s *step, i int) {
	a.errors = 0
	a.confirm(s, i)
}

// watchPaths keeps the heartbeat timers: one runs for each path while the
// association is up (RFC 9260 8.3). Paths that are not confirmed are verified
// at once, one each RTO: HB.Max.Burst is 1 (5.4).
func (a *Assoc) watchPaths(s *step) {
	if !a.state.in(beating) {
		return
	}
	turn := time.Duration(0)
	for i := range a.paths {
		p := &a.paths[i]
		verify := p.state == Unconfirmed && p.errors <= a.limits(p).MaxRetrans
		switch {
		case p.armed(TimerHeartbeat):
		case verify && p.errors == 0:
			p.arm(TimerHeartbeat, s.now.Add(turn))
			turn += p.rto(a.cfg)
		default:
			a.beginPeriod(p, s.now)
		}
	}
}

// beginPeriod begins a heartbeat period: RTO + HB.interval, give or take half
// an RTO (RFC 9260 8.3). A path that is to be verified, or has potentially
// failed, is probed each RTO (5.4, RFC 7829 3).
func (a *Assoc) beginPeriod(p *path, from clock.Time) {
	p.used = false
	wait := p.rto(a.cfg)
	switch interval := a.limits(p).HBInterval; {
	case !a.state.in(beating):
		return
	case p.state == PotentiallyFailed, p.state == Unconfirmed && p.errors <= a.limits(p).MaxRetrans:
	case interval == 0:
		return
	default:
		if a.cfg.HBJitter {
			wait += time.Duration(a.draw()%uint64(wait)) - wait/2
		}
		wait += interval
	}
	p.arm(TimerHeartbeat, from.Add(wait))
}

// expireHeartbeat is the end of a heartbeat period, in which a path was idle
// that is then probed; or, an RTO after the HEARTBEAT, of the time for its
// answer, which is an error (RFC 9260 8.2, 8.3). It counts for the association
// only where DATA would go (8.1).
func (a *Assoc) expireHeartbeat(s *step, i int) {
	p := &a.paths[i]
	value := p.rto(a.cfg)
	if !p.beat.waits {
		if !p.used && p.flight == 0 { // else what is sent on it probes it
			s.expired(TimerHeartbeat, i, value+a.limits(p).HBInterval, 0)
			a.fire(s, TimeoutHeartbeat)
		}
		return
	}
	p.beat.waits = false
	carries := i == a.primaryPath() && p.state != Unconfirmed
	p.rtt.Backoff()
	s.expired(TimerHeartbeat, i, value, p.rto(a.cfg))
	a.failPath(s, i)
	if carries {
		a.errors++
	}
	if a.errors > a.cfg.AssociationMaxRetrans {
		a.fire(s, RetriesExceeded)
		return
	}
	a.beginPeriod(p, p.beat.sent)
	if at, armed := p.timers.Deadline(uint8(TimerHeartbeat)); armed && at <= s.now {
		p.arm(TimerHeartbeat, s.now)
	}
}

// sendHeartbeat sends a HEARTBEAT with a nonce that nobody can guess who does
// not see it (RFC 9260 5.4), and when it was sent.
func (a *Assoc) sendHeartbeat(s *step, i int) {
	p := &a.paths[i]
	p.beat = heartbeat{waits: true, nonce: a.draw(), sent: s.now}
	info := put64(put64([]byte{byte(i)}, p.beat.nonce), uint64(s.now))
	chunk := wire.Chunk{Type: wire.ChunkHeartbeat, Value: wire.Param{Type: wire.ParamHeartbeatInfo, Value: info}.Append(nil)}
	a.lone(s, p.addr, a.peerTag, chunk.Append(nil), 0)
	p.arm(TimerHeartbeat, s.now.Add(p.rto(a.cfg)))
}

// sendHeartbeatAck returns what a HEARTBEAT holds, unchanged, to where it came
// from; of all answers this one may go to an UNCONFIRMED address (RFC 9260
// 3.3.6, 5.4).
func (a *Assoc) sendHeartbeatAck(s *step) {
	ack := wire.Chunk{Type: wire.ChunkHeartbeatAck, Value: s.chunk.Value}
	if a.replyPath(s) == s.from {
		s.control(ack)
		return
	}
	a.lone(s, s.pkt.Src, a.peerTag, ack.Append(nil), 0)
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
	p.stop(TimerHeartbeat)
	a.beginPeriod(p, p.beat.sent)
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
