package sim

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/sim/trace"
	"simrun/wire"
)

// process is a table of descriptors with the names that a program gave them.
type process struct {
	host  int
	id    socket.ProcID
	names []binding
	open  []int // descriptors in the order they were opened
}

type binding struct {
	name string
	fd   int
}

// app is one program running: an instruction list and where it stands, or a
// coroutine. It is due in the world's heap when it can go on.
type app struct {
	index, host int
	name        string
	proc        int // index into World.procs
	code        []Instr
	pc          int
	blocks      []block
	it          []byte // what was received last; the next receive reuses it
	room        []byte // for data that a call is given
	done        bool
	co          *coroutine // Go code; nil for a program

	call       callState
	waiting    bool  // in a call that would block
	queue      queue // that it waits in
	prev, next int   // its neighbours there: their indices, less one; 0: none
	sleeps     bool
}

// callState is a call that has begun and not returned.
type callState struct {
	begun   bool
	in      *Instr // what is called
	start   clock.Time
	event   trace.ID // its Call event
	fd      int
	sock    socket.SockID // what a blocked call waits for
	any     bool          // poll: any socket of the host
	data    []byte        // send: what to queue
	sent    int           // send: octets queued so far
	expires clock.Time    // timeout=; Never if there is none
}

// block is an until or repeat that is being executed.
type block struct {
	begin int // index of its instruction
	turn  int // repeat: the present turn, from 1
}

func (w *World) addApp(spec *AppSpec) {
	a := &app{index: len(w.apps), host: spec.Host, name: spec.Name, code: spec.Code}
	a.proc = w.processFor(spec)
	w.apps = append(w.apps, a)
	w.heap.Set(a.actor(), 0)
}

// processFor is the process of a new app: its own, or the one it shares.
func (w *World) processFor(spec *AppSpec) int {
	if spec.Shares != "" {
		for _, other := range w.apps {
			if other.host == spec.Host && (other.name == spec.Shares || other.name == "" && spec.Shares == "main") {
				return other.proc
			}
		}
	}
	w.procs = append(w.procs, &process{host: spec.Host, id: w.hosts[spec.Host].stack.NewProc()})
	return len(w.procs) - 1
}

func (a *app) actor() clock.Actor { return clock.NewActor(clock.Application, a.index) }

// run lets an application make one call: control instructions before it are
// free, and the next call is another step.
func (w *World) run(a *app) {
	if a.co != nil {
		w.resume(a)
		return
	}
	for a.pc < len(a.code) {
		in := &a.code[a.pc]
		if in.Op < OpSleep {
			w.runCall(a, in)
			return
		}
		if !w.control(a, in) {
			return
		}
	}
	a.done = true
	w.heap.Clear(a.actor())
}

// runCall tries the call at hand; when it ends the program goes on, at this
// instant, with another step.
func (w *World) runCall(a *app, in *Instr) {
	out := w.try(a, in)
	if out.blocks {
		return
	}
	a.pc++
	w.leaveUntil(a, &out)
	w.heap.Set(a.actor(), w.now)
}

// leaveUntil ends the innermost until when a call in it has the outcome that
// it waits for, or fails.
func (w *World) leaveUntil(a *app, out *outcome) {
	for i := len(a.blocks) - 1; i >= 0; i-- {
		begin := a.blocks[i].begin
		in := &a.code[begin]
		if in.Op != OpUntil {
			continue
		}
		if out.errno != socket.OK || w.matches(a, in.Want, out) {
			a.pc = in.Jump + 1
			a.blocks = a.blocks[:i]
		}
		return
	}
}

// control performs an instruction that is no call; it reports whether the
// program goes on at once.
func (w *World) control(a *app, in *Instr) bool {
	switch in.Op {
	case OpSleep:
		return w.sleepUntil(a, w.now.Add(in.Dur))
	case OpAt:
		return w.sleepUntil(a, in.At)
	case OpUntil:
		a.blocks = append(a.blocks, block{begin: a.pc})
	case OpRepeat:
		return w.repeat(a, in)
	case OpEnd:
		a.pc = in.Jump // back to its beginning, which decides
		begin := &a.code[in.Jump]
		switch begin.Op {
		case OpRepeat:
			return w.repeat(a, begin)
		case OpFork:
			w.exit(a)
			return false
		}
	case OpFork:
		w.fork(a, in)
		a.pc = in.Jump
	case OpExit:
		w.exit(a)
		return false
	}
	a.pc++
	return true
}

// sleepUntil waits for an instant once; the second time around it is over.
func (w *World) sleepUntil(a *app, t clock.Time) bool {
	if !a.sleeps && t > w.now {
		a.sleeps = true
		w.heap.Set(a.actor(), t)
		return false
	}
	a.sleeps = false
	a.pc++
	return true
}

// repeat begins a turn, waiting for the next multiple of Dur if that is set,
// or leaves after the last.
func (w *World) repeat(a *app, in *Instr) bool {
	n := len(a.blocks)
	if n == 0 || a.blocks[n-1].begin != a.pc {
		a.blocks = append(a.blocks, block{begin: a.pc})
		n++
	}
	b := &a.blocks[n-1]
	if !a.sleeps {
		if b.turn == in.N {
			a.blocks = a.blocks[:n-1]
			a.pc = in.Jump + 1
			return true
		}
		b.turn++
	}
	if in.Dur > 0 && !a.sleeps {
		next := (w.now + clock.Time(in.Dur) - 1) / clock.Time(in.Dur) * clock.Time(in.Dur)
		if next == w.now && b.turn > 1 {
			next += clock.Time(in.Dur)
		}
		if next > w.now {
			a.sleeps = true
			w.heap.Set(a.actor(), next)
			return false
		}
	}
	a.sleeps = false
	a.pc++
	return true
}

// fork starts a second process that runs the block with the same descriptors.
func (w *World) fork(a *app, in *Instr) {
	parent := w.procs[a.proc]
	child := &process{host: a.host, id: w.hosts[a.host].stack.Fork(parent.id),
		names: slices.Clone(parent.names), open: slices.Clone(parent.open)}
	w.procs = append(w.procs, child)
	b := &app{
		index: len(w.apps), host: a.host, name: a.name + "child", proc: len(w.procs) - 1,
		code: a.code, pc: a.pc + 1, it: slices.Clone(a.it),
	}
	w.apps = append(w.apps, b)
	w.heap.Set(b.actor(), w.now)
}

// exit ends a program and closes its descriptors.
func (w *World) exit(a *app) {
	h := w.hosts[a.host]
	a.done = true
	w.heap.Clear(a.actor())
	w.rec.note(h, "exit")
	id, open := w.procs[a.proc].id, w.procs[a.proc].open
	for _, fd := range open {
		own := 0 // this process's descriptors of the same socket
		for _, other := range open {
			if h.stack.Sock(id, other) == h.stack.Sock(id, fd) {
				own++
			}
		}
		if conn := h.stack.ConnOf(id, fd); h.stack.Refs(id, fd) == own {
			w.watch.finished(h, conn)
		}
	}
	h.stack.Exit(w.now, id)
	w.settle(h)
}

// try makes a call, or goes on with one that blocked; it checks and records
// what came of it.
func (w *World) try(a *app, in *Instr) outcome {
	if !a.call.begun {
		a.call = callState{begun: true, in: in, start: w.now, fd: w.descriptor(a, in), expires: clock.Never}
		a.call.sock = w.hosts[a.host].stack.Sock(w.procs[a.proc].id, a.call.fd)
		a.call.any = in.Op == OpPoll
		if limit := w.limit(a, in); limit > 0 {
			a.call.expires = w.now.Add(limit)
		}
		if in.Op == OpSend || in.Op == OpSendto {
			a.call.data = w.bytes(a, in.Data)
		}
		w.rec.begin(a, in)
	} else {
		w.rec.again(a)
	}
	out := w.perform(a, in)
	if out.blocks && in.Flags&DontWait != 0 || out.blocks && w.now >= a.call.expires {
		out = w.cutOff(a, in)
	}
	w.settle(w.hosts[a.host])
	if out.blocks {
		w.blocked(a)
		w.waitFor(a)
		return out
	}
	w.rec.returned(a, in, &out)
	w.judge(a, in, &out)
	w.unblocked(a)
	a.call = callState{}
	return out
}

// limit is how long a call may block: what it says itself, else what its
// socket does; 0: for ever.
func (w *World) limit(a *app, in *Instr) time.Duration {
	recv, send := w.hosts[a.host].stack.Timeouts(w.procs[a.proc].id, a.call.fd)
	switch {
	case in.Timeout > 0:
		return in.Timeout
	case in.Op == OpRecv || in.Op == OpAccept:
		return recv
	case in.Op == OpSend || in.Op == OpSendto || in.Op == OpConnect:
		return send
	}
	return 0
}

// cutOff is what a call says that may block no longer: what it has done so
// far, if that counts (POSIX send, connect).
func (w *World) cutOff(a *app, in *Instr) outcome {
	switch {
	case in.Op == OpConnect && in.Flags&DontWait == 0 && in.Timeout == 0:
		return outcome{errno: socket.EINPROGRESS}
	case in.Op == OpRecv && len(a.call.data) > 0:
		return w.gathered(a)
	case (in.Op == OpSend || in.Op == OpSendto) && a.call.sent > 0:
		return ended(a.call.sent, socket.OK)
	}
	return outcome{errno: socket.EAGAIN}
}

// waitFor puts a blocked application to sleep until its socket changes or its
// call times out.
func (w *World) waitFor(a *app) {
	if a.call.expires < clock.Never {
		w.heap.Set(a.actor(), a.call.expires)
	} else {
		w.heap.Clear(a.actor())
	}
}

// bytes is the value of a data expression now. It is valid until the
// application's next call.
func (w *World) bytes(a *app, d Data) []byte {
	if len(d) == 1 && !d[0].Counter && !d[0].It {
		switch n := d[0].Pattern; {
		case n == 0:
			return d[0].Text
		case n <= len(patterns):
			return patterns[:n:n]
		}
	}
	b := a.room[:0]
	for _, t := range d {
		switch {
		case t.It:
			b = append(b, a.it...)
		case t.Pattern > 0:
			for n := t.Pattern; n > 0; n -= len(pattern) {
				b = append(b, pattern[:min(n, len(pattern))]...)
			}
		case t.Counter:
			b = append(b, counted(t.Text, a.turn())...)
		default:
			b = append(b, t.Text...)
		}
	}
	a.room = b
	return b
}

// pattern is the octets of "send 1400": its period is a prime, so that text
// that lands in the wrong place shows.
const pattern = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ012345678"

// patterns is the pattern often enough for most sends; nobody writes to it.
var patterns = bytes.Repeat([]byte(pattern), 1000)

// turn is the innermost repeat's counter.
func (a *app) turn() int {
	for i := len(a.blocks) - 1; i >= 0; i-- {
		if a.code[a.blocks[i].begin].Op == OpRepeat {
			return a.blocks[i].turn
		}
	}
	return 0
}

func counted(text []byte, n int) []byte {
	return []byte(strings.ReplaceAll(string(text), "{n}", strconv.Itoa(n)))
}

// descriptor is the descriptor that a call is for: the one it names, else the
// one opened last; -1 when there is none.
func (w *World) descriptor(a *app, in *Instr) int {
	p := w.procs[a.proc]
	if in.FD != 0 {
		return in.FD
	}
	if in.On != "" {
		for i := len(p.names) - 1; i >= 0; i-- {
			if p.names[i].name == in.On {
				return p.names[i].fd
			}
		}
		return -1
	}
	stack := w.hosts[a.host].stack
	for i := len(p.open) - 1; i >= 0; i-- {
		if in.Op != OpAccept || stack.Listening(p.id, p.open[i]) {
			return p.open[i]
		}
	}
	return -1
}

// opened notes a new descriptor and its name.
func (w *World) opened(a *app, in *Instr, fd int) {
	p := w.procs[a.proc]
	p.open = append(p.open, fd)
	w.name(a, in, fd)
}

// name gives a descriptor the name that the call is assigned to.
func (w *World) name(a *app, in *Instr, fd int) {
	if in.Assign != "" {
		p := w.procs[a.proc]
		p.names = append(p.names, binding{in.Assign, fd})
	}
}

// remote is the endpoint that connect is given: an address, or a host by its
// name, whose address on the link to it is taken.
func (w *World) remote(a *app, in *Instr) wire.Endpoint {
	if in.Remote.Addr.IsValid() {
		return in.Remote
	}
	for i, h := range w.hosts {
		if !strings.EqualFold(h.spec.Name, in.Peer) {
			continue
		}
		addr := h.spec.Addrs[0]
		for _, l := range w.links {
			for end := range 2 {
				if l.spec.Ends[end].Host == a.host && l.spec.Ends[1-end].Host == i {
					return wire.Endpoint{Addr: l.spec.Ends[1-end].Addr, Port: in.Remote.Port}
				}
			}
		}
		return wire.Endpoint{Addr: addr, Port: in.Remote.Port}
	}
	return in.Remote
}

// callName is how messages name a call.
func callName(in *Instr) string {
	name := in.Op.String()
	if in.On != "" {
		name = in.On + "." + name
	}
	return name
}

// Blocked is an application that waits in a call when nothing can happen any
// more.
type Blocked struct {
	Pos  Pos
	Host string
	App  string
	Call string
	Want bool // the program says that it must block
}

func (b Blocked) String() string {
	text := fmt.Sprintf("%s blocks for ever at host %s", b.Call, b.Host)
	if b.Pos == (Pos{}) {
		return text
	}
	return b.Pos.String() + ": " + text
}

// BlockedApps is the applications that wait in a call.
func (w *World) BlockedApps() (all []Blocked) {
	for _, a := range w.apps {
		if a.done || !a.waiting {
			continue
		}
		in := a.call.in
		all = append(all, Blocked{
			Pos: in.Pos, Host: w.hosts[a.host].spec.Name, App: a.name, Call: callName(in),
			Want: in.Want != nil && in.Want.Kind == WantBlocked,
		})
	}
	return all
}
