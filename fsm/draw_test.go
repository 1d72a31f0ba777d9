package fsm_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simrun/fsm"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; if this is right: go test ./fsm -update\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}

func TestDrawings(t *testing.T) {
	tab := fsm.New(door())
	golden(t, "door.dot", tab.DOT())
	golden(t, "door.mmd", tab.Mermaid())
	golden(t, "door.md", tab.Markdown())
}

// odd is an enum whose names hold what the formats must escape.
type odd uint8

func (o odd) String() string { return [...]string{"", "A-B", "A B", `"q\"`, "x: y; <z> #1"}[o] }

func TestDrawingsEscape(t *testing.T) {
	tab := fsm.New(fsm.Machine[odd, odd, odd, odd]{
		Name: "odd", Initial: 1, States: []odd{1, 2, 3}, Events: []odd{4},
		Rows: []fsm.Row[odd, odd, odd, odd]{
			{ID: "odd.x.a", In: fsm.In[odd](1), On: 4, To: 2, Why: "two\nlines"},
			{ID: "odd.x.b", In: fsm.In[odd](2), On: 4, If: 3, To: 3},
		},
	})
	for _, c := range []struct{ format, got, want string }{
		{"DOT", tab.DOT(), `"A-B" -> "A B" [label="x: y; <z> #1\l"]`},
		{"DOT", tab.DOT(), `"A B" -> "\"q\\\"" [label="x: y; <z> #1 [\"q\\\"]\l"]`},
		{"Mermaid", tab.Mermaid(), `state "A-B" as A_B`},
		{"Mermaid", tab.Mermaid(), `state "A B" as A_B_`}, // not the same state
		{"Mermaid", tab.Mermaid(), "A_B --> A_B_: x#58; y#59; #lt;z#gt; #35;1\n"},
		{"Markdown", tab.Markdown(), "| two lines |\n"},
	} {
		if !strings.Contains(c.got, c.want) {
			t.Errorf("%s lacks %q:\n%s", c.format, c.want, c.got)
		}
	}
}

// TestDrawingsOfChanged shows that a drawing follows its rows.
func TestDrawingsOfChanged(t *testing.T) {
	tab := fsm.New(door())
	mutant := tab.Changed("door.push.open", func(r *row) { r.To = 0 })
	for _, d := range []struct{ before, after, mark string }{
		{tab.DOT(), mutant.DOT(), `"OPEN" -> "SHUT"`},
		{tab.Mermaid(), mutant.Mermaid(), "OPEN --> SHUT"},
		{tab.Markdown(), mutant.Markdown(), "| OPEN | push |  | SHUT |"},
	} {
		if !strings.Contains(d.before, d.mark) || strings.Contains(d.after, d.mark) {
			t.Errorf("%q does not go with its row:\n%s\n%s", d.mark, d.before, d.after)
		}
	}
}

func TestMarkdownNamesTheFewerStates(t *testing.T) {
	for _, c := range []struct {
		in   fsm.States
		want string
	}{
		{in(open), "| OPEN |"},
		{in(gone, open), "| OPEN, GONE |"}, // the text's order
		{in(open, shut, gone), "| any but DEAD-LOCKED |"},
		{in(open, shut, deadLocked, gone), "| any |"},
	} {
		tab := fsm.New(door()).Changed("door.key.else", func(r *row) { r.In = c.in })
		if got := tab.Markdown(); !strings.Contains(got, "| `door.key.else` "+c.want) {
			t.Errorf("want %s:\n%s", c.want, got)
		}
	}
}
