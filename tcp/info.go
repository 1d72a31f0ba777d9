package tcp

import (
	"time"

	"simrun/clock"
)

// Info is what TCP_INFO says of a connection. RFC 9293 3.9.1.6 calls it STATUS
// and leaves open what it says; the names are those that systems use.
type Info struct {
	State                         State
	Timestamps, SACK, WindowScale bool  // what both ends agreed on
	SndShift, RcvShift            uint8 // the window scales

	RTO, SRTT, RTTVAR time.Duration // SRTT is 0 until a round trip was measured
	MSS               int           // octets of text in a full-sized segment to the peer
	Cwnd, Ssthresh    int           // octets

	Unacked, Sacked, Lost int // segments in flight, and of those
	Retransmits           int // how often the oldest was sent again
	Probes                int // keepalive or window probes that were not answered
	Backoff               int // how often the RTO was doubled

	NotSent, Unread int // octets that wait for the network, and for the user
	Timer           string
	TimerIn         time.Duration // until the next timer expires; Timer is "" if none runs
}

// Info looks at the connection.
func (c *Conn) Info(now clock.Time) Info {
	srtt, _ := c.rtt.SRTT()
	i := Info{
		State: c.state, Timestamps: c.opt.timestamps, SACK: c.opt.sack, WindowScale: c.opt.scale,
		SndShift: c.opt.sndShift, RcvShift: c.opt.rcvShift,
		RTO: c.rto(), SRTT: srtt, RTTVAR: c.rtt.RTTVAR(), MSS: c.snd.mss,
		Cwnd: c.cc.cwnd, Ssthresh: c.cc.ssthresh,
		Unacked: c.snd.flight.len(), Backoff: c.rtt.Backoffs(),
		Probes:  int(max(c.alive.probes, c.snd.probes)),
		NotSent: c.snd.unsent(), Unread: c.Unread(),
	}
	for n := range c.snd.flight.len() {
		r := c.snd.flight.records.At(n)
		if r.sacked {
			i.Sacked++
		}
		if r.lost {
			i.Lost++
		}
	}
	if i.Unacked > 0 {
		i.Retransmits = int(c.snd.flight.front().tries)
	}
	if t, at, ok := c.timers.Next(); ok {
		i.Timer, i.TimerIn = Timer(t).String(), at.Sub(now)
	}
	return i
}
