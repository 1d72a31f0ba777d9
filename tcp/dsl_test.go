package tcp

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/notation"
)

// The numbers of every rig lie so that our stream passes 2^32 and the peer's
// passes 2^31 within a few octets: a comparison that does not wrap shows.
const (
	testISS = wire.Seq(1<<32 - 3)
	testIRS = wire.Seq(1<<31 - 3)
)

var (
	testLocal  = wire.Endpoint{Addr: wire.AddrFrom4([4]byte{10, 0, 0, 1}), Port: 49152}
	testRemote = wire.Endpoint{Addr: wire.AddrFrom4([4]byte{10, 0, 0, 2}), Port: 80}
)

// rig is one connection, the test playing its user and its peer. Numbers are
// relative: ours to our ISS, the peer's to its own.
//
// Each rig has a shadow: the same connection with other initial numbers, born
// an hour later, that gets the same inputs. Its state must be the same octets
// and its segments the same text after every step.
type rig struct {
	t      testing.TB
	cfg    *Config
	c      *Conn
	iss    wire.Seq
	irs    wire.Seq // the peer's ISS
	shift  time.Duration
	now    clock.Time
	out    Out
	start  State // before the step
	err    error
	got    string // what the last RECEIVE delivered
	shadow *rig
}

// small is a configuration with windows that tests can write down: the
// receive window is 1000 octets, ACKs are immediate.
func small() Config {
	cfg := Defaults()
	cfg.MSS = 100
	cfg.ReceiveBuffer = 1000
	cfg.SendBuffer = 10000
	cfg.ACK = Immediate
	return cfg
}

// option changes a configuration.
type option = func(*Config)

func classic(c *Config)    { c.ChallengeACK = false }
func literalSEQ(c *Config) { c.LiteralSEQ = true }
func delayed(c *Config)    { c.ACK = Delayed }

func newRig(t testing.TB, options ...option) *rig {
	t.Helper()
	cfg := small()
	for _, o := range options {
		o(&cfg)
	}
	r := bareRig(t, &cfg, testISS, testIRS, 0)
	r.shadow = bareRig(t, &cfg, 77777, 1<<32-50, time.Hour)
	return r
}

func bareRig(t testing.TB, cfg *Config, iss, irs wire.Seq, shift time.Duration) *rig {
	r := &rig{t: t, cfg: cfg, c: new(Conn), iss: iss, irs: irs, shift: shift}
	r.c.Init(cfg, testLocal, testRemote, iss, -uint32(shift/tsTick)) // timestamps count from the same instant
	return r
}

// step makes one step, on the shadow too, and checks what holds for any step.
func (r *rig) step(do func(r *rig)) {
	r.t.Helper()
	before := r.c.Vars()
	r.start = before.State
	r.out.Reset()
	do(r)
	after := r.c.Vars()
	for _, v := range append(r.out.Violations, Check(r.cfg, &before, &after, &r.out)...) {
		r.t.Errorf("after %v: %v", r.rowIDs(), v)
	}
	if r.cfg.Table == RFC {
		coverage.Add(r.out.Rows)
	}
	state := r.state()
	if clone := r.c.Clone().AppendState(nil, r.clock()); !bytes.Equal(clone, state) {
		r.t.Errorf("the clone's state is\n%x, want\n%x", clone, state)
	}
	if r.shadow == nil {
		return
	}
	r.shadow.now = r.now
	r.shadow.step(do)
	if other := r.shadow.state(); !bytes.Equal(other, state) {
		r.t.Fatalf("after %v: with other initial numbers the state is\n%+v, want\n%+v", r.rowIDs(), r.shadow.c, r.c)
	}
	if a, b := r.sent(), r.shadow.sent(); a != b {
		r.t.Errorf("with other initial numbers it sent %q, want %q", b, a)
	}
}

// clock is the instant on the connection's own clock.
func (r *rig) clock() clock.Time { return r.now.Add(r.shift) }

func (r *rig) state() []byte { return r.c.AppendState(nil, r.clock()) }

// feed lets a segment arrive, as notation writes it. Without "win" the window
// is 2000. N, E, U and X stand for RCV.NXT, the window's right edge, SND.UNA
// and SND.NXT, as in "R N+1".
func (r *rig) feed(text string) {
	r.t.Helper()
	text = r.resolve(text)
	r.step(func(r *rig) {
		seg := r.parse(text)
		keep := bytes.Clone(seg.Payload)
		r.c.Arrive(r.clock(), &seg, &r.out)
		if !bytes.Equal(keep, seg.Payload) {
			r.t.Errorf("%s: the connection wrote into the segment's text", text)
		}
		for i := range seg.Payload {
			seg.Payload[i] = 0xEE // the packet is used again
		}
	})
}

func (r *rig) parse(text string) wire.TCP {
	seg, err := notation.ParseTCP(text, notation.Base{Seq: r.irs, Ack: r.iss})
	if err != nil {
		r.t.Fatalf("%q: %v", text, err)
	}
	if !seg.HasWindow {
		seg.TCP.Window = 2000
	}
	if !seg.TCP.Flags.Has(wire.ACK) {
		seg.TCP.Ack = 0
	}
	seg.TCP.Src, seg.TCP.SrcPort = testRemote.Addr, testRemote.Port
	seg.TCP.Dst, seg.TCP.DstPort = testLocal.Addr, testLocal.Port
	return seg.TCP
}

var symbol = regexp.MustCompile(`\b([NEUX])([+-]\d+)?\b`)

// resolve puts numbers for N, E, U and X.
func (r *rig) resolve(text string) string {
	flags, rest, _ := strings.Cut(text, " ")
	return flags + " " + symbol.ReplaceAllStringFunc(rest, func(s string) string {
		n, _ := strconv.Atoi(s[1:])
		base := map[byte]wire.Seq{
			'N': r.c.rcv.nxt - r.irs, 'E': r.c.rcv.edge - r.irs,
			'U': r.c.snd.una - r.iss, 'X': r.c.snd.nxt - r.iss,
		}[s[0]]
		return strconv.FormatUint(uint64(base.Add(n)), 10)
	})
}

func (r *rig) open()   { r.t.Helper(); r.step(func(r *rig) { r.err = r.c.Open(r.clock(), &r.out) }) }
func (r *rig) listen() { r.t.Helper(); r.step(func(r *rig) { r.err = r.c.Listen(r.clock(), &r.out) }) }
func (r *rig) close()  { r.t.Helper(); r.step(func(r *rig) { r.err = r.c.Close(r.clock(), &r.out) }) }
func (r *rig) abort()  { r.t.Helper(); r.step(func(r *rig) { r.err = r.c.Abort(r.clock(), &r.out) }) }
func (r *rig) abandon() {
	r.t.Helper()
	r.step(func(r *rig) { r.c.Abandon(r.clock(), &r.out) })
}

// send gives n octets to SEND and returns how many it took.
func (r *rig) send(n int) (took int) { r.t.Helper(); return r.sendWith(0, n) }

func (r *rig) sendWith(flags SendFlags, n int) (took int) {
	r.t.Helper()
	r.step(func(r *rig) {
		data := bytes.Repeat([]byte{'x'}, n)
		took, r.err = r.c.SendWith(r.clock(), data, flags, &r.out)
		for i := range data {
			data[i] = 0xEE // the user uses its buffer again
		}
	})
	return took
}

func (r *rig) receive(n int) string {
	r.t.Helper()
	r.step(func(r *rig) {
		p := make([]byte, n)
		n, err := r.c.Receive(r.clock(), p, &r.out)
		r.got, r.err = string(p[:n]), err
	})
	return r.got
}

func (r *rig) icmp(kind wire.ICMPKind, seq wire.Seq, mtu uint32) {
	r.t.Helper()
	r.step(func(r *rig) {
		r.c.Unreachable(r.clock(), &wire.ICMP{Kind: kind, MTU: mtu, Quote: wire.Quote{Seq: r.iss + seq}}, &r.out)
	})
}

// sleep lets time pass up to just before the next timer.
func (r *rig) sleep(d time.Duration) {
	r.t.Helper()
	to := r.now.Add(d)
	if at, ok := r.c.NextTimeout(); ok && at < to {
		r.t.Errorf("a timer is due at %v, want none before %v", at, to)
	}
	r.now = to
	state := r.state()
	r.step(func(r *rig) { r.c.Expire(r.clock(), &r.out) })
	if at, ok := r.c.NextTimeout(); ok && at > to && !bytes.Equal(state, r.state()) {
		r.t.Error("Expire did something before its time")
	}
}

// expire lets time pass until the next timer expires, and returns the instant.
func (r *rig) expire() time.Duration {
	r.t.Helper()
	at, ok := r.c.NextTimeout()
	if !ok {
		r.t.Fatalf("in %v: no timer runs", r.c.State())
	}
	r.now = at
	r.step(func(r *rig) { r.c.Expire(r.clock(), &r.out) })
	return at.Since()
}

// segText is a segment as text, without its window: "P. 1:8(7) ack 1".
func segText(seg *wire.TCP, base notation.Base) string {
	text := notation.TCP(seg, base)
	head, tail, _ := strings.Cut(text, " win ")
	if seg.Flags.Has(wire.RST|wire.ACK) && seg.Seq == 0 {
		head = "R. !0:0(0) " + notation.Ack(seg, base)
	}
	if _, rest, ok := strings.Cut(tail, " "); ok { // urg and options
		head += " " + rest
	}
	return head
}

// sent is what the last step sent, "; " between segments.
func (r *rig) sent() string {
	var all []string
	for i := range r.out.Segments {
		all = append(all, segText(&r.out.Segments[i].TCP, notation.Base{Seq: r.iss, Ack: r.irs}))
	}
	return strings.Join(all, "; ")
}

// want asserts the state and what the last step sent.
func (r *rig) want(state State, segments string) {
	r.t.Helper()
	if r.c.State() != state {
		r.t.Errorf("state %v, want %v", r.c.State(), state)
	}
	if got := r.sent(); got != segments {
		r.t.Errorf("sent %q, want %q", got, segments)
	}
}

// wantErr asserts how the last call was answered.
func (r *rig) wantErr(want error) {
	r.t.Helper()
	if !errors.Is(r.err, want) || want == nil && r.err != nil {
		r.t.Errorf("error %v, want %v", r.err, want)
	}
}

func (r *rig) rowIDs() (ids []string) {
	for _, i := range r.out.Rows {
		ids = append(ids, r.cfg.Table.Row(i).ID)
	}
	return ids
}

// wantRows asserts the rows that the last step fired.
func (r *rig) wantRows(ids ...string) {
	r.t.Helper()
	if got := r.rowIDs(); !slices.Equal(got, ids) {
		r.t.Errorf("rows %q, want %q", got, ids)
	}
}

var signalNames = [...]string{
	Opened: "Opened", Readable: "Readable", Writable: "Writable", PeerClosed: "PeerClosed",
	Refused: "Refused", Reset: "Reset", ResetClosing: "ResetClosing", TimedOut: "TimedOut",
	SoftError: "SoftError", Unreachable: "Unreachable", Warning: "Warning", Deleted: "Deleted",
	TimerExpired: "TimerExpired", TimeWaitRestarted: "TimeWaitRestarted", Crowded: "Crowded", FastOpened: "FastOpened",
	FastCookie: "FastCookie", FastRefused: "FastRefused", UrgentData: "UrgentData", UrgentEnd: "UrgentEnd",
}

func (r *rig) signals() string {
	var names []string
	for _, s := range r.out.Signals {
		names = append(names, signalNames[s.Kind])
	}
	return strings.Join(names, " ")
}

// wantSignals asserts what the last step told the user.
func (r *rig) wantSignals(want string) {
	r.t.Helper()
	if got := r.signals(); got != want {
		r.t.Errorf("signals %q, want %q", got, want)
	}
}

// wantDrops asserts the rows that dropped the segment of the last step;
// "trimmed" is text outside the window.
func (r *rig) wantDrops(want ...string) {
	r.t.Helper()
	var got []string
	for _, d := range r.out.Drops {
		if d.Reason == DropTrimmed {
			got = append(got, "trimmed")
		} else {
			got = append(got, r.cfg.Table.Row(d.Row).ID)
		}
	}
	if !slices.Equal(got, want) {
		r.t.Errorf("drops %q, want %q", got, want)
	}
}

// outcome is all that an arrival brought about, in few words: the state if it
// changed, "ack" for a bare <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, other
// segments in full, the signals; "-" for nothing.
func (r *rig) outcome() string {
	var words []string
	if r.c.State() != r.start {
		words = append(words, r.c.State().String())
	}
	ack := fmt.Sprintf(". %d:%[1]d(0) ack %d", r.c.snd.nxt-r.iss, r.c.rcv.nxt-r.irs)
	for i := range r.out.Segments {
		text := segText(&r.out.Segments[i].TCP, notation.Base{Seq: r.iss, Ack: r.irs})
		if text == ack {
			text = "ack"
		}
		words = append(words, text)
	}
	if s := r.signals(); s != "" {
		words = append(words, s)
	}
	if words == nil {
		return "-"
	}
	return strings.Join(words, " ")
}

// inState is a connection in a state, brought there by real steps. In the
// synchronized ones nothing was sent and taken but SYN and FIN, so the
// peer's window is 2000 and ours 1000 from number 1.
func inState(t testing.TB, state State, options ...option) *rig {
	t.Helper()
	r := newRig(t, options...)
	if state == Closed {
		return r
	}
	if state == Listen || state == SynReceived {
		r.listen()
		if state == SynReceived {
			r.feed("S 0 <mss 100>")
		}
	} else {
		r.open()
		if state != SynSent {
			r.feed("S. 0 ack 1 <mss 100>")
		}
	}
	switch state {
	case FinWait1, FinWait2, TimeWait, Closing:
		r.close()
	case CloseWait, LastAck:
		r.feed("F. 1 ack 1")
	}
	switch state {
	case FinWait2, TimeWait:
		r.feed(". 1 ack 2")
	case Closing:
		r.feed("F. 1 ack 1")
	case LastAck:
		r.close()
	}
	if state == TimeWait {
		r.feed("F. 1 ack 2")
	}
	if r.c.State() != state {
		t.Fatalf("came to %v, want %v", r.c.State(), state)
	}
	r.start = state
	r.out.Reset()
	return r
}

func established(t testing.TB, options ...option) *rig {
	t.Helper()
	return inState(t, Established, options...)
}

// crossed is SYN-RECEIVED by a simultaneous open.
func crossed(t testing.TB, options ...option) *rig {
	t.Helper()
	r := newRig(t, options...)
	r.open()
	r.feed("S 0 <mss 100>")
	return r
}
