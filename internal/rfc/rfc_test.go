package rfc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReport: a page cannot say more than the proofs have shown.
func TestReport(t *testing.T) {
	s := &Standard{Name: "RFC 0", Requirements: []Requirement{
		{ID: "A", Section: "1", Text: "met"}, {ID: "B", Section: "1", Text: "not met"},
		{ID: "C", Section: "2", Text: "a|b", OutOfScope: "never"}, {ID: "D", Section: "2", Text: "later", Pending: "soon"},
	}}
	outcomes := map[string]Outcome{"A": {Met: true, Where: "here", Shows: "it holds"}, "B": {Where: "here", Shows: "it does not"}}
	wantLines(t, Report(s, outcomes),
		"4 requirements: 1 implemented, 1 out of scope, 2 failing.",
		"| id | section | requirement | status | where it is shown, or why not |",
		"| A | 1 | met | implemented | here: it holds |",
		"| B | 1 | not met | failing | its proof fails |",
		`| C | 2 | a\|b | out of scope | never |`,
		"| D | 2 | later | failing | soon |",
	)
	s.Requirements[0].Level = "MUST"
	wantLines(t, Report(s, outcomes),
		"| id | section | level | requirement | status | where it is shown, or why not |",
		"| --- | --- | --- | --- | --- | --- |",
		"| A | 1 | MUST | met | implemented | here: it holds |",
	)
	if got := s.Check(); len(got) != 3 {
		t.Errorf("problems %q, want three: B, C and D have no level", got)
	}
	s.Requirements[0].Level = ""
	s.Requirements = append(s.Requirements, Requirement{ID: "A", OutOfScope: "x", Pending: "y"})
	if got := s.Check(); len(got) != 3 {
		t.Errorf("problems %q, want three", got)
	}
}

func wantLines(t *testing.T, page string, lines ...string) {
	t.Helper()
	for _, line := range lines {
		if !strings.Contains(page, line+"\n") {
			t.Errorf("no line %q in\n%s", line, page)
		}
	}
}

// TestProve: the page is what the proofs came to, and one that ends early has
// shown nothing.
func TestProve(t *testing.T) {
	if partial() {
		t.Skip("a page is written by a whole run alone")
	}
	s := &Standard{Name: "RFC 0", Page: "page.md", Requirements: []Requirement{
		{ID: "A", Section: "1", Text: "met"}, {ID: "B", Section: "1", Text: "left early"}, {ID: "C", Section: "1", Text: "never", OutOfScope: "why"},
	}}
	ran := map[string]int{}
	proof := func(t *testing.T, r *Requirement) Outcome {
		if ran[r.ID]++; r.ID == "B" {
			t.SkipNow()
		}
		return Outcome{Met: true, Where: Source(TestProve), Shows: "it holds"}
	}
	dir := t.TempDir()
	proofs := map[string]Proof{"A": proof, "B": proof}
	s.Prove(t, proofs, dir, true)
	page, err := os.ReadFile(filepath.Join(dir, "page.md"))
	if err != nil {
		t.Fatal(err)
	}
	wantLines(t, string(page), "3 requirements: 1 implemented, 1 out of scope, 1 failing.",
		"| A | 1 | met | implemented | `rfc_test.go`: it holds |", "| B | 1 | left early | failing | its proof fails |")
	s.Prove(t, proofs, dir, false)
	if ran["A"] != 2 || ran["B"] != 2 || len(ran) != 2 {
		t.Errorf("the proofs ran %v times", ran)
	}
}
