package socket

import (
	"bytes"
	"testing"
	"time"

	"simrun/wire"
)

// challenged is how many of n resets in a window, in the name of a host's
// peer, its connection answers.
func (n *lan) challenged(s *station, fd, resets int) int {
	local, remote, _ := s.Names(s.p, fd)
	id := s.ConnOf(s.p, fd)
	before := len(n.sent)
	for range resets {
		p := wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
			Net: wire.Net{Src: remote.Addr, Dst: local.Addr}, SrcPort: remote.Port, DstPort: local.Port,
			Seq: s.conns[id].tcp.Vars().RcvNxt.Add(100), Flags: wire.RST,
		}}
		s.Arrive(n.now, &p)
	}
	return len(n.sent) - before
}

// TestChallengeLimit: a limit for each connection, or one for the host, which
// a clone has counted as far.
func TestChallengeLimit(t *testing.T) {
	for _, c := range []struct {
		shared bool
		second int
	}{{false, 8}, {true, 2}} {
		n := newLAN(t, func(cfg *Config) { cfg.TCP.SharedChallenges = c.shared })
		_, b, l := n.pair()
		_, b2 := n.join(l)
		if got := n.challenged(n.b, b, 8); got != 8 {
			t.Errorf("shared %v: %d of 8 answered", c.shared, got)
		}
		state := n.b.AppendState(nil, n.now)
		copied := n.b.Clone(n.b)
		if !bytes.Equal(copied.AppendState(nil, n.now), state) {
			t.Errorf("shared %v: the clone has another state", c.shared)
		}
		if got := n.challenged(n.b, b2, 8); got != c.second {
			t.Errorf("shared %v: %d of 8 answered on another connection, want %d", c.shared, got, c.second)
		}
		if bytes.Equal(n.b.AppendState(nil, n.now), state) {
			t.Errorf("shared %v: answers have changed no state", c.shared)
		}
		n.pass(5 * time.Second)
		if got := n.challenged(n.b, b2, 8); got != 8 {
			t.Errorf("shared %v: %d of 8 answered in the next interval", c.shared, got)
		}
	}
}
