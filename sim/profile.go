package sim

import (
	"time"

	"simrun/sim/socket"
	"simrun/tcp"
)

// Profile is the configuration of a system, by name: "rfc" (or "") is the
// values and choices of the texts. A profile sets Config fields and nothing
// else.
func Profile(name string) (socket.Config, bool) {
	cfg := socket.Defaults()
	switch name {
	case "", "rfc":
	case "linux":
		cfg.TCP.RTO.Min = 200 * time.Millisecond
		cfg.TCP.RTO.Max = 120 * time.Second
		cfg.TCP.RTOAfterSYNLoss = time.Second
		cfg.TCP.R2 = 924600 * time.Millisecond // tcp_retries2 = 15
		cfg.TCP.R2SYN = 127 * time.Second
		cfg.TCP.R2SYNACK = 63 * time.Second // tcp_synack_retries = 5
		cfg.TCP.TimeWait = 60 * time.Second
		cfg.TCP.FinWait2 = 60 * time.Second
		cfg.TCP.ACKDelay = 40 * time.Millisecond
		cfg.TCP.FINACK = tcp.Delayed
		cfg.TCP.LiteralSEQ = false
		cfg.TCP.AbortWithACK = true
		cfg.TCP.KeepUnread = true
		cfg.PipeAfterFIN = true
		cfg.LingerSilent = true
	case "freebsd":
		cfg.TCP.RTO.Min = 230 * time.Millisecond
		cfg.TCP.TimeWait = 60 * time.Second
		cfg.TCP.FinWait2 = 60 * time.Second
		cfg.TCP.ACKDelay = 40 * time.Millisecond
		cfg.TCP.ProtectTimeWait = true
		cfg.TCP.AbortWithACK = true
		cfg.TCP.KeepUnread = true
		cfg.PipeAfterReset = true
	default:
		return cfg, false
	}
	return cfg, true
}
