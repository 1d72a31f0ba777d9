package socket

import "slices"

// slots is the indexes of a slab that are free. The lowest is taken first, as
// with descriptors: what comes next depends on which indexes are in use, not
// on the order in which others were given back.
type slots[ID ~int32] []ID // the highest first

func (s *slots[ID]) take() (id ID, ok bool) {
	n := len(*s)
	if n == 0 {
		return 0, false
	}
	id = (*s)[n-1]
	*s = (*s)[:n-1]
	return id, true
}

func (s *slots[ID]) put(id ID) {
	i, _ := slices.BinarySearchFunc(*s, id, func(a, b ID) int { return int(b) - int(a) })
	*s = slices.Insert(*s, i, id)
}
