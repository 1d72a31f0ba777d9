package trace

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// callForm says which part of a call a margin shows.
type callForm uint8

const (
	fullCall  callForm = iota // send "ABCDEFG" = 7
	startCall                 // connect B:4500 …
	stuckCall                 // recv … blocked
)

// leastQuote is how many cells of data a margin shows at least, quotes
// included, rather than keep the result on the same line.
const leastQuote = 6

// glue is a space at which a text is not broken; wrap makes it a plain one.
const glue = "\u00a0"

// text is the call in at most n cells if cutting its data can do that. In
// short it is the name and the result: connect = 0.
func (c *CallText) text(form callForm, short bool, n int, g *glyphs) string {
	var before, after string
	var data, got []byte
	before = c.fullName()
	if !short && c.Args != "" {
		before += " " + c.Args
	}
	if !short {
		data = c.Data
	}
	switch form {
	case startCall:
		after = " …"
	case stuckCall:
		after = " …" + glue + "blocked"
	default:
		if c.Result != "" || c.Got != nil {
			after = " ="
		}
		if c.Result != "" {
			after += glue + c.Result
		}
		got = c.Got
	}
	before, after = g.clean(before), g.clean(after)
	room := n - Cells(before) - Cells(after)
	switch {
	case data != nil && got != nil:
		room -= 2
		q := quote(data, max(room/2, room-Cells(quote(got, room, g))), g)
		return before + " " + q + after + glue + quote(got, room-Cells(q), g)
	case data != nil:
		if whole := quote(data, n, g); room-1 < min(Cells(whole), leastQuote) {
			room = n - Cells(before) // the result goes to a line of its own
		}
		return before + " " + quote(data, room-1, g) + after
	case got != nil:
		if quote(got, room-1, g) == quote(got, 0, g) { // nothing of it fits
			return before + after + glue + quote(got, n-len("  = "), g)
		}
		return before + after + glue + quote(got, room-1, g)
	}
	return before + after
}

// fullName is the call with the process that made it.
func (c *CallText) fullName() string {
	if c.App != "" {
		return c.App + "." + c.Name
	}
	return c.Name
}

// quote is data in quotes, escaped, and cut inside the quotes to n cells; it
// never gets shorter than `"…"`.
func quote(data []byte, n int, g *glyphs) string {
	var b strings.Builder
	room := n - 2
	kept, fits := 0, 0 // bytes of b, and those that leave room for the dots
	for len(data) > 0 {
		_, size := utf8.DecodeRune(data)
		q := strconv.Quote(string(data[:size]))
		if g.ascii {
			q = strconv.QuoteToASCII(string(data[:size]))
		}
		q = q[1 : len(q)-1]
		data = data[size:]
		kept += Cells(q)
		if kept > room {
			return `"` + b.String()[:fits] + g.dots + `"`
		}
		b.WriteString(q)
		if kept+Cells(g.dots) <= room {
			fits = b.Len()
		}
	}
	return `"` + b.String() + `"`
}
