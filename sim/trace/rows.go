package trace

import (
	"container/heap"
	"slices"
	"time"

	"simrun/clock"
)

// shape is how a row is drawn.
type shape uint8

const (
	whole      shape = iota // a packet from end to end
	sendHalf                // the start of one whose arrival stands further down
	arriveHalf              // and its arrival
	crossing                // two packets that cross
	quietRow                // no packet: margins alone
	trainRow                // several packets that fly together
	foldRow                 // many rows left out
)

// row is one or more lines of the ladder that belong together.
type row struct {
	shape  shape
	f, f2  *flight       // f2: the other one of two that cross, sent by the right host
	at     [2]clock.Time // each host's time, the later one where two packets cross
	has    [2]bool       // which of them mean something
	key    ID            // the order of emission
	margin [2]*margin    // beside each lifeline
	start  [2]clock.Time // for two that cross: when they were sent
	train  *train        // for a trainRow
	fold   string        // for a foldRow
	span   [2]clock.Time // for a foldRow: its first and last instant
}

var empty margin

func side(right bool) int {
	if right {
		return 1
	}
	return 0
}

func quietRowOf(m *mark) *row {
	r := &row{shape: quietRow, key: m.id, margin: [2]*margin{&empty, &empty}}
	s := side(m.right)
	r.at[s], r.has[s], r.margin[s] = m.at, true, &m.margin
	return r
}

func wholeRow(f *flight) *row {
	r := &row{shape: whole, f: f, key: f.sentID}
	s := side(f.right)
	r.margin[s], r.margin[1-s] = &f.send, &f.receive
	r.at[s], r.has[s] = f.sent, true
	r.at[1-s], r.has[1-s] = f.arrived, f.arrives
	return r
}

// halves is a flight in two rows. A second copy of a packet has but one: that
// it was sent is told by the first.
func halves(f *flight) []*row {
	s := side(f.right)
	start := &row{shape: sendHalf, f: f, key: f.sentID, margin: [2]*margin{&empty, &empty}}
	start.at[s], start.has[s], start.margin[s] = f.sent, true, &f.send
	end := &row{shape: arriveHalf, f: f, key: f.doneID, margin: [2]*margin{&empty, &empty}}
	end.at[1-s], end.has[1-s], end.margin[1-s] = f.arrived, true, &f.receive
	if f.copy > 0 {
		return []*row{end}
	}
	return []*row{start, end}
}

func crossRow(f, f2 *flight) *row {
	return &row{
		shape: crossing, f: f, f2: f2, key: min(f.sentID, f2.sentID),
		at: [2]clock.Time{f2.arrived, f.arrived}, has: [2]bool{true, true},
		start:  [2]clock.Time{f.sent, f2.sent},
		margin: [2]*margin{&f2.receive, &f.receive},
	}
}

// first and last are the earliest and the latest instant the row shows.
func (r *row) first() clock.Time {
	switch {
	case r.shape == foldRow:
		return r.span[0]
	case r.shape == crossing:
		return min(r.start[0], r.start[1])
	case !r.has[0]:
		return r.at[1]
	case !r.has[1]:
		return r.at[0]
	}
	return min(r.at[0], r.at[1])
}

func (r *row) last() clock.Time {
	if r.shape == foldRow {
		return r.span[1]
	}
	t := clock.Time(0)
	for s := range r.at {
		if r.has[s] {
			t = max(t, r.at[s])
		}
	}
	return t
}

// order sorts the rows so that both clocks run downward; where the clocks
// leave a choice, as they were emitted. plan has made sure that there is such
// an order: of two rows never one is above the other by one clock and below it
// by the other.
func (l *ladder) order(rows []*row) []*row {
	var queue [2][][]*row // by host, by instant: the rows of that instant
	for s := range queue {
		timed := slices.DeleteFunc(slices.Clone(rows), func(r *row) bool { return !r.has[s] })
		slices.SortStableFunc(timed, func(a, b *row) int { return compare(a.at[s], b.at[s]) })
		for i, r := range timed {
			if i == 0 || timed[i-1].at[s] != r.at[s] {
				queue[s] = append(queue[s], nil)
			}
			last := len(queue[s]) - 1
			queue[s][last] = append(queue[s][last], r)
		}
	}
	waits := map[*row]int{} // for how many clocks a row still waits
	for _, r := range rows {
		for s := range r.has {
			if r.has[s] {
				waits[r]++
			}
		}
	}
	var ready rowHeap
	var left [2]int // rows of the present instant that are not placed yet
	next := func(s int) {
		if len(queue[s]) == 0 {
			return
		}
		left[s] = len(queue[s][0])
		for _, r := range queue[s][0] {
			if waits[r]--; waits[r] == 0 {
				heap.Push(&ready, r)
			}
		}
		queue[s] = queue[s][1:]
	}
	next(0)
	next(1)
	sorted := rows[:0:0]
	for ready.Len() > 0 {
		r := heap.Pop(&ready).(*row)
		sorted = append(sorted, r)
		for s := range r.has {
			if r.has[s] {
				if left[s]--; left[s] == 0 {
					next(s)
				}
			}
		}
	}
	return mergeQuiet(sorted)
}

// mergeQuiet lets two rows without packets share one, when they stand at the
// same instant on different sides.
func mergeQuiet(rows []*row) []*row {
	merged := rows[:0]
	for _, r := range rows {
		if n := len(merged); n > 0 && r.shape == quietRow && merged[n-1].shape == quietRow {
			above := merged[n-1]
			for s := range r.has {
				if r.has[s] && !above.has[s] && above.has[1-s] && above.at[1-s] == r.at[s] {
					above.at[s], above.has[s], above.margin[s] = r.at[s], true, r.margin[s]
					r = nil
					break
				}
			}
		}
		if r != nil {
			merged = append(merged, r)
		}
	}
	return merged
}

// rowHeap gives the row that was emitted first.
type rowHeap []*row

func (h rowHeap) Len() int           { return len(h) }
func (h rowHeap) Less(i, j int) bool { return h[i].key < h[j].key }
func (h rowHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *rowHeap) Push(x any)        { *h = append(*h, x.(*row)) }
func (h *rowHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	*h = old[:len(old)-1]
	return r
}

// longGap is how long nothing must happen for the ladder to fold it.
func (l *ladder) longGap() time.Duration {
	rtt := time.Duration(0)
	for i := range l.log.Links {
		if k := &l.log.Links[i]; pairOf(k.Hosts[0], k.Hosts[1]) == l.pair {
			rtt = max(rtt, k.RTT)
		}
	}
	if rtt == 0 {
		return 10 * time.Millisecond
	}
	return 10 * rtt
}
