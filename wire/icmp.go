package wire

// ICMPKind is what an ICMP message says, in the words of RFC 9293 3.9.2.2; the
// codec knows the type and code that ICMPv4 and ICMPv6 have for it.
type ICMPKind uint8

const (
	ICMPOther           ICMPKind = iota
	NetUnreachable               // v4 3/0, v6 1/0
	HostUnreachable              // v4 3/1, v6 1/3
	ProtocolUnreachable          // v4 3/2, v6 4/1 (unrecognized next header)
	PortUnreachable              // v4 3/3, v6 1/4
	PacketTooBig                 // v4 3/4 (fragmentation needed and DF set), v6 2/0
	SourceRouteFailed            // v4 3/5
	AdminProhibited              // v4 3/13, v6 1/1
	SourceQuench                 // v4 4/0: always ignored (MUST-55)
	TimeExceeded                 // v4 11/0, v6 3/0
	ParameterProblem             // v4 12/0, v6 4/0
)

var icmpNames = [...]string{
	"other", "net unreachable", "host unreachable", "protocol unreachable", "port unreachable",
	"packet too big", "source route failed", "administratively prohibited", "source quench",
	"time exceeded", "parameter problem",
}

func (k ICMPKind) String() string {
	if int(k) < len(icmpNames) {
		return icmpNames[k]
	}
	return "ICMP kind out of range"
}

// ICMP is an error message about a packet sent earlier. Type and Code are kept
// beside Kind so that messages we have no word for survive a round trip.
type ICMP struct {
	Net
	Kind       ICMPKind
	Type, Code uint8
	MTU        uint32 // PacketTooBig: the next hop's MTU in octets, 0 if unknown
	Quote      Quote
}

// Quote is the start of the packet that an ICMP message is about. The first
// eight transport octets are all that a router must send back: ports, and for
// TCP the sequence number (for SCTP the verification tag).
type Quote struct {
	Proto            Proto
	Src, Dst         Addr
	SrcPort, DstPort uint16
	Seq              Seq
}

// QuoteLen is the quoted octets of transport header.
const QuoteLen = 8

// Size is the size of the whole IP packet in octets.
func (m *ICMP) Size() int {
	return IPHeaderLen(m.Dst) + ICMPHeaderLen + IPHeaderLen(m.Quote.Dst) + QuoteLen
}
