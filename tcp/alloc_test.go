package tcp

import (
	"testing"

	"simrun/clock"
	"simrun/internal/race"
)

// bulk is a transfer without loss from one connection to another.
type bulk struct {
	now      clock.Time
	conns    [2]Conn
	outs     [2]Out
	data     []byte
	into     []byte
	segments int
}

func newBulk(cfg *Config) *bulk {
	b := &bulk{data: make([]byte, 4096), into: make([]byte, 4096)}
	b.conns[0].Init(cfg, testLocal, testRemote, testISS, 0)
	b.conns[1].Init(cfg, testRemote, testLocal, testIRS, 0)
	_ = b.conns[1].Listen(b.now, &b.outs[1])
	_ = b.conns[0].Open(b.now, &b.outs[0])
	b.exchange(0)
	return b
}

// exchange passes on what from sent, and what that brings about, until nothing
// is on its way.
func (b *bulk) exchange(from int) {
	for len(b.outs[from].Segments) > 0 {
		b.outs[1-from].Reset()
		for i := range b.outs[from].Segments {
			b.conns[1-from].Arrive(b.now, &b.outs[from].Segments[i].TCP, &b.outs[1-from])
			b.segments++
		}
		b.outs[from].Reset()
		from = 1 - from
	}
}

// round sends 4096 octets and reads them at the other end.
func (b *bulk) round() {
	b.now += 1000
	b.outs[0].Reset()
	_, _ = b.conns[0].Send(b.now, b.data, &b.outs[0])
	b.exchange(0)
	for b.conns[1].Unread() > 0 {
		b.outs[1].Reset()
		_, _ = b.conns[1].Receive(b.now, b.into, &b.outs[1])
		b.exchange(1)
	}
}

// TestNoAllocations: a step of a transfer without loss allocates nothing.
func TestNoAllocations(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	for _, policy := range []ACKPolicy{Immediate, Delayed} {
		cfg := Defaults()
		cfg.ACK = policy
		b := newBulk(&cfg)
		if b.conns[0].State() != Established || b.conns[1].State() != Established {
			t.Fatal("the connections did not open")
		}
		for range 100 {
			b.round()
		}
		before := b.segments
		if n := testing.AllocsPerRun(200, b.round); n != 0 {
			t.Errorf("ACK policy %d: %v allocations a round", policy, n)
		}
		if b.segments-before < 200*4 {
			t.Errorf("only %d segments", b.segments-before)
		}
	}
}

// TestAppendStateAllocatesNothing, given room.
func TestAppendStateAllocatesNothing(t *testing.T) {
	for _, r := range fullConns(t) {
		buf := make([]byte, 0, 4096)
		if n := testing.AllocsPerRun(10, func() { buf = r.c.AppendState(buf[:0], r.clock()) }); n != 0 {
			t.Errorf("%v allocations", n)
		}
	}
}

// BenchmarkBulk is a round of 4096 octets: three segments, their ACKs, a read.
func BenchmarkBulk(b *testing.B) {
	cfg := Defaults()
	x := newBulk(&cfg)
	x.round()
	x.segments = 0
	b.ReportAllocs()
	b.SetBytes(int64(len(x.data)))
	for b.Loop() {
		x.round()
	}
	b.ReportMetric(float64(x.segments)/float64(b.N), "segments/op")
}

// BenchmarkStep is one segment that arrives and is acknowledged.
func BenchmarkStep(b *testing.B) {
	r := established(b)
	seg := r.parse("P. 1:8(7) ack 1")
	p := make([]byte, 7)
	var out Out
	b.ReportAllocs()
	for b.Loop() {
		out.Reset()
		r.c.Arrive(0, &seg, &out)
		_, _ = r.c.Receive(0, p, &out)
		seg.Seq += 7
	}
}
