package tcp

import (
	"testing"
	"time"
)

// A FIN stands at its sequence number: text that claims numbers beyond it is
// dropped, whether it comes before or after the FIN is known, and the FIN is
// taken where it stands.
func TestNothingPassesFIN(t *testing.T) {
	t.Run("text beyond a FIN that waits behind a hole", func(t *testing.T) {
		r := established(t)
		r.feed("F. 6 ack 1") // the FIN is known, 1 to 5 are missing
		r.feed("P. 1:21(20) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 7")
		r.wantDrops("trimmed")
		if n := r.c.Unread(); n != 5 {
			t.Errorf("%d octets, want 5", n)
		}
	})
	t.Run("held text beyond it", func(t *testing.T) {
		r := established(t)
		r.feed("P. 6:21(15) ack 1")
		r.feed("F. 11 ack 1")
		if n := r.c.Vars().Held; n != 5 {
			t.Errorf("%d octets are held, want 5", n)
		}
		r.feed("P. 1:6(5) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 12")
		if n := r.c.Unread(); n != 10 {
			t.Errorf("%d octets, want 10", n)
		}
	})
	t.Run("held text beyond the FIN of the segment that fills the hole", func(t *testing.T) {
		r := established(t)
		r.feed("P. 6:21(15) ack 1")
		r.feed("FP. 1:6(5) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 7")
	})
	t.Run("a second FIN elsewhere changes nothing", func(t *testing.T) {
		r := established(t)
		r.feed("F. 6 ack 1")
		r.feed("F. 9 ack 1")
		r.feed("P. 1:6(5) ack 1")
		r.want(CloseWait, ". 1:1(0) ack 7")
	})
}

// RFC 9293 3.10.7.2 third, 3.10.7.3 fourth: "any other control or text" that
// comes with a SYN is queued until ESTABLISHED; a FIN too.
func TestFINWithSYNWaits(t *testing.T) {
	for _, start := range []State{Listen, SynSent} {
		t.Run(start.String(), func(t *testing.T) {
			r := inState(t, start)
			r.feed(`SF 0:5(5) "hello"`)
			r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100>")
			r.feed(". 7 ack 1")
			r.want(CloseWait, ". 1:1(0) ack 7")
			r.wantSignals("Opened Readable PeerClosed")
			if got := r.receive(10); got != "hello" {
				t.Errorf("received %q", got)
			}
		})
	}
	t.Run("a FIN behind text that does not fit has not come", func(t *testing.T) {
		r := inState(t, Listen)
		r.feed("SF 0(1001)")
		r.feed(". 1 ack 1")
		r.want(Established, ". 1:1(0) ack 1001")
	})
	t.Run("not the FIN of another peer", func(t *testing.T) {
		r := inState(t, Listen)
		r.feed("SF 0(5)")
		r.feed("R 1")
		r.want(Listen, "")
		r.feed("S 0")
		r.feed(". 1 ack 1")
		r.feed("P. 1(5) ack 1")
		r.want(Established, ". 1:1(0) ack 6")
	})
}

// Text that came with the SYN is delivered whatever state the ACK of ours
// finds: a CLOSE in SYN-RECEIVED has led to FIN-WAIT-1.
func TestTextWithSYNAfterClose(t *testing.T) {
	r := inState(t, Listen)
	r.feed(`S 0:5(5) "hello"`)
	r.close()
	r.want(FinWait1, "F. 1:1(0) ack 1")
	r.feed(". 6 ack 1") // of the SYN
	r.want(FinWait1, ". 2:2(0) ack 6")
	r.wantSignals("Readable")
	if got := r.receive(10); got != "hello" {
		t.Errorf("received %q", got)
	}
	r.feed(". 6 ack 2")
	r.want(FinWait2, "")
}

// Only the peer's FIN itself restarts 2MSL; a FIN beyond it proves nothing.
func TestTimeWaitTakesItsOwnFIN(t *testing.T) {
	for _, other := range []string{"F. N ack X", "FP. N(7) ack X", "F. N+5 ack X"} {
		r := inState(t, TimeWait)
		at, _ := r.c.NextTimeout()
		r.now = r.now.Add(time.Second)
		r.feed(other)
		r.want(TimeWait, ". 2:2(0) ack 2")
		if next, _ := r.c.NextTimeout(); next != at {
			t.Errorf("%s: 2MSL ends at %v, want %v", other, next, at)
		}
	}
	r := inState(t, TimeWait)
	at, _ := r.c.NextTimeout()
	r.now = r.now.Add(time.Second)
	r.feed("F. N-1 ack X")
	r.wantSignals("TimeWaitRestarted")
	if next, _ := r.c.NextTimeout(); next != at.Add(time.Second) {
		t.Errorf("2MSL ends at %v, want a second after %v", next, at)
	}
}

// A CLOSE that waits for ESTABLISHED ends a connection that would go back to
// LISTEN: its user wants no other.
func TestCloseInSynReceivedEndsWithTheAttempt(t *testing.T) {
	for segment, row := range map[string]string{"R 1": "tcp.rst.syn-received.closing", "S 5": "tcp.syn.syn-received.closing"} {
		r := inState(t, SynReceived)
		r.send(5)
		r.close()
		r.want(SynReceived, "")
		r.feed(segment)
		r.want(Closed, "")
		r.wantRows(row)
		r.wantSignals("Refused")
	}
	r := inState(t, SynReceived) // without CLOSE, what was queued is forgotten
	r.send(5)
	r.feed("R 1")
	r.want(Listen, "")
}
