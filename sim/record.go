package sim

import (
	"slices"
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/tcp"
	"simrun/wire"
)

// recorder writes the log of a run. All its methods may be called on nil,
// which records nothing: most runs of a search or a benchmark need no log.
type recorder struct {
	w     *World
	log   *trace.Log
	steps int
	root  trace.ID // what the present step's events are caused by
	convs map[convKey]int
	ends  [][2]convEnd                // by conversation
	conns []map[socket.ConnID]*causes // by host
}

type convKey struct {
	proto wire.Proto
	a, b  wire.Endpoint
}

// convEnd is what the record knows of one end of a conversation.
type convEnd struct {
	iss   wire.Seq // of the latest SYN that the host sent
	state string   // "" until the host knows of the connection
}

// causes is the events that made a connection's calls return.
type causes struct{ opened, readable, writable, eof, over trace.ID }

// Record makes the world keep a log from now on, and returns it. Final is
// filled in by Finish.
func (w *World) Record() *trace.Log {
	log := &trace.Log{Name: w.scenario.Name, Settings: w.scenario.settings(w.seed)}
	r := &recorder{w: w, log: log, convs: map[convKey]int{}}
	for _, h := range w.hosts {
		log.Hosts = append(log.Hosts, trace.Host{Name: h.spec.Name, Addrs: h.spec.Addrs})
		r.conns = append(r.conns, map[socket.ConnID]*causes{})
	}
	for _, l := range w.links {
		log.Links = append(log.Links, trace.Link{
			Name: l.name, Hosts: [2]int{l.spec.Ends[0].Host, l.spec.Ends[1].Host},
			Addrs: [2]wire.Addr{l.spec.Ends[0].Addr, l.spec.Ends[1].Addr}, RTT: 2 * l.spec.Delay,
		})
	}
	w.rec = r
	for _, h := range w.hosts {
		h.stack.Each(r.known)
	}
	for _, a := range w.apps {
		if a.call.begun {
			r.begin(a, a.call.in)
		}
	}
	return log
}

// known takes over a connection that is there when the record begins.
func (r *recorder) known(c *tcp.Conn) {
	if conv := r.conv(wire.ProtoTCP, c.Local(), c.Remote()); conv >= 0 {
		*r.end(conv, c.Local()) = convEnd{iss: c.ISS(), state: c.State().String()}
	}
}

// Finish ends the record: calls that still block, and how every connection
// ended.
func (w *World) Finish() {
	r := w.rec
	if r == nil {
		return
	}
	r.step()
	for _, a := range w.apps {
		if a.waiting && !a.done && a.call.begun {
			e := r.event(trace.Blocked, a.host)
			e.Cause = a.call.event
			e.Call = r.log.Event(a.call.event).Call
			r.log.Add(e)
		}
	}
	r.log.Final = r.log.Final[:0]
	for i := range r.log.Conns {
		for j, end := range r.log.Conns[i].Ends {
			r.log.Final = append(r.log.Final, trace.Final{Conn: i, Host: end.Host, State: r.ends[i][j].state})
		}
	}
}

// step begins a new group of events.
func (r *recorder) step() {
	if r != nil {
		r.steps++
		r.root = 0
	}
}

func (r *recorder) event(kind trace.Kind, host int) trace.Event {
	return trace.Event{Kind: kind, Host: host, At: r.w.now, Step: r.steps, Cause: r.root, Conn: -1, Packet: -1}
}

// conv is the conversation between two endpoints, in whichever order.
func (r *recorder) conv(proto wire.Proto, a, b wire.Endpoint) int {
	a, b = r.home(proto, a), r.home(proto, b)
	if i, ok := r.convs[convKey{proto, a, b}]; ok {
		return i
	}
	if i, ok := r.convs[convKey{proto, b, a}]; ok {
		return i
	}
	ha, hb := r.w.owner(a.Addr), r.w.owner(b.Addr)
	if ha < 0 || hb < 0 {
		return -1
	}
	if hb < ha {
		a, b, ha, hb = b, a, hb, ha
	}
	i := len(r.log.Conns)
	r.convs[convKey{proto, a, b}] = i
	r.log.Conns = append(r.log.Conns, trace.Conn{
		Proto: proto, Ends: [2]trace.ConnEnd{{Host: ha, Endpoint: a}, {Host: hb, Endpoint: b}},
	})
	r.ends = append(r.ends, [2]convEnd{})
	return i
}

// end is one end of a conversation: the one with this endpoint.
func (r *recorder) end(conv int, local wire.Endpoint) *convEnd {
	if c := &r.log.Conns[conv]; c.Ends[0].Endpoint == r.home(c.Proto, local) {
		return &r.ends[conv][0]
	}
	return &r.ends[conv][1]
}

// owner is the host that has an address, or -1.
func (w *World) owner(a wire.Addr) int {
	for _, h := range w.hosts {
		if h.stack.Owns(a) {
			return h.index
		}
	}
	return -1
}

// sent records a packet that a host hands to a link.
func (r *recorder) sent(h *host, q *packet, d *direction, s *socket.Step, seg *tcp.Segment) {
	if r == nil {
		return
	}
	p := r.describe(q)
	p.From, p.N, p.Resend = h.index, h.sent, seg.Resend
	p.Reason, p.Probe = seg.Reason.String(), seg.Reason == tcp.ForWindow
	p.SeqBase, p.AckBase = r.bases(q, s)
	if p.Conn >= 0 && q.TCP.Flags.Has(wire.SYN) {
		r.end(p.Conn, q.TCP.Source()).iss = q.TCP.Seq
	}
	r.launch(p, q, d)
}

// bases is what the numbers of a host's segment count from: its connection's
// initial numbers. The RST that answers a segment takes its numbers from
// there, perhaps from a connection that is forgotten.
func (r *recorder) bases(q *packet, s *socket.Step) (seq, ack wire.Seq) {
	e := r.log.Event(r.root)
	if !q.TCP.Flags.Has(wire.RST) || s.From != s.To || e == nil || e.Kind != trace.Arrive {
		return s.ISS, s.IRS
	}
	answered := &r.log.Packets[e.Packet]
	if q.TCP.Flags.Has(wire.ACK) {
		return 0, answered.SeqBase
	}
	return answered.AckBase, 0
}

// forged records a packet that no host sent.
func (r *recorder) forged(q *packet, d *direction, note string) {
	if r == nil {
		return
	}
	p := r.describe(q)
	p.From, p.Forged = d.from, true
	if q.Proto == wire.ProtoTCP && q.TCP.Flags.Has(wire.SYN) && p.SeqBase == 0 {
		p.SeqBase = q.TCP.Seq // nothing was said before that it could count from
	}
	r.launch(p, q, d)
	r.noted(q, note)
}

func (r *recorder) launch(p trace.Packet, q *packet, d *direction) {
	to, link := r.w.owner(q.Net().Dst), -1
	if d != nil {
		to, link = d.to, d.link
	} else if to < 0 {
		to = p.From // nobody has this address
	}
	q.id, q.copy = len(r.log.Packets), 0
	e := r.event(trace.Send, p.From)
	e.Conn, e.Packet = p.Conn, q.id
	p.Sent = r.log.Add(e)
	p.Copies = []trace.Copy{{To: to, Link: link}}
	r.log.Packets = append(r.log.Packets, p)
}

// describe copies a packet for the log, with what its numbers count from.
func (r *recorder) describe(q *packet) trace.Packet {
	p := trace.Packet{Conn: -1, Pkt: q.Packet}
	switch q.Proto {
	case wire.ProtoTCP:
	case wire.ProtoSCTP:
		r.describeSCTP(q, &p)
		return p
	default:
		quote := &q.ICMP.Quote
		p.Conn = r.conv(quote.Proto, wire.Endpoint{Addr: quote.Src, Port: quote.SrcPort}, wire.Endpoint{Addr: quote.Dst, Port: quote.DstPort})
		return p
	}
	p.Pkt.TCP.Payload = append([]byte(nil), q.TCP.Payload...)
	src, dst := q.TCP.Source(), q.TCP.Destination()
	p.Conn = r.conv(wire.ProtoTCP, src, dst)
	if p.Conn < 0 {
		return p
	}
	from, to := r.end(p.Conn, src), r.end(p.Conn, dst)
	if src == dst {
		to = from
	}
	p.SeqBase, p.AckBase = from.iss, to.iss
	return p
}

// copied records a second copy of a packet.
func (r *recorder) copied(q *packet, later time.Duration) int {
	if r == nil {
		return 0
	}
	if q.id < 0 {
		return 0
	}
	p := &r.log.Packets[q.id]
	first := p.Copies[q.copy]
	p.Copies = append(p.Copies, trace.Copy{To: first.To, Link: first.Link, Note: "duplicate", Flipped: first.Flipped, Marked: first.Marked})
	return len(p.Copies) - 1
}

// noted says what the link did to a packet.
func (r *recorder) noted(q *packet, note string) {
	if r == nil || note == "" || q.id < 0 {
		return
	}
	c := &r.log.Packets[q.id].Copies[q.copy]
	if c.Note != "" {
		c.Note += ", "
	}
	c.Note += note
}

// lost records the death of a packet's copy. Of packets that were in flight
// when the record began (their id is -1), nothing is recorded.
func (r *recorder) lost(q *packet, fate trace.Fate, at clock.Time, cause string) {
	if r == nil || q.id < 0 {
		return
	}
	p := &r.log.Packets[q.id]
	e := r.event(trace.Lose, p.From)
	e.Cause, e.Conn, e.Packet, e.Copy, e.Text = p.Sent, p.Conn, q.id, q.copy, cause
	c := &p.Copies[q.copy]
	c.Fate, c.At, c.Event = fate, at, r.log.Add(e)
}

// arrived records that a packet's copy reached its host; what follows in this
// step is caused by that.
func (r *recorder) arrived(h *host, q *packet) {
	if r == nil || q.id < 0 {
		return
	}
	p := &r.log.Packets[q.id]
	e := r.event(trace.Arrive, h.index)
	e.Cause, e.Conn, e.Packet, e.Copy = p.Sent, p.Conn, q.id, q.copy
	r.root = r.log.Add(e)
	c := &p.Copies[q.copy]
	c.Fate, c.At, c.Event = trace.Arrived, r.w.now, r.root
}

// stepped records what a connection's step brought about, but for its
// segments, which are recorded when they are sent.
func (r *recorder) stepped(h *host, s *socket.Step) {
	if r == nil {
		return
	}
	conv := r.conv(wire.ProtoTCP, s.Local, s.Remote)
	if s.Why != "" {
		r.note(h, s.Why)
	}
	if e := r.log.Event(r.root); e != nil && e.Kind == trace.Arrive && (s.Why != "" && len(s.Out.Segments) == 0 || len(s.Out.Drops) > 0) {
		r.log.Packets[e.Packet].Copies[e.Copy].Refused = true
	}
	add := func(e trace.Event) trace.ID {
		e.Conn = conv
		return r.log.Add(e)
	}
	for i := range s.Out.Signals {
		if sig := &s.Out.Signals[i]; sig.Kind == tcp.TimerExpired {
			e := r.event(trace.Timer, h.index)
			e.Text = timerText(sig)
			if id := add(e); r.root == 0 {
				r.root = id
			}
		}
	}
	table := h.stack.Config().TCP.Table
	var led trace.RowText // the row that led to the present state
	for _, i := range s.Out.Rows {
		row := table.Row(i)
		e := r.event(trace.Fired, h.index)
		e.Row = trace.RowText{ID: row.ID, Ref: row.Ref, Why: row.Why}
		if row.To != 0 {
			led = e.Row
		}
		add(e)
	}
	if s.From != s.To {
		r.moved(h, conv, s.Local, s.From.String(), s.To.String(), led)
	}
	for i := range s.Out.Signals {
		for _, text := range signalTexts(&s.Out.Signals[i]) {
			e := r.event(trace.Signal, h.index)
			e.Text, e.Window = text, window(&s.Out.Signals[i])
			add(e)
		}
		if s.Out.Signals[i].Kind == tcp.Dropped && conv >= 0 {
			r.forgot(conv, s)
		}
	}
	r.attribute(h, s)
}

// moved records that a machine is in another state at the end of a step, and
// the row that led there.
func (r *recorder) moved(h *host, conv int, local wire.Endpoint, from, to string, led trace.RowText) {
	e := r.event(trace.State, h.index)
	e.Conn, e.From, e.To, e.Row = conv, from, to, led
	r.log.Add(e)
	if conv >= 0 {
		r.end(conv, local).state = to
	}
}

// forgot notes that a host dropped what had arrived beyond RCV.NXT: whoever
// sends that again has reason to.
func (r *recorder) forgot(conv int, s *socket.Step) {
	for i := range r.log.Packets {
		p := &r.log.Packets[i]
		if p.Conn != conv || p.Pkt.Proto != wire.ProtoTCP || p.Pkt.TCP.Source() != s.Remote || !s.RcvNxtBefore.Before(p.Pkt.TCP.Seq) {
			continue
		}
		for j := range p.Copies {
			p.Copies[j].Refused = p.Copies[j].Refused || p.Copies[j].Fate == trace.Arrived
		}
	}
}

// attribute remembers which event opened, filled or ended a connection, so
// that the calls it lets return can name their cause.
func (r *recorder) attribute(h *host, s *socket.Step) {
	if s.Conn == socket.None {
		return
	}
	c := r.conns[h.index][s.Conn]
	if c == nil || s.From == tcp.Closed || s.From == tcp.Listen {
		c = &causes{}
		r.conns[h.index][s.Conn] = c
	}
	for i := range s.Out.Signals {
		switch s.Out.Signals[i].Kind {
		case tcp.Opened:
			c.opened = r.root
		case tcp.Readable:
			c.readable = r.root
		case tcp.Writable:
			c.writable = r.root
		case tcp.PeerClosed:
			c.eof = r.root
		case tcp.Refused, tcp.Reset, tcp.ResetClosing, tcp.TimedOut, tcp.Unreachable:
			c.over = r.root
		}
	}
}

// begin records that a call begins. It stands as a Call while it blocks, and
// becomes a Return when it returns at once.
func (r *recorder) begin(a *app, in *Instr) {
	if r == nil {
		return
	}
	e := r.event(trace.Call, a.host)
	e.Call = trace.CallText{App: r.appName(a), Name: callName(in), Args: in.Args}
	if in.Op == OpSend {
		e.Call.Data = append([]byte{}, a.call.data...)
	}
	a.call.event = r.log.Add(e)
	r.root = a.call.event
}

// again makes the events of a call that goes on caused by its beginning.
func (r *recorder) again(a *app) {
	if r != nil {
		r.root = a.call.event
	}
}

// returned records that a call returns.
func (r *recorder) returned(a *app, in *Instr, out *outcome) {
	if r == nil {
		return
	}
	e := r.log.Event(a.call.event)
	var late trace.Event
	if a.waiting {
		late = r.event(trace.Return, a.host)
		late.Call = e.Call
		late.Call.Begun = e.ID
		e = &late
	}
	e.Kind = trace.Return
	e.Cause = r.cause(a, in, out)
	e.Call.Result, e.Call.Got, e.Call.Failed = out.text(), slices.Clone(out.data), out.errno != socket.OK
	if a.waiting {
		r.log.Add(late)
	}
}

// cause is the event that let a call return, or 0 when it needed none.
func (r *recorder) cause(a *app, in *Instr, out *outcome) trace.ID {
	fd := a.call.fd
	if in.Op == OpAccept {
		fd = int(out.n)
	}
	c := r.conns[a.host][r.w.hosts[a.host].stack.ConnOf(r.w.procs[a.proc].id, fd)]
	switch {
	case c == nil:
		return 0
	case out.errno != socket.OK:
		return c.over
	case in.Op == OpAccept || in.Op == OpConnect:
		return c.opened
	case in.Op == OpRecv && out.eof:
		return c.eof
	case in.Op == OpRecv:
		return c.readable
	case in.Op == OpSend && a.waiting:
		return c.writable
	}
	return 0
}

// appName is the process, where the host runs several.
func (r *recorder) appName(a *app) string {
	for _, other := range r.w.apps {
		if other.host == a.host && other != a {
			return a.name
		}
	}
	return ""
}

// listening records that a host waits for connections.
func (r *recorder) listening(h *host) {
	if r == nil {
		return
	}
	e := r.event(trace.State, h.index)
	e.From, e.To = tcp.Closed.String(), tcp.Listen.String()
	r.log.Add(e)
}

// note records what the simulator itself did at a host.
func (r *recorder) note(h *host, text string) {
	if r == nil {
		return
	}
	e := r.event(trace.Note, h.index)
	e.Text = text
	r.log.Add(e)
}

// rebooted records that a host forgot all connections.
func (r *recorder) rebooted(h *host) {
	if r == nil {
		return
	}
	r.conns[h.index] = map[socket.ConnID]*causes{}
	for i := range r.log.Conns {
		for j, end := range r.log.Conns[i].Ends {
			if state := &r.ends[i][j].state; end.Host == h.index && *state != "" && *state != tcp.Closed.String() {
				e := r.event(trace.State, h.index)
				e.Conn, e.From, e.To = i, *state, tcp.Closed.String()
				*state = e.To
				r.log.Add(e)
			}
		}
	}
}

// marked records that a link marked a packet: it says so where it arrives.
func (r *recorder) marked(q *packet) {
	if r != nil && q.id >= 0 {
		r.log.Packets[q.id].Copies[q.copy].Marked = true
	}
}

// flipped records which bit of a packet a link flipped, counted from 0 behind
// the IP header.
func (r *recorder) flipped(q *packet, bit int) {
	if r != nil && q.id >= 0 {
		r.log.Packets[q.id].Copies[q.copy].Flipped = bit + 1
	}
}
