package wire_test

import (
	"math/rand/v2"
	"net/netip"
	"testing"

	"simrun/wire"
)

func TestAddr(t *testing.T) {
	for _, c := range []struct {
		text, print                     string
		is4, valid, multicast, no, fail bool
	}{
		{text: "192.168.1.122", is4: true, valid: true},
		{text: "0.0.0.0", is4: true, valid: true, no: true},
		{text: "224.0.0.1", is4: true, valid: true, multicast: true},
		{text: "239.255.255.255", is4: true, valid: true, multicast: true},
		{text: "240.0.0.1", is4: true, valid: true},
		{text: "255.255.255.255", is4: true, valid: true, multicast: true},
		{text: "::ffff:10.0.0.1", print: "10.0.0.1", is4: true, valid: true},
		{text: "2001:db8::1", valid: true},
		{text: "ff02::1", valid: true, multicast: true},
		{text: "::", no: true},
		{text: "::1", valid: true},
		{text: "fe80::1%eth0", fail: true},
		{text: "10.0.0", fail: true},
		{text: "", fail: true},
		{text: "B", fail: true},
	} {
		a, err := wire.ParseAddr(c.text)
		if (err != nil) != c.fail {
			t.Errorf("ParseAddr(%q): %v", c.text, err)
		}
		if c.fail {
			continue
		}
		if c.print == "" {
			c.print = c.text
		}
		if a.String() != c.print || a.Is4() != c.is4 || a.IsValid() != c.valid || a.IsMulticast() != c.multicast || a.IsUnspecified() != c.no {
			t.Errorf("%q prints %v: Is4 %v, IsValid %v, IsMulticast %v, IsUnspecified %v",
				c.text, a, a.Is4(), a.IsValid(), a.IsMulticast(), a.IsUnspecified())
		}
	}
	if (wire.Addr{}).String() != "::" {
		t.Errorf("no address prints %q, want ::", wire.Addr{})
	}
}

func TestMustParseAddrPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	wire.MustParseAddr("nonsense")
}

// TestAddrTwin compares with netip on random octets.
func TestAddrTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(9, 10))
	for i := range 2000 {
		var b [16]byte
		for j := range b {
			b[j] = byte(rnd.Uint32())
		}
		if i%3 == 0 {
			b[0] = 0xff
		}
		a, twin := wire.AddrFrom16(b), netip.AddrFrom16(b)
		if a.As16() != b || a.String() != twin.String() || a.IsMulticast() != twin.IsMulticast() || a.Is4() {
			t.Fatalf("%v, want %v", a, twin)
		}
		v4 := [4]byte(b[:4])
		a, twin = wire.AddrFrom4(v4), netip.AddrFrom4(v4)
		all := v4 == [4]byte{255, 255, 255, 255}
		if a.As4() != v4 || a.As16() != twin.As16() || a.String() != twin.String() || a.IsMulticast() != (twin.IsMulticast() || all) || !a.Is4() {
			t.Fatalf("%v, want %v", a, twin)
		}
		if parsed := wire.MustParseAddr(a.String()); parsed != a || parsed.Hash(1) != a.Hash(1) || a.Hash(1) == a.Hash(2) {
			t.Fatalf("%v is parsed as %v", a, parsed)
		}
	}
}

func TestEndpoint(t *testing.T) {
	for _, c := range []struct {
		text string
		fail bool
	}{
		{"10.0.0.1:80", false},
		{"[2001:db8::1]:65535", false},
		{"10.0.0.1", true},
		{"10.0.0.1:", true},
		{"10.0.0.1:65536", true},
		{"10.0.0.1:-1", true},
		{"B:80", true},
		{"", true},
	} {
		e, err := wire.ParseEndpoint(c.text)
		if (err != nil) != c.fail || err == nil && e.String() != c.text {
			t.Errorf("ParseEndpoint(%q) = %v, %v", c.text, e, err)
		}
	}
	a, b := wire.Endpoint{Port: 1}, wire.Endpoint{Port: 2}
	if a.Hash(7) == b.Hash(7) || a.Hash(7) != (wire.Endpoint{Port: 1}).Hash(7) {
		t.Error("Hash does not tell ports apart")
	}
}

func TestSeq(t *testing.T) {
	const top wire.Seq = 1<<32 - 1
	for _, c := range []struct {
		a, b   wire.Seq
		before bool
		sub    int
	}{
		{0, 0, false, 0},
		{0, 1, true, -1},
		{1, 0, false, 1},
		{top, 0, true, -1},
		{0, top, false, 1},
		{top - 9, 10, true, -20},
		{5, 5 + 1<<31 - 1, true, -(1<<31 - 1)},
		{5, 5 + 1<<31, false, -1 << 31}, // half the space: unordered
	} {
		if got := c.a.Before(c.b); got != c.before {
			t.Errorf("%d.Before(%d) = %v, want %v", c.a, c.b, got, c.before)
		}
		if got := c.a.AtOrBefore(c.b); got != (c.before || c.a == c.b) {
			t.Errorf("%d.AtOrBefore(%d) = %v", c.a, c.b, got)
		}
		if got := c.a.Sub(c.b); got != c.sub || c.b.Add(got) != c.a {
			t.Errorf("%d.Sub(%d) = %d, want %d", c.a, c.b, got, c.sub)
		}
	}
	if top.InWindow(top, 0) || !top.InWindow(top, 1) || !wire.Seq(3).InWindow(top, 5) || wire.Seq(4).InWindow(top, 5) {
		t.Error("InWindow does not hold what starts before the wrap and ends after it")
	}
}

func TestFlags(t *testing.T) {
	f := wire.SYN | wire.ACK
	if !f.Has(wire.SYN) || !f.Has(wire.SYN|wire.ACK) || f.Has(wire.SYN|wire.FIN) || !f.Has(0) {
		t.Error("Has wants all of the bits, not some of them")
	}
	all := []wire.Flags{wire.FIN, wire.SYN, wire.RST, wire.PSH, wire.ACK, wire.URG, wire.ECE, wire.CWR, wire.AE, wire.Reserved3, wire.Reserved2, wire.Reserved1}
	var union wire.Flags
	for i, flag := range all {
		if flag != 1<<i {
			t.Errorf("bit %d is %#x", i, uint16(flag))
		}
		union |= flag
	}
	if union != wire.AllFlags {
		t.Errorf("all bits are %#x, AllFlags %#x", uint16(union), uint16(wire.AllFlags))
	}
}

func TestSizes(t *testing.T) {
	v4, v6 := wire.MustParseAddr("10.0.0.1"), wire.MustParseAddr("2001:db8::1")
	for _, c := range []struct {
		flags           wire.Flags
		dst             wire.Addr
		payload         int
		options         int
		len, size, head int
	}{
		{wire.ACK, v4, 0, 0, 0, 40, 20},
		{wire.SYN, v4, 0, 0, 1, 40, 20},
		{wire.SYN | wire.FIN, v4, 5, 0, 7, 45, 20},
		{wire.FIN | wire.ACK, v6, 5, 1, 6, 69, 24},
		{wire.ACK, v6, 0, 40, 0, 100, 60},
	} {
		p := wire.Packet{Proto: wire.ProtoTCP}
		p.TCP = wire.TCP{Net: wire.Net{Dst: c.dst}, Flags: c.flags, Seq: 1<<32 - 1, Payload: make([]byte, c.payload)}
		p.TCP.Options.AddNop(c.options)
		if p.TCP.Len() != c.len || p.Size() != c.size || p.TCP.HeaderLen() != c.head || p.TCP.End() != wire.Seq(c.len-1) {
			t.Errorf("%+v: Len %d, Size %d, HeaderLen %d, End %d", c, p.TCP.Len(), p.Size(), p.TCP.HeaderLen(), p.TCP.End())
		}
		if p.Net() != &p.TCP.Net || len(p.Payload()) != c.payload {
			t.Errorf("%+v: Net or Payload is not the segment's", c)
		}
	}
	p := wire.Packet{Proto: wire.ProtoICMPv6}
	p.ICMP.Dst, p.ICMP.Quote.Dst = v6, v6
	if p.Size() != 40+8+40+8 || p.Net() != &p.ICMP.Net || p.Payload() != nil {
		t.Errorf("ICMPv6: Size %d, Payload %v", p.Size(), p.Payload())
	}
	p.ICMP.Dst, p.ICMP.Quote.Dst = v4, v4
	if p.Size() != 20+8+20+8 {
		t.Errorf("ICMPv4: Size %d", p.Size())
	}
}

func TestTCPEnds(t *testing.T) {
	seg := wire.TCP{Net: wire.Net{Src: wire.AddrFrom4([4]byte{10, 0, 0, 1}), Dst: wire.AddrFrom4([4]byte{10, 0, 0, 2})}, SrcPort: 1, DstPort: 2}
	if got := seg.Source().String() + " " + seg.Destination().String(); got != "10.0.0.1:1 10.0.0.2:2" {
		t.Errorf("ends are %s", got)
	}
}

func TestICMPKindNames(t *testing.T) {
	seen := map[string]bool{}
	for kind := wire.ICMPOther; kind <= wire.ParameterProblem; kind++ {
		if name := kind.String(); name == "" || seen[name] {
			t.Errorf("kind %d is %q", kind, name)
		} else {
			seen[name] = true
		}
	}
	if wire.ICMPKind(200).String() != "ICMP kind out of range" {
		t.Errorf("kind 200 is %q", wire.ICMPKind(200))
	}
}
