package fsm

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Coverage counts how often each row of a table fired, over as many runs as
// one likes.
type Coverage[S, E, G, A Enum] struct {
	table *Table[S, E, G, A]
	hits  []uint64
}

// NewCoverage counts nothing yet.
func NewCoverage[S, E, G, A Enum](t *Table[S, E, G, A]) *Coverage[S, E, G, A] {
	return &Coverage[S, E, G, A]{t, make([]uint64, len(t.Rows))}
}

// Add counts rows that fired.
func (c *Coverage[S, E, G, A]) Add(rows []RowIndex) {
	for _, i := range rows {
		c.hits[i]++
	}
}

// Waiver says why a row need not fire.
type Waiver struct {
	Row string // its ID
	Why string
}

// Missing is the IDs of the rows that never fired and are not waived, in the
// order of the table. A waiver must be needed: it is an error when its row
// fired, or is waived already, or does not exist, and when it gives no reason.
func (c *Coverage[S, E, G, A]) Missing(waived []Waiver) (missing []string, err error) {
	reasons, err := c.reasons(waived)
	for i := range c.table.Rows {
		if c.hits[i] == 0 && reasons[i] == "" {
			missing = append(missing, c.table.Rows[i].ID)
		}
	}
	return missing, err
}

// reasons is the reason for each row, by index, "" where there is none.
func (c *Coverage[S, E, G, A]) reasons(waived []Waiver) ([]string, error) {
	reasons := make([]string, len(c.table.Rows))
	var wrong []error
	fail := func(w Waiver, text string) {
		wrong = append(wrong, fmt.Errorf("%s: waiver for row %q: %s", c.table.Name, w.Row, text))
	}
	for _, w := range waived {
		i, ok := c.table.Find(w.Row)
		switch {
		case !ok:
			fail(w, "no row has this ID")
		case w.Why == "":
			fail(w, "it gives no reason")
		case c.hits[i] > 0:
			fail(w, fmt.Sprintf("the row fired, %d times", c.hits[i]))
		case reasons[i] != "":
			fail(w, "the row is waived already")
		default:
			reasons[i] = w.Why
		}
	}
	return reasons, errors.Join(wrong...)
}

// Write reports how many rows fired, and which did not and why that is well.
// It reports even when a waiver is wrong, and then returns that error.
func (c *Coverage[S, E, G, A]) Write(w io.Writer, waived []Waiver) error {
	reasons, wrong := c.reasons(waived)
	var silent strings.Builder
	fired := 0
	for i := range c.table.Rows {
		switch {
		case c.hits[i] > 0:
			fired++
		case reasons[i] != "":
			fmt.Fprintf(&silent, "  waived   %s: %s\n", c.table.Rows[i].ID, reasons[i])
		default:
			fmt.Fprintf(&silent, "  missing  %s\n", c.table.Rows[i].ID)
		}
	}
	_, err := fmt.Fprintf(w, "%s: %d of %d rows fired\n%s", c.table.Name, fired, len(c.table.Rows), silent.String())
	return errors.Join(wrong, err)
}
