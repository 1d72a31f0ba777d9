package sctp

import (
	"math"
	"time"

	"simrun/wire"
)

// minRwnd is the least window that an INIT or INIT ACK may offer (RFC 9260
// 3.3.2).
const minRwnd = 1500

func wire32(n uint64) wire.TSN { return wire.TSN(n) }

// startInit begins an association: it draws our tag and our initial TSN.
func (a *Assoc) startInit(s *step) {
	a.myTag = a.drawTag()
	a.snd.start(wire32(a.draw()))
	a.init = handshake{cookie: a.init.cookie[:0]}
	a.sendInit(s)
}

// sendInit sends INIT, alone in its packet and with tag 0, and starts T1-init.
func (a *Assoc) sendInit(s *step) {
	params := a.cfg.features().append(a.addresses(nil))
	if a.init.preserve > 0 {
		params = wire.Append32(params, wire.ParamCookiePreservative, uint32(a.init.preserve/time.Millisecond))
	}
	init := wire.Init{
		Tag: a.myTag, ARwnd: a.rcv.window(a.cfg), OS: a.cfg.OutStreams, MIS: a.cfg.InStreams,
		InitialTSN: a.snd.initial, Params: params,
	}
	p := a.primaryPath()
	a.lone(s, a.paths[p].addr, 0, init.Append(nil, wire.ChunkInit), a.init.tries)
	a.arm(T1Init, s.now.Add(a.paths[p].rto(a.cfg)))
}

// addresses is the parameters that name our addresses; a host with one needs
// none, for the packet names it.
func (a *Assoc) addresses(params wire.Params) wire.Params {
	if len(a.locals) < 2 {
		return params
	}
	for _, addr := range a.locals {
		params = wire.AppendAddr(params, addr)
	}
	return params
}

// judged is what the parameters of an INIT or INIT ACK came to.
type judged struct {
	addrs        [maxPaths]wire.Addr // of the peer; the packet's source stands first
	n            int
	cookie       []byte // the State Cookie; nil if there was none
	preserve     time.Duration
	offers       features
	unrecognized wire.Params // for the INIT ACK, or the ERROR that goes with COOKIE ECHO
}

// judge reads the parameters in their order. What it does not know it treats
// as the type's highest bits ask (RFC 9260 3.2.1). It is false if there is one
// that must be refused: its cause is then the step's.
func (s *step) judge(params wire.Params) bool {
	j := &s.params
	*j = judged{}
	j.add(s.pkt.Src)
	for p, rest, ok := params.Next(); ok; p, rest, ok = rest.Next() {
		j.offers |= offered(p)
		switch p.Type {
		case wire.ParamIPv4, wire.ParamIPv6:
			if addr, ok := p.Addr(); ok {
				j.add(addr)
			}
		case wire.ParamStateCookie:
			j.cookie = p.Value
		case wire.ParamCookiePreservative:
			if ms, ok := p.Uint32(); ok {
				j.preserve = time.Duration(ms) * time.Millisecond
			}
		case wire.ParamHostName: // RFC 9260 3.3.2.1.4: MUST NOT be used
			s.causes = wire.Cause{Code: wire.CauseUnresolvableAddress, Value: p.Append(nil)}.Append(nil)
			return false
		case wire.ParamUnrecognized, wire.ParamSupportedAddresses, wire.ParamECNCapable,
			wire.ParamSupportedExtensions, wire.ParamForwardTSNSupported, wire.ParamAdaptation, wire.ParamPadding:
		default:
			u := p.Type.Unknown()
			if u.Reports() {
				j.unrecognized = wire.Param{Type: wire.ParamUnrecognized, Value: p.Append(nil)}.Append(j.unrecognized)
			}
			if u.Stops() {
				return true
			}
		}
	}
	return true
}

// add notes an address of the peer, unless it is known or none of a host.
func (j *judged) add(addr wire.Addr) {
	if !unicast(addr) || j.n == len(j.addrs) {
		return
	}
	for _, known := range j.addrs[:j.n] {
		if known == addr {
			return
		}
	}
	j.addrs[j.n] = addr
	j.n++
}

// arriveInit takes an INIT. It must travel alone (RFC 9260 6.10, 8.5.1 A).
func (a *Assoc) arriveInit(s *step) {
	init, ok := s.chunk.Init()
	switch {
	case s.pkt.Chunks.Count() != 1 || s.pkt.Tag != 0:
		s.out.drop(DropBundled)
		return
	case !ok, init.Tag == 0: // RFC 9260 3.3.2: silently discarded
		s.out.drop(DropMalformed)
		return
	}
	s.init = init
	switch {
	case init.ARwnd < minRwnd, init.OS == 0, init.MIS == 0:
		s.causes = wire.Cause{Code: wire.CauseInvalidParameter}.Append(nil)
		a.fire(s, ChunkInitRefused)
	case !s.judge(init.Params), a.state.in(newAddressesRefused) && a.addsAddresses(s):
		a.fire(s, ChunkInitRefused)
	case a.state == CookieWait && !a.names(s):
		s.out.drop(DropAddress)
	default:
		a.fire(s, ChunkInit)
	}
}

// newAddressesRefused is the states in which an INIT may not add addresses
// (RFC 9260 5.2.1, 5.2.2).
var newAddressesRefused = in(CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived)

// addsAddresses reports whether the peer names addresses that the association
// does not have: somebody else may be after it. They are the cause.
func (a *Assoc) addsAddresses(s *step) bool {
	var added wire.Params
	for _, addr := range s.params.addrs[:s.params.n] {
		if a.pathTo(addr) == noPath {
			added = wire.AppendAddr(added, addr)
		}
	}
	if len(added) == 0 {
		return false
	}
	s.causes = wire.Cause{Code: wire.CauseRestartNewAddresses, Value: added}.Append(nil)
	return true
}

// names brings the first address of an INIT to the front that ASSOCIATE named,
// too: in COOKIE-WAIT the INIT ACK goes to such a one alone (RFC 9260 5.2.1).
func (a *Assoc) names(s *step) bool {
	j := &s.params
	for i, addr := range j.addrs[:j.n] {
		if a.pathTo(addr) != noPath {
			j.addrs[0], j.addrs[i] = addr, j.addrs[0]
			return true
		}
	}
	return false
}

// sendInitAck answers an INIT with a tag and an initial TSN, and puts all that
// the association will need into the State Cookie.
func (a *Assoc) sendInitAck(s *step, tag wire.Tag, tsn wire.TSN) {
	out := min(a.cfg.OutStreams, s.init.MIS)
	c := cookie{
		made: s.now, life: a.cfg.ValidCookieLife + min(s.params.preserve, a.cfg.ValidCookieLife),
		myTag: tag, peerTag: s.init.Tag, myTSN: tsn, peerTSN: s.init.InitialTSN,
		rwnd: s.init.ARwnd, out: out, in: min(s.init.OS, a.cfg.InStreams),
		myPort: s.pkt.DstPort, peerPort: s.pkt.SrcPort, addrs: s.params.addrs, n: s.params.n,
		agreed: a.cfg.features() & s.params.offers,
	}
	if a.state != Closed && a.state != CookieWait { // RFC 9260 5.2.1, 5.2.2: the tie-tags
		c.myTie, c.peerTie = a.myTag, a.peerTag
	}
	params := c.agreed.append(a.addresses(nil))
	params = wire.Param{Type: wire.ParamStateCookie, Value: c.seal(a.cfg.Secret, nil)}.Append(params)
	for p, rest, ok := s.params.unrecognized.Next(); ok; p, rest, ok = rest.Next() {
		params = p.Append(params)
	}
	ack := wire.Init{
		Tag: tag, ARwnd: a.rcv.window(a.cfg), OS: out, MIS: a.cfg.InStreams, InitialTSN: tsn, Params: params,
	}
	a.lone(s, s.params.addrs[0], s.init.Tag, ack.Append(nil, wire.ChunkInitAck), 0)
}

// arriveInitAck takes an INIT ACK; in COOKIE-WAIT alone its parameters matter.
func (a *Assoc) arriveInitAck(s *step) {
	if a.state != CookieWait {
		a.fire(s, ChunkInitAck)
		return
	}
	init, ok := s.chunk.Init()
	if !ok || s.pkt.Chunks.Count() != 1 {
		s.out.drop(DropMalformed)
		return
	}
	s.init = init
	switch {
	case init.Tag != 0 && init.ARwnd < minRwnd:
		s.causes = wire.Cause{Code: wire.CauseInvalidParameter}.Append(nil)
		a.fire(s, ChunkInitAckPoor)
	case init.Tag == 0, init.OS == 0, init.MIS == 0:
		s.causes = wire.Cause{Code: wire.CauseInvalidParameter}.Append(nil)
		a.fire(s, ChunkInitAckRefused)
	case !s.judge(init.Params):
		a.fire(s, ChunkInitAckRefused)
	case s.params.cookie == nil:
		s.causes = wire.AppendMissing(nil, wire.ParamStateCookie)
		a.fire(s, ChunkInitAckRefused)
	default:
		a.fire(s, ChunkInitAck)
	}
}

// takeInitAck learns the peer's numbers, its addresses, and its cookie.
func (a *Assoc) takeInitAck(s *step) {
	i := &s.init
	a.peerTag = i.Tag
	a.init.cookie = append(a.init.cookie[:0], s.params.cookie...)
	a.init.tries = 0
	a.agree(s.params.offers)
	for _, addr := range s.params.addrs[:s.params.n] {
		if a.pathTo(addr) == noPath {
			a.addPath(addr, Unconfirmed)
		}
	}
	s.from = a.pathTo(s.pkt.Src)
	a.learn(i.InitialTSN, i.ARwnd, min(a.cfg.OutStreams, i.MIS), min(i.OS, a.cfg.InStreams))
}

// takeStale asks the next cookie to live longer than this one by the time that
// it took, and a second (RFC 9260 5.2.6 3).
func (a *Assoc) takeStale(s *step) {
	a.peerTag, a.agreed = 0, 0 // the next INIT ACK brings others
	s.reply = s.reply[:0]
	a.init.stale++
	a.init.tries = 0
	a.init.preserve = s.now.Sub(a.init.sent) + time.Second
}

// learn takes the peer's numbers, whichever chunk brought them.
func (a *Assoc) learn(peerTSN wire.TSN, rwnd uint32, out, in uint16) {
	a.rcv.start(peerTSN, in)
	a.rc.start(a.snd.initial, peerTSN)
	a.snd.rwnd = int(min(rwnd, math.MaxInt32))
	a.snd.open(int(out))
	for i := range a.paths {
		a.paths[i].cc.initial(&a.paths[i], rwnd)
	}
}

// sendCookieEcho returns the peer's cookie as the first chunk of a packet, and
// starts T1-cookie. An unknown parameter of the INIT ACK is reported behind it
// (RFC 9260 3.2.2), and as much DATA follows as there is room for (5.1 C).
func (a *Assoc) sendCookieEcho(s *step) {
	s.echo = true
	a.init.sent = s.now
	s.control(wire.Chunk{Type: wire.ChunkCookieEcho, Value: a.init.cookie})
	for i := range a.snd.flight.len() { // what went with the last one is lost with it
		if at := a.snd.flight.base + uint64(i); !a.snd.flight.at(at).marked {
			a.lose(at)
		}
	}
	var causes wire.Causes
	for p, rest, ok := s.params.unrecognized.Next(); ok; p, rest, ok = rest.Next() {
		causes = wire.Cause{Code: wire.CauseUnrecognizedParameters, Value: p.Value}.Append(causes)
	}
	if len(causes) > 0 {
		s.control(wire.Chunk{Type: wire.ChunkError, Value: causes})
	}
	a.arm(T1Cookie, s.now.Add(a.paths[a.primaryPath()].rto(a.cfg)))
}
