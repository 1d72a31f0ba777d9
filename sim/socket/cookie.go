package socket

import (
	"crypto/md5"
	"encoding/binary"
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

// SYNCookies is when a listener answers SYNs without keeping anything of them
// (RFC 4987 3.6).
type SYNCookies uint8

const (
	CookiesOff    SYNCookies = iota
	CookiesOn                // while the SYN queue is full
	CookiesAlways            //
)

// A cookie is the initial number of a SYN,ACK (RFC 4987 appendix A): five bits
// of a counter, three that name an MSS, and a hash over what the ACK will tell
// again, over those two, and over the secret.
const (
	cookieTick     = 64 * time.Second // of the counter
	cookieHashBits = 24
	cookieMSSBits  = 3
	cookieLives    = 2 // a cookie is good in its own tick and in the next
)

// cookieMSS is what a peer's MSS is rounded down to. A SYN with less than the
// smallest gets no cookie.
var cookieMSS = [1 << cookieMSSBits]uint16{88, 536, 1024, 1220, 1400, 1440, 1460, 8960}

// The other options that a connection needs come back in the timestamp that
// the peer echoes, as far as it sends any: the lowest bits of ours say what its
// SYN offered.
const (
	cookieTSBits    = 6
	cookieSACK      = 1 << 4
	cookieScaleMask = cookieSACK - 1
	cookieNoScale   = cookieScaleMask // no scale: 14 is the largest (RFC 7323 2.3)
)

// sendCookie answers a SYN and forgets it. The answer is that of a connection
// that lives for this one step.
func (k *Stack) sendCookie(now clock.Time, l SockID, seg *wire.TCP) {
	syn, index, ok := cookieSYN(seg)
	if !ok {
		k.turnAway(l, seg, "SYN queue full")
		return
	}
	local, remote := seg.Destination(), seg.Source()
	iss := k.cookie(local, remote, seg.Seq, uint32(now/clock.Time(cookieTick)), index)
	_, offset := k.numbers(now, local, remote)
	if _, _, ok := syn.Options.Timestamps(); ok {
		offset = taught(now, offset, &syn)
	}
	k.brief.Init(k.socks[l].cfg, local, remote, iss, offset)
	k.out.Reset()
	_ = k.brief.Listen(now, &k.out)
	k.brief.Arrive(now, &syn, &k.out)
	segments := k.out.Segments
	k.out.Reset() // nothing became of it but this
	k.out.Segments = segments
	k.env.Stepped(Step{
		Conn: None, Sock: None, Listener: l, Local: local, Remote: remote,
		From: tcp.Listen, To: tcp.Listen, ISS: iss, IRS: seg.Seq, Out: &k.out, Why: "SYN cookie",
	})
}

// cookieSYN is a SYN with no more than a cookie can keep of it, and which MSS
// that is: without timestamps, the MSS alone.
func cookieSYN(seg *wire.TCP) (syn wire.TCP, index uint32, ok bool) {
	mss, announced := seg.Options.MSS()
	if !announced {
		mss = 536 // RFC 9293 MUST-15
		if !seg.Dst.Is4() {
			mss = 1220
		}
	}
	if mss < cookieMSS[0] {
		return syn, 0, false
	}
	for int(index)+1 < len(cookieMSS) && cookieMSS[index+1] <= mss {
		index++
	}
	syn = *seg
	syn.Payload = nil
	syn.Options = wire.Options{}
	syn.Options.AddMSS(cookieMSS[index])
	if val, ecr, ok := seg.Options.Timestamps(); ok {
		syn.Options.AddTimestamps(val, ecr)
		if shift, ok := seg.Options.WindowScale(); ok {
			syn.Options.AddWindowScale(min(shift, 14))
		}
		if seg.Options.SACKPermitted() {
			syn.Options.AddSACKPermitted()
		}
	}
	return syn, index, true
}

// taught is the offset with which the timestamp clock says, in its lowest
// bits, what a SYN offered; it goes back rather than forward, for no later
// timestamp may be smaller.
func taught(now clock.Time, offset uint32, syn *wire.TCP) uint32 {
	bits := uint32(cookieNoScale)
	if shift, ok := syn.Options.WindowScale(); ok {
		bits = uint32(shift)
	}
	if syn.Options.SACKPermitted() {
		bits |= cookieSACK
	}
	back := (tcp.TSval(now, offset) - bits) & (1<<cookieTSBits - 1)
	return offset - back
}

// takeCookie opens the connection whose cookie an ACK brings back; it reports
// false if the ACK is of no cookie.
func (k *Stack) takeCookie(now clock.Time, l SockID, seg *wire.TCP) bool {
	syn, ok := k.cookieOf(now, seg)
	if !ok {
		return false
	}
	if k.socks[l].listen.full() {
		k.turnAway(l, seg, "accept queue full")
		return true
	}
	c := k.newChild(now, l, seg)
	_, offset := k.numbers(now, seg.Destination(), seg.Source())
	c.tcp.Init(c.tcp.Config(), seg.Destination(), seg.Source(), seg.Ack.Add(-1), offset)
	_ = c.tcp.Listen(now, &k.out)
	k.begin(c)
	c.tcp.Restore(now, &syn, &k.out)
	c.tcp.Arrive(now, seg, &k.out)
	k.endWith(now, c, "SYN cookie is good")
	return true
}

// cookieOf is the SYN that the cookie which an ACK acknowledges was made for.
func (k *Stack) cookieOf(now clock.Time, seg *wire.TCP) (syn wire.TCP, ok bool) {
	cookie := seg.Ack.Add(-1)
	irs := seg.Seq.Add(-1)
	index := uint32(cookie) >> cookieHashBits & (1<<cookieMSSBits - 1)
	tick := uint32(now / clock.Time(cookieTick))
	for age := range uint32(cookieLives) {
		if k.cookie(seg.Destination(), seg.Source(), irs, tick-age, index) != cookie {
			continue
		}
		syn = wire.TCP{Net: seg.Net, SrcPort: seg.SrcPort, DstPort: seg.DstPort, Seq: irs, Flags: wire.SYN, Window: seg.Window}
		syn.Options.AddMSS(cookieMSS[index])
		if val, ecr, ok := seg.Options.Timestamps(); ok {
			syn.Options.AddTimestamps(val, 0)
			if shift := ecr & cookieScaleMask; shift != cookieNoScale {
				syn.Options.AddWindowScale(uint8(shift))
			}
			if ecr&cookieSACK != 0 {
				syn.Options.AddSACKPermitted()
			}
		}
		return syn, true
	}
	return syn, false
}

// cookie is the initial number that a SYN gets in a tick.
func (k *Stack) cookie(local, remote wire.Endpoint, irs wire.Seq, tick, index uint32) wire.Seq {
	sum := k.mac('S', local, remote, uint32(irs), tick, index)
	hash := binary.BigEndian.Uint32(sum[:]) >> (32 - cookieHashBits)
	return wire.Seq(tick<<(cookieHashBits+cookieMSSBits) | index<<cookieHashBits | hash)
}

// mac is a keyed hash over two endpoints and three numbers, of the kind that
// makes initial sequence numbers (RFC 6528); use parts those that it serves.
func (k *Stack) mac(use byte, local, remote wire.Endpoint, numbers ...uint32) [md5.Size]byte {
	b := make([]byte, 0, 128)
	l, r := local.Addr.As16(), remote.Addr.As16()
	b = append(append(append(b, use), l[:]...), r[:]...)
	b = binary.BigEndian.AppendUint16(b, local.Port)
	b = binary.BigEndian.AppendUint16(b, remote.Port)
	for _, n := range numbers {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return md5.Sum(append(b, k.secret[:]...))
}
