package sim

import (
	"slices"

	"simrun/clock"
	"simrun/sim/socket"
	"simrun/tcp"
)

var opNames = [...]string{
	OpSocket: "socket", OpBind: "bind", OpListen: "listen", OpAccept: "accept", OpConnect: "connect",
	OpSend: "send", OpSendto: "sendto", OpRecv: "recv", OpShutdown: "shutdown", OpClose: "close", OpDup: "dup",
	OpSetsockopt: "setsockopt", OpGetsockopt: "getsockopt", OpPoll: "poll", OpSockatmark: "sockatmark", OpSet: "set",
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
	case OpSendto:
		return w.sendto(a, in)
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
		return w.closeFD(a, in)
	case OpDup:
		n, e := k.Dup(p, fd)
		return w.made(a, in, n, e, true)
	case OpSetsockopt:
		return w.setsockopt(a, in)
	case OpGetsockopt:
		return w.getsockopt(a, in)
	case OpPoll:
		return w.poll(a, in)
	case OpSockatmark:
		at, e := k.Sockatmark(p, fd)
		n := 0
		if at {
			n = 1
		}
		return ended(n, e)
	case OpSet:
		return w.set(a, in)
	case OpLimit:
		k.Limit(p, in.N)
	case OpReboot:
		w.reboot(w.hosts[a.host])
	}
	return outcome{}
}

// closeFD blocks where SO_LINGER gives time, until the peer has everything.
func (w *World) closeFD(a *app, in *Instr) outcome {
	h, p, fd := w.hosts[a.host], w.procs[a.proc].id, a.call.fd
	if !a.waiting {
		w.forget(a, fd)
		if conn := h.stack.ConnOf(p, fd); h.stack.Refs(p, fd) == 1 {
			w.watch.finished(h, conn)
		}
		limit := h.stack.LingerTime(p, fd)
		sock, e := h.stack.CloseWaiting(w.now, p, fd)
		if e != socket.EAGAIN {
			return ended(0, e)
		}
		a.call.sock, a.call.expires = sock, w.now.Add(limit)
	}
	lingers := h.stack.Lingers(a.call.sock)
	if lingers && w.now < a.call.expires && in.Flags&DontWait == 0 {
		return outcome{blocks: true}
	}
	h.stack.LingerOver(a.call.sock)
	if lingers && !h.stack.Config().LingerSilent {
		return outcome{errno: socket.EAGAIN}
	}
	return ended(0, socket.OK)
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

// connecting is the socket for a call that connects, and whether this is the
// first try of it.
func (w *World) connecting(a *app, in *Instr) (first bool, e socket.Errno) {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	first = a.call.sock == socket.None || w.now == a.call.start && !a.waiting
	if first {
		fd, e := w.fresh(a, in)
		if e != socket.OK {
			return first, e
		}
		a.call.fd, a.call.sock = fd, k.Sock(p, fd)
	}
	return first, socket.OK
}

// connect blocks until the connection is there or has failed.
func (w *World) connect(a *app, in *Instr) outcome {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	first, e := w.connecting(a, in)
	if e != socket.OK {
		return outcome{errno: e}
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
	default: // OK: TCP_FASTOPEN_CONNECT
		return ended(0, e)
	}
}

// sendto connects with Fast Open: what goes with the SYN is sent by then, and
// the rest when the connection is there.
func (w *World) sendto(a *app, in *Instr) outcome {
	h, p := w.hosts[a.host], w.procs[a.proc].id
	first, e := w.connecting(a, in)
	switch {
	case e != socket.OK:
		return outcome{errno: e}
	case !first:
		if e = h.stack.Connect(w.now, p, a.call.fd, w.remote(a, in)); e == socket.EISCONN {
			return w.sendAll(a, in)
		}
	default:
		a.call.sent, e = h.stack.ConnectSend(w.now, p, a.call.fd, w.remote(a, in), a.call.data)
		w.watch.sent(h, h.stack.ConnOf(p, a.call.fd), a.call.data[:a.call.sent])
	}
	switch {
	case e != socket.EINPROGRESS && e != socket.EALREADY:
		return outcome{errno: e}
	case in.Flags&DontWait == 0:
		return outcome{blocks: true}
	case a.call.sent > 0:
		return ended(a.call.sent, socket.OK)
	}
	return outcome{errno: e}
}

// sendAll blocks until every octet is queued, as a blocking send does.
func (w *World) sendAll(a *app, in *Instr) outcome {
	data := a.call.data
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	var flags tcp.SendFlags
	if in.Flags&OOB != 0 {
		flags |= tcp.Urgent
	}
	if in.Flags&More != 0 {
		flags |= tcp.More
	}
	n, e := k.SendWith(w.now, p, a.call.fd, data[a.call.sent:], flags)
	conn := k.ConnOf(p, a.call.fd) // which the first send of all may have opened
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
	if in.Flags&OOB != 0 {
		return w.recvOOB(a, in)
	}
	want := in.N
	if want == 0 {
		want = recvAll
	}
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	conn := k.ConnOf(p, a.call.fd)
	size := min(want-len(a.call.data), max(k.Unread(p, a.call.fd), 1))
	b := slices.Grow(a.it[:0], size)[:size]
	if in.Flags&Peek == 0 && k.PassesMark(p, a.call.fd) {
		w.watch.passed(w.hosts[a.host], conn)
	}
	n, e := k.Recv(w.now, p, a.call.fd, b, in.Flags&Peek != 0)
	if in.Flags&WaitAll != 0 {
		return w.waitAll(a, in, b[:n], e)
	}
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
		w.took(a, b[:n])
	}
	return outcome{n: int64(n), data: b[:n]}
}

// recvOOB takes the out-of-band octet; it never waits.
func (w *World) recvOOB(a *app, in *Instr) outcome {
	b := slices.Grow(a.it[:0], 1)[:1]
	n, e := w.hosts[a.host].stack.RecvOOB(w.procs[a.proc].id, a.call.fd, b, in.Flags&Peek != 0)
	if e != socket.OK {
		return outcome{errno: e}
	}
	a.it = b[:n]
	return outcome{n: int64(n), data: b[:n]}
}

// took follows octets that a program received.
func (w *World) took(a *app, data []byte) {
	k, p := w.hosts[a.host].stack, w.procs[a.proc].id
	w.watch.received(w.hosts[a.host], k.ConnOf(p, a.call.fd), data)
	_, remote, _ := k.Names(p, a.call.fd)
	if from := w.owner(remote.Addr); from >= 0 {
		w.hosts[a.host].delivered[from] += int64(len(data))
	}
}

// waitAll goes on with a receive that wants all its octets: it ends early at
// the end of file, or at an error, which the next call then meets (POSIX recv).
func (w *World) waitAll(a *app, in *Instr, data []byte, e socket.Errno) outcome {
	if len(data) > 0 {
		w.took(a, data)
		a.call.data = append(a.call.data, data...)
	}
	got := len(a.call.data)
	switch {
	case e == socket.EAGAIN || e == socket.OK && len(data) > 0 && got < in.N:
		return outcome{blocks: true}
	case got > 0:
		return w.gathered(a)
	case e != socket.OK:
		return outcome{errno: e}
	}
	h := w.hosts[a.host]
	w.watch.ended(h, h.stack.ConnOf(w.procs[a.proc].id, a.call.fd))
	return outcome{eof: true}
}

// gathered is what a receive that wanted more has got.
func (w *World) gathered(a *app) outcome {
	a.it = append(a.it[:0], a.call.data...)
	return outcome{n: int64(len(a.it)), data: a.it}
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
	if o == socket.TCP_INFO {
		info, e := w.hosts[a.host].stack.Info(w.now, w.procs[a.proc].id, a.call.fd)
		return outcome{errno: e, word: info.State.String(), info: &info}
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
		if r, e := k.Poll(p, w.descriptor(a, &Instr{On: name})); e == socket.OK && (r.In && in.Flags&OOB == 0 || r.Pri && in.Flags&OOB != 0 || r.Err || r.Hup) {
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
