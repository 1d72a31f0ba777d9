package sctp

import (
	"strings"
	"testing"
	"time"
)

// line is one packet and what it brings about in each state, in the order of
// States: CLOSED (listening), COOKIE-WAIT, COOKIE-ECHOED, ESTABLISHED,
// SHUTDOWN-PENDING, -SENT, -RECEIVED, -ACK-SENT. A single cell stands for all
// columns; an empty one means as the cell to its left.
type line struct {
	packet string
	cells  string // parted by |
}

// grid is the arrivals of RFC 9260: each chunk in each state.
var grid = []line{
	// 5.1, 5.2.1, 5.2.2: "respond with INIT ACK"; in SHUTDOWN-ACK-SENT
	// "discard the INIT chunk and retransmit the SHUTDOWN ACK chunk" (9.2).
	{"INIT", "<INIT_ACK>|||||||<SHUTDOWN_ACK>"},
	{"INIT tag=+5", "<INIT_ACK>|||||||<SHUTDOWN_ACK>"},
	{"INIT preserve=1000", "<INIT_ACK>|||||||<SHUTDOWN_ACK>"},
	// 3.3.2: "If the value of the Initiate Tag in a received INIT chunk is
	// found to be 0, the receiver MUST silently discard the packet".
	{"INIT notag", "-"},
	// 8.5.1 A: INIT carries tag 0, and nothing but a lone INIT does.
	{"@bad INIT", "-"},
	{"@0 INIT; COOKIE_ACK", "-"},
	// 3.3.2: too small a window, no streams: ABORT, and nothing changes.
	{"INIT rwnd=1499", "<@itag ABORT cause=7>|<@itag ABORT cause=7>|<ABORT cause=7>|||||<SHUTDOWN_ACK>"},
	{"INIT os=0", "<@itag ABORT cause=7>||<ABORT cause=7>|||||<SHUTDOWN_ACK>"},
	{"INIT mis=0", "<@itag ABORT cause=7>||<ABORT cause=7>|||||<SHUTDOWN_ACK>"},
	// 5.1.2: "The Host Name Address parameter ... MUST NOT be used".
	{"INIT host", "<@itag ABORT cause=5>||<ABORT cause=5>|||||<SHUTDOWN_ACK>"},
	// 5.2.1, 5.2.2: new addresses are not taken.
	{"INIT add=1", "<INIT_ACK>||<ABORT cause=11>|||||<SHUTDOWN_ACK>"},

	// 5.2.3: "SHOULD discard the INIT ACK" outside COOKIE-WAIT, but for CLOSED.
	{"INIT_ACK", "<@0 ABORT T>|COOKIE-ECHOED <COOKIE_ECHO>|-"},
	{"INIT_ACK rwnd=1499", "<@0 ABORT T>|<@itag ABORT cause=7>|-"},
	{"INIT_ACK notag", "<@0 ABORT T>|CLOSED <@same ABORT T cause=7> CannotStart|-"},
	{"INIT_ACK os=0", "<@0 ABORT T>|CLOSED <@itag ABORT cause=7> CannotStart|-"},
	{"INIT_ACK mis=0", "<@0 ABORT T>|CLOSED <@itag ABORT cause=7> CannotStart|-"},
	{"INIT_ACK nocookie", "<@0 ABORT T>|CLOSED <@itag ABORT cause=2> CannotStart|-"},
	{"@bad INIT_ACK", "<@same ABORT T>|-"},

	// 5.1 D, 5.2.4: table 12.
	{"COOKIE_ECHO fresh", "ESTABLISHED <COOKIE_ACK> p1=ACTIVE Up|-"},
	{"COOKIE_ECHO forged fresh", "-"},
	{"COOKIE_ECHO ports fresh", "-"},
	{"@bad COOKIE_ECHO fresh", "-"},
	{"COOKIE_ECHO stale fresh", "<@other ERROR cause=3>||<ERROR cause=3>"},
	{"COOKIE_ACK; COOKIE_ECHO D", "-|-|ESTABLISHED Up|-"},

	// 5.1 E, 5.2.5.
	{"COOKIE_ACK", "-||ESTABLISHED Up|-"},
	{"@bad COOKIE_ACK", "-"},

	// 6: DATA and SACK. 8.4 in CLOSED.
	{"DATA 1", "<@0 ABORT T>|-||<SACK 1> Readable||<SHUTDOWN 1> Readable|-|-"},
	{"DATA 2 s0:1", "<@0 ABORT T>|-||<SACK 0 gap=2-2>||<SHUTDOWN 0; SACK 0 gap=2-2>|-|-"},
	{"DATA 1 s10:0", "<@0 ABORT T>|-||<ERROR cause=1; SACK 1>||<ERROR cause=1; SHUTDOWN 1>|-|-"},
	{"DATA 1 s0:0 BE(0)", "<@0 ABORT T>|-||CLOSED <ABORT cause=9> Lost|CLOSED <ABORT cause=9> SendFailed Lost|CLOSED <ABORT cause=9> Lost|-|-"},
	{"@bad DATA 1", "<@same ABORT T>|-"},
	{"@0 DATA 1", "<@0 ABORT T>|-"},
	{"SACK 0", "<@0 ABORT T>|-"},
	{"SACK 1", "<@0 ABORT T>|-|||SHUTDOWN-SENT <SHUTDOWN 0> Writable SenderDry|-|SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> Writable SenderDry|-"},
	{"SACK 9", "<@0 ABORT T>|-"},

	// 9.2.
	{"SHUTDOWN 0", "<@0 ABORT T>|-||SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> PeerShutdown|SHUTDOWN-RECEIVED PeerShutdown|SHUTDOWN-ACK-SENT <SHUTDOWN_ACK>|-|<SHUTDOWN_ACK>"},
	{"SHUTDOWN 1", "<@0 ABORT T>|-||SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> PeerShutdown|SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> Writable PeerShutdown|SHUTDOWN-ACK-SENT <SHUTDOWN_ACK>|SHUTDOWN-ACK-SENT <SHUTDOWN_ACK> Writable|<SHUTDOWN_ACK>"},
	{"SHUTDOWN_ACK", "<@0 SHUTDOWN_COMPLETE T>|<@same SHUTDOWN_COMPLETE T>||-||CLOSED <SHUTDOWN_COMPLETE> Finished|-|CLOSED <SHUTDOWN_COMPLETE> Finished"},
	{"@bad SHUTDOWN_ACK", "<@same SHUTDOWN_COMPLETE T>|||-"},
	{"SHUTDOWN_COMPLETE", "-|||||||CLOSED Finished"},
	{"@peer SHUTDOWN_COMPLETE T", "-|||||||CLOSED Finished"},
	{"SHUTDOWN_COMPLETE T", "-"},
	{"@peer SHUTDOWN_COMPLETE", "-"},

	// 9.1, 8.5.1 B: own tag without the T bit, or the peer's with it.
	{"ABORT", "-|CLOSED CannotStart||CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost"},
	{"ABORT cause=12", "-|CLOSED CannotStart||CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost"},
	{"@peer ABORT T", "-|-|CLOSED CannotStart|CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost|CLOSED SendFailed Lost|CLOSED Lost"},
	{"ABORT T", "-"},
	{"@peer ABORT", "-"},
	{"@bad ABORT", "-"},
	{"@bad ABORT T", "-"},

	{"ERROR cause=13", "<@0 ABORT T>|-|RemoteError"},
	{"ERROR cause=3", "-|-|COOKIE-WAIT <INIT>|-"},
	{"@bad ERROR cause=13", "<@same ABORT T>|-"},

	// 8.3.
	{"HEARTBEAT x", "<@0 ABORT T>|-|<HEARTBEAT_ACK>"},
	{"@bad HEARTBEAT x", "<@same ABORT T>|-"},
	{"HEARTBEAT_ACK other", "<@0 ABORT T>|-"},
	{"@bad HEARTBEAT_ACK other", "<@same ABORT T>|-"},

	// 3.2: what to do with types that are not known.
	{"TYPE 63; HEARTBEAT x", "<@0 ABORT T>|-"},
	{"TYPE 127; HEARTBEAT x", "<@0 ABORT T>|-|<ERROR cause=6>"},
	{"TYPE 191; HEARTBEAT x", "<@0 ABORT T>|-|<HEARTBEAT_ACK>"},
	{"TYPE 255; HEARTBEAT x", "<@0 ABORT T>|-|<ERROR cause=6; HEARTBEAT_ACK>"},
}

// TestGrid runs each packet in each state.
func TestGrid(t *testing.T) {
	for _, l := range grid {
		cells := strings.Split(l.cells, "|")
		want := ""
		for i, state := range States() {
			if i < len(cells) && cells[i] != "" {
				want = cells[i]
			}
			r := inState(t, state)
			r.feed(l.packet)
			if got := r.outcome(); got != want {
				t.Errorf("%s in %v: %s, want %s", l.packet, state, got, want)
			}
		}
	}
}

// cookieGrid is RFC 9260 5.2.4, table 12, in the states of its column: each
// letter by a cookie of that kind. In COOKIE-WAIT no tag of the peer's is
// known, so all cookies with our own tag are of kind B there.
var cookieGrid = []line{
	{"COOKIE_ECHO A", "-|ESTABLISHED <COOKIE_ACK> Restarted|<COOKIE_ACK> Restarted|ESTABLISHED <COOKIE_ACK> SendFailed Restarted|ESTABLISHED <COOKIE_ACK> Restarted|ESTABLISHED <COOKIE_ACK> SendFailed Restarted|<SHUTDOWN_ACK; ERROR cause=10>"},
	{"COOKIE_ECHO B", "ESTABLISHED <COOKIE_ACK> Up||<COOKIE_ACK>"},
	{"COOKIE_ECHO C", "-"},
	{"COOKIE_ECHO D", "ESTABLISHED <COOKIE_ACK> Up|ESTABLISHED <COOKIE_ACK> Up|<COOKIE_ACK>"},
	{"COOKIE_ECHO strange", "-"},
	{"COOKIE_ECHO stale A", "<@other ERROR cause=3>"},
	{"COOKIE_ECHO stale C", "<@other ERROR cause=3>|<ERROR cause=3>"},
	{"COOKIE_ECHO stale D", "<@other ERROR cause=3>|ESTABLISHED <COOKIE_ACK> Up|<COOKIE_ACK>"}, // 5.2.4: both tags match, so it is valid
	{"COOKIE_ECHO D; DATA 1", "ESTABLISHED <COOKIE_ACK; SACK 1> Up Readable|ESTABLISHED <COOKIE_ACK; SACK 1> Up Readable|<COOKIE_ACK; SACK 1> Readable||<COOKIE_ACK; SHUTDOWN 1> Readable|<COOKIE_ACK>"},
}

func TestCookieGrid(t *testing.T) {
	for _, l := range cookieGrid {
		cells := strings.Split(l.cells, "|")
		want := ""
		for i, state := range States()[1:] {
			if i < len(cells) && cells[i] != "" {
				want = cells[i]
			}
			r := inState(t, state)
			r.feed(l.packet)
			if got := r.outcome(); got != want {
				t.Errorf("%s in %v: %s, want %s", l.packet, state, got, want)
			}
		}
	}
}

// TestNobodyListens: an endpoint that takes no associations answers with ABORT.
func TestNobodyListens(t *testing.T) {
	r := newRigOf(t, 1, false)
	r.feed("INIT")
	r.want(Closed, "@itag ABORT")
	r.feed("COOKIE_ECHO fresh")
	r.want(Closed, "@same ABORT T")
	r.feed("TYPE 200")
	r.want(Closed, "@0 ABORT T")
}

// callGrid is the user's calls (RFC 9260 11.1) in the order of States.
var callGrid = []struct {
	name  string
	call  func(r *rig)
	cells string
}{
	{"ASSOCIATE", (*rig).associate, "COOKIE-WAIT <INIT>|association already exists"},
	{"SEND", func(r *rig) { r.send(10) }, "association does not exist|-||<DATA 1 s0:0 BE(10)>|association is shutting down"},
	{"SHUTDOWN", (*rig).shutdown, "association does not exist|CLOSED Finished|-|SHUTDOWN-SENT <SHUTDOWN 0>|association is shutting down"},
	{"ABORT", func(r *rig) { r.abort("why") }, "association does not exist|CLOSED Finished|CLOSED <ABORT cause=12> Lost||CLOSED <ABORT cause=12> SendFailed Lost|CLOSED <ABORT cause=12> Lost|CLOSED <ABORT cause=12> SendFailed Lost|CLOSED <ABORT cause=12> Lost"},
}

func TestCallGrid(t *testing.T) {
	for _, l := range callGrid {
		cells := strings.Split(l.cells, "|")
		want := ""
		for i, state := range States() {
			if i < len(cells) && cells[i] != "" {
				want = cells[i]
			}
			r := inState(t, state)
			l.call(r)
			got := r.outcome()
			if r.err != nil {
				got = r.err.Error()
			}
			if got != want {
				t.Errorf("%s in %v: %s, want %s", l.name, state, got, want)
			}
		}
	}
}

// TestTimerGrid: the timer that is due first, in each state that has one; and
// how the association ends when nothing ever comes.
func TestTimerGrid(t *testing.T) {
	for _, c := range []struct {
		state State
		want  string
		end   string
		at    time.Duration
	}{
		{CookieWait, "<INIT>", "CannotStart", 243 * time.Second},
		{CookieEchoed, "<COOKIE_ECHO>", "CannotStart", 243 * time.Second},
		{ShutdownPending, "<DATA 1 s0:0 BE(10)>", "SendFailed Lost", 363 * time.Second},
		{ShutdownSent, "<SHUTDOWN 0>", "Lost", 300 * time.Second},
		{ShutdownReceived, "<DATA 1 s0:0 BE(10)>", "SendFailed Lost", 363 * time.Second},
		{ShutdownAckSent, "<SHUTDOWN_ACK>", "Lost", 300 * time.Second},
	} {
		r := inState(t, c.state)
		r.expire()
		if got := r.outcome(); got != c.want {
			t.Errorf("%v: %s, want %s", c.state, got, c.want)
		}
		var at time.Duration
		for r.a.State() != Closed {
			at = r.expire()
		}
		if got := r.signals(); got != c.end || at != c.at {
			t.Errorf("%v: %s at %v, want %s at %v", c.state, got, at, c.end, c.at)
		}
	}
}

// TestAutoclose: an association without user data is shut down (RFC 6458
// 8.1.8); data in either direction begins the time anew.
func TestAutoclose(t *testing.T) {
	r := established(t, func(c *Config) { c.Autoclose = 10 * time.Second })
	r.sleep(4 * time.Second)
	r.feed("DATA 1")
	r.sleep(9 * time.Second)
	r.send(10)
	r.feed("SACK 1")
	if at := r.expire(); at != 23*time.Second {
		t.Errorf("shut down at %v, want 23 s", at)
	}
	r.want(ShutdownSent, "SHUTDOWN 1")
}
