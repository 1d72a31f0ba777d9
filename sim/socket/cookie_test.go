package socket

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"simrun/clock"
	"simrun/tcp"
	"simrun/wire"
)

func cookiesAlways(c *Config) { c.SYNCookies = CookiesAlways }

// A connection that a cookie opened carries text both ways, with what both
// ends would have agreed on: all of it with timestamps, else the MSS.
func TestCookieOpens(t *testing.T) {
	for _, c := range []struct {
		name                string
		timestamps, options bool
		mss, want           int
	}{
		{"plain", false, false, 1460, 1460},
		{"a small MSS", false, false, 1100, 1024},
		{"options without timestamps", false, true, 1460, 1460},
		{"timestamps alone", true, false, 1460, 1460},
		{"all", true, true, 1460, 1460},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := newLAN(t, cookiesAlways, func(cfg *Config) {
				cfg.TCP.Timestamps, cfg.TCP.WindowScale, cfg.TCP.SACK = c.timestamps, c.options, c.options
				cfg.TCP.ReceiveBuffer, cfg.TCP.MSS = 1<<20, c.mss
			})
			listener := n.b.listen(80, 1)
			n.now = clock.Time(100 * time.Second)
			fd := n.a.socket()
			n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
			n.carryOne()
			if n.b.Conns() != 0 {
				t.Fatalf("B keeps %d connections after a SYN, want none", n.b.Conns())
			}
			n.settle()
			b, _, e := n.b.Accept(n.b.p, listener)
			n.want("accept", e, OK)
			ca, cb := &n.a.conns[n.a.ConnOf(n.a.p, fd)].tcp, &n.b.conns[n.b.ConnOf(n.b.p, b)].tcp
			if got := cb.MSS(); got != c.want {
				t.Errorf("B sends %d octets a segment, want %d", got, c.want)
			}
			ia, ib := ca.Info(n.now), cb.Info(n.now)
			if ia.Timestamps != ib.Timestamps || ia.SACK != ib.SACK || ia.WindowScale != ib.WindowScale || ia.SndShift != ib.RcvShift || ia.RcvShift != ib.SndShift {
				t.Errorf("A agreed on %+v, B on %+v", ia, ib)
			}
			if got := ib; got.Timestamps != c.timestamps || got.SACK != (c.timestamps && c.options) {
				t.Errorf("agreed on %+v", got)
			}
			for _, text := range []string{"question", "answer"} {
				n.a.send(fd, text)
				n.b.send(b, text)
				n.settle()
				if a, b := n.a.recv(fd), n.b.recv(b); a != text || b != text {
					t.Errorf("received %q and %q, want %q", a, b, text)
				}
			}
		})
	}
}

// cookieACK is the ACK that would bring a cookie back.
func cookieACK(cookie wire.Seq) wire.TCP {
	return wire.TCP{
		Net:     wire.Net{Src: addrA, Dst: addrB},
		SrcPort: 7, DstPort: 80, Seq: 1001, Ack: cookie.Add(1), Flags: wire.ACK, Window: 5,
	}
}

// A cookie is good in its tick and in the next, for the segment that it was
// made for and no other.
func TestCookieLife(t *testing.T) {
	cfg := Defaults()
	k := NewStack(&cfg, []wire.Addr{addrB}, [16]byte{3}, nil)
	for index, mss := range cookieMSS {
		for _, tick := range []uint32{0, 1, 31, 32, 1 << 20} {
			cookie := k.cookie(at(addrB, 80), at(addrA, 7), 1000, tick, uint32(index))
			ack := cookieACK(cookie)
			for age, want := range []bool{true, true, false, false} {
				now := clock.Time(tick+uint32(age)) * clock.Time(cookieTick)
				syn, ok := k.cookieOf(now, &ack)
				if got, _ := syn.Options.MSS(); ok != want || ok && (got != mss || syn.Seq != 1000) {
					t.Errorf("tick %d, MSS %d, %d ticks later: %v with MSS %d, want %v", tick, mss, age, ok, got, want)
				}
			}
			for name, change := range map[string]func(*wire.TCP){
				"another port": func(s *wire.TCP) { s.SrcPort++ }, "another address": func(s *wire.TCP) { s.Src = spare },
				"another number": func(s *wire.TCP) { s.Seq++ }, "another ACK": func(s *wire.TCP) { s.Ack += 1 << 24 },
				"another hash": func(s *wire.TCP) { s.Ack++ }, "another listener": func(s *wire.TCP) { s.DstPort++ },
			} {
				forged := ack
				change(&forged)
				if _, ok := k.cookieOf(clock.Time(tick)*clock.Time(cookieTick), &forged); ok {
					t.Errorf("%s: the cookie is good, want forged", name)
				}
			}
		}
	}
}

// Guesses are refused with a RST, as any ACK that meets a listener.
func TestGuessedCookies(t *testing.T) {
	n := newLAN(t, cookiesAlways)
	n.b.listen(80, 9)
	r := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		ack := cookieACK(wire.Seq(r.Uint32()))
		n.b.Arrive(n.now, &wire.Packet{Proto: wire.ProtoTCP, TCP: ack})
		if last := n.sent[len(n.sent)-1]; last.Flags != wire.RST || last.Seq != ack.Ack {
			t.Fatalf("answered with %v at %d, want RST", last.Flags, last.Seq)
		}
	}
	if n.b.Conns() != 0 {
		t.Errorf("%d connections, want none", n.b.Conns())
	}
}

// 100,000 SYNs leave the state as it is, with cookies and without.
func TestFloodLeavesStateFlat(t *testing.T) {
	for _, cookies := range []SYNCookies{CookiesOff, CookiesOn, CookiesAlways} {
		n := newLAN(t, func(c *Config) { c.SYNCookies = cookies })
		listener := n.b.listen(80, 9)
		n.flood(1000)
		var before, after runtime.MemStats
		state := n.b.AppendState(nil, n.now)
		runtime.GC()
		runtime.ReadMemStats(&before)
		n.flood(100_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("cookies %d: the heap grew by %d octets", cookies, grown)
		}
		if string(n.b.AppendState(nil, n.now)) != string(state) {
			t.Errorf("cookies %d: the state changed", cookies)
		}
		if want := map[bool]int{true: 0, false: 128}[cookies == CookiesAlways]; n.b.Conns() != want {
			t.Errorf("cookies %d: %d connections, want %d", cookies, n.b.Conns(), want)
		}
		fd := n.a.socket()
		n.want("connect", n.a.connect(fd, at(addrB, 80)), EINPROGRESS)
		n.settle()
		_, _, e := n.b.Accept(n.b.p, listener)
		n.want("accept", e, map[bool]Errno{true: EAGAIN, false: OK}[cookies == CookiesOff])
	}
}

// A cookie whose ACK finds the accept queue full is ignored: it may come again
// with text.
func TestCookieWithoutRoom(t *testing.T) {
	n, fds, listener := overflowing(t, cookiesAlways)
	for range 2 {
		_, _, e := n.b.Accept(n.b.p, listener)
		n.want("accept", e, OK)
	}
	n.a.send(fds[2], "hello")
	n.settle()
	b, _, e := n.b.Accept(n.b.p, listener)
	n.want("the third accept", e, OK)
	if got := n.b.recv(b); got != "hello" {
		t.Errorf("received %q, want hello", got)
	}
	if n.b.state(b) != tcp.Established {
		t.Errorf("state %v, want ESTABLISHED", n.b.state(b))
	}
}
