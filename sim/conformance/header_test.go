package conformance

import (
	"bytes"
	"encoding/binary"
	"strings"

	"simrun/tcp"
	"simrun/wire"
	"simrun/wire/codec"
)

// octetsOf is a segment as it travels: the IP header and the TCP header with
// its text.
func (p *P) octetsOf(seg *wire.TCP) []byte {
	b, err := codec.New().Append(nil, &wire.Packet{Proto: wire.ProtoTCP, TCP: *seg})
	if err != nil {
		p.fatalf("%v", err)
	}
	return b
}

// onesSum adds octets as RFC 9293 3.1 says: 16 bits at a time, end-around.
func onesSum(b []byte) uint16 {
	if len(b)%2 == 1 {
		b = append(bytes.Clone(b), 0)
	}
	sum := uint32(0)
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}

// full is a segment with all that a header can have.
func full() *wire.TCP {
	seg := &wire.TCP{
		Net:     wire.Net{Src: local.Addr, Dst: remote.Addr, TTL: 64},
		SrcPort: local.Port, DstPort: remote.Port, Seq: 1, Ack: 2, Flags: wire.SYN | wire.ACK, Window: 65535,
		Payload: []byte("odd"),
	}
	seg.Options.AddMSS(1460)
	seg.Options.AddWindowScale(7)
	seg.Options.AddSACKPermitted()
	seg.Options.AddTimestamps(1, 2)
	return seg
}

// life plays a whole connection with options added to each of the peer's
// segments: a SYN, text, text beyond a hole, a FIN, and a RST in another life.
// It returns all that happened.
func (p *P) life(add func(o *wire.Options)) string {
	var all []string
	e := p.listening()
	feed := func(text string) {
		seg := e.parse(text)
		add(&seg.Options)
		e.arrive(&seg)
		all = append(all, e.c.State().String(), e.sent())
	}
	feed("S 0")
	feed(". 1 ack 1")
	feed("P. 1:11(10) ack 1")
	feed("P. 21:31(10) ack 1")
	feed("P. 11:21(10) ack 1")
	e.send(700)
	all = append(all, e.sent())
	feed("F. 31 ack 701")
	e = p.synSent()
	feed("S. 0 ack 1")
	feed("R 1")
	return strings.Join(all, "\n")
}

// sameLife asserts that options change nothing.
func (p *P) sameLife(add func(o *wire.Options)) {
	is(p, "with the options", p.life(add), p.life(func(*wire.Options) {}))
}

var headerProofs = proofs{
	"MUST-1": {"into a window of 60000, which as a signed number is negative, 60000 octets go at once", func(p *P) {
		e := p.synSent(wide)
		e.feed("S. 0 ack 1 win 60000 <mss 100>")
		e.send(65000)
		is(p, "octets sent", e.octets(), 60000)
	}},
	"REC-1": {"65535 scaled by 14 is a window of 1073725440", func(p *P) {
		e := p.synSent(func(c *tcp.Config) { c.WindowScale = true })
		e.feed("S. 0 ack 1 win 65535 <mss 100,nop,wscale 14>", ". 1 ack 1 win 65535")
		is(p, "SND.WND", e.c.Vars().SndWnd, 1073725440)
	}},
	"MUST-2": {"the checksum of what is sent makes the sum of pseudo header and segment all ones", func(p *P) {
		b := p.octetsOf(full())
		segment := b[wire.IPv4HeaderLen:]
		pseudo := append(bytes.Clone(b[12:20]), 0, 6, byte(len(segment)>>8), byte(len(segment)))
		is(p, "the sum", onesSum(append(pseudo, segment...)), 0xffff)
	}},
	"MUST-3": {"a segment with any one bit flipped is refused; in a run it is counted and changes nothing", func(p *P) {
		b, c := p.octetsOf(full()), codec.New()
		for bit := range 8 * (len(b) - wire.IPv4HeaderLen) {
			flipped := bytes.Clone(b)
			flipped[wire.IPv4HeaderLen+bit/8] ^= 1 << (bit % 8)
			if err := c.Decode(flipped, new(wire.Packet)); err == nil {
				p.errorf("bit %d flipped: want an error", bit)
			}
		}
		r := p.book("tcp/corrupt-checksum")
		is(p, "bad checksums", r.World.Hosts()[1].BadChecksums, 1)
	}},
	"MUST-69": {"behind options of 3 and of 9 octets stand zeros up to the end of the header", func(p *P) {
		seg := &wire.TCP{Net: wire.Net{Src: local.Addr, Dst: remote.Addr, TTL: 64}, Flags: wire.SYN}
		seg.Options.AddWindowScale(7)
		b := p.octetsOf(seg)
		is(p, "the last option word", string(b[40:]), "\x03\x03\x07\x00")
		seg.Options.AddMSS(1460)
		seg.Options.AddNop(2)
		is(p, "options of 9 octets", string(p.octetsOf(seg)[40:]), "\x03\x03\x07\x02\x04\x05\xb4\x01\x01\x00\x00\x00")
	}},
	"MUST-4": {"an MSS between No-Operations and before End of Option List counts", func(p *P) {
		e := p.synSent(func(c *tcp.Config) { c.MSS, c.InitialWindow = 1460, 10 })
		seg := e.parse("S. 0 ack 1")
		seg.Options.AddRaw(1, 1, 2, 4, 700>>8, 700&255, 1, 0)
		e.arrive(&seg)
		e.send(700 + 1)
		is(p, "segments", len(e.out.Segments), 1) // the odd octet waits for Nagle
		is(p, "octets", e.octets(), 700)
	}},
	"MUST-5": {"a life with options on each segment, MSS and timestamps too, is the same life", func(p *P) {
		p.sameLife(func(o *wire.Options) { o.AddTimestamps(1, 0); o.AddNop(2); o.AddSACKPermitted(); o.AddFastOpen(nil) })
		e := p.open()
		e.feed("P. 1:11(10) ack 1 <mss 50>")
		e.want(". 1:1(0) ack 11")
		is(p, "the MSS, which a segment that is no SYN cannot change", e.c.MSS(), 100)
	}},
	"MUST-6": {"a life with option 200 of seven octets on each segment is the same life", func(p *P) {
		p.sameLife(func(o *wire.Options) { o.Add(200, 1, 2, 3, 4, 5) })
		e := p.synSent()
		seg := e.parse("S. 0 ack 1")
		seg.Options.Add(200, 1, 2, 3, 4, 5)
		seg.Options.AddMSS(50)
		e.arrive(&seg)
		is(p, "the MSS behind it", e.c.MSS(), 50)
	}},
	"MUST-68": {"each option of a SYN and of an ACK with SACK, but for No-Operation, says its length", func(p *P) {
		r := p.sim(hosts("ack=immediate wscale=on sack=on timestamps=on nodelay=on", "ack=immediate wscale=on sack=on timestamps=on") + `drop a.P
-- app A --
connect B:1
send 10
send 10
-- app B --
listen :1
accept
recv = 20
`)
		kinds := map[byte]bool{}
		for i := range r.Log.Packets {
			b := p.octetsOf(&r.Log.Packets[i].Pkt.TCP)
			options := b[40 : 20+b[32]>>4*4]
			for len(options) > 0 && options[0] != 0 {
				kinds[options[0]] = true
				n := byte(1)
				if options[0] != 1 {
					n = options[1]
				}
				if n == 0 || int(n) > len(options) {
					p.fatalf("option %d of length %d in %d octets", options[0], n, len(options))
				}
				options = options[n:]
			}
		}
		for _, kind := range []byte{1, 2, 3, 4, 5, 8} {
			if !kinds[kind] {
				p.errorf("no segment has option %d: nothing is shown of it", kind)
			}
		}
	}},
	"MUST-7": {"options whose length is 0, 1, more than is left, or missing leave a life as it is", func(p *P) {
		for _, illegal := range [][]byte{{2, 0}, {2, 1}, {200, 0, 0}, {2, 40}, {8, 255, 1}, {5}, {5, 9, 0, 0, 0, 0, 0, 0, 0}, {3, 2}} {
			p.sameLife(func(o *wire.Options) { o.AddRaw(illegal...) })
		}
	}},
	"MUST-64": {"MSS, window scale and timestamps count at odd offsets, without a No-Operation between them", func(p *P) {
		e := p.listening(func(c *tcp.Config) { c.WindowScale, c.Timestamps = true, true })
		seg := e.parse("S 0")
		seg.Options.AddRaw(1, 3, 3, 7, 8, 10, 0, 0, 0, 9, 0, 0, 0, 0, 2, 4, 0, 50)
		e.arrive(&seg)
		e.want("S. 0:0(0) ack 1")
		_, ecr, _ := e.last().Options.Timestamps()
		is(p, "the timestamp echoed", ecr, 9)
		e.feed(". 1 ack 1 win 2 <nop,nop,TS val 10 ecr 0>")
		is(p, "SND.WND", e.c.Vars().SndWnd, 256)
		is(p, "the MSS", e.c.MSS(), 50)
	}},
	"MUST-66": {"with the window shut a RST at RCV.NXT resets, and an urgent pointer is told of", func(p *P) {
		e := p.open()
		for e.c.Vars().RcvEdge != e.c.Vars().RcvNxt {
			e.feed("P. " + number(e.c.Vars().RcvNxt-irs) + ":" + number(e.c.Vars().RcvNxt.Add(100)-irs) + "(100) ack 1")
		}
		e.feed("R 1001")
		e.state(tcp.Closed)
		e.wantTold(tcp.Reset, true)
		p.sim(hosts("", "rcvbuf=100") + urgentAtZeroWindow)
	}},
}
