package wire

// ECN is the codepoint of RFC 3168 in the IP header.
type ECN uint8

const (
	NotECT ECN = iota // not capable
	ECT1
	ECT0
	CE // congestion experienced
)

// Net is what a transport may say and learn of the IP header.
type Net struct {
	Src, Dst     Addr
	TTL          uint8 // or hop limit
	DSCP         uint8 // RFC 2474, six bits
	ECN          ECN
	DontFragment bool // IPv4 only; IPv6 routers never fragment
}

// Proto is the transport protocol number of the IP header.
type Proto uint8

const (
	ProtoICMPv4 Proto = 1
	ProtoTCP    Proto = 6
	ProtoICMPv6 Proto = 58
	ProtoSCTP   Proto = 132
)

// Header sizes in octets, without options.
const (
	IPv4HeaderLen = 20
	IPv6HeaderLen = 40
	TCPHeaderLen  = 20
	ICMPHeaderLen = 8
)

// IPHeaderLen is the size of the IP header that carries a packet to dst.
func IPHeaderLen(dst Addr) int {
	if dst.Is4() {
		return IPv4HeaderLen
	}
	return IPv6HeaderLen
}
