// Command simrun runs scenarios of TCP on a virtual network and shows what
// happened: a ladder in the terminal, a capture for Wireshark, an event log.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// Exit statuses: 0 as expected, 1 a run that was not as expected, 2 what is
// wrong before a run.
const (
	exitFailed = 1
	exitUsage  = 2
)

// errFailed ends the command with status 1; what failed has been said.
var errFailed = errors.New("failed")

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the command as a function, for tests.
func run(args []string, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed):
		return exitFailed
	}
	fmt.Fprintln(stderr, err)
	return exitUsage
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "simrun",
		Short:         "simulate TCP packet by packet, and see why",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
	}
	root.AddCommand(newRun(), newList(), newShow(), newTest(), newFSM())
	return root
}
