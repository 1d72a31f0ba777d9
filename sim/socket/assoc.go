package socket

import (
	"cmp"
	"encoding/binary"
	"slices"

	"simrun/clock"
	"simrun/sctp"
	"simrun/wire"
)

// assoc is an association with what the stack knows of it. It stays when it is
// CLOSED for as long as what has arrived waits to be received.
type assoc struct {
	sctp     sctp.Assoc
	id       AssocID
	place    int32  // in the slab
	next     int32  // in its hash chain
	linked   bool   // in the demultiplexing table
	sock     SockID // None once nobody has its socket
	listener SockID // the one-to-one socket that will accept it
	entries  int    // how often it stands in its socket's queue
	before   sctp.Vars
}

// assocs is the associations of a host, and what makes them.
type assocs struct {
	slab   []*assoc
	free   slots[int32]
	live   []assocRef // by their names, for finding
	last   AssocID    // the name given last
	heads  []int32    // 1 + the first association of each chain; its length is a power of two
	linked int
	bound  []SockID // the sockets that packets may be for
	random uint64   // what tags, initial TSNs and nonces are drawn from
	brief  sctp.Assoc
	cfg    *sctp.Config // what sockets are made with
	of     *Config      // what cfg was made of
	out    sctp.Out
	msg    sctp.Message // that is sent
	spare  [512]byte    // what nobody receives is read into
}

// assocRef is where an association stands in the slab.
type assocRef struct {
	id    AssocID
	place int32
}

// assocTimers is the class of associations among the actors of a Stack, behind
// that of connections.
const assocTimers = clock.Application

// sctpConfig is the configuration of new SCTP sockets: the host's, whose
// cookies only the host itself can make.
func (k *Stack) sctpConfig() *sctp.Config {
	if k.assocs.of != k.cfg {
		cfg := k.cfg.SCTP
		cfg.Secret = k.secret
		k.assocs.cfg, k.assocs.of = &cfg, k.cfg
	}
	return k.assocs.cfg
}

// seed begins the stream of numbers that associations draw from; nothing else
// does.
func (k *Stack) seedAssocs() {
	sum := k.mac('A', wire.Endpoint{}, wire.Endpoint{})
	k.assocs.random = binary.BigEndian.Uint64(sum[:])
}

// draw is the seed of one association (splitmix64).
func (t *assocs) draw() uint64 {
	t.random += 0x9e3779b97f4a7c15
	z := t.random
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// get is the association of a name, or nil.
func (t *assocs) get(id AssocID) *assoc {
	i, ok := slices.BinarySearchFunc(t.live, id, func(r assocRef, id AssocID) int { return cmp.Compare(r.id, id) })
	if !ok {
		return nil
	}
	return t.slab[t.live[i].place]
}

// newAssoc takes a free association and names it.
func (k *Stack) newAssoc(sock SockID) *assoc {
	t := &k.assocs
	place, ok := t.free.take()
	if !ok {
		place = int32(len(t.slab))
		t.slab = append(t.slab, new(assoc))
	}
	a := t.slab[place]
	t.last++
	a.id, a.place, a.linked, a.entries = t.last, place, false, 0
	a.sock, a.listener = sock, None
	t.live = append(t.live, assocRef{a.id, place})
	return a
}

// releaseAssoc gives an association back; nothing may name it any more.
func (k *Stack) releaseAssoc(a *assoc) {
	t := &k.assocs
	k.timers.Clear(clock.NewActor(assocTimers, int(a.place)))
	t.unlink(a)
	t.live = slices.DeleteFunc(t.live, func(r assocRef) bool { return r.id == a.id })
	a.id, a.sock, a.listener = 0, None, None
	t.free.put(a.place)
}

// chain is where the associations between two ports begin. A peer may use any
// of its addresses, so these do not count.
func (t *assocs) chain(local, peer uint16) *int32 {
	h := (uint64(local)<<16 | uint64(peer)) * 0x9e3779b97f4a7c15
	return &t.heads[h>>32&uint64(len(t.heads)-1)]
}

func (t *assocs) link(a *assoc) {
	if t.linked >= len(t.heads) {
		t.heads = make([]int32, max(8, 2*len(t.heads)))
		for _, b := range t.slab {
			if b.linked {
				head := t.chain(b.sctp.LocalPort(), b.sctp.PeerPort())
				b.next, *head = *head, b.place+1
			}
		}
	}
	head := t.chain(a.sctp.LocalPort(), a.sctp.PeerPort())
	a.next, *head = *head, a.place+1
	a.linked = true
	t.linked++
}

func (t *assocs) unlink(a *assoc) {
	if !a.linked {
		return
	}
	a.linked = false
	t.linked--
	at := t.chain(a.sctp.LocalPort(), a.sctp.PeerPort())
	for *at != a.place+1 {
		at = &t.slab[*at-1].next
	}
	*at = a.next
}

// between is the association between one of our ports and one of an address's,
// or nil.
func (t *assocs) between(local uint16, peer wire.Endpoint) *assoc {
	if t.linked == 0 {
		return nil
	}
	for i := *t.chain(local, peer.Port); i != 0; i = t.slab[i-1].next {
		a := t.slab[i-1]
		if a.sctp.LocalPort() == local && a.sctp.PeerPort() == peer.Port && a.sctp.HasPeer(peer.Addr) {
			return a
		}
	}
	return nil
}

// find is the association that a packet is for, or nil. An INIT may come from
// an address that is new, and name one that is not (RFC 9260 5.1.2); an INIT
// ACK may come from one that was not asked, and is known by our tag.
func (t *assocs) find(p *wire.SCTP) *assoc {
	if a := t.between(p.DstPort, p.Source()); a != nil || t.linked == 0 {
		return a
	}
	c, _, _ := p.Chunks.Next()
	init, ok := c.Init()
	if !ok {
		return nil
	}
	if c.Type == wire.ChunkInitAck {
		for i := *t.chain(p.DstPort, p.SrcPort); i != 0; i = t.slab[i-1].next {
			a := t.slab[i-1]
			my, _ := a.sctp.Tags()
			if a.sctp.LocalPort() == p.DstPort && a.sctp.PeerPort() == p.SrcPort && my == p.Tag && a.sctp.State() == sctp.CookieWait {
				return a
			}
		}
		return nil
	}
	for param, rest, ok := init.Params.Next(); ok; param, rest, ok = rest.Next() {
		addr, is := param.Addr()
		if !is {
			continue
		}
		if a := t.between(p.DstPort, wire.Endpoint{Addr: addr, Port: p.SrcPort}); a != nil {
			return a
		}
	}
	return nil
}

// arriveSCTP finds whom a packet is for: an association, else one in CLOSED of
// the socket that is bound there, which is kept only if it is no longer CLOSED
// afterwards; without a socket the packet is out of the blue (RFC 9260 8.4).
func (k *Stack) arriveSCTP(now clock.Time, p *wire.SCTP) {
	if !k.Owns(p.Dst) || p.Src.IsMulticast() || p.Src.IsUnspecified() {
		return // RFC 9260 8.4 1: no packet of one endpoint
	}
	if a := k.assocs.find(p); a != nil {
		k.beginAssoc(a)
		a.sctp.Arrive(now, p, &k.assocs.out)
		k.endAssoc(now, a, p)
		return
	}
	t := &k.assocs
	sock := k.boundTo(p.Destination())
	cfg, locals, listens := k.sctpConfig(), k.addrs, false
	if sock != None {
		s := &k.socks[sock]
		cfg, locals = s.ep.cfg, k.locals(s.ep)
		listens = s.listening && (s.ep.many || !s.listen.full()) // RFC 9260 5.1: without resources, ABORT
	}
	t.out.Reset()
	t.brief.Init(cfg, locals, p.DstPort, listens, t.draw())
	before := t.brief.Vars()
	t.brief.Arrive(now, p, &t.out)
	if t.brief.State().Exists() {
		a := k.newAssoc(sock)
		a.sctp, t.brief = t.brief, a.sctp
		a.before = before
		k.adopt(now, a, p)
		return
	}
	k.sourceSCTP(locals)
	listener := SockID(None)
	if listens {
		listener = sock
	}
	k.env.AssocStepped(AssocStep{
		Assoc: None, Sock: None, Listener: listener, Local: p.Destination(), Remote: p.Source(),
		From: sctp.Closed, To: sctp.Closed, Out: &t.out,
	})
}

// adopt gives an association that a peer has made to the socket that listens:
// to a one-to-many socket itself, else to a new one for accept.
func (k *Stack) adopt(now clock.Time, a *assoc, p *wire.SCTP) {
	l := a.sock
	if !k.socks[l].ep.many {
		child := k.newEndpoint(false)
		s, from := &k.socks[child], &k.socks[l]
		s.ep.cfg, s.ep.port, s.ep.addrs = from.ep.cfg, from.ep.port, slices.Clone(from.ep.addrs)
		s.ep.events, s.ep.context, s.ep.defaults = from.ep.events, from.ep.context, from.ep.defaults
		a.sock, a.listener = child, l
		s.local, s.remote, s.opened, s.queued = p.Destination(), p.Source(), true, true
		from.listen.ready.Push(child)
	}
	s := &k.socks[a.sock]
	s.ep.assocs = append(s.ep.assocs, a.id)
	k.assocs.link(a)
	k.endAssoc(now, a, p)
}

// boundTo is the SCTP socket for an endpoint: one bound to the address before
// one bound to all.
func (k *Stack) boundTo(local wire.Endpoint) SockID {
	found := SockID(None)
	for _, id := range k.assocs.bound {
		ep := k.socks[id].ep
		switch {
		case ep.port != local.Port:
		case slices.Contains(ep.addrs, local.Addr):
			return id
		case len(ep.addrs) == 0:
			found = id
		}
	}
	return found
}

// beginAssoc prepares a step of an association.
func (k *Stack) beginAssoc(a *assoc) {
	k.assocs.out.Reset()
	if k.watch {
		a.before = a.sctp.Vars()
	} else {
		a.before.State = a.sctp.State()
	}
}

// endAssoc draws the consequences of a step: signals reach the socket, the
// timers and the table of associations are brought up to date, the world is
// told. p is what has arrived, or nil.
func (k *Stack) endAssoc(now clock.Time, a *assoc, p *wire.SCTP) {
	out := &k.assocs.out
	step := AssocStep{
		Assoc: a.id, Sock: a.sock, Listener: a.listener, From: a.before.State, To: a.sctp.State(), Out: out,
		Remote: wire.Endpoint{Addr: a.sctp.PrimaryAddr(), Port: a.sctp.PeerPort()},
	}
	step.MyTSN, step.PeerTSN = a.sctp.InitialTSNs()
	step.Local = wire.Endpoint{Addr: k.sourceAmong(a.sctp.Locals(), step.Remote.Addr), Port: a.sctp.LocalPort()}
	if k.watch {
		after := a.sctp.Vars()
		out.Violations = append(out.Violations, sctp.Check(a.sctp.Config(), &a.before, &after, out)...)
		step.Vars = &after
	}
	k.sourceSCTP(a.sctp.Locals())
	for i := range out.Signals {
		k.tell(a, &out.Signals[i], p)
	}
	k.settleAssoc(a)
	k.env.AssocStepped(step)
	k.afterAssoc(now, a)
}

// settleAssoc arms the association's timers, and takes one that is over out of
// the table.
func (k *Stack) settleAssoc(a *assoc) {
	actor := clock.NewActor(assocTimers, int(a.place))
	if at, ok := a.sctp.NextTimeout(); ok {
		k.timers.Set(actor, at)
	} else {
		k.timers.Clear(actor)
	}
	if !a.sctp.State().Exists() {
		k.assocs.unlink(a)
	}
}

// afterAssoc reads what has come to nobody, so that its peer can end, and
// forgets an association that is over and has nothing more to be received.
func (k *Stack) afterAssoc(now clock.Time, a *assoc) {
	if a.sock == None && a.sctp.Unread() > 0 && a.sctp.State().Exists() {
		k.beginAssoc(a)
		for a.sctp.Unread() > 0 {
			a.sctp.Receive(now, k.assocs.spare[:], &k.assocs.out)
		}
		k.endAssoc(now, a, nil)
		return
	}
	if a.sctp.State().Exists() {
		return
	}
	if a.sock == None {
		k.releaseAssoc(a)
		return
	}
	if ep := k.socks[a.sock].ep; ep.many && a.entries == 0 {
		ep.assocs = slices.DeleteFunc(ep.assocs, func(id AssocID) bool { return id == a.id })
		k.releaseAssoc(a)
	}
}

// sourceSCTP gives the packets of a step the address that they leave from,
// where the association has not: one of those that the peer was told of.
func (k *Stack) sourceSCTP(locals []wire.Addr) {
	for i := range k.assocs.out.Packets {
		if p := &k.assocs.out.Packets[i]; p.Src.IsUnspecified() {
			p.Src = k.sourceAmong(locals, p.Dst)
		}
	}
}

func (k *Stack) sourceAmong(locals []wire.Addr, dst wire.Addr) wire.Addr {
	src := k.sourceFor(dst)
	if len(locals) > 0 && !slices.Contains(locals, src) {
		return locals[0]
	}
	return src
}

// EachAssoc visits every association, in the order of their names.
func (k *Stack) EachAssoc(visit func(AssocID, *sctp.Assoc)) {
	for _, r := range k.assocs.live {
		visit(r.id, &k.assocs.slab[r.place].sctp)
	}
}

// forgetAssocs forgets every association, silently.
func (k *Stack) forgetAssocs() {
	t := &k.assocs
	for len(t.live) > 0 {
		k.releaseAssoc(t.slab[t.live[len(t.live)-1].place])
	}
	t.bound = t.bound[:0]
}
