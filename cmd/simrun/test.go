package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/wire/codec"
)

func newTest() *cobra.Command {
	var update bool
	var edits script.Edits
	cmd := &cobra.Command{
		Use:   "test [NAME|FILE]...",
		Short: "run scenarios and compare them with what they expect",
		Long: `Run scenarios, all of "simrun list" if none is named, and compare what happened
with their checks and with the ladder in their want section. With -update the
ladder is written into the files instead, if all else is as expected; read the
difference before you keep it.

Edits change the scenario, and what it expects still counts: use them to see
that a check can fail.

The status is 0 if all was as expected, 1 if not, 2 if there was no run.`,
		Example: `  simrun test
  simrun test my.sim
  simrun test -update my.sim
  simrun test my.sim --drop a.F`,
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && update {
				return fmt.Errorf("-update: want the files to write to, found none")
			}
			if len(args) == 0 {
				args = catalogue.Names()
			}
			return testAll(cmd.OutOrStdout(), args, edits, update)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&update, "update", false, "write the ladder into the files")
	editFlags(cmd.Flags(), &edits)
	return cmd
}

// testAll runs scenarios one after the other. All are read before the first is
// run, so that a bad file spoils nothing.
func testAll(out io.Writer, names []string, edits script.Edits, update bool) error {
	files := make([]*script.File, len(names))
	for i, name := range names {
		file, err := load(name)
		if err != nil {
			return err
		}
		if update && !strings.HasSuffix(name, ".sim") {
			return fmt.Errorf("-update: want a file, found the scenario %q; simrun show prints its file", name)
		}
		if update && len(edits) > 0 {
			return fmt.Errorf("-update: want a run without edits, found --%s", edits[0].Flag)
		}
		files[i] = file
	}
	failed := 0
	for i, name := range names {
		problems, err := testOne(files[i], name, edits, update)
		if err != nil {
			return err
		}
		if len(problems) > 0 {
			failed++
		}
		for _, p := range problems {
			if _, err := fmt.Fprintln(out, p); err != nil {
				return err
			}
		}
	}
	_, err := fmt.Fprintf(out, "%d passed, %d failed\n", len(names)-failed, failed)
	if err == nil && failed > 0 {
		return errFailed
	}
	return err
}

// testOne runs a scenario and returns what was not as it expects.
func testOne(file *script.File, name string, edits script.Edits, update bool) ([]string, error) {
	r, err := file.Run(edits, codec.New(), script.DefaultLimits)
	if err != nil {
		return nil, err
	}
	problems := r.Problems()
	ladder, err := r.Golden()
	if err != nil {
		return nil, err
	}
	if update && len(problems) == 0 {
		return nil, updateFile(name, ladder)
	}
	if err := file.CompareWant(ladder); err != nil {
		problems = append(problems, err.Error())
	}
	return problems, nil
}

func updateFile(name, ladder string) error {
	src, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	return writeFile(name, func(w io.Writer) error {
		_, err := w.Write(script.UpdateWant(src, ladder))
		return err
	})
}
