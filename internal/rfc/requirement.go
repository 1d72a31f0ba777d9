// Package rfc is how a test shows that an RFC is met: a table of what the text
// requires, a proof of each requirement, and a page that is written from both,
// so that it cannot say more than the proofs have shown.
package rfc

import (
	"fmt"
	"slices"
	"strings"
)

// Requirement is one statement of an RFC that can be tested.
type Requirement struct {
	ID      string // as the RFC or our list numbers it: "MUST-13"
	Section string // where it stands
	Level   string // how strongly it is asked for, where the ID does not say: "MUST"
	Text    string // in our own words
	// OutOfScope is why it is not met on purpose; "" if it is to be met.
	OutOfScope string
	// Pending is what is missing until it can be met: its proof must fail.
	Pending string
}

// Standard is the requirements of one RFC.
type Standard struct {
	Name         string // "RFC 9293"
	Page         string // the file that reports on it: "docs/rfc9293.md"
	About        string // what stands above the table, a paragraph
	Requirements []Requirement
}

// Status is how a requirement stands.
type Status uint8

const (
	Failing Status = iota
	Implemented
	OutOfScope
)

func (s Status) String() string {
	return [...]string{"failing", "implemented", "out of scope"}[s]
}

// Outcome is what the proof of a requirement came to.
type Outcome struct {
	Met   bool
	Where string // the proof and the scenarios that it ran
	Shows string // what it observed
}

// Report is the page of a standard: a row for each requirement, whose status
// is that of the outcomes. A requirement without an outcome is not met.
func Report(s *Standard, outcomes map[string]Outcome) string {
	var rows strings.Builder
	var counts [3]int
	head, rule, levels := "| id | section |", "| --- | --- |", s.levels()
	if levels {
		head, rule = head+" level |", rule+" --- |"
	}
	for i := range s.Requirements {
		r := &s.Requirements[i]
		status, last := r.judge(outcomes[r.ID])
		counts[status]++
		fmt.Fprintf(&rows, "| %s | %s |", r.ID, r.Section)
		if levels {
			fmt.Fprintf(&rows, " %s |", r.Level)
		}
		fmt.Fprintf(&rows, " %s | %v | %s |\n", cell(r.Text), status, cell(last))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# %s, requirement by requirement\n\n%s\n\n", s.Name, s.About)
	fmt.Fprintf(&b, "%d requirements: %d implemented, %d out of scope, %d failing.\n\n", len(s.Requirements),
		counts[Implemented], counts[OutOfScope], counts[Failing])
	fmt.Fprintf(&b, "%s requirement | status | where it is shown, or why not |\n%s --- | --- | --- |\n", head, rule)
	b.WriteString(rows.String())
	return b.String()
}

// levels reports whether the requirements say how strongly they are asked for.
func (s *Standard) levels() bool {
	return slices.ContainsFunc(s.Requirements, func(r Requirement) bool { return r.Level != "" })
}

// judge is a requirement's status and the text beside it.
func (r *Requirement) judge(o Outcome) (Status, string) {
	switch {
	case r.OutOfScope != "":
		return OutOfScope, r.OutOfScope
	case !o.Met && r.Pending != "":
		return Failing, r.Pending
	case !o.Met:
		return Failing, "its proof fails"
	}
	return Implemented, o.Where + ": " + o.Shows
}

// cell keeps a text within its cell of the table.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

// Check lists what is wrong with a table: an ID that stands twice, a field that
// is empty, a requirement that is out of scope and pending at once.
func (s *Standard) Check() (problems []string) {
	seen := map[string]bool{}
	for i := range s.Requirements {
		r := &s.Requirements[i]
		if seen[r.ID] {
			problems = append(problems, r.ID+" stands twice")
		}
		seen[r.ID] = true
		if r.ID == "" || r.Section == "" || r.Text == "" || s.levels() != (r.Level != "") {
			problems = append(problems, fmt.Sprintf("%s: want an ID, a section, a text, and a level if others have one, found %+v", r.ID, *r))
		}
		if r.OutOfScope != "" && r.Pending != "" {
			problems = append(problems, r.ID+" is out of scope and pending")
		}
	}
	return problems
}

// Missing is the IDs from NAME-1 to NAME-n that the table lacks.
func (s *Standard) Missing(name string, n int) (ids []string) {
	for i := range n {
		id := fmt.Sprintf("%s-%d", name, i+1)
		if !slices.ContainsFunc(s.Requirements, func(r Requirement) bool { return r.ID == id }) {
			ids = append(ids, id)
		}
	}
	return ids
}
