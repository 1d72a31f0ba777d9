package sctp

import (
	"bytes"
	"testing"
	"time"

	"simrun/wire"
)

// cookieStatements is RFC 9260 5.1.3 to 5.4.
var cookieStatements = []statement{
	{32, "5.1.3, 5.1.5", must, "a cookie has a MAC; a wrong one is dropped", "a cookie of another secret; each octet of ours changed", func(t *testing.T) {
		every(t, "COOKIE_ECHO forged fresh", "-")
		r := newRig(t)
		r.feed("INIT")
		cookie := bytes.Clone(r.cookie)
		c, _ := unseal(r.cfg.Secret, cookie)
		for i := range cookie {
			bad := bytes.Clone(cookie)
			bad[i] ^= 1
			p := wire.SCTP{Net: wire.Net{Src: testPeers[0], Dst: testLocals[0]}, SrcPort: 5001, DstPort: 5000, Tag: c.myTag}
			p.Chunks = wire.Chunk{Type: wire.ChunkCookieEcho, Value: bad}.Append(nil)
			var out Out
			a := r.a.Clone()
			if a.Arrive(r.clock(), &p, &out); a.State() != Closed || len(out.Packets) != 0 {
				t.Fatalf("octet %d does not matter", i)
			}
		}
	}, ""},
	{33, "5.1.5", must, "the packet's ports and tag are those in the cookie", "another port, another tag", func(t *testing.T) {
		cells(t, "COOKIE_ECHO ports fresh", map[State]string{Closed: "-"})
		cells(t, "@bad COOKIE_ECHO fresh", map[State]string{Closed: "-"})
	}, ""},
	{34, "5.1.5, 3.3.10.3", must, "a cookie that is too old draws ERROR with cause 3 and changes nothing", "250 us beyond its life; the cause says so", func(t *testing.T) {
		r := newRig(t)
		before := r.state()
		r.feed("COOKIE_ECHO stale fresh")
		r.want(Closed, "@other ERROR cause=3")
		c, _, _ := r.out.Packets[0].Chunks.Next()
		causes, _ := c.Causes()
		cause, _, _ := causes.Next()
		if us, ok := cause.Uint32(); !ok || us != 250 {
			t.Errorf("staleness %d", us)
		}
		if !bytes.Equal(before, r.state()) {
			t.Error("the state changed")
		}
		r = newRig(t)
		r.feed("INIT")
		r.sleep(60 * time.Second)
		r.feed("COOKIE_ECHO")
		r.want(Established, "COOKIE_ACK")
	}, ""},
	{35, "5.1 C", must, "COOKIE ECHO returns the cookie's octets unchanged", "the octets", func(t *testing.T) {
		r := inState(t, CookieEchoed)
		if string(r.echoed) != "the peer's cookie" {
			t.Errorf("%q", r.echoed)
		}
		r.expire()
		if string(r.echoed) != "the peer's cookie" {
			t.Errorf("%q", r.echoed)
		}
	}, ""},
	{36, "5.2.1", must, "INIT in COOKIE-WAIT is answered with our own tag and TSN; state and T1-init stay", "the INIT ACK, and when T1-init expires", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.sleep(time.Second / 2)
		r.feed("INIT")
		r.want(CookieWait, "INIT_ACK")
		ack := r.initSent()
		if ack.Tag != r.a.myTag || ack.InitialTSN != r.ours(1) {
			t.Errorf("%+v", ack)
		}
		if c, ok := unseal(r.cfg.Secret, r.cookie); !ok || c.myTie != 0 || c.peerTie != 0 {
			t.Errorf("tie-tags %d %d", c.myTie, c.peerTie)
		}
		if at := r.expire(); at != time.Second {
			t.Errorf("T1-init at %v", at)
		}
	}, ""},
	{37, "5.2.1", must, "INIT in COOKIE-ECHOED is answered likewise, with tie-tags; one that adds addresses draws an ABORT", "the cookie; cause 11", func(t *testing.T) {
		r := inState(t, CookieEchoed)
		r.feed("INIT tag=+9")
		r.want(CookieEchoed, "INIT_ACK")
		c, _ := unseal(r.cfg.Secret, r.cookie)
		if c.myTag != r.a.myTag || c.peerTag != r.peerTag+9 || c.myTie != r.a.myTag || c.peerTie != r.peerTag {
			t.Errorf("%+v", c)
		}
		cells(t, "INIT add=1", map[State]string{CookieEchoed: "<ABORT cause=11>"})
	}, ""},
	{38, "5.2.2", must, "INIT in other states is answered with a new tag, tie-tags in the cookie, and changes nothing", "each state but SHUTDOWN-ACK-SENT", func(t *testing.T) {
		for _, state := range []State{Established, ShutdownPending, ShutdownSent, ShutdownReceived} {
			r := inState(t, state)
			r.sleep(100 * time.Millisecond)
			before := r.state()
			r.feed("INIT tag=+9")
			c, _ := unseal(r.cfg.Secret, r.cookie)
			if tag := r.initSent().Tag; tag == r.a.myTag || tag != c.myTag || r.out.Packets[0].Tag != r.peerTag+9 {
				t.Errorf("%v: tag %d", state, tag)
			}
			if c.myTie != r.a.myTag || c.peerTie != r.peerTag || c.peerTag != r.peerTag+9 {
				t.Errorf("%v: %+v", state, c)
			}
			if !bytes.Equal(before, r.state()) {
				t.Errorf("%v: the association changed", state)
			}
		}
	}, ""},
	{39, "5.2.2", must, "an INIT that adds addresses draws an ABORT and changes nothing", "cause 11 in each state", func(t *testing.T) {
		for _, state := range []State{Established, ShutdownPending, ShutdownSent, ShutdownReceived} {
			cells(t, "INIT add=1", map[State]string{state: "<ABORT cause=11>"})
		}
	}, ""},
	{40, "5.2.2", must, "without an association the tie-tags are 0", "the cookie of CLOSED", func(t *testing.T) {
		r := newRig(t)
		r.feed("INIT")
		if c, _ := unseal(r.cfg.Secret, r.cookie); c.myTie != 0 || c.peerTie != 0 {
			t.Errorf("%+v", c)
		}
	}, ""},
	{41, "5.2.3", should, "INIT ACK outside COOKIE-WAIT is dropped", "each state but CLOSED", func(t *testing.T) {
		every(t, "INIT_ACK", "-", Closed, CookieWait)
	}, ""},
	{42, "5.2.4", must, "a cookie whose tags both match is never too old", "in COOKIE-ECHOED and ESTABLISHED", func(t *testing.T) {
		cells(t, "COOKIE_ECHO stale D", map[State]string{CookieEchoed: "ESTABLISHED <COOKIE_ACK> Up", Established: "<COOKIE_ACK>"})
	}, ""},
	{43, "5.2.4 A", must, "a restart of the peer begins the association anew", "tags, TSNs, SSNs, windows and timers in each state; data of before is reported", func(t *testing.T) {
		for _, state := range []State{CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived} {
			r := inState(t, state, tiny)
			if state == Established {
				r.send(100, 100, 100)
				r.feed("DATA 1; DATA 3 s0:2")
				r.feed("SACK 1 gap=3-3")
				r.receive(100)
			}
			r.feed("INIT")
			r.feed("COOKIE_ECHO A")
			if r.a.State() != Established || r.sent() != "COOKIE_ACK" {
				t.Errorf("%v: %s", state, r.outcome())
			}
			if r.a.myTag != 555 || r.a.peerTag != 666 || r.a.Unacked() != 0 || r.a.paths[0].cc.cwnd != 4*116 || r.a.errors != 0 || r.a.Vars().Timers != 0 {
				t.Errorf("%v: %+v", state, r.a.Vars())
			}
			r.feed("DATA 1")
			r.wantSent("SACK 1")
			if got := r.receive(10); got != "s0:0 a" {
				t.Errorf("%v: got %q", state, got)
			}
			r.send(10)
			r.wantSent("DATA 1 s0:0 BE(10)")
		}
	}, ""},
	{44, "5.2.4 A", must, "in SHUTDOWN-ACK-SENT a restart draws SHUTDOWN ACK and ERROR with cause 10", "cookie A", func(t *testing.T) {
		cells(t, "COOKIE_ECHO A", map[State]string{ShutdownAckSent: "<SHUTDOWN_ACK; ERROR cause=10>"})
	}, ""},
	{45, "5.2.4 B", must, "of two INITs that cross one association comes", "every order in which the packets of two ends that associate can arrive", func(t *testing.T) {
		if n := collide(t); n < 50 {
			t.Errorf("only %d orders", n)
		}
		r := inState(t, CookieEchoed)
		r.feed("COOKIE_ECHO B")
		r.want(Established, "COOKIE_ACK")
		if r.a.peerTag != r.peerTag+5 || r.a.Vars().Timers != 0 {
			t.Errorf("%+v", r.a.Vars())
		}
	}, ""},
	{46, "5.2.4 C, D", must, "a cookie that a newer one has overtaken is dropped; that of this very association ends COOKIE-ECHOED", "cookies C and D", func(t *testing.T) {
		r := inState(t, CookieEchoed)
		before := r.state()
		r.feed("COOKIE_ECHO C")
		r.want(CookieEchoed, "")
		if !bytes.Equal(before, r.state()) {
			t.Error("the association changed")
		}
		r.feed("COOKIE_ECHO D")
		r.want(Established, "COOKIE_ACK")
		if r.a.Vars().Timers != 0 {
			t.Error("T1-cookie runs")
		}
	}, ""},
	{47, "5.2.4", should, "any other combination of tags is dropped", "81 patterns in TestTable12; a strange cookie in each state", func(t *testing.T) {
		every(t, "COOKIE_ECHO strange", "-", Closed)
	}, ""},
	{48, "5.2.5", must, "COOKIE ACK outside COOKIE-ECHOED is dropped", "each state", func(t *testing.T) {
		every(t, "COOKIE_ACK", "-", CookieEchoed)
	}, ""},
	{49, "5.2.6", should, "a Stale Cookie ERROR outside COOKIE-ECHOED is dropped; there a cookie is asked for that lives longer by the round trip and a second", "each state; the parameter of the INIT", func(t *testing.T) {
		every(t, "ERROR cause=3", "-", CookieEchoed)
		r := inState(t, CookieEchoed)
		r.sleep(300 * time.Millisecond)
		r.feed("ERROR cause=3")
		r.want(CookieWait, "INIT")
		init := r.initSent()
		v, ok := init.Params.Find(wire.ParamCookiePreservative)
		if ms, _ := (wire.Param{Value: v}).Uint32(); !ok || ms != 1300 {
			t.Errorf("preservative %d ms", ms)
		}
		b := newRig(t)
		b.feed("INIT preserve=1300")
		if c, _ := unseal(b.cfg.Secret, b.cookie); c.life != 61300*time.Millisecond {
			t.Errorf("the cookie lives %v", c.life)
		}
	}, ""},
	{50, "5.3.1", must, "the tag stays for the association's life, and the next has another", "through data and shutdown; then again", func(t *testing.T) {
		r := established(t)
		my, peer := r.a.Tags()
		r.send(10)
		r.feed("SACK 1")
		r.feed("DATA 1")
		if m, p := r.a.Tags(); m != my || p != peer {
			t.Error("a tag changed")
		}
		r.abort("")
		r.associate()
		if m, _ := r.a.Tags(); m == my {
			t.Error("the next association has the same tag")
		}
	}, ""},
	{51, "5.4", must, "an UNCONFIRMED address gets HEARTBEAT and HEARTBEAT ACK alone", "SACK, COOKIE ACK and DATA go to another; the nonce must be right", TestUnconfirmed, ""},
}

// crossing is two ends that both associate, and the packets on their way.
type crossing struct {
	ends [2]*Assoc
	air  []flying
	log  string
}

// collide lets the packets of two ends that associate with each other arrive
// in every order, and wants one association of it: both ESTABLISHED, the tags
// of each known to the other. It returns how many orders there were.
func collide(t *testing.T) (orders int) {
	var cfg [2]Config
	start := crossing{}
	for i := range cfg {
		cfg[i] = small()
		cfg[i].Secret = [16]byte{byte(i + 1)}
		start.ends[i] = new(Assoc)
		local := [2][]wire.Addr{testLocals[:1], testPeers[:1]}
		start.ends[i].Init(&cfg[i], local[i], uint16(5000+i), true, uint64(i+1))
		start.step(t, i, func(a *Assoc, out *Out) { _ = a.Associate(0, local[1-i], uint16(5001-i), out) })
	}
	var walk func(c crossing)
	walk = func(c crossing) {
		if len(c.air) == 0 {
			orders++
			a, b := c.ends[0], c.ends[1]
			if a.State() != Established || b.State() != Established || a.myTag != b.peerTag || b.myTag != a.peerTag || a.snd.initial != b.rcv.initial || b.snd.initial != a.rcv.initial {
				t.Fatalf("%s: %v %v, tags %x-%x and %x-%x", c.log, a.State(), b.State(), a.myTag, a.peerTag, b.peerTag, b.myTag)
			}
			return
		}
		for i, f := range c.air {
			next := crossing{ends: [2]*Assoc{c.ends[0].Clone(), c.ends[1].Clone()}, log: c.log + " " + describe(f.p.Chunks)}
			next.air = append(append([]flying(nil), c.air[:i]...), c.air[i+1:]...)
			next.step(t, f.to, func(a *Assoc, out *Out) { a.Arrive(0, &f.p, out) })
			walk(next)
		}
	}
	walk(start)
	return orders
}

func (c *crossing) step(t *testing.T, i int, do func(a *Assoc, out *Out)) {
	var out Out
	do(c.ends[i], &out)
	for _, v := range out.Violations {
		t.Fatal(v)
	}
	coverage.Add(out.Rows)
	for _, p := range out.Packets {
		p.Chunks = bytes.Clone(p.Chunks)
		p.Src = [2]wire.Addr{testLocals[0], testPeers[0]}[i]
		c.air = append(c.air, flying{to: 1 - i, p: p.SCTP})
	}
}
