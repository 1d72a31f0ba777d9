package sctp

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"simrun/wire"
)

// formatStatements is RFC 9260 3, 6.8 and 6.10.
var formatStatements = []statement{
	{1, "3.1", must, "ports are never 0", "ASSOCIATE with port 0 is refused, and packets with one are dropped", func(t *testing.T) {
		r := newRig(t)
		r.step(func(r *rig) { r.err = r.a.Associate(r.clock(), testPeers[:1], 0, &r.out) })
		r.wantErr(ErrNoAddress)
		r.step(func(r *rig) {
			p := r.parse("INIT")
			p.SrcPort = 0
			r.a.Arrive(r.clock(), &p, &r.out)
		})
		r.want(Closed, "")
	}, ""},
	{2, "3.1, 8.5.1 A", must, "INIT carries tag 0", "the INIT of ASSOCIATE and its retransmission", func(t *testing.T) {
		r := inState(t, CookieWait)
		for range 3 {
			r.expire()
			if p := r.out.Packets[0]; p.Tag != 0 || !p.Chunks.Has(wire.ChunkInit) {
				t.Errorf("tag %d", p.Tag)
			}
		}
	}, ""},
	{3, "6.8", must, "the checksum is CRC32c; a wrong one is dropped", "the codec", nil, "wire/codec: what arrives here has a good checksum"},
	{4, "3.2", must, "chunks are padded with zeros that their length leaves out", "a chunk of 5 octets takes 24, its length is 21; what is in the padding does not matter", func(t *testing.T) {
		r := established(t)
		r.send(5)
		b := r.out.Packets[0].Chunks
		if len(b) != 24 || b[3] != 21 || !bytes.Equal(b[21:], []byte{0, 0, 0}) {
			t.Errorf("% x", b)
		}
		r.step(func(r *rig) {
			p := r.parse("DATA 1 s0:0 BE(5); DATA 2 s0:1 BE(5)")
			p.Chunks[21], p.Chunks[22], p.Chunks[23] = 0xEE, 0xEE, 0xEE
			r.a.Arrive(r.clock(), &p, &r.out)
		})
		r.wantSent("SACK 2")
		if r.receive(100) != "s0:0 aaaaa" || r.receive(100) != "s0:1 bbbbb" {
			t.Errorf("got %q", r.got)
		}
	}, ""},
	{5, "3.2", must, "the highest bits of an unknown chunk's type say whether to stop and whether to report", "all four, with a HEARTBEAT behind", func(t *testing.T) {
		for packet, want := range map[string]string{
			"TYPE 63; HEARTBEAT x": "-", "TYPE 127; HEARTBEAT x": "<ERROR cause=6>",
			"TYPE 191; HEARTBEAT x": "<HEARTBEAT_ACK>", "TYPE 255; HEARTBEAT x": "<ERROR cause=6; HEARTBEAT_ACK>",
		} {
			cells(t, packet, map[State]string{Established: want, ShutdownPending: want})
		}
	}, ""},
	{6, "3.2.1", must, "the highest bits of an unknown parameter's type say whether to stop and whether to report; the answer is sent all the same", "all four, with another that reports behind", func(t *testing.T) {
		for _, c := range []struct {
			param int
			want  string
		}{{0x0fff, "[]"}, {0x4fff, "[20479]"}, {0x8fff, "[53247]"}, {0xcfff, "[53247 53247]"}} {
			r := newRig(t)
			r.feed(fmt.Sprintf("INIT param=%d then=%d", c.param, 0xcfff))
			r.wantSent("INIT_ACK")
			if got := fmt.Sprint(numbers(reported(r.initSent().Params))); got != c.want {
				t.Errorf("%x: reported %s, want %s", c.param, got, c.want)
			}
			r = inState(t, CookieWait)
			r.feed(fmt.Sprintf("INIT_ACK param=%d", c.param))
			if r.a.State() != CookieEchoed {
				t.Errorf("%x: %v", c.param, r.a.State())
			}
		}
	}, ""},
	{7, "3.2.2", must, "an unknown parameter of INIT is reported in INIT ACK", "one parameter Unrecognized Parameter", func(t *testing.T) {
		r := newRig(t)
		r.feed("INIT param=65535")
		if got := reported(r.initSent().Params); len(got) != 1 || got[0] != 65535 {
			t.Errorf("reported %v", got)
		}
	}, ""},
	{8, "3.2.2", should, "an unknown parameter of INIT ACK is reported behind COOKIE ECHO", "ERROR with cause 8 in the packet of the COOKIE ECHO", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.feed("INIT_ACK param=65535")
		r.wantSent("COOKIE_ECHO; ERROR cause=8")
	}, ""},
	{9, "6.10", must, "INIT, INIT ACK and SHUTDOWN COMPLETE travel alone", "with DATA waiting each is a packet of its own; INIT and INIT ACK that do not are dropped", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.send(10)
		r.feed("INIT")
		r.wantSent("INIT_ACK")
		r.feed("INIT_ACK; HEARTBEAT x")
		r.want(CookieWait, "")
		every(t, "INIT; HEARTBEAT x", "-")
		cells(t, "SHUTDOWN_ACK", map[State]string{ShutdownSent: "CLOSED <SHUTDOWN_COMPLETE> Finished"})
	}, ""},
	{10, "6.10", must, "control chunks stand before DATA, DATA in the order of TSNs", "HEARTBEAT ACK, SACK and two chunks in one packet", func(t *testing.T) {
		r := established(t, func(c *Config) { c.NoDelay = false })
		r.send(10)
		r.send(10)
		r.send(10)
		r.feed("HEARTBEAT x; DATA 1; SACK 1")
		r.wantSent("HEARTBEAT_ACK; SACK 1; DATA 2 s0:1 BE(10); DATA 3 s0:2 BE(10)")
	}, ""},
	{11, "6.10", must, "chunks are taken in order; a partial one at the end is dropped", "DATA before a chunk that is cut off", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1; DATA 2 s0:1; RAW 0 3 0 40 1 2 3 4")
		r.wantSent("SACK 2")
		r.wantDrop(DropMalformed)
	}, ""},
	{12, "6, 6.10", must, "no packet is larger than the path's MTU", "messages of all sizes", func(t *testing.T) {
		for _, mtu := range []int{100, 576, 1500} {
			r := established(t, func(c *Config) { c.MTU, c.MaxBurst, c.NoDelay = mtu, 100, false })
			for n := 1; n < 3000; n += 77 {
				r.send(n)
				for i := range r.out.Packets {
					if size := r.out.Packets[i].Size(); size > mtu {
						t.Errorf("a packet of %d octets, the MTU is %d", size, mtu)
					}
				}
				r.feed(fmt.Sprintf("SACK %d", r.a.snd.flight.end()))
			}
		}
	}, ""},
	{13, "3.3.7", must, "no DATA goes with ABORT, and control chunks stand before it", "the ABORT of a call with DATA waiting, and of DATA without user data behind a HEARTBEAT", func(t *testing.T) {
		r := established(t)
		r.send(3000)
		r.abort("")
		r.want(Closed, "ABORT cause=12")
		r = established(t)
		r.feed("HEARTBEAT x; DATA 1 s0:0 BE(0)")
		r.want(Closed, "ABORT cause=9")
	}, ""},
	{14, "3.3.10", must, "causes have the lengths that the text gives", "causes 1, 3, 9 and 10 as they are sent", func(t *testing.T) {
		length := func(r *rig, code wire.CauseCode) int {
			for i := range r.out.Packets {
				for c, rest, ok := r.out.Packets[i].Chunks.Next(); ok; c, rest, ok = rest.Next() {
					causes, _ := c.Causes()
					if v, ok := causes.Find(code); ok {
						return 4 + len(v)
					}
				}
			}
			return 0
		}
		for _, c := range []struct {
			state  State
			packet string
			code   wire.CauseCode
			want   int
		}{
			{Established, "DATA 1 s99:0", 1, 8}, {CookieWait, "INIT_ACK nocookie", 2, 10}, {Established, "COOKIE_ECHO stale fresh", 3, 8},
			{Established, "TYPE 255", 6, 12}, {Established, "DATA 1 s0:0 BE(0)", 9, 8}, {ShutdownAckSent, "COOKIE_ECHO A", 10, 4}, {Established, "INIT add=1", 11, 12},
		} {
			r := inState(t, c.state)
			r.feed(c.packet)
			if got := length(r, c.code); got != c.want {
				t.Errorf("cause %d has %d octets, want %d", c.code, got, c.want)
			}
		}
	}, ""},
	{15, "3.3.1, 6.2", must, "DATA holds user data; without any it draws an ABORT", "cause 9 in the states that take DATA", func(t *testing.T) {
		cells(t, "DATA 1 s0:0 BE(0)", map[State]string{Established: "CLOSED <ABORT cause=9> Lost", ShutdownSent: "CLOSED <ABORT cause=9> Lost", CookieEchoed: "-"})
		r := established(t)
		r.send(0)
		r.wantErr(ErrNoData)
	}, ""},
	{16, "3.3.1, 6.9", must, "fragments of a message have TSNs in a row, one stream, SSN, PPID and U bit", "a message of 250 octets between two others", func(t *testing.T) {
		r := established(t, tiny)
		r.sendMessage(Message{Stream: 3, PPID: 77, Unordered: true, Data: make([]byte, 250)})
		r.wantSent("DATA 1 s3:0 BU(100) | DATA 2 s3:0 U(100) | DATA 3 s3:0 EU(50)")
		for i := range r.out.Packets {
			c, _, _ := r.out.Packets[i].Chunks.Next()
			if d, _ := c.Data(); d.PPID != 77 {
				t.Errorf("PPID %d", d.PPID)
			}
		}
	}, ""},
}

func numbers(types []wire.ParamType) []int {
	all := []int{}
	for _, p := range types {
		all = append(all, int(p))
	}
	return all
}

// openingStatements is RFC 9260 5.1, 3.3.2 and 3.3.3.
var openingStatements = []statement{
	{17, "3.3.2", must, "the Initiate Tag is random and not 0; an INIT with 0 is dropped", "tags of 100 associations; INIT with tag 0 in every state", func(t *testing.T) {
		seen := map[wire.Tag]bool{}
		for seed := range uint64(100) {
			cfg := small()
			r := bareRig(t, &cfg, 1, true, seed, 1, 0)
			r.associate()
			tag := r.initSent().Tag
			if tag == 0 || seen[tag] {
				t.Errorf("tag %d", tag)
			}
			seen[tag] = true
		}
		every(t, "INIT notag", "-")
	}, ""},
	{18, "3.3.3, 5.1 B", must, "INIT ACK carries the peer's Initiate Tag to where the INIT came from", "an INIT from the peer's second address", func(t *testing.T) {
		r := newRig(t)
		r.feed("p2 INIT")
		r.wantSent("p2 INIT_ACK")
		if p := r.out.Packets[0]; p.Tag != r.peerTag || p.Dst != testPeers[1] {
			t.Errorf("tag %d to %v", p.Tag, p.Dst)
		}
	}, ""},
	{19, "5.1.3", must, "who answers an INIT keeps nothing of it", "the state before and after", func(t *testing.T) {
		r := newRig(t)
		before := r.state()
		r.feed("INIT")
		if !bytes.Equal(before, r.state()) || r.a.Vars().Timers != 0 {
			t.Error("something was kept")
		}
	}, ""},
	{20, "3.3.2, 3.3.3", must, "too small a window or no streams draw an ABORT with the Initiate Tag, and change nothing", "INIT in CLOSED and ESTABLISHED, INIT ACK in COOKIE-WAIT", func(t *testing.T) {
		for _, bad := range []string{"rwnd=1499", "os=0", "mis=0"} {
			cells(t, "INIT "+bad, map[State]string{Closed: "<@itag ABORT cause=7>", Established: "<ABORT cause=7>"})
		}
		cells(t, "INIT_ACK rwnd=1499", map[State]string{CookieWait: "<@itag ABORT cause=7>"})
		cells(t, "INIT rwnd=1500", map[State]string{Closed: "<INIT_ACK>"})
	}, ""},
	{21, "3.3.3", must, "an INIT ACK with tag 0 ends the attempt, with an ABORT whose T bit is set", "in COOKIE-WAIT", func(t *testing.T) {
		cells(t, "INIT_ACK notag", map[State]string{CookieWait: "CLOSED <@same ABORT T cause=7> CannotStart"})
	}, ""},
	{22, "3.3.3", must, "an INIT ACK without streams ends the attempt", "OS 0 and MIS 0 in COOKIE-WAIT", func(t *testing.T) {
		for _, bad := range []string{"os=0", "mis=0"} {
			cells(t, "INIT_ACK "+bad, map[State]string{CookieWait: "CLOSED <@itag ABORT cause=7> CannotStart"})
		}
	}, ""},
	{23, "3.3.3, 5.1.1", must, "an INIT ACK asks for no more streams than the INIT takes", "MIS 3, and MIS 100", func(t *testing.T) {
		for mis, want := range map[int]uint16{3: 3, 100: 10} {
			r := newRig(t)
			r.feed(fmt.Sprintf("INIT mis=%d", mis))
			if os := r.initSent().OS; os != want {
				t.Errorf("OS %d, want %d", os, want)
			}
		}
	}, ""},
	{24, "5.1.1", must, "each end has as many streams as it asks for and the other takes", "both roles, both ways; a stream beyond is refused", func(t *testing.T) {
		streams := func(r *rig) string { out, in := r.a.Streams(); return fmt.Sprint(out, in) }
		r := inState(t, CookieWait, func(c *Config) { c.InStreams = 5 })
		r.feed("INIT_ACK os=20 mis=4")
		if got := streams(r); got != "4 5" {
			t.Errorf("streams %s, want 4 5", got)
		}
		r.sendMessage(Message{Stream: 4, Data: []byte("x")})
		r.wantErr(ErrStream)
		r = newRig(t, func(c *Config) { c.InStreams = 5 })
		r.feed("INIT os=20 mis=4")
		r.feed("COOKIE_ECHO")
		if got := streams(r); got != "4 5" {
			t.Errorf("streams %s, want 4 5", got)
		}
	}, ""},
	{25, "5.1 C", must, "COOKIE ECHO is the first chunk of its packet, and nothing else goes before COOKIE ACK", "DATA goes with it, or waits", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.send(1452)
		r.feed("INIT_ACK")
		r.wantSent("COOKIE_ECHO")
		r.send(10)
		r.wantSent("")
		r.feed("COOKIE_ACK")
		r.wantSent("DATA 1 s0:0 BE(1452) | DATA 2 s0:1 BE(10)")
		r = inState(t, CookieWait)
		r.send(10)
		r.feed("INIT_ACK")
		r.wantSent("COOKIE_ECHO; DATA 1 s0:0 BE(10)")
		every(t, "HEARTBEAT x; COOKIE_ECHO fresh", "-", Closed, CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent)
	}, ""},
	{26, "5.1 D", must, "COOKIE ACK is the first chunk of its packet", "with the SACK of DATA that came with the COOKIE ECHO", func(t *testing.T) {
		r := newRig(t)
		r.feed("INIT")
		r.feed("COOKIE_ECHO; DATA 1")
		r.want(Established, "COOKIE_ACK; SACK 1")
	}, ""},
	{27, "5.1", must, "the first DATA of an association is acknowledged at once", "with delayed SACKs, in both roles", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1")
		r.wantSent("SACK 1")
		r.feed("DATA 2 s0:1")
		r.wantSent("")
		r = newRig(t, delayed)
		r.feed("COOKIE_ECHO fresh")
		r.feed("DATA 1")
		r.wantSent("SACK 1")
	}, ""},
	{28, "5.1.2", must, "a Host Name Address draws an ABORT", "in INIT and INIT ACK", func(t *testing.T) {
		cells(t, "INIT host", map[State]string{Closed: "<@itag ABORT cause=5>", Established: "<ABORT cause=5>"})
		cells(t, "INIT_ACK host", map[State]string{CookieWait: "CLOSED <@itag ABORT cause=5> CannotStart"})
	}, ""},
	{29, "5.1", must, "the Cumulative TSN Ack Point begins one below the initial TSN", "the variables of a new association", func(t *testing.T) {
		r := established(t)
		if v := r.a.Vars(); v.Acked != r.ours(0) || v.NextTSN != r.ours(1) || v.CumTSN != r.theirs(0) {
			t.Errorf("%+v", v)
		}
		r.feed("DATA 2 s0:1")
		r.wantSent("SACK 0 gap=2-2")
	}, ""},
	{30, "5.1", should, "an INIT ACK without a cookie draws an ABORT with cause 2", "in COOKIE-WAIT", func(t *testing.T) {
		cells(t, "INIT_ACK nocookie", map[State]string{CookieWait: "CLOSED <@itag ABORT cause=2> CannotStart"})
	}, ""},
	{31, "4, 5.1.4", must, "T1-init and T1-cookie send again, eight times, then the user is told", "the times of both", func(t *testing.T) {
		for _, state := range []State{CookieWait, CookieEchoed} {
			r := inState(t, state)
			var at []int
			for r.a.State() != Closed {
				at = append(at, int(r.expire()/time.Second))
			}
			if got := fmt.Sprint(at); got != "[1 3 7 15 31 63 123 183 243]" {
				t.Errorf("%v: %s", state, got)
			}
			r.wantSignals("CannotStart")
		}
	}, ""},
}
