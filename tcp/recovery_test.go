package tcp

import "testing"

// ten is a connection with ten full-sized segments in flight.
func ten(t testing.TB, make func(testing.TB, ...option) *rig, options ...option) *rig {
	r := make(t, append(options, func(c *Config) {
		c.InitialWindow, c.SendBuffer = 10, 100_000
	})...)
	r.feed(". 1 ack 1 win 50000")
	r.send(5000)
	if got := r.c.Vars().InFlight; got != 10 {
		t.Fatalf("%d in flight, want 10", got)
	}
	return r
}

// RFC 5681 3.2, RFC 6582 3.2: the third duplicate ACK resends the first
// segment and halves the window; the first two send a new one each (RFC 3042).
// Each further one lets a new segment out once half the window has left.
func TestFastRetransmit(t *testing.T) {
	r := ten(t, established)
	for i, want := range []string{
		". 1001:1101(100) ack 1", ". 1101:1201(100) ack 1", // limited transmit
		". 1:101(100) ack 1", // the third
		"", "", "", "",
		". 1201:1301(100) ack 1", ". 1301:1401(100) ack 1", ". 1401:1501(100) ack 1",
	} {
		r.feed(". 1 ack 1 win 50000")
		if got := r.sent(); got != want {
			t.Errorf("duplicate %d: sent %q, want %q", i+1, got, want)
		}
	}
	if c := &r.c.cc; c.ssthresh != 500 || c.cwnd != 500 {
		t.Errorf("cwnd %d, ssthresh %d; want half of the ten segments, without those of limited transmit", c.cwnd, c.ssthresh)
	}
	r.feed(". 1 ack 401 win 50000") // a partial ACK: the next is lost too
	if got := r.sent(); got != ". 401:501(100) ack 1; . 1501:1601(100) ack 1" {
		t.Errorf("a partial ACK sent %q", got)
	}
	r.feed(". 1 ack 1501 win 50000") // all that was sent before recovery, and more
	if r.c.rec.phase != phaseOpen || r.c.cc.cwnd < 500 {
		t.Errorf("phase %d, cwnd %d", r.c.rec.phase, r.c.cc.cwnd)
	}
}

// RFC 5681 2: what is no duplicate ACK: with text, with another window, with
// nothing in flight.
func TestNoDuplicates(t *testing.T) {
	r := ten(t, established)
	for i := range 6 {
		r.feed([]string{"P. 1(1) ack 1 win 50000", ". 2 ack 1 win 49999", ". 2 ack 1 win 50000"}[i%3])
		if r.c.rec.dups != 0 {
			t.Fatalf("segment %d counted as a duplicate", i)
		}
	}
	idle := established(t)
	for range 4 {
		idle.feed(". 1 ack 1")
	}
	if idle.c.rec.dups != 0 {
		t.Error("an idle connection counts duplicates")
	}
}

// RFC 3042 may be off: then the first two duplicates send nothing.
func TestNoLimitedTransmit(t *testing.T) {
	r := ten(t, established, func(c *Config) { c.NoLimitedTransmit = true })
	for i, want := range []string{"", "", ". 1:101(100) ack 1"} {
		r.feed(". 1 ack 1 win 50000")
		if got := r.sent(); got != want {
			t.Errorf("duplicate %d: sent %q, want %q", i+1, got, want)
		}
	}
}

// RFC 6675: the scoreboard tells which segments are lost; two holes are filled
// in one round trip.
func TestSACKRecovery(t *testing.T) {
	r := ten(t, withSACK)
	for _, c := range []struct{ ack, want string }{
		{". 1 ack 1 win 50000 <sack 101:201>", ". 1001:1101(100) ack 1"},
		{". 1 ack 1 win 50000 <sack 101:301>", ". 1101:1201(100) ack 1"},
		{". 1 ack 1 win 50000 <sack 101:401>", ". 1:101(100) ack 1"},
		{". 1 ack 1 win 50000 <sack 501:601 101:401>", ""},
		{". 1 ack 1 win 50000 <sack 501:701 101:401>", ""},
		{". 1 ack 1 win 50000 <sack 501:801 101:401>", ""},
		{". 1 ack 1 win 50000 <sack 501:901 101:401>", ". 401:501(100) ack 1"},
		{". 1 ack 1 win 50000 <sack 501:1001 101:401>", ". 1201:1301(100) ack 1"},
	} {
		r.feed(c.ack)
		if got := r.sent(); got != c.want {
			t.Errorf("%s: sent %q, want %q", c.ack, got, c.want)
		}
	}
	r.feed(". 1 ack 1201 win 50000")
	if r.c.rec.phase != phaseOpen || r.c.cc.cwnd != 500 {
		t.Errorf("phase %d, cwnd %d; want recovery over and 500", r.c.rec.phase, r.c.cc.cwnd)
	}
}

// RFC 5681 3.1: an RTO leaves one segment; ssthresh is halved once, however
// often the timer expires for the same segment.
func TestLossWindow(t *testing.T) {
	r := ten(t, established)
	r.expire()
	if got := r.sent(); got != ". 1:101(100) ack 1" {
		t.Errorf("sent %q", got)
	}
	r.expire()
	if c := &r.c.cc; c.cwnd != 100 || c.ssthresh != 500 {
		t.Errorf("cwnd %d, ssthresh %d; want 100, 500", c.cwnd, c.ssthresh)
	}
	r.feed(". 1 ack 101 win 50000")
	if got := r.sent(); got != ". 101:201(100) ack 1; . 201:301(100) ack 1" {
		t.Errorf("slow start sent %q", got)
	}
}

// RFC 2018 8: after an RTO what was reported is forgotten: the peer may have
// dropped it.
func TestReneging(t *testing.T) {
	r := ten(t, withSACK)
	r.feed(". 1 ack 1 win 50000 <sack 101:1001>")
	r.expire()
	r.feed(". 1 ack 101 win 50000") // and not what it reported
	if got := r.sent(); got != ". 101:201(100) ack 1; . 201:301(100) ack 1" {
		t.Errorf("sent %q", got)
	}
}

// A SACK block that makes no sense changes nothing (RFC 2018 5.1): beyond what
// was sent, backwards, or below SND.UNA.
func TestBadSACK(t *testing.T) {
	r := ten(t, withSACK)
	r.feed(". 1 ack 201 win 50000")
	before := r.c.snd.flight.pipe
	for _, sack := range []string{"9000:9100", "501:401", "501:501", "1:101", "101:301"} {
		r.feed(". 1 ack 201 win 50000 <sack " + sack + ">")
		if r.c.snd.flight.pipe != before || r.c.rec.dups != 0 {
			t.Fatalf("sack %s: pipe %d, %d duplicates", sack, r.c.snd.flight.pipe, r.c.rec.dups)
		}
	}
}
