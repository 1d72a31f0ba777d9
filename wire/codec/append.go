package codec

import (
	"encoding/binary"
	"net"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"simrun/wire"
)

var fixLengths = gopacket.SerializeOptions{FixLengths: true}

// Append writes the whole IP packet at the end of dst, and returns the longer
// slice. On an error dst is returned as it was.
func (c *Codec) Append(dst []byte, p *wire.Packet) ([]byte, error) {
	if err := check(p); err != nil {
		return dst, err
	}
	if c.buf == nil {
		c.buf = gopacket.NewSerializeBuffer()
	}
	if err := c.buf.Clear(); err != nil {
		return dst, fail(ErrMalformed, "%v", err)
	}
	var err error
	switch p.Proto {
	case wire.ProtoTCP:
		err = c.putTCP(&p.TCP)
	case wire.ProtoSCTP:
		err = c.putSCTP(&p.SCTP)
	default:
		err = c.putICMP(&p.ICMP)
	}
	if err == nil {
		err = c.putIP(p.Proto, p.Net())
	}
	if err != nil {
		return dst, err
	}
	start := len(dst)
	dst = append(dst, c.buf.Bytes()...)
	putChecksums(dst[start:], p.Proto)
	return dst, nil
}

// check refuses what gopacket would let wrap or cut silently.
func check(p *wire.Packet) error {
	n := p.Net()
	is4 := n.Dst.Is4()
	if n.Src.Is4() != is4 {
		return fail(ErrMalformed, "want addresses of one family, found %v to %v", n.Src, n.Dst)
	}
	switch {
	case p.Proto == wire.ProtoTCP,
		p.Proto == wire.ProtoSCTP,
		p.Proto == wire.ProtoICMPv4 && is4,
		p.Proto == wire.ProtoICMPv6 && !is4:
	default:
		return fail(ErrUnsupported, "want TCP, SCTP, or ICMP of the addresses' family, found protocol %d to %v", p.Proto, n.Dst)
	}
	if n.DSCP > 63 {
		return fail(ErrMalformed, "want a DSCP of six bits, found %d", n.DSCP)
	}
	if n.ECN > wire.CE {
		return fail(ErrMalformed, "want an ECN codepoint of two bits, found %d", n.ECN)
	}
	if p.Proto == wire.ProtoTCP && p.TCP.Flags > wire.AllFlags {
		return fail(ErrMalformed, "want flags of twelve bits, found %#x", uint16(p.TCP.Flags))
	}
	if size := p.Size(); is4 && size > maxIPv4Packet {
		return fail(ErrMalformed, "want at most %d octets of IPv4 packet, found %d", maxIPv4Packet, size)
	} else if !is4 && size-wire.IPv6HeaderLen > maxIPv6Payload {
		return fail(ErrMalformed, "want at most %d octets after the IPv6 header, found %d", maxIPv6Payload, size-wire.IPv6HeaderLen)
	}
	return nil
}

// putTCP writes the segment without its checksum. All the octets of the
// options are given to gopacket as padding: its own option type cannot hold a
// malformed option, and padding that is set anew each time cannot be stale.
func (c *Codec) putTCP(t *wire.TCP) error {
	payload, err := c.buf.PrependBytes(len(t.Payload))
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	copy(payload, t.Payload)

	clear(c.options[copy(c.options[:], t.Options.Bytes()):])
	c.tcp.Options = c.tcp.Options[:0]
	c.tcp.Padding = c.options[:t.Options.PaddedLen()]

	c.tcp.SrcPort, c.tcp.DstPort = layers.TCPPort(t.SrcPort), layers.TCPPort(t.DstPort)
	c.tcp.Seq, c.tcp.Ack = uint32(t.Seq), uint32(t.Ack)
	c.tcp.Window, c.tcp.Urgent, c.tcp.Checksum = t.Window, t.Urgent, 0
	c.tcp.FIN, c.tcp.SYN, c.tcp.RST = t.Flags.Has(wire.FIN), t.Flags.Has(wire.SYN), t.Flags.Has(wire.RST)
	c.tcp.PSH, c.tcp.ACK, c.tcp.URG = t.Flags.Has(wire.PSH), t.Flags.Has(wire.ACK), t.Flags.Has(wire.URG)
	c.tcp.ECE, c.tcp.CWR, c.tcp.NS = t.Flags.Has(wire.ECE), t.Flags.Has(wire.CWR), t.Flags.Has(wire.AE)
	if err := c.tcp.SerializeTo(c.buf, fixLengths); err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	// The layer has no fields for the three bits that must be zero.
	c.buf.Bytes()[12] |= byte(t.Flags>>8) & 0x0e
	return nil
}

// putIP puts the IP header before what the buffer holds.
func (c *Codec) putIP(proto wire.Proto, n *wire.Net) error {
	tos := n.DSCP<<2 | uint8(n.ECN)
	c.src, c.dst = n.Src.As16(), n.Dst.As16()
	var err error
	if n.Dst.Is4() {
		c.ip4 = layers.IPv4{
			Version: 4, TOS: tos, TTL: n.TTL, Protocol: layers.IPProtocol(proto),
			SrcIP: net.IP(c.src[12:]), DstIP: net.IP(c.dst[12:]),
		}
		if n.DontFragment {
			c.ip4.Flags = layers.IPv4DontFragment
		}
		err = c.ip4.SerializeTo(c.buf, fixLengths)
	} else {
		c.ip6 = layers.IPv6{
			Version: 6, TrafficClass: tos, HopLimit: n.TTL, NextHeader: layers.IPProtocol(proto),
			SrcIP: net.IP(c.src[:]), DstIP: net.IP(c.dst[:]),
		}
		err = c.ip6.SerializeTo(c.buf, fixLengths)
	}
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	return nil
}

// putChecksums fills the checksum fields of a packet in which they are zero.
func putChecksums(b []byte, proto wire.Proto) {
	header, addresses := wire.IPv6HeaderLen, b[8:40]
	if b[0]>>4 == 4 {
		header, addresses = wire.IPv4HeaderLen, b[12:20]
		binary.BigEndian.PutUint16(b[10:], checksum(0, b[:header]))
	}
	body := b[header:]
	switch proto {
	case wire.ProtoTCP:
		binary.BigEndian.PutUint16(body[16:], checksum(pseudo(addresses, uint8(proto), len(body)), body))
	case wire.ProtoICMPv4:
		binary.BigEndian.PutUint16(body[2:], checksum(0, body))
	case wire.ProtoICMPv6:
		binary.BigEndian.PutUint16(body[2:], checksum(pseudo(addresses, uint8(proto), len(body)), body))
	}
}
