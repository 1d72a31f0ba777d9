package socket

import (
	"simrun/clock"
	"simrun/sctp"
	"simrun/tcp"
	"simrun/wire"
)

// Config is a host's values and choices. It is shared and not changed while
// it is used; SetConfig puts another in its place.
type Config struct {
	TCP  tcp.Config
	SCTP sctp.Config

	// EphemeralLow to EphemeralHigh is the ports that connect chooses from,
	// in order (RFC 6335 6: 49152 to 65535).
	EphemeralLow, EphemeralHigh uint16
	// FixedISS makes every connection start at ISS, against RFC 9293 3.4.1:
	// it shows what goes wrong when numbers can be guessed or meet again.
	FixedISS bool
	ISS      wire.Seq
	// SYNQueue is how many connections a listener opens at a time; 0: no limit;
	// AsBacklog: as many as may wait for accept.
	SYNQueue   int
	SYNCookies SYNCookies
	// What the calls say after a RST, where systems differ.
	PipeAfterFIN   bool // if the peer's FIN came first, the error of a RST is EPIPE, and recv goes on to say end of file (Linux)
	PipeAfterReset bool // send always says EPIPE, and leaves the error to recv (FreeBSD)
	// LingerSilent: a close whose SO_LINGER time is over says success, as Linux
	// does, and not EWOULDBLOCK.
	LingerSilent bool
	// What else the calls do where systems differ.
	AcceptDead        bool // accept gives a connection that was reset meanwhile; its first call says so (Linux)
	ReadAfterShutdown bool // recv still gives what arrives after shutdown(SHUT_RD) (Linux)
	ReuseBoth         bool // SO_REUSEADDR of both sockets lets bind pass a connection (Linux)
}

// Defaults is the configuration of the rfc profile.
func Defaults() Config {
	return Config{TCP: tcp.Defaults(), SCTP: sctp.Defaults(), EphemeralLow: 49152, EphemeralHigh: 65535, SYNQueue: 128}
}

// Env is what a Stack tells of its work. The world behind it carries segments
// away, wakes who waits, and keeps the record.
type Env interface {
	Stepped(Step)
	AssocStepped(AssocStep)
}

// AssocStep is one step of one SCTP association, as Step is of a connection.
type AssocStep struct {
	Assoc          AssocID       // None when no association exists: CLOSED answered
	Sock           SockID        // the socket it belongs to, or None
	Listener       SockID        // the one-to-one socket that will accept it, or None
	Local, Remote  wire.Endpoint // ports, and the addresses of the primary path
	From, To       sctp.State
	MyTSN, PeerTSN wire.TSN // the initial TSNs, what relative numbers count from
	Vars           *sctp.Vars
	Out            *sctp.Out
}

// AssocID names an association of a Stack; sockets give it to programs, who
// count from 1 (RFC 6458 5.3.2). It is not used again before all are.
type AssocID int32

// Step is one step of one connection. Out and what it points to are valid
// during the call alone.
type Step struct {
	Conn          ConnID // None when no connection exists: CLOSED answered
	Sock          SockID // the socket it belongs to, or None
	Listener      SockID // the listener it came from, or None
	Local, Remote wire.Endpoint
	From, To      tcp.State
	ISS, IRS      wire.Seq // what relative numbers count from
	Vars          *tcp.Vars
	RcvNxtBefore  wire.Seq // RCV.NXT before the step
	Out           *tcp.Out
	Why           string // what the socket layer itself did; "" if nothing
}

// ConnID and SockID index a Stack's connections and sockets.
type (
	ConnID int32
	SockID int32
)

// None is no connection, no socket.
const None = -1

// Stack is the transport layer of one host.
type Stack struct {
	cfg    *Config
	first  *Config // the configuration that it was made with
	addrs  []wire.Addr
	env    Env
	secret [16]byte // keys the initial sequence numbers

	conns     []*conn
	freeConns slots[ConnID]
	socks     []sock
	freeSocks slots[SockID]
	listeners []SockID
	procs     []proc
	demux     demux
	timers    clock.Heap
	ephemeral uint16   // the port to try next
	ahead     uint32   // how far initial numbers are ahead of the clock
	brief     tcp.Conn // answers a SYN that gets a cookie
	fastPeers []fastPeer
	assocs    assocs
	watch     bool // check the invariants after each step
	out       tcp.Out
	// challenges is the count that all connections share, where they do.
	after      tcp.Vars // what a watched step led to
	challenges tcp.Throttle
}

// conn is a connection with what the stack knows of it.
type conn struct {
	tcp      tcp.Conn
	id       ConnID
	sock     SockID     // None once its last descriptor is closed
	listener SockID     // where it came from, until it is accepted
	fast     SockID     // the listener that counts it as Fast Open, while it is in SYN-RECEIVED
	since    clock.Time // when the SYN came that made it
	next     ConnID     // in its hash chain
	linked   bool       // in the demultiplexing table
	reuse    bool       // its socket has, or had, SO_REUSEADDR
	before   tcp.Vars
}

// NewStack is the transport layer of a host with the given addresses. The
// secret keys its initial sequence numbers.
func NewStack(cfg *Config, addrs []wire.Addr, secret [16]byte, env Env) *Stack {
	k := &Stack{cfg: cfg, first: cfg, addrs: addrs, env: env, secret: secret, ephemeral: cfg.EphemeralLow}
	k.seedAssocs()
	return k
}

// Watch turns the invariants of single connections on: each step's broken
// ones are appended to its Out.
func (k *Stack) Watch(on bool) { k.watch = on }

// Config is the present configuration; it must not be changed.
func (k *Stack) Config() *Config { return k.cfg }

// SetConfig is used by sockets made from now on.
func (k *Stack) SetConfig(cfg *Config) { k.cfg = cfg }

// Owns reports whether the host has the address.
func (k *Stack) Owns(a wire.Addr) bool {
	for _, own := range k.addrs {
		if own == a {
			return true
		}
	}
	return false
}

// Arrive takes a packet off the link.
func (k *Stack) Arrive(now clock.Time, p *wire.Packet) {
	switch p.Proto {
	case wire.ProtoTCP:
		k.arriveTCP(now, &p.TCP)
	case wire.ProtoSCTP:
		k.arriveSCTP(now, &p.SCTP)
	case wire.ProtoICMPv4, wire.ProtoICMPv6:
		k.arriveICMP(now, &p.ICMP)
	}
}

// arriveTCP finds whom a segment is for: the connection of its endpoints,
// else a listener, else nobody.
func (k *Stack) arriveTCP(now clock.Time, seg *wire.TCP) {
	if !k.Owns(seg.Dst) || seg.Src.IsMulticast() || seg.Src.IsUnspecified() {
		return // MUST-57, MUST-63: silently discarded
	}
	if id := k.demux.find(k, seg.Destination(), seg.Source()); id != None {
		c := k.conns[id]
		if l := k.listenerFor(seg.Destination()); l != None && c.tcp.Reopens(seg) {
			k.begin(c)
			c.tcp.Reopen(now, seg, &k.out)
			k.end(now, c)
			k.arriveListener(now, l, seg)
			return
		}
		if k.holdBack(now, c, seg) {
			return
		}
		k.begin(c)
		c.tcp.Arrive(now, seg, &k.out)
		k.end(now, c)
		return
	}
	if l := k.listenerFor(seg.Destination()); l != None {
		k.arriveListener(now, l, seg)
		return
	}
	k.out.Reset()
	tcp.Refuse(&k.cfg.TCP, seg, &k.out)
	k.env.Stepped(Step{
		Conn: None, Sock: None, Listener: None, Local: seg.Destination(), Remote: seg.Source(),
		From: tcp.Closed, To: tcp.Closed, Out: &k.out,
	})
}

// arriveICMP finds the connection that an error is about.
func (k *Stack) arriveICMP(now clock.Time, m *wire.ICMP) {
	q := &m.Quote
	if q.Proto != wire.ProtoTCP {
		return
	}
	local, remote := wire.Endpoint{Addr: q.Src, Port: q.SrcPort}, wire.Endpoint{Addr: q.Dst, Port: q.DstPort}
	if id := k.demux.find(k, local, remote); id != None {
		c := k.conns[id]
		k.begin(c)
		c.tcp.Unreachable(now, m, &k.out)
		k.end(now, c)
	}
}

// NextTimeout is when Expire must be called, and whether any timer runs.
func (k *Stack) NextTimeout() (clock.Time, bool) {
	_, at, ok := k.timers.Next()
	return at, ok
}

// Expire performs one expiry that is due: one step of one connection or
// association.
func (k *Stack) Expire(now clock.Time) {
	actor, at, ok := k.timers.Next()
	if !ok || now < at {
		return
	}
	if actor.Class() == assocTimers {
		a := k.assocs.slab[actor.Index()]
		k.beginAssoc(a)
		a.sctp.Expire(now, &k.assocs.out)
		k.endAssoc(now, a, nil)
		return
	}
	c := k.conns[actor.Index()]
	k.begin(c)
	c.tcp.Expire(now, &k.out)
	k.end(now, c)
}

// begin prepares a step of a connection.
func (k *Stack) begin(c *conn) {
	k.out.Reset()
	if c.tcp.Config().SharedChallenges {
		c.tcp.SetChallenges(k.challenges)
	}
	if k.watch {
		c.before = c.tcp.Vars()
	} else {
		c.before.State = c.tcp.State()
	}
}

// end draws the consequences of a step: signals reach the socket, the timers
// and the table of connections are brought up to date, the world is told.
func (k *Stack) end(now clock.Time, c *conn) { k.endWith(now, c, "") }

// endWith ends a step in which the socket layer had a say.
func (k *Stack) endWith(now clock.Time, c *conn, why string) {
	if c.tcp.Config().SharedChallenges {
		k.challenges = c.tcp.Challenges()
	}
	step := Step{
		Conn: c.id, Sock: c.sock, Listener: c.listener, Local: c.tcp.Local(), Remote: c.tcp.Remote(),
		From: c.before.State, To: c.tcp.State(), ISS: c.tcp.ISS(), IRS: c.tcp.IRS(), RcvNxtBefore: c.before.RcvNxt, Out: &k.out,
		Why: why,
	}
	if k.watch {
		k.after = c.tcp.Vars()
		k.out.Violations = append(k.out.Violations, tcp.Check(c.tcp.Config(), &c.before, &k.after, &k.out)...)
		step.Vars = &k.after
	}
	for i := range k.out.Signals {
		k.take(c, &k.out.Signals[i], c.before.State)
	}
	if step.To != tcp.SynReceived {
		k.fastOver(c)
	}
	k.settle(now, c)
	k.env.Stepped(step)
}

// settle arms the connection's timers and forgets it when it is over.
func (k *Stack) settle(now clock.Time, c *conn) {
	actor := clock.NewActor(clock.Protocol, int(c.id))
	state := c.tcp.State()
	switch {
	case state == tcp.Listen && c.listener != None:
		k.dropChild(c) // a SYN-RECEIVED child went back to LISTEN: its listener is that
	case state == tcp.Closed:
		k.timers.Clear(actor)
		k.outrun(now, c)
		k.demux.remove(k, c)
		if c.listener != None && !k.socks[c.sock].queued {
			k.dropChild(c)
		} else if c.sock == None && c.tcp.Config().Defects&tcp.KeepTCB == 0 {
			k.release(c)
		}
	default:
		if at, ok := c.tcp.NextTimeout(); ok {
			k.timers.Set(actor, at)
		} else {
			k.timers.Clear(actor)
		}
	}
}

// newConn takes a free connection, in CLOSED, and puts it into the table.
func (k *Stack) newConn(now clock.Time, cfg *tcp.Config, local, remote wire.Endpoint) *conn {
	id, ok := k.freeConns.take()
	if !ok {
		id = ConnID(len(k.conns))
		k.conns = append(k.conns, &conn{id: id})
	}
	c := k.conns[id]
	c.sock, c.listener, c.reuse, c.fast = None, None, false, None
	iss, tsOffset := k.numbers(now, local, remote)
	c.tcp.Init(cfg, local, remote, iss, tsOffset)
	k.demux.insert(k, c)
	return c
}

// release gives a connection back; nothing may name it any more.
func (k *Stack) release(c *conn) {
	k.timers.Clear(clock.NewActor(clock.Protocol, int(c.id)))
	k.demux.remove(k, c)
	k.fastOver(c)
	c.sock, c.listener = None, None
	k.freeConns.put(c.id)
}

// Reboot forgets every socket and every connection, silently: no segment
// tells a peer.
func (k *Stack) Reboot() {
	for _, c := range k.conns {
		if c.linked {
			k.release(c)
		}
	}
	k.conns, k.freeConns = nil, nil
	k.socks, k.freeSocks, k.listeners, k.fastPeers = nil, nil, nil, nil
	for i := range k.procs {
		clear(k.procs[i].fds)
	}
	k.demux, k.challenges = demux{}, tcp.Throttle{}
	k.forgetAssocs()
	k.timers.Reset()
}

// Reset is the stack as NewStack makes it, with another secret, but for the
// space that it has grown to.
func (k *Stack) Reset(secret [16]byte) {
	k.cfg, k.secret, k.ephemeral, k.ahead = k.first, secret, k.first.EphemeralLow, 0
	k.freeConns, k.freeSocks, k.listeners = k.freeConns[:0], k.freeSocks[:0], k.listeners[:0]
	for i := len(k.conns) - 1; i >= 0; i-- {
		k.conns[i].linked = false
		k.conns[i].sock, k.conns[i].listener, k.conns[i].fast = None, None, None
		k.freeConns = append(k.freeConns, ConnID(i))
	}
	for i := len(k.socks) - 1; i >= 0; i-- {
		k.socks[i].used = false
		k.freeSocks = append(k.freeSocks, SockID(i))
	}
	k.procs, k.fastPeers = k.procs[:0], k.fastPeers[:0]
	k.forgetAssocs()
	k.assocs.last, k.assocs.of = 0, nil
	k.seedAssocs()
	clear(k.demux.heads)
	k.demux.n, k.challenges = 0, tcp.Throttle{}
	k.timers.Reset()
}

// Each visits every connection, in the order of their IDs.
func (k *Stack) Each(visit func(c *tcp.Conn)) {
	for _, c := range k.conns {
		if c.linked {
			visit(&c.tcp)
		}
	}
}

// Conns is how many connections exist.
func (k *Stack) Conns() int { return k.demux.n }

// Describe says of every connection where it goes and in which state it is.
func (k *Stack) Describe() (all []string) {
	for _, c := range k.conns {
		if c.linked {
			all = append(all, c.tcp.Local().String()+" to "+c.tcp.Remote().String()+" "+c.tcp.State().String())
		}
	}
	return all
}

// TotalUnread is how many octets came in order and were not received by the
// applications that have descriptors for them.
func (k *Stack) TotalUnread() (n int) {
	for i := range k.socks {
		if s := &k.socks[i]; s.used && s.conn != None {
			n += k.conns[s.conn].tcp.Unread()
		}
	}
	return n
}
