package sctp

import "fmt"

// Action is something a table row does.
type Action uint8

const (
	sendInit       Action = iota // the INIT of an ASSOCIATE
	sendInitAgain                // INIT once more
	sendInitAck                  // INIT ACK with a new tag, and a State Cookie
	sendInitAckOwn               // INIT ACK with the tag and TSN of our own INIT
	takeStale                    // how much longer the next cookie should live
	takeInitAck                  // learn the peer's numbers, addresses and cookie
	sendCookieEcho               // return the peer's cookie, and start T1-cookie
	takeCookie                   // make the association of our own cookie
	takePeerTag                  // learn the peer's newer tag and TSN
	restart                      // begin the association anew with the cookie's numbers
	sendCookieAck
	sendStaleCookie         // ERROR with the time by which the cookie is too old
	sendCookieWhileShutdown // ERROR: cookie received while shutting down

	queueMessage
	takeData
	takeSACK
	beginRequest // RFC 6525: streams to reset or to add
	sendRequestAgain
	takeReConfig
	takeForward // skip what the peer has given up
	sendSACK
	resendPath // T3-rtx: all that is outstanding on the path is sent again

	takeShutdown // what the SHUTDOWN acknowledges
	sendShutdown
	sendShutdownAck
	sendShutdownComplete
	startT5
	closeLater // SHUTDOWN was called while opening

	sendHeartbeat
	sendHeartbeatAck
	takeHeartbeatAck

	sendAbort         // ABORT to the peer of this association
	abortInit         // ABORT with the INIT's own tag
	abortInitAck      // ABORT that answers an INIT ACK
	abortReflected    // ABORT with the packet's tag reflected
	completeReflected // SHUTDOWN COMPLETE with the packet's tag reflected
	flush             // empty the queues, report what was not sent
	drop              // count what arrived as dropped by this row

	refuseNotOpen
	refuseExists
	refuseClosing

	signalUp
	signalLost
	signalAborted
	signalRestarted
	signalFinished
	signalCannotStart
	signalPeerShutdown
	signalRemoteError

	takeUnreachable // what an ICMP message says of a path

	violate // this row cannot fire
)

var actionNames = [...]string{
	sendInit: "sendInit", sendInitAgain: "sendInitAgain", sendInitAck: "sendInitAck", sendInitAckOwn: "sendInitAckOwn",
	takeStale: "takeStale", takeInitAck: "takeInitAck", sendCookieEcho: "sendCookieEcho", takeCookie: "takeCookie", takePeerTag: "takePeerTag",
	restart: "restart", sendCookieAck: "sendCookieAck", sendStaleCookie: "sendStaleCookie",
	sendCookieWhileShutdown: "sendCookieWhileShutdown", queueMessage: "queueMessage", takeData: "takeData",
	takeSACK: "takeSACK", takeForward: "takeForward", beginRequest: "beginRequest",
	sendRequestAgain: "sendRequestAgain", takeReConfig: "takeReConfig", sendSACK: "sendSACK", resendPath: "resendPath", takeShutdown: "takeShutdown",
	sendShutdown: "sendShutdown", sendShutdownAck: "sendShutdownAck", sendShutdownComplete: "sendShutdownComplete",
	startT5: "startT5", closeLater: "closeLater", sendHeartbeat: "sendHeartbeat", sendHeartbeatAck: "sendHeartbeatAck",
	takeHeartbeatAck: "takeHeartbeatAck", sendAbort: "sendAbort", abortInit: "abortInit", abortInitAck: "abortInitAck",
	abortReflected: "abortReflected", completeReflected: "completeReflected", flush: "flush", drop: "drop",
	refuseNotOpen: "refuseNotOpen", refuseExists: "refuseExists", refuseClosing: "refuseClosing",
	signalUp: "signalUp", signalLost: "signalLost", signalAborted: "signalAborted", signalRestarted: "signalRestarted",
	signalFinished: "signalFinished", signalCannotStart: "signalCannotStart", signalPeerShutdown: "signalPeerShutdown",
	signalRemoteError: "signalRemoteError", takeUnreachable: "takeUnreachable", violate: "violate",
}

func (a Action) String() string { return actionNames[a] }

// refusals is what each refusing action makes a call return.
var refusals = [...]error{refuseNotOpen: ErrNotOpen, refuseExists: ErrExists, refuseClosing: ErrClosing}

// signalKinds is what each signalling action tells the user.
var signalKinds = [...]SignalKind{
	signalUp: Up, signalLost: Lost, signalAborted: Lost, signalRestarted: Restarted, signalFinished: Finished,
	signalCannotStart: CannotStart, signalPeerShutdown: PeerShutdown, signalRemoteError: RemoteError,
}

// perform is the one place that says what an action does.
func (a *Assoc) perform(s *step, act Action) {
	switch act {
	case sendInit:
		a.startInit(s)
	case sendInitAgain:
		a.sendInit(s)
	case sendInitAck:
		a.sendInitAck(s, a.drawTag(), wire32(a.draw()))
	case sendInitAckOwn:
		a.sendInitAck(s, a.myTag, a.snd.initial)
	case takeStale:
		a.takeStale(s)
	case takeInitAck:
		a.takeInitAck(s)
	case sendCookieEcho:
		a.sendCookieEcho(s)
	case takeCookie:
		a.takeCookie(s)
	case takePeerTag:
		a.takePeerTag(s)
	case restart:
		a.restart(s)
	case sendCookieAck:
		s.control(chunkOf(cookieAck))
	case sendStaleCookie:
		a.sendStaleCookie(s)
	case sendCookieWhileShutdown:
		s.control(errorOf(cookieWhileShutdown))
	case queueMessage:
		a.queueMessage(s)
	case takeData:
		a.takeData(s)
	case takeSACK:
		a.takeSACK(s)
	case beginRequest, sendRequestAgain, takeReConfig:
		a.reconfigure(s, act)
	case takeForward:
		a.takeForward(s)
	case sendSACK:
		s.sack = sackNow
	case resendPath:
		a.resendPath(s)
	case takeShutdown:
		a.takeShutdown(s)
	case sendShutdown:
		a.sendShutdown(s)
	case sendShutdownAck:
		a.sendShutdownAck(s)
	case sendShutdownComplete:
		a.sendShutdownComplete(s)
	case startT5:
		a.startT5(s)
	case closeLater:
		a.closing = true
	case sendHeartbeat:
		a.sendHeartbeat(s, s.path)
	case sendHeartbeatAck:
		a.sendHeartbeatAck(s)
	case takeHeartbeatAck:
		a.takeHeartbeatAck(s)
	case sendAbort:
		a.sendAbort(s)
	case abortInit:
		a.abortInit(s)
	case abortInitAck:
		a.abortInitAck(s)
	case abortReflected:
		a.reflect(s, abortChunk(s.causes))
	case completeReflected:
		a.reflect(s, chunkOf(shutdownComplete))
	case flush:
		a.flush(s)
	case drop:
		s.out.Drops = append(s.out.Drops, Drop{DropByRow, s.out.Rows[len(s.out.Rows)-1]})
	case refuseNotOpen, refuseExists, refuseClosing:
		s.err = refusals[act]
	case signalUp, signalLost, signalAborted, signalRestarted, signalFinished, signalCannotStart,
		signalPeerShutdown, signalRemoteError:
		s.out.signal(Signal{Kind: signalKinds[act], Cause: s.cause()})
	case takeUnreachable:
		a.takeUnreachable(s)
	case violate:
		row := a.cfg.Table.Row(s.out.Rows[len(s.out.Rows)-1])
		s.out.violate("table", row.ID+" fired: "+row.Why)
	default:
		panic(fmt.Sprintf("sctp: action %d has no meaning", act))
	}
}
