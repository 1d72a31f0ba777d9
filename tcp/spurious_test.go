package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

func withFRTO(c *Config)    { c.FRTO = true }
func withEifel(c *Config)   { c.Eifel, c.Timestamps = true, true }
func withUndo(c *Config)    { c.UndoDSACK = true }
func withRestart(c *Config) { c.RTORestart = true }

// spurious is what the last step said about a spurious answer.
func (r *rig) spurious() string {
	for _, s := range r.out.Signals {
		switch s.Kind {
		case SpuriousRTO:
			return fmt.Sprintf("RTO %v %d", s.Means, s.N)
		case SpuriousRetransmit:
			return fmt.Sprintf("retransmit %v %d", s.Means, s.N)
		}
	}
	return ""
}

// play feeds ACKs and compares what each makes the sender send and say.
func (r *rig) play(acks ...[3]string) {
	r.t.Helper()
	for _, a := range acks {
		r.feed(a[0])
		got := strings.ReplaceAll(r.sent(), "(100) ack 1", "")
		if got != a[1] || r.spurious() != a[2] {
			r.t.Errorf("%s: sent %q and said %q, want %q and %q", a[0], got, r.spurious(), a[1], a[2])
		}
	}
}

// RFC 5682 2.1: the ACK of what was sent again lets two new segments out, and
// the next ACK tells: of text that was sent once, then the RTO was spurious and
// the windows are what they were; again the same, then it was not.
func TestFRTO(t *testing.T) {
	for _, c := range []struct {
		name           string
		acks           [][3]string
		phase          phase
		cwnd, ssthresh int
	}{
		{"spurious", [][3]string{
			{". 1 ack 101 win 50000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 201 win 50000", ". 1201:1301", "RTO F-RTO 1000"},
			{". 1 ack 301 win 50000", ". 1301:1401; . 1401:1501", ""},
		}, phaseOpen, 1200, 1<<31 - 1},
		{"3a: a duplicate", [][3]string{
			{". 1 ack 101 win 50000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 101 win 50000", ". 101:201; . 201:301", ""},
		}, phaseLoss, 300, 500},
		{"3: neither is waited for", [][3]string{
			{". 1 ack 101 win 50000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 101 win 49000", "", ""},
			{". 1 ack 1001 win 50000", ". 1201:1301; . 1301:1401; . 1401:1501; . 1501:1601; . 1601:1701; . 1701:1801; . 1801:1901; . 1901:2001; . 2001:2101", "RTO F-RTO 1000"},
		}, phaseOpen, 1100, 1<<31 - 1},
		{"2a: a duplicate", [][3]string{
			{". 1 ack 1 win 50000", ". 101:201", ""},
			{". 1 ack 101 win 50000", ". 201:301", ""},
		}, phaseLoss, 200, 500},
		{"2a: only a part of it", [][3]string{
			{". 1 ack 51 win 50000", ". 101:201", ""},
		}, phaseLoss, 150, 500},
		{"2a: all of it", [][3]string{
			{". 1 ack 1001 win 50000", ". 1001:1101; . 1101:1201", ""},
		}, phaseOpen, 200, 500},
		{"2b: the window is shut for new text", [][3]string{
			{". 1 ack 101 win 900", ". 101:201; . 201:301", ""},
		}, phaseLoss, 200, 500},
	} {
		r := ten(t, established, withFRTO)
		r.expire()
		r.play(c.acks...)
		if cc := &r.c.cc; r.c.rec.phase != c.phase || cc.cwnd != c.cwnd || cc.ssthresh != c.ssthresh {
			t.Errorf("%s: phase %d, cwnd %d, ssthresh %d; want %d, %d, %d",
				c.name, r.c.rec.phase, cc.cwnd, cc.ssthresh, c.phase, c.cwnd, c.ssthresh)
		}
	}
}

// RFC 5682 2.1 step 1: if the timer expires again before an ACK came, F-RTO
// starts again; later, or while something is being repaired, it does not.
func TestFRTOBegins(t *testing.T) {
	r := ten(t, established, withFRTO)
	r.expire()
	r.expire()
	r.play([][3]string{
		{". 1 ack 101 win 50000", ". 1001:1101; . 1101:1201", ""},
		{". 1 ack 201 win 50000", ". 1201:1301", "RTO F-RTO 1000"},
	}...)
	late := ten(t, established, withFRTO)
	late.expire()
	late.feed(". 1 ack 101 win 50000")
	late.expire()
	late.play([3]string{". 1 ack 201 win 50000", ". 201:301; . 301:401", ""})
	busy := ten(t, established, withFRTO)
	for range 3 {
		busy.feed(". 1 ack 1 win 50000")
	}
	busy.expire()
	busy.play([3]string{". 1 ack 101 win 50000", ". 101:201; . 201:301", ""})
	off := ten(t, established)
	off.expire()
	off.play([3]string{". 1 ack 101 win 50000", ". 101:201; . 201:301", ""})
}

// RFC 5682 3.1: with SACK duplicates need not end the algorithm; blocks about
// what was sent before the RTO tell as much as SND.UNA does, blocks about what
// was sent after it tell of a loss.
func TestFRTOWithSACK(t *testing.T) {
	for _, c := range []struct {
		name string
		acks [][3]string
		cwnd int
	}{
		{"spurious by SND.UNA", [][3]string{
			{". 1 ack 1 win 10000 <sack 301:401>", "", ""},
			{". 1 ack 101 win 10000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 201 win 10000", ". 1201:1301; . 1301:1401", "RTO F-RTO 1000"},
		}, 1100},
		{"spurious by SACK", [][3]string{
			{". 1 ack 101 win 10000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 101 win 10000 <sack 301:401>", "", "RTO F-RTO 1000"},
		}, 1000},
		{"genuine: more than the recovery point", [][3]string{
			{". 1 ack 101 win 10000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 101 win 10000 <sack 1001:1101>", ". 101:201; . 201:301", ""},
		}, 300},
		{"genuine: a duplicate without news", [][3]string{
			{". 1 ack 101 win 10000", ". 1001:1101; . 1101:1201", ""},
			{". 1 ack 101 win 10000", ". 101:201", ""},
		}, 300},
		{"covers all", [][3]string{
			{". 1 ack 1001 win 10000", ". 1001:1101; . 1101:1201", ""},
		}, 200},
	} {
		r := ten(t, withSACK, withFRTO)
		r.feed(". 1 ack 1 win 10000")
		r.expire()
		r.play(c.acks...)
		if r.c.cc.cwnd != c.cwnd {
			t.Errorf("%s: cwnd %d, want %d", c.name, r.c.cc.cwnd, c.cwnd)
		}
	}
}

// RFC 5682 3.1: what SACK says of holes counts again after a spurious RTO: they
// are repaired by fast recovery, at once if enough was reported.
func TestFRTOThenRealHole(t *testing.T) {
	r := ten(t, withSACK, withFRTO)
	r.feed(". 1 ack 1 win 10000")
	r.expire()
	r.play([][3]string{
		{". 1 ack 101 win 10000", ". 1001:1101; . 1101:1201", ""},
		{". 1 ack 101 win 10000 <sack 201:301>", "", "RTO F-RTO 1000"},
		{". 1 ack 101 win 10000 <sack 201:401>", ". 1201:1301", ""},
		{". 1 ack 101 win 10000 <sack 201:501>", ". 101:201", ""},
	}...)
	if r.c.rec.phase != phaseRecovery {
		t.Errorf("phase %d, want a recovery", r.c.rec.phase)
	}
}

// timed is a connection with timestamps and ten segments of 100 octets in
// flight, sent at 20 ms; cwnd is nine times the MSS of 112.
func timed(t testing.TB, options ...option) *rig {
	r := newRig(t, append(options, withEifel, func(c *Config) { c.SACK, c.MSS, c.InitialWindow, c.SendBuffer = true, 112, 9, 100_000 })...)
	r.listen()
	r.feed("S 0 win 10000 <mss 112,sackOK,TS val 1 ecr 0>")
	r.feed(". 1 ack 1 win 10000 <TS val 1 ecr 0>")
	r.sleep(20 * time.Millisecond)
	r.send(5000)
	return r
}

// RFC 3522 3.2: the first ACK after a retransmission echoes a timestamp from
// before it, so the original had arrived: after an RTO, which was at 1.020 s,
// and after a fast retransmit, at 40 ms.
func TestEifel(t *testing.T) {
	for _, c := range []struct {
		name, ack, said string
		fast            bool
	}{
		{"RTO, of an original", ". 1 ack 101 win 10000 <TS val 2 ecr 20>", "RTO Eifel 1008", false},
		{"RTO, of the copy", ". 1 ack 101 win 10000 <TS val 2 ecr 1020>", "", false},
		{"RTO, all ACKs lost", ". 1 ack 1001 win 10000 <TS val 2 ecr 20>", "", false},
		{"RTO, a duplicate reported", ". 1 ack 201 win 10000 <TS val 2 ecr 20,sack 1:101>", "", false},
		{"fast, of an original", ". 1 ack 501 win 10000 <TS val 2 ecr 20>", "retransmit Eifel 1008", true},
		{"fast, of the copy", ". 1 ack 501 win 10000 <TS val 2 ecr 40>", "", true},
	} {
		r := timed(t)
		if c.fast {
			r.sleep(20 * time.Millisecond)
			for i := range 3 {
				r.feed(fmt.Sprintf(". 1 ack 1 win 10000 <TS val 2 ecr 0,sack 101:%d>", 201+100*i))
			}
		} else {
			r.expire()
		}
		if len(r.out.Segments) == 0 || r.out.Segments[0].Resend != 1 || r.now != 1_020_000_000 && !c.fast {
			t.Fatalf("%s: sent %q at %v", c.name, r.sent(), r.now)
		}
		r.feed(c.ack)
		if got := r.spurious(); got != c.said {
			t.Errorf("%s: said %q, want %q", c.name, got, c.said)
		}
		r.feed(strings.Replace(c.ack, "ack 101", "ack 301", 1))
		if got := r.spurious(); got != "" {
			t.Errorf("%s: the second ACK said %q", c.name, got)
		}
	}
}

// RFC 3522 3.2 step 2: the timestamp is that of the first retransmission,
// however often the timer expires.
func TestEifelKeepsFirst(t *testing.T) {
	r := timed(t)
	r.expire()
	r.expire() // at 3.020 s
	r.feed(". 1 ack 101 win 10000 <TS val 2 ecr 1020>")
	if got := r.spurious(); got != "" {
		t.Errorf("said %q of an ACK for the first copy", got)
	}
}

// RFC 4015 3.1 step 9: what congestion the peer tells of stays answered.
func TestTakeBackHeedsECN(t *testing.T) {
	r := timed(t)
	r.expire()
	r.feed("E. 1 ack 101 win 10000 <TS val 2 ecr 20>")
	if c := &r.c.cc; r.spurious() == "" || c.ssthresh != 500 || c.cwnd > 224 {
		t.Errorf("said %q, cwnd %d, ssthresh %d", r.spurious(), c.cwnd, c.ssthresh)
	}
}

// RFC 4015 3.1 step 11: the first round trip of new text after a spurious RTO
// makes the timer more careful: SRTT and RTTVAR are no less than they were.
func TestTimerAfterSpuriousRTO(t *testing.T) {
	r := ten(t, established, withFRTO, func(c *Config) { c.RTO.Min = 0 })
	r.c.rtt.Sample(100 * time.Millisecond)
	r.shadow.c.rtt.Sample(100 * time.Millisecond)
	r.expire()
	r.feed(". 1 ack 101 win 50000")
	r.feed(". 1 ack 201 win 50000")
	if r.c.rtt.Backoffs() != 1 {
		t.Errorf("%d backoffs, want the one of the RTO until there is a round trip", r.c.rtt.Backoffs())
	}
	r.now = r.now.Add(400 * time.Millisecond)
	r.feed(". 1 ack 1101 win 50000") // the first new one
	if srtt, _ := r.c.rtt.SRTT(); srtt != 400*time.Millisecond || r.c.rtt.RTTVAR() != 200*time.Millisecond || r.c.rtt.Backoffs() != 0 {
		t.Errorf("SRTT %v, RTTVAR %v, %d backoffs; want 400ms, 200ms, none", srtt, r.c.rtt.RTTVAR(), r.c.rtt.Backoffs())
	}
}

// RFC 3708 3: an answer is taken back when the peer had all that was sent again
// (B.1), and not if a copy is unaccounted for (B.2), if a segment went more than
// twice (A.3), or if a whole window of ACKs was lost (A.1). A duplicate of what
// was sent once says that the network makes them: no report counts after that
// (A.4).
func TestUndoByDSACK(t *testing.T) {
	lost := func(r *rig) { // by SACK: 1 and, later, 401
		for _, sack := range []string{"101:201", "101:301", "101:401"} {
			r.feed(". 1 ack 1 win 50000 <sack " + sack + ">")
		}
	}
	for _, c := range []struct {
		name string
		do   func(r *rig)
		said string
		cwnd int
	}{
		{"B.1", func(r *rig) {
			lost(r)
			r.feed(". 1 ack 1201 win 50000")
			r.feed(". 1 ack 1201 win 50000 <sack 1:101>")
		}, "retransmit D-SACK 1000", 1000},
		{"B.1 within recovery", func(r *rig) {
			lost(r)
			r.feed(". 1 ack 501 win 50000 <sack 1:101>")
		}, "retransmit D-SACK 1000", 1100},
		{"B.2", func(r *rig) {
			lost(r)
			r.feed(". 1 ack 1 win 50000 <sack 501:901 101:401>")
			r.feed(". 1 ack 1201 win 50000")
			r.feed(". 1 ack 1201 win 50000 <sack 1:101>")
		}, "", 500},
		{"B.1 of two", func(r *rig) {
			lost(r)
			for _, sack := range []string{"501:601", "501:701", "501:801", "501:901"} {
				r.feed(". 1 ack 1 win 50000 <sack " + sack + " 101:401>")
			}
			r.feed(". 1 ack 1201 win 50000")
			r.feed(". 1 ack 1201 win 50000 <sack 1:101>")
			if got := r.spurious(); got != "" {
				r.t.Errorf("B.1 of two: said %q after the first", got)
			}
			r.feed(". 1 ack 1201 win 50000 <sack 401:501>")
		}, "retransmit D-SACK 1000", 1000},
		{"A.1", func(r *rig) {
			r.expire()
			r.feed(". 1 ack 1001 win 50000 <sack 1:101>")
		}, "", 200},
		{"A.3", func(r *rig) {
			r.expire()
			r.expire()
			r.feed(". 1 ack 1001 win 50000")
			r.feed(". 1 ack 1001 win 50000 <sack 1:101>")
		}, "", 200},
		{"after an RTO", func(r *rig) {
			r.expire()
			r.feed(". 1 ack 1001 win 50000")
			r.feed(". 1 ack 1001 win 50000 <sack 1:101>")
		}, "RTO D-SACK 1000", 1000},
		{"A.4", func(r *rig) {
			r.feed(". 1 ack 201 win 50000")
			r.feed(". 1 ack 201 win 50000 <sack 1:101>") // sent once
			for _, sack := range []string{"301:401", "301:501", "301:601"} {
				r.feed(". 1 ack 201 win 50000 <sack " + sack + ">")
			}
			r.feed(". 1 ack 1501 win 50000")
			r.feed(". 1 ack 1501 win 50000 <sack 201:301>")
		}, "", 550},
		{"a window later", func(r *rig) {
			lost(r)
			r.feed(". 1 ack 1201 win 50000")
			r.feed(". 1 ack X win 50000")
			r.feed(". 1 ack U win 50000 <sack 1:101>")
		}, "", 520},
	} {
		r := ten(t, withSACK, withUndo)
		c.do(r)
		if got := r.spurious(); got != c.said || r.c.cc.cwnd != c.cwnd {
			t.Errorf("%s: said %q, cwnd %d, want %q, %d", c.name, got, r.c.cc.cwnd, c.said, c.cwnd)
		}
	}
}

// RFC 7765 4, figure 1: three segments, and the last is lost. The ACK of the
// first two restarts the timer; with RTO restart it expires an RTO after the
// third was sent, unless four segments are in flight or waiting.
func TestRTORestart(t *testing.T) {
	for _, c := range []struct {
		name    string
		octets  int
		options []option
		at      time.Duration
	}{
		{"RFC 6298", 300, nil, 1050 * time.Millisecond},
		{"RFC 7765", 300, []option{withRestart}, time.Second},
		{"five segments, three acknowledged", 500, []option{withRestart}, time.Second},
		{"six: enough for fast retransmit", 600, []option{withRestart}, 1050 * time.Millisecond},
	} {
		r := established(t, append(c.options, func(c *Config) { c.InitialWindow = 10 })...)
		r.send(c.octets)
		r.sleep(50 * time.Millisecond)
		r.feed(". 1 ack 201")
		if at := r.expire(); at != c.at {
			t.Errorf("%s: expires at %v, want %v", c.name, at, c.at)
		}
	}
}

// RFC 6582 3.2 step 2, 4: after an RTO that resent what had arrived, the peer's
// duplicate ACKs at the recovery point are no sign of a loss, unless what came
// before them says so.
func TestBogusFastRetransmit(t *testing.T) {
	for _, c := range []struct {
		name    string
		options []option
		acks    []string
		resent  bool
	}{
		{"4.1: SND.UNA moved far", nil, []string{"1001", "1001", "1001", "1001"}, false},
		{"4.1: it moved by four segments", nil, []string{"601", "1001", "1001", "1001", "1001"}, true},
		{"more than the recovery point", nil, []string{"1001", "1101", "1101", "1101", "1101"}, true},
		{"4.2: the originals are echoed", []option{withEifel}, []string{"601 ecr 1020", "801 ecr 1020", "1001 ecr 20", "1001 ecr 20", "1001 ecr 20", "1001 ecr 20"}, false},
		{"4.2: the copies are echoed", []option{withEifel}, []string{"601 ecr 1020", "801 ecr 1020", "1001 ecr 1020", "1001 ecr 1020", "1001 ecr 1020", "1001 ecr 1020"}, true},
	} {
		var r *rig
		if c.options == nil {
			r = ten(t, established)
		} else {
			r = newRig(t, func(c *Config) { c.Timestamps, c.MSS, c.InitialWindow, c.SendBuffer = true, 112, 9, 100_000 })
			r.listen()
			r.feed("S 0 win 10000 <mss 112,TS val 1 ecr 0>")
			r.feed(". 1 ack 1 win 10000 <TS val 1 ecr 0>")
			r.sleep(20 * time.Millisecond)
			r.send(5000)
		}
		r.expire()
		resent := false
		for _, a := range c.acks {
			ack, echo, timestamps := strings.Cut(a, " ecr ")
			if timestamps {
				r.feed(". 1 ack " + ack + " win 10000 <TS val 2 ecr " + echo + ">")
			} else {
				r.feed(". 1 ack " + ack + " win 50000")
			}
			resent = resent || r.c.rec.phase == phaseRecovery
		}
		if got := r.sent(); !resent && got != "" {
			t.Errorf("%s: the third duplicate sent %q, want no more than limited transmit did", c.name, got)
		}
		if resent != c.resent {
			t.Errorf("%s: fast retransmit %v, want %v", c.name, resent, c.resent)
		}
	}
}

// checkFlight counts anew what flight keeps up step by step.
func checkFlight(t testing.TB, f *flight) {
	pipe, have, below := 0, 0, 0
	for i := range f.len() {
		r := f.records.At(i)
		pipe += r.weight()
		if r.sacked {
			have += r.n
			if f.base+i < f.edge {
				below += r.n
			}
		}
	}
	if f.pipe != pipe || f.have != have || f.below != below {
		t.Fatalf("pipe %d, reported %d, %d of it before the edge; want %d, %d, %d", f.pipe, f.have, f.below, pipe, have, below)
	}
}

// RFC 6298 5.7, RFC 5681 3.1: a SYN that had to be sent again is no episode that
// could be taken back: the RTO is 3 s after it, the window one segment.
func TestSYNIsNotTakenBack(t *testing.T) {
	for _, passive := range []bool{false, true} {
		r := newRig(t, withFRTO, withEifel, withUndo, func(c *Config) { c.SACK = true })
		if passive {
			r.listen()
			r.feed("S 0 win 2000 <mss 100,sackOK,TS val 1 ecr 0>")
			r.expire()
			r.feed(". 1 ack 1 win 2000 <TS val 2 ecr 0>")
		} else {
			r.open()
			r.expire()
			r.feed("S. 0 ack 1 win 2000 <mss 100,sackOK,TS val 1 ecr 0>")
		}
		if r.spurious() != "" || r.c.undo != (undo{}) || r.c.rec.phase != phaseOpen || r.c.cc.cwnd != 100 {
			t.Errorf("passive %v: said %q, phase %d, cwnd %d, undo %+v", passive, r.spurious(), r.c.rec.phase, r.c.cc.cwnd, r.c.undo)
		}
		if got := r.c.rtt.Base(&r.cfg.RTO); got != 3*time.Second {
			t.Errorf("passive %v: RTO %v, want 3s", passive, got)
		}
	}
}
