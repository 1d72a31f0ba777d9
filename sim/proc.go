package sim

import (
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// Proc is a process whose program is Go code. Its calls are those of POSIX,
// and they block in virtual time. A Proc is used by the function that was
// given it, and by nobody else.
type Proc struct {
	w     *World
	a     *app
	yield func(struct{}) bool
	over  bool // the world has stopped: no call returns any more
}

// coroutine is Go code that runs between two of its calls, while the world
// waits for it.
type coroutine struct {
	next func() (struct{}, bool)
	stop func()
}

// Run starts a process on a host, by the host's name. The function runs when
// the world is driven; World.Stop ends what is still blocked.
func (w *World) Run(hostName, name string, program func(p *Proc)) error {
	h, err := w.hostNamed(hostName)
	if err != nil {
		return err
	}
	spec := &AppSpec{Host: h.index, Name: name}
	w.addApp(spec)
	a := w.apps[len(w.apps)-1]
	p := &Proc{w: w, a: a}
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			if r := recover(); r != nil && r != stopped {
				panic(r)
			}
		}()
		p.yield = yield
		program(p)
	})
	a.co = &coroutine{next, stop}
	return nil
}

// stopped unwinds the programs of a world that ends.
var stopped = new(struct{ _ byte })

// Stop ends every Go program that is still running: its blocked call does not
// return, deferred functions run, and calls that these make do nothing. A
// world with Go programs must be stopped.
func (w *World) Stop() {
	for _, a := range w.apps {
		if a.co != nil && !a.done {
			a.co.stop()
			a.done = true
			w.heap.Clear(a.actor())
		}
	}
}

// resume lets a Go program run to its next call.
func (w *World) resume(a *app) {
	if _, more := a.co.next(); !more {
		a.done = true
		w.heap.Clear(a.actor())
	}
}

// wait hands control back to the world until this application is due.
func (p *Proc) wait() {
	if p.over || !p.yield(struct{}{}) {
		p.over = true
		panic(stopped)
	}
}

// do makes a call: each is a step of its own.
func (p *Proc) do(in *Instr) outcome {
	if p.over {
		panic(stopped)
	}
	for {
		out := p.w.try(p.a, in)
		if !out.blocks {
			p.w.heap.Set(p.a.actor(), p.w.now)
			p.wait()
			return out
		}
		p.wait()
	}
}

// fail is the error of an outcome; nil when the call succeeded.
func (o *outcome) fail() error {
	return errnoError(o.errno)
}

// Now is the present instant.
func (p *Proc) Now() clock.Time { return p.w.now }

// Sleep lets virtual time pass.
func (p *Proc) Sleep(d time.Duration) {
	if p.over {
		panic(stopped)
	}
	p.w.heap.Set(p.a.actor(), p.w.now.Add(d))
	p.wait()
}

// Sock is a socket of a Proc.
type Sock struct {
	p  *Proc
	fd int
}

// on makes a call for this socket.
func (s *Sock) on(in *Instr) outcome {
	in.FD = s.fd
	return s.p.do(in)
}

// sock names the descriptor that a call made.
func (p *Proc) sock(out outcome) (*Sock, error) {
	if err := out.fail(); err != nil {
		return nil, err
	}
	return &Sock{p, int(out.n)}, nil
}

// Listen makes a socket that listens on a port of all the host's addresses.
func (p *Proc) Listen(port uint16, backlog int) (*Sock, error) {
	s, err := p.Socket()
	if err != nil {
		return nil, err
	}
	out := s.on(&Instr{Op: OpListen, Args: ":" + strconv.Itoa(int(port)), Local: wire.Endpoint{Port: port}, N: backlog})
	return s, out.fail()
}

// Socket makes a TCP socket.
func (p *Proc) Socket() (*Sock, error) {
	return p.sock(p.do(&Instr{Op: OpSocket, Args: "tcp"}))
}

// Connect opens a connection to a port of a host, given by name or address.
func (p *Proc) Connect(hostName string, port uint16) (*Sock, error) {
	s, err := p.Socket()
	if err != nil {
		return nil, err
	}
	return s, s.Connect(hostName, port, 0)
}

// toward is a call that is given a port of a host, by name or address.
func toward(op Op, hostName string, port uint16, flags CallFlags) *Instr {
	args := hostName + ":" + strconv.Itoa(int(port)) + flags.args()
	in := &Instr{Op: op, Args: args, Peer: hostName, Remote: wire.Endpoint{Port: port}, Flags: flags}
	if addr, err := wire.ParseAddr(hostName); err == nil {
		in.Remote.Addr = addr
	}
	return in
}

// Connect opens a connection; with DontWait it says EINPROGRESS.
func (s *Sock) Connect(hostName string, port uint16, flags CallFlags) error {
	out := s.on(toward(OpConnect, hostName, port, flags))
	return out.fail()
}

// SendTo connects and sends with TCP Fast Open (MSG_FASTOPEN): data goes with
// the SYN if the server gave a cookie before. It returns how much is queued.
func (s *Sock) SendTo(hostName string, port uint16, data []byte, flags CallFlags) (int, error) {
	in := toward(OpSendto, hostName, port, flags|FastOpen)
	in.Data = Data{{Text: data}}
	out := s.on(in)
	return int(out.n), out.fail()
}

// Bind gives the socket its local endpoint.
func (s *Sock) Bind(local wire.Endpoint) error {
	out := s.on(&Instr{Op: OpBind, Args: local.String(), Local: local})
	return out.fail()
}

// Accept waits for a connection.
func (s *Sock) Accept() (*Sock, error) { return s.p.sock(s.on(&Instr{Op: OpAccept})) }

// Send queues all of data, waiting for room.
func (s *Sock) Send(data []byte) (int, error) { return s.SendWith(data, 0) }

// SendWith is Send with DontWait, OOB or More.
func (s *Sock) SendWith(data []byte, flags CallFlags) (int, error) {
	out := s.on(&Instr{Op: OpSend, Data: Data{{Text: data}}, Args: strings.TrimPrefix(flags.args(), " "), Flags: flags})
	return int(out.n), out.fail()
}

// Recv waits for up to n octets; none without an error is end of file.
func (s *Sock) Recv(n int) ([]byte, error) { return s.RecvWith(n, 0) }

// RecvWith is Recv with Peek, DontWait, OOB or WaitAll.
func (s *Sock) RecvWith(n int, flags CallFlags) ([]byte, error) {
	out := s.on(&Instr{Op: OpRecv, N: n, Args: strings.TrimPrefix(flags.args(), " "), Flags: flags})
	return slices.Clone(out.data), out.fail()
}

// Shutdown ends one direction, or both.
func (s *Sock) Shutdown(how socket.How) error {
	out := s.on(&Instr{Op: OpShutdown, Args: how.String(), How: how})
	return out.fail()
}

// Setsockopt sets an option; times are in nanoseconds.
func (s *Sock) Setsockopt(name string, value int64) error {
	out := s.on(&Instr{Op: OpSetsockopt, Args: name + " " + strconv.Itoa(int(value)), Opt: name, Value: value})
	return out.fail()
}

// Getsockopt reads an option; times are in nanoseconds. The error of SO_ERROR
// is the one that was pending.
func (s *Sock) Getsockopt(name string) (int64, error) {
	out := s.on(&Instr{Op: OpGetsockopt, Args: name, Opt: name})
	return out.n, out.fail()
}

// Info is TCP_INFO.
func (s *Sock) Info() (tcp.Info, error) {
	out := s.on(&Instr{Op: OpGetsockopt, Args: socket.TCP_INFO.String(), Opt: socket.TCP_INFO.String()})
	if out.info == nil {
		return tcp.Info{}, out.fail()
	}
	return *out.info, out.fail()
}

// Getsockname is the socket's own end.
func (s *Sock) Getsockname() (wire.Endpoint, error) {
	local, _, e := s.p.stack().Names(s.p.process(), s.fd)
	return local, errnoError(e)
}

// Getpeername is the other end of its connection.
func (s *Sock) Getpeername() (wire.Endpoint, error) {
	remote, e := s.p.stack().Peer(s.p.process(), s.fd)
	return remote, errnoError(e)
}

func (p *Proc) stack() *socket.Stack   { return p.w.hosts[p.a.host].stack }
func (p *Proc) process() socket.ProcID { return p.w.procs[p.a.proc].id }

// errnoError is nil for OK.
func errnoError(e socket.Errno) error {
	if e == socket.OK {
		return nil
	}
	return e
}

// Close closes the descriptor.
func (s *Sock) Close() error {
	out := s.on(&Instr{Op: OpClose})
	return out.fail()
}
