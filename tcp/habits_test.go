package tcp

import (
	"slices"
	"testing"
	"time"
)

// TestGivingUpBySystems: the schedules that systems have instead of R2.
func TestGivingUpBySystems(t *testing.T) {
	fromRTT := func(c *Config) { c.RTO.Min = 0 } // the handshake took 20 ms
	tenths := func(at ...int) (all []time.Duration) {
		for _, n := range at {
			all = append(all, time.Duration(n)*100*time.Millisecond)
		}
		return all
	}
	for _, c := range []struct {
		name, segment string
		make          func(t *testing.T) *rig
		want          []time.Duration
	}{
		{"four linear SYNs and six more", "S 0:0(0) <mss 100>", func(t *testing.T) *rig {
			return inState(t, SynSent, func(c *Config) { c.SYNLinear, c.SYNRetries, c.RTO.Max = 4, 10, 120*time.Second })
		}, seconds(1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 131)},
		{"six SYNs, none linear", "S 0:0(0) <mss 100>", func(t *testing.T) *rig {
			return inState(t, SynSent, func(c *Config) { c.SYNRetries, c.RTO.Max = 6, 120*time.Second })
		}, seconds(1, 3, 7, 15, 31, 63, 127)},
		{"SYNs with slop, by the clock", "S 0:0(0) <mss 100>", func(t *testing.T) *rig {
			return inState(t, SynSent, func(c *Config) {
				c.OpenTimeout, c.RTO.Slop, c.RTO.Max = 75*time.Second, 200*time.Millisecond, 64*time.Second
			})
		}, tenths(10, 32, 74, 156, 318, 640, 750)},
		{"five SYN,ACKs", "S. 0:0(0) ack 1 <mss 100>", func(t *testing.T) *rig {
			return inState(t, SynReceived, func(c *Config) { c.SYNACKRetries, c.SYNLinear = 5, 4 })
		}, seconds(1, 3, 7, 15, 31, 63)},
		{"a SYN,ACK of an active open counts as SYN", "S. 0:0(0) ack 1 <mss 100>", func(t *testing.T) *rig {
			return crossed(t, func(c *Config) { c.SYNRetries, c.SYNACKRetries = 2, 5 })
		}, seconds(1, 3, 7)},
		{"text so often", "P. 1:6(5) ack 1", func(t *testing.T) *rig {
			r := established(t, func(c *Config) { c.Retries = 3 })
			r.send(5)
			return r
		}, seconds(1, 3, 7, 15)},
		{"text with slop", "P. 1:6(5) ack 1", func(t *testing.T) *rig {
			r := newRig(t, fromRTT, func(c *Config) { c.RTO.Slop, c.Retries = 200*time.Millisecond, 3 })
			r.open()
			r.sleep(20 * time.Millisecond)
			r.feed("S. 0 ack 1 <mss 100>")
			r.send(5)
			return r
		}, []time.Duration{260 * time.Millisecond, 580 * time.Millisecond, 1020 * time.Millisecond, 1700 * time.Millisecond}},
		{"an abandoned FIN", "F. 1:1(0) ack 1", func(t *testing.T) *rig {
			r := inState(t, FinWait1, func(c *Config) { c.R2Abandoned = 20 * time.Second })
			r.abandon()
			return r
		}, seconds(1, 3, 7, 15, 31)},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.make(t)
			if got := schedule(t, r, c.segment); !slices.Equal(got, c.want) {
				t.Errorf("expiries at %v, want %v", got, c.want)
			}
			if last := r.out.Signals[0]; c.name == "SYNs with slop, by the clock" && last.Value != 75*time.Second {
				t.Errorf("%v is over, want 75s", last.Value)
			}
		})
	}
}

// TestLateUserTimeout: the user's time counts from the first retransmission,
// and again from the next one's, once that text is acknowledged.
func TestLateUserTimeout(t *testing.T) {
	r := established(t, func(c *Config) { c.UserTimeout, c.LateUserTimeout = 8*time.Second, true })
	r.send(5)
	r.expire()
	r.want(Established, "P. 1:6(5) ack 1")
	r.feed(". 1 ack 6")
	r.send(5)
	start := r.now
	for r.c.State() != Closed {
		r.expire()
	}
	r.wantRows("tcp.timeout.user")
	if took := r.now.Sub(start); took != 10*time.Second { // the RTO is 2 s: Karn
		t.Errorf("given up after %v, want 10s", took)
	}
	r = established(t, func(c *Config) { c.UserTimeout, c.LateUserTimeout = 8*time.Second, true })
	r.feed(". 1 ack 1 win 0")
	r.send(5)
	for r.c.State() != Closed { // nothing is in flight: the probes' time counts
		r.expire()
	}
	if r.now.Since() != 8*time.Second {
		t.Errorf("a shut window was given up at %v, want 8s", r.now)
	}
}

// hasty sends a SYN again 8 ms after a bad ACK.
func hasty(c *Config) { c.SYNAfterBadACK = 8 * time.Millisecond }

// TestSYNAfterBadACK: a SYN that an old connection answered need not wait for
// its RTO, but the second one does.
func TestSYNAfterBadACK(t *testing.T) {
	r := inState(t, SynSent, hasty)
	r.sleep(20 * time.Millisecond)
	r.feed(". 700 ack 90")
	r.want(SynSent, "R 90:90(0)")
	r.wantRows("tcp.bad-ack.syn-again")
	if at := r.expire(); at != 28*time.Millisecond {
		t.Errorf("the SYN again at %v, want 28ms", at)
	}
	r.want(SynSent, "S 0:0(0) <mss 100>")
	r.wantRows("tcp.timeout.syn")
	r.feed(". 700 ack 90")
	r.wantRows("tcp.bad-ack.opening")
	if at := r.expire(); at != 1028*time.Millisecond {
		t.Errorf("the SYN a third time at %v, want 1.028s", at)
	}
	r = inState(t, SynSent, hasty)
	r.feed(". 700 ack 90")
	r.feed("S. 0 ack 1 <mss 100>")
	r.want(Established, ". 1:1(0) ack 1")
	if at, runs := r.c.NextTimeout(); runs {
		t.Errorf("a timer runs until %v", at)
	}
}

// TestSYNAgain: what a SYN that comes again draws in SYN-RECEIVED.
func TestSYNAgain(t *testing.T) {
	r := inState(t, SynReceived)
	r.feed("S 0 <mss 100>")
	r.want(SynReceived, ". 1:1(0) ack 1")
	r.wantRows("tcp.syn-again.ack")
	r = inState(t, SynReceived, func(c *Config) { c.ResendSYNACK = true })
	r.sleep(900 * time.Millisecond)
	r.feed("S 0 <mss 100>")
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100>")
	r.wantRows("tcp.syn-again.synack")
	if at := r.expire(); at != 1900*time.Millisecond { // the timer began anew
		t.Errorf("the SYN,ACK at %v, want 1.9s", at)
	}
	r.feed("S 5 <mss 100>") // another SYN is no copy
	r.wantRows("tcp.syn.syn-received.passive")
}

// TestAckSYNACK: in a simultaneous open the SYN,ACK is acknowledged too.
func TestAckSYNACK(t *testing.T) {
	r := crossed(t)
	r.feed("S. 0 ack 1 <mss 100>")
	r.want(Established, "")
	r = crossed(t, func(c *Config) { c.AckSYNACK = true })
	r.feed("S. 0 ack 1 <mss 100>")
	r.want(Established, ". 1:1(0) ack 1")
}

// TestRestartTimeWait: old text restarts 2MSL.
func TestRestartTimeWait(t *testing.T) {
	r := inState(t, TimeWait, func(c *Config) { c.RestartTimeWait = true })
	r.sleep(time.Minute)
	r.feed("P. 0(1) ack 2")
	r.want(TimeWait, ". 2:2(0) ack 2")
	r.wantRows("tcp.outside.time-wait")
	r.wantSignals("TimeWaitRestarted")
	if at := r.expire(); at != 5*time.Minute {
		t.Errorf("2MSL was over at %v, want 5m", at)
	}
}

// TestEmptyProbe: a window probe that carries nothing takes no number.
func TestEmptyProbe(t *testing.T) {
	r := established(t, func(c *Config) { c.EmptyProbe = true })
	r.send(10)
	r.feed(". 1 ack 11 win 0")
	r.send(5)
	for _, at := range seconds(1, 3, 7) {
		if got := r.expire(); got != at {
			t.Errorf("a probe at %v, want %v", got, at)
		}
		r.want(Established, ". 10:10(0) ack 1")
		r.feed(". 1 ack 11 win 0")
	}
	r.feed(". 1 ack 11 win 100")
	r.want(Established, "P. 11:16(5) ack 1")
}

// TestQuickACKs: the first segments are acknowledged at once, until text
// answers one.
func TestQuickACKs(t *testing.T) {
	quick := func(c *Config) { c.QuickACKs = 2 }
	r := established(t, delayed, quick)
	for i, want := range []string{". 1:1(0) ack 11", ". 1:1(0) ack 21", ""} {
		r.feed([]string{"P. 1(10) ack 1", "P. 11(10) ack 1", "P. 21(10) ack 1"}[i])
		r.want(Established, want)
	}
	r = established(t, delayed, quick)
	r.send(5) // a request, no answer
	r.feed("P. 1(10) ack 6")
	r.want(Established, ". 6:6(0) ack 11")
	r.send(5)
	r.feed("P. 11(10) ack 11")
	r.want(Established, "")
}

// TestFINACKOpen: the ACK of a FIN waits only while our own text may carry it.
func TestFINACKOpen(t *testing.T) {
	open := func(c *Config) { c.FINACK = DelayedOpen }
	r := established(t, open)
	r.feed("F. 1 ack 1")
	r.want(CloseWait, "")
	r.close()
	r.want(LastAck, "F. 1:1(0) ack 2")
	r = inState(t, FinWait2, open)
	r.feed("F. 1 ack 2")
	r.want(TimeWait, ". 2:2(0) ack 2")
	r = inState(t, FinWait1, open)
	r.feed("F. 1 ack 1")
	r.want(Closing, ". 2:2(0) ack 2")
}

// TestOptionOrder: a SYN's options as each order has them.
func TestOptionOrder(t *testing.T) {
	for _, c := range []struct {
		order              OptionOrder
		scale, sack, stamp bool
		want               string
	}{
		{Aligned, true, true, true, "mss 100,nop,wscale 2,nop,nop,sackOK,nop,nop,TS val 0 ecr 0"},
		{SACKFirst, true, true, true, "mss 100,sackOK,TS val 0 ecr 0,nop,wscale 2"},
		{SACKFirst, true, true, false, "mss 100,nop,nop,sackOK,nop,wscale 2"},
		{SACKFirst, true, false, true, "mss 100,nop,nop,TS val 0 ecr 0,nop,wscale 2"},
		{SACKFirst, true, false, false, "mss 100,nop,wscale 2"},
		{ScaleFirst, true, true, true, "mss 100,nop,wscale 2,sackOK,TS val 0 ecr 0"},
		{ScaleFirst, false, true, false, "mss 100,sackOK,eol,eol"},
		{ScaleFirst, true, true, false, "mss 100,nop,wscale 2,sackOK,eol,eol"},
		{ScaleFirst, false, false, true, "mss 100,nop,nop,TS val 0 ecr 0"},
		{ScaleFirst, false, false, false, "mss 100"},
	} {
		r := newRig(t, func(cfg *Config) {
			cfg.OptionOrder, cfg.LeastShift = c.order, 2
			cfg.WindowScale, cfg.SACK, cfg.Timestamps = c.scale, c.sack, c.stamp
		})
		r.open()
		r.want(SynSent, "S 0:0(0) <"+c.want+">")
	}
}

// TestTellLateReset: a RST after both FINs, as an error.
func TestTellLateReset(t *testing.T) {
	for _, state := range []State{Closing, LastAck} {
		r := inState(t, state, func(c *Config) { c.TellLateReset = true })
		r.feed("R N")
		r.want(Closed, "")
		r.wantRows("tcp.rst.closing.told")
		r.wantSignals("Reset")
	}
}

// TestResetThatAnswers: a RST in answer to text has no ACK; that of an ABORT
// has one where the configuration says so.
func TestResetThatAnswers(t *testing.T) {
	with := func(c *Config) { c.AbortWithACK = true }
	r := inState(t, FinWait2, with)
	r.abandon()
	r.feed("P. 1(5) ack 2")
	r.want(Closed, "R 2:2(0)")
	r = established(t, with)
	r.abort()
	r.want(Closed, "R. 1:1(0) ack 1")
}
