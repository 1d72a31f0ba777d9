package notation_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"simrun/wire"
	"simrun/wire/notation"
)

var values = cmp.AllowUnexported(wire.Addr{}, wire.Options{})

func TestFlags(t *testing.T) {
	for _, c := range []struct {
		flags wire.Flags
		want  string
	}{
		{0, "-"},
		{wire.SYN, "S"},
		{wire.SYN | wire.ACK, "S."},
		{wire.ACK, "."},
		{wire.PSH | wire.ACK, "P."},
		{wire.FIN | wire.ACK, "F."},
		{wire.FIN | wire.PSH | wire.ACK, "FP."},
		{wire.RST, "R"},
		{wire.RST | wire.ACK, "R."},
		{wire.SYN | wire.ECE | wire.CWR, "SEW"},
		{wire.SYN | wire.ECE | wire.CWR | wire.AE, "SEWA"},
		{wire.AllFlags, "FSRP.UEWAxyz"},
	} {
		if got := notation.Flags(c.flags); got != c.want {
			t.Errorf("Flags(%#x) = %q, want %q", uint16(c.flags), got, c.want)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, c := range []struct {
		octets, want string
	}{
		{"", "<>"},
		{"\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02", "<mss 1460,nop,wscale 7,sackOK>"},
		{"\x04\x02\x00\x00", "<sackOK,eol,eol>"},
		{"\x01\x01\x08\x0a\x00\x00\x00\x01\xff\xff\xff\xff", "<nop,nop,TS val 1 ecr 4294967295>"},
		{"\x05\x12\x00\x00\x01\x2d\x00\x00\x01\x2f\x00\x00\x01\x31\x00\x00\x01\x33", "<sack 1:3 5:7>"},
		{"\x05\x0a\x00\x00\x00\x00\x00\x00\x01\x2d", "<sack 4294966996:1>"},
		{"\x1c\x04\x80\x05\x1c\x04\x00\x1e", "<uto 5m,uto 30s>"},
		{"\x22\x02\x22\x06\x0a\x0b\x0c\x0d", "<FO,FO 0a0b0c0d>"},
		{"\xfe\x04\xf9\x89\xfe\x05\xf9\x89\x01", "<FOEXP,FOEXP 01>"},
		{"\xfe\x02\xfe\x04\x00\x01", "<254 len 2,254 len 4 0001>"},
		{"\x13\x02\x13\x04\x0a\x0b", "<md5,md5 0a0b>"},
		{"\xc8\x07\x0a\x0b\x0c\x0d\x0e", "<200 len 7 0a0b0c0d0e>"},
		{"\x02\x03\x05", "<2 len 3 05>"},                 // the wrong length for its kind
		{"\x05\x02\x05\x03\x00", "<5 len 2,5 len 3 00>"}, // no block, not a whole one
		{"\x01\x02", "<nop,2>"},                // no length octet
		{"\x02\x00\x01\x01", "<2 len 0 0101>"}, // a length below 2
		{"\x03\x04\x07", "<3 len 4 07>"},       // runs past the end
		{"\x01\x00\x00\x05\x00", "<nop,eol,eol,raw 0500>"},
	} {
		o, _ := wire.OptionsFromBytes([]byte(c.octets))
		base := notation.Base{Seq: 77, Ack: 300}
		if got := notation.Options(&o, base); got != c.want {
			t.Errorf("Options(%x) = %s, want %s", c.octets, got, c.want)
		}
		seg, err := notation.ParseTCP(". 1 "+c.want, base)
		if err != nil || string(seg.TCP.Options.Bytes()) != c.octets || !seg.HasOptions {
			t.Errorf("ParseTCP(%s) = %x, %v; want %x", c.want, seg.TCP.Options.Bytes(), err, c.octets)
		}
	}
}

// segment is one with base numbers 100 and 300.
func segment(flags wire.Flags, seq, ack wire.Seq, payload int) wire.TCP {
	return wire.TCP{Seq: seq, Ack: ack, Flags: flags, Window: 65535, Payload: make([]byte, payload)}
}

func TestTCP(t *testing.T) {
	base := notation.Base{Seq: 100, Ack: 300}
	syn := segment(wire.SYN, 100, 0, 0)
	syn.Options.AddMSS(1460)
	urgent := segment(wire.URG|wire.ACK, 101, 301, 1)
	urgent.Urgent = 1
	for _, c := range []struct {
		seg              wire.TCP
		all, seq, s, ack string
	}{
		{syn, "S 0:0(0) win 65535 <mss 1460>", "0", "0", ""},
		{segment(wire.SYN|wire.ACK, 100, 301, 0), "S. 0:0(0) ack 1 win 65535", "0", "0", "ack 1"},
		{segment(wire.PSH|wire.ACK, 101, 301, 7), "P. 1:8(7) ack 1 win 65535", "1:8(7)", "1(7)", "ack 1"},
		{segment(wire.FIN|wire.ACK, 115, 301, 0), "F. 15:15(0) ack 1 win 65535", "15", "15", "ack 1"},
		{segment(wire.RST, 116, 0, 0), "R 16:16(0) win 65535", "16", "16", ""},
		{segment(wire.RST, 116, 5, 0), "R 16:16(0) ack !5 win 65535", "16", "16", ""},
		{segment(wire.ACK, 99, 299, 2), ". 4294967295:1(2) ack 4294967295 win 65535", "4294967295:1(2)", "4294967295(2)", "ack 4294967295"},
		{urgent, ".U 1:2(1) ack 1 win 65535 urg 1", "1:2(1)", "1(1)", "ack 1"},
	} {
		got := [4]string{notation.TCP(&c.seg, base), notation.Seq(&c.seg, base), notation.ShortSeq(&c.seg, base), notation.Ack(&c.seg, base)}
		if want := [4]string{c.all, c.seq, c.s, c.ack}; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestPacket(t *testing.T) {
	for _, c := range []struct {
		p    wire.Packet
		want string
	}{
		{wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{Flags: wire.RST}}, "R 0:0(0) win 0"},
		{wire.Packet{Proto: wire.ProtoICMPv4, ICMP: wire.ICMP{Kind: wire.HostUnreachable}}, "icmp host unreachable"},
		{wire.Packet{Proto: wire.ProtoICMPv6, ICMP: wire.ICMP{Kind: wire.PacketTooBig, MTU: 1400}}, "icmp packet too big mtu 1400"},
		{wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{Chunks: wire.Chunks{11, 0, 0, 4}}}, "COOKIE_ACK"},
		{wire.Packet{Proto: 99}, "protocol 99"},
	} {
		if got := notation.Packet(&c.p, notation.Base{}); got != c.want {
			t.Errorf("Packet = %q, want %q", got, c.want)
		}
	}
}

func TestParseTCP(t *testing.T) {
	base := notation.Base{Seq: 100, Ack: 300}
	zeros := func(n int) []byte { return make([]byte, n) }
	mss, _ := wire.OptionsFromBytes([]byte{2, 4, 5, 180})
	for _, c := range []struct {
		text string
		want notation.Segment
	}{
		{"S 0:0(0) win 1000 <mss 1460>", notation.Segment{HasWindow: true, HasOptions: true,
			TCP: wire.TCP{Flags: wire.SYN, Seq: 100, Window: 1000, Options: mss}}},
		{"  .P   1:8(7)\tack 1  ", notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.PSH | wire.ACK, Seq: 101, Ack: 301, Payload: zeros(7)}}},
		{"P. 1(7) ack 1", notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.PSH | wire.ACK, Seq: 101, Ack: 301, Payload: zeros(7)}}},
		{`P. 1(3) "a\x00\n" ack 1`, notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.PSH | wire.ACK, Seq: 101, Ack: 301, Payload: []byte("a\x00\n")}}},
		{"- !4294967295", notation.Segment{TCP: wire.TCP{Seq: 4294967295}}},
		{"R. 1:1(0) win 0", notation.Segment{HasWindow: true,
			TCP: wire.TCP{Flags: wire.RST | wire.ACK, Seq: 101, Ack: 300}}},
		{". !5:!7(2) ack !9 urg 3", notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.ACK, Seq: 5, Ack: 9, Urgent: 3, Payload: zeros(2)}}},
		{"R. 5:7(2)! ack 3", notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.RST | wire.ACK, Seq: 5, Ack: 303, Payload: zeros(2)}}},
		{". 4294967295:1(2) ack 4294967295", notation.Segment{HasAck: true,
			TCP: wire.TCP{Flags: wire.ACK, Seq: 99, Ack: 299, Payload: zeros(2)}}},
		{"FSRP.UEWAxyz 0 <>", notation.Segment{HasOptions: true,
			TCP: wire.TCP{Flags: wire.AllFlags, Seq: 100, Ack: 300}}},
		{"S 0:0(0) <...>", notation.Segment{HasOptions: true, AnyOptions: true,
			TCP: wire.TCP{Flags: wire.SYN, Seq: 100}}},
		{"S 0:0(0) < mss 1460 > win 7", notation.Segment{HasOptions: true, HasWindow: true,
			TCP: wire.TCP{Flags: wire.SYN, Seq: 100, Window: 7, Options: mss}}},
	} {
		got, err := notation.ParseTCP(c.text, base)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got, values); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
	}
}

func TestParseTCPErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "column 1: want flags, found the end"},
		{"Q 1:1(0)", `column 1: want each of the flags F S R P . U E W A at most once, or -, found "Q"`},
		{"SS 1:1(0)", `column 2: want each of the flags F S R P . U E W A at most once, or -, found "S"`},
		{"S", "column 2: want a sequence number from 0 to 4294967295, found the end"},
		{"S x", `column 3: want a sequence number from 0 to 4294967295, found "x"`},
		{"S 4294967296", `column 3: want a sequence number from 0 to 4294967295, found "4294967296"`},
		{"P. 1:9(7)", `column 6: want the end 8 of 7 octets, found "9(7)"`},
		{"P. 1:8", `column 7: want '(', found the end`},
		{"P. 1(65516)", `column 6: want a length from 0 to 65515, found "65516)"`},
		{"P. 1(7", `column 7: want ')', found the end`},
		{`P. 1(3) "é"`, `column 9: want data of 3 octets, found "\"é\""`},
		{`P. 1(2) "é`, `column 9: want data in quotes, found "\"é"`},
		{`P. 1(2) "é" ack`, `column 16: want an acknowledgement number from 0 to 4294967295, found the end`},
		{". 1 ack 1 ack 2", `column 11: want "ack" once, found "ack"`},
		{". 1 wim 1", `column 5: want ack, win, urg or options in < >, found "wim"`},
		{". 1 win 65536", `column 9: want a window from 0 to 65535, found "65536"`},
		{". 1 urg -1", `column 9: want an urgent pointer from 0 to 65535, found "-1"`},
		{". !1(0)!", `column 8: want ack, win, urg or options in < >, found "!"`},
		{". 1 )", `column 5: want ack, win, urg or options in < >, found ")"`},
		{". 1 <mss>", `column 9: want an MSS from 0 to 65535, found ">"`},
		{". 1 <mss 1460", `column 14: want "," or ">", found the end`},
		{". 1 <mss 1460,>", `column 15: want mss, wscale, sackOK, sack, TS, nop, eol, uto, md5, FO, FOEXP, raw or the number of an option, found ">"`},
		{". 1 <mzz 1>", `column 6: want mss, wscale, sackOK, sack, TS, nop, eol, uto, md5, FO, FOEXP, raw or the number of an option, found "mzz"`},
		{". 1 <wscale 256>", `column 13: want a shift count from 0 to 255, found "256"`},
		{". 1 <TS val 1 ec 2>", `column 15: want "ecr", found "ec"`},
		{". 1 <sack 1>", `column 12: want ':', found ">"`},
		{". 1 <sack 1:2 3:4 5:6 7:8 9:10>", `column 6: want options of at most 40 octets in all, found "sack"`},
		{". 1 <200 len 256>", `column 14: want a length octet from 0 to 255, found "256"`},
		{". 1 <200 len 3 0>", `column 16: want octets in hexadecimal, found "0"`},
		{". 1 <256>", `column 6: want the kind of an option from 0 to 255, found "256"`},
		{". 1 <uto 5>", `column 11: want 's', found ">"`},
		{". 1 <raw " + strings.Repeat("00", 41) + ">", `column 6: want options of at most 40 octets in all, found "raw"`},
		{". 1 <> <>", `column 8: want "<" once, found "<"`},
	} {
		_, err := notation.ParseTCP(c.text, notation.Base{})
		var e *notation.Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

func TestICMP(t *testing.T) {
	base := notation.Base{Seq: 100}
	quote := wire.Quote{Proto: wire.ProtoTCP, Seq: 101}
	for _, c := range []struct {
		text string
		want wire.ICMP
	}{
		{"icmp host unreachable", wire.ICMP{Kind: wire.HostUnreachable}},
		{"icmp unreachable host", wire.ICMP{Kind: wire.HostUnreachable}},
		{"icmp unreachable host_prohibited", wire.ICMP{Type: 3, Code: 10}},
		{"icmp  packet too big mtu 1400", wire.ICMP{Kind: wire.PacketTooBig, MTU: 1400}},
		{"icmp packet too big mtu 1400 [1:1461(1460)]", wire.ICMP{Kind: wire.PacketTooBig, MTU: 1400, Quote: quote}},
		{"[1:1461(1460)] icmp unreachable frag_needed mtu 1200", wire.ICMP{Kind: wire.PacketTooBig, MTU: 1200, Quote: quote}},
		{"icmp unreachable port_unreachable [1:1(0)]", wire.ICMP{Kind: wire.PortUnreachable, Quote: quote}},
		{"icmp time_exceeded ttl_exceeded_in_transit [!101]", wire.ICMP{Kind: wire.TimeExceeded, Quote: quote}},
		{"icmp parameter_problem", wire.ICMP{Kind: wire.ParameterProblem}},
		{"icmp type 3 code 9", wire.ICMP{Type: 3, Code: 9}},
	} {
		got, err := notation.ParseICMP(c.text, base)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
		}
		want := notation.Message{ICMP: c.want, HasQuote: c.want.Quote != wire.Quote{}}
		if diff := cmp.Diff(want, got, values); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.text, diff)
		}
		again, err := notation.ParseICMP(notation.ICMP(&got.ICMP), base)
		again.ICMP.Quote, again.HasQuote = got.ICMP.Quote, got.HasQuote
		if diff := cmp.Diff(got, again, values); err != nil || diff != "" {
			t.Errorf("%s printed and read: %v (-want +got):\n%s", c.text, err, diff)
		}
	}
}

// TestICMPEachKind prints every kind and reads it.
func TestICMPEachKind(t *testing.T) {
	for kind := wire.NetUnreachable; kind <= wire.ParameterProblem; kind++ {
		want := wire.ICMP{Kind: kind}
		got, err := notation.ParseICMP(notation.ICMP(&want), notation.Base{})
		if diff := cmp.Diff(want, got.ICMP, values); err != nil || diff != "" {
			t.Errorf("%v: %v (-want +got):\n%s", kind, err, diff)
		}
	}
}

func TestParseICMPErrors(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", `column 1: want "icmp", found the end`},
		{"icmp", `column 5: want what is wrong, such as "host unreachable" or "type 3 code 1", found the end`},
		{"icmp unreachable", `column 6: want what is wrong, such as "host unreachable" or "type 3 code 1", found "unreachable"`},
		{"icmp host unreachablex", `column 6: want what is wrong, such as "host unreachable" or "type 3 code 1", found "host"`},
		{"icmp host unreachable mtu 1", `column 23: want no MTU with "icmp host unreachable", found "mtu"`},
		{"icmp type 256 code 0", `column 11: want a number from 0 to 255, found "256"`},
		{"icmp type 3", `column 12: want "code", found the end`},
		{"icmp host unreachable [1", `column 25: want ']', found the end`},
		{"icmp host unreachable 1", `column 23: want the end, found "1"`},
		{"[1:2] icmp", `column 5: want '(', found "]"`},
	} {
		_, err := notation.ParseICMP(c.text, notation.Base{})
		var e *notation.Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%s:\n got %v\nwant %s", c.text, err, c.want)
		}
	}
}

// TestRoundTrip prints any segment and reads it back.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := wire.TCP{
			Flags: wire.Flags(rapid.Uint16Range(0, uint16(wire.AllFlags)).Draw(t, "flags")),
			Seq:   wire.Seq(rapid.Uint32().Draw(t, "seq")), Ack: wire.Seq(rapid.Uint32().Draw(t, "ack")),
			Window: rapid.Uint16().Draw(t, "window"), Urgent: rapid.Uint16().Draw(t, "urgent"),
		}
		if n := rapid.IntRange(0, 1500).Draw(t, "size"); n > 0 {
			want.Payload = make([]byte, n)
		}
		for range rapid.IntRange(0, 4).Draw(t, "options") {
			kind := rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 5, 8, 19, 28, 34, 200, 254}).Draw(t, "kind")
			want.Options.Add(wire.OptionKind(kind), rapid.SliceOfN(rapid.Byte(), 0, 10).Draw(t, "data")...)
		}
		want.Options.AddRaw(rapid.SliceOfN(rapid.Byte(), 0, 10).Draw(t, "raw")...)
		base := notation.Base{Seq: wire.Seq(rapid.Uint32().Draw(t, "iss")), Ack: wire.Seq(rapid.Uint32().Draw(t, "irs"))}
		text := notation.TCP(&want, base)
		got, err := notation.ParseTCP(text, base)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if diff := cmp.Diff(want, got.TCP, values); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", text, diff)
		}
	})
}

// FuzzParseTCP: what is read is printed as a text that reads the same.
func FuzzParseTCP(f *testing.F) {
	f.Add("P. 1:8(7) ack 1 win 65535 urg 2 <mss 1460,nop,wscale 7,sackOK,TS val 1 ecr 0,uto 5m>", uint32(1), uint32(2))
	f.Add(". 4294967295:1(2) ack !7 <sack 1:3 5:7,200 len 9 0a0b,FO 01,FOEXP,raw 00,eol>", uint32(5), uint32(6))
	f.Add(`P. 1(3) "a\x00\n" <...>`, uint32(0), uint32(0))
	f.Fuzz(func(t *testing.T, text string, iss, irs uint32) {
		base := notation.Base{Seq: wire.Seq(iss), Ack: wire.Seq(irs)}
		first, err := notation.ParseTCP(text, base)
		if err != nil {
			if e := (*notation.Error)(nil); !errors.As(err, &e) || e.Col < 1 || e.Col > len(text)+1 {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		printed := notation.TCP(&first.TCP, base)
		second, err := notation.ParseTCP(printed, base)
		if err != nil {
			t.Fatalf("%q is printed as %q: %v", text, printed, err)
		}
		clear(first.TCP.Payload) // it is not printed
		if diff := cmp.Diff(first.TCP, second.TCP, values); diff != "" {
			t.Fatalf("%q is printed as %q (-first +second):\n%s", text, printed, diff)
		}
	})
}

// FuzzParseICMP is the same for messages.
func FuzzParseICMP(f *testing.F) {
	f.Add("icmp packet too big mtu 1400 [1:1461(1460)]")
	f.Add("[1:1(0)] icmp unreachable port_unreachable")
	f.Add("icmp type 3 code 9")
	f.Fuzz(func(t *testing.T, text string) {
		first, err := notation.ParseICMP(text, notation.Base{})
		if err != nil {
			return
		}
		printed := notation.ICMP(&first.ICMP)
		second, err := notation.ParseICMP(printed, notation.Base{})
		first.ICMP.Quote = wire.Quote{}
		if diff := cmp.Diff(first.ICMP, second.ICMP, values); err != nil || diff != "" {
			t.Fatalf("%q is printed as %q: %v (-first +second):\n%s", text, printed, err, diff)
		}
	})
}
