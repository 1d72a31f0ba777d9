package pcap_test

import (
	"bytes"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/codec"
	"simrun/wire/pcap"
)

var (
	host4 = [2]wire.Addr{wire.MustParseAddr("192.168.1.122"), wire.MustParseAddr("192.168.1.112")}
	host6 = [2]wire.Addr{wire.MustParseAddr("2001:db8::1"), wire.MustParseAddr("2001:db8::2")}
)

// sample is a hand-made packet, and what tshark is to say of it.
type sample struct {
	p       wire.Packet
	comment string
	tcp     string // flags, sequence number, options kinds
	icmp    string // type, code, MTU
}

// segment is a sample from the first host; the options are added by the call.
func segment(addrs [2]wire.Addr, flags wire.Flags, seq wire.Seq, payload, want string, options ...func(*wire.Options)) sample {
	s := sample{tcp: want, comment: "flags and options, kinds: " + want, p: wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net:     wire.Net{Src: addrs[0], Dst: addrs[1], TTL: 64, DontFragment: addrs[0].Is4()},
		SrcPort: 49152, DstPort: 4500, Seq: seq, Flags: flags, Window: 65535, Payload: []byte(payload),
	}}}
	if flags.Has(wire.ACK) {
		s.p.TCP.Ack = 301
	}
	if flags.Has(wire.URG) {
		s.p.TCP.Urgent = 1
	}
	for _, add := range options {
		add(&s.p.TCP.Options)
	}
	return s
}

// message is an ICMP error from the second host about the first one's segment.
func message(addrs [2]wire.Addr, kind wire.ICMPKind, mtu uint32, want string) sample {
	s := sample{icmp: want, comment: kind.String(), p: wire.Packet{Proto: wire.ProtoICMPv4, ICMP: wire.ICMP{
		Net:  wire.Net{Src: addrs[1], Dst: addrs[0], TTL: 255},
		Kind: kind, MTU: mtu,
		Quote: wire.Quote{Proto: wire.ProtoTCP, Src: addrs[0], Dst: addrs[1], SrcPort: 49152, DstPort: 4500, Seq: 101},
	}}}
	if !addrs[0].Is4() {
		s.p.Proto = wire.ProtoICMPv6
	}
	return s
}

func samples() []sample {
	var all []sample
	for _, a := range [][2]wire.Addr{host4, host6} {
		linux := func(o *wire.Options) {
			o.AddMSS(1460)
			o.AddSACKPermitted()
			o.AddTimestamps(1000, 0)
			o.AddNop(1)
			o.AddWindowScale(7)
		}
		sack := func(o *wire.Options) {
			o.AddNop(2)
			o.AddSACK([]wire.SACKBlock{{Left: 401, Right: 501}, {Left: 601, Right: 701}})
		}
		rare := func(o *wire.Options) {
			o.AddUserTimeout(true, 5)
			o.AddFastOpen([]byte{1, 2, 3, 4})
			o.Add(200, 1, 2)
			o.AddNop(2)
		}
		ecn := segment(a, wire.ACK|wire.ECE, 101, "", "0x0050 101")
		ecn.p.TCP.ECN, ecn.p.TCP.DSCP = wire.CE, 10
		all = append(all,
			segment(a, wire.SYN, 100, "", "0x0002 100 2,4,8,1,3", linux),
			segment(a, wire.ACK, 101, "", "0x0010 101 1,1,5", sack),
			segment(a, wire.PSH|wire.ACK, 101, "ABCDEFG", "0x0018 101 28,34,200,1,1", rare),
			ecn,
			segment(a, wire.FIN|wire.ACK, 108, "", "0x0011 108"),
			segment(a, wire.RST, 109, "", "0x0004 109"),
			segment(a, wire.AllFlags, 4294967295, "", "0x0fff 4294967295"),
			segment(a, 0, 0, "", "0x0000 0"),
		)
	}
	return append(all,
		message(host4, wire.NetUnreachable, 0, "3 0"),
		message(host4, wire.HostUnreachable, 0, "3 1"),
		message(host4, wire.ProtocolUnreachable, 0, "3 2"),
		message(host4, wire.PortUnreachable, 0, "3 3"),
		message(host4, wire.PacketTooBig, 1400, "3 4 1400"),
		message(host4, wire.SourceRouteFailed, 0, "3 5"),
		message(host4, wire.AdminProhibited, 0, "3 13"),
		message(host4, wire.SourceQuench, 0, "4 0"),
		message(host4, wire.TimeExceeded, 0, "11 0"),
		message(host4, wire.ParameterProblem, 0, "12 0"),
		message(host6, wire.NetUnreachable, 0, "1 0"),
		message(host6, wire.AdminProhibited, 0, "1 1"),
		message(host6, wire.HostUnreachable, 0, "1 3"),
		message(host6, wire.PortUnreachable, 0, "1 4"),
		message(host6, wire.PacketTooBig, 1400, "2 0 1400"),
		message(host6, wire.TimeExceeded, 0, "3 0"),
		message(host6, wire.ParameterProblem, 0, "4 0"),
		message(host6, wire.ProtocolUnreachable, 0, "4 1"),
	)
}

var meta = pcap.Meta{
	Comment: "simrun run tcp/half-close-echo --seed 1",
	Interfaces: []pcap.Interface{
		{Name: "A", Description: "host A, 192.168.1.122", Addr: host4[0]},
		{Name: "A.2", Description: "host A, 2001:db8::1", Addr: host6[0]},
	},
	Names: []pcap.NameRecord{{host4[0], "A"}, {host4[1], "B"}, {host6[0], "A"}, {host6[1], "B"}},
}

// records is the samples as host A sees them, one every 1.000000001 s.
func records(t testing.TB) []pcap.Record {
	t.Helper()
	c := codec.New()
	var all []pcap.Record
	for i, s := range samples() {
		data, err := c.Append(nil, &s.p)
		if err != nil {
			t.Fatalf("sample %d: %v", i, err)
		}
		r := pcap.Record{
			At: clock.At(time.Duration(i) * (time.Second + 1)), Data: data, OrigLen: len(data),
			Comment: s.comment + " ✗", Outbound: s.p.Proto == wire.ProtoTCP,
		}
		if !s.p.Net().Dst.Is4() {
			r.Interface = 1
		}
		all = append(all, r)
	}
	return all
}

func writeNG(t testing.TB, m pcap.Meta, all []pcap.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcap.NewNG(&b, m)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func writeClassic(t testing.TB, all []pcap.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := pcap.NewClassic(&b)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if err := w.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}
