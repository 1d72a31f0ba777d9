package trace

import "fmt"

// leastCrowd is how many rows that say the same become one: fewer than the
// segments of most windows do not.
const leastCrowd = 8

// crowds joins rows that stand side by side and say the same into one, with
// their number: what strangers send and get, and what then happens to many
// connections at one instant.
func (l *ladder) crowds(rows []*row) []*row {
	var joined []*row
	for _, r := range rows {
		for _, m := range r.margin {
			if m != nil && len(m.lines) >= leastCrowd {
				l.countRepeats(m)
			}
		}
	}
	for i := 0; i < len(rows); {
		n := i + 1
		for n < len(rows) && l.alike(rows[i], rows[n]) {
			n++
		}
		if n-i < leastCrowd {
			joined = append(joined, rows[i:n]...)
		} else {
			joined = append(joined, l.crowd(rows[i], n-i))
		}
		i = n
	}
	return joined
}

// alike reports whether two rows say the same: of no packet, or of packets that
// are of no connection of the two hosts.
func (l *ladder) alike(a, b *row) bool {
	if a.shape != b.shape || a.at != b.at || a.has != b.has {
		return false
	}
	for s := range a.margin {
		if !sameLines(a.margin[s], b.margin[s]) {
			return false
		}
	}
	switch a.shape {
	case quietRow:
		return true
	case whole:
		p, q := &l.log.Packets[a.f.packet], &l.log.Packets[b.f.packet]
		m, o := &l.arrows[a.f.packet], &l.arrows[b.f.packet]
		return p.Conn < 0 && q.Conn < 0 && p.Forged == q.Forged && a.f.right == b.f.right && a.f.fate == b.f.fate &&
			m.flags == o.flags && m.seq == o.seq && tagsOf(m) == tagsOf(o)
	}
	return false
}

// sameLines reports whether two margins say the same, and no call does.
func sameLines(a, b *margin) bool {
	if len(a.lines) != len(b.lines) {
		return false
	}
	for i := range a.lines {
		if a.lines[i].call != nil || a.lines[i] != b.lines[i] {
			return false
		}
	}
	return true
}

// crowd is the row for n that are alike. Their number stands where they say
// something, at the receiver's side first.
func (l *ladder) crowd(first *row, n int) *row {
	r := *first
	at := 0
	if r.f != nil {
		at = 1 - side(r.f.right)
	}
	if len(r.margin[at].lines) == 0 && len(r.margin[1-at].lines) > 0 {
		at = 1 - at
	}
	counted := margin{cwnd: r.margin[at].cwnd, reads: r.margin[at].reads}
	counted.add(r.margin[at].lines...)
	counted.add(line{text: fmt.Sprintf("%s %d", l.g.times, n)})
	r.margin[at] = &counted
	return &r
}

// countRepeats makes one of lines that stand in a margin again and again.
func (l *ladder) countRepeats(m *margin) {
	var told []line
	for i := 0; i < len(m.lines); {
		n := i + 1
		for n < len(m.lines) && m.lines[i].call == nil && m.lines[n] == m.lines[i] {
			n++
		}
		if n-i < leastCrowd {
			told = append(told, m.lines[i:n]...)
		} else {
			told = append(told, m.lines[i], line{text: fmt.Sprintf("%s %d", l.g.times, n-i)})
		}
		i = n
	}
	m.lines = told
}
