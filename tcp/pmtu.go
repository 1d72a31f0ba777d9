package tcp

import "simrun/wire"

// minMSS is the least text a segment carries: IPv4 hosts take packets of 68
// octets at least (RFC 791). A smaller MSS option is raised to it, or a peer
// could make us send nothing but headers (CVE-2019-11479).
const minMSS = 28

// lowerMSS is path MTU discovery: a router could not pass a packet on
// (RFC 1191, RFC 8201). What is in flight is sent again in smaller segments.
func (c *Conn) lowerMSS(s *step, mtu uint32) {
	mss := int(mtu) - wire.IPHeaderLen(c.remote.Addr) - wire.TCPHeaderLen
	if mss < minMSS || mss >= c.snd.mss {
		return
	}
	c.snd.mss = mss
	c.resegment(s)
}

// resegment cuts the records in flight to the present MSS and sends the first
// of those that were too large again.
func (c *Conn) resegment(s *step) {
	snd := &c.snd
	for i := 0; i < snd.inflight.Len(); i++ {
		r := *snd.inflight.At(i)
		if r.n <= snd.mss {
			continue
		}
		rest := r
		rest.seq, rest.n = r.seq.Add(snd.mss), r.n-snd.mss
		r.n = snd.mss
		r.flags &^= wire.FIN | wire.PSH
		r.lost, rest.lost = true, true
		*snd.inflight.At(i) = r
		snd.inflight.Insert(i+1, rest)
	}
	if snd.inflight.Len() > 0 && snd.inflight.Front().lost {
		c.resend(s, snd.inflight.Front())
	}
}
