package sctp

import (
	"bytes"
	"testing"
	"time"

	"simrun/wire"
)

// cookieStatements is RFC 9260 5.1.3 to 5.4.
var cookieStatements = []statement{
	{32, "5.1.3, 5.1.5", must, "A cookie has a MAC; a wrong one is dropped", "a cookie sealed with another secret draws nothing in any state, nor does ours in CLOSED with any one octet changed", func(t *testing.T) {
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
	}},
	{33, "5.1.5", must, "The packet's ports and tag are those in the cookie", "a cookie of ours from another port, or with another tag, draws nothing", func(t *testing.T) {
		cells(t, "COOKIE_ECHO ports fresh", map[State]string{Closed: "-"})
		cells(t, "@bad COOKIE_ECHO fresh", map[State]string{Closed: "-"})
	}},
	{34, "5.1.5, 3.3.10.3", must, "A cookie that is too old draws ERROR with cause 3 and changes nothing", "250 us after its life the ERROR says 250, and nothing has changed; at its last instant it still opens the association", func(t *testing.T) {
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
	}},
	{35, "5.1 C", must, "COOKIE ECHO returns the cookie's octets unchanged", "the first COOKIE ECHO and the next hold the cookie of the INIT ACK, octet for octet", func(t *testing.T) {
		r := inState(t, CookieEchoed)
		if string(r.echoed) != "the peer's cookie" {
			t.Errorf("%q", r.echoed)
		}
		r.expire()
		if string(r.echoed) != "the peer's cookie" {
			t.Errorf("%q", r.echoed)
		}
	}},
	{36, "5.2.1", must, "INIT in COOKIE-WAIT is answered with our own tag and TSN; state and T1-init stay", "INIT ACK has the tag and TSN of our INIT, no tie-tags in its cookie, and goes to an address that ASSOCIATE named; T1-init expires when it would have", func(t *testing.T) {
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
		r = newRigOf(t, 2, true)
		r.associate()
		r.feed("p2 INIT") // ASSOCIATE did not name it
		r.wantSent("")
		r.feed("p2 INIT first")
		r.wantSent("INIT_ACK")
	}},
	{37, "5.2.1", must, "INIT in COOKIE-ECHOED is answered likewise, with tie-tags; one that adds addresses draws an ABORT", "the cookie's tie-tags are the tags of both ends; with an address more the INIT draws ABORT with cause 11 and the INIT's tag; neither changes anything", func(t *testing.T) {
		r := inState(t, CookieEchoed)
		r.feed("INIT tag=+9")
		r.want(CookieEchoed, "INIT_ACK")
		c, _ := unseal(r.cfg.Secret, r.cookie)
		if c.myTag != r.a.myTag || c.peerTag != r.peerTag+9 || c.myTie != r.a.myTag || c.peerTie != r.peerTag {
			t.Errorf("%+v", c)
		}
		refuseAdded(t, CookieEchoed)
	}},
	{38, "5.2.2", must, "INIT in other states is answered with a new tag, tie-tags in the cookie, and changes nothing", "in ESTABLISHED and three states of shutdown INIT ACK has a new tag, its cookie the old ones as tie-tags, and the state is the same, octet for octet", func(t *testing.T) {
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
	}},
	{39, "5.2.2", must, "An INIT that adds addresses draws an ABORT and changes nothing", "in ESTABLISHED and three states of shutdown it draws ABORT with the INIT's tag, cause 11 and the address, and the state is the same, octet for octet", func(t *testing.T) {
		for _, state := range []State{Established, ShutdownPending, ShutdownSent, ShutdownReceived} {
			refuseAdded(t, state)
		}
	}},
	{40, "5.2.2", must, "Without an association the tie-tags are 0", "the cookie that answers an INIT in CLOSED has none, nor after an association that is over", func(t *testing.T) {
		over := established(t)
		over.abort("")
		for _, r := range []*rig{newRig(t), over} {
			r.feed("INIT")
			r.want(Closed, "INIT_ACK")
			if c, ok := unseal(r.cfg.Secret, r.cookie); !ok || c.myTie != 0 || c.peerTie != 0 {
				t.Errorf("%+v", c)
			}
		}
	}},
	{41, "5.2.3", should, "INIT ACK outside COOKIE-WAIT is dropped", "it draws nothing and changes nothing in any state but CLOSED and COOKIE-WAIT", func(t *testing.T) {
		every(t, "INIT_ACK", "-", Closed, CookieWait)
	}},
	{42, "5.2.4", must, "A cookie whose tags both match is never too old", "such a cookie, past its life, ends COOKIE-ECHOED, and in ESTABLISHED is answered by COOKIE ACK", func(t *testing.T) {
		cells(t, "COOKIE_ECHO stale D", map[State]string{CookieEchoed: "ESTABLISHED <COOKIE_ACK> Up", Established: "<COOKIE_ACK>"})
	}},
	{43, "5.2.4 A", must, "A restart of the peer begins the association anew", "in five states, one after a loss, tags, TSNs, SSNs, windows, RTO, errors and timers are those of a new association, and the user is told of the restart and of what was not acknowledged", func(t *testing.T) {
		for _, state := range []State{CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived} {
			r := inState(t, state, tiny)
			told := map[State]string{
				CookieEchoed: "Restarted", Established: "SendFailed SendFailed Restarted", ShutdownPending: "SendFailed Restarted",
				ShutdownSent: "Restarted", ShutdownReceived: "SendFailed Restarted",
			}
			if state == Established {
				r.send(100, 100, 100)
				r.feed("DATA 1; DATA 3 s0:2")
				r.feed("SACK 1 gap=3-3")
				r.receive(100)
				r.expire()
				r.wantCC(116, 4*116, 116)
			}
			r.feed("INIT")
			r.feed("COOKIE_ECHO A")
			if r.a.State() != Established || r.sent() != "COOKIE_ACK" || r.signals() != told[state] {
				t.Errorf("%v: %s", state, r.outcome())
			}
			if r.a.myTag != 555 || r.a.peerTag != 666 || r.a.Unacked() != 0 || r.a.errors+r.a.Path(0).Errors != 0 || r.a.Vars().Timers != 0 {
				t.Errorf("%v: %+v", state, r.a.Vars())
			}
			r.wantCC(4*116, 100000, 0)
			r.wantRTO(0, 0, time.Second)
			r.feed("DATA 1")
			r.wantSent("SACK 1")
			if got := r.receive(10); got != "s0:0 a" {
				t.Errorf("%v: got %q", state, got)
			}
			r.send(10)
			r.wantSent("DATA 1 s0:0 BE(10)")
		}
	}},
	{44, "5.2.4 A", must, "In SHUTDOWN-ACK-SENT a restart draws SHUTDOWN ACK and ERROR with cause 10", "a restart in SHUTDOWN-ACK-SENT draws both in one packet, and the state stays", func(t *testing.T) {
		cells(t, "COOKIE_ECHO A", map[State]string{ShutdownAckSent: "<SHUTDOWN_ACK; ERROR cause=10>"})
	}},
	{45, "5.2.4 B", must, "Of two INITs that cross one association comes", "in each order in which the packets of two ends that associate at once can arrive, both end in ESTABLISHED with each other's tags; a later tag of the peer's is taken before and after, and answered with it", func(t *testing.T) {
		if n := collide(t); n < 50 {
			t.Errorf("only %d orders", n)
		}
		for _, state := range []State{CookieEchoed, Established} {
			r := inState(t, state)
			r.feed("COOKIE_ECHO B")
			r.want(Established, "COOKIE_ACK")
			if r.a.peerTag != r.peerTag+5 || r.out.Packets[0].Tag != r.peerTag+5 || r.a.Vars().Timers != 0 {
				t.Errorf("%v: %+v", state, r.a.Vars())
			}
		}
	}},
	{46, "5.2.4 C, D", must, "A cookie that a newer one has overtaken is dropped; that of this very association ends COOKIE-ECHOED", "cookie C changes nothing in COOKIE-ECHOED; cookie D then leads to ESTABLISHED and stops T1-cookie", func(t *testing.T) {
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
	}},
	{47, "5.2.4", should, "Any other combination of tags is dropped", "of the 81 patterns of tags those outside the table are dropped, and a cookie of other tags draws nothing in any state", func(t *testing.T) {
		proveTable12(t)
		every(t, "COOKIE_ECHO strange", "-", Closed)
	}},
	{48, "5.2.5", must, "COOKIE ACK outside COOKIE-ECHOED is dropped", "it draws nothing and changes nothing in any other state", func(t *testing.T) {
		every(t, "COOKIE_ACK", "-", CookieEchoed)
	}},
	{49, "5.2.6", should, "A Stale Cookie ERROR outside COOKIE-ECHOED is dropped; there a cookie is asked for that lives longer by the round trip and a second", "in other states it changes nothing; after a round trip of 300 ms the new INIT asks for 1300 ms more, and the cookie that answers it lives so much longer", func(t *testing.T) {
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
	}},
	{50, "5.3.1", must, "The tag stays for the association's life, and the next has another", "data and SHUTDOWN leave both tags as they are; the next association draws another", func(t *testing.T) {
		r := established(t)
		my, peer := r.a.Tags()
		r.send(10)
		r.feed("SACK 1")
		r.feed("DATA 1")
		r.shutdown()
		r.want(ShutdownSent, "SHUTDOWN 1")
		if m, p := r.a.Tags(); m != my || p != peer {
			t.Error("a tag changed")
		}
		r.feed("SHUTDOWN_ACK")
		r.associate()
		if m, _ := r.a.Tags(); m == my {
			t.Error("the next association has the same tag")
		}
	}},
	{51, "5.4", must, "An UNCONFIRMED address gets HEARTBEAT and HEARTBEAT ACK alone", "SACK, COOKIE ACK and DATA go to another address though the packet came from there, and T3-rtx moves nothing there; a HEARTBEAT ACK with a wrong nonce confirms nothing, with the right one it does", proveUnconfirmed},
}

// refuseAdded wants of an INIT with another tag and an address more that it
// draws an ABORT which says so, and changes nothing.
func refuseAdded(t *testing.T, state State) {
	t.Helper()
	r := inState(t, state)
	before := r.state()
	r.feed("INIT tag=+9 add=1")
	r.want(state, "@itag ABORT cause=11")
	c, _, _ := r.out.Packets[0].Chunks.Next()
	causes, _ := c.Causes()
	added, _ := causes.Find(wire.CauseRestartNewAddresses)
	if want := wire.AppendAddr(nil, testPeers[1]); !bytes.Equal(added, want) {
		t.Errorf("%v: the cause is % x, want % x", state, added, want)
	}
	if !bytes.Equal(before, r.state()) {
		t.Errorf("%v: the association changed", state)
	}
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
