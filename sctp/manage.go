package sctp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// PathInfo is what the user may know of a path (RFC 9260 11.1.8, 11.1.11).
type PathInfo struct {
	Addr        wire.Addr
	State       PathState
	Primary     bool
	Errors      int // in a row
	MTU         int
	Cwnd        int
	Ssthresh    int
	Outstanding int // octets of DATA chunks
	SRTT        time.Duration
	RTO         time.Duration
}

// Paths is how many addresses of the peer there are; Path is one of them.
func (a *Assoc) Paths() int { return len(a.paths) }

// Path is what is known of a path, by its number below Paths.
func (a *Assoc) Path(i int) PathInfo {
	p := &a.paths[i]
	srtt, _ := p.rtt.SRTT()
	return PathInfo{
		Addr: p.addr, State: p.state, Primary: i == a.primary, Errors: p.errors, MTU: p.mtu,
		Cwnd: p.cc.cwnd, Ssthresh: p.cc.ssthresh, Outstanding: p.flight, SRTT: srtt, RTO: p.rto(a.cfg),
	}
}

// SetPrimary is SETPRIMARY: new DATA goes to that address (RFC 9260 11.1.6).
func (a *Assoc) SetPrimary(now clock.Time, addr wire.Addr, out *Out) error {
	i, err := a.findPath(addr)
	if err != nil {
		return err
	}
	s := a.begin(now, out)
	a.primary = i
	a.output(&s)
	return nil
}

func (a *Assoc) findPath(addr wire.Addr) (int, error) {
	if a.state == Closed {
		return noPath, ErrNotOpen
	}
	if i := a.pathTo(addr); i != noPath {
		return i, nil
	}
	return noPath, ErrStream
}
