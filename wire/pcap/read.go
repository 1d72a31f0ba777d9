package pcap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"

	"simrun/clock"
)

// File is what a capture holds.
type File struct {
	Meta    // of pcapng alone
	NG      bool
	Records []Record
}

// Error says where a capture is not what it should be.
type Error struct {
	Offset      int64 // octets from the start of the file
	Want, Found string
}

func (e *Error) Error() string {
	return fmt.Sprintf("offset %d: want %s, found %s", e.Offset, e.Want, e.Found)
}

// Read reads a whole capture of either format, in either octet order, with
// times finer or coarser than ours. It wants the link type RAW and one section;
// blocks and options that it does not know are skipped. A *Error says where a
// file is wrong.
func Read(r io.Reader) (*File, error) {
	d := &decoder{r: r}
	magic, err := d.read(4, "a magic number")
	if err != nil {
		return nil, err
	}
	if binary.LittleEndian.Uint32(magic) == blockSection {
		d.file.NG = true
		err = d.readNG()
	} else {
		err = d.readClassic(magic)
	}
	if err != nil {
		return nil, err
	}
	return &d.file, nil
}

// decoder reads a file piece by piece and knows where it is.
type decoder struct {
	r      io.Reader
	offset int64 // of what read returned last
	next   int64
	order  binary.ByteOrder
	file   File
	units  []units // of each interface
}

// fail is an error n octets after the start of what was read last.
func (d *decoder) fail(n int, want, format string, args ...any) error {
	return &Error{d.offset + int64(n), want, fmt.Sprintf(format, args...)}
}

// read returns the next n octets. It sets memory aside as the octets come, not
// as a length promises them.
func (d *decoder) read(n int, what string) ([]byte, error) {
	const step = 1 << 16
	var b []byte
	d.offset = d.next
	for len(b) < n {
		b = slices.Grow(b, min(n-len(b), step))
		got, err := io.ReadFull(d.r, b[len(b):min(n, cap(b))])
		b, d.next = b[:len(b)+got], d.next+int64(got)
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, d.fail(len(b), fmt.Sprintf("%d octets of %s", n, what), "the end after %d", len(b))
		}
		if err != nil {
			return nil, fmt.Errorf("offset %d: reading %s: %w", d.next, what, err)
		}
	}
	return b, nil
}

// more reports whether anything is left, and reads the n octets that start it.
func (d *decoder) more(n int, what string) ([]byte, bool, error) {
	b, err := d.read(n, what)
	if e := (*Error)(nil); errors.As(err, &e) && d.next == d.offset {
		return nil, false, nil // the end is where it may be
	}
	return b, err == nil, err
}

// units is how an interface counts time: in how many parts of a second, as a
// power of ten or of two.
type units struct {
	power  uint8
	binary bool
}

// time is the virtual time of a count of units since 1970. It is rounded down
// to nanoseconds, and false if it does not fit.
func (u units) time(count uint64) (clock.Time, bool) {
	hi, ns := uint64(0), count
	switch {
	case u.binary && u.power > 63:
		return 0, false
	case u.binary:
		hi, ns = bits.Mul64(count, 1e9)
		ns = ns>>u.power | hi<<(64-u.power)
		hi >>= u.power
	default:
		for p := u.power; p < nanosecondDigits && hi == 0; p++ {
			hi, ns = bits.Mul64(ns, 10)
		}
		for p := u.power; p > nanosecondDigits && ns > 0; p-- {
			ns /= 10
		}
	}
	since := int64(ns - epoch) // wraps to what is before 2020
	return clock.Time(since), hi == 0 && (ns >= epoch) == (since >= 0)
}

func (d *decoder) readClassic(magic []byte) error {
	u := units{power: 6}
	switch {
	case binary.LittleEndian.Uint32(magic) == magicNano:
		d.order, u.power = binary.LittleEndian, 9
	case binary.BigEndian.Uint32(magic) == magicNano:
		d.order, u.power = binary.BigEndian, 9
	case binary.LittleEndian.Uint32(magic) == magicMicro:
		d.order = binary.LittleEndian
	case binary.BigEndian.Uint32(magic) == magicMicro:
		d.order = binary.BigEndian
	default:
		return d.fail(0, "the magic number of pcap or pcapng", "%x", magic)
	}
	header, err := d.read(20, "pcap header")
	if err != nil {
		return err
	}
	if major := d.order.Uint16(header); major != 2 {
		return d.fail(0, "version 2", "%d", major)
	}
	if link := d.order.Uint32(header[16:]) & 0xffff; link != linkTypeRaw { // the rest tells of a frame check
		return d.fail(16, "link type 101 (raw IP)", "%d", link)
	}
	for {
		header, ok, err := d.more(16, "packet header")
		if !ok {
			return err
		}
		if err := d.classicPacket(header, u); err != nil {
			return err
		}
	}
}

func (d *decoder) classicPacket(header []byte, u units) error {
	scale := uint64(1e9)
	if u.power == 6 {
		scale = 1e6
	}
	fraction := uint64(d.order.Uint32(header[4:]))
	if fraction >= scale {
		return d.fail(4, fmt.Sprintf("a fraction of a second below %d", scale), "%d", fraction)
	}
	at, _ := u.time(uint64(d.order.Uint32(header))*scale + fraction)
	size, orig := d.order.Uint32(header[8:]), d.order.Uint32(header[12:])
	if size > snapLen {
		return d.fail(8, fmt.Sprintf("a packet of at most %d octets", snapLen), "%d", size)
	}
	if err := d.origLen(12, size, orig); err != nil {
		return err
	}
	data, err := d.read(int(size), "packet")
	if err != nil {
		return err
	}
	d.file.Records = append(d.file.Records, Record{At: at, Data: data, OrigLen: int(orig)})
	return nil
}

// origLen checks the size that a packet had on the wire.
func (d *decoder) origLen(at int, size, orig uint32) error {
	if orig < size || orig > math.MaxInt32 {
		return d.fail(at, fmt.Sprintf("an original length from %d to %d", size, math.MaxInt32), "%d", orig)
	}
	return nil
}
