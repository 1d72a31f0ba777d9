package sim_test

import (
	"testing"

	"simrun/clock"
	"simrun/sim/script"
	"simrun/wire/codec"
)

// TestFound is scenarios in which random worlds found something wrong once.
func TestFound(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"an old SYN makes a half-open end; it and TIME-WAIT answered each other's ACKs without end", `# t: a test
-- net --
seed 51
profile linux
host A 10.0.0.1 ack=immediate rcvbuf=60
host B 10.0.0.2 ack=delayed rcvbuf=60
link A B
dup a.S[2] 40ms
drop a.F[4]
swap a#1 a#5
end 100s
-- app B --
listen :7 3
accept
until EOF { recv timeout=3s; send it }
close
-- app A --
connect B:7
send 1000
shutdown WR
until EOF { recv }
close
close
`},
		{"an old SYN makes a second end with the number of the first", `# t: a test
-- net --
seed 102
profile linux
host A 10.0.0.1 ack=immediate rcvbuf=60
host B 10.0.0.2 ack=delayed sndbuf=700 mss=100
link A B
corrupt a.S[2]
swap a#1 a#6
end 100s
-- app B --
listen :7 3
accept
send 5000 DONTWAIT
close
-- app A --
connect B:7
send 1000
shutdown WR
sleep 3s
until EOF { recv }
close
`},
		{"a FIN goes as a window probe: its sender is in CLOSE-WAIT, the peer in TIME-WAIT", `# t: a test
-- net --
host A 10.0.0.1 ack=immediate rcvbuf=500
host B 10.0.0.2 ack=immediate
link A B delay=10ms
drop a.ACK[5]
end 100s
-- app B --
listen :7
accept
until EOF { recv; send it }
close
-- app A --
connect B:7
send 1000
shutdown WR
until EOF { recv }
close
`},
		{"a program reads from an end that is over, and an old SYN has made another of the same name", `# t: a test
-- net --
seed 97
profile freebsd
host A 10.0.0.1 ack=delayed rcvbuf=60
host B 10.0.0.2 ack=delayed rcvbuf=60
link A B delay=10ms jitter=9ms
drop a..[1]
swap a#1 a#6
end 100s
-- app B --
sleep 93ms
listen :7 2
accept
until EOF { recv timeout=3s; send it }
close
-- app A --
sleep 2s
connect B:7
send 5000
close
shutdown WR
until EOF { recv }
close
`},
		{"an empty segment with an old timestamp comes again in TIME-WAIT, which must answer it", `# t: a test
-- net --
seed 29
profile freebsd
host A 10.0.0.1 ack=delayed nodelay=on
host B 10.0.0.2 ack=immediate timewait=0
link A B delay=10ms jitter=9ms mtu=300
dup 10% 3ms
end 100s
-- app B --
setsockopt SO_LINGER 0s
listen :7 1
accept
shutdown WR
until EOF { recv 10; send it }
listen :8
-- app A --
send 5000 DONTWAIT
connect B:7
send 5000
shutdown WR
until EOF { recv }
close
`},
		{"a process exits with two descriptors of one socket", `# t: a test
-- net --
host A 10.0.0.1
host B 10.0.0.2
link A B delay=10ms
end 100s
-- app B --
listen :7
accept
dup
until EOF { recv; send it }
exit
-- app A --
connect B:7
send 1
shutdown WR
until EOF { recv }
close
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := parse(t, c.src).Run(nil, codec.New(), script.Limits{Time: clock.At(100e9), Steps: 5000})
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Broken) > 0 || r.Stuck != "" {
				t.Errorf("%v %s", r.Broken, r.Stuck)
			}
		})
	}
}
