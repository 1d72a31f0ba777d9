package codec

import (
	"pgregory.net/rapid"

	"simrun/wire"
)

var (
	addr4 = [2]wire.Addr{wire.MustParseAddr("192.168.1.122"), wire.MustParseAddr("192.168.1.112")}
	addr6 = [2]wire.Addr{wire.MustParseAddr("2001:db8::1"), wire.MustParseAddr("2001:db8::2")}
)

// segment is a plain data segment with the options of Linux.
func segment(addrs [2]wire.Addr, payload int) *wire.Packet {
	p := &wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net:     wire.Net{Src: addrs[0], Dst: addrs[1], TTL: 64, DontFragment: addrs[0].Is4()},
		SrcPort: 49152, DstPort: 4500, Seq: 0xfffffff0, Ack: 7, Flags: wire.PSH | wire.ACK, Window: 65535,
	}}
	p.TCP.Options.AddNop(2)
	p.TCP.Options.AddTimestamps(0x01020304, 0x05060708)
	for i := range payload {
		p.TCP.Payload = append(p.TCP.Payload, byte(i))
	}
	return p
}

// message is an ICMP error about the segment.
func message(addrs [2]wire.Addr, kind wire.ICMPKind) *wire.Packet {
	p := &wire.Packet{Proto: wire.ProtoICMPv4, ICMP: wire.ICMP{
		Net:  wire.Net{Src: addrs[1], Dst: addrs[0], TTL: 64},
		Kind: kind,
		Quote: wire.Quote{
			Proto: wire.ProtoTCP, Src: addrs[0], Dst: addrs[1], SrcPort: 49152, DstPort: 4500, Seq: 0xfffffff0,
		},
	}}
	if !addrs[0].Is4() {
		p.Proto = wire.ProtoICMPv6
	}
	if kind == wire.PacketTooBig {
		p.ICMP.MTU = 1400
	}
	return p
}

// bundle is a packet with chunks of several lengths.
func bundle(addrs [2]wire.Addr) *wire.Packet {
	p := &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{
		Net:     wire.Net{Src: addrs[0], Dst: addrs[1], TTL: 64, DontFragment: addrs[0].Is4()},
		SrcPort: 49152, DstPort: 4500, Tag: 0xfffffff0,
	}}
	p.SCTP.Chunks = wire.AppendSACK(nil, 5, 1000, []wire.GapAckBlock{{Start: 2, End: 3}}, []wire.TSN{4})
	d := wire.Data{Flags: wire.FlagBegin | wire.FlagEnd, TSN: 7, Stream: 1, Payload: []byte("hello")}
	p.SCTP.Chunks = d.Append(p.SCTP.Chunks)
	return p
}

// drawSCTP draws a packet of whole chunks.
func drawSCTP(t *rapid.T) *wire.Packet {
	p := &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{
		Net: drawNet(t, rapid.Bool().Draw(t, "ipv4")), SrcPort: rapid.Uint16().Draw(t, "src"),
		DstPort: rapid.Uint16().Draw(t, "dst"), Tag: wire.Tag(rapid.Uint32().Draw(t, "tag")),
	}}
	for range rapid.IntRange(0, 6).Draw(t, "chunks") {
		c := wire.Chunk{
			Type: wire.ChunkType(rapid.Byte().Draw(t, "type")), Flags: wire.ChunkFlags(rapid.Byte().Draw(t, "flags")),
			Value: rapid.SliceOfN(rapid.Byte(), 0, 60).Draw(t, "value"),
		}
		p.SCTP.Chunks = c.Append(p.SCTP.Chunks)
	}
	return p
}

// drawAddr draws an address of a family; an IPv6 one is never a mapped one.
func drawAddr(t *rapid.T, is4 bool) wire.Addr {
	if is4 {
		return wire.AddrFrom4([4]byte(rapid.SliceOfN(rapid.Byte(), 4, 4).Draw(t, "addr4")))
	}
	b := rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "addr6")
	b[0] = 0x20
	return wire.AddrFrom16([16]byte(b))
}

func drawNet(t *rapid.T, is4 bool) wire.Net {
	return wire.Net{
		Src: drawAddr(t, is4), Dst: drawAddr(t, is4),
		TTL:          rapid.Byte().Draw(t, "ttl"),
		DSCP:         rapid.Uint8Range(0, 63).Draw(t, "dscp"),
		ECN:          wire.ECN(rapid.Uint8Range(0, 3).Draw(t, "ecn")),
		DontFragment: is4 && rapid.Bool().Draw(t, "df"),
	}
}

// drawOptions draws whole words: known options, unknown ones, and octets that
// are none.
func drawOptions(t *rapid.T) (o wire.Options) {
	for range rapid.IntRange(0, 5).Draw(t, "options") {
		switch rapid.IntRange(0, 7).Draw(t, "option") {
		case 0:
			o.AddMSS(rapid.Uint16().Draw(t, "mss"))
		case 1:
			o.AddWindowScale(rapid.Byte().Draw(t, "wscale"))
		case 2:
			o.AddSACKPermitted()
		case 3:
			o.AddTimestamps(rapid.Uint32().Draw(t, "val"), rapid.Uint32().Draw(t, "ecr"))
		case 4:
			o.AddSACK([]wire.SACKBlock{{Left: 1, Right: 3}, {Left: 5, Right: 7}})
		case 5:
			o.Add(wire.OptionKind(rapid.Byte().Draw(t, "kind")), rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "data")...)
		case 6:
			o.AddNop(1)
		case 7:
			o.AddRaw(rapid.SliceOfN(rapid.Byte(), 0, 8).Draw(t, "raw")...)
		}
	}
	for o.Len()%4 != 0 {
		o.AddRaw(0)
	}
	return o
}

func drawTCP(t *rapid.T) *wire.Packet {
	is4 := rapid.Bool().Draw(t, "is4")
	p := &wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net:     drawNet(t, is4),
		SrcPort: rapid.Uint16().Draw(t, "sport"), DstPort: rapid.Uint16().Draw(t, "dport"),
		Seq: wire.Seq(rapid.Uint32().Draw(t, "seq")), Ack: wire.Seq(rapid.Uint32().Draw(t, "ack")),
		Flags:   wire.Flags(rapid.Uint16Range(0, uint16(wire.AllFlags)).Draw(t, "flags")),
		Window:  rapid.Uint16().Draw(t, "window"),
		Urgent:  rapid.Uint16().Draw(t, "urgent"),
		Options: drawOptions(t),
	}}
	size := rapid.IntRange(0, 1500).Draw(t, "size")
	if rapid.IntRange(0, 19).Draw(t, "large") == 0 {
		size = maxIPv4Packet - p.Size() - size%8
	}
	if size > 0 {
		p.TCP.Payload = make([]byte, size)
		fill := rapid.Byte().Draw(t, "fill")
		for i := range p.TCP.Payload {
			p.TCP.Payload[i] = byte(i) ^ fill
		}
	}
	return p
}

func drawICMP(t *rapid.T) *wire.Packet {
	is4 := rapid.Bool().Draw(t, "is4")
	p := &wire.Packet{Proto: wire.ProtoICMPv6, ICMP: wire.ICMP{
		Net: drawNet(t, is4),
		Quote: wire.Quote{
			Proto: wire.Proto(rapid.Byte().Draw(t, "quoted proto")),
			Src:   drawAddr(t, is4), Dst: drawAddr(t, is4),
			SrcPort: rapid.Uint16().Draw(t, "sport"), DstPort: rapid.Uint16().Draw(t, "dport"),
			Seq: wire.Seq(rapid.Uint32().Draw(t, "seq")),
		},
	}}
	if is4 {
		p.Proto = wire.ProtoICMPv4
	}
	known := []wire.ICMPKind{wire.ICMPOther}
	for kind, typ := range typesOf(is4) {
		if typ.typ != 0 {
			known = append(known, wire.ICMPKind(kind))
		}
	}
	switch p.ICMP.Kind = rapid.SampledFrom(known).Draw(t, "kind"); p.ICMP.Kind {
	case wire.PacketTooBig:
		p.ICMP.MTU = uint32(rapid.Uint16().Draw(t, "mtu"))
	case wire.ICMPOther:
		p.ICMP.Type, p.ICMP.Code = 3, rapid.Uint8Range(14, 255).Draw(t, "code")
	}
	return p
}
