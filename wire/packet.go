package wire

// Packet is one IP packet of any protocol simrun knows. Proto says which of
// the members holds it.
type Packet struct {
	Proto Proto
	TCP   TCP
	SCTP  SCTP
	ICMP  ICMP
}

// Net is the packet's IP header.
func (p *Packet) Net() *Net {
	switch p.Proto {
	case ProtoTCP:
		return &p.TCP.Net
	case ProtoSCTP:
		return &p.SCTP.Net
	}
	return &p.ICMP.Net
}

// Size is the size of the whole packet in octets, the IP header included.
func (p *Packet) Size() int {
	switch p.Proto {
	case ProtoTCP:
		return p.TCP.Size()
	case ProtoSCTP:
		return p.SCTP.Size()
	}
	return p.ICMP.Size()
}

// Payload is the octets that whoever made the packet lent it: a segment's
// text, or the chunks of an SCTP packet; nil for protocols that carry none.
func (p *Packet) Payload() []byte {
	switch p.Proto {
	case ProtoTCP:
		return p.TCP.Payload
	case ProtoSCTP:
		return p.SCTP.Chunks
	}
	return nil
}
