package trace

import (
	"slices"
	"sort"

	"simrun/clock"
)

// plan decides which flights take one row, which two, and which two cross.
//
// A flight in one row shows two instants, one at each host, and no order of
// rows makes both clocks run downward when two flights cross or one overtakes
// the other. Such flights are drawn as an X or taken apart.
func (l *ladder) plan() []*row {
	l.splitGaps()
	var met [][2]*flight // flights of opposite directions that cross
	for _, c := range conflicts(l.flights) {
		switch {
		case c[0].copy > 0 || c[1].copy > 0: // a duplicate comes late
			c[0].split = c[0].split || c[0].copy > 0
			c[1].split = c[1].split || c[1].copy > 0
		case c[0].right == c[1].right: // the one sent first was overtaken
			c[0].split = true
		default:
			met = append(met, c)
		}
	}
	met = slices.DeleteFunc(met, func(c [2]*flight) bool { return c[0].split || c[1].split })
	for _, c := range met {
		c[0].crossings++
		c[1].crossings++
	}
	for _, c := range met {
		if c[0].crossings > 1 || c[1].crossings > 1 {
			c[0].split, c[1].split = true, true
		}
	}
	return l.rows(slices.DeleteFunc(met, func(c [2]*flight) bool { return c[0].split }))
}

// rows makes the rows of all flights and marks, given the flights that could
// be drawn as an X.
func (l *ladder) rows(crossed [][2]*flight) []*row {
	var rows []*row
	for _, m := range l.marks {
		rows = append(rows, quietRowOf(m))
	}
	for _, f := range l.flights {
		switch {
		case f.split:
			rows = append(rows, halves(f)...)
		case f.crossings == 0:
			rows = append(rows, wholeRow(f))
		}
	}
	taken := newObstacles(rows)
	for _, c := range crossed {
		if c[0].right {
			c[0], c[1] = c[1], c[0]
		}
		if r := crossRow(c[0], c[1]); !taken.inside(r) && l.crossFits(r) {
			rows = append(rows, r)
		} else {
			rows = append(rows, append(halves(c[0]), halves(c[1])...)...)
		}
	}
	return rows
}

// splitGaps takes apart every flight during which the ladder folds time.
func (l *ladder) splitGaps() {
	var times []clock.Time
	for _, m := range l.marks {
		times = append(times, m.at)
	}
	for _, f := range l.flights {
		times = append(times, f.sent)
		if f.arrives {
			times = append(times, f.arrived)
		}
	}
	slices.Sort(times)
	long := l.longGap()
	var from, to []clock.Time // the gaps
	for i := 1; i < len(times); i++ {
		if times[i].Sub(times[i-1]) >= long {
			from, to = append(from, times[i-1]), append(to, times[i])
		}
	}
	for _, f := range l.flights {
		i, _ := slices.BinarySearch(from, f.sent)
		f.split = f.arrives && i < len(from) && to[i] <= f.arrived
	}
}

// conflicts is every two flights of which one starts before the other at one
// host and ends after it at the other, the one sent first in front.
func conflicts(all []*flight) [][2]*flight {
	var flights []*flight
	for _, f := range all {
		if f.arrives && !f.split {
			flights = append(flights, f)
		}
	}
	slices.SortStableFunc(flights, func(a, b *flight) int { return compare(a.sent, b.sent) })
	var found [][2]*flight
	var aloft []*flight
	for _, f := range flights {
		aloft = slices.DeleteFunc(aloft, func(e *flight) bool { return e.arrived <= f.sent })
		for _, e := range aloft {
			switch {
			case e.right != f.right && e.sent < f.arrived: // and f.sent < e.arrived
				found = append(found, [2]*flight{e, f})
			case e.right == f.right && e.sent < f.sent && f.arrived < e.arrived:
				found = append(found, [2]*flight{e, f})
			}
		}
		aloft = append(aloft, f)
	}
	return found
}

func compare(a, b clock.Time) int { return int(min(max(a-b, -1), 1)) }

// obstacles is the rows that show but one instant, sorted, of each host: they
// may fall between the sending and the arrival of two packets that cross.
type obstacles [2][]*row

func newObstacles(rows []*row) (o obstacles) {
	for _, r := range rows {
		for s := range o {
			if r.has[s] && !r.has[1-s] {
				o[s] = append(o[s], r)
			}
		}
	}
	for s := range o {
		slices.SortStableFunc(o[s], func(a, b *row) int { return compare(a.at[s], b.at[s]) })
	}
	return o
}

// inside reports whether a row must stand between the two ends of the X.
func (o *obstacles) inside(x *row) bool {
	sent := [2]ID{x.f.sentID, x.f2.sentID}
	for s, rows := range o {
		i := sort.Search(len(rows), func(i int) bool { return rows[i].at[s] >= x.start[s] })
		for ; i < len(rows) && rows[i].at[s] < x.at[s]; i++ {
			if rows[i].at[s] > x.start[s] || rows[i].key > sent[s] {
				return true
			}
		}
	}
	return false
}
