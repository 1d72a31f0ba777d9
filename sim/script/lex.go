package script

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"simrun/sim"
	"simrun/sim/trace"
)

// kind is what a token is.
type kind uint8

const (
	stop       kind = iota // the end of a statement: a newline or ";"
	word                   // a name, number, time, address: all but the rest
	quoted                 // "text"
	equals                 // =
	unequal                // !=
	plus                   // +
	comma                  // ,
	openBlock              // {
	closeBlock             // }
)

// token is one word of a file, with its place.
type token struct {
	kind  kind
	src   string // as written
	text  []byte // what a quoted token means
	glued bool   // nothing stands between it and the token before
	line  int
	col   int // in terminal cells, from 1
}

// source is a file's lines, for positions and for error messages.
type source struct {
	file  string
	lines []string
	first int // the number of lines[0]: 1 in a file, 0 in an edit
}

func newSource(file, text string) *source {
	return &source{file: file, lines: strings.Split(text, "\n"), first: 1}
}

func (s *source) pos(t token) sim.Pos { return sim.Pos{File: s.file, Line: t.line, Col: t.col} }

// fail reports a mistake at a token. It does not return.
func (s *source) fail(t token, format string, args ...any) {
	width := 1
	if t.kind != stop {
		width = trace.Cells(t.src)
	}
	s.failAt(t.line, t.col, width, fmt.Sprintf(format, args...))
}

func (s *source) failAt(line, col, width int, msg string) {
	e := &Error{Pos: sim.Pos{File: s.file, Line: line, Col: col}, Msg: msg, Width: width}
	if i := line - s.first; i >= 0 && i < len(s.lines) {
		e.Line = s.lines[i]
	}
	panic(failure{e})
}

// lex cuts the lines from..to (numbers, the end excluded) into tokens. Each
// statement ends with a stop. With joined, an indented line continues the
// statement of the line before it.
func (s *source) lex(from, to int, joined bool) []token {
	var toks []token
	for n := from; n < to; n++ {
		line := s.lines[n-s.first]
		before := len(toks)
		indented := strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")
		toks = s.lexLine(toks, n, 1, line)
		if joined && indented && before > 0 && len(toks) > before+1 && toks[before-1].src == "\n" {
			toks = append(toks[:before-1], toks[before:]...)
		} else if len(toks) == before+1 {
			toks = toks[:before] // a line without words
		}
	}
	return toks
}

// lexLine appends the tokens of one line, whose first character stands at
// col, and a stop.
func (s *source) lexLine(toks []token, n, col int, line string) []token {
	glued := false
	for line = strings.TrimSuffix(line, "\r"); line != ""; {
		if line[0] == ' ' || line[0] == '\t' {
			line, col, glued = line[1:], col+1, false
			continue
		}
		if line[0] == '#' && !glued {
			break
		}
		t := token{glued: glued, line: n, col: col}
		t.kind, t.src = s.scan(line, n, col)
		if t.kind == quoted {
			t.text = s.unquote(t)
		}
		line, col, glued = line[len(t.src):], col+trace.Cells(t.src), t.src != ";"
		toks = append(toks, t)
	}
	return append(toks, token{kind: stop, src: "\n", line: n, col: col})
}

// scan finds the token at the start of a line that is not blank.
func (s *source) scan(line string, n, col int) (kind, string) {
	switch line[0] {
	case '"':
		for i := 1; i < len(line); i++ {
			switch line[i] {
			case '\\':
				i++
			case '"':
				return quoted, line[:i+1]
			}
		}
		s.failAt(n, col, trace.Cells(line), `text without its closing "`)
	case ';':
		return stop, ";"
	case '=':
		return equals, "="
	case '+':
		return plus, "+"
	case ',':
		return comma, ","
	case '{':
		return openBlock, "{"
	case '}':
		return closeBlock, "}"
	}
	if strings.HasPrefix(line, "!=") {
		return unequal, "!="
	}
	end := strings.IndexAny(line, " \t\";=+,{}")
	if end < 0 {
		end = len(line)
	}
	if end > 0 && end < len(line) && line[end] == '=' && line[end-1] == '!' {
		end--
	}
	for i, r := range line[:end] {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			s.failAt(n, col+trace.Cells(line[:i]), 1, fmt.Sprintf("unexpected character %q", r))
		}
	}
	return word, line[:end]
}

// unquote is what a quoted token means: the escapes of Go.
func (s *source) unquote(t token) []byte {
	text, err := strconv.Unquote(t.src)
	if err != nil {
		s.fail(t, `bad escape in text; there is \n \t \r \" \\ and \x00`)
	}
	return []byte(text)
}
