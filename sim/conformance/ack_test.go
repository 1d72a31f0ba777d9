package conformance

import (
	"time"

	"simrun/tcp"
)

var ackProofs = proofs{
	"SHLD-18": {"small text is not acknowledged at once; the ACK rides on the answer", func(p *P) {
		e := p.open(delayed)
		e.feed("P. 1:11(10) ack 1")
		e.want("")
		e.send(5)
		e.want("P. 1:6(5) ack 11")
		is(p, "the default policy", tcp.Defaults().ACK, tcp.Delayed)
	}},
	"MUST-40": {"a delayed ACK leaves after 200 ms, no setting makes it more than 500 ms", func(p *P) {
		e := p.open(delayed)
		e.feed("P. 1:11(10) ack 1")
		e.instants(200 * time.Millisecond)
		e.want(". 1:1(0) ack 11")
		f := p.refused(hosts("ack_delay=501ms", ""))
		is(p, "a delay of 501 ms", f, true)
	}},
	"SHLD-19": {"of eight full segments every second is acknowledged at once", func(p *P) {
		e := p.open(delayed)
		for i := range 8 {
			e.feed("P. " + number(irs.Add(1+100*i)-irs) + ":" + number(irs.Add(101+100*i)-irs) + "(100) ack 1")
			is(p, "ACKs after segment", len(e.out.Segments), i%2)
		}
	}},
	"MUST-58": {"a segment that fills a hole before five others is answered by one ACK, which covers all", func(p *P) {
		e := p.open()
		for seq := 101; seq < 600; seq += 100 {
			e.feed("P. " + number(irs.Add(seq)-irs) + ":" + number(irs.Add(seq+100)-irs) + "(100) ack 1")
		}
		e.feed("P. 1:101(100) ack 1")
		e.want(". 1:1(0) ack 601")
	}},
	"MUST-59": {"held text and a held FIN are taken before the one ACK is sent", func(p *P) {
		e := p.open()
		e.feed("P. 21:31(10) ack 1", "F. 31 ack 1", "P. 11:21(10) ack 1", "P. 1:11(10) ack 1")
		e.want(". 1:1(0) ack 32")
		e.state(tcp.CloseWait)
		is(p, "octets to read", e.c.Unread(), 30)
	}},
	"SHLD-31": {"ten octets beyond a hole are held, and readable once it is filled", func(p *P) {
		e := p.open()
		e.feed("P. 11:21(10) ack 1")
		is(p, "octets held", e.c.Vars().Held, 10)
		is(p, "octets to read", e.c.Unread(), 0)
		e.feed("P. 1:11(10) ack 1")
		is(p, "octets to read", e.c.Unread(), 20)
	}},
	"MAY-12": {"text whose ACK lies beyond SND.NXT or below SND.UNA less the largest window is dropped, and challenged", func(p *P) {
		for _, ack := range []string{"2", "4294965296"} {
			e := p.open()
			e.feed("P. 1:11(10) ack " + ack)
			e.want(". 1:1(0) ack 1")
			is(p, "octets taken", e.c.Unread(), 0)
		}
		e := p.open()
		e.feed("P. 1:11(10) ack 4294965297")
		is(p, "octets taken with an ACK that is just not too old", e.c.Unread(), 10)
		p.book("tcp/blind-data")
	}},
	"MAY-13": {"each segment beyond a hole is answered at once by an ACK of RCV.NXT, though ACKs are delayed", func(p *P) {
		e := p.open(delayed)
		for _, text := range []string{"P. 11:21(10) ack 1", "P. 31:41(10) ack 1"} {
			e.feed(text)
			e.want(". 1:1(0) ack 1")
		}
	}},
}
