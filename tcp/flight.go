package tcp

import (
	"sort"

	"simrun/clock"
	"simrun/internal/ring"
	"simrun/wire"
)

// record is one segment in flight.
type record struct {
	seq    wire.Seq
	n      int // octets of text
	flags  wire.Flags
	tries  uint8 // how often it was sent again
	sacked bool  // the peer has it, beyond a hole
	lost   bool  // presumed lost
	resent bool  // sent again since it was presumed lost

	sent  clock.Time // when it was sent last
	order int        // which transmission that was, of all in this flight

	number     int      // of the records that were ever in flight
	prev, next int      // its neighbours in the list that it is in; 0: none
	skip       int      // sacked: all from here to before this record are, too
	until      wire.Seq // sacked: where the record before skip ends
}

func (r *record) end() wire.Seq {
	end := r.seq.Add(r.n)
	if r.flags&(wire.SYN|wire.FIN) != 0 {
		end = end.Add(1)
	}
	return end
}

// text is the number of the record's first octet.
func (r *record) text() wire.Seq {
	if r.flags.Has(wire.SYN) {
		return r.seq.Add(1)
	}
	return r.seq
}

// weight is how many numbers of the record are thought to be in the network
// (RFC 6675 4, SetPipe); SYN and FIN count, or nothing would seem to be there.
func (r *record) weight() int {
	switch {
	case r.sacked:
		return 0
	case r.lost && !r.resent:
		return 0
	case r.resent && !r.lost:
		return 2 * r.end().Sub(r.seq)
	}
	return r.end().Sub(r.seq)
}

// dupThresh is how much must have arrived beyond a hole until it counts as a
// loss rather than reordering (RFC 5681 3.2, RFC 6675 2).
const dupThresh = 3

// flight is what was sent and is not acknowledged, a record each segment in
// order; SYN and FIN stand in it like text. It is RFC 6675's scoreboard: the
// octets in the network and the first lost segment are kept up step by step,
// so that no ACK walks the window. Records have the numbers of all that were
// ever in flight, from 1 on; 0 is none.
//
// A record is in the network, waits to be sent again, or is with the peer. Of
// the first two kinds there is a list each.
type flight struct {
	records ring.Ring[record]
	base    int  // the record before the front
	flying  list // in the network, by order of transmission
	waiting list // presumed lost and not sent again since, by number
	finger  int  // the record that was put into waiting last
	sends   int  // transmissions so far
	pipe    int  // octets in the network
	have    int  // octets that the peer reported
	reports int  // records that the peer reported
	high    int  // the highest of them
	edge    int  // records up to it are sacked or were judged
	below   int  // octets reported up to edge
	runs    int  // separate ranges reported beyond edge
	rack    rack
	visits  int // records looked at, to be counted in tests
}

// list is a doubly linked list of records. A record is in one at most.
type list struct{ head, tail int }

func (f *flight) len() int         { return f.records.Len() }
func (f *flight) last() int        { return f.base + f.records.Len() }
func (f *flight) at(i int) *record { return f.records.At(i - f.base - 1) }
func (f *flight) front() *record   { return f.records.Front() }

// look is a record that a loop comes by, or an ACK begins with.
func (f *flight) look(i int) *record {
	f.visits++
	return f.at(i)
}

// reported tells whether a record is in flight and with the peer.
func (f *flight) reported(i int) bool { return f.base < i && i <= f.last() && f.at(i).sacked }

func (f *flight) push(r record) *record {
	f.sends++
	r.order, r.number = f.sends, f.last()+1
	p := f.records.Push(r)
	f.put(p)
	return p
}

// home is the list that a record belongs in.
func (f *flight) home(r *record) *list {
	switch {
	case r.sacked:
		return nil
	case r.lost && !r.resent:
		return &f.waiting
	}
	return &f.flying
}

// put enters a record in its list and in the octets in the network. What is
// sent goes to the end of its list.
func (f *flight) put(r *record) {
	f.pipe += r.weight()
	l := f.home(r)
	switch l {
	case nil:
		return
	case &f.waiting:
		f.link(l, r, f.placeInWaiting(r.number))
		f.finger = r.number
	case &f.flying:
		prev := l.tail
		for r.order != f.sends && prev != 0 && f.look(prev).order > r.order {
			prev = f.at(prev).prev
		}
		f.link(l, r, prev)
		f.rack.entered(f, r)
	}
}

// placeInWaiting is the waiting record that another one belongs behind; 0 if
// it is the first. They come in runs that rise, so it is looked for from where
// the last one went.
func (f *flight) placeInWaiting(i int) int {
	l := &f.waiting
	switch {
	case l.tail < i:
		return l.tail
	case i < l.head:
		return 0
	}
	prev := l.tail
	if f.base < f.finger && f.finger <= f.last() && f.home(f.at(f.finger)) == l {
		prev = f.finger
	}
	for prev > i {
		prev = f.look(prev).prev
	}
	for next := f.at(prev).next; next != 0 && next < i; next = f.look(prev).next {
		prev = next
	}
	return prev
}

// link puts a record behind another one, or first.
func (f *flight) link(l *list, r *record, prev int) {
	next := l.head
	if prev != 0 {
		next = f.at(prev).next
		f.at(prev).next = r.number
	} else {
		l.head = r.number
	}
	if next != 0 {
		f.at(next).prev = r.number
	} else {
		l.tail = r.number
	}
	r.prev, r.next = prev, next
}

// take is the opposite of put.
func (f *flight) take(r *record) {
	f.pipe -= r.weight()
	l := f.home(r)
	if l == nil {
		return
	}
	if f.rack.before == r.number {
		f.rack.before = r.prev
	}
	if r.prev != 0 {
		f.at(r.prev).next = r.next
	} else {
		l.head = r.next
	}
	if r.next != 0 {
		f.at(r.next).prev = r.prev
	} else {
		l.tail = r.prev
	}
	r.prev, r.next = 0, 0
}

// change applies a change to a record and keeps the lists and the octets in
// the network.
func (f *flight) change(r *record, sacked, lost, resent bool) {
	f.take(r)
	r.sacked, r.lost, r.resent = sacked, lost, resent
	f.put(r)
}

// again notes that a record is sent once more. A copy beside one that is not
// presumed lost weighs too if it counts as sent again.
func (f *flight) again(r *record, now clock.Time, resent bool) {
	f.take(r)
	f.sends++
	r.sent, r.order, r.resent = now, f.sends, resent
	r.tries = min(r.tries+1, 250)
	f.put(r)
}

// clear forgets everything and keeps the space.
func (f *flight) clear() {
	records := f.records
	records.Clear()
	*f = flight{records: records}
}

// acknowledge removes what lies before ack.
func (f *flight) acknowledge(ack wire.Seq, d *delivery) {
	for f.len() > 0 {
		r := f.look(f.base + 1)
		if !r.end().AtOrBefore(ack) {
			f.trim(r, ack)
			break
		}
		f.delivered(r, d)
		f.take(r)
		if r.sacked {
			f.pass(r)
			f.have -= r.n
			f.below -= r.n
			f.reports--
		}
		f.edge = max(f.edge, r.number)
		f.records.Pop()
		f.base++
	}
	f.high = max(f.high, f.base)
}

// pass moves the judge's edge over a record that was reported, if it is the
// next.
func (f *flight) pass(r *record) {
	if r.number <= f.edge {
		return
	}
	f.edge = r.number
	f.below += r.n
	if !f.reported(r.number + 1) {
		f.runs--
	}
}

// trim takes from a record what lies before ack.
func (f *flight) trim(r *record, ack wire.Seq) {
	cut := ack.Sub(r.seq)
	if cut <= 0 {
		return
	}
	f.pipe -= r.weight()
	if r.flags.Has(wire.SYN) {
		r.flags &^= wire.SYN
		cut--
		r.seq = r.seq.Add(1)
	}
	cut = min(cut, r.n)
	r.seq = r.seq.Add(cut)
	r.n -= cut
	if r.sacked {
		f.have -= cut
		if r.number <= f.edge {
			f.below -= cut
		}
	}
	f.pipe += r.weight()
}

// find is the first record at or after a number of the sequence space. Most
// segments are of one size, so a guess is nearly always right.
func (f *flight) find(seq wire.Seq, mss int) int {
	n := f.len()
	guess := min(max(seq.Sub(f.front().seq)/max(mss, 1), 0), n)
	fits := func(i int) bool {
		return (i == n || seq.AtOrBefore(f.records.At(i).seq)) && (i == 0 || f.records.At(i-1).seq.Before(seq))
	}
	for _, i := range [...]int{guess, guess + 1} {
		if i <= n && fits(i) {
			return f.base + 1 + i
		}
		f.visits++
	}
	return f.base + 1 + sort.Search(n, func(i int) bool {
		f.visits++
		return seq.AtOrBefore(f.records.At(i).seq)
	})
}

// report takes one SACK block: the records that it covers are with the peer.
// It returns whether any was not known to be. What was reported before is
// jumped over, and the jumps grow with what they jump over.
func (f *flight) report(b wire.SACKBlock, mss int, d *delivery) (news bool) {
	if f.len() == 0 {
		return false
	}
	first := f.find(b.Left, mss)
	i, until := first, b.Left
	for i <= f.last() && until.Before(b.Right) {
		r := f.look(i)
		if !r.sacked {
			if !r.end().AtOrBefore(b.Right) {
				break
			}
			f.sack(r, d)
			news = true
		}
		i, until = r.skip, r.until
	}
	if i > first {
		r := f.at(first)
		r.skip, r.until = i, until
	}
	return news
}

// sack enters that a record is with the peer.
func (f *flight) sack(r *record, d *delivery) {
	f.delivered(r, d)
	f.change(r, true, r.lost, r.resent)
	r.skip, r.until = r.number+1, r.end()
	f.have += r.n
	f.reports++
	f.high = max(f.high, r.number)
	if r.number <= f.edge {
		f.below += r.n
		return
	}
	f.runs++
	if r.number-1 > f.edge && f.reported(r.number-1) {
		f.runs--
	}
	if f.reported(r.number + 1) {
		f.runs--
	}
}

// judge presumes those records lost that enough was reported beyond of
// (RFC 6675 4, IsLost). What is true of a record is true of those before it,
// so each is looked at once.
func (f *flight) judge(mss int) {
	for f.edge < f.high {
		r := f.look(f.edge + 1)
		if r.sacked {
			f.pass(r)
			continue
		}
		if f.have-f.below <= (dupThresh-1)*mss && f.runs < dupThresh {
			return
		}
		if !r.lost {
			f.change(r, false, true, false)
		}
		f.edge++
	}
}

// judgeAnew forgets what was judged, not what was reported.
func (f *flight) judgeAnew() {
	f.edge, f.below, f.runs = f.base, 0, 0
	for i := f.base + 1; i <= f.high; i++ {
		if f.look(i).sacked && !f.reported(i-1) {
			f.runs++
		}
	}
}

// loseFront presumes the oldest record lost.
func (f *flight) loseFront() {
	if r := f.front(); !r.sacked && (!r.lost || r.resent) {
		f.change(r, false, true, false)
	}
}

// loseAll presumes lost whatever is in flight, and forgets what was reported:
// the peer may have dropped it again (RFC 2018 8).
func (f *flight) loseAll() { f.loseSentBy(clock.Never) }

// loseSentBy does so with the front and what was sent up to an instant; of the
// rest it forgets only that it was reported.
func (f *flight) loseSentBy(limit clock.Time) {
	f.flying, f.waiting = list{}, list{}
	f.pipe, f.have, f.below, f.reports, f.runs = 0, 0, 0, 0, 0
	f.edge, f.high, f.rack.before = f.base, f.base, 0
	for i := range f.len() {
		r := f.records.At(i)
		r.number = f.base + 1 + i
		switch {
		case i == 0 || r.sent <= limit:
			r.sacked, r.lost, r.resent = false, true, false
		case r.sacked:
			r.sacked, r.lost, r.resent = false, false, false
		}
		f.put(r)
	}
}

// nextLost is the first record that is presumed lost and was not sent again
// since; nil if there is none.
func (f *flight) nextLost() *record {
	if f.waiting.head == 0 {
		return nil
	}
	return f.look(f.waiting.head)
}

// resegment cuts every record to the given size; those that were larger are
// presumed lost. Numbers change, so what was reported is forgotten.
func (f *flight) resegment(size int) (cut bool) {
	for i := 0; i < f.len(); i++ {
		r := *f.records.At(i)
		if r.n <= size {
			continue
		}
		rest := r
		rest.seq, rest.n = r.seq.Add(size), r.n-size
		r.n = size
		r.flags &^= wire.FIN | wire.PSH
		*f.records.At(i) = r
		f.records.Insert(i+1, rest)
		cut = true
	}
	if cut {
		f.loseAll()
		f.rack.fack = f.base
	}
	return cut
}
