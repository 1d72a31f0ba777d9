package tcp

import (
	"testing"
)

// MUST-62: the pointer is an offset from SEG.SEQ and names the octet that
// follows the urgent data; every segment that starts before it has it, however
// the octets are cut, also when they are sent again.
func TestSendUrgent(t *testing.T) {
	t.Run("the last octet of SEND", func(t *testing.T) {
		r := established(t)
		r.sendWith(Urgent, 5)
		r.want(Established, "P.U 1:6(5) ack 1 urg 5")
		r.expire()
		r.want(Established, "P.U 1:6(5) ack 1 urg 5")
		r.feed(". 1 ack 6")
		r.send(5)
		r.want(Established, "P. 6:11(5) ack 1")
	})
	t.Run("any length (MUST-31)", func(t *testing.T) {
		r := established(t)
		r.sendWith(Urgent, 150)
		r.want(Established, ".U 1:101(100) ack 1 urg 150; P.U 101:151(50) ack 1 urg 50")
		r.feed(". 1 ack 51") // part of a segment: the pointer is the same octet
		r.expire()
		r.want(Established, ".U 51:101(50) ack 1 urg 100")
	})
	t.Run("longer than the field can say", func(t *testing.T) {
		r := established(t, func(c *Config) { c.SendBuffer = 100000 })
		r.sendWith(Urgent, 70000)
		if seg := r.out.Segments[0]; seg.Urgent != 65535 {
			t.Errorf("pointer %d, want 65535", seg.Urgent)
		}
	})
	t.Run("text behind it is not urgent", func(t *testing.T) {
		r := established(t)
		r.send(95)
		r.sendWith(Urgent, 3)
		r.want(Established, "P.U 96:99(3) ack 1 urg 3") // Nagle does not hold it back
		r.send(120)
		r.want(Established, ". 99:199(100) ack 1")
		r.expire()
		r.want(Established, "P.U 1:96(95) ack 1 urg 98") // a segment before it tells of it
	})
	t.Run("no cork holds it back", func(t *testing.T) {
		r := established(t, corked)
		r.sendWith(Urgent, 3)
		r.want(Established, "P.U 1:4(3) ack 1 urg 3")
	})
	t.Run("a shut window lets the pointer pass", func(t *testing.T) {
		r := established(t)
		r.feed(". 1 ack 1 win 0")
		r.send(10)
		r.sendWith(Urgent, 5)
		r.want(Established, ".U 1:1(0) ack 1 urg 15")
		r.expire()
		r.want(Established, ".U 1:2(1) ack 1 urg 15")
		r.feed(". 1 ack 1")
		r.want(Established, "P.U 1:16(15) ack 1 urg 15")
	})
	t.Run("no octet, no indication", func(t *testing.T) {
		r := established(t)
		r.sendWith(Urgent, 0)
		r.want(Established, "")
	})
	t.Run("queued while opening", func(t *testing.T) {
		r := inState(t, SynSent)
		r.sendWith(Urgent, 5)
		r.want(SynSent, "")
		r.feed("S. 0 ack 1")
		r.want(Established, "P.U 1:6(5) ack 1 urg 5")
	})
	t.Run("no pointer on a RST", func(t *testing.T) {
		r := established(t)
		r.sendWith(Urgent, 5)
		r.abort()
		r.want(Closed, "R 6:6(0)")
	})
	t.Run("with the FIN", func(t *testing.T) {
		r := established(t)
		r.sendWith(Urgent, 5)
		r.close()
		r.want(FinWait1, "F. 6:6(0) ack 1")
	})
}

// RFC 9293 3.10.7.4 sixth, MUST-32, MUST-33: the user is told when urgent data
// is pending and whenever the pointer advances, can ask how much is left, and
// is told of the end.
func TestReceiveUrgent(t *testing.T) {
	left := func(r *rig, want int) {
		t.Helper()
		if n := r.c.UrgentLeft(); n != want {
			t.Errorf("%d octets left, want %d", n, want)
		}
	}
	r := established(t)
	r.feed("P. 1(4) ack 1")
	r.feed("U. 5 ack 1 urg 6") // the pointer comes before its octets
	r.wantSignals("UrgentData")
	r.wantRows("tcp.ack.open", "tcp.urgent.open")
	left(r, 10)
	r.feed("U. 5(6) ack 1 urg 6")
	r.wantSignals("Readable") // no news
	left(r, 10)
	r.receive(3)
	r.wantSignals("")
	left(r, 7)
	r.feed("U. 11(10) ack 1 urg 10") // it advances
	r.wantSignals("UrgentData Readable")
	left(r, 17)
	r.feed("U. 1(2) ack 1 urg 2") // not acceptable: never seen
	r.feed("U. 21 ack 1 urg 0")   // a pointer that recedes is no pointer
	r.feed("U. 21(1) ack 1 urg 0")
	left(r, 17)
	r.receive(17)
	r.wantSignals("UrgentEnd")
	left(r, 0)
	r.receive(1)
	r.wantSignals("")
	r.feed("P. 22(5) ack 1")
	r.receive(5)
	r.wantSignals("")
	r.feed("U. 27(1) ack 1 urg 1") // a new sequence
	r.wantSignals("UrgentData Readable")
	r.receive(1)
	r.wantSignals("UrgentEnd")
}

// A pointer beyond the peer's FIN waits for nothing.
func TestUrgentBeyondFIN(t *testing.T) {
	for _, segments := range [][]string{{"FU. 1(3) ack 1 urg 100"}, {"U. 1(3) ack 1 urg 100", "F. 4 ack 1"}} {
		r := established(t)
		for _, s := range segments {
			r.feed(s)
		}
		if n := r.c.UrgentLeft(); n != 3 {
			t.Errorf("%q: %d octets left, want 3", segments, n)
		}
		r.receive(3)
		r.wantSignals("UrgentEnd")
	}
}

// The pointers move along with what is acknowledged and consumed: none looks
// new again after half the sequence space.
func TestUrgentPointersMoveAlong(t *testing.T) {
	r := established(t)
	r.send(100)
	r.feed(". 1(50) ack 101")
	r.receive(50)
	if r.c.snd.up != r.c.snd.una || r.c.rcv.up != r.c.rcv.nxt {
		t.Errorf("SND.UP %d, RCV.UP %d; want SND.UNA %d, RCV.NXT %d", r.c.snd.up, r.c.rcv.up, r.c.snd.una, r.c.rcv.nxt)
	}
}
