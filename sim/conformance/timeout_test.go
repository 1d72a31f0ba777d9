package conformance

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"simrun/tcp"
)

// windows is the congestion windows that the user was told of.
func (e *end) windows() (all []int) {
	for _, s := range e.signals {
		if s.Kind == tcp.CongestionWindow {
			all = append(all, s.N)
		}
	}
	return all
}

// giveUp lets the timers expire until the connection is closed, and returns
// how many expiries came before the warning, and when it ended.
func (e *end) giveUp() (warnedAfter int, at time.Duration) {
	for n := 1; e.c.State() != tcp.Closed; n++ {
		if at = e.expire(); warnedAfter == 0 && e.told(tcp.Warning) {
			warnedAfter = n
		}
		if n > 100 {
			e.p.fatalf("it never gives up")
		}
	}
	return warnedAfter, at
}

// threshold is ssthresh after one loss among many segments.
func (p *P) threshold(setting string) (n int) {
	r := p.sim(hosts("iw=20 sack=on wscale=on"+setting, "ack=immediate sack=on wscale=on") + `drop a.data[20]
-- app A --
connect B:1
send 60000
-- app B --
listen :1
accept
until EOF { recv timeout=1s }
`)
	for i := range r.Log.Events {
		if digits, ok := strings.CutPrefix(r.Log.Events[i].Text, "ssthresh "); ok && n == 0 {
			n, _ = strconv.Atoi(digits)
		}
	}
	return n
}

var timeoutProofs = proofs{
	"MUST-18": {"a round trip of 100 ms gives an RTO of 300 ms; it doubles, and an ACK of what was sent twice is no sample; the next gives 250 ms", func(p *P) {
		e := p.synSent(nodelay, func(c *tcp.Config) { c.RTO.Min = time.Millisecond })
		e.pass(100 * time.Millisecond)
		e.feed("S. 0 ack 1 <mss 100>") // SRTT 100, RTTVAR 50 ms
		e.send(10)
		e.instants(400 * time.Millisecond)
		e.want("P. 1:11(10) ack 1")
		e.pass(10 * time.Millisecond)
		e.feed(". 1 ack 11")
		e.send(10)
		at, _ := e.c.NextTimeout()
		is(p, "the RTO after Karn's rule", at.Sub(e.now), 600*time.Millisecond)
		e.pass(100 * time.Millisecond)
		e.feed(". 1 ack 21") // RTTVAR 37.5 ms
		e.send(10)
		at, _ = e.c.NextTimeout()
		is(p, "the RTO after a sample", at.Sub(e.now), 250*time.Millisecond)
	}},
	"SHLD-8": {"a packet marked CE is answered by ECE until CWR comes, and the window is halved without a loss", func(p *P) {
		p.sim(hosts("ecn=on", "ecn=on") + `mark a.P
-- app A --
connect B:1
send 3000
-- app B --
listen :1
accept
recv 3000
-- check --
lost = 0; retransmitted a = 0
a.S.flags = SEW; b.S..flags = S.E
`)
	}},
	"MUST-19": {"the RTO doubles; from one segment the window grows by one for each ACK up to the threshold, then by one for each window", func(p *P) {
		e := p.open(func(c *tcp.Config) { c.InitialWindow = 8 })
		e.feed(". 1 ack 1 win 60000")
		e.send(50000)
		is(p, "octets in flight", e.octets(), 800)
		e.instants(time.Second, 3*time.Second, 7*time.Second, 15*time.Second)
		e.want(". 1:101(100) ack 1")
		is(p, "windows after the loss of 800", len(e.windows()), 1)
		want, cwnd := []int{100}, 100
		for ack := 101; ack < 3000; ack += 100 {
			if cwnd < 400 {
				cwnd += 100
			} else {
				cwnd += 100 * 100 / cwnd
			}
			want = append(want, cwnd)
			e.feed(". 1 ack " + number(irs.Add(ack)-irs) + " win 60000")
		}
		if got := e.windows(); !slices.Equal(got, want) {
			p.errorf("windows %d, want %d", got, want)
		}
	}},
	"MAY-18": {"where Reno halves the window for a loss, cc=cubic leaves 7/10 of it (RFC 9438 4.6)", func(p *P) {
		reno, cubic := p.threshold(""), p.threshold(" cc=cubic")
		if want := reno * 7 / 5; reno == 0 || cubic < want-1460 || cubic > want+1460 {
			p.errorf("ssthresh %d, want 7/5 of Reno's %d", cubic, reno)
		}
	}},
	"MUST-20": {"the user is warned at the third retransmission, and the connection is closed at the first expiry after 100 s", func(p *P) {
		e := p.open()
		e.send(10)
		warned, at := e.giveUp()
		is(p, "the warning, by retransmissions", warned, 3)
		is(p, "the end", at, 123*time.Second)
		e.wantTold(tcp.TimedOut, true)
		e.state(tcp.Closed)
	}},
	"MUST-21": {"TCP_USER_TIMEOUT of 8 s on one connection closes it after 8 s, r2=10s another at the first expiry after 10 s", func(p *P) {
		p.book("tcp/user-timeout")
		p.sim(hosts("r2=10s", "") + `cut 1s..
-- app A --
connect B:1
at 1s
send 1
recv = ETIMEDOUT at 16s
-- app B --
listen :1
accept
recv = BLOCKED
`)
	}},
	"SHLD-9": {"the warning comes while the connection still is open, and the end comes later", func(p *P) {
		e := p.open()
		e.send(10)
		for !e.told(tcp.Warning) {
			e.expire()
		}
		e.state(tcp.Established)
		e.wantTold(tcp.TimedOut, false)
		e.giveUp()
		e.wantTold(tcp.TimedOut, true)
	}},
	"SHLD-10": {"two retransmissions bring no warning, the third does", func(p *P) {
		e := p.open()
		e.send(10)
		e.expire()
		e.expire()
		e.wantTold(tcp.Warning, false)
		e.expire()
		e.wantTold(tcp.Warning, true)
	}},
	"SHLD-11": {"99 s after data was sent into silence the connection lives", func(p *P) {
		e := p.open()
		e.send(10)
		e.pass(99 * time.Second)
		e.state(tcp.Established)
		e.pass(100 * time.Second)
		e.state(tcp.Closed)
	}},
	"MUST-22": {"a SYN into silence is sent again after 1, 3, 7 s and so on, warned of and given up like data", func(p *P) {
		e := p.synSent()
		e.instants(time.Second, 3*time.Second, 7*time.Second)
		e.want("S 0:0(0)")
		e.wantTold(tcp.Warning, true)
		e.giveUp()
		e.wantTold(tcp.TimedOut, true)
	}},
	"MUST-23": {"a SYN is sent again 123 s after the first, and connect fails at 183 s; a SYN,ACK lasts as long", func(p *P) {
		r := p.book("tcp/connect-blackhole")
		last := r.Log.Packets[len(r.Log.Packets)-1]
		is(p, "the last SYN", r.Log.Event(last.Sent).At.Since(), 123*time.Second)
		e := p.listening()
		e.feed("S 0")
		for at := time.Duration(0); e.c.State() == tcp.SynReceived; {
			if at = e.expire(); at < 180*time.Second {
				e.state(tcp.SynReceived)
			}
		}
	}},
}
