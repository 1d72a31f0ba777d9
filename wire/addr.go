package wire

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Addr is an IPv4 or IPv6 address as a plain value (netip.Addr holds a
// pointer). IPv4 addresses are kept in IPv6's mapped form; the zero value is
// no address, and prints as "::".
type Addr struct{ hi, lo uint64 }

const mapped = 0xffff << 32 // ::ffff:0:0, the prefix of an IPv4 address

// AddrFrom4 is the IPv4 address with the given octets.
func AddrFrom4(b [4]byte) Addr {
	return Addr{lo: mapped | uint64(binary.BigEndian.Uint32(b[:]))}
}

// AddrFrom16 is the IPv6 address with the given octets.
func AddrFrom16(b [16]byte) Addr {
	return Addr{binary.BigEndian.Uint64(b[:8]), binary.BigEndian.Uint64(b[8:])}
}

// ParseAddr reads an address in dotted or colon notation, without a zone.
func ParseAddr(s string) (Addr, error) {
	a, err := netip.ParseAddr(s)
	if err != nil {
		return Addr{}, fmt.Errorf("want an IPv4 or IPv6 address, found %q", s)
	}
	if a.Zone() != "" {
		return Addr{}, fmt.Errorf("want an address without a zone, found %q", s)
	}
	return AddrFrom16(a.As16()), nil
}

// MustParseAddr is ParseAddr for addresses written in code.
func MustParseAddr(s string) Addr {
	a, err := ParseAddr(s)
	if err != nil {
		panic(err)
	}
	return a
}

// IsValid reports whether a is an address at all.
func (a Addr) IsValid() bool { return a != Addr{} }

// Is4 reports whether a is an IPv4 address.
func (a Addr) Is4() bool { return a.hi == 0 && a.lo>>32 == mapped>>32 }

// As4 is the four octets of an IPv4 address.
func (a Addr) As4() (b [4]byte) {
	binary.BigEndian.PutUint32(b[:], uint32(a.lo))
	return b
}

// As16 is the sixteen octets, an IPv4 address in its mapped form.
func (a Addr) As16() (b [16]byte) {
	binary.BigEndian.PutUint64(b[:8], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return b
}

// Hash mixes the address into h, for demultiplexing tables.
func (a Addr) Hash(h uint64) uint64 { return mix(mix(h^a.hi) ^ a.lo) }

// IsMulticast reports whether a names a group of hosts, or all of them: no
// connection can be made with it (RFC 9293 3.9.2.3, MUST-57).
func (a Addr) IsMulticast() bool {
	if a.Is4() {
		return a.lo>>28&0xf == 0xe || uint32(a.lo) == 0xffffffff
	}
	return a.hi>>56 == 0xff
}

// IsUnspecified reports whether a is 0.0.0.0, :: or no address.
func (a Addr) IsUnspecified() bool { return a == Addr{} || a.Is4() && uint32(a.lo) == 0 }

func (a Addr) String() string {
	if a.Is4() {
		return netip.AddrFrom4(a.As4()).String()
	}
	return netip.AddrFrom16(a.As16()).String()
}

// Endpoint is an address and a port: one end of a connection.
type Endpoint struct {
	Addr Addr
	Port uint16
}

// ParseEndpoint reads "10.0.0.1:80" or "[2001:db8::1]:80".
func ParseEndpoint(s string) (Endpoint, error) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return Endpoint{}, fmt.Errorf("want ADDRESS:PORT, found %q", s)
	}
	addr, err := ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s[:i], "["), "]"))
	if err != nil {
		return Endpoint{}, err
	}
	port, err := strconv.ParseUint(s[i+1:], 10, 16)
	if err != nil {
		return Endpoint{}, fmt.Errorf("want a port from 0 to 65535, found %q", s[i+1:])
	}
	return Endpoint{addr, uint16(port)}, nil
}

// Hash mixes the endpoint into h.
func (e Endpoint) Hash(h uint64) uint64 { return mix(e.Addr.Hash(h) ^ uint64(e.Port)) }

func (e Endpoint) String() string {
	if e.Addr.Is4() {
		return fmt.Sprintf("%v:%d", e.Addr, e.Port)
	}
	return fmt.Sprintf("[%v]:%d", e.Addr, e.Port)
}

// mix is a 64-bit finaliser: it spreads close inputs far apart.
func mix(x uint64) uint64 {
	x ^= x >> 32
	x *= 0xd6e8feb86659fd93
	x ^= x >> 32
	return x
}
