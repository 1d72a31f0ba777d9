package script

import (
	"slices"
	"strings"

	"simrun/sim"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// callNames is the calls of POSIX that apps may make.
var callNames = []string{
	"socket", "bind", "listen", "accept", "connect", "send", "sendto", "recv", "shutdown", "close", "dup",
	"setsockopt", "getsockopt", "poll", "sockatmark",
}

// sctpCalls is the calls of RFC 6458. They compile as soon as there is an
// SCTP to make them of.
var sctpCalls = []string{"subscribe", "sendmsg", "recvmsg", "peeloff", "connectx", "bindx"}

// makesSocket is the calls whose result can be named.
var makesSocket = []string{"socket", "bind", "listen", "accept", "connect", "sendto", "dup"}

// call compiles [NAME "="] [NAME "."] call args ["=" want] [when].
func (a *appParser) call() {
	in := sim.Instr{}
	first := a.peek()
	if a.assigned() {
		in.Assign = a.next().src
		a.next()
	}
	t := a.next()
	name := t.src
	if on, call, ok := strings.Cut(t.src, "."); ok && isName(on) {
		in.On, name = on, call
		a.uses = append(a.uses, t)
	}
	in.Pos = a.pos(t)
	if in.Assign != "" && isCall(name) {
		if !isName(in.Assign) || !slices.Contains(makesSocket, name) {
			a.fail(first, "want a call that makes a socket after %q, found %q", in.Assign+" =", name)
		}
		a.names = append(a.names, in.Assign)
	}
	start := a.at
	a.arguments(&in, t, name)
	in.Args = a.margin(in, start)
	if a.accept(equals) {
		in.Want = a.want()
	}
	in.When = a.when()
	a.emit(in)
	a.endOfStatement()
}

// assigned reports whether the next words are "NAME = call": what follows an
// "=" after a call is an outcome instead.
func (a *appParser) assigned() bool {
	name, eq, call := a.peek(), a.after(1), a.after(2)
	if eq.kind != equals || call.kind != word || isCall(name.src) {
		return false
	}
	_, method, _ := strings.Cut(call.src, ".")
	return isCall(call.src) || isCall(method) || nearest(name.src, callNames) == "" && nearest(call.src, callNames) != ""
}

func isCall(name string) bool {
	return slices.Contains(callNames, name) || slices.Contains(sctpCalls, name)
}

// arguments reads what stands between a call and its outcome.
func (a *appParser) arguments(in *sim.Instr, t token, name string) {
	switch name {
	case "socket":
		a.socket(in)
	case "bind":
		in.Op, in.Local = sim.OpBind, a.local(a.word("[HOST]:PORT"))
	case "listen":
		a.listen(in)
	case "accept":
		in.Op = sim.OpAccept
		a.options(in, sim.DontWait)
	case "connect":
		in.Op = sim.OpConnect
		a.remote(in, a.word("HOST:PORT"))
		a.options(in, sim.DontWait)
	case "send":
		in.Op, in.Data = sim.OpSend, a.data()
		a.options(in, sim.DontWait|sim.OOB|sim.More)
	case "sendto":
		in.Op = sim.OpSendto
		a.remote(in, a.word("HOST:PORT"))
		in.Data = a.data()
		a.options(in, sim.DontWait|sim.FastOpen)
	case "recv":
		in.Op = sim.OpRecv
		if isDigits(a.peek().src) {
			in.N = int(a.number(a.next(), "a number of bytes", 1, 1<<30))
		}
		before := a.peek()
		a.options(in, sim.DontWait|sim.OOB|sim.Peek|sim.WaitAll)
		if in.Flags&sim.WaitAll != 0 && (in.N == 0 || in.Flags&sim.Peek != 0) {
			a.fail(before, "want a number of bytes before WAITALL, and no PEEK")
		}
	case "shutdown":
		in.Op, in.How = sim.OpShutdown, a.how()
	case "close":
		in.Op = sim.OpClose
		if a.acceptWord("DONTWAIT") {
			in.Flags = sim.DontWait
		}
	case "dup":
		in.Op = sim.OpDup
	case "setsockopt":
		a.setsockopt(in)
	case "getsockopt":
		a.getsockopt(in)
	case "poll":
		a.poll(in)
	case "sockatmark":
		in.Op = sim.OpSockatmark
	default:
		if slices.Contains(sctpCalls, name) {
			a.fail(t, "%s is a call of SCTP, which cannot be simulated yet", name)
		}
		known := slices.Concat(callNames, sctpCalls, controlWords)
		a.fail(t, "%s", unknown("call", name, known[:len(callNames)+len(sctpCalls)]))
	}
}

// margin is the arguments as written, for the ladder's margin; data that is
// sent is shown apart from them.
func (a *appParser) margin(in sim.Instr, start int) string {
	text, quiet := "", in.Op == sim.OpSend
	for i, t := range a.toks[start:a.at] {
		if quiet {
			if t.kind != word || t.src == "it" || isDigits(t.src) {
				continue
			}
			quiet = false
		}
		if i > 0 && !t.glued && text != "" {
			text += " "
		}
		text += t.src
	}
	return text
}

func (a *appParser) socket(in *sim.Instr) {
	in.Op = sim.OpSocket
	t := a.word("tcp or sctp")
	switch t.src {
	case "tcp":
	case "sctp":
		a.fail(t, "SCTP cannot be simulated yet")
	default:
		a.wanted(t, "tcp or sctp")
	}
	in.Text = t.src
	if a.peek().kind == word {
		in.Local = a.local(a.next())
	}
}

func (a *appParser) listen(in *sim.Instr) {
	in.Op = sim.OpListen
	if t := a.peek(); t.kind == word && strings.Contains(t.src, ":") {
		in.Local = a.local(a.next())
	}
	if t := a.peek(); t.kind == word && t.src != "at" && t.src != "within" {
		in.N = int(a.number(a.next(), "a backlog", 1, 65535))
	}
}

// local reads ":PORT", "HOST:PORT" or "ADDRESS:PORT" of the app's own host.
func (a *appParser) local(t token) wire.Endpoint {
	if port, ok := strings.CutPrefix(t.src, ":"); ok && !strings.Contains(port, ":") {
		return wire.Endpoint{Port: a.port(t, port, 0)}
	}
	name, e := a.endpoint(t, 0)
	own := a.sc.Hosts[a.spec.Host]
	if name != "" {
		if a.hostNamed(t, name) != a.spec.Host {
			a.fail(t, "want an address of host %s itself, found %q", own.Name, t.src)
		}
		e.Addr = own.Addrs[0]
	}
	return e
}

// remote reads "HOST:PORT" or "ADDRESS:PORT".
func (a *appParser) remote(in *sim.Instr, t token) {
	in.Peer, in.Remote = a.endpoint(t, 1)
	if in.Peer != "" {
		in.Peer = a.sc.Hosts[a.hostNamed(t, in.Peer)].Name
	}
}

func (p *parser) endpoint(t token, leastPort int) (name string, e wire.Endpoint) {
	i := strings.LastIndexByte(t.src, ':')
	if i < 0 {
		p.wanted(t, "HOST:PORT")
	}
	e.Port = p.port(t, t.src[i+1:], leastPort)
	if name = t.src[:i]; isName(name) {
		return name, e
	}
	e, err := wire.ParseEndpoint(t.src)
	if err != nil {
		p.fail(t, "%v", err)
	}
	return "", e
}

func (p *parser) port(t token, s string, least int) uint16 {
	n, ok := parseInt(s, least, 65535)
	if !ok {
		p.fail(t, "want a port from %d to 65535, found %q", least, s)
	}
	return uint16(n)
}

// options reads the flags that a call may have, and timeout=T.
func (a *appParser) options(in *sim.Instr, allowed sim.CallFlags) {
	for a.peek().kind == word && !a.is("at") && !a.is("within") {
		if key, value, ok := a.pair(); ok {
			if key.src != "timeout" {
				a.fail(key, "%s", unknown("option of a call", key.src, []string{"timeout"}))
			}
			in.Timeout = a.duration(value)
			continue
		}
		t, flag, names := a.next(), sim.CallFlags(0), []string(nil)
		for i, name := range sim.CallFlagNames() {
			if f := sim.CallFlags(1) << i; allowed&f != 0 {
				names = append(names, name)
				if name == t.src {
					flag = f
				}
			}
		}
		if flag == 0 {
			a.fail(t, "%s", unknown("flag", t.src, names))
		}
		in.Flags |= flag
	}
}

var hows = []string{"RD", "WR", "RDWR"} // in the order of socket.How

func (a *appParser) how() socket.How {
	t := a.word(oneOf(hows))
	i := slices.Index(hows, t.src)
	if i < 0 {
		a.wanted(t, oneOf(hows))
	}
	return socket.How(i)
}

func (a *appParser) poll(in *sim.Instr) {
	in.Op = sim.OpPoll
	for {
		t := a.word("a socket's name or a time")
		if t.src == "PRI" {
			in.Flags |= sim.OOB
			continue
		}
		if !isName(t.src) {
			in.Dur = a.duration(t)
			return
		}
		in.Socks = append(in.Socks, t.src)
		a.uses = append(a.uses, t)
	}
}

// data reads terms joined by "+".
func (a *appParser) data() sim.Data {
	data := sim.Data{a.term()}
	for a.accept(plus) {
		data = append(data, a.term())
	}
	return data
}

func (a *appParser) term() sim.Term {
	t := a.next()
	switch {
	case t.kind == quoted:
		return sim.Term{Text: t.text, Counter: a.repeats > 0 && strings.Contains(string(t.text), "{n}")}
	case t.kind == word && t.src == "it":
		return sim.Term{It: true}
	case t.kind == word && isDigits(t.src):
		return sim.Term{Pattern: int(a.number(t, "a number of bytes", 1, 1<<30))}
	}
	a.wanted(t, `data ("text", a number of bytes or it)`)
	panic("unreachable")
}

// want reads the outcome that a call must have.
func (a *appParser) want() *sim.Want {
	t := a.peek()
	w := &sim.Want{Pos: a.pos(t), Text: t.src}
	errno, isErrno := socket.ParseErrno(t.src)
	switch {
	case t.kind == quoted, t.src == "it", isDigits(t.src) && a.after(1).kind == plus:
		start := a.at
		w.Kind, w.Data = sim.WantData, a.data()
		w.Text = a.margin(sim.Instr{}, start)
		return w
	case isDigits(t.src):
		w.Kind, w.Number = sim.WantNumber, int64(a.number(t, "a number", 0, 1<<62))
	case t.src == "EOF":
		w.Kind = sim.WantEOF
	case t.src == "BLOCKED":
		w.Kind = sim.WantBlocked
	case isState(t.src):
		w.Kind = sim.WantWord
	case isErrno:
		w.Kind, w.Errno = sim.WantErrno, errno
	case t.kind == word:
		a.fail(t, "%s", unknownOutcome(t.src))
	default:
		a.wanted(t, "an outcome: data, a number, EOF, BLOCKED or an errno")
	}
	a.next()
	return w
}

// isState reports whether a word is a state of TCP, which TCP_INFO says.
func isState(name string) bool {
	return slices.ContainsFunc(tcp.States(), func(s tcp.State) bool { return s.String() == name })
}

func unknownOutcome(name string) string {
	known := append([]string{"EOF", "BLOCKED"}, socket.ErrnoNames()...)
	if near := nearest(name, known); near != "" {
		return unknown("outcome", name, []string{near})
	}
	return unknown("outcome", name, []string{"data", "a number", "EOF", "BLOCKED", "an errno"})
}
