package tcp

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

func seconds(s ...float64) (all []time.Duration) {
	for _, v := range s {
		all = append(all, time.Duration(v*1000)*time.Millisecond)
	}
	return all
}

// schedule lets timers expire until the connection ends, and returns when each
// did; what is sent again must be the same segment each time.
func schedule(t *testing.T, r *rig, segment string) (at []time.Duration) {
	t.Helper()
	start := r.now.Since()
	for r.c.State() != Closed && len(at) < 50 {
		at = append(at, r.expire()-start)
		if want := segment; r.c.State() != Closed && r.sent() != want {
			t.Errorf("at %v sent %q, want %q", r.now, r.sent(), want)
		}
	}
	return at
}

// RFC 6298 5.4 to 5.6 and RFC 9293 3.8.3: the RTO doubles up to 60 s. Text is
// given up after R2 = 100 s at least (SHLD-11), a SYN after 3 minutes at least
// (MUST-23): at the first expiry past that.
func TestRetransmissionSchedule(t *testing.T) {
	data, syn := seconds(1, 3, 7, 15, 31, 63, 123), seconds(1, 3, 7, 15, 31, 63, 123, 183)
	for _, c := range []struct {
		name, segment string
		make          func(t *testing.T) *rig
		want          []time.Duration
	}{
		{"SYN", "S 0:0(0) <mss 100>", func(t *testing.T) *rig { return inState(t, SynSent) }, syn},
		{"SYN,ACK", "S. 0:0(0) ack 1 <mss 100>", func(t *testing.T) *rig { return inState(t, SynReceived) }, syn},
		{"SYN,ACK crossed", "S. 0:0(0) ack 1 <mss 100>", func(t *testing.T) *rig { return crossed(t) }, syn},
		{"text", "P. 1:6(5) ack 1", func(t *testing.T) *rig { r := established(t); r.send(5); return r }, data},
		{"text and FIN", "FP. 1:6(5) ack 1", func(t *testing.T) *rig {
			r := established(t)
			r.feed(". 1 ack 1 win 0")
			r.send(5)
			r.close()
			r.feed(". 1 ack 1 win 100")
			return r
		}, data},
		{"FIN-WAIT-1", "F. 1:1(0) ack 1", func(t *testing.T) *rig { return inState(t, FinWait1) }, data},
		{"CLOSE-WAIT", "P. 1:6(5) ack 2", func(t *testing.T) *rig { r := inState(t, CloseWait); r.send(5); return r }, data},
		{"CLOSING", "F. 1:1(0) ack 2", func(t *testing.T) *rig { return inState(t, Closing) }, data},
		{"LAST-ACK", "F. 1:1(0) ack 2", func(t *testing.T) *rig { return inState(t, LastAck) }, data},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.make(t)
			if got := schedule(t, r, c.segment); !slices.Equal(got, c.want) {
				t.Errorf("expiries at %v, want %v", got, c.want)
			}
			r.want(Closed, "") // "USER TIMEOUT ... flush all queues"; no RST is sent
			r.wantSignals("TimerExpired TimedOut")
			if _, runs := r.c.NextTimeout(); runs {
				t.Error("a timer runs in CLOSED")
			}
		})
	}
}

// MUST-21: the user may set R2; MUST-20, SHLD-9: R1 is told.
func TestR1AndR2(t *testing.T) {
	r := established(t, func(c *Config) { c.R1, c.R2 = 4, 20*time.Second })
	r.send(5)
	for i, want := range []struct{ signals, sent string }{
		{"TimerExpired", "P. 1:6(5) ack 1"},
		{"TimerExpired", "P. 1:6(5) ack 1"},
		{"TimerExpired", "P. 1:6(5) ack 1"},
		{"TimerExpired Warning", "P. 1:6(5) ack 1"},
		{"TimerExpired TimedOut", ""},
	} {
		r.expire()
		r.wantSignals(want.signals)
		if r.sent() != want.sent {
			t.Errorf("%d: sent %q", i, r.sent())
		}
		if i < 4 {
			s := r.out.Signals[0]
			if rto := time.Second << i; s.Timer != TimerRetransmit || s.Value != rto || s.Next != 2*rto {
				t.Errorf("told %+v, want RTO %v", s, rto)
			}
			if n := r.out.Segments[0].Resend; n != i+1 {
				t.Errorf("resend %d, want %d", n, i+1)
			}
		}
	}
	r.want(Closed, "")
	if r.now != clock.At(31*time.Second) {
		t.Errorf("gave up at %v, want 31s", r.now)
	}
}

// R2 is over when it is reached.
func TestR2Exactly(t *testing.T) {
	for _, c := range []struct{ r2, want time.Duration }{
		{15*time.Second - 1, 15 * time.Second}, {15 * time.Second, 15 * time.Second}, {15*time.Second + 1, 31 * time.Second},
	} {
		r := established(t, func(cfg *Config) { cfg.R2 = c.r2 })
		r.send(5)
		if at := schedule(t, r, "P. 1:6(5) ack 1"); at[len(at)-1] != c.want {
			t.Errorf("R2 %v: gave up at %v, want %v", c.r2, at, c.want)
		}
	}
}

// R2 counts from when the front of the queue began to wait, not from the
// first octets of the connection.
func TestR2StartsWithEachFront(t *testing.T) {
	r := established(t)
	r.send(100)
	r.send(100)
	for range 6 {
		r.expire() // 1 3 7 15 31 63
	}
	r.sleep(30 * time.Second)
	r.feed(". 1 ack 101") // at 93 s the front moves on
	if got := schedule(t, r, "P. 101:201(100) ack 1"); !slices.Equal(got, seconds(60, 120)) {
		t.Errorf("expiries at %v after the ACK, want 60 and 120 s", got)
	}
}

// RFC 6298 5.3, 5.2: an ACK of new text restarts the timer, the last one stops
// it; a duplicate does neither.
func TestTimerRestarts(t *testing.T) {
	r := established(t)
	r.send(100)
	r.send(100)
	r.sleep(600 * time.Millisecond)
	r.feed(". 1 ack 101")
	r.sleep(600 * time.Millisecond)
	r.feed(". 1 ack 101")
	// The round trip took 600 ms; the first, of the SYN, nothing:
	// SRTT = 600/8 = 75 ms, RTTVAR = 600/4 = 150 ms, so RTO = 1 s at least.
	if at := r.expire(); at != 1600*time.Millisecond {
		t.Errorf("expired at %v, want 1.6s", at)
	}
	r.want(Established, "P. 101:201(100) ack 1")
	r.feed(". 1 ack 201")
	if _, runs := r.c.NextTimeout(); runs {
		t.Error("a timer runs with nothing in flight")
	}
}

// After an expiry the oldest segment alone is sent (RFC 6298 5.4); each ACK
// that moves on opens the window by a segment: slow start (RFC 5681 3.1).
func TestGoBackNPacedByACKs(t *testing.T) {
	r := established(t)
	r.send(350)
	r.want(Established, ". 1:101(100) ack 1; . 101:201(100) ack 1; . 201:301(100) ack 1")
	r.expire()
	r.want(Established, ". 1:101(100) ack 1")
	r.feed(". 1 ack 101")
	r.want(Established, ". 101:201(100) ack 1; . 201:301(100) ack 1")
	r.feed(". 1 ack 150") // half of it: the rest is on its way already
	r.want(Established, "")
	r.feed(". 1 ack 301")
	r.want(Established, "P. 301:351(50) ack 1")
}

// Karn (RFC 6298 3): no sample from a segment that was sent again, and the
// backoff stays until there is one.
func TestKarn(t *testing.T) {
	r := established(t)
	r.send(5)
	r.expire()
	r.sleep(100 * time.Millisecond)
	r.feed(". 1 ack 6")
	if srtt, ok := r.c.rtt.SRTT(); !ok || srtt != 0 {
		t.Errorf("SRTT %v, want 0 as the handshake gave it", srtt)
	}
	r.send(5)
	start := r.now.Since()
	if at := r.expire() - start; at != 2*time.Second {
		t.Errorf("RTO %v, want 2s: still backed off", at)
	}
	r.feed(". 1 ack 11")
	r.send(5)
	r.sleep(80 * time.Millisecond)
	r.feed(". 1 ack 16")
	if srtt, _ := r.c.rtt.SRTT(); srtt != 10*time.Millisecond {
		t.Errorf("SRTT %v, want 10ms", srtt)
	}
	r.send(5)
	start = r.now.Since()
	if at := r.expire() - start; at != time.Second {
		t.Errorf("RTO %v, want 1s again", at)
	}
}

// RFC 6298 3: a round trip is measured from one segment at a time.
func TestOneRoundTripAtATime(t *testing.T) {
	r := established(t)
	r.send(100)
	r.sleep(40 * time.Millisecond)
	r.send(100)
	r.sleep(40 * time.Millisecond)
	r.feed(". 1 ack 101") // 80 ms after the first
	r.sleep(40 * time.Millisecond)
	r.feed(". 1 ack 201")
	if srtt, _ := r.c.rtt.SRTT(); srtt != 10*time.Millisecond {
		t.Errorf("SRTT %v, want 10ms: one sample of 80 ms after one of 0", srtt)
	}
}

// RFC 6298 5.7: "If the timer expires awaiting the ACK of a SYN segment and
// the TCP implementation is using an RTO less than 3 seconds, the RTO MUST be
// re-initialized to 3 seconds when data transmission begins".
func TestThreeSecondsAfterSYNLoss(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(t *testing.T) *rig
	}{
		{"active", func(t *testing.T) *rig {
			r := inState(t, SynSent)
			r.expire()
			r.feed("S. 0 ack 1 <mss 100>")
			return r
		}},
		{"passive", func(t *testing.T) *rig {
			r := inState(t, SynReceived)
			r.expire()
			r.feed(". 1 ack 1")
			return r
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.open(t)
			r.send(5)
			start := r.now.Since()
			if got := schedule(t, r, "P. 1:6(5) ack 1"); got[0]+start != 4*time.Second || got[1] != 9*time.Second {
				t.Errorf("expiries at %v, want 3 s, then 6 s later", got)
			}
		})
	}
}

// MUST-40: "the delay MUST be less than 0.5 seconds"; SHLD-19: "an ACK for at
// least every second full-sized segment".
func TestDelayedACK(t *testing.T) {
	t.Run("200 ms", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("P. 1:6(5) ack 1")
		r.want(Established, "")
		r.sleep(100 * time.Millisecond)
		r.feed("P. 6:11(5) ack 1") // the first one's delay goes on
		r.want(Established, "")
		if at := r.expire(); at != 200*time.Millisecond {
			t.Errorf("ACK at %v, want 200ms", at)
		}
		r.want(Established, ". 1:1(0) ack 11")
		r.wantRows("tcp.timeout.ack")
		r.wantSignals("TimerExpired")
	})
	t.Run("every second", func(t *testing.T) {
		r := established(t, delayed)
		for i := range 6 {
			r.feed(fmt.Sprintf(". %d(100) ack 1", 1+100*i))
			want := ""
			if i%2 == 1 {
				want = fmt.Sprintf(". 1:1(0) ack %d", 101+100*i)
			}
			r.want(Established, want)
		}
		if _, runs := r.c.NextTimeout(); runs {
			t.Error("the delayed ACK is still pending")
		}
	})
	t.Run("text carries it", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("P. 1:6(5) ack 1")
		r.send(5)
		r.want(Established, "P. 1:6(5) ack 6")
		if at, _ := r.c.NextTimeout(); at != clock.At(time.Second) {
			t.Errorf("next timer at %v, want the RTO at 1s", at)
		}
	})
	// RFC 5681 4.2: "A TCP receiver SHOULD send an immediate duplicate ACK when
	// an out-of-order segment arrives" and "when the incoming segment fills in
	// all or part of a gap".
	t.Run("holes are told at once", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("P. 6:11(5) ack 1")
		r.want(Established, ". 1:1(0) ack 1")
		r.feed("P. 16:21(5) ack 1")
		r.want(Established, ". 1:1(0) ack 1")
		r.feed("P. 1:6(5) ack 1")
		r.want(Established, ". 1:1(0) ack 11")
		r.feed("P. 11:16(5) ack 1")
		r.want(Established, ". 1:1(0) ack 21")
		r.feed("P. 11:16(5) ack 1") // a duplicate
		r.want(Established, ". 1:1(0) ack 21")
	})
	t.Run("a FIN is acknowledged at once", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("P. 1:6(5) ack 1")
		r.feed("F. 6 ack 1")
		r.want(CloseWait, ". 1:1(0) ack 7")
	})
	t.Run("a FIN delayed too", func(t *testing.T) {
		r := established(t, delayed, func(c *Config) { c.FINACK = Delayed })
		r.feed("F. 1 ack 1")
		r.want(CloseWait, "")
		r.wantSignals("PeerClosed")
		r.feed("F. 1 ack 1") // it comes again: the peer misses the ACK
		r.want(CloseWait, ". 1:1(0) ack 2")
	})
	t.Run("a FIN delayed, and CLOSE", func(t *testing.T) {
		r := established(t, delayed, func(c *Config) { c.FINACK = Delayed })
		r.feed("F. 1 ack 1")
		r.close()
		r.want(LastAck, "F. 1:1(0) ack 2")
	})
	// Turning off "the other timers" must not lose the ACK that is owed, or
	// the peer retransmits its FIN.
	t.Run("a FIN delayed into TIME-WAIT", func(t *testing.T) {
		r := inState(t, FinWait1, func(c *Config) { c.FINACK = Delayed })
		r.feed("F. 1 ack 1")
		r.want(Closing, "")
		r.sleep(100 * time.Millisecond)
		r.feed(". 2 ack 2")
		r.want(TimeWait, "")
		if at := r.expire(); at != 200*time.Millisecond {
			t.Errorf("ACK at %v, want 200ms", at)
		}
		r.want(TimeWait, ". 2:2(0) ack 2")
		if at := r.expire(); at != 240*time.Second+100*time.Millisecond {
			t.Errorf("2MSL is over at %v, want 240.1s", at)
		}
	})
}

// MUST-13: TIME-WAIT lasts 2MSL from when it was entered, or from the last FIN.
func TestTimeWait(t *testing.T) {
	t.Run("exactly 2MSL", func(t *testing.T) {
		r := inState(t, TimeWait)
		r.sleep(240*time.Second - 1)
		r.want(TimeWait, "")
		if at := r.expire(); at != 240*time.Second {
			t.Errorf("over at %v", at)
		}
		r.want(Closed, "")
		r.wantRows("tcp.timeout.2msl")
		r.wantSignals("TimerExpired Deleted")
	})
	t.Run("a FIN restarts it", func(t *testing.T) {
		r := inState(t, TimeWait)
		r.sleep(200 * time.Second)
		r.feed("F. 1 ack 2")
		r.want(TimeWait, ". 2:2(0) ack 2")
		if at := r.expire(); at != 440*time.Second {
			t.Errorf("over at %v, want 440s", at)
		}
		r.want(Closed, "")
	})
	// "Only FIN-bearing segments may be answered", and nothing else restarts:
	// two ends in TIME-WAIT would keep each other there for ever.
	for _, segment := range []string{". N ack X", ". N ack U", ". N-1 ack X", "P. N(7) ack X", "P. N-7(7) ack X", "S N", "S E", "R N+1", ". N ack X+1", "P. N-7(7) ack U"} {
		t.Run(segment, func(t *testing.T) {
			r := inState(t, TimeWait)
			r.sleep(100 * time.Second)
			r.feed(segment)
			if at := r.expire(); at != 240*time.Second {
				t.Errorf("over at %v, want 240s", at)
			}
		})
	}
	t.Run("RFC 1337", func(t *testing.T) {
		r := inState(t, TimeWait, func(c *Config) { c.ProtectTimeWait = true })
		r.feed("R N")
		r.want(TimeWait, "")
		r.wantRows("tcp.rst.time-wait.ignored")
		r.wantDrops("tcp.rst.time-wait.ignored")
	})
	t.Run("from CLOSING", func(t *testing.T) {
		r := inState(t, Closing)
		r.sleep(500 * time.Millisecond)
		r.feed(". 2 ack 2")
		if at := r.expire(); at != 240500*time.Millisecond {
			t.Errorf("over at %v", at)
		}
	})
	for _, policy := range []ACKPolicy{Immediate, Delayed} {
		t.Run(fmt.Sprintf("of zero, FINACK %d", policy), func(t *testing.T) {
			r := inState(t, FinWait2, func(c *Config) { c.TimeWait, c.FINACK = 0, policy })
			r.feed("F. 1 ack 2")
			r.want(Closed, ". 2:2(0) ack 2")
			r.wantSignals("PeerClosed Deleted")
		})
	}
	t.Run("of zero, from CLOSING", func(t *testing.T) {
		r := inState(t, Closing, func(c *Config) { c.TimeWait = 0 })
		r.feed(". 2 ack 2")
		r.want(Closed, "")
		r.wantRows("tcp.ack.open", "tcp.ack-of-fin.closing", "tcp.timeout.2msl")
	})
}

// FIN-WAIT-2 has no time-out in RFC 9293; ours is for connections that were
// abandoned, as Linux's tcp_fin_timeout.
func TestFinWait2Timeout(t *testing.T) {
	minute := func(c *Config) { c.FinWait2 = time.Minute }
	t.Run("none", func(t *testing.T) {
		r := inState(t, FinWait2)
		r.abandon()
		if _, runs := r.c.NextTimeout(); runs {
			t.Error("a timer runs")
		}
	})
	t.Run("not abandoned", func(t *testing.T) {
		r := inState(t, FinWait2, minute)
		if _, runs := r.c.NextTimeout(); runs {
			t.Error("a timer runs")
		}
	})
	t.Run("abandoned after", func(t *testing.T) {
		r := inState(t, FinWait2, minute)
		r.sleep(10 * time.Second)
		r.abandon()
		if at := r.expire(); at != 70*time.Second {
			t.Errorf("over at %v", at)
		}
		r.want(Closed, "")
		r.wantSignals("TimerExpired Deleted")
	})
	t.Run("abandoned before", func(t *testing.T) {
		r := inState(t, FinWait1, minute)
		r.abandon()
		r.sleep(500 * time.Millisecond)
		r.feed(". 1 ack 2")
		r.sleep(30 * time.Second)
		r.abandon() // again: the first time counts
		if at := r.expire(); at != 60500*time.Millisecond {
			t.Errorf("over at %v", at)
		}
	})
	t.Run("stops", func(t *testing.T) {
		r := inState(t, FinWait2, minute)
		r.abandon()
		r.feed("F. 1 ack 2")
		if at := r.expire(); at != 240*time.Second {
			t.Errorf("over at %v, want 2MSL alone", at)
		}
	})
}

// RFC 9293 3.9.2.2: MUST-55, MUST-56, SHLD-25, SHLD-26; RFC 5927 for what a
// forged message may not do.
func TestICMP(t *testing.T) {
	inFlight := func(t *testing.T, state State, options ...option) *rig {
		r := inState(t, state, options...)
		if state == Established || state == CloseWait {
			r.send(5)
		}
		return r
	}
	for _, state := range []State{SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck} {
		t.Run(state.String(), func(t *testing.T) {
			for _, soft := range []wire.ICMPKind{wire.NetUnreachable, wire.HostUnreachable, wire.SourceRouteFailed, wire.TimeExceeded, wire.ParameterProblem} {
				r := inFlight(t, state)
				r.icmp(soft, r.c.snd.una-r.iss, 0)
				r.want(state, "")
				r.wantSignals("SoftError")
				r.wantRows("tcp.icmp-soft.tell")
				if r.out.Signals[0].ICMP != soft {
					t.Errorf("told %v, want %v", r.out.Signals[0].ICMP, soft)
				}
			}
			for _, hard := range []wire.ICMPKind{wire.ProtocolUnreachable, wire.PortUnreachable, wire.AdminProhibited} {
				r := inFlight(t, state)
				r.icmp(hard, r.c.snd.una-r.iss, 0)
				if state == SynSent {
					r.want(Closed, "")
					r.wantSignals("Unreachable")
				} else {
					r.want(state, "")
					r.wantSignals("SoftError")
					r.wantRows("tcp.icmp-hard.synchronized")
					r = inFlight(t, state, func(c *Config) { c.ICMPAborts = true })
					r.icmp(hard, r.c.snd.una-r.iss, 0)
					r.want(Closed, "")
					r.wantSignals("Unreachable")
					r.wantRows("tcp.icmp-hard.abort")
				}
			}
			for _, ignored := range []wire.ICMPKind{wire.SourceQuench, wire.ICMPOther} {
				r := inFlight(t, state)
				r.icmp(ignored, r.c.snd.una-r.iss, 0)
				r.want(state, "")
				r.wantSignals("")
			}
			for _, at := range []int{-1, 6} { // not in flight: it proves nothing
				r := inFlight(t, state)
				r.icmp(wire.PortUnreachable, r.c.snd.una.Add(at)-r.iss, 0)
				r.want(state, "")
				r.wantSignals("")
				r.wantRows()
			}
		})
	}
	t.Run("CLOSED and LISTEN", func(t *testing.T) {
		for _, row := range []struct {
			kind wire.ICMPKind
			id   string
		}{{wire.HostUnreachable, "tcp.icmp.none"}, {wire.PortUnreachable, "tcp.icmp-hard.none"}} {
			r := inState(t, SynReceived)
			r.feed("R 1")
			r.icmp(row.kind, 0, 0)
			r.want(Listen, "")
			r.wantRows(row.id)
			r = inState(t, SynSent)
			r.abort()
			r.icmp(row.kind, 0, 0)
			r.want(Closed, "")
			r.wantDrops(row.id)
		}
	})
}

// RFC 1191: what was too large is sent again in pieces.
func TestPacketTooBig(t *testing.T) {
	t.Run("pieces", func(t *testing.T) {
		r := established(t)
		r.send(200)
		r.close()
		r.want(FinWait1, "F. 201:201(0) ack 1")
		r.icmp(wire.PacketTooBig, 1, 80)
		r.want(FinWait1, ". 1:41(40) ack 1; . 41:81(40) ack 1; . 81:101(20) ack 1; "+
			". 101:141(40) ack 1; . 141:181(40) ack 1; P. 181:201(20) ack 1; F. 201:201(0) ack 1")
		r.feed(". 1 ack 202")
		r.want(FinWait2, "")
	})
	for _, ignored := range []uint32{0, 40, 67, 140, 1500, 1<<32 - 1} {
		t.Run(fmt.Sprint("MTU ", ignored), func(t *testing.T) {
			r := established(t)
			r.send(100)
			r.icmp(wire.PacketTooBig, 1, ignored)
			r.want(Established, "")
			if r.c.MSS() != 100 {
				t.Errorf("MSS %d", r.c.MSS())
			}
		})
	}
	t.Run("MTU 68 is the least", func(t *testing.T) {
		r := established(t)
		r.send(100)
		r.icmp(wire.PacketTooBig, 1, 68)
		r.want(Established, ". 1:29(28) ack 1; . 29:57(28) ack 1; . 57:85(28) ack 1; P. 85:101(16) ack 1")
	})
	t.Run("text and FIN in one", func(t *testing.T) {
		r := established(t)
		r.feed(". 1 ack 1 win 0")
		r.send(60)
		r.close()
		r.feed(". 1 ack 1 win 100")
		r.want(FinWait1, "FP. 1:61(60) ack 1")
		r.icmp(wire.PacketTooBig, 1, 80)
		r.want(FinWait1, ". 1:41(40) ack 1; FP. 41:61(20) ack 1")
		r.feed(". 1 ack 62")
		r.want(FinWait2, "")
	})
}

// Names, for traces.
func TestNames(t *testing.T) {
	if TimerTimeWait.String() != "2MSL" || State(0).String() != "no state" || State(99).String() != "no state" ||
		Event(99).String() != "no event" || CallOpen.String() != "CallOpen" {
		t.Error("a name is wrong")
	}
	if (Violation{"I-5", "text"}).Error() != "I-5: text" {
		t.Error("a violation is misspelt")
	}
	for _, s := range States() {
		if s.Exists() != (s != Closed) {
			t.Errorf("%v.Exists() = %v", s, s.Exists())
		}
	}
}
