package pcap

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"simrun/wire"
)

// Block types of pcapng (draft-ietf-opsawg-pcapng).
const (
	blockSection     = 0x0a0d0d0a // SHB, the same in both octet orders
	blockInterface   = 1          // IDB
	blockNames       = 4          // NRB
	blockPacket      = 6          // EPB
	byteOrderMagic   = 0x1a2b3c4d
	unknownLength    = math.MaxUint64 // of a section, when it is written as it comes
	nanosecondDigits = 9              // if_tsresol
)

// Option codes. Those from 2 on mean something else in each block.
const (
	optEnd              = 0
	optComment          = 1
	optSectionApp       = 4
	optInterfaceName    = 2
	optInterfaceDesc    = 3
	optInterfaceIPv4    = 4
	optInterfaceIPv6    = 5
	optInterfaceTimeRes = 9
	optPacketFlags      = 2

	recordIPv4 = 1 // in the name resolution block
	recordIPv6 = 2

	flagInbound   = 1
	flagOutbound  = 2
	flagDirection = 3 // the mask
)

// NGWriter writes pcapng: one section, its interfaces, names, then packets.
type NGWriter struct {
	w          io.Writer
	interfaces int
	b          block
}

// NewNG writes to w all that comes before the first packet.
func NewNG(w io.Writer, m Meta) (*NGWriter, error) {
	n := &NGWriter{w: w, interfaces: len(m.Interfaces)}
	if err := n.writeMeta(&m); err != nil {
		return nil, fmt.Errorf("writing a pcapng header: %w", err)
	}
	return n, nil
}

func (n *NGWriter) writeMeta(m *Meta) error {
	n.b.start(blockSection)
	n.b.put32(byteOrderMagic)
	n.b.put16(1) // version 1.0
	n.b.put16(0)
	n.b.put64(unknownLength)
	n.b.text(optComment, m.Comment)
	n.b.text(optSectionApp, "simrun")
	if err := n.flush(); err != nil {
		return fmt.Errorf("section: %w", err)
	}
	for i := range m.Interfaces {
		n.putInterface(&m.Interfaces[i])
		if err := n.flush(); err != nil {
			return fmt.Errorf("interface %d: %w", i, err)
		}
	}
	if len(m.Names) == 0 {
		return nil
	}
	n.b.start(blockNames)
	for _, name := range m.Names {
		n.b.name(name)
	}
	n.b.put32(optEnd)
	if err := n.flush(); err != nil {
		return fmt.Errorf("names: %w", err)
	}
	return nil
}

func (n *NGWriter) putInterface(i *Interface) {
	n.b.start(blockInterface)
	n.b.put16(linkTypeRaw)
	n.b.put16(0)
	n.b.put32(snapLen)
	n.b.text(optInterfaceName, i.Name)
	n.b.text(optInterfaceDesc, i.Description)
	switch {
	case !i.Addr.IsValid():
	case i.Addr.Is4():
		a := i.Addr.As4()
		n.b.option(optInterfaceIPv4, append(a[:], 255, 255, 255, 255)) // the mask of one host
	default:
		a := i.Addr.As16()
		n.b.option(optInterfaceIPv6, append(a[:], 128))
	}
	n.b.option(optInterfaceTimeRes, []byte{nanosecondDigits})
}

// Write adds a packet.
func (n *NGWriter) Write(r Record) error {
	if err := n.write(&r); err != nil {
		return fmt.Errorf("writing a packet to pcapng: %w", err)
	}
	return nil
}

func (n *NGWriter) write(r *Record) error {
	if err := r.check(); err != nil {
		return err
	}
	if r.Interface < 0 || r.Interface >= n.interfaces {
		return fmt.Errorf("want an interface below %d, found %d", n.interfaces, r.Interface)
	}
	at := r.since1970()
	n.b.start(blockPacket)
	n.b.put32(uint32(r.Interface))
	n.b.put32(uint32(at >> 32))
	n.b.put32(uint32(at))
	n.b.put32(uint32(len(r.Data)))
	n.b.put32(uint32(r.origLen()))
	n.b.data(r.Data)
	n.b.text(optComment, r.Comment)
	flags := [4]byte{flagInbound}
	if r.Outbound {
		flags[0] = flagOutbound
	}
	n.b.option(optPacketFlags, flags[:])
	return n.flush()
}

// flush writes the block, if nothing in it was wrong.
func (n *NGWriter) flush() error {
	b, err := n.b.end()
	if err != nil {
		return err
	}
	_, err = n.w.Write(b)
	return err
}

// block is one block in the making. The first thing that does not fit is kept
// as its error, so that only the end asks.
type block struct {
	b       []byte
	options bool // there are some, so their end must be marked
	err     error
}

func (b *block) start(typ uint32) {
	*b = block{b: b.b[:0]}
	b.put32(typ)
	b.put32(0) // the length, known at the end
}

func (b *block) put16(v uint16) { b.b = binary.LittleEndian.AppendUint16(b.b, v) }
func (b *block) put32(v uint32) { b.b = binary.LittleEndian.AppendUint32(b.b, v) }
func (b *block) put64(v uint64) { b.b = binary.LittleEndian.AppendUint64(b.b, v) }

// data adds octets, and zeros up to a whole word.
func (b *block) data(d []byte) {
	b.b = append(b.b, d...)
	for len(b.b)%4 != 0 {
		b.b = append(b.b, 0)
	}
}

func (b *block) option(code uint16, value []byte) {
	if len(value) > math.MaxUint16 {
		b.fail(fmt.Errorf("want an option of at most %d octets, found %d", math.MaxUint16, len(value)))
		return
	}
	b.options = true
	b.put16(code)
	b.put16(uint16(len(value)))
	b.data(value)
}

// text adds an option of text, unless the text is empty.
func (b *block) text(code uint16, s string) {
	if !utf8.ValidString(s) {
		b.fail(fmt.Errorf("want UTF-8, found %q", s))
	} else if s != "" {
		b.option(code, []byte(s))
	}
}

// name adds a record of the name resolution block: address, name, a zero.
func (b *block) name(n NameRecord) {
	if n.Name == "" || !utf8.ValidString(n.Name) || strings.Contains(n.Name, "\x00") || !n.Addr.IsValid() {
		b.fail(fmt.Errorf("want an address and its name in UTF-8 without a zero, found %v %q", n.Addr, n.Name))
		return
	}
	kind, addr := uint16(recordIPv6), octets(n.Addr)
	if n.Addr.Is4() {
		kind = recordIPv4
	}
	b.option(kind, append(append(addr, n.Name...), 0))
	b.options = false // records have an end of their own
}

// octets is the address as it travels.
func octets(a wire.Addr) []byte {
	if a.Is4() {
		b := a.As4()
		return b[:]
	}
	b := a.As16()
	return b[:]
}

func (b *block) fail(err error) {
	if b.err == nil {
		b.err = err
	}
}

// end closes the block: the end of its options, and its length at both ends.
func (b *block) end() ([]byte, error) {
	if b.options {
		b.put32(optEnd)
	}
	size := uint32(len(b.b) + 4)
	b.put32(size)
	binary.LittleEndian.PutUint32(b.b[4:], size)
	return b.b, b.err
}
