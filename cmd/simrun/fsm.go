package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"simrun/tcp"
)

func newFSM() *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:       "fsm tcp",
		Short:     "print a protocol's state machine",
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		ValidArgs: []string{"tcp"},
		RunE: func(cmd *cobra.Command, _ []string) error {
			text := ""
			switch format {
			case "markdown":
				text = tcp.RFC.Markdown()
			case "dot":
				text = tcp.RFC.DOT()
			case "mermaid":
				text = tcp.RFC.Mermaid()
			default:
				return fmt.Errorf("--format: want markdown, dot or mermaid, found %q", format)
			}
			_, err := fmt.Fprint(cmd.OutOrStdout(), text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "markdown", "`FORMAT`: markdown, dot or mermaid")
	return cmd
}
