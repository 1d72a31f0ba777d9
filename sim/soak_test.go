package sim_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"simrun/clock"
	"simrun/sim"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/wire"
	"simrun/wire/codec"
)

// The soak is bulk transfers over bad links: make soak runs a thousand seeds
// for each rate of loss with ten megabytes each, go test a few small ones.
var (
	soakRuns = flag.Int("soak", 6, "TestSoak: how many seeds for each rate of loss")
	soakSize = flag.Int("soaksize", 200_000, "TestSoak: octets of one transfer")
	soakSeed = flag.Uint64("soakseed", 1, "TestSoak: the first seed")
	soakLoss = flag.Int("soakloss", -1, "TestSoak: this rate of loss alone, in percent")
)

// swarm is the settings of a host that a seed chooses from.
var swarm = []struct {
	key    string
	values []string
}{
	{"ack", []string{"immediate", "delayed"}},
	{"ack_delay", []string{"40ms", "200ms", "500ms"}},
	{"cc", []string{"reno", "cubic"}},
	{"cork", []string{"off", "off", "on"}},
	{"cwv", []string{"off", "on"}},
	{"ecn", []string{"off", "on", "accept"}},
	{"eifel", []string{"off", "on"}},
	{"finack", []string{"immediate", "delayed", "open"}},
	{"frto", []string{"off", "on"}},
	{"hystart", []string{"off", "on"}},
	{"iw", []string{"1", "4", "10"}},
	{"mss", []string{"1440", "1000", "536"}},
	{"nodelay", []string{"off", "on"}},
	{"plpmtud", []string{"off", "on"}},
	{"prr", []string{"off", "on"}},
	{"quickacks", []string{"0", "16"}},
	{"rack", []string{"off", "on"}},
	{"rcvbuf", []string{"65535", "8000", "200000"}},
	{"renege", []string{"off", "off", "off", "on"}},
	{"rescue", []string{"off", "on"}},
	{"resend_synack", []string{"off", "on"}},
	{"rto_doublings", []string{"0", "0", "4"}},
	{"rto_restart", []string{"off", "on"}},
	{"rto_slop", []string{"0s", "0s", "200ms"}},
	{"sack", []string{"on", "off"}},
	{"sndbuf", []string{"65535", "8000", "200000"}},
	{"sws_override", []string{"500ms", "100ms"}},
	{"syn_linear", []string{"0", "4"}},
	{"timestamps", []string{"off", "on"}},
	{"tlp", []string{"off", "on"}},
	{"undo", []string{"off", "on"}},
	{"uto", []string{"0s", "0s", "150s", "200s"}},
	{"wscale", []string{"off", "on"}},
}

// troubles is what a link may do beside losing packets at random.
var troubles = []string{"dup 1% 3ms", "delay 3% 25ms", "corrupt 0.5%", "rate=10Mbit/s queue=15 mark=8", "jitter=4ms", "mark 1%"}

// soak is one transfer and what came of it.
type soak struct {
	seed   uint64
	loss   int
	net    string // the net section
	pure   bool   // the link does nothing to packets
	lifted bool   // R2 is out of reach
	uto    [2]time.Duration
	size   int

	problems []string
	tally
}

// tally is what is counted of transfers.
type tally struct {
	runs, segments, timedOut    int
	lost, queue, corrupt, again int
	spurious                    [len(causes)]int
}

// causes is why octets are sent again that no loss explains.
var causes = [...]string{"RTO", "fast retransmit", "loss probe", "path MTU"}

func (a *tally) add(b *tally) {
	a.runs++
	a.segments += b.segments
	a.timedOut += b.timedOut
	a.lost += b.lost
	a.queue += b.queue
	a.corrupt += b.corrupt
	a.again += b.again
	for i := range a.spurious {
		a.spurious[i] += b.spurious[i]
	}
}

func (a *tally) String() string {
	text := fmt.Sprintf("%d runs, %d segments, lost %d on the link, %d at the queue, %d corrupt; %d retransmitted",
		a.runs, a.segments, a.lost, a.queue, a.corrupt, a.again)
	for i, n := range a.spurious {
		text += fmt.Sprintf(", %d spurious by %s", n, causes[i])
	}
	return text + fmt.Sprintf("; %d ETIMEDOUT", a.timedOut)
}

// newSoak chooses the settings and the troubles of a seed.
func newSoak(seed uint64, loss, size int) *soak {
	s := &soak{seed: seed, loss: loss, size: size}
	r := rand.New(rand.NewPCG(seed, uint64(loss)))
	addrs := [][2]string{{"10.0.0.1", "10.0.0.2"}, {"2001:db8::1", "2001:db8::2"}}[r.IntN(2)]
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d\n", seed)
	s.lifted = seed%2 == 1
	for i, host := range []string{"A", "B"} {
		fmt.Fprintf(&b, "host %s %s", host, addrs[i])
		for _, knob := range swarm {
			v := knob.values[r.IntN(len(knob.values))]
			fmt.Fprintf(&b, " %s=%s", knob.key, v)
			if knob.key == "uto" {
				s.uto[i], _ = time.ParseDuration(v)
			}
		}
		if s.lifted {
			b.WriteString(" r2=100000h r2_syn=100000h")
		}
		b.WriteByte('\n')
	}
	link, faults := fmt.Sprintf("link A B delay=%dms", 1+r.IntN(50)), ""
	s.pure = true
	for _, trouble := range troubles {
		switch hit := r.IntN(2) == 0 && seed%4 > 1; {
		case !hit:
			continue
		case strings.Contains(trouble, "="):
			link += " " + trouble
		default:
			faults += trouble + "\n"
		}
		s.pure = false
	}
	if loss > 0 {
		faults += fmt.Sprintf("loss %d%%\n", loss)
		s.pure = false
	}
	b.WriteString(link + "\n" + faults)
	s.net = b.String()
	return s
}

func (s *soak) problem(format string, args ...any) {
	s.problems = append(s.problems, fmt.Sprintf(format, args...))
}

// run makes the transfer and judges it.
func (s *soak) run(t testing.TB) {
	w := world(t, "# soak: a test\n-- net --\n"+s.net)
	defer w.Stop()
	log := w.Record()
	data := make([]byte, s.size)
	r := rand.New(rand.NewPCG(s.seed, 1))
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	var sender soakSender
	var receiver soakReceiver
	if err := errors.Join(w.Run("B", "", receiver.run), w.Run("A", "", func(p *sim.Proc) { sender.run(p, data) })); err != nil {
		t.Fatal(err)
	}
	err := w.RunUntil(clock.Never)
	w.CheckEnd()
	w.Finish()
	for _, v := range w.Violations() {
		s.problem("%v", &v)
	}
	s.count(log)
	s.judge(log, err, &sender, &receiver)
}

// soakSender is the program that sends everything.
type soakSender struct {
	err error
	at  clock.Time // when it learnt of that
}

func (a *soakSender) run(p *sim.Proc, data []byte) {
	defer func() { a.at = p.Now() }()
	c, err := p.Connect("B", 7)
	for err == nil && len(data) > 0 {
		n := min(len(data), 65536)
		_, err = c.Send(data[:n])
		data = data[n:]
	}
	if err == nil {
		err = c.Shutdown(socket.SHUT_WR)
	}
	if err == nil {
		_, err = c.Recv(0)
	}
	a.err = err
	if c != nil {
		c.Close()
	}
}

// soakReceiver is the program that reads until end of file. The watch compares
// every octet with what was sent.
type soakReceiver struct {
	n   int
	eof bool
}

func (b *soakReceiver) run(p *sim.Proc) {
	l, err := p.Listen(7, 5)
	if err != nil {
		return
	}
	c, err := l.Accept()
	l.Close()
	for err == nil {
		var text []byte
		if text, err = c.Recv(0); err == nil && len(text) == 0 {
			b.eof = true
			break
		}
		b.n += len(text)
	}
	if c != nil {
		c.Close()
	}
}

// count takes the numbers of a run from its trace. Where nothing is lost only a
// loss probe sends again, when the peer's ACK takes its time.
func (s *soak) count(log *trace.Log) {
	s.segments += len(log.Packets)
	for i := range log.Packets {
		for _, c := range log.Packets[i].Copies {
			switch c.Fate {
			case trace.LostAtQueue:
				s.queue++
			case trace.LostAtReceiver:
				s.corrupt++
			case trace.LostOnLink:
				s.lost++
			}
		}
	}
	for _, r := range trace.Retransmissions(log) {
		s.again++
		cause := slices.Index(causes[:], r.Reason)
		switch {
		case cause < 0:
			s.problem("packet %d is sent again for %q", r.Packet, r.Reason)
		case r.Spurious:
			s.spurious[cause]++
		}
		if s.pure && r.Reason != "loss probe" {
			s.problem("packet %d is sent again over a link without loss", r.Packet)
		}
	}
}

// judge says whether a run came to the right end: all was delivered once and
// in order, or the sender gave up when it had to.
func (s *soak) judge(log *trace.Log, err error, a *soakSender, b *soakReceiver) {
	whole := b.n == s.size && b.eof
	switch {
	case err != nil:
	case a.err == nil && !whole:
		s.problem("the sender is content, %d of %d octets were delivered (end of file: %v)", b.n, s.size, b.eof)
	case a.err == nil:
	case !errors.Is(a.err, socket.ETIMEDOUT):
		if !whole {
			s.problem("%v after %d octets of %d", a.err, b.n, s.size)
		}
	case s.lifted:
		s.problem("ETIMEDOUT, though R2 is out of reach, after %d octets", b.n)
	default:
		s.timedOut++
		if wrong := s.wrongTimeout(log, a.at); wrong != "" {
			s.problem("ETIMEDOUT at %v: %s", a.at, wrong)
		}
	}
}

// wrongTimeout recomputes from the trace when the sender, host 0, had to give
// up: at the first expiry of its timer that finds R2 over since what is in
// front began to wait; or, once it is open, by the user timeout that it has
// and its peer asked for (RFC 5482 3.1).
func (s *soak) wrongTimeout(log *trace.Log, at clock.Time) string {
	var una uint32
	since, r2 := clock.Time(0), 180*time.Second
	for i := range log.Packets {
		for _, c := range log.Packets[i].Copies {
			p := &log.Packets[i].Pkt.TCP
			if ack := uint32(p.Ack - log.Packets[i].AckBase); c.To == 0 && c.Fate == trace.Arrived && p.Flags.Has(wire.ACK) && c.At <= at && ack > una {
				una, since, r2 = ack, c.At, 100*time.Second
			}
		}
	}
	var first clock.Time = -1 // when the octet in front was sent first
	for i := range log.Packets {
		p := &log.Packets[i]
		if lo := uint32(p.Pkt.TCP.Seq - p.SeqBase); p.From == 0 && p.Pkt.TCP.Len() > 0 && lo <= una && una < lo+uint32(p.Pkt.TCP.Len()) {
			first = log.Event(p.Sent).At
			break
		}
	}
	since = max(since, first)
	stalled := at.Sub(since)
	if s.uto[0] > 0 && una > 0 {
		if limit := max(r2, s.uto[0], s.uto[1]); stalled != limit {
			return fmt.Sprintf("number %d waited for %v, not %v", una, stalled, limit)
		}
		return ""
	}
	if stalled < r2 {
		return fmt.Sprintf("number %d waited for %v alone", una, stalled)
	}
	for i := range log.Events {
		e := &log.Events[i]
		if e.Kind == trace.Timer && e.Host == 0 && strings.HasPrefix(e.Text, "RTO") && since < e.At && e.At < at && e.At.Sub(since) >= r2 {
			return fmt.Sprintf("an expiry at %v had to end it", e.At)
		}
	}
	return ""
}

// TestSoak sends data through links that lose, duplicate, reorder and corrupt
// packets. Several worlds run at once, each on its own.
func TestSoak(t *testing.T) {
	runs, size := *soakRuns, *soakSize
	if testing.Short() {
		runs, size = min(runs, 2), min(size, 50_000)
	}
	for _, loss := range []int{0, 1, 5, 20} {
		if *soakLoss >= 0 && loss != *soakLoss {
			continue
		}
		t.Run(fmt.Sprintf("loss=%d%%", loss), func(t *testing.T) {
			start := time.Now()
			total := soakAll(t, runs, loss, size)
			t.Logf("%v (%v)", total, time.Since(start).Round(time.Millisecond))
		})
	}
}

// soakAll runs the seeds of one rate of loss, as many at once as there are
// processors.
func soakAll(t *testing.T, runs, loss, size int) *tally {
	var total tally
	var mu sync.Mutex
	var group sync.WaitGroup
	seeds := make(chan uint64)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for seed := range seeds {
				s := newSoak(seed, loss, size)
				s.run(t)
				mu.Lock()
				total.add(&s.tally)
				if len(s.problems) > 0 {
					t.Errorf("seed %d: %s\n%s\ngo test ./sim -run '^TestSoak$' -soak 1 -soakseed %d -soakloss %d -soaksize %d",
						seed, strings.Join(s.problems, "\n"), s.net, seed, loss, size)
				}
				mu.Unlock()
			}
		})
	}
	for i := range uint64(runs) {
		seeds <- *soakSeed + i
	}
	close(seeds)
	group.Wait()
	return &total
}

// TestFlippedBits: one flipped bit is always caught by the checksum; of two,
// some pairs are not, for it is a sum.
func TestFlippedBits(t *testing.T) {
	c := codec.New()
	p := wire.Packet{Proto: wire.ProtoTCP, TCP: wire.TCP{
		Net:     wire.Net{Src: wire.MustParseAddr("10.0.0.1"), Dst: wire.MustParseAddr("10.0.0.2"), TTL: 64},
		SrcPort: 5, DstPort: 7, Seq: 500, Ack: 900, Flags: wire.ACK | wire.PSH, Window: 1000, Payload: []byte("what the checksum guards"),
	}}
	b, err := c.Append(nil, &p)
	if err != nil {
		t.Fatal(err)
	}
	skip := wire.IPHeaderLen(p.TCP.Dst)
	bits := (len(b) - skip) * 8
	passes := func(flips ...int) bool {
		damaged := slices.Clone(b)
		for _, bit := range flips {
			damaged[skip+bit/8] ^= 0x80 >> (bit % 8)
		}
		var got wire.Packet
		return c.Decode(damaged, &got) == nil
	}
	pairs, slipped := 0, 0
	for i := range bits {
		if passes(i) {
			t.Errorf("bit %d flips unnoticed", i)
		}
		for j := range i {
			pairs++
			if passes(i, j) {
				slipped++
				if i%16 != j%16 {
					t.Errorf("bits %d and %d of other weight flip unnoticed", i, j)
				}
			}
		}
	}
	t.Logf("of %d pairs of flipped bits %d pass", pairs, slipped)
	if slipped == 0 || slipped*16 > pairs {
		t.Errorf("of %d pairs of flipped bits %d pass, want about one in 32", pairs, slipped)
	}
}
