package sctp

import (
	"testing"

	"simrun/clock"
	"simrun/internal/race"
	"simrun/wire"
)

// bulk is a transfer without loss from one association to another.
type bulk struct {
	now     clock.Time
	cfg     Config
	ends    [2]Assoc
	outs    [2]Out
	message Message
	into    []byte
	packets int
}

func newBulk(change option) *bulk {
	b := &bulk{cfg: Defaults(), message: Message{Data: make([]byte, 4096)}, into: make([]byte, 4096)}
	change(&b.cfg)
	b.ends[0].Init(&b.cfg, testLocals[:1], 5000, false, 1)
	b.ends[1].Init(&b.cfg, testPeers[:1], 5001, true, 2)
	_ = b.ends[0].Associate(b.now, testPeers[:1], 5001, &b.outs[0])
	b.exchange(0)
	return b
}

// exchange passes on what from sent, and what that brings about, until nothing
// is on its way.
func (b *bulk) exchange(from int) {
	for len(b.outs[from].Packets) > 0 {
		b.outs[1-from].Reset()
		for i := range b.outs[from].Packets {
			p := &b.outs[from].Packets[i].SCTP
			p.Src = [...]wire.Addr{testLocals[0], testPeers[0]}[from]
			b.ends[1-from].Arrive(b.now, p, &b.outs[1-from])
			b.packets++
		}
		b.outs[from].Reset()
		from = 1 - from
	}
}

// round sends 4096 octets and reads them at the other end.
func (b *bulk) round() {
	b.now += 1000
	b.outs[0].Reset()
	_, _ = b.ends[0].Send(b.now, &b.message, &b.outs[0])
	b.exchange(0)
	for b.ends[1].Unread() > 0 {
		b.outs[1].Reset()
		_, _ = b.ends[1].Receive(b.now, b.into, &b.outs[1])
		b.exchange(1)
	}
	for _, i := range [...]int{0, 1} { // what waits for a delayed SACK
		if b.ends[i].armed(TimerSACK) {
			at, _ := b.ends[i].NextTimeout()
			b.now = at
			b.outs[i].Reset()
			b.ends[i].Expire(b.now, &b.outs[i])
			b.exchange(i)
		}
	}
}

// TestNoAllocations: a step of a transfer without loss allocates nothing.
func TestNoAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	for _, change := range []option{
		func(c *Config) { c.SACK = Immediate },
		func(c *Config) { c.SACK = Delayed },
		func(c *Config) { c.SACK, c.NoDelay, c.HBInterval = Delayed, true, 0 },
	} {
		b := newBulk(change)
		if b.ends[0].State() != Established || b.ends[1].State() != Established {
			t.Fatal("the associations did not open")
		}
		for range 100 {
			b.round()
		}
		before := b.packets
		if n := testing.AllocsPerRun(200, b.round); n != 0 {
			t.Errorf("%v allocations a round", n)
		}
		if b.packets-before < 200*4 {
			t.Errorf("only %d packets", b.packets-before)
		}
	}
}

// TestAppendStateAllocatesNothing, given room.
func TestAppendStateAllocatesNothing(t *testing.T) {
	for _, r := range fullAssocs(t) {
		buf := make([]byte, 0, 1<<16)
		if n := testing.AllocsPerRun(10, func() { buf = r.a.AppendState(buf[:0], r.clock()) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// BenchmarkBulk is a round of 4096 octets: three packets, their SACKs, a read.
func BenchmarkBulk(b *testing.B) {
	x := newBulk(func(c *Config) { c.SACK = Immediate })
	x.round()
	x.packets = 0
	b.ReportAllocs()
	b.SetBytes(int64(len(x.message.Data)))
	for b.Loop() {
		x.round()
	}
	b.ReportMetric(float64(x.packets)/float64(b.N), "packets/op")
}
