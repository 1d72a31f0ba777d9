package sim

import (
	"time"

	"simrun/sim/socket"
	"simrun/tcp"
)

// Profile is the configuration of a system, by name: "rfc" (or "") is the
// values and choices of the texts. A profile sets Config fields and nothing
// else; profiletable.go says of each what it is and who says so.
func Profile(name string) (socket.Config, bool) {
	cfg := socket.Defaults()
	switch name {
	case "", "rfc":
	case "linux":
		linuxTimers(&cfg.TCP)
		linuxChoices(&cfg)
	case "freebsd":
		freebsdTimers(&cfg.TCP)
		freebsdChoices(&cfg)
	default:
		return cfg, false
	}
	return cfg, true
}

// linuxTimers is Linux 6.x with the sysctls that it starts with.
func linuxTimers(t *tcp.Config) {
	t.RTO.Min = 200 * time.Millisecond
	t.RTO.Granularity = 200 * time.Millisecond
	t.RTO.Max = 120 * time.Second
	t.RTOAfterSYNLoss = time.Second
	t.R2 = 924600 * time.Millisecond
	t.R2Abandoned = 102200 * time.Millisecond
	t.SYNRetries = 10
	t.SYNLinear = 4
	t.SYNACKRetries = 5
	t.SYNAfterBadACK = 8 * time.Millisecond
	t.LateUserTimeout = true
	t.TimeWait = 60 * time.Second
	t.FinWait2 = 60 * time.Second
	t.ACKDelay = 40 * time.Millisecond
	t.QuickACKs = 16
	t.ChallengeLimit = 1
	t.ChallengeInterval = 500 * time.Millisecond
}

func linuxChoices(cfg *socket.Config) {
	t := &cfg.TCP
	linuxControl(t)
	t.FINACK = tcp.DelayedOpen
	t.AckSYNACK = true
	t.ResendSYNACK = true
	t.TellLateReset = true
	t.RestartTimeWait = true
	t.EmptyProbe = true
	t.KeepReset = true
	t.AbortWithACK = true
	t.KeepUnread = true
	t.InitialWindow = 10
	t.WindowScale = true
	t.LeastShift = 7
	t.Timestamps = true
	t.SACK = true
	t.OptionOrder = tcp.SACKFirst
	t.ReceiveBuffer = 65536
	t.LeastMSS = 48
	cfg.EphemeralLow, cfg.EphemeralHigh = 32768, 60999
	cfg.SYNQueue = socket.AsBacklog
	cfg.PipeAfterFIN = true
	cfg.LingerSilent = true
	cfg.AcceptDead = true
	cfg.ReadAfterShutdown = true
	cfg.ReuseBoth = true
}

// linuxControl is how Linux finds losses and what it does about them.
func linuxControl(t *tcp.Config) {
	t.Congestion = tcp.CUBIC
	t.SlowStartLimit = 0
	t.ECN = tcp.ECNAccept
	t.RACK = true
	t.TLP = true
	t.PRR = true
	t.FRTO = true
	t.Eifel = true
	t.UndoDSACK = true
}

// freebsdTimers is FreeBSD 14 with the sysctls that it starts with.
func freebsdTimers(t *tcp.Config) {
	t.RTO.Min = 30 * time.Millisecond
	t.RTO.Slop = 200 * time.Millisecond
	t.RTO.Doublings = 9
	t.RTO.Max = 64 * time.Second
	t.RTOAfterSYNLoss = time.Second
	t.Retries = 12
	t.OpenTimeout = 75 * time.Second
	t.SYNACKRetries = 3
	t.TimeWait = 60 * time.Second
	t.FinWait2 = 60 * time.Second
	t.ACKDelay = 40 * time.Millisecond
	t.KeepCount = 8
	t.ChallengeLimit = 5
	t.ChallengeInterval = time.Second
}

func freebsdChoices(cfg *socket.Config) {
	t := &cfg.TCP
	freebsdControl(t)
	t.ResendSYNACK = true
	t.TellLateReset = true
	t.ProtectTimeWait = true
	t.KeepReset = true
	t.AbortWithACK = true
	t.KeepUnread = true
	t.InitialWindow = 10
	t.WindowScale = true
	t.LeastShift = 6
	t.Timestamps = true
	t.SACK = true
	t.OptionOrder = tcp.ScaleFirst
	t.SendBuffer = 32768
	t.ReceiveBuffer = 65536
	t.LeastMSS = 216
	t.MostHoles = 100
	cfg.EphemeralLow = 10000
	cfg.SYNQueue = 15360
	cfg.PipeAfterReset = true
}

// freebsdControl is how FreeBSD finds losses and what it does about them.
func freebsdControl(t *tcp.Config) {
	t.Congestion = tcp.CUBIC
	t.SlowStartLimit = 2
	t.ECN = tcp.ECNAccept
	t.Rescue = true
	t.PRR = true
	t.Eifel = true
}
