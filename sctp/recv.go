package sctp

import (
	"time"

	"simrun/internal/ranges"
	"simrun/internal/ring"
	"simrun/wire"
)

// receiver is the peer's user data on its way to the user.
type receiver struct {
	initial wire.TSN   // the peer's first TSN; positions count from it
	next    uint64     // all before this position has arrived
	beyond  ranges.Set // positions that have arrived beyond a hole
	dups    []wire.TSN // that came twice since the last SACK
	limit   uint16     // streams from the peer
	streams []inStream
	packets int    // with DATA since the last SACK
	edge    uint32 // a_rwnd as last told
	first   bool   // the first DATA of the association has come

	reassembly reassembly
	inbox      ring.Ring[delivery]
	partial    partial
	unread     int // octets in inbox
}

// inStream is a stream from the peer.
type inStream struct {
	next wire.SSN   // of the message to deliver next
	held []delivery // whole messages that wait for it, in order
}

// delivery is a message for the user, whole but for one that is partial.
type delivery struct {
	stream    uint16
	ssn       wire.SSN
	ppid      uint32
	tsn       wire.TSN
	unordered bool
	slot      int32
	taken     int // octets that the user has
}

// sackDue is when the DATA of a packet must be acknowledged.
type sackDue uint8

const (
	sackNone  sackDue = iota
	sackLater         // with others, or when the delayed-SACK timer expires
	sackNow
)

// maxSACKDelay is what no configuration may exceed (RFC 9260 6.2).
const maxSACKDelay = 500 * time.Millisecond

// maxDups is how many duplicates one SACK reports.
const maxDups = 16

// maxAhead is how far beyond the cumulative TSN ack a gap ack block reaches.
const maxAhead = 1<<16 - 1

// start begins to count the peer's TSNs.
func (r *receiver) start(initial wire.TSN, streams uint16) {
	r.initial, r.limit = initial, streams
}

// virgin reports whether no DATA has come yet.
func (r *receiver) virgin() bool { return r.next == 0 && r.beyond.Empty() }

// reuse is an empty receiver with the space of this one.
func (r *receiver) reuse() receiver {
	r.beyond.Clear()
	r.inbox.Clear()
	r.reassembly.clear()
	return receiver{beyond: r.beyond, dups: r.dups[:0], streams: r.streams[:0], reassembly: r.reassembly, inbox: r.inbox}
}

// restart begins anew with a peer that has; what has arrived whole stays
// readable.
func (r *receiver) restart() {
	r.drop()
	inbox, unread, asm := r.inbox, r.unread, r.reassembly
	r.beyond.Clear()
	*r = receiver{beyond: r.beyond, dups: r.dups[:0], streams: r.streams[:0], inbox: inbox, unread: unread, reassembly: asm}
	r.reassembly.base = 0
}

// drop forgets what is not whole, or waits for what will never come.
func (r *receiver) drop() {
	r.reassembly.drop()
	for i := range r.streams {
		for _, d := range r.streams[i].held {
			r.reassembly.release(d.slot)
		}
		r.streams[i].held = r.streams[i].held[:0]
	}
}

// cum is the cumulative TSN ack.
func (r *receiver) cum() wire.TSN { return r.initial.Add(int(uint32(r.next))).Add(-1) }

// position is where a TSN stands; negative offsets are of what has arrived.
func (r *receiver) position(t wire.TSN) (at uint64, ahead int) {
	ahead = t.Sub(r.cum()) - 1
	return r.next + uint64(ahead), ahead
}

// window is a_rwnd: the room that is left (RFC 9260 6.2).
func (r *receiver) window(cfg *Config) uint32 {
	return uint32(max(0, cfg.ReceiveBuffer-r.unread-r.reassembly.octets))
}

// arriveData takes a DATA chunk; false stops the packet.
func (a *Assoc) arriveData(s *step) bool {
	d, ok := s.chunk.Data()
	if !ok {
		s.out.drop(DropMalformed)
		return true
	}
	s.data = d
	if len(d.Payload) == 0 {
		s.causes = wire.AppendCause32(nil, wire.CauseNoUserData, uint32(d.TSN))
		a.fire(s, ChunkNoUserData)
		return false
	}
	a.fire(s, ChunkData)
	return true
}

// takeData puts a chunk in its place and decides when to acknowledge it
// (RFC 9260 6.2).
func (a *Assoc) takeData(s *step) {
	r, d := &a.rcv, &s.data
	s.sack = max(s.sack, sackLater)
	at, ahead := r.position(d.TSN)
	switch {
	case ahead < 0 || r.beyond.Contains(at, at+1):
		if len(r.dups) < maxDups {
			r.dups = append(r.dups, d.TSN)
		}
		return
	case ahead >= maxAhead, r.window(a.cfg) == 0 && at >= r.highest():
		s.out.drop(DropWindow)
		s.sack, s.fresh = sackNow, true
		return
	}
	s.fresh = true
	if !r.first {
		r.first = true
		s.sack = sackNow // RFC 9260 5.1: the first DATA is acknowledged at once
	}
	if d.Flags.Has(wire.FlagImmediate) {
		s.sack = sackNow
	}
	a.arrived(s, at)
	a.userActive(s.now)
}

// arrived notes that a chunk is here and hands its user data on.
func (a *Assoc) arrived(s *step, at uint64) {
	r, d := &a.rcv, &s.data
	hole := !r.beyond.Empty()
	r.beyond.Add(at, at+1)
	if all := r.beyond.All(); all[0].Lo <= r.next {
		r.next = all[0].Hi
		r.beyond.RemoveBelow(r.next)
	}
	if hole || !r.beyond.Empty() {
		s.sack = sackNow // RFC 9260 6.7: while there is a hole, for each packet
	}
	if d.Stream >= r.limit {
		s.control(errorOf(wire.Cause{Code: wire.CauseInvalidStream, Value: []byte{byte(d.Stream >> 8), byte(d.Stream), 0, 0}}))
		r.reassembly.skip(at)
		return
	}
	if m, whole := r.reassembly.insert(at, d); whole {
		m.tsn = d.TSN
		r.deliver(s, m)
	}
	a.deliverPartially(s)
}

// highest is the position beyond all that have arrived.
func (r *receiver) highest() uint64 {
	if all := r.beyond.All(); len(all) > 0 {
		return all[len(all)-1].Hi
	}
	return r.next
}

// deliver gives a whole message to the user: at once if it is unordered, else
// in the order of its stream (RFC 9260 6.6).
func (r *receiver) deliver(s *step, m delivery) {
	if m.unordered {
		r.give(s, m)
		return
	}
	st := r.stream(m.stream)
	if m.ssn != st.next {
		i := len(st.held)
		for i > 0 && m.ssn.Before(st.held[i-1].ssn) {
			i--
		}
		st.held = append(st.held, delivery{})
		copy(st.held[i+1:], st.held[i:])
		st.held[i] = m
		return
	}
	r.give(s, m)
	r.passOn(s, m.stream)
}

// stream is a stream from the peer, made if need be.
func (r *receiver) stream(id uint16) *inStream {
	for len(r.streams) <= int(id) {
		r.streams = append(r.streams, inStream{})
	}
	return &r.streams[id]
}

// passOn goes on to a stream's next message, and gives those that waited.
func (r *receiver) passOn(s *step, stream uint16) {
	st := &r.streams[stream]
	st.next++
	n := 0
	for n < len(st.held) && st.held[n].ssn == st.next {
		r.give(s, st.held[n])
		st.next++
		n++
	}
	st.held = st.held[:copy(st.held, st.held[n:])]
}

func (r *receiver) give(s *step, m delivery) {
	n := len(r.reassembly.data.at(m.slot))
	r.reassembly.octets -= n
	r.unread += n
	r.inbox.Push(m)
	if !r.partial.on { // else it waits behind the pieces of another one
		s.out.signal(Signal{Kind: Readable})
	}
}

// take moves the next message to the user, or as much of it as p holds.
func (r *receiver) take(p []byte) (Received, bool) {
	if r.readable() == 0 {
		return Received{}, false
	}
	open := r.partial.on && r.partial.at == 0
	m := r.inbox.Front()
	data := r.reassembly.data.at(m.slot)
	n := copy(p, data[m.taken:])
	got := Received{
		N: n, Stream: m.stream, SSN: m.ssn, PPID: m.ppid, TSN: m.tsn, Unordered: m.unordered,
		More: open || m.taken+n < len(data),
	}
	m.taken += n
	r.unread -= n
	switch {
	case !got.More:
		r.reassembly.data.release(m.slot)
		r.inbox.Pop()
		if r.partial.on {
			r.partial.at--
		}
	case m.taken == len(data): // of a message in pieces: the next one takes the place
		r.reassembly.data.empty(m.slot)
		m.taken = 0
	}
	return got, true
}

// worthTelling is a window that a whole packet fits into, or that is half of
// what there is.
func (a *Assoc) worthTelling() uint32 { return uint32(min(a.cfg.MTU, a.cfg.ReceiveBuffer/2)) }

// windowOpened tells the peer when the user has made room that is worth it: a
// window that was nearly shut, and is not any more.
func (a *Assoc) windowOpened(s *step) {
	r := &a.rcv
	worth := a.worthTelling()
	if a.state.in(receiving) && r.edge < worth && r.window(a.cfg) >= r.edge+worth {
		s.sack = sackNow
	}
}

// packetHeld decides, once all chunks of a packet are taken, when to
// acknowledge its DATA (RFC 9260 6.2).
func (a *Assoc) packetHeld(s *step) {
	if a.state == ShutdownSent { // RFC 9260 9.2: SHUTDOWN at once, and SACK where there is more to say
		if a.rcv.beyond.Empty() && len(a.rcv.dups) == 0 {
			s.sack = sackNone
		} else {
			s.sack = sackNow
		}
		a.sendShutdown(s)
		return
	}
	a.rcv.packets++
	switch {
	case a.cfg.SACK == Immediate, !s.fresh, a.rcv.packets >= a.cfg.SACKEvery:
		s.sack = sackNow
	case s.sack == sackLater && !a.armed(TimerSACK):
		a.arm(TimerSACK, s.now.Add(min(a.cfg.SACKDelay, maxSACKDelay)))
	}
}

// sackHead is a SACK chunk without blocks.
const sackHead = wire.ChunkHeaderLen + 12

// sackSize is what a SACK chunk with all that there is to say would take.
func (r *receiver) sackSize() int { return sackHead + 4*(len(r.beyond.All())+len(r.dups)) }

// appendSACK writes a SACK chunk for a packet that has so much room.
func (r *receiver) appendSACK(b wire.Chunks, cfg *Config, room int) wire.Chunks {
	var few [16]wire.GapAckBlock
	gaps := few[:0]
	for _, g := range r.beyond.All() {
		if sackHead+4*(len(gaps)+1) > room {
			break
		}
		gaps = append(gaps, wire.GapAckBlock{Start: uint16(g.Lo - r.next + 1), End: uint16(g.Hi - r.next)})
	}
	dups := r.dups[:max(0, min(len(r.dups), (room-sackHead-4*len(gaps))/4))]
	r.edge = r.window(cfg)
	b = wire.AppendSACK(b, r.cum(), r.edge, gaps, dups)
	r.dups, r.packets = r.dups[:0], 0
	return b
}
