package script

import (
	"fmt"
	"strings"

	"simrun/sim"
)

// Error is a mistake in a scenario file or in an edit of one: where it is,
// what was wanted and what was found.
type Error struct {
	Pos   sim.Pos // Line is 0 for an edit, which is no file
	Msg   string
	Line  string // the line that is wrong
	Width int    // how many cells of it are underlined
}

// Error is the place and the message, and below them the line with the
// mistake underlined.
func (e *Error) Error() string {
	var b strings.Builder
	number := ""
	switch {
	case e.Pos.Line > 0 && e.Pos.Col > 0:
		fmt.Fprintf(&b, "%v: ", e.Pos)
		number = fmt.Sprint(e.Pos.Line)
	case e.Pos.Line > 0: // the whole line, or all of the file
		fmt.Fprintf(&b, "%s:%d: ", e.Pos.File, e.Pos.Line)
		number = fmt.Sprint(e.Pos.Line)
	}
	b.WriteString(e.Msg)
	if line := strings.TrimRight(strings.ReplaceAll(e.Line, "\t", " "), " \r"); line != "" || e.Pos.Col > 0 {
		b.WriteString(strings.TrimRight(fmt.Sprintf("\n%5s | %s", number, line), " "))
	}
	if e.Pos.Col > 0 {
		fmt.Fprintf(&b, "\n%5s | %*s%s", "", e.Pos.Col-1, "", strings.Repeat("^", max(e.Width, 1)))
	}
	return b.String()
}

// failure carries an Error up through the parser to its entry, which recovers
// it: a recursive descent reads better without an error check on each line.
type failure struct{ err *Error }

// rescue turns a failure into the error that the entry returns. Every other
// panic goes on: it is a mistake of ours.
func rescue(err *error) {
	switch r := recover().(type) {
	case nil:
	case failure:
		*err = r.err
	default:
		panic(r)
	}
}
