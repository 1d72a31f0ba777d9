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
	{"abc_limit", "segments from 1 to 1000, or 0", setABC},
	{"abort_ack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.AbortWithACK })},
	{"abort_on_overflow", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.AbortOnOverflow })},
	{"accept_dead", "on or off", flag(func(c *socket.Config) *bool { return &c.AcceptDead })},
	{"ack", "immediate or delayed", setACK},
	{"ack_check", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.TrustACKs })},
	{"ack_delay", "a time up to 500ms", setACKDelay},
	{"amr", "a number from 1 to 250", number(1, 250, func(c *socket.Config) *int { return &c.SCTP.AssociationMaxRetrans })},
	{"autoclose", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.SCTP.Autoclose })},
	{"burst", "a number from 1 to 1000", number(1, 1000, func(c *socket.Config) *int { return &c.SCTP.MaxBurst })},
	{"byte_count", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.CountACKs })},
	{"cc", "reno or cubic", oneOf(func(c *socket.Config) *tcp.Algorithm { return &c.TCP.Congestion }, congestionControls...)},
	{"challenge", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.ChallengeACK })},
	{"challenge_interval", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.ChallengeInterval })},
	{"challenge_limit", "a number from 1 to 1000", number(1, 1000, func(c *socket.Config) *int { return &c.TCP.ChallengeLimit })},
	{"challenges", "connection or host", setChallenges},
	{"cookie_life", "a time", duration(func(c *socket.Config) *time.Duration { return &c.SCTP.ValidCookieLife })},
	{"cork", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Cork })},
	{"cwv", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.CWV })},
	{"ecn", "off, on or accept", oneOf(func(c *socket.Config) *tcp.ECNPolicy { return &c.TCP.ECN }, ecnPolicies...)},
	{"eifel", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Eifel })},
	{"empty_probe", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.EmptyProbe })},
	{"fin_timeout", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.FinWait2 })},
	{"finack", "immediate, delayed or open", setFINACK},
	{"frto", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.FRTO })},
	{"hb", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.SCTP.HBInterval })},
	{"hb_jitter", "on or off", flag(func(c *socket.Config) *bool { return &c.SCTP.HBJitter })},
	{"hystart", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.HyStart })},
	{"icmp", "abort or tell", setICMP},
	{"icmp_check", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.TrustICMP })},
	{"idle_restart", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.IdleRestart })},
	{"in_streams", "a number from 1 to 65535", streams(func(c *socket.Config) *uint16 { return &c.SCTP.InStreams })},
	{"iss", "a sequence number", setISS},
	{"keep_octet", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.KeepOctet })},
	{"max_holes", "a number of ranges", size(func(c *socket.Config) *int { return &c.TCP.MostHoles })},
	{"min_mss", "octets", size(func(c *socket.Config) *int { return &c.TCP.LeastMSS })},
	{"mir", "a number from 0 to 250", number(0, 250, func(c *socket.Config) *int { return &c.SCTP.MaxInitRetransmits })},
	{"iw", "segments from 1 to 1000", setIW},
	{"keep_reset", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.KeepReset })},
	{"keep_unread", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.KeepUnread })},
	{"keepcnt", "a number from 1 to 100", number(1, 100, func(c *socket.Config) *int { return &c.TCP.KeepCount })},
	{"late_user_timeout", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.LateUserTimeout })},
	{"linger_silent", "on or off", flag(func(c *socket.Config) *bool { return &c.LingerSilent })},
	{"maxseg", "octets, or 0", number(0, 65535, func(c *socket.Config) *int { return &c.SCTP.MaxSegment })},
	{"msl", "a time", setMSL},
	{"mss", "octets from 1 to 65495", setMSS},
	{"mtu", "octets from 68 to 65535", setMTU},
	{"no_fragments", "on or off", flag(func(c *socket.Config) *bool { return &c.SCTP.NoFragments })},
	{"nodelay", "on or off", both(flag(func(c *socket.Config) *bool { return &c.TCP.NoDelay }), flag(func(c *socket.Config) *bool { return &c.SCTP.NoDelay }))},
	{"open_timeout", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.OpenTimeout })},
	{"option_order", "aligned, sack or scale", setOptionOrder},
	{"persist", "on or off", flipped(func(c *socket.Config) *bool { return &c.TCP.NoPersist })},
	{"pipe_after_fin", "on or off", flag(func(c *socket.Config) *bool { return &c.PipeAfterFIN })},
	{"pipe_after_reset", "on or off", flag(func(c *socket.Config) *bool { return &c.PipeAfterReset })},
	{"plpmtud", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.PLPMTUD })},
	{"pmr", "a number up to 250", number(0, 250, func(c *socket.Config) *int { return &c.SCTP.PathMaxRetrans })},
	{"pmtu_age", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.PathMTUAge })},
	{"pmtu_base", "octets from 68 to 65535", setBaseMTU},
	{"ports", "how many ephemeral ports there are", setPorts},
	{"prr", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.PRR })},
	{"quickacks", "segments up to 250", number(0, 250, func(c *socket.Config) *int { return &c.TCP.QuickACKs })},
	{"r2", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.R2 })},
	{"r2_abandoned", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.R2Abandoned })},
	{"r2_syn", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.R2SYN })},
	{"rack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.RACK })},
	{"rcvbuf", "octets", both(size(func(c *socket.Config) *int { return &c.TCP.ReceiveBuffer }), size(func(c *socket.Config) *int { return &c.SCTP.ReceiveBuffer }))},
	{"read_after_shutdown", "on or off", flag(func(c *socket.Config) *bool { return &c.ReadAfterShutdown })},
	{"renege", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Renege })},
	{"rescue", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Rescue })},
	{"resend_synack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.ResendSYNACK })},
	{"restart_timewait", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.RestartTimeWait })},
	{"retries", "a number up to 250", number(0, 250, func(c *socket.Config) *int { return &c.TCP.Retries })},
	{"reuse_both", "on or off", flag(func(c *socket.Config) *bool { return &c.ReuseBoth })},
	{"rfc1337", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.ProtectTimeWait })},
	{"rto_doublings", "a number up to 30, or 0", setDoublings},
	{"rto_initial", "a time", both(duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Initial }), duration(func(c *socket.Config) *time.Duration { return &c.SCTP.RTO.Initial }))},
	{"rto_max", "a time", both(duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Max }), duration(func(c *socket.Config) *time.Duration { return &c.SCTP.RTO.Max }))},
	{"rto_min", "a time", both(duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Min }), duration(func(c *socket.Config) *time.Duration { return &c.SCTP.RTO.Min }))},
	{"rto_restart", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.RTORestart })},
	{"rto_slop", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Slop })},
	{"rto_syn_loss", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTOAfterSYNLoss })},
	{"rto_variance", "a time", duration(func(c *socket.Config) *time.Duration { return &c.TCP.RTO.Granularity })},
	{"rwnd", "octets from 1500 to 1073741824", number(1500, 1<<30, func(c *socket.Config) *int { return &c.SCTP.ReceiveBuffer })},
	{"sack", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.SACK })},
	{"sack_delay", "a time up to 500ms", setSACKDelay},
	{"sack_every", "a number from 1 to 100", number(1, 100, func(c *socket.Config) *int { return &c.SCTP.SACKEvery })},
	{"seqcheck", "figure, answer or literal", setSeqcheck},
	{"sndbuf", "octets", both(size(func(c *socket.Config) *int { return &c.TCP.SendBuffer }), size(func(c *socket.Config) *int { return &c.SCTP.SendBuffer }))},
	{"stale_cookies", "a number up to 250", setStaleCookies},
	{"streams", "a number from 1 to 65535", streams(func(c *socket.Config) *uint16 { return &c.SCTP.OutStreams })},
	{"sws_override", "a time from 100ms to 1s", setSWSOverride},
	{"syn_again", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.SYNAfterBadACK })},
	{"syn_linear", "a number up to 250", number(0, 250, func(c *socket.Config) *int { return &c.TCP.SYNLinear })},
	{"syn_queue", "a number up to 65535, backlog, or 0", setSYNQueue},
	{"syn_retries", "a number up to 250", number(0, 250, func(c *socket.Config) *int { return &c.TCP.SYNRetries })},
	{"synack_retries", "a number up to 250", number(0, 250, func(c *socket.Config) *int { return &c.TCP.SYNACKRetries })},
	{"syncookies", "off, on or always", setSYNCookies},
	{"t5", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.SCTP.T5 })},
	{"tell_late_reset", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.TellLateReset })},
	{"timestamps", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.Timestamps })},
	{"tlp", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.TLP })},
	{"timewait", "a time, or 0", duration(func(c *socket.Config) *time.Duration { return &c.TCP.TimeWait })},
	{"ttl", "a number from 1 to 255", setTTL},
	{"uto", "a time in whole seconds up to 546h, or 0", setUTO},
	{"undo", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.UndoDSACK })},
	{"wscale", "on or off", flag(func(c *socket.Config) *bool { return &c.TCP.WindowScale })},
	{"wscale_least", "a shift up to 14", setLeastShift},
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

// oneOf is a choice whose values are counted in the order of their names.
func oneOf[E ~uint8](field func(*socket.Config) *E, names ...string) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) bool {
		i := slices.Index(names, v)
		*field(cfg) = E(max(i, 0))
		return i >= 0
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

func number(low, high int, field func(*socket.Config) *int) func(*socket.Config, string) bool {
	return func(cfg *socket.Config, v string) (ok bool) {
		*field(cfg), ok = parseNumber(v, low, high)
		return ok
	}
}

// What the settings call the values of enums.
var (
	ackPolicies        = []string{tcp.Immediate: "immediate", tcp.Delayed: "delayed", tcp.DelayedOpen: "open"}
	congestionControls = []string{tcp.Reno: "reno", tcp.CUBIC: "cubic"}
	ecnPolicies        = []string{tcp.ECNOff: "off", tcp.ECNOn: "on", tcp.ECNAccept: "accept"}
	optionOrders       = []string{tcp.Aligned: "aligned", tcp.SACKFirst: "sack", tcp.ScaleFirst: "scale"}
)

func setDoublings(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 0, 30)
	cfg.TCP.RTO.Doublings = uint8(n)
	return ok
}

func setFINACK(cfg *socket.Config, v string) bool {
	i := slices.Index(ackPolicies, v)
	cfg.TCP.FINACK = tcp.ACKPolicy(max(i, 0))
	return i >= 0
}

func setLeastShift(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 0, 14)
	cfg.TCP.LeastShift = uint8(n)
	return ok
}

func setOptionOrder(cfg *socket.Config, v string) bool {
	i := slices.Index(optionOrders, v)
	cfg.TCP.OptionOrder = tcp.OptionOrder(max(i, 0))
	return i >= 0
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
	cfg.SCTP.MTU = cfg.TCP.MTU
	return ok
}

func setBaseMTU(cfg *socket.Config, v string) (ok bool) {
	cfg.TCP.BaseMTU, ok = parseNumber(v, 68, 65535)
	return ok
}

func setSWSOverride(cfg *socket.Config, v string) bool {
	d, ok := parseDuration(v)
	cfg.TCP.SWSOverride = d
	return ok && 100*time.Millisecond <= d && d <= time.Second
}

func setPorts(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 1, 16384)
	cfg.EphemeralHigh = cfg.EphemeralLow + uint16(n-1)
	return ok
}

func setSeqcheck(cfg *socket.Config, v string) bool {
	cfg.TCP.LiteralSEQ, cfg.TCP.AckSYNACK = v == "literal", v == "answer"
	return v == "literal" || v == "answer" || v == "figure"
}

// setUTO sets the user timeout option, which says seconds or minutes.
func setUTO(cfg *socket.Config, v string) bool {
	d, ok := parseDuration(v)
	cfg.TCP.UTO = d
	return ok && d%time.Second == 0 && d <= 546*time.Hour
}

func setABC(cfg *socket.Config, v string) (ok bool) {
	cfg.TCP.SlowStartLimit, ok = parseNumber(v, 0, 1000)
	return ok
}

func setSYNQueue(cfg *socket.Config, v string) (ok bool) {
	if v == "backlog" {
		cfg.SYNQueue = socket.AsBacklog
		return true
	}
	cfg.SYNQueue, ok = parseNumber(v, 0, 65535)
	return ok
}

func setSYNCookies(cfg *socket.Config, v string) bool {
	i := slices.Index([]string{"off", "on", "always"}, v)
	cfg.SYNCookies = socket.SYNCookies(max(i, 0))
	return i >= 0
}

func setTTL(cfg *socket.Config, v string) bool {
	n, ok := parseNumber(v, 1, 255)
	cfg.TCP.TTL, cfg.SCTP.TTL = uint8(n), uint8(n)
	return ok
}
