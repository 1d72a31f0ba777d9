package tcp

import "simrun/wire"

// sackOrder remembers which ranges beyond a hole changed last, for the SACK
// option reports the most recent first (RFC 2018 4).
type sackOrder struct {
	lo [wire.MaxSACKBlocks]uint64 // where each range begins, in the peer's stream
	n  uint8
	// dup is text that came a second time, to be reported once (RFC 2883); empty
	// when its edges are equal.
	dup wire.SACKBlock
}

// note puts the range that holds an octet first.
func (o *sackOrder) note(lo uint64) {
	at := int(o.n)
	for i := range at {
		if o.lo[i] == lo {
			at = i
			break
		}
	}
	if at == int(o.n) {
		if int(o.n) < len(o.lo) {
			o.n++
		} else {
			at--
		}
	}
	copy(o.lo[1:at+1], o.lo[:at])
	o.lo[0] = lo
}

// noteText remembers where text is put, and what of it came before, for the
// SACK option of the next ACK.
func (c *Conn) noteText(text span) {
	if !c.opt.sack {
		return
	}
	r := &c.rcv
	lo := r.text.next + uint64(text.seq.Sub(r.nxt))
	if r.text.held.Contains(lo, lo+uint64(len(text.data))) {
		r.sack.dup = wire.SACKBlock{Left: text.seq, Right: text.seq.Add(len(text.data))}
	}
	if lo > r.text.next {
		r.sack.note(lo)
	}
}

// noteOld remembers the part of a segment's text that lies left of RCV.NXT.
func (c *Conn) noteOld(start wire.Seq, text []byte) {
	if old := min(c.rcv.nxt.Sub(start), len(text)); c.opt.sack && old > 0 {
		c.rcv.sack.dup = wire.SACKBlock{Left: start, Right: start.Add(old)}
	}
}

// loneFIN is where a FIN waits beyond a hole with no text held before it: a
// range of its own. A FIN has a number like text, and is reported like it: the
// peer would else never learn by SACK that its last segment came.
func (r *receiver) loneFIN() (lo uint64, ok bool) {
	if !r.finKnown || r.finTaken || r.finSeq.AtOrBefore(r.nxt) {
		return 0, false
	}
	lo = r.text.next + uint64(r.finSeq.Sub(r.nxt))
	all := r.text.held.All()
	return lo, len(all) == 0 || all[len(all)-1].Hi < lo
}

// beyond is how many ranges there are beyond holes.
func (r *receiver) beyond() int {
	n := len(r.text.held.All())
	if _, lone := r.loneFIN(); lone {
		n++
	}
	return n
}

// sackBlocks is how many blocks the option will have beside n octets of other
// options, with room for so many octets of all.
func (r *receiver) sackBlocks(n, room int) int {
	blocks := 0
	if r.sack.dup.Left != r.sack.dup.Right {
		blocks = 1
	}
	return min(blocks+r.beyond(), max(0, min(room, wire.MaxOptionsLen)-n-4)/8)
}

// addSACK writes the SACK option: a duplicate first (RFC 2883 4), then the
// ranges beyond holes, the one that changed last first, the others by how
// recently they were reported.
func (c *Conn) addSACK(seg *wire.TCP) {
	r, o := &c.rcv, &seg.Options
	room := r.sackBlocks(o.Len(), c.optionsRoom(len(seg.Payload)))
	if room == 0 {
		return
	}
	var blocks [wire.MaxSACKBlocks]wire.SACKBlock
	n := 0
	if d := &r.sack.dup; d.Left != d.Right {
		blocks[n] = *d
		n++
		*d = wire.SACKBlock{}
	}
	var kept sackOrder
	for i := range r.sack.n {
		if n < room && r.reported(r.sack.lo[i], &kept) {
			blocks[n] = r.block(kept.lo[kept.n-1])
			n++
		}
	}
	for _, held := range r.text.held.All() {
		if n < room && kept.add(held.Lo) {
			blocks[n] = r.block(held.Lo)
			n++
		}
	}
	if lo, lone := r.loneFIN(); lone && n < room && kept.add(lo) {
		blocks[n] = r.block(lo)
		n++
	}
	r.sack.lo, r.sack.n = kept.lo, kept.n
	o.AddNop(2)
	o.AddSACK(blocks[:n])
}

// reported finds the range that an earlier report began at, which may have
// grown since, and adds it to kept if it is new there.
func (r *receiver) reported(lo uint64, kept *sackOrder) bool {
	for _, held := range r.text.held.All() {
		if held.Lo <= lo && lo < held.Hi {
			return kept.add(held.Lo)
		}
	}
	fin, lone := r.loneFIN()
	return lone && lo == fin && kept.add(lo)
}

// add appends a range if it is not there yet.
func (o *sackOrder) add(lo uint64) bool {
	for i := range o.n {
		if o.lo[i] == lo {
			return false
		}
	}
	if int(o.n) == len(o.lo) {
		return false
	}
	o.lo[o.n] = lo
	o.n++
	return true
}

// block is the SACK block of the range that begins at a position, with the FIN
// that follows it.
func (r *receiver) block(lo uint64) wire.SACKBlock {
	left := r.nxt.Add(int(lo - r.text.next))
	right := left
	for _, held := range r.text.held.All() {
		if held.Lo == lo {
			right = left.Add(int(held.Len()))
		}
	}
	if r.finKnown && right == r.finSeq {
		right = right.Add(1)
	}
	return wire.SACKBlock{Left: left, Right: right}
}
