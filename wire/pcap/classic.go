package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// The magic numbers of classic pcap say in which unit fractions of a second
// are, and by their order in which order the octets of all numbers are.
const (
	magicMicro = 0xa1b2c3d4
	magicNano  = 0xa1b23c4d
)

// ClassicWriter writes classic pcap with nanoseconds.
type ClassicWriter struct {
	w   io.Writer
	buf []byte
}

// NewClassic writes the file's header to w.
func NewClassic(w io.Writer) (*ClassicWriter, error) {
	b := binary.LittleEndian.AppendUint32(nil, magicNano)
	b = binary.LittleEndian.AppendUint16(b, 2) // version 2.4
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = binary.LittleEndian.AppendUint32(b, 0) // time zone and accuracy: unused
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, snapLen)
	b = binary.LittleEndian.AppendUint32(b, linkTypeRaw)
	if _, err := w.Write(b); err != nil {
		return nil, fmt.Errorf("writing a pcap header: %w", err)
	}
	return &ClassicWriter{w: w, buf: b}, nil
}

// Write adds a packet. Interface, comment and direction have no place here.
func (c *ClassicWriter) Write(r Record) error {
	if err := r.check(); err != nil {
		return fmt.Errorf("writing a packet to pcap: %w", err)
	}
	ns := r.since1970()
	seconds := ns / 1e9
	if seconds > math.MaxUint32 {
		return fmt.Errorf("writing a packet to pcap: want a time before 2106, found %v after the start", r.At)
	}
	b := binary.LittleEndian.AppendUint32(c.buf[:0], uint32(seconds))
	b = binary.LittleEndian.AppendUint32(b, uint32(ns%1e9))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(r.Data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(r.origLen()))
	c.buf = append(b, r.Data...)
	if _, err := c.w.Write(c.buf); err != nil {
		return fmt.Errorf("writing a packet to pcap: %w", err)
	}
	return nil
}
