package tidy

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"simrun/sctp"
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

// statesSCTP is the same page of SCTP.
func statesSCTP(*testing.T, *Module) string {
	return "# The states of SCTP\n\n" +
		"This is the table that runs the protocol, as `simrun fsm sctp` prints it. In a\n" +
		"state, on an event, the first row whose guard holds fires. `simrun fsm sctp\n" +
		"--coverage` says which rows the scenarios reach. `make diagrams` writes this page.\n\n" +
		sctp.RFC.Markdown()
}

// meanings is what each setting of a host does.
var meanings = map[string]string{
	"abc_limit":           "an ACK opens the window in slow start by so many at most (RFC 3465); 0: by all it acknowledges",
	"abort_ack":           "a RST that aborts carries ACK",
	"abort_on_overflow":   "reset a connection that finds the accept queue full; else ignore its last ACK",
	"accept_dead":         "accept gives a connection that was reset meanwhile",
	"ack":                 "when data is acknowledged",
	"ack_check":           "refuse an ACK of what was never sent",
	"ack_delay":           "how long a delayed ACK waits",
	"byte_count":          "the window grows by the octets that an ACK acknowledges, not by ACKs (RFC 3465)",
	"cc":                  "congestion control: RFC 5681 or RFC 9438",
	"challenge":           "answer a SYN or a doubtful RST with an ACK (RFC 5961)",
	"challenges":          "what the limit of challenge ACKs is for (RFC 5961 7, CVE-2016-5696)",
	"cork":                "hold back what fills no segment, for 200 ms at most",
	"challenge_interval":  "the time that `challenge_limit` is for",
	"challenge_limit":     "challenge ACKs that a connection sends in `challenge_interval`",
	"cwv":                 "congestion window validation (RFC 2861), in place of `idle_restart`",
	"ecn":                 "explicit congestion notification (RFC 3168): offered, or only accepted",
	"eifel":               "find spurious retransmissions by timestamps, and take the answer back (RFC 3522)",
	"empty_probe":         "a window probe carries no octet",
	"fin_timeout":         "how long FIN-WAIT-2 lasts after close; 0: for ever",
	"finack":              "when a FIN is acknowledged",
	"icmp":                "what a hard ICMP error does to an open connection (RFC 9293, or RFC 5927)",
	"icmp_check":          "an ICMP error must quote what is in flight (RFC 5927)",
	"frto":                "find spurious RTOs by what is acknowledged after them, and take the answer back (RFC 5682)",
	"hystart":             "leave the first slow start when the round trip grows (RFC 9406); needs `timestamps`",
	"idle_restart":        "after an RTO without sending, begin with the initial window (RFC 5681 4.1)",
	"iss":                 "the initial sequence number of every connection",
	"iw":                  "the initial congestion window",
	"keep_octet":          "a keepalive probe carries an octet",
	"max_holes":           "how many ranges out of order it holds",
	"min_mss":             "the least it sends in a segment, whatever the peer's MSS is",
	"keep_reset":          "a peer that keepalive finds dead gets a RST",
	"keep_unread":         "what arrived before a RST stays readable",
	"keepcnt":             "unanswered keepalive probes until the end",
	"late_user_timeout":   "TCP_USER_TIMEOUT counts from the first retransmission",
	"linger_silent":       "close says success when SO_LINGER's time is over",
	"msl":                 "maximum segment lifetime; TIME-WAIT lasts twice as long",
	"mss":                 "the largest segment to receive",
	"mtu":                 "the largest packet to send",
	"nodelay":             "send small segments at once, as TCP_NODELAY does",
	"open_timeout":        "when to give up an active open, whatever `r2_syn` says",
	"option_order":        "how the options of a SYN follow each other",
	"persist":             "probe a shut window",
	"plpmtud":             "find the path MTU without ICMP (RFC 4821)",
	"pmtu_age":            "how long it is believed that a path takes no more",
	"pmtu_base":           "the packet to fall back to where larger ones vanish",
	"pipe_after_fin":      "after a FIN and a RST send says EPIPE",
	"pipe_after_reset":    "after a RST send says EPIPE, and recv ECONNRESET",
	"ports":               "ephemeral ports, from the lowest on; they are taken in order, not at random as RFC 6056 advises, so that runs can be read",
	"prr":                 "proportional rate reduction during fast recovery (RFC 9937)",
	"quickacks":           "so many of the first segments are acknowledged at once",
	"r2":                  "when to give up a connection whose data nobody acknowledges",
	"r2_abandoned":        "the same as `r2` once nobody has the socket",
	"r2_syn":              "the same for a SYN",
	"rcvbuf":              "receive buffer, and so the largest window",
	"read_after_shutdown": "recv gives what arrives after shutdown RD",
	"resend_synack":       "a SYN that comes again draws the SYN,ACK again",
	"restart_timewait":    "any old segment restarts TIME-WAIT",
	"retries":             "give up after so many retransmissions, whatever `r2` says",
	"reuse_both":          "bind wants SO_REUSEADDR of the old socket too",
	"rfc1337":             "no RST ends TIME-WAIT",
	"rack":                "find losses by time (RFC 8985)",
	"renege":              "drop what was reported by SACK once a hole is filled",
	"rescue":              "send again in recovery what may be lost when nothing else can be sent (RFC 6675)",
	"tlp":                 "probe the tail of what was sent (RFC 8985)",
	"rto_doublings":       "how often the time-out doubles at most; 0: until it is the longest",
	"rto_initial":         "retransmission time-out before the first measurement",
	"rto_max":             "the longest retransmission time-out",
	"rto_min":             "the shortest retransmission time-out",
	"rto_restart":         "the timer counts from when the oldest segment was sent (RFC 7765)",
	"rto_slop":            "added to each retransmission time-out but the very first",
	"rto_syn_loss":        "retransmission time-out once a SYN had to go again",
	"rto_variance":        "the least that the variation adds to the time-out",
	"sack":                "selective acknowledgments (RFC 2018)",
	"seqcheck":            "how SEG.SEQ is checked where the RFC's text and figure differ",
	"sndbuf":              "send buffer",
	"syn_queue":           "how many connections a listener opens at a time; backlog: as many as may wait for accept; 0: no limit",
	"syncookies":          "answer SYNs and keep nothing of them: never, while the SYN queue is full, always (RFC 4987)",
	"syn_again":           "a SYN that an old connection answered goes again so soon",
	"syn_linear":          "retransmissions of a SYN before the time-out doubles",
	"syn_retries":         "give up an active open after so many, whatever `r2_syn` says",
	"synack_retries":      "the same for a SYN,ACK",
	"tell_late_reset":     "a RST in CLOSING and LAST-ACK is told as an error",
	"timestamps":          "timestamps (RFC 7323)",
	"sws_override":        "how long a small window holds text back",
	"timewait":            "how long TIME-WAIT lasts; 0: none",
	"ttl":                 "time to live of what it sends",
	"uto":                 "tell the peer a user timeout, and heed its own; 0: neither",
	"undo":                "take the answer to a loss back when the peer had all that was sent again (RFC 3708)",
	"wscale":              "window scaling (RFC 7323)",
	"wscale_least":        "offer at least this window scale",
	"amr":                 "errors in a row until an association is given up (Association.Max.Retrans)",
	"autoclose":           "how long an association without user data lives; 0: for ever",
	"burst":               "packets that an association sends at once (Max.Burst)",
	"cookie_life":         "how long a State Cookie lives (Valid.Cookie.Life)",
	"hb":                  "the pause between heartbeats, besides the RTO (HB.interval); 0: no heartbeats",
	"hb_jitter":           "heartbeats vary by half an RTO",
	"in_streams":          "how many streams a peer may open (MIS)",
	"maxseg":              "the most user data in a DATA chunk; 0: what fits the path",
	"mir":                 "how often INIT and COOKIE ECHO are sent again (Max.Init.Retransmits)",
	"no_fragments":        "refuse a message that needs more than one packet",
	"pmr":                 "errors in a row until a path is INACTIVE (Path.Max.Retrans)",
	"rwnd":                "the receive buffer of an association, and so its window",
	"sack_delay":          "how long a delayed SACK waits",
	"sack_every":          "packets with DATA that a SACK may wait for",
	"stale_cookies":       "how often a cookie that was stale is asked for anew",
	"streams":             "streams that an association asks for (OS)",
	"t5":                  "when a shutdown has taken too long (T5-shutdown-guard); 0: never",
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

// profiles is what systems do otherwise than the RFCs, as a page.
func profiles(*testing.T, *Module) string {
	var b strings.Builder
	b.WriteString(`# Profiles

A profile is the configuration of a system: ` + "`rfc`" + ` is the values and choices of
the texts, ` + "`linux`" + ` is Linux 6.x, ` + "`freebsd`" + ` is FreeBSD 14, each with the sysctls
that it starts with. A scenario has it in a line of ` + "`net`" + `, ` + "`simrun run`" + ` as
` + "`--profile linux`" + `; a host's settings and ` + "`--set`" + ` come after it. A profile sets
values and nothing else. ` + "`make diagrams`" + ` writes this page.

## What they set

"Measured" is Linux 6.18 over a link of 10 ms.

| what | setting | rfc | linux | freebsd | source |
| --- | --- | --- | --- | --- | --- |
`)
	for _, d := range sim.Differences() {
		setting := ""
		if d.Setting != "" {
			setting = "`" + d.Setting + "`"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s |\n", d.About, setting, d.RFC, d.Linux, d.FreeBSD, d.Source)
	}
	b.WriteString(`
## What they do not model

| system | what it does | source | why it is left out |
| --- | --- | --- | --- |
`)
	for _, g := range sim.Gaps() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", g.System, g.What, g.Source, g.Reason)
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
