package trace

import (
	"strings"
	"testing"
	"time"

	"simrun/clock"
)

func TestHalfCloseEcho(t *testing.T) {
	same(t, draw(t, halfCloseEcho(), Options{Verdict: "ok"}), `
tcp/half-close-echo                         profile rfc · ack=immediate · seed 1
A 192.168.1.122:49152                                       B 192.168.1.112:4500
                           │                        │   0.000 listen :4500
                           │                        │         LISTEN
connect B:4500 …     0.000 ├1 S 0 ─────────────────►│   0.001 SYN-RECEIVED
SYN-SENT                   │                        │
ESTABLISHED          0.002 │◄────────── S. 0 ack 1 1┤   0.001
connect = 0                │                        │
                     0.002 ├2 . ack 1 ─────────────►│   0.003 ESTABLISHED
                           │                        │         accept = 4
send "ABCDEFG" = 7   0.002 ├3 P. 1:8(7) ───────────►│   0.003 recv = "ABCDEFG"
                     0.004 │◄───────────── . ack 8 2┤   0.003
                           ┊      ~ 1.998 s ~       ┊
send "1234567" = 7   2.002 ├4 P. 8:15(7) ──────────►│   2.003
                     2.004 │◄──────────── . ack 15 3┤   2.003
                           ┊      ~ 1.998 s ~       ┊
shutdown WR = 0      4.002 ├5 F. 15 ───────────────►│   4.003 CLOSE-WAIT
FIN-WAIT-1                 │                        │
FIN-WAIT-2           4.004 │◄──────────── . ack 16 4┤   4.003
recv = "ABCDEFG"     4.004 │◄─────────── P. 1:8(7) 5┤   4.003 send "ABCDEFG" = 7
                           │                        │         recv = "1234567"
                     4.004 ├6 . ack 8 ─────────────►│   4.005
                           ┊      ~ 3.998 s ~       ┊
recv = "1234567"     8.004 │◄────────── P. 8:15(7) 6┤   8.003 send "1234567" = 7
                           │                        │         recv = EOF
TIME-WAIT            8.004 │◄─────────────── F. 15 7┤   8.003 close = 0
recv = EOF                 │                        │         LAST-ACK
close = 0                  │                        │
                     8.004 ├7 . ack 15 ────────────►│   8.005
                     8.004 ├8 . ack 16 ────────────►│   8.005 CLOSED
                           ┊     ~ 239.999 s ~      ┊
2MSL 240 s is over 248.004 │                        │
CLOSED                     │                        │
15 packets, 28 bytes of data, 0 lost, 0 retransmitted. A CLOSED, B CLOSED. ok
`)
}

// The examples below show the end of their runs; rows before are not theirs.

func TestLastAckLost(t *testing.T) {
	got := draw(t, lastAckLost(), Options{Verdict: "ok", From: clock.At(time.Second)})
	same(t, got, `
tcp/last-ack-lost                drop a#4 · profile rfc · ack=immediate · seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
close = 0            1.020 ├3 F. 1 ────────────────►│   1.030 CLOSE-WAIT
FIN-WAIT-1                 │                        │         recv = EOF
FIN-WAIT-2           1.040 │◄───────────── . ack 2 2┤   1.030
                           ┊      ~ 0.990 s ~       ┊
TIME-WAIT            2.040 │◄──────────────── F. 1 3┤   2.030 close = 0
                           │                        │         LAST-ACK
                     2.040 ├4 . ack 2 ──────✗       │         lost: drop a#4
                           ┊      ~ 0.990 s ~       ┊
2MSL restarts        3.040 │◄═════════════ R1 F. 1 4┤   3.030 RTO 1 s, next 2 s
                     3.040 ├5 . ack 2 ─────────────►│   3.050 CLOSED
                           ┊     ~ 239.990 s ~      ┊
2MSL 240 s is over 243.040 │                        │
CLOSED                     │                        │
9 packets, 0 bytes of data, 1 lost, 1 retransmitted. A CLOSED, B CLOSED. ok
`)
}

func TestSimultaneousClose(t *testing.T) {
	opt := Options{From: clock.At(time.Second)}
	same(t, draw(t, simultaneousClose(), opt), `
tcp/simultaneous-close                      profile rfc · ack=immediate · seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
close = 0            1.000 ├3 F. 1 ───╲  ╱─── F. 1 2┤   1.000 close = 0
FIN-WAIT-1                 │           ╲╱           │         FIN-WAIT-1
CLOSING              1.010 │◄──────────╱╲──────────►│   1.010 CLOSING
                     1.010 ├4 . ack 2 ─╲╱─ . ack 2 3┤   1.010
TIME-WAIT            1.020 │◄──────────╱╲──────────►│   1.020 TIME-WAIT
                           ┊       ~ 240 s ~        ┊
2MSL 240 s is over 241.020 │                        │ 241.020 2MSL 240 s is over
CLOSED                     │                        │         CLOSED
7 packets, 0 bytes of data, 0 lost, 0 retransmitted. A CLOSED, B CLOSED.
`)
	opt.ASCII = true
	same(t, draw(t, simultaneousClose(), opt), `
tcp/simultaneous-close                      profile rfc - ack=immediate - seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
close = 0            1.000 |3 F. 1 ---\  /--- F. 1 2|   1.000 close = 0
FIN-WAIT-1                 |           \/           |         FIN-WAIT-1
CLOSING              1.010 |<----------/\---------->|   1.010 CLOSING
                     1.010 |4 . ack 2 -\/- . ack 2 3|   1.010
TIME-WAIT            1.020 |<----------/\---------->|   1.020 TIME-WAIT
                           :       ~ 240 s ~        :
2MSL 240 s is over 241.020 |                        | 241.020 2MSL 240 s is over
CLOSED                     |                        |         CLOSED
7 packets, 0 bytes of data, 0 lost, 0 retransmitted. A CLOSED, B CLOSED.
`)
	opt = Options{ASCII: true, From: clock.At(2 * time.Second), To: clock.At(4 * time.Second)}
	same(t, draw(t, lastAckLost(), opt), `
tcp/last-ack-lost                drop a#4 - profile rfc - ack=immediate - seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
TIME-WAIT            2.040 |<---------------- F. 1 3|   2.030 close = 0
                           |                        |         LAST-ACK
                     2.040 |4 . ack 2 ------x       |         lost: drop a#4
                           :      ~ 0.990 s ~       :
2MSL restarts        3.040 |<============= R1 F. 1 4|   3.030 RTO 1 s, next 2 s
                     3.040 |5 . ack 2 ------------->|   3.050 CLOSED
9 packets, 0 bytes of data, 1 lost, 1 retransmitted. A CLOSED, B CLOSED.
`)
}

// TestLossAmidStep shows that a packet that dies at once does not part the
// step that sent it.
func TestLossAmidStep(t *testing.T) {
	r := simple("loss")
	r.now("0").ret(a, "close = 0")
	p := r.send(a, "F. 1")
	r.step++
	r.lose(p, LostAtQueue, "queue full")
	r.step--
	r.state(a, "FIN-WAIT-1")
	same(t, draw(t, r.final(), Options{}), `
tcp/loss                                                    profile rfc · seed 1
A 10.0.0.1:49152                                                 B 10.0.0.2:4500
close = 0          0.000 ├1 F. 1 ack 0 ──✗            │       lost: queue full
FIN-WAIT-1               │                            │
1 packet, 0 bytes of data, 1 lost, 0 retransmitted.
`)
}

// TestCallsInOrder shows that a program's calls stand in the order in which it
// made them, though the second's cause arrived before the first sent anything.
func TestCallsInOrder(t *testing.T) {
	r := simple("order")
	r.now("0")
	p := r.send(a, "F. 1")
	r.now("0.010")
	eof := r.arrive(p)
	r.state(b, "CLOSE-WAIT")
	r.then().ret(b, "recv = EOF", eof)
	r.then().ret(b, `send "hello" = 5`)
	q := r.send(b, "P. 1:6(5)")
	r.then().ret(b, "recv = EOF", eof)
	r.now("0.020").arrive(q)
	text := draw(t, r.final(), Options{})
	if first := strings.Index(text, "recv = EOF"); first < 0 ||
		strings.LastIndex(text, "recv = EOF") < strings.Index(text, `send "hello"`) || strings.Index(text, `send "hello"`) < first {
		t.Errorf("want recv, send, recv in\n%s", text)
	}
}
