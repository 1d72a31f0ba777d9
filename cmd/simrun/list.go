package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"simrun/sim/catalogue"
)

// entry is a scenario as "list --json" gives it.
type entry struct {
	Name  string   `json:"name"`
	Title string   `json:"title"`
	Tags  []string `json:"tags"`
	Ref   []string `json:"ref"`
}

func newList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the scenario book",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			all := []entry{}
			for _, name := range catalogue.Names() {
				f, err := catalogue.File(name)
				if err != nil {
					return err
				}
				all = append(all, entry{name, f.Title, append([]string{}, f.Tags...), append([]string{}, f.Ref...)})
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(all)
			}
			width := 0
			for _, e := range all {
				width = max(width, len(e.Name))
			}
			for _, e := range all {
				fmt.Fprintf(cmd.OutOrStdout(), "%-*s  %s\n", width, e.Name, e.Title)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one array of {name, title, tags, ref}")
	return cmd
}

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:   "show NAME",
		Short: "print the file of a scenario",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			src, ok := catalogue.Source(args[0])
			if !ok {
				return unknownScenario(args[0])
			}
			_, err := cmd.OutOrStdout().Write(src)
			return err
		},
	}
}
