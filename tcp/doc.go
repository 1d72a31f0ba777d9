// Package tcp is one TCP connection (the TCB of RFC 9293) as a pure state
// machine: a step is a function of the state, the instant and one input.
//
// A step is one arrival, one user call or one expiry. Each appends what it
// brings about to a caller-owned Out: segments to send, signals to the user,
// the table rows that fired, what was dropped. A Conn knows no clock, no
// randomness and no network; it is plain data, so Clone and AppendState are
// all that forks, hashing and exhaustive exploration need.
//
// Reading order: conn, state, event, table, guard, action; then calls, arrive
// and expire, which raise the events; then the work they ask for. Sending:
// output, send, urgent, pmtu. Receiving: recv, reassembly, sack. What is lost:
// flight (the scoreboard), rack, probe, rescue. The answer to it: recovery, prr,
// spurious and copies, which take it back. How much to send: congestion, reno,
// cubic, hystart, idle, ecn. Around them: options, optionorder, timestamps, uto,
// fastopen, backlog, keepalive, quickack, timewait, reset, defence, habits. Last:
// invariant, info and clone.
package tcp
