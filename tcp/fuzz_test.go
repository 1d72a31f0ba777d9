package tcp

import (
	"bytes"
	"testing"
	"time"

	"simrun/wire"
)

// FuzzArrive lets segments made of random octets arrive, whose numbers lie
// near the edges of the windows, with calls and expiries between. Nothing may
// panic, raise a violation or break an invariant.
func FuzzArrive(f *testing.F) {
	for state := range len(States()) {
		f.Add([]byte{byte(state), 0, 0x10, 0, 0, 0, 5, 1, 0, 0})
		f.Add([]byte{byte(state), 1, 0x11, 0, 0, 3, 0, 0, 0, 0, 0x04, 1, 0, 3, 0, 0, 1, 0})
		f.Add([]byte{byte(state), 2, 0x12, 5, 0, 3, 0, 9, 0, 2, 0x10, 0, 0, 3, 40, 200, 0, 3})
		f.Add([]byte{byte(state), 7, 0x19, 0, 5, 2, 0, 9, 7, 0, 0x18, 0, 0, 3, 0, 0, 5, 7, 0x10, 0, 0, 3, 1, 0, 4, 0})
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) < 2 {
			return
		}
		r := fuzzRig(t, data[0], data[1])
		data = data[2:]
		for n := 0; len(data) >= 8 && n < 200; n++ {
			seg := fuzzSegment(r, data[:8])
			r.step(func(r *rig) { r.c.Arrive(r.clock(), &seg, &r.out) })
			poison(seg.Payload)
			fuzzAct(r, data[7])
			data = data[8:]
			if clone := r.c.Clone(); !bytes.Equal(clone.AppendState(nil, r.clock()), r.state()) {
				t.Fatal("a clone differs")
			}
		}
		for range 40 { // whatever has come, time-outs are in order
			if _, ok := r.c.NextTimeout(); !ok {
				break
			}
			r.expire()
		}
	})
}

// fuzzRig is a connection in a state, without a shadow: octets that stand for
// absolute numbers would tell the two apart.
func fuzzRig(t *testing.T, state, choices byte) *rig {
	all := States()
	options := func(c *Config) {
		c.ChallengeACK = choices&1 == 0
		c.LiteralSEQ = choices&2 != 0
		c.ACK, c.FINACK = ACKPolicy(choices>>2&1), ACKPolicy(choices>>3&1)
		c.ProtectTimeWait = choices&16 != 0
		c.KeepUnread = choices&32 != 0
		c.ReceiveBuffer = 50
		c.FinWait2 = time.Minute
	}
	r := inState(t, all[int(state)%len(all)], options)
	if choices&64 != 0 {
		r.cfg.TimeWait = 0
	}
	if choices&128 != 0 {
		r.send(250)
	}
	r.shadow = nil
	return r
}

// fuzzSegment makes a segment of eight octets: flags, where SEQ and ACK count
// from, their distances, the length, the window, options.
func fuzzSegment(r *rig, d []byte) wire.TCP {
	c := r.c
	bases := [...]wire.Seq{c.rcv.nxt, c.rcv.edge, c.rcv.irs, c.rcv.finSeq}
	acks := [...]wire.Seq{c.snd.una, c.snd.nxt, c.snd.max, c.snd.iss, c.snd.una.Add(-int(c.snd.maxWnd)), 0}
	seg := wire.TCP{
		Flags:  wire.Flags(d[0]),
		Seq:    bases[d[1]%4].Add(int(int8(d[2]))),
		Ack:    acks[d[3]%6].Add(int(int8(d[4]))),
		Window: uint16(d[5]) * uint16(d[5]),
		Urgent: uint16(d[6]),
	}
	seg.Src, seg.SrcPort, seg.Dst, seg.DstPort = testRemote.Addr, testRemote.Port, testLocal.Addr, testLocal.Port
	if d[1]&4 != 0 {
		seg.Payload = bytes.Repeat([]byte{d[6]}, int(d[6])%80)
	}
	if d[1]&8 != 0 {
		seg.Options, _ = wire.OptionsFromBytes(d)
	}
	return seg
}

// fuzzAct is a call of the user's, the passing of time, or nothing.
func fuzzAct(r *rig, what byte) {
	switch what % 16 {
	case 1:
		r.send(int(what))
	case 2:
		r.receive(int(what))
	case 3:
		r.close()
	case 4:
		r.abandon()
	case 5, 6:
		if _, ok := r.c.NextTimeout(); ok {
			r.expire()
		}
	case 7:
		r.icmp(wire.ICMPKind(what>>4), r.c.snd.una-r.iss, uint32(what))
	case 8:
		r.receive(1)
	case 9:
		if r.c.State() == Listen {
			r.open()
		}
	}
}
