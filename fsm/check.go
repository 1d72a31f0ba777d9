package fsm

import (
	"fmt"
	"regexp"
)

var idForm = regexp.MustCompile(`^[a-z0-9]+(\.[a-z0-9-]+){2,}$`)

// Check returns what is wrong with a table, a sentence each; nothing when it
// is sound:
//   - a hole: a state and an event without a row that always applies;
//   - a shadowed row: one that stands behind a row that always applies;
//   - a state that no path from the initial one reaches;
//   - a state without a way out that is not terminal;
//   - a row without an ID of the common form, with another's ID, without a
//     reference or a reason, or for a state or event that is not listed.
func (t *Table[S, E, G, A]) Check() (problems []string) {
	report := func(format string, args ...any) {
		problems = append(problems, t.Name+": "+fmt.Sprintf(format, args...))
	}
	t.checkRows(report)
	t.checkCells(report)
	t.checkReach(report)
	return problems
}

func (t *Table[S, E, G, A]) checkRows(report func(string, ...any)) {
	all := In(t.States...)
	events := map[E]bool{}
	for _, e := range t.Events {
		events[e] = true
	}
	seen := map[string]bool{}
	for i := range t.Rows {
		row := &t.Rows[i]
		switch {
		case !idForm.MatchString(row.ID):
			report("row %d: %q is no ID of the form machine.event.state", i, row.ID)
		case seen[row.ID]:
			report("row %s stands twice", row.ID)
		}
		seen[row.ID] = true
		if row.Ref == "" {
			report("row %s has no reference", row.ID)
		}
		if row.Why == "" {
			report("row %s gives no reason", row.ID)
		}
		if row.In == 0 || row.In&^all != 0 {
			report("row %s applies in no state, or in one that is not listed", row.ID)
		}
		if row.To != 0 && !Has(all, row.To) {
			report("row %s leads to %v, which is not listed", row.ID, row.To)
		}
		if !events[row.On] {
			report("row %s waits for %v, which is not listed", row.ID, row.On)
		}
	}
}

func (t *Table[S, E, G, A]) checkCells(report func(string, ...any)) {
	for _, s := range t.States {
		for _, e := range t.Events {
			closed := false
			for _, i := range t.Candidates(s, e) {
				if closed {
					report("row %s is shadowed in %v on %v", t.Rows[i].ID, s, e)
				}
				closed = closed || t.Rows[i].If == 0
			}
			if !closed {
				report("hole: %v on %v has no row that always applies", s, e)
			}
		}
	}
}

func (t *Table[S, E, G, A]) checkReach(report func(string, ...any)) {
	reached := In(t.Initial)
	for grown := true; grown; {
		grown = false
		for i := range t.Rows {
			to := t.Rows[i].To
			if to != 0 && t.Rows[i].In&reached != 0 && !Has(reached, to) {
				reached |= In(to)
				grown = true
			}
		}
	}
	for _, s := range t.States {
		if !Has(reached, s) {
			report("state %v is reached from %v by no path", s, t.Initial)
		}
		wayOut := Has(t.Terminal, s)
		for i := range t.Rows {
			row := &t.Rows[i]
			wayOut = wayOut || Has(row.In, s) && row.To != 0 && row.To != s
		}
		if !wayOut {
			report("state %v has no way out", s)
		}
	}
}
