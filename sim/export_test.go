package sim

import (
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

// Change runs every host by a changed configuration: a mutant.
func (w *World) Change(change func(cfg *tcp.Config)) {
	for _, h := range w.hosts {
		cfg := *h.stack.Config()
		change(&cfg.TCP)
		h.stack.SetConfig(&cfg)
	}
}
