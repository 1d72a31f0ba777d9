package capture

import (
	"fmt"
	"strings"

	"simrun/sim/trace"
	"simrun/wire"
)

// commenter writes the comments of one host's capture. A comment is the
// packet's name, what made its sender send it, what that or its arrival
// changed, and what the link did to it, with dots in between.
type commenter struct {
	log   *trace.Log
	host  int
	steps map[int][]*trace.Event
}

func newCommenter(log *trace.Log, host int) *commenter {
	c := &commenter{log, host, map[int][]*trace.Event{}}
	for i := range log.Events {
		e := &log.Events[i]
		c.steps[e.Step] = append(c.steps[e.Step], e)
	}
	return c
}

// comment joins what is to be said.
func comment(parts ...[]string) string {
	var all []string
	for _, p := range parts {
		all = append(all, p...)
	}
	return strings.Join(all, " · ")
}

// sent explains a packet that the host sent. What an arrival changed is
// explained at the arrival, and named here in short.
func (c *commenter) sent(p *trace.Packet) string {
	sent := c.log.Event(p.Sent)
	cause := c.log.Event(sent.Cause)
	answers := cause != nil && cause.Kind == trace.Arrive
	return comment(c.cause(p), c.changes(sent.Step, p.Conn, !answers), c.fates(p))
}

// arrived explains a packet that reached the host: why its sender sent it, and
// what it does here.
func (c *commenter) arrived(p *trace.Packet, k *trace.Copy) string {
	here := c.log.Event(k.Event)
	parts := [][]string{c.cause(p)}
	if !p.Forged {
		parts = append(parts, c.changes(c.log.Event(p.Sent).Step, p.Conn, false))
	}
	if k.Note != "" && !p.Forged {
		parts = append(parts, []string{"on the link: " + k.Note})
	}
	if k.Marked {
		parts = append(parts, []string{"on the link: marked CE"})
	}
	if k.Fate == trace.LostAtReceiver {
		return comment(append(parts, []string{"dropped: " + here.Text})...)
	}
	return comment(append(parts, c.effect(here))...)
}

// cause is the packet's name and what made its sender send it.
func (c *commenter) cause(p *trace.Packet) []string {
	parts := []string{name(c.log, p)}
	if p.Forged {
		return parts
	}
	if p.Resend > 0 {
		parts = append(parts, c.again(p))
	}
	cause := c.log.Event(c.log.Event(p.Sent).Cause)
	if cause == nil {
		return parts
	}
	switch cause.Kind {
	case trace.Call, trace.Return:
		parts = append(parts, c.log.Hosts[p.From].Name+" calls "+call(&cause.Call))
	case trace.Arrive:
		verb := "answers "
		if p.Resend > 0 || p.Pkt.UserData() > 0 && !answers(&p.Pkt) {
			verb = "let go by "
		}
		parts = append(parts, verb+name(c.log, &c.log.Packets[cause.Packet]))
	case trace.Timer, trace.Signal:
		parts = append(parts, cause.Text)
	}
	return parts
}

// again says which packet is sent again, and how often it was.
func (c *commenter) again(p *trace.Packet) string {
	text := fmt.Sprintf("retransmission %d", p.Resend)
	for i := c.log.Event(p.Sent).Packet - 1; i >= 0; i-- {
		first := &c.log.Packets[i]
		if first.From == p.From && first.Conn == p.Conn && first.Resend == 0 && !first.Forged && overlap(&first.Pkt, &p.Pkt) {
			return text + " of " + name(c.log, first)
		}
	}
	return text
}

// answers reports whether a packet with user data answers what came all the
// same: a COOKIE ECHO or a SACK is in it.
func answers(p *wire.Packet) bool {
	return p.Proto == wire.ProtoSCTP && (p.SCTP.Chunks.Has(wire.ChunkCookieEcho) || p.SCTP.Chunks.Has(wire.ChunkSACK))
}

// overlap reports whether two segments carry an octet, a SYN or a FIN in
// common, or two packets of SCTP a chunk that is sent until it is answered.
func overlap(a, b *wire.Packet) bool {
	if a.Proto == wire.ProtoSCTP && b.Proto == wire.ProtoSCTP {
		return sameChunk(a.SCTP.Chunks, b.SCTP.Chunks)
	}
	return a.Proto == wire.ProtoTCP && b.Proto == wire.ProtoTCP &&
		a.TCP.Seq.Before(b.TCP.End()) && b.TCP.Seq.Before(a.TCP.End())
}

// sameChunk reports whether a chunk of one packet is in the other: the same
// DATA, or a control chunk that is repeated.
func sameChunk(a, b wire.Chunks) bool {
	for c, rest, ok := a.Next(); ok; c, rest, ok = rest.Next() {
		d, isData := c.Data()
		for e, more, ok := b.Next(); ok; e, more, ok = more.Next() {
			other, also := e.Data()
			switch {
			case isData && also && d.TSN == other.TSN:
				return true
			case !isData && c.Type == e.Type && c.Type != wire.ChunkSACK:
				return true
			}
		}
	}
	return false
}

// changes is the changes of state in a step, in full with the rules that made
// them, and then what the protocol told its user.
func (c *commenter) changes(step, conn int, full bool) (all []string) {
	for _, e := range c.steps[step] {
		if e.Conn != conn {
			continue
		}
		switch {
		case e.Kind == trace.State && full:
			all = append(all, c.change(e)+": "+rule(e.Row))
		case e.Kind == trace.State:
			all = append(all, c.change(e))
		case e.Kind == trace.Signal && full:
			all = append(all, e.Text)
		}
	}
	return all
}

func (c *commenter) change(e *trace.Event) string {
	return c.log.Hosts[e.Host].Name + " " + e.From + " → " + e.To
}

// effect is what an arrival did: the changes of state, or the rule by which
// nothing changed.
func (c *commenter) effect(here *trace.Event) []string {
	var last *trace.Event
	for _, e := range c.steps[here.Step] {
		switch {
		case e.Conn != here.Conn:
		case e.Kind == trace.State:
			return c.changes(here.Step, here.Conn, true)
		case e.Kind == trace.Fired:
			last = e
		}
	}
	if last == nil {
		return c.changes(here.Step, here.Conn, true)
	}
	text := c.log.Hosts[here.Host].Name + ": " + rule(last.Row)
	return append([]string{text}, c.changes(here.Step, here.Conn, true)...)
}

// fates is what became of a packet that the host sent.
func (c *commenter) fates(p *trace.Packet) (all []string) {
	for i := range p.Copies {
		k := &p.Copies[i]
		if k.Note != "" {
			all = append(all, "on the link: "+k.Note)
		}
		switch k.Fate {
		case trace.InFlight:
			all = append(all, "still on its way at the end")
		case trace.LostOnLink:
			all = append(all, "lost on the link: "+c.log.Event(k.Event).Text)
		case trace.LostAtQueue:
			all = append(all, "lost at the link's queue: "+c.log.Event(k.Event).Text)
		case trace.LostAtReceiver:
			all = append(all, "dropped by "+c.log.Hosts[k.To].Name+": "+c.log.Event(k.Event).Text)
		}
	}
	return all
}

// name is how faults address a packet; one that no host sent has no number.
func name(log *trace.Log, p *trace.Packet) string {
	host := log.Hosts[p.From].Name
	if p.Forged {
		return p.Copies[0].Note + ", as if from " + host
	}
	return fmt.Sprintf("%s#%d", strings.ToLower(host), p.N)
}

// call is a call with its arguments, but without what it sends or returns.
func call(c *trace.CallText) string { return strings.TrimSpace(c.Name + " " + c.Args) }

// rule is a row of the protocol's table in words, with the text it is from.
func rule(r trace.RowText) string { return r.Why + " (" + r.Ref + ")" }
