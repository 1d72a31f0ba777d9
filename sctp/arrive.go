package sctp

import (
	"simrun/clock"
	"simrun/wire"
)

// Arrive is the arrival of a packet whose checksum is good. The packet's tag
// is verified by the rules of RFC 9260 8.5, then each chunk is taken in order.
func (a *Assoc) Arrive(now clock.Time, p *wire.SCTP, out *Out) {
	s := a.begin(now, out)
	s.pkt, s.from = p, a.pathTo(p.Src)
	if p.SrcPort == 0 || p.DstPort == 0 || !unicast(p.Src) || !unicast(p.Dst) { // RFC 9260 3.1, 8.4
		out.drop(DropMalformed)
		return
	}
	if a.state == Closed {
		a.arriveOutOfTheBlue(&s)
	} else {
		a.arriveChunks(&s, p.Chunks)
	}
	a.output(&s)
}

// unicast reports whether an address may be one host's.
func unicast(addr wire.Addr) bool {
	return !addr.IsMulticast() && !addr.IsUnspecified() && addr != broadcast
}

var broadcast = wire.AddrFrom4([4]byte{255, 255, 255, 255})

// arriveOutOfTheBlue is RFC 9260 8.4, in its order: the first of these chunks
// that the packet holds says what becomes of it.
func (a *Assoc) arriveOutOfTheBlue(s *step) {
	chunks := s.pkt.Chunks
	first, rest, ok := chunks.Next()
	s.chunk, s.first = first, true
	switch {
	case !ok:
		s.out.drop(DropMalformed)
	case chunks.Has(wire.ChunkAbort):
		a.fire(s, ChunkAbort)
	case first.Type == wire.ChunkInit:
		a.arriveInit(s)
	case first.Type == wire.ChunkCookieEcho:
		a.arriveCookie(s)
		if a.state != Closed {
			s.first = false
			a.arriveChunks(s, rest)
		}
	default:
		for _, t := range [...]wire.ChunkType{wire.ChunkShutdownAck, wire.ChunkShutdownComplete, wire.ChunkCookieAck} {
			if chunks.Has(t) {
				a.fire(s, chunkEvents[t])
				return
			}
		}
		a.fire(s, a.eventOf(first))
	}
}

// chunkEvents is the event that each chunk raises which needs no closer look.
var chunkEvents = [256]Event{
	wire.ChunkInitAck: ChunkInitAck, wire.ChunkSACK: ChunkSACK, wire.ChunkHeartbeat: ChunkHeartbeat,
	wire.ChunkHeartbeatAck: ChunkHeartbeatAck, wire.ChunkAbort: ChunkAbort, wire.ChunkShutdown: ChunkShutdown,
	wire.ChunkShutdownAck: ChunkShutdownAck, wire.ChunkCookieAck: ChunkCookieAck, wire.ChunkData: ChunkData,
	wire.ChunkShutdownComplete: ChunkShutdownComplete,
}

// eventOf is the event of a chunk that meets no association.
func (a *Assoc) eventOf(c wire.Chunk) Event {
	if causes, ok := c.Causes(); ok {
		if _, stale := causes.Find(wire.CauseStaleCookie); stale {
			return ErrorStaleCookie
		}
		return ChunkError
	}
	if e := chunkEvents[c.Type]; e != 0 {
		return e
	}
	return ChunkOther
}

// arriveChunks takes chunks one after the other, until one of them says that
// the others must not be looked at. A partial chunk at the end is dropped
// (RFC 9260 6.10).
func (a *Assoc) arriveChunks(s *step, chunks wire.Chunks) {
	s.first = len(chunks) == len(s.pkt.Chunks)
	for {
		c, rest, ok := chunks.Next()
		if !ok {
			if len(rest) > 0 {
				s.out.drop(DropMalformed)
			}
			break
		}
		s.chunk = c
		if !a.arriveChunk(s) || a.state == Closed {
			break
		}
		chunks, s.first = rest, false
	}
	if s.sack != sackNone && a.state.Exists() {
		a.packetHeld(s)
	}
}

// tagged reports whether the packet's tag allows the chunk (RFC 9260 8.5,
// 8.5.1).
func (a *Assoc) tagged(s *step) bool {
	tag, own := s.pkt.Tag, s.pkt.Tag == a.myTag
	switch s.chunk.Type {
	case wire.ChunkInit: // A: the tag is 0
		return tag == 0
	case wire.ChunkAbort, wire.ChunkShutdownComplete: // B, C
		if s.chunk.Flags.Has(wire.FlagT) {
			return tag == a.peerTag && a.peerTag != 0
		}
		return own
	case wire.ChunkCookieEcho: // D: the cookie holds the tag
		return true
	case wire.ChunkShutdownAck: // E
		return own || a.state.in(opening)
	}
	return own
}

// arriveChunk takes one chunk, and reports whether the next may be looked at.
func (a *Assoc) arriveChunk(s *step) bool {
	if !a.tagged(s) {
		s.out.drop(DropTag)
		return false
	}
	if s.first && a.state == ShutdownSent && s.pkt.Tag == a.myTag { // RFC 9260 9.2: it lives, and may have DATA left to send
		a.errors = 0
		a.arm(T2Shutdown, s.now.Add(a.paths[a.primaryPath()].rto(a.cfg)))
	}
	switch s.chunk.Type {
	case wire.ChunkInit:
		a.arriveInit(s)
		return false
	case wire.ChunkInitAck:
		a.arriveInitAck(s)
		return false
	case wire.ChunkCookieEcho:
		if !s.first {
			s.out.drop(DropBundled)
			return false
		}
		return a.arriveCookie(s)
	case wire.ChunkData:
		return a.arriveData(s)
	case wire.ChunkSACK:
		a.fire(s, ChunkSACK)
	case wire.ChunkError:
		a.arriveError(s)
	case wire.ChunkReConfig:
		return a.arriveReConfig(s)
	case wire.ChunkForwardTSN:
		return a.arriveForward(s)
	case wire.ChunkAbort, wire.ChunkCookieAck, wire.ChunkHeartbeat, wire.ChunkHeartbeatAck,
		wire.ChunkShutdown, wire.ChunkShutdownAck, wire.ChunkShutdownComplete:
		a.fire(s, chunkEvents[s.chunk.Type])
		a.opened(s)
	case wire.ChunkECNE, wire.ChunkCWR: // RFC 9260 appendix A: not negotiated
	default:
		return a.arriveUnknown(s)
	}
	return true
}

// arriveUnknown does what the type's highest bits ask of those who do not know
// it (RFC 9260 3.2).
func (a *Assoc) arriveUnknown(s *step) bool {
	u := s.chunk.Type.Unknown()
	s.out.drop(DropUnknown)
	if u.Reports() && a.peerTag != 0 {
		whole := s.chunk.Append(nil)[:wire.ChunkHeaderLen+len(s.chunk.Value)]
		s.control(errorOf(wire.Cause{Code: wire.CauseUnrecognizedChunk, Value: whole}))
	}
	return !u.Stops()
}

// arriveError takes an ERROR chunk.
func (a *Assoc) arriveError(s *step) {
	causes, _ := s.chunk.Causes()
	if _, stale := causes.Find(wire.CauseStaleCookie); stale {
		a.fire(s, ErrorStaleCookie)
		return
	}
	a.fire(s, ChunkError)
}

// cause is the first cause of the ABORT or ERROR that is looked at, or of the
// one that is sent; 0 if there is none.
func (s *step) cause() wire.CauseCode {
	causes, ok := s.chunk.Causes()
	if !ok {
		causes = s.causes
	}
	c, _, _ := causes.Next()
	return c.Code
}

// opened carries out what had to wait for ESTABLISHED: a SHUTDOWN call.
func (a *Assoc) opened(s *step) {
	if a.state == Established && a.closing {
		a.closing = false
		a.fire(s, CallShutdown)
	}
}
