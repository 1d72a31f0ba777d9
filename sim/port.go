package sim

import (
	"fmt"

	"simrun/wire"
)

// Port is where a host meets what is outside the world: a test, a bridge,
// another simulator. Packets to addresses that no link leads to leave by it.
type Port struct {
	w    *World
	host *host
	out  []wire.Packet
}

// Port is the port of a host, by the host's name; it is made when it is first
// asked for. Without one, such packets are lost.
func (w *World) Port(hostName string) (*Port, error) {
	h, err := w.hostNamed(hostName)
	if err != nil {
		return nil, err
	}
	if p := w.portOf(h); p != nil {
		return p, nil
	}
	p := &Port{w: w, host: h}
	w.ports = append(w.ports, p)
	return p, nil
}

func (w *World) portOf(h *host) *Port {
	for _, p := range w.ports {
		if p.host == h {
			return p
		}
	}
	return nil
}

// Send makes a packet arrive at the host now: that is the world's next step,
// or among those of this instant. The world keeps a copy.
func (p *Port) Send(pkt *wire.Packet) error {
	if !p.host.stack.Owns(pkt.Net().Dst) {
		return fmt.Errorf("host %s has no address %v", p.host.spec.Name, pkt.Net().Dst)
	}
	d := p.w.dirs[2*len(p.w.links)+p.host.index]
	q := p.w.packets.get(pkt)
	p.w.rec.forged(q, d, "from outside")
	q.at = p.w.now
	d.fly(q)
	p.w.wakeDirection(d)
	return nil
}

// Take is what left by the port since it was called last, in order.
func (p *Port) Take() []wire.Packet {
	out := p.out
	p.out = nil
	return out
}

// leave keeps a packet for whoever takes it.
func (p *Port) leave(q *packet) {
	c := q.clone()
	p.out = append(p.out, c.Packet)
	p.w.rec.noted(q, "leaves by the port")
	p.w.packets.put(q)
}
