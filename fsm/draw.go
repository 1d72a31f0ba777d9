package fsm

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// edge is one arrow of a diagram: every way from one state to another.
type edge struct {
	from, to int // positions in States
	labels   []string
}

// edges is the arrows of the machine, ordered by the states they join. Rows
// that stay where they are draw none.
func (t *Table[S, E, G, A]) edges() (edges []edge) {
	for i, from := range t.States {
		for j, to := range t.States {
			if labels := t.labels(from, to); from != to && len(labels) > 0 {
				edges = append(edges, edge{i, j, labels})
			}
		}
	}
	return edges
}

// labels is what leads from one state to another: "event [guard]", once each,
// in the order of the rows; without a guard if the event leads there whatever
// the guards say.
func (t *Table[S, E, G, A]) labels(from, to S) (labels []string) {
	for i := range t.Rows {
		row := &t.Rows[i]
		if row.To != to || !Has(row.In, from) {
			continue
		}
		label := row.On.String()
		if row.If != 0 && !t.surely(from, row.On, to) {
			label += " [" + row.If.String() + "]"
		}
		if !slices.Contains(labels, label) {
			labels = append(labels, label)
		}
	}
	return labels
}

// surely reports whether an event leads from one state to another in every row
// that it may fire, the last of which has no guard.
func (t *Table[S, E, G, A]) surely(from S, e E, to S) (last bool) {
	for _, i := range t.Candidates(from, e) {
		if t.Rows[i].To != to {
			return false
		}
		last = t.Rows[i].If == 0
	}
	return last
}

// DOT draws the machine for Graphviz. A dot points at the initial state, and
// terminal states have a double border.
func (t *Table[S, E, G, A]) DOT() string {
	var b strings.Builder
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	node := func(s S) string { return `"` + quote.Replace(s.String()) + `"` }
	fmt.Fprintf(&b, "digraph \"%s\" {\n", quote.Replace(t.Name))
	b.WriteString("\tnode [shape=box style=rounded]\n")
	b.WriteString("\t\"\" [shape=point]\n")
	fmt.Fprintf(&b, "\t\"\" -> %s\n", node(t.Initial))
	for _, s := range t.States {
		if Has(t.Terminal, s) {
			fmt.Fprintf(&b, "\t%s [peripheries=2]\n", node(s))
		} else {
			fmt.Fprintf(&b, "\t%s\n", node(s))
		}
	}
	for _, e := range t.edges() {
		label := ""
		for _, l := range e.labels {
			label += quote.Replace(l) + `\l` // a left-aligned line
		}
		fmt.Fprintf(&b, "\t%s -> %s [label=\"%s\"]\n", node(t.States[e.from]), node(t.States[e.to]), label)
	}
	b.WriteString("}\n")
	return b.String()
}

// Mermaid draws the machine as a stateDiagram-v2, without the code fence.
// Arrows from and to [*] mark the initial and the terminal states.
func (t *Table[S, E, G, A]) Mermaid() string {
	var b strings.Builder
	// A colon or a semicolon would end the label.
	escape := strings.NewReplacer("#", "#35;", ";", "#59;", ":", "#58;", "<", "#lt;", ">", "#gt;", `"`, "#quot;")
	ids := t.mermaidIDs()
	b.WriteString("stateDiagram-v2\n")
	for i, s := range t.States {
		if ids[i] != s.String() {
			fmt.Fprintf(&b, "    state \"%s\" as %s\n", escape.Replace(s.String()), ids[i])
		}
	}
	for i, s := range t.States {
		if s == t.Initial {
			fmt.Fprintf(&b, "    [*] --> %s\n", ids[i])
		}
	}
	for _, e := range t.edges() {
		var labels []string
		for i, l := range e.labels {
			if i == mostLabels-1 && len(e.labels) > mostLabels {
				labels = append(labels, fmt.Sprintf("and %d more", len(e.labels)-i))
				break
			}
			labels = append(labels, escape.Replace(l))
		}
		fmt.Fprintf(&b, "    %s --> %s: %s\n", ids[e.from], ids[e.to], strings.Join(labels, "<br/>"))
	}
	for i, s := range t.States {
		if Has(t.Terminal, s) {
			fmt.Fprintf(&b, "    %s --> [*]\n", ids[i])
		}
	}
	return b.String()
}

// mostLabels is how many lines an arrow of a Mermaid diagram may carry before
// they hide the picture; the table beside it has them all.
const mostLabels = 6

// mermaidIDs is an identifier for each state, in order: Mermaid takes letters,
// digits and underscores, while states are printed as the RFC prints them.
func (t *Table[S, E, G, A]) mermaidIDs() (ids []string) {
	for _, s := range t.States {
		id := strings.Map(func(r rune) rune {
			if r < unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)) {
				return r
			}
			return '_'
		}, s.String())
		for slices.Contains(ids, id) {
			id += "_"
		}
		ids = append(ids, id)
	}
	return ids
}

// Markdown is the whole table, a line for each row in the order in which they
// are tried.
func (t *Table[S, E, G, A]) Markdown() string {
	var b strings.Builder
	escape := strings.NewReplacer("|", `\|`, "\n", " ")
	line := func(cells ...string) {
		for _, c := range cells {
			b.WriteString("| " + escape.Replace(c) + " ")
		}
		b.WriteString("|\n")
	}
	line("ID", "In", "On", "If", "To", "Do", "Reference", "Why")
	line("---", "---", "---", "---", "---", "---", "---", "---")
	for i := range t.Rows {
		row := &t.Rows[i]
		guard, to := "", "stays"
		if row.If != 0 {
			guard = row.If.String()
		}
		if row.To != 0 {
			to = row.To.String()
		}
		line("`"+row.ID+"`", t.stateNames(row.In), row.On.String(), guard, to, names(row.Do), row.Ref, row.Why)
	}
	return b.String()
}

// stateNames lists a set of states in the order of the text, or those that
// are missing where they are fewer.
func (t *Table[S, E, G, A]) stateNames(set States) string {
	var in, out []S
	for _, s := range t.States {
		if Has(set, s) {
			in = append(in, s)
		} else {
			out = append(out, s)
		}
	}
	switch {
	case len(out) == 0:
		return "any"
	case len(out) < len(in):
		return "any but " + names(out)
	}
	return names(in)
}

func names[T Enum](values []T) string {
	var out []string
	for _, v := range values {
		out = append(out, v.String())
	}
	return strings.Join(out, ", ")
}
