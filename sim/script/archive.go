package script

import (
	"bytes"
	"simrun/sim/trace"
	"strings"
	"unicode/utf8"

	"golang.org/x/tools/txtar"
)

// section is one part of a file, by line numbers: txtar gives no positions.
type section struct {
	words []token // of its title: app, A
	title token   // the whole title line
	first int     // its first line
	end   int     // the line after its last
	data  []byte
}

// sections cuts a file into its comment and its sections.
func (s *source) sections(src []byte) (comment string, out []section) {
	if i := strings.IndexRune(strings.ToValidUTF8(string(src), "\uFFFD"), utf8.RuneError); !utf8.Valid(src) && i >= 0 {
		line := 1 + bytes.Count(src[:i], []byte("\n"))
		s.failAt(line, 0, 0, "want UTF-8 text, found other bytes in this line")
	}
	archive := txtar.Parse(src)
	line := 1 + bytes.Count(archive.Comment, []byte("\n"))
	s.checkComment(line)
	for _, f := range archive.Files {
		sec := section{first: line + 1, data: f.Data}
		sec.title = token{kind: word, src: strings.TrimSpace(s.lines[line-1]), line: line, col: 1}
		sec.words = s.titleWords(sec.title, line)
		line += 1 + bytes.Count(f.Data, []byte("\n"))
		sec.end = line
		out = append(out, sec)
	}
	return string(archive.Comment), out
}

// titleWords is what stands between the dashes of a title.
func (s *source) titleWords(title token, line int) []token {
	inner := strings.TrimSuffix(strings.TrimRight(s.lines[line-1], "\r"), "--")[2:]
	toks := s.lexLine(nil, line, 3, inner)
	words := toks[:len(toks)-1]
	for _, t := range words {
		if t.kind != word {
			s.fail(t, "want the words of a section's title, found %s", found(t))
		}
	}
	if len(words) == 0 {
		s.fail(title, `want a section's title such as "-- net --", found %q`, title.src)
	}
	return words
}

// checkComment checks that the lines before the first section are a comment.
func (s *source) checkComment(end int) {
	for n := 1; n < end && n <= len(s.lines); n++ {
		line := strings.TrimSpace(s.lines[n-1])
		if line != "" && line[0] != '#' {
			s.failAt(n, 1, trace.Cells(strings.TrimRight(s.lines[n-1], " \t\r")), `want a comment or the first section, such as "-- net --"`)
		}
	}
}

// UpdateWant is the file with its want section replaced by a ladder, or with
// one added at its end. The rest stays byte for byte.
func UpdateWant(src []byte, ladder string) []byte {
	if ladder != "" && !strings.HasSuffix(ladder, "\n") {
		ladder += "\n"
	}
	archive := txtar.Parse(src)
	at := len(archive.Comment)
	for _, f := range archive.Files {
		newline := bytes.IndexByte(src[min(at, len(src)):], '\n')
		if newline < 0 {
			break // the title is the file's last line
		}
		start := at + newline + 1
		at = start + len(f.Data)
		if f.Name == "want" {
			out := append(bytes.Clone(src[:start]), ladder...)
			return append(out, src[min(at, len(src)):]...)
		}
	}
	out := bytes.Clone(src)
	if len(out) > 0 && out[len(out)-1] != '\n' {
		out = append(out, '\n')
	}
	if len(archive.Files) == 0 || archive.Files[len(archive.Files)-1].Name != "want" {
		out = append(out, "-- want --\n"...)
	}
	return append(out, ladder...)
}
