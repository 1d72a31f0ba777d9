package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"simrun/sim/catalogue"
)

// result is what a command left behind.
type result struct {
	status      int
	out, errout string
}

// simrun runs the command with its arguments.
func simrun(args ...string) result {
	var out, errout bytes.Buffer
	status := run(args, &out, &errout)
	return result{status, out.String(), errout.String()}
}

// folder is an empty folder to work in, with the given files, name and text in
// turn.
func folder(t *testing.T, files ...string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for i := 0; i < len(files); i += 2 {
		if err := os.WriteFile(files[i], []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// plainLocale makes the tests independent of who runs them.
func plainLocale(t *testing.T) {
	t.Helper()
	for name, value := range map[string]string{"LC_ALL": "", "LC_CTYPE": "", "LANG": "C.UTF-8", "NO_COLOR": "", "TERM": "xterm"} {
		t.Setenv(name, value)
	}
}

const net = "-- net --\nhost A 10.0.0.1\nhost B 10.0.0.2\nlink A B delay=10ms\n"

// blocked is a scenario whose hosts wait for each other for ever.
const blocked = net + "-- app A --\nconnect B:1\nrecv\n-- app B --\nlisten :1\naccept\nrecv\n"

// TestStatus is how commands end: 0 as expected, 1 not, 2 when there was no
// run. What stands in the output or the error output is said by its beginning
// or a part; "" is that nothing stands there.
func TestStatus(t *testing.T) {
	plainLocale(t)
	for _, c := range []struct {
		args        string // parted by spaces; ' quotes
		status      int
		out, errout string // a part
	}{
		{"", 0, "simrun run tcp/half-close-echo", ""},
		{"help", 0, "Available Commands", ""},
		{"help run", 0, "simrun run NAME|FILE", ""},
		{"help rnu", 2, "", `unknown command "rnu"; did you mean "run"?`},
		{"--help", 0, "Available Commands", ""},
		{"-help", 0, "Available Commands", ""},
		{"shwo", 2, "", `unknown command "shwo"; did you mean "show"?`},
		{"xyzzy", 2, "", `unknown command "xyzzy"; want one of fsm, list, run, show, test`},
		{"--drop a.F", 2, "", "unknown flag: --drop"},
		{"run tcp/last-ack-lost", 0, "A CLOSED, B CLOSED. ok\n", ""},
		{"run tcp/last-ack-lost -q", 0, "", ""},
		{"run tcp/last-ack-lost -quiet", 0, "", ""},
		{"run", 2, "", "want a scenario or a file that ends in .sim, found nothing"},
		{"run a b", 2, "", `want a scenario or a file that ends in .sim alone, found "b" after it`},
		{"run tcp/last-ack", 2, "", `no scenario "tcp/last-ack"; did you mean "tcp/last-ack-lost"?`},
		{"run zzz", 2, "", `no scenario "zzz" (simrun list shows all; a file ends in .sim)`},
		{"run zzz.sim", 2, "", "want a scenario file: open zzz.sim: "},
		{"run . ", 2, "", `no scenario "."`},
		{"run ../tcp/last-ack-lost", 2, "", "no scenario"},
		{"run tcp/last-ack-lost --drp a.F", 2, "", "unknown flag: --drp; did you mean --drop?"},
		{"run tcp/last-ack-lost --width", 2, "", "flag needs an argument: --width"},
		{"run tcp/last-ack-lost --width x", 2, "", `--width: want a number, found "x"`},
		{"run tcp/last-ack-lost --width 71", 2, "", "--width: want at least 72 columns, found 71"},
		{"run tcp/last-ack-lost --width 0", 2, "", "--width: want at least 72 columns, found 0"},
		{"run tcp/last-ack-lost --width -3", 2, "", "--width: want at least 72 columns, found -3"},
		{"run tcp/last-ack-lost --width 72", 0, "ok\n", ""},
		{"run tcp/last-ack-lost --color alway", 2, "", `unknown value of --color "alway"; did you mean "always"?`},
		{"run tcp/last-ack-lost --color red", 2, "", `unknown value of --color "red"; want one of auto, always, never`},
		{"run tcp/last-ack-lost --vantage C", 2, "", `unknown host "C"; want one of A, B`},
		{"run tcp/last-ack-lost --vantage ''", 2, "", `unknown host ""; want one of A, B`},
		{"run tcp/last-ack-lost -q --vantage b", 0, "", ""},
		{"run tcp/last-ack-lost --pcap x.cap", 2, "", `--pcap: want a file that ends in .pcap or .pcapng, found "x.cap"`},
		{"run tcp/last-ack-lost --pcap no/x.pcap", 2, "", "--pcap: want a file in a folder that exists, found no/x.pcap"},
		{"run tcp/last-ack-lost --pcap ''", 2, "", "--pcap: want the name of a file, found none"},
		{"run tcp/last-ack-lost --json .", 2, "", "--json: want a file, found the folder ."},
		{"run tcp/last-ack-lost --json no/x", 2, "", "--json: want a file in a folder that exists, found no/x"},
		{"run tcp/last-ack-lost --json -", 0, `{"version":1,"name":"tcp/last-ack-lost"`, ""},

		{"run tcp/last-ack-lost --seed x", 2, "", `--seed: want a seed, found "x"`},
		{"run tcp/last-ack-lost --seed -1", 2, "", `--seed: want a seed, found "-1"`},
		{"run tcp/last-ack-lost --profile linx", 2, "", `--profile: unknown profile "linx"; did you mean "linux"?`},
		{"run tcp/last-ack-lost --profile vms", 2, "", `--profile: unknown profile "vms"; want rfc, linux or freebsd`},
		{"run tcp/last-ack-lost --set A.mls=3s", 2, "", `--set: unknown setting "mls"; did you mean "msl"?`},
		{"run tcp/last-ack-lost --set D.msl=3s", 2, "", `--set: unknown host "D"; want A or B`},
		{"run tcp/last-ack-lost --set A.msl=3", 2, "", `--set: setting msl: want a time, found "3"`},
		{"run tcp/last-ack-lost --set msl", 2, "", "--set: want a setting such as ack=immediate"},
		{"run tcp/last-ack-lost --drop a.Q", 2, "", `--drop: unknown kind of packet "Q"; want flags (F, S, R, P or .), data, ACK, ICMP or a chunk`},
		{"run tcp/last-ack-lost --drop a.dta", 2, "", `unknown kind of packet "dta"; did you mean "data"?`},
		{"run tcp/last-ack-lost --drop c.F", 2, "", `--drop: unknown host "c"; want A or B`},
		{"run tcp/last-ack-lost --drop a", 2, "", "want a packet such as a#4 or a.F[2]"},
		{"run tcp/last-ack-lost --dup a.F", 2, "", "--dup: want a time"},
		{"run tcp/last-ack-lost --cut 9s..5s", 2, "", "--cut: "},
		{"run tcp/last-ack-lost --loss 200%", 2, "", "--loss: "},
		{"run tcp/last-ack-lost --drop a.F[3]", 0, "ok\n", "--drop a.F[3] met no packet; A sent #1 S, #2 ., #3 F., #4 ., #5 .\n"},

		// What a scenario expects is shown, but does not count, when it is edited.
		{"run tcp/last-ack-lost --drop b.F", 0, "7 expectations not met, as edited\n", "want 9; got 10\n"},
		{"test tcp/last-ack-lost --drop b.F", 1, "0 passed, 1 failed\n", ""},

		{"list", 0, "tcp/last-ack-lost", ""},
		{"list closing", 0, "tcp/last-ack-lost", ""},
		{"list closng", 2, "", `unknown tag "closng"; did you mean "closing"?`},
		{"list a b", 2, "", "accepts at most 1 arg(s), received 2"},
		{"show tcp/last-ack-lost", 0, "# tcp/last-ack-lost: ", ""},
		{"show last-ack-lost", 2, "", `no scenario "last-ack-lost"; did you mean "tcp/last-ack-lost"?`},
		{"show", 2, "", "want a scenario of simrun list, found nothing"},
		{"test", 0, " passed, 0 failed\n", ""},
		{"test tcp/last-ack-lost tcp/fin-lost", 0, "2 passed, 0 failed\n", ""},
		{"test zzz", 2, "", `no scenario "zzz"`},
		{"test -update", 2, "", "-update: want the files to write to, found none"},
		{"test --update tcp/fin-lost", 2, "", `-update: want a file, found the scenario "tcp/fin-lost"`},
		{"fsm", 2, "", "want a protocol: tcp, sctp, found nothing"},
		{"fsm udp", 2, "", `unknown protocol "udp"; did you mean "tcp"?`},
		{"fsm tcp", 0, "| `tcp.fin.established` | SYN-RECEIVED, ESTABLISHED |", ""},
		{"fsm tcp --format dot", 0, "digraph", ""},
		{"fsm tcp --format mermaid", 0, "stateDiagram-v2", ""},
		{"fsm tcp --format mermad", 2, "", `unknown value of --format "mermad"; did you mean "mermaid"?`},
		{"fsm tcp --coverage", 0, " rows fired in ", ""},
		{"fsm sctp", 0, "| `sctp.abort.open` | ", ""},
		{"fsm sctp --format dot", 0, "digraph", ""},
		{"fsm tcp --coverage --format dot", 2, "", "[coverage format]"},
		{"completion bash", 0, "simrun", ""},
	} {
		t.Run(c.args, func(t *testing.T) {
			folder(t)
			args := strings.Fields(c.args)
			for i := range args {
				args[i] = strings.Trim(args[i], "'")
			}
			r := simrun(args...)
			if r.status != c.status {
				t.Errorf("status %d, want %d", r.status, c.status)
			}
			for _, stream := range []struct{ name, got, want string }{{"output", r.out, c.out}, {"error output", r.errout, c.errout}} {
				if !strings.Contains(stream.got, stream.want) || stream.want == "" && stream.got != "" {
					t.Errorf("the %s is %.500q, want %q", stream.name, stream.got, stream.want)
				}
			}
			if left, _ := os.ReadDir("."); len(left) > 0 {
				t.Errorf("files were left: %v", left)
			}
		})
	}
}

// TestBadFiles runs every scenario that must fail, with each command that
// takes one: the place, then what is wrong.
func TestBadFiles(t *testing.T) {
	paths, err := filepath.Glob("../../testdata/bad/*.sim")
	if err != nil || len(paths) < 50 {
		t.Fatalf("%d bad files, %v", len(paths), err)
	}
	for _, path := range paths {
		message := regexp.MustCompile("^" + regexp.QuoteMeta(path) + `:\d+(:\d+)?: .`)
		for _, verb := range []string{"run", "test"} {
			if r := simrun(verb, path); r.status != exitUsage || r.out != "" || !message.MatchString(r.errout) {
				t.Errorf("simrun %s %s: status %d, output %q, %q", verb, path, r.status, r.out, r.errout)
			}
		}
	}
}

// TestMistakes is what a newcomer gets wrong first.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"syntax", net + "-- app A --\nconnect B:1 =\n", `bad.sim:6:14: want `},
		{"unknown host", net + "-- app A --\nconnect C:1\n", `bad.sim:6:9: unknown host "C"; want A or B`},
		{"unknown call", net + "-- app A --\nconect B:1\n", `bad.sim:6:1: unknown call "conect"; did you mean "connect"?`},
		{"unknown unit", net + "-- app A --\nsleep 2min\n", `bad.sim:6:7: want a time such as 2s, 1.5s or 250ms, found "2min"; the units are ns, us, ms, s, m and h`},
		{"no unit", net + "-- app A --\nsleep 2\n", `bad.sim:6:7: want a time`},
		{"unknown flag", net + "drop a.Q\n", `bad.sim:5:6: unknown kind of packet "Q"; want flags (F, S, R, P or .)`},
		{"unknown setting", "-- net --\nhost A 10.0.0.1 akc=delayed\n", `bad.sim:2:17: unknown setting "akc"; did you mean "ack"?`},
		{"unknown section", net + "-- chek --\n", `bad.sim:5:4: unknown section "chek"; did you mean "check"?`},
		{"a link to nowhere", "-- net --\nhost A 10.0.0.1\nlink A B delay=1ms\n", `bad.sim:3:8: unknown host "B"; want A`},
		{"an address twice", "-- net --\nhost A 10.0.0.1\nhost B 10.0.0.1\n", `bad.sim:3:8: one address twice: host A has 10.0.0.1 already`},
		{"nothing", "", `bad.sim:1: want a section "-- net --", found none`},
		{"not text", "\xff\xfe", `bad.sim:1: want UTF-8 text`},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder(t, "bad.sim", c.text)
			r := simrun("run", "bad.sim")
			if r.status != exitUsage || r.out != "" || !strings.HasPrefix(r.errout, c.want) {
				t.Errorf("status %d, output %q, error output\n%swant status 2,\n%s", r.status, r.out, r.errout, c.want)
			}
		})
	}
}

// TestFailedRuns is runs that are not as they should be: the ladder is drawn
// all the same, and what is wrong is said.
func TestFailedRuns(t *testing.T) {
	plainLocale(t)
	for _, c := range []struct{ name, text, ladder, want string }{
		{"blocked", blocked, "FAILED: 2 problems\n", "x.sim:7:1: recv blocks for ever at host A\nx.sim:11:1: recv blocks for ever at host B\n"},
		{"a wrong result", net + "-- app A --\nconnect B:1 = 0\n", "FAILED: 1 problem\n", "x.sim:6:15: connect: want 0\n   got ECONNREFUSED\n"},
		{"a wrong fact", net + "-- app A --\nconnect B:1\n-- check --\npackets = 3\n", "FAILED: 1 problem\n", "x.sim:8:1: packets: want 3\n   got 2\n"},
		{
			"too long", net + "-- app A --\nconnect B:1\nsleep 200h\n-- app B --\nlisten :1\naccept\nrecv\n", "FAILED: 1 problem\n",
			"limit reached: not at rest within 604800 s and 2000000 steps, but at 30 ms after 11 steps: " +
				"A 10.0.0.1:49152 to 10.0.0.2:1 ESTABLISHED, B 10.0.0.2:1 to 10.0.0.1:49152 ESTABLISHED, " +
				"B waits in recv, next is an application at 720000.02 s\n",
		},
		{"too many steps", net + "-- app A --\nrepeat 3000000 { sleep 1ms }\n", "FAILED: 1 problem\n", "at 1999.999 s after 2000000 steps: next is an application at 2000 s\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder(t, "x.sim", c.text)
			r := simrun("run", "x.sim")
			if r.status != exitFailed || !strings.HasSuffix(r.out, c.ladder) || !strings.Contains(r.errout, c.want) {
				t.Errorf("status %d, output\n%serror output\n%s", r.status, r.out, r.errout)
			}
			r = simrun("test", "x.sim")
			if r.status != exitFailed || r.errout != "" || !strings.Contains(r.out, c.want) || !strings.HasSuffix(r.out, "0 passed, 1 failed\n") {
				t.Errorf("test: status %d, output\n%serror output\n%s", r.status, r.out, r.errout)
			}
		})
	}
}

// TestBlockedAsSaid is programs that block and may: their scenario says so, or
// when it ends.
func TestBlockedAsSaid(t *testing.T) {
	for _, text := range []string{strings.ReplaceAll(blocked, "recv\n", "recv = BLOCKED\n"), net + "end 5s" + strings.TrimPrefix(blocked, strings.TrimSuffix(net, "\n"))} {
		folder(t, "x.sim", text)
		if r := simrun("run", "x.sim"); r.status != 0 || !strings.Contains(r.out, "blocked") || r.errout != "" {
			t.Errorf("status %d, output\n%serror output\n%s", r.status, r.out, r.errout)
		}
	}
}

// TestLook is when a ladder has colours, and which characters it is made of.
func TestLook(t *testing.T) {
	for _, c := range []struct {
		name, flags string
		env         map[string]string
		color       bool
		ascii       bool
	}{
		{"a buffer", "", nil, false, false},
		{"always", "--color always", nil, true, false},
		{"always, for all that", "--color always", map[string]string{"NO_COLOR": "1", "TERM": "dumb"}, true, false},
		{"never", "--color never", nil, false, false},
		{"ASCII", "--ascii", nil, false, true},
		{"both", "--ascii --color always", nil, true, true},
		{"a C locale", "", map[string]string{"LC_ALL": "C"}, false, true},
		{"a Latin locale", "", map[string]string{"LANG": "de_DE.ISO8859-1"}, false, true},
		{"LC_ALL first", "", map[string]string{"LC_ALL": "en_US.utf8", "LANG": "C"}, false, false},
		{"no locale", "", map[string]string{"LANG": ""}, false, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			plainLocale(t)
			for name, value := range c.env {
				t.Setenv(name, value)
			}
			r := simrun(append([]string{"run", "tcp/last-ack-lost"}, strings.Fields(c.flags)...)...)
			if r.status != 0 {
				t.Fatal(r.errout)
			}
			if color := strings.Contains(r.out, "\x1b["); color != c.color {
				t.Errorf("colour: %v, want %v", color, c.color)
			}
			beyond := strings.IndexFunc(r.out, func(r rune) bool { return r > '~' }) >= 0
			if beyond == c.ascii {
				t.Errorf("characters beyond ASCII: %v, want %v", beyond, !c.ascii)
			}
		})
	}
}

// TestColorOfTerminal is when a terminal gets colours.
func TestColorOfTerminal(t *testing.T) {
	for _, c := range []struct {
		when, name, value string
		terminal, want    bool
	}{
		{"auto", "TERM", "xterm", true, true},
		{"auto", "TERM", "xterm", false, false},
		{"auto", "TERM", "dumb", true, false},
		{"auto", "NO_COLOR", "1", true, false},
		{"auto", "NO_COLOR", "", true, true},
		{"always", "NO_COLOR", "1", false, true},
		{"never", "TERM", "xterm", true, false},
	} {
		plainLocale(t)
		t.Setenv(c.name, c.value)
		if got, err := wantsColor(c.when, c.terminal); got != c.want || err != nil {
			t.Errorf("%+v: got %v, %v", c, got, err)
		}
	}
}

// TestWidth draws at several widths; no row is wider.
func TestWidth(t *testing.T) {
	plainLocale(t)
	for _, width := range []int{72, 80, 100, 120, 200} {
		for _, name := range catalogue.Names() {
			r := simrun("run", name, "--width", fmt.Sprint(width))
			for line := range strings.Lines(r.out) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
					t.Errorf("%s at %d: a row of %d: %s", name, width, n, line)
				}
			}
		}
	}
}

// TestList reads the list as people and programs do.
func TestList(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(simrun("list").out, "\n"), "\n")
	if len(lines) != len(catalogue.Names()) {
		t.Fatalf("%d lines for %d scenarios", len(lines), len(catalogue.Names()))
	}
	column := strings.Index(lines[0], "RFC ")
	for i, line := range lines {
		if !strings.HasPrefix(line, catalogue.Names()[i]+" ") || len(line) < column || !strings.HasPrefix(line[column:], "RFC ") {
			t.Errorf("line %d is not aligned: %q", i+1, line)
		}
	}
	var all []map[string]any
	if err := json.Unmarshal([]byte(simrun("list", "--json").out), &all); err != nil || len(all) != len(lines) {
		t.Fatalf("%d in JSON, %v", len(all), err)
	}
	for i, e := range all {
		if e["name"] != catalogue.Names()[i] || e["title"] == "" || len(e["tags"].([]any)) == 0 || len(e["ref"].([]any)) == 0 {
			t.Errorf("entry %d is %v", i, e)
		}
	}
	some := strings.Count(simrun("list", "reset").out, "\n")
	if some == 0 || some >= len(lines) {
		t.Errorf("%d scenarios about resets of %d", some, len(lines))
	}
	if got := columns([]entry{{Name: "tcp/x", Title: "a title", Ref: []string{"RFC 1", "RFC 2"}}}, 20); got != "tcp/x  a title\n" {
		t.Errorf("in 20 columns: %q", got)
	}
}

// TestHelpFits reads every help at 80 columns.
func TestHelpFits(t *testing.T) {
	for _, args := range []string{"", "--help", "help run", "help list", "help show", "help test", "help fsm", "help help"} {
		for line := range strings.Lines(simrun(strings.Fields(args)...).out) {
			if n := len([]rune(line)) - 1; n > 80 {
				t.Errorf("simrun %s: a line of %d: %s", args, n, line)
			}
		}
	}
}

// TestShow prints files that run as they are.
func TestShow(t *testing.T) {
	for _, name := range catalogue.Names() {
		folder(t, "copy.sim", simrun("show", name).out)
		if r := simrun("test", "copy.sim"); r.status != 0 {
			t.Errorf("%s: %s%s", name, r.out, r.errout)
		}
	}
}

// TestCompletion offers the scenarios that begin as asked.
func TestCompletion(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"run tcp/simul", "tcp/simultaneous-close\ntcp/simultaneous-close-fin-lost\ntcp/simultaneous-open\n:0\n"},
		{"show tcp/last-ack-lo", "tcp/last-ack-lost\ntcp/last-ack-lost-no-timewait\n:0\n"},
		{"test tcp/fin-lost tcp/last-ack-g", "tcp/last-ack-give-up\n:0\n"},
		{"fsm t", "tcp\n:4\n"},
		{"run my.", ":0\n"}, // the shell goes on with files
		{"run tcp/fin-lost --dro", "--drop\tlose a packet: a.F, a#4, 'a.F[2]'\n:4\n"},
	} {
		if r := simrun(append([]string{"__complete"}, strings.Fields(c.args)...)...); r.out != c.want {
			t.Errorf("%s: got %q, want %q", c.args, r.out, c.want)
		}
	}
}

// TestUpdate writes a ladder into a file, and only there, and only when all
// else is as expected.
func TestUpdate(t *testing.T) {
	text := net + "-- app A --\nconnect B:1 = ECONNREFUSED\n-- check --\npackets = 2\n"
	for _, flag := range []string{"-update", "--update"} {
		folder(t, "x.sim", text+"-- want --\nan old ladder\n")
		if r := simrun("test", "x.sim"); r.status != exitFailed || !strings.Contains(r.out, "If the new ladder is right: simrun test -update") {
			t.Errorf("before: status %d, %s", r.status, r.out)
		}
		if r := simrun("test", flag, "x.sim"); r.status != 0 {
			t.Errorf("%s: status %d, %s%s", flag, r.status, r.out, r.errout)
		}
		got, err := os.ReadFile("x.sim")
		if want := text + "-- want --\n"; err != nil || !strings.HasPrefix(string(got), want) || strings.Contains(string(got), "old") {
			t.Errorf("%s: the file is now\n%s", flag, got)
		}
		if r := simrun("test", "x.sim"); r.status != 0 {
			t.Errorf("after: status %d, %s", r.status, r.out)
		}
	}
	wrong := strings.Replace(text, "packets = 2", "packets = 3", 1)
	folder(t, "x.sim", wrong)
	if r := simrun("test", "-update", "x.sim"); r.status != exitFailed {
		t.Errorf("a wrong fact: status %d", r.status)
	}
	if got, _ := os.ReadFile("x.sim"); string(got) != wrong {
		t.Errorf("a wrong fact: the file is now\n%s", got)
	}
	if r := simrun("test", "-update", "x.sim", "--drop", "a.S"); r.status != exitUsage {
		t.Errorf("with an edit: status %d", r.status)
	}
}

// closedPipe is a pipe that nobody reads any more.
type closedPipe struct{ err error }

func (p closedPipe) Write([]byte) (int, error) { return 0, p.err }

// TestOutputFails runs every command without a place for its output. Who
// closed a pipe hears nothing more; a full disk is said.
func TestOutputFails(t *testing.T) {
	for _, args := range []string{"", "run tcp/fin-lost", "run tcp/fin-lost --json -", "list", "list --json", "show tcp/fin-lost", "test tcp/fin-lost", "fsm tcp", "fsm tcp --coverage"} {
		for _, c := range []struct {
			err    error
			status int
			said   string
		}{
			{fmt.Errorf("write |1: %w", syscall.EPIPE), exitFailed, ""},
			{errors.New("no space left"), exitUsage, "no space left\n"},
		} {
			var errout bytes.Buffer
			if status := run(strings.Fields(args), closedPipe{c.err}, &errout); status != c.status || errout.String() != c.said {
				t.Errorf("simrun %s: status %d, %q; want %d, %q", args, status, errout.String(), c.status, c.said)
			}
		}
	}
}

// TestWriteFile writes a file whole or not at all.
func TestWriteFile(t *testing.T) {
	folder(t, "x", "old")
	if err := os.Chmod("x", 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(want string) {
		t.Helper()
		got, err := os.ReadFile("x")
		if err != nil || string(got) != want {
			t.Errorf("the file is %q, %v, want %q", got, err, want)
		}
		if all, _ := filepath.Glob(".*"); len(all) > 0 {
			t.Errorf("left behind: %v", all)
		}
	}
	err := writeFile("x", func(w io.Writer) error {
		_, _ = w.Write(bytes.Repeat([]byte("new"), 1<<20))
		return errors.New("half way")
	})
	if err == nil || !strings.Contains(err.Error(), "half way") {
		t.Errorf("the error is %v", err)
	}
	check("old")
	text := func(s string) func(io.Writer) error {
		return func(w io.Writer) error {
			_, err := io.WriteString(w, s)
			return err
		}
	}
	if err := writeFile("x", text("new")); err != nil {
		t.Error(err)
	}
	check("new")
	if info, err := os.Stat("x"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the mode is %v, want that of the old file", info.Mode())
	}
	if err := os.Symlink("x", "link"); err != nil {
		t.Skip(err)
	}
	if err := writeFile("link", text("by a link")); err != nil {
		t.Error(err)
	}
	check("by a link")
	testPipe(t, text("to a pipe"))
}

// testPipe writes to a named pipe: it is written to and stays a pipe. (No test
// goes near a device: a mistake would replace it.)
func testPipe(t *testing.T, write func(io.Writer) error) {
	t.Helper()
	if err := exec.Command("mkfifo", "pipe").Run(); err != nil {
		t.Skipf("no named pipes: %v", err)
	}
	read, err := os.OpenFile("pipe", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	if err := writeFile("pipe", write); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat("pipe"); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Fatalf("the pipe is now %v, %v", info.Mode(), err)
	}
	got := make([]byte, 20)
	if n, err := read.Read(got); err != nil || string(got[:n]) != "to a pipe" {
		t.Errorf("the pipe holds %q, %v", got[:n], err)
	}
}

// TestFilesOfRun writes a capture and an event log, and draws no ladder when
// one of them cannot be written.
func TestFilesOfRun(t *testing.T) {
	plainLocale(t)
	folder(t)
	r := simrun("run", "tcp/fin-lost", "-q", "--pcap", "a.pcapng", "--json", "a.jsonl")
	if r.status != 0 || r.out != "" {
		t.Fatalf("status %d, %s%s", r.status, r.out, r.errout)
	}
	log, err := os.ReadFile("a.jsonl")
	if err != nil || string(log) != simrun("run", "tcp/fin-lost", "--json", "-").out {
		t.Errorf("the log in the file differs from that in the output, %v", err)
	}
	first, _ := os.ReadFile("a.pcapng")
	simrun("run", "tcp/fin-lost", "-q", "--pcap", "b.pcapng", "--vantage", "A")
	simrun("run", "tcp/fin-lost", "-q", "--pcap", "c.pcapng", "--vantage", "b")
	same, _ := os.ReadFile("b.pcapng")
	other, _ := os.ReadFile("c.pcapng")
	if len(first) == 0 || !bytes.Equal(first, same) || bytes.Equal(first, other) {
		t.Errorf("captures of %d, %d and %d octets: the first host is not the default", len(first), len(same), len(other))
	}
	impossible := strings.Repeat("x", 300) + ".jsonl" // longer than names may be
	if r := simrun("run", "tcp/fin-lost", "--json", impossible); r.status != exitUsage || r.out != "" || !strings.Contains(r.errout, "cannot write xxx") {
		t.Errorf("a file that cannot be: status %d, output %q, error output %q", r.status, r.out, r.errout)
	}
}
