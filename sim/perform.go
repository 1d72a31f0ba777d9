package sim

import (
	"slices"

	"simrun/clock"
	"simrun/sim/socket"
)

var opNames = [...]string{
	OpSocket: "socket", OpBind: "bind", OpListen: "listen", OpAccept: "accept", OpConnect: "connect",
	OpSend: "send", OpRecv: "recv", OpShutdown: "shutdown", OpClose: "close", OpDup: "dup",
	OpSetsockopt: "setsockopt", OpGetsockopt: "getsockopt", OpPoll: "poll", OpSet: "set",
	OpLimit: "limit", OpReboot: "reboot", OpSleep: "sleep", OpAt: "at", OpUntil: "until",
	OpRepeat: "repeat", OpEnd: "}", OpFork: "fork", OpExit: "exit",
}

// String is the call as programs spell it.
func (op Op) String() string {
	if op == 0 || int(op) >= len(opNames) {
		return "no call"
	}
	return opNames[op]
}

// perform makes a call, or goes on with one that blocked.
func (w *World) perform(a *app, in *Instr) outcome {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	fd := a.call.fd
	switch in.Op {
	case OpSocket:
		n, e := k.Socket(p)
		return w.made(a, in, n, e, false)
	case OpBind:
		return w.bind(a, in)
	case OpListen:
		return w.listen(a, in)
	case OpAccept:
		n, _, e := k.Accept(p, fd)
		if e == socket.EAGAIN {
			return outcome{blocks: true}
		}
		return w.made(a, in, n, e, true)
	case OpConnect:
		return w.connect(a, in)
	case OpSend:
		return w.sendAll(a, in)
	case OpRecv:
		return w.recv(a, in)
	case OpShutdown:
		conn := k.ConnOf(p, fd)
		e := k.Shutdown(w.now, p, fd, in.How)
		if in.How != socket.SHUT_RD && e == socket.OK {
			w.watch.finished(w.hosts[a.host], conn)
		}
		if in.How != socket.SHUT_WR && e == socket.OK {
			w.watch.deaf(w.hosts[a.host], conn)
		}
		return ended(0, e)
	case OpClose:
		w.forget(a, fd)
		if conn := k.ConnOf(p, fd); k.Refs(p, fd) == 1 {
			w.watch.finished(w.hosts[a.host], conn)
		}
		return ended(0, k.Close(w.now, p, fd))
	case OpDup:
		n, e := k.Dup(p, fd)
		return w.made(a, in, n, e, true)
	case OpSetsockopt:
		return w.setsockopt(a, in)
	case OpGetsockopt:
		return w.getsockopt(a, in)
	case OpPoll:
		return w.poll(a, in)
	case OpSet:
		return w.set(a, in)
	case OpLimit:
		k.Limit(p, in.N)
	case OpReboot:
		w.reboot(w.hosts[a.host])
	}
	return outcome{}
}

// ended is a call that returned a number that goes without saying when it
// failed.
func ended(n int, e socket.Errno) outcome {
	return outcome{n: int64(n), errno: e, says: true}
}

// made is a call that made a descriptor.
func (w *World) made(a *app, in *Instr, fd int, e socket.Errno, says bool) outcome {
	if e == socket.OK {
		w.opened(a, in, fd)
	}
	return outcome{n: int64(fd), errno: e, says: says}
}

// fresh is the socket for bind, listen and connect: the one the call names or
// the one opened last, if it is not in use yet; else a new one.
func (w *World) fresh(a *app, in *Instr) (int, socket.Errno) {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	if in.On != "" || in.FD != 0 || k.Fresh(p, a.call.fd) {
		w.name(a, in, a.call.fd)
		return a.call.fd, socket.OK
	}
	fd, e := k.Socket(p)
	if e == socket.OK {
		w.opened(a, in, fd)
		a.call.fd = fd
	}
	return fd, e
}

func (w *World) bind(a *app, in *Instr) outcome {
	fd, e := w.fresh(a, in)
	if e == socket.OK {
		e = w.hosts[a.host].stack.Bind(w.procs[a.proc].id, fd, in.Local)
	}
	return outcome{errno: e}
}

// listen binds as well, where the program gives a port.
func (w *World) listen(a *app, in *Instr) outcome {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	fd, e := w.fresh(a, in)
	if e == socket.OK && in.Local.Port != 0 {
		e = k.Bind(p, fd, in.Local)
	}
	if e == socket.OK {
		if e = k.Listen(p, fd, in.N); e == socket.OK {
			w.rec.listening(w.hosts[a.host])
		}
	}
	return outcome{errno: e}
}

// connect blocks until the connection is there or has failed.
func (w *World) connect(a *app, in *Instr) outcome {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	first := a.call.sock == socket.None || w.now == a.call.start && !a.waiting
	if first {
		fd, e := w.fresh(a, in)
		if e != socket.OK {
			return outcome{errno: e}
		}
		a.call.fd, a.call.sock = fd, k.Sock(p, fd)
	}
	switch e := k.Connect(w.now, p, a.call.fd, w.remote(a, in)); e {
	case socket.EINPROGRESS, socket.EALREADY:
		if in.Flags&DontWait != 0 {
			return outcome{errno: e}
		}
		return outcome{blocks: true}
	case socket.EISCONN:
		if first {
			return outcome{errno: e}
		}
		return ended(0, socket.OK)
	default:
		return outcome{errno: e}
	}
}

// sendAll blocks until every octet is queued, as a blocking send does.
func (w *World) sendAll(a *app, in *Instr) outcome {
	data := a.call.data
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	conn := k.ConnOf(p, a.call.fd)
	n, e := k.Send(w.now, p, a.call.fd, data[a.call.sent:])
	a.call.sent += n
	w.watch.sent(w.hosts[a.host], conn, data[a.call.sent-n:a.call.sent])
	switch {
	case e == socket.EAGAIN || e == socket.OK && a.call.sent < len(data):
		if in.Flags&DontWait != 0 && a.call.sent > 0 {
			return ended(a.call.sent, socket.OK)
		}
		return outcome{blocks: true}
	case e != socket.OK:
		return outcome{errno: e}
	}
	return ended(a.call.sent, socket.OK)
}

// recvAll is how much recv without a number asks for.
const recvAll = 1 << 20

func (w *World) recv(a *app, in *Instr) outcome {
	want := in.N
	if want == 0 {
		want = recvAll
	}
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	conn := k.ConnOf(p, a.call.fd)
	size := min(want, max(k.Unread(p, a.call.fd), 1))
	b := slices.Grow(a.it[:0], size)[:size]
	n, e := k.Recv(w.now, p, a.call.fd, b, in.Flags&Peek != 0)
	switch {
	case e == socket.EAGAIN:
		return outcome{blocks: true}
	case e != socket.OK:
		return outcome{errno: e}
	case n == 0:
		w.watch.ended(w.hosts[a.host], conn)
		return outcome{eof: true}
	}
	a.it = b[:n]
	if in.Flags&Peek == 0 {
		w.watch.received(w.hosts[a.host], conn, b[:n])
		_, remote, _ := k.Names(p, a.call.fd)
		if from := w.owner(remote.Addr); from >= 0 {
			w.hosts[a.host].delivered[from] += int64(n)
		}
	}
	return outcome{n: int64(n), data: b[:n]}
}

// forget drops a closed descriptor from the process.
func (w *World) forget(a *app, fd int) {
	p := w.procs[a.proc]
	for i := len(p.open) - 1; i >= 0; i-- {
		if p.open[i] == fd {
			p.open = append(p.open[:i], p.open[i+1:]...)
			return
		}
	}
}

func (w *World) setsockopt(a *app, in *Instr) outcome {
	o, ok := socket.ParseOption(in.Opt)
	if !ok {
		return outcome{errno: socket.ENOPROTOOPT}
	}
	e := w.hosts[a.host].stack.Setsockopt(w.now, w.procs[a.proc].id, a.call.fd, o, in.Value)
	return outcome{errno: e}
}

func (w *World) getsockopt(a *app, in *Instr) outcome {
	o, ok := socket.ParseOption(in.Opt)
	if !ok {
		return outcome{errno: socket.ENOPROTOOPT}
	}
	v, e := w.hosts[a.host].stack.Getsockopt(w.procs[a.proc].id, a.call.fd, o)
	if o == socket.SO_ERROR && e == socket.OK && v != 0 {
		// The pending errno is the option's value; it reads like a failed call.
		return outcome{errno: socket.Errno(v)}
	}
	return ended(int(v), e)
}

// poll waits until one of the sockets is ready and returns how many are.
func (w *World) poll(a *app, in *Instr) outcome {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	ready := 0
	for _, name := range in.Socks {
		if r, e := k.Poll(p, w.descriptor(a, &Instr{On: name})); e == socket.OK && (r.In || r.Err || r.Hup) {
			ready++
		}
	}
	if ready == 0 && w.now < a.call.start.Add(in.Dur) {
		a.call.expires = a.call.start.Add(in.Dur)
		return outcome{blocks: true}
	}
	return ended(ready, socket.OK)
}

// set changes the host's configuration for sockets made from now on.
func (w *World) set(a *app, in *Instr) outcome {
	h := w.hosts[a.host]
	cfg := *h.stack.Config()
	if err := applySetting(&cfg, Setting{in.Pos, in.Opt, in.Text}); err != nil {
		return outcome{errno: socket.EINVAL}
	}
	h.stack.SetConfig(&cfg)
	return outcome{}
}

// reboot makes the host forget every socket, silently. Programs go on, with
// descriptors that name nothing.
func (w *World) reboot(h *host) {
	h.stack.Reboot()
	w.watch.rebooted(h)
	for _, p := range w.procs {
		if p.host == h.index {
			p.open, p.names = nil, nil
		}
	}
	w.rec.rebooted(h)
	w.heap.Clear(clock.NewActor(clock.Protocol, h.index))
	for _, other := range w.apps {
		if other.host == h.index && other.waiting {
			w.heap.Set(other.actor(), w.now)
		}
	}
}
