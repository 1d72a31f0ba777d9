package tcp

import (
	"strings"
	"testing"
	"time"

	"simrun/wire"
	"simrun/wire/notation"
)

func withECN(p ECNPolicy) option { return func(c *Config) { c.ECN = p } }

// capable is an ECN-capable connection of ours that has something to announce
// and something to echo.
func capable(t testing.TB, _ State) *rig {
	r := newRig(t, withECN(ECNOn))
	r.open()
	r.feed("SE. 0 ack 1 win 2000 <mss 100>")
	r.send(500)
	r.arrive("P. 1(10) ack 1 win 2000", wire.CE)
	r.feed("E. 11 ack 101 win 2000")
	return r
}

// arrive feeds a segment with a codepoint in its IP header.
func (r *rig) arrive(text string, ecn wire.ECN) {
	r.t.Helper()
	text = r.resolve(text)
	r.step(func(r *rig) {
		seg := r.parse(text)
		seg.ECN = ecn
		r.c.Arrive(r.clock(), &seg, &r.out)
	})
}

// flags is the flags and codepoints of what the last step sent.
func (r *rig) flags() string {
	var all []string
	for i := range r.out.Segments {
		s := &r.out.Segments[i]
		flags, _, _ := strings.Cut(segText(&s.TCP, notation.Base{}), " ")
		if s.ECN == wire.ECT0 {
			flags += " ECT"
		}
		all = append(all, flags)
	}
	return strings.Join(all, "; ")
}

// RFC 3168 6.1.1: who agrees, by what both ends send. The peer's SYN or SYN,ACK
// is given; then what we send, and whether our text is ECN-capable.
func TestECNSetup(t *testing.T) {
	for _, c := range []struct {
		name   string
		policy ECNPolicy
		peer   string // its SYN, or its SYN,ACK to ours
		sent   string
		agreed bool
	}{
		{"active", ECNOn, "SE. 0 ack 1", "SEW", true},
		{"active, declined", ECNOn, "S. 0 ack 1", "SEW", false},
		{"active, echoed", ECNOn, "SEW. 0 ack 1", "SEW", false}, // an echo of our header
		{"active, off", ECNOff, "SE. 0 ack 1", "S", false},
		{"active, accepting", ECNAccept, "SE. 0 ack 1", "S", false},
		{"passive", ECNOn, "SEW 0", "S.E", true},
		{"passive, accepting", ECNAccept, "SEW 0", "S.E", true},
		{"passive, off", ECNOff, "SEW 0", "S.", false},
		{"passive, not offered", ECNOn, "S 0", "S.", false},
		{"passive, half offered", ECNOn, "SE 0", "S.", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, withECN(c.policy))
			if strings.HasPrefix(c.name, "active") {
				r.open()
				if got := r.flags(); got != c.sent {
					t.Errorf("sent %q, want %q", got, c.sent)
				}
				r.feed(c.peer)
			} else {
				r.listen()
				r.feed(c.peer)
				if got := r.flags(); got != c.sent {
					t.Errorf("sent %q, want %q", got, c.sent)
				}
				r.feed(". 1 ack 1")
			}
			r.send(10)
			want := "P."
			if c.agreed {
				want = "P. ECT"
			}
			if got := r.flags(); got != want {
				t.Errorf("text goes as %q, want %q", got, want)
			}
		})
	}
}

// RFC 3168 6.1.1: ECN in a simultaneous open: two offers, two answers.
func TestECNCrossed(t *testing.T) {
	r := newRig(t, withECN(ECNOn))
	r.open()
	r.feed("SEW 0")
	if got := r.flags(); got != "S.E" {
		t.Errorf("answered with %q", got)
	}
	r.feed("SE. 0 ack 1")
	if !r.c.ecn.agreed() {
		t.Error("not agreed")
	}
}

// RFC 3168 6.1.1.1: a SYN that got no answer goes again without the offer, and
// then nothing is ECN-capable even if the answer to the first one comes.
func TestECNFallback(t *testing.T) {
	r := newRig(t, withECN(ECNOn))
	r.open()
	r.expire()
	if got := r.flags(); got != "S" {
		t.Errorf("sent again as %q", got)
	}
	r.feed("SE. 0 ack 1")
	r.send(10)
	if got := r.flags(); got != "P." {
		t.Errorf("text goes as %q", got)
	}
	q := newRig(t, withECN(ECNOn)) // refused, and then really
	q.open()
	q.sleep(10 * time.Millisecond)
	q.feed("R. 0 ack 1")
	q.wantRows("tcp.rst.syn-sent.ecn")
	if got := q.flags(); got != "S" {
		t.Errorf("after a RST the SYN goes as %q", got)
	}
	q.feed("R. 0 ack 1")
	q.want(Closed, "")
	p := newRig(t, withECN(ECNOn)) // the peer falls back: our SYN,ACK was lost
	p.listen()
	p.feed("SEW 0")
	p.feed("S 0")
	p.feed(". 1 ack 1")
	p.send(10)
	if got := p.flags(); got != "P." {
		t.Errorf("the peer fell back; text goes as %q", got)
	}
}

// RFC 3168 6.1.3: CE is echoed on every ACK until CWR comes, and a CE with the
// CWR counts anew. What is not text, or outside the window, says nothing.
func TestECNEcho(t *testing.T) {
	r := newRig(t, withECN(ECNOn))
	r.open()
	r.feed("SE. 0 ack 1")
	for i, c := range []struct {
		text string
		ecn  wire.ECN
		want string
	}{
		{". 1 ack 1", wire.CE, ""}, // a bare ACK
		{"P. 1(10) ack 1", wire.ECT0, "."},
		{"P. 5000(10) ack 1", wire.CE, "."}, // outside the window
		{"P. 11(10) ack 1", wire.CE, ".E"},
		{"P. 21(10) ack 1", wire.ECT0, ".E"},
		{"P. 31(10) ack 1", wire.NotECT, ".E"},
		{"PW. 41(10) ack 1", wire.ECT0, "."},
		{"P. 51(10) ack 1", wire.CE, ".E"},
		{"PW. 61(10) ack 1", wire.CE, ".E"},
		{"PW. 71(10) ack 1", wire.ECT0, "."},
	} {
		r.arrive(c.text, c.ecn)
		if got := r.flags(); got != c.want {
			t.Errorf("%d: %s answered with %q, want %q", i, c.text, got, c.want)
		}
	}
}

// RFC 3168 6.1.2: ECE halves the window once for each window of text, without
// sending anything again; the next new text carries CWR; no ACK with ECE opens
// the window.
func TestECNCut(t *testing.T) {
	r := newRig(t, withECN(ECNOn), func(c *Config) { c.InitialWindow, c.SendBuffer = 10, 100_000 })
	r.open()
	r.feed("SE. 0 ack 1 win 50000 <mss 100>")
	r.send(5000)
	r.feed("E. 1 ack 101 win 50000")
	if cc := &r.c.cc; cc.cwnd != 500 || cc.ssthresh != 500 {
		t.Errorf("cwnd %d, ssthresh %d; want half of the ten segments", cc.cwnd, cc.ssthresh)
	}
	for i, want := range []string{"", "", "", "", ".W ECT", ". ECT", ". ECT"} {
		ack := "E. 1 ack U+100 win 50000"
		if i == 6 {
			ack = ". 1 ack U+100 win 50000"
		}
		r.feed(ack)
		if got := r.flags(); i > 0 && i < 6 && got != want {
			t.Errorf("ACK %d sent %q, want %q", i+2, got, want)
		}
		if r.c.cc.cwnd != 500 && i < 6 {
			t.Errorf("ACK %d: cwnd %d, want it cut once", i+2, r.c.cc.cwnd)
		}
	}
	point := r.c.ecn.point
	for r.c.snd.una.AtOrBefore(point) {
		r.feed(". 1 ack U+100 win 50000")
	}
	before := r.c.snd.nxt.Sub(r.c.snd.una)
	r.feed("E. 1 ack U+100 win 50000")
	if cc := &r.c.cc; cc.cwnd != before/2 {
		t.Errorf("the next window: cwnd %d, want half of %d", cc.cwnd, before)
	}
}

// RFC 3168 6.1.5, 6.1.6: what is sent again is not ECN-capable, nor is a probe
// of a shut window; and a cut by loss is announced as well.
func TestECNRetransmission(t *testing.T) {
	r := newRig(t, withECN(ECNOn))
	r.open()
	r.feed("SE. 0 ack 1 win 2000 <mss 100>")
	r.send(300)
	r.expire()
	if got := r.flags(); got != "." {
		t.Errorf("sent again as %q", got)
	}
	r.feed(". 1 ack X win 2000")
	r.send(10)
	if got := r.flags(); got != "P.W ECT" {
		t.Errorf("the next new text goes as %q", got)
	}
	r.feed(". 1 ack X win 0")
	r.send(5)
	r.expire()
	if got := r.flags(); got != "." && got != "P." {
		t.Errorf("a probe goes as %q", got)
	}
}
