package socket

import (
	"time"

	"simrun/clock"
	"simrun/sctp"
	"simrun/wire"
)

// sctpOption is an option of SCTP sockets, and of those of all sockets the ones
// that are a choice of the association (RFC 6458 8.1). Options that are structs
// there are told apart by their members. One without set can be read alone.
type sctpOption struct {
	get   func(c *sctp.Config) int64
	set   func(c *sctp.Config, v int64)
	least int64
}

var sctpOptions = [numOptions]sctpOption{
	SCTP_ASSOCINFO_MAXRXT: {
		func(c *sctp.Config) int64 { return int64(c.AssociationMaxRetrans) },
		func(c *sctp.Config, v int64) { c.AssociationMaxRetrans = int(v) }, 1},
	SCTP_ASSOCINFO_COOKIE_LIFE: {
		func(c *sctp.Config) int64 { return int64(c.ValidCookieLife) },
		func(c *sctp.Config, v int64) { c.ValidCookieLife = time.Duration(v) }, 1},
	SCTP_AUTOCLOSE: {
		func(c *sctp.Config) int64 { return int64(c.Autoclose) },
		func(c *sctp.Config, v int64) { c.Autoclose = time.Duration(v) }, 0},
	SCTP_DELAYED_SACK_DELAY: {
		func(c *sctp.Config) int64 { return int64(c.SACKDelay) },
		func(c *sctp.Config, v int64) { c.SACKDelay = time.Duration(v) }, 1},
	SCTP_DELAYED_SACK_FREQ: {
		func(c *sctp.Config) int64 { return int64(c.SACKEvery) },
		func(c *sctp.Config, v int64) { c.SACKEvery = int(v) }, 1},
	SCTP_DISABLE_FRAGMENTS: {
		func(c *sctp.Config) int64 { return number(c.NoFragments) },
		func(c *sctp.Config, v int64) { c.NoFragments = v != 0 }, 0},
	SCTP_INITMSG_ATTEMPTS: {
		func(c *sctp.Config) int64 { return int64(c.MaxInitRetransmits) },
		func(c *sctp.Config, v int64) { c.MaxInitRetransmits = int(v) }, 1},
	SCTP_INITMSG_INSTREAMS: {
		func(c *sctp.Config) int64 { return int64(c.InStreams) },
		func(c *sctp.Config, v int64) { c.InStreams = uint16(v) }, 1},
	SCTP_INITMSG_OSTREAMS: {
		func(c *sctp.Config) int64 { return int64(c.OutStreams) },
		func(c *sctp.Config, v int64) { c.OutStreams = uint16(v) }, 1},
	SCTP_MAXSEG: {
		func(c *sctp.Config) int64 { return int64(c.MaxSegment) },
		func(c *sctp.Config, v int64) { c.MaxSegment = int(v) }, 0},
	SCTP_MAX_BURST: {
		func(c *sctp.Config) int64 { return int64(c.MaxBurst) },
		func(c *sctp.Config, v int64) { c.MaxBurst = int(v) }, 1},
	SCTP_NODELAY: {
		func(c *sctp.Config) int64 { return number(c.NoDelay) },
		func(c *sctp.Config, v int64) { c.NoDelay = v != 0 }, 0},
	SCTP_PEER_ADDR_PARAMS_HBINTERVAL: {
		func(c *sctp.Config) int64 { return int64(c.HBInterval) },
		func(c *sctp.Config, v int64) { c.HBInterval = time.Duration(v) }, 0},
	SCTP_PEER_ADDR_PARAMS_PATHMAXRXT: {
		func(c *sctp.Config) int64 { return int64(c.PathMaxRetrans) },
		func(c *sctp.Config, v int64) { c.PathMaxRetrans = int(v) }, 1},
	SCTP_RTOINFO_INITIAL: {
		func(c *sctp.Config) int64 { return int64(c.RTO.Initial) },
		func(c *sctp.Config, v int64) { c.RTO.Initial = time.Duration(v) }, 1},
	SCTP_RTOINFO_MAX: {
		func(c *sctp.Config) int64 { return int64(c.RTO.Max) },
		func(c *sctp.Config, v int64) { c.RTO.Max = time.Duration(v) }, 1},
	SCTP_RTOINFO_MIN: {
		func(c *sctp.Config) int64 { return int64(c.RTO.Min) },
		func(c *sctp.Config, v int64) { c.RTO.Min = time.Duration(v) }, 1},
	SO_RCVBUF: {
		func(c *sctp.Config) int64 { return int64(c.ReceiveBuffer) },
		func(c *sctp.Config, v int64) { c.ReceiveBuffer = int(v) }, 1},
	SO_SNDBUF: {
		func(c *sctp.Config) int64 { return int64(c.SendBuffer) },
		func(c *sctp.Config, v int64) { c.SendBuffer = int(v) }, 1},
}

// most is the largest value of an option that counts streams.
const most = 1<<16 - 1

// changed is a configuration with another value of an option.
func changed(cfg *sctp.Config, o Option, v int64) (*sctp.Config, Errno) {
	opt := &sctpOptions[o]
	switch {
	case opt.set == nil:
		return nil, ENOPROTOOPT
	case v < opt.least, v > most && (o == SCTP_INITMSG_INSTREAMS || o == SCTP_INITMSG_OSTREAMS):
		return nil, EINVAL
	}
	c := *cfg
	opt.set(&c, v)
	if c.RTO.Min > c.RTO.Max || c.RTO.Initial > c.RTO.Max || c.RTO.Initial < c.RTO.Min {
		return nil, EINVAL // RFC 6458 8.1.1
	}
	return &c, OK
}

// setSCTP sets an option of an SCTP socket: for the associations that it has
// and for those to come (SCTP_ALL_ASSOC).
func (k *Stack) setSCTP(now clock.Time, s *sock, o Option, v int64) Errno {
	if field := s.ownSCTP(o); field != nil {
		if v < 0 {
			return EINVAL
		}
		*field = v
		return OK
	}
	switch o {
	case SO_LINGER:
		s.lingerOn, s.linger = v != LingerOff, time.Duration(max(v, 0))
		return OK
	case SCTP_FRAGMENT_INTERLEAVE:
		if v < 0 || v > 1 { // level 2 needs I-DATA (RFC 8260)
			return EINVAL
		}
		s.ep.interleave = v
		return OK
	case SCTP_CONTEXT:
		s.ep.context = uint32(v)
		return OK
	case SCTP_DEFAULT_SNDINFO_CONTEXT:
		s.ep.defaults.Context = uint32(v)
		return OK
	case SCTP_DEFAULT_SNDINFO_PPID:
		s.ep.defaults.PPID = uint32(v)
		return OK
	case SCTP_DEFAULT_SNDINFO_SID:
		if v < 0 || v > most {
			return EINVAL
		}
		s.ep.defaults.Stream = uint16(v)
		return OK
	case SCTP_AUTOCLOSE:
		if !s.ep.many {
			return EOPNOTSUPP // RFC 6458 8.1.8: one-to-many alone
		}
	}
	cfg, e := changed(s.ep.cfg, o, v)
	if e != OK {
		return e
	}
	s.ep.cfg = cfg
	for _, id := range s.ep.assocs {
		if a := k.assocs.get(id); a.sctp.State().Exists() {
			k.setAssoc(now, a, o, v)
		}
	}
	return OK
}

// ownSCTP is where an SCTP socket keeps options that all sockets have.
func (s *sock) ownSCTP(o Option) *int64 {
	switch o {
	case SO_RCVTIMEO:
		return &s.recvTimeout
	case SO_SNDTIMEO:
		return &s.sendTimeout
	}
	return nil
}

func (k *Stack) setAssoc(now clock.Time, a *assoc, o Option, v int64) Errno {
	cfg, e := changed(a.sctp.Config(), o, v)
	if e != OK {
		return e
	}
	k.beginAssoc(a)
	a.sctp.Set(now, cfg, &k.assocs.out)
	k.endAssoc(now, a, nil)
	return OK
}

// SetAssocopt sets an option for one association of a socket.
func (k *Stack) SetAssocopt(now clock.Time, p ProcID, fd int, id AssocID, o Option, v int64) Errno {
	a, _, e := k.assocOf(p, fd, id)
	switch {
	case e != OK:
		return e
	case a == nil || !a.sctp.State().Exists():
		return EINVAL
	}
	return k.setAssoc(now, a, o, v)
}

// SetPrimary is SCTP_PRIMARY_ADDR: where the association's new DATA goes
// (RFC 6458 8.1.9).
func (k *Stack) SetPrimary(now clock.Time, p ProcID, fd int, id AssocID, addr wire.Addr) Errno {
	a, _, e := k.assocOf(p, fd, id)
	switch {
	case e != OK:
		return e
	case a == nil || !a.sctp.State().Exists() || !a.sctp.HasPeer(addr):
		return EINVAL
	}
	k.beginAssoc(a)
	_ = a.sctp.SetPrimary(now, addr, &k.assocs.out)
	k.endAssoc(now, a, nil)
	return OK
}

// getSCTP reads an option of an SCTP socket.
func (k *Stack) getSCTP(s *sock, o Option) (int64, Errno) {
	if field := s.ownSCTP(o); field != nil {
		return *field, OK
	}
	switch o {
	case SO_ERROR:
		return int64(k.tellError(s)), OK
	case SO_LINGER:
		if !s.lingerOn {
			return LingerOff, OK
		}
		return int64(s.linger), OK
	case SCTP_FRAGMENT_INTERLEAVE:
		return s.ep.interleave, OK
	case SCTP_CONTEXT:
		return int64(s.ep.context), OK
	case SCTP_DEFAULT_SNDINFO_CONTEXT:
		return int64(s.ep.defaults.Context), OK
	case SCTP_DEFAULT_SNDINFO_PPID:
		return int64(s.ep.defaults.PPID), OK
	case SCTP_DEFAULT_SNDINFO_SID:
		return int64(s.ep.defaults.Stream), OK
	case SCTP_STATUS:
		if a := k.onlyAssoc(s.ep); a != nil {
			return int64(a.sctp.State()), OK
		}
		return int64(sctp.Closed), OK
	}
	if opt := &sctpOptions[o]; opt.get != nil {
		return opt.get(s.ep.cfg), OK
	}
	return 0, ENOPROTOOPT
}

// Status is SCTP_STATUS of an association (RFC 6458 8.2.1).
type Status struct {
	State            sctp.State
	RWnd             int // the peer's window
	Unacked, Pending int // chunks that are not acknowledged, messages not sent
	In, Out          uint16
	Primary          sctp.PathInfo
}

// Status is what is known of an association of a socket.
func (k *Stack) Status(p ProcID, fd int, id AssocID) (st Status, e Errno) {
	a, _, e := k.assocOf(p, fd, id)
	switch {
	case e != OK:
		return st, e
	case a == nil:
		return Status{State: sctp.Closed}, OK
	}
	v := a.sctp.Vars()
	st = Status{State: v.State, RWnd: v.RWnd, Unacked: v.Unacked, Pending: v.Waiting}
	st.Out, st.In = a.sctp.Streams()
	for i := range a.sctp.Paths() {
		if path := a.sctp.Path(i); path.Primary {
			st.Primary = path
		}
	}
	return st, OK
}
