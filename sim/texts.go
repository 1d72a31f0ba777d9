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
	case s.Timer == tcp.TimerProbe && s.Next == 0:
		return "PTO " + value + ", no probe"
	case s.Timer == tcp.TimerProbe:
		return "tail loss probe: PTO " + value + ", then RTO " + next
	case s.Timer == tcp.TimerReordering:
		return "RACK reordering " + value
	case s.Timer == tcp.TimerDelayedACK:
		return "ACK delay " + value
	case s.Timer == tcp.TimerSYN:
		return "SYN again after " + value
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
	case tcp.SegmentsLost:
		return []string{fmt.Sprintf("RACK: %d lost", s.N)}
	case tcp.Reneged:
		return []string{"the peer reneged"}
	case tcp.Dropped:
		return []string{fmt.Sprintf("reneges on %d bytes", s.N)}
	case tcp.ProbeRepaired:
		return []string{"probe hid a loss"}
	case tcp.RecoveryEnded:
		return []string{"recovery ends"}
	case tcp.CongestionMarked:
		return []string{"CE: congestion"}
	case tcp.CongestionEchoed:
		return []string{"ECE: congestion"}
	case tcp.RestartedAfterIdle:
		return []string{"idle " + trace.Duration(s.Value)}
	case tcp.WindowUnused:
		return []string{"window unused"}
	case tcp.SlowStartPaced:
		return []string{"RTT grows: CSS"}
	case tcp.SlowStartResumed:
		return []string{"RTT falls: no CSS"}
	case tcp.SlowStartEnded:
		return []string{"CSS ends", fmt.Sprintf("ssthresh %d", s.Ssthresh)}
	case tcp.CongestionWindow:
		cwnd := fmt.Sprintf("cwnd %d", s.N)
		if s.Ssthresh > 0 {
			return []string{fmt.Sprintf("ssthresh %d", s.Ssthresh), cwnd}
		}
		return []string{cwnd}
	case tcp.SpuriousRTO:
		return []string{fmt.Sprintf("spurious RTO (%v): cwnd back to %d", s.Means, s.N)}
	case tcp.SpuriousRetransmit:
		return []string{fmt.Sprintf("spurious retransmit (%v): cwnd back to %d", s.Means, s.N)}
	case tcp.PathMTU:
		return []string{fmt.Sprintf("MSS %d", s.N)}
	case tcp.PathProbe:
		return []string{fmt.Sprintf("probe of MSS %d", s.N)}
	case tcp.PathProbeLost:
		return []string{fmt.Sprintf("MSS %d does not pass", s.N)}
	case tcp.BlackHole:
		return []string{"a black hole?", fmt.Sprintf("MSS %d", s.N)}
	case tcp.UserTimeoutChanged:
		return []string{"user timeout " + trace.Duration(s.Value)}
	case tcp.UrgentData:
		return []string{fmt.Sprintf("urgent: %d to read", s.N)}
	case tcp.UrgentEnd:
		return []string{"urgent data is read"}
	case tcp.FastOpened:
		return []string{"data with the SYN"}
	case tcp.FastCookie:
		return []string{"cookie kept"}
	case tcp.FastRefused:
		return []string{"the SYN's data again"}
	case tcp.Crowded:
		return []string{fmt.Sprintf("dropped: %d holes", s.N)}
	case tcp.Warning:
		return []string{"R1: no answer yet"}
	case tcp.SoftError, tcp.Unreachable:
		return []string{s.ICMP.String()}
	}
	return nil
}

// window is what a signal says of the congestion window; nothing, if it does
// not speak of it.
func window(s *tcp.Signal) trace.Window {
	if s.N == 0 || s.Kind == tcp.FastRetransmit {
		return trace.Window{}
	}
	return trace.Window{Phase: s.Phase.String(), Cwnd: s.N, Ssthresh: s.Known(), Pipe: s.Pipe}
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
