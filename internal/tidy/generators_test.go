package tidy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"simrun/sim"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/tcp"
	"simrun/wire/codec"
)

// ladder is a scenario's run as a block of code, below the command.
func ladder(name string) func(*testing.T, *Module) string {
	return func(t *testing.T, _ *Module) string {
		f, err := catalogue.File(name)
		if err != nil {
			t.Fatal(err)
		}
		r, err := f.Run(nil, codec.New(), script.DefaultLimits)
		if err != nil {
			t.Fatal(err)
		}
		text, err := r.Golden()
		if err != nil {
			t.Fatal(err)
		}
		return fence("", "$ "+r.Log.Command+"\n"+text)
	}
}

// scenario is the file of a scenario without its ladder.
func scenario(name string) func(*testing.T, *Module) string {
	return func(t *testing.T, _ *Module) string {
		src, ok := catalogue.Source(name)
		if !ok {
			t.Fatalf("no scenario %q", name)
		}
		text, _, _ := strings.Cut(string(src), "-- want --\n")
		return fence("", text)
	}
}

func diagram(*testing.T, *Module) string { return fence("mermaid", tcp.RFC.Mermaid()) }

// fence makes text a block of code in a language.
func fence(language, text string) string { return "```" + language + "\n" + text + "```\n" }

// states is the whole table of TCP as a page.
func states(*testing.T, *Module) string {
	return "# The states of TCP\n\n" +
		"This is the table that runs the protocol, as `simrun fsm tcp` prints it. In a\n" +
		"state, on an event, the first row whose guard holds fires. `simrun fsm tcp\n" +
		"--coverage` says which rows the scenarios reach. `make diagrams` writes this page.\n\n" +
		tcp.RFC.Markdown()
}

// meanings is what each setting of a host does.
var meanings = map[string]string{
	"abort_ack":   "a RST that aborts carries ACK",
	"ack":         "when data is acknowledged",
	"ack_check":   "refuse an ACK of what was never sent",
	"ack_delay":   "how long a delayed ACK waits",
	"byte_count":  "the window grows by the octets that an ACK acknowledges, not by ACKs (RFC 3465)",
	"challenge":   "answer a SYN or a doubtful RST with an ACK (RFC 5961)",
	"challenges":  "what the limit of challenge ACKs is for (RFC 5961 7, CVE-2016-5696)",
	"fin_timeout": "how long FIN-WAIT-2 lasts after close; 0: for ever",
	"finack":      "when a FIN is acknowledged",
	"icmp":        "what a hard ICMP error does to an open connection (RFC 9293, or RFC 5927)",
	"icmp_check":  "an ICMP error must quote what is in flight (RFC 5927)",
	"iss":         "the initial sequence number of every connection",
	"iw":          "the initial congestion window",
	"keep_octet":  "a keepalive probe carries an octet",
	"max_holes":   "how many ranges out of order it holds",
	"min_mss":     "the least it sends in a segment, whatever the peer's MSS is",
	"msl":         "maximum segment lifetime; TIME-WAIT lasts twice as long",
	"mss":         "the largest segment to receive",
	"mtu":         "the largest packet to send",
	"nodelay":     "send small segments at once, as TCP_NODELAY does",
	"persist":     "probe a shut window",
	"ports":       "ephemeral ports, from 49152 on",
	"r2":          "when to give up a connection whose data nobody acknowledges",
	"r2_syn":      "the same for a SYN",
	"rcvbuf":      "receive buffer, and so the largest window",
	"rfc1337":     "no RST ends TIME-WAIT",
	"rto_initial": "retransmission time-out before the first measurement",
	"rto_max":     "the longest retransmission time-out",
	"rto_min":     "the shortest retransmission time-out",
	"sack":        "selective acknowledgments (RFC 2018)",
	"seqcheck":    "how SEG.SEQ is checked where the RFC's text and figure differ",
	"sndbuf":      "send buffer",
	"timestamps":  "timestamps (RFC 7323)",
	"timewait":    "how long TIME-WAIT lasts; 0: none",
	"ttl":         "time to live of what it sends",
	"wscale":      "window scaling (RFC 7323)",
}

// settings is the table of a host's settings. The values are what the setting
// itself says that it wants.
func settings(t *testing.T, _ *Module) string {
	var b strings.Builder
	b.WriteString("| setting | value | what it is |\n| --- | --- | --- |\n")
	want := regexp.MustCompile(`want (.*), found`)
	for _, name := range sim.SettingNames() {
		m := want.FindStringSubmatch(fmt.Sprint(sim.CheckSetting(sim.Setting{Key: name, Value: "?"})))
		if m == nil || meanings[name] == "" {
			t.Errorf("setting %s: say what it is, in generators_test.go", name)
			continue
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", name, m[1], meanings[name])
	}
	return b.String()
}

// TestLanguagePage parses every line that docs/sim-language.md gives in its
// tables, with and without what it puts in brackets.
func TestLanguagePage(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(root, "docs", "sim-language.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := strings.NewReplacer(
		"PACKET PACKET", "a.F a.F[2]", "PACKET", "a.F", "HOST:PORT", "B:1", ":PORT", ":1", "DATA", `"x"`, `\|WR\|RDWR`, "",
		"getsockopt NAME", "getsockopt SO_ERROR", "NAME VALUE", "SO_KEEPALIVE 1", "NAME… TIME", "c 1s", "{ … }", "{ sleep 1s }",
		"LINK", "A-B", "T to T", "1s to 2s", "[N]", "[5]", "BACKLOG", "5", "10.0.1.", "10.0.0.")
	optional := regexp.MustCompile(` \[([^\]]*)\]`)
	row := regexp.MustCompile("^\\| (`.*`) \\| ")
	heading, lines := "", 0
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "##") {
			heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
		}
		m := row.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		for _, code := range strings.Split(strings.Trim(m[1], "`"), "`, `") {
			code = examples.Replace(code)
			for _, text := range []string{optional.ReplaceAllString(code, ""), optional.ReplaceAllString(code, " $1")} {
				if file := around(heading, text); file != "" {
					lines++
					if _, err := script.Parse("", "page", []byte(file)); err != nil {
						t.Errorf("%s: %s\n%v", heading, text, err)
					}
				}
			}
		}
	}
	if lines < 100 {
		t.Errorf("%d lines found: these are not all", lines)
	}
}

// around is a scenario with one line in the section that a heading is about.
func around(heading, line string) string {
	const hosts = "host A 10.0.0.1\nhost B 10.0.0.2\n"
	net, app, check := hosts+"link A B\n", "c = connect B:1\n", ""
	switch heading {
	case "net":
		switch word, _, _ := strings.Cut(line, " "); word {
		case "host":
			net = line + "\n"
			app = ""
		case "link":
			net = hosts + line + "\n"
		default:
			net += line + "\n"
		}
	case "Faults":
		net += line + "\n"
	case "app":
		app += line + "\n"
	case "check":
		check = line + "\n"
	default:
		return ""
	}
	if app != "" {
		app = "-- app A --\n" + app
	}
	return "-- net --\n" + net + app + "-- check --\n" + check
}
