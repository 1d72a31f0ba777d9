package conformance

import (
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// syn is a SYN between two endpoints, as a host gets it.
func syn(from, to string) *wire.Packet {
	src, _ := wire.ParseEndpoint(from)
	dst, _ := wire.ParseEndpoint(to)
	return &wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net: wire.Net{Src: src.Addr, Dst: dst.Addr, TTL: 64}, SrcPort: src.Port, DstPort: dst.Port,
		Seq: 1000, Flags: wire.SYN, Window: 65535,
	}}
}

// listen makes a listening socket on an endpoint; reuse is SO_REUSEADDR.
func (s *station) listen(local string, reuse bool) (fd int, e socket.Errno) {
	at, _ := wire.ParseEndpoint(local)
	fd, _ = s.Socket(s.proc)
	if reuse {
		s.Setsockopt(0, s.proc, fd, socket.SO_REUSEADDR, 1)
	}
	if e = s.Bind(s.proc, fd, at); e == socket.OK {
		e = s.Listen(s.proc, fd, 5)
	}
	return fd, e
}

var openProofs = proofs{
	"MUST-10": {"two SYNs cross: one connection comes of them, without a RST", func(p *P) {
		r := p.book("tcp/simultaneous-open")
		is(p, "connections", len(r.Log.Conns), 1)
		for _, f := range r.Log.Final {
			is(p, "the state of an end", f.State, "ESTABLISHED")
		}
	}},
	"MUST-11": {"a RST in SYN-RECEIVED leads to LISTEN after a passive OPEN, and after an active one to CLOSED with a refusal", func(p *P) {
		e := p.listening()
		e.feed("S 0", "R 1")
		e.state(tcp.Listen)
		e.wantTold(tcp.Refused, false)
		e = p.synSent()
		e.feed("S 0")
		e.state(tcp.SynReceived)
		e.feed("R 1")
		e.state(tcp.Closed)
		e.wantTold(tcp.Refused, true)
	}},
	"MUST-41": {"a second LISTEN on an endpoint fails, and the listener and its connections are as before", func(p *P) {
		s := p.station(1, "10.0.0.1")
		_, first := s.listen("10.0.0.1:80", false)
		s.Arrive(0, syn("10.0.0.2:5000", "10.0.0.1:80"))
		_, second := s.listen("10.0.0.1:80", false)
		is(p, "the first LISTEN", first, socket.OK)
		is(p, "the second LISTEN", second, socket.EADDRINUSE)
		is(p, "connections", s.Describe()[0], "10.0.0.1:80 to 10.0.0.2:5000 SYN-RECEIVED")
		s.Arrive(0, syn("10.0.0.2:5001", "10.0.0.1:80"))
		is(p, "connections after another SYN", s.Conns(), 2)
	}},
	"MUST-42": {"LISTEN succeeds on a port that has a connection in SYN-SENT and, through another address, one in SYN-RECEIVED", func(p *P) {
		s := p.station(1, "10.0.0.1", "10.0.0.3")
		fd, _ := s.Socket(s.proc)
		s.Setsockopt(0, s.proc, fd, socket.SO_REUSEADDR, 1)
		s.Bind(s.proc, fd, wire.Endpoint{Addr: wire.MustParseAddr("10.0.0.1"), Port: 80})
		s.Connect(0, s.proc, fd, wire.Endpoint{Addr: remote.Addr, Port: 5000})
		_, e := s.listen("10.0.0.3:80", true)
		is(p, "LISTEN beside SYN-SENT", e, socket.OK)
		s.Arrive(0, syn("10.0.0.2:5001", "10.0.0.3:80"))
		_, e = s.listen("10.0.0.1:80", true)
		is(p, "LISTEN beside SYN-SENT and SYN-RECEIVED", e, socket.OK)
		s.Arrive(0, syn("10.0.0.2:5002", "10.0.0.1:80"))
		is(p, "connections", s.Conns(), 3)
	}},
	"MUST-43": {"a SYN leaves with the address that was bound, whatever the route says", func(p *P) {
		s := p.station(1, "10.0.0.1", "10.0.0.3")
		fd, _ := s.Socket(s.proc)
		s.Bind(s.proc, fd, wire.Endpoint{Addr: wire.MustParseAddr("10.0.0.3"), Port: 5000})
		s.Connect(0, s.proc, fd, remote)
		is(p, "the source", s.sent[0].Source().String(), "10.0.0.3:5000")
		_, e := s.listen("10.0.0.3:80", false)
		s.Arrive(0, syn("10.0.0.2:5001", "10.0.0.1:80"))
		is(p, "LISTEN at one address", e, socket.OK)
		is(p, "the answer at the other", s.sent[1].Flags, wire.RST|wire.ACK)
	}},
	"MUST-44": {"a host with two links sends its SYN with the address of the link that leads to the peer", func(p *P) {
		r := p.sim(`-- net --
host A 10.0.1.1 10.0.2.1
host B 10.0.1.2
host C 10.0.2.2
link 10.0.1.1 10.0.1.2 delay=1ms
link 10.0.2.1 10.0.2.2 delay=1ms
-- app A --
connect B:1
c = connect C:1
-- app B --
listen :1
accept
-- app C --
listen :1
accept
`)
		for i := range r.Log.Packets {
			net := r.Log.Packets[i].Pkt.Net()
			is(p, "the network of source and destination", net.Src.As4()[2], net.Dst.As4()[2])
		}
	}},
	"MUST-45": {"all segments of a connection that came to a second address leave with that address", func(p *P) {
		r := p.sim(`-- net --
host A 10.0.0.1
host B 10.0.0.2 10.0.0.9
link A 10.0.0.2 delay=1ms
-- app A --
connect 10.0.0.9:1
send 10
recv = 10
close
-- app B --
listen :1
accept
recv = 10
send 10
recv = EOF
close
`)
		for i := range r.Log.Packets {
			if pkt := &r.Log.Packets[i]; pkt.From == 1 {
				is(p, "the source", pkt.Pkt.TCP.Src.String(), "10.0.0.9")
			}
		}
	}},
	"MUST-46": {"connect to 224.0.0.1, 255.255.255.255, ff02::1 and to no address fails, and no segment leaves", func(p *P) {
		for _, to := range []string{"224.0.0.1:80", "255.255.255.255:80", "[ff02::1]:80", "0.0.0.0:80", "[::]:80"} {
			s := p.station(1, "10.0.0.1", "2001:db8::1")
			_, e := s.connect(0, 0, to)
			is(p, "connect to "+to, e, socket.EADDRNOTAVAIL)
			is(p, "segments", len(s.sent), 0)
		}
	}},
	"MUST-63": {"SYNs from group addresses and from none are not answered, and make no connection", func(p *P) {
		p.ignored("10.0.0.1:80", "224.0.0.1:5000", "255.255.255.255:5000", "0.0.0.0:5000")
	}},
	"MUST-57": {"SYNs to group addresses are not answered, and make no connection", func(p *P) {
		for _, to := range []string{"224.0.0.1:80", "255.255.255.255:80"} {
			p.ignored(to, "10.0.0.2:5000")
		}
	}},
}

// ignored asserts that SYNs make no step; one from a good address does.
func (p *P) ignored(to string, from ...string) {
	s := p.station(1, "10.0.0.1")
	fd, _ := s.Socket(s.proc)
	s.Bind(s.proc, fd, wire.Endpoint{Port: 80})
	s.Listen(s.proc, fd, 5)
	for _, f := range from {
		s.Arrive(0, syn(f, to))
		is(p, "steps for a SYN from "+f+" to "+to, s.steps, 0)
	}
	s.Arrive(0, syn("10.0.0.2:5000", "10.0.0.1:80"))
	is(p, "segments for a good SYN", len(s.sent), 1)
	is(p, "its flags", s.sent[0].Flags, wire.SYN|wire.ACK)
}
