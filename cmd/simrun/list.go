package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

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
		Use:   "list [WORD]",
		Short: "list the scenarios that come with simrun",
		Long: `List the scenarios: name, what it shows, and the texts it goes by. With a word,
only those that have it as a tag, or in their name, title or texts.`,
		Example: `  simrun list
  simrun list closing
  simrun list "RFC 1337"`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			all, err := entries(strings.Join(args, ""))
			if err != nil {
				return err
			}
			if asJSON {
				enc := json.NewEncoder(cmd.OutOrStdout())
				enc.SetIndent("", "  ")
				return enc.Encode(all)
			}
			_, err = io.WriteString(cmd.OutOrStdout(), columns(all, terminalWidth(cmd.OutOrStdout())))
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "one array of {name, title, tags, ref}")
	return cmd
}

// entries is the scenarios that have a word, in the order of their names.
func entries(word string) ([]entry, error) {
	all := []entry{}
	known := map[string]bool{}
	for _, name := range catalogue.Names() {
		f, err := catalogue.File(name)
		if err != nil {
			return nil, err
		}
		e := entry{name, f.Title, append([]string{}, f.Tags...), append([]string{}, f.Ref...)}
		for _, tag := range e.Tags {
			known[tag] = true
		}
		if e.has(word) {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		var tags []string
		for tag := range known {
			tags = append(tags, tag)
		}
		slices.Sort(tags)
		return nil, unknown("tag", word, tags)
	}
	return all, nil
}

func (e *entry) has(word string) bool {
	word = strings.ToLower(word)
	text := strings.ToLower(strings.Join(append([]string{e.Name, e.Title}, e.Ref...), "\n"))
	return slices.Contains(e.Tags, word) || strings.Contains(text, word)
}

// columns is one line for each scenario: its name, its title and the first of
// its texts, which is left out where a terminal is too narrow for it.
func columns(all []entry, terminal int) string {
	name, title, ref := 0, 0, 0
	for _, e := range all {
		name, title, ref = max(name, len(e.Name)), max(title, len(e.Title)), max(ref, len(e.ref()))
	}
	narrow := terminal > 0 && name+2+title+2+ref > terminal
	var b strings.Builder
	for _, e := range all {
		line := fmt.Sprintf("%-*s  %-*s  ", name, e.Name, title, e.Title)
		if !narrow {
			line += e.ref()
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func (e *entry) ref() string { return strings.Join(e.Ref[:min(len(e.Ref), 1)], "") }

func newShow() *cobra.Command {
	return &cobra.Command{
		Use:               "show NAME",
		Short:             "print the file of a scenario",
		Long:              "Print the .sim file of a scenario, to read it or to start a new one from it.",
		Example:           "  simrun show tcp/half-close-echo > my.sim",
		Args:              one("a scenario of simrun list"),
		ValidArgsFunction: completeNames,
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

// completeNames offers the scenarios to a shell, which adds files where none
// of them fits.
func completeNames(_ *cobra.Command, _ []string, begun string) (names []string, _ cobra.ShellCompDirective) {
	for _, name := range catalogue.Names() {
		if strings.HasPrefix(name, begun) {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveDefault
}
