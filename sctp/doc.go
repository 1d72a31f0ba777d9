// Package sctp is one SCTP association (the TCB of RFC 9260) as a pure state
// machine: a step is a function of the state, the instant and one input.
//
// It is the twin of package tcp: the same files, the same Out, the same table
// style. A step is one arrival, one user call or one expiry; each appends what
// it brings about to a caller-owned Out. An Assoc knows no clock, no
// randomness and no network; it is plain data, so Clone and AppendState are
// all that forks, hashing and exhaustive exploration need.
//
// SCTP has no LISTEN: whoever is addressed by an INIT answers it from CLOSED
// and keeps nothing, for all it needs travels in the State Cookie. A host
// therefore gives what meets no association to one in CLOSED made by Init,
// and keeps that only if it is no longer CLOSED afterwards.
//
// Reading order: assoc, state, event, table, guard, action; then calls, arrive
// and expire, which raise the events; then extension, cookie, output, send,
// abandon, recv, reassembly, partial, forward, sack, recovery, congestion,
// path, reconfig and icmp, which do the work; manage, invariant and clone last.
package sctp
