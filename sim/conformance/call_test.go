package conformance

import (
	"fmt"
	"time"

	"simrun/sim/script"
	"simrun/tcp"
	"simrun/wire"
)

// refused reports whether a scenario is refused before it is run.
func (p *P) refused(text string) bool {
	_, err := script.Parse("", "proof.sim", []byte("# proof: a proof\n"+text))
	return err != nil
}

var callProofs = proofs{
	"MAY-15": {"with TCP_CORK what is sent is not pushed, and waits; without it both pieces leave at once, pushed", func(p *P) {
		p.sim(hosts("nodelay=on", "") + `-- app A --
connect B:1
setsockopt TCP_CORK 1 = 0
send "ab"
at 100ms
send "cd"
setsockopt TCP_CORK 0
-- app B --
listen :1
accept
recv = "abcd"
-- check --
time a.data = 100ms; a.data.flags = P.; a.data.len = 4
`)
	}},
	"MUST-60": {"what is sent leaves at once, and what Nagle keeps leaves with the next ACK or, if none comes, with the retransmission's", func(p *P) {
		e := p.open()
		e.send(10)
		is(p, "octets sent", e.octets(), 10)
		e.send(10)
		e.expire()
		e.feed(". 1 ack 11")
		is(p, "octets sent after the ACK", e.octets(), 10)
		is(p, "octets waiting", e.c.Vars().Queued, 10)
	}},
	"MUST-61": {"of 250 octets in three segments the last alone has PSH", func(p *P) {
		e := p.open(wide, nodelay)
		e.send(250)
		e.want(". 1:101(100) ack 1; . 101:201(100) ack 1; P. 201:251(50) ack 1")
	}},
	"SHLD-27": {"ten SENDs of 25 octets that waited leave as two full segments and a half one, with one PSH", func(p *P) {
		e := p.synSent(wide, nodelay)
		for range 10 {
			e.send(25)
		}
		e.feed("S. 0 ack 1 win 2000 <mss 100>")
		e.want(". 1:101(100) ack 1; . 101:201(100) ack 1; P. 201:251(50) ack 1")
	}},
	"MAY-16": {"three SENDs that are not pushed are aggregated into full segments, the rest waits for 200 ms", func(p *P) {
		p.sim(hosts("mss=100 nodelay=on", "mss=100") + `end 100ms
-- app A --
connect B:1
setsockopt TCP_CORK 1 = 0
send 40
send 40
send 40
-- app B --
listen :1
accept
-- check --
count a.data = 1; a.data.len = 100
`)
	}},
	"SHLD-28": {"one SEND of 1000 octets leaves as ten segments of 100, and a small rest waits to become one", func(p *P) {
		e := p.open(wide)
		e.send(1050)
		is(p, "segments", len(e.out.Segments), 10)
		for i := range e.out.Segments {
			is(p, "octets of a segment", len(e.out.Segments[i].Payload), 100)
		}
		e.send(50)
		e.want("P. 1001:1101(100) ack 1")
	}},
	"MAY-17": {"the user is told of text with PSH that it was pushed, and of text without that it was not", func(p *P) {
		e := p.open()
		e.feed(". 1:11(10) ack 1", "P. 11:21(10) ack 1")
		var pushed []bool
		for _, s := range e.signals {
			if s.Kind == tcp.Readable {
				pushed = append(pushed, s.Push)
			}
		}
		is(p, "pushed", fmt.Sprint(pushed), "[false true]")
	}},
	"MUST-49": {"with ttl=3 every packet of a host leaves with a time to live of 3, a RST too", func(p *P) {
		r := p.sim(hosts("ttl=3", "") + `-- app A --
connect B:1
send 10
close
-- app B --
listen :1
accept
recv = 10
recv = EOF
close
`)
		for i := range r.Log.Packets {
			pkt := &r.Log.Packets[i]
			is(p, "the time to live", pkt.Pkt.TCP.TTL, map[int]uint8{0: 3, 1: 64}[pkt.From])
		}
		e := p.open()
		e.cfg.TTL = 9
		e.step(func() { _ = e.c.Abort(e.now, &e.out) })
		is(p, "flags", e.last().Flags, wire.RST)
		is(p, "the time to live of a RST", e.last().TTL, 9)
	}},
	"MUST-47": {"an ICMP error that may pass, and R1, are reported while the connection goes on", func(p *P) {
		p.soft(wire.HostUnreachable)
		e := p.open()
		e.send(1)
		e.pass(10 * time.Second)
		is(p, "a report of R1", len(e.reports()), 1)
	}},
}
