package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"simrun/sim/socket"
	"simrun/tcp"
	"simrun/wire"
)

// knob is a setting that scenarios may give a host: the short name of a
// Config field.
type knob struct {
	name string
	want string // the values it takes, for messages
	set  func(cfg *socket.Config, value string) bool
}

// knobs is every setting, in alphabetical order.
var knobs = []knob{
	{"abort_ack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.AbortWithACK })},
	{"ack", "immediate or delayed", policy(func(c *socket.Config) *tcp.ACKPolicy { return &c.TCP.ACK })},
	{"ack_check", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.TrustACKs })},
	{"ack_delay", "a time up to 500ms", setACKDelay},
	{"byte_count", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.CountACKs })},
	{"challenge", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.ChallengeACK })},
	{"challenges", "connection or host", setChallenges},
	{"fin_timeout", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.FinWait2 })},
	{"finack", "immediate or delayed", policy(func(c *socket.Config) *tcp.ACKPolicy { return &c.TCP.FINACK })},
	{"icmp", "abort or tell", setICMP},
	{"icmp_check", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.TrustICMP })},
	{"iss", "a sequence number", setISS},
	{"keep_octet", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.KeepOctet })},
	{"max_holes", "a number of ranges", size(func(c *socket.Config) *int { return &c.TCP.MostHoles })},
	{"min_mss", "octets", size(func(c *socket.Config) *int { return &c.TCP.LeastMSS })},
	{"msl", "a time", setMSL},
	{"iw", "segments from 1 to 1000", setIW},
	{"mss", "octets from 1 to 65495", setMSS},
	{"mtu", "octets from 68 to 65535", setMTU},
	{"nodelay", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.NoDelay })},
	{"persist", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.NoPersist })},
	{"ports", "how many ephemeral ports there are", setPorts},
	{"r2", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.R2 })},
	{"r2_syn", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.R2SYN })},
	{"rcvbuf", "octets", size(func(c *socket.Config) *int { return &c.TCP.ReceiveBuffer })},
	{"rfc1337", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.ProtectTimeWait })},
	{"rto_initial", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Initial })},
	{"rto_max", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Max })},
	{"rto_min", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Min })},
	{"sack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.SACK })},
	{"seqcheck", "figure or literal", setSeqcheck},
	{"sndbuf", "octets", size(func(c *socket.Config) *int { return &c.TCP.SendBuffer })},
	{"timewait", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.TimeWait })},
	{"timestamps", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Timestamps })},
	{"ttl", "a number from 1 to 255", setTTL},
	{"wscale", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.WindowScale })},
}

// CheckSetting reports what is wrong with a setting, before any run: the key
// is unknown, or its value is not of the form that the key wants.
func CheckSetting(s Setting) error {
	cfg := socket.Defaults()
	return applySetting(&cfg, s)
}

// SettingNames is the keys of all settings, in alphabetical order.
func SettingNames() []string {
	names := make([]string, len(knobs))
	for i := range knobs {
		names[i] = knobs[i].name
	}
	return names
}

func applySetting(cfg *socket.Config, s Setting) error {
	i := slices.IndexFunc(knobs, func(k knob) bool { return k.name == s.Key })
	if i < 0 {
		return fmt.Errorf("unknown setting %q", s.Key)
	}
	if !knobs[i].set(cfg, s.Value) {
		return fmt.Errorf("setting %s: want %s, found %q", s.Key, knobs[i].want, s.Value)
	}
	return nil
}

// configure is a profile with a host's settings applied to it, in order.
func configure(profile string, settings []Setting) (*socket.Config, error) {
	cfg, ok := Profile(profile)
	if !ok {
		return nil, fmt.Errorf("unknown profile %q", profile)
	}
	for _, s := range settings {
		if err := applySetting(&cfg, s); err != nil {
			return nil, fmt.Errorf("%v: %w", s.Pos, err)
		}
	}
	return &cfg, nil
}

func flag(field func(*socket.Config) *bool) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		*field(cfg) = v == "on"
		return v == "on" || v == "off"
	}
}

// flipped is a flag whose field says the opposite.
func flipped(field func(*socket.Config) *bool) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		*field(cfg) = v == "off"
		return v == "on" || v == "off"
	}
}

func policy(field func(*socket.Config) *tcp.ACKPolicy) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		*field(cfg) = tcp.Immediate
		if v == "delayed" {
			*field(cfg) = tcp.Delayed
		}
		return v == "immediate" || v == "delayed"
	}
}

func duration(field func(*socket.Config) *time.Duration) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		d, ok := parseDuration(v)
		*field(cfg) = d
		return ok
	}
}

func size(field func(*socket.Config) *int) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		n, ok := parseNumber(v, 1, 1<<30)
		*field(cfg) = n
		return ok
	}
}

// parseDuration reads a time that carries its unit; zero needs none.
func parseDuration(v string) (time.Duration, bool) {
	if strings.HasPrefix(v, "-") || strings.HasPrefix(v, "+") {
		return 0, false
	}
	d, err := time.ParseDuration(v)
	return d, err == nil
}

func parseNumber(v string, low, high int) (int, bool) {
	n, err := strconv.Atoi(v)
	return n, err == nil && low <= n && n <= high
}

func setACKDelay(cfg *socket.Config, v string) bool {
	d, ok := parseDuration(v)
	cfg.TCP.ACKDelay = d
	return ok && d <= 500*time.Millisecond
}

func setChallenges(cfg *socket.Config, v string) bool {
	cfg.TCP.SharedChallenges = v == "host"
	return v == "host" || v == "connection"
}

func setICMP(cfg *socket.Config, v string) bool {
	cfg.TCP.ICMPAborts = v == "abort"
	return v == "abort" || v == "tell"
}

func setISS(cfg *socket.Config, v string) bool {
	n, err := strconv.ParseUint(v, 10, 32)
	cfg.FixedISS, cfg.ISS = true, wire.Seq(n)
	return err == nil
}

func setIW(cfg *socket.Config, v string) (ok bool) {
	cfg.TCP.InitialWindow, ok = parseNumber(v, 1, 1000)
	return ok
}

// setMSL sets TIME-WAIT to twice the maximum segment lifetime.
func setMSL(cfg *socket.Config, v string) bool {
	d, ok := parseDuration(v)
	cfg.TCP.TimeWait = 2 * d
	return ok && d < 24*time.Hour
}

func setMSS(cfg *socket.Config, v string) (ok bool) {
	cfg.TCP.MSS, ok = parseNumber(v, 1, 65495)
	return ok
}

func setMTU(cfg *socket.Config, v string) (ok bool) {
	cfg.TCP.MTU, ok = parseNumber(v, 68, 65535)
	return ok
}

func setPorts(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 1, 16384)
	cfg.EphemeralHigh = cfg.EphemeralLow + uint16(n-1)
	return ok
}

func setSeqcheck(cfg *socket.Config, v string) bool {
	cfg.TCP.LiteralSEQ = v == "literal"
	return v == "literal" || v == "figure"
}

func setTTL(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 1, 255)
	cfg.TCP.TTL = uint8(n)
	return ok
}
