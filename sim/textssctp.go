package sim

import (
	"fmt"

	"simrun/sctp"
	"simrun/sim/trace"
)

// on is a word about a path: "T3-rtx p1" where there are several.
func on(word, path string) string {
	if path == "" {
		return word
	}
	return word + " " + path
}

// assocTimerText is what an expiry says in the margin.
func assocTimerText(s *sctp.Signal, path string) string {
	value, next := trace.Duration(s.Value), trace.Duration(s.Next)
	switch s.Timer {
	case sctp.TimerSACK:
		return "SACK delay " + value
	case sctp.TimerHeartbeat:
		return on("HB.interval", path)
	case sctp.TimerAutoclose:
		return "idle " + value
	case sctp.T5Guard:
		return s.Timer.String() + " " + value + " is over"
	}
	text := on(s.Timer.String(), path) + " " + value
	if s.Next == 0 {
		return text + ", gives up"
	}
	return text + ", next " + next
}

// assocTexts is what a signal says in the margin, a text each line. What the
// user may be told begins with a plus sign, in the words of RFC 6458 6.1.
func assocTexts(s *sctp.Signal, assoc int, path string) []string {
	switch s.Kind {
	case sctp.Up:
		return []string{fmt.Sprintf("+ COMM_UP #%d", assoc)}
	case sctp.Lost:
		return because("+ COMM_LOST", s)
	case sctp.Restarted:
		return []string{"+ RESTART"}
	case sctp.Finished:
		return []string{"+ SHUTDOWN_COMP"}
	case sctp.CannotStart:
		return because("+ CANT_STR_ASSOC", s)
	case sctp.PeerShutdown:
		return []string{"+ SHUTDOWN_EVENT"}
	case sctp.SendFailed:
		return []string{"+ SEND_FAILED"}
	case sctp.PathStatus:
		if s.Confirmed && path == "" {
			return nil // the only address is the one that the peer speaks from
		}
		return []string{on("+ "+pathEvent(s), path)}
	case sctp.RemoteError:
		return because("+ REMOTE_ERROR", s)
	case sctp.FastRetransmit:
		return []string{fmt.Sprintf("missed 3 times: %d", s.N)}
	case sctp.RecoveryEnded:
		return []string{"recovery ends"}
	case sctp.CongestionWindow:
		cwnd := fmt.Sprintf("%s %d", on("cwnd", path), s.N)
		if s.Ssthresh > 0 {
			return []string{fmt.Sprintf("%s %d", on("ssthresh", path), s.Ssthresh), cwnd}
		}
		return []string{cwnd}
	}
	return nil
}

// because is a notification and, below it, the error cause that led to it.
func because(text string, s *sctp.Signal) []string {
	if s.Cause == 0 {
		return []string{text}
	}
	return []string{text, s.Cause.String()}
}

// pathEvent is what a change of a path is called (RFC 6458 6.1.2).
func pathEvent(s *sctp.Signal) string {
	switch {
	case s.Status == sctp.Inactive:
		return "ADDR_UNREACHABLE"
	case s.Confirmed:
		return "ADDR_CONFIRMED"
	}
	return "ADDR_AVAILABLE"
}

// dropText is why something was dropped, where no row of the table says it.
func dropText(r sctp.DropReason) string {
	switch r {
	case sctp.DropTag:
		return "dropped: wrong tag"
	case sctp.DropMalformed:
		return "dropped: malformed"
	case sctp.DropWindow:
		return "dropped: window is full"
	case sctp.DropUnknown:
		return "chunk is not known"
	case sctp.DropBundled:
		return "dropped: must come alone"
	case sctp.DropAddress:
		return "dropped: not from an address that was named"
	}
	return ""
}
