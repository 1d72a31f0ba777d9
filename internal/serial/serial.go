// Package serial compares numbers that wrap, as RFC 1982 defines it: TCP
// sequence numbers (RFC 9293 3.4), SCTP TSNs and SSNs (RFC 9260 1.6).
package serial

// Number is an unsigned number space that wraps at its width.
type Number interface{ ~uint16 | ~uint32 }

// Before reports whether a precedes b: b is reached from a by adding less than
// half the number space. Numbers exactly half the space apart are unordered,
// so neither precedes the other (RFC 1982 3.2).
func Before[T Number](a, b T) bool {
	ahead := b - a
	return ahead != 0 && ahead <= ^T(0)>>1
}

// AtOrBefore reports whether a equals b or precedes it.
func AtOrBefore[T Number](a, b T) bool { return a == b || Before(a, b) }

// InWindow reports whether n lies in the half-open window of size numbers that
// starts at start. An empty window holds nothing.
func InWindow[T Number](n, start, size T) bool { return n-start < size }
