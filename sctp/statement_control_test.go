package sctp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// wantRTO asserts what path 1 measures.
func (r *rig) wantRTO(srtt, rttvar, rto time.Duration) {
	r.t.Helper()
	p := &r.a.paths[0]
	s, _ := p.rtt.SRTT()
	if s != srtt || p.rtt.RTTVAR() != rttvar || p.rto(r.cfg) != rto {
		r.t.Errorf("SRTT %v RTTVAR %v RTO %v, want %v %v %v", s, p.rtt.RTTVAR(), p.rto(r.cfg), srtt, rttvar, rto)
	}
}

// wantCC asserts the congestion control of path 1.
func (r *rig) wantCC(cwnd, ssthresh, flight int) {
	r.t.Helper()
	p := &r.a.paths[0]
	if p.cc.cwnd != cwnd || p.cc.ssthresh != ssthresh || p.flight != flight {
		r.t.Errorf("cwnd %d ssthresh %d flight %d, want %d %d %d", p.cc.cwnd, p.cc.ssthresh, p.flight, cwnd, ssthresh, flight)
	}
}

// wantT3 asserts when T3-rtx of path 1 expires.
func (r *rig) wantT3(want time.Duration) {
	r.t.Helper()
	at, ok := r.a.paths[0].timers.Deadline(uint8(T3))
	if got := at.Since() - r.shift; !ok && want != 0 || ok && got != want {
		r.t.Errorf("T3-rtx at %v %v, want %v", got, ok, want)
	}
}

const ms = time.Millisecond

// trip sends a chunk that is acknowledged after d.
func (r *rig) trip(d time.Duration) {
	r.t.Helper()
	r.send(10)
	r.sleep(d)
	r.feed(fmt.Sprintf("SACK %d", r.a.snd.flight.end()))
}

// full is 100-octet messages that each fill a packet of 116 octets.
func full(n int) (all []int) {
	for range n {
		all = append(all, 100)
	}
	return all
}

// controlStatements is RFC 9260 6.3 and 7.
var controlStatements = []statement{
	{74, "6.3.1 C1", should, "RTO begins as RTO.Initial", "it is 1 s by default, and 3 s where that is set", func(t *testing.T) {
		established(t).wantRTO(0, 0, time.Second)
		established(t, func(c *Config) { c.RTO.Initial = 3 * time.Second }).wantRTO(0, 0, 3*time.Second)
	}},
	{75, "6.3.1 C2", must, "The first round trip sets SRTT to R and RTTVAR to R/2", "a round trip of 400 ms makes SRTT 400, RTTVAR 200 and RTO 1200 ms", func(t *testing.T) {
		r := established(t)
		r.trip(400 * ms)
		r.wantRTO(400*ms, 200*ms, 1200*ms)
	}},
	{76, "6.3.1 C3", must, "Later ones move RTTVAR by 1/4 and then SRTT by 1/8", "800 ms after 400 ms makes SRTT 450, RTTVAR 250 and RTO 1450 ms", func(t *testing.T) {
		r := established(t)
		r.trip(400 * ms)
		r.trip(800 * ms)
		r.wantRTO(450*ms, 250*ms, 1450*ms)
	}},
	{77, "6.3.1 C4", must, "One measurement for each round trip", "of two chunks 100 ms apart in one flight the first alone is measured", func(t *testing.T) {
		r := established(t)
		r.send(10)
		r.sleep(100 * ms)
		r.send(10)
		r.sleep(100 * ms)
		r.feed("SACK 1")
		r.wantRTO(200*ms, 100*ms, time.Second)
		r.sleep(500 * ms)
		r.feed("SACK 2")
		r.wantRTO(200*ms, 100*ms, time.Second)
	}},
	{78, "6.3.1 C5", must, "No round trip is measured of what was sent again", "an acknowledgement after T3-rtx leaves SRTT unknown and RTO at 2 s, one after a fast retransmission leaves both as they were", func(t *testing.T) {
		r := established(t)
		r.send(10)
		r.expire()
		r.sleep(10 * ms)
		r.feed("SACK 1")
		r.wantRTO(0, 0, 2*time.Second)
		r = established(t, tiny)
		r.send(full(4)...)
		r.sleep(10 * ms)
		r.feed("SACK 0 gap=2-2")
		r.feed("SACK 0 gap=2-3")
		r.feed("SACK 0 gap=2-4")
		r.feed("SACK 4")
		r.wantRTO(0, 0, time.Second)
	}},
	{79, "6.3.1 C6, C7, G1", should, "RTO lies between RTO.Min and RTO.Max, RTTVAR is never 0", "a round trip of 1 ms leaves RTO at 1 s, one of 59 s at RTO.Max 60 s, and a clock of 100 ms keeps RTO 100 ms above SRTT", func(t *testing.T) {
		r := established(t)
		r.trip(ms)
		r.wantRTO(ms, ms/2, time.Second)
		r = established(t, func(c *Config) { c.RTO.Max = 60 * time.Second; c.RTO.Initial = 60 * time.Second })
		r.trip(59 * time.Second)
		if got := r.a.Path(0).RTO; got != 60*time.Second {
			t.Errorf("RTO %v", got)
		}
		r = established(t, func(c *Config) { c.RTO.Min, c.RTO.Granularity = ms, 100*ms })
		for range 60 {
			r.trip(8 * ms)
		}
		if got := r.a.Path(0).RTO; got != 108*ms {
			t.Errorf("RTO %v, want 108 ms", got)
		}
	}},
	{80, "6.3.2", must, "T3-rtx: R1 starts with DATA, R2 stops when all is acknowledged, R3 begins anew with the earliest, R4 starts when a gap ack is taken back", "its deadline is an RTO after the first chunk (R1) and after the SACK that takes the earliest (R3), not after one of gaps; it stops with the last (R2), and runs again when a gap ack is taken back (R4)", func(t *testing.T) {
		r := established(t, tiny)
		r.send(full(4)...)
		r.wantT3(time.Second) // R1
		r.sleep(100 * ms)
		r.feed("SACK 0 gap=2-2")
		r.wantT3(time.Second)
		r.feed("SACK 2")
		r.wantT3(1100 * ms) // R3
		r.sleep(100 * ms)
		r.feed("SACK 4")
		r.wantT3(0) // R2
		r = established(t, tiny)
		r.send(100)
		r.feed("SACK 0 gap=1-1")
		r.wantT3(0)
		r.sleep(100 * ms)
		r.feed("SACK 0")
		r.wantT3(1100 * ms) // R4
	}},
	{81, "6.1", must, "T3-rtx begins anew when the earliest chunk is sent again, and with no other", "when the first chunk is fast retransmitted T3-rtx begins anew; when the fifth is, with the first outstanding, its deadline stays", func(t *testing.T) {
		r := established(t, tiny)
		r.send(full(4)...)
		r.sleep(100 * ms)
		r.feed("SACK 0 gap=2-2")
		r.feed("SACK 0 gap=2-3")
		r.feed("SACK 0 gap=2-4")
		r.wantSent("DATA 1 s0:0 BE(100)")
		r.wantT3(1100 * ms)
		r = established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(12)...)
		r.sleep(100 * ms)
		r.feed("SACK 0 gap=2-2")
		r.feed("SACK 0 gap=2-3")
		r.feed("SACK 0 gap=2-4")
		r.sleep(100 * ms)
		r.feed("SACK 0 gap=2-4,6-6")
		r.feed("SACK 0 gap=2-4,6-7")
		r.feed("SACK 0 gap=2-4,6-8")
		r.wantSent("DATA 5 s0:4 BE(100)")
		r.wantT3(1100 * ms)
	}},
	{82, "6.3.3, 7.2.3", must, "E1: T3-rtx sets ssthresh to half of cwnd and cwnd to a packet; E2: RTO doubles; E3: one packet of the earliest goes, and no other until one is acknowledged", "from a window of 2000 cwnd goes to 116 and ssthresh to 1000, RTO to 2 s; one packet goes, and two more when it is acknowledged; ssthresh is four packets at least", func(t *testing.T) {
		r := established(t, tiny, burst, func(c *Config) { c.NoDelay = false })
		r.setCC(2000, 5000)
		r.send(full(6)...)
		r.wantCC(2000, 5000, 6*116)
		r.expire()
		r.wantSent("DATA 1 s0:0 BE(100)")
		r.wantCC(116, 1000, 116)
		r.wantT3(3 * time.Second)
		r.feed("SACK 0")
		r.wantSent("")
		r.feed("SACK 1")
		r.wantCC(232, 1000, 232)
		r.wantSent("DATA 2 s0:1 BE(100) | DATA 3 s0:2 BE(100)")
		r = established(t, tiny)
		r.send(full(2)...)
		r.expire()
		r.wantCC(116, 4*116, 116) // at least four packets
		r = established(t, tiny)
		r.send(10, 10, 10, 10, 10, 10)
		r.expire()
		r.wantSent("DATA 1 s0:0 BE(10); DATA 2 s0:1 BE(10); DATA 3 s0:2 BE(10); DATA 4 s0:3 BE(10)")
		r.wantCC(116, 4*116, 112) // four octets are left, and no packet goes
	}},
	{83, "7.2.1", must, "The congestion window begins as min(4 P, max(2 P, 4404)), 4344 for IPv6; ssthresh as the peer's window", "MTUs of 148, 1500, 2000 and 9000 make 464, 4404, 4404 and 17936 octets; over IPv6 1500 makes 4344", func(t *testing.T) {
		for mtu, want := range map[int]int{148: 4 * 116, 1500: 4404, 9000: 2 * 8968, 2000: 4404} {
			r := established(t, func(c *Config) { c.MTU = mtu })
			r.wantCC(want, 100000, 0)
		}
		p := path{addr: v6, mtu: 1500}
		p.cc.initial(&p, 5000)
		if p.cc.cwnd != 4344 {
			t.Errorf("cwnd %d over IPv6", p.cc.cwnd)
		}
	}},
	{84, "7.2.1", must, "Slow start opens cwnd by what is acknowledged, at most a packet, if it was fully used and not in Fast Recovery", "a full window opens by a packet, one that is not full does not; one SACK of three chunks opens it by a packet, of 36 octets by 36; in Fast Recovery it stays", func(t *testing.T) {
		r := established(t, tiny)
		r.send(full(5)...)
		r.feed("SACK 1")
		r.wantCC(464+116, 100000, 4*116)
		r.feed("SACK 2") // 4*116 of 5*116 were used
		r.wantCC(464+116, 100000, 3*116)
		r = established(t, tiny)
		r.send(full(4)...)
		r.feed("SACK 3")
		r.wantCC(464+116, 100000, 116)
		r = established(t, tiny, func(c *Config) { c.MaxBurst = 100 })
		r.send(20, 100, 100, 100, 100, 100)
		r.feed("SACK 1")
		r.wantCC(464+36, 100000, 5*116)
		r = established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(18)...)
		r.feed("SACK 0 gap=2-2")
		r.feed("SACK 0 gap=2-3")
		r.feed("SACK 0 gap=2-4")
		r.feed("SACK 4")
		r.wantCC(1058, 1058, 14*116) // 2116 when it was cut, and no more since
	}},
	{85, "7.2.1", should, "While nothing is sent cwnd halves each RTO, down to four packets", "3 s of silence take 10,000 to 1250 and set ssthresh to 10,000; a minute takes it to four packets", func(t *testing.T) {
		r := established(t, tiny)
		r.setCC(10000, 20000)
		r.send(10)
		r.feed("SACK 1")
		r.sleep(900 * ms)
		r.send(10)
		r.wantCC(10000, 20000, 28)
		r.feed("SACK 2")
		r.sleep(3 * time.Second)
		r.send(10)
		r.wantCC(1250, 10000, 28)
		r.feed("SACK 3")
		r.sleep(time.Minute)
		r.send(10)
		r.wantCC(4*116, 1250, 28)
	}},
	{86, "7.2.2", must, "Beyond ssthresh cwnd opens by a packet for each window that is acknowledged", "four full packets acknowledged of a full window of four open it by one; with the window not full partial_bytes_acked stops at cwnd, and with nothing outstanding it is 0", func(t *testing.T) {
		r := established(t, tiny, burst)
		r.setCC(464, 400)
		r.send(full(20)...)
		for n := 1; n <= 3; n++ {
			r.feed(fmt.Sprintf("SACK %d", n))
			r.wantCC(464, 400, 464)
		}
		r.feed("SACK 4")
		r.wantCC(580, 400, 580)
		if p := r.a.paths[0].cc.partial; p != 0 {
			t.Errorf("partial_bytes_acked %d", p)
		}
		r = established(t, tiny, burst)
		r.setCC(464, 400)
		r.send(100)
		for n := 1; n <= 10; n++ {
			r.send(100)
			r.feed(fmt.Sprintf("SACK %d", n))
		}
		r.wantCC(464, 400, 116)
		if p := r.a.paths[0].cc.partial; p != 464 {
			t.Errorf("partial_bytes_acked %d with the window not full", p)
		}
		r = established(t, tiny, burst)
		r.setCC(464, 400)
		for range 10 {
			r.trip(ms)
		}
		r.wantCC(464, 400, 0)
		if p := r.a.paths[0].cc.partial; p != 0 {
			t.Errorf("partial_bytes_acked %d with nothing outstanding", p)
		}
	}},
	{87, "7.2.4", must, "The third report that a chunk is missing sends it again in one packet at once, whatever cwnd is; only newly acknowledged chunks beyond it report", "five SACKs of the same block are one report; the third of different ones sends chunk 1 alone, with more outstanding than cwnd; chunks beyond the highest that is newly acknowledged are not reported", func(t *testing.T) {
		r := established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(18)...)
		for range 5 { // the same block again and again is one report
			r.feed("SACK 0 gap=2-2")
		}
		r.feed("SACK 0 gap=2-3")
		if r.a.paths[0].cc.phase == phaseRecovery {
			t.Error("two reports were enough")
		}
		r.feed("SACK 0 gap=2-4")
		r.wantSent("DATA 1 s0:0 BE(100)")
		r.wantCC(1058, 1058, 15*116)
		r = established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(12)...)
		r.feed("SACK 0 gap=6-6")
		r.feed("SACK 0 gap=2-2,6-6")
		r.feed("SACK 0 gap=2-3,6-6")
		r.wantSent("DATA 1 s0:0 BE(100)") // chunks 4 and 5 were reported once
	}},
	{88, "7.2.4", must, "A chunk is fast retransmitted once", "of eleven reports the third alone sends chunk 1 again, and none of eight after T3-rtx has", func(t *testing.T) {
		r := established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(12)...)
		for n := 2; n <= 12; n++ {
			r.feed(fmt.Sprintf("SACK 0 gap=2-%d", n))
			if got := r.sent(); (n == 4) != (got == "DATA 1 s0:0 BE(100)") {
				t.Errorf("report %d: sent %q", n-1, got)
			}
		}
		r = established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(12)...)
		for n := 2; n <= 4; n++ {
			r.feed(fmt.Sprintf("SACK 0 gap=2-%d", n))
		}
		r.expire()
		r.wantSent("DATA 1 s0:0 BE(100)")
		for n := 5; n <= 12; n++ {
			if r.feed(fmt.Sprintf("SACK 0 gap=2-%d", n)); strings.HasPrefix(r.sent(), "DATA 1 ") {
				t.Errorf("after T3-rtx, report %d: sent %q", n-4, r.sent())
			}
		}
	}},
	{89, "7.2.4, 7.2.3", should, "Fast Recovery halves the window once, and ends when all that was outstanding is acknowledged", "two losses in a window of 2000 make it 1000 once; a SACK that moves the ack point reports all that are missing; Fast Recovery ends with the last chunk that was outstanding, not before", func(t *testing.T) {
		r := established(t, tiny, burst)
		r.setCC(2000, 5000)
		r.send(full(12)...)
		r.feed("SACK 0 gap=2-2")
		r.feed("SACK 0 gap=2-3")
		r.feed("SACK 0 gap=2-4")
		r.wantSent("DATA 1 s0:0 BE(100)")
		r.wantCC(1000, 1000, 9*116)
		r.feed("SACK 0 gap=2-4,6-6")
		r.feed("SACK 0 gap=2-4,6-7")
		r.wantSent("")
		r.feed("SACK 4 gap=6-7")
		r.wantSent("DATA 5 s0:4 BE(100)")
		r.wantCC(1000, 1000, 6*116)
		r.feed("SACK 11")
		if r.a.paths[0].cc.phase != phaseRecovery {
			t.Error("Fast Recovery ended early")
		}
		r.feed("SACK 12")
		if r.a.paths[0].cc.phase != phaseOpen {
			t.Error("Fast Recovery did not end")
		}
	}},
}

// setCC gives path 1 windows that a long transfer would have brought about.
func (r *rig) setCC(cwnd, ssthresh int) {
	r.step(func(r *rig) {
		p := &r.a.paths[0]
		p.cc.cwnd, p.cc.ssthresh, p.sent = cwnd, ssthresh, r.clock()
	})
}

var v6 = wire.MustParseAddr("fd00::2")
