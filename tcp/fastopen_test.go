package tcp

import (
	"bytes"
	"testing"
	"time"
)

var testCookie = []byte{1, 2, 3, 4, 5, 6, 7, 8}

func (r *rig) openFast(cookie []byte, n int) (took int) {
	r.t.Helper()
	r.step(func(r *rig) {
		took, r.err = r.c.OpenFast(r.clock(), cookie, 1000, bytes.Repeat([]byte("x"), n), &r.out)
	})
	return took
}

// asking is SYN-SENT with a SYN that asked for a cookie or brought one with
// text.
func asking(t *testing.T, cookie []byte, n int, options ...option) *rig {
	t.Helper()
	r := newRig(t, append(options, func(c *Config) { c.MSS = 1000 })...)
	if took := r.openFast(cookie, n); took != n {
		t.Errorf("took %d octets, want %d", took, n)
	}
	return r
}

const (
	synMSS = "S 0:0(0) <mss 1000>"
)

func TestFastOpenAsks(t *testing.T) {
	r := asking(t, nil, 10)
	r.want(SynSent, "S 0:0(0) <mss 1000,nop,nop,FO>")
	r.feed("S. 0 ack 1 <mss 1000,nop,nop,FO 0102030405060708>")
	r.want(Established, "P. 1:11(10) ack 1")
	r.wantSignals("Opened FastCookie")
	if got := r.c.FastCookie(); !bytes.Equal(got, testCookie) {
		t.Errorf("the cookie is %x, want %x", got, testCookie)
	}
}

// The text of the SYN is acknowledged with it, in part or not at all; what is
// not goes again at once.
func TestFastOpenBringsText(t *testing.T) {
	for _, c := range []struct{ answer, sent, signals string }{
		{"S. 0 ack 11 <mss 1000>", ". 11:11(0) ack 1", "Writable Opened"},
		{"S. 0 ack 1 <mss 1000>", ". 1:11(10) ack 1", "Opened FastRefused"},
		{"S. 0 ack 5 <mss 1000>", ". 5:11(6) ack 1", "Writable Opened FastRefused"},
		{"S. 0 ack 12 <mss 1000>", "R 12:12(0)", ""},
	} {
		r := asking(t, testCookie, 10)
		r.want(SynSent, "S 0:10(10) <mss 1000,nop,nop,FO 0102030405060708>")
		r.feed(c.answer)
		if got := r.sent(); got != c.sent {
			t.Errorf("%s: sent %q, want %q", c.answer, got, c.sent)
		}
		r.wantSignals(c.signals)
	}
}

// No more goes with the SYN than fits; the rest waits for the handshake.
func TestFastOpenLongText(t *testing.T) {
	r := asking(t, testCookie, 1500)
	r.want(SynSent, "S 0:960(960) <mss 1000,nop,nop,FO 0102030405060708>")
	r.feed("S. 0 ack 961 <mss 1000>")
	r.want(Established, "P. 961:1501(540) ack 1")
}

// A SYN that is lost goes again as any other; an answer to the first one is
// good all the same.
func TestFastOpenFallsBack(t *testing.T) {
	for _, c := range []struct{ answer, sent string }{
		{"S. 0 ack 1 <mss 1000>", "P. 1:11(10) ack 1"},
		{"S. 0 ack 11 <mss 1000>", ". 11:11(0) ack 1"},
	} {
		r := asking(t, testCookie, 10)
		r.expire()
		r.want(SynSent, synMSS)
		r.now = r.now.Add(10 * time.Millisecond)
		r.feed(c.answer)
		r.want(Established, c.sent)
	}
}

// Beside timestamps and the rest there is no room for a long cookie.
func TestFastOpenWithoutRoom(t *testing.T) {
	all := func(c *Config) { c.Timestamps, c.SACK, c.WindowScale = true, true, true }
	r := asking(t, bytes.Repeat([]byte{7}, 16), 10, all)
	if seg := &r.out.Segments[0]; len(seg.Payload) > 0 || hasFastOpen(&seg.TCP) {
		t.Errorf("sent %q, want an ordinary SYN", r.sent())
	}
	r = asking(t, testCookie, 10, all)
	if seg := &r.out.Segments[0]; len(seg.Payload) != 10 || !hasFastOpen(&seg.TCP) {
		t.Errorf("sent %q, want a SYN with text", r.sent())
	}
}

func TestFastOpenOfAnOpenConnection(t *testing.T) {
	r := established(t)
	r.openFast(nil, 5)
	r.wantErr(ErrExists)
}

// fastChild is LISTEN that has taken a SYN with ten octets.
func fastChild(t *testing.T, prepare func(c *Conn)) *rig {
	t.Helper()
	r := inState(t, Listen)
	prepare(r.c)
	prepare(r.shadow.c)
	r.feed(`S 0:10(10) win 2000 <mss 100,FO 0102030405060708>`)
	return r
}

func takes(c *Conn) { c.TakeFast() }

// The user has the text before the handshake ends, and may answer.
func TestFastOpenTaken(t *testing.T) {
	r := fastChild(t, takes)
	r.want(SynReceived, "S. 0:0(0) ack 11 <mss 100>")
	r.wantSignals("FastOpened Readable")
	if got := r.receive(100); len(got) != 10 {
		t.Errorf("received %d octets, want 10", len(got))
	}
	r.send(5)
	r.want(SynReceived, "P. 1:6(5) ack 11")
	r.feed(". 11 ack 6")
	r.want(Established, "")
	r.wantSignals("Writable Opened")
}

func TestFastOpenTakenThenReset(t *testing.T) {
	r := fastChild(t, takes)
	r.feed("R 11")
	r.want(Closed, "")
	r.wantRows("tcp.rst.syn-received.fast")
	r.wantSignals("Reset")

	r = fastChild(t, takes) // a SYN cannot take it back to LISTEN
	r.feed("S 12")
	r.want(SynReceived, ". 1:1(0) ack 11")

	r = fastChild(t, takes) // close with the text unread
	r.abandon()
	r.want(Closed, "R 1:1(0)")
}

func TestFastOpenTakenThenLost(t *testing.T) {
	r := fastChild(t, takes)
	r.send(5)
	r.expire()
	r.want(SynReceived, "S. 0:0(0) ack 11 <mss 100>")
	r.feed(". 11 ack 1")
	r.want(Established, "P. 1:6(5) ack 11")
}

// A SYN whose cookie is no good opens as any other, gives a new cookie, and its
// text must come again.
func TestFastOpenRefused(t *testing.T) {
	r := fastChild(t, func(c *Conn) { c.RefuseFast([]byte{9, 9, 9, 9}) })
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100,nop,nop,FO 09090909>")
	r.wantSignals("")
	r.feed("P. 1:11(10) ack 1")
	r.want(Established, ". 1:1(0) ack 11")
	r.wantSignals("Opened Readable")
	if got := r.receive(100); len(got) != 10 {
		t.Errorf("received %d octets, want 10", len(got))
	}
}
