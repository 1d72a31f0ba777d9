package trace

import (
	"strings"
	"unicode"
)

// style is how a piece of text looks where there is colour. The colours are
// told apart by the colour-blind too, and nothing depends on them alone.
type style uint8

const (
	plain style = iota
	dim
	bold
	fromLeft
	fromRight
	resent
	bad
	notice
)

var escapes = [...]string{
	dim:       "\x1b[2m",
	bold:      "\x1b[1m",
	fromLeft:  "\x1b[38;5;25m",
	fromRight: "\x1b[38;5;36m",
	resent:    "\x1b[38;5;214m",
	bad:       "\x1b[38;5;166m",
	notice:    "\x1b[38;5;175m",
}

// span is a piece of a line in one style.
type span struct {
	text  string
	style style
}

// joinSpans makes a line of the pieces and cuts the spaces at its end.
func joinSpans(spans []span, color bool) string {
	for len(spans) > 0 {
		last := &spans[len(spans)-1]
		if last.text = strings.TrimRight(last.text, " "); last.text != "" {
			break
		}
		spans = spans[:len(spans)-1]
	}
	var b strings.Builder
	for _, s := range spans {
		if color && s.style != plain && strings.TrimSpace(s.text) != "" {
			b.WriteString(escapes[s.style] + s.text + "\x1b[0m")
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// glyphs is what ladders are drawn with. All take one cell but dots, dot and
// the texts they stand in.
type glyphs struct {
	life, gap, tailLeft, tailRight string // lifelines
	line, double                   string // shafts: sent, sent again
	headLeft, headRight, lost      string
	down, up                       string // the strokes of two packets that cross
	open                           string // the end of an arrow whose other half stands elsewhere
	dots, dot, times, dash         string
	ascii                          bool
}

var unicodeGlyphs = glyphs{
	life: "│", gap: "┊", tailLeft: "├", tailRight: "┤",
	line: "─", double: "═", headLeft: "◄", headRight: "►", lost: "✗",
	down: "╲", up: "╱", open: "┄",
	dots: "…", dot: " · ", times: "×", dash: "–",
}

var asciiGlyphs = glyphs{
	life: "|", gap: ":", tailLeft: "|", tailRight: "|",
	line: "-", double: "=", headLeft: "<", headRight: ">", lost: "x",
	down: `\`, up: "/", open: ".",
	dots: "..", dot: " - ", times: "x", dash: "-",
	ascii: true,
}

var toASCII = strings.NewReplacer("…", "..", "×", "x", "–", "-", "─", "-", "·", "-", "µ", "u", "≥", ">=", "≤", "<=")

// clean makes a text from outside fit for a terminal: no control characters,
// and nothing beyond ASCII where that is all there is.
func (g *glyphs) clean(s string) string {
	if g.ascii {
		s = toASCII.Replace(s)
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case r == '\u00a0':
			return r // glue, which wrap takes out
		case r == unicode.ReplacementChar || !unicode.IsPrint(r) || g.ascii && r > '~':
			return '?'
		}
		return r
	}, s)
}
