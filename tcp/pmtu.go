package tcp

import (
	"simrun/clock"
	"simrun/wire"
)

// pathMTU is what is known of how much the path takes, as an MSS: what passes
// is the sender's mss itself.
type pathMTU struct {
	most  int        // what the two SYNs gave
	high  int        // the largest that is not known to be too large
	at    clock.Time // when high was lowered
	size  int        // what the probe in flight tries; 0: none is in flight
	probe wire.Seq   // where the probe's text begins
	end   wire.Seq   // and ends
}

// minMSS is the least that a router may lower the MSS to: IPv4 passes packets
// of 68 octets everywhere (RFC 791).
const minMSS = 28

// leastGain is how much larger an MSS must be to be worth a probe.
const leastGain = 8

// lowerMSS is path MTU discovery: a router could not pass a packet on
// (RFC 1191, RFC 8201). What is in flight is sent again in smaller segments.
func (c *Conn) lowerMSS(s *step, mtu uint32) {
	mss := int(mtu) - wire.IPHeaderLen(c.remote.Addr) - wire.TCPHeaderLen
	if mss < minMSS || mss >= c.path.high {
		return
	}
	c.path.high, c.path.at = mss, s.now
	if mss >= c.snd.mss {
		return // it spoke of a probe, which others in flight will show to be lost
	}
	c.snd.mss, c.path.size = mss, 0
	if c.snd.flight.resegment(c.fullText()) {
		c.resend(s, c.snd.flight.front())
		s.out.Segments[len(s.out.Segments)-1].Reason = ForPathMTU
	}
}

// passes notes that packets of an MSS pass.
func (c *Conn) passes(s *step, mss int) {
	c.snd.mss = mss
	c.cc.cwnd = max(c.cc.cwnd, mss) // or a full-sized segment would never fit
	s.out.signal(Signal{Kind: PathMTU, N: mss})
}

// agePath forgets, after so long, that a path did not take more: it may be
// another path by now (RFC 1191 6.3). With probes to try it by, that is all;
// without, what is sent next tries it.
func (c *Conn) agePath(s *step) {
	p := &c.path
	if p.high == p.most || s.now.Sub(p.at) < c.cfg.PathMTUAge {
		return
	}
	p.high = p.most
	if !c.cfg.PLPMTUD {
		c.passes(s, p.most)
	}
}

// probeText is how many octets a probe of the path is to carry now; 0 if none is
// worth it. Other text waits until the congestion window has room for it. The
// search begins at the largest, which undoes a false alarm at once, and then
// halves what is left (RFC 4821 7.3). So much must follow the probe that
// duplicate ACKs tell of its loss (7.2).
func (c *Conn) probeText() int {
	p, snd := &c.path, &c.snd
	if !c.cfg.PLPMTUD || p.size != 0 || p.high-snd.mss < leastGain || c.rec.phase != phaseOpen || c.rec.dups > 0 {
		return 0
	}
	n := c.nextProbe() - c.optionsLen()
	if all := n + dupThresh*c.fullText(); snd.unsent() < all || snd.usable() < all || c.cc.cwnd < all {
		return 0
	}
	return n
}

// nextProbe is the MSS to try next.
func (c *Conn) nextProbe() int {
	if p := &c.path; p.high < p.most {
		return (c.snd.mss + p.high + 1) / 2
	}
	return c.path.most
}

// sendPathProbe sends new text in a segment that may be too large.
func (c *Conn) sendPathProbe(s *step, n int) {
	p := &c.path
	p.size, p.probe, p.end = c.nextProbe(), c.snd.nxt, c.snd.nxt.Add(n)
	s.out.signal(Signal{Kind: PathProbe, N: p.size})
	c.sendNew(s, n, false)
}

// probeAcked takes the acknowledgment of the probe.
func (c *Conn) probeAcked(s *step) {
	if p := &c.path; p.size != 0 && p.end.AtOrBefore(c.snd.una) {
		mss := p.size
		p.size = 0
		c.passes(s, mss)
	}
}

// probeLost reports whether the hole in front is the probe. That says nothing
// of congestion, so no window is cut (RFC 4821 7.6.2): its text goes again, in
// segments that are known to pass.
func (c *Conn) probeLost(s *step) bool {
	f := &c.snd.flight
	if c.path.size == 0 || f.front().seq != c.path.probe {
		return false
	}
	c.failProbe(s)
	f.splitFront(c.fullText())
	c.rec.phase, c.rec.point = phasePath, c.snd.nxt
	c.resend(s, f.front())
	return true
}

func (c *Conn) failProbe(s *step) {
	p := &c.path
	s.out.signal(Signal{Kind: PathProbeLost, N: p.size})
	p.high, p.at, p.size = min(p.high, p.size-1), s.now, 0
}

// mendPath looks at the path when the retransmission timer has expired. A
// probe in flight is cut, whatever became of it; and a segment that was lost
// again and again, though larger than what passes everywhere, may be so for
// its size: a black hole, which no ICMP message tells of (RFC 2923 2.1).
func (c *Conn) mendPath(s *step) {
	p, snd := &c.path, &c.snd
	front := snd.flight.front()
	probed := p.size != 0
	if probed && front.seq == p.probe {
		c.failProbe(s)
	}
	p.size = 0
	base := min(snd.mss, c.cfg.BaseMTU-wire.IPHeaderLen(c.remote.Addr)-wire.TCPHeaderLen)
	hole := c.cfg.PLPMTUD && int(front.tries) >= c.cfg.BlackHole && front.n > max(base-c.optionsLen(), 0)
	if hole {
		snd.mss = max(base, minMSS)
		s.out.signal(Signal{Kind: BlackHole, N: snd.mss})
	}
	if hole || probed {
		snd.flight.resegment(c.fullText())
	}
}

// splitFront cuts the oldest record into segments of a size and presumes them
// lost. What is known of the others stays, for their numbers do, as long as
// there are numbers left below the front.
func (f *flight) splitFront(size int) {
	r := *f.front()
	pieces := (r.n + size - 1) / size
	if f.base+1 < pieces {
		f.resegment(size)
		return
	}
	f.loseFront()
	f.take(f.front())
	f.records.Pop()
	f.base -= pieces - 1
	r.sacked, r.lost, r.resent = false, true, false
	for i := range pieces {
		p := r
		p.number, p.seq, p.n = f.base+1+i, r.seq.Add(i*size), min(size, r.n-i*size)
		if i < pieces-1 {
			p.flags &^= wire.FIN | wire.PSH
		}
		f.records.Insert(i, p)
	}
	for i := range pieces {
		f.put(f.records.At(i))
	}
}
