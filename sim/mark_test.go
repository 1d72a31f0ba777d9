package sim_test

import (
	"strings"
	"testing"

	"simrun/sim/trace"
)

// capable is a scenario between hosts that use ECN.
func capable(octets int, link, rest string) string {
	src := stream(octets, link, rest)
	for _, host := range []string{"host A 10.0.0.1", "host B 10.0.0.2"} {
		src = strings.Replace(src, host, host+" ecn=on", 1)
	}
	return src
}

// TestMarks is what a router that is congested does: it marks what is
// ECN-capable, and drops what is not (RFC 3168 5).
func TestMarks(t *testing.T) {
	for _, c := range []struct{ name, src string }{
		{"text is marked", capable(1000, "delay=10ms", "mark a.P\n-- check --\nlost = 0; retransmitted a = 0; count b.E = 4")},
		{"a SYN is dropped", capable(1000, "delay=10ms", "mark a.S\n-- check --\nlost = 1; retransmitted a = 1; count a.E = 1; bytes A>B = 1000")},
		{"a bare ACK is dropped", capable(1000, "delay=10ms", "mark b.ACK\n-- check --\nlost = 1; bytes A>B = 1000")},
		{"nobody is capable", stream(1000, "delay=10ms", "mark a.P\n-- check --\nlost = 1; retransmitted a = 1; bytes A>B = 1000")},
	} {
		t.Run(c.name, func(t *testing.T) { run(t, c.src) })
	}
}

// TestQueueMarks: from the given number of waiting packets on, those that are
// ECN-capable are marked, and the others pass as long as there is room.
func TestQueueMarks(t *testing.T) {
	marked := func(r *trace.Log) (n int) {
		for i := range r.Packets {
			for _, c := range r.Packets[i].Copies {
				if c.Marked {
					n++
				}
			}
		}
		return n
	}
	link := "delay=10ms rate=1Mbit/s queue=50 mark=2"
	r := run(t, capable(14600, link, "-- check --\nlost = 0; retransmitted a = 0; bytes A>B = 14600"))
	if marked(r.Log) == 0 {
		t.Error("a queue of two marks nothing")
	}
	r = run(t, stream(14600, link, "-- check --\nlost = 0; count b.E = 0"))
	if n := marked(r.Log); n != 0 {
		t.Errorf("%d packets are marked that are not capable", n)
	}
}
