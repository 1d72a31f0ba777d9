package sim

import (
	"fmt"

	"simrun/sim/trace"
	"simrun/tcp"
)

// timerText is what an expiry says in the margin.
func timerText(s *tcp.Signal) string {
	value, next := trace.Duration(s.Value), trace.Duration(s.Next)
	switch {
	case s.Timer == tcp.TimerRetransmit && s.Next == 0:
		return "RTO " + value + ", R2 is over"
	case s.Timer == tcp.TimerRetransmit:
		return "RTO " + value + ", next " + next
	case s.Timer == tcp.TimerPersist && s.Next == 0:
		return "persist " + value + ", R2 is over"
	case s.Timer == tcp.TimerPersist:
		return "persist " + value + ", next " + next
	case s.Timer == tcp.TimerKeepalive && s.Next == 0:
		return "no answer: dead"
	case s.Timer == tcp.TimerKeepalive:
		return "keepalive " + value
	case s.Timer == tcp.TimerDelayedACK:
		return "ACK delay " + value
	}
	return s.Timer.String() + " " + value + " is over"
}

// signalTexts is what a signal says in the margin, a text each line.
func signalTexts(s *tcp.Signal) []string {
	switch s.Kind {
	case tcp.TimeWaitRestarted:
		return []string{"2MSL restarts"}
	case tcp.FastRetransmit:
		return []string{fmt.Sprintf("dup ACK %d", s.N)}
	case tcp.RecoveryEnded:
		return []string{"recovery ends"}
	case tcp.CongestionWindow:
		cwnd := fmt.Sprintf("cwnd %d", s.N)
		if s.Ssthresh > 0 {
			return []string{fmt.Sprintf("ssthresh %d", s.Ssthresh), cwnd}
		}
		return []string{cwnd}
	case tcp.Crowded:
		return []string{fmt.Sprintf("dropped: %d holes", s.N)}
	case tcp.Warning:
		return []string{"R1: no answer yet"}
	case tcp.SoftError, tcp.Unreachable:
		return []string{s.ICMP.String()}
	}
	return nil
}

// settings is what a ladder's heading names: the faults, the profile, the
// settings (those that all hosts share without a host's name), the seed.
func (sc *Scenario) settings(seed uint64) (all []string) {
	for i := range sc.Faults {
		all = append(all, sc.Faults[i].Text)
	}
	profile := sc.Profile
	if profile == "" {
		profile = "rfc"
	}
	all = append(all, "profile "+profile)
	for i := range sc.Hosts {
		for _, s := range sc.Hosts[i].Settings {
			text := s.Key + "=" + s.Value
			switch {
			case !sc.shared(s):
				all = append(all, sc.Hosts[i].Name+"."+text)
			case i == 0:
				all = append(all, text)
			}
		}
	}
	return append(all, fmt.Sprintf("seed %d", seed))
}

// shared reports whether every host has a setting.
func (sc *Scenario) shared(s Setting) bool {
	for i := range sc.Hosts {
		found := false
		for _, o := range sc.Hosts[i].Settings {
			found = found || o.Key == s.Key && o.Value == s.Value
		}
		if !found {
			return false
		}
	}
	return true
}
