package codec

import (
	"encoding/binary"
	"math"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"simrun/wire"
)

// icmpType is the first two octets of a message; type 0 is no error message.
type icmpType struct{ typ, code uint8 }

// types4 and types6 are how each family says a kind, if it can. A message says
// its kind or its type and code, never both: what there is a word for has zero
// Type and Code, and ICMPOther is what there is none for.
var (
	types4 = [...]icmpType{
		wire.NetUnreachable:      {3, 0},
		wire.HostUnreachable:     {3, 1},
		wire.ProtocolUnreachable: {3, 2},
		wire.PortUnreachable:     {3, 3},
		wire.PacketTooBig:        {3, 4},
		wire.SourceRouteFailed:   {3, 5},
		wire.AdminProhibited:     {3, 13},
		wire.SourceQuench:        {4, 0},
		wire.TimeExceeded:        {11, 0},
		wire.ParameterProblem:    {12, 0},
	}
	types6 = [...]icmpType{
		wire.NetUnreachable:      {1, 0},
		wire.AdminProhibited:     {1, 1},
		wire.HostUnreachable:     {1, 3},
		wire.PortUnreachable:     {1, 4},
		wire.PacketTooBig:        {2, 0},
		wire.TimeExceeded:        {3, 0},
		wire.ParameterProblem:    {4, 0},
		wire.ProtocolUnreachable: {4, 1},
	}
)

// typesOf is the table of a family.
func typesOf(is4 bool) []icmpType {
	if is4 {
		return types4[:]
	}
	return types6[:]
}

// kindOf is the word for a type and code, ICMPOther if there is none. A
// receiver ignores the code of an ICMPv6 packet-too-big (RFC 4443 3.2).
func kindOf(is4 bool, t icmpType) wire.ICMPKind {
	if !is4 && t.typ == 2 {
		t.code = 0
	}
	for kind, known := range typesOf(is4) {
		if known == t && t.typ != 0 {
			return wire.ICMPKind(kind)
		}
	}
	return wire.ICMPOther
}

// isError reports whether messages of the type quote a packet. An ICMPv4
// redirect does too, but it says a gateway besides, and no transport hears it.
func isError(is4 bool, typ uint8) bool {
	if is4 {
		return typ == 3 || typ == 4 || typ == 11 || typ == 12
	}
	return 0 < typ && typ < 128 // RFC 4443 2.1
}

// typeOf is the type and code to send for a message.
func typeOf(m *wire.ICMP) (icmpType, error) {
	is4 := m.Dst.Is4()
	if m.Kind == wire.ICMPOther {
		t := icmpType{m.Type, m.Code}
		if !isError(is4, t.typ) {
			return t, fail(ErrUnsupported, "want the type of an ICMP error, found %d", t.typ)
		}
		if kind := kindOf(is4, t); kind != wire.ICMPOther {
			return t, fail(ErrMalformed, "want kind %q for ICMP type %d code %d, found %q", kind, t.typ, t.code, m.Kind)
		}
		return t, nil
	}
	if types := typesOf(is4); int(m.Kind) < len(types) && types[m.Kind].typ != 0 {
		return types[m.Kind], nil
	}
	return icmpType{}, fail(ErrUnsupported, "want a kind that ICMP to %v has, found %q", m.Dst, m.Kind)
}

// putICMP writes the message and its quote, without the checksum.
func (c *Codec) putICMP(m *wire.ICMP) error {
	t, err := typeOf(m)
	if err != nil {
		return err
	}
	is4 := m.Dst.Is4()
	switch {
	case m.MTU != 0 && m.Kind != wire.PacketTooBig:
		return fail(ErrMalformed, "want an MTU with %q alone, found one with %q", wire.PacketTooBig, m.Kind)
	case is4 && m.MTU > math.MaxUint16:
		return fail(ErrMalformed, "want an MTU of 16 bits (RFC 1191 4), found %d", m.MTU)
	}
	if err := c.putQuote(&m.Quote, is4); err != nil {
		return err
	}
	if is4 {
		c.icmp4 = layers.ICMPv4{TypeCode: layers.CreateICMPv4TypeCode(t.typ, t.code), Seq: uint16(m.MTU)}
		err = c.icmp4.SerializeTo(c.buf, fixLengths)
	} else {
		var word []byte
		if word, err = c.buf.PrependBytes(4); err == nil {
			binary.BigEndian.PutUint32(word, m.MTU)
			c.icmp6 = layers.ICMPv6{TypeCode: layers.CreateICMPv6TypeCode(t.typ, t.code)}
			err = c.icmp6.SerializeTo(c.buf, fixLengths)
		}
	}
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	return nil
}

// A quoted header says what wire.Quote does not hold in this way: a lifetime
// of 64, and the length of a segment without options and data.
const quoteTTL = 64

// putQuote writes the start of the packet that the message is about.
func (c *Codec) putQuote(q *wire.Quote, is4 bool) error {
	if q.Src.Is4() != is4 || q.Dst.Is4() != is4 {
		return fail(ErrMalformed, "want a quoted packet of the message's family, found %v to %v", q.Src, q.Dst)
	}
	b, err := c.buf.PrependBytes(wire.QuoteLen)
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	binary.BigEndian.PutUint16(b, q.SrcPort)
	binary.BigEndian.PutUint16(b[2:], q.DstPort)
	binary.BigEndian.PutUint32(b[4:], uint32(q.Seq))

	n := wire.Net{Src: q.Src, Dst: q.Dst, TTL: quoteTTL, DontFragment: is4}
	if err := c.putIP(q.Proto, &n); err != nil {
		return err
	}
	b = c.buf.Bytes()
	if is4 {
		binary.BigEndian.PutUint16(b[2:], wire.IPv4HeaderLen+wire.TCPHeaderLen)
		binary.BigEndian.PutUint16(b[10:], checksum(0, b[:wire.IPv4HeaderLen]))
	} else {
		binary.BigEndian.PutUint16(b[4:], wire.TCPHeaderLen)
	}
	return nil
}

func (c *Codec) decodeICMP4(b []byte, m *wire.ICMP) error {
	if len(b) < wire.ICMPHeaderLen {
		return fail(ErrTruncated, "want an ICMP header of %d octets, found %d", wire.ICMPHeaderLen, len(b))
	}
	if !adds(0, b) {
		return fail(ErrChecksum, "ICMP octet 2")
	}
	if err := c.icmp4.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return fail(ErrMalformed, "ICMP: %v", err)
	}
	word := uint32(c.icmp4.Seq) // RFC 1191 4: its upper half is unused
	t := icmpType{c.icmp4.TypeCode.Type(), c.icmp4.TypeCode.Code()}
	return decodeError(t, word, c.icmp4.Payload, m)
}

func (c *Codec) decodeICMP6(b, addresses []byte, m *wire.ICMP) error {
	if len(b) < wire.ICMPHeaderLen {
		return fail(ErrTruncated, "want an ICMPv6 header of %d octets, found %d", wire.ICMPHeaderLen, len(b))
	}
	if !adds(pseudo(addresses, uint8(wire.ProtoICMPv6), len(b)), b) {
		return fail(ErrChecksum, "ICMPv6 octet 2")
	}
	if err := c.icmp6.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return fail(ErrMalformed, "ICMPv6: %v", err)
	}
	word := binary.BigEndian.Uint32(c.icmp6.Payload)
	t := icmpType{c.icmp6.TypeCode.Type(), c.icmp6.TypeCode.Code()}
	return decodeError(t, word, c.icmp6.Payload[4:], m)
}

// decodeError reads what both families share: what is wrong, and with which
// packet.
func decodeError(t icmpType, word uint32, quoted []byte, m *wire.ICMP) error {
	is4 := m.Dst.Is4()
	if !isError(is4, t.typ) {
		return fail(ErrUnsupported, "ICMP octet 0: want the type of an error, found %d", t.typ)
	}
	m.Kind = kindOf(is4, t)
	switch m.Kind {
	case wire.ICMPOther:
		m.Type, m.Code = t.typ, t.code
	case wire.PacketTooBig:
		m.MTU = word
	}
	return decodeQuote(quoted, is4, &m.Quote)
}

// decodeQuote reads the start of a packet by hand: gopacket decodes whole ones,
// and the lengths in this one speak of octets that were not quoted.
func decodeQuote(b []byte, is4 bool, q *wire.Quote) error {
	version, header := byte(6), wire.IPv6HeaderLen
	if is4 {
		version, header = 4, wire.IPv4HeaderLen
	}
	if len(b) < header {
		return fail(ErrTruncated, "ICMP octet 8: want a quoted IP header of %d octets, found %d", header, len(b))
	}
	if b[0]>>4 != version {
		return fail(ErrMalformed, "ICMP octet 8: want IP version %d quoted, found %d", version, b[0]>>4)
	}
	if is4 {
		if b[6]&0x1f != 0 || b[7] != 0 {
			return fail(ErrUnsupported, "ICMP octet 14: want the first fragment quoted, found a later one")
		}
		if header = int(b[0]&0xf) * 4; header < wire.IPv4HeaderLen {
			return fail(ErrMalformed, "ICMP octet 8: want a quoted IP header of 20 octets or more, found %d", header)
		}
		q.Proto = wire.Proto(b[9])
		q.Src, q.Dst = wire.AddrFrom4([4]byte(b[12:16])), wire.AddrFrom4([4]byte(b[16:20]))
	} else {
		q.Proto = wire.Proto(b[6])
		q.Src, q.Dst = wire.AddrFrom16([16]byte(b[8:24])), wire.AddrFrom16([16]byte(b[24:40]))
		if q.Src.Is4() || q.Dst.Is4() {
			return fail(ErrUnsupported, "ICMP octet 16: want IPv6 addresses, found mapped IPv4 ones, %v to %v", q.Src, q.Dst)
		}
	}
	if len(b) < header+wire.QuoteLen {
		return fail(ErrTruncated, "ICMP octet %d: want %d octets quoted after the IP header, found %d", 8+header, wire.QuoteLen, max(0, len(b)-header))
	}
	b = b[header:]
	q.SrcPort, q.DstPort = binary.BigEndian.Uint16(b), binary.BigEndian.Uint16(b[2:])
	q.Seq = wire.Seq(binary.BigEndian.Uint32(b[4:]))
	return nil
}
