package socket

import (
	"slices"
	"time"

	"simrun/clock"
	"simrun/tcp"
)

// Option is a socket option of POSIX or of TCP's.
type Option uint8

const (
	SO_ERROR Option = iota + 1
	SO_KEEPALIVE
	SO_LINGER
	SO_OOBINLINE
	SO_RCVBUF
	SO_REUSEADDR
	SO_SNDBUF
	TCP_CORK
	TCP_KEEPCNT
	TCP_KEEPIDLE
	TCP_KEEPINTVL
	TCP_MAXSEG
	TCP_NODELAY
	TCP_USER_TIMEOUT
)

var optionNames = [...]string{
	SO_ERROR: "SO_ERROR", SO_KEEPALIVE: "SO_KEEPALIVE", SO_LINGER: "SO_LINGER", SO_OOBINLINE: "SO_OOBINLINE", SO_RCVBUF: "SO_RCVBUF", SO_REUSEADDR: "SO_REUSEADDR",
	SO_SNDBUF: "SO_SNDBUF", TCP_CORK: "TCP_CORK", TCP_KEEPCNT: "TCP_KEEPCNT", TCP_KEEPIDLE: "TCP_KEEPIDLE",
	TCP_KEEPINTVL: "TCP_KEEPINTVL", TCP_MAXSEG: "TCP_MAXSEG", TCP_NODELAY: "TCP_NODELAY",
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
	case SO_ERROR:
		return ENOPROTOOPT
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
	switch o {
	case SO_ERROR:
		return int64(k.tellError(s)), OK
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
