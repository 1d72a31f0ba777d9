package notation

import (
	"strings"

	"simrun/wire"
)

// ICMP is the message: "icmp host unreachable", "icmp packet too big mtu 1400",
// "icmp type 3 code 9" for one that has no word.
func ICMP(m *wire.ICMP) string {
	switch m.Kind {
	case wire.ICMPOther:
		return "icmp type " + decimal(uint32(m.Type)) + " code " + decimal(uint32(m.Code))
	case wire.PacketTooBig:
		return "icmp packet too big mtu " + decimal(m.MTU)
	}
	return "icmp " + m.Kind.String()
}

// packetdrillICMP is the words of packetdrill, besides our own. Those for which
// there is no kind are a type and code of ICMPv4.
var packetdrillICMP = []struct {
	words string
	icmp  wire.ICMP
}{
	{"unreachable net", wire.ICMP{Kind: wire.NetUnreachable}},
	{"unreachable net_unreachable", wire.ICMP{Kind: wire.NetUnreachable}},
	{"unreachable no_route", wire.ICMP{Kind: wire.NetUnreachable}},
	{"unreachable host", wire.ICMP{Kind: wire.HostUnreachable}},
	{"unreachable host_unreachable", wire.ICMP{Kind: wire.HostUnreachable}},
	{"unreachable address_unreachable", wire.ICMP{Kind: wire.HostUnreachable}},
	{"unreachable protocol", wire.ICMP{Kind: wire.ProtocolUnreachable}},
	{"unreachable protocol_unreachable", wire.ICMP{Kind: wire.ProtocolUnreachable}},
	{"parameter_problem unknown_next_header", wire.ICMP{Kind: wire.ProtocolUnreachable}},
	{"unreachable port", wire.ICMP{Kind: wire.PortUnreachable}},
	{"unreachable port_unreachable", wire.ICMP{Kind: wire.PortUnreachable}},
	{"unreachable frag_needed", wire.ICMP{Kind: wire.PacketTooBig}},
	{"packet_too_big", wire.ICMP{Kind: wire.PacketTooBig}},
	{"unreachable source_route_failed", wire.ICMP{Kind: wire.SourceRouteFailed}},
	{"unreachable packet_filtered", wire.ICMP{Kind: wire.AdminProhibited}},
	{"unreachable admin_prohibited", wire.ICMP{Kind: wire.AdminProhibited}},
	{"unreachable net_prohibited", wire.ICMP{Kind: wire.ICMPOther, Type: 3, Code: 9}},
	{"unreachable host_prohibited", wire.ICMP{Kind: wire.ICMPOther, Type: 3, Code: 10}},
	{"source_quench", wire.ICMP{Kind: wire.SourceQuench}},
	{"time_exceeded", wire.ICMP{Kind: wire.TimeExceeded}},
	{"time_exceeded ttl_exceeded_in_transit", wire.ICMP{Kind: wire.TimeExceeded}},
	{"time_exceeded exceeded_hop_limit", wire.ICMP{Kind: wire.TimeExceeded}},
	{"parameter_problem", wire.ICMP{Kind: wire.ParameterProblem}},
	{"parameter_problem header_field", wire.ICMP{Kind: wire.ParameterProblem}},
}

// Message is an ICMP message as it was written.
type Message struct {
	ICMP     wire.ICMP // without addresses and ports
	HasQuote bool      // "[1:1461(1460)]" was written: Quote.Seq is set
}

// ParseICMP reads a message as ICMP prints it, and as packetdrill has it:
//
//	icmp packet too big mtu 1400
//	icmp unreachable frag_needed mtu 1400 [1:1461(1460)]
//
// The numbers of the quoted segment are relative to base.Seq, the base of the
// host that sent that segment; they may also stand before "icmp". Any error is
// an *Error.
func ParseICMP(text string, base Base) (Message, error) {
	s := &scanner{s: text}
	var m Message
	if err := s.quote(&m, base); err != nil {
		return Message{}, err
	}
	if s.word() != "icmp" {
		return Message{}, s.fail(s.last, `"icmp"`)
	}
	if err := s.kind(&m.ICMP); err != nil {
		return Message{}, err
	}
	if s.space() && strings.HasPrefix(s.s[s.at:], "mtu") {
		if m.ICMP.Kind != wire.PacketTooBig {
			return Message{}, s.fail(s.at, `no MTU with "`+ICMP(&m.ICMP)+`"`)
		}
		mtu, err := s.named("mtu")
		if err != nil {
			return Message{}, err
		}
		m.ICMP.MTU = mtu
	}
	if !m.HasQuote {
		if err := s.quote(&m, base); err != nil {
			return Message{}, err
		}
	}
	return m, s.end()
}

// quote reads "[1:1461(1460)]", if that comes next.
func (s *scanner) quote(m *Message, base Base) error {
	if s.space(); !s.take('[') {
		return nil
	}
	var quoted wire.TCP
	if err := s.span(&quoted, base); err != nil {
		return err
	}
	m.HasQuote, m.ICMP.Quote.Proto, m.ICMP.Quote.Seq = true, wire.ProtoTCP, quoted.Seq
	s.space()
	return s.expect(']')
}

// kind reads the words for what is wrong, the longest that fit.
func (s *scanner) kind(m *wire.ICMP) error {
	s.space()
	rest := s.s[s.at:]
	longest := 0
	try := func(words string, found wire.ICMP) {
		after, ok := strings.CutPrefix(rest, words)
		if ok && len(words) > longest && (after == "" || strings.ContainsRune(" \t[", rune(after[0]))) {
			longest, *m = len(words), wire.ICMP{Kind: found.Kind, Type: found.Type, Code: found.Code, Quote: m.Quote}
		}
	}
	for kind := wire.NetUnreachable; kind <= wire.ParameterProblem; kind++ {
		try(kind.String(), wire.ICMP{Kind: kind})
	}
	for _, p := range packetdrillICMP {
		try(p.words, p.icmp)
	}
	if s.at += longest; longest > 0 {
		return nil
	}
	if !strings.HasPrefix(rest, "type") {
		return s.fail(s.at, `what is wrong, such as "host unreachable" or "type 3 code 1"`)
	}
	typ, err := s.octet("type")
	if err != nil {
		return err
	}
	code, err := s.octet("code")
	m.Type, m.Code = typ, code
	return err
}

// octet reads a number of eight bits behind its name.
func (s *scanner) octet(name string) (uint8, error) {
	v, err := s.named(name)
	if err == nil && v > 255 {
		err = s.fail(s.last, "a number from 0 to 255")
	}
	return uint8(v), err
}
