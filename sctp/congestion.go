package sctp

// congestion is the congestion control of one path (RFC 9260 7.2). Windows
// are octets of DATA chunks with their padding.
type congestion struct {
	cwnd, ssthresh int
	partial        int // partial_bytes_acked
	phase          phase
	exit           uint64 // the first chunk beyond fast recovery
}

// phase is how the sender takes acknowledgments.
type phase uint8

const (
	phaseOpen     phase = iota
	phaseRecovery       // fast recovery, until exit is acknowledged
	phaseLoss           // after T3-rtx: one packet in flight until something is acknowledged
)

// initial sets the windows of a path (RFC 9260 7.2.1): min(4 P, max(2 P, 4404))
// with the slow-start threshold at the peer's window.
func (cc *congestion) initial(p *path, rwnd uint32) {
	least := 4404
	if !p.addr.Is4() {
		least = 4344
	}
	size := p.pmdcs()
	*cc = congestion{cwnd: min(4*size, max(2*size, least)), ssthresh: int(min(rwnd, 1<<30))}
}

// grow opens the window for what was acknowledged, if it was fully used: by at
// most a packet for each SACK in slow start, by one for each round trip beyond
// (RFC 9260 7.2.1, 7.2.2). In Fast Recovery there is no slow start.
func (cc *congestion) grow(news *acks, pmdcs int, recovering bool) {
	if cc.cwnd <= cc.ssthresh {
		if news.full && !recovering {
			cc.cwnd += min(news.octets, pmdcs)
		}
		return
	}
	cc.partial += news.octets
	switch {
	case !news.full:
		cc.partial = min(cc.partial, cc.cwnd)
	case cc.partial >= cc.cwnd:
		cc.partial -= cc.cwnd
		cc.cwnd += pmdcs
	}
}

// cut halves the window after a fast retransmit (RFC 9260 7.2.3).
func (cc *congestion) cut(pmdcs int) {
	cc.ssthresh = max(cc.cwnd/2, 4*pmdcs)
	cc.cwnd = cc.ssthresh
	cc.partial = 0
}

// collapse is the answer to T3-rtx (RFC 9260 6.3.3 E1, 7.2.3).
func (cc *congestion) collapse(pmdcs int) {
	cc.ssthresh = max(cc.cwnd/2, 4*pmdcs)
	cc.cwnd = pmdcs
	cc.partial = 0
	cc.phase = phaseLoss
}

// decay is what a path loses that sends nothing for so many RTOs; it never
// opens a window (RFC 9260 7.2.1). It reports whether there was anything.
func (cc *congestion) decay(rtos int64, pmdcs int) bool {
	if rtos <= 0 || cc.cwnd <= 4*pmdcs {
		return false
	}
	cc.ssthresh = cc.cwnd
	cc.cwnd = max(cc.cwnd>>min(rtos, 32), 4*pmdcs)
	return true
}
