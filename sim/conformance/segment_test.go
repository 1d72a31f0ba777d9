package conformance

import (
	"simrun/tcp"
	"simrun/wire"
)

// firstMSS is the MSS option of the first packet that a run has.
func (p *P) firstMSS(net string) int {
	r := p.sim(net + "-- app A --\nconnect B:1\n-- app B --\nlisten :1\naccept\n")
	mss, ok := r.Log.Packets[0].Pkt.TCP.Options.MSS()
	if !ok {
		p.errorf("no MSS option on the SYN")
	}
	return int(mss)
}

func hosts6(a, b string) string {
	return "-- net --\nhost A 2001:db8::1 " + a + "\nhost B 2001:db8::2 " + b + "\nlink A B delay=10ms\n"
}

// withoutMSS is the largest text that goes to a peer whose SYN has no MSS
// option.
func (p *P) withoutMSS(to string) int {
	s := p.station(1, "10.0.0.1", "2001:db8::1")
	fd, _ := s.connect(0, 5000, to)
	first := s.sent[0]
	back := wire.TCP{
		Net: wire.Net{Src: first.Dst, Dst: first.Src}, SrcPort: first.DstPort, DstPort: first.SrcPort,
		Seq: 1, Ack: first.Seq.Add(1), Flags: wire.SYN | wire.ACK, Window: 65535,
	}
	s.Arrive(0, &wire.Packet{Proto: wire.ProtoTCP, TCP: back})
	s.Send(0, s.proc, fd, make([]byte, 5000))
	longest := 0
	for i := range s.sent {
		longest = max(longest, len(s.sent[i].Payload))
	}
	return longest
}

var segmentProofs = proofs{
	"MUST-14": {"each SYN says its end's MSS, and the other end's segments carry no more than that", func(p *P) {
		const exchange = `-- app A --
connect B:1
send 2000
-- app B --
listen :1
accept
send 2000
-- check --
`
		p.sim(hosts("mss=500", "mss=300") + exchange + "a.S.mss = 500; b.S..mss = 300; a.data.len = 300\n")
		p.sim(hosts("mss=200", "mss=400") + exchange + "a.S.mss = 200; b.S..mss = 400; b.data.len = 200\n")
	}},
	"SHLD-5": {"a SYN says MSS 1460 over IPv4 and 1440 over IPv6 where 1500 octets fit", func(p *P) {
		is(p, "MSS over IPv4", p.firstMSS(hosts("", "")), 1460)
		is(p, "MSS over IPv6", p.firstMSS(hosts6("", "")), 1440)
	}},
	"MAY-3": {"a SYN says MSS 536 and 1220 too, which are the defaults", func(p *P) {
		is(p, "MSS over IPv4", p.firstMSS(hosts("mtu=576", "")), 536)
		is(p, "MSS over IPv6", p.firstMSS(hosts6("mtu=1280", "")), 1220)
	}},
	"MUST-15": {"to a peer whose SYN has no MSS option go 536 octets over IPv4 and 1220 over IPv6", func(p *P) {
		is(p, "octets over IPv4", p.withoutMSS("10.0.0.2:80"), 536)
		is(p, "octets over IPv6", p.withoutMSS("[2001:db8::2]:80"), 1220)
	}},
	"MUST-16": {"to a peer that takes 100 go 100, with timestamps 88, from a path that takes 80 only 40", func(p *P) {
		for _, c := range []struct {
			want   int
			change func(*tcp.Config)
		}{
			{100, func(*tcp.Config) {}}, {88, func(c *tcp.Config) { c.Timestamps = true }},
			{40, func(c *tcp.Config) { c.MSS, c.MTU = 0, 80 }},
		} {
			e := p.synSent(c.change)
			e.feed("S. 0 ack 1 <mss 100,nop,nop,TS val 1 ecr 0>")
			e.send(1000)
			is(p, "octets of a segment", len(e.last().Payload), c.want)
		}
	}},
	"MUST-67": {"a host that takes packets of 1500, 576 and 1280 octets says MSS 1460, 536 and over IPv6 1220", func(p *P) {
		is(p, "MSS for 1500", p.firstMSS(hosts("mtu=1500", "")), 1460)
		is(p, "MSS for 576", p.firstMSS(hosts("mtu=576", "")), 536)
		is(p, "MSS for 1280 over IPv6", p.firstMSS(hosts6("mtu=1280", "")), 1220)
	}},
	"SHLD-6": {"when the interface's MTU falls from 1500 to 1000, the next SYN says 960", func(p *P) {
		p.sim(hosts("", "") + `-- app A --
connect B:1
set mtu=1000
connect B:1
-- app B --
listen :1
accept
accept
-- check --
a.S.mss = 1460; a.S[2].mss = 960
`)
	}},
	"MUST-65": {"in a run with data, a loss and a close no packet has an MSS option but the SYNs", func(p *P) {
		r := p.book("tcp/fast-retransmit")
		n := 0
		for i := range r.Log.Packets {
			seg := &r.Log.Packets[i].Pkt.TCP
			_, has := seg.Options.MSS()
			is(p, "an MSS option", has, seg.Flags.Has(wire.SYN))
			n++
		}
		if n < 20 {
			p.errorf("%d packets: too few to show it", n)
		}
	}},
	"SHLD-7": {"the second small piece waits until the first is acknowledged, and takes the third with it", func(p *P) {
		e := p.open()
		e.send(10)
		e.want("P. 1:11(10) ack 1")
		e.send(10)
		e.want("")
		e.send(10)
		e.want("")
		e.feed(". 1 ack 11")
		e.want("P. 11:31(20) ack 1")
	}},
	"MUST-17": {"with TCP_NODELAY set on one of two connections, its second small piece leaves at once, the other's waits", func(p *P) {
		p.sim(hosts("", "ack=immediate") + `-- app A --
a = connect B:1
b = connect B:1
a.setsockopt TCP_NODELAY 1
at 1s
a.send 10
a.send 10
b.send 10
b.send 10
-- app B --
listen :1
accept
accept
-- check --
count a.P from 1s to 1.001s = 3
count a.P from 1.001s to 2s = 1; time a.P[4] = 1.020s
`)
	}},
}
