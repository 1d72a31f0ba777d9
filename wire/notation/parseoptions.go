package notation

import (
	"encoding/hex"
	"strings"

	"simrun/wire"
)

// options reads "<mss 1460,nop,wscale 7>".
func (s *scanner) options(base Base) (o wire.Options, err error) {
	if err := s.expect('<'); err != nil {
		return o, err
	}
	if s.space(); s.take('>') {
		return o, nil
	}
	for {
		name := s.word()
		at := s.last
		fits, err := s.option(name, &o, base)
		if err != nil {
			return o, err
		}
		if !fits {
			return o, s.fail(at, "options of at most 40 octets in all")
		}
		s.space()
		if s.take('>') {
			return o, nil
		}
		if !s.take(',') {
			return o, s.fail(s.at, `"," or ">"`)
		}
	}
}

// option reads what follows the name of one and adds it; false if there is no
// room for it.
func (s *scanner) option(name string, o *wire.Options, base Base) (fits bool, err error) {
	var v, w uint32
	var d []byte
	switch name {
	case "nop":
		return o.AddRaw(1), nil
	case "eol":
		return o.AddRaw(0), nil
	case "sackOK":
		return o.AddSACKPermitted(), nil
	case "mss":
		v, err = s.number("an MSS", 1<<16-1)
		return o.AddMSS(uint16(v)), err
	case "wscale":
		v, err = s.number("a shift count", 255)
		return o.AddWindowScale(uint8(v)), err
	case "TS":
		if v, err = s.named("val"); err == nil {
			w, err = s.named("ecr")
		}
		return o.AddTimestamps(v, w), err
	case "sack":
		return s.sack(o, base)
	case "uto":
		v, err = s.number("a time-out", 1<<15-1)
		minutes := s.take('m')
		if err == nil && !minutes {
			err = s.expect('s')
		}
		return o.AddUserTimeout(minutes, uint16(v)), err
	case "md5":
		d, err = s.octets()
		return o.Add(optMD5, d...), err
	case "FO":
		d, err = s.octets()
		return o.AddFastOpen(d), err
	case "FOEXP":
		d, err = s.octets()
		return o.Add(wire.OptExperiment2, append([]byte{fastOpenMagic >> 8, fastOpenMagic & 0xff}, d...)...), err
	case "raw":
		d, err = s.octets()
		return o.AddRaw(d...), err
	}
	s.at = s.last // a kind by its number, or nothing that is known
	return s.byNumber(o)
}

// byNumber reads "200 len 4 0a0b": the octets as they stand, right or not.
func (s *scanner) byNumber(o *wire.Options) (bool, error) {
	if c := s.peek(); c < '0' || c > '9' {
		return false, s.fail(s.at, "mss, wscale, sackOK, sack, TS, nop, eol, uto, md5, FO, FOEXP, raw or the number of an option")
	}
	kind, err := s.number("the kind of an option", 255)
	if err != nil {
		return false, err
	}
	if s.space(); !strings.HasPrefix(s.s[s.at:], "len") {
		return o.AddRaw(byte(kind)), nil
	}
	length, err := s.named("len")
	if err != nil {
		return false, err
	}
	if length > 255 {
		return false, s.fail(s.last, "a length octet from 0 to 255")
	}
	d, err := s.octets()
	return o.AddRaw(append([]byte{byte(kind), byte(length)}, d...)...), err
}

// named reads a number behind its name.
func (s *scanner) named(name string) (uint32, error) {
	if s.word() != name {
		return 0, s.fail(s.last, `"`+name+`"`)
	}
	return s.number("a number", 1<<32-1)
}

// sack reads "1:3 5:7".
func (s *scanner) sack(o *wire.Options, base Base) (bool, error) {
	var blocks []wire.SACKBlock
	for {
		left, err := s.seq("the left edge of a SACK block", base.Ack)
		if err != nil {
			return false, err
		}
		if err := s.expect(':'); err != nil {
			return false, err
		}
		right, err := s.seq("the right edge of a SACK block", base.Ack)
		if err != nil {
			return false, err
		}
		blocks = append(blocks, wire.SACKBlock{Left: left, Right: right})
		if s.space(); s.peek() != '!' && (s.peek() < '0' || s.peek() > '9') {
			return o.AddSACK(blocks) == len(blocks), nil
		}
	}
}

// octets reads pairs of hexadecimal digits, none at the end of the option.
func (s *scanner) octets() ([]byte, error) {
	word := s.word()
	d, err := hex.DecodeString(word)
	if err != nil {
		return nil, s.fail(s.last, "octets in hexadecimal")
	}
	return d, nil
}
