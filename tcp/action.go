package tcp

import "fmt"

// Action is something a table row does.
type Action uint8

const (
	sendSYN          Action = iota // start the handshake
	takeSYN                        // learn the peer's numbers and options
	sendSYNACK                     // answer a SYN
	sendACK                        // owe the peer an ACK; it rides on text if any is sent
	sendChallengeACK               // the same, throttled (RFC 5961 7)
	answerOutside                  // say what is expected; throttled where that could be answered alike
	ackFIN                         // take the peer's FIN and acknowledge it
	takeACK                        // advance SND.UNA, update the send window
	takeText                       // put text in order for the user
	takeUrgent                     // move RCV.UP and tell the user
	queueText                      // SEND: put octets into the send queue
	queueFIN                       // CLOSE: the FIN follows what is queued
	deliver                        // RECEIVE: give text to the user
	withdrawECN                    // send the SYN again, without an offer of ECN
	resendFront                    // retransmit the oldest unacknowledged segment
	detectLosses                   // presume lost what is overdue (RFC 8985 6)
	sendLossProbe                  // draw an ACK with one segment more (RFC 8985 7)
	restartRTO                     // leave it to the retransmission timer
	sendProbe                      // send one octet into a shut window
	sendHeld                       // send what the window takes, however little
	sendKeepalive                  // ask an idle peer whether it is there
	hastenSYN                      // send the SYN again soon

	sendRSTForACK  // RST at SEG.ACK
	sendRSTForText // RST,ACK that covers the segment
	sendAbortRST   // RST at SND.NXT

	startTimeWait // (re)start 2MSL
	startFinWait2 // start the FIN-WAIT-2 timer, if there is one
	flush         // empty the queues and stop the timers
	flushUnread   // a RST takes text away that the user has not read
	drop          // count the segment as dropped

	refuseNotOpen // the call's errors
	refuseExists
	refuseClosing
	refuseEOF

	signalOpen
	signalEOF
	signalRefused
	signalReset
	signalResetClosing
	signalTimedOut
	signalWarning
	signalSoft
	signalUnreachable
	signalClosed

	violate // this row cannot fire
)

var actionNames = [...]string{
	sendSYN: "sendSYN", takeSYN: "takeSYN", sendSYNACK: "sendSYNACK", sendACK: "sendACK",
	sendChallengeACK: "sendChallengeACK", answerOutside: "answerOutside", ackFIN: "ackFIN", takeACK: "takeACK",
	takeText: "takeText", takeUrgent: "takeUrgent", queueText: "queueText", queueFIN: "queueFIN", deliver: "deliver",
	detectLosses: "detectLosses", sendLossProbe: "sendLossProbe", restartRTO: "restartRTO", withdrawECN: "withdrawECN",
	resendFront: "resendFront", sendProbe: "sendProbe", sendHeld: "sendHeld", sendKeepalive: "sendKeepalive",
	hastenSYN: "hastenSYN", sendRSTForACK: "sendRSTForACK", sendRSTForText: "sendRSTForText",
	sendAbortRST: "sendAbortRST", startTimeWait: "startTimeWait", startFinWait2: "startFinWait2",
	flush: "flush", flushUnread: "flushUnread", drop: "drop", refuseNotOpen: "refuseNotOpen", refuseExists: "refuseExists",
	refuseClosing: "refuseClosing", refuseEOF: "refuseEOF", signalOpen: "signalOpen",
	signalEOF: "signalEOF", signalRefused: "signalRefused", signalReset: "signalReset",
	signalResetClosing: "signalResetClosing", signalTimedOut: "signalTimedOut",
	signalWarning: "signalWarning", signalSoft: "signalSoft", signalUnreachable: "signalUnreachable",
	signalClosed: "signalClosed", violate: "violate",
}

func (a Action) String() string { return actionNames[a] }

// refusals is what each refusing action makes a call return.
var refusals = [...]error{
	refuseNotOpen: ErrNotOpen, refuseExists: ErrExists, refuseClosing: ErrClosing, refuseEOF: EOF,
}

// signalKinds is what each signalling action tells the user.
var signalKinds = [...]SignalKind{
	signalOpen: Opened, signalEOF: PeerClosed, signalRefused: Refused, signalReset: Reset,
	signalResetClosing: ResetClosing, signalTimedOut: TimedOut, signalWarning: Warning,
	signalSoft: SoftError, signalUnreachable: Unreachable, signalClosed: Deleted,
}

// perform is the one place that says what an action does.
func (c *Conn) perform(s *step, a Action) {
	switch a {
	case sendSYN:
		c.sendSYN(s)
	case takeSYN:
		c.takeSYN(s)
	case sendSYNACK:
		c.sendSYN(s)
	case sendACK:
		s.ack = true
	case sendChallengeACK:
		s.ack = s.ack || c.mayChallenge(s.now)
	case answerOutside:
		s.ack = s.ack || s.seg.Len() > 0 || c.mayChallenge(s.now)
	case ackFIN:
		c.takeFIN(s)
	case takeACK:
		c.takeACK(s)
	case takeText:
		c.takeText(s)
	case takeUrgent:
		c.takeUrgent(s)
	case queueText:
		c.queueText(s)
	case queueFIN:
		c.snd.fin = finQueued
	case deliver:
		c.deliver(s)
	case withdrawECN:
		c.withdrawECN(s)
	case resendFront:
		c.resendFront(s)
	case detectLosses:
		c.detectLosses(s)
	case sendLossProbe:
		c.sendLossProbe(s)
	case restartRTO:
		c.restartRetransmit(s.now)
	case sendProbe:
		c.sendProbe(s)
	case sendHeld:
		c.sendHeld(s)
	case sendKeepalive:
		c.sendKeepalive(s)
	case hastenSYN:
		c.arm(TimerSYN, s.now.Add(c.cfg.SYNAfterBadACK))
	case sendRSTForACK:
		c.sendRSTForACK(s)
	case sendRSTForText:
		c.sendRSTForText(s)
	case sendAbortRST:
		c.sendAbortRST(s)
	case startTimeWait:
		c.startTimeWait(s)
	case startFinWait2:
		c.startFinWait2(s.now)
	case flush:
		c.flush()
	case flushUnread:
		if !c.cfg.KeepUnread {
			c.rcv.text.discard()
		}
	case drop:
		s.out.Drops = append(s.out.Drops, Drop{DropByRow, s.out.Rows[len(s.out.Rows)-1]})
	case refuseNotOpen, refuseExists, refuseClosing, refuseEOF:
		s.err = refusals[a]
	case signalOpen, signalEOF, signalRefused, signalReset, signalResetClosing, signalTimedOut,
		signalWarning, signalSoft, signalUnreachable, signalClosed:
		s.out.signal(Signal{Kind: signalKinds[a], ICMP: s.icmp})
	case violate:
		row := c.cfg.Table.Row(s.out.Rows[len(s.out.Rows)-1])
		s.out.violate("table", row.ID+" fired: "+row.Why)
	default:
		panic(fmt.Sprintf("tcp: action %d has no meaning", a))
	}
}
