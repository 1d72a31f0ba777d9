package sctp

// congestion is the congestion control of one path (RFC 9260 7.2). Windows
// are octets of user data.
type congestion struct {
	cwnd, ssthresh int
	partial        int  // partial_bytes_acked
	limited        bool // the window was what stopped the last output
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

// grow opens the window for octets that were acknowledged; advanced says that
// the cumulative TSN ack moved. A window that was not used is not opened
// (RFC 9260 7.2.1, 7.2.2).
func (cc *congestion) grow(acked, flight, pmdcs int, advanced bool) {
	if cc.cwnd <= cc.ssthresh {
		if cc.limited && advanced && cc.phase != phaseRecovery {
			cc.cwnd += min(acked, pmdcs)
		}
		return
	}
	if advanced {
		cc.partial += acked
	}
	if cc.partial >= cc.cwnd && cc.limited {
		cc.partial -= cc.cwnd
		cc.cwnd += pmdcs
	}
	if flight == 0 {
		cc.partial = 0
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

// decay is what a path that sends nothing for an RTO loses (RFC 9260 7.2.1).
func (cc *congestion) decay(pmdcs int) {
	cc.cwnd = max(cc.cwnd/2, 4*pmdcs)
}
