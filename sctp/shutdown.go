package sctp

import "simrun/wire"

// sendShutdown sends SHUTDOWN with what has arrived of the peer's DATA, and
// starts T2-shutdown (RFC 9260 9.2). It follows the step's other chunks.
func (a *Assoc) sendShutdown(s *step) {
	s.reply = wire.AppendTSN(s.reply, wire.ChunkShutdown, a.rcv.cum())
	a.startT2(s)
}

// sendShutdownAck sends SHUTDOWN ACK and starts T2-shutdown.
func (a *Assoc) sendShutdownAck(s *step) {
	s.control(chunkOf(wire.ChunkShutdownAck))
	a.startT2(s)
}

func (a *Assoc) startT2(s *step) {
	a.stop(TimerSACK)
	a.arm(T2Shutdown, s.now.Add(a.paths[a.primaryPath()].rto(a.cfg)))
}

// startT5 bounds the whole shutdown, which a peer that answers for ever could
// hold open (RFC 9260 9.2).
func (a *Assoc) startT5(s *step) {
	if a.cfg.T5 > 0 && !a.armed(T5Guard) {
		a.arm(T5Guard, s.now.Add(a.cfg.T5))
	}
}

// sendShutdownComplete ends the association for the peer; it travels alone.
func (a *Assoc) sendShutdownComplete(s *step) {
	a.lone(s, a.paths[a.replyPath(s)].addr, a.peerTag, chunkOf(wire.ChunkShutdownComplete).Append(nil), 0)
}

// takeShutdown takes the cumulative TSN ack of a SHUTDOWN.
func (a *Assoc) takeShutdown(s *step) {
	tsn, ok := s.chunk.TSN()
	f := &a.snd.flight
	if !ok {
		s.out.drop(DropMalformed)
		return
	}
	passed := tsn.Sub(a.snd.acked())
	if passed <= 0 || passed > f.len() {
		return
	}
	news := a.fresh()
	a.advance(s, uint64(passed), &news)
	a.settle(s, &news)
}
