package sctp

import "simrun/fsm"

// Table is the machine of an SCTP association; Row is one line of it.
type (
	Table = fsm.Table[State, Event, Guard, Action]
	Row   = fsm.Row[State, Event, Guard, Action]
)

// RFC is the table of RFC 9260.
var RFC = fsm.New(fsm.Machine[State, Event, Guard, Action]{
	Name:     "sctp",
	Initial:  Closed,
	States:   States(),
	Events:   Events(),
	Terminal: fsm.In(Closed),
	Rows:     rows(callRows, openingRows, cookieRows, dataRows, shutdownRows, reconfigRows, pathRows, timeoutRows),
})

func rows(groups ...[]Row) (all []Row) {
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func do(actions ...Action) []Action { return actions }

var in = fsm.In[State]

// exists is every state but CLOSED.
var exists = opening | up

// callRows is the primitives of RFC 9260 11.1.
var callRows = []Row{
	{ID: "sctp.associate.closed", In: in(Closed), On: CallAssociate, To: CookieWait, Do: do(sendInit), Ref: "RFC 9260 5.1 A", Why: "ASSOCIATE: send INIT"},
	{ID: "sctp.associate.exists", In: exists, On: CallAssociate, Do: do(refuseExists), Ref: "RFC 9260 11.1.2", Why: "the association already exists"},

	{ID: "sctp.send.closed", In: in(Closed), On: CallSend, Do: do(refuseNotOpen), Ref: "RFC 9260 11.1.5", Why: "there is no peer to send to"},
	{ID: "sctp.send.open", In: opening | in(Established), On: CallSend, Do: do(queueMessage), Ref: "RFC 9260 11.1.5", Why: "queue; send when ESTABLISHED"},
	{ID: "sctp.send.closing", In: in(ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent), On: CallSend, Do: do(refuseClosing), Ref: "RFC 9260 9.2", Why: "no new data once a shutdown has begun"},

	{ID: "sctp.shutdown-call.closed", In: in(Closed), On: CallShutdown, Do: do(refuseNotOpen), Ref: "RFC 9260 11.1.3", Why: "there is no association"},
	{ID: "sctp.shutdown-call.cookie-wait", In: in(CookieWait), On: CallShutdown, To: Closed, Do: do(flush, signalFinished), Ref: "RFC 9260 4, 9.2", Why: "the peer holds no state: delete the TCB"},
	{ID: "sctp.shutdown-call.cookie-echoed", In: in(CookieEchoed), On: CallShutdown, Do: do(closeLater), Ref: "RFC 9260 9.2", Why: "shut down once ESTABLISHED"},
	{ID: "sctp.shutdown-call.established", In: in(Established), On: CallShutdown, To: ShutdownPending, Ref: "RFC 9260 9.2", Why: "SHUTDOWN follows the last of our DATA"},
	{ID: "sctp.shutdown-call.closing", In: in(ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent), On: CallShutdown, Do: do(refuseClosing), Ref: "RFC 9260 9.2", Why: "a shutdown has begun already"},

	{ID: "sctp.abort-call.closed", In: in(Closed), On: CallAbort, Do: do(refuseNotOpen), Ref: "RFC 9260 11.1.4", Why: "there is no association"},
	{ID: "sctp.abort-call.cookie-wait", In: in(CookieWait), On: CallAbort, To: Closed, Do: do(flush, signalFinished), Ref: "RFC 9260 9.1", Why: "the peer's tag is not known: nobody to tell"},
	{ID: "sctp.abort-call.open", In: in(CookieEchoed) | up, On: CallAbort, To: Closed, Do: do(sendAbort, flush, signalAborted), Ref: "RFC 9260 9.1", Why: "send ABORT; discard all data"},
}

// openingRows is RFC 9260 5.1 and what 5.2 says of INIT, INIT ACK and COOKIE
// ACK that nobody expects.
var openingRows = []Row{
	{ID: "sctp.init.listening", In: in(Closed), On: ChunkInit, If: listening, Do: do(sendInitAck), Ref: "RFC 9260 5.1 B", Why: "answer with INIT ACK, and keep nothing"},
	{ID: "sctp.init.closed", In: in(Closed), On: ChunkInit, Do: do(abortInit, drop), Ref: "RFC 9260 5.1, 8.4", Why: "nobody takes associations here: ABORT"},
	{ID: "sctp.init.opening", In: opening, On: ChunkInit, Do: do(sendInitAckOwn), Ref: "RFC 9260 5.2.1", Why: "both ends start: answer with the tag and TSN of our own INIT"},
	{ID: "sctp.init.open", In: in(Established, ShutdownPending, ShutdownSent, ShutdownReceived), On: ChunkInit, Do: do(sendInitAck), Ref: "RFC 9260 5.2.2", Why: "the peer may have restarted: its cookie will tell"},
	{ID: "sctp.init.shutdown-ack-sent", In: in(ShutdownAckSent), On: ChunkInit, Do: do(sendShutdownAck, drop), Ref: "RFC 9260 9.2", Why: "the shutdown comes first: SHUTDOWN ACK again"},

	{ID: "sctp.init-refused.abort", In: in(Closed, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived), On: ChunkInitRefused, Do: do(abortInit, drop), Ref: "RFC 9260 3.3.2, 5.1, 5.2.1, 5.2.2", Why: "no association can come of it: ABORT, and nothing here changes"},
	{ID: "sctp.init-refused.shutdown-ack-sent", In: in(ShutdownAckSent), On: ChunkInitRefused, Do: do(sendShutdownAck, drop), Ref: "RFC 9260 9.2", Why: "the shutdown comes first: SHUTDOWN ACK again"},

	{ID: "sctp.init-ack.cookie-wait", In: in(CookieWait), On: ChunkInitAck, To: CookieEchoed, Do: do(takeInitAck, sendCookieEcho), Ref: "RFC 9260 5.1 C", Why: "return the peer's State Cookie"},
	{ID: "sctp.init-ack.closed", In: in(Closed), On: ChunkInitAck, Do: do(abortReflected, drop), Ref: "RFC 9260 5.2.3, 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.init-ack.unexpected", In: in(CookieEchoed) | up, On: ChunkInitAck, Do: do(drop), Ref: "RFC 9260 5.2.3", Why: "an old or duplicate INIT ACK"},
	{ID: "sctp.init-ack-refused.cookie-wait", In: in(CookieWait), On: ChunkInitAckRefused, To: Closed, Do: do(abortInitAck, flush, signalCannotStart), Ref: "RFC 9260 3.3.3, 5.1", Why: "no association can come of it: ABORT, delete the TCB"},
	{ID: "sctp.init-ack-refused.never", In: in(Closed, CookieEchoed) | up, On: ChunkInitAckRefused, Do: do(violate), Ref: "RFC 9260 5.2.3", Why: "cannot happen: COOKIE-WAIT alone looks at its parameters"},
	{ID: "sctp.init-ack-poor.cookie-wait", In: in(CookieWait), On: ChunkInitAckPoor, Do: do(abortInit, drop), Ref: "RFC 9260 3.3.3", Why: "a_rwnd below 1,500: ABORT, and stay"},
	{ID: "sctp.init-ack-poor.never", In: in(Closed, CookieEchoed) | up, On: ChunkInitAckPoor, Do: do(violate), Ref: "RFC 9260 5.2.3", Why: "cannot happen: COOKIE-WAIT alone looks at its parameters"},

	{ID: "sctp.cookie-ack.cookie-echoed", In: in(CookieEchoed), On: ChunkCookieAck, To: Established, Do: do(signalUp), Ref: "RFC 9260 5.1 E", Why: "the peer has the association"},
	{ID: "sctp.cookie-ack.unexpected", In: in(Closed, CookieWait) | up, On: ChunkCookieAck, Do: do(drop), Ref: "RFC 9260 5.2.5, 8.4", Why: "no COOKIE ECHO waits for it"},
}

// cookieRows is the State Cookie of RFC 9260 5.1 D, 5.2.4 and 5.2.6.
var cookieRows = []Row{
	{ID: "sctp.cookie-fresh.listening", In: in(Closed), On: CookieFresh, If: listening, To: Established, Do: do(takeCookie, sendCookieAck, signalUp), Ref: "RFC 9260 5.1 D", Why: "our own cookie comes back: make the association of it"},
	{ID: "sctp.cookie-fresh.closed", In: in(Closed), On: CookieFresh, Do: do(abortReflected, drop), Ref: "RFC 9260 5.1, 8.4", Why: "nobody takes associations here any more"},
	{ID: "sctp.cookie-fresh.never", In: exists, On: CookieFresh, Do: do(violate), Ref: "RFC 9260 5.2.4", Why: "cannot happen: table 12 says what the cookie is"},

	{ID: "sctp.cookie-restart.shutdown-ack-sent", In: in(ShutdownAckSent), On: CookieRestart, Do: do(sendShutdownAck, sendCookieWhileShutdown, drop), Ref: "RFC 9260 5.2.4 A", Why: "the shutdown comes first: SHUTDOWN ACK, and ERROR to say so"},
	{ID: "sctp.cookie-restart.open", In: in(CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived), On: CookieRestart, To: Established, Do: do(restart, sendCookieAck, signalRestarted), Ref: "RFC 9260 5.2.4 A", Why: "the peer has lost its state: begin anew with it"},
	{ID: "sctp.cookie-restart.never", In: in(Closed, CookieWait), On: CookieRestart, Do: do(violate), Ref: "RFC 9260 5.2.4", Why: "cannot happen: the peer's tag is not known"},

	{ID: "sctp.cookie-collision.opening", In: opening, On: CookieCollision, To: Established, Do: do(takeCookie, sendCookieAck, signalUp), Ref: "RFC 9260 5.2.4 B", Why: "both ends started: one association comes of it"},
	{ID: "sctp.cookie-collision.open", In: up, On: CookieCollision, Do: do(takePeerTag, sendCookieAck), Ref: "RFC 9260 5.2.4 B", Why: "the peer's tag is a later one: take it"},
	{ID: "sctp.cookie-collision.never", In: in(Closed), On: CookieCollision, Do: do(violate), Ref: "RFC 9260 5.2.4", Why: "cannot happen: there is no association"},

	{ID: "sctp.cookie-late.drop", In: exists, On: CookieLate, Do: do(drop), Ref: "RFC 9260 5.2.4 C", Why: "a cookie that a newer one has overtaken"},
	{ID: "sctp.cookie-late.never", In: in(Closed), On: CookieLate, Do: do(violate), Ref: "RFC 9260 5.2.4", Why: "cannot happen: there is no association"},

	{ID: "sctp.cookie-known.cookie-echoed", In: in(CookieEchoed), On: CookieKnown, To: Established, Do: do(sendCookieAck, signalUp), Ref: "RFC 9260 5.2.4 D", Why: "the peer has the association: ESTABLISHED, whatever becomes of its COOKIE ACK"},
	{ID: "sctp.cookie-known.open", In: up, On: CookieKnown, Do: do(sendCookieAck), Ref: "RFC 9260 5.2.4 D", Why: "our COOKIE ACK was lost: send it again"},
	{ID: "sctp.cookie-known.never", In: in(Closed, CookieWait), On: CookieKnown, Do: do(violate), Ref: "RFC 9260 5.2.4", Why: "cannot happen: the peer's tag is not known"},

	{ID: "sctp.cookie-stale.error", In: in(Closed) | exists, On: CookieStale, Do: do(sendStaleCookie, drop), Ref: "RFC 9260 5.1.5 3, 5.2.4 2", Why: "its life is over: ERROR says by how much"},
	{ID: "sctp.cookie-unknown.drop", In: in(Closed) | exists, On: CookieUnknown, Do: do(drop), Ref: "RFC 9260 5.1.5 1, 5.2.4", Why: "not a cookie of ours, or of nothing we know"},

	{ID: "sctp.stale-cookie.again", In: in(CookieEchoed), On: ErrorStaleCookie, If: asksAnew, To: CookieWait, Do: do(takeStale, sendInitAgain), Ref: "RFC 9260 5.2.6 1, 3", Why: "ask for a new cookie, with a longer life"},
	{ID: "sctp.stale-cookie.give-up", In: in(CookieEchoed), On: ErrorStaleCookie, To: Closed, Do: do(flush, signalCannotStart), Ref: "RFC 9260 5.2.6 2", Why: "cookies do not live long enough on this path"},
	{ID: "sctp.stale-cookie.unexpected", In: in(Closed, CookieWait) | up, On: ErrorStaleCookie, Do: do(drop), Ref: "RFC 9260 5.2.6, 8.4", Why: "no COOKIE ECHO of ours is on its way"},
}

// dataRows is RFC 9260 6.
var dataRows = []Row{
	{ID: "sctp.data.closed", In: in(Closed), On: ChunkData, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.data.accept", In: receiving, On: ChunkData, Do: do(takeData), Ref: "RFC 9260 6, 6.2", Why: "take it, acknowledge it"},
	{ID: "sctp.data.drop", In: in(CookieWait, CookieEchoed, ShutdownReceived, ShutdownAckSent), On: ChunkData, Do: do(drop), Ref: "RFC 9260 6", Why: "no DATA is accepted in this state"},

	{ID: "sctp.no-user-data.never", In: in(Closed), On: ChunkNoUserData, Do: do(violate), Ref: "RFC 9260 8.4", Why: "cannot happen: what is out of the blue is not looked into"},
	{ID: "sctp.no-user-data.abort", In: receiving, On: ChunkNoUserData, To: Closed, Do: do(sendAbort, flush, signalLost), Ref: "RFC 9260 3.3.1, 6.2", Why: "DATA without user data: ABORT"},
	{ID: "sctp.no-user-data.drop", In: in(CookieWait, CookieEchoed, ShutdownReceived, ShutdownAckSent), On: ChunkNoUserData, Do: do(drop), Ref: "RFC 9260 6", Why: "no DATA is accepted in this state"},

	{ID: "sctp.sack.closed", In: in(Closed), On: ChunkSACK, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.sack.take", In: sending, On: ChunkSACK, Do: do(takeSACK), Ref: "RFC 9260 6, 6.2.1", Why: "what the peer has need not be kept"},
	{ID: "sctp.sack.drop", In: in(CookieWait, CookieEchoed, ShutdownSent, ShutdownAckSent), On: ChunkSACK, Do: do(drop), Ref: "RFC 9260 6", Why: "nothing is outstanding in this state"},

	{ID: "sctp.forward-tsn.take", In: receiving, On: ChunkForwardTSN, Do: do(takeForward), Ref: "RFC 3758 3.6", Why: "the peer has given messages up: go on behind them"},
	{ID: "sctp.forward-tsn.drop", In: in(CookieEchoed, ShutdownReceived, ShutdownAckSent), On: ChunkForwardTSN, Do: do(drop), Ref: "RFC 9260 6", Why: "no DATA is accepted in this state, and none skipped"},
	{ID: "sctp.forward-tsn.never", In: in(Closed, CookieWait), On: ChunkForwardTSN, Do: do(violate), Ref: "RFC 3758 3.3", Why: "cannot happen: nothing is agreed on"},

	{ID: "sctp.drained.shutdown-pending", In: in(ShutdownPending), On: Drained, To: ShutdownSent, Do: do(sendShutdown, startT5), Ref: "RFC 9260 9.2", Why: "all our DATA is acknowledged: send SHUTDOWN"},
	{ID: "sctp.drained.shutdown-received", In: in(ShutdownReceived), On: Drained, To: ShutdownAckSent, Do: do(sendShutdownAck, startT5), Ref: "RFC 9260 9.2", Why: "all our DATA is acknowledged: send SHUTDOWN ACK"},
	{ID: "sctp.drained.never", In: in(Closed, CookieWait, CookieEchoed, Established, ShutdownSent, ShutdownAckSent), On: Drained, Do: do(violate), Ref: "RFC 9260 9.2", Why: "cannot happen: nobody waits for it here"},
}

// shutdownRows is RFC 9260 9, and errors that the peer reports.
var shutdownRows = []Row{
	{ID: "sctp.shutdown.closed", In: in(Closed), On: ChunkShutdown, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.shutdown.opening", In: opening, On: ChunkShutdown, Do: do(drop), Ref: "RFC 9260 9.2", Why: "silently discarded before the association is up"},
	{ID: "sctp.shutdown.open", In: in(Established, ShutdownPending), On: ChunkShutdown, To: ShutdownReceived, Do: do(takeShutdown, signalPeerShutdown), Ref: "RFC 9260 9.2", Why: "the peer has no more to send; ours follows yet"},
	{ID: "sctp.shutdown.again", In: in(ShutdownReceived), On: ChunkShutdown, Do: do(takeShutdown), Ref: "RFC 9260 9.2", Why: "its cumulative TSN ack counts again"},
	{ID: "sctp.shutdown.shutdown-sent", In: in(ShutdownSent), On: ChunkShutdown, To: ShutdownAckSent, Do: do(sendShutdownAck), Ref: "RFC 9260 9.2", Why: "both ends shut down: SHUTDOWN ACK at once"},
	{ID: "sctp.shutdown.shutdown-ack-sent", In: in(ShutdownAckSent), On: ChunkShutdown, Do: do(sendShutdownAck), Ref: "RFC 9260 9.2", Why: "our SHUTDOWN ACK was lost: send it again"},

	{ID: "sctp.shutdown-ack.out-of-the-blue", In: in(Closed) | opening, On: ChunkShutdownAck, Do: do(completeReflected, drop), Ref: "RFC 9260 8.4, 8.5.1 E", Why: "the peer still waits: SHUTDOWN COMPLETE with the tag reflected"},
	{ID: "sctp.shutdown-ack.open", In: in(Established, ShutdownPending, ShutdownReceived), On: ChunkShutdownAck, Do: do(drop), Ref: "RFC 9260 9.2", Why: "no SHUTDOWN of ours is on its way"},
	{ID: "sctp.shutdown-ack.closing", In: in(ShutdownSent, ShutdownAckSent), On: ChunkShutdownAck, To: Closed, Do: do(sendShutdownComplete, flush, signalFinished), Ref: "RFC 9260 9.2", Why: "both ends are done: SHUTDOWN COMPLETE, delete the TCB"},

	{ID: "sctp.shutdown-complete.shutdown-ack-sent", In: in(ShutdownAckSent), On: ChunkShutdownComplete, To: Closed, Do: do(flush, signalFinished), Ref: "RFC 9260 9.2", Why: "the peer has deleted its TCB: delete ours"},
	{ID: "sctp.shutdown-complete.drop", In: in(Closed, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownSent, ShutdownReceived), On: ChunkShutdownComplete, Do: do(drop), Ref: "RFC 9260 8.4, 8.5.1 C, 9.2", Why: "no SHUTDOWN ACK of ours is on its way"},

	{ID: "sctp.abort.closed", In: in(Closed), On: ChunkAbort, Do: do(drop), Ref: "RFC 9260 8.4", Why: "an ABORT is not answered"},
	{ID: "sctp.abort.opening", In: opening, On: ChunkAbort, To: Closed, Do: do(flush, signalCannotStart), Ref: "RFC 9260 9.1", Why: "the peer refuses the association"},
	{ID: "sctp.abort.open", In: up, On: ChunkAbort, To: Closed, Do: do(flush, signalLost), Ref: "RFC 9260 9.1", Why: "the peer has aborted: delete the TCB"},

	{ID: "sctp.error.closed", In: in(Closed), On: ChunkError, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.error.drop", In: in(CookieWait), On: ChunkError, Do: do(drop), Ref: "RFC 9260 6.5", Why: "nothing of ours could have caused it"},
	{ID: "sctp.error.report", In: in(CookieEchoed) | up, On: ChunkError, Do: do(signalRemoteError), Ref: "RFC 9260 11.2.6", Why: "the peer reports an error: tell the user"},
	{ID: "sctp.other.closed", In: in(Closed), On: ChunkOther, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.other.never", In: exists, On: ChunkOther, Do: do(violate), Ref: "RFC 9260 8.4", Why: "cannot happen: an association knows the chunk, or reports it as unknown"},
}

// reconfigRows is RFC 6525.
var reconfigRows = []Row{
	{ID: "sctp.reconfigure.established", In: in(Established), On: CallReconfigure, Do: do(beginRequest), Ref: "RFC 6525 5.1.1", Why: "ask the peer, one request at a time"},
	{ID: "sctp.reconfigure.closed", In: in(Closed) | opening, On: CallReconfigure, Do: do(refuseNotOpen), Ref: "RFC 6525 5", Why: "there is no peer to ask yet"},
	{ID: "sctp.reconfigure.closing", In: in(ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent), On: CallReconfigure, Do: do(refuseClosing), Ref: "RFC 9260 9.2", Why: "no new requests once a shutdown has begun"},

	{ID: "sctp.re-config.take", In: sending, On: ChunkReConfig, Do: do(takeReConfig), Ref: "RFC 6525 5.2", Why: "carry out the peer's request, or take its answer"},
	{ID: "sctp.re-config.drop", In: in(CookieEchoed, ShutdownSent, ShutdownAckSent), On: ChunkReConfig, Do: do(drop), Ref: "RFC 6525 5", Why: "there is nothing to change before the association is up, or after our last DATA"},
	{ID: "sctp.re-config.never", In: in(Closed, CookieWait), On: ChunkReConfig, Do: do(violate), Ref: "RFC 6525 3.1", Why: "cannot happen: nothing is agreed on"},

	{ID: "sctp.re-config-timer.again", In: sending, On: TimeoutReconfig, Do: do(sendRequestAgain), Ref: "RFC 6525 5.1.1", Why: "the request was not answered: send it again"},
	{ID: "sctp.re-config-timer.never", In: in(Closed, CookieWait, CookieEchoed, ShutdownSent, ShutdownAckSent), On: TimeoutReconfig, Do: do(violate), Ref: "RFC 6525 5.1.1", Why: "cannot happen: the timer is stopped"},
}

// pathRows is RFC 9260 8.3 and 10.
var pathRows = []Row{
	{ID: "sctp.heartbeat-call.up", In: beating, On: CallHeartbeat, Do: do(sendHeartbeat), Ref: "RFC 9260 11.1.10", Why: "the user asks whether the path works"},
	{ID: "sctp.heartbeat-call.refused", In: in(Closed, CookieWait, CookieEchoed), On: CallHeartbeat, Do: do(refuseNotOpen), Ref: "RFC 9260 8.3", Why: "no HEARTBEAT before the association is up"},
	{ID: "sctp.heartbeat-call.closing", In: in(ShutdownSent, ShutdownAckSent), On: CallHeartbeat, Do: do(refuseClosing), Ref: "RFC 9260 8.3", Why: "no HEARTBEAT once SHUTDOWN or SHUTDOWN ACK is sent"},

	{ID: "sctp.icmp-protocol.cookie-echoed", In: in(CookieEchoed), On: ICMPProtocol, To: Closed, Do: do(flush, signalCannotStart), Ref: "RFC 9260 10 ICMP8", Why: "the peer's host does not know SCTP: as an ABORT"},
	{ID: "sctp.icmp-protocol.open", In: up, On: ICMPProtocol, To: Closed, Do: do(flush, signalLost), Ref: "RFC 9260 10 ICMP8", Why: "the peer's host does not know SCTP: as an ABORT"},
	{ID: "sctp.icmp-path.count", In: in(CookieEchoed) | up, On: ICMPPath, Do: do(takeUnreachable), Ref: "RFC 9260 10 ICMP9", Why: "an error of the path"},
	{ID: "sctp.icmp-protocol.never", In: in(Closed, CookieWait), On: ICMPProtocol, Do: do(violate), Ref: "RFC 9260 10 ICMP6", Why: "cannot happen: there is no tag of the peer's that it could quote"},
	{ID: "sctp.icmp-path.never", In: in(Closed, CookieWait), On: ICMPPath, Do: do(violate), Ref: "RFC 9260 10 ICMP6", Why: "cannot happen: there is no tag of the peer's that it could quote"},

	{ID: "sctp.heartbeat.closed", In: in(Closed), On: ChunkHeartbeat, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.heartbeat.cookie-wait", In: in(CookieWait), On: ChunkHeartbeat, Do: do(drop), Ref: "RFC 9260 8.3", Why: "the peer's tag is not known"},
	{ID: "sctp.heartbeat.answer", In: in(CookieEchoed) | up, On: ChunkHeartbeat, Do: do(sendHeartbeatAck), Ref: "RFC 9260 8.3", Why: "return its information unchanged"},
	{ID: "sctp.heartbeat-ack.closed", In: in(Closed), On: ChunkHeartbeatAck, Do: do(abortReflected, drop), Ref: "RFC 9260 8.4", Why: "out of the blue: ABORT with the tag reflected"},
	{ID: "sctp.heartbeat-ack.opening", In: opening, On: ChunkHeartbeatAck, Do: do(drop), Ref: "RFC 9260 8.3", Why: "no HEARTBEAT of ours is on its way"},
	{ID: "sctp.heartbeat-ack.take", In: up, On: ChunkHeartbeatAck, Do: do(takeHeartbeatAck), Ref: "RFC 9260 8.3, 5.4", Why: "the path works"},
}

// timeoutRows is the timers of RFC 9260 and RFC 6458's autoclose.
var timeoutRows = []Row{
	{ID: "sctp.t1-init.cookie-wait", In: in(CookieWait), On: TimeoutT1Init, Do: do(sendInitAgain), Ref: "RFC 9260 5.1.4 2, 4 3", Why: "INIT again"},
	{ID: "sctp.t1-init.never", In: in(Closed, CookieEchoed) | up, On: TimeoutT1Init, Do: do(violate), Ref: "RFC 9260 4", Why: "cannot happen: T1-init is stopped"},
	{ID: "sctp.t1-cookie.cookie-echoed", In: in(CookieEchoed), On: TimeoutT1Cookie, Do: do(sendCookieEcho), Ref: "RFC 9260 5.1.4 2, 4 4", Why: "COOKIE ECHO again"},
	{ID: "sctp.t1-cookie.never", In: in(Closed, CookieWait) | up, On: TimeoutT1Cookie, Do: do(violate), Ref: "RFC 9260 4", Why: "cannot happen: T1-cookie is stopped"},
	{ID: "sctp.t2.shutdown-sent", In: in(ShutdownSent), On: TimeoutT2Shutdown, Do: do(sendShutdown), Ref: "RFC 9260 9.2", Why: "SHUTDOWN again, with what has come since"},
	{ID: "sctp.t2.shutdown-ack-sent", In: in(ShutdownAckSent), On: TimeoutT2Shutdown, Do: do(sendShutdownAck), Ref: "RFC 9260 9.2", Why: "SHUTDOWN ACK again"},
	{ID: "sctp.t2.never", In: in(Closed, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownReceived), On: TimeoutT2Shutdown, Do: do(violate), Ref: "RFC 9260 9.2", Why: "cannot happen: T2-shutdown is stopped"},
	{ID: "sctp.t3.resend", In: sending, On: TimeoutT3, Do: do(resendPath), Ref: "RFC 9260 6.3.3", Why: "what is outstanding on the path is presumed lost"},
	{ID: "sctp.t3.never", In: in(Closed, CookieWait, CookieEchoed, ShutdownSent, ShutdownAckSent), On: TimeoutT3, Do: do(violate), Ref: "RFC 9260 6.3.2", Why: "cannot happen: nothing is outstanding"},
	{ID: "sctp.t5.closing", In: in(ShutdownSent, ShutdownAckSent), On: TimeoutT5, To: Closed, Do: do(sendAbort, flush, signalLost), Ref: "RFC 9260 9.2", Why: "the shutdown takes too long: ABORT"},
	{ID: "sctp.t5.never", In: in(Closed, CookieWait, CookieEchoed, Established, ShutdownPending, ShutdownReceived), On: TimeoutT5, Do: do(violate), Ref: "RFC 9260 9.2", Why: "cannot happen: T5-shutdown-guard is stopped"},
	{ID: "sctp.sack-timer.send", In: up, On: TimeoutSACK, Do: do(sendSACK), Ref: "RFC 9260 6.2", Why: "a SACK may wait no longer"},
	{ID: "sctp.sack-timer.never", In: in(Closed) | opening, On: TimeoutSACK, Do: do(violate), Ref: "RFC 9260 6.2", Why: "cannot happen: no DATA has come"},
	{ID: "sctp.heartbeat-timer.probe", In: beating, On: TimeoutHeartbeat, Do: do(sendHeartbeat), Ref: "RFC 9260 8.3", Why: "the path is idle: does it still work?"},
	{ID: "sctp.heartbeat-timer.never", In: in(Closed, CookieWait, CookieEchoed, ShutdownSent, ShutdownAckSent), On: TimeoutHeartbeat, Do: do(violate), Ref: "RFC 9260 8.3", Why: "cannot happen: no heartbeats in this state"},
	{ID: "sctp.autoclose.established", In: in(Established), On: TimeoutAutoclose, To: ShutdownPending, Ref: "RFC 6458 8.1.8", Why: "no user data for long: shut down"},
	{ID: "sctp.autoclose.never", In: in(Closed, CookieWait, CookieEchoed, ShutdownPending, ShutdownSent, ShutdownReceived, ShutdownAckSent), On: TimeoutAutoclose, Do: do(violate), Ref: "RFC 6458 8.1.8", Why: "cannot happen: the timer is stopped"},

	{ID: "sctp.retries-exceeded.opening", In: opening, On: RetriesExceeded, To: Closed, Do: do(flush, signalCannotStart), Ref: "RFC 9260 4 3, 4 4", Why: "Max.Init.Retransmits: the peer is not reachable"},
	{ID: "sctp.retries-exceeded.open", In: up, On: RetriesExceeded, To: Closed, Do: do(flush, signalLost), Ref: "RFC 9260 8.1, 9.2", Why: "Association.Max.Retrans: the peer is not reachable"},
	{ID: "sctp.retries-exceeded.never", In: in(Closed), On: RetriesExceeded, Do: do(violate), Ref: "RFC 9260 8.1", Why: "cannot happen: nothing is sent from here"},
}
