package sim

import "slices"

// Reset puts the world back to instant 0 of the same scenario with another
// seed (0 is 1), as New would make it, and keeps the space that it has grown
// to. Nothing is recorded any more; Go programs are stopped and forgotten.
func (w *World) Reset(seed uint64) {
	w.Stop()
	w.seed = max(seed, 1)
	w.now, w.steps, w.rec, w.ports = 0, 0, nil, nil
	w.failures, w.broken, w.reported = w.failures[:0], w.broken[:0], 0
	w.watch = w.watch.reset()
	w.heap.Reset()
	for _, h := range w.hosts {
		h.dice = newDice(w.seed, "host "+h.spec.Name)
		h.stack.Reset(h.dice.bytes16())
		h.sent, h.badChecksums, h.last = 0, 0, peer{}
		clear(h.delivered)
		clear(h.waiters)
	}
	for _, l := range w.links {
		l.nat = l.nat[:0]
	}
	for _, d := range w.dirs {
		w.resetDirection(d)
	}
	for i := range w.faults {
		w.faults[i].seen, w.faults[i].other = 0, 0
	}
	w.apps, w.procs = slices.Delete(w.apps, 0, len(w.apps)), slices.Delete(w.procs, 0, len(w.procs))
	for i := range w.scenario.Apps {
		w.addApp(&w.scenario.Apps[i])
	}
	w.injects = w.injects[:0]
	for i := range w.scenario.Inject {
		w.addInjection(&w.scenario.Inject[i])
	}
}

func (w *World) resetDirection(d *direction) {
	for d.flights.Len() > 0 {
		w.packets.put(d.flights.Pop())
	}
	for _, q := range d.held {
		w.packets.put(q)
	}
	d.held = d.held[:0]
	d.starts.Clear()
	d.free, d.last, d.bad = 0, 0, false
	d.dice = newDice(w.seed, d.name)
}
