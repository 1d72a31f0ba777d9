package tcp

import (
	"testing"
	"time"
)

// RFC 8985 7.2, 7.3: two round trips, and for a lone segment as long as its
// ACK may be delayed; then the last segment again, and the RTO after it.
func TestLossProbe(t *testing.T) {
	for _, c := range []struct {
		name string
		n    int
		at   time.Duration
		want string
	}{
		{"several", 1000, rtt + 2*rtt, "P. 901:1001(100) ack 1"},
		{"one", 100, rtt + 2*rtt + 200*time.Millisecond, "P. 1:101(100) ack 1"},
		{"new text", 1050, rtt + 2*rtt, "P. 1001:1051(50) ack 1"}, // beyond the congestion window
	} {
		r := withTLP(t)
		r.send(c.n)
		if at := r.expire(); at != c.at {
			t.Errorf("%s: the probe was sent at %v, want %v", c.name, at, c.at)
		}
		r.want(Established, c.want)
		r.wantRows("tcp.timeout.probe")
		if at := r.expire(); at != c.at+time.Second {
			t.Errorf("%s: the RTO expired at %v, want a second after the probe", c.name, at)
		}
		r.wantRows("tcp.timeout.rto")
	}
}

// RFC 8985 7.2: no probe is sent later than the RTO would be; it comes instead
// of it.
func TestLossProbeInsteadOfRTO(t *testing.T) {
	r := withTLP(t, func(c *Config) { c.RTO.Min = 30 * time.Millisecond; c.RTO.Initial = 30 * time.Millisecond })
	for range 30 {
		r.send(100)
		r.sleep(rtt)
		r.feed(". 1 ack X win 10000")
	}
	start := r.now
	r.send(100) // SRTT 20 ms, so that 2*SRTT and 200 ms are more than the RTO
	if at := r.expire(); at >= start.Add(2*rtt).Since() {
		t.Errorf("expired %v after the text, want the RTO", at-start.Since())
	}
	r.wantRows("tcp.timeout.probe")
}

// RFC 8985 7.3: one probe at a time.
func TestSecondProbe(t *testing.T) {
	r := withTLP(t)
	r.send(200)
	r.expire()
	r.want(Established, "P. 101:201(100) ack 1")
	r.send(100)
	r.expire()
	r.want(Established, "")
	r.wantRows("tcp.timeout.probe.needless")
	r.expire()
	r.wantRows("tcp.timeout.rto")
}

// RFC 8985 7.3: nor another before a round trip was measured.
func TestProbeNeedsSample(t *testing.T) {
	r := withTLP(t)
	r.send(200)
	r.expire()
	r.feed(". 1 ack 201 win 10000 <sack 101:201>") // both copies; Karn allows no sample
	r.send(100)
	r.expire()
	r.wantRows("tcp.timeout.probe.needless")
}

// RFC 8985 7.4.2: what the ACK of a probe says of the loss that the probe may
// have hidden.
func TestProbeACK(t *testing.T) {
	for _, c := range []struct {
		name  string
		acks  []string
		phase probePhase
		loss  bool
	}{
		{"nothing yet", []string{". 1 ack 901 win 10000"}, probeAgain, false},
		{"one copy came", []string{". 1 ack 1001 win 10000"}, probeAgain, false},
		{"both came", []string{". 1 ack 1001 win 10000", ". 1 ack 1001 win 10000 <sack 901:1001>"}, probeNone, false},
		{"both came, unreported", []string{". 1 ack 1001 win 10000", ". 1 ack 1001 win 10000"}, probeNone, false},
		{"a window update", []string{". 1 ack 1001 win 10000", ". 1 ack 1001 win 9000"}, probeAgain, false},
		{"another duplicate", []string{". 1 ack 1001 win 10000", ". 1 ack 1001 win 10000 <sack 1:101>"}, probeAgain, false},
		{"one, and more text", []string{". 1 ack 1001 win 10000", ". 1 ack 1101 win 10000"}, probeNone, true},
		{"the probe tells of a hole", []string{". 1 ack 801 win 10000 <sack 901:1001>"}, probeNone, true},
	} {
		r := withTLP(t)
		r.send(1000)
		r.expire()
		for i, ack := range c.acks {
			if i == 1 {
				r.send(100)
			}
			r.now = r.now.Add(rtt)
			r.feed(ack)
		}
		if got := r.c.probe.phase; got != c.phase {
			t.Errorf("%s: phase %d, want %d", c.name, got, c.phase)
		}
		if got := r.c.cc.ssthresh < 1<<20; got != c.loss {
			t.Errorf("%s: the window was cut: %v, want %v", c.name, got, c.loss)
		}
	}
}

// A probe of new text hides nothing.
func TestProbeOfNewText(t *testing.T) {
	r := withTLP(t)
	r.send(1100)
	r.expire()
	r.want(Established, "P. 1001:1101(100) ack 1")
	r.now = r.now.Add(rtt)
	r.feed(". 1 ack 1101 win 10000")
	if r.c.probe.phase != probeNone || r.c.cc.ssthresh < 1<<20 {
		t.Errorf("phase %d, ssthresh %d", r.c.probe.phase, r.c.cc.ssthresh)
	}
}

// The FIN is probed like text.
func TestProbeOfFIN(t *testing.T) {
	r := withTLP(t)
	r.close()
	r.expire()
	r.want(FinWait1, "F. 1:1(0) ack 1")
	r.wantRows("tcp.timeout.probe")
	r.feed(". 1 ack 2 win 10000")
	if r.c.armed(TimerProbe) || r.c.armed(TimerRetransmit) {
		t.Error("a timer runs with nothing in flight")
	}
}

// Without SACK there is neither (RFC 8985 3.1).
func TestNoSACKNoRACK(t *testing.T) {
	r := established(t, func(c *Config) { c.RACK, c.TLP = true, true })
	r.send(300)
	if r.c.armed(TimerProbe) {
		t.Error("a probe without SACK")
	}
	r.expire()
	r.wantRows("tcp.timeout.rto")
}

// RFC 8985 7.2: while something is reported beyond a hole, no probe is due.
func TestNoProbeBesideSACK(t *testing.T) {
	r := withTLP(t)
	r.send(1000)
	r.sleep(rtt)
	r.feed(". 1 ack 1 win 10000 <sack 101:201>")
	if r.c.armed(TimerProbe) || !r.c.armed(TimerReordering) {
		t.Error("want the reordering timer alone")
	}
}
