package tcp

import "simrun/wire"

// rescue sends again, in fast recovery, what is not known to be lost, when
// nothing else may be sent: rules 3 and 4 of NextSeg (RFC 6675 4). It keeps
// ACKs coming where the retransmission timer would have to decide.
func (c *Conn) rescue(s *step) bool {
	snd, rec := &c.snd, &c.rec
	if !c.cfg.Rescue || !c.opt.sack || c.hasRACK() || rec.phase != phaseRecovery {
		return false
	}
	if snd.usable() > 0 && (snd.unsent() > 0 || snd.fin == finQueued) || !c.allows(0) {
		return false // rule 2 has something to send, or there is no room
	}
	if r := snd.flight.doubtful(c.rec.high, snd.mss); r != nil { // rule 3
		c.resend(s, r)
		return true
	}
	if rec.rescued { // rule 4, once in a recovery
		return false
	}
	rec.rescued = true
	r := snd.flight.highest()
	if r == nil {
		return false
	}
	c.copy(s, r, r.resent) // HighRxt stays, and pipe
	return true
}

// doubtful is the first record from a number on that was not reported, though
// one beyond it was; nil if there is none. What lies before the judge's edge
// is lost or reported, and beyond it are fewer ranges than would be a loss.
func (f *flight) doubtful(from wire.Seq, mss int) *record {
	for i := max(f.edge+1, f.find(from, mss)); i < f.high; {
		r := f.look(i)
		if !r.sacked {
			return r
		}
		i = r.skip
	}
	return nil
}

// highest is the last record that was not reported; nil if there is none.
func (f *flight) highest() *record {
	for i := f.last(); i > f.base; i-- {
		if r := f.look(i); !r.sacked {
			return r
		}
	}
	return nil
}
