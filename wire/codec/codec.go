// Package codec turns packets into the octets that travel, and back. It is the
// only package that imports gopacket, whose layers write and read the IP, TCP
// and ICMP headers; checksums are our own, because gopacket verifies none. So
// are the layers of SCTP, which any user of gopacket can register: gopacket's
// mistake the checksum, the gap ack blocks and what follows a DATA chunk.
//
// What a wire.Packet does not hold is sent as RFC 6864 and RFC 6437 allow: an
// IPv4 identification and an IPv6 flow label of zero, no IP options and no
// extension headers. IPv4's DontFragment has no place in IPv6: Decode leaves
// it false there. Options come back with the padding that Append added to
// them. A received packet's link-layer padding is ignored.
package codec

import (
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"simrun/wire"
)

// Codec holds the buffers and headers that one serialisation or parse after
// another reuses, so that neither allocates. The zero value is ready; a Codec
// serves one caller at a time.
type Codec struct {
	buf     gopacket.SerializeBuffer
	ip4     layers.IPv4
	ip6     layers.IPv6
	tcp     layers.TCP
	sctp    SCTP
	icmp4   layers.ICMPv4
	icmp6   layers.ICMPv6
	options [wire.MaxOptionsLen]byte
	src     [16]byte
	dst     [16]byte
}

// New is a Codec ready for use.
func New() *Codec { return new(Codec) }

// Largest packets that the length fields can speak of. A larger one would wrap
// silently, or become an IPv6 jumbogram.
const (
	maxIPv4Packet  = 1<<16 - 1
	maxIPv6Payload = 1<<16 - 1
)
