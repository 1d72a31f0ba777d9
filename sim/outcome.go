package sim

import (
	"strconv"

	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/tcp"
)

// outcome is how a call ended.
type outcome struct {
	n      int64
	errno  socket.Errno
	word   string // TCP_INFO: the state
	info   *tcp.Info
	data   []byte // recv: what came
	eof    bool
	says   bool // the margin shows n; else success goes without saying
	blocks bool // not ended: it would block
}

// judge compares a call's outcome and time with what the program says of it.
func (w *World) judge(a *app, in *Instr, out *outcome) {
	if in.Want != nil && !w.matches(a, in.Want, out) {
		w.failures = append(w.failures, Failure{in.Want.Pos, callName(in), in.Want.Text, out.String()})
	}
	if in.When == nil {
		return
	}
	from, to := in.When.From, in.When.To
	if in.When.Relative {
		from, to = from+a.call.start, to+a.call.start
	}
	if w.now < from || w.now > to {
		w.failures = append(w.failures, Failure{in.When.Pos, callName(in), in.When.Text, "a return at " + trace.Duration(w.now.Since())})
	}
}

// matches reports whether an outcome is the wanted one.
func (w *World) matches(a *app, want *Want, out *outcome) bool {
	if out.errno != socket.OK {
		return want.Kind == WantErrno && want.Errno == out.errno
	}
	switch want.Kind {
	case WantData:
		return !out.eof && string(w.bytes(a, want.Data)) == string(out.data)
	case WantNumber:
		return out.n == want.Number
	case WantEOF:
		return out.eof
	case WantWord:
		return out.word == want.Text
	}
	return false
}

func (o *outcome) String() string {
	switch {
	case o.errno != socket.OK:
		return o.errno.Error()
	case o.eof:
		return "EOF"
	case o.word != "":
		return o.word
	case o.data != nil:
		return strconv.Quote(string(o.data))
	}
	return strconv.FormatInt(o.n, 10)
}

// text is the result for the margin, "" when success goes without saying.
func (o *outcome) text() string {
	switch {
	case o.errno != socket.OK:
		return o.errno.Error()
	case o.eof:
		return "EOF"
	case o.word != "":
		return o.word
	case o.says:
		return strconv.FormatInt(o.n, 10)
	}
	return ""
}
