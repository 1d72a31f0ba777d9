package sctp

import "fmt"

// Guard is a condition of a table row.
type Guard uint8

const (
	always    Guard = iota
	listening       // the endpoint takes associations from peers
	asksAnew        // a stale cookie may be asked for once more
)

var guardNames = [...]string{always: "", listening: "listening", asksAnew: "asksAnew"}

func (g Guard) String() string { return guardNames[g] }

// holds is the one place that says what a guard means.
func (a *Assoc) holds(g Guard) bool {
	switch g {
	case always:
		return true
	case listening:
		return a.listens
	case asksAnew:
		return a.init.stale < a.cfg.StaleCookieRetries
	}
	panic(fmt.Sprintf("sctp: guard %d has no meaning", g))
}
