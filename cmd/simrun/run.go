package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire/codec"
)

// runFlags is the flags of "run".
type runFlags struct {
	edits   script.Edits
	pcap    string
	vantage string
	json    string
	width   int
	ascii   bool
	color   string
	full    bool
	quiet   bool
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NAME|FILE",
		Short: "run a scenario and draw its ladder",
		Long: `Run a scenario of the book, by its name, or one in a file, and draw what
happened as a ladder. Edits change the scenario for this run: what it expects
is then shown, not enforced.`,
		Example: `  simrun run tcp/half-close-echo
  simrun run tcp/close-four-segments --drop a.F --drop 'a.F[2]'
  simrun run tcp/last-ack-lost --pcap last-ack.pcapng`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return runScenario(cmd, args[0], &f) },
	}
	flags := cmd.Flags()
	editFlags(flags, &f.edits)
	flags.StringVar(&f.pcap, "pcap", "", "write a capture to `FILE`.pcap or FILE.pcapng")
	flags.StringVar(&f.vantage, "vantage", "", "the `HOST` whose packets are captured (default the first)")
	flags.StringVar(&f.json, "json", "", "write the event log as JSON lines to `FILE`, - is the standard output (implies --quiet)")
	flags.IntVar(&f.width, "width", 0, "columns of the ladder (default the terminal's, else 80)")
	flags.BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters alone")
	flags.StringVar(&f.color, "color", "auto", "`WHEN` to use colour: auto, always or never")
	flags.BoolVar(&f.full, "full", false, "one row for each packet, however many")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "draw no ladder")
	return cmd
}

// editHelp is what each edit does, by its flag.
var editHelp = map[string]string{
	"drop":    "lose a packet, by meaning or count: `a.F`, a#4, 'a.F[2]'",
	"dup":     "`a.P 5s`: a second copy arrives so much later",
	"delay":   "`a.P 70s`: the packet arrives so much later",
	"swap":    "`a.P a.P[2]`: two packets change places",
	"corrupt": "flip one bit of a packet: `a.P`",
	"cut":     "`5s..90s`: nothing passes in between",
	"loss":    "`2%`: lose packets by chance",
	"filter":  "`icmp`: lose every packet of a kind",
	"nat":     "`idle=350s`: a middlebox that forgets idle connections",
	"set":     "`A.msl=30s`: change a setting of a host, or of all",
	"profile": "`P`: rfc, linux or freebsd",
	"seed":    "`N`: what is random comes out otherwise",
}

// editFlags adds a flag for every edit; they keep the order in which they were
// given, across flags.
func editFlags(flags *pflag.FlagSet, edits *script.Edits) {
	for _, name := range script.EditFlags() {
		flags.Var(&editFlag{name, edits}, name, editHelp[name])
	}
}

// editFlag collects the values of one flag among all edits.
type editFlag struct {
	name  string
	edits *script.Edits
}

func (f *editFlag) Set(value string) error {
	*f.edits = append(*f.edits, script.Edit{Flag: f.name, Value: value})
	return nil
}
func (f *editFlag) String() string { return "" }
func (f *editFlag) Type() string   { return "" }

func runScenario(cmd *cobra.Command, name string, f *runFlags) error {
	file, err := load(name)
	if err != nil {
		return err
	}
	opt, err := f.ladder(cmd.OutOrStdout())
	if err != nil {
		return err
	}
	if err := f.checkOutputs(file); err != nil {
		return err
	}
	r, err := file.Run(f.edits, codec.New(), script.DefaultLimits)
	if err != nil {
		return err
	}
	opt.Verdict = r.Verdict()
	if !f.quiet && f.json != "-" {
		if err := trace.Ladder(cmd.OutOrStdout(), r.Log, opt); err != nil {
			return err
		}
	}
	if err := f.write(cmd.OutOrStdout(), r.Log); err != nil {
		return err
	}
	for _, p := range r.Problems() {
		if r.Edited {
			p = strings.ReplaceAll(p, "\n   ", "; ") // shown, not enforced: a line each
		}
		fmt.Fprintln(cmd.ErrOrStderr(), p)
	}
	if !r.OK() {
		return errFailed
	}
	return nil
}

// write writes the files that were asked for.
func (f *runFlags) write(stdout io.Writer, log *trace.Log) error {
	if f.pcap != "" {
		err := writeFile(f.pcap, func(w io.Writer) error { return writeCapture(w, f.pcap, log, f.vantage) })
		if err != nil {
			return err
		}
	}
	switch f.json {
	case "":
	case "-":
		return trace.JSONL(stdout, log)
	default:
		return writeFile(f.json, func(w io.Writer) error { return trace.JSONL(w, log) })
	}
	return nil
}

// terminalWidth is the width of the terminal that out is, or 0.
func terminalWidth(out io.Writer) int {
	if file, ok := out.(*os.File); ok {
		return columns(file)
	}
	return 0
}
