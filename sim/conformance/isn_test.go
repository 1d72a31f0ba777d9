package conformance

import (
	"strconv"
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/wire"
)

func number(s wire.Seq) string { return strconv.FormatUint(uint64(uint32(s)), 10) }

// station is the transport layer of a host whose packets the proof looks at.
type station struct {
	*socket.Stack
	proc  socket.ProcID
	steps int
	sent  []wire.TCP
}

func (s *station) AssocStepped(socket.AssocStep) {}

func (s *station) Stepped(step socket.Step) {
	s.steps++
	for i := range step.Out.Segments {
		s.sent = append(s.sent, step.Out.Segments[i].TCP)
	}
}

// station is a host with addresses and a secret of one octet.
func (p *P) station(secret byte, addrs ...string) *station {
	var own []wire.Addr
	for _, a := range addrs {
		own = append(own, wire.MustParseAddr(a))
	}
	cfg := socket.Defaults()
	s := &station{}
	s.Stack = socket.NewStack(&cfg, own, [16]byte{secret}, s)
	s.proc = s.NewProc()
	return s
}

// connect is the errno of a connect, from a port if that is not 0.
func (s *station) connect(now clock.Time, port uint16, to string) (fd int, e socket.Errno) {
	fd, _ = s.Socket(s.proc)
	if port != 0 {
		if e := s.Bind(s.proc, fd, wire.Endpoint{Port: port}); e != socket.OK {
			return fd, e
		}
	}
	remote, _ := wire.ParseEndpoint(to)
	return fd, s.Connect(now, s.proc, fd, remote)
}

// isn is the initial number of a connection from a port at an instant.
func (p *P) isn(secret byte, port uint16, at time.Duration) wire.Seq {
	s := p.station(secret, "10.0.0.1")
	if _, e := s.connect(clock.At(at), port, "10.0.0.2:80"); e != socket.EINPROGRESS || len(s.sent) != 1 {
		p.fatalf("connect from port %d: %v, %d segments", port, e, len(s.sent))
	}
	return s.sent[0].Seq
}

var isnProofs = proofs{
	"MUST-8": {"the same ends open again after 4 us, 1 s and 5 h: the number has grown by 1, 250000 and 4500000000 modulo 2^32", func(p *P) {
		first := p.isn(7, 5000, 0)
		for after, ticks := range map[time.Duration]uint64{4 * time.Microsecond: 1, time.Second: 250000, 5 * time.Hour: 4500000000} {
			is(p, "growth in "+after.String(), p.isn(7, 5000, after)-first, wire.Seq(uint32(ticks)))
		}
	}},
	"SHLD-1": {"at one instant 1000 ports have 1000 numbers, in all quarters of the space, without a pattern from one to the next", func(p *P) {
		numbers, steps := map[wire.Seq]bool{}, map[wire.Seq]bool{}
		var quarters [4]int
		last := wire.Seq(0)
		for port := range uint16(1000) {
			n := p.isn(7, 5000+port, 0)
			numbers[n], steps[n-last] = true, true
			quarters[n>>30]++
			last = n
		}
		is(p, "different numbers", len(numbers), 1000)
		is(p, "different steps", len(steps), 1000)
		for _, n := range quarters {
			if n < 180 || n > 320 {
				p.errorf("numbers by quarter %v", quarters)
			}
		}
	}},
	"MUST-9": {"with another secret the same ends have other numbers, and what one connection shows says nothing of the next", func(p *P) {
		gaps := map[wire.Seq]bool{}
		for secret := range byte(100) {
			a, b := p.isn(secret, 5000, 0), p.isn(secret, 5001, 0)
			gaps[b-a] = true
		}
		is(p, "gaps between two ports, with 100 secrets", len(gaps), 100)
	}},
}
