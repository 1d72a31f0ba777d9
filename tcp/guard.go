package tcp

import "fmt"

// Guard is a condition of a table row.
type Guard uint8

const (
	always            Guard = iota
	passiveOpen             // the connection came from LISTEN (MUST-11)
	nothingQueued           // every octet given to SEND is segmentized
	closeQueued             // CLOSE was called, the FIN waits
	textUnread              // text in order waits for the user
	challengesSYN           // Config.ChallengeACK: RFC 5961 4
	resetsDead              // Config.KeepReset
	timeWaitProtected       // Config.ProtectTimeWait: RFC 1337
	icmpAborts              // Config.ICMPAborts: RFC 9293 3.9.2.2 by the letter
)

var guardNames = [...]string{
	always: "", passiveOpen: "passiveOpen", nothingQueued: "nothingQueued", closeQueued: "closeQueued",
	textUnread: "textUnread", challengesSYN: "challengesSYN", timeWaitProtected: "timeWaitProtected", resetsDead: "resetsDead",
	icmpAborts: "icmpAborts",
}

func (g Guard) String() string { return guardNames[g] }

// holds is the one place that says what a guard means.
func (c *Conn) holds(g Guard) bool {
	switch g {
	case always:
		return true
	case passiveOpen:
		return c.origin == passive
	case nothingQueued:
		return c.snd.unsent() == 0
	case closeQueued:
		return c.snd.fin != finNone
	case textUnread:
		return c.rcv.text.unread() > 0
	case challengesSYN:
		return c.cfg.ChallengeACK
	case resetsDead:
		return c.cfg.KeepReset
	case timeWaitProtected:
		return c.cfg.ProtectTimeWait
	case icmpAborts:
		return c.cfg.ICMPAborts
	}
	panic(fmt.Sprintf("tcp: guard %d has no meaning", g))
}
