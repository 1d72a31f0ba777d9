package tcp

import "simrun/wire"

// minMSS is the least that a router may lower the MSS to: IPv4 passes packets
// of 68 octets everywhere (RFC 791).
const minMSS = 28

// lowerMSS is path MTU discovery: a router could not pass a packet on
// (RFC 1191, RFC 8201). What is in flight is sent again in smaller segments.
func (c *Conn) lowerMSS(s *step, mtu uint32) {
	mss := int(mtu) - wire.IPHeaderLen(c.remote.Addr) - wire.TCPHeaderLen
	if mss < minMSS || mss >= c.snd.mss {
		return
	}
	c.snd.mss = mss
	if c.snd.flight.resegment(mss) {
		c.resend(s, c.snd.flight.front())
		s.out.Segments[len(s.out.Segments)-1].Reason = ForPathMTU
	}
}
