package script

import (
	"math"

	"simrun/sim"
)

// optionKind is how the value of a socket option is written.
type optionKind uint8

const (
	flagOption   optionKind = iota // 0 or 1
	numberOption                   // a whole number
	timeOption                     // a time; the call gets nanoseconds
	lingerOption                   // a time, or off; off is -1
	wordOption                     // a name, in Instr.Text
	readOnly                       // getsockopt alone
)

// sockopts is the socket options by the names of the headers.
var sockopts = []struct {
	name string
	kind optionKind
}{
	{"SO_ERROR", readOnly},
	{"SO_KEEPALIVE", flagOption},
	{"SO_LINGER", lingerOption},
	{"SO_OOBINLINE", flagOption},
	{"SO_RCVBUF", numberOption},
	{"SO_RCVLOWAT", numberOption},
	{"SO_RCVTIMEO", timeOption},
	{"SO_REUSEADDR", flagOption},
	{"SO_REUSEPORT", flagOption},
	{"SO_SNDBUF", numberOption},
	{"SO_SNDTIMEO", timeOption},
	{"TCP_CONGESTION", wordOption},
	{"TCP_CORK", flagOption},
	{"TCP_DEFER_ACCEPT", timeOption},
	{"TCP_FASTOPEN", numberOption},
	{"TCP_FASTOPEN_CONNECT", flagOption},
	{"TCP_INFO", readOnly},
	{"TCP_KEEPCNT", numberOption},
	{"TCP_KEEPIDLE", timeOption},
	{"TCP_KEEPINTVL", timeOption},
	{"TCP_LINGER2", timeOption},
	{"TCP_MAXSEG", numberOption},
	{"TCP_NODELAY", flagOption},
	{"TCP_NOTSENT_LOWAT", numberOption},
	{"TCP_QUICKACK", flagOption},
	{"TCP_SYNCNT", numberOption},
	{"TCP_USER_TIMEOUT", timeOption},
}

// sockopt reads the name of an option.
func (a *appParser) sockopt() (string, optionKind) {
	t := a.word("a socket option")
	var names []string
	for _, o := range sockopts {
		if o.name == t.src {
			return o.name, o.kind
		}
		names = append(names, o.name)
	}
	if near := nearest(t.src, names); near != "" {
		names = []string{near}
	}
	a.fail(t, "%s", unknown("socket option", t.src, names))
	panic("unreachable")
}

func (a *appParser) setsockopt(in *sim.Instr) {
	in.Op = sim.OpSetsockopt
	name := a.peek()
	opt, kind := a.sockopt()
	if kind == readOnly {
		a.fail(name, "%s can be read, not set", opt)
	}
	t := a.word("the value of " + opt)
	in.Opt, in.Text = opt, t.src
	switch kind {
	case flagOption:
		in.Value = int64(a.number(t, "a value of "+opt, 0, 1))
	case numberOption:
		in.Value = int64(a.number(t, "a value of "+opt, 0, math.MaxInt32))
	case timeOption:
		in.Value = int64(a.duration(t))
	case lingerOption:
		if in.Value = -1; t.src != "off" {
			in.Value = int64(a.duration(t))
		}
	}
}

func (a *appParser) getsockopt(in *sim.Instr) {
	in.Op = sim.OpGetsockopt
	in.Opt, _ = a.sockopt()
}
