package conformance

import (
	"time"

	"simrun/tcp"
)

// timeWait is a connection in TIME-WAIT, entered at one second.
func (p *P) timeWait(change ...func(*tcp.Config)) *end {
	e := p.open(change...)
	e.close()
	e.feed(". 1 ack 2")
	e.now = e.now.Add(time.Second)
	e.feed("F. 1 ack 2")
	e.state(tcp.TimeWait)
	return e
}

var closeProofs = proofs{
	"SHLD-2": {"a RST with five octets resets as one without", func(p *P) {
		e := p.open()
		e.feed("R 1:6(5)")
		e.state(tcp.Closed)
		e.wantTold(tcp.Reset, true)
		is(p, "octets left to read", e.c.Unread(), 0)
	}},
	"MUST-12": {"recv returns EOF after a FIN, ECONNRESET after a RST and ETIMEDOUT after silence", func(p *P) {
		p.sim(hosts("", "") + `cut 3s..
-- app A --
a = connect B:1
b = connect B:1
b.setsockopt SO_LINGER 0s
c = connect B:1
at 1s
a.close
b.close
-- app B --
listen :1
a = accept
b = accept
c = accept
a.recv = EOF at 1.010s
b.recv = ECONNRESET at 1.010s
at 4s
c.send 1
c.recv = ETIMEDOUT
`)
	}},
	"MAY-1": {"who has closed cannot read on, though the peer has not closed; who has shut down one direction can", func(p *P) {
		p.book("tcp/full-close-echo")
		p.book("tcp/half-close-echo")
		e := p.open()
		e.close()
		e.abandon()
		e.feed(". 1 ack 2", "P. 1:11(10) ack 2")
		is(p, "octets to read after CLOSE", e.c.Unread(), 0)
	}},
	"SHLD-3": {"close with text unread sends a RST; text that comes after close draws one", func(p *P) {
		e := p.open()
		e.feed("P. 1:11(10) ack 1")
		e.abandon()
		e.want("R 1:1(0)")
		e.state(tcp.Closed)
		e = p.open()
		e.abandon()
		e.close()
		e.want("F. 1:1(0) ack 1")
		e.feed("P. 1:11(10) ack 2")
		e.want("R 2:2(0)")
		e.state(tcp.Closed)
	}},
	"MUST-13": {"TIME-WAIT ends 240 s after it is entered, and 240 s after the FIN came again", func(p *P) {
		e := p.timeWait()
		e.instants(241 * time.Second)
		e.state(tcp.Closed)
		e = p.timeWait()
		e.now = e.now.Add(100 * time.Second)
		e.feed("F. 1 ack 2")
		e.want(". 2:2(0) ack 2")
		e.instants(341 * time.Second)
		e.state(tcp.Closed)
	}},
	"MAY-2": {"a SYN above the old numbers opens a new life whose numbers lie above ours; one below is answered by an ACK", func(p *P) {
		r := p.book("tcp/syn-in-timewait-above")
		var last, next []uint32
		for i := range r.Log.Packets {
			pkt := &r.Log.Packets[i]
			if pkt.From == 1 && pkt.Pkt.TCP.Flags.Has(2) {
				next = append(next, uint32(pkt.Pkt.TCP.Seq))
			} else if pkt.From == 1 && len(next) == 1 {
				last = append(last, uint32(pkt.Pkt.TCP.End()))
			}
		}
		if len(next) != 2 || int32(next[1]-last[len(last)-1]) <= 0 {
			p.errorf("the lives of B begin at %d, its old one ends at %d", next, last)
		}
		p.book("tcp/syn-in-timewait-below")
	}},
	"SHLD-4": {"a SYN with a later timestamp ends TIME-WAIT though its number lies below; with an earlier one it does not", func(p *P) {
		for val, reopens := range map[string]bool{"600": true, "400": false} {
			e := p.synSent(func(c *tcp.Config) { c.Timestamps = true })
			e.feed("S. 0 ack 1 <mss 100,nop,nop,TS val 500 ecr 0>")
			e.close()
			e.feed(". 1 ack 2 <nop,nop,TS val 500 ecr 0>", "F. 1 ack 2 <nop,nop,TS val 500 ecr 0>")
			e.state(tcp.TimeWait)
			seg := e.parse("S 0 <mss 100,nop,nop,TS val " + val + " ecr 0>")
			seg.Seq = irs.Add(-1000)
			is(p, "a SYN with timestamp "+val+" reopens", e.c.Reopens(&seg), reopens)
		}
	}},
}
