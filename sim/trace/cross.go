package trace

import "strings"

// cross draws two packets that cross: the row where both were sent, rows for
// the rest of its margins while the strokes come closer, and the row where
// both arrived.
func (l *ladder) cross(r *row) {
	left, right := l.lines(&r.f.send), l.lines(&r.f2.send)
	between := max(len(left), len(right), 1) - 1
	center := l.area / 2
	ink, shaft := l.ink(r.f)
	ink2, shaft2 := l.ink(r.f2)
	t, _ := l.arrows[r.f.packet].fit(center-between-2, false)
	t2, _ := l.arrows[r.f2.packet].fit(l.area-center-between-2, true)
	var areas []area
	for i := between; i >= 0; i-- {
		a := area{}
		start, start2 := spaces(center-1-i), spaces(l.area-center-1-i)
		if i == between {
			start = t + " " + strings.Repeat(shaft, center-2-i-Cells(t))
			start2 = strings.Repeat(shaft2, l.area-center-2-i-Cells(t2)) + " " + t2
			a.tail = [2]bool{true, true}
			a.clock = [2]string{l.clock(r.start[0]), l.clock(r.start[1])}
		}
		a.spans = []span{{start + l.g.down, ink}, {spaces(2 * i), plain}, {l.g.up + start2, ink2}}
		areas = append(areas, a)
	}
	l.zip(areas, left, right)
	end := area{clock: [2]string{l.clock(r.at[0]), l.clock(r.at[1])}}
	end.spans = []span{
		{l.g.headLeft + strings.Repeat(shaft2, center-2) + l.g.up, ink2},
		{l.g.down + strings.Repeat(shaft, l.area-center-2) + l.g.headRight, ink},
	}
	l.zip([]area{end}, l.lines(r.margin[0]), l.lines(r.margin[1]))
}

// crossFits reports whether the texts of both packets find room in their
// halves of the X.
func (l *ladder) crossFits(r *row) bool {
	between := max(len(l.lines(&r.f.send)), len(l.lines(&r.f2.send)), 1) - 1
	center := l.area / 2
	fits := func(f *flight, n int) bool {
		text := &l.arrows[f.packet]
		if f.fate != Arrived || n < 1 {
			return false
		}
		_, more := text.fit(n, f.right)
		return len(more) == 0
	}
	return fits(r.f, center-between-2) && fits(r.f2, l.area-center-between-2)
}
