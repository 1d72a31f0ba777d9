package pcap

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"simrun/wire"
)

// maxBlock is more than any block of ours can take.
const maxBlock = 1 << 24

// readNG reads all blocks; the type of the first has been read.
func (d *decoder) readNG() error {
	d.order = binary.LittleEndian
	b, err := d.read(8, "section header")
	if err != nil {
		return err
	}
	switch {
	case binary.LittleEndian.Uint32(b[4:]) == byteOrderMagic:
	case binary.BigEndian.Uint32(b[4:]) == byteOrderMagic:
		d.order = binary.BigEndian
	default:
		return d.fail(4, "the byte-order magic 1a2b3c4d", "%x", b[4:])
	}
	body, err := d.blockBody(0, d.order.Uint32(b), 12)
	if err != nil {
		return err
	}
	if err := d.section(body); err != nil {
		return err
	}
	for {
		b, ok, err := d.more(8, "block header")
		if !ok {
			return err
		}
		typ := d.order.Uint32(b)
		body, err := d.blockBody(4, d.order.Uint32(b[4:]), 8)
		if err != nil {
			return err
		}
		switch typ {
		case blockSection:
			err = d.fail(-8, "one section", "a second one")
		case blockInterface:
			err = d.interfaceBlock(body)
		case blockNames:
			err = d.names(body)
		case blockPacket:
			err = d.packet(body)
		}
		if err != nil {
			return err
		}
	}
}

// blockBody reads the rest of a block of which some octets have been read, and
// returns it without the second copy of its length. The first copy stands at
// an offset of what was read last.
func (d *decoder) blockBody(at int, size uint32, read int) ([]byte, error) {
	if size%4 != 0 || int64(size) < int64(read)+4 || size > maxBlock {
		return nil, d.fail(at, fmt.Sprintf("a block length that is a multiple of 4 from %d to %d", read+4, maxBlock), "%d", size)
	}
	b, err := d.read(int(size)-read, "block")
	if err != nil {
		return nil, err
	}
	end := len(b) - 4
	if again := d.order.Uint32(b[end:]); again != size {
		return nil, d.fail(end, fmt.Sprintf("the block length %d again", size), "%d", again)
	}
	return b[:end], nil
}

// short is the error of a block without room for its fields.
func (d *decoder) short(b []byte, n int, what string) error {
	if len(b) >= n {
		return nil
	}
	return d.fail(0, fmt.Sprintf("%d octets of %s", n, what), "%d", len(b))
}

// options calls each for the options that start at an offset of the block.
func (d *decoder) options(b []byte, at int, each func(at int, code uint16, value []byte) error) error {
	for len(b)-at >= 4 {
		code, n := d.order.Uint16(b[at:]), int(d.order.Uint16(b[at+2:]))
		if code == optEnd {
			return nil
		}
		if n > len(b)-at-4 {
			return d.fail(at+2, fmt.Sprintf("an option of at most %d octets", len(b)-at-4), "%d", n)
		}
		if err := each(at, code, b[at+4:at+4+n]); err != nil {
			return err
		}
		at += 4 + (n+3)&^3
	}
	return nil
}

// text is an option's value as text.
func (d *decoder) text(at int, value []byte) (string, error) {
	if !utf8.Valid(value) {
		return "", d.fail(at+4, "UTF-8", "%q", value)
	}
	return string(value), nil
}

func (d *decoder) section(b []byte) error {
	if err := d.short(b, 12, "section header"); err != nil {
		return err
	}
	if major := d.order.Uint16(b); major != 1 {
		return d.fail(0, "version 1", "%d", major)
	}
	return d.options(b, 12, func(at int, code uint16, value []byte) (err error) {
		if code == optComment {
			d.file.Comment, err = d.text(at, value)
		}
		return err
	})
}

func (d *decoder) interfaceBlock(b []byte) error {
	if err := d.short(b, 8, "interface description"); err != nil {
		return err
	}
	if link := d.order.Uint16(b); link != linkTypeRaw {
		return d.fail(0, "link type 101 (raw IP)", "%d", link)
	}
	i, u := Interface{}, units{power: 6}
	err := d.options(b, 8, func(at int, code uint16, value []byte) (err error) {
		switch {
		case code == optInterfaceName:
			i.Name, err = d.text(at, value)
		case code == optInterfaceDesc:
			i.Description, err = d.text(at, value)
		case code == optInterfaceIPv4 && len(value) == 8:
			i.Addr = wire.AddrFrom4([4]byte(value))
		case code == optInterfaceIPv6 && len(value) == 17:
			i.Addr = wire.AddrFrom16([16]byte(value[:16]))
		case code == optInterfaceTimeRes && len(value) == 1:
			u = units{value[0] & 0x7f, value[0]&0x80 != 0}
		}
		return err
	})
	d.file.Interfaces = append(d.file.Interfaces, i)
	d.units = append(d.units, u)
	return err
}

// names reads records, which look as options do.
func (d *decoder) names(b []byte) error {
	return d.options(b, 0, func(at int, kind uint16, value []byte) error {
		var addr wire.Addr
		switch {
		case kind == recordIPv4 && len(value) > 4:
			addr, value = wire.AddrFrom4([4]byte(value)), value[4:]
		case kind == recordIPv6 && len(value) > 16:
			addr, value = wire.AddrFrom16([16]byte(value)), value[16:]
		case kind == recordIPv4, kind == recordIPv6:
			return d.fail(at+2, "an address and a name", "%d octets", len(value))
		default:
			return nil
		}
		// Several names may follow one address, each with a zero at its end.
		for name := range bytes.SplitSeq(bytes.TrimSuffix(value, []byte{0}), []byte{0}) {
			text, err := d.text(at, name)
			if err != nil {
				return err
			}
			d.file.Names = append(d.file.Names, NameRecord{addr, text})
		}
		return nil
	})
}

func (d *decoder) packet(b []byte) error {
	if err := d.short(b, 20, "packet block"); err != nil {
		return err
	}
	id := d.order.Uint32(b)
	if uint64(id) >= uint64(len(d.units)) {
		return d.fail(0, fmt.Sprintf("an interface below %d", len(d.units)), "%d", id)
	}
	count := uint64(d.order.Uint32(b[4:]))<<32 | uint64(d.order.Uint32(b[8:]))
	at, ok := d.units[id].time(count)
	if !ok {
		return d.fail(4, "a time near 2020", "%d units since 1970", count)
	}
	size, orig := d.order.Uint32(b[12:]), d.order.Uint32(b[16:])
	if room := len(b) - 20; size > snapLen || int(size) > room {
		return d.fail(12, fmt.Sprintf("a packet of at most %d octets", min(room, snapLen)), "%d", size)
	}
	if err := d.origLen(16, size, orig); err != nil {
		return err
	}
	return d.packetRest(b, Record{
		At: at, Interface: int(id), Data: b[20 : 20+size : 20+size], OrigLen: int(orig),
	})
}

// packetRest reads the options and keeps the record.
func (d *decoder) packetRest(b []byte, r Record) error {
	err := d.options(b, 20+(len(r.Data)+3)&^3, func(at int, code uint16, value []byte) (err error) {
		switch {
		case code == optComment:
			r.Comment, err = d.text(at, value)
		case code == optPacketFlags && len(value) == 4:
			r.Outbound = d.order.Uint32(value)&flagDirection == flagOutbound
		}
		return err
	})
	d.file.Records = append(d.file.Records, r)
	return err
}
