package notation

import (
	"fmt"
	"strconv"
	"strings"

	"simrun/wire"
)

// Segment is a segment as it was written. What was left out is zero in TCP,
// and the caller's to fill in.
type Segment struct {
	TCP        wire.TCP // without addresses and ports
	HasWindow  bool     // "win" was written
	HasAck     bool     // "ack" was written; without it TCP.Ack is the base
	HasOptions bool     // options were written, "<>" too
	AnyOptions bool     // "<...>": whatever the options are
}

// maxPayload is what the largest IP packet has room for.
const maxPayload = 1<<16 - 1 - wire.TCPHeaderLen

// ParseTCP reads a segment as TCP prints it, and as packetdrill has it:
//
//	P. 1:8(7) ack 1 win 65535 urg 0 <mss 1460,nop,wscale 7>
//
// First the flags, in any order, "-" for none. Then the numbers: "1:8(7)",
// "1(7)" or "1", and the data in quotes if it is not to be zeros. Then "ack",
// "win", "urg" and options, in any order, all optional. Sequence numbers count
// from the base; "!" before one makes it absolute, and after "1:8(7)" it makes
// both absolute. Any error is an *Error.
func ParseTCP(text string, base Base) (Segment, error) {
	s := &scanner{s: text}
	var seg Segment
	var err error
	if seg.TCP.Flags, err = s.flags(); err != nil {
		return Segment{}, err
	}
	if err := s.span(&seg.TCP, base); err != nil {
		return Segment{}, err
	}
	if seg.TCP.Flags.Has(wire.ACK) {
		seg.TCP.Ack = base.Ack
	}
	seen := ""
	for s.space() {
		name := "<"
		if s.peek() != '<' {
			name = s.word()
		}
		if name != "" && strings.Contains(seen, name+" ") {
			return Segment{}, s.fail(s.last, fmt.Sprintf("%q once", name))
		}
		seen += name + " "
		if err := s.field(name, &seg, base); err != nil {
			return Segment{}, err
		}
	}
	return seg, nil
}

func (s *scanner) flags() (f wire.Flags, err error) {
	word := s.word()
	if word == "-" {
		return 0, nil
	}
next:
	for i := range len(word) {
		for _, l := range letters {
			if l.letter == word[i] && !f.Has(l.flag) {
				f |= l.flag
				continue next
			}
		}
		return 0, s.fail(s.last+i, "each of the flags F S R P . U E W A at most once, or -")
	}
	if word == "" {
		return 0, s.fail(s.last, "flags")
	}
	return f, nil
}

// span reads "1:8(7)", "1(7)" or "1", and the data.
func (s *scanner) span(t *wire.TCP, base Base) (err error) {
	s.space()
	marked := s.peek() == '!'
	if t.Seq, err = s.seq("a sequence number", base.Seq); err != nil {
		return err
	}
	end, ended := wire.Seq(0), s.take(':')
	endAt := s.at
	if ended {
		if end, err = s.seq("the end of the data", base.Seq); err != nil {
			return err
		}
	}
	n := uint32(0)
	if s.peek() == '(' || ended {
		if err := s.expect('('); err != nil {
			return err
		}
		if n, err = s.number("a length", maxPayload); err != nil {
			return err
		}
		if err := s.expect(')'); err != nil {
			return err
		}
		if !marked && s.take('!') {
			t.Seq, end = t.Seq-base.Seq, end-base.Seq
		}
	}
	if ended && end != t.Seq.Add(int(n)) {
		want := fmt.Sprintf("the end %s of %d octets", number(t.Seq.Add(int(n)), base.Seq), n)
		return s.fail(endAt, want)
	}
	if n > 0 {
		t.Payload = make([]byte, n)
	}
	if s.space() && s.peek() == '"' {
		return s.data(t.Payload)
	}
	return nil
}

// data reads a quoted string of just the length that was announced.
func (s *scanner) data(payload []byte) error {
	quoted, err := strconv.QuotedPrefix(s.s[s.at:])
	if err != nil {
		return s.fail(s.at, "data in quotes")
	}
	text, err := strconv.Unquote(quoted)
	if err != nil || len(text) != len(payload) {
		return s.fail(s.at, fmt.Sprintf("data of %d octets", len(payload)))
	}
	copy(payload, text)
	s.at += len(quoted)
	return nil
}

// field reads what follows a name.
func (s *scanner) field(name string, seg *Segment, base Base) (err error) {
	var v uint32
	switch name {
	case "ack":
		seg.HasAck = true
		seg.TCP.Ack, err = s.seq("an acknowledgement number", base.Ack)
	case "win":
		seg.HasWindow = true
		v, err = s.number("a window", 1<<16-1)
		seg.TCP.Window = uint16(v)
	case "urg":
		v, err = s.number("an urgent pointer", 1<<16-1)
		seg.TCP.Urgent = uint16(v)
	case "<":
		seg.HasOptions = true
		if strings.HasPrefix(s.s[s.at:], "<...>") {
			s.at += len("<...>")
			seg.AnyOptions = true
			return nil
		}
		seg.TCP.Options, err = s.options(base)
	default:
		err = s.fail(s.last, "ack, win, urg or options in < >")
	}
	return err
}
