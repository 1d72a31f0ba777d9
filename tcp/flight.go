package tcp

import (
	"sort"

	"simrun/internal/ranges"
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
// so that no ACK walks the window. Records are named by an index that counts
// all that were ever in flight.
type flight struct {
	records ring.Ring[record]
	base    int // index of the front record
	pipe    int // octets in the network
	have    int // octets that the peer reported
	sacked  ranges.Set
	edge    int // records before it are sacked or were judged
	below   int // octets reported before edge
	next    int // the first that may have to be sent again
}

func (f *flight) len() int         { return f.records.Len() }
func (f *flight) end() int         { return f.base + f.records.Len() }
func (f *flight) at(i int) *record { return f.records.At(i - f.base) }
func (f *flight) front() *record   { return f.records.Front() }

func (f *flight) push(r record) *record {
	f.pipe += r.weight()
	return f.records.Push(r)
}

// change applies a change to a record and keeps the octets in the network.
func (f *flight) change(r *record, sacked, lost, resent bool) {
	f.pipe -= r.weight()
	r.sacked, r.lost, r.resent = sacked, lost, resent
	f.pipe += r.weight()
}

// clear forgets everything and keeps the space.
func (f *flight) clear() {
	records, sacked := f.records, f.sacked
	records.Clear()
	sacked.Clear()
	*f = flight{records: records, sacked: sacked}
}

// acknowledge removes what lies before ack.
func (f *flight) acknowledge(ack wire.Seq) {
	for f.len() > 0 {
		r := f.front()
		if !r.end().AtOrBefore(ack) {
			f.trim(r, ack)
			break
		}
		f.pipe -= r.weight()
		if r.sacked {
			f.have -= r.n
			if f.base < f.edge {
				f.below -= r.n
			}
		}
		f.records.Pop()
		f.base++
	}
	f.sacked.RemoveBelow(uint64(f.base))
	f.edge, f.next = max(f.edge, f.base), max(f.next, f.base)
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
		if f.base < f.edge {
			f.below -= cut
		}
	}
	f.pipe += r.weight()
}

// find is the index of the first record at or after a number. Most segments
// are of one size, so a guess is nearly always right.
func (f *flight) find(seq wire.Seq, mss int) int {
	n := f.len()
	guess := min(max(seq.Sub(f.front().seq)/max(mss, 1), 0), n)
	fits := func(i int) bool {
		return (i == n || seq.AtOrBefore(f.records.At(i).seq)) && (i == 0 || f.records.At(i-1).seq.Before(seq))
	}
	for _, i := range [...]int{guess, guess + 1} {
		if i <= n && fits(i) {
			return f.base + i
		}
	}
	return f.base + sort.Search(n, func(i int) bool { return seq.AtOrBefore(f.records.At(i).seq) })
}

// report takes one SACK block: the records that it covers are with the peer.
// It returns whether any was not known to be.
func (f *flight) report(b wire.SACKBlock, mss int) (news bool) {
	if f.len() == 0 {
		return false
	}
	for i := f.find(b.Left, mss); i < f.end(); {
		if hi, known := f.known(i); known {
			i = hi
			continue
		}
		r := f.at(i)
		if !r.end().AtOrBefore(b.Right) {
			break
		}
		f.change(r, true, r.lost, r.resent)
		f.have += r.n
		if i < f.edge {
			f.below += r.n
		}
		f.sacked.Add(uint64(i), uint64(i+1))
		news = true
		i++
	}
	return news
}

// known reports whether a record was reported, and where its range ends.
func (f *flight) known(i int) (hi int, ok bool) {
	for _, r := range f.sacked.All() {
		if r.Lo <= uint64(i) && uint64(i) < r.Hi {
			return int(r.Hi), true
		}
	}
	return 0, false
}

// judge presumes those records lost that enough was reported beyond of
// (RFC 6675 4, IsLost). What is true of a record is true of those before it,
// so each is looked at once.
func (f *flight) judge(mss int) {
	all := f.sacked.All()
	if len(all) == 0 {
		return
	}
	highest := int(all[len(all)-1].Lo)
	for f.edge < highest {
		r := f.at(f.edge)
		if r.sacked {
			f.below += r.n
			f.edge++
			continue
		}
		if f.have-f.below <= (dupThresh-1)*mss && f.rangesAbove(f.edge) < dupThresh {
			return
		}
		if !r.lost {
			f.change(r, false, true, false)
		}
		f.edge++
	}
}

// rangesAbove is how many separate ranges were reported beyond a record, as
// far as the threshold matters.
func (f *flight) rangesAbove(i int) (n int) {
	all := f.sacked.All()
	for j := len(all) - 1; j >= 0 && n < dupThresh && all[j].Lo > uint64(i); j-- {
		n++
	}
	return n
}

// loseFront presumes the oldest record lost.
func (f *flight) loseFront() {
	if r := f.front(); !r.sacked && (!r.lost || r.resent) {
		f.change(r, false, true, false)
		f.next = f.base
	}
}

// loseAll presumes lost whatever is in flight, and forgets what was reported:
// the peer may have dropped it again (RFC 2018 8).
func (f *flight) loseAll() {
	for i := range f.len() {
		r := f.records.At(i)
		r.sacked, r.lost, r.resent = false, true, false
	}
	f.sacked.Clear()
	f.pipe, f.have, f.below = 0, 0, 0
	f.edge, f.next = f.base, f.base
}

// nextLost is the first record that is presumed lost and was not sent again
// since; nil if there is none.
func (f *flight) nextLost() *record {
	for ; f.next < f.end(); f.next++ {
		r := f.at(f.next)
		if r.lost && !r.resent && !r.sacked {
			return r
		}
		if !r.lost && !r.sacked {
			break
		}
	}
	return nil
}

// resegment cuts every record to the given size; those that were larger are
// presumed lost. Indexes change, so what was reported is forgotten.
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
	}
	return cut
}
