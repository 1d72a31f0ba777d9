package tcp

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"simrun/wire"
)

// path is a transfer whose segments may be lost and change their order.
type path struct {
	bulk
	way  []wire.TCP // what A has sent
	sent int
	lose func(n int) bool // the nth segment
	turn func(way []wire.TCP)

	acks, blocks, told, visits int
}

// hop lets what A sent arrive, and the ACKs of that; each hop is 10 ms. It
// counts the records that A visits for each ACK, its blocks, and the records
// that it tells of for the first time.
func (p *path) hop() {
	p.now += 20_000_000
	way := p.way
	p.way = nil
	if p.turn != nil {
		p.turn(way)
	}
	a, f := &p.conns[0], &p.conns[0].snd.flight
	for i := range way {
		p.outs[1].Reset()
		p.conns[1].Arrive(p.now, &way[i], &p.outs[1])
		for j := range p.outs[1].Segments {
			ack := &p.outs[1].Segments[j].TCP
			_, n := ack.Options.SACK()
			visits, told := f.visits, f.base+f.reports
			p.outs[0].Reset()
			a.Arrive(p.now, ack, &p.outs[0])
			p.acks++
			p.blocks += n
			p.told += max(0, f.base+f.reports-told)
			p.visits += f.visits - visits
			p.launch()
		}
	}
	for at, ok := a.NextTimeout(); ok && at <= p.now; at, ok = a.NextTimeout() {
		p.outs[0].Reset()
		a.Expire(p.now, &p.outs[0])
		p.launch()
	}
}

// launch puts what A sent on its way, but for what is lost.
func (p *path) launch() {
	for i := range p.outs[0].Segments {
		seg := p.outs[0].Segments[i].TCP
		seg.Payload = bytes.Clone(seg.Payload)
		p.sent++
		if p.lose == nil || !p.lose(p.sent) {
			p.way = append(p.way, seg)
		}
	}
}

// TestVisits counts: what an ACK costs does not grow with what is in flight.
// It looks at no more than four records, one for each of its blocks, and one
// for each record that it is the first to tell of.
func TestVisits(t *testing.T) {
	late := func(way []wire.TCP) {
		for i := 0; i+5 < len(way); i += 11 {
			way[i], way[i+5] = way[i+5], way[i]
		}
	}
	oddFirst := func(way []wire.TCP) {
		before := slices.Clone(way)
		odd := len(way) / 2
		for i := range before {
			way[odd*(1-i%2)+i/2] = before[i]
		}
	}
	for _, c := range []struct {
		name string
		lose func(n int) bool
		turn func(way []wire.TCP)
	}{
		{"in order", nil, nil},
		{"the first lost", func(n int) bool { return n == 1 }, nil},
		{"one in 50 lost", func(n int) bool { return n%50 == 7 }, nil},
		{"one in 3 lost", func(n int) bool { return n%3 == 0 && n < 600 }, nil},
		{"lost again", func(n int) bool { return n%50 == 7 || n > 2000 && n%7 == 3 }, nil},
		{"late", nil, late},
		{"every second first", nil, oddFirst},
		{"late and lost", func(n int) bool { return n%50 == 7 }, late},
	} {
		for _, inFlight := range []int{20, 2000} {
			for _, rack := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, %d, RACK %v", c.name, inFlight, rack), func(t *testing.T) {
					cfg := Defaults()
					cfg.MSS, cfg.InitialWindow, cfg.ACK = 100, inFlight, Immediate
					cfg.SendBuffer, cfg.ReceiveBuffer = 10_000_000, 10_000_000
					cfg.SACK, cfg.WindowScale = true, true
					cfg.RACK, cfg.TLP, cfg.Rescue = rack, rack, !rack
					p := &path{bulk: *newBulk(&cfg), lose: c.lose, turn: c.turn}
					p.round() // now the window is larger than a SYN can say
					p.send(t, 100*max(1000, 3*inFlight), inFlight)
					for i := 0; p.conns[0].Vars().Queued > 0; i++ {
						if i > 200_000 {
							t.Fatal("the transfer does not end")
						}
						p.hop()
					}
					if most := 4*p.acks + p.blocks + p.told; p.visits > most {
						t.Errorf("%d records visited for %d ACKs with %d blocks that told of %d records; want at most %d",
							p.visits, p.acks, p.blocks, p.told, most)
					}
				})
			}
		}
	}
}

// send fills the window.
func (p *path) send(t *testing.T, octets, inFlight int) {
	p.outs[0].Reset()
	if n, err := p.conns[0].Send(p.now, make([]byte, octets), &p.outs[0]); n != octets || err != nil {
		t.Fatalf("sent %d of %d: %v", n, octets, err)
	}
	if got := p.conns[0].Vars().InFlight; got < inFlight {
		t.Fatalf("%d in flight, want %d", got, inFlight)
	}
	p.launch()
}
