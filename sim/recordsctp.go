package sim

import (
	"simrun/sctp"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/wire"
)

// home is an endpoint as conversations are known by it. Those of SCTP may use
// any address of a host: they are known by its first.
func (r *recorder) home(proto wire.Proto, e wire.Endpoint) wire.Endpoint {
	if proto != wire.ProtoSCTP {
		return e
	}
	if owner := r.w.owner(e.Addr); owner >= 0 {
		e.Addr = r.w.hosts[owner].spec.Addrs[0]
	}
	return e
}

// sentSCTP records a packet that a host hands to a link.
func (r *recorder) sentSCTP(h *host, q *packet, d *direction, resend int) {
	if r == nil {
		return
	}
	p := r.describe(q)
	p.From, p.N, p.Resend = h.index, h.sent, resend
	r.launch(p, q, d)
}

// describeSCTP copies a packet's chunks for the log, with what their TSNs count
// from.
func (r *recorder) describeSCTP(q *packet, p *trace.Packet) {
	p.Pkt.SCTP.Chunks = append(wire.Chunks(nil), q.SCTP.Chunks...)
	p.Conn = r.conv(wire.ProtoSCTP, q.SCTP.Source(), q.SCTP.Destination())
	p.SeqBase, p.AckBase = q.base.seq, q.base.ack
}

// assocStepped records what an association's step brought about, but for its
// packets, which are recorded when they are sent.
func (r *recorder) assocStepped(h *host, s *socket.AssocStep) {
	if r == nil {
		return
	}
	conv := r.conv(wire.ProtoSCTP, s.Local, s.Remote)
	if e := r.log.Event(r.root); e != nil && e.Kind == trace.Arrive && len(s.Out.Drops) > 0 {
		r.log.Packets[e.Packet].Copies[e.Copy].Refused = true
	}
	add := func(kind trace.Kind, text string) trace.ID {
		e := r.event(kind, h.index)
		e.Conn, e.Text = conv, text
		return r.log.Add(e)
	}
	for i := range s.Out.Signals {
		if sig := &s.Out.Signals[i]; sig.Kind == sctp.TimerExpired {
			if id := add(trace.Timer, assocTimerText(sig, r.path(h, sig.Addr))); r.root == 0 {
				r.root = id
			}
		}
	}
	led := r.assocRows(h, conv, s)
	if s.From != s.To {
		r.moved(h, conv, s.Local, s.From.String(), s.To.String(), led)
	}
	for i := range s.Out.Drops {
		if text := dropText(s.Out.Drops[i].Reason); text != "" {
			add(trace.Drop, text)
		}
	}
	for i := range s.Out.Signals {
		sig := &s.Out.Signals[i]
		for _, text := range assocTexts(sig, int(s.Assoc), r.path(h, sig.Addr)) {
			add(trace.Signal, text)
		}
	}
}

// assocRows records the rows that fired, and is the one that led to the
// present state.
func (r *recorder) assocRows(h *host, conv int, s *socket.AssocStep) (led trace.RowText) {
	table := h.stack.Config().SCTP.Table
	for _, i := range s.Out.Rows {
		row := table.Row(i)
		e := r.event(trace.Fired, h.index)
		e.Conn, e.Row = conv, trace.RowText{ID: row.ID, Ref: row.Ref, Why: row.Why}
		if row.To != 0 {
			led = e.Row
		}
		r.log.Add(e)
	}
	return led
}

// path is the name of the link that leads to a peer's address, where more than
// one leads to that peer: what tells its paths apart.
func (r *recorder) path(h *host, to wire.Addr) string {
	d := r.w.route(h, to)
	if d == nil || d.link < 0 {
		return ""
	}
	n := 0
	for _, other := range r.w.dirs[:2*len(r.w.links)] {
		if other.from == d.from && other.to == d.to {
			n++
		}
	}
	if n < 2 {
		return ""
	}
	return r.w.links[d.link].name
}
