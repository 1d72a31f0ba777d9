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

// SetPayload puts other octets in the place of Payload.
func (p *Packet) SetPayload(b []byte) {
	switch p.Proto {
	case ProtoTCP:
		p.TCP.Payload = b
	case ProtoSCTP:
		p.SCTP.Chunks = b
	}
}

// UserData is how many octets of user data the packet carries: a segment's
// text, or what is in the DATA chunks of an SCTP packet.
func (p *Packet) UserData() (n int) {
	if p.Proto != ProtoSCTP {
		return len(p.Payload())
	}
	for c, rest, ok := p.SCTP.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		if d, ok := c.Data(); ok {
			n += len(d.Payload)
		}
	}
	return n
}
