package socket

import (
	"slices"
	"time"

	"simrun/clock"
	"simrun/tcp"
)

// Option is a socket option of POSIX, of TCP's, or of SCTP's.
type Option uint8

const (
	SCTP_ASSOCINFO_MAXRXT Option = iota + 1
	SCTP_ASSOCINFO_COOKIE_LIFE
	SCTP_AUTOCLOSE
	SCTP_CONTEXT
	SCTP_DEFAULT_SNDINFO_CONTEXT
	SCTP_DEFAULT_SNDINFO_PPID
	SCTP_DEFAULT_SNDINFO_SID
	SCTP_DELAYED_SACK_DELAY
	SCTP_DELAYED_SACK_FREQ
	SCTP_DISABLE_FRAGMENTS
	SCTP_FRAGMENT_INTERLEAVE
	SCTP_INITMSG_ATTEMPTS
	SCTP_INITMSG_INSTREAMS
	SCTP_INITMSG_OSTREAMS
	SCTP_MAXSEG
	SCTP_MAX_BURST
	SCTP_NODELAY
	SCTP_PEER_ADDR_PARAMS_HBINTERVAL
	SCTP_PEER_ADDR_PARAMS_PATHMAXRXT
	SCTP_PRIMARY_ADDR
	SCTP_RTOINFO_INITIAL
	SCTP_RTOINFO_MAX
	SCTP_RTOINFO_MIN
	SCTP_STATUS
	SO_ERROR
	SO_KEEPALIVE
	SO_LINGER
	SO_OOBINLINE
	SO_RCVBUF
	SO_RCVTIMEO
	SO_REUSEADDR
	SO_SNDBUF
	SO_SNDTIMEO
	TCP_CORK
	TCP_DEFER_ACCEPT
	TCP_FASTOPEN
	TCP_FASTOPEN_CONNECT
	TCP_INFO
	TCP_KEEPCNT
	TCP_KEEPIDLE
	TCP_KEEPINTVL
	TCP_MAXSEG
	TCP_NODELAY
	TCP_QUICKACK
	TCP_USER_TIMEOUT
	numOptions
)

var optionNames = [...]string{
	SCTP_ASSOCINFO_MAXRXT: "SCTP_ASSOCINFO.asocmaxrxt", SCTP_ASSOCINFO_COOKIE_LIFE: "SCTP_ASSOCINFO.cookie_life",
	SCTP_AUTOCLOSE: "SCTP_AUTOCLOSE", SCTP_CONTEXT: "SCTP_CONTEXT",
	SCTP_DEFAULT_SNDINFO_CONTEXT: "SCTP_DEFAULT_SNDINFO.context", SCTP_DEFAULT_SNDINFO_PPID: "SCTP_DEFAULT_SNDINFO.ppid",
	SCTP_DEFAULT_SNDINFO_SID: "SCTP_DEFAULT_SNDINFO.sid", SCTP_DELAYED_SACK_DELAY: "SCTP_DELAYED_SACK.delay",
	SCTP_DELAYED_SACK_FREQ: "SCTP_DELAYED_SACK.freq", SCTP_DISABLE_FRAGMENTS: "SCTP_DISABLE_FRAGMENTS",
	SCTP_FRAGMENT_INTERLEAVE: "SCTP_FRAGMENT_INTERLEAVE", SCTP_INITMSG_ATTEMPTS: "SCTP_INITMSG.max_attempts",
	SCTP_INITMSG_INSTREAMS: "SCTP_INITMSG.max_instreams", SCTP_INITMSG_OSTREAMS: "SCTP_INITMSG.num_ostreams",
	SCTP_MAXSEG: "SCTP_MAXSEG", SCTP_MAX_BURST: "SCTP_MAX_BURST", SCTP_NODELAY: "SCTP_NODELAY",
	SCTP_PEER_ADDR_PARAMS_HBINTERVAL: "SCTP_PEER_ADDR_PARAMS.hbinterval",
	SCTP_PEER_ADDR_PARAMS_PATHMAXRXT: "SCTP_PEER_ADDR_PARAMS.pathmaxrxt", SCTP_PRIMARY_ADDR: "SCTP_PRIMARY_ADDR",
	SCTP_RTOINFO_INITIAL: "SCTP_RTOINFO.initial", SCTP_RTOINFO_MAX: "SCTP_RTOINFO.max",
	SCTP_RTOINFO_MIN: "SCTP_RTOINFO.min", SCTP_STATUS: "SCTP_STATUS",
	SO_ERROR: "SO_ERROR", SO_KEEPALIVE: "SO_KEEPALIVE", SO_LINGER: "SO_LINGER", SO_OOBINLINE: "SO_OOBINLINE",
	SO_RCVBUF: "SO_RCVBUF", SO_RCVTIMEO: "SO_RCVTIMEO", SO_REUSEADDR: "SO_REUSEADDR", SO_SNDBUF: "SO_SNDBUF",
	SO_SNDTIMEO: "SO_SNDTIMEO", TCP_CORK: "TCP_CORK", TCP_DEFER_ACCEPT: "TCP_DEFER_ACCEPT",
	TCP_FASTOPEN: "TCP_FASTOPEN", TCP_FASTOPEN_CONNECT: "TCP_FASTOPEN_CONNECT", TCP_INFO: "TCP_INFO",
	TCP_KEEPCNT: "TCP_KEEPCNT", TCP_KEEPIDLE: "TCP_KEEPIDLE", TCP_KEEPINTVL: "TCP_KEEPINTVL",
	TCP_MAXSEG: "TCP_MAXSEG", TCP_NODELAY: "TCP_NODELAY", TCP_QUICKACK: "TCP_QUICKACK",
	TCP_USER_TIMEOUT: "TCP_USER_TIMEOUT",
}

func (o Option) String() string { return optionNames[o] }

// ParseOption finds an option by its name.
func ParseOption(name string) (Option, bool) {
	i := slices.Index(optionNames[1:], name)
	return Option(i + 1), i >= 0
}

// OptionNames is every name, in alphabetical order.
func OptionNames() []string { return optionNames[1:] }

// LingerOff as the value of SO_LINGER turns it off; any other value is the
// time to linger in nanoseconds, zero for a close that resets.
const LingerOff = -1

// Setsockopt sets an option. Times are in nanoseconds, sizes in octets.
func (k *Stack) Setsockopt(now clock.Time, p ProcID, fd int, o Option, value int64) Errno {
	s, e := k.lookup(p, fd)
	if e != OK {
		return e
	}
	if s.ep != nil {
		return k.setSCTP(now, s, o, value)
	}
	switch o {
	case SO_LINGER:
		s.lingerOn, s.linger = value != LingerOff, time.Duration(max(value, 0))
		return OK
	case SO_REUSEADDR:
		s.reuseAddr = value != 0
		if s.conn != None {
			k.conns[s.conn].reuse = s.reuseAddr
		}
		return OK
	case SO_OOBINLINE:
		s.oobInline = value != 0
		return OK
	case SO_ERROR, TCP_INFO:
		return ENOPROTOOPT
	case TCP_QUICKACK:
		return k.quickACK(now, s, value != 0)
	}
	if field := s.own(o); field != nil {
		if value < 0 {
			return EINVAL
		}
		*field = value
		return OK
	}
	if value < 0 || value == 0 && o != TCP_NODELAY && o != TCP_CORK && o != SO_KEEPALIVE && o != TCP_USER_TIMEOUT {
		return EINVAL
	}
	cfg := *s.cfg
	switch o {
	case SO_KEEPALIVE:
		cfg.Keepalive = value != 0
	case TCP_KEEPCNT:
		cfg.KeepCount = int(value)
	case TCP_KEEPIDLE:
		cfg.KeepIdle = time.Duration(value)
	case TCP_KEEPINTVL:
		cfg.KeepInterval = time.Duration(value)
	case TCP_USER_TIMEOUT:
		cfg.UserTimeout = time.Duration(value)
	case SO_RCVBUF:
		cfg.ReceiveBuffer = int(value)
	case SO_SNDBUF:
		cfg.SendBuffer = int(value)
	case TCP_MAXSEG:
		cfg.MSS = int(value)
	case TCP_CORK:
		cfg.Cork = value != 0
	case TCP_NODELAY:
		cfg.NoDelay = value != 0
	default:
		return ENOPROTOOPT
	}
	k.configure(now, s, &cfg)
	return OK
}

// own is where a socket keeps the value of an option that is no choice of its
// connection's; nil for others.
func (s *sock) own(o Option) *int64 {
	switch o {
	case SO_RCVTIMEO:
		return &s.recvTimeout
	case SO_SNDTIMEO:
		return &s.sendTimeout
	case TCP_DEFER_ACCEPT:
		return &s.listen.deferred
	case TCP_FASTOPEN:
		return &s.listen.fastLimit
	case TCP_FASTOPEN_CONNECT:
		return &s.fastConnect
	}
	return nil
}

// quickACK leaves delayed ACKs for now, or goes back to them.
func (k *Stack) quickACK(now clock.Time, s *sock, on bool) Errno {
	if s.conn == None {
		return OK
	}
	c := k.conns[s.conn]
	k.begin(c)
	c.tcp.QuickACK(now, on, &k.out)
	k.end(now, c)
	return OK
}

// Timeouts is how long receives and sends of a descriptor may block, in
// nanoseconds; 0: for ever (SO_RCVTIMEO, SO_SNDTIMEO).
func (k *Stack) Timeouts(p ProcID, fd int) (recv, send time.Duration) {
	if s, e := k.lookup(p, fd); e == OK {
		return time.Duration(s.recvTimeout), time.Duration(s.sendTimeout)
	}
	return 0, 0
}

// Info is TCP_INFO of the connection behind a descriptor.
func (k *Stack) Info(now clock.Time, p ProcID, fd int) (tcp.Info, Errno) {
	s, e := k.lookup(p, fd)
	switch {
	case e != OK:
		return tcp.Info{}, e
	case s.conn == None:
		return tcp.Info{State: s.state()}, OK
	}
	return k.conns[s.conn].tcp.Info(now), OK
}

// state is that of a socket without a connection.
func (s *sock) state() tcp.State {
	if s.listening {
		return tcp.Listen
	}
	return tcp.Closed
}

func (k *Stack) configure(now clock.Time, s *sock, cfg *tcp.Config) {
	s.cfg = cfg
	if s.conn == None {
		return
	}
	c := k.conns[s.conn]
	k.begin(c)
	c.tcp.Set(now, cfg, &k.out)
	k.end(now, c)
}

// Getsockopt reads an option. SO_ERROR's value is the pending errno, which it
// clears.
func (k *Stack) Getsockopt(p ProcID, fd int, o Option) (int64, Errno) {
	s, e := k.lookup(p, fd)
	if e != OK {
		return 0, e
	}
	if s.ep != nil {
		return k.getSCTP(s, o)
	}
	switch o {
	case SO_ERROR:
		return int64(k.tellError(s)), OK
	case TCP_INFO:
		if s.conn == None {
			return int64(s.state()), OK
		}
		return int64(k.conns[s.conn].tcp.State()), OK
	case TCP_QUICKACK:
		if s.conn != None {
			return number(k.conns[s.conn].tcp.Quick()), OK
		}
		return 0, OK
	case SO_RCVTIMEO, SO_SNDTIMEO, TCP_DEFER_ACCEPT, TCP_FASTOPEN, TCP_FASTOPEN_CONNECT:
		return *s.own(o), OK
	case SO_LINGER:
		if !s.lingerOn {
			return LingerOff, OK
		}
		return int64(s.linger), OK
	case SO_KEEPALIVE:
		return number(s.cfg.Keepalive), OK
	case TCP_KEEPCNT:
		return int64(s.cfg.KeepCount), OK
	case TCP_KEEPIDLE:
		return int64(s.cfg.KeepIdle), OK
	case TCP_KEEPINTVL:
		return int64(s.cfg.KeepInterval), OK
	case TCP_USER_TIMEOUT:
		return int64(s.cfg.UserTimeout), OK
	case SO_RCVBUF:
		return int64(s.cfg.ReceiveBuffer), OK
	case SO_REUSEADDR:
		return number(s.reuseAddr), OK
	case SO_SNDBUF:
		return int64(s.cfg.SendBuffer), OK
	case TCP_MAXSEG:
		if s.conn != None {
			return int64(k.conns[s.conn].tcp.MSS()), OK
		}
		return int64(s.cfg.MSS), OK
	case SO_OOBINLINE:
		return number(s.oobInline), OK
	case TCP_CORK:
		return number(s.cfg.Cork), OK
	case TCP_NODELAY:
		return number(s.cfg.NoDelay), OK
	}
	return 0, ENOPROTOOPT
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
