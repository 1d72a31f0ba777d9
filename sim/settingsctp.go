package sim

import (
	"time"

	"simrun/sctp"
	"simrun/sim/socket"
	"simrun/tcp"
)

// both is a setting that TCP and SCTP have in common.
func both(one, other func(*socket.Config, string) bool) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool { return one(cfg, v) && other(cfg, v) }
}

// setACK says when what has arrived is acknowledged, by either protocol.
func setACK(cfg *socket.Config, v string) bool {
	cfg.TCP.ACK, cfg.SCTP.SACK = tcp.Immediate, sctp.Immediate
	if v == "delayed" {
		cfg.TCP.ACK, cfg.SCTP.SACK = tcp.Delayed, sctp.Delayed
	}
	return v == "immediate" || v == "delayed"
}

// setSACKDelay sets how long a delayed SACK waits (RFC 9260 6.2).
func setSACKDelay(cfg *socket.Config, v string) bool {
	d, ok := parseDuration(v)
	cfg.SCTP.SACKDelay = d
	return ok && d <= 500*time.Millisecond
}

func setStaleCookies(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 0, 250)
	cfg.SCTP.StaleCookieRetries = uint8(n)
	return ok
}

// streams is a number of streams.
func streams(field func(*socket.Config) *uint16) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		n, ok := parseNumber(v, 1, 65535)
		*field(cfg) = uint16(n)
		return ok
	}
}
