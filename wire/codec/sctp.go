package codec

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"

	"simrun/wire"
)

var (
	castagnoli = crc32.MakeTable(crc32.Castagnoli)
	noChecksum [4]byte // what the checksum field counts as
)

// crc32c is the checksum of RFC 9260 6.8 and appendix B over a packet, as if
// its checksum field were zero. The field holds it with the low octet first.
func crc32c(b []byte) uint32 {
	sum := crc32.Update(0, castagnoli, b[:8])
	sum = crc32.Update(sum, castagnoli, noChecksum[:])
	return crc32.Update(sum, castagnoli, b[wire.SCTPHeaderLen:])
}

// SCTP is the common header of an SCTP packet as a gopacket layer; its chunks
// are its payload, a layer each.
type SCTP struct {
	layers.BaseLayer
	SrcPort, DstPort uint16
	Tag              wire.Tag
	Checksum         uint32 // CRC32c as found; written anew by SerializeTo
}

// SCTPChunk is one chunk as a gopacket layer. The typed views of wire.Chunk
// read its value.
type SCTPChunk struct {
	layers.BaseLayer
	wire.Chunk
}

// The layer types by which gopacket knows these layers. Numbers from 2000 on
// are left to users of gopacket.
const (
	LayerTypeSCTP      gopacket.LayerType = 2132
	LayerTypeSCTPChunk gopacket.LayerType = 2133
)

var _ = [...]gopacket.LayerType{
	gopacket.RegisterLayerType(int(LayerTypeSCTP), gopacket.LayerTypeMetadata{
		Name: "SCTP (simrun)", Decoder: gopacket.DecodeFunc(decodeSCTPLayer),
	}),
	gopacket.RegisterLayerType(int(LayerTypeSCTPChunk), gopacket.LayerTypeMetadata{
		Name: "SCTPChunk (simrun)", Decoder: gopacket.DecodeFunc(decodeChunkLayer),
	}),
}

// RegisterSCTP makes gopacket decode SCTP with the layers of this package
// wherever IP says that SCTP follows. It changes gopacket for the whole
// program, so it is the program's to call.
func RegisterSCTP() {
	layers.IPProtocolMetadata[layers.IPProtocolSCTP] = layers.EnumMetadata{
		DecodeWith: LayerTypeSCTP, Name: "SCTP", LayerType: LayerTypeSCTP,
	}
}

// LayerType is LayerTypeSCTP.
func (s *SCTP) LayerType() gopacket.LayerType { return LayerTypeSCTP }

// CanDecode is LayerTypeSCTP.
func (s *SCTP) CanDecode() gopacket.LayerClass { return LayerTypeSCTP }

// NextLayerType is that of a chunk.
func (s *SCTP) NextLayerType() gopacket.LayerType { return LayerTypeSCTPChunk }

// TransportFlow is the flow between the two ports.
func (s *SCTP) TransportFlow() gopacket.Flow {
	src, dst := layers.SCTPPort(s.SrcPort), layers.SCTPPort(s.DstPort)
	return gopacket.NewFlow(layers.EndpointSCTPPort,
		binary.BigEndian.AppendUint16(nil, uint16(src)), binary.BigEndian.AppendUint16(nil, uint16(dst)))
}

// DecodeFromBytes reads the common header and verifies the checksum.
func (s *SCTP) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	if len(b) < wire.SCTPHeaderLen {
		df.SetTruncated()
		return fail(ErrTruncated, "want an SCTP common header of %d octets, found %d", wire.SCTPHeaderLen, len(b))
	}
	*s = SCTP{
		BaseLayer: layers.BaseLayer{Contents: b[:wire.SCTPHeaderLen], Payload: b[wire.SCTPHeaderLen:]},
		SrcPort:   binary.BigEndian.Uint16(b), DstPort: binary.BigEndian.Uint16(b[2:]),
		Tag: wire.Tag(binary.BigEndian.Uint32(b[4:])), Checksum: binary.LittleEndian.Uint32(b[8:]),
	}
	if s.Checksum != crc32c(b) {
		return fail(ErrChecksum, "SCTP octet 8")
	}
	return nil
}

// SerializeTo puts the common header before what the buffer holds, and the
// checksum of both into it when the options ask for that.
func (s *SCTP) SerializeTo(b gopacket.SerializeBuffer, opts gopacket.SerializeOptions) error {
	head, err := b.PrependBytes(wire.SCTPHeaderLen)
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	binary.BigEndian.PutUint16(head, s.SrcPort)
	binary.BigEndian.PutUint16(head[2:], s.DstPort)
	binary.BigEndian.PutUint32(head[4:], uint32(s.Tag))
	if opts.ComputeChecksums {
		s.Checksum = crc32c(b.Bytes())
	}
	binary.LittleEndian.PutUint32(head[8:], s.Checksum)
	return nil
}

// LayerType is LayerTypeSCTPChunk.
func (c *SCTPChunk) LayerType() gopacket.LayerType { return LayerTypeSCTPChunk }

// CanDecode is LayerTypeSCTPChunk.
func (c *SCTPChunk) CanDecode() gopacket.LayerClass { return LayerTypeSCTPChunk }

// NextLayerType is that of the next chunk; there is none after the last.
func (c *SCTPChunk) NextLayerType() gopacket.LayerType {
	if len(c.BaseLayer.Payload) == 0 {
		return gopacket.LayerTypeZero
	}
	return LayerTypeSCTPChunk
}

// DecodeFromBytes reads the first chunk; the others are its payload.
func (c *SCTPChunk) DecodeFromBytes(b []byte, df gopacket.DecodeFeedback) error {
	chunk, rest, ok := wire.Chunks(b).Next()
	if !ok {
		df.SetTruncated()
		return fail(ErrTruncated, "want a whole chunk, found %d octets", len(b))
	}
	*c = SCTPChunk{layers.BaseLayer{Contents: b[:len(b)-len(rest)], Payload: rest}, chunk}
	return nil
}

// SerializeTo puts the chunk, padded, before what the buffer holds.
func (c *SCTPChunk) SerializeTo(b gopacket.SerializeBuffer, _ gopacket.SerializeOptions) error {
	head, err := b.PrependBytes(c.Size())
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	c.Append(wire.Chunks(head[:0]))
	return nil
}

func decodeSCTPLayer(b []byte, p gopacket.PacketBuilder) error {
	s := new(SCTP)
	if err := s.DecodeFromBytes(b, p); err != nil {
		return err
	}
	p.AddLayer(s)
	p.SetTransportLayer(s)
	if len(s.Payload) == 0 {
		return nil
	}
	return p.NextDecoder(LayerTypeSCTPChunk)
}

func decodeChunkLayer(b []byte, p gopacket.PacketBuilder) error {
	c := new(SCTPChunk)
	if err := c.DecodeFromBytes(b, p); err != nil {
		return err
	}
	p.AddLayer(c)
	if len(c.BaseLayer.Payload) == 0 {
		return nil
	}
	return p.NextDecoder(LayerTypeSCTPChunk)
}

// putSCTP writes the packet with its checksum. The chunks are octets already.
func (c *Codec) putSCTP(p *wire.SCTP) error {
	chunks, err := c.buf.PrependBytes(len(p.Chunks))
	if err != nil {
		return fail(ErrMalformed, "%v", err)
	}
	copy(chunks, p.Chunks)
	c.sctp = SCTP{SrcPort: p.SrcPort, DstPort: p.DstPort, Tag: p.Tag}
	return c.sctp.SerializeTo(c.buf, gopacket.SerializeOptions{ComputeChecksums: true})
}

// decodeSCTP reads a packet. What its chunks are is SCTP's to find out, for a
// partial chunk at the end spoils none before it (RFC 9260 6.10).
func (c *Codec) decodeSCTP(b []byte, p *wire.SCTP) error {
	if err := c.sctp.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		return err
	}
	p.SrcPort, p.DstPort, p.Tag = c.sctp.SrcPort, c.sctp.DstPort, c.sctp.Tag
	if len(c.sctp.Payload) > 0 {
		p.Chunks = wire.Chunks(c.sctp.Payload)
	}
	return nil
}
