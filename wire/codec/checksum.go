package codec

import (
	"encoding/binary"
	"math/bits"
)

// sum adds octets to a running ones' complement sum (RFC 1071), eight at a
// time: the 16-bit sum is the wider one folded, because 2^16-1 divides 2^64-1.
// An odd octet is padded with zero, so that only the last piece may be odd.
func sum(acc uint64, b []byte) uint64 {
	var carry uint64
	for len(b) >= 8 {
		acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(b), carry)
		b = b[8:]
	}
	var rest [8]byte
	copy(rest[:], b)
	acc, carry = bits.Add64(acc, binary.BigEndian.Uint64(rest[:]), carry)
	return acc + carry // cannot wrap: the last octet of rest is always zero
}

// fold brings a running sum down to 16 bits. Octets that hold their own right
// checksum fold to 0xffff.
func fold(acc uint64) uint16 {
	acc = acc>>32 + acc&0xffffffff
	acc = acc>>32 + acc&0xffffffff
	acc = acc>>16 + acc&0xffff
	acc = acc>>16 + acc&0xffff
	return uint16(acc)
}

// checksum is the value for the checksum field of octets in which that field
// is zero.
func checksum(acc uint64, b []byte) uint16 { return ^fold(sum(acc, b)) }

// adds reports whether octets with their checksum in place add up.
func adds(acc uint64, b []byte) bool { return fold(sum(acc, b)) == 0xffff }

// pseudo sums the pseudo-header that TCP (RFC 9293 3.1) and ICMPv6 (RFC 4443
// 2.3) include: both addresses, as they stand side by side in the IP header,
// the protocol and the length of what IP carries.
func pseudo(addresses []byte, proto uint8, length int) uint64 {
	return sum(uint64(proto)+uint64(length), addresses)
}
