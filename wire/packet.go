package wire

// Packet is one IP packet of any protocol simrun knows. Proto says which of
// the members holds it.
type Packet struct {
	Proto Proto
	TCP   TCP
	ICMP  ICMP
}

// Net is the packet's IP header.
func (p *Packet) Net() *Net {
	if p.Proto == ProtoTCP {
		return &p.TCP.Net
	}
	return &p.ICMP.Net
}

// Size is the size of the whole packet in octets, the IP header included.
func (p *Packet) Size() int {
	if p.Proto == ProtoTCP {
		return p.TCP.Size()
	}
	return p.ICMP.Size()
}

// Payload is the packet's user data; nil for protocols that carry none.
func (p *Packet) Payload() []byte {
	if p.Proto == ProtoTCP {
		return p.TCP.Payload
	}
	return nil
}
