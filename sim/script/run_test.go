package script

import (
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim/trace"
)

const runNet = "# t\n-- net --\nhost A 10.0.0.1 ack=immediate\nhost B 10.0.0.2 ack=immediate\nlink A B delay=10ms\n"

const echoServer = "-- app B --\nlisten :7\naccept\nuntil EOF { recv; send it }\nclose\n"

// runSource runs a scenario, with edits.
func runSource(t *testing.T, src string, limits Limits, edits ...Edit) *Run {
	t.Helper()
	r, err := mustParse(t, src).Run(edits, nil, limits)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ladder is a run as people see it, for messages of tests.
func ladder(r *Run) string {
	var b strings.Builder
	_ = trace.Ladder(&b, r.Log, trace.Options{Width: 100, Verdict: r.Verdict()})
	return b.String()
}

// TestPrograms is what the words of the language mean, each as a scenario
// that says itself what must come of it.
func TestPrograms(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"sleep and at", echoServer + "-- app A --\nsleep 1s\nat 3s\nat 2s\nconnect B:7 = 0 at 3.020s\nclose\n"},
		{"at, asserting", echoServer + "-- app A --\nconnect B:7 at 20ms\nclose at 20ms\n"},
		{"within, relative", echoServer + "-- app A --\nsleep 5s\nconnect B:7 within 20ms\nclose\n"},
		{"within, absolute", echoServer + "-- app A --\nsleep 5s\nconnect B:7 within 5s..5.020s\nclose\n"},
		{"repeat and {n}", echoServer + "-- app A --\nconnect B:7\nrepeat 3 { send \"m{n}\"; recv = \"m{n}\" }\nclose\n"},
		{"repeat every", echoServer + "-- app A --\nconnect B:7\nrepeat 3 every 1s { send \"m{n}\"; recv = \"m{n}\" within 20ms }\nclose at 3.020s\n"},
		{"repeat every, late", "-- app A --\nsleep 1500ms\nrepeat 2 every 1s { sleep 1500ms }\nlisten :1 at 5500ms\n"},
		{"repeat in repeat", echoServer + "-- app A --\nconnect B:7\nrepeat 2 { repeat 2 { send \"{n}\"; recv = \"{n}\" } }\nclose\n-- check --\nbytes A>B = 4\n"},
		{"until an outcome", echoServer + "-- app A --\nconnect B:7\nsend \"x\"\nuntil \"x\" { recv }\nclose\n"},
		{"until an errno", "-- app A --\nuntil ECONNREFUSED { connect B:9 }\nlisten :1 at 20ms\n"},
		{"until, left by another errno", "-- app A --\nuntil EOF { connect B:9 }\nlisten :1 at 20ms\n"},
		{"timeout", echoServer + "-- app A --\nconnect B:7\nrecv timeout=2s = EAGAIN at 2.020s\nclose\n"},
		{"no wait", echoServer + "-- app A --\nconnect B:7 DONTWAIT = EINPROGRESS\nsleep 1s\nrecv DONTWAIT = EAGAIN\nclose\n"},
		{"accept, no wait", "-- app A --\nlisten :7\naccept DONTWAIT = EAGAIN\n"},
		{"peek", echoServer + "-- app A --\nconnect B:7\nsend \"abc\"\nrecv 2 PEEK = \"ab\"\nrecv 1 = \"a\"\nrecv = \"bc\"\nclose\n"},
		{"data", echoServer + "-- app A --\nconnect B:7\nsend \"a\" + 3 + \"b\"\nrecv = \"aabcb\"\nsend it + it\nrecv 10 = \"aabcbaabcb\"\nclose\n"},
		{"poll, ready", echoServer + "-- app A --\nc = connect B:7\nsend \"x\"\npoll c 5s = 1 at 40ms\nrecv\nclose\n"},
		{"poll, in time", echoServer + "-- app A --\nc = connect B:7\npoll c 5s = 0 at 5.020s\nclose\n"},
		{"poll two", echoServer + "-- app A --\nl = listen :9\nc = connect B:7\nc.send \"x\"\npoll l c 5s = 1 at 40ms\nc.recv\nc.close\n"},
		{"names", echoServer + "-- app A --\nc = connect B:7\nd = c.dup\nc.close\nd.send \"x\"\nd.recv = \"x\"\nd.close\n"},
		{"fork", echoServer + "-- app A --\nconnect B:7\nfork { sleep 1s; send \"child\"; recv = \"child\" }\nclose at 20ms\n-- check --\ntime a.F = 1.040s\n"},
		{"exit", echoServer + "-- app A --\nconnect B:7\nrepeat 5 { sleep 1s; exit }\nlisten :1 at 0s\n-- check --\ntime a.F = 1.020s\nstate B = CLOSED at end\n"},
		{"reboot", "-- app B --\nlisten :7\naccept\nrecv = ECONNRESET\n-- app A --\nconnect B:7\nreboot\nsend \"x\" = EBADF\nclose = EBADF\n-- app B two --\nsleep 1s\n-- inject --\n1s B> P. 1:2(1) ack 1\n"},
		{"shares", "-- app B --\nlisten :7\naccept\nrecv = \"x\" at 1.010s\n-- app A --\nc = connect B:7\nsleep 3s\n-- app A second shares main --\nsleep 1s\nc.send \"x\" = 1\n-- check --\nbytes unread = 0\n"},
		{"limit", "-- app A --\nlimit fds=1\nlisten :1\nlisten :2 = EMFILE\n"},
		{"set", echoServer + "-- app A --\nset mss=100\nconnect B:7\nsend 300\nsleep 1s\nclose\n-- check --\ncount a.P = 3\n"},
		{"receive timeout", echoServer + "-- app A --\nconnect B:7\nsetsockopt SO_RCVTIMEO 2s\nrecv = EAGAIN at 2.020s\nsetsockopt SO_RCVTIMEO 0s\nsend \"x\"\nrecv = \"x\"\nclose\n"},
		{"accept timeout", "-- app A --\nlisten :7\nsetsockopt SO_RCVTIMEO 2s\naccept = EAGAIN at 2s\n"},
		{"send timeout", "end 9s\n-- app B --\nset rcvbuf=100\nlisten :7\naccept\nsleep 60s\n-- app A --\nset sndbuf=50\nconnect B:7\nsetsockopt SO_SNDTIMEO 2s\nsend 500 = 150 at 2.020s\nsend 5 = EAGAIN at 4.020s\n"},
		{"connect timeout", "cut 0s..\nend 9s\n-- app A --\ns = socket tcp\ns.setsockopt SO_SNDTIMEO 2s\ns.connect B:7 = EINPROGRESS at 2s\ns.connect B:7 DONTWAIT = EALREADY\n"},
		{"all that is wanted", "-- app B --\nlisten :7\naccept\nrecv 6 WAITALL = \"abcdef\" at 1.030s\nrecv 6 WAITALL = \"gh\" at 2.030s\nrecv 6 WAITALL = EOF\nclose\n-- app A --\nconnect B:7\nsend \"abc\"\nsleep 1s\nsend \"defgh\"\nsleep 1s\nclose\n"},
		{"all, in time", echoServer + "-- app A --\nconnect B:7\nsend \"abc\"\nrecv 6 WAITALL timeout=1s = \"abc\" at 1.020s\nclose\n"},
		{"all, through a small buffer", "-- app B --\nset rcvbuf=100\nlisten :7\naccept\nrecv 500 WAITALL = 500\nclose\n-- app A --\nconnect B:7\nsend 500\nclose\n"},
		{"lingering close, no wait", "-- app B --\nlisten :7\naccept\nuntil EOF { recv }\nclose\n-- app A --\nconnect B:7\nsetsockopt SO_LINGER 5s\nsend 9\nclose DONTWAIT = EAGAIN at 20ms\nclose = EBADF\n"},
		{"lingering close and reboot", "end 9s\ncut 1s..\n-- app B --\nlisten :7\naccept\nrecv\n-- app A --\nconnect B:7\nsleep 2s\nsetsockopt SO_LINGER 5s\nsend 9\nclose = 0 at 3s\n-- app A two --\nat 3s\nreboot\n"},
		{"what is told", echoServer + "-- app A --\nl = listen :9\nl.getsockopt TCP_INFO = LISTEN\nconnect B:7\ngetsockopt TCP_INFO = ESTABLISHED\nclose\n"},
		{"a cookie refused", "-- app B --\nl = listen :7\nl.setsockopt TCP_FASTOPEN 5\nrepeat 2 { c = l.accept; c.recv; c.close; l.setsockopt TCP_FASTOPEN 0 }\n-- app A --\nsendto B:7 \"one\" FASTOPEN = 3\nclose\nsleep 1s\nsendto B:7 \"two\" FASTOPEN = 3 at 1.040s\nclose\n-- check --\na.S[2].len = 3; b.S[2].ack = 1\n"},
		{"blocked, as wanted", "-- app A --\nlisten :7\naccept = BLOCKED\n"},
		{"end", "end 5s\n-- app A --\nlisten :7\naccept\n"},
		{"end before the last packet", echoServer + "-- app A --\nconnect B:7\nrepeat 9 every 1s { send \"x\" }\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			src := runNet + c.src
			if c.name == "end before the last packet" {
				src = strings.Replace(src, "-- app", "end 3s\n-- app", 1) + "-- check --\ncount a.P = 2\n"
			}
			if r := runSource(t, src, DefaultLimits); !r.OK() || r.Verdict() != "ok" {
				t.Errorf("%s\n%s", strings.Join(r.Problems(), "\n"), ladder(r))
			}
		})
	}
}

// TestProblems is what a run is failed for, and how it is told.
func TestProblems(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"an outcome", "-- app A --\nconnect B:7 = 0\n", "test.sim:7:15: connect: want 0\n   got ECONNREFUSED"},
		{"data", echoServer + "-- app A --\nconnect B:7\nsend \"x\"\nrecv = \"y\"\nclose\n", "recv: want \"y\"\n   got \"x\""},
		{"a time", echoServer + "-- app A --\nconnect B:7 = 0 at 30ms\nclose\n", "connect: want at 30ms\n   got a return at 20 ms"},
		{"a span", echoServer + "-- app A --\nsleep 1s\nconnect B:7 within 19ms\nclose\n", "got a return at 1.02 s"},
		{"blocked", "-- app A --\nlisten :7\naccept\n", "test.sim:8:1: accept blocks for ever at host A"},
		{"blocked when wanted to", "-- app A --\nconnect B:7 = BLOCKED\n", "connect: want BLOCKED\n   got ECONNREFUSED"},
		{"a fact", "-- app A --\nconnect B:7\n-- check --\npackets = 3\n", "packets: want 3\n   got 2"},
	} {
		r := runSource(t, runNet+c.src, DefaultLimits)
		got := strings.Join(r.Problems(), "\n")
		if r.OK() || !strings.Contains(got, c.want) || r.Verdict() != "FAILED: 1 problem" {
			t.Errorf("%s: %s: %s, want %s", c.name, r.Verdict(), got, c.want)
		}
		edited := runSource(t, runNet+c.src, DefaultLimits, Edit{Flag: "seed", Value: "2"})
		if !edited.OK() || edited.Verdict() != "1 expectation not met, as edited" {
			t.Errorf("%s, edited: %s", c.name, edited.Verdict())
		}
	}
}

// TestBlockedIsShown: the ladder shows a call that never returned.
func TestBlockedIsShown(t *testing.T) {
	r := runSource(t, runNet+"-- app A --\nlisten :7\naccept\n", DefaultLimits)
	if got := ladder(r); !strings.Contains(got, "accept blocked") && !strings.Contains(got, "accept … blocked") {
		t.Errorf("no word of accept in\n%s", got)
	}
}

// TestLimits: a run that does not come to rest is stopped, and tells how
// things stood.
func TestLimits(t *testing.T) {
	const forever = runNet + "-- app B --\nlisten :7\naccept\nsleep 100h\n-- app A --\nconnect B:7\nsend 300000\n"
	for _, c := range []struct {
		limits Limits
		want   string
	}{
		{Limits{Time: clock.At(time.Hour), Steps: 1_000_000}, "A 10.0.0.1:49152 to 10.0.0.2:7 ESTABLISHED"},
		{Limits{Time: clock.At(time.Hour), Steps: 1_000_000}, "A waits in send"},
		{Limits{Time: clock.At(time.Hour), Steps: 1_000_000}, "next is"},
		{Limits{Time: clock.At(200 * time.Hour), Steps: 40}, "40 steps"},
	} {
		r := runSource(t, forever, c.limits)
		if r.OK() || !strings.Contains(r.Stuck, c.want) {
			t.Errorf("stuck: %q, want %q", r.Stuck, c.want)
		}
		if r := runSource(t, forever, c.limits, Edit{Flag: "seed", Value: "2"}); r.OK() {
			t.Error("with an edit a limit counts no more")
		}
	}
}
