package sim

import (
	"simrun/clock"
	"simrun/sctp"
	"simrun/sim/socket"
	"simrun/wire"
	"simrun/wire/notation"
)

// Pair is an association between the first two hosts of a world without any
// sockets: a stand-in that steps it as the hosts' stacks do.
type Pair struct {
	W    *World
	Ends [2]*End
	// Got is the messages that each end has received.
	Got [2][]string
}

// End is one end of it. After each step what its packets stood in is
// overwritten: whoever keeps them must have copied them.
type End struct {
	sctp.Assoc
	pair  *Pair
	index int
	out   sctp.Out
	peer  wire.Endpoint
	// Mutate may change what a step brought about before the world sees it.
	Mutate func(s *socket.AssocStep)
}

// NewPair makes both ends; the second takes associations.
func NewPair(w *World) *Pair {
	p := &Pair{W: w}
	for i := range p.Ends {
		h := w.hosts[i]
		p.Ends[i] = &End{pair: p, index: i, peer: wire.Endpoint{Addr: w.hosts[1-i].spec.Addrs[0], Port: uint16(5001 - i)}}
		p.Ends[i].Init(&h.stack.Config().SCTP, h.spec.Addrs, uint16(5000+i), i == 1, uint64(i+1)*w.seed)
	}
	return p
}

// Do makes one step of an end.
func (e *End) Do(f func(a *sctp.Assoc, now clock.Time, out *sctp.Out)) {
	w := e.pair.W
	w.rec.step()
	e.do(f)
}

func (e *End) do(f func(a *sctp.Assoc, now clock.Time, out *sctp.Out)) {
	w := e.pair.W
	h := w.hosts[e.index]
	before := e.Vars()
	e.out.Reset()
	f(&e.Assoc, w.now, &e.out)
	after := e.Vars()
	e.out.Violations = append(e.out.Violations, sctp.Check(e.Config(), &before, &after, &e.out)...)
	my, peer := e.InitialTSNs()
	s := socket.AssocStep{
		Assoc: 1, Sock: socket.None, Listener: socket.None, From: before.State, To: after.State, MyTSN: my, PeerTSN: peer,
		Local: wire.Endpoint{Addr: h.spec.Addrs[0], Port: e.LocalPort()}, Remote: e.peer, Vars: &after, Out: &e.out,
	}
	if before.State == sctp.Closed && after.State == sctp.Closed {
		s.Assoc = socket.None
	}
	if e.Mutate != nil {
		e.Mutate(&s)
	}
	h.AssocStepped(s)
	for _, p := range e.out.Packets {
		for i := range p.Chunks {
			p.Chunks[i] = 0xdb
		}
	}
	if after.Unread > 0 {
		e.read(h)
	}
}

// read takes every message that waits.
func (e *End) read(h *host) {
	b := make([]byte, 1<<16)
	e.out.Reset()
	for {
		r, ok := e.Receive(h.w.now, b, &e.out)
		if !ok {
			return
		}
		h.w.watch.messageReceived(h, 1, r.Stream, r.Unordered, b[:r.N])
		e.pair.Got[e.index] = append(e.pair.Got[e.index], string(b[:r.N]))
	}
}

// Associate, Send and Shutdown are user calls, a step each.
func (e *End) Associate() {
	e.Do(func(a *sctp.Assoc, now clock.Time, out *sctp.Out) {
		_ = a.Associate(now, e.pair.W.hosts[1-e.index].spec.Addrs, e.peer.Port, out)
	})
}

func (e *End) Send(stream uint16, unordered bool, text string) {
	h := e.pair.W.hosts[e.index]
	e.Do(func(a *sctp.Assoc, now clock.Time, out *sctp.Out) {
		m := sctp.Message{Stream: stream, Unordered: unordered, Data: []byte(text)}
		if _, err := a.Send(now, &m, out); err == nil {
			h.w.watch.messageSent(h, 1, stream, unordered, m.Data)
		}
	})
}

func (e *End) Shutdown() {
	e.Do(func(a *sctp.Assoc, now clock.Time, out *sctp.Out) { _ = a.Shutdown(now, out) })
}

// Run goes on until an instant, or until nothing can happen.
func (p *Pair) Run(until clock.Time) error {
	w := p.W
	for {
		actor, at, ok := w.heap.Next()
		timer := -1
		for i, e := range p.Ends {
			if due, armed := e.NextTimeout(); armed && (!ok || due < at) {
				timer, at, ok = i, due, true
			}
		}
		if !ok || at > until {
			w.now = max(w.now, min(until, clock.Never-1))
			return w.violation()
		}
		w.now = at
		w.steps++
		w.rec.step()
		switch {
		case timer >= 0:
			p.Ends[timer].do(func(a *sctp.Assoc, now clock.Time, out *sctp.Out) { a.Expire(now, out) })
		case actor.Index() < len(w.dirs):
			p.land(w.dirs[actor.Index()])
		default:
			w.inject(&w.injects[actor.Index()-len(w.dirs)])
		}
		if err := w.violation(); err != nil {
			return err
		}
	}
}

// land gives the end what arrives for it.
func (p *Pair) land(d *direction) {
	q := p.W.land(d)
	if q == nil {
		return
	}
	if q.Proto == wire.ProtoSCTP && d.to < len(p.Ends) {
		p.W.watch.taking(q)
		p.Ends[d.to].do(func(a *sctp.Assoc, now clock.Time, out *sctp.Out) { a.Arrive(now, &q.SCTP, out) })
		p.W.watch.taking(nil)
	}
	p.W.packets.put(q)
}

// Heard is a message as a program sends or receives it.
type Heard struct {
	Stream    uint16
	Unordered bool
	Text      string
}

// Compare lets the watch see that the first end sends some messages, and the
// second receives others.
func (p *Pair) Compare(sent, got []Heard) error {
	for _, m := range sent {
		p.W.watch.messageSent(p.W.hosts[0], 1, m.Stream, m.Unordered, []byte(m.Text))
	}
	for _, m := range got {
		p.W.watch.messageReceived(p.W.hosts[1], 1, m.Stream, m.Unordered, []byte(m.Text))
	}
	return p.W.violation()
}

// Recycle overwrites what packets stood in that are not in the air any more.
func (w *World) Recycle() {
	for _, q := range w.packets.free {
		for i := range q.buf {
			q.buf[i] = 0xdb
		}
	}
}

// FlightState is the state of packets with every kind of TSN, that count from
// the given numbers.
func FlightState(seq, ack uint32) []byte {
	const text = "INIT tag 5 tsn 1; DATA 1 s0:0(2); SACK 4 gap 6-7 dup 3; SHUTDOWN 2; FORWARD_TSN 3; COOKIE_ECHO [01]"
	base := numbers{wire.Seq(seq), wire.Seq(ack)}
	p, err := notation.ParseSCTP(text, notation.Base{Seq: base.seq, Ack: base.ack})
	if err != nil {
		panic(err)
	}
	return appendSCTP(nil, &packet{base: base, Packet: wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{Chunks: p.Chunks}}})
}
