package sctp

import (
	"simrun/internal/ranges"
	"simrun/internal/ring"
	"simrun/wire"
)

// record is one DATA chunk that was sent and is not acknowledged.
type record struct {
	message   int32
	offset, n int32 // where its user data stands in the message
	flags     wire.ChunkFlags
	path      uint8
	tries     uint8 // how often it was sent again
	acked     bool  // in a gap ack block of the peer
	marked    bool  // to be sent again; it is not outstanding
	timedOut  bool  // marked by T3-rtx: it goes to another path
	fast      bool  // fast retransmitted, which happens once (RFC 9260 7.2.4)
	abandoned bool  // its message was given up; it is not outstanding
}

// size is what the chunk takes in a packet.
func (r *record) size() int { return wire.DataHeaderLen + (int(r.n)+3)&^3 }

// outstanding reports whether the chunk is taken to be in the network.
func (r *record) outstanding() bool { return !r.acked && !r.marked && !r.abandoned }

// strikes is how often a chunk must be reported missing until it is sent again
// (RFC 9260 7.2.4).
const strikes = 3

// flight is what was sent and is not cumulatively acknowledged, a record each
// chunk. Positions count all chunks that were ever sent. All that an arriving
// SACK needs is kept step by step, so that none walks the queue.
type flight struct {
	records     ring.Ring[record]
	base        uint64     // position of the front record
	gaps        ranges.Set // positions in gap ack blocks
	blocks      ranges.Set // of the SACK that is looked at; empty between steps
	outstanding int        // octets in the network
	marked      int        // how many are marked
	next        uint64     // none before it is marked
	visits      uint64     // how often a record was looked at: what a SACK costs
	urgent      bool       // the next packet of marked chunks ignores the window (RFC 9260 7.2.4 3)

	// missing[i] says that whatever stands before it and is not acknowledged
	// was reported missing at least i+1 times: what is beyond a chunk is
	// beyond those before it, so three numbers count for all of them.
	missing [strikes]uint64
}

func (f *flight) len() int    { return f.records.Len() }
func (f *flight) end() uint64 { return f.base + uint64(f.records.Len()) }

func (f *flight) at(i uint64) *record {
	f.visits++
	return f.records.At(int(i - f.base))
}

func (f *flight) push(r record) uint64 {
	f.records.Push(r)
	return f.end() - 1
}

// clear forgets everything and keeps the space.
func (f *flight) clear() {
	records, gaps, blocks := f.records, f.gaps, f.blocks
	records.Clear()
	gaps.Clear()
	blocks.Clear()
	*f = flight{records: records, gaps: gaps, blocks: blocks}
}

func (f *flight) mark(i uint64) {
	r := f.at(i)
	r.marked = true
	f.outstanding -= int(r.n)
	f.marked++
	f.next = min(f.next, i)
}

func (f *flight) unmark(i uint64) {
	f.at(i).marked = false
	f.marked--
}

// nextMarked is the first chunk that is marked.
func (f *flight) nextMarked() (uint64, bool) {
	if f.marked == 0 {
		f.next = f.end()
		return 0, false
	}
	for f.next = max(f.next, f.base); f.next < f.end(); f.next++ {
		if f.at(f.next).marked {
			return f.next, true
		}
	}
	return 0, false
}

// strike counts one report of missing chunks: those before a position that are
// not acknowledged. It returns the positions that have now been reported
// three times and were not before.
func (f *flight) strike(before uint64) (from, to uint64) {
	from = max(f.missing[strikes-1], f.base)
	for i := strikes - 1; i > 0; i-- {
		f.missing[i] = max(f.missing[i], min(f.missing[i-1], before))
	}
	f.missing[0] = max(f.missing[0], before)
	return from, max(from, f.missing[strikes-1])
}

// forgive begins the count of missing reports anew, after T3-rtx.
func (f *flight) forgive() { f.missing = [strikes]uint64{} }
