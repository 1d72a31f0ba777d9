package tcp

import (
	"strconv"
	"testing"
	"time"

	"simrun/wire"
)

// arrival is one segment and what it brings about, as rig.outcome says it.
type arrival struct{ segment, want string }

func runArrivals(t *testing.T, fresh func(testing.TB, ...option) *rig, arrivals []arrival, options ...option) {
	t.Helper()
	for _, a := range arrivals {
		t.Run(a.segment, func(t *testing.T) {
			r := fresh(t, options...)
			r.feed(a.segment)
			if got := r.outcome(); got != a.want {
				t.Errorf("%q, want %q; rows %v", got, a.want, r.rowIDs())
			}
		})
	}
}

// RFC 9293 3.10.7.1: "An incoming segment containing a RST is discarded. An
// incoming segment not containing a RST causes a RST to be sent in response."
func TestArrivalsInClosed(t *testing.T) {
	runArrivals(t, at(Closed), []arrival{
		{"R 5", "-"},
		{"R. 5 ack 7", "-"},
		{"RS 5", "-"},
		// "If the ACK bit is off, sequence number zero is used,
		// <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>".
		{"S 5", "R. !0:0(0) ack 6"},
		{"S 5(3)", "R. !0:0(0) ack 9"},
		{"SF 5(3)", "R. !0:0(0) ack 10"},
		{"- 5", "R. !0:0(0) ack 5"},
		{"F 5", "R. !0:0(0) ack 6"},
		{"S 5 <200 len 3 01>", "R. !0:0(0) ack 6"},
		{"S 5 <2 len 0>", "R. !0:0(0) ack 6"},
		// "If the ACK bit is on, <SEQ=SEG.ACK><CTL=RST>".
		{". 5 ack 7", "R 7:7(0)"},
		{"S. 5 ack 7", "R 7:7(0)"},
		{"P. 5(3) ack 7", "R 7:7(0)"},
		{"F. 5 ack 7", "R 7:7(0)"},
	})
}

// RFC 9293 3.10.7.2.
func TestArrivalsInListen(t *testing.T) {
	runArrivals(t, at(Listen), []arrival{
		{"R 0", "-"}, // "An incoming RST should be ignored."
		{"R. 0 ack 1", "-"},
		{"RS 0", "-"},
		// "An acceptable reset segment should be formed for any arriving
		// ACK-bearing segment."
		{". 0 ack 7", "R 7:7(0)"},
		{"S. 0 ack 7", "R 7:7(0)"},
		{"F. 0 ack 7", "R 7:7(0)"},
		// "a SYN segment sent of the form <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK>".
		{"S 0", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		{"S 0(5) <mss 100>", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		{"SF 0", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		{"S 0 <2 len 0>", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		{"S 0 <nop,200 len 4 0102,mss 50>", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		// "This should not be reached. Drop the segment and return."
		{"- 0", "-"},
		{"F 0", "-"},
		{"P 0(3)", "-"},
	})
}

// RFC 9293 3.10.7.3. Our SYN is 0; SND.NXT is 1.
func TestArrivalsInSynSent(t *testing.T) {
	arrivals := []arrival{
		// "If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the
		// RST bit is set, if so drop the segment and return)".
		{". 5 ack 0", "R 0:0(0)"},
		{". 5 ack 2", "R 2:2(0)"},
		{"S. 0 ack 0", "R 0:0(0)"},
		{"S. 0 ack 2", "R 2:2(0)"},
		{"R. 5 ack 0", "-"},
		{"R. 5 ack 2", "-"},
		{"RS. 5 ack 2", "-"},
		// "If the ACK was acceptable, then signal to the user 'error:
		// connection reset' ... Otherwise (no ACK), drop the segment".
		{"R. 5 ack 1", "CLOSED Refused"},
		{"RS. 5 ack 1", "CLOSED Refused"},
		{"R 5", "-"},
		{"RS 5", "-"},
		// "If SND.UNA > ISS (our SYN has been ACKed), change the connection
		// state to ESTABLISHED".
		{"S. 0 ack 1", "ESTABLISHED ack Opened"},
		{"S. 0 ack 1 <mss 50,nop,9 len 3 00>", "ESTABLISHED ack Opened"},
		{"S. 0(7) ack 1", "ESTABLISHED ack Opened Readable"},
		{"S. 0(1007) ack 1", "ESTABLISHED ack Opened Readable"}, // 1000 of them fit
		{"SF. 0(7) ack 1", "CLOSE-WAIT ack Opened Readable PeerClosed"},
		{"SF. 0 ack 1", "CLOSE-WAIT ack Opened PeerClosed"},
		// "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment".
		{"S 0", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		{"S 0(7)", "SYN-RECEIVED S. 0:0(0) ack 1 <mss 100>"},
		// "if neither of the SYN or RST bits is set, then drop".
		{". 5 ack 1", "-"},
		{"P. 5(3) ack 1", "-"},
		{"F. 5 ack 1", "-"},
		{"- 5", "-"},
		{"F 5", "-"},
	}
	runArrivals(t, at(SynSent), arrivals)
	runArrivals(t, at(SynSent), arrivals, classic)
}

// Text with a SYN: "Data or controls ... queued for processing after the
// ESTABLISHED state has been reached" (RFC 9293 3.10.7.2, 3.10.7.3).
func TestTextWithSYNWaits(t *testing.T) {
	for _, opening := range []struct {
		name, synack string
		start        State
	}{{"passive", "S. 0:0(0) ack 1 <mss 100>", Listen}, {"simultaneous", "S. 0:0(0) ack 1 <mss 100>", SynSent}} {
		t.Run(opening.name, func(t *testing.T) {
			r := inState(t, opening.start)
			r.feed(`S 0:5(5) "hello"`)
			r.want(SynReceived, opening.synack)
			if n := r.c.Unread(); n != 0 {
				t.Errorf("%d octets can be read in SYN-RECEIVED", n)
			}
			r.receive(10)
			r.wantErr(nil)
			r.feed(". 6 ack 1")
			r.want(Established, ". 1:1(0) ack 6")
			r.wantSignals("Opened Readable")
			if got := r.receive(10); got != "hello" {
				t.Errorf("received %q", got)
			}
		})
	}
}

// The literal reading: the SYN,ACK of a simultaneous open starts at IRS, left
// of RCV.NXT; table 6 refuses it, and the ACK that answers completes the open
// (appendix A.2).
func TestSynAckInSynReceived(t *testing.T) {
	t.Run("figure 7", func(t *testing.T) {
		r := crossed(t)
		r.feed("S. 0 ack 1")
		r.want(Established, "")
		r.wantRows("tcp.ack.syn-received")
	})
	t.Run("figure 7, with text and FIN", func(t *testing.T) {
		r := crossed(t)
		r.feed(`SFP. 0(5) ack 1 win 500`)
		r.want(CloseWait, ". 1:1(0) ack 7")
		r.wantSignals("Opened Readable PeerClosed")
	})
	t.Run("literal", func(t *testing.T) {
		r := crossed(t, literalSEQ)
		r.feed("S. 0 ack 1")
		r.want(SynReceived, ". 1:1(0) ack 1")
		r.wantRows("tcp.outside.ack")
		r.feed(". 1 ack 1")
		r.want(Established, "")
	})
	for _, refused := range []string{"S. 0 ack 0", "S. 0 ack 2", "S. 1 ack 1", "RS. 0 ack 1"} {
		t.Run(refused, func(t *testing.T) {
			r := crossed(t)
			r.feed(refused)
			want := "ack" // by table 6, or RFC 5961
			if refused[0] == 'R' {
				want = "-"
			}
			if got := r.outcome(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		})
	}
	t.Run("passive", func(t *testing.T) {
		r := inState(t, SynReceived)
		r.feed("S. 0 ack 1")
		r.want(SynReceived, ". 1:1(0) ack 1")
	})
}

// The segment that synchronizes sets SND.WND, SND.WL1 and SND.WL2, whatever
// the SYN said.
func TestWindowIsSetOnSynchronizing(t *testing.T) {
	r := inState(t, Listen)
	r.feed("S 0 win 0 <mss 100>")
	r.feed(". 1 ack 1 win 5")
	r.send(20)
	r.want(Established, ". 1:6(5) ack 1")
}

// A connection that went back to LISTEN starts afresh: what was measured and
// retransmitted was another peer's.
func TestListenAgainStartsAfresh(t *testing.T) {
	for _, back := range []string{"R 1", "S 5"} {
		t.Run(back, func(t *testing.T) {
			r := inState(t, Listen)
			r.feed("S 0 <mss 100>")
			r.expire()
			r.expire()
			if at := r.expire(); at != 7*time.Second {
				t.Errorf("third retransmission at %v, want 7s", at)
			}
			r.feed(back)
			r.want(Listen, "")
			if _, runs := r.c.NextTimeout(); runs {
				t.Error("a timer runs in LISTEN")
			}
			r.feed("S 100 <mss 100>")
			r.want(SynReceived, "S. 0:0(0) ack 101 <mss 100>")
			if at := r.expire(); at != 8*time.Second {
				t.Errorf("SYN,ACK again at %v, want 8s: 1 s after the first", at)
			}
			r.feed(". 101 ack 1")
			r.want(Established, "")
		})
	}
	t.Run("RTO", func(t *testing.T) {
		r := inState(t, Listen)
		r.feed("S 0 <mss 100>")
		r.expire()
		r.feed("R 1")
		r.feed("S 0 <mss 100>")
		r.feed(". 1 ack 1")
		r.send(1)
		if at := r.expire(); at != 2*time.Second {
			t.Errorf("text again at %v, want 2s: this SYN,ACK was not retransmitted", at)
		}
	})
}

// RFC 9293 3.7.1: MUST-14, MUST-15, MUST-16, MUST-67, and MUST-65: MSS stands
// on no other segment.
func TestMSS(t *testing.T) {
	for _, c := range []struct {
		syn  string
		mtu  int
		want int
	}{
		{"S. 0 ack 1 <mss 900>", 1500, 900},
		{"S. 0 ack 1 <mss 9000>", 1500, 1460},
		{"S. 0 ack 1 <mss 1>", 1500, 1},
		{"S. 0 ack 1 <mss 0>", 1500, 1},
		{"S. 0 ack 1", 1500, 536},
		{"S. 0 ack 1 <2 len 3 05>", 1500, 536},
		{"S. 0 ack 1", 400, 360},
	} {
		t.Run(c.syn, func(t *testing.T) {
			r := newRig(t, func(cfg *Config) { cfg.MSS, cfg.MTU = 0, c.mtu })
			r.open()
			r.want(SynSent, "S 0:0(0) <mss "+strconv.Itoa(c.mtu-40)+">")
			r.feed(c.syn + "")
			if r.c.MSS() != c.want {
				t.Errorf("MSS %d, want %d", r.c.MSS(), c.want)
			}
			r.send(2000)
			if n := len(r.out.Segments[0].Payload); n != min(c.want, 2000) {
				t.Errorf("a segment of %d octets, want %d", n, c.want)
			}
			if r.out.Segments[0].Options.Len() != 0 {
				t.Error("options on text")
			}
		})
	}
	t.Run("IPv6", func(t *testing.T) {
		cfg := Defaults()
		var c Conn
		v6 := wire.Endpoint{Addr: wire.MustParseAddr("2001:db8::1"), Port: 80}
		var out Out
		c.Init(&cfg, v6, v6, 5, 0)
		_ = c.Open(0, &out)
		if mss, _ := out.Segments[0].Options.MSS(); mss != 1440 {
			t.Errorf("announced %d, want 1440", mss)
		}
		c.Arrive(0, &wire.TCP{Flags: wire.SYN | wire.ACK, Ack: 6, Window: 9000}, &out)
		if c.MSS() != 1220 {
			t.Errorf("MSS %d, want 1220", c.MSS())
		}
	})
}
