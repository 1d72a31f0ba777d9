package tcp

import (
	"testing"
	"time"
)

// withTimestamps is an open connection whose peer's last timestamp is 10.
func withTimestamps(t testing.TB, options ...option) *rig {
	r := newRig(t, append(options, func(c *Config) { c.Timestamps = true })...)
	r.listen()
	r.feed("S 0 win 1000 <mss 100,TS val 9 ecr 0>")
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100,nop,nop,TS val 0 ecr 9>")
	r.feed(". 1 ack 1 win 1000 <TS val 10 ecr 0>")
	return r
}

// RFC 7323 2.2, 3.2; RFC 2018 2: an option is used if both SYNs carry it, and
// a SYN,ACK offers only what the SYN did.
func TestOptionsAreAgreedOn(t *testing.T) {
	all := func(c *Config) { c.WindowScale, c.Timestamps, c.SACK, c.ReceiveBuffer = true, true, true, 1<<18 }
	for _, c := range []struct{ syn, answer string }{
		{"<mss 100>", "<mss 100>"},
		{"<mss 100,wscale 7>", "<mss 100,nop,wscale 3>"},
		{"<mss 100,sackOK>", "<mss 100,nop,nop,sackOK>"},
		{"<mss 100,TS val 5 ecr 0>", "<mss 100,nop,nop,TS val 0 ecr 5>"},
	} {
		r := newRig(t, all)
		r.listen()
		r.feed("S 0 win 1000 " + c.syn)
		r.want(SynReceived, "S. 0:0(0) ack 1 "+c.answer)
	}
	r := newRig(t) // nothing of our own
	r.listen()
	r.feed("S 0 win 1000 <mss 100,wscale 7,sackOK,TS val 5 ecr 0>")
	r.want(SynReceived, "S. 0:0(0) ack 1 <mss 100>")
}

// RFC 7323 2.2, 2.3: the SYN's window is as it stands, later ones are scaled,
// by 14 at most.
func TestWindowScale(t *testing.T) {
	for _, c := range []struct {
		shift string
		want  uint32
	}{{"0", 100}, {"3", 800}, {"14", 100 << 14}, {"15", 100 << 14}, {"255", 100 << 14}} {
		r := newRig(t, func(c *Config) { c.WindowScale = true })
		r.listen()
		r.feed("S 0 win 1000 <mss 100,wscale " + c.shift + ">")
		if got := r.c.Vars().SndWnd; got != 1000 {
			t.Errorf("SND.WND %d after the SYN, want 1000", got)
		}
		r.feed(". 1 ack 1 win 100")
		if got := r.c.Vars().SndWnd; got != c.want {
			t.Errorf("shift %s: SND.WND %d, want %d", c.shift, got, c.want)
		}
	}
}

// RFC 7323 5.3 R1: a segment older than TS.Recent is an old duplicate; a RST
// is not looked at (5.2).
func TestPAWS(t *testing.T) {
	r := withTimestamps(t)
	r.feed("P. 1(10) ack 1 <TS val 9 ecr 0>")
	r.want(Established, ". 1:1(0) ack 1 <nop,nop,TS val 0 ecr 10>")
	r.wantRows("tcp.old-timestamp.ack")
	r.feed("P. 1(10) ack 1 <TS val 10 ecr 0>") // equal is not older
	r.want(Established, ". 1:1(0) ack 11 <nop,nop,TS val 0 ecr 10>")
	r.feed("R 11 <TS val 1 ecr 0>")
	r.want(Closed, "")
}

// RFC 7323 5.5: after 24 days TS.Recent says nothing any more.
func TestPAWSForgets(t *testing.T) {
	r := withTimestamps(t)
	r.sleep(24*24*time.Hour + time.Second)
	r.feed("P. 1(10) ack 1 <TS val 9 ecr 0>")
	r.wantRows("tcp.ack.open", "tcp.text.open")
}

// RFC 7323 3.2: once agreed on, a segment without the option is not the
// peer's; a RST may be.
func TestTimestampsMissing(t *testing.T) {
	r := withTimestamps(t)
	r.feed("P. 1(10) ack 1")
	r.want(Established, "")
	r.wantDrops("tcp.no-timestamp.drop")
	r.feed("R 1")
	r.want(Closed, "")
}

// RFC 7323 4.3: what is echoed is the timestamp of the segment that the next
// ACK answers first: a segment beyond a hole does not move it.
func TestTimestampEchoed(t *testing.T) {
	r := withTimestamps(t)
	r.feed("P. 11(10) ack 1 <TS val 20 ecr 0>")
	r.want(Established, ". 1:1(0) ack 1 <nop,nop,TS val 0 ecr 10>")
	r.feed("P. 1(10) ack 1 <TS val 15 ecr 0>")
	r.want(Established, ". 1:1(0) ack 21 <nop,nop,TS val 0 ecr 15>")
}

// RFC 7323 4.1: an echoed timestamp tells which copy was acknowledged, where
// Karn's rule would leave the round trip unmeasured.
func TestTimestampMeasuresRetransmission(t *testing.T) {
	r := withTimestamps(t)
	r.send(10)
	r.expire()
	sent := r.c.tsval(r.clock())
	r.sleep(30 * time.Millisecond)
	r.feed(". 1 ack 11 <TS val 11 ecr " + itoa(sent) + ">")
	if srtt, ok := r.c.rtt.SRTT(); !ok || srtt > 40*time.Millisecond {
		t.Errorf("SRTT %v %v, want a sample of 30ms", srtt, ok)
	}
}

func itoa(n uint32) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + string(rune('0'+n%10))
}

// withSACK is an open connection that agreed on SACK.
func withSACK(t testing.TB, options ...option) *rig {
	r := newRig(t, append(options, func(c *Config) { c.SACK = true })...)
	r.listen()
	r.feed("S 0 win 10000 <mss 100,sackOK>")
	r.feed(". 1 ack 1 win 10000")
	return r
}

// RFC 2018 4: the block of the segment that came last stands first, the others
// follow by how recently they were reported; RFC 2883: a duplicate stands
// before them, once.
func TestSACKBlocks(t *testing.T) {
	r := withSACK(t)
	for _, c := range []struct{ segment, sack string }{
		{". 101(100) ack 1", "ack 1 <nop,nop,sack 101:201>"},
		{". 301(100) ack 1", "ack 1 <nop,nop,sack 301:401 101:201>"},
		{". 501(100) ack 1", "ack 1 <nop,nop,sack 501:601 301:401 101:201>"},
		{". 201(50) ack 1", "ack 1 <nop,nop,sack 101:251 501:601 301:401>"},
		{". 701(50) ack 1", "ack 1 <nop,nop,sack 701:751 101:251 501:601 301:401>"},
		{". 801(50) ack 1", "ack 1 <nop,nop,sack 801:851 701:751 101:251 501:601>"},
		{". 501(100) ack 1", "ack 1 <nop,nop,sack 501:601 501:601 801:851 701:751>"},
		{". 851(50) ack 1", "ack 1 <nop,nop,sack 801:901 501:601 701:751 101:251>"},
		{". 1(100) ack 1", "ack 251 <nop,nop,sack 801:901 501:601 701:751 301:401>"},
		{". 1(100) ack 1", "ack 251 <nop,nop,sack 1:101 801:901 501:601 701:751>"},
		{". 251(50) ack 1", "ack 401 <nop,nop,sack 801:901 501:601 701:751>"},
	} {
		r.feed(c.segment)
		r.want(Established, ". 1:1(0) "+c.sack)
	}
}

// A FIN beyond a hole is reported like text: with the text that it follows, or
// as a range of its own.
func TestSACKOfFIN(t *testing.T) {
	for _, script := range [][][2]string{
		{
			{"F. 101 ack 1", "ack 1 <nop,nop,sack 101:102>"},
			{". 21(10) ack 1", "ack 1 <nop,nop,sack 21:31 101:102>"},
			{"F. 101 ack 1", "ack 1 <nop,nop,sack 101:102 21:31>"},
			{". 51(50) ack 1", "ack 1 <nop,nop,sack 51:102 21:31>"},
			{". 1(20) ack 1", "ack 31 <nop,nop,sack 51:102>"},
			{". 31(20) ack 1", "ack 102"},
		},
		{
			{"F. 101(50) ack 1", "ack 1 <nop,nop,sack 101:152>"},
			{"F. 101(50) ack 1", "ack 1 <nop,nop,sack 101:151 101:152>"}, // the text a second time
			{". 1(100) ack 1", "ack 152"},
		},
		{{"F. 1 ack 1", "ack 2"}},
	} {
		r := withSACK(t)
		for _, step := range script {
			r.feed(step[0])
			r.want(r.c.State(), ". 1:1(0) "+step[1])
		}
	}
}

// The text of a full-sized segment leaves room for the options (MUST-16).
func TestOptionsTakeFromTheText(t *testing.T) {
	r := withTimestamps(t)
	r.send(100)
	r.want(Established, ". 1:89(88) ack 1 <nop,nop,TS val 0 ecr 10>")
}
