package trace

import (
	"fmt"
	"strings"

	"simrun/clock"
)

// A fold leaves out at least leastRows rows. Half of them must be trains, or
// there must be very many, lest a short exchange be hidden.
const (
	leastRows = 8
	manyRows  = 40
)

// fold joins packets into trains and leaves out long runs of trains in which
// nothing is lost and no state changes. A loss during such a run stands below
// it.
func (l *ladder) fold(rows []*row) []*row {
	rows = l.crowds(l.trains(rows))
	var out []*row
	for i := 0; i < len(rows); {
		n, losses := l.run(rows[i:])
		if n == 0 {
			out = append(out, rows[i])
			i++
			continue
		}
		folded, trains := 0, 0
		for _, r := range rows[i : i+n] {
			if r.f.fate == Arrived {
				folded++
			}
			if r.train != nil {
				trains++
			}
		}
		if folded >= leastRows && 2*trains >= folded || folded >= manyRows {
			out = append(append(out, l.foldOf(rows[i:i+n])), losses...)
		} else {
			out = append(out, rows[i:i+n]...)
		}
		i += n
	}
	return out
}

// run is how many rows from the first on could be folded, and the losses among
// them, which cannot.
func (l *ladder) run(rows []*row) (n int, losses []*row) {
	last := rows[0].last()
	for i, r := range rows {
		if r.first().Sub(last) >= l.longGap() {
			break
		}
		last = max(last, r.last())
		switch {
		case l.foldable(r):
			n = i + 1
		case n > 0 && l.isLoss(r):
			losses = append(losses, r)
		default:
			return n, l.within(losses, rows[:n])
		}
	}
	return n, l.within(losses, rows[:n])
}

// within is those of the losses that are among the rows.
func (l *ladder) within(losses, rows []*row) []*row {
	n := 0
	for _, r := range rows {
		if !l.foldable(r) {
			n++
		}
	}
	return losses[:n]
}

// foldable reports whether nothing is missed when the row is left out.
func (l *ladder) foldable(r *row) bool {
	if r.shape != whole && r.shape != trainRow || !l.joins(r) {
		return false
	}
	if a := &l.arrows[r.f.packet]; a.kind == again || a.sack {
		return false
	}
	for _, m := range r.margin {
		for i := range m.lines {
			if e := &m.lines[i]; !e.isRead() && (e.call != nil || !isCount(e, m)) {
				return false
			}
		}
	}
	return true
}

// isCount reports whether the line is what a train sums up.
func isCount(e *line, m *margin) bool {
	return m.cwnd != "" && e.text == m.cwnd || m.reads > 0 && strings.HasSuffix(e.text, fmt.Sprintf("× %d", m.reads))
}

// isLoss reports whether the row is a first transmission that was lost, and
// says nothing else.
func (l *ladder) isLoss(r *row) bool {
	return r.shape == whole && r.f.fate == LostOnLink && len(r.f.send.lines) == 0 && l.arrows[r.f.packet].kind == data
}

// foldOf is the row that stands for the given ones: how many packets of which
// host, which, when, and the congestion window they end with.
func (l *ladder) foldOf(rows []*row) *row {
	type tally struct{ n, acks, first, last int }
	var hosts [2]tally
	var order []int
	reads, cwnd := 0, ""
	from, to := rows[0].first(), clock.Time(0)
	for _, r := range rows {
		if r.f.fate != Arrived {
			continue
		}
		from, to = min(from, r.first()), max(to, r.last())
		s, n := side(r.f.right), 1
		if r.train != nil {
			n = r.train.packets
		}
		h := &hosts[s]
		first := l.log.Packets[r.f.packet].N
		if h.n+h.acks == 0 {
			order = append(order, s)
			h.first = first
		}
		if l.arrows[r.f.packet].kind == data {
			h.n += n
		} else {
			h.acks += n
		}
		h.last = first + n - 1
		for _, m := range r.margin {
			if m.cwnd != "" {
				cwnd = m.cwnd
			}
			reads += m.reads
			for i := range m.lines {
				if m.lines[i].isRead() {
					reads++
				}
			}
		}
	}
	var parts []string
	for _, s := range order {
		h := &hosts[s]
		host := strings.ToLower(hostName(l.log, [2]int{l.left, l.right}[s]))
		var what []string
		if h.n > 0 {
			what = append(what, l.counted(rows[0], h.n, "data segment", "packet with DATA", "packets with DATA"))
		}
		if h.acks > 0 {
			what = append(what, l.counted(rows[0], h.acks, "ACK", "SACK", "SACKs"))
		}
		parts = append(parts, fmt.Sprintf("%s %s#%d-%d", strings.Join(what, " and "), host, h.first, h.last))
	}
	parts = append(parts, l.clock(from)+"–"+l.clock(to))
	if reads > 0 {
		parts = append(parts, fmt.Sprintf("recv × %d", reads))
	}
	if cwnd != "" {
		parts = append(parts, cwnd)
	}
	return &row{shape: foldRow, fold: "… " + strings.Join(parts, ", ") + " …", span: [2]clock.Time{from, to}}
}

// counted is so many packets in the words of their protocol.
func (l *ladder) counted(r *row, n int, segment, one, many string) string {
	switch {
	case l.arrows[r.f.packet].chunks == nil:
		return count(n, segment)
	case n == 1:
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
