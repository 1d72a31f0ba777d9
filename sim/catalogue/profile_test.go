package catalogue_test

import (
	"strings"
	"testing"

	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/wire/codec"
)

// bare is what the book's rows assume: no window scale, timestamps or SACK.
const bare = "wscale=off timestamps=off sack=off "

// observed is what one row of the scenario book says of a system: a scenario
// under its profile, with settings and with what its programs must see put
// otherwise, and the facts that then hold.
type observed struct {
	row      string // of the book
	profile  string
	scenario string
	set      string   // settings of every host
	instead  []string // pairs: a text of the scenario, and what stands there instead
	check    string
}

// book is every number that the scenario book gives for linux and freebsd, as
// far as the stack has what it takes; times are those of the runs, whose first
// second is the opening's.
var book = []observed{
	{row: "2 simultaneous-open", profile: "linux", scenario: "simultaneous-open", check: `
		packets = 6; lost = 0; time a.ACK = 20ms; time b.ACK = 20ms
		sequence a>S b>S a>S. b>S. a>. b>.
		state A = SYN-RECEIVED 10ms..20ms, then ESTABLISHED; state B = SYN-RECEIVED 10ms..20ms, then ESTABLISHED`},
	{row: "3 self-connect", profile: "linux", scenario: "self-connect", check: `
		count a.S = 2; count a.S. = 1; count a = 5; time a.ACK = 0s; errno A = none    # two are the text and its ACK
		path A = SYN-SENT SYN-RECEIVED ESTABLISHED`},
	{row: "5 reboot-then-syn", profile: "linux", scenario: "reboot-then-syn",
		instead: []string{"at 2.020s", "at 1.048s", "at 2.030s", "at 1.058s"}, check: `
		packets = 9; sequence a>S b>S. a>. a>S b>. a>R a>S b>S. a>.
		time a.R = 1.020s; time a.S[3] = 1.028s, retransmission 1
		state B = ESTABLISHED 30ms..1.030s, then CLOSED; errno B = ECONNRESET`},
	{row: "6 reboot-then-data", profile: "freebsd", scenario: "reboot-then-data",
		instead: []string{"recv = ECONNRESET at 1.020s", "at 1.5s\nsend \"y\" = EPIPE\nrecv = ECONNRESET"}, check: `
		errno B = EPIPE ECONNRESET; never b>F`},
	{row: "8 syn-lost, then no 3 s", profile: "linux", scenario: "syn-lost", instead: []string{"at 5.010s", "at 3.010s"}, check: `
		time a.S[2] = 1s; time a.P = 2s; time a.P[2] = 3s, retransmission 1`},
	{row: "9 synack-lost", profile: "linux", scenario: "synack-lost", check: synackLost},
	{row: "9 synack-lost", profile: "freebsd", scenario: "synack-lost", check: synackLost},
	{row: "12 connect-blackhole", profile: "linux", scenario: "connect-blackhole", instead: []string{"183s", "131s"}, check: `
		packets = 11; time a.S[2] = 1s; time a.S[3] = 2s; time a.S[4] = 3s; time a.S[5] = 4s; time a.S[6] = 5s
		time a.S[7] = 7s; time a.S[8] = 11s; time a.S[9] = 19s; time a.S[10] = 35s; time a.S[11] = 67s`},
	{row: "12 connect-blackhole, before 6.5", profile: "linux", scenario: "connect-blackhole", set: "syn_linear=0 syn_retries=6",
		instead: []string{"183s", "127s"}, check: `
		packets = 7; time a.S[2] = 1s; time a.S[3] = 3s; time a.S[4] = 7s; time a.S[5] = 15s; time a.S[6] = 31s; time a.S[7] = 63s`},
	{row: "12 connect-blackhole", profile: "freebsd", scenario: "connect-blackhole", instead: []string{"183s", "75s"}, check: `
		packets = 7; time a.S[2] = 1s; time a.S[3] = 3.2s; time a.S[4] = 7.4s; time a.S[5] = 15.6s; time a.S[6] = 31.8s; time a.S[7] = 64s`},
	{row: "13 accept-queue-full", profile: "linux", scenario: "accept-queue-full", check: `
		count b.S = 2; count a.S from 0s to 201ms = 5; never b>R      # the third connects at 100 ms
		count a.S from 1.1s to 1.11s = 1; count a.S from 2.1s to 2.11s = 1; count a.S from 3.1s to 3.11s = 1
		count a.S from 4.1s to 4.11s = 1; count a.S from 5.1s to 5.11s = 1; count a.S from 7.1s to 7.11s = 1
		count a.S = 23      # and none between; at 8 s the run ends`},
	{row: "15 accept-ewouldblock", profile: "linux", scenario: "accept-ewouldblock",
		instead: []string{"l.accept DONTWAIT = ECONNABORTED\nl.accept DONTWAIT = EAGAIN", "c = l.accept DONTWAIT\nc.recv = ECONNRESET\nl.accept DONTWAIT = EAGAIN"}, check: `
		sequence a>S b>S. a>. a>R.
		errno B = ECONNRESET EAGAIN`},
	{row: "15 accept-ewouldblock", profile: "freebsd", scenario: "accept-ewouldblock", check: `errno B = ECONNABORTED EAGAIN`},
	{row: "16 syn-flood, a half-open connection", profile: "linux", scenario: "third-ack-lost-silent", instead: []string{"drop a#2", "cut 5ms.. from A", "accept at 1.030s", "accept = BLOCKED"}, check: `
		time b.S = 10ms; time b.S[2] = 1.010s; time b.S[6] = 31.010s; count b.S = 6; state B = SYN-RECEIVED 10ms..63.010s, then CLOSED`},
	{row: "16 syn-flood, no cookies", profile: "linux", scenario: "syn-flood", set: "syn_queue=128",
		instead: []string{"connect B:4500 = ETIMEDOUT at 184s", "connect B:4500 = 0 at 68.020s", "accept = BLOCKED", "accept = 4"}, check: `
		count b.S from 0s to 0.011s = 128; count b.S = 769      # 128 six times, and A's
		time a.S[11] = 68s; count a.S = 11; never a>R`},
	{row: "16 syn-flood-cookies", profile: "linux", scenario: "syn-flood-cookies", set: "syn_queue=128", check: `
		count b.S from 0s to 0.011s = 1000; count b.S from 1.010s to 1.011s = 129`},
	{row: "18 close-four-segments, 2MSL", profile: "linux", scenario: "close-four-segments", set: "finack=immediate", check: closeFour},
	{row: "18 close-four-segments, 2MSL", profile: "freebsd", scenario: "close-four-segments", check: closeFour},
	{row: "19 close-three-segments", profile: "linux", scenario: "close-three-segments", instead: []string{" finack=delayed", ""}, check: `
		packets = 6; sequence a>S b>S. a>. a>F. b>F. a>.
		time b.F = 1.030s; time a.ACK[2] = 1.040s
		path A = SYN-SENT ESTABLISHED FIN-WAIT-1 TIME-WAIT CLOSED`},
	{row: "19 close-three-segments", profile: "freebsd", scenario: "close-three-segments", instead: []string{" finack=delayed", ""}, check: `
		packets = 7; sequence a>S b>S. a>. a>F. b>. b>F. a>.
		path A = SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED`},
	{row: "21 simultaneous-close-fin-lost", profile: "linux", scenario: "simultaneous-close-fin-lost", set: "sack=on", check: `
		time a.F = 1s; time a.F[2] = 1.220s, retransmission 1; packets = 8`},
	{row: "21 simultaneous-close-fin-lost, RTO", profile: "freebsd", scenario: "simultaneous-close-fin-lost", check: `
		time a.F = 1s; time a.F[2] = 1.260s, retransmission 1; packets = 8`},
	{row: "25 last-ack-lost-no-timewait", profile: "linux", scenario: "last-ack-lost-no-timewait", set: "sack=on", instead: []string{"SO_ERROR = 0", "SO_ERROR = ECONNRESET"},
		check: `state B = CLOSED at 4s; a.R.flags = R; time b.F[2] = 2.250s`},
	{row: "25 last-ack-lost-no-timewait", profile: "freebsd", scenario: "last-ack-lost-no-timewait", instead: []string{"SO_ERROR = 0", "SO_ERROR = ECONNRESET"},
		check: `state B = CLOSED at 4s; a.R.flags = R; time b.F[2] = 2.290s`},
	{row: "28 timewait-assassination", profile: "linux", scenario: "timewait-assassination", set: "finack=immediate", check: `
		time a.ACK[4] = 10.010s; time b.R = 10.020s; state A = TIME-WAIT 1.020s..10.030s, then CLOSED`},
	{row: "28 timewait-assassination, rfc1337=1", profile: "linux", scenario: "timewait-assassination", set: "rfc1337=on", check: `
		time b.R = 10.020s; state A = TIME-WAIT 1.020s..70.010s, then CLOSED      # the old text restarts 2MSL`},
	{row: "28 timewait-assassination", profile: "freebsd", scenario: "timewait-assassination", check: `
		time b.R = 10.020s; state A = TIME-WAIT 1.020s..61.020s, then CLOSED`},
	{row: "29 bind-eaddrinuse", profile: "linux", scenario: "bind-eaddrinuse", instead: []string{"241.019s", "61.019s", "241.020s", "61.020s"}, check: bindInUse},
	{row: "29 bind-eaddrinuse, SO_REUSEADDR on the new socket", profile: "linux", scenario: "bind-eaddrinuse",
		instead: []string{"l = socket tcp", "l = socket tcp\nl.setsockopt SO_REUSEADDR 1", "241.019s", "61.019s", "241.020s", "61.020s"}, check: bindInUse},
	{row: "29 bind-eaddrinuse, SO_REUSEADDR on both", profile: "linux", scenario: "bind-eaddrinuse",
		instead: []string{"listen :4500\naccept", "o = socket tcp\no.setsockopt SO_REUSEADDR 1\no.listen :4500\no.accept", "l = socket tcp\nl.bind :4500 = EADDRINUSE", "l = socket tcp\nl.setsockopt SO_REUSEADDR 1\nl.bind :4500 = 0\nl.listen = 0", restartLater, ""},
		check:   `state B = TIME-WAIT at 2s; errno B = none`},
	{row: "31 syn-in-timewait-below", profile: "linux", scenario: "syn-in-timewait-below",
		instead: []string{"at 11.020s", "at 10.048s", "at 11.030s", "at 10.058s"}, check: `
		time b.ACK[2] = 10.010s; time a.R = 10.020s; time a.S[3] = 10.028s; state B = TIME-WAIT 1.020s..10.030s, then CLOSED
		violates I-17      # for iss= is given`},
	{row: "31 syn-in-timewait-below", profile: "freebsd", scenario: "syn-in-timewait-below",
		instead: []string{"at 11.020s", "at 74.020s", "at 11.030s", "at 74.030s"}, check: `
		time a.R = 10.020s; state B = TIME-WAIT 1.020s..61.020s, then CLOSED; time a.S[8] = 74s      # S at +0 1 3.2 7.4 15.6 31.8 64 s
		violates I-17`},
	{row: "33 full-close-echo", profile: "linux", scenario: "full-close-echo", set: "finack=immediate", instead: []string{"= ECONNRESET", "= EPIPE"}, check: fullClose},
	{row: "33 full-close-echo", profile: "freebsd", scenario: "full-close-echo", instead: []string{"= ECONNRESET at 8.003s\nrecv = EOF", "= EPIPE at 8.003s\nrecv = ECONNRESET"}, check: `
		packets = 11; time a.R = 4.004s; a.R.seq = 16; a.R.flags = R; errno B = EPIPE ECONNRESET`},
	{row: "34 close-with-unread-data", profile: "linux", scenario: "close-with-unread-data", check: unread},
	{row: "34 close-with-unread-data", profile: "freebsd", scenario: "close-with-unread-data", check: unread},
	{row: "35 linger-zero", profile: "linux", scenario: "linger-zero", instead: []string{"recv = ECONNRESET", "recv = \"abcdefghij\"\nrecv = ECONNRESET"}, check: linger},
	{row: "35 linger-zero", profile: "freebsd", scenario: "linger-zero", instead: []string{"recv = ECONNRESET", "recv = \"abcdefghij\"\nrecv = ECONNRESET"}, check: linger},
	{row: "37 shut-rd", profile: "linux", scenario: "shut-rd", instead: []string{"at 1.2s\nrecv = EOF", "at 1.2s\nrecv 10 = \"abcdefghij\"\nrecv = EOF"}, check: `bytes A>B = 10; b.ACK.ack = 11`},
	{row: "37 shut-rd", profile: "freebsd", scenario: "shut-rd", check: `bytes A>B = 0; b.ACK.ack = 11`},
	{row: "38 send-after-peer-close", profile: "linux", scenario: "send-after-peer-close", set: "finack=immediate", instead: []string{"= ECONNRESET", "= EPIPE"}, check: `
		packets = 7; b.R.seq = 2; b.R.flags = R; errno A = EPIPE`},
	{row: "38 send-after-peer-close", profile: "freebsd", scenario: "send-after-peer-close", instead: []string{"= ECONNRESET\nrecv = EOF", "= EPIPE\nrecv = ECONNRESET\nrecv = EOF"}, check: `
		packets = 7; b.R.seq = 2; b.R.flags = R; errno A = EPIPE ECONNRESET`},
	{row: "38 send-after-peer-close, recv first", profile: "linux", scenario: "send-after-peer-close",
		instead: []string{"send \"y\" = ECONNRESET\nrecv = EOF", "recv = EOF\ngetsockopt SO_ERROR = EPIPE"}, check: `packets = 7`},
	{row: "39 close-wait-pileup", profile: "linux", scenario: "close-wait-pileup", set: "finack=immediate", check: `
		state A c1 = FIN-WAIT-2 40ms..60.040s, then CLOSED; state A c5 = CLOSED at end; state B c1 = CLOSE-WAIT at end; errno B = EMFILE`},
	{row: "40 orphan-fin-wait-2", profile: "linux", scenario: "orphan-fin-wait-2", set: "finack=immediate", instead: []string{"= ECONNRESET", "= EPIPE"}, check: orphan},
	{row: "40 orphan-fin-wait-2", profile: "freebsd", scenario: "orphan-fin-wait-2", instead: []string{"= ECONNRESET", "= EPIPE"}, check: orphan},
	{row: "41 close-wait-blocks-reuse", profile: "linux", scenario: "close-wait-blocks-reuse", set: "finack=immediate",
		instead: []string{"at 6.020s", "at 5.048s", "at 6.030s", "at 5.058s", "= ECONNRESET\nd = accept at 5.058s", "= EPIPE\nd = accept"}, check: `
		packets = 11; time a.R = 5.020s; time a.S[3] = 5.028s; state B = CLOSE-WAIT 1.010s..5.030s, then CLOSED; errno B = EPIPE`},
	{row: "43 fin-before-hole", profile: "linux", scenario: "fin-before-hole", set: "sack=on", instead: []string{"2.010s", "1.035s"}, check: `
		sequence a>S b>S. a>. a>P. a>F. b>. a>P. b>.
		time b.ACK = 1.010s; b.ACK.ack = 1      # and reports the FIN
		time a.P[2] = 1.025s, retransmission 1      # a quarter of a round trip for reordering`},
	{row: "45 last-ack-give-up", profile: "linux", scenario: "last-ack-give-up", set: "sack=on", check: `
		time b.F = 3s; time b.F[2] = 3.220s; time b.F[3] = 3.440s; time b.F[10] = 59.320s      # a probe, eight retransmissions, then the RTO of 56.32 s
		count b.F = 10; state B = LAST-ACK 3s..115.640s, then CLOSED; never b>R`},
	{row: "46 keepalive-dead-peer", profile: "linux", scenario: "keepalive-dead-peer", check: keepalive},
	{row: "46 keepalive-dead-peer", profile: "freebsd", scenario: "keepalive-dead-peer", check: keepalive},
	{row: "49 nat-idle-drop", profile: "linux", scenario: "nat-idle-drop", set: "sack=on", instead: []string{"523s", "1345.280s"}, check: `
		time a.P = 400s; time a.P[2] = 400.220s; state A = ESTABLISHED 20ms..1345.280s, then CLOSED; count a.P = 17`},
	{row: "50 user-timeout", profile: "linux", scenario: "user-timeout", set: "sack=on", instead: []string{"at 9s", "at 9.440s"}, check: `
		time a.P = 1s; time a.P[2] = 1.220s; time a.P[3] = 1.440s; time a.P[4] = 1.880s; time a.P[5] = 2.760s; time a.P[6] = 4.520s
		time a.P[7] = 8.040s; count a.P = 7; never a>R      # measured: .23 .46 .92 1.85 3.68 7.36, the end at 8.5 s`},
	{row: "51 retransmit-give-up", profile: "linux", scenario: "retransmit-give-up", set: "sack=on", instead: []string{"at 124s", "at 946.280s"}, check: `
		time a.P = 1s; time a.P[2] = 1.220s; time a.P[3] = 1.440s; time a.P[12] = 226.280s; time a.P[13] = 346.280s; count a.P = 17`},
	{row: "51 retransmit-give-up, without SACK no probe", profile: "linux", scenario: "retransmit-give-up", instead: []string{"at 124s", "at 946.060s"}, check: `
		time a.P = 1s; time a.P[2] = 1.220s; time a.P[3] = 1.660s; time a.P[11] = 226.060s; time a.P[12] = 346.060s; count a.P = 16`},
	{row: "51 retransmit-give-up, by tcp_backoff", profile: "freebsd", scenario: "retransmit-give-up", instead: []string{"at 124s", "at 157.140s"}, check: `
		time a.P = 1s; time a.P[2] = 1.260s; time a.P[3] = 1.580s; time a.P[4] = 2.020s; time a.P[5] = 2.700s; count a.P = 13
		time a.P[10] = 33.460s; time a.P[11] = 64.380s; time a.P[12] = 95.300s; time a.P[13] = 126.220s`},
	{row: "55 nagle-delayed-ack", profile: "linux", scenario: "nagle-delayed-ack", instead: []string{"at 1.720s", "at 1.200s"}, check: `
		time a.P = 1s; time b.P = 1.030s      # the first exchange lasts 40 ms, the others 80
		time a.P[3] = 1.040s; time b.P[2] = 1.110s; time a.P[5] = 1.120s; time b.P[3] = 1.190s; time a.F = 1.200s`},
	{row: "57 zero-window", profile: "linux", scenario: "zero-window", check: `
		bytes A>B = 10000; time a.P = 1s; time a.ACK[2] = 1.240s; time a.ACK[3] = 1.680s; time a.ACK[4] = 2.560s
		each a.ACK[2..4]: seq = 2920, len = 0; never a>F; each b.ACK[3..5]: ack = 2921, win = 0`},
	{row: "60 fast-retransmit, CUBIC", profile: "linux", scenario: "fast-retransmit", check: `
		time a.P[11] = 1.020s, retransmission 1; a.P[11].seq = 2921; count a.P = 11; cwnd A = 8176 at 2s      # beta is 0.7`},
	{row: "60 fast-retransmit, CUBIC", profile: "freebsd", scenario: "fast-retransmit", check: `
		time a.P[11] = 1.020s, retransmission 1; a.P[11].seq = 2921; count a.P = 11; cwnd A = 8176 at 2s`},
	{row: "61 tail-loss, a probe", profile: "linux", scenario: "tail-loss-probe-lone", check: `
		time a.P[11] = 1.240s, retransmission 1; a.P[11].seq = 13141      # the RTO bounds the PTO`, set: "sack=on"},
	{row: "61 tail-loss, a probe and RACK", profile: "linux", scenario: "tail-loss-probe", set: "sack=on", check: `
		time a.P[11] = 1.060s, retransmission 1; a.P[11].seq = 13141; time a.P[12] = 1.080s, retransmission 1; a.P[12].seq = 11681`},
	{row: "61 tail-loss, no probe", profile: "freebsd", scenario: "tail-loss", set: "sack=on", check: `
		time a.P[11] = 1.270s, retransmission 1      # after 20 ms, an RTO of 250`},
	{row: "62 reordering-vs-dupthresh, RACK", profile: "linux", scenario: "rack-reordering", set: "sack=on", check: `
		retransmitted a = 1; spurious a = 1; time a.P[11] = 1.020s, retransmission 1; a.P[11].seq = 2921`},
	{row: "62 reordering-vs-dupthresh, and the window is back", profile: "linux", scenario: "spurious-fast-retransmit-undo", set: "sack=on", check: `
		retransmitted a = 1; spurious a = 1; count a.P from 2s to 2.010s = 10`},
	{row: "README 10, the SYN's options", profile: "linux", scenario: "three-way-handshake", set: "sack=on timestamps=on wscale=on", check: `
		a.S.wscale = 7; b.S.wscale = 7; a.S.mss = 1460`},
	{row: "README 9, the SYN's options", profile: "freebsd", scenario: "three-way-handshake", set: "sack=on timestamps=on wscale=on", check: `
		a.S.wscale = 6; b.S.wscale = 6; a.S.mss = 1460; a.S.win = 65535`},
	{row: "segments with timestamps", profile: "linux", scenario: "fast-retransmit", set: "sack=on timestamps=on wscale=on", instead: []string{"14600", "14480"}, check: `
		each a.P[1..10]: len = 1448; count a.P = 11`},
}

const (
	synackLost = `
		packets = 5; lost = 1; sequence a>S a>S b>S. a>.
		b.S[2].seq = b.S.seq
		state A = SYN-SENT 0s..1.020s, then ESTABLISHED; state B = SYN-RECEIVED 10ms..1.030s, then ESTABLISHED`
	closeFour = `
		packets = 7; state A = TIME-WAIT 2.040s..62.040s, then CLOSED`
	bindInUse = `
		state B = TIME-WAIT 1.020s..61.020s, then CLOSED; errno B = EADDRINUSE EADDRINUSE`
	restartLater = "at 241.019s\nl.bind :4500 = EADDRINUSE\nat 241.020s\nl.bind :4500 = 0\nl.listen = 0\n"
	fullClose    = `
		packets = 11; time a.R = 4.004s; a.R.seq = 16; a.R.flags = R; errno B = EPIPE; bytes A>B = 14`
	unread = `
		packets = 6; time b.R = 1.200s; b.R.flags = R.; errno A = ECONNRESET EPIPE; never b>F`
	linger = `
		time a.R = 1.100s; a.R.flags = R.; bytes A>B = 10; errno B = ECONNRESET; path A = SYN-SENT ESTABLISHED CLOSED`
	orphan = `
		state A = FIN-WAIT-2 1.020s..4.020s, then CLOSED; a.R.flags = R; errno B = EPIPE`
	keepalive = `
		time a.ACK[2] = 60.020s; time a.ACK[3] = 65.020s; time a.ACK[4] = 70.020s; time a.R = 75.020s; a.R.flags = R.
		errno A = ETIMEDOUT; state A = ESTABLISHED 20ms..75.020s, then CLOSED`
)

// source is the scenario as the row has it.
func (o *observed) source(t *testing.T) string {
	t.Helper()
	src, ok := catalogue.Source("tcp/" + o.scenario)
	if !ok {
		t.Fatalf("no scenario %q", o.scenario)
	}
	text, _, _ := strings.Cut(string(src), "-- want --\n")
	head, _, _ := strings.Cut(text, "-- check --\n")
	for i := 0; i < len(o.instead); i += 2 {
		if !strings.Contains(head, o.instead[i]) {
			t.Fatalf("%q does not stand in the scenario", o.instead[i])
		}
		head = strings.ReplaceAll(head, o.instead[i], o.instead[i+1])
	}
	check := strings.ReplaceAll(strings.TrimSpace(o.check), "\t", "")
	return head + "-- check --\n" + check + "\n"
}

// TestBookUnderProfiles runs what the book says of systems.
func TestBookUnderProfiles(t *testing.T) {
	for _, o := range book {
		t.Run(o.row+" "+o.profile, o.run)
	}
}

func (o *observed) run(t *testing.T) {
	f, err := script.Parse("tcp/"+o.scenario, o.scenario+".sim", []byte(o.source(t)))
	if err != nil {
		t.Fatal(err)
	}
	edits := script.Edits{{Flag: "profile", Value: o.profile}}
	for _, s := range strings.Fields(bare + o.set) {
		edits = append(edits, script.Edit{Flag: "set", Value: s})
	}
	r, err := f.Run(edits, codec.New(), script.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range r.Problems() {
		t.Error(p)
	}
	if t.Failed() {
		ladder, _ := r.Golden()
		t.Log(ladder)
	}
}
