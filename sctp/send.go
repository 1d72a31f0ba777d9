package sctp

import (
	"simrun/clock"
	"simrun/internal/ring"
	"simrun/wire"
)

// sender is our user data on its way to the peer.
type sender struct {
	initial  wire.TSN // of the first chunk; positions count from it
	rwnd     int      // the peer's window, less what is outstanding
	shut     bool     // the peer's window was 0 when it told last
	answered bool     // a SACK came since T3-rtx expired last
	streams  []outStream
	nextID   MessageID

	messages  []message
	free      []int32
	data      store
	waiting   ring.Ring[int32] // messages that are not yet wholly sent, in order
	queued    int              // octets of messages that are not acknowledged
	point     uint64           // what is given up before this position the peer must skip (RFC 3758: Advanced.Peer.Ack.Point)
	skips     []wire.Skip      // the streams of what is to be skipped
	neverSent int              // TSNs of chunks that were given up before they were sent
	flight    flight
}

// outStream is a stream to the peer.
type outStream struct {
	ssn wire.SSN // of the next ordered message
}

// message is a message from SEND until its last chunk is acknowledged.
type message struct {
	id        MessageID
	stream    uint16
	ssn       wire.SSN
	ppid      uint32
	unordered bool
	immediate bool
	begun     bool // its first chunk was sent, so it has an SSN
	abandoned bool // it was given up, and its user data is forgotten
	mortal    bool // it has a lifetime, which ends when it expires
	policy    Policy
	limit     uint32
	expires   clock.Time
	last      uint64 // the position of its last chunk
	slot      int32
	size      int
	sent      int // octets that are in chunks
	chunks    int // chunks that are not acknowledged
}

// reuse is an empty sender with the space of this one.
func (snd *sender) reuse() sender {
	snd.data.clear()
	snd.waiting.Clear()
	snd.flight.clear()
	return sender{
		streams: snd.streams[:0], messages: snd.messages[:0], free: snd.free[:0],
		data: snd.data, waiting: snd.waiting, flight: snd.flight, skips: snd.skips[:0],
	}
}

// start begins to count TSNs.
func (snd *sender) start(initial wire.TSN) {
	snd.initial, snd.point = initial, 0
	snd.flight.clear()
}

// open makes the streams that both ends agreed on. Those that the user counted
// on and that there are not fail when they are used.
func (snd *sender) open(streams int) {
	for len(snd.streams) < streams {
		snd.streams = append(snd.streams, outStream{})
	}
	snd.streams = snd.streams[:streams]
}

// idle reports whether no TSN was ever given to a chunk.
func (snd *sender) idle() bool { return snd.flight.end() == 0 && snd.initial == 0 }

// tsn is the TSN of the chunk at a position.
func (snd *sender) tsn(at uint64) wire.TSN { return snd.initial.Add(int(uint32(at))) }

// acked is the cumulative TSN ack point: all up to it is acknowledged.
func (snd *sender) acked() wire.TSN { return snd.tsn(snd.flight.base).Add(-1) }

// drained reports whether all user data has been sent and acknowledged.
func (snd *sender) drained() bool { return snd.waiting.Len() == 0 && snd.flight.len() == 0 }

// queueMessage is SEND. Before the association is up, the streams are those
// that we asked for.
func (a *Assoc) queueMessage(s *step) {
	m, snd := s.user, &a.snd
	a.makeRoom(s, m)
	streams := len(snd.streams)
	if a.state.in(opening) && streams == 0 {
		streams = int(a.cfg.OutStreams)
	}
	switch {
	case int(m.Stream) >= streams:
		s.err = ErrStream
	case len(m.Data) == 0:
		s.err = ErrNoData
	case a.cfg.NoFragments && len(m.Data) > a.fragmentSize():
		s.err = ErrTooLarge // RFC 9260 6.9
	case len(m.Data) > a.cfg.SendBuffer:
		s.err = ErrTooLarge
	case len(m.Data) > a.cfg.SendBuffer-snd.queued:
		s.err = ErrNoRoom
	}
	if s.err != nil {
		return
	}
	i := snd.newMessage()
	snd.messages[i] = message{
		id: snd.nextID, stream: m.Stream, ppid: m.PPID, unordered: m.Unordered, immediate: m.Immediate,
		slot: snd.data.put(m.Data), size: len(m.Data),
		policy: m.Policy, limit: m.Limit, mortal: m.Lifetime > 0, expires: s.now.Add(m.Lifetime),
	}
	snd.nextID++
	snd.queued += len(m.Data)
	snd.waiting.Push(i)
	a.userActive(s.now)
}

func (snd *sender) newMessage() int32 {
	if n := len(snd.free); n > 0 {
		i := snd.free[n-1]
		snd.free = snd.free[:n-1]
		return i
	}
	snd.messages = append(snd.messages, message{})
	return int32(len(snd.messages) - 1)
}

// finish forgets a message that no chunk is left of.
func (snd *sender) finish(i int32) {
	if m := &snd.messages[i]; !m.abandoned {
		snd.queued -= m.size
		snd.data.release(m.slot)
	}
	snd.free = append(snd.free, i)
}

// fragmentSize is how much user data a chunk may carry: as much as fits each
// of the paths, for it may have to travel any of them (RFC 9260 7.3).
func (a *Assoc) fragmentSize() int {
	n := a.paths[0].room()
	for i := range a.paths {
		n = min(n, a.paths[i].room())
	}
	n = (n - wire.DataHeaderLen) &^ 3
	if a.cfg.MaxSegment > 0 {
		n = min(n, a.cfg.MaxSegment)
	}
	return n
}

// sendData sends what may be sent now: what is marked first (RFC 9260 6.1 C),
// then new chunks, as far as the congestion window of their path and the
// peer's window allow.
func (a *Assoc) sendData(s *step, w *packer) {
	burst := a.cfg.MaxBurst
	switch {
	case s.echo:
		burst = 1 // in the packet of the COOKIE ECHO, or not at all
	case !a.state.in(sending):
		return
	}
	for i := range a.paths {
		p := &a.paths[i]
		if p.flight > 0 && !p.armed(T3) && !s.echo { // it went with COOKIE ECHO
			p.arm(T3, s.now.Add(p.rto(a.cfg)))
		}
	}
	for burst > 0 && a.sendMarked(s, w) {
		burst--
	}
	if a.snd.flight.marked > 0 {
		return
	}
	for burst > 0 && a.sendNew(s, w) {
		burst--
	}
}

// sendMarked sends one packet of chunks that are marked for retransmission;
// false if none may go.
func (a *Assoc) sendMarked(s *step, w *packer) bool {
	f := &a.snd.flight
	at, ok := f.nextMarked()
	if !ok {
		return false
	}
	to := int(f.at(at).path)
	if f.at(at).timedOut {
		to = a.alternate(to)
	}
	p := &a.paths[to]
	if !f.urgent && !p.allows() {
		return false
	}
	if s.echo && (to != w.path || !w.fits(f.at(at).size())) {
		return false
	}
	w.join(s, to, f.at(at).size())
	sent := false
	for ; at < f.end() && f.marked > 0; at++ {
		r := f.at(at)
		if !r.marked {
			continue
		}
		if !w.fits(r.size()) {
			break
		}
		a.resend(s, w, at, to)
		sent = true
	}
	f.urgent = false
	w.close(s)
	return sent
}

// allows reports whether the path's congestion window has room: while there
// is any, a whole packet may go (RFC 9260 6.1 B).
func (p *path) allows() bool {
	if p.cc.phase == phaseLoss {
		return p.flight == 0
	}
	return p.flight < p.cc.cwnd
}

// maxFlight is how many chunks may be outstanding: a gap ack block reaches no
// farther, and no stream then has more ordered messages than it has SSNs
// (RFC 9260 6.1).
const maxFlight = 1<<16 - 1

// sendNew sends one packet of new chunks; false if none may go.
func (a *Assoc) sendNew(s *step, w *packer) bool {
	snd := &a.snd
	if snd.waiting.Len() == 0 || snd.flight.len() >= maxFlight {
		return false
	}
	to := a.primaryPath()
	p := &a.paths[to]
	if p.flight == 0 && p.cc.decay(int64(s.now.Sub(p.sent)/p.rto(a.cfg)), p.pmdcs()) {
		a.signalWindow(s, to, p.cc.ssthresh)
	}
	if !p.allows() || s.echo && to != w.path {
		return false
	}
	sent := 0
	for a.dropExpired(s); snd.waiting.Len() > 0; a.dropExpired(s) {
		i := *snd.waiting.Front()
		m := &snd.messages[i]
		if a.rc.holds(m) {
			break
		}
		n := min(m.size-m.sent, a.fragmentSize())
		if n > snd.rwnd && snd.flight.outstanding > 0 {
			break // RFC 9260 6.1 A
		}
		if n > snd.rwnd && !a.probing(s, to) {
			break
		}
		if sent == 0 {
			if s.echo && !w.fits(wire.DataHeaderLen+(n+3)&^3) || a.waitsForMore(w, to, n) {
				break
			}
			w.join(s, to, wire.DataHeaderLen+(n+3)&^3)
		}
		if !w.fits(wire.DataHeaderLen + (n+3)&^3) {
			break
		}
		a.launch(s, w, i, n, to)
		sent++
		if snd.rwnd <= 0 || snd.flight.len() >= maxFlight {
			break
		}
	}
	w.close(s)
	return sent > 0
}

// waitsForMore is Nagle's algorithm for SCTP: while something is outstanding,
// less than a full packet waits for more (RFC 9260 6.1).
func (a *Assoc) waitsForMore(w *packer, to, n int) bool {
	if a.cfg.NoDelay || a.snd.flight.outstanding == 0 || a.state != Established && a.state != CookieEchoed || w.opened {
		return false
	}
	room := a.paths[to].room()
	for i := range a.snd.waiting.Len() {
		m := &a.snd.messages[*a.snd.waiting.At(i)]
		room -= wire.DataHeaderLen + (m.size-m.sent+3)&^3
		if room < wire.DataHeaderLen+4 {
			return false
		}
	}
	return true
}

// probing reports whether a chunk may go into a window that is shut: the first
// one an RTO after nothing was outstanding, and one at a time (RFC 9260 6.1 A).
func (a *Assoc) probing(s *step, to int) bool {
	p := &a.paths[to]
	if s.path == to && s.probe {
		s.probe = false
		return true
	}
	if !p.armed(T3) {
		p.arm(T3, s.now.Add(p.rto(a.cfg)))
	}
	return false
}

// launch sends the next n octets of a message in a new chunk.
func (a *Assoc) launch(s *step, w *packer, i int32, n, to int) {
	snd := &a.snd
	m := &snd.messages[i]
	if !m.begun {
		m.begun = true
		if !m.unordered {
			st := &snd.streams[m.stream]
			m.ssn = st.ssn
			st.ssn++
		}
	}
	r := record{message: i, offset: int32(m.sent), n: int32(n), path: uint8(to)}
	if m.sent == 0 {
		r.flags |= wire.FlagBegin
	}
	m.sent += n
	m.chunks++
	if m.sent == m.size {
		r.flags |= wire.FlagEnd
		snd.waiting.Pop()
	}
	if m.unordered {
		r.flags |= wire.FlagUnordered
	}
	if m.immediate || a.state.in(draining) && snd.waiting.Len() == 0 {
		r.flags |= wire.FlagImmediate // RFC 9260 6.2: no reason to delay the last SACK
	}
	at := snd.flight.push(r)
	m.last = at
	p := &a.paths[to]
	p.front = min(p.front, at)
	if p.flight == 0 {
		p.front = at
	}
	if !p.timing.running {
		p.timing = timing{running: true, at: at, start: s.now}
	}
	p.used = true
	a.departed(s, at, to)
	w.data(s, at)
}

// departed counts a chunk as outstanding on a path, whose T3-rtx runs
// (RFC 9260 6.3.2 R1).
func (a *Assoc) departed(s *step, at uint64, to int) {
	p := &a.paths[to]
	n := int(a.snd.flight.at(at).n)
	idle := p.flight == 0 // T3-rtx runs at most for a window probe that was to come
	p.flight += a.snd.flight.at(at).size()
	p.sent = s.now
	a.snd.flight.outstanding += n
	a.snd.rwnd = max(0, a.snd.rwnd-n)
	if (idle || !p.armed(T3)) && !s.echo {
		p.arm(T3, s.now.Add(p.rto(a.cfg)))
	}
}

// resend sends a marked chunk again. Karn: a round trip that covers it is not
// measured (RFC 9260 6.3.1 C5).
func (a *Assoc) resend(s *step, w *packer, at uint64, to int) {
	f := &a.snd.flight
	r := f.at(at)
	f.unmark(at)
	if p := &a.paths[r.path]; p.timing.running && p.timing.at == at {
		p.timing.running = false
	}
	r.path, r.timedOut = uint8(to), false
	r.tries = min(r.tries+1, 250)
	p := &a.paths[to]
	if p.flight == 0 || at < p.front {
		p.front = at
		if p.armed(T3) { // RFC 9260 6.1: restart for the earliest
			p.arm(T3, s.now.Add(p.rto(a.cfg)))
		}
	}
	a.departed(s, at, to)
	w.data(s, at)
}

// userActive notes that user data was sent or received, for autoclose.
func (a *Assoc) userActive(now clock.Time) {
	a.active = now
	if a.armed(TimerAutoclose) {
		a.arm(TimerAutoclose, now.Add(a.cfg.Autoclose))
	}
}

// watchUser keeps the autoclose timer when its setting changes.
func (a *Assoc) watchUser(s *step) {
	if a.cfg.Autoclose == 0 {
		a.stop(TimerAutoclose)
		return
	}
	a.arm(TimerAutoclose, max(s.now, a.active.Add(a.cfg.Autoclose)))
}
