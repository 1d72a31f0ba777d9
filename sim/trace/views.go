// # The ladder
//
// Ladder draws a Log for people. Each copy of a packet is one row: its sending
// at the sender's lifeline, its arrival at the receiver's. Rows stand in an
// order in which both clocks run downward; where packets cross or overtake
// there is none, and they are drawn as an X or in two rows.
//
// The margins are made from the events, step by step. What an arrival did
// stands where the packet arrived: states, then what else happened, then the
// returns of the calls that waited for it (their Cause is an event of that
// step). What a call or a timer did stands where the first packet left that
// the step sent, its text first, then the states; without a packet it has a
// row of its own, or, being a return, stands below what else happened at that
// host and instant. A call that blocks and sends shows its start from its Call
// event and its end from its Return, whose Begun names the Call.
//
// When an arrival makes its host send something again, and the cause of that
// Send is a Signal or Timer event of the same step ("dup ACK 3"), this text and
// those after it stand at the packet sent. A Signal "cwnd 14600" is shown if
// its step has a Timer or another Signal, and else only where a train of
// packets has changed the window. A text that begins with "+ " is a
// notification.
//
// # The event log
//
// JSONL writes a Log for programs, one JSON object a line. The first is the
// run:
//
//	version   1
//	name, settings, command
//	hosts     name, addrs
//	links     name, hosts, rtt in ns
//	conns     proto, ends (host, endpoint); events count them from 1
//	final     conn, host, state: how each end ended
//
// Each further line is an event:
//
//	id        from 1 on
//	at        ns since the start of the run
//	step      events of one arrival, call or expiry have the same
//	kind      send arrive lose call return blocked state fired timer signal drop note
//	host      where; for lose the sender
//	conn      left out if none
//	cause     the id of the event that made it happen; left out for the scenario
//	packet    for send, arrive and lose:
//	            number "a#4", copy (from 0, left out if 0), forged, retransmission (the nth),
//	            reason (why it is sent again)
//	            src, dst
//	            flags as tcpdump writes them, seq, ack relative to the initial
//	            numbers, seq_abs, ack_abs as they stand in the header, len of the
//	            data, win not scaled, options; or icmp
//	            link, fate (queue, link, receiver: where it died), note, ce (a router
//	            marked it), once it is known
//	call      for call, return and blocked:
//	            app, name, args, data, result, got, failed (result is an errno),
//	            begun (the id of the call event)
//	from, to  for state
//	text      what a margin says
//	row       for fired: id, ref, why
//	window    for a signal that tells of the congestion window: phase, cwnd,
//	            ssthresh (left out until congestion has set it), pipe, in octets
//
// Members that do not apply are left out. Octets in data and got are escaped as
// in a Go string literal, so that any octets can be told.
package trace
