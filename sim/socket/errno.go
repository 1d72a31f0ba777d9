package socket

import "slices"

// Errno is the outcome of a call as POSIX names it; it is an error. The zero
// value is success and must not be returned as one.
type Errno uint8

const (
	OK Errno = iota
	EADDRINUSE
	EADDRNOTAVAIL
	EAFNOSUPPORT
	EAGAIN // also EWOULDBLOCK
	EALREADY
	EBADF
	ECONNABORTED
	ECONNREFUSED
	ECONNRESET
	EDESTADDRREQ
	EHOSTUNREACH
	EINPROGRESS
	EINVAL
	EISCONN
	EMFILE
	EMSGSIZE
	ENETUNREACH
	ENOBUFS
	ENOPROTOOPT
	ENOTCONN
	EOPNOTSUPP
	EPIPE
	ESHUTDOWN
	ETIMEDOUT
)

var errnoNames = [...]string{
	"OK", "EADDRINUSE", "EADDRNOTAVAIL", "EAFNOSUPPORT", "EAGAIN", "EALREADY", "EBADF",
	"ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EDESTADDRREQ", "EHOSTUNREACH", "EINPROGRESS",
	"EINVAL", "EISCONN", "EMFILE", "EMSGSIZE", "ENETUNREACH", "ENOBUFS", "ENOPROTOOPT", "ENOTCONN",
	"EOPNOTSUPP", "EPIPE", "ESHUTDOWN", "ETIMEDOUT",
}

// Error is the name as POSIX spells it.
func (e Errno) Error() string {
	if int(e) < len(errnoNames) {
		return errnoNames[e]
	}
	return "errno out of range"
}

// ParseErrno finds an errno by its name; EWOULDBLOCK is EAGAIN.
func ParseErrno(name string) (Errno, bool) {
	if name == "EWOULDBLOCK" {
		return EAGAIN, true
	}
	i := slices.Index(errnoNames[1:], name)
	return Errno(i + 1), i >= 0
}

// ErrnoNames is every name, in alphabetical order.
func ErrnoNames() []string { return errnoNames[1:] }
