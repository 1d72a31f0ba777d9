// Command simrun runs scenarios of TCP on a virtual network and shows what
// happened: a ladder in the terminal, a capture for Wireshark, an event log.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simrun/sim/script"
)

// Exit statuses: 0 as expected, 1 a run that was not as expected, 2 what is
// wrong before a run, or with the place where its results shall go.
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
	root.SetArgs(twoDashes(args))
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.Execute()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFailed), errors.Is(err, syscall.EPIPE):
		return exitFailed // who closed the pipe wants to hear no more
	}
	fmt.Fprintln(stderr, err)
	return exitUsage
}

// twoDashes lets a flag begin with one dash, as it may with Go's own tools:
// "simrun test -update".
func twoDashes(args []string) []string {
	out := append([]string{}, args...)
	if len(out) > 0 && strings.HasPrefix(out[0], cobra.ShellCompRequestCmd) {
		return out
	}
	for i, a := range out {
		if a == "--" {
			break
		}
		if len(a) > 2 && a[0] == '-' && 'a' <= a[1] && a[1] <= 'z' {
			out[i] = "-" + a
		}
	}
	return out
}

const guide = `simrun simulates TCP packet by packet, and shows what happened and why.

  simrun list                                the scenarios that come with it
  simrun run tcp/half-close-echo             run one, drawn as a ladder
  simrun run tcp/half-close-echo --drop a.F  lose A's first FIN, and see
  simrun run tcp/fin-lost --pcap x.pcapng    a capture, each packet explained
  simrun show tcp/half-close-echo > my.sim   a file to start from
  simrun test my.sim                         hold it to what it expects
  simrun fsm tcp                             TCP's state machine

"simrun help COMMAND" tells more.
`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "simrun",
		Short:         "simulate TCP packet by packet, and see why",
		Long:          strings.TrimSpace(guide[:strings.IndexByte(guide, '\n')]),
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          knownCommand,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(cmd.OutOrStdout(), guide)
			return err
		},
	}
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetHelpCommand(newHelp(root))
	root.AddCommand(newRun(), newList(), newShow(), newTest(), newFSM())
	return root
}

// newHelp is cobra's own help, but for an error where it has none to give.
func newHelp(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "tell more about a command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err == nil {
				err = knownCommand(cmd.Root(), rest)
			}
			if err != nil {
				return err
			}
			return cmd.Help()
		},
	}
}

// knownCommand refuses what no command has taken as its name.
func knownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return unknown("command", args[0], commandNames(root))
}

// one is an argument that must stand there alone.
func one(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch len(args) {
		case 0:
			return fmt.Errorf("want %s, found nothing", what)
		case 1:
			return nil
		}
		return fmt.Errorf("want %s alone, found %q after it", what, args[1])
	}
}

func commandNames(cmd *cobra.Command) (names []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return names
}

// flagError says which flag was perhaps meant, or what its value should be.
func flagError(cmd *cobra.Command, err error) error {
	var missing *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	switch {
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "int":
		return fmt.Errorf("--%s: want a number, found %q", invalid.GetFlag().Name, invalid.GetValue())
	case !errors.As(err, &missing):
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := script.Nearest(missing.GetSpecifiedName(), names); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return fmt.Errorf("%w (%s --help shows all)", err, cmd.CommandPath())
}

// unknown says that a name is none of those it could be, and which of them was
// perhaps meant.
func unknown(what, name string, known []string) error {
	if near := script.Nearest(name, known); near != "" {
		return fmt.Errorf("unknown %s %q; did you mean %q?", what, name, near)
	}
	return fmt.Errorf("unknown %s %q; want one of %s", what, name, strings.Join(known, ", "))
}
