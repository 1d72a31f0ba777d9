package trace

import (
	"strings"

	"simrun/clock"
)

// print draws the rows that the options ask for, and the gaps between them.
func (l *ladder) print(rows []*row) {
	long := l.longGap()
	last, any := clock.Time(0), false
	for _, r := range rows {
		if r.last() < l.opt.From || l.opt.To != 0 && r.first() > l.opt.To {
			continue
		}
		if any && r.first().Sub(last) >= long {
			text := gapText(r.first().Sub(last), l.micro)
			before := (l.area - Cells(text)) / 2
			l.line(span{spaces(l.margin + l.clocks + 2), plain}, span{l.g.gap + padRight(spaces(before)+text, l.area) + l.g.gap, dim})
		}
		l.row(r)
		if t := r.last(); !any || t > last {
			last = t
		}
		any = true
	}
}

// area is what stands between the lifelines on one line of a row, and whether
// a packet's tail touches one of them.
type area struct {
	spans []span
	tail  [2]bool
	clock [2]string
}

// row draws one row: its areas with the margins beside them, the lines of the
// margins that are left over beside empty areas.
func (l *ladder) row(r *row) {
	if r.shape == foldRow {
		text := l.g.clean(r.fold)
		for _, t := range wrap(text, l.opt.Width, "") {
			l.line(span{spaces((l.opt.Width-Cells(t))/2) + t, dim})
		}
		return
	}
	if r.shape == crossing {
		l.cross(r)
		return
	}
	var clocks [2]string
	for s := range clocks {
		if r.has[s] {
			clocks[s] = l.clock(r.at[s])
		}
	}
	areas := l.areas(r)
	areas[0].clock = clocks
	l.zip(areas, l.lines(r.margin[0]), l.lines(r.margin[1]))
}

// zip prints areas and margins side by side.
func (l *ladder) zip(areas []area, left, right []span) {
	for i := range max(len(areas), len(left), len(right)) {
		a := area{}
		if i < len(areas) {
			a = areas[i]
		}
		if a.spans == nil {
			a.spans = []span{{spaces(l.area), plain}}
		}
		var a1, a2 span
		if i < len(left) {
			a1 = left[i]
		}
		if i < len(right) {
			a2 = right[i]
		}
		life := [2]string{l.g.life, l.g.life}
		if a.tail[0] {
			life[0] = l.g.tailLeft
		}
		if a.tail[1] {
			life[1] = l.g.tailRight
		}
		spans := []span{
			{padRight(a1.text, l.margin), a1.style}, {" " + padLeft(a.clock[0], l.clocks) + " ", dim}, {life[0], plain},
		}
		spans = append(spans, a.spans...)
		spans = append(spans, span{life[1], plain}, span{" " + padLeft(a.clock[1], l.clocks) + " ", dim}, a2)
		l.line(spans...)
	}
}

// lines is a margin as it is printed: calls cut, texts wrapped.
func (l *ladder) lines(m *margin) []span {
	var spans []span
	for _, e := range m.lines {
		text := l.g.clean(e.text)
		if e.call != nil {
			text = e.call.text(e.form, e.short, l.margin, l.g)
		}
		for _, t := range wrap(text, l.margin, "  ") {
			spans = append(spans, span{t, e.style})
		}
	}
	return spans
}

// areas draws what stands between the lifelines.
func (l *ladder) areas(r *row) []area {
	switch r.shape {
	case whole:
		return l.arrow(r.f, &l.arrows[r.f.packet])
	case sendHalf:
		return l.sendHalf(r.f)
	case arriveHalf:
		return l.arriveHalf(r.f)
	case trainRow:
		return l.arrow(r.f, &r.train.text)
	}
	return []area{{}}
}

// ink is the colour of a flight and the stroke of its shaft.
func (l *ladder) ink(f *flight) (style, string) {
	p := &l.log.Packets[f.packet]
	s, shaft := fromLeft, l.g.line
	if f.right {
		s = fromRight
	}
	if p.Resend > 0 {
		s, shaft = resent, l.g.double
	}
	if isReset(p) {
		s = bad
	}
	return s, shaft
}

// arrow draws a flight in one row, to where it ended, and below it what did
// not fit on its shaft.
func (l *ladder) arrow(f *flight, text *arrowText) []area {
	const least = 3 // cells of a shaft with its head
	end := l.area   // where the head stands, counted from the sender, plus one
	head, headStyle := l.g.headRight, plain
	if f.right {
		head = l.g.headLeft
	}
	ink, shaft := l.ink(f)
	headStyle = ink
	switch f.fate {
	case LostAtQueue:
		end, head, headStyle = l.area/3+1, l.g.lost, bad
	case LostOnLink:
		end, head, headStyle = l.area*2/3+1, l.g.lost, bad
	case LostAtReceiver:
		head, headStyle = l.g.lost, bad
	case InFlight:
		end, head = l.area*2/3, l.g.open
	}
	t, more := text.fit(end-least-1, f.right)
	if end < l.area && (len(more) > len(text.more) || t != text.join(text.seq, text.tail, f.right)) {
		t, more = text.fit(l.area-least-1, f.right) // further if the text needs it
		if s := text.join(text.shortSeq, text.tail, f.right); text.chunks == nil && Cells(s) <= l.area-least-1 {
			t, more = s, text.more
		}
	}
	n := Cells(t)
	end = max(end, n+1+least)
	line := strings.Repeat(shaft, end-n-2)
	return l.hang(f, text, more, mirror(f.right, l.area, span{t + " " + line, ink}, span{head, headStyle}, span{line + " " + t, ink}))
}

// mirror lays out an area: for the left host body and head from the left, for
// the right host head and mirrored body at the right.
func mirror(right bool, n int, body, head, mirrored span) area {
	var a area
	if right {
		gap := n - Cells(head.text) - Cells(mirrored.text)
		a.spans = []span{{spaces(gap), plain}, head, mirrored}
	} else {
		gap := n - Cells(head.text) - Cells(body.text)
		a.spans = []span{body, head, {spaces(gap), plain}}
	}
	a.tail[side(right)] = true
	return a
}

// hang puts the texts that did not fit below the arrow, beside its number.
func (l *ladder) hang(f *flight, text *arrowText, more []string, first area) []area {
	areas := []area{first}
	ink, _ := l.ink(f)
	indent := Cells(text.num) + 1
	if f.right {
		indent++
	}
	for _, m := range more {
		if m == text.seq && Cells(m) > l.area-indent {
			m = text.shortSeq
		}
		room := l.area - indent
		for word := range strings.SplitSeq(m, " ") {
			room = max(room, min(Cells(word), l.area))
		}
		for _, t := range wrap(m, room, "") {
			if f.right {
				t = padLeft(t+spaces(l.area-room), l.area)
			} else {
				t = padRight(spaces(l.area-room)+t, l.area)
			}
			areas = append(areas, area{spans: []span{{t, ink}}})
		}
	}
	return areas
}

// sendHalf draws the start of a flight whose arrival stands further down.
func (l *ladder) sendHalf(f *flight) []area {
	text := &l.arrows[f.packet]
	t, more := text.fit(l.area-4, f.right)
	ink, shaft := l.ink(f)
	line := strings.Repeat(shaft, max(l.area*2/3-Cells(t)-2, 2))
	open := span{l.g.open, ink}
	return l.hang(f, text, more, mirror(f.right, l.area, span{t + " " + line, ink}, open, span{line + " " + t, ink}))
}

// arriveHalf draws the arrival of a flight whose start stands further up.
func (l *ladder) arriveHalf(f *flight) []area {
	p := &l.log.Packets[f.packet]
	ink, shaft := l.ink(f)
	name := l.g.clean(packetName(l.log, p))
	if Cells(name) > l.area-8 {
		name = "#" + l.arrows[f.packet].num
	}
	line := strings.Repeat(shaft, 2)
	a := area{}
	gap := span{spaces(l.area - 8 - Cells(name)), plain}
	if f.right {
		head := span{l.g.headLeft, ink}
		if f.fate == LostAtReceiver {
			head = span{l.g.lost, bad}
		}
		a.spans = []span{head, {line + " " + name + " " + line + l.g.open, ink}, gap}
	} else {
		head := span{l.g.headRight, ink}
		if f.fate == LostAtReceiver {
			head = span{l.g.lost, bad}
		}
		a.spans = []span{gap, {l.g.open + line + " " + name + " " + line, ink}, head}
	}
	return []area{a}
}
