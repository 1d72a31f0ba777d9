package trace

import "slices"

// What a ladder can be limited to.
const (
	OnlySyscalls = "syscalls"
	OnlyPackets  = "packets"
	OnlyStates   = "states"
)

// only limits the ladder to what the option names: packets with their fates,
// or what the margins say of calls or of states, without arrows.
func (l *ladder) only() {
	keep := map[string]func(line) bool{
		OnlySyscalls: func(e line) bool { return e.call != nil },
		OnlyPackets:  func(e line) bool { return e.call == nil && e.style == bad },
		OnlyStates:   func(e line) bool { return e.call == nil && e.style == bold },
	}[l.opt.Only]
	if keep == nil {
		return
	}
	filter := func(m *margin) bool {
		m.lines = slices.DeleteFunc(m.lines, func(e line) bool { return !keep(e) })
		return len(m.lines) > 0
	}
	l.marks = slices.DeleteFunc(l.marks, func(m *mark) bool { return !filter(&m.margin) })
	for _, f := range l.flights {
		if filter(&f.send) && l.opt.Only != OnlyPackets {
			l.marks = append(l.marks, &mark{f.right, f.sent, f.sentID, f.send})
		}
		if filter(&f.receive) && l.opt.Only != OnlyPackets && f.arrives {
			l.marks = append(l.marks, &mark{!f.right, f.arrived, f.doneID, f.receive})
		}
	}
	if l.opt.Only != OnlyPackets {
		l.flights = nil
	}
}
