package tcp

import "simrun/fsm"

// Table is the machine of a TCP connection; Row is one line of it.
type (
	Table = fsm.Table[State, Event, Guard, Action]
	Row   = fsm.Row[State, Event, Guard, Action]
)

// RFC is the table of RFC 9293 3.10, with RFC 5961 behind a guard.
var RFC = fsm.New(fsm.Machine[State, Event, Guard, Action]{
	Name:     "tcp",
	Initial:  Closed,
	States:   States(),
	Events:   Events(),
	Terminal: fsm.In(Closed),
	Rows:     rows(callRows, segmentRows, ackRows, textRows, icmpRows, timeoutRows, lossRows),
})

func rows(groups ...[]Row) (all []Row) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func do(actions ...Action) []Action { return actions }

var in = fsm.In[State]

// callRows is RFC 9293 3.10.1 to 3.10.5, and RFC 9293 3.6.1's CLOSE with text
// unread.
var callRows = []Row{
	{ID: "tcp.open.closed", In: in(Closed), On: CallOpen, To: SynSent, Do: do(sendSYN), Ref: "RFC 9293 3.10.1", Why: "active OPEN: send SYN"},
	{ID: "tcp.open.listen", In: in(Listen), On: CallOpen, To: SynSent, Do: do(sendSYN), Ref: "RFC 9293 3.10.1", Why: "a passive OPEN becomes active: send SYN"},
	{ID: "tcp.open.exists", In: in(SynSent, SynReceived) | synchronized, On: CallOpen, Do: do(refuseExists), Ref: "RFC 9293 3.10.1", Why: "the connection already exists"},
	{ID: "tcp.listen.closed", In: in(Closed), On: CallListen, To: Listen, Ref: "RFC 9293 3.10.1", Why: "passive OPEN: wait for a SYN"},
	{ID: "tcp.listen.exists", In: in(Listen, SynSent, SynReceived) | synchronized, On: CallListen, Do: do(refuseExists), Ref: "RFC 9293 3.10.1", Why: "the connection already exists"},

	{ID: "tcp.send.closed", In: in(Closed, Listen), On: CallSend, Do: do(refuseNotOpen), Ref: "RFC 9293 3.10.2", Why: "there is no peer to send to"},
	{ID: "tcp.send.after-close", In: in(SynSent, SynReceived, CloseWait), On: CallSend, If: closeQueued, Do: do(refuseClosing), Ref: "RFC 9293 3.10.4", Why: "CLOSE was called: nothing may follow"},
	{ID: "tcp.send.opening", In: in(SynSent, SynReceived), On: CallSend, Do: do(queueText), Ref: "RFC 9293 3.10.2", Why: "queue until ESTABLISHED"},
	{ID: "tcp.send.open", In: in(Established, CloseWait), On: CallSend, Do: do(queueText), Ref: "RFC 9293 3.10.2", Why: "segmentize and send"},
	{ID: "tcp.send.closing", In: in(FinWait1, FinWait2, Closing, LastAck, TimeWait), On: CallSend, Do: do(refuseClosing), Ref: "RFC 9293 3.10.2", Why: "CLOSE was called: nothing may follow"},

	{ID: "tcp.receive.unread", In: in(Closed) | finTaken, On: CallReceive, If: textUnread, Do: do(deliver), Ref: "RFC 9293 3.10.3", Why: "text that came before the end is delivered first"},
	{ID: "tcp.receive.closed", In: in(Closed), On: CallReceive, Do: do(refuseNotOpen), Ref: "RFC 9293 3.10.3", Why: "there is no connection"},
	{ID: "tcp.receive.opening", In: in(Listen, SynSent, SynReceived), On: CallReceive, Do: do(deliver), Ref: "RFC 9293 3.10.3", Why: "queue until ESTABLISHED"},
	{ID: "tcp.receive.open", In: in(Established, FinWait1, FinWait2), On: CallReceive, Do: do(deliver), Ref: "RFC 9293 3.10.3", Why: "deliver what has come in order"},
	{ID: "tcp.receive.closing", In: finTaken, On: CallReceive, Do: do(refuseEOF), Ref: "RFC 9293 3.10.3", Why: "the peer has sent its FIN: no more will come"},

	{ID: "tcp.close.closed", In: in(Closed), On: CallClose, Do: do(refuseNotOpen), Ref: "RFC 9293 3.10.4", Why: "there is no connection"},
	{ID: "tcp.close.listen", In: in(Listen), On: CallClose, To: Closed, Ref: "RFC 9293 3.10.4", Why: "delete the TCB"},
	{ID: "tcp.close.syn-sent", In: in(SynSent), On: CallClose, To: Closed, Do: do(flush), Ref: "RFC 9293 3.10.4", Why: "delete the TCB; the peer knows of nothing"},
	{ID: "tcp.close.syn-received", In: in(SynReceived), On: CallClose, If: nothingQueued, To: FinWait1, Do: do(queueFIN), Ref: "RFC 9293 3.10.4", Why: "send FIN"},
	{ID: "tcp.close.syn-received.queued", In: in(SynReceived), On: CallClose, Do: do(queueFIN), Ref: "RFC 9293 3.10.4", Why: "text is queued: close after ESTABLISHED"},
	{ID: "tcp.close.established", In: in(Established), On: CallClose, To: FinWait1, Do: do(queueFIN), Ref: "RFC 9293 3.10.4", Why: "send FIN after what is queued"},
	{ID: "tcp.close.close-wait", In: in(CloseWait), On: CallClose, If: nothingQueued, To: LastAck, Do: do(queueFIN), Ref: "RFC 9293 3.10.4", Why: "send FIN"},
	{ID: "tcp.close.close-wait.queued", In: in(CloseWait), On: CallClose, Do: do(queueFIN), Ref: "RFC 9293 3.10.4", Why: "send FIN after what is queued"},
	{ID: "tcp.close.closing", In: in(FinWait1, FinWait2, Closing, LastAck, TimeWait), On: CallClose, Do: do(refuseClosing), Ref: "RFC 9293 3.10.4", Why: "CLOSE was called before; no second FIN"},

	{ID: "tcp.abort.closed", In: in(Closed), On: CallAbort, Do: do(refuseNotOpen), Ref: "RFC 9293 3.10.5", Why: "there is no connection"},
	{ID: "tcp.abort.opening", In: in(Listen, SynSent), On: CallAbort, To: Closed, Do: do(flush), Ref: "RFC 9293 3.10.5", Why: "delete the TCB; the peer knows of nothing"},
	{ID: "tcp.abort.open", In: in(SynReceived, Established, FinWait1, FinWait2, CloseWait), On: CallAbort, To: Closed, Do: do(sendAbortRST, flush), Ref: "RFC 9293 3.10.5", Why: "send RST; flush the queues"},
	{ID: "tcp.abort.closing", In: in(Closing, LastAck, TimeWait), On: CallAbort, To: Closed, Do: do(flush), Ref: "RFC 9293 3.10.5", Why: "the peer has closed too: no RST"},

	{ID: "tcp.unread-at-close.open", In: in(SynReceived, Established, FinWait1, FinWait2, CloseWait), On: UnreadAtClose, To: Closed, Do: do(sendAbortRST, flush), Ref: "RFC 9293 3.6.1 SHLD-3", Why: "text is lost: RST says so"},
	{ID: "tcp.unread-at-close.closing", In: in(Closing, LastAck, TimeWait), On: UnreadAtClose, Ref: "RFC 9293 3.10.5", Why: "both have closed: the peer learns nothing from a RST"},
	{ID: "tcp.unread-at-close.never", In: in(Closed, Listen, SynSent), On: UnreadAtClose, Do: do(violate), Ref: "RFC 9293 3.6.1", Why: "cannot happen: no text was taken"},
}

// segmentRows is RFC 9293 3.10.7: the RST and SYN bits and the sequence
// number check.
var segmentRows = []Row{
	{ID: "tcp.rst.closed", In: in(Closed, Listen), On: SegRST, Do: do(drop), Ref: "RFC 9293 3.10.7.1, 3.10.7.2 first", Why: "a RST is not answered"},
	{ID: "tcp.rst.syn-sent.ecn", In: in(SynSent), On: SegRST, If: offersECN, Do: do(withdrawECN), Ref: "RFC 3168 6.1.1.1", Why: "some boxes refuse a SYN that offers ECN: try without"},
	{ID: "tcp.rst.syn-sent", In: in(SynSent), On: SegRST, To: Closed, Do: do(flush, signalRefused), Ref: "RFC 9293 3.10.7.3 second", Why: "the peer refuses the connection"},
	{ID: "tcp.rst.syn-received.closing", In: in(SynReceived), On: SegRST, If: passiveClosing, To: Closed, Do: do(flush, signalRefused), Ref: "RFC 9293 3.10.7.4 second, 3.10.4", Why: "back to LISTEN, and there CLOSE deletes the TCB"},
	{ID: "tcp.rst.syn-received.passive", In: in(SynReceived), On: SegRST, If: passiveOpen, To: Listen, Do: do(flush), Ref: "RFC 9293 3.10.7.4 second", Why: "back to LISTEN; the user need not know"},
	{ID: "tcp.rst.syn-received.fast", In: in(SynReceived), On: SegRST, If: fastOpened, To: Closed, Do: do(flush, flushUnread, signalReset), Ref: "RFC 9293 3.10.7.4 second, RFC 7413 4.2.2", Why: "the user has the connection already: it is reset"},
	{ID: "tcp.rst.syn-received.active", In: in(SynReceived), On: SegRST, To: Closed, Do: do(flush, signalRefused), Ref: "RFC 9293 3.10.7.4 second", Why: "the peer refuses the connection"},
	{ID: "tcp.rst.open", In: in(Established, FinWait1, FinWait2, CloseWait), On: SegRST, To: Closed, Do: do(flush, flushUnread, signalReset), Ref: "RFC 9293 3.10.7.4 second", Why: "the peer has reset the connection"},
	{ID: "tcp.rst.closing.told", In: in(Closing, LastAck), On: SegRST, If: tellsLateReset, To: Closed, Do: do(flush, signalReset), Ref: "RFC 9293 3.10.7.4 second; the error is Linux's and FreeBSD's", Why: "both have closed, yet our FIN was not acknowledged"},
	{ID: "tcp.rst.closing", In: in(Closing, LastAck), On: SegRST, To: Closed, Do: do(flush, signalResetClosing), Ref: "RFC 9293 3.10.7.4 second", Why: "both have closed: nothing is lost"},
	{ID: "tcp.rst.time-wait.ignored", In: in(TimeWait), On: SegRST, If: timeWaitProtected, Do: do(drop), Ref: "RFC 1337 4 (F1)", Why: "a RST must not assassinate TIME-WAIT"},
	{ID: "tcp.rst.time-wait", In: in(TimeWait), On: SegRST, To: Closed, Do: do(flush), Ref: "RFC 9293 3.10.7.4 second", Why: "the peer knows of no connection"},

	{ID: "tcp.rst-in-window.challenge", In: in(SynReceived) | synchronized, On: SegRSTInWindow, Do: do(sendChallengeACK, drop), Ref: "RFC 9293 3.10.7.4 second, RFC 5961 3", Why: "not at RCV.NXT: a real peer answers the ACK with the right RST"},
	{ID: "tcp.rst-in-window.never", In: in(Closed, Listen, SynSent), On: SegRSTInWindow, Do: do(violate), Ref: "RFC 5961 3", Why: "cannot happen: there is no receive window"},
	{ID: "tcp.rst-outside.drop", In: in(SynSent, SynReceived) | synchronized, On: SegRSTOutside, Do: do(drop), Ref: "RFC 9293 3.10.7.3 second, 3.10.7.4 first", Why: "a RST that proves nothing is dropped"},
	{ID: "tcp.rst-outside.never", In: in(Closed, Listen), On: SegRSTOutside, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: there is no receive window"},

	{ID: "tcp.outside.time-wait", In: in(TimeWait), On: SegOutside, If: restartsTimeWait, Do: do(sendACK, startTimeWait, drop), Ref: "RFC 9293 3.10.7.4 first; the restart is Linux's", Why: "not acceptable: say what is expected, and wait 2MSL again"},
	{ID: "tcp.outside.ack", In: in(SynReceived) | synchronized, On: SegOutside, Do: do(answerOutside, drop), Ref: "RFC 9293 3.10.7.4 first", Why: "not acceptable: say what is expected"},
	{ID: "tcp.outside.never", In: in(Closed, Listen, SynSent), On: SegOutside, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: there is no receive window"},

	{ID: "tcp.old-timestamp.ack", In: in(SynReceived) | synchronized, On: SegOldTimestamp, Do: do(answerOutside, drop), Ref: "RFC 7323 5.3 R1", Why: "an old duplicate, whatever its number: say what is expected"},
	{ID: "tcp.old-timestamp.never", In: in(Closed, Listen, SynSent), On: SegOldTimestamp, Do: do(violate), Ref: "RFC 7323 5.3", Why: "cannot happen: there is no TS.Recent"},
	{ID: "tcp.no-timestamp.drop", In: in(SynReceived) | synchronized, On: SegNoTimestamp, Do: do(drop), Ref: "RFC 7323 3.2", Why: "both ends agreed on timestamps: not the peer's"},
	{ID: "tcp.no-timestamp.never", In: in(Closed, Listen, SynSent), On: SegNoTimestamp, Do: do(violate), Ref: "RFC 7323 3.2", Why: "cannot happen: nothing is agreed on yet"},

	{ID: "tcp.syn.listen", In: in(Listen), On: SegSYN, To: SynReceived, Do: do(takeSYN, sendSYNACK), Ref: "RFC 9293 3.10.7.2 third", Why: "answer with SYN,ACK"},
	{ID: "tcp.syn.syn-sent", In: in(SynSent), On: SegSYN, To: SynReceived, Do: do(takeSYN, sendSYNACK), Ref: "RFC 9293 3.10.7.3 fourth, MUST-10", Why: "simultaneous open: answer with SYN,ACK"},
	{ID: "tcp.syn.syn-received.closing", In: in(SynReceived), On: SegSYN, If: passiveClosing, To: Closed, Do: do(flush, signalRefused), Ref: "RFC 9293 3.10.7.4 fourth, 3.10.4", Why: "back to LISTEN, and there CLOSE deletes the TCB"},
	{ID: "tcp.syn.syn-received.passive", In: in(SynReceived), On: SegSYN, If: passiveOpen, To: Listen, Do: do(flush), Ref: "RFC 9293 3.10.7.4 fourth", Why: "a new SYN: back to LISTEN"},
	{ID: "tcp.syn.challenge", In: in(SynReceived) | synchronized, On: SegSYN, If: challengesSYN, Do: do(sendChallengeACK, drop), Ref: "RFC 9293 3.10.7.4 fourth, RFC 5961 4", Why: "a peer that lost its state answers the ACK with a RST"},
	{ID: "tcp.syn.reset", In: in(SynReceived) | synchronized, On: SegSYN, To: Closed, Do: do(sendAbortRST, flush, flushUnread, signalReset), Ref: "RFC 9293 3.10.7.4 fourth", Why: "a SYN in the window is an error: reset"},
	{ID: "tcp.syn.never", In: in(Closed), On: SegSYN, Do: do(violate), Ref: "RFC 9293 3.10.7.1", Why: "cannot happen: CLOSED looks at RST and ACK alone"},

	{ID: "tcp.syn-again.synack", In: in(SynReceived), On: SegSYNAgain, If: resendsSYNACK, Do: do(resendFront, drop), Ref: "RFC 9293 3.8.1; not in 3.10.7.4", Why: "our SYN,ACK was lost: send it again at once"},
	{ID: "tcp.syn-again.ack", In: in(SynReceived), On: SegSYNAgain, Do: do(sendACK, drop), Ref: "RFC 9293 3.10.7.4 first", Why: "left of the window: say what is expected"},
	{ID: "tcp.syn-again.never", In: in(Closed, Listen, SynSent) | synchronized, On: SegSYNAgain, Do: do(violate), Ref: "RFC 9293 3.10.7.4", Why: "cannot happen: SYN-RECEIVED alone looks for it"},

	{ID: "tcp.syn-new.time-wait", In: in(TimeWait), On: SegSYNNew, To: Closed, Do: do(flush, signalClosed), Ref: "RFC 9293 3.6.1 MAY-2, RFC 6191", Why: "no old duplicate: the listener may take it"},
	{ID: "tcp.syn-new.never", In: in(Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: SegSYNNew, Do: do(violate), Ref: "RFC 9293 3.6.1", Why: "cannot happen: TIME-WAIT alone looks for new incarnations"},

	{ID: "tcp.synack.syn-sent", In: in(SynSent), On: SegSYNACK, To: Established, Do: do(takeSYN, takeACK, sendACK, signalOpen), Ref: "RFC 9293 3.10.7.3 fourth", Why: "our SYN is acknowledged: acknowledge the peer's"},
	{ID: "tcp.synack.never", In: in(Closed, Listen, SynReceived) | synchronized, On: SegSYNACK, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: elsewhere SYN and ACK are looked at apart"},
}

// ackRows is the ACK field of RFC 9293 3.10.7, fifth.
var ackRows = []Row{
	{ID: "tcp.no-ack.closed", In: in(Closed), On: SegNoACK, Do: do(sendRSTForText, drop), Ref: "RFC 9293 3.10.7.1", Why: "no connection: RST, acknowledging what came"},
	{ID: "tcp.no-ack.drop", In: in(Listen, SynSent, SynReceived) | synchronized, On: SegNoACK, Do: do(drop), Ref: "RFC 9293 3.10.7.2 fourth, 3.10.7.3 fifth, 3.10.7.4 fifth", Why: "a segment without ACK says nothing"},

	{ID: "tcp.bad-ack.syn-again", In: in(SynSent), On: SegBadACK, If: hastensSYN, Do: do(sendRSTForACK, hastenSYN, drop), Ref: "RFC 9293 3.10.7.3 first; the haste is Linux's", Why: "an old connection's segment: the RST ends it, and the SYN need not wait"},
	{ID: "tcp.bad-ack.opening", In: in(SynSent, SynReceived), On: SegBadACK, Do: do(sendRSTForACK, drop), Ref: "RFC 9293 3.10.7.3 first, 3.10.7.4 fifth", Why: "acknowledges what was never sent: an old connection's segment"},
	{ID: "tcp.bad-ack.never", In: in(Closed, Listen) | synchronized, On: SegBadACK, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: other events speak of ACKs here"},

	{ID: "tcp.ack-beyond.open", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: SegACKBeyond, Do: do(sendChallengeACK, drop), Ref: "RFC 9293 3.10.7.4 fifth", Why: "acknowledges what is not yet sent: say where we are"},
	{ID: "tcp.ack-beyond.time-wait", In: in(TimeWait), On: SegACKBeyond, Do: do(drop), Ref: "RFC 9293 3.10.7.4 fifth", Why: "TIME-WAIT answers a FIN alone, or two of them would never stop"},
	{ID: "tcp.ack-beyond.never", In: in(Closed, Listen, SynSent, SynReceived), On: SegACKBeyond, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: SegBadACK says it here"},
	{ID: "tcp.ack-too-old.open", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: SegACKTooOld, Do: do(sendChallengeACK, drop), Ref: "RFC 9293 3.10.7.4 fifth MAY-12, RFC 5961 5", Why: "too old to be the peer's: injected, perhaps"},
	{ID: "tcp.ack-too-old.time-wait", In: in(TimeWait), On: SegACKTooOld, Do: do(drop), Ref: "RFC 9293 3.10.7.4 fifth", Why: "TIME-WAIT answers a FIN alone, or two of them would never stop"},
	{ID: "tcp.ack-too-old.never", In: in(Closed, Listen, SynSent, SynReceived), On: SegACKTooOld, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: nothing was acknowledged long ago"},

	{ID: "tcp.ack.closed", In: in(Closed), On: SegACK, Do: do(sendRSTForACK, drop), Ref: "RFC 9293 3.10.7.1", Why: "no connection: RST at the number the peer expects"},
	{ID: "tcp.ack.listen", In: in(Listen), On: SegACK, Do: do(sendRSTForACK, drop), Ref: "RFC 9293 3.10.7.2 second", Why: "nothing was sent that could be acknowledged"},
	{ID: "tcp.ack.syn-sent", In: in(SynSent), On: SegACK, Do: do(drop), Ref: "RFC 9293 3.10.7.3 fifth", Why: "neither SYN nor RST: drop"},
	{ID: "tcp.ack.syn-received", In: in(SynReceived), On: SegACK, To: Established, Do: do(takeACK, signalOpen), Ref: "RFC 9293 3.10.7.4 fifth", Why: "our SYN is acknowledged"},
	{ID: "tcp.ack.open", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: SegACK, Do: do(takeACK), Ref: "RFC 9293 3.10.7.4 fifth", Why: "advance SND.UNA; update the send window"},
	{ID: "tcp.ack.time-wait", In: in(TimeWait), On: SegACK, Ref: "RFC 9293 3.10.7.4 fifth", Why: "all is acknowledged already"},

	{ID: "tcp.ack-no-room.reset", In: in(SynReceived), On: SegACKNoRoom, If: resetsOverflow, To: Closed, Do: do(sendRSTForACK, flush), Ref: "tcp_abort_on_overflow; not in RFC 9293", Why: "no room for another connection: RST says so"},
	{ID: "tcp.ack-no-room.ignore", In: in(SynReceived), On: SegACKNoRoom, Do: do(drop), Ref: "listen(2); not in RFC 9293", Why: "no room for another connection now: our SYN,ACK asks again later"},
	{ID: "tcp.ack-no-room.never", In: in(Closed, Listen, SynSent) | synchronized, On: SegACKNoRoom, Do: do(violate), Ref: "RFC 9293 3.10.7.4 fifth", Why: "cannot happen: nothing is being opened from LISTEN"},

	{ID: "tcp.ack-of-fin.fin-wait-1", In: in(FinWait1), On: AckOfFIN, To: FinWait2, Do: do(startFinWait2), Ref: "RFC 9293 3.10.7.4 fifth", Why: "our FIN is acknowledged; the peer may still send"},
	{ID: "tcp.ack-of-fin.closing", In: in(Closing), On: AckOfFIN, To: TimeWait, Do: do(startTimeWait), Ref: "RFC 9293 3.10.7.4 fifth", Why: "both FINs are acknowledged: wait 2MSL"},
	{ID: "tcp.ack-of-fin.last-ack", In: in(LastAck), On: AckOfFIN, To: Closed, Do: do(flush, signalClosed), Ref: "RFC 9293 3.10.7.4 fifth", Why: "both FINs are acknowledged: delete the TCB"},
	{ID: "tcp.ack-of-fin.never", In: in(Closed, Listen, SynSent, SynReceived, Established, FinWait2, CloseWait, TimeWait), On: AckOfFIN, Do: do(violate), Ref: "RFC 9293 3.10.7.4", Why: "cannot happen: no FIN is in flight"},

	{ID: "tcp.fin-sent.close-wait", In: in(CloseWait), On: FINSent, To: LastAck, Ref: "RFC 9293 3.10.4", Why: "all that was queued is segmentized, the FIN too"},
	{ID: "tcp.fin-sent.closing", In: in(FinWait1, Closing, LastAck), On: FINSent, Ref: "RFC 9293 3.10.4", Why: "the state says so already"},
	{ID: "tcp.fin-sent.never", In: in(Closed, Listen, SynSent, SynReceived, Established, FinWait2, TimeWait), On: FINSent, Do: do(violate), Ref: "RFC 9293 3.10.4", Why: "cannot happen: CLOSE was not called, or the FIN is acknowledged"},
}

// textRows is the URG bit, the text and the FIN of RFC 9293 3.10.7.4, sixth to
// eighth.
var textRows = []Row{
	{ID: "tcp.urgent.open", In: in(Established, FinWait1, FinWait2), On: SegUrgent, Do: do(takeUrgent), Ref: "RFC 9293 3.10.7.4 sixth, MUST-32", Why: "RCV.UP <- max(RCV.UP, SEG.UP); tell the user"},
	{ID: "tcp.urgent.closing", In: finTaken, On: SegUrgent, Ref: "RFC 9293 3.10.7.4 sixth", Why: "the peer has sent its FIN: ignore the URG"},
	{ID: "tcp.urgent.never", In: in(Closed, Listen, SynSent, SynReceived), On: SegUrgent, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: no segment gets that far"},
	{ID: "tcp.text.open", In: in(Established, FinWait1, FinWait2), On: SegText, Do: do(takeText), Ref: "RFC 9293 3.10.7.4 seventh", Why: "take the text and acknowledge it"},
	{ID: "tcp.text.closing", In: finTaken, On: SegText, Do: do(drop), Ref: "RFC 9293 3.10.7.4 seventh", Why: "the peer has sent its FIN: no text can follow"},
	{ID: "tcp.text.never", In: in(Closed, Listen, SynSent, SynReceived), On: SegText, Do: do(violate), Ref: "RFC 9293 3.10.7", Why: "cannot happen: no segment gets that far"},
	{ID: "tcp.text-after-close.open", In: in(Established, FinWait1, FinWait2), On: TextAfterClose, To: Closed, Do: do(sendAbortRST, flush), Ref: "RFC 9293 3.6.1 SHLD-3", Why: "nobody will read it: RST says so"},
	{ID: "tcp.text-after-close.never", In: in(Closed, Listen, SynSent, SynReceived) | finTaken, On: TextAfterClose, Do: do(violate), Ref: "RFC 9293 3.6.1", Why: "cannot happen: the user still receives, or text is ignored"},

	{ID: "tcp.fin.established", In: in(SynReceived, Established), On: SegFIN, To: CloseWait, Do: do(ackFIN, signalEOF), Ref: "RFC 9293 3.10.7.4 eighth", Why: "acknowledge the FIN; the user may still send"},
	{ID: "tcp.fin.fin-wait-1", In: in(FinWait1), On: SegFIN, To: Closing, Do: do(ackFIN, signalEOF), Ref: "RFC 9293 3.10.7.4 eighth", Why: "both FINs crossed: ours is not acknowledged yet"},
	{ID: "tcp.fin.fin-wait-2", In: in(FinWait2), On: SegFIN, To: TimeWait, Do: do(ackFIN, signalEOF, startTimeWait), Ref: "RFC 9293 3.10.7.4 eighth", Why: "acknowledge the FIN, start 2MSL"},
	{ID: "tcp.fin.again", In: in(CloseWait, Closing, LastAck), On: SegFIN, Do: do(ackFIN), Ref: "RFC 9293 3.10.7.4 first, eighth", Why: "the FIN again: our ACK was lost, repeat it"},
	{ID: "tcp.fin.time-wait", In: in(TimeWait), On: SegFIN, Do: do(ackFIN, startTimeWait), Ref: "RFC 9293 3.10.7.4 fifth, eighth", Why: "the FIN again: acknowledge it, restart 2MSL"},
	{ID: "tcp.fin.never", In: in(Closed, Listen, SynSent), On: SegFIN, Do: do(violate), Ref: "RFC 9293 3.10.7.4 eighth", Why: "cannot happen: SEG.SEQ cannot be validated here"},
}

// icmpRows is RFC 9293 3.9.2.2.
var icmpRows = []Row{
	{ID: "tcp.icmp-soft.tell", In: in(SynSent, SynReceived) | synchronized, On: ICMPSoft, Do: do(signalSoft), Ref: "RFC 9293 3.9.2.2 MUST-56, SHLD-25", Why: "tell the user, and go on: it may pass"},
	{ID: "tcp.icmp-hard.syn-sent", In: in(SynSent), On: ICMPHard, To: Closed, Do: do(flush, signalUnreachable), Ref: "RFC 9293 3.9.2.2 SHLD-26", Why: "the connection cannot be opened"},
	{ID: "tcp.icmp-hard.abort", In: in(SynReceived) | synchronized, On: ICMPHard, If: icmpAborts, To: Closed, Do: do(flush, signalUnreachable), Ref: "RFC 9293 3.9.2.2 SHLD-26", Why: "a hard error: abort the connection"},
	{ID: "tcp.icmp-hard.synchronized", In: in(SynReceived) | synchronized, On: ICMPHard, Do: do(signalSoft), Ref: "RFC 5927 5.2", Why: "a connection that works is not given up for a forgeable message"},
	{ID: "tcp.icmp.none", In: in(Closed, Listen), On: ICMPSoft, Do: do(drop), Ref: "RFC 9293 3.9.2.2", Why: "nothing was sent that it could be about"},
	{ID: "tcp.icmp-hard.none", In: in(Closed, Listen), On: ICMPHard, Do: do(drop), Ref: "RFC 9293 3.9.2.2", Why: "nothing was sent that it could be about"},
}

// lossRows is the two timers of RFC 8985.
var lossRows = []Row{
	{ID: "tcp.timeout.reordering", In: sending, On: TimeoutReordering, Do: do(detectLosses), Ref: "RFC 8985 6.2 step 5", Why: "sent before what has arrived, and overdue: lost"},
	{ID: "tcp.timeout.reordering.never", In: in(Closed, Listen, SynSent, SynReceived, FinWait2, TimeWait), On: TimeoutReordering, Do: do(violate), Ref: "RFC 8985 6.2", Why: "cannot happen: nothing is in flight that could be reordered"},
	{ID: "tcp.timeout.probe", In: sending, On: TimeoutProbe, If: mayProbe, Do: do(sendLossProbe), Ref: "RFC 8985 7.3", Why: "no ACK for two round trips: one segment more draws one"},
	{ID: "tcp.timeout.probe.needless", In: sending, On: TimeoutProbe, Do: do(restartRTO), Ref: "RFC 8985 7.3", Why: "a probe is out, or no round trip was measured since: the RTO decides"},
	{ID: "tcp.timeout.probe.never", In: in(Closed, Listen, SynSent, SynReceived, FinWait2, TimeWait), On: TimeoutProbe, Do: do(violate), Ref: "RFC 8985 7.2", Why: "cannot happen: no text is in flight"},
}

// timeoutRows is RFC 9293 3.10.8 and 3.8.
var timeoutRows = []Row{
	{ID: "tcp.timeout.rto", In: in(SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck), On: TimeoutRTO, Do: do(resendFront), Ref: "RFC 6298 5.4 to 5.6, RFC 9293 3.10.8", Why: "send the oldest again; double the RTO"},
	{ID: "tcp.timeout.rto.never", In: in(Closed, Listen, FinWait2, TimeWait), On: TimeoutRTO, Do: do(violate), Ref: "RFC 6298 5.2", Why: "cannot happen: nothing is in flight"},
	{ID: "tcp.retries.warning", In: in(SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck), On: RetriesWarning, Do: do(signalWarning), Ref: "RFC 9293 3.8.3 MUST-20, SHLD-9", Why: "R1: the peer may be gone"},
	{ID: "tcp.retries.warning.never", In: in(Closed, Listen, FinWait2, TimeWait), On: RetriesWarning, Do: do(violate), Ref: "RFC 9293 3.8.3", Why: "cannot happen: nothing is in flight"},
	{ID: "tcp.retries.exceeded", In: in(SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck), On: RetriesExceeded, To: Closed, Do: do(flush, signalTimedOut), Ref: "RFC 9293 3.8.3 MUST-20", Why: "R2: give up"},
	{ID: "tcp.retries.exceeded.never", In: in(Closed, Listen, FinWait2, TimeWait), On: RetriesExceeded, Do: do(violate), Ref: "RFC 9293 3.8.3", Why: "cannot happen: nothing is in flight"},

	{ID: "tcp.timeout.keepalive", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: TimeoutKeepalive, Do: do(sendKeepalive), Ref: "RFC 9293 3.8.4", Why: "nothing heard for long: a segment that must be answered"},
	{ID: "tcp.timeout.keepalive.never", In: in(Closed, Listen, SynSent, SynReceived, TimeWait), On: TimeoutKeepalive, Do: do(violate), Ref: "RFC 9293 3.8.4", Why: "cannot happen: the timer runs on open connections alone"},
	{ID: "tcp.keepalive-dead.reset", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: KeepaliveDead, If: resetsDead, To: Closed, Do: do(sendAbortRST, flush, signalTimedOut), Ref: "RFC 9293 3.8.4", Why: "no probe was answered: the peer is gone; a RST in case it is not"},
	{ID: "tcp.keepalive-dead.silent", In: in(Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: KeepaliveDead, To: Closed, Do: do(flush, signalTimedOut), Ref: "RFC 9293 3.8.4", Why: "no probe was answered: the peer is gone"},
	{ID: "tcp.keepalive-dead.never", In: in(Closed, Listen, SynSent, SynReceived, TimeWait), On: KeepaliveDead, Do: do(violate), Ref: "RFC 9293 3.8.4", Why: "cannot happen: no probe was sent"},
	{ID: "tcp.timeout.user", In: in(SynSent, SynReceived, Established, FinWait1, CloseWait, Closing, LastAck), On: TimeoutUser, To: Closed, Do: do(flush, signalTimedOut), Ref: "RFC 9293 3.10.8", Why: "unacknowledged for as long as the user allows: abort"},
	{ID: "tcp.timeout.user.never", In: in(Closed, Listen, FinWait2, TimeWait), On: TimeoutUser, Do: do(violate), Ref: "RFC 9293 3.10.8", Why: "cannot happen: nothing waits for an ACK"},

	{ID: "tcp.timeout.syn", In: in(SynSent), On: TimeoutSYN, Do: do(resendFront), Ref: "not in RFC 9293", Why: "the old connection is gone by now: open again"},
	{ID: "tcp.timeout.syn.never", In: in(Closed, Listen, SynReceived) | synchronized, On: TimeoutSYN, Do: do(violate), Ref: "not in RFC 9293", Why: "cannot happen: the timer stops on leaving SYN-SENT"},

	{ID: "tcp.timeout.ack", In: in(SynReceived) | synchronized, On: TimeoutACK, Do: do(sendACK), Ref: "RFC 9293 3.8.6.3 MUST-40", Why: "the ACK has been delayed long enough"},
	{ID: "tcp.timeout.ack.never", In: in(Closed, Listen, SynSent), On: TimeoutACK, Do: do(violate), Ref: "RFC 9293 3.8.6.3", Why: "cannot happen: nothing to acknowledge"},
	{ID: "tcp.timeout.persist", In: in(Established, FinWait1, CloseWait, Closing, LastAck), On: TimeoutPersist, Do: do(sendProbe), Ref: "RFC 9293 3.8.6.1 MUST-36", Why: "the window is shut: ask whether it has opened"},
	{ID: "tcp.timeout.persist.never", In: in(Closed, Listen, SynSent, SynReceived, FinWait2, TimeWait), On: TimeoutPersist, Do: do(violate), Ref: "RFC 9293 3.8.6.1", Why: "cannot happen: nothing waits for the window"},
	{ID: "tcp.timeout.override", In: in(Established, FinWait1, CloseWait, Closing), On: TimeoutOverride, Do: do(sendHeld), Ref: "RFC 9293 3.8.6.2.1 (4), MUST-60", Why: "text was held back for long enough: send what the window takes"},
	{ID: "tcp.timeout.override.never", In: in(Closed, Listen, SynSent, SynReceived, FinWait2, LastAck, TimeWait), On: TimeoutOverride, Do: do(violate), Ref: "RFC 9293 3.8.6.2.1", Why: "cannot happen: no text is held back"},
	{ID: "tcp.timeout.fin-wait-2", In: in(FinWait2), On: TimeoutFinWait2, To: Closed, Do: do(flush, signalClosed), Ref: "tcp_fin_timeout; not in RFC 9293", Why: "the peer does not close: forget it"},
	{ID: "tcp.timeout.fin-wait-2.never", In: in(Closed, Listen, SynSent, SynReceived, Established, FinWait1) | finTaken, On: TimeoutFinWait2, Do: do(violate), Ref: "not in RFC 9293", Why: "cannot happen: the timer stops on leaving FIN-WAIT-2"},
	{ID: "tcp.timeout.2msl", In: in(TimeWait), On: TimeoutTimeWait, To: Closed, Do: do(flush, signalClosed), Ref: "RFC 9293 3.10.8", Why: "2MSL is over: delete the TCB"},
	{ID: "tcp.timeout.2msl.never", In: in(Closed, Listen, SynSent, SynReceived, Established, FinWait1, FinWait2, CloseWait, Closing, LastAck), On: TimeoutTimeWait, Do: do(violate), Ref: "RFC 9293 3.10.8", Why: "cannot happen: the timer runs in TIME-WAIT alone"},
}
