package sim

import (
	"fmt"
	"time"

	"simrun/tcp"
	"simrun/wire"
)

// Fate is what the stages of a link decide about a packet.
type Fate struct {
	Lost, Copied, Corrupt bool
	Extra                 time.Duration
}

// Judge hands a packet to the stages of a direction and tells their verdict.
func (w *World) Judge(direction int, p *wire.Packet) Fate {
	v := w.stages(w.dirs[direction], &packet{Packet: *p, id: -1})
	return Fate{v.lost != "", len(v.copies) > 0, v.flip, v.extra}
}

// Actor is who makes the next step, as a number.
func (w *World) Actor() uint32 {
	a, _, _ := w.heap.Next()
	return uint32(a)
}

// Unwatched turns the invariants off, which a measurement must not pay for.
func (w *World) Unwatched() *World {
	w.Watch(false)
	return w
}

// Sent is how many packets the hosts have handed to links.
func (w *World) Sent() (n int) {
	for _, h := range w.hosts {
		n += h.sent
	}
	return n
}

// Waiters is what is wrong with the lists of blocked applications: each that
// waits for a socket must stand in that socket's list, and nobody else.
func (w *World) Waiters() string {
	found := make([]int, len(w.apps))
	for _, h := range w.hosts {
		for q, first := range h.waiters {
			for i, prev := first, 0; i != 0; prev, i = i, w.apps[i-1].next {
				a := w.apps[i-1]
				if a.host != h.index || a.queue != queue(q) || a.prev != prev {
					return fmt.Sprintf("app %d of host %d in list %d of host %d, its own is %d", i-1, a.host, q, h.index, a.queue)
				}
				found[i-1]++
			}
		}
	}
	for i, a := range w.apps {
		want := 0
		if a.waiting && a.call.waitsIn() != 0 {
			want = 1
		}
		if found[i] != want || want == 1 && a.queue != a.call.waitsIn() {
			return fmt.Sprintf("app %d is in %d lists, want %d", i, found[i], want)
		}
	}
	return ""
}

// Change runs every host by a changed configuration: a mutant.
func (w *World) Change(change func(cfg *tcp.Config)) {
	for _, h := range w.hosts {
		cfg := *h.stack.Config()
		change(&cfg.TCP)
		h.stack.SetConfig(&cfg)
	}
}
