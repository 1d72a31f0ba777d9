package tcp

import "simrun/internal/ranges"

// reassembly is the receive buffer: text in order that waits for the user,
// and beyond it text that came out of order, each octet at its place.
// Positions are counted from the first octet of the peer's stream.
type reassembly struct {
	buf  []byte // buf[head] is the first unread octet; holes included
	head int
	read uint64     // how many octets the user has taken
	next uint64     // how many octets have come in order
	held ranges.Set // what came beyond next
}

// unread is how many octets in order wait for the user.
func (r *reassembly) unread() int { return int(r.next - r.read) }

// holds reports whether text waits beyond a hole.
func (r *reassembly) holds() bool { return !r.held.Empty() }

// insert puts text at an offset from RCV.NXT. It waits there until advance.
func (r *reassembly) insert(offset int, text []byte) {
	if len(text) == 0 {
		return
	}
	at := r.unread() + offset // from the first unread octet
	r.grow(at + len(text))
	copy(r.buf[r.head+at:], text)
	r.held.Add(r.next+uint64(offset), r.next+uint64(offset+len(text)))
}

// crowded reports whether text at an offset from RCV.NXT would be one range
// beyond a hole more than may be held.
func (r *reassembly) crowded(offset, n, most int) bool {
	all := r.held.All()
	if most == 0 || len(all) < most || offset == 0 {
		return false
	}
	lo, hi := r.next+uint64(offset), r.next+uint64(offset+n)
	for _, h := range all {
		if lo <= h.Hi && h.Lo <= hi {
			return false // it joins one that is held
		}
	}
	return true
}

// advance takes what now follows in order, and returns how many octets.
func (r *reassembly) advance() int {
	all := r.held.All()
	if len(all) == 0 || all[0].Lo > r.next {
		return 0
	}
	taken := int(all[0].Hi - r.next)
	r.next = all[0].Hi
	r.held.RemoveBelow(r.next)
	return taken
}

// peek copies what waits in order and leaves it there.
func (r *reassembly) peek(p []byte) int {
	return copy(p, r.buf[r.head:][:r.unread()])
}

// take moves what waits in order to the user.
func (r *reassembly) take(p []byte) int {
	n := r.peek(p)
	r.head += n
	r.read += uint64(n)
	if r.head == len(r.buf) {
		r.buf, r.head = r.buf[:0], 0
	}
	return n
}

// discard drops everything, in order or not.
func (r *reassembly) discard() {
	r.read = r.next
	r.drop()
}

// drop forgets what is beyond a hole and, with nothing unread, the space.
func (r *reassembly) drop() {
	r.held.Clear()
	if r.unread() == 0 {
		r.buf, r.head = r.buf[:0], 0
	} else {
		r.buf = r.buf[:r.head+r.unread()]
	}
}

// cut drops what is held from an offset from RCV.NXT on.
func (r *reassembly) cut(offset int) {
	r.held.RemoveFrom(r.next + uint64(max(offset, 0)))
}

// reuse is an empty buffer with the space of this one.
func (r *reassembly) reuse() reassembly {
	r.held.Clear()
	return reassembly{buf: r.buf[:0], held: r.held}
}

// grow makes room for n octets from the first unread one on. It moves them to
// the front rather than allocate, once at least as much was read as is left.
func (r *reassembly) grow(n int) {
	have := len(r.buf) - r.head
	if n <= have {
		return
	}
	if r.head+n > cap(r.buf) && r.head >= have {
		r.buf = r.buf[:copy(r.buf, r.buf[r.head:])]
		r.head = 0
	}
	for len(r.buf) < r.head+n {
		r.buf = append(r.buf, make([]byte, r.head+n-len(r.buf))...)
	}
}
