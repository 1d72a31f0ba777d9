package conformance

import (
	"simrun/tcp"
	"simrun/wire"
)

// reports is what the user was told that ended nothing.
func (e *end) reports() (all []tcp.Signal) {
	for _, s := range e.signals {
		if s.Kind == tcp.SoftError || s.Kind == tcp.Warning {
			all = append(all, s)
		}
	}
	return all
}

// soft asserts that an ICMP error is told to the user, in the opening and
// later, and ends nothing.
func (p *P) soft(kind wire.ICMPKind) {
	e := p.synSent()
	e.icmp(kind, 0)
	e.state(tcp.SynSent)
	if got := e.reports(); len(got) != 1 || got[0].ICMP != kind {
		p.errorf("%v in SYN-SENT: reports %+v", kind, got)
	}
	e = p.open()
	e.send(10)
	e.icmp(kind, 1)
	e.state(tcp.Established)
	if got := e.reports(); len(got) != 1 || got[0].ICMP != kind {
		p.errorf("%v in ESTABLISHED: reports %+v", kind, got)
	}
	e.feed(". 1 ack 11")
	is(p, "octets unacknowledged", e.c.Vars().Queued, 0)
}

var softErrors = []wire.ICMPKind{wire.NetUnreachable, wire.HostUnreachable, wire.SourceRouteFailed, wire.TimeExceeded, wire.ParameterProblem}

var icmpProofs = proofs{
	"MUST-54": {"of two connections the one whose segment the ICMP error quotes is told, the other is not", func(p *P) {
		s := p.station(1, "10.0.0.1")
		a, _ := s.connect(0, 5000, "10.0.0.2:80")
		b, _ := s.connect(0, 5001, "10.0.0.2:80")
		quoted := s.sent[1]
		s.Arrive(0, &wire.Packet{Proto: wire.ProtoICMPv4, ICMP: wire.ICMP{Kind: wire.PortUnreachable, Quote: wire.Quote{
			Proto: wire.ProtoTCP, Src: quoted.Src, Dst: quoted.Dst, SrcPort: quoted.SrcPort, DstPort: quoted.DstPort, Seq: quoted.Seq,
		}}})
		is(p, "connections left", len(s.Describe()), 1)
		is(p, "it", s.Describe()[0], "10.0.0.1:5000 to 10.0.0.2:80 SYN-SENT")
		ra, _ := s.Poll(s.proc, a)
		rb, _ := s.Poll(s.proc, b)
		is(p, "the other's socket is as before", ra != rb, true)
	}},
	"MUST-55": {"Source Quench about data in flight makes no report, no segment and no change", func(p *P) {
		e := p.open()
		e.send(10)
		before := string(e.c.AppendState(nil, e.now))
		e.icmp(wire.SourceQuench, 1)
		is(p, "the state as octets", string(e.c.AppendState(nil, e.now)), before)
		is(p, "signals", len(e.out.Signals), 0)
		e.want("")
	}},
	"MUST-56": {"net and host unreachable, source route failed, time exceeded and parameter problem abort nothing", func(p *P) {
		for _, kind := range softErrors {
			e := p.synSent()
			e.icmp(kind, 0)
			e.state(tcp.SynSent)
			e = p.open()
			e.send(10)
			e.icmp(kind, 1)
			e.state(tcp.Established)
			e.feed(". 1 ack 11")
			is(p, "octets unacknowledged", e.c.Vars().Queued, 0)
		}
	}},
	"SHLD-25": {"each of these is told to the user, by its name", func(p *P) {
		for _, kind := range softErrors {
			p.soft(kind)
		}
	}},
	"SHLD-26": {"port unreachable ends an opening; with icmp=abort it ends an open connection too, which by default is only told (RFC 5927 5.2)", func(p *P) {
		for _, kind := range []wire.ICMPKind{wire.ProtocolUnreachable, wire.PortUnreachable} {
			e := p.synSent()
			e.icmp(kind, 0)
			e.state(tcp.Closed)
			e.wantTold(tcp.Unreachable, true)
			e = p.open(func(c *tcp.Config) { c.ICMPAborts = true })
			e.send(10)
			e.icmp(kind, 1)
			e.state(tcp.Closed)
			e.wantTold(tcp.Unreachable, true)
			e = p.open()
			e.send(10)
			e.icmp(kind, 1)
			e.state(tcp.Established)
			is(p, "reports", len(e.reports()), 1)
		}
	}},
}
