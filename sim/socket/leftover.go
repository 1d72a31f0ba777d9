package socket

import (
	"fmt"

	"simrun/clock"
	"simrun/tcp"
)

// Leftover says what the stack holds that nobody can use any more, or "": a
// TCB without a state, a socket without a name, a count that is not what it
// counts. It walks everything, for the end of a run.
func (k *Stack) Leftover() string {
	idle, linked := 0, 0
	for _, c := range k.conns {
		v := c.tcp.Vars()
		_, due := k.timers.Due(clock.NewActor(clock.Protocol, int(c.id)))
		switch {
		case c.linked:
			linked++
			if !v.State.Exists() {
				return fmt.Sprintf("a TCB in %v is in the table of connections", v.State)
			}
			if c.sock == None && (v.State == tcp.Listen || v.State == tcp.SynSent) {
				return fmt.Sprintf("a TCB in %v belongs to no socket", v.State)
			}
		case due || v.Timers > 0:
			return "a timer runs for a TCB that was deleted"
		case v.InFlight+v.Queued+v.Held > 0:
			return "a TCB that was deleted holds octets"
		}
		if !c.linked && c.sock == None {
			idle++
		}
	}
	switch {
	case linked != k.demux.n:
		return fmt.Sprintf("%d connections are counted, %d are there", k.demux.n, linked)
	case idle != len(k.freeConns):
		return fmt.Sprintf("%d TCBs are deleted, %d can be used again", idle, len(k.freeConns))
	}
	return k.leftoverSockets()
}

// leftoverSockets is Leftover for sockets and the queues of listeners.
func (k *Stack) leftoverSockets() string {
	unused := 0
	for i := range k.socks {
		s := &k.socks[i]
		switch {
		case !s.used:
			unused++
		case s.refs == 0 && !s.queued && (s.conn == None || k.conns[s.conn].listener == None):
			return "a socket has no descriptor, and no listener holds it"
		case s.listening:
			opening, ready := 0, 0
			for _, c := range k.conns {
				if c.listener == SockID(i) && k.socks[c.sock].queued {
					ready++
				} else if c.listener == SockID(i) {
					opening++
				}
			}
			if opening != s.listen.opening || ready != s.listen.ready.Len() {
				return fmt.Sprintf("a listener counts %d opening and %d ready, %d and %d are there",
					s.listen.opening, s.listen.ready.Len(), opening, ready)
			}
		}
	}
	if unused != len(k.freeSocks) {
		return fmt.Sprintf("%d sockets are unused, %d can be used again", unused, len(k.freeSocks))
	}
	return ""
}
