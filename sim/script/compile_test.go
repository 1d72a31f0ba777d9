package script

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/socket"
	"simrun/wire"
)

const twoHosts = "# t\n-- net --\nhost A 10.0.0.1\nhost B 10.0.0.2\nlink A B delay=10ms\n"

// mustParse parses a file that must be right.
func mustParse(t *testing.T, src string) *File {
	t.Helper()
	f, err := Parse("", "test.sim", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// noPos leaves places out of comparisons; what a scenario means does not
// depend on them.
var noPos = cmp.Options{
	cmpopts.IgnoreTypes(sim.Pos{}),
	cmp.Comparer(func(a, b wire.Addr) bool { return a == b }),
	cmpopts.EquateEmpty(),
}

func TestCompileNet(t *testing.T) {
	f := mustParse(t, `# t
-- net --
seed 7; profile linux; end 300s
link p1 10.0.1.1 10.0.1.2 delay=10ms jitter=30us
  rate=1.5Mbit/s queue=20 mark=9   # goes on
  mtu=1400
host A 10.0.1.1 10.0.2.1 ack=immediate msl=30s
host B 10.0.1.2 2001:db8::2
`)
	a1, b1 := wire.MustParseAddr("10.0.1.1"), wire.MustParseAddr("10.0.1.2")
	want := &sim.Scenario{
		Profile: "linux", Seed: 7, End: clock.At(300 * time.Second),
		Hosts: []sim.HostSpec{
			{Name: "A", Addrs: []wire.Addr{a1, wire.MustParseAddr("10.0.2.1")},
				Settings: []sim.Setting{{Key: "ack", Value: "immediate"}, {Key: "msl", Value: "30s"}}},
			{Name: "B", Addrs: []wire.Addr{b1, wire.MustParseAddr("2001:db8::2")}},
		},
		Links: []sim.LinkSpec{{
			Name: "p1", Ends: [2]sim.LinkEnd{{Host: 0, Addr: a1}, {Host: 1, Addr: b1}},
			Delay: 10 * time.Millisecond, Jitter: 30 * time.Microsecond, Rate: 1_500_000, Queue: 20, Mark: 9, MTU: 1400,
		}},
	}
	if diff := cmp.Diff(want, f.Scenario, noPos); diff != "" {
		t.Error(diff)
	}
	if pos := f.Scenario.Hosts[0].Settings[1].Pos; pos != (sim.Pos{File: "test.sim", Line: 7, Col: 40}) {
		t.Errorf("the setting msl stands at %v", pos)
	}
}

func TestCompileFaults(t *testing.T) {
	sel := func(host int, what sim.What, nth int) sim.Selector {
		return sim.Selector{Host: host, What: what, Nth: nth}
	}
	fin, data := sim.What{Flags: wire.FIN}, sim.What{Data: true}
	percent := sim.Probability{Threshold: 184467440737095516} // 2^64 / 100, rounded down
	tests := []struct {
		text, canonical string // canonical is "" if text is
		want            sim.Fault
	}{
		{"drop a#4", "", sim.Fault{Kind: sim.DropFault, Sel: sel(0, sim.What{Any: true}, 4)}},
		{"drop A.f", "drop a.F", sim.Fault{Kind: sim.DropFault, Sel: sel(0, fin, 1)}},
		{"drop b.S.[2]", "", sim.Fault{Kind: sim.DropFault, Sel: sel(1, sim.What{Flags: wire.SYN | wire.ACK}, 2)}},
		{"drop a.data[3] on a-b", "drop a.P[3] on A-B", sim.Fault{Kind: sim.DropFault, Sel: sel(0, data, 3), Link: 0}},
		{"drop a.ack from A", "drop a.ACK from a", sim.Fault{Kind: sim.DropFault, Sel: sel(0, sim.What{PureACK: true}, 1)}},
		{"drop a.cookie_echo", "drop a.COOKIE_ECHO", sim.Fault{Kind: sim.DropFault, Sel: sel(0, sim.What{Chunk: "COOKIE_ECHO"}, 1)}},
		{"mark a.P[3]", "", sim.Fault{Kind: sim.MarkFault, Sel: sel(0, data, 3)}},
		{"mark 1% from b", "", sim.Fault{Kind: sim.MarkFault, Loss: percent, Host: 1}},
		{"corrupt b.FP.", "", sim.Fault{Kind: sim.CorruptFault, Sel: sel(1, sim.What{Flags: wire.FIN | wire.ACK, Data: true}, 1)}},
		{"dup a.F 5s", "", sim.Fault{Kind: sim.DupFault, Sel: sel(0, fin, 1), By: 5 * time.Second}},
		{"delay 70000ms a.P[2]", "delay a.P[2] 70s", sim.Fault{Kind: sim.DelayFault, Sel: sel(0, data, 2), By: 70 * time.Second}},
		{"corrupt 1%", "", sim.Fault{Kind: sim.CorruptFault, Loss: percent}},
		{"dup 1%", "", sim.Fault{Kind: sim.DupFault, Loss: percent}},
		{"dup 1% on A-B", "", sim.Fault{Kind: sim.DupFault, Loss: percent, Link: 0}},
		{"dup 1% 5000us from b", "dup 1% 5ms from b", sim.Fault{Kind: sim.DupFault, Loss: percent, By: 5 * time.Millisecond, Host: 1}},
		{"delay 5ms 1%", "delay 1% 5ms", sim.Fault{Kind: sim.DelayFault, Loss: percent, By: 5 * time.Millisecond}},
		{"swap a#3 a#4", "", sim.Fault{Kind: sim.SwapFault, Sel: sel(0, sim.What{Any: true}, 3), Other: sel(0, sim.What{Any: true}, 4)}},
		{"cut 5s..1.5m", "cut 5s..90s", sim.Fault{Kind: sim.CutFault, From: clock.At(5 * time.Second), To: clock.At(90 * time.Second)}},
		{"cut 1s..", "", sim.Fault{Kind: sim.CutFault, From: clock.At(time.Second), To: clock.Never}},
		{"loss 1%", "", sim.Fault{Kind: sim.LossFault, Loss: percent}},
		{"loss 100%", "", sim.Fault{Kind: sim.LossFault, Loss: sim.Probability{Certain: true}}},
		{"loss gilbert r=100.0% p=1% h=1%", "loss gilbert p=1% r=100.0% h=1%", sim.Fault{
			Kind: sim.GilbertFault, Enter: percent, Leave: sim.Probability{Certain: true},
			Loss: sim.Probability{Threshold: 18262276632972456100},
		}},
		{"filter ICMP", "filter icmp", sim.Fault{Kind: sim.FilterFault, Sel: sel(-1, sim.What{ICMP: true}, 0)}},
		{"filter S from b", "", sim.Fault{Kind: sim.FilterFault, Sel: sel(-1, sim.What{Flags: wire.SYN}, 0), Host: 1}},
		{"nat idle=350s reset", "", sim.Fault{Kind: sim.NATFault, By: 350 * time.Second, Reset: true}},
	}
	sc := mustParse(t, twoHosts).Scenario
	for _, tt := range tests {
		got, err := ParseFault(tt.text, sc)
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		if tt.want.Text = tt.canonical; tt.canonical == "" {
			tt.want.Text = tt.text
		}
		if !strings.Contains(tt.text, " on ") {
			tt.want.Link = -1
		}
		if !strings.Contains(tt.text, " from ") {
			tt.want.Host = -1
		}
		if diff := cmp.Diff(tt.want, got, noPos); diff != "" {
			t.Errorf("%s:\n%s", tt.text, diff)
		}
	}
}

func TestCompileCalls(t *testing.T) {
	text := func(s string) sim.Data { return sim.Data{{Text: []byte(s)}} }
	tests := []struct {
		src  string
		want sim.Instr
	}{
		{"socket tcp", sim.Instr{Op: sim.OpSocket, Args: "tcp", Text: "tcp"}},
		{"bind A:4000", sim.Instr{Op: sim.OpBind, Args: "A:4000", Local: wire.Endpoint{Addr: wire.MustParseAddr("10.0.0.1"), Port: 4000}}},
		{"listen :4500 8", sim.Instr{Op: sim.OpListen, Args: ":4500 8", Local: wire.Endpoint{Port: 4500}, N: 8}},
		{"listen", sim.Instr{Op: sim.OpListen}},
		{"c = connect b:4500 = 0 at 20ms", sim.Instr{
			Op: sim.OpConnect, Assign: "c", Args: "b:4500", Peer: "B", Remote: wire.Endpoint{Port: 4500},
			Want: &sim.Want{Kind: sim.WantNumber, Text: "0"},
			When: &sim.When{Text: "at 20ms", From: clock.At(20 * time.Millisecond), To: clock.At(20 * time.Millisecond)},
		}},
		{"connect 10.0.0.2:1 timeout=2s DONTWAIT = EINPROGRESS", sim.Instr{
			Op: sim.OpConnect, Args: "10.0.0.2:1 timeout=2s DONTWAIT", Timeout: 2 * time.Second, Flags: sim.DontWait,
			Remote: wire.Endpoint{Addr: wire.MustParseAddr("10.0.0.2"), Port: 1},
			Want:   &sim.Want{Kind: sim.WantErrno, Text: "EINPROGRESS", Errno: socket.EINPROGRESS},
		}},
		{`send "a b\n"+10 + it OOB`, sim.Instr{
			Op: sim.OpSend, Args: "OOB", Flags: sim.OOB,
			Data: sim.Data{{Text: []byte("a b\n")}, {Pattern: 10}, {It: true}},
		}},
		{`send "m{n}"`, sim.Instr{Op: sim.OpSend, Data: text("m{n}")}},
		{`recv 10 PEEK DONTWAIT = "abc" within 2s`, sim.Instr{
			Op: sim.OpRecv, Args: "10 PEEK DONTWAIT", N: 10, Flags: sim.Peek | sim.DontWait,
			Want: &sim.Want{Kind: sim.WantData, Text: `"abc"`, Data: text("abc")},
			When: &sim.When{Text: "within 2s", To: clock.At(2 * time.Second), Relative: true},
		}},
		{"recv = EOF within 1s..2s", sim.Instr{
			Op: sim.OpRecv, Want: &sim.Want{Kind: sim.WantEOF, Text: "EOF"},
			When: &sim.When{Text: "within 1s..2s", From: clock.At(time.Second), To: clock.At(2 * time.Second)},
		}},
		{"recv = 10 + it", sim.Instr{
			Op: sim.OpRecv, Want: &sim.Want{Kind: sim.WantData, Text: "10 + it", Data: sim.Data{{Pattern: 10}, {It: true}}},
		}},
		{"recv = BLOCKED", sim.Instr{Op: sim.OpRecv, Want: &sim.Want{Kind: sim.WantBlocked, Text: "BLOCKED"}}},
		{"recv = EWOULDBLOCK", sim.Instr{Op: sim.OpRecv, Want: &sim.Want{Kind: sim.WantErrno, Text: "EWOULDBLOCK", Errno: socket.EAGAIN}}},
		{"shutdown RDWR", sim.Instr{Op: sim.OpShutdown, Args: "RDWR", How: socket.SHUT_RDWR}},
		{"setsockopt TCP_KEEPIDLE 60s", sim.Instr{Op: sim.OpSetsockopt, Args: "TCP_KEEPIDLE 60s", Opt: "TCP_KEEPIDLE", Value: 60e9, Text: "60s"}},
		{"setsockopt SO_LINGER off", sim.Instr{Op: sim.OpSetsockopt, Args: "SO_LINGER off", Opt: "SO_LINGER", Value: -1, Text: "off"}},
		{"getsockopt SO_ERROR = ECONNRESET", sim.Instr{
			Op: sim.OpGetsockopt, Args: "SO_ERROR", Opt: "SO_ERROR",
			Want: &sim.Want{Kind: sim.WantErrno, Text: "ECONNRESET", Errno: socket.ECONNRESET},
		}},
		{"set msl=30s", sim.Instr{Op: sim.OpSet, Args: "msl=30s", Opt: "msl", Text: "30s"}},
		{"limit fds=5", sim.Instr{Op: sim.OpLimit, Args: "fds=5", N: 5}},
		{"sleep 1.5s", sim.Instr{Op: sim.OpSleep, Dur: 1500 * time.Millisecond}},
		{"at 1m", sim.Instr{Op: sim.OpAt, At: clock.At(time.Minute)}},
		{"reboot", sim.Instr{Op: sim.OpReboot}},
		{"exit", sim.Instr{Op: sim.OpExit}},
	}
	for _, tt := range tests {
		f := mustParse(t, twoHosts+"-- app A --\n"+tt.src+"\n")
		if diff := cmp.Diff([]sim.Instr{tt.want}, f.Scenario.Apps[0].Code, noPos); diff != "" {
			t.Errorf("%s:\n%s", tt.src, diff)
		}
	}
}

func TestCompileBlocks(t *testing.T) {
	f := mustParse(t, twoHosts+`-- app A --
c = connect B:1; d = c.dup
repeat 2 every 1s {
  until EOF { c.send "m{n}" }   # a comment }
  fork { exit }
}
poll c d 5s = 1
-- app A watch shares main --
c.recv
`)
	loop := sim.Data{{Text: []byte("m{n}"), Counter: true}}
	want := []sim.AppSpec{
		{Code: []sim.Instr{
			{Op: sim.OpConnect, Assign: "c", Args: "B:1", Peer: "B", Remote: wire.Endpoint{Port: 1}},
			{Op: sim.OpDup, Assign: "d", On: "c"},
			{Op: sim.OpRepeat, N: 2, Dur: time.Second, Jump: 9},
			{Op: sim.OpUntil, Want: &sim.Want{Kind: sim.WantEOF, Text: "EOF"}, Jump: 5},
			{Op: sim.OpSend, On: "c", Data: loop},
			{Op: sim.OpEnd, Jump: 3},
			{Op: sim.OpFork, Jump: 8},
			{Op: sim.OpExit},
			{Op: sim.OpEnd, Jump: 6},
			{Op: sim.OpEnd, Jump: 2},
			{Op: sim.OpPoll, Args: "c d 5s", Socks: []string{"c", "d"}, Dur: 5 * time.Second,
				Want: &sim.Want{Kind: sim.WantNumber, Text: "1", Number: 1}},
		}},
		{Name: "watch", Shares: "main", Code: []sim.Instr{{Op: sim.OpRecv, On: "c"}}},
	}
	if diff := cmp.Diff(want, f.Scenario.Apps, noPos); diff != "" {
		t.Error(diff)
	}
	if pos := f.Scenario.Apps[0].Code[4].Pos; pos.Line != 9 || pos.Col != 15 {
		t.Errorf("the send stands at %v", pos)
	}
}

func TestCompileInjections(t *testing.T) {
	f := mustParse(t, twoHosts+"-- inject --\n1s A> R 1:1(0) win 0   # blind\n+0.5s b> . 1:11(10) ack 1 <mss 1460>\n"+
		"2s repeat 9 A> 10.9.0.1:45000 > B:4500 S 0:0(0)\n")
	want := []sim.Injection{
		{At: clock.At(time.Second), From: 0, Text: "A> R 1:1(0) win 0", Source: "R 1:1(0) win 0"},
		{At: clock.At(1500 * time.Millisecond), From: 1, Text: "b> . 1:11(10) ack 1 <mss 1460>", Source: ". 1:11(10) ack 1 <mss 1460>"},
		{At: clock.At(2 * time.Second), From: 0, Times: 9, Text: "A> 10.9.0.1:45000 > B:4500 S 0:0(0)", Source: "S 0:0(0)",
			Src: wire.Endpoint{Addr: wire.MustParseAddr("10.9.0.1"), Port: 45000}, Dst: wire.Endpoint{Addr: wire.MustParseAddr("10.0.0.2"), Port: 4500}},
	}
	if diff := cmp.Diff(want, f.Scenario.Inject, noPos); diff != "" {
		t.Error(diff)
	}
}

func TestComment(t *testing.T) {
	tests := []struct {
		comment, name, title string
		ref, tags            []string
	}{
		{"# tcp/a-b: the title: it.\n# More.\n# tags: loss, closing\n# ref: RFC 9293 3.6.1, RFC 6298 2.1, 5.7\n",
			"tcp/a-b", "the title: it", []string{"RFC 9293 3.6.1", "RFC 6298 2.1, 5.7"}, []string{"loss", "closing"}},
		{"# tcp/x: ends one way. RFC 9293 3.6.1\n", "tcp/x", "ends one way", []string{"RFC 9293 3.6.1"}, nil},
		{"# tcp/x: the FIN comes again;\n# that is why.  RFC 9293 MUST-13\n", "tcp/x", "the FIN comes again", []string{"RFC 9293 MUST-13"}, nil},
		{"# f.\n# RFC 9260 6.4.1, 8.2, 8.3\n", "", "f", []string{"RFC 9260 6.4.1, 8.2, 8.3"}, nil},
		{"# no name here\n", "", "no name here", nil, nil},
	}
	for _, tt := range tests {
		f := mustParse(t, tt.comment+strings.TrimPrefix(twoHosts, "# t\n"))
		if f.Scenario.Name != tt.name || f.Title != tt.title || !cmp.Equal(f.Ref, tt.ref) || !cmp.Equal(f.Tags, tt.tags) {
			t.Errorf("%q:\ngot %q, %q, %q, %q", tt.comment, f.Scenario.Name, f.Title, f.Ref, f.Tags)
		}
	}
}

// TestCarriageReturns: a file with the line ends of other systems is the same
// scenario.
func TestCarriageReturns(t *testing.T) {
	for path, src := range catalogue(t) {
		plain := mustParse(t, string(src))
		other := mustParse(t, strings.ReplaceAll(string(src), "\n", "\r\n"))
		if diff := cmp.Diff(plain.Scenario, other.Scenario, cmp.Comparer(func(a, b wire.Addr) bool { return a == b })); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}
