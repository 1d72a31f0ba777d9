package trace

import (
	"fmt"
	"slices"
	"strings"
)

// kind is what sort of packet can fly in a train. Packets of one kind, sent at
// one instant and arriving at one, with consecutive numbers, tell no more than
// their first and their last do.
type kind uint8

const (
	single  kind = iota // never in a train
	data                // in sequence, sent for the first time
	advance             // a bare ACK that acknowledges something new
	again               // a bare ACK that repeats a number
)

// measure is the numbers that a train shows of its first and last packet.
type measure struct {
	kind           kind
	sack           bool
	seqN, end, ack int
}

// train is several packets that fly together and are drawn as one.
type train struct {
	text    arrowText
	kind    kind
	packets int
	margins [2]margin
}

// leastReads is how many reads in a row are only counted; a train that ends
// with calls has more than leastTold packets.
const (
	leastReads = 3
	leastTold  = 3
)

// trains joins rows that lie side by side into trains.
func (l *ladder) trains(rows []*row) []*row {
	var joined []*row
	cwnd, shown := [2]string{}, [2]bool{} // the window of each host, and whether a row has told it
	for i := 0; i < len(rows); {
		n := i + 1
		for n < len(rows) && l.follows(rows[n-1], rows[n], n-1 == i) {
			n++
		}
		reads, at := l.reads(rows[i:n])
		if reads > 0 && reads < leastReads {
			n = i + at + 1 // what was read stands at the end of the train
		}
		if last := rows[n-1]; n-i > 1 && n-i <= leastTold && len(last.f.receive.lines) > 0 &&
			(reads < leastReads || !sumsUp(&last.f.receive, false)) {
			n--
		}
		r := rows[i]
		if n-i > 1 {
			r = l.train(rows[i:n])
		}
		for s, m := range r.margin {
			if m == nil || m.cwnd == "" {
				continue
			}
			cwnd[s] = m.cwnd
			if r.train != nil {
				m.add(line{text: m.cwnd})
				shown[s] = true
			}
		}
		if s := side(r.f != nil && r.f.right); r.train != nil && r.train.kind == data && !shown[s] && cwnd[s] != "" {
			r.margin[s].add(line{text: cwnd[s]})
			shown[s] = true
		}
		joined = append(joined, r)
		i = n
	}
	return joined
}

// follows reports whether b may stand in a train right behind a. What the
// margins say keeps packets apart, but for what a train can sum up: at the
// sender anything may stand beside the first, which led to its sending, and at
// the receiver calls beside the last of more than a few.
func (l *ladder) follows(a, b *row, first bool) bool {
	if a.shape != whole || b.shape != whole || a.f.right != b.f.right || a.at != b.at {
		return false
	}
	p, q := &l.log.Packets[a.f.packet], &l.log.Packets[b.f.packet]
	m, o := &l.arrows[a.f.packet], &l.arrows[b.f.packet]
	return l.joins(a) && l.joins(b) && m.kind == o.kind && m.sack == o.sack && p.Conn == q.Conn &&
		(m.kind != data || m.end == o.seqN && o.tail == nil) && p.N+1 == q.N && tagsOf(m) == tagsOf(o) &&
		len(b.f.send.lines) == 0 && sumsUp(&a.f.receive, first) && callsAlone(&b.f.receive)
}

// joins reports whether the row's packet may be in a train at all: what the
// link did something to stands alone.
func (l *ladder) joins(r *row) bool {
	p := &l.log.Packets[r.f.packet]
	return l.arrows[r.f.packet].kind != single && r.f.fate == Arrived && len(p.Copies) == 1 && p.Copies[0].Note == ""
}

func tagsOf(a *arrowText) string { return strings.Join(a.tags, " ") }

// sumsUp reports whether a train can tell what the receiver's margin says:
// reads are counted. The first packet's arrival may tell more.
func sumsUp(m *margin, first bool) bool {
	for _, e := range m.lines {
		if !e.isRead() && !(first && e.call == nil && e.style == plain) {
			return false
		}
	}
	return true
}

// callsAlone reports whether nothing but calls stands in the margin.
func callsAlone(m *margin) bool {
	return !slices.ContainsFunc(m.lines, func(e line) bool { return e.call == nil })
}

// isRead reports whether the line is a call that received data.
func (e *line) isRead() bool {
	return e.call != nil && e.call.Got != nil && e.call.Data == nil && !e.call.Failed
}

// reads counts the reads in the receivers' margins, and says which row has the
// first.
func (l *ladder) reads(rows []*row) (n, at int) {
	for i, r := range rows {
		if r.f == nil || len(rows) == 1 {
			continue
		}
		for j := range r.f.receive.lines {
			if r.f.receive.lines[j].isRead() {
				if n == 0 {
					at = i
				}
				n++
			}
		}
	}
	return n, at
}

// train is one row for all the given ones.
func (l *ladder) train(rows []*row) *row {
	first, last := rows[0], rows[len(rows)-1]
	f := first.f
	a, z := &l.arrows[f.packet], &l.arrows[last.f.packet]
	t := &train{kind: a.kind, packets: len(rows)}
	t.text = arrowText{
		num:  a.num + "-" + z.num,
		tags: a.tags, flags: fmt.Sprintf("%d%s", len(rows), l.g.times), more: z.more,
	}
	switch {
	case a.kind == data:
		t.text.seq = fmt.Sprintf("%d:%d", a.seqN, z.end)
		t.text.shortSeq, t.text.tail = t.text.seq, a.tail
	case a.ack == z.ack:
		t.text.tail = []string{fmt.Sprintf("ack %d", a.ack)}
	default:
		t.text.tail = []string{fmt.Sprintf("ack %d%s%d", a.ack, l.g.dots, z.ack)}
	}
	if a.chunks != nil {
		chunkTrain(&t.text, a, z, l.g)
	}
	r := *first
	r.shape, r.train = trainRow, t
	from, to := &t.margins[side(f.right)], &t.margins[1-side(f.right)]
	from.lines = f.send.lines
	var read *line
	reads, _ := l.reads(rows)
	for _, r := range rows {
		if c := r.f.send.cwnd; c != "" {
			from.cwnd = c
		}
		if c := r.f.receive.cwnd; c != "" {
			to.cwnd = c
		}
		for i := range r.f.receive.lines {
			if e := &r.f.receive.lines[i]; e.isRead() && reads >= leastReads {
				read = e
			} else {
				to.add(*e)
			}
		}
	}
	if read != nil {
		to.add(line{text: fmt.Sprintf("%s × %d", read.call.fullName(), reads)})
		to.reads = reads
	}
	r.margin = [2]*margin{&t.margins[0], &t.margins[1]}
	return &r
}
