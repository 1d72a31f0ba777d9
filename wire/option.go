package wire

import "encoding/binary"

// OptionKind is the kind octet of a TCP option.
type OptionKind uint8

const (
	OptEnd           OptionKind = 0 // RFC 9293 3.2
	OptNop           OptionKind = 1 // RFC 9293 3.2
	OptMSS           OptionKind = 2 // RFC 9293 3.7.1
	OptWindowScale   OptionKind = 3 // RFC 7323 2
	OptSACKPermitted OptionKind = 4 // RFC 2018 2
	OptSACK          OptionKind = 5 // RFC 2018 3
	OptTimestamps    OptionKind = 8 // RFC 7323 3
	OptUserTimeout   OptionKind = 28
	OptFastOpen      OptionKind = 34
	OptExperiment1   OptionKind = 253 // RFC 6994
	OptExperiment2   OptionKind = 254
)

// MaxOptionsLen is how many octets of options a TCP header has room for.
const MaxOptionsLen = 40

// Options is the options of a segment. Their order, their padding and their
// mistakes are visible to the peer, so they are kept as the octets that
// travel; Next reads them, the Add methods write them. It is a plain value.
type Options struct {
	n uint8
	b [MaxOptionsLen]byte
}

// OptionsFromBytes takes raw octets, malformed ones too. Octets that a header
// has no room for are refused.
func OptionsFromBytes(b []byte) (o Options, ok bool) {
	if len(b) > MaxOptionsLen {
		return o, false
	}
	o.n = uint8(copy(o.b[:], b))
	return o, true
}

// Len is the number of octets written.
func (o *Options) Len() int { return int(o.n) }

// PaddedLen is Len rounded up to the next multiple of four: what the header
// spends on options. The padding is zero (RFC 9293 3.1, MUST-69).
func (o *Options) PaddedLen() int { return (int(o.n) + 3) &^ 3 }

// Bytes is the octets written, valid until the options change.
func (o *Options) Bytes() []byte { return o.b[:o.n] }

// Option is one option as it stands in a segment.
type Option struct {
	Kind OptionKind
	Data []byte // what follows the kind and length octets
	// Malformed: the length octet is missing, below 2, or runs past the end
	// (MUST-7). Data is then all that follows the kind, and nothing can be
	// read after it.
	Malformed bool
}

// Next reads the option at the given offset and returns the offset of the one
// after it. There is none when it returns false: the options are over, or an
// end-of-list option or a malformed one was the last.
func (o *Options) Next(offset int) (opt Option, next int, ok bool) {
	b := o.Bytes()
	if offset >= len(b) {
		return Option{}, offset, false
	}
	kind := OptionKind(b[offset])
	switch kind {
	case OptEnd:
		return Option{Kind: kind}, len(b), true
	case OptNop:
		return Option{Kind: kind}, offset + 1, true
	}
	if offset+1 >= len(b) || b[offset+1] < 2 || offset+int(b[offset+1]) > len(b) {
		return Option{Kind: kind, Data: b[offset+1:], Malformed: true}, len(b), true
	}
	next = offset + int(b[offset+1])
	return Option{Kind: kind, Data: b[offset+2 : next]}, next, true
}

// Find is the first well-formed option of a kind.
func (o *Options) Find(kind OptionKind) (data []byte, ok bool) {
	for opt, next, more := o.Next(0); more; opt, next, more = o.Next(next) {
		if opt.Kind == kind && !opt.Malformed {
			return opt.Data, true
		}
	}
	return nil, false
}

// MSS is the maximum segment size option, if it is there with its one legal
// length.
func (o *Options) MSS() (uint16, bool) {
	if d, ok := o.Find(OptMSS); ok && len(d) == 2 {
		return binary.BigEndian.Uint16(d), true
	}
	return 0, false
}

// WindowScale is the shift count of the window scale option.
func (o *Options) WindowScale() (uint8, bool) {
	if d, ok := o.Find(OptWindowScale); ok && len(d) == 1 {
		return d[0], true
	}
	return 0, false
}

// SACKPermitted reports whether the option is there.
func (o *Options) SACKPermitted() bool {
	d, ok := o.Find(OptSACKPermitted)
	return ok && len(d) == 0
}

// Timestamps is TSval and TSecr.
func (o *Options) Timestamps() (val, ecr uint32, ok bool) {
	if d, found := o.Find(OptTimestamps); found && len(d) == 8 {
		return binary.BigEndian.Uint32(d), binary.BigEndian.Uint32(d[4:]), true
	}
	return 0, 0, false
}

// SACKBlock is the numbers from Left up to but not including Right.
type SACKBlock struct{ Left, Right Seq }

// MaxSACKBlocks is how many blocks the option space holds.
const MaxSACKBlocks = 4

// SACK is the blocks of the SACK option, in the order sent.
func (o *Options) SACK() (blocks [MaxSACKBlocks]SACKBlock, n int) {
	d, ok := o.Find(OptSACK)
	if !ok || len(d)%8 != 0 {
		return blocks, 0
	}
	for ; len(d) > 0 && n < MaxSACKBlocks; d = d[8:] {
		blocks[n] = SACKBlock{Seq(binary.BigEndian.Uint32(d)), Seq(binary.BigEndian.Uint32(d[4:]))}
		n++
	}
	return blocks, n
}

// UserTimeout is the option of RFC 5482: the granularity bit (minutes rather
// than seconds) and the 15-bit value.
func (o *Options) UserTimeout() (minutes bool, value uint16, ok bool) {
	if d, found := o.Find(OptUserTimeout); found && len(d) == 2 {
		v := binary.BigEndian.Uint16(d)
		return v>>15 == 1, v & 0x7fff, true
	}
	return false, 0, false
}

// FastOpen is the cookie of RFC 7413; an empty one asks for a cookie.
func (o *Options) FastOpen() (cookie []byte, ok bool) {
	d, found := o.Find(OptFastOpen)
	if !found || len(d)%2 != 0 || len(d) > 16 || len(d) != 0 && len(d) < 4 {
		return nil, false
	}
	return d, true
}

// Add writes an option with any kind and data. It reports false and writes
// nothing when the header has no room left.
func (o *Options) Add(kind OptionKind, data ...byte) bool {
	if kind == OptEnd || kind == OptNop {
		return o.AddRaw(byte(kind))
	}
	if int(o.n)+2+len(data) > MaxOptionsLen {
		return false
	}
	o.AddRaw(byte(kind), byte(2+len(data)))
	return o.AddRaw(data...)
}

// AddRaw writes octets as they are, for malformed options.
func (o *Options) AddRaw(b ...byte) bool {
	if int(o.n)+len(b) > MaxOptionsLen {
		return false
	}
	o.n += uint8(copy(o.b[o.n:], b))
	return true
}

// AddNop writes n no-operation octets.
func (o *Options) AddNop(n int) {
	for range n {
		o.Add(OptNop)
	}
}

// AddMSS writes the maximum segment size option.
func (o *Options) AddMSS(mss uint16) bool { return o.Add(OptMSS, byte(mss>>8), byte(mss)) }

// AddWindowScale writes the window scale option.
func (o *Options) AddWindowScale(shift uint8) bool { return o.Add(OptWindowScale, shift) }

// AddSACKPermitted writes the SACK-permitted option.
func (o *Options) AddSACKPermitted() bool { return o.Add(OptSACKPermitted) }

// AddTimestamps writes the timestamps option.
func (o *Options) AddTimestamps(val, ecr uint32) bool {
	var d [8]byte
	binary.BigEndian.PutUint32(d[:], val)
	binary.BigEndian.PutUint32(d[4:], ecr)
	return o.Add(OptTimestamps, d[:]...)
}

// AddSACK writes as many of the blocks as there is room for, and returns how
// many those were.
func (o *Options) AddSACK(blocks []SACKBlock) int {
	n := min(len(blocks), (MaxOptionsLen-int(o.n)-2)/8)
	if n <= 0 {
		return 0
	}
	var d [8 * MaxSACKBlocks]byte
	for i, b := range blocks[:n] {
		binary.BigEndian.PutUint32(d[8*i:], uint32(b.Left))
		binary.BigEndian.PutUint32(d[8*i+4:], uint32(b.Right))
	}
	o.Add(OptSACK, d[:8*n]...)
	return n
}

// AddUserTimeout writes the option of RFC 5482.
func (o *Options) AddUserTimeout(minutes bool, value uint16) bool {
	value &= 0x7fff
	if minutes {
		value |= 0x8000
	}
	return o.Add(OptUserTimeout, byte(value>>8), byte(value))
}

// AddFastOpen writes the option of RFC 7413.
func (o *Options) AddFastOpen(cookie []byte) bool { return o.Add(OptFastOpen, cookie...) }
