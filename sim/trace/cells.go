package trace

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// Cells is how many columns of a terminal the text takes: two for wide
// characters, none for combining ones.
func Cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	if r < 0x300 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// padRight adds spaces after s until it takes n cells.
func padRight(s string, n int) string { return s + spaces(n-Cells(s)) }

// padLeft adds spaces before s until it takes n cells.
func padLeft(s string, n int) string { return spaces(n-Cells(s)) + s }

func spaces(n int) string { return strings.Repeat(" ", max(n, 0)) }

// cutCells is the longest start of s that takes at most n cells, and the rest.
func cutCells(s string, n int) (start, rest string) {
	for i, r := range s {
		if n -= runeCells(r); n < 0 {
			return s[:i], s[i:]
		}
	}
	return s, ""
}

// wrap breaks text at its spaces into lines of at most n cells, of which all
// but the first start with the indent. Words that are too long are broken.
func wrap(s string, n int, indent string) []string {
	lines := breakLines(bindPhrases(bindUnits(s), n, indent), n, indent)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], glue, " ")
	}
	return lines
}

// breakLines is wrap for a text in which glue binds what belongs together.
func breakLines(s string, n int, indent string) []string {
	var lines []string
	line, empty := "", true
	for word := range strings.SplitSeq(s, " ") {
		for {
			if !empty && Cells(line)+1+Cells(word) <= n {
				line += " " + word
				break
			}
			if !empty {
				lines = append(lines, line)
				line, empty = indent, true
			}
			start, rest := cutCells(word, n-Cells(line))
			if word != "" && rest == word { // a wide character in a narrow column
				start, rest = "?", ""
			}
			line, empty = line+start, false
			if word = rest; rest == "" {
				break
			}
		}
	}
	return append(lines, line)
}

// bindUnits glues a number to its unit, so that no line begins with "s".
func bindUnits(s string) string {
	words := strings.Split(s, " ")
	var b strings.Builder
	for i, word := range words {
		switch {
		case i == 0:
		case isUnit(word) && words[i-1] != "" && isDigit(words[i-1][len(words[i-1])-1]):
			b.WriteString(glue)
		default:
			b.WriteByte(' ')
		}
		b.WriteString(word)
	}
	return b.String()
}

// bindPhrases glues what stands between two semicolons, or else two commas,
// where a text must be broken and its phrases fit: "RTO 16 s, next 32 s" breaks
// at its comma.
func bindPhrases(s string, n int, indent string) string {
	if Cells(s) <= n {
		return s
	}
	for _, end := range []string{"; ", ", "} {
		phrases := strings.SplitAfter(s, end)
		fit := len(phrases) > 1
		for i, phrase := range phrases {
			phrase = strings.TrimSuffix(phrase, " ")
			fit = fit && Cells(indent)+Cells(phrase) <= n
			phrases[i] = strings.ReplaceAll(phrase, " ", glue)
		}
		if fit {
			return strings.Join(phrases, " ")
		}
	}
	return s
}

func isUnit(word string) bool {
	switch strings.TrimRight(word, ",") {
	case "s", "ms", "µs", "us", "ns":
		return true
	}
	return false
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
