package tcp

// Event is what can happen to a connection. Calls come from the user,
// segments from the peer, time-outs from the clock; the last group is raised
// by the connection's own parts while they work on one of those.
type Event uint8

const (
	CallOpen    Event = iota // OPEN, active
	CallListen               // OPEN, passive
	CallSend                 // SEND
	CallReceive              // RECEIVE
	CallClose                // CLOSE: no more to send
	CallAbort                // ABORT

	SegRST          // a RST that must be obeyed
	SegRSTInWindow  // a RST in the window but not at RCV.NXT (RFC 5961 3)
	SegRSTOutside   // a RST outside the window, or that acknowledges nothing of ours
	SegOutside      // fails the sequence number check
	SegOldTimestamp // older than TS.Recent (RFC 7323 5.3)
	SegNoTimestamp  // without the timestamps that both ends agreed on
	SegSYN          // a SYN
	SegSYNNew       // in TIME-WAIT: a SYN that can only be of a new incarnation
	SegSYNAgain     // in SYN-RECEIVED: the SYN that was taken, again
	SegSYNACK       // in SYN-SENT: a SYN that acknowledges ours
	SegNoACK        // the ACK bit is off
	SegBadACK       // before synchronization: acknowledges what was never sent
	SegACKBeyond    // acknowledges what is not yet sent
	SegACKTooOld    // acknowledges what was acknowledged long ago (RFC 5961 5)
	SegACK          // an acceptable acknowledgment, or one that repeats
	SegACKNoRoom    // completes an opening for which the user has no room
	SegUrgent       // the URG bit is on
	SegText         // text at or right of RCV.NXT, in the window
	SegFIN          // the peer's FIN, in order; or a FIN taken before, again

	ICMPSoft // an ICMP error that may pass
	ICMPHard // an ICMP error that will not

	TimeoutRTO        // the retransmission timer (RFC 6298 5)
	TimeoutACK        // the delayed-ACK timer
	TimeoutReordering // what was sent before what arrived is overdue (RFC 8985 6)
	TimeoutProbe      // no ACK for two round trips (RFC 8985 7)
	TimeoutPersist    // the zero-window probe timer
	TimeoutFinWait2   // the FIN-WAIT-2 timer, which no RFC has
	TimeoutTimeWait   // 2MSL
	TimeoutKeepalive  // nothing was heard of the peer for long
	TimeoutUser       // USER TIMEOUT
	TimeoutOverride   // text was held back for long enough
	TimeoutSYN        // a SYN that drew a bad ACK goes again; no RFC has it

	AckOfFIN        // our FIN has been acknowledged
	FINSent         // our FIN has been put into a segment
	UnreadAtClose   // the user gave up receiving with text unread
	TextAfterClose  // text arrived that no user will ever receive
	RetriesWarning  // R1: the octets in front were sent too often
	RetriesExceeded // R2: far too often
	KeepaliveDead   // no keepalive probe was answered

	numEvents
)

var eventNames = [...]string{
	CallOpen: "CallOpen", CallListen: "CallListen", CallSend: "CallSend",
	CallReceive: "CallReceive", CallClose: "CallClose", CallAbort: "CallAbort",
	SegRST: "SegRST", SegRSTInWindow: "SegRSTInWindow", SegRSTOutside: "SegRSTOutside",
	SegOutside: "SegOutside", SegOldTimestamp: "SegOldTimestamp", SegNoTimestamp: "SegNoTimestamp", SegSYN: "SegSYN", SegSYNACK: "SegSYNACK", SegNoACK: "SegNoACK",
	SegBadACK: "SegBadACK", SegACKBeyond: "SegACKBeyond", SegACKTooOld: "SegACKTooOld",
	SegACK: "SegACK", SegACKNoRoom: "SegACKNoRoom", SegUrgent: "SegUrgent", SegText: "SegText", SegFIN: "SegFIN",
	ICMPSoft: "ICMPSoft", ICMPHard: "ICMPHard",
	TimeoutRTO: "TimeoutRTO", TimeoutACK: "TimeoutACK", TimeoutPersist: "TimeoutPersist",
	TimeoutFinWait2: "TimeoutFinWait2", TimeoutTimeWait: "TimeoutTimeWait", TimeoutKeepalive: "TimeoutKeepalive", TimeoutUser: "TimeoutUser",
	TimeoutOverride: "TimeoutOverride", TimeoutReordering: "TimeoutReordering", TimeoutProbe: "TimeoutProbe",
	KeepaliveDead: "KeepaliveDead", SegSYNNew: "SegSYNNew", SegSYNAgain: "SegSYNAgain", TimeoutSYN: "TimeoutSYN",
	AckOfFIN: "AckOfFIN", FINSent: "FINSent", UnreadAtClose: "UnreadAtClose",
	TextAfterClose: "TextAfterClose", RetriesWarning: "RetriesWarning",
	RetriesExceeded: "RetriesExceeded",
}

func (e Event) String() string {
	if e >= numEvents {
		return "no event"
	}
	return eventNames[e]
}

// Events is every event.
func Events() []Event {
	all := make([]Event, numEvents)
	for i := range all {
		all[i] = Event(i)
	}
	return all
}
