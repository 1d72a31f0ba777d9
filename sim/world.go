package sim

import (
	"fmt"
	"strings"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/tcp"
	"simrun/wire"
)

// World is a run in progress: hosts, links and applications at one instant.
// It is driven by Next and Step, from one goroutine.
type World struct {
	scenario  *Scenario
	seed      uint64
	now       clock.Time
	heap      clock.Heap
	hosts     []*host
	links     []*link
	dirs      []*direction // two a link, then one loopback a host
	apps      []*app
	procs     []*process
	faults    []fault
	injects   []injection
	packets   pool
	rec       *recorder
	codec     Codec
	medium    Codec  // not nil: every packet passes it
	octets    []byte // room for one packet's
	ports     []*Port
	steps     int
	failures  []Failure
	broken    []Violation
	reported  int      // how many of them Step has returned
	tolerated []string // the IDs of those that may
	watch     *watch   // nil when whole-structure invariants are off
}

// host is a machine: its transport layer, and what the world knows of it.
type host struct {
	w            *World
	index        int
	spec         *HostSpec
	stack        *socket.Stack
	dice         dice
	sent         int // packets handed to links, for host#N
	badChecksums int
	delivered    []int64 // octets that programs read, by the host that sent them
	waiters      waiters // who is blocked for what
	last         peer    // the connection that made the latest step
	lastAssoc    peer    // the association that did
}

// peer is what a forger knows of a connection: its ends and where the numbers
// of both sides count from.
type peer struct {
	local, remote wire.Endpoint
	iss, irs      wire.Seq
	myTag, tag    wire.Tag // of an association: in packets to this end, and from it
}

// New makes the world that a scenario describes, at instant 0.
func New(sc *Scenario) (*World, error) {
	w := &World{scenario: sc, seed: sc.Seed}
	if w.seed == 0 {
		w.seed = 1
	}
	for i := range sc.Hosts {
		if err := w.addHost(&sc.Hosts[i]); err != nil {
			return nil, err
		}
	}
	for i := range sc.Links {
		w.addLink(&sc.Links[i])
	}
	for i, h := range w.hosts {
		w.addDirection(-1, i, i, "loopback "+h.spec.Name)
	}
	for i := range sc.Faults {
		w.faults = append(w.faults, fault{Fault: &sc.Faults[i], index: i})
	}
	for i := range sc.Apps {
		w.addApp(&sc.Apps[i])
	}
	for i := range sc.Inject {
		w.addInjection(&sc.Inject[i])
	}
	w.Watch(true)
	return w, nil
}

func (w *World) addHost(spec *HostSpec) error {
	cfg, err := configure(w.scenario.Profile, spec.Settings)
	if err != nil {
		return err
	}
	h := &host{w: w, index: len(w.hosts), spec: spec, dice: newDice(w.seed, "host "+spec.Name),
		delivered: make([]int64, len(w.scenario.Hosts))}
	h.stack = socket.NewStack(cfg, spec.Addrs, h.dice.bytes16(), h)
	w.hosts = append(w.hosts, h)
	return nil
}

func (w *World) addLink(spec *LinkSpec) {
	a, b := w.hosts[spec.Ends[0].Host].spec.Name, w.hosts[spec.Ends[1].Host].spec.Name
	name := spec.Name
	if name == "" {
		name = a + "-" + b
	}
	l := &link{spec: spec, name: name}
	w.links = append(w.links, l)
	w.addDirection(len(w.links)-1, spec.Ends[0].Host, spec.Ends[1].Host, "link "+name+" from "+a)
	w.addDirection(len(w.links)-1, spec.Ends[1].Host, spec.Ends[0].Host, "link "+name+" from "+b)
}

func (w *World) addDirection(link, from, to int, name string) {
	w.dirs = append(w.dirs, &direction{
		index: len(w.dirs), name: name, link: link, from: from, to: to, dice: newDice(w.seed, name),
	})
}

// UseCodec installs what makes octets. Corrupting links ask it what becomes of
// a packet.
func (w *World) UseCodec(c Codec) { w.codec = c }

// ThroughBytes makes every packet pass the codec on its way, though nothing
// needs its octets: the run must be the same.
func (w *World) ThroughBytes(c Codec) { w.medium = c }

// Now is the present instant: that of the last step, or what RunUntil was
// given.
func (w *World) Now() clock.Time { return w.now }

// Steps is how many steps were made.
func (w *World) Steps() int { return w.steps }

// Next is when the next step happens, and whether there is one.
func (w *World) Next() (clock.Time, bool) {
	_, at, ok := w.heap.Next()
	if ok && w.scenario.End > 0 && at >= w.scenario.End {
		return at, false
	}
	return at, ok
}

// Step makes the next step: one arrival, one expiry or one call. It returns
// the invariants that the step broke, as *Violation.
func (w *World) Step() error {
	actor, at, ok := w.heap.Next()
	if !ok {
		return nil
	}
	w.now = at
	w.steps++
	w.rec.step()
	switch {
	case actor.Class() == clock.Protocol:
		h := w.hosts[actor.Index()]
		h.stack.Expire(w.now)
		w.settle(h)
	case actor.Class() == clock.Application:
		w.run(w.apps[actor.Index()])
	case actor.Index() < len(w.dirs):
		w.arrive(w.dirs[actor.Index()])
	default:
		w.inject(&w.injects[actor.Index()-len(w.dirs)])
	}
	return w.violation()
}

// RunUntil makes every step up to and including the given instant, which is
// then the present one, unless it is Never: then the run is over.
func (w *World) RunUntil(t clock.Time) error {
	for {
		at, ok := w.Next()
		if !ok || at > t {
			if t < clock.Never {
				w.now = max(w.now, t)
			}
			return nil
		}
		if err := w.Step(); err != nil {
			return err
		}
	}
}

// settle brings the heap up to date with a host after a step of it.
func (w *World) settle(h *host) {
	actor := clock.NewActor(clock.Protocol, h.index)
	if at, ok := h.stack.NextTimeout(); ok {
		w.heap.Set(actor, at)
	} else {
		w.heap.Clear(actor)
	}
}

// send hands a host's segment to the link that leads to its destination.
func (w *World) send(h *host, p *wire.Packet, s *socket.Step, seg *tcp.Segment) {
	q := w.packets.get(p)
	q.life = w.watch.sender()
	h.sent++
	d := w.route(h, p.Net().Dst)
	w.rec.sent(h, q, d, s, seg)
	w.depart(h, d, q)
}

// depart hands a packet to its link; without one it leaves by the host's port,
// or is lost.
func (w *World) depart(h *host, d *direction, q *packet) {
	if port := w.portOf(h); d == nil && port != nil {
		port.leave(q)
		return
	}
	if d == nil {
		w.rec.lost(q, trace.LostOnLink, w.now, "no link leads there")
		w.packets.put(q)
		return
	}
	w.carry(d, q)
}

// route is the direction whose far end owns the address: the host's loopback
// for its own.
func (w *World) route(h *host, dst wire.Addr) *direction {
	if h.stack.Owns(dst) {
		return w.dirs[2*len(w.links)+h.index]
	}
	for _, d := range w.dirs[:2*len(w.links)] {
		if d.from != h.index {
			continue
		}
		spec := w.links[d.link].spec
		if spec.Ends[1-d.index&1].Addr == dst {
			return d
		}
	}
	// An address of the far host that no link names: any link to that host.
	for _, d := range w.dirs[:2*len(w.links)] {
		if d.from == h.index && w.hosts[d.to].stack.Owns(dst) {
			return d
		}
	}
	return nil
}

// SourceFor is the address of the link that leads to dst (socket.Router).
func (h *host) SourceFor(dst wire.Addr) (wire.Addr, bool) {
	d := h.w.route(h, dst)
	if d == nil || d.link < 0 {
		return wire.Addr{}, false
	}
	return h.w.links[d.link].spec.Ends[d.index&1].Addr, true
}

// Stepped takes what a connection's step brought about (socket.Env).
func (h *host) Stepped(s socket.Step) {
	w := h.w
	w.rec.stepped(h, &s)
	for _, v := range s.Out.Violations {
		w.violate(h, v.ID, v.Text)
	}
	w.watch.stepped(h, &s)
	if s.Conn != socket.None {
		h.last = peer{local: s.Local, remote: s.Remote, iss: s.ISS, irs: s.IRS}
	}
	var p wire.Packet
	p.Proto = wire.ProtoTCP
	for i := range s.Out.Segments {
		p.TCP = s.Out.Segments[i].TCP
		w.send(h, &p, &s, &s.Out.Segments[i])
	}
	w.wake(h, s.Sock)
	w.wake(h, s.Listener)
}

// Failure is an expectation of a scenario that was not met.
type Failure struct {
	Pos       Pos
	What      string // "recv"
	Want, Got string
}

func (f Failure) String() string {
	return fmt.Sprintf("%v: %s: want %s\n   got %s", f.Pos, f.What, f.Want, f.Got)
}

// Failures is what was not met so far.
func (w *World) Failures() []Failure { return w.failures }

// hostNamed finds a host; names ignore case.
func (w *World) hostNamed(name string) (*host, error) {
	for _, h := range w.hosts {
		if strings.EqualFold(h.spec.Name, name) {
			return h, nil
		}
	}
	return nil, fmt.Errorf("unknown host %q", name)
}
