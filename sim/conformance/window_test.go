package conformance

import (
	"time"

	"simrun/tcp"
)

// probed is a connection with 500 octets to send whose peer has taken 100 and
// shut its window.
func (p *P) probed(change ...func(*tcp.Config)) *end {
	e := p.synSent(append(change, wide)...)
	e.feed("S. 0 ack 1 win 100 <mss 100>")
	e.send(500)
	e.feed(". 1 ack 101 win 0")
	return e
}

// shrunk is a connection with ten segments in flight whose peer takes its
// window back to the first two and a half of them. More waits to be sent.
func (p *P) shrunk() *end {
	e := p.synSent(wide)
	e.feed("S. 0 ack 1 win 1000 <mss 100>")
	e.send(3000)
	is(p, "octets sent", e.octets(), 1000)
	e.feed(". 1 ack 1 win 250")
	return e
}

var windowProofs = proofs{
	"SHLD-14": {"while text comes that nobody reads, and when the buffer is made smaller, the right edge stays", func(p *P) {
		e := p.open()
		edge := e.c.Vars().RcvEdge
		for _, text := range []string{"P. 1:101(100) ack 1", "P. 101:201(100) ack 1"} {
			e.feed(text)
			is(p, "the edge", e.c.Vars().RcvEdge, edge)
		}
		e.set(func(c *tcp.Config) { c.ReceiveBuffer = 300 })
		e.feed("P. 201:301(100) ack 1")
		is(p, "the edge with a smaller buffer", e.last().Ack.Add(int(e.last().Window)), edge)
	}},
	"MUST-34": {"a window taken back to 250 of 1000 octets in flight breaks nothing, and what is acknowledged later counts", func(p *P) {
		e := p.shrunk()
		e.state(tcp.Established)
		is(p, "SND.WND", e.c.Vars().SndWnd, 250)
		e.feed(". 1 ack 201 win 100", ". 1 ack 1001 win 0", ". 1 ack 1001 win 500")
		is(p, "octets sent into the window that opens again", e.octets(), 500)
	}},
	"SHLD-15": {"after the window shrank nothing new leaves, at once or by timer, until it has opened beyond what was sent", func(p *P) {
		e := p.shrunk()
		e.want("")
		for range 4 {
			e.expire()
			for i := range e.out.Segments {
				if end := e.out.Segments[i].End(); ourISS.Add(1001).Before(end) {
					p.errorf("sent up to %d", end.Sub(ourISS))
				}
			}
		}
	}},
	"SHLD-16": {"the first of what lies within the shrunk window is sent again when the timer expires", func(p *P) {
		e := p.shrunk()
		e.instants(time.Second)
		e.want(". 1:101(100) ack 1")
	}},
	"MAY-7": {"a segment beyond the shrunk window is sent again too", func(p *P) {
		e := p.shrunk()
		e.expire()
		e.feed(". 1 ack 201 win 50")
		e.want(". 201:301(100) ack 1; . 301:401(100) ack 1")
	}},
	"SHLD-17": {"a peer that shut its window over data in flight and goes on answering is not given up in 24 hours", func(p *P) {
		e := p.synSent(wide)
		e.feed("S. 0 ack 1 win 1000 <mss 100>")
		e.send(300)
		for e.now.Since() < 24*time.Hour {
			e.feed(". 1 ack 1 win 0")
			e.expire()
		}
		e.state(tcp.Established)
		e.wantTold(tcp.TimedOut, false)
	}},
	"MUST-35": {"when a window of 2000 shrinks to zero, one octet goes an RTO later, and again after twice as long", func(p *P) {
		e := p.open()
		e.send(100)
		e.feed(". 1 ack 101 win 0")
		e.send(100)
		e.want("")
		e.instants(time.Second)
		e.want(". 101:102(1) ack 1")
		e.instants(3 * time.Second)
		e.want(". 101:102(1) ack 1")
	}},
	"MUST-36": {"a shut window is probed, and when the answer opens it, all goes", func(p *P) {
		e := p.probed(nodelay)
		e.want("")
		e.expire()
		e.want(". 101:102(1) ack 1")
		e.feed(". 1 ack 102 win 1000")
		is(p, "octets sent", e.octets(), 399)
		p.book("tcp/window-update-lost")
	}},
	"MAY-8": {"an application that reads nothing for 24 hours keeps the window shut, and loses nothing", func(p *P) {
		p.sim(hosts("", "rcvbuf=1000") + `-- app A --
connect B:1
send 3000
-- app B --
listen :1
accept
sleep 24h
recv 1000 = 1000
recv 1000 = 1000
recv 1000 = 1000
-- check --
bytes A>B = 3000; errno A = none
`)
	}},
	"MUST-37": {"probes that are answered keep the connection open for 24 hours; without answers it ends", func(p *P) {
		e := p.probed()
		for e.now.Since() < 24*time.Hour {
			e.expire()
			e.feed(". 1 ack 101 win 0")
		}
		e.state(tcp.Established)
		_, at := e.giveUp()
		if at < 24*time.Hour+100*time.Second {
			p.errorf("given up at %v", at)
		}
	}},
	"SHLD-29": {"the first probe leaves when the window has been shut for the RTO, 1 s or 2 s", func(p *P) {
		e := p.probed()
		e.instants(time.Second)
		e = p.probed(func(c *tcp.Config) { c.RTO.Min = 2 * time.Second })
		e.instants(2 * time.Second)
		e.want(". 101:102(1) ack 1")
	}},
	"SHLD-30": {"probes leave after 1, 3, 7, 15, 31, 63 s, then every 60 s", func(p *P) {
		e := p.probed()
		for _, at := range []int{1, 3, 7, 15, 31, 63, 123, 183} {
			e.instants(time.Duration(at) * time.Second)
			e.want(". 101:102(1) ack 1")
			e.feed(". 1 ack 101 win 0")
		}
	}},
	"MUST-38": {"a window that opens by 10 octets at a time draws nothing until a full segment fits, or half of the largest window", func(p *P) {
		e := p.probed()
		for win := 10; win < 50; win += 10 {
			e.feed(". 1 ack 101 win " + number(irs.Add(win)-irs))
			e.want("")
		}
		e.feed(". 1 ack 101 win 50")
		e.want(". 101:151(50) ack 1")
		e = p.synSent(wide)
		e.feed("S. 0 ack 1 win 1000 <mss 100>")
		e.send(2000)
		e.feed(". 1 ack 1001 win 99")
		e.want("")
		e.feed(". 1 ack 1001 win 100")
		e.want(". 1001:1101(100) ack 1")
	}},
	"MUST-39": {"an application that reads 10 octets at a time opens no shut window until a full segment fits", func(p *P) {
		e := p.open()
		for seq := 1; seq < 1000; seq += 100 {
			e.feed("P. " + number(irs.Add(seq)-irs) + ":" + number(irs.Add(seq+100)-irs) + "(100) ack 1")
		}
		is(p, "the window", e.last().Window, 0)
		for read := 10; read < 100; read += 10 {
			is(p, "octets read", e.receive(10), 10)
			e.want("")
		}
		e.receive(10)
		e.want(". 1:1(0) ack 1001")
		is(p, "the window that is told", e.last().Window, 100)
	}},
}
