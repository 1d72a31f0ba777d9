package script

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Mismatch is a ladder that differs from the wanted one.
type Mismatch struct {
	File      string
	Line      int // of the first row that differs
	Row, Rows int // which row of how many wanted
	Want, Got string
	Total     string // what the last rows say: "15 packets wanted, 14 got. "
}

func (m *Mismatch) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d: want: ", m.File, m.Line)
	if m.Row > m.Rows {
		fmt.Fprintf(&b, "row %d comes after the last, %d\n", m.Row, m.Rows)
	} else {
		fmt.Fprintf(&b, "row %d of %d is the first to differ\n  -%s\n", m.Row, m.Rows, m.Want)
	}
	if m.Got != "" || m.Row > m.Rows {
		fmt.Fprintf(&b, "  +%s\n", m.Got)
	}
	fmt.Fprintf(&b, "   %sIf the new ladder is right: simrun test -update", m.Total)
	return b.String()
}

// CompareWant compares a ladder with the want section, row by row. Spaces at
// the end of a row do not count. A file without that section wants nothing.
func (f *File) CompareWant(got string) error {
	if f.WantLine == 0 {
		return nil
	}
	want, rows := rowsOf(f.Want), rowsOf(got)
	for i := range max(len(want), len(rows)) {
		w, wok := rowAt(want, i)
		g, gok := rowAt(rows, i)
		if w == g && wok == gok {
			continue
		}
		return &Mismatch{
			File: f.file, Line: f.WantLine + min(i+1, len(want)), Row: i + 1, Rows: len(want),
			Want: w, Got: g, Total: totals(want, rows),
		}
	}
	return nil
}

func rowsOf(ladder string) []string {
	var rows []string
	for row := range strings.Lines(ladder) {
		rows = append(rows, strings.TrimRight(row, " \r\n"))
	}
	for len(rows) > 0 && rows[len(rows)-1] == "" {
		rows = rows[:len(rows)-1]
	}
	return rows
}

func rowAt(rows []string, i int) (string, bool) {
	if i < len(rows) {
		return rows[i], true
	}
	return "", false
}

var summary = regexp.MustCompile(`^(\d+) packets?, `)

// totals compares the packet counts of the ladders' summaries.
func totals(want, got []string) string {
	w, g := packets(want), packets(got)
	if w == "" || g == "" || w == g {
		return ""
	}
	return fmt.Sprintf("%s packets wanted, %s got. ", w, g)
}

// packets is how many packets the summary of a ladder counts. It takes one of
// the last rows.
func packets(rows []string) string {
	for _, row := range slices.Backward(rows) {
		if m := summary.FindStringSubmatch(row); m != nil {
			return m[1]
		}
	}
	return ""
}
