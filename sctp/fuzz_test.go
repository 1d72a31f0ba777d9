package sctp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simrun/wire"
)

// FuzzArrive lets packets of random chunks arrive, near to what is expected
// and far from it, with calls and expiries between. Nothing may panic, raise a
// violation or break an invariant.
func FuzzArrive(f *testing.F) {
	for state := range len(States()) {
		f.Add([]byte{byte(state), 0, 3, 0, 1, 3, 3, 2, 9, 0, 0, 0, 1, 1, 5, 0, 2})
		f.Add([]byte{byte(state), 3, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
	}
	f.Fuzz(func(t *testing.T, data []byte) { fuzz(t, data) })
}

// TestRandomChunks is FuzzArrive on octets that a fixed seed draws.
func TestRandomChunks(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 4000 {
		data := make([]byte, 2+rng.IntN(150))
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		fuzz(t, data)
	}
}

// reader takes octets one after the other; 0 when there are no more.
type reader struct{ b []byte }

func (d *reader) next() int {
	if len(d.b) == 0 {
		return 0
	}
	n := d.b[0]
	d.b = d.b[1:]
	return int(n)
}

func fuzz(t *testing.T, data []byte) {
	d := &reader{data}
	state, choices := States()[d.next()%len(States())], d.next()
	cfg := small()
	cfg.NoDelay = choices&1 == 0
	cfg.SACK = SACKPolicy(choices >> 1 & 1)
	cfg.PotentiallyFailed = choices&4 != 0
	cfg.ReceiveBuffer = 300
	cfg.MTU = 200
	cfg.PartialDeliveryPoint = choices >> 6 * 15
	more := d.next()
	cfg.PartialReliability, cfg.Reconfiguration = more&1 != 0, more&2 != 0
	if choices&8 != 0 {
		cfg.HBInterval = 30 * time.Second
	}
	r := bareRig(t, &cfg, 1+choices>>4&1, true, 3, 1<<32-3, 0)
	r.to(state)
	if choices&32 != 0 && state == Established {
		r.send(250, 30, 99)
		r.feed("DATA 2 s0:1")
	}
	for n := 0; len(d.b) > 0 && n < 100; n++ {
		p := fuzzPacket(r, d)
		r.fed = p
		r.step(func(r *rig) { r.a.Arrive(r.clock(), &p, &r.out) })
		for i := range p.Chunks {
			p.Chunks[i] = 0xEE // the packet is used again
		}
		fuzzAct(r, d.next())
		if clone := r.a.Clone(); !bytes.Equal(clone.AppendState(nil, r.clock()), r.state()) {
			t.Fatal("a clone differs")
		}
	}
	for range 60 { // whatever has come, time-outs are in order
		if _, ok := r.a.NextTimeout(); !ok {
			break
		}
		r.expire()
	}
}

// fuzzPacket is a packet of up to four chunks.
func fuzzPacket(r *rig, d *reader) wire.SCTP {
	kinds := [...]string{
		"DATA %d s0:%d BE(9)", "DATA %d s1:%d B(20)", "DATA %d s1:%d X(7)", "DATA %d s1:%d E(5)", "DATA %d s2:%d BEU(60)", "DATA %d s77:%d",
		"SACK %d win=%d", "SACK %d gap=%d-%d", "SACK %d gap=%d-%d dups=2 win=0", "SHUTDOWN %d", "SHUTDOWN_ACK", "SHUTDOWN_COMPLETE", "ABORT", "ERROR cause=3",
		"ERROR cause=13", "HEARTBEAT x", "HEARTBEAT_ACK", "HEARTBEAT_ACK p2", "INIT", "INIT tag=%d", "INIT add=1", "INIT_ACK add=2", "INIT_ACK",
		"COOKIE_ECHO A", "COOKIE_ECHO B", "COOKIE_ECHO C", "COOKIE_ECHO D", "COOKIE_ECHO fresh", "COOKIE_ACK", "TYPE %d", "RAW",
		"FORWARD-TSN %d s0:%d s1:%d",
		"RE-CONFIG OUT n=%d last=%d streams=1", "RE-CONFIG IN n=%d", "RE-CONFIG TSN n=%d", "RE-CONFIG ADDOUT n=%d new=%d", "RE-CONFIG ADDIN n=%d new=%d", "RE-CONFIG ANSWER n=%d result=%d", "RE-CONFIG ANSWER n=%d sender=7 receiver=%d",
	}
	text := ""
	for n := range 1 + d.next()%4 {
		if n > 0 {
			text += "; "
		}
		kind := kinds[d.next()%len(kinds)]
		switch kind {
		case "RAW":
			text += fmt.Sprintf("RAW %d %d %d %d %d %d", d.next(), d.next(), d.next()%3, d.next(), d.next(), d.next())
		case "TYPE %d":
			text += fmt.Sprintf(kind, 200)
		default:
			cum := r.a.snd.acked().Sub(r.ours(0)) + d.next()%5 - 1
			if kind[:4] == "RE-C" {
				cum = int(r.a.rc.taken) + d.next()%3 - 1
				if strings.Contains(kind, "ANSWER") {
					cum = int(r.a.rc.made) + d.next()%8/7
				}
			}
			if kind[:4] == "DATA" || kind[:4] == "FORW" {
				cum = r.a.rcv.cum().Sub(r.theirs(0)) + d.next()%9 - 2
			}
			lo := cum + 1 + d.next()%4
			args := []any{cum, lo, lo + d.next()%4}
			switch verbs := bytes.Count([]byte(kind), []byte("%d")); {
			case kind[:4] == "DATA" || bytes.Contains([]byte(kind), []byte("win=%d")):
				args[1] = d.next() * d.next() % 700
				text += fmt.Sprintf(kind, args[:verbs]...)
			default:
				text += fmt.Sprintf(kind, args[:verbs]...)
			}
		}
	}
	p := r.parse(text)
	switch d.next() % 16 {
	case 0:
		p.Tag++
	case 1:
		p.Tag = r.a.peerTag
	case 2:
		p.Src = testPeers[1]
	case 3:
		if len(p.Chunks) > 0 {
			p.Chunks[d.next()%len(p.Chunks)] ^= byte(d.next())
		}
	case 4:
		p.Chunks = p.Chunks[:d.next()%(len(p.Chunks)+1)]
	}
	return p
}

// fuzzAct is a call of the user's, the passing of time, or nothing.
func fuzzAct(r *rig, what int) {
	switch what % 16 {
	case 1, 2:
		r.send(1 + what)
	case 0:
		if what > 0 {
			r.reconfigure([]wire.ParamType{13, 14, 15, 17, 18}[what>>4%5], what>>6, []uint16{1, 2}[:what>>6&1]...)
		}
	case 14, 15:
		r.sendMessage(Message{Policy: Policy(what >> 4 & 3), Lifetime: time.Duration(what) << 20, Limit: uint32(what >> 6), Data: make([]byte, 2*what)})
	case 3:
		r.receive(what)
	case 4:
		r.receive(1)
	case 5:
		if what > 128 {
			r.shutdown()
		}
	case 6:
		if what > 200 {
			r.abort("x")
		}
	case 7, 8, 9:
		if _, ok := r.a.NextTimeout(); ok {
			r.expire()
		}
	case 10:
		r.icmp(wire.ICMPKind(what>>4), what&1%len(testPeers), 0, uint32(what))
	case 11:
		if r.a.State() == Closed {
			r.associate()
		}
	case 12:
		r.step(func(r *rig) { _ = r.a.SetPrimary(r.clock(), testPeers[what>>7], &r.out) })
	case 13:
		r.step(func(r *rig) { _ = r.a.RequestHeartbeat(r.clock(), testPeers[what>>7], &r.out) })
	}
}
