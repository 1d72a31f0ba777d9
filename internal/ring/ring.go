// Package ring is a double-ended queue of values in one slice. It grows by
// doubling and never shrinks, so a queue in its steady state allocates nothing.
package ring

// Ring is a queue; its zero value is empty and ready to use.
type Ring[T any] struct {
	buf  []T // its length is zero or a power of two
	head int // where the first value stands
	n    int
}

// Len is the number of values held.
func (r *Ring[T]) Len() int { return r.n }

// At is the i-th value from the front, to be read or changed in place. It is
// valid until the next push.
func (r *Ring[T]) At(i int) *T {
	if uint(i) >= uint(r.n) {
		panic("ring: index out of range")
	}
	return &r.buf[(r.head+i)&(len(r.buf)-1)]
}

// Front is the first value, which must exist.
func (r *Ring[T]) Front() *T { return r.At(0) }

// Back is the last value, which must exist.
func (r *Ring[T]) Back() *T { return r.At(r.n - 1) }

// Push adds v behind the last value and returns its place.
func (r *Ring[T]) Push(v T) *T {
	if r.n == len(r.buf) {
		r.grow()
	}
	r.n++
	p := r.Back()
	*p = v
	return p
}

// Insert adds v so that it becomes the i-th value.
func (r *Ring[T]) Insert(i int, v T) {
	r.Push(v)
	for j := r.n - 1; j > i; j-- {
		*r.At(j) = *r.At(j - 1)
	}
	*r.At(i) = v
}

// Pop removes the first value and returns it.
func (r *Ring[T]) Pop() T {
	p := r.Front()
	v := *p
	var zero T
	*p = zero
	r.head = (r.head + 1) & (len(r.buf) - 1)
	r.n--
	return v
}

// PopBack removes the last value and returns it.
func (r *Ring[T]) PopBack() T {
	p := r.Back()
	v := *p
	var zero T
	*p = zero
	r.n--
	return v
}

// Clear removes all values and keeps the space.
func (r *Ring[T]) Clear() {
	clear(r.buf)
	r.head, r.n = 0, 0
}

// Clone is a copy that shares nothing with r, though the values may.
func (r *Ring[T]) Clone() Ring[T] {
	if r.n == 0 {
		return Ring[T]{}
	}
	c := Ring[T]{buf: make([]T, len(r.buf)), n: r.n}
	for i := range r.n {
		c.buf[i] = *r.At(i)
	}
	return c
}

func (r *Ring[T]) grow() {
	size := max(4, 2*len(r.buf))
	buf := make([]T, size)
	for i := range r.n {
		buf[i] = *r.At(i)
	}
	r.buf, r.head = buf, 0
}
