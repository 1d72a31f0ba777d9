package sctp

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// cookie is what a State Cookie holds: all that makes an association of an
// INIT, so that nothing has to be kept until it comes back (RFC 9260 5.1.3).
type cookie struct {
	made           clock.Time
	life           time.Duration
	myTag, peerTag wire.Tag
	myTie, peerTie wire.Tag // the tags of the association that was there; 0: none was
	myTSN, peerTSN wire.TSN
	rwnd           uint32
	out, in        uint16 // streams
	myPort         uint16
	peerPort       uint16
	addrs          [maxPaths]wire.Addr
	n              int
	agreed         features
}

// macLen is how much of the HMAC travels.
const macLen = 16

// seal appends the cookie's octets, the MAC first.
func (c *cookie) seal(secret [16]byte, b []byte) []byte {
	at := len(b)
	b = append(b, make([]byte, macLen)...)
	b = binary.BigEndian.AppendUint64(b, uint64(c.made))
	b = binary.BigEndian.AppendUint64(b, uint64(c.life))
	for _, n := range [...]uint32{uint32(c.myTag), uint32(c.peerTag), uint32(c.myTie), uint32(c.peerTie),
		uint32(c.myTSN), uint32(c.peerTSN), c.rwnd} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	for _, n := range [...]uint16{c.out, c.in, c.myPort, c.peerPort, uint16(c.agreed)<<8 | uint16(c.n)} {
		b = binary.BigEndian.AppendUint16(b, n)
	}
	for _, addr := range c.addrs[:c.n] {
		raw := addr.As16()
		b = append(b, raw[:]...)
	}
	copy(b[at:], mac(secret, b[at+macLen:]))
	return b
}

// fixedCookieLen is a cookie without addresses.
const fixedCookieLen = macLen + 2*8 + 7*4 + 5*2

// unseal reads a cookie; false if it is not one of ours.
func unseal(secret [16]byte, b []byte) (c cookie, ok bool) {
	if len(b) < fixedCookieLen || !hmac.Equal(b[:macLen], mac(secret, b[macLen:])) {
		return c, false
	}
	b = b[macLen:]
	c.made, c.life = clock.Time(binary.BigEndian.Uint64(b)), time.Duration(binary.BigEndian.Uint64(b[8:]))
	b = b[16:]
	var w [7]uint32
	for i := range w {
		w[i], b = binary.BigEndian.Uint32(b), b[4:]
	}
	c.myTag, c.peerTag, c.myTie, c.peerTie = wire.Tag(w[0]), wire.Tag(w[1]), wire.Tag(w[2]), wire.Tag(w[3])
	c.myTSN, c.peerTSN, c.rwnd = wire.TSN(w[4]), wire.TSN(w[5]), w[6]
	var h [5]uint16
	for i := range h {
		h[i], b = binary.BigEndian.Uint16(b), b[2:]
	}
	c.out, c.in, c.myPort, c.peerPort, c.n = h[0], h[1], h[2], h[3], int(h[4]&0xff)
	c.agreed = features(h[4] >> 8)
	for i := range c.n {
		c.addrs[i], b = wire.AddrFrom16([16]byte(b[:16])), b[16:]
	}
	return c, true
}

func mac(secret [16]byte, b []byte) []byte {
	h := hmac.New(sha256.New, secret[:])
	h.Write(b)
	return h.Sum(nil)[:macLen]
}

// match is how a tag of a cookie compares with one of the association: the
// columns of RFC 9260 5.2.4, table 12.
type match uint8

const (
	anyTag  match = iota
	matches       // M
	differs       // X
	unknown       // 0: there is none to compare with
)

// compare is how a tag of a cookie compares with that of the association.
func compare(tag, here wire.Tag) match {
	switch {
	case here == 0 || tag == 0:
		return unknown
	case tag == here:
		return matches
	}
	return differs
}

// table12 is RFC 9260 5.2.4, table 12: what a cookie is by its local tag, peer's
// tag, and the two tie-tags. What fits no row is silently discarded.
var table12 = [...]struct {
	my, peer, myTie, peerTie match
	event                    Event
}{
	{differs, differs, matches, matches, CookieRestart},
	{matches, differs, anyTag, anyTag, CookieCollision},
	{matches, unknown, anyTag, anyTag, CookieCollision},
	{differs, matches, unknown, unknown, CookieLate},
	{matches, matches, anyTag, anyTag, CookieKnown},
}

// judgeCookie finds what a cookie is to an association.
func judgeCookie(my, peer, myTie, peerTie match) Event {
	fits := func(want, got match) bool { return want == anyTag || want == got }
	for _, row := range table12 {
		if fits(row.my, my) && fits(row.peer, peer) && fits(row.myTie, myTie) && fits(row.peerTie, peerTie) {
			return row.event
		}
	}
	return CookieUnknown
}

// arriveCookie takes a COOKIE ECHO (RFC 9260 5.1.5, 5.2.4), and reports
// whether the chunks behind it may be looked at.
func (a *Assoc) arriveCookie(s *step) bool {
	c, ok := unseal(a.cfg.Secret, s.chunk.Value)
	if !ok || c.myTag != s.pkt.Tag || c.myPort != s.pkt.DstPort || c.peerPort != s.pkt.SrcPort {
		a.fire(s, CookieUnknown)
		return false
	}
	s.cookie = c
	event := CookieFresh
	if a.state == Closed {
		a.renew()
	} else {
		event = judgeCookie(compare(c.myTag, a.myTag), compare(c.peerTag, a.peerTag),
			compare(c.myTie, a.myTag), compare(c.peerTie, a.peerTag))
	}
	if s.now.Sub(c.made) > c.life && event != CookieKnown { // 5.2.4: a cookie of this association is never too old
		event = CookieStale
	}
	a.fire(s, event)
	a.opened(s)
	switch event {
	case CookieFresh, CookieCollision, CookieKnown, CookieRestart:
		return a.state != Closed
	}
	return false
}

// takeCookie makes the association that the cookie tells of.
func (a *Assoc) takeCookie(s *step) {
	c := &s.cookie
	a.peerPort = c.peerPort
	a.myTag, a.peerTag = c.myTag, c.peerTag
	a.init = handshake{cookie: a.init.cookie[:0]}
	if a.snd.idle() {
		a.snd.start(c.myTSN)
	}
	a.takePeers(s)
	a.agree(c.agreed)
	a.learn(c.peerTSN, c.rwnd, c.out, c.in)
}

// takePeers makes a path of each of the cookie's addresses. The first, which
// the INIT ACK went to, works (RFC 9260 5.4 2).
func (a *Assoc) takePeers(s *step) {
	for _, addr := range s.cookie.addrs[:s.cookie.n] {
		if a.pathTo(addr) == noPath {
			a.addPath(addr, Unconfirmed)
		}
	}
	s.from = a.pathTo(s.pkt.Src)
	if i := a.pathTo(s.cookie.addrs[0]); i != noPath {
		a.confirm(s, i)
	}
}

// takePeerTag takes the peer's later tag, when both ends have started more
// than once.
func (a *Assoc) takePeerTag(s *step) {
	a.peerTag = s.cookie.peerTag
	if a.rcv.virgin() {
		a.rcv.start(s.cookie.peerTSN, a.rcv.limit)
		a.rc.theirs = uint32(s.cookie.peerTSN)
	}
}

// restart begins the association anew with a peer that has lost its state.
// What was not acknowledged is lost and reported; numbers, congestion control
// and streams begin again (RFC 9260 5.2.4.1).
func (a *Assoc) restart(s *step) {
	c := &s.cookie
	a.flush(s)
	a.myTag, a.peerTag = c.myTag, c.peerTag
	a.errors = 0
	a.rcv.restart()
	a.snd.start(c.myTSN)
	for i := range a.paths {
		a.paths[i].restart()
	}
	a.takePeers(s)
	a.agree(c.agreed)
	a.learn(c.peerTSN, c.rwnd, c.out, c.in)
	a.active = s.now
	a.watchUser(s)
}

// sendStaleCookie says by how many microseconds the cookie is too old.
func (a *Assoc) sendStaleCookie(s *step) {
	over := s.now.Sub(s.cookie.made) - s.cookie.life
	us := uint32(min(over/time.Microsecond, math.MaxUint32))
	causes := wire.AppendCause32(nil, wire.CauseStaleCookie, us)
	chunk := wire.Chunk{Type: wire.ChunkError, Value: causes}.Append(nil)
	a.lone(s, s.pkt.Src, s.cookie.peerTag, chunk, 0)
}
