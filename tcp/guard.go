package tcp

import "fmt"

// Guard is a condition of a table row.
type Guard uint8

const (
	always            Guard = iota
	passiveOpen             // the connection came from LISTEN, and no user has it yet (MUST-11)
	fastOpened              // it came from LISTEN, and the user has text of its SYN (RFC 7413)
	nothingQueued           // every octet given to SEND is segmentized
	closeQueued             // CLOSE was called, the FIN waits
	textUnread              // text in order waits for the user
	challengesSYN           // Config.ChallengeACK: RFC 5961 4
	resetsDead              // Config.KeepReset
	resetsOverflow          // Config.AbortOnOverflow
	timeWaitProtected       // Config.ProtectTimeWait: RFC 1337
)

var guardNames = [...]string{
	always: "", passiveOpen: "passiveOpen", fastOpened: "fastOpened", nothingQueued: "nothingQueued", closeQueued: "closeQueued",
	textUnread: "textUnread", challengesSYN: "challengesSYN", timeWaitProtected: "timeWaitProtected", resetsDead: "resetsDead",
	resetsOverflow: "resetsOverflow",
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
	case resetsOverflow:
		return c.cfg.AbortOnOverflow
	case timeWaitProtected:
		return c.cfg.ProtectTimeWait
	}
	panic(fmt.Sprintf("tcp: guard %d has no meaning", g))
}
