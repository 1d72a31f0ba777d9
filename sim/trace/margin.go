package trace

import (
	"slices"
	"strings"

	"simrun/clock"
)

// line is one phrase of a margin: a text, or a call that can be cut to fit.
type line struct {
	text  string
	call  *CallText
	form  callForm
	short bool // of the call, only its name and result
	style style
}

// margin is what stands beside one lifeline at one row.
type margin struct {
	lines []line
	cwnd  string // the congestion window, which only trains show
	reads int    // how many calls the last line counts
}

func (m *margin) add(lines ...line) { m.lines = append(m.lines, lines...) }

// flight is one copy of a packet on its way between the two hosts.
type flight struct {
	packet, copy   int
	right          bool // sent by the right host
	sent, arrived  clock.Time
	arrives        bool // arrived means something
	fate           Fate
	sentID, doneID ID
	send, receive  margin // beside the sender and beside the receiver
	split          bool   // drawn in two rows
	crossings      int    // how many flights it crosses
}

// mark is what happened at one host without a packet.
type mark struct {
	right bool
	at    clock.Time
	id    ID
	margin
}

// gather sorts the events into the margins of flights and marks.
func (l *ladder) gather() {
	g := gatherer{ladder: l, flight: map[[2]int]*flight{}, begun: map[ID]bool{}, anchor: map[int]place{}, called: map[caller]place{}}
	l.arrows = texts(l.log, l.opt, l.tags())
	for i := range l.log.Packets {
		g.packet(i)
	}
	events := l.log.Events
	for i := 0; i < len(events); {
		n := i + 1
		for n < len(events) && (events[n].Kind == Lose || events[n].Step == events[i].Step && events[n].Host == events[i].Host) {
			n++ // what dies at once, at a full queue, may be told amid the step
		}
		g.step(events[i:n])
		i = n
	}
}

// gatherer is what gather must remember from step to step.
type gatherer struct {
	*ladder
	flight map[[2]int]*flight // by packet and copy
	begun  map[ID]bool        // calls whose start is shown
	anchor map[int]place      // by step: where its lines stand
	latest [2]place           // of each side, where lines stand lowest
	called map[caller]place   // where a program's last call stands
}

// caller is a program: its calls stand in the order in which it makes them.
type caller struct {
	host int
	app  string
}

// place is a margin with the instant of its clock. Of two at one instant and
// side, the one with the higher key stands below.
type place struct {
	*margin
	at   clock.Time
	side int
	key  ID
}

// packet makes flights of a packet's copies, if they are this pair's.
func (g *gatherer) packet(i int) {
	p := &g.log.Packets[i]
	if g.opt.Conn != 0 && p.Conn != g.opt.Conn-1 || p.Sent == 0 {
		return
	}
	for j := range p.Copies {
		c := &p.Copies[j]
		if pairOf(p.From, c.To) != g.pair {
			continue
		}
		f := &flight{
			packet: i, copy: j, fate: c.Fate,
			right:  p.From == g.right && g.left != g.right,
			sent:   g.log.Event(p.Sent).At,
			sentID: p.Sent, doneID: c.Event,
		}
		if c.Note != "" && c.Fate == Arrived {
			f.receive.add(line{text: c.Note})
		}
		switch c.Fate {
		case Arrived, LostAtReceiver:
			f.arrived, f.arrives = c.At, true
		}
		if e := g.log.Event(c.Event); c.Fate != Arrived && e != nil {
			f.receive.add(line{text: "lost: " + e.Text, style: bad})
		}
		g.flights = append(g.flights, f)
		g.flight[[2]int{i, j}] = f
	}
}

// shows reports whether an event belongs to this pair's ladder.
func (g *gatherer) shows(e *Event) bool {
	if e.Host != g.left && e.Host != g.right || e.Kind == Lose {
		return false
	}
	if e.Conn < 0 {
		return true
	}
	ends := g.log.Conns[e.Conn].Ends
	return pairOf(ends[0].Host, ends[1].Host) == g.pair && (g.opt.Conn == 0 || g.opt.Conn-1 == e.Conn)
}

// stepLines is what one step gives to the margins.
type stepLines struct {
	host   *Event  // the first event, for its host and instant
	told   *Event  // the Return if there is one, whose cause says where it stands
	conn   int     // of a State or Timer
	side   int     //
	at     place   // of an arrival, where it arrived
	first  *flight // the first packet that the step sent
	states []line
	rest   []line // what is no state
	again  *flight
	repeat []line // why a packet was sent again, beside that packet
	cause  ID     // the first event of those
	cwnd   string
	own    bool // a step without packets has a row of its own
}

// step puts the lines of one step where they belong.
//
// What an arrival did stands where the packet arrived. What a call or a timer
// did stands where the first packet left that it sent, and if it sent none, in
// a row of its own; but the return of a call that waited for something stands
// below what it waited for, and one that follows other lines at the same
// instant stands below those.
func (g *gatherer) step(events []Event) {
	s := stepLines{host: &events[0], told: &events[0], conn: -1}
	if events[0].Host == g.right && g.right != g.left {
		s.side = 1
	}
	g.sends(&s, events)
	for i := range events {
		if g.shows(&events[i]) {
			g.event(&s, &events[i], events)
		}
	}
	var lines []line
	switch {
	case s.at.margin != nil:
		lines = append(s.states, s.rest...)
		if s.again != nil {
			s.again.send.add(s.repeat...)
		}
	case s.first != nil:
		lines = append(append(s.rest, s.repeat...), s.states...)
		s.at = place{&s.first.send, s.first.sent, s.side, s.first.sentID}
	default:
		if lines = append(s.rest, s.states...); len(lines) == 0 {
			return
		}
		if l := &lines[0]; g.several && l.call == nil && s.conn >= 0 { // no arrow tells it
			l.text = connTag(s.conn) + " " + l.text
		}
		s.at = g.quiet(s.told, s.side, s.own)
	}
	s.at.add(lines...)
	if s.cwnd != "" {
		s.at.cwnd = s.cwnd
	}
	g.anchor[s.host.Step] = s.at
	if s.told.Kind == Return {
		g.called[caller{s.told.Host, s.told.Call.App}] = s.at
	}
	if last := &g.latest[s.at.side]; len(s.at.lines) > 0 && (s.at.at > last.at || s.at.key >= last.key) {
		*last = s.at
	}
}

// sends finds the packets beside which the step's lines may stand: the first
// one it sent, and the first one it sent again for a reason of its own.
func (g *gatherer) sends(s *stepLines, events []Event) {
	for i := range events {
		e := &events[i]
		if e.Kind != Send {
			continue
		}
		f := g.flight[[2]int{e.Packet, 0}]
		if s.first == nil {
			s.first = f
		}
		c := g.log.Event(e.Cause)
		if s.again == nil && f != nil && c != nil && c.Step == e.Step &&
			(c.Kind == Signal || c.Kind == Timer) && g.log.Packets[e.Packet].Resend > 0 {
			s.again, s.cause = f, e.Cause
		}
	}
}

// event adds what one event of the step says.
func (g *gatherer) event(s *stepLines, e *Event, events []Event) {
	switch e.Kind {
	case Arrive:
		if f := g.flight[[2]int{e.Packet, e.Copy}]; f != nil {
			s.at = place{&f.receive, e.At, s.side, e.ID}
			if g.left == g.right {
				s.at.side = 1
			}
		}
	case State:
		s.conn = e.Conn
		s.states = append(s.states, line{text: e.To, style: bold})
	case Call:
		if s.first != nil || has(events, State) {
			s.rest = append(s.rest, line{call: &e.Call, form: startCall})
			g.begun[e.ID] = true
			s.own = true
		}
	case Return, Blocked:
		s.told = e
		l := line{call: &e.Call, short: g.begun[e.Call.Begun]}
		if e.Kind == Blocked {
			l.form = stuckCall
		}
		if e.Call.Failed {
			l.style = bad
		}
		s.rest = append(s.rest, l)
	case Timer, Signal, Drop, Note:
		s.own = s.own || e.Kind == Timer
		s.conn = max(s.conn, e.Conn)
		if isWindow(e) && quietWindow(events) {
			s.cwnd = e.Text
			return
		}
		l := line{text: e.Text}
		if strings.HasPrefix(e.Text, "+") {
			l.style = notice
		}
		if s.again != nil && e.ID >= s.cause {
			s.repeat = append(s.repeat, l)
		} else {
			s.rest = append(s.rest, l)
		}
	}
}

// quiet is the place of a step that neither took nor sent a packet.
func (g *gatherer) quiet(e *Event, side int, own bool) place {
	if !own {
		if c := g.log.Event(e.Cause); c != nil && c.Host == e.Host && c.At == e.At {
			if at := g.anchor[c.Step]; at.margin != nil && at.at == e.At {
				before := g.called[caller{e.Host, e.Call.App}]
				if before.margin != nil && before.at == e.At && before.key > at.key {
					return before
				}
				return at
			}
		}
		if last := g.latest[side]; last.margin != nil && last.at == e.At {
			return last
		}
	}
	m := &mark{right: side == 1, at: e.At, id: e.ID}
	g.marks = append(g.marks, m)
	return place{&m.margin, e.At, side, e.ID}
}

func has(events []Event, kind Kind) bool {
	return slices.ContainsFunc(events, func(e Event) bool { return e.Kind == kind })
}

// isWindow reports whether the event tells the congestion window.
func isWindow(e *Event) bool { return e.Kind == Signal && strings.HasPrefix(e.Text, "cwnd ") }

// quietWindow reports whether the step has changed the congestion window in
// passing: nothing else that the sender's margin would tell has happened.
func quietWindow(events []Event) bool {
	return !slices.ContainsFunc(events, func(e Event) bool {
		return e.Kind == Timer || e.Kind == Signal && !isWindow(&e)
	})
}

// tags says which connection and which path a packet took, where there are
// several between the two hosts.
func (l *ladder) tags() func(p *Packet) []string {
	conns, links := 0, 0
	for i := range l.log.Conns {
		ends := l.log.Conns[i].Ends
		if pairOf(ends[0].Host, ends[1].Host) == l.pair {
			conns++
		}
	}
	for i := range l.log.Links {
		if h := l.log.Links[i].Hosts; pairOf(h[0], h[1]) == l.pair {
			links++
		}
	}
	l.several = conns > 1 && l.opt.Conn == 0
	return func(p *Packet) []string {
		var tags []string
		if l.several && p.Conn >= 0 {
			tags = append(tags, connTag(p.Conn))
		}
		if links > 1 && len(p.Copies) > 0 && p.Copies[0].Link >= 0 {
			tags = append(tags, l.g.clean(l.log.Links[p.Copies[0].Link].Name))
		}
		return tags
	}
}
