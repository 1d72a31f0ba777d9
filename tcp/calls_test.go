package tcp

import (
	"bytes"
	"testing"
)

// calls is the table of user calls in RFC 9293 3.10.1 to 3.10.5. A cell is the
// call's error, if any, and its outcome.
var calls = []struct {
	state                                             State
	open, listen, send, receive, close, abort, linger string // linger is Abandon with text unread
}{
	{
		Closed,
		"SYN-SENT S 0:0(0) <mss 100>", "LISTEN", "not open", "not open", "not open", "not open", "",
	},
	{
		Listen,
		"SYN-SENT S 0:0(0) <mss 100>", "exists", "not open", "-", "CLOSED", "CLOSED", "",
	},
	{SynSent, "exists", "exists", "-", "-", "CLOSED", "CLOSED", ""},
	{
		SynReceived, // "form a FIN segment and send it, and enter FIN-WAIT-1"
		"exists", "exists", "-", "-", "FIN-WAIT-1 F. 1:1(0) ack 1", "CLOSED R 1:1(0)", "",
	},
	{
		Established,
		"exists", "exists", "P. 1:6(5) ack 1", "-", "FIN-WAIT-1 F. 1:1(0) ack 1", "CLOSED R 1:1(0)", "CLOSED R 1:1(0)",
	},
	{FinWait1, "exists", "exists", "closing", "-", "closing", "CLOSED R 2:2(0)", "CLOSED R 2:2(0)"},
	{FinWait2, "exists", "exists", "closing", "-", "closing", "CLOSED R 2:2(0)", "CLOSED R 2:2(0)"},
	{
		CloseWait, // RFC 1122: CLOSE leads to LAST-ACK, not CLOSING as in RFC 793
		"exists", "exists", "P. 1:6(5) ack 2", "EOF", "LAST-ACK F. 1:1(0) ack 2", "CLOSED R 1:1(0)", "CLOSED R 1:1(0)",
	},
	{Closing, "exists", "exists", "closing", "EOF", "closing", "CLOSED", "-"},
	{LastAck, "exists", "exists", "closing", "EOF", "closing", "CLOSED", "-"},
	{TimeWait, "exists", "exists", "closing", "EOF", "closing", "CLOSED", "-"},
}

var refusalNames = map[error]string{ErrNotOpen: "not open", ErrExists: "exists", ErrClosing: "closing", EOF: "EOF"}

func TestCalls(t *testing.T) {
	for _, row := range calls {
		for _, call := range []struct {
			name, want string
			do         func(r *rig)
		}{
			{"OPEN", row.open, (*rig).open},
			{"OPEN passive", row.listen, (*rig).listen},
			{"SEND", row.send, func(r *rig) { r.send(5) }},
			{"RECEIVE", row.receive, func(r *rig) { r.receive(5) }},
			{"CLOSE", row.close, (*rig).close},
			{"ABORT", row.abort, (*rig).abort},
			{"Abandon", "-", func(r *rig) { r.abandon() }},
		} {
			t.Run(row.state.String()+"/"+call.name, func(t *testing.T) {
				r := inState(t, row.state)
				before := r.state()
				call.do(r)
				got := r.outcome()
				if r.err != nil {
					got = refusalNames[r.err]
					if !bytes.Equal(before, r.state()) {
						t.Error("a refused call changed the connection")
					}
					if len(r.out.Segments)+len(r.out.Signals) > 0 {
						t.Error("a refused call brought about", r.sent(), r.signals())
					}
				}
				if got != call.want {
					t.Errorf("%q, want %q", got, call.want)
				}
			})
		}
	}
}

// unread is a connection in a state with text that the user has not read.
func unread(t *testing.T, state State, options ...option) *rig {
	t.Helper()
	r := established(t, options...)
	text := `P. 1:8(7) "unread!" ack 1`
	switch state {
	case Established:
		r.feed(text)
	case FinWait1, FinWait2, Closing, TimeWait:
		r.close()
		r.feed(text)
	case CloseWait, LastAck:
		r.feed(`FP. 1:8(7) "unread!" ack 1`)
	}
	switch state {
	case FinWait2:
		r.feed(". 8 ack 2")
	case Closing:
		r.feed("F. 8 ack 1")
	case TimeWait:
		r.feed("F. 8 ack 2")
	case LastAck:
		r.close()
	}
	if r.c.State() != state || r.c.Unread() != 7 {
		t.Fatalf("%v with %d octets unread, want %v with 7", r.c.State(), r.c.Unread(), state)
	}
	return r
}

// RFC 9293 3.6.1: "If such a host issues a CLOSE call while received data is
// still pending in the TCP connection ... its TCP implementation SHOULD send a
// RST to show that data was lost (SHLD-3)."
func TestAbandonWithTextUnread(t *testing.T) {
	for _, row := range calls {
		if row.linger == "" {
			continue
		}
		t.Run(row.state.String(), func(t *testing.T) {
			r := unread(t, row.state)
			r.abandon()
			if got := r.outcome(); got != row.linger {
				t.Errorf("%q, want %q", got, row.linger)
			}
			if r.c.Unread() != 0 {
				t.Error("text can still be read")
			}
		})
	}
}

// SHLD-3: "or if new data is received after CLOSE is called".
func TestTextAfterAbandon(t *testing.T) {
	for _, state := range []State{Established, FinWait1, FinWait2} {
		t.Run(state.String(), func(t *testing.T) {
			r := inState(t, state)
			r.abandon()
			r.want(state, "")
			want := r.resolve("R X:X(0)")
			r.feed("P. 1:8(7) ack X")
			r.want(Closed, want)
			if r.c.Unread() != 0 {
				t.Error("text can be read")
			}
		})
	}
	for _, state := range []State{CloseWait, Closing, LastAck, TimeWait} {
		t.Run(state.String(), func(t *testing.T) { // no text can follow the FIN: it is ignored
			r := inState(t, state)
			r.abandon()
			r.feed("P. 2:9(7) ack U")
			r.want(state, "")
		})
	}
	t.Run("nothing new", func(t *testing.T) { // what was delivered before may come again
		r := established(t)
		r.feed(`P. 1:8(7) "unread!" ack 1`)
		r.receive(7)
		r.close()
		r.abandon()
		r.feed("P. 1:8(7) ack 2")
		r.want(FinWait1, ". 2:2(0) ack 8")
	})
	t.Run("beyond a hole", func(t *testing.T) {
		r := inState(t, FinWait2)
		r.feed("P. 5:8(3) ack 2")
		r.abandon()
		r.want(FinWait2, "")
		if r.c.Vars().Held != 0 {
			t.Error("text is held for nobody")
		}
		r.feed("F. 1 ack 2")
		r.want(TimeWait, ". 2:2(0) ack 2")
	})
}

// "If no text is awaiting delivery, the RECEIVE will get an 'error: connection
// closing' response. Otherwise, any remaining data can be used to satisfy the
// RECEIVE" (3.10.3, CLOSE-WAIT; here in all states after the FIN).
func TestReceiveBeforeEnd(t *testing.T) {
	for _, state := range []State{CloseWait, Closing, LastAck, TimeWait} {
		t.Run(state.String(), func(t *testing.T) {
			r := unread(t, state)
			if r.c.AtEOF() {
				t.Error("at EOF with text unread")
			}
			for _, want := range []string{"unre", "ad!"} {
				if got := r.receive(4); got != want {
					t.Errorf("received %q, want %q", got, want)
				}
				r.wantErr(nil)
				r.wantRows("tcp.receive.unread")
			}
			r.receive(4)
			r.wantErr(EOF)
			r.wantRows("tcp.receive.closing")
			if !r.c.AtEOF() {
				t.Error("not at EOF")
			}
		})
	}
	t.Run("CLOSED", func(t *testing.T) {
		r := unread(t, TimeWait)
		r.expire()
		r.want(Closed, "")
		if got := r.receive(9); got != "unread!" {
			t.Errorf("received %q", got)
		}
		r.receive(9)
		r.wantErr(ErrNotOpen)
	})
	t.Run("Peek", func(t *testing.T) {
		r := unread(t, Established)
		p := make([]byte, 4)
		if n := r.c.Peek(p); string(p[:n]) != "unre" || r.c.Unread() != 7 {
			t.Errorf("peeked %q, %d left", p[:n], r.c.Unread())
		}
	})
}

// "any outstanding RECEIVEs and SEND should receive 'reset' responses. All
// segment queues should be flushed."
func TestResetTakesUnreadText(t *testing.T) {
	for _, keep := range []bool{false, true} {
		r := unread(t, Established, func(c *Config) { c.KeepUnread = keep })
		r.feed("P. 10:15(5) ack 1")
		r.send(10)
		r.feed("R N")
		r.want(Closed, "")
		r.wantSignals("Reset")
		got := r.receive(9)
		if keep && got != "unread!" || !keep && got != "" {
			t.Errorf("KeepUnread %v: received %q", keep, got)
		}
	}
}

// "Queue the data for transmission after entering ESTABLISHED state"; CLOSE:
// "otherwise, queue for processing after entering ESTABLISHED state".
func TestQueuedUntilEstablished(t *testing.T) {
	t.Run("SEND in SYN-SENT", func(t *testing.T) {
		r := inState(t, SynSent)
		r.send(5)
		r.send(3)
		r.want(SynSent, "")
		r.feed("S. 0 ack 1 <mss 100>")
		r.want(Established, "P. 1:9(8) ack 1")
	})
	t.Run("SEND, CLOSE in SYN-RECEIVED", func(t *testing.T) {
		r := inState(t, SynReceived)
		r.send(5)
		r.close()
		r.wantRows("tcp.close.syn-received.queued")
		r.want(SynReceived, "")
		r.send(5)
		r.wantErr(ErrClosing)
		r.wantRows("tcp.send.after-close")
		r.close()
		r.wantErr(nil)
		r.feed(". 1 ack 1")
		r.want(FinWait1, "FP. 1:6(5) ack 1")
		r.feed(". 1 ack 7")
		r.want(FinWait2, "")
	})
	t.Run("CLOSE in SYN-RECEIVED, SYN,ACK lost", func(t *testing.T) {
		r := inState(t, SynReceived)
		r.close()
		r.expire()
		r.want(FinWait1, "S. 0:0(0) ack 1 <mss 100>")
		r.feed(". 1 ack 1")
		r.want(FinWait1, "F. 1:1(0) ack 1")
		r.feed(". 1 ack 2")
		r.want(FinWait2, "")
	})
}

// CLOSE: "Queue this until all preceding SENDs have been segmentized, then
// form a FIN segment and send it. In any case, enter FIN-WAIT-1 state."
func TestCloseAfterText(t *testing.T) {
	t.Run("FIN-WAIT-1", func(t *testing.T) {
		r := established(t)
		r.feed(". 1 ack 1 win 150")
		r.send(200)
		r.want(Established, ". 1:101(100) ack 1")
		r.close()
		r.want(FinWait1, "")
		r.feed(". 1 ack 101 win 150")
		r.want(FinWait1, "FP. 101:201(100) ack 1")
		r.feed(". 1 ack 201 win 150") // the text, not the FIN
		r.want(FinWait1, "")
		r.feed(". 1 ack 202")
		r.want(FinWait2, "")
	})
	t.Run("LAST-ACK", func(t *testing.T) {
		r := inState(t, CloseWait)
		r.feed(". 2 ack 1 win 150")
		r.send(200)
		r.close()
		r.want(CloseWait, "")
		r.wantRows("tcp.close.close-wait.queued")
		r.send(1)
		r.wantErr(ErrClosing)
		r.feed(". 2 ack 101 win 150")
		r.want(LastAck, "FP. 101:201(100) ack 2")
		r.wantRows("tcp.ack.open", "tcp.fin-sent.close-wait")
		r.feed(". 2 ack 201")
		r.want(LastAck, "")
		r.feed(". 2 ack 202")
		r.want(Closed, "")
	})
	t.Run("CLOSING before the FIN is sent", func(t *testing.T) {
		r := established(t)
		r.feed(". 1 ack 1 win 0")
		r.send(5)
		r.close()
		r.feed("F. 1 ack 1 win 0")
		r.want(Closing, ". 1:1(0) ack 2")
		r.feed(". 2 ack 1 win 100")
		r.want(Closing, "FP. 1:6(5) ack 2")
		r.feed(". 2 ack 7")
		r.want(TimeWait, "")
	})
}

// MUST-61: "PSH on the last buffered segment"; SHLD-27: collapse.
func TestPush(t *testing.T) {
	r := established(t, func(c *Config) { c.NoDelay = true })
	r.send(250)
	r.want(Established, ". 1:101(100) ack 1; . 101:201(100) ack 1; P. 201:251(50) ack 1")
}

// SEND takes what there is room for.
func TestSendBuffer(t *testing.T) {
	r := established(t, func(c *Config) { c.SendBuffer = 30 })
	r.feed(". 1 ack 1 win 0")
	if n := r.send(20); n != 20 || r.c.SendSpace() != 10 {
		t.Errorf("took %d, room for %d more", n, r.c.SendSpace())
	}
	if n := r.send(20); n != 10 || r.c.SendSpace() != 0 {
		t.Errorf("took %d, room for %d more", n, r.c.SendSpace())
	}
	if n := r.send(20); n != 0 {
		t.Errorf("took %d", n)
	}
	r.feed(". 1 ack 1 win 100")
	r.feed(". 1 ack 31 win 100")
	r.wantSignals("Writable")
	if r.c.SendSpace() != 30 {
		t.Errorf("room for %d", r.c.SendSpace())
	}
}

// Linux and FreeBSD abort with a RST that acknowledges.
func TestAbortWithACK(t *testing.T) {
	r := established(t, func(c *Config) { c.AbortWithACK = true })
	r.feed("P. 1:8(7) ack 1")
	r.abort()
	r.want(Closed, "R. 1:1(0) ack 8")
	r.wantSignals("")
}

// Set applies at once: with Nagle's algorithm gone, what waited is sent.
func TestSet(t *testing.T) {
	r := established(t)
	r.send(5)
	r.send(5)
	r.want(Established, "")
	r.step(func(r *rig) {
		cfg := *r.cfg
		cfg.NoDelay = true
		r.c.Set(r.clock(), &cfg, &r.out)
	})
	r.want(Established, "P. 6:11(5) ack 1")
	if r.c.Config().NoDelay != true || r.c.Local() != testLocal || r.c.Remote() != testRemote {
		t.Error("the accessors do not tell")
	}
}

// A connection can be initialized again, and keeps nothing of its past.
func TestInitAgain(t *testing.T) {
	for _, state := range States() {
		r := inState(t, state)
		r.send(500)
		r.feed("P. N+3(7) ack U")
		fresh := newRig(t)
		r.c.Init(r.cfg, testLocal, testRemote, testISS, 0)
		if !bytes.Equal(r.c.AppendState(nil, 0), fresh.state()) {
			t.Errorf("after %v: something is left", state)
		}
		if r.c.ISS() != testISS || r.c.IRS() != 0 {
			t.Errorf("ISS %d, IRS %d", r.c.ISS(), r.c.IRS())
		}
	}
}

// Refuse is what a host does with a segment for which there is no connection.
func TestRefuse(t *testing.T) {
	cfg := small()
	r := newRig(t)
	seg := r.parse("S 5")
	var out Out
	Refuse(&cfg, &seg, &out)
	got := out.Segments[0]
	if got.Source() != testLocal || got.Destination() != testRemote || got.TTL != cfg.TTL {
		t.Errorf("RST from %v to %v, TTL %d", got.Source(), got.Destination(), got.TTL)
	}
	if got.Window != 0 || got.Ack != seg.Seq+1 {
		t.Errorf("window %d, ack %d", got.Window, got.Ack)
	}
}
