package wire

// Flags is the control bits of a TCP header, and the reserved ones, in their
// order on the wire (RFC 9293 3.1).
type Flags uint16

const (
	FIN Flags = 1 << iota
	SYN
	RST
	PSH
	ACK
	URG
	ECE
	CWR
	AE        // accurate ECN, formerly NS
	Reserved3 // the bits that must be zero
	Reserved2
	Reserved1

	// AllFlags is every bit that a header has room for.
	AllFlags Flags = 1<<12 - 1
)

// Has reports whether all of the given bits are set.
func (f Flags) Has(bits Flags) bool { return f&bits == bits }

// TCP is one segment: what RFC 9293 3.1 draws, beside what IP says of it.
type TCP struct {
	Net
	SrcPort, DstPort uint16
	Seq, Ack         Seq
	Flags            Flags
	Window           uint16 // SEG.WND as sent, not yet scaled
	Urgent           uint16
	Options          Options
	Payload          []byte
}

// Len is SEG.LEN: the octets of sequence space the segment occupies, SYN and
// FIN included.
func (t *TCP) Len() int {
	n := len(t.Payload)
	if t.Flags.Has(SYN) {
		n++
	}
	if t.Flags.Has(FIN) {
		n++
	}
	return n
}

// End is the number after the segment's last one: SEG.SEQ + SEG.LEN.
func (t *TCP) End() Seq { return t.Seq.Add(t.Len()) }

// Source is the sender's end of the connection.
func (t *TCP) Source() Endpoint { return Endpoint{t.Src, t.SrcPort} }

// Destination is the receiver's end of the connection.
func (t *TCP) Destination() Endpoint { return Endpoint{t.Dst, t.DstPort} }

// HeaderLen is the size of the TCP header with its options, in octets.
func (t *TCP) HeaderLen() int { return TCPHeaderLen + t.Options.PaddedLen() }

// Size is the size of the whole IP packet in octets.
func (t *TCP) Size() int { return IPHeaderLen(t.Dst) + t.HeaderLen() + len(t.Payload) }
