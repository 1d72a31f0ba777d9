package notation

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"simrun/wire"
)

// Error says where a text is not what it should be.
type Error struct {
	Col         int // in characters, from 1
	Want, Found string
}

func (e *Error) Error() string {
	return fmt.Sprintf("column %d: want %s, found %s", e.Col, e.Want, e.Found)
}

// scanner walks over a line.
type scanner struct {
	s    string
	at   int // the next octet
	last int // where the last word or number began, for errors about it
}

// fail is an error at an offset; what was found there is the word that starts.
func (s *scanner) fail(at int, want string) error {
	found := "the end"
	if at < len(s.s) {
		found = s.s[at:]
		if i := strings.IndexAny(found[1:], " \t,<>"); i >= 0 {
			found = found[:i+1]
		}
		found = fmt.Sprintf("%.40q", found)
	}
	return &Error{utf8.RuneCountInString(s.s[:at]) + 1, want, found}
}

// space skips blanks, and reports whether anything follows.
func (s *scanner) space() bool {
	for s.at < len(s.s) && (s.s[s.at] == ' ' || s.s[s.at] == '\t') {
		s.at++
	}
	s.last = s.at
	return s.at < len(s.s)
}

// peek is the next octet, 0 at the end.
func (s *scanner) peek() byte {
	if s.at < len(s.s) {
		return s.s[s.at]
	}
	return 0
}

// take passes over an octet if it is the next one.
func (s *scanner) take(c byte) bool {
	if s.peek() != c || s.at == len(s.s) {
		return false
	}
	s.at++
	return true
}

// expect passes over an octet that has to be the next one.
func (s *scanner) expect(c byte) error {
	if !s.take(c) {
		return s.fail(s.at, strconv.QuoteRune(rune(c)))
	}
	return nil
}

// word is the octets up to a blank or one of the marks of the notation.
func (s *scanner) word() string {
	s.space()
	for s.at < len(s.s) && !strings.ContainsRune(" \t,<>[]()\":", rune(s.s[s.at])) {
		s.at++
	}
	return s.s[s.last:s.at]
}

// number reads a decimal number.
func (s *scanner) number(what string, limit uint64) (uint32, error) {
	s.space()
	for s.at < len(s.s) && '0' <= s.s[s.at] && s.s[s.at] <= '9' {
		s.at++
	}
	v, err := strconv.ParseUint(s.s[s.last:s.at], 10, 32)
	if err != nil || v > limit {
		return 0, s.fail(s.last, fmt.Sprintf("%s from 0 to %d", what, limit))
	}
	return uint32(v), nil
}

// seq reads a sequence number: relative to the base, or absolute after "!".
func (s *scanner) seq(what string, base wire.Seq) (wire.Seq, error) {
	if s.space(); s.take('!') {
		base = 0
	}
	v, err := s.number(what, 1<<32-1)
	return base + wire.Seq(v), err
}

// end fails if anything but blanks is left.
func (s *scanner) end() error {
	if s.space() {
		return s.fail(s.at, "the end")
	}
	return nil
}
