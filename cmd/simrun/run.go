package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"simrun/sim/capture"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire/codec"
	"simrun/wire/notation"
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

	given func(flag string) bool // on the command line
	host  int                    // the vantage
}

func newRun() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run NAME|FILE",
		Short: "run a scenario and draw what happened as a ladder",
		Long: `Run a scenario, one of "simrun list" by its name or one in a file, and draw what
happened as a ladder.

Edits change the scenario for this run. What it expects is then shown, not
enforced. A packet is named by its host and what it is: a.F is A's first FIN,
a.F[2] the second, a.P data, a.ACK a plain ACK; a#4 is the fourth that A sends.

The status is 0 if all was as expected, 1 if not, 2 if there was no run.`,
		Example: `  simrun run tcp/half-close-echo
  simrun run tcp/close-four-segments --drop a.F --drop 'a.F[2]'
  simrun run tcp/last-ack-lost --set A.msl=30s
  simrun run tcp/last-ack-lost --pcap last-ack.pcapng`,
		Args:              one("a scenario or a file that ends in .sim"),
		ValidArgsFunction: completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			f.given = cmd.Flags().Changed
			return f.run(cmd, args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	editFlags(flags, &f.edits)
	flags.StringVar(&f.pcap, "pcap", "", "write a capture to `FILE`.pcapng or FILE.pcap")
	flags.StringVar(&f.vantage, "vantage", "", "capture at this `HOST` (default the first)")
	flags.StringVar(&f.json, "json", "", "write the events to `FILE`, or - for the output")
	flags.IntVar(&f.width, "width", 0, "draw in `N` columns (default all, or 80)")
	flags.BoolVar(&f.ascii, "ascii", false, "draw with ASCII characters alone")
	flags.StringVar(&f.color, "color", "auto", "use colour `WHEN`: always or never")
	flags.BoolVar(&f.full, "full", false, "draw a row for each packet, however many")
	flags.BoolVarP(&f.quiet, "quiet", "q", false, "draw no ladder")
	return cmd
}

// edit describes an edit: the form of its value, and what it does.
type edit struct{ form, does string }

var editHelp = map[string]edit{
	"drop":    {"PACKET", "lose a packet: a.F, a#4, 'a.F[2]'"},
	"dup":     {"'PACKET TIME'", "let a second copy arrive so much later: 'a.F 5s'"},
	"delay":   {"'PACKET TIME'", "let a packet arrive so much later: 'a.P 70s'"},
	"swap":    {"'PACKET PACKET'", "let two packets change places: 'a.P a.P[2]'"},
	"mark":    {"PACKET", "let a router mark a packet: ECN"},
	"corrupt": {"PACKET", "flip one bit of a packet"},
	"cut":     {"FROM..TO", "let nothing pass: 5s..90s, or 5s.. for ever"},
	"loss":    {"PERCENT", "lose packets by chance: 2%"},
	"filter":  {"KIND", "lose every packet of a kind: icmp"},
	"nat":     {"idle=TIME", "put in a middlebox that forgets idle connections"},
	"set":     {"SETTING", "change a setting, of a host or of all: A.msl=30s"},
	"profile": {"NAME", "behave as a system: rfc, linux or freebsd"},
	"seed":    {"N", "let chance fall otherwise"},
}

// editFlags adds a flag for every edit; they keep the order in which they were
// given, across flags.
func editFlags(flags *pflag.FlagSet, edits *script.Edits) {
	for _, name := range script.EditFlags() {
		flags.Var(&editFlag{name, edits}, name, editHelp[name].does)
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
func (f *editFlag) Type() string   { return editHelp[f.name].form }

// run runs a scenario. Files are written before the ladder is drawn, so that
// what cannot be written is the only thing said.
func (f *runFlags) run(cmd *cobra.Command, name string) error {
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
	if err := f.write(cmd.OutOrStdout(), r.Log); err != nil {
		return err
	}
	opt.Verdict = r.Verdict()
	if !f.quiet && f.json != "-" {
		if err := trace.Ladder(cmd.OutOrStdout(), r.Log, opt); err != nil {
			return err
		}
	}
	for _, p := range r.Problems() {
		if r.Edited {
			p = strings.ReplaceAll(p, "\n   ", "; ") // shown, not enforced: a line each
		}
		fmt.Fprintln(cmd.ErrOrStderr(), p)
	}
	for _, text := range missed(file, f.edits, r.Log) {
		fmt.Fprintln(cmd.ErrOrStderr(), text)
	}
	if !r.OK() {
		return errFailed
	}
	return nil
}

// missed says which drops met no packet, and which packets there were: a typo
// would else look as if the loss did not matter.
func missed(file *script.File, edits script.Edits, log *trace.Log) (all []string) {
	lost := map[string]bool{}
	for i := range log.Events {
		if e := &log.Events[i]; e.Kind == trace.Lose {
			lost[e.Text] = true
		}
	}
	for _, e := range edits {
		if e.Flag != "drop" {
			continue
		}
		fault, err := script.ParseFault("drop "+e.Value, file.Scenario)
		if err != nil || lost[fault.Text] {
			continue
		}
		host := fault.Sel.Host
		var sent []string
		for i := range log.Packets {
			p := &log.Packets[i]
			if p.From == host && !p.Forged && len(sent) < 20 {
				sent = append(sent, fmt.Sprintf("#%d %s", p.N, notation.Flags(p.Pkt.TCP.Flags)))
			}
		}
		name := log.Hosts[host].Name
		all = append(all, fmt.Sprintf("--drop %s met no packet; %s sent %s", e.Value, name, strings.Join(sent, ", ")))
	}
	return all
}

// write writes the files that were asked for.
func (f *runFlags) write(stdout io.Writer, log *trace.Log) error {
	if format, ok := capture.FormatOf(f.pcap); ok {
		err := writeFile(f.pcap, func(w io.Writer) error { return capture.Write(w, format, log, f.host) })
		if err != nil {
			return err
		}
	}
	switch f.json {
	case "":
		return nil
	case "-":
		return trace.JSONL(stdout, log)
	}
	return writeFile(f.json, func(w io.Writer) error { return trace.JSONL(w, log) })
}
