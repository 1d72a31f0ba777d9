package codec

import (
	"bytes"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"

	"simrun/wire"
)

// fixCRC writes the checksum of a packet that a test has changed.
func fixCRC(b []byte) {
	if len(b) >= wire.SCTPHeaderLen {
		binary.LittleEndian.PutUint32(b[8:], naiveCRC(b))
	}
}

// naiveCRC is CRC32c bit by bit, as RFC 9260 appendix B describes it.
func naiveCRC(b []byte) uint32 {
	crc := ^uint32(0)
	for i, octet := range b {
		if i >= 8 && i < 12 {
			octet = 0
		}
		crc ^= uint32(octet)
		for range 8 {
			crc = crc>>1 ^ 0x82f63b78&-(crc&1)
		}
	}
	return ^crc
}

// TestCRC32c: the check value of the polynomial, and the naive sum of packets.
func TestCRC32c(t *testing.T) {
	if got := naiveCRC([]byte("12345678\x00\x00\x00\x009")); got != crc32c([]byte("12345678\xff\xff\xff\xff9")) {
		t.Errorf("the checksum field counts: %08x", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 12, 200).Draw(t, "packet")
		if got, want := crc32c(b), naiveCRC(b); got != want {
			t.Fatalf("%08x, want %08x", got, want)
		}
	})
}

func TestRoundTripSCTP(t *testing.T) {
	c := New()
	rapid.Check(t, func(t *rapid.T) {
		p := drawSCTP(t)
		b, err := c.Append([]byte("before"), p)
		if err != nil || !bytes.HasPrefix(b, []byte("before")) {
			t.Fatalf("Append: %q, %v", b, err)
		}
		b = b[6:]
		if len(b) != p.Size() {
			t.Fatalf("%d octets, but Size says %d", len(b), p.Size())
		}
		var got wire.Packet
		if err := c.Decode(append(b, "link padding"...), &got); err != nil {
			t.Fatalf("Decode: %v", err)
		}
		if diff := cmp.Diff(p, &got, comparable); diff != "" {
			t.Fatalf("decoded packet differs (-want +got):\n%s", diff)
		}
		head := wire.IPHeaderLen(p.SCTP.Dst)
		if sum := binary.LittleEndian.Uint32(b[head+8:]); sum != naiveCRC(b[head:]) {
			t.Fatalf("checksum %08x, want %08x", sum, naiveCRC(b[head:]))
		}
	})
}

// TestLayers reads a packet as any user of gopacket would, and writes it again
// layer by layer.
func TestLayers(t *testing.T) {
	before := layers.IPProtocolMetadata[layers.IPProtocolSCTP]
	RegisterSCTP()
	defer func() { layers.IPProtocolMetadata[layers.IPProtocolSCTP] = before }()
	p := bundle(addr4)
	b := encode(t, New(), p)
	packet := gopacket.NewPacket(b, layers.LayerTypeIPv4, gopacket.Default)
	if e := packet.ErrorLayer(); e != nil {
		t.Fatal(e.Error())
	}
	sctp := packet.TransportLayer().(*SCTP)
	if sctp.SrcPort != 49152 || sctp.DstPort != 4500 || sctp.Tag != 0xfffffff0 || sctp.TransportFlow().String() != "49152->4500" {
		t.Errorf("header reads %+v", sctp)
	}
	var chunks []gopacket.SerializableLayer
	for _, l := range packet.Layers() {
		if c, ok := l.(*SCTPChunk); ok {
			chunks = append(chunks, c)
		}
	}
	if len(chunks) != 2 || chunks[0].(*SCTPChunk).Type != wire.ChunkSACK || chunks[1].(*SCTPChunk).Type != wire.ChunkData {
		t.Fatalf("%d chunks", len(chunks))
	}
	if d, ok := chunks[1].(*SCTPChunk).Data(); !ok || string(d.Payload) != "hello" {
		t.Errorf("DATA reads %+v", d)
	}
	buf := gopacket.NewSerializeBuffer()
	all := append([]gopacket.SerializableLayer{&SCTP{SrcPort: sctp.SrcPort, DstPort: sctp.DstPort, Tag: sctp.Tag}}, chunks...)
	if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{ComputeChecksums: true}, all...); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(buf.Bytes(), b[20:]) {
		t.Errorf("written again %x\nwant %x", buf.Bytes(), b[20:])
	}

	var header SCTP
	var chunk SCTPChunk
	parser := gopacket.NewDecodingLayerParser(LayerTypeSCTP, &header, &chunk)
	var decoded []gopacket.LayerType
	if err := parser.DecodeLayers(b[20:], &decoded); err != nil || len(decoded) != 3 {
		t.Errorf("the layer parser reads %v, %v", decoded, err)
	}
}

// TestLayersRefuse: a wrong checksum and a partial chunk are errors.
func TestLayersRefuse(t *testing.T) {
	b := encode(t, New(), bundle(addr4))[20:]
	var s SCTP
	var c SCTPChunk
	if err := s.DecodeFromBytes(b[:11], gopacket.NilDecodeFeedback); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
	if err := c.DecodeFromBytes(b[12:15], gopacket.NilDecodeFeedback); !errors.Is(err, ErrTruncated) {
		t.Error(err)
	}
	b[0]++
	if err := s.DecodeFromBytes(b, gopacket.NilDecodeFeedback); !errors.Is(err, ErrChecksum) {
		t.Error(err)
	}
}
