package clock

import "slices"

// Class orders actors that are due at the same instant: packets arrive first,
// then protocol timers expire, then applications run.
type Class uint8

const (
	Arrival Class = iota
	Protocol
	Application
)

// Actor is who may act: a link direction, a connection, an application. It is
// the class and an index that stays the same for the whole run, so equal times
// have one order on every machine.
type Actor uint32

const classShift = 28

// NewActor is the actor of a class with the given index.
func NewActor(c Class, index int) Actor { return Actor(c)<<classShift | Actor(index) }

// Class is the actor's class.
func (a Actor) Class() Class { return Class(a >> classShift) }

// Index is the actor's index within its class.
func (a Actor) Index() int { return int(a & (1<<classShift - 1)) }

// Heap says who acts next. It holds at most one entry per actor, in a 4-ary
// heap ordered by (time, class, index).
//
// A deadline that moves later is the common case (each ACK restarts the
// retransmission timer), so Set then only notes the new time, and the stale
// entry is corrected when it comes to the top. Entries are therefore never
// later than the true deadline, and Next moves no clock for a stale one.
type Heap struct {
	entries []entry
	slots   [3][]slot // per class, by index
}

type entry struct {
	at    Time
	actor Actor
}

// slot is what the heap knows of one actor.
type slot struct {
	due   Time  // the true deadline; meaningless when place is 0 (absent)
	place int32 // 1 + position in entries
	idle  bool  // has an entry, but nothing is due
}

// Set makes the actor due at the given instant, whatever was set before.
func (h *Heap) Set(a Actor, at Time) {
	s := h.slot(a)
	s.due, s.idle = at, false
	switch {
	case s.place == 0:
		h.entries = append(h.entries, entry{at, a})
		h.up(len(h.entries)-1, entry{at, a})
	case at < h.entries[s.place-1].at:
		h.up(int(s.place-1), entry{at, a})
	}
}

// Clear makes the actor due at no time.
func (h *Heap) Clear(a Actor) {
	if s := h.slot(a); s.place != 0 {
		s.idle = true
	}
}

// Due is when the actor acts, and whether it does at all.
func (h *Heap) Due(a Actor) (Time, bool) {
	s := h.slot(a)
	return s.due, s.place != 0 && !s.idle
}

// Next is the actor that acts next and when, and whether there is one. The
// actor stays due until Set or Clear says otherwise.
func (h *Heap) Next() (Actor, Time, bool) {
	for len(h.entries) > 0 {
		top := h.entries[0]
		s := h.slot(top.actor)
		switch {
		case s.idle:
			s.place, s.idle = 0, false
			h.remove()
		case s.due > top.at:
			h.down(0, entry{s.due, top.actor})
		default:
			return top.actor, top.at, true
		}
	}
	return 0, Never, false
}

// Reset empties the heap and keeps its space.
func (h *Heap) Reset() {
	h.entries = h.entries[:0]
	for c := range h.slots {
		clear(h.slots[c])
		h.slots[c] = h.slots[c][:0]
	}
}

// Clone is a copy that shares nothing with h.
func (h *Heap) Clone() Heap {
	c := Heap{entries: slices.Clone(h.entries)}
	for i := range h.slots {
		c.slots[i] = slices.Clone(h.slots[i])
	}
	return c
}

func (h *Heap) slot(a Actor) *slot {
	slots := &h.slots[a.Class()]
	for a.Index() >= len(*slots) {
		*slots = append(*slots, slot{})
	}
	return &(*slots)[a.Index()]
}

func (e entry) before(f entry) bool {
	return e.at < f.at || e.at == f.at && e.actor < f.actor
}

func (h *Heap) put(i int, e entry) {
	h.entries[i] = e
	h.slots[e.actor.Class()][e.actor.Index()].place = int32(i + 1)
}

// up places e at position i or above.
func (h *Heap) up(i int, e entry) {
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(h.entries[parent]) {
			break
		}
		h.put(i, h.entries[parent])
		i = parent
	}
	h.put(i, e)
}

// down places e at position i or below.
func (h *Heap) down(i int, e entry) {
	for {
		first := 4*i + 1
		if first >= len(h.entries) {
			break
		}
		least := first
		for c := first + 1; c < min(first+4, len(h.entries)); c++ {
			if h.entries[c].before(h.entries[least]) {
				least = c
			}
		}
		if !h.entries[least].before(e) {
			break
		}
		h.put(i, h.entries[least])
		i = least
	}
	h.put(i, e)
}

// remove takes the top entry out; its slot is the caller's.
func (h *Heap) remove() {
	last := h.entries[len(h.entries)-1]
	h.entries = h.entries[:len(h.entries)-1]
	if len(h.entries) > 0 {
		h.down(0, last)
	}
}
