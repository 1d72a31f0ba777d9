package tcp

import "fmt"

// Guard is a condition of a table row.
type Guard uint8

const (
	always            Guard = iota
	passiveOpen             // the connection came from LISTEN, and no user has it yet (MUST-11)
	fastOpened              // it came from LISTEN, and the user has text of its SYN (RFC 7413)
	passiveClosing          // the same, and CLOSE was called
	nothingQueued           // every octet given to SEND is segmentized
	closeQueued             // CLOSE was called, the FIN waits
	textUnread              // text in order waits for the user
	challengesSYN           // Config.ChallengeACK: RFC 5961 4
	mayProbe                // no loss probe is out, and a round trip was measured since the last
	resetsDead              // Config.KeepReset
	resetsOverflow          // Config.AbortOnOverflow
	offersECN               // our SYN offered ECN, and no other went
	timeWaitProtected       // Config.ProtectTimeWait: RFC 1337
	icmpAborts              // Config.ICMPAborts: RFC 9293 3.9.2.2 by the letter
	resendsSYNACK           // Config.ResendSYNACK
	restartsTimeWait        // Config.RestartTimeWait
	tellsLateReset          // Config.TellLateReset
	hastensSYN              // Config.SYNAfterBadACK, and the SYN went once
)

var guardNames = [...]string{
	always: "", passiveOpen: "passiveOpen", fastOpened: "fastOpened", passiveClosing: "passiveClosing",
	nothingQueued: "nothingQueued", closeQueued: "closeQueued", textUnread: "textUnread", mayProbe: "mayProbe",
	challengesSYN: "challengesSYN", timeWaitProtected: "timeWaitProtected", resetsDead: "resetsDead",
	icmpAborts: "icmpAborts", resetsOverflow: "resetsOverflow", offersECN: "offersECN", resendsSYNACK: "resendsSYNACK",
	restartsTimeWait: "restartsTimeWait", hastensSYN: "hastensSYN", tellsLateReset: "tellsLateReset",
}

func (g Guard) String() string { return guardNames[g] }

// holds is the one place that says what a guard means.
func (c *Conn) holds(g Guard) bool {
	switch g {
	case always:
		return true
	case passiveOpen:
		return c.origin == passive && c.fast.phase != fastTaken
	case fastOpened:
		return c.fast.phase == fastTaken
	case passiveClosing:
		return c.origin == passive && c.fast.phase != fastTaken && c.snd.fin != finNone
	case nothingQueued:
		return c.snd.unsent() == 0
	case closeQueued:
		return c.snd.fin != finNone
	case textUnread:
		return c.rcv.text.unread() > 0
	case challengesSYN:
		return c.cfg.ChallengeACK
	case mayProbe:
		return c.probe.phase == probeNone && c.probe.sampled
	case resetsDead:
		return c.cfg.KeepReset
	case offersECN:
		return c.ecn.setup == sentSetup
	case resetsOverflow:
		return c.cfg.AbortOnOverflow
	case timeWaitProtected:
		return c.cfg.ProtectTimeWait
	case resendsSYNACK:
		return c.cfg.ResendSYNACK
	case restartsTimeWait:
		return c.cfg.RestartTimeWait
	case tellsLateReset:
		return c.cfg.TellLateReset
	case hastensSYN:
		return c.cfg.SYNAfterBadACK > 0 && c.snd.flight.front().tries == 0
	case icmpAborts:
		return c.cfg.ICMPAborts
	}
	panic(fmt.Sprintf("tcp: guard %d has no meaning", g))
}
