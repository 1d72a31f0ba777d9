package sctp

import (
	"simrun/internal/ring"
	"simrun/wire"
)

// reassembly puts messages together from their fragments. Fragments of one
// message have TSNs in a row (RFC 9260 6.9), so they meet as neighbours in a
// window of positions; each end of a run knows the other, and no arrival walks
// a run but the one that makes a message whole.
type reassembly struct {
	window ring.Ring[fragment]
	base   uint64 // position of the window's first entry
	data   store
	octets int // held in fragments, and in whole messages that are not delivered
}

// fragment is the chunk at a position.
type fragment struct {
	phase  fragmentPhase
	flags  wire.ChunkFlags
	stream uint16
	ssn    wire.SSN
	ppid   uint32
	slot   int32
	other  uint64 // at an end of a run: where its other end is
	size   int    // at an end of a run: octets of user data in it
}

// fragmentPhase is how far a chunk has come.
type fragmentPhase uint8

const (
	absent fragmentPhase = iota
	waits                // for the rest of its message
	done
)

func (r *reassembly) end() uint64           { return r.base + uint64(r.window.Len()) }
func (r *reassembly) at(i uint64) *fragment { return r.window.At(int(i - r.base)) }

// place is the entry of a position, made if need be.
func (r *reassembly) place(at uint64) *fragment {
	for r.end() <= at {
		r.window.Push(fragment{})
	}
	return r.at(at)
}

// skip notes a chunk that no message comes of.
func (r *reassembly) skip(at uint64) {
	r.place(at).phase = done
	r.advance()
}

// insert puts a chunk in its place, and returns the message that is whole now.
func (r *reassembly) insert(at uint64, d *wire.Data) (m delivery, whole bool) {
	*r.place(at) = fragment{
		phase: waits, flags: d.Flags, stream: d.Stream, ssn: d.SSN, ppid: d.PPID,
		slot: r.data.put(d.Payload), other: at, size: len(d.Payload),
	}
	r.octets += len(d.Payload)
	lo, hi, size := at, at, len(d.Payload)
	if !d.Flags.Has(wire.FlagBegin) && r.joins(at-1, wire.FlagEnd) {
		lo, size = r.at(at-1).other, size+r.at(at-1).size
	}
	if !d.Flags.Has(wire.FlagEnd) && r.joins(at+1, wire.FlagBegin) {
		hi, size = r.at(at+1).other, size+r.at(at+1).size
	}
	r.at(lo).other, r.at(hi).other = hi, lo
	r.at(lo).size, r.at(hi).size = size, size
	if !r.at(lo).flags.Has(wire.FlagBegin) || !r.at(hi).flags.Has(wire.FlagEnd) {
		return m, false
	}
	return r.join(lo, hi), true
}

// joins reports whether a neighbour waits, and its message does not begin or
// end in between.
func (r *reassembly) joins(at uint64, parts wire.ChunkFlags) bool {
	return r.base <= at && at < r.end() && r.at(at).phase == waits && !r.at(at).flags.Has(parts)
}

// join makes one message of a run.
func (r *reassembly) join(lo, hi uint64) delivery {
	f := r.at(lo)
	m := delivery{
		stream: f.stream, ssn: f.ssn, ppid: f.ppid, slot: f.slot, unordered: f.flags.Has(wire.FlagUnordered),
	}
	for i := lo; i <= hi; i++ {
		g := r.at(i)
		if i > lo {
			r.data.add(m.slot, r.data.at(g.slot))
			r.data.release(g.slot)
		}
		g.phase = done
	}
	r.advance()
	return m
}

// advance lets go of the entries that nothing waits for.
func (r *reassembly) advance() {
	for r.window.Len() > 0 && r.window.Front().phase == done {
		r.window.Pop()
		r.base++
	}
}

// release forgets a whole message that is not delivered.
func (r *reassembly) release(slot int32) {
	r.octets -= len(r.data.at(slot))
	r.data.release(slot)
}

// drop forgets the fragments.
func (r *reassembly) drop() {
	for r.window.Len() > 0 {
		if f := r.window.Pop(); f.phase == waits {
			r.release(f.slot)
		}
		r.base++
	}
}

// clear forgets everything and keeps the space.
func (r *reassembly) clear() {
	r.window.Clear()
	r.data.clear()
	*r = reassembly{window: r.window, data: r.data}
}
