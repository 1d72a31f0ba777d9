package codec

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"simrun/wire"
)

// Decode reads one IP packet. The payload aliases b and nothing else does; on
// an error p holds nothing that means anything.
//
// A segment with malformed options decodes: they are the octets that they are,
// and what to make of them is TCP's to say (RFC 9293 MUST-7).
func (c *Codec) Decode(b []byte, p *wire.Packet) error {
	*p = wire.Packet{}
	if len(b) == 0 {
		return fail(ErrTruncated, "want an IP header, found no octets")
	}
	switch b[0] >> 4 {
	case 4:
		return c.decode4(b, p)
	case 6:
		return c.decode6(b, p)
	}
	return fail(ErrUnsupported, "octet 0: want IP version 4 or 6, found %d", b[0]>>4)
}

// decode4 checks the header before gopacket sees it: gopacket takes a length
// of zero for an offloaded segment, and allocates for options.
func (c *Codec) decode4(b []byte, p *wire.Packet) error {
	if len(b) < wire.IPv4HeaderLen {
		return fail(ErrTruncated, "want an IPv4 header of %d octets, found %d", wire.IPv4HeaderLen, len(b))
	}
	header, length := int(b[0]&0xf)*4, int(b[2])<<8|int(b[3])
	switch {
	case header < wire.IPv4HeaderLen:
		return fail(ErrMalformed, "octet 0: want an IPv4 header of 20 octets or more, found %d", header)
	case length < header:
		return fail(ErrMalformed, "octet 2: want a total length of %d or more, found %d", header, length)
	case length > len(b):
		return fail(ErrTruncated, "octet 2: want %d octets of IPv4 packet, found %d", length, len(b))
	case !adds(0, b[:header]):
		return fail(ErrChecksum, "octet 10: IPv4 header")
	case header > wire.IPv4HeaderLen:
		return fail(ErrUnsupported, "octet 20: want no IP options, found %d octets of them", header-wire.IPv4HeaderLen)
	case b[6]&0x3f != 0 || b[7] != 0:
		return fail(ErrUnsupported, "octet 6: want a whole packet, found a fragment")
	}
	if err := c.ip4.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return fail(ErrMalformed, "IPv4 header: %v", err)
	}
	p.Proto = wire.Proto(c.ip4.Protocol)
	n := wire.Net{
		Src: wire.AddrFrom4([4]byte(c.ip4.SrcIP)), Dst: wire.AddrFrom4([4]byte(c.ip4.DstIP)),
		TTL: c.ip4.TTL, DSCP: c.ip4.TOS >> 2, ECN: wire.ECN(c.ip4.TOS & 3),
		DontFragment: b[6]&0x40 != 0,
	}
	switch p.Proto {
	case wire.ProtoTCP:
		p.TCP.Net = n
		return c.decodeTCP(c.ip4.Payload, b[12:20], &p.TCP)
	case wire.ProtoSCTP:
		p.SCTP.Net = n
		return c.decodeSCTP(c.ip4.Payload, &p.SCTP)
	case wire.ProtoICMPv4:
		p.ICMP.Net = n
		return c.decodeICMP4(c.ip4.Payload, &p.ICMP)
	}
	return fail(ErrUnsupported, "octet 9: want protocol TCP, SCTP or ICMP, found %d", p.Proto)
}

// decode6 refuses extension headers before gopacket sees them.
func (c *Codec) decode6(b []byte, p *wire.Packet) error {
	if len(b) < wire.IPv6HeaderLen {
		return fail(ErrTruncated, "want an IPv6 header of %d octets, found %d", wire.IPv6HeaderLen, len(b))
	}
	if length := int(b[4])<<8 | int(b[5]); length > len(b)-wire.IPv6HeaderLen {
		return fail(ErrTruncated, "octet 4: want %d octets after the IPv6 header, found %d", length, len(b)-wire.IPv6HeaderLen)
	}
	p.Proto = wire.Proto(b[6])
	if p.Proto != wire.ProtoTCP && p.Proto != wire.ProtoSCTP && p.Proto != wire.ProtoICMPv6 {
		return fail(ErrUnsupported, "octet 6: want next header TCP, SCTP or ICMPv6, found %d", p.Proto)
	}
	if err := c.ip6.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return fail(ErrMalformed, "IPv6 header: %v", err)
	}
	n := wire.Net{
		Src: wire.AddrFrom16([16]byte(c.ip6.SrcIP)), Dst: wire.AddrFrom16([16]byte(c.ip6.DstIP)),
		TTL: c.ip6.HopLimit, DSCP: c.ip6.TrafficClass >> 2, ECN: wire.ECN(c.ip6.TrafficClass & 3),
	}
	if n.Src.Is4() || n.Dst.Is4() {
		return fail(ErrUnsupported, "octet 8: want IPv6 addresses, found mapped IPv4 ones (RFC 4038 4.2), %v to %v", n.Src, n.Dst)
	}
	switch p.Proto {
	case wire.ProtoTCP:
		p.TCP.Net = n
		return c.decodeTCP(c.ip6.Payload, b[8:40], &p.TCP)
	case wire.ProtoSCTP:
		p.SCTP.Net = n
		return c.decodeSCTP(c.ip6.Payload, &p.SCTP)
	}
	p.ICMP.Net = n
	return c.decodeICMP6(c.ip6.Payload, b[8:40], &p.ICMP)
}

// decodeTCP reads a segment. gopacket sets every field before it looks at the
// options, so its only possible complaint by then is about those.
func (c *Codec) decodeTCP(b, addresses []byte, t *wire.TCP) error {
	if len(b) < wire.TCPHeaderLen {
		return fail(ErrTruncated, "want a TCP header of %d octets, found %d", wire.TCPHeaderLen, len(b))
	}
	if !adds(pseudo(addresses, uint8(wire.ProtoTCP), len(b)), b) {
		return fail(ErrChecksum, "TCP octet 16")
	}
	header := int(b[12]>>4) * 4
	if header < wire.TCPHeaderLen {
		return fail(ErrMalformed, "TCP octet 12: want a header of 20 octets or more, found %d", header)
	}
	if header > len(b) {
		return fail(ErrTruncated, "TCP octet 12: want a header of %d octets, found %d", header, len(b))
	}
	if cap(c.tcp.Options) < wire.MaxOptionsLen {
		c.tcp.Options = make([]layers.TCPOption, 0, wire.MaxOptionsLen)
	}
	_ = c.tcp.DecodeFromBytes(b, gopacket.NilDecodeFeedback)

	t.SrcPort, t.DstPort = uint16(c.tcp.SrcPort), uint16(c.tcp.DstPort)
	t.Seq, t.Ack = wire.Seq(c.tcp.Seq), wire.Seq(c.tcp.Ack)
	t.Window, t.Urgent = c.tcp.Window, c.tcp.Urgent
	t.Flags = wire.Flags(b[12]&0xf)<<8 | wire.Flags(b[13]) // the layer knows nine of the twelve
	t.Options, _ = wire.OptionsFromBytes(c.tcp.Contents[wire.TCPHeaderLen:])
	if len(c.tcp.Payload) > 0 {
		t.Payload = c.tcp.Payload
	}
	return nil
}
