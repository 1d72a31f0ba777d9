package sim

import (
	"simrun/clock"
	"simrun/sim/socket"
)

// waiters is the applications of a host that are blocked in calls, a list for
// each socket that they wait for: a step of one connection among many looks at
// those it may concern alone. A list is the index of its first application,
// less one, so that zero is none; the others follow by app.next.
type waiters []int

// queue is which list an application waits in: zero is none. The first is for
// those who wait for any socket (poll).
type queue int

const anySocket queue = 1

func socketQueue(s socket.SockID) queue { return queue(s) + 2 }

// waitsIn is the list that a blocked call belongs in. A call for no socket is
// woken by none.
func (c *callState) waitsIn() queue {
	switch {
	case c.any:
		return anySocket
	case c.sock == socket.None:
		return 0
	}
	return socketQueue(c.sock)
}

// blocked puts an application where steps of its socket find it.
func (w *World) blocked(a *app) {
	q := a.call.waitsIn()
	if a.queue != q {
		w.unblocked(a)
		w.enqueue(a, q)
	}
	a.waiting = true
}

func (w *World) enqueue(a *app, q queue) {
	h := w.hosts[a.host]
	a.queue = q
	if q == 0 {
		return
	}
	for len(h.waiters) <= int(q) {
		h.waiters = append(h.waiters, 0)
	}
	a.next = h.waiters[q]
	if a.next != 0 {
		w.apps[a.next-1].prev = a.index + 1
	}
	h.waiters[q] = a.index + 1
}

// unblocked takes an application out of its list.
func (w *World) unblocked(a *app) {
	a.waiting = false
	if a.queue == 0 {
		return
	}
	if a.prev != 0 {
		w.apps[a.prev-1].next = a.next
	} else {
		w.hosts[a.host].waiters[a.queue] = a.next
	}
	if a.next != 0 {
		w.apps[a.next-1].prev = a.prev
	}
	a.queue, a.prev, a.next = 0, 0, 0
}

// wake makes the applications that wait for a socket try their call again.
func (w *World) wake(h *host, s socket.SockID) {
	if s != socket.None {
		w.wakeAll(h, socketQueue(s))
		w.wakeAll(h, anySocket)
	}
}

func (w *World) wakeAll(h *host, q queue) {
	if int(q) >= len(h.waiters) {
		return
	}
	for i := h.waiters[q]; i != 0; i = w.apps[i-1].next {
		w.heap.Set(clock.NewActor(clock.Application, i-1), w.now)
	}
}
