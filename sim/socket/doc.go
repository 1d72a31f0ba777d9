// Package socket is one host's transport layer: it finds the connection that a
// segment is for, hands out ports and descriptors, keeps listeners' queues,
// and offers the calls of POSIX. Nothing in it blocks: a call that would
// returns EAGAIN (or EINPROGRESS), and whoever waits tries again when the
// socket has changed.
//
// Descriptors name sockets, sockets name connections, and all three are
// indexes into slices, so that a Stack is copied by copying slices.
package socket
