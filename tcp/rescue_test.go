package tcp

import "testing"

// rescuing is fast recovery with everything sent: one segment lost of ten.
func rescuing(t testing.TB) *rig {
	r := withSACK(t, func(c *Config) { c.InitialWindow, c.Rescue = 10, true })
	r.send(1000)
	for _, right := range []string{"201", "301", "401", "501", "601", "701"} {
		r.feed(". 1 ack 1 win 10000 <sack 101:" + right + ">")
	}
	return r
}

// RFC 6675 4, NextSeg: (1) what is lost, (2) new text, (3) what lies before
// something reported, (4) the last segment, once.
func TestNextSeg(t *testing.T) {
	r := withSACK(t, func(c *Config) { c.InitialWindow, c.Rescue = 10, true })
	r.send(1200)
	for _, c := range []struct{ rule, ack, want string }{
		{"limited transmit", ". 1 ack 1 win 10000 <sack 101:201>", ". 1001:1101(100) ack 1"},
		{"(2), limited transmit", ". 1 ack 1 win 10000 <sack 101:301>", "P. 1101:1201(100) ack 1"},
		{"(1)", ". 1 ack 1 win 10000 <sack 101:401>", ". 1:101(100) ack 1"},
		{"no room", ". 1 ack 1 win 10000 <sack 101:401 501:601>", ""},
		{"no room", ". 1 ack 1 win 10000 <sack 101:401 501:701>", ""},
		{"no room", ". 1 ack 1 win 10000 <sack 101:401 501:801>", ""},
		{"(1), (3)", ". 1 ack 1 win 10000 <sack 101:401 501:801 901:1101>", ". 401:501(100) ack 1; . 801:901(100) ack 1"},
		{"(4): no text is before what was reported", ". 1 ack 401 win 10000 <sack 501:801 901:1101>", "P. 1101:1201(100) ack 1"},
		{"once", ". 1 ack 801 win 10000 <sack 901:1101>", ""},
	} {
		r.feed(c.ack)
		if got := r.sent(); got != c.want {
			t.Errorf("%s: %s: sent %q, want %q", c.rule, c.ack, got, c.want)
		}
	}
	if got := r.c.snd.flight.pipe; got != 300 { // rule (3) sent a second copy that counts, rule (4) none
		t.Errorf("pipe %d, want 300", got)
	}
	if r.c.rec.phase != phaseRecovery {
		t.Fatal("recovery ended")
	}
	r.feed(". 1 ack 1201 win 10000")
	if r.c.rec.phase != phaseOpen || r.c.rec.rescued {
		t.Error("recovery did not end")
	}
}

// They are an option: by default nothing is sent again without proof.
func TestNoRescue(t *testing.T) {
	r := withSACK(t, func(c *Config) { c.InitialWindow = 10 })
	r.send(1000)
	r.feed(". 1 ack 1 win 10000 <sack 101:901>")
	r.want(Established, ". 1:101(100) ack 1")
}

// RFC 2018 8: on an RTO nothing that was reported counts any more; that the
// front itself was reported says that the peer reneged.
func TestRenegingIsSaid(t *testing.T) {
	r := ten(t, withSACK)
	r.feed(". 1 ack 1 win 50000 <sack 101:1001>")
	r.feed(". 1 ack 101 win 50000")
	r.expire()
	if !said(r, Reneged) {
		t.Error("nobody says that the peer reneged")
	}
	r.want(Established, ". 101:201(100) ack 1")
	r.expire()
	if said(r, Reneged) {
		t.Error("said again, though nothing is reported")
	}
}

func said(r *rig, kind SignalKind) bool {
	for _, s := range r.out.Signals {
		if s.Kind == kind {
			return true
		}
	}
	return false
}

// A peer may renege (RFC 2018 8): what came beyond the hole is gone when the
// hole is filled, and is taken when it comes again.
func TestRenege(t *testing.T) {
	r := withSACK(t, func(c *Config) { c.Renege = true })
	r.feed(". 11(10) ack 1")
	r.want(Established, ". 1:1(0) ack 1 <nop,nop,sack 11:21>")
	r.feed(". 1(10) ack 1")
	r.want(Established, ". 1:1(0) ack 11")
	r.feed(". 11(10) ack 1")
	r.want(Established, ". 1:1(0) ack 21")
	if got := r.receive(100); len(got) != 20 {
		t.Errorf("%d octets came, want 20", len(got))
	}
}
