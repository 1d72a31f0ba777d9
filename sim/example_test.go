package sim_test

import (
	"fmt"
	"os"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/socket"
	"simrun/sim/trace"
)

// A world is made of hosts and links; programs in Go block in virtual time,
// and the record of the run is drawn as a ladder.
func Example() {
	w, err := sim.NewScenario("hello", 1).
		Host("A", "10.0.0.1", "ack=immediate").
		Host("B", "10.0.0.2", "ack=immediate", "msl=1s").
		Link("A", "B", 10*time.Millisecond).
		World()
	if err != nil {
		fmt.Println(err)
		return
	}
	defer w.Stop()
	log := w.Record()
	server := func(p *sim.Proc) {
		l, _ := p.Listen(7, 1)
		c, _ := l.Accept()
		for {
			text, err := c.Recv(100)
			if err != nil || len(text) == 0 {
				break
			}
			c.Send(text)
		}
		c.Close()
	}
	client := func(p *sim.Proc) {
		c, err := p.Connect("B", 7)
		if err != nil {
			return
		}
		c.Send([]byte("hello"))
		c.Shutdown(socket.SHUT_WR)
		c.Recv(100)
		c.Recv(100)
		c.Close()
	}
	w.Run("B", "", server)
	w.Run("A", "", client)
	if err := w.RunUntil(clock.Never); err != nil {
		fmt.Println(err)
	}
	w.Finish()
	trace.Ladder(os.Stdout, log, trace.Options{Width: 80, Verdict: "ok"})
	// Output:
	// hello                            profile rfc · ack=immediate · B.msl=1s · seed 1
	// A 10.0.0.1:49152                                                    B 10.0.0.2:7
	// socket tcp           0.000 │                        │   0.000 socket tcp
	//                            │                        │         listen :7
	//                            │                        │         LISTEN
	// connect B:7 …        0.000 ├1 S 0 ─────────────────►│   0.010 SYN-RECEIVED
	// SYN-SENT                   │                        │
	// ESTABLISHED          0.020 │◄────────── S. 0 ack 1 1┤   0.010
	// connect = 0                │                        │
	//                      0.020 ├2 . ack 1 ─────────────►│   0.030 ESTABLISHED
	//                            │                        │         accept = 4
	// send "hello" = 5     0.020 ├3 P. 1:6(5) ───────────►│   0.030 recv = "hello"
	// shutdown WR = 0      0.020 ├4 F. 6 ────────────────►│   0.030 CLOSE-WAIT
	// FIN-WAIT-1                 │                        │
	//                      0.040 │◄───────────── . ack 6 2┤   0.030
	// FIN-WAIT-2           0.040 │◄───────────── . ack 7 3┤   0.030
	// recv = "hello"       0.040 │◄─────────── P. 1:6(5) 4┤   0.030 send "hello" = 5
	//                            │                        │         recv = EOF
	// TIME-WAIT            0.040 │◄──────────────── F. 6 5┤   0.030 close = 0
	// recv = EOF                 │                        │         LAST-ACK
	// close = 0                  │                        │
	//                      0.040 ├5 . ack 6 ─────────────►│   0.050
	//                      0.040 ├6 . ack 7 ─────────────►│   0.050 CLOSED
	//                            ┊     ~ 239.990 s ~      ┊
	// 2MSL 240 s is over 240.040 │                        │
	// CLOSED                     │                        │
	// 11 packets, 10 bytes of data, 0 lost, 0 retransmitted. A CLOSED, B CLOSED. ok
}
