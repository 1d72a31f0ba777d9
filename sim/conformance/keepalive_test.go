package conformance

import (
	"time"

	"simrun/tcp"
)

func keepalive(c *tcp.Config) { c.Keepalive = true }

var keepaliveProofs = proofs{
	"MAY-5": {"a connection that is idle for 2 h is probed, and lives on when the probe is answered", func(p *P) {
		e := p.open(keepalive)
		e.instants(2 * time.Hour)
		e.want(". 0:0(0) ack 1")
		e.feed(". 1 ack 1")
		e.instants(4 * time.Hour)
		e.state(tcp.Established)
	}},
	"MUST-24": {"of three connections the one with SO_KEEPALIVE is probed, not the one without, nor the one where it was taken back", func(p *P) {
		p.sim(hosts("", "") + `end 3h
-- app A --
bind :5000
a = connect B:1
bind :5001
b = connect B:1
bind :5002
c = connect B:1
a.setsockopt SO_KEEPALIVE 1
c.setsockopt SO_KEEPALIVE 1
sleep 1h
c.setsockopt SO_KEEPALIVE 0
-- app B --
listen :1
accept; accept; accept
-- check --
count a.ACK from 1h to 3h = 1; time a.ACK[4] = 7200.060s
`)
	}},
	"MUST-25": {"a connection of which nobody asked for keep-alives has no timer, and sends nothing for 160 hours", func(p *P) {
		e := p.open()
		if at, ok := e.c.NextTimeout(); ok {
			p.errorf("a timer expires at %v", at)
		}
		r := p.sim(hosts("", "") + "-- app A --\nconnect B:1\nsleep 160h\n-- app B --\nlisten :1\naccept\n")
		is(p, "packets", len(r.Log.Packets), 3)
	}},
	"MUST-26": {"each segment that comes puts the probe off; while data is unacknowledged there is none", func(p *P) {
		e := p.open(keepalive, func(c *tcp.Config) { c.KeepIdle = 10 * time.Second })
		for range 5 {
			e.pass(9 * time.Second)
			e.feed(". 1 ack 1")
		}
		e.wantTold(tcp.TimerExpired, false)
		e.send(10)
		for e.now.Since() < 100*time.Second {
			e.expire()
			for i := range e.out.Segments {
				is(p, "octets of a segment while data is outstanding", len(e.out.Segments[i].Payload), 10)
			}
		}
	}},
	"MUST-27": {"with TCP_KEEPIDLE of 60 s the first probe comes after 60 s, with 90 s after 90 s", func(p *P) {
		p.book("tcp/keepalive-dead-peer")
		e := p.open(keepalive)
		e.set(func(c *tcp.Config) { c.KeepIdle = 90 * time.Second })
		e.instants(90 * time.Second)
		e.want(". 0:0(0) ack 1")
	}},
	"MUST-28": {"nothing expires before 2 h unless another interval is set", func(p *P) {
		e := p.open(keepalive)
		is(p, "the first expiry", e.expire() >= 2*time.Hour, true)
	}},
	"MUST-29": {"one probe that is lost ends nothing; eight without an answer end nothing, the ninth does", func(p *P) {
		p.book("tcp/keepalive-one-probe-lost")
		e := p.open(keepalive)
		for range 9 {
			e.expire()
			e.state(tcp.Established)
		}
		e.expire()
		e.state(tcp.Closed)
		e.wantTold(tcp.TimedOut, true)
	}},
	"SHLD-12": {"a probe is a segment at SND.NXT-1 without text", func(p *P) {
		e := p.open(keepalive)
		e.send(10)
		e.feed(". 1 ack 11")
		e.expire()
		e.want(". 10:10(0) ack 1")
	}},
	"MAY-6": {"with keep_octet=on a probe carries one octet at SND.NXT-1, and is answered", func(p *P) {
		p.sim(hosts("keep_octet=on", "") + `end 100s
-- app A --
connect B:1
setsockopt TCP_KEEPIDLE 60s
setsockopt SO_KEEPALIVE 1
-- app B --
listen :1
accept
recv = BLOCKED
-- check --
time a.data = 60.020s; a.data.seq = 0; a.data.len = 1
count b.ACK = 1; b.ACK.ack = 1; bytes A>B = 0
`)
	}},
}
