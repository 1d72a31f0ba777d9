package tcp

import "simrun/wire"

// The three forms of a RST that RFC 9293 3.10.7.1 and 3.10.5 give.

// sendRSTForACK answers a segment with an ACK: <SEQ=SEG.ACK><CTL=RST>.
func (c *Conn) sendRSTForACK(s *step) {
	seg := c.reset(s, s.seg.Ack)
	seg.Src, seg.Dst = s.seg.Dst, s.seg.Src
	seg.SrcPort, seg.DstPort = s.seg.DstPort, s.seg.SrcPort
}

// sendRSTForText answers one without: <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>.
func (c *Conn) sendRSTForText(s *step) {
	seg := c.reset(s, 0)
	seg.Src, seg.Dst = s.seg.Dst, s.seg.Src
	seg.SrcPort, seg.DstPort = s.seg.DstPort, s.seg.SrcPort
	seg.Flags |= wire.ACK
	seg.Ack = s.seg.End()
}

// sendAbortRST ends a connection: <SEQ=SND.NXT><CTL=RST>. It is not
// retransmitted, whatever becomes of it. Where it answers a segment it has no
// ACK on any system.
func (c *Conn) sendAbortRST(s *step) {
	seg := c.reset(s, c.snd.nxt)
	if c.cfg.AbortWithACK && s.seg == nil {
		seg.Flags |= wire.ACK
		seg.Ack = c.rcv.nxt
	}
}

// reset appends a RST with nothing but a sequence number. Its window is zero:
// nobody waits behind it.
func (c *Conn) reset(s *step, seq wire.Seq) *wire.TCP {
	s.out.Segments = append(s.out.Segments, Segment{TCP: wire.TCP{
		Net: wire.Net{
			Src: c.local.Addr, Dst: c.remote.Addr, TTL: c.cfg.TTL, DontFragment: true,
		},
		SrcPort: c.local.Port, DstPort: c.remote.Port, Seq: seq, Flags: wire.RST,
	}})
	s.ack = false
	return &s.out.Segments[len(s.out.Segments)-1].TCP
}

// flush empties the queues and stops the timers. Text in order stays readable
// unless a RST took it away (RFC 9293 3.10.7.4 second: "all segment queues
// should be flushed").
func (c *Conn) flush() {
	c.snd.queue.release(c.snd.queued())
	c.snd.flight.clear()
	c.timers.StopAll()
	c.timing = timing{}
	c.rcv.text.drop()
}

// Refuse answers a segment that meets no connection (RFC 9293 3.10.7.1): it is
// what CLOSED does. TTL and table are cfg's.
func Refuse(cfg *Config, seg *wire.TCP, out *Out) {
	c := Conn{cfg: cfg, state: Closed, local: seg.Destination(), remote: seg.Source()}
	c.Arrive(0, seg, out)
}
