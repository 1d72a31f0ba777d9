package trace

import (
	"fmt"
	"io"

	"simrun/clock"
)

// MinWidth is the narrowest ladder that can be read.
const MinWidth = 72

// Options says how a ladder looks and what it shows.
type Options struct {
	Width    int        // columns, MinWidth or more; 0: 80
	ASCII    bool       // draw with ASCII characters alone
	Color    bool       // use the escape codes of a terminal with 256 colours
	Absolute bool       // sequence numbers as they stand in the headers
	Full     bool       // one row for each packet, however many
	From, To clock.Time // show what happens in between; To 0: to the end
	Conn     int        // show one connection, counted from 1; 0: all
	Only     string     // OnlySyscalls, OnlyPackets or OnlyStates; "": everything
	Verdict  string     // what follows the summary: "ok", or what failed
}

// Ladder draws the run: a heading, for each pair of hosts that talked their
// two lifelines with the packets between them, and a summary.
func Ladder(w io.Writer, log *Log, opt Options) error {
	if opt.Width == 0 {
		opt.Width = 80
	}
	if opt.Width < MinWidth {
		return fmt.Errorf("want a ladder of at least %d columns, found %d", MinWidth, opt.Width)
	}
	if opt.Conn < 0 || opt.Conn > len(log.Conns) {
		return fmt.Errorf("want a connection from 1 to %d, found %d", len(log.Conns), opt.Conn)
	}
	switch opt.Only {
	case "", OnlySyscalls, OnlyPackets, OnlyStates:
	default:
		return fmt.Errorf("want only %s, %s or %s, found %q", OnlySyscalls, OnlyPackets, OnlyStates, opt.Only)
	}
	p := &page{log: log, opt: opt, g: &unicodeGlyphs}
	if opt.ASCII {
		p.g = &asciiGlyphs
	}
	p.micro = needsMicro(log)
	p.title()
	for i, pair := range pairs(log, opt.Conn) {
		if i > 0 {
			p.line()
		}
		newLadder(p, pair).draw()
	}
	p.summary()
	_, err := w.Write(p.out)
	return err
}

// page is the output under way.
type page struct {
	log   *Log
	opt   Options
	g     *glyphs
	micro bool // clocks count microseconds
	out   []byte
}

// line prints the pieces as one line.
func (p *page) line(spans ...span) {
	p.out = append(p.out, joinSpans(spans, p.opt.Color)...)
	p.out = append(p.out, '\n')
}

// clock is an instant as the clocks beside the lifelines show it.
func (p *page) clock(t clock.Time) string { return clockText(t, p.micro) }

// needsMicro reports whether milliseconds cannot tell all times of the run.
// When a packet died no clock shows.
func needsMicro(log *Log) bool {
	for i := range log.Events {
		if e := &log.Events[i]; e.At%1e6 != 0 && e.Kind != Lose {
			return true
		}
	}
	return false
}

// pair is two hosts with a ladder of their own, the one with the lower index
// at the left. A host that talks to itself is both.
type pair struct{ left, right int }

func pairOf(a, b int) pair { return pair{min(a, b), max(a, b)} }

// pairs is the pairs that talked, in the order of their first packets. When
// nobody did, it is the first two hosts, which may have tried.
func pairs(log *Log, conn int) []pair {
	var all []pair
	seen := map[pair]bool{}
	for i := range log.Packets {
		p := &log.Packets[i]
		if len(p.Copies) == 0 || conn != 0 && p.Conn != conn-1 {
			continue
		}
		if k := pairOf(p.From, p.Copies[0].To); !seen[k] {
			seen[k] = true
			all = append(all, k)
		}
	}
	if all == nil && len(log.Hosts) > 0 {
		all = []pair{{0, min(1, len(log.Hosts)-1)}}
	}
	return all
}

// ladder is one pair's part of the page.
type ladder struct {
	*page
	pair
	margin, clocks, area int  // columns: each margin, each clock, the arrows
	several              bool // connections between the two hosts
	arrows               []arrowText
	flights              []*flight
	marks                []*mark
}

func newLadder(p *page, k pair) *ladder {
	l := &ladder{page: p, pair: k}
	l.gather()
	l.columns()
	l.only()
	return l
}

// columns divides the width. A row is a margin, a clock, a lifeline, the
// arrow, and the same mirrored.
func (l *ladder) columns() {
	last := clock.Time(0)
	for _, f := range l.flights {
		last = max(last, f.sent, f.arrived)
	}
	for _, m := range l.marks {
		last = max(last, m.at)
	}
	const leastArea = 20
	l.clocks = len(l.clock(last))
	l.margin = (3*l.opt.Width+9)/10 - 6 // 18, 24 and 30 of 80, 100 and 120
	l.area = l.opt.Width - 2*l.margin - 2*l.clocks - 6
	for l.area < leastArea {
		l.margin--
		l.area += 2
	}
}

func (l *ladder) draw() {
	l.heading()
	rows := l.order(l.plan())
	if !l.opt.Full {
		rows = l.fold(rows)
	}
	l.print(rows)
}
