package sctp

import (
	"time"

	"simrun/clock"
	"simrun/wire"
)

// reconfig is re-configuration requests (RFC 6525): one of ours at a time, and
// the answer to the peer's last one, which may ask for it again.
type reconfig struct {
	mine, theirs uint32         // sequence numbers of the first request of either end
	made, taken  uint32         // requests that are over
	kind         wire.ParamType // of our request; 0: there is none
	sent         bool
	later        bool     // the peer has it, and is not done: the next time-out is no error
	streams      []uint16 // that it names; none: all
	count        uint16   // streams to add
	fenced       bool
	fence        MessageID             // messages from this one on wait until the request is over
	response     uint32                // the peer's request that it answers
	last         wire.TSN              // our last assigned TSN when it was sent first
	answer       wire.ReConfigResponse // to the peer's last request
}

// Reconfiguration is what a user may ask for (RFC 6525 6.3): a reset of
// streams, none named for all; of all TSNs and SSNs; or more streams.
type Reconfiguration struct {
	Kind    wire.ParamType
	Streams []uint16
	Count   uint16
}

// Reconfigure is SCTP_RESET_STREAMS, SCTP_RESET_ASSOC and SCTP_ADD_STREAMS.
func (a *Assoc) Reconfigure(now clock.Time, r *Reconfiguration, out *Out) error {
	s := a.begin(now, out)
	s.change = r
	return a.call(&s, CallReconfigure)
}

// reconfigure performs the actions of RFC 6525.
func (a *Assoc) reconfigure(s *step, act Action) {
	switch act {
	case beginRequest:
		a.beginRequest(s)
	case sendRequestAgain:
		a.repeatRequest(s)
	case takeReConfig:
		a.takeReConfig(s)
	}
}

// start begins to count requests, from the initial TSNs (RFC 6525 4.1).
func (rc *reconfig) start(mine, theirs wire.TSN) {
	*rc = reconfig{mine: uint32(mine), theirs: uint32(theirs), streams: rc.streams[:0]}
}

// number is the sequence number of our request.
func (rc *reconfig) number() uint32 { return rc.mine + rc.made }

// holds reports whether a message must wait for the end of a request.
func (rc *reconfig) holds(m *message) bool { return rc.fenced && int32(m.id-rc.fence) >= 0 }

// beginRequest takes the user's request, unless it cannot be made.
func (a *Assoc) beginRequest(s *step) {
	c := s.change
	limit, adds := len(a.snd.streams), 0
	switch c.Kind {
	case wire.ParamIncomingReset:
		limit = int(a.rcv.limit)
	case wire.ParamAddOutgoing:
		adds = len(a.snd.streams) + int(c.Count)
	case wire.ParamAddIncoming:
		adds = int(a.rcv.limit) + int(c.Count)
	}
	for _, stream := range c.Streams {
		if int(stream) >= limit {
			s.err = ErrStream
		}
	}
	switch {
	case !a.agreed.has(reconfiguration):
		s.err = ErrNotAgreed
	case a.rc.kind != 0:
		s.err = ErrInProgress // RFC 6525 5.1.1
	case adds > 1<<16-1, len(c.Streams) > (a.fragmentSize()-16)/2:
		s.err = ErrStream
	}
	if s.err == nil {
		a.rc.begin(c.Kind, c.Count, a.snd.nextID)
		a.rc.streams = append(a.rc.streams, c.Streams...)
	}
}

// begin makes a request the present one. While SSNs of ours are about to
// change, what SEND queues from now on waits (RFC 6525 5.1.2, 5.1.4).
func (rc *reconfig) begin(kind wire.ParamType, count uint16, next MessageID) {
	rc.kind, rc.sent, rc.count, rc.response = kind, false, count, rc.theirs-1
	rc.streams = rc.streams[:0]
	rc.fenced, rc.fence = kind == wire.ParamOutgoingReset || kind == wire.ParamTSNReset, next
}

// sendRequest sends our request once what was queued before it is sent; for
// new TSNs, once all of it is acknowledged.
func (a *Assoc) sendRequest(s *step) {
	rc, snd := &a.rc, &a.snd
	switch {
	case rc.kind == 0, rc.sent, !a.state.in(sending):
		return
	case rc.fenced && snd.waiting.Len() > 0 && !rc.holds(&snd.messages[*snd.waiting.Front()]):
		return
	case rc.kind == wire.ParamTSNReset && snd.flight.len() > 0:
		return
	}
	rc.sent, rc.last = true, snd.tsn(snd.flight.end()).Add(-1)
	a.repeatRequest(s)
}

// repeatRequest sends our request as it is, and starts its timer.
func (a *Assoc) repeatRequest(s *step) {
	rc := &a.rc
	r := wire.Reset{Type: rc.kind, Request: rc.number(), Response: rc.response, LastTSN: rc.last, New: rc.count}
	s.control(wire.Chunk{Type: wire.ChunkReConfig, Value: wire.AppendReset(nil, &r, rc.streams)})
	a.arm(TimerReconfig, s.now.Add(a.paths[a.primaryPath()].rto(a.cfg)))
}

// expireReconfig is the end of the time for an answer; it counts as an error
// (RFC 6525 5.1.1).
func (a *Assoc) expireReconfig(s *step) {
	i := a.primaryPath()
	p := &a.paths[i]
	value, next := p.rto(a.cfg), time.Duration(0)
	e := RetriesExceeded
	if !a.rc.later {
		p.rtt.Backoff()
	}
	if a.rc.later || !a.fail(s, i) {
		next, e = p.rto(a.cfg), TimeoutReconfig
	}
	a.rc.later = false
	s.expired(TimerReconfig, noPath, value, next)
	a.fire(s, e)
}

// arriveReConfig takes a RE-CONFIG chunk, which is unknown to an association
// that has not agreed on it; false stops the packet.
func (a *Assoc) arriveReConfig(s *step) bool {
	if !a.agreed.has(reconfiguration) {
		return a.arriveUnknown(s)
	}
	a.fire(s, ChunkReConfig)
	return true
}

// takeReConfig takes the requests and answers of a RE-CONFIG chunk.
func (a *Assoc) takeReConfig(s *step) {
	params, _ := s.chunk.Params()
	for p, rest, ok := params.Next(); ok; p, rest, ok = rest.Next() {
		if r, ok := p.ReConfigResponse(); ok {
			a.takeResponse(s, &r)
		} else if r, ok := p.Reset(); ok {
			a.takeRequest(s, &r)
		} else { // RFC 6525 4: what follows must not be looked at
			s.out.drop(DropMalformed)
			return
		}
	}
}

// takeRequest answers a request by its number: the next one is carried out, the
// last one answered as before (RFC 6525 5.2.1).
func (a *Assoc) takeRequest(s *step, r *wire.Reset) {
	rc := &a.rc
	answer := wire.ReConfigResponse{Response: r.Request}
	switch int32(r.Request - rc.theirs - rc.taken) {
	case 0:
		answer.Result = a.carryOut(s, r, &answer)
		if answer.Result != wire.ReConfigLater {
			rc.taken++
			rc.answer = answer
		}
	case -1:
		answer = rc.answer
	default:
		answer.Result = wire.ReConfigBadRequest
	}
	if answer.Result != answeredByRequest {
		s.control(wire.Chunk{Type: wire.ChunkReConfig, Value: answer.Append(nil)})
	}
}

// answeredByRequest is no result that travels: a request of ours is the answer.
const answeredByRequest wire.ReConfigResult = 1 << 31

// carryOut does what the peer asks for (RFC 6525 5.2.2 to 5.2.6).
func (a *Assoc) carryOut(s *step, r *wire.Reset, answer *wire.ReConfigResponse) wire.ReConfigResult {
	switch r.Type {
	case wire.ParamOutgoingReset:
		return a.resetIncoming(s, r)
	case wire.ParamTSNReset:
		return a.resetAll(s, answer)
	case wire.ParamAddOutgoing:
		if int(a.rcv.limit)+int(r.New) > int(a.cfg.InStreams) {
			return wire.ReConfigDenied
		}
		a.rcv.limit += r.New
		s.out.signal(Signal{Kind: StreamsAdded, N: int(r.New), Incoming: true, Result: wire.ReConfigPerformed})
		return wire.ReConfigPerformed
	}
	switch { // what is left asks for a request of ours
	case a.rc.kind != 0:
		return wire.ReConfigInProgress
	case r.Type == wire.ParamAddIncoming:
		if len(a.snd.streams)+int(r.New) > 1<<16-1 {
			return wire.ReConfigDenied
		}
		a.rc.begin(wire.ParamAddOutgoing, r.New, a.snd.nextID)
		return wire.ReConfigPerformed
	}
	for i := range r.Len() {
		if int(r.Stream(i)) >= len(a.snd.streams) {
			return wire.ReConfigWrongSSN
		}
	}
	a.rc.begin(wire.ParamOutgoingReset, 0, a.snd.nextID)
	a.rc.response = r.Request
	for i := range r.Len() {
		a.rc.streams = append(a.rc.streams, r.Stream(i))
	}
	return answeredByRequest
}

// resetIncoming begins the peer's streams anew, once all that it sent on them
// before has come (RFC 6525 5.2.2). It may be the answer to a request of ours.
func (a *Assoc) resetIncoming(s *step, r *wire.Reset) wire.ReConfigResult {
	if a.rcv.cum().Before(r.LastTSN) {
		return wire.ReConfigLater
	}
	for i := range r.Len() {
		if r.Stream(i) >= a.rcv.limit {
			return wire.ReConfigWrongSSN
		}
	}
	for i := range a.rcv.streams {
		if r.Len() == 0 {
			a.rcv.resetStream(s, uint16(i))
		}
	}
	for i := range r.Len() {
		a.rcv.resetStream(s, r.Stream(i))
		s.out.signal(Signal{Kind: StreamReset, Stream: r.Stream(i), Incoming: true, Result: wire.ReConfigPerformed})
	}
	if r.Len() == 0 {
		s.out.signal(Signal{Kind: StreamReset, All: true, Incoming: true, Result: wire.ReConfigPerformed})
	}
	if a.rc.kind == wire.ParamIncomingReset && a.rc.sent && r.Response == a.rc.number() {
		a.endRequest()
	}
	return wire.ReConfigPerformed
}

// resetStream begins a stream from the peer anew.
func (r *receiver) resetStream(s *step, stream uint16) {
	r.stream(stream).next = 1<<16 - 1 // its successor is 0
	r.passOn(s, stream)
}

// resetAll begins all streams and the peer's TSNs anew (RFC 6525 5.2.4). It
// waits until nothing is on its way in either direction: nothing is lost then.
func (a *Assoc) resetAll(s *step, answer *wire.ReConfigResponse) wire.ReConfigResult {
	if !a.snd.drained() || !a.rcv.beyond.Empty() || a.rcv.partial.on {
		return wire.ReConfigLater
	}
	a.rcv.initial += 1 << 31
	a.resetNumbers(s)
	answer.HasTSNs, answer.Sender, answer.Receiver = true, a.snd.tsn(a.snd.flight.end()), a.rcv.cum().Add(1)
	return wire.ReConfigPerformed
}

// resetNumbers lets all streams of both directions count from 0.
func (a *Assoc) resetNumbers(s *step) {
	a.rcv.dups = a.rcv.dups[:0]
	for i := range a.rcv.streams {
		a.rcv.resetStream(s, uint16(i))
	}
	for i := range a.snd.streams {
		a.snd.streams[i].ssn = 0
	}
	s.out.signal(Signal{Kind: AssocReset, Result: wire.ReConfigPerformed})
}

// takeResponse ends our request; one that is in progress goes again when its
// timer expires, and that is no error (RFC 6525 5.2.7).
func (a *Assoc) takeResponse(s *step, r *wire.ReConfigResponse) {
	rc := &a.rc
	if rc.kind == 0 || !rc.sent || r.Response != rc.number() {
		return
	}
	a.errors = 0
	if r.Result == wire.ReConfigLater {
		rc.later = true
		a.arm(TimerReconfig, s.now.Add(a.paths[a.primaryPath()].rto(a.cfg)))
		return
	}
	kind := rc.kind
	if kind == wire.ParamIncomingReset && r.Result == wire.ReConfigPerformed { // the peer's own request says so
		return
	}
	a.endRequest()
	if r.Result != wire.ReConfigPerformed {
		s.out.signal(Signal{Kind: requestSignals[kind-wire.ParamOutgoingReset], Incoming: kind == wire.ParamIncomingReset || kind == wire.ParamAddIncoming, Result: r.Result})
		return
	}
	switch kind {
	case wire.ParamOutgoingReset:
		a.resetOutgoing(s)
	case wire.ParamAddOutgoing:
		a.snd.open(len(a.snd.streams) + int(rc.count))
		s.out.signal(Signal{Kind: StreamsAdded, N: int(rc.count), Result: r.Result})
	case wire.ParamTSNReset:
		if !r.HasTSNs {
			return
		}
		a.snd.initial = r.Receiver.Add(-int(uint32(a.snd.flight.end())))
		if a.rcv.beyond.Empty() && a.rcv.cum().Before(r.Sender) {
			a.rcv.initial = r.Sender.Add(-int(uint32(a.rcv.next)))
		}
		a.resetNumbers(s)
	}
}

// requestSignals is what tells how each kind of request ended.
var requestSignals = [...]SignalKind{
	StreamReset, StreamReset, AssocReset, 0, StreamsAdded, StreamsAdded,
}

// resetOutgoing begins the streams to the peer anew that our request named.
func (a *Assoc) resetOutgoing(s *step) {
	streams := a.snd.streams
	for i := range streams {
		if len(a.rc.streams) == 0 {
			streams[i].ssn = 0
		}
	}
	for _, i := range a.rc.streams {
		streams[i].ssn = 0
		s.out.signal(Signal{Kind: StreamReset, Stream: i, Result: wire.ReConfigPerformed})
	}
	if len(a.rc.streams) == 0 {
		s.out.signal(Signal{Kind: StreamReset, All: true, Result: wire.ReConfigPerformed})
	}
}

// endRequest lets go of what waited for our request.
func (a *Assoc) endRequest() {
	a.stop(TimerReconfig)
	a.rc.made++
	a.rc.kind, a.rc.sent, a.rc.later, a.rc.fenced = 0, false, false, false
}
