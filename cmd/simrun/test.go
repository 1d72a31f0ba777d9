package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
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
		Use:   "test [NAME|FILE…]",
		Short: "run scenarios and compare them with what they expect",
		Long: `Run scenarios, all of the book if none is named, and compare what happened
with their checks and with the ladder in their want section. --update writes
the ladder into the files instead; read the difference before you keep it.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 && update {
				return fmt.Errorf("--update: want the files to write to")
			}
			if len(args) == 0 {
				args = catalogue.Names()
			}
			failed := 0
			for _, name := range args {
				ok, err := testOne(cmd.OutOrStdout(), name, edits, update)
				if err != nil {
					return err
				}
				if !ok {
					failed++
				}
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%d passed, %d failed\n", len(args)-failed, failed)
			if failed > 0 {
				return errFailed
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&update, "update", false, "write the ladder into the files")
	editFlags(cmd.Flags(), &edits)
	return cmd
}

// testOne runs a scenario and says what was not as it expects.
func testOne(out io.Writer, name string, edits script.Edits, update bool) (bool, error) {
	file, err := load(name)
	if err != nil {
		return false, err
	}
	r, err := file.Run(edits, codec.New(), script.DefaultLimits)
	if err != nil {
		return false, err
	}
	problems := r.Problems()
	ladder, err := r.Golden()
	if err != nil {
		return false, err
	}
	if update && len(problems) == 0 {
		if err := updateFile(name, ladder); err != nil {
			return false, err
		}
	} else if err := file.CompareWant(ladder); err != nil {
		problems = append(problems, err.Error())
	}
	for _, p := range problems {
		fmt.Fprintln(out, p)
	}
	return len(problems) == 0, nil
}

func updateFile(name, ladder string) error {
	if !strings.HasSuffix(name, ".sim") {
		return fmt.Errorf("--update: want a file, found the scenario %q of the book", name)
	}
	src, err := os.ReadFile(filepath.Clean(name))
	if err != nil {
		return err
	}
	return writeFile(name, func(w io.Writer) error {
		_, err := w.Write(script.UpdateWant(src, ladder))
		return err
	})
}
