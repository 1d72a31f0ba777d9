package sctp

import "slices"

// store keeps pieces of user data that come and go in any order, each in a
// slot whose space is used again.
type store struct {
	slots [][]byte
	free  []int32
}

// put keeps a copy of p and returns its slot.
func (t *store) put(p []byte) int32 {
	if n := len(t.free); n > 0 {
		i := t.free[n-1]
		t.free = t.free[:n-1]
		t.slots[i] = append(t.slots[i][:0], p...)
		return i
	}
	t.slots = append(t.slots, slices.Clone(p))
	return int32(len(t.slots) - 1)
}

func (t *store) at(i int32) []byte { return t.slots[i] }

// add appends to what a slot holds.
func (t *store) add(i int32, p []byte) { t.slots[i] = append(t.slots[i], p...) }

// empty lets go of what a slot holds, and keeps the slot.
func (t *store) empty(i int32) { t.slots[i] = t.slots[i][:0] }

func (t *store) release(i int32) { t.free = append(t.free, i) }

// clear forgets everything and keeps the space.
func (t *store) clear() {
	t.free = t.free[:0]
	for i := len(t.slots) - 1; i >= 0; i-- {
		t.free = append(t.free, int32(i))
	}
}

func (t *store) clone() store {
	c := store{slots: make([][]byte, len(t.slots)), free: slices.Clone(t.free)}
	for i, p := range t.slots {
		c.slots[i] = slices.Clone(p)
	}
	return c
}
