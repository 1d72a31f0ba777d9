package sctp

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"simrun/clock"
	"simrun/wire"
)

var (
	testLocals = []wire.Addr{wire.MustParseAddr("10.0.1.1"), wire.MustParseAddr("10.0.2.1"), wire.MustParseAddr("10.0.3.1")}
	testPeers  = []wire.Addr{wire.MustParseAddr("10.0.1.2"), wire.MustParseAddr("10.0.2.2"), wire.MustParseAddr("10.0.3.2")}
)

// rig is one association, the test playing its user and its peer. TSNs are
// relative: the first of each end is 1.
//
// Each rig has a shadow: the same association with other tags and initial
// TSNs, born an hour later, that gets the same inputs. Its state must be the
// same octets and its packets the same text after every step.
type rig struct {
	t       testing.TB
	cfg     *Config
	a       *Assoc
	peerTag wire.Tag
	peerTSN wire.TSN // the peer's initial TSN
	shift   time.Duration
	now     clock.Time
	out     Out
	start   State // before the step
	fed     wire.SCTP
	itag    wire.Tag  // of the INIT that was fed last
	cookie  []byte    // the last State Cookie that we sent
	echoed  []byte    // the last one that we returned
	beats   [8][]byte // the last HEARTBEAT to each path
	err     error
	got     string // what the last RECEIVE delivered
	more    bool   // and whether the rest of the message is to come
	shadow  *rig
}

// small is a configuration that tests can reckon with: SACKs are immediate,
// heartbeats are off and nothing is drawn.
func small() Config {
	cfg := Defaults()
	cfg.SACK = Immediate
	cfg.HBInterval, cfg.HBJitter = 0, false
	cfg.NoDelay = true
	cfg.ReceiveBuffer = 10000
	cfg.Secret = [16]byte{1, 2, 3}
	return cfg
}

// option changes a configuration.
type option = func(*Config)

func delayed(c *Config) { c.SACK = Delayed }
func beating30(c *Config) {
	c.HBInterval = 30 * time.Second
}

// tiny makes a chunk of 100 octets of user data fill a packet: PMDCS is 116.
func tiny(c *Config) { c.MTU = 20 + 12 + 16 + 100 }

func newRig(t testing.TB, options ...option) *rig { return newRigOf(t, 1, true, options...) }

// newRigOf is a rig whose two ends have so many addresses.
func newRigOf(t testing.TB, addrs int, listens bool, options ...option) *rig {
	t.Helper()
	cfg := small()
	for _, o := range options {
		o(&cfg)
	}
	r := bareRig(t, &cfg, addrs, listens, 1, 1<<32-2, 0)
	r.shadow = bareRig(t, &cfg, addrs, listens, 99, 1<<31-3, time.Hour)
	return r
}

func bareRig(t testing.TB, cfg *Config, addrs int, listens bool, random uint64, tsn wire.TSN, shift time.Duration) *rig {
	r := &rig{t: t, cfg: cfg, a: new(Assoc), peerTag: wire.Tag(7000 + random), peerTSN: tsn, shift: shift}
	r.a.Init(cfg, testLocals[:addrs], 5000, listens, random)
	return r
}

// step makes one step, on the shadow too, and checks what holds for any step.
func (r *rig) step(do func(r *rig)) {
	r.t.Helper()
	before := r.a.Vars()
	r.start = before.State
	r.out.Reset()
	do(r)
	after := r.a.Vars()
	for _, v := range append(r.out.Violations, Check(r.cfg, &before, &after, &r.out)...) {
		r.t.Errorf("after %v: %v", r.rowIDs(), v)
	}
	coverage.Add(r.out.Rows)
	r.remember()
	state := r.state()
	if clone := r.a.Clone().AppendState(nil, r.clock()); !bytes.Equal(clone, state) {
		r.t.Errorf("the clone's state is\n%x, want\n%x", clone, state)
	}
	if r.shadow == nil {
		return
	}
	r.shadow.now = r.now
	r.shadow.step(do)
	if other := r.shadow.state(); !bytes.Equal(other, state) {
		r.t.Fatalf("after %v: with other initial numbers the state is\n%x\n%+v, want\n%x\n%+v", r.rowIDs(), other, r.shadow.a, state, r.a)
	}
	if a, b := r.sent(), r.shadow.sent(); a != b {
		r.t.Errorf("with other initial numbers it sent %q, want %q", b, a)
	}
}

// remember keeps what later packets have to return.
func (r *rig) remember() {
	for i := range r.out.Packets {
		p := &r.out.Packets[i]
		for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
			switch c.Type {
			case wire.ChunkInitAck:
				init, _ := c.Init()
				cookie, _ := init.Params.Find(wire.ParamStateCookie)
				r.cookie = bytes.Clone(cookie)
			case wire.ChunkCookieEcho:
				r.echoed = bytes.Clone(c.Value)
			case wire.ChunkHeartbeat:
				if to := r.a.pathTo(p.Dst); to != noPath {
					r.beats[to] = bytes.Clone(c.Value)
				}
			}
		}
	}
}

// clock is the instant on the association's own clock.
func (r *rig) clock() clock.Time { return r.now.Add(r.shift) }

func (r *rig) state() []byte { return r.a.AppendState(nil, r.clock()) }

// feed lets a packet arrive: chunks parted by "; ", behind words that say
// where it comes from and what tag it carries. See parse.
func (r *rig) feed(text string) {
	r.t.Helper()
	r.step(func(r *rig) {
		p := r.parse(text)
		keep := bytes.Clone(p.Chunks)
		r.fed = p
		r.a.Arrive(r.clock(), &p, &r.out)
		if !bytes.Equal(keep, p.Chunks) {
			r.t.Errorf("%s: the association wrote into the packet", text)
		}
	})
}

func (r *rig) associate() {
	r.t.Helper()
	r.step(func(r *rig) { r.err = r.a.Associate(r.clock(), testPeers[:1], 5001, &r.out) })
}

func (r *rig) shutdown() {
	r.t.Helper()
	r.step(func(r *rig) { r.err = r.a.Shutdown(r.clock(), &r.out) })
}

func (r *rig) abort(why string) {
	r.t.Helper()
	r.step(func(r *rig) { r.err = r.a.Abort(r.clock(), []byte(why), &r.out) })
}

// send gives messages of n octets to SEND, on stream 0.
func (r *rig) send(sizes ...int) {
	r.t.Helper()
	for _, n := range sizes {
		r.sendMessage(Message{Data: bytes.Repeat([]byte{'x'}, n)})
	}
}

func (r *rig) sendMessage(m Message) {
	r.t.Helper()
	r.step(func(r *rig) {
		m := m
		m.Data = bytes.Clone(m.Data)
		_, r.err = r.a.Send(r.clock(), &m, &r.out)
		for i := range m.Data {
			m.Data[i] = 0xEE // the user uses its buffer again
		}
	})
}

// receive takes a message, or n octets of it; "" if there is none.
func (r *rig) receive(n int) string {
	r.t.Helper()
	r.step(func(r *rig) {
		p := make([]byte, n)
		m, ok := r.a.Receive(r.clock(), p, &r.out)
		r.got, r.more = "", m.More
		if ok {
			r.got = fmt.Sprintf("s%d:%d %s", m.Stream, m.SSN, p[:m.N])
		}
	})
	return r.got
}

// sleep lets time pass up to just before the next timer.
func (r *rig) sleep(d time.Duration) {
	r.t.Helper()
	to := r.now.Add(d)
	if at, ok := r.a.NextTimeout(); ok && at < to.Add(r.shift) {
		r.t.Errorf("a timer is due at %v, want none before %v", at, to)
	}
	r.now = to
	r.step(func(r *rig) { r.a.Expire(r.clock(), &r.out) })
}

// expire lets time pass until the next timer expires, and returns the instant.
func (r *rig) expire() time.Duration {
	r.t.Helper()
	at, ok := r.a.NextTimeout()
	if !ok {
		r.t.Fatalf("in %v: no timer runs", r.a.State())
	}
	r.now = at
	r.step(func(r *rig) { r.a.Expire(r.clock(), &r.out) })
	return at.Since()
}

// want asserts the state and what the last step sent.
func (r *rig) want(state State, packets string) {
	r.t.Helper()
	if r.a.State() != state {
		r.t.Errorf("state %v, want %v", r.a.State(), state)
	}
	if got := r.sent(); got != packets {
		r.t.Errorf("sent %q, want %q", got, packets)
	}
}

// wantSent asserts what the last step sent.
func (r *rig) wantSent(packets string) { r.t.Helper(); r.want(r.a.State(), packets) }

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

var signalNames = [...]string{
	Up: "Up", Lost: "Lost", Restarted: "Restarted", Finished: "Finished", CannotStart: "CannotStart",
	PeerShutdown: "PeerShutdown", Readable: "Readable", Writable: "Writable", SenderDry: "SenderDry",
	SendFailed: "SendFailed", PathStatus: "PathStatus", RemoteError: "RemoteError", TimerExpired: "TimerExpired",
	FastRetransmit: "FastRetransmit", PathMTU: "PathMTU", RecoveryEnded: "RecoveryEnded", PartialDeliveryAborted: "PartialDeliveryAborted",
	StreamReset: "StreamReset", AssocReset: "AssocReset", StreamsAdded: "StreamsAdded", CongestionWindow: "CongestionWindow",
}

// signals is what the last step told the user; what explains a run is left out.
func (r *rig) signals() string {
	var names []string
	for _, s := range r.out.Signals {
		switch s.Kind {
		case TimerExpired, FastRetransmit, RecoveryEnded, CongestionWindow:
			continue
		case PathStatus:
			names = append(names, fmt.Sprintf("p%d=%v", s.Path+1, s.Status))
		default:
			names = append(names, signalNames[s.Kind])
		}
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

// wantDrop asserts why the last step dropped something.
func (r *rig) wantDrop(want DropReason) {
	r.t.Helper()
	if len(r.out.Drops) != 1 || r.out.Drops[0].Reason != want {
		r.t.Errorf("drops %v, want reason %d", r.out.Drops, want)
	}
}

// outcome is all that an arrival brought about, in few words: the state if it
// changed, the packets in angle brackets, the signals; "-" for nothing.
func (r *rig) outcome() string {
	var words []string
	if r.a.State() != r.start {
		words = append(words, r.a.State().String())
	}
	if s := r.sent(); s != "" {
		words = append(words, "<"+s+">")
	}
	if s := r.signals(); s != "" {
		words = append(words, s)
	}
	if words == nil {
		return "-"
	}
	return strings.Join(words, " ")
}

// inState is an association in a state, brought there by real steps: it has
// associated, so that no DATA of the peer has come. In SHUTDOWN-PENDING and
// SHUTDOWN-RECEIVED one chunk of ours, TSN 1, is outstanding.
func inState(t testing.TB, state State, options ...option) *rig {
	t.Helper()
	r := newRig(t, options...)
	r.to(state)
	return r
}

// to takes a rig from CLOSED to a state.
func (r *rig) to(state State) {
	r.t.Helper()
	if state == Closed {
		return
	}
	r.associate()
	if state == CookieWait {
		return
	}
	if n := len(r.a.locals); n > 1 {
		r.feed(fmt.Sprintf("INIT_ACK add=%d", n-1))
	} else {
		r.feed("INIT_ACK")
	}
	if state == CookieEchoed {
		return
	}
	r.feed("COOKIE_ACK")
	switch state {
	case ShutdownPending:
		r.send(10)
		r.shutdown()
	case ShutdownSent:
		r.shutdown()
	case ShutdownReceived:
		r.send(10)
		r.feed("SHUTDOWN 0")
	case ShutdownAckSent:
		r.feed("SHUTDOWN 0")
	}
	if r.a.State() != state {
		r.t.Fatalf("came to %v, want %v", r.a.State(), state)
	}
	r.start = state
	r.out.Reset()
}

func established(t testing.TB, options ...option) *rig {
	t.Helper()
	return inState(t, Established, options...)
}

// homed is an association in ESTABLISHED between ends with two addresses, both
// of the peer's ACTIVE.
func homed(t testing.TB, options ...option) *rig {
	t.Helper()
	r := newRigOf(t, 2, true, options...)
	r.to(Established)
	r.confirmAll()
	return r
}

// confirmAll answers the heartbeats that verify paths.
func (r *rig) confirmAll() {
	r.t.Helper()
	for i := range r.a.paths {
		if r.a.paths[i].state == Unconfirmed {
			if !r.a.paths[i].beat.waits {
				r.expire()
			}
			r.feed(fmt.Sprintf("HEARTBEAT_ACK p%d", i+1))
		}
	}
	r.out.Reset()
}
