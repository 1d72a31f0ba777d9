package sim

import (
	"fmt"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// injection is a forged packet that waits for its instant.
type injection struct {
	spec  *Injection
	actor clock.Actor
}

func (w *World) addInjection(spec *Injection) {
	actor := clock.NewActor(clock.Arrival, len(w.dirs)+len(w.injects))
	w.injects = append(w.injects, injection{spec, actor})
	w.heap.Set(actor, spec.At)
}

// inject forges a packet: it enters the link at the end of the host that it
// pretends to come from. Numbers are relative to the connection that the hosts
// have, or had last; without one they count from 0.
func (w *World) inject(in *injection) {
	w.heap.Clear(in.actor)
	h := w.hosts[in.spec.From]
	p, err := w.forge(h, in.spec)
	if err != nil {
		w.failures = append(w.failures, Failure{in.spec.Pos, "inject", "a packet", err.Error()})
		return
	}
	d := w.route(h, p.TCP.Dst)
	if d == nil {
		w.failures = append(w.failures, Failure{in.spec.Pos, "inject", "a link to " + p.TCP.Dst.String(), "none"})
		return
	}
	q := w.packets.get(p)
	w.rec.forged(q, d, "forged")
	w.carry(d, q)
}

// forge reads the packet in notation and completes it from the connection.
func (w *World) forge(h *host, spec *Injection) (*wire.Packet, error) {
	c := w.lastConn(h.index)
	if c == nil {
		return nil, fmt.Errorf("no connection of host %s whose addresses it could take", h.spec.Name)
	}
	seg, err := notation.ParseTCP(spec.Source, notation.Base{Seq: c.iss, Ack: c.peerISS})
	if err != nil {
		return nil, err
	}
	seg.Net = wire.Net{Src: c.local.Addr, Dst: c.remote.Addr, TTL: 64, DontFragment: true}
	seg.SrcPort, seg.DstPort = c.local.Port, c.remote.Port
	return &wire.Packet{Proto: wire.ProtoTCP, TCP: seg}, nil
}
