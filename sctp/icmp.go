package sctp

import (
	"simrun/clock"
	"simrun/wire"
)

// leastMTU is what a router may lower a path's MTU to: every IPv4 router
// passes 68 octets on (RFC 791), every IPv6 router 1280 (RFC 8200).
func leastMTU(addr wire.Addr) int {
	if addr.Is4() {
		return 68
	}
	return 1280
}

// Unreachable takes an ICMP error about a packet of this association (RFC 9260
// 10). What it quotes must carry the peer's tag; of a quoted INIT too little
// is left to be sure of anything.
func (a *Assoc) Unreachable(now clock.Time, e *wire.ICMP, out *Out) {
	s := a.begin(now, out)
	s.path = a.pathTo(e.Quote.Dst)
	if a.state == Closed || a.peerTag == 0 || wire.Tag(e.Quote.Seq) != a.peerTag || s.path == noPath {
		out.drop(DropTag)
		return
	}
	switch e.Kind {
	case wire.ProtocolUnreachable:
		a.fire(&s, ICMPProtocol)
	case wire.PacketTooBig:
		a.lowerMTU(&s, int(e.MTU))
	case wire.NetUnreachable, wire.HostUnreachable, wire.SourceRouteFailed, wire.AdminProhibited:
		a.fire(&s, ICMPPath)
	}
	a.output(&s)
}

// lowerMTU is path MTU discovery (RFC 9260 7.3): later chunks fit. Those that
// are made already are not made again; IP may fragment them (6.9).
func (a *Assoc) lowerMTU(s *step, mtu int) {
	p := &a.paths[s.path]
	if mtu >= leastMTU(p.addr) && mtu < p.mtu {
		p.mtu = mtu
		s.out.signal(Signal{Kind: PathMTU, Path: s.path, N: mtu})
	}
}

// takeUnreachable counts an error of the path that a router cannot reach.
func (a *Assoc) takeUnreachable(s *step) { a.failPath(s, s.path) }
