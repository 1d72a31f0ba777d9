package tcp

// prr is proportional rate reduction (RFC 9937): during fast recovery it lets
// out what brings the octets in the network to ssthresh by its end, a segment
// for every other one that arrived, say, where RFC 6675 and RFC 6582 fall
// silent for half a round trip and then go on as before. Its zero value does
// not run.
type prr struct {
	size      int // RecoverFS: octets that may be delivered in this recovery
	delivered int // prr_delivered: those that were
	out       int // prr_out: octets sent in it
}

// sent counts what is sent (RFC 9937 6.3).
func (p *prr) sent(n int) {
	if p.size > 0 {
		p.out += n
	}
}

// count is how many octets may be sent now (RFC 9937 6.2) when an ACK has told
// of delivered ones and so many are in the network. While more are there than
// ssthresh, what is sent keeps in proportion to what arrived, in whole segments
// rounded up as the RFC's figures count them. Below ssthresh no more is sent
// than arrived, or a segment more if the ACK is safe, up to ssthresh.
func (p *prr) count(delivered, inflight, ssthresh, mss int, safe bool) int {
	p.delivered += delivered
	n := 0
	if inflight > ssthresh {
		share := (int64(p.delivered)*int64(ssthresh) + int64(p.size) - 1) / int64(p.size)
		n = max(0, int(share)-p.out)
		n = (n + mss - 1) / mss * mss
	} else {
		n = max(p.delivered-p.out, delivered) // PRR-CRB
		if safe {
			n += mss // PRR-SSRB
		}
		n = min(ssthresh-inflight, n)
	}
	if p.out == 0 && n == 0 {
		return mss // the fast retransmit itself
	}
	return n
}

// startPRR begins an episode with the ACK that begins recovery (RFC 9937 6.1):
// what was reported before that ACK will not be delivered again.
func (c *Conn) startPRR(t *told) {
	if !c.cfg.PRR {
		return
	}
	snd := &c.snd
	c.rec.prr = prr{size: snd.nxt.Sub(snd.una) + t.acked}
	if c.opt.sack {
		c.rec.prr.size += t.delivered - t.acked - snd.flight.have
	}
	c.reduce(t, false)
}

// reduce sets the window for what this ACK lets out. It is safe if SND.UNA
// advanced and nothing more was found lost.
func (c *Conn) reduce(t *told, safe bool) {
	p := &c.rec.prr
	delivered := c.delivered(t)
	if p.size == 0 || delivered == 0 {
		return
	}
	inflight := c.inNetwork()
	c.cc.cwnd = inflight + p.count(delivered, inflight, c.cc.ssthresh, c.snd.mss, safe)
}

// delivered is DeliveredData of RFC 9937 6.2. Without SACK each duplicate ACK
// stands for a full-sized segment, which is taken off again when an ACK covers
// it; duplicates without end tell of no more than was in flight.
func (c *Conn) delivered(t *told) int {
	if c.opt.sack {
		return max(0, t.delivered)
	}
	p, n := &c.rec.prr, max(0, t.acked-t.undone*c.snd.mss)
	if t.duplicate {
		n = c.snd.mss
	}
	return max(0, min(n, p.size-p.delivered))
}
