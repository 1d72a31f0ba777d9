package script

import (
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim/trace"
	"simrun/wire"
)

// runLog builds a log by hand: A opens to B, sends 3 octets that are lost and
// sent again, closes, and B resets.
func runLog() *trace.Log {
	l := &trace.Log{
		Hosts: []trace.Host{{Name: "A"}, {Name: "B"}},
		Links: []trace.Link{{Name: "A-B", Hosts: [2]int{0, 1}}},
		Conns: []trace.Conn{{Ends: [2]trace.ConnEnd{{Host: 0}, {Host: 1}}}},
	}
	step, sent := 0, [2]int{}
	ms := func(n int) clock.Time { return clock.At(time.Duration(n) * time.Millisecond) }
	arrive := func(at, i int) {
		step++
		p := &l.Packets[i]
		p.Copies[0].Fate, p.Copies[0].At = trace.Arrived, ms(at)
		l.Add(trace.Event{Step: step, At: ms(at), Kind: trace.Arrive, Host: 1 - p.From, Packet: i})
	}
	send := func(at, from int, flags wire.Flags, seq, ack uint32, data string, resend int) int {
		i := len(l.Packets)
		sent[from]++
		id := l.Add(trace.Event{Step: step, At: ms(at), Kind: trace.Send, Host: from, Packet: i})
		l.Packets = append(l.Packets, trace.Packet{
			From: from, N: sent[from], Resend: resend, Sent: id, SeqBase: 1000, AckBase: 1000,
			Pkt: wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
				Seq: wire.Seq(1000 + seq), Ack: wire.Seq(1000 + ack), Flags: flags, Window: 65535, Payload: []byte(data),
			}},
			Copies: []trace.Copy{{To: 1 - from}},
		})
		return i
	}
	state := func(at, host int, from, to string) {
		l.Add(trace.Event{Step: step, At: ms(at), Kind: trace.State, Host: host, Packet: -1, From: from, To: to})
	}
	step++
	l.Add(trace.Event{Step: step, Kind: trace.Call, Packet: -1, Call: trace.CallText{Name: "connect"}})
	s := send(0, 0, wire.SYN, 0, 0, "", 0)
	state(0, 0, "CLOSED", "SYN-SENT")
	arrive(10, s)
	sa := send(10, 1, wire.SYN|wire.ACK, 0, 1, "", 0)
	state(10, 1, "LISTEN", "SYN-RECEIVED")
	arrive(20, sa)
	a := send(20, 0, wire.ACK, 1, 1, "", 0)
	window := func(at int, w trace.Window) {
		l.Add(trace.Event{Step: step, At: ms(at), Kind: trace.Signal, Host: 0, Packet: -1, Window: w})
	}
	window(20, trace.Window{Phase: "slow-start", Cwnd: 4000, Pipe: 3})
	state(20, 0, "SYN-SENT", "ESTABLISHED")
	lost := send(20, 0, wire.ACK|wire.PSH, 1, 1, "abc", 0)
	l.Packets[lost].Copies[0].Fate = trace.LostOnLink
	arrive(30, a)
	state(30, 1, "SYN-RECEIVED", "ESTABLISHED")
	step++
	l.Add(trace.Event{Step: step, At: ms(1020), Kind: trace.Timer, Packet: -1, Text: "RTO 1 s, next 2 s"})
	window(1020, trace.Window{Phase: "loss-recovery", Cwnd: 1000, Ssthresh: 2000})
	again := send(1020, 0, wire.ACK, 1, 1, "abc", 1) // no PSH: data all the same
	arrive(1030, again)
	r := send(1030, 1, wire.RST, 1, 0, "", 0)
	state(1030, 1, "ESTABLISHED", "CLOSED")
	l.Events[len(l.Events)-1].Row = trace.RowText{ID: "tcp.call.abort", Ref: "RFC 9293 3.10.5"}
	arrive(1040, r)
	state(1040, 0, "ESTABLISHED", "CLOSED")
	l.Add(trace.Event{Step: step, At: ms(1040), Kind: trace.Return, Packet: -1,
		Call: trace.CallText{Name: "recv", Result: "ECONNRESET", Failed: true}})
	// A forged packet in A's name: no number, and not in A's capture.
	l.Packets = append(l.Packets, trace.Packet{From: 0, Forged: true, Pkt: wire.Packet{Proto: wire.ProtoTCP}})
	id := l.Add(trace.Event{Step: step, At: ms(1050), Kind: trace.Send, Host: 0, Packet: 6})
	l.Packets[6].Sent = id
	return l
}

func TestFacts(t *testing.T) {
	r := &Result{
		Log:        runLog(),
		Delivered:  []Stream{{From: 0, To: 1, Octets: 3}},
		Unread:     []int64{2, 3},
		Violations: []string{"I-16"},
	}
	tests := []struct{ fact, failure string }{ // failure is "" when the fact holds
		{"packets = 6", ""},
		{"packets = 7", "packets: want 7\n   got 6"},
		{"lost = 1", ""},
		{"lost = 0", "lost: want 0\n   got 1"},
		{"retransmitted a = 1", ""},
		{"retransmitted b = 1", "retransmitted b: want 1\n   got 0"},
		{"spurious a = 0", ""},
		{"spurious a = 1", "spurious a: want 1\n   got 0"},

		{"count a = 4", ""},
		{"count a.P = 2", ""},
		{"count a.ACK = 1", ""},
		{"count a.P from 20ms to 1.020s = 1", ""},
		{"count a.P on A-B = 2", ""},
		{"count b.S = 0", "count b.S: want 0\n   got 1; b#1 at 0.010 s is one too many"},
		{"count b.R from 0s to 1.030s = 1", "count b.R from 0s to 1.030s: want 1\n   got 0"},
		{"never a>F", ""},
		{"never b>R", "never b>R: want 0\n   got 1; b#2 at 1.030 s is one too many"},

		{"sequence a>S b>S. a>. a>P. a>P. b>R", ""},
		{"sequence a>S b>S. a>. a>P. b>R", "sequence: want b>R as packet 5 of 5\n   got a>P. (a#4 at 1.020 s)"},
		{"sequence a>S b>S. a>. a>P. a>P.", "sequence: want 5 packets\n   got 6; b>R (b#2 at 1.040 s) comes after the last"},
		{"sequence a>S b>S. a>. a>P. a>P. b>R a>.", "sequence: want a>. as packet 7 of 7\n   got no more packets"},
		{"sequence a>INIT", "sequence: want a>INIT as packet 1 of 1\n   got a>S (a#1 at 0.000 s)"},

		{"time a.P[2] = 1.020s, retransmission 1", ""},
		{"time a#3 = 20ms", ""},
		{"time a.P[2] = 1s", "time a.P[2]: want 1.000 s\n   got 1.020 s"},
		{"time a.F = 1s", "time a.F: want 1.000 s\n   got no such packet: a sent 0 F"},
		{"time a.P = 20ms, retransmission 1", "time a.P: want retransmission 1\n   got retransmission 0"},

		{"state A = ESTABLISHED at 20ms", ""},
		{"state A = SYN-SENT at 19.999999ms", ""},
		{"state B = CLOSED at end", ""},
		{"state B = LISTEN at 0s", ""},
		{"state A = ESTABLISHED 20ms..1.040s, then CLOSED", ""},
		{"state A = CLOSED 1.040s..", ""},
		{"state A = ESTABLISHED at end", "state A: want ESTABLISHED at the end\n   got CLOSED at 1.040 s: b#2 R came"},
		{"state B = ESTABLISHED 30ms..2s, then CLOSED",
			"state B: want ESTABLISHED until 2.000 s\n   got CLOSED at 1.030 s: a#4 P. came (tcp.call.abort; 3.10.5)"},
		{"state B = ESTABLISHED 30ms..1.030s, then CLOSE-WAIT",
			"state B: want CLOSE-WAIT after ESTABLISHED\n   got CLOSED at 1.030 s: a#4 P. came (tcp.call.abort; 3.10.5)"},
		{"state A = ESTABLISHED 10ms..1s", "state A: want ESTABLISHED from 0.010 s\n   got ESTABLISHED at 0.020 s: b#1 S. came"},
		{"state A = TIME-WAIT 10ms..1s", "state A: want TIME-WAIT from 0.010 s\n   got SYN-SENT at 0.000 s: connect"},
		{"state A = CLOSED 1.040s..2s", "state A: want CLOSED until 2.000 s\n   got CLOSED until the end"},
		{"state A c2 = CLOSED at end", ""},
		{"cwnd A = 4000 at 20ms", ""},
		{"cwnd A = 4000 at 1.019s", ""},
		{"cwnd A c1 = 1000 at end", ""},
		{"ssthresh A = 2000 at 1.020s", ""},
		{"pipe A = 3 at 1s", ""},
		{"phase A = loss-recovery at end", ""},
		{"phase A = slow-start at 2s", "phase A: want slow-start at 2.000 s\n   got loss-recovery since 1.020 s"},
		{"cwnd A = 1 at 1s", "cwnd A: want 1 at 1.000 s\n   got 4000 since 0.020 s"},
		{"cwnd A = 4000 at 10ms", "cwnd A: want 4000 at 0.010 s\n   got no word of a window until then"},
		{"cwnd B = 4000 at end", "cwnd B: want 4000 at the end\n   got no word of a window until then"},

		{"path A = SYN-SENT ESTABLISHED CLOSED", ""},
		{"path B = SYN-RECEIVED CLOSED", "path B: want SYN-RECEIVED CLOSED\n   got SYN-RECEIVED ESTABLISHED CLOSED"},

		{"each a.P: seq = 1, len = 3, ack = 1, end = 4", ""},
		{"each a.P[1..2]: win != 0", ""},
		{"each a.P: seq != 1", "each a.P: want seq != 1\n   got seq = 1 in a#3 at 0.020 s"},
		{"each a.P[1..3]: seq = 1", "each a.P[1..3]: want at least 3 of them\n   got 2"},
		{"each a.F: seq = 1", "each a.F: want at least 1 of them\n   got 0"},
		{"a.P.seq = a.P[2].seq", ""},
		{"b.S.flags = S.", ""},
		{"a.P[2].retransmission = 1", ""},
		{"b.S.flags = S", "b.S.flags: want flags = S\n   got flags = S. in b#1 at 0.010 s"},
		{"b.R.seq != a.P.seq", "b.R.seq: want seq != 1 (seq of a#3)\n   got seq = 1 in b#2 at 1.030 s"},
		{"b.R.ack = 1", "b.R.ack: want ack = 1\n   got b#2 at 1.030 s without ack"},
		{"b.F.seq = 1", "b.F.seq: want a packet\n   got no such packet: b sent 0 F"},
		{"b.R.seq = a.S.mss", "b.R.seq: want a packet to compare with\n   got a#1 without mss"},

		{"bytes A>B = 3", ""},
		{"bytes B>A = 3", "bytes B>A: want 3\n   got 0"},
		{"bytes unread = 5", ""},
		{"bytes unread B = 2", "bytes unread B: want 2\n   got 3"},
		{"errno A = ECONNRESET", ""},
		{"errno B = none", ""},
		{"errno A = ECONNRESET EPIPE", "errno A: want ECONNRESET EPIPE\n   got recv = ECONNRESET at 1.040 s"},
		{"errno B = EPIPE", "errno B: want EPIPE\n   got none"},
		{"violates I-16", ""},
		{"violates I-2", "violates I-2: want a violation\n   got I-16"},
	}
	for _, tt := range tests {
		f := mustParse(t, twoHosts+"-- check --\n"+tt.fact+"\n")
		want := tt.failure
		if want != "" {
			want = "test.sim:7:1: " + want
		}
		var got []string
		for _, failure := range f.Evaluate(r) {
			got = append(got, failure.String())
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("%s:\nwant %s\ngot  %s", tt.fact, want, got)
		}
	}
}

func TestLoopbackIsSeenOnce(t *testing.T) {
	l := &trace.Log{Hosts: []trace.Host{{Name: "A"}}}
	l.Packets = []trace.Packet{{N: 1, Sent: 1, Pkt: wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{Flags: wire.SYN}}}}
	l.Add(trace.Event{Kind: trace.Send})
	l.Add(trace.Event{Kind: trace.Arrive})
	if seen := vantage(l); len(seen) != 1 {
		t.Errorf("want one sighting, got %d", len(seen))
	}
}

func TestCaptureFacts(t *testing.T) {
	f := mustParse(t, twoHosts+"-- check --\ncapture b \"tcp.analysis.retransmission\" = 1\n")
	if len(f.Checks) != 0 || len(f.Captures) != 1 {
		t.Fatalf("got %+v", f)
	}
	if c := f.Captures[0]; c.Host != 1 || c.Filter != "tcp.analysis.retransmission" || c.Count != 1 {
		t.Errorf("got %+v", c)
	}
}
