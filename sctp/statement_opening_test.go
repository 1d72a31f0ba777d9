package sctp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"testing"
	"time"

	"simrun/wire"
	"simrun/wire/codec"
)

// formatStatements is RFC 9260 3, 6.8 and 6.10.
var formatStatements = []statement{
	{1, "3.1", must, "Ports are never 0", "ASSOCIATE to port 0 is refused, and an INIT from port 0 is dropped", func(t *testing.T) {
		r := newRig(t)
		r.step(func(r *rig) { r.err = r.a.Associate(r.clock(), testPeers[:1], 0, &r.out) })
		r.wantErr(ErrNoAddress)
		r.step(func(r *rig) {
			p := r.parse("INIT")
			p.SrcPort = 0
			r.a.Arrive(r.clock(), &p, &r.out)
		})
		r.want(Closed, "")
	}},
	{2, "3.1, 8.5.1 A", must, "INIT carries tag 0", "the INIT of an ASSOCIATE, sent again three times, has tag 0 each time", func(t *testing.T) {
		r := inState(t, CookieWait)
		for range 3 {
			r.expire()
			if p := r.out.Packets[0]; p.Tag != 0 || !p.Chunks.Has(wire.ChunkInit) {
				t.Errorf("tag %d", p.Tag)
			}
		}
	}},
	{3, "6.8", must, "The checksum is CRC32c; a wrong one is dropped", "the field of a packet holds the sum that a bitwise division comes to, with the low octet first; with any one bit flipped the packet is refused", func(t *testing.T) {
		r := established(t)
		r.send(33)
		p := wire.Packet{Proto: wire.ProtoSCTP, SCTP: r.out.Packets[0].SCTP}
		p.SCTP.Src = testLocals[0]
		b, err := codec.New().Append(nil, &p)
		if err != nil {
			t.Fatal(err)
		}
		const head = 20
		sum := b[head+8 : head+12]
		field := binary.LittleEndian.Uint32(sum)
		copy(sum, make([]byte, 4))
		if want := divide(b[head:]); field != want {
			t.Errorf("the field is %08x, want %08x", field, want)
		}
		binary.LittleEndian.PutUint32(sum, field)
		if err := codec.New().Decode(b, &p); err != nil {
			t.Error(err)
		}
		for i := 8 * head; i < 8*len(b); i++ {
			b[i/8] ^= 1 << (i % 8)
			if err := codec.New().Decode(b, &p); !errors.Is(err, codec.ErrChecksum) {
				t.Errorf("bit %d flipped: %v", i, err)
			}
			b[i/8] ^= 1 << (i % 8)
		}
	}},
	{4, "3.2", must, "Chunks are padded with zeros that their length leaves out", "a chunk of 21 octets says 21 and takes 24, with zeros behind; other octets in the padding change nothing for what is taken", func(t *testing.T) {
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
	}},
	{5, "3.2", must, "The highest bits of an unknown chunk's type say whether to stop and whether to report", "of types 63, 127, 191 and 255 the first two stop the packet before a HEARTBEAT, and the second and fourth draw ERROR with cause 6", func(t *testing.T) {
		for packet, want := range map[string]string{
			"TYPE 63; HEARTBEAT x": "-", "TYPE 127; HEARTBEAT x": "<ERROR cause=6>",
			"TYPE 191; HEARTBEAT x": "<HEARTBEAT_ACK>", "TYPE 255; HEARTBEAT x": "<ERROR cause=6; HEARTBEAT_ACK>",
		} {
			cells(t, packet, map[State]string{Established: want, ShutdownPending: want})
		}
	}},
	{6, "3.2.1", must, "The highest bits of an unknown parameter's type say whether to stop and whether to report; the answer is sent all the same", "of one parameter of each kind before another that reports, INIT ACK reports none, one, the other and both; INIT ACK and COOKIE ECHO go all the same", func(t *testing.T) {
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
	}},
	{7, "3.2.2", must, "An unknown parameter of INIT is reported in INIT ACK", "INIT ACK holds one Unrecognized Parameter, with the parameter in it", func(t *testing.T) {
		r := newRig(t)
		r.feed("INIT param=65535")
		if got := reported(r.initSent().Params); len(got) != 1 || got[0] != 65535 {
			t.Errorf("reported %v", got)
		}
	}},
	{8, "3.2.2", should, "An unknown parameter of INIT ACK is reported behind COOKIE ECHO", "the packet of the COOKIE ECHO has ERROR with cause 8 behind it", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.feed("INIT_ACK param=65535")
		r.wantSent("COOKIE_ECHO; ERROR cause=8")
	}},
	{9, "6.10", must, "INIT, INIT ACK and SHUTDOWN COMPLETE travel alone", "INIT ACK goes alone though DATA waits, and SHUTDOWN COMPLETE too; INIT and INIT ACK with another chunk are dropped", func(t *testing.T) {
		r := inState(t, CookieWait)
		r.send(10)
		r.feed("INIT")
		r.wantSent("INIT_ACK")
		r.feed("INIT_ACK; HEARTBEAT x")
		r.want(CookieWait, "")
		every(t, "INIT; HEARTBEAT x", "-")
		cells(t, "SHUTDOWN_ACK", map[State]string{ShutdownSent: "CLOSED <SHUTDOWN_COMPLETE> Finished"})
	}},
	{10, "6.10", must, "Control chunks stand before DATA, DATA in the order of TSNs", "HEARTBEAT ACK, SACK and two chunks of DATA share a packet, in this order", func(t *testing.T) {
		r := established(t, func(c *Config) { c.NoDelay = false })
		r.send(10)
		r.send(10)
		r.send(10)
		r.feed("HEARTBEAT x; DATA 1; SACK 1")
		r.wantSent("HEARTBEAT_ACK; SACK 1; DATA 2 s0:1 BE(10); DATA 3 s0:2 BE(10)")
	}},
	{11, "6.10", must, "Chunks are taken in order; a partial one at the end is dropped", "two chunks before one that is cut off are taken, and that one is dropped", func(t *testing.T) {
		r := established(t)
		r.feed("DATA 1; DATA 2 s0:1; RAW 0 3 0 40 1 2 3 4")
		r.wantSent("SACK 2")
		r.wantDrop(DropMalformed)
	}},
	{12, "6, 6.10", must, "No packet is larger than the path's MTU", "with MTUs of 100, 576 and 1500 no packet is larger, whatever the size of a message", func(t *testing.T) {
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
	}},
	{13, "3.3.7", must, "No DATA goes with ABORT, and control chunks stand before it", "a call with DATA waiting sends ABORT alone; so does DATA without user data, behind a HEARTBEAT too", func(t *testing.T) {
		r := established(t)
		r.send(3000)
		r.abort("")
		r.want(Closed, "ABORT cause=12")
		r = established(t)
		r.feed("HEARTBEAT x; DATA 1 s0:0 BE(0)")
		r.want(Closed, "ABORT cause=9")
	}},
	{14, "3.3.10", must, "Causes have the lengths that the text gives", "causes 1, 2, 3, 6, 9, 10 and 11, each as it is sent, have 8, 10, 8, 12, 8, 4 and 12 octets", func(t *testing.T) {
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
	}},
	{15, "3.3.1, 6.2", must, "DATA holds user data; without any it draws an ABORT", "such a chunk draws ABORT with cause 9 where DATA is taken, and is dropped before; SEND refuses an empty message", func(t *testing.T) {
		cells(t, "DATA 1 s0:0 BE(0)", map[State]string{Established: "CLOSED <ABORT cause=9> Lost", ShutdownSent: "CLOSED <ABORT cause=9> Lost", CookieEchoed: "-"})
		r := established(t)
		r.send(0)
		r.wantErr(ErrNoData)
	}},
	{16, "3.3.1, 6.9", must, "Fragments of a message have TSNs in a row, one stream, SSN, PPID and U bit", "a message of 250 octets goes as TSNs 1 to 3 of one stream and SSN, each unordered, each with its PPID", func(t *testing.T) {
		r := established(t, tiny)
		r.sendMessage(Message{Stream: 3, PPID: 77, Unordered: true, Data: make([]byte, 250)})
		r.wantSent("DATA 1 s3:0 BU(100) | DATA 2 s3:0 U(100) | DATA 3 s3:0 EU(50)")
		for i := range r.out.Packets {
			c, _, _ := r.out.Packets[i].Chunks.Next()
			if d, _ := c.Data(); d.PPID != 77 {
				t.Errorf("PPID %d", d.PPID)
			}
		}
	}},
}

// divide is the CRC32c of octets by division, bit by bit (RFC 9260 appendix B).
func divide(b []byte) uint32 {
	sum := ^uint32(0)
	for _, octet := range b {
		sum ^= uint32(octet)
		for range 8 {
			if sum&1 == 0 {
				sum >>= 1
			} else {
				sum = sum>>1 ^ 0x82f63b78
			}
		}
	}
	return ^sum
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
	{17, "3.3.2", must, "The Initiate Tag is random and not 0; an INIT with 0 is dropped", "100 associations draw 100 tags, none of them 0; an INIT with tag 0 is dropped in every state", func(t *testing.T) {
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
	}},
	{18, "3.3.3, 5.1 B", must, "INIT ACK carries the peer's Initiate Tag to where the INIT came from", "an INIT from the peer's second address is answered there, with its tag", func(t *testing.T) {
		r := newRig(t)
		r.feed("p2 INIT")
		r.wantSent("p2 INIT_ACK")
		if p := r.out.Packets[0]; p.Tag != r.peerTag || p.Dst != testPeers[1] {
			t.Errorf("tag %d to %v", p.Tag, p.Dst)
		}
	}},
	{19, "5.1.3", must, "Who answers an INIT keeps nothing of it", "an INIT in CLOSED leaves the state as it was, octet for octet, and starts no timer", func(t *testing.T) {
		r := newRig(t)
		before := r.state()
		r.feed("INIT")
		if !bytes.Equal(before, r.state()) || r.a.Vars().Timers != 0 {
			t.Error("something was kept")
		}
	}},
	{20, "3.3.2, 3.3.3", must, "Too small a window or no streams draw an ABORT with the Initiate Tag, and change nothing", "a window of 1499 or no streams draw ABORT with cause 7 in CLOSED, ESTABLISHED and COOKIE-WAIT; a window of 1500 does not", func(t *testing.T) {
		for _, bad := range []string{"rwnd=1499", "os=0", "mis=0"} {
			cells(t, "INIT "+bad, map[State]string{Closed: "<@itag ABORT cause=7>", Established: "<ABORT cause=7>"})
		}
		cells(t, "INIT_ACK rwnd=1499", map[State]string{CookieWait: "<@itag ABORT cause=7>"})
		cells(t, "INIT rwnd=1500", map[State]string{Closed: "<INIT_ACK>"})
	}},
	{21, "3.3.3", must, "An INIT ACK with tag 0 ends the attempt, with an ABORT whose T bit is set", "in COOKIE-WAIT it ends in CLOSED, and ABORT reflects the packet's tag", func(t *testing.T) {
		cells(t, "INIT_ACK notag", map[State]string{CookieWait: "CLOSED <@same ABORT T cause=7> CannotStart"})
	}},
	{22, "3.3.3", must, "An INIT ACK without streams ends the attempt", "OS 0 and MIS 0 in COOKIE-WAIT draw ABORT and end in CLOSED", func(t *testing.T) {
		for _, bad := range []string{"os=0", "mis=0"} {
			cells(t, "INIT_ACK "+bad, map[State]string{CookieWait: "CLOSED <@itag ABORT cause=7> CannotStart"})
		}
	}},
	{23, "3.3.3, 5.1.1", must, "An INIT ACK asks for no more streams than the INIT takes", "to an INIT that takes 3 streams INIT ACK asks for 3, to one that takes 100 for 10", func(t *testing.T) {
		for mis, want := range map[int]uint16{3: 3, 100: 10} {
			r := newRig(t)
			r.feed(fmt.Sprintf("INIT mis=%d", mis))
			if os := r.initSent().OS; os != want {
				t.Errorf("OS %d, want %d", os, want)
			}
		}
	}},
	{24, "5.1.1", must, "Each end has as many streams as it asks for and the other takes", "20 asked and 4 taken by the peer, 10 asked and 5 taken here, come to 4 out and 5 in, in both roles; SEND on stream 4 is refused", func(t *testing.T) {
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
	}},
	{25, "5.1 C", must, "COOKIE ECHO is the first chunk of its packet, and nothing else goes before COOKIE ACK", "DATA that fits goes behind it, what does not fit and what comes later waits for COOKIE ACK; a COOKIE ECHO behind a HEARTBEAT is dropped in every state", func(t *testing.T) {
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
	}},
	{26, "5.1 D", must, "COOKIE ACK is the first chunk of its packet", "DATA behind COOKIE ECHO is answered by COOKIE ACK and SACK, in this order", func(t *testing.T) {
		r := newRig(t)
		r.feed("INIT")
		r.feed("COOKIE_ECHO; DATA 1")
		r.want(Established, "COOKIE_ACK; SACK 1")
	}},
	{27, "5.1", must, "The first DATA of an association is acknowledged at once", "with delayed SACKs the first packet of DATA draws one at once in both roles, the second does not", func(t *testing.T) {
		r := established(t, delayed)
		r.feed("DATA 1")
		r.wantSent("SACK 1")
		r.feed("DATA 2 s0:1")
		r.wantSent("")
		r = newRig(t, delayed)
		r.feed("COOKIE_ECHO fresh")
		r.feed("DATA 1")
		r.wantSent("SACK 1")
	}},
	{28, "5.1.2", must, "A Host Name Address draws an ABORT", "in INIT and INIT ACK it draws ABORT with cause 5, and the attempt ends", func(t *testing.T) {
		cells(t, "INIT host", map[State]string{Closed: "<@itag ABORT cause=5>", Established: "<ABORT cause=5>"})
		cells(t, "INIT_ACK host", map[State]string{CookieWait: "CLOSED <@itag ABORT cause=5> CannotStart"})
	}},
	{29, "5.1", must, "The Cumulative TSN Ack Point begins one below the initial TSN", "a new association has our initial TSN to send next and the one below acknowledged, and the peer's likewise: its TSN 2 is a gap", func(t *testing.T) {
		r := established(t)
		if v := r.a.Vars(); v.Acked != r.ours(0) || v.NextTSN != r.ours(1) || v.CumTSN != r.theirs(0) {
			t.Errorf("%+v", v)
		}
		r.feed("DATA 2 s0:1")
		r.wantSent("SACK 0 gap=2-2")
	}},
	{30, "5.1", should, "An INIT ACK without a cookie draws an ABORT with cause 2", "in COOKIE-WAIT it draws ABORT with cause 2, and the attempt ends", func(t *testing.T) {
		cells(t, "INIT_ACK nocookie", map[State]string{CookieWait: "CLOSED <@itag ABORT cause=2> CannotStart"})
	}},
	{31, "4, 5.1.4", must, "T1-init and T1-cookie send again, eight times, then the user is told", "with RTO.Initial 1 s, INIT and COOKIE ECHO go again at 1, 3, 7, 15, 31, 63, 123 and 183 s; at 243 s the attempt ends", func(t *testing.T) {
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
	}},
}
