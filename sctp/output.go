package sctp

import (
	"simrun/wire"
)

// chunks without a value, and those of one cause, by a name that rows use.
const (
	cookieAck        = wire.ChunkCookieAck
	shutdownComplete = wire.ChunkShutdownComplete
)

var cookieWhileShutdown = wire.Cause{Code: wire.CauseCookieWhileShutdown}

func chunkOf(t wire.ChunkType) wire.Chunk { return wire.Chunk{Type: t} }

func errorOf(c wire.Cause) wire.Chunk {
	return wire.Chunk{Type: wire.ChunkError, Value: c.Append(nil)}
}

func abortChunk(causes wire.Causes) wire.Chunk {
	return wire.Chunk{Type: wire.ChunkAbort, Value: causes}
}

// control queues a control chunk for the reply; it goes out when the step
// ends, before any SACK and DATA (RFC 9260 6.10).
func (s *step) control(c wire.Chunk) { s.reply = c.Append(s.reply) }

// output ends every step: the replies, the SACK that is owed, and the DATA
// that may go now share packets as far as they have one destination.
func (a *Assoc) output(s *step) {
	a.dropExpired(s)
	a.sendForward(s)
	a.sendRequest(s)
	if a.state.in(draining) && a.snd.drained() {
		a.fire(s, Drained)
	}
	w := packer{a: a}
	if len(s.reply) > 0 || s.sack == sackNow && a.state.in(up) {
		w.open(s, a.replyPath(s))
		w.chunks(s, s.reply)
		s.out.control, s.reply = s.reply[:0], s.reply[:0]
		if s.sack == sackNow {
			w.sack(s)
		}
		if s.echo {
			w.resend = a.init.tries
		}
	}
	a.sendData(s, &w)
	w.close(s)
	a.watchPaths(s)
}

// packer fills packets, one at a time. Chunks share a packet while it has
// room and their destination is the same (RFC 9260 6.10).
type packer struct {
	a      *Assoc
	opened bool
	path   int
	start  int // where the packet's chunks begin in Out
	room   int
	resend int
}

// open makes a packet to a path the present one.
func (w *packer) open(s *step, path int) {
	if w.opened && w.path == path {
		return
	}
	w.close(s)
	*w = packer{a: w.a, opened: true, path: path, start: len(s.out.octets), room: w.a.paths[path].room()}
}

// join is open for a chunk of DATA, which a SACK that waits goes with if there
// is room for both (RFC 9260 6.1).
func (w *packer) join(s *step, path, n int) {
	if w.opened && !w.fits(n) {
		w.close(s)
	}
	w.open(s, path)
	if w.a.armed(TimerSACK) && w.a.rcv.sackSize()+n <= w.room {
		w.sack(s)
	}
}

// fits reports whether a chunk still has room. An empty packet takes any: what
// is larger than the path was made for another one.
func (w *packer) fits(n int) bool { return n <= w.room || w.empty() }

func (w *packer) empty() bool {
	return w.opened && w.room == w.a.paths[w.path].room()
}

// chunks adds control chunks.
func (w *packer) chunks(s *step, c wire.Chunks) {
	s.out.octets = append(s.out.octets, c...)
	w.room -= len(c)
}

// data adds the DATA chunk at a position.
func (w *packer) data(s *step, at uint64) {
	snd := &w.a.snd
	r := snd.flight.at(at)
	m := &snd.messages[r.message]
	d := wire.Data{
		Flags: r.flags, TSN: snd.tsn(at), Stream: m.stream, SSN: m.ssn, PPID: m.ppid,
		Payload: snd.data.at(m.slot)[r.offset:][:r.n],
	}
	s.out.octets = d.Append(s.out.octets)
	w.room -= r.size()
	w.resend = max(w.resend, int(r.tries))
}

// sack adds a SACK, with as many blocks as the packet holds: the lowest first
// (RFC 9260 6.7).
func (w *packer) sack(s *step) {
	r := &w.a.rcv
	before := len(s.out.octets)
	s.out.octets = r.appendSACK(s.out.octets, w.a.cfg, w.room)
	w.room -= len(s.out.octets) - before
	w.a.stop(TimerSACK)
	s.sack = sackNone
}

// close hands the packet out, unless it is empty.
func (w *packer) close(s *step) {
	if !w.opened {
		return
	}
	if len(s.out.octets) > w.start {
		w.a.emit(s, w.a.paths[w.path].addr, w.a.peerTag, s.out.octets[w.start:len(s.out.octets):len(s.out.octets)], w.resend)
	}
	w.opened = false
}

// emit puts a packet into the step's output.
func (a *Assoc) emit(s *step, to wire.Addr, tag wire.Tag, chunks wire.Chunks, resend int) {
	small := true // what is larger than the path was made for another one: IP may fragment it (RFC 9260 6.9)
	if i := a.pathTo(to); i != noPath {
		small = len(chunks) <= a.paths[i].room()
	}
	p := Packet{Resend: resend, SCTP: wire.SCTP{
		Net:     wire.Net{Dst: to, TTL: a.cfg.TTL, DontFragment: small},
		SrcPort: a.localPort, DstPort: a.peerPort, Tag: tag, Chunks: chunks,
	}}
	if s.pkt != nil && to == s.pkt.Src {
		p.Src = s.pkt.Dst // an answer comes from where it was asked
		p.SrcPort, p.DstPort = s.pkt.DstPort, s.pkt.SrcPort
	}
	s.out.Packets = append(s.out.Packets, p)
}

// lone sends chunks in a packet of their own.
func (a *Assoc) lone(s *step, to wire.Addr, tag wire.Tag, chunks wire.Chunks, resend int) {
	start := len(s.out.octets)
	s.out.octets = append(s.out.octets, chunks...)
	a.emit(s, to, tag, s.out.octets[start:len(s.out.octets):len(s.out.octets)], resend)
}

// reflect answers what is out of the blue: the packet's own tag comes back
// with the T bit (RFC 9260 8.4).
func (a *Assoc) reflect(s *step, c wire.Chunk) {
	c.Flags |= wire.FlagT
	a.lone(s, s.pkt.Src, s.pkt.Tag, c.Append(nil), 0)
}

// abortInit refuses an INIT, or an INIT ACK, with the tag that it brought.
func (a *Assoc) abortInit(s *step) {
	init, ok := s.chunk.Init()
	if !ok {
		return
	}
	a.lone(s, s.pkt.Src, init.Tag, abortChunk(s.causes).Append(nil), 0)
}

// abortInitAck refuses an INIT ACK. Where it brought no tag, the packet's own
// comes back with the T bit (RFC 9260 3.3.3).
func (a *Assoc) abortInitAck(s *step) {
	if s.init.Tag == 0 {
		a.reflect(s, abortChunk(s.causes))
		return
	}
	a.abortInit(s)
}

// sendAbort tells the peer that the association is over (RFC 9260 9.1).
func (a *Assoc) sendAbort(s *step) {
	a.lone(s, a.paths[a.replyPath(s)].addr, a.peerTag, abortChunk(s.causes).Append(nil), 0)
	s.reply = s.reply[:0]
	s.sack = sackNone
}

// flush empties the queues and stops the timers. Messages that were not
// acknowledged are reported; what has arrived whole stays readable.
func (a *Assoc) flush(s *step) {
	snd := &a.snd
	for i := range snd.flight.len() {
		m := &snd.messages[snd.flight.records.At(i).message]
		if m.chunks--; m.chunks == 0 && m.sent == m.size && !m.abandoned {
			s.out.signal(Signal{Kind: SendFailed, Message: m.id})
		}
	}
	for snd.waiting.Len() > 0 {
		m := &snd.messages[snd.waiting.Pop()]
		s.out.signal(Signal{Kind: SendFailed, Message: m.id, Unsent: m.sent == 0})
	}
	next := snd.nextID
	*snd = snd.reuse()
	snd.nextID = next
	a.rc.start(0, 0)
	a.abortPartial(s)
	a.rcv.drop()
	a.stopAll()
	s.sack = sackNone
}
