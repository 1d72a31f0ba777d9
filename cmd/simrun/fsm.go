package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"simrun/fsm"
	"simrun/sctp"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/tcp"
	"simrun/wire/codec"
)

// machines is the protocols whose tables there are.
var machines = []string{"tcp", "sctp"}

// machine is a protocol's table, whatever its states are.
type machine struct {
	drawn
	rows func() []trace.RowText
}

type drawn interface {
	Markdown() string
	DOT() string
	Mermaid() string
}

// tables is the machines by their protocols' names.
var tables = map[string]machine{
	"tcp":  {tcp.RFC, func() []trace.RowText { return rowsOf(tcp.RFC) }},
	"sctp": {sctp.RFC, func() []trace.RowText { return rowsOf(sctp.RFC) }},
}

// rowsOf is the rows of a table in words.
func rowsOf[S, E, G, A fsm.Enum](t *fsm.Table[S, E, G, A]) (all []trace.RowText) {
	for i := range t.Rows {
		row := &t.Rows[i]
		all = append(all, trace.RowText{ID: row.ID, Ref: row.Ref, Why: row.Why})
	}
	return all
}

// formats is the ways to write a table.
var formats = []string{"markdown", "dot", "mermaid"}

func newFSM() *cobra.Command {
	var format string
	var coverage bool
	cmd := &cobra.Command{
		Use:   "fsm tcp|sctp",
		Short: "print a protocol's state machine",
		Long: `Print the table that runs a protocol: a row for each state and event, with the
text it follows. Or draw its states for Graphviz or Mermaid, or run all
scenarios and count which rows they reach.`,
		Example: `  simrun fsm tcp
  simrun fsm tcp --format dot | dot -Tsvg > tcp.svg
  simrun fsm sctp --coverage`,
		Args: func(_ *cobra.Command, args []string) error {
			if err := one("a protocol: "+strings.Join(machines, ", "))(nil, args); err != nil {
				return err
			}
			if !slices.Contains(machines, args[0]) {
				return unknown("protocol", args[0], machines)
			}
			return nil
		},
		ValidArgs: machines,
		RunE: func(cmd *cobra.Command, args []string) error {
			m := tables[args[0]]
			if coverage {
				return writeCoverage(cmd.OutOrStdout(), m.rows())
			}
			text := ""
			switch format {
			case "markdown":
				text = m.Markdown()
			case "dot":
				text = m.DOT()
			case "mermaid":
				text = m.Mermaid()
			default:
				return unknown("value of --format", format, formats)
			}
			_, err := io.WriteString(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "`FORMAT`: markdown, dot or mermaid")
	cmd.Flags().BoolVar(&coverage, "coverage", false, "run all scenarios, and count how often each row fired")
	cmd.MarkFlagsMutuallyExclusive("format", "coverage")
	return cmd
}

// writeCoverage runs all scenarios and writes how often each row of a table
// fired, and how many of those that can fire did. Rows that cannot, and say
// so, have a dash.
func writeCoverage(w io.Writer, rows []trace.RowText) error {
	hits := map[string]int{}
	for _, name := range catalogue.Names() {
		f, err := catalogue.File(name)
		if err != nil {
			return err
		}
		r, err := f.Run(nil, codec.New(), script.DefaultLimits)
		if err != nil {
			return err
		}
		for i := range r.Log.Events {
			if e := &r.Log.Events[i]; e.Kind == trace.Fired {
				hits[e.Row.ID]++
			}
		}
	}
	var b strings.Builder
	can, fired := 0, 0
	for _, row := range rows {
		n := fmt.Sprint(hits[row.ID])
		switch {
		case hits[row.ID] > 0:
			fired++
			can++
		case strings.HasPrefix(row.Why, "cannot happen"):
			n = "-"
		default:
			can++
		}
		fmt.Fprintf(&b, "%5s  %s\n", n, row.ID)
	}
	fmt.Fprintf(&b, "%d of %d rows fired in %d scenarios\n", fired, can, len(catalogue.Names()))
	_, err := io.WriteString(w, b.String())
	return err
}
