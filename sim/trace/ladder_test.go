package trace

import "testing"

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
