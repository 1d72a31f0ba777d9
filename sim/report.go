package sim

import (
	"strings"

	"simrun/sim/trace"
)

// HostReport is what a host's applications have seen of the run so far.
type HostReport struct {
	Name          string
	Unread        int64   // octets that came in order and nobody has read
	DeliveredFrom []int64 // octets that programs read, by the host that sent them
	BadChecksums  int     // packets that were dropped for their checksum
}

// Hosts reports on every host, in the scenario's order.
func (w *World) Hosts() []HostReport {
	all := make([]HostReport, len(w.hosts))
	for i, h := range w.hosts {
		all[i] = HostReport{
			Name: h.spec.Name, Unread: int64(h.stack.TotalUnread()),
			DeliveredFrom: append([]int64(nil), h.delivered...), BadChecksums: h.badChecksums,
		}
	}
	return all
}

// Describe says how things stand, for a run that does not come to rest: every
// connection's state, and who waits for what.
func (w *World) Describe() string {
	var parts []string
	for _, h := range w.hosts {
		for _, s := range h.stack.Describe() {
			parts = append(parts, h.spec.Name+" "+s)
		}
	}
	for _, a := range w.apps {
		if a.waiting && !a.done {
			parts = append(parts, w.hosts[a.host].spec.Name+" waits in "+callName(a.call.in))
		}
	}
	if actor, at, ok := w.heap.Next(); ok {
		class := [...]string{"an arrival", "a timer", "an application"}[actor.Class()]
		parts = append(parts, "next is "+class+" at "+trace.Duration(at.Since()))
	}
	return strings.Join(parts, ", ")
}
