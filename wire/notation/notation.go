// Package notation writes packets as text and reads them, in the style that
// tcpdump and packetdrill share: "P. 1:8(7) ack 1 win 65535 <nop,nop,TS val 3
// ecr 1>". It serves the ladder, packets injected by a scenario, and
// packetdrill scripts.
//
// A packet of SCTP is its chunks: "COOKIE_ECHO; DATA 1 s0:0(2)".
//
// Sequence numbers count from the initial ones. What this package prints it
// also reads, as the same packet; only the octets of payload are not printed.
package notation

import (
	"strconv"
	"strings"

	"simrun/wire"
)

// Base is what relative numbers count from: Seq for the numbers of the packet's
// sender, its ISS; Ack for those of its peer, in the acknowledgement and in
// SACK blocks. The zero Base gives numbers as they travel.
type Base struct{ Seq, Ack wire.Seq }

// letters are the flags in tcpdump's order. AE is packetdrill's A; the dot is
// the ACK. The bits that must be zero have no letters elsewhere.
var letters = [...]struct {
	letter byte
	flag   wire.Flags
}{
	{'F', wire.FIN}, {'S', wire.SYN}, {'R', wire.RST}, {'P', wire.PSH}, {'.', wire.ACK},
	{'U', wire.URG}, {'E', wire.ECE}, {'W', wire.CWR}, {'A', wire.AE},
	{'x', wire.Reserved1}, {'y', wire.Reserved2}, {'z', wire.Reserved3},
}

// Flags is the letters of the flags that are set, "-" if none is.
func Flags(f wire.Flags) string {
	var b []byte
	for _, l := range letters {
		if f.Has(l.flag) {
			b = append(b, l.letter)
		}
	}
	if b == nil {
		return "-"
	}
	return string(b)
}

// number is a sequence number relative to a base.
func number(s, base wire.Seq) string { return strconv.FormatUint(uint64(uint32(s-base)), 10) }

// Seq is the segment's numbers as the ladder prints them: "1:8(7)" if it
// carries data, else its first number alone.
func Seq(t *wire.TCP, base Base) string {
	if len(t.Payload) == 0 {
		return number(t.Seq, base.Seq)
	}
	return span(t, base)
}

// ShortSeq is Seq without the end, for want of room: "1(7)".
func ShortSeq(t *wire.TCP, base Base) string {
	if len(t.Payload) == 0 {
		return number(t.Seq, base.Seq)
	}
	return number(t.Seq, base.Seq) + "(" + strconv.Itoa(len(t.Payload)) + ")"
}

// Ack is the acknowledgement, "ack 8"; "" if the segment has none.
func Ack(t *wire.TCP, base Base) string {
	if !t.Flags.Has(wire.ACK) {
		return ""
	}
	return "ack " + number(t.Ack, base.Ack)
}

// span is "1:8(7)": first number, end and length of the data. SYN and FIN are
// not counted, as in tcpdump.
func span(t *wire.TCP, base Base) string {
	n := len(t.Payload)
	return number(t.Seq, base.Seq) + ":" + number(t.Seq.Add(n), base.Seq) + "(" + strconv.Itoa(n) + ")"
}

// TCP is all of the segment: "P. 1:8(7) ack 1 win 65535 <nop,nop,TS val 3 ecr
// 1>". Fields that mean nothing without their flag are printed when they are
// not zero.
func TCP(t *wire.TCP, base Base) string {
	var b strings.Builder
	b.WriteString(Flags(t.Flags) + " " + span(t, base))
	if t.Flags.Has(wire.ACK) {
		b.WriteString(" " + Ack(t, base))
	} else if t.Ack != 0 {
		b.WriteString(" ack !" + number(t.Ack, 0))
	}
	b.WriteString(" win " + strconv.Itoa(int(t.Window)))
	if t.Flags.Has(wire.URG) || t.Urgent != 0 {
		b.WriteString(" urg " + strconv.Itoa(int(t.Urgent)))
	}
	if t.Options.Len() > 0 {
		b.WriteString(" " + Options(&t.Options, base))
	}
	return b.String()
}

// Packet is the whole packet, whatever its protocol.
func Packet(p *wire.Packet, base Base) string {
	switch p.Proto {
	case wire.ProtoTCP:
		return TCP(&p.TCP, base)
	case wire.ProtoICMPv4, wire.ProtoICMPv6:
		return ICMP(&p.ICMP)
	case wire.ProtoSCTP:
		return SCTP(&p.SCTP, base)
	}
	return "protocol " + strconv.Itoa(int(p.Proto))
}
