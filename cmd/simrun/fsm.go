package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/tcp"
	"simrun/wire/codec"
)

// machines is the protocols whose tables there are.
var machines = []string{"tcp"}

// formats is the ways to write a table.
var formats = []string{"markdown", "dot", "mermaid"}

func newFSM() *cobra.Command {
	var format string
	var coverage bool
	cmd := &cobra.Command{
		Use:   "fsm tcp",
		Short: "print a protocol's state machine",
		Long: `Print the table that runs a protocol: a row for each state and event, with the
text it follows. Or draw its states for Graphviz or Mermaid, or run all
scenarios and count which rows they reach.`,
		Example: `  simrun fsm tcp
  simrun fsm tcp --format dot | dot -Tsvg > tcp.svg
  simrun fsm tcp --coverage`,
		Args: func(_ *cobra.Command, args []string) error {
			if err := one("a protocol: "+strings.Join(machines, ", "))(nil, args); err != nil {
				return err
			}
			if args[0] != "tcp" {
				return unknown("protocol", args[0], machines)
			}
			return nil
		},
		ValidArgs: machines,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if coverage {
				return writeCoverage(cmd.OutOrStdout())
			}
			text := ""
			switch format {
			case "markdown":
				text = tcp.RFC.Markdown()
			case "dot":
				text = tcp.RFC.DOT()
			case "mermaid":
				text = tcp.RFC.Mermaid()
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

// writeCoverage runs all scenarios and writes how often each row of the table
// fired, and how many of those that can fire did. Rows that cannot, and say
// so, have a dash.
func writeCoverage(w io.Writer) error {
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
	for i := range tcp.RFC.Rows {
		row := &tcp.RFC.Rows[i]
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
