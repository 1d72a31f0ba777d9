package codec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"pgregory.net/rapid"

	"simrun/wire"
)

var comparable = cmp.AllowUnexported(wire.Addr{}, wire.Options{})

func encode(t testing.TB, c *Codec, p *wire.Packet) []byte {
	t.Helper()
	b, err := c.Append(nil, p)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	return b
}

// roundTrip encodes, decodes and encodes again, with a Codec that has seen
// other packets before.
func roundTrip(t *rapid.T, c *Codec, p *wire.Packet) {
	b, err := c.Append([]byte("before"), p)
	if err != nil {
		t.Fatalf("Append: %v", err)
	}
	if !bytes.HasPrefix(b, []byte("before")) {
		t.Fatalf("Append changed what dst held: %q", b[:6])
	}
	b = b[6:]
	if len(b) != p.Size() {
		t.Fatalf("%d octets, but Size says %d", len(b), p.Size())
	}
	second(t, b, p)
	var got wire.Packet
	if err := c.Decode(append(b, "link padding"...), &got); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if diff := cmp.Diff(p, &got, comparable); diff != "" {
		t.Fatalf("decoded packet differs (-want +got):\n%s", diff)
	}
	again, err := c.Append(nil, &got)
	if err != nil || !bytes.Equal(again, b) {
		t.Fatalf("encoded again: %x, %v\nwant %x", again, err, b)
	}
}

func TestRoundTripTCP(t *testing.T) {
	c := New()
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, c, drawTCP(t)) })
}

func TestRoundTripICMP(t *testing.T) {
	c := New()
	rapid.Check(t, func(t *rapid.T) { roundTrip(t, c, drawICMP(t)) })
}

// second reads the octets with gopacket's own packet decoder, which shares no
// state with a Codec, and adds them up with the naive checksum.
func second(t *rapid.T, b []byte, p *wire.Packet) {
	n := p.Net()
	first := layers.LayerTypeIPv4
	if !n.Dst.Is4() {
		first = layers.LayerTypeIPv6
	}
	packet := gopacket.NewPacket(b, first, gopacket.Default)
	want := fmt.Sprintf("%v>%v ttl %d tos %d", n.Src, n.Dst, n.TTL, n.DSCP<<2|uint8(n.ECN))
	var got string
	acc := uint32(p.Proto)
	var body []byte
	switch ip := packet.NetworkLayer().(type) {
	case *layers.IPv4:
		src, dst := wire.AddrFrom4([4]byte(ip.SrcIP)), wire.AddrFrom4([4]byte(ip.DstIP))
		got = fmt.Sprintf("%v>%v ttl %d tos %d", src, dst, ip.TTL, ip.TOS)
		if naive(0, b[:20]) != 0 || ip.Flags == layers.IPv4DontFragment != n.DontFragment || ip.Id != 0 {
			t.Fatalf("IPv4 header: checksum %#04x, flags %v, id %d", ip.Checksum, ip.Flags, ip.Id)
		}
		body = ip.Payload
	case *layers.IPv6:
		src, dst := wire.AddrFrom16([16]byte(ip.SrcIP)), wire.AddrFrom16([16]byte(ip.DstIP))
		got = fmt.Sprintf("%v>%v ttl %d tos %d", src, dst, ip.HopLimit, ip.TrafficClass)
		body = ip.Payload
	}
	if got != want {
		t.Fatalf("IP header: %s, want %s", got, want)
	}
	if p.Proto == wire.ProtoICMPv4 {
		acc = 0
	} else {
		acc += uint32(len(body))
		for _, addr := range []wire.Addr{n.Src, n.Dst} {
			octets := addr.As16()
			if addr.Is4() {
				octets[10], octets[11] = 0, 0 // the prefix of a mapped address does not travel
			}
			for i := 0; i < 16; i += 2 {
				acc += uint32(octets[i])<<8 | uint32(octets[i+1])
			}
		}
	}
	if left := naive(acc, body); left != 0 {
		t.Fatalf("the transport's octets add up to %#04x, want 0", left)
	}
	if p.Proto == wire.ProtoTCP {
		secondTCP(t, packet, &p.TCP)
	}
}

func secondTCP(t *rapid.T, packet gopacket.Packet, want *wire.TCP) {
	tcp := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
	var flags wire.Flags
	for i, set := range []bool{tcp.FIN, tcp.SYN, tcp.RST, tcp.PSH, tcp.ACK, tcp.URG, tcp.ECE, tcp.CWR, tcp.NS} {
		if set {
			flags |= 1 << i
		}
	}
	switch {
	case uint16(tcp.SrcPort) != want.SrcPort, uint16(tcp.DstPort) != want.DstPort,
		tcp.Seq != uint32(want.Seq), tcp.Ack != uint32(want.Ack),
		tcp.Window != want.Window, tcp.Urgent != want.Urgent,
		flags != want.Flags&(1<<9-1), tcp.Contents[12]&0xe != byte(want.Flags>>8)&0xe,
		!bytes.Equal(tcp.Contents[20:], want.Options.Bytes()),
		!bytes.Equal(tcp.Payload, want.Payload):
		t.Fatalf("gopacket reads %+v\nwant %+v", tcp, want)
	}
	if packet.ErrorLayer() != nil {
		return // malformed options
	}
	i := 0
	for opt, next, ok := want.Options.Next(0); ok; opt, next, ok = want.Options.Next(next) {
		if got := tcp.Options[i]; got.OptionType != layers.TCPOptionKind(opt.Kind) || !bytes.Equal(got.OptionData, opt.Data) {
			t.Fatalf("gopacket reads option %d as %v, want %v", i, got, opt)
		}
		i++
	}
	if i != len(tcp.Options) {
		t.Fatalf("gopacket reads %d options, want %d", len(tcp.Options), i)
	}
}

// TestNoStaleOptions sends a segment with padding and then one without
// options: a reused layers.TCP would send the padding again.
func TestNoStaleOptions(t *testing.T) {
	c := New()
	long := segment(addr4, 0)
	long.TCP.Options.AddSACKPermitted() // 14 octets: two of padding
	var got wire.Packet
	if err := c.Decode(encode(t, c, long), &got); err != nil {
		t.Fatal(err)
	}
	if want := append(slices.Clone(long.TCP.Options.Bytes()), 0, 0); !bytes.Equal(got.TCP.Options.Bytes(), want) {
		t.Errorf("options %x, want %x", got.TCP.Options.Bytes(), want)
	}
	short := segment(addr4, 3)
	short.TCP.Options = wire.Options{}
	b := encode(t, c, short)
	if len(b) != 43 || b[32] != 0x50 {
		t.Errorf("%d octets with offset octet %#x, want 43 with 0x50", len(b), b[32])
	}
	odd := segment(addr4, 0)
	odd.TCP.Options, _ = wire.OptionsFromBytes([]byte{1}) // its padding must be zero (MUST-69)
	if b := encode(t, c, odd); !bytes.Equal(b[40:], []byte{1, 0, 0, 0}) {
		t.Errorf("options %x, want 01000000", b[40:])
	}
}

func TestAppendRefuses(t *testing.T) {
	tcp := func(change func(*wire.TCP)) *wire.Packet {
		p := segment(addr4, 0)
		change(&p.TCP)
		return p
	}
	icmp := func(addrs [2]wire.Addr, change func(*wire.ICMP)) *wire.Packet {
		p := message(addrs, wire.HostUnreachable)
		change(&p.ICMP)
		return p
	}
	for _, c := range []struct {
		name string
		p    *wire.Packet
		want error
	}{
		{"families", tcp(func(s *wire.TCP) { s.Src = addr6[0] }), ErrMalformed},
		{"DSCP", tcp(func(s *wire.TCP) { s.DSCP = 64 }), ErrMalformed},
		{"ECN", tcp(func(s *wire.TCP) { s.ECN = 4 }), ErrMalformed},
		{"flags", tcp(func(s *wire.TCP) { s.Flags = 1 << 12 }), ErrMalformed},
		{"IPv4 size", tcp(func(s *wire.TCP) { s.Payload = make([]byte, 65536-20-32) }), ErrMalformed},
		{"IPv6 size", segment(addr6, 65536-32), ErrMalformed},
		{"UDP", &wire.Packet{Proto: 17, ICMP: message(addr4, 1).ICMP}, ErrUnsupported},
		{"SCTP of two families", &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{Net: wire.Net{Src: addr4[0], Dst: addr6[0]}}}, ErrMalformed},
		{"ICMPv4 over IPv6", &wire.Packet{Proto: wire.ProtoICMPv4, ICMP: message(addr6, 1).ICMP}, ErrUnsupported},
		{"ICMPv6 over IPv4", &wire.Packet{Proto: wire.ProtoICMPv6, ICMP: message(addr4, 1).ICMP}, ErrUnsupported},
		{"quote of another family", icmp(addr4, func(m *wire.ICMP) { m.Quote.Src = addr6[0] }), ErrMalformed},
		{"MTU too large", icmp(addr4, func(m *wire.ICMP) { m.Kind, m.MTU = wire.PacketTooBig, 65536 }), ErrMalformed},
		{"MTU out of place", icmp(addr4, func(m *wire.ICMP) { m.MTU = 1 }), ErrMalformed},
		{"no word in IPv6", icmp(addr6, func(m *wire.ICMP) { m.Kind = wire.SourceQuench }), ErrUnsupported},
		{"kind out of range", icmp(addr6, func(m *wire.ICMP) { m.Kind = 99 }), ErrUnsupported},
		{"echo", icmp(addr4, func(m *wire.ICMP) { m.Kind, m.Type = wire.ICMPOther, 8 }), ErrUnsupported},
		{"a word for it", icmp(addr4, func(m *wire.ICMP) { m.Kind, m.Type = wire.ICMPOther, 3 }), ErrMalformed},
	} {
		dst := []byte("before")
		b, err := New().Append(dst, c.p)
		if !errors.Is(err, c.want) || string(b) != "before" {
			t.Errorf("%s: %q, %v; want dst alone, %v", c.name, b, err, c.want)
		}
	}
}

// TestLargest meets the limits that TestAppendRefuses passes by one.
func TestLargest(t *testing.T) {
	for _, p := range []*wire.Packet{segment(addr4, 65535-20-32), segment(addr6, 65535-32)} {
		c, got := New(), wire.Packet{}
		if err := c.Decode(encode(t, c, p), &got); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(p, &got, comparable); diff != "" {
			t.Fatalf("differs (-want +got):\n%s", diff)
		}
	}
}

// fixSums writes the checksums of octets that a test has changed.
func fixSums(b []byte) []byte {
	if b[0]>>4 == 4 {
		b[10], b[11] = 0, 0
		if b[9] == byte(wire.ProtoSCTP) {
			put16(b[10:], checksum(0, b[:20]))
			fixCRC(b[20:])
			return b
		}
		at := 20 + 16
		if b[9] == byte(wire.ProtoICMPv4) {
			at = 20 + 2
		}
		b[at], b[at+1] = 0, 0
		putChecksums(b, wire.Proto(b[9]))
		return b
	}
	if b[6] == byte(wire.ProtoSCTP) {
		fixCRC(b[40:])
		return b
	}
	at := 40 + 16
	if b[6] == byte(wire.ProtoICMPv6) {
		at = 40 + 2
	}
	b[at], b[at+1] = 0, 0
	putChecksums(b, wire.Proto(b[6]))
	return b
}

func TestDecodeRefuses(t *testing.T) {
	host4, host6 := message(addr4, wire.HostUnreachable), message(addr6, wire.HostUnreachable)
	for _, c := range []struct {
		name   string
		p      *wire.Packet
		change func(b []byte)
		want   error
	}{
		{"version", segment(addr4, 0), func(b []byte) { b[0] = 0x55 }, ErrUnsupported},
		{"header length", segment(addr4, 0), func(b []byte) { b[0] = 0x44 }, ErrMalformed},
		{"total length below header", segment(addr4, 0), func(b []byte) { b[2], b[3] = 0, 19 }, ErrMalformed},
		{"offloaded length", segment(addr4, 0), func(b []byte) { b[2], b[3] = 0, 0 }, ErrMalformed},
		{"total length above", segment(addr4, 0), func(b []byte) { b[2] = 255 }, ErrTruncated},
		{"IPv4 checksum", segment(addr4, 0), func(b []byte) { b[8]++ }, ErrChecksum},
		{"IP options", segment(addr4, 0), func(b []byte) { b[0] = 0x46; b[10], b[11] = 0, 0; put16(b[10:], checksum(0, b[:24])) }, ErrUnsupported},
		{"fragment", segment(addr4, 0), func(b []byte) { b[6] = 0x20; fixSums(b) }, ErrUnsupported},
		{"fragment offset", segment(addr4, 0), func(b []byte) { b[7] = 1; fixSums(b) }, ErrUnsupported},
		{"UDP", segment(addr4, 0), func(b []byte) { b[9] = 17; b[10], b[11] = 0, 0; put16(b[10:], checksum(0, b[:20])) }, ErrUnsupported},
		{"IPv6 length above", segment(addr6, 0), func(b []byte) { b[4] = 255 }, ErrTruncated},
		{"IPv6 length zero", segment(addr6, 0), func(b []byte) { b[4], b[5] = 0, 0 }, ErrMalformed},
		{"hop by hop", segment(addr6, 0), func(b []byte) { b[6] = 0 }, ErrUnsupported},
		{"mapped", segment(addr6, 0), func(b []byte) { clear(b[8:18]); b[18], b[19] = 255, 255; fixSums(b) }, ErrUnsupported},
		{"TCP short", segment(addr6, 0), func(b []byte) { b[5] = 19 }, ErrTruncated},
		{"TCP checksum", segment(addr4, 1), func(b []byte) { b[len(b)-1]++ }, ErrChecksum},
		{"TCP offset below", segment(addr4, 0), func(b []byte) { b[32] = 0x40; fixSums(b) }, ErrMalformed},
		{"TCP offset above", segment(addr4, 0), func(b []byte) { b[32] = 0xf0; fixSums(b) }, ErrTruncated},
		{"SCTP short", bundle(addr6), func(b []byte) { b[4], b[5] = 0, 11 }, ErrTruncated},
		{"SCTP checksum", bundle(addr4), func(b []byte) { b[28]++ }, ErrChecksum},
		{"ICMP checksum", host4, func(b []byte) { b[21] = 0 }, ErrChecksum},
		{"ICMP echo", host4, func(b []byte) { b[20] = 8; fixSums(b) }, ErrUnsupported},
		{"quoted version", host4, func(b []byte) { b[28] = 0x65; fixSums(b) }, ErrMalformed},
		{"quoted fragment", host4, func(b []byte) { b[35] = 1; fixSums(b) }, ErrUnsupported},
		{"quoted header length", host4, func(b []byte) { b[28] = 0x44; fixSums(b) }, ErrMalformed},
		{"quoted options cut", host4, func(b []byte) { b[28] = 0x4f; fixSums(b) }, ErrTruncated},
		{"ICMPv6 checksum", host6, func(b []byte) { b[41] = 0 }, ErrChecksum},
		{"ICMPv6 echo", host6, func(b []byte) { b[40] = 128; fixSums(b) }, ErrUnsupported},
		{"quoted version 4", host6, func(b []byte) { b[48] = 0x45; fixSums(b) }, ErrMalformed},
		{"quoted mapped", host6, func(b []byte) { clear(b[56:66]); b[66], b[67] = 255, 255; fixSums(b) }, ErrUnsupported},
	} {
		b := encode(t, New(), c.p)
		c.change(b)
		var got wire.Packet
		if err := New().Decode(b, &got); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

func put16(b []byte, v uint16) { b[0], b[1] = byte(v>>8), byte(v) }

// TestMoreQuoted reads what routers send beyond the octets they must.
func TestMoreQuoted(t *testing.T) {
	p := message(addr4, wire.HostUnreachable)
	b := append(encode(t, New(), p), 1, 2, 3, 4)
	b[3] += 4
	var got wire.Packet
	if err := New().Decode(fixSums(b), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, &got, comparable); diff != "" {
		t.Errorf("differs (-want +got):\n%s", diff)
	}
	b = encode(t, New(), message(addr6, wire.PacketTooBig))
	b[41] = 7 // RFC 4443 3.2: ignored by the receiver
	if err := New().Decode(fixSums(b), &got); err != nil || got.ICMP.Kind != wire.PacketTooBig || got.ICMP.MTU != 1400 {
		t.Errorf("packet too big with code 7: %v, %v", got.ICMP, err)
	}
}

// TestEachTruncation cuts at each octet: an error, and no panic.
func TestEachTruncation(t *testing.T) {
	c := New()
	for _, p := range []*wire.Packet{
		segment(addr4, 9), segment(addr6, 9), message(addr4, wire.PacketTooBig), message(addr6, wire.PacketTooBig),
		bundle(addr4), bundle(addr6),
	} {
		whole := encode(t, c, p)
		for n := range whole {
			b := slices.Clone(whole[:n])
			var got wire.Packet
			if err := c.Decode(b, &got); !errors.Is(err, ErrTruncated) {
				t.Errorf("%d of %d octets: %v, want %v", n, len(whole), err, ErrTruncated)
			}
			if n <= wire.IPv6HeaderLen {
				continue
			}
			// The same with the lengths and sums of the cut packet: only what
			// is cut from the payload may pass.
			if b[0]>>4 == 4 {
				put16(b[2:], uint16(n))
			} else {
				put16(b[4:], uint16(n-wire.IPv6HeaderLen))
			}
			if n >= wire.IPv6HeaderLen+20 {
				fixSums(b)
			}
			if err := c.Decode(b, &got); err == nil && n < len(whole)-len(p.Payload()) {
				t.Errorf("%d of %d octets, cut in the header, decode", n, len(whole))
			}
		}
	}
}

// TestEachBitFlip flips each bit of the transport's octets, and of the whole
// packet where IPv4 protects its header too.
func TestEachBitFlip(t *testing.T) {
	c := New()
	for _, p := range []*wire.Packet{
		segment(addr4, 33), segment(addr6, 33), message(addr4, wire.TimeExceeded), message(addr6, wire.TimeExceeded),
		bundle(addr4), bundle(addr6),
	} {
		b := encode(t, c, p)
		for i := wire.IPHeaderLen(p.Net().Dst); i < len(b); i++ {
			for bit := range 8 {
				b[i] ^= 1 << bit
				var got wire.Packet
				if err := c.Decode(b, &got); !errors.Is(err, ErrChecksum) {
					t.Errorf("octet %d bit %d: %v, want %v", i, bit, err, ErrChecksum)
				}
				b[i] ^= 1 << bit
			}
		}
		if !p.Net().Dst.Is4() {
			continue
		}
		for i := range wire.IPv4HeaderLen * 8 {
			b[i/8] ^= 1 << (i % 8)
			var got wire.Packet
			if err := c.Decode(b, &got); err == nil {
				t.Errorf("IPv4 header bit %d flipped: decodes", i)
			}
			b[i/8] ^= 1 << (i % 8)
		}
	}
}

// TestMalformedOptionsDecode keeps what gopacket refuses.
func TestMalformedOptionsDecode(t *testing.T) {
	for _, raw := range [][]byte{
		{2, 0, 0, 0}, {2, 1, 0, 0}, {1, 1, 1, 2}, {2, 5, 1, 1}, {0, 255, 255, 255}, bytes.Repeat([]byte{200}, 40),
	} {
		p := segment(addr4, 5)
		p.TCP.Options, _ = wire.OptionsFromBytes(raw)
		var got wire.Packet
		if err := New().Decode(encode(t, New(), p), &got); err != nil {
			t.Errorf("options %x: %v", raw, err)
		}
		if diff := cmp.Diff(p, &got, comparable); diff != "" {
			t.Errorf("options %x differ (-want +got):\n%s", raw, diff)
		}
	}
}

func TestAllocations(t *testing.T) {
	c := New()
	dst := make([]byte, 0, 2048)
	for _, p := range []*wire.Packet{
		segment(addr4, 1000), segment(addr6, 1000), message(addr4, wire.PacketTooBig), message(addr6, wire.PacketTooBig),
		bundle(addr4), bundle(addr6),
	} {
		b := encode(t, c, p)
		if n := testing.AllocsPerRun(100, func() { _, _ = c.Append(dst, p) }); n > 0 {
			t.Errorf("Append of protocol %d allocates %v times, want 0", p.Proto, n)
		}
		var got wire.Packet
		if n := testing.AllocsPerRun(100, func() { _ = c.Decode(b, &got) }); n > 0 {
			t.Errorf("Decode of protocol %d allocates %v times, want 0", p.Proto, n)
		}
	}
}

// FuzzDecode: whatever decodes is a packet that encodes, and decodes to itself.
func FuzzDecode(f *testing.F) {
	for _, addrs := range [][2]wire.Addr{addr4, addr6} {
		f.Add(encode(f, New(), segment(addrs, 5)))
		f.Add(encode(f, New(), message(addrs, wire.PacketTooBig)))
		f.Add(encode(f, New(), bundle(addrs)))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c := New()
		var first, second wire.Packet
		for _, repair := range []bool{false, true} {
			if repair && len(b) >= 60 && (b[0]>>4 == 4 || b[0]>>4 == 6) {
				fixSums(b) // or hardly any input gets past the checksum
			}
			if c.Decode(b, &first) != nil {
				continue
			}
			again, err := c.Append(nil, &first)
			if err != nil {
				t.Fatalf("decoded packet does not encode: %v", err)
			}
			if err := c.Decode(again, &second); err != nil {
				t.Fatalf("encoded packet does not decode: %v", err)
			}
			if diff := cmp.Diff(first, second, comparable); diff != "" {
				t.Fatalf("differs (-first +second):\n%s", diff)
			}
		}
	})
}

func BenchmarkAppend(b *testing.B) {
	c, p, dst := New(), segment(addr4, 1460), make([]byte, 0, 2048)
	b.ReportAllocs()
	b.SetBytes(int64(p.Size()))
	for b.Loop() {
		_, _ = c.Append(dst, p)
	}
}

func BenchmarkDecode(b *testing.B) {
	c, p := New(), segment(addr4, 1460)
	data := encode(b, c, p)
	b.ReportAllocs()
	b.SetBytes(int64(p.Size()))
	for b.Loop() {
		_ = c.Decode(data, p)
	}
}
