package sim

import (
	"encoding/binary"
	"fmt"
	"strings"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// injection is a forged packet that waits for its instant.
type injection struct {
	spec  *Injection
	actor clock.Actor
	sent  int // how many there were so far
}

func (w *World) addInjection(spec *Injection) {
	actor := clock.NewActor(clock.Arrival, len(w.dirs)+len(w.injects))
	w.injects = append(w.injects, injection{spec: spec, actor: actor})
	w.heap.Set(actor, spec.At)
}

// inject forges a packet: it enters the link at the end of the host that it
// pretends to come from. Numbers are relative to the connection that the hosts
// have, or had last; without one they count from 0.
func (w *World) inject(in *injection) {
	h := w.hosts[in.spec.From]
	p, err := w.forge(h, in)
	if in.sent++; in.sent < in.spec.Times {
		w.heap.Set(in.actor, w.now) // each is a step
	} else {
		w.heap.Clear(in.actor)
	}
	if err != nil {
		w.failures = append(w.failures, Failure{in.spec.Pos, "inject", "a packet", err.Error()})
		return
	}
	dst := p.Net().Dst
	d := w.route(h, dst)
	if d == nil {
		w.failures = append(w.failures, Failure{in.spec.Pos, "inject", "a link to " + dst.String(), "none"})
		return
	}
	q := w.packets.get(p)
	q.forged = true
	if q.Proto == wire.ProtoSCTP {
		q.base = w.forgedBases(h, q)
	}
	w.rec.forged(q, d, "forged")
	w.carry(d, q)
}

// forge reads the packet in notation and completes it from the connection.
func (w *World) forge(h *host, in *injection) (*wire.Packet, error) {
	spec := in.spec
	if notation.IsSCTP(spec.Source) {
		return w.forgeSCTP(h, in)
	}
	if a, known := w.knownAssoc(h); known && h.last.local.Port == 0 && spec.Src.Port == 0 && strings.HasPrefix(spec.Source, "icmp ") {
		p, err := a.forgeICMP(spec.Source)
		if err == nil { // a router sends the tag back (RFC 9260 10)
			p.ICMP.Quote.Proto, p.ICMP.Quote.Seq = wire.ProtoSCTP, wire.Seq(a.myTag)
		}
		return p, err
	}
	c, ok := w.forgedFrom(h)
	if spec.Src.Port != 0 {
		c, ok = w.forgedEnds(in), true
	}
	if !ok {
		return nil, fmt.Errorf("no connection of host %s whose addresses it could take", h.spec.Name)
	}
	if strings.HasPrefix(spec.Source, "icmp ") {
		return c.forgeICMP(spec.Source)
	}
	parsed, err := notation.ParseTCP(spec.Source, notation.Base{Seq: c.iss, Ack: c.irs})
	if err != nil {
		return nil, err
	}
	seg := parsed.TCP
	if !parsed.HasWindow {
		seg.Window = 65535
	}
	seg.Net = wire.Net{Src: c.local.Addr, Dst: c.remote.Addr, TTL: 64, DontFragment: true}
	seg.SrcPort, seg.DstPort = c.local.Port, c.remote.Port
	return &wire.Packet{Proto: wire.ProtoTCP, TCP: seg}, nil
}

// forgedEnds is the connection between the ends that a packet names. Where the
// destination knows of none, numbers count from 0.
func (w *World) forgedEnds(in *injection) peer {
	c := peer{local: in.spec.Src, remote: in.spec.Dst}
	c.local.Addr = following(c.local.Addr, in.sent)
	for _, h := range w.hosts {
		if h.stack.Owns(c.remote.Addr) {
			if iss, irs, there, _ := h.stack.Bases(w.now, c.remote, c.local); there {
				c.iss, c.irs = irs, iss
			}
		}
	}
	return c
}

// following is the n-th address after one.
func following(a wire.Addr, n int) wire.Addr {
	if a.Is4() {
		b := a.As4()
		binary.BigEndian.PutUint32(b[:], binary.BigEndian.Uint32(b[:])+uint32(n))
		return wire.AddrFrom4(b)
	}
	b := a.As16()
	binary.BigEndian.PutUint64(b[8:], binary.BigEndian.Uint64(b[8:])+uint64(n))
	return wire.AddrFrom16(b)
}

// forgeICMP reads an ICMP error in notation: it comes from the claimed host,
// and is about a segment that the other end has sent.
func (c *peer) forgeICMP(text string) (*wire.Packet, error) {
	m, err := notation.ParseICMP(text, notation.Base{Seq: c.irs, Ack: c.iss})
	if err != nil {
		return nil, err
	}
	p := &wire.Packet{Proto: wire.ProtoICMPv6, ICMP: m.ICMP}
	if c.local.Addr.Is4() {
		p.Proto = wire.ProtoICMPv4
	}
	p.ICMP.Net = wire.Net{Src: c.local.Addr, Dst: c.remote.Addr, TTL: 64}
	q := &p.ICMP.Quote
	q.Proto, q.Src, q.SrcPort, q.Dst, q.DstPort = wire.ProtoTCP, c.remote.Addr, c.remote.Port, c.local.Addr, c.local.Port
	if !m.HasQuote {
		q.Seq = c.irs
	}
	return p, nil
}

// forgedFrom is the connection that a packet from a host claims to be of: the
// host's latest, else the latest that another host has with it, else the first
// that its programs will open, or could have with a listener elsewhere.
func (w *World) forgedFrom(h *host) (peer, bool) {
	if h.last.local.Port != 0 {
		return h.last, true
	}
	for _, other := range w.hosts {
		if c := other.last; c.local.Port != 0 && h.stack.Owns(c.remote.Addr) {
			return peer{local: c.remote, remote: c.local, iss: c.irs, irs: c.iss}, true
		}
	}
	for _, a := range w.apps {
		local := wire.Endpoint{Port: h.stack.Config().EphemeralLow}
		for i := range a.code {
			in := &a.code[i]
			switch {
			case a.host == h.index && in.Local.Port != 0:
				local.Port = in.Local.Port
			case a.host == h.index && in.Op == OpConnect:
				remote := w.remote(a, in)
				local.Addr, _ = h.SourceFor(remote.Addr)
				return peer{local: local, remote: remote}, true
			}
		}
	}
	return w.listeners(h)
}

// listeners is the ends of a connection that a host could have with the first
// listener elsewhere: from the port that it listens at itself, if it does.
func (w *World) listeners(h *host) (c peer, ok bool) {
	c.local.Port = h.stack.Config().EphemeralLow
	for _, a := range w.apps {
		for i := range a.code {
			in := &a.code[i]
			switch {
			case in.Op != OpListen || in.Local.Port == 0:
			case a.host == h.index:
				c.local.Port = in.Local.Port
			case !ok:
				c.remote = wire.Endpoint{Addr: w.hosts[a.host].spec.Addrs[0], Port: in.Local.Port}
				c.local.Addr, ok = h.SourceFor(c.remote.Addr)
			}
		}
	}
	return c, ok
}
