// Package ranges keeps a set of numbers as sorted, disjoint, half-open ranges:
// what has arrived out of order, what a SACK reported.
package ranges

import "slices"

// Range is the numbers from Lo up to but not including Hi.
type Range struct{ Lo, Hi uint64 }

// Len is how many numbers the range holds.
func (r Range) Len() uint64 { return r.Hi - r.Lo }

// Set is a set of numbers; its zero value is empty. Ranges that touch are one.
type Set struct{ r []Range }

// All is the ranges in rising order, valid until the set changes.
func (s *Set) All() []Range { return s.r }

// Empty reports whether the set holds nothing.
func (s *Set) Empty() bool { return len(s.r) == 0 }

// Size is how many numbers the set holds.
func (s *Set) Size() (n uint64) {
	for _, r := range s.r {
		n += r.Len()
	}
	return n
}

// Add puts the numbers of [lo, hi) into the set.
func (s *Set) Add(lo, hi uint64) {
	if lo >= hi {
		return
	}
	i := s.search(lo) // the first range that ends at lo or later
	j := i
	for j < len(s.r) && s.r[j].Lo <= hi {
		lo, hi = min(lo, s.r[j].Lo), max(hi, s.r[j].Hi)
		j++
	}
	s.r = slices.Replace(s.r, i, j, Range{lo, hi})
}

// RemoveBelow takes all numbers less than n out of the set.
func (s *Set) RemoveBelow(n uint64) {
	i := 0
	for i < len(s.r) && s.r[i].Hi <= n {
		i++
	}
	s.r = slices.Delete(s.r, 0, i)
	if len(s.r) > 0 {
		s.r[0].Lo = max(s.r[0].Lo, n)
	}
}

// RemoveFrom takes n and all greater numbers out of the set.
func (s *Set) RemoveFrom(n uint64) {
	i := len(s.r)
	for i > 0 && s.r[i-1].Lo >= n {
		i--
	}
	s.r = s.r[:i]
	if i > 0 {
		s.r[i-1].Hi = min(s.r[i-1].Hi, n)
	}
}

// Contains reports whether every number of [lo, hi) is in the set.
func (s *Set) Contains(lo, hi uint64) bool {
	if lo >= hi {
		return true
	}
	i := s.search(lo + 1)
	return i < len(s.r) && s.r[i].Lo <= lo && hi <= s.r[i].Hi
}

// Clear empties the set and keeps its space.
func (s *Set) Clear() { s.r = s.r[:0] }

// Clone is a copy that shares nothing with s.
func (s *Set) Clone() Set { return Set{slices.Clone(s.r)} }

// search is the index of the first range with Hi >= n.
func (s *Set) search(n uint64) int {
	i, _ := slices.BinarySearchFunc(s.r, n, func(r Range, n uint64) int {
		if r.Hi < n {
			return -1
		}
		return 1
	})
	return i
}
