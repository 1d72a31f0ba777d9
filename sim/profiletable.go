package sim

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"simrun/sim/socket"
	"simrun/tcp"
)

// Difference is a row of docs/profiles.md: what the profiles set apart, and
// who says so.
type Difference struct {
	Field   string // of socket.Config
	About   string
	Setting string // that sets the field, if there is one
	Source  string
	// RFC, Linux and FreeBSD are the field's value in each profile, written
	// as the setting takes it.
	RFC, Linux, FreeBSD string
}

// differences is one row for each field in which a profile differs from rfc.
// "Measured" is Linux 6.18 over a link of 10 ms.
var differences = []Difference{
	{Field: "TCP.RTO.Min", About: "the shortest RTO", Setting: "rto_min", Source: "RFC 6298 2.4; Linux TCP_RTO_MIN; FreeBSD net.inet.tcp.rexmit_min"},
	{Field: "TCP.RTO.Granularity", About: "the least that the variation adds to SRTT", Setting: "rto_variance", Source: "RFC 6298 2.3: the clock's granularity; Linux: RTTVAR's floor is TCP_RTO_MIN"},
	{Field: "TCP.RTO.Slop", About: "added to each RTO but the very first", Setting: "rto_slop", Source: "FreeBSD net.inet.tcp.rexmit_slop, tcp(4)"},
	{Field: "TCP.RTO.Doublings", About: "the RTO doubles at most so often; 0: until it is the longest", Setting: "rto_doublings", Source: "FreeBSD tcp_backoff: 512 times the first"},
	{Field: "TCP.RTO.Max", About: "the longest RTO", Setting: "rto_max", Source: "RFC 6298 2.5; Linux TCP_RTO_MAX; FreeBSD TCPTV_REXMTMAX"},
	{Field: "TCP.RTOAfterSYNLoss", About: "the RTO once a SYN had to go again", Setting: "rto_syn_loss", Source: "RFC 6298 5.7; Linux TCP_TIMEOUT_INIT; FreeBSD net.inet.tcp.rexmit_initial"},
	{Field: "TCP.R2", About: "text is given up after", Setting: "r2", Source: "RFC 9293 3.8.3 SHLD-11; Linux ip-sysctl: tcp_retries2 is 15, which is this long from an RTO of 200 ms"},
	{Field: "TCP.R2Abandoned", About: "the same once nobody has the socket", Setting: "r2_abandoned", Source: "Linux ip-sysctl: tcp_orphan_retries is 8, which is this long from an RTO of 200 ms"},
	{Field: "TCP.Retries", About: "text is given up after so many retransmissions", Setting: "retries", Source: "FreeBSD net.inet.tcp.retries (TCP_MAXRXTSHIFT)"},
	{Field: "TCP.SYNRetries", About: "a SYN is given up after so many", Setting: "syn_retries", Source: "Linux ip-sysctl: tcp_syn_retries is 6, and the linear ones are not counted"},
	{Field: "TCP.SYNLinear", About: "a SYN goes again this often before the RTO doubles", Setting: "syn_linear", Source: "Linux ip-sysctl: tcp_syn_linear_timeouts, since 6.5; measured"},
	{Field: "TCP.OpenTimeout", About: "an active open is given up after", Setting: "open_timeout", Source: "RFC 9293 MUST-23 wants 3 minutes; FreeBSD net.inet.tcp.keepinit, tcp(4)"},
	{Field: "TCP.SYNACKRetries", About: "a SYN,ACK is given up after so many", Setting: "synack_retries", Source: "Linux ip-sysctl: tcp_synack_retries; FreeBSD net.inet.tcp.syncache.rexmtlimit"},
	{Field: "TCP.SYNAfterBadACK", About: "a SYN that an old connection answered goes again after", Setting: "syn_again", Source: "Linux TCP_TIMEOUT_MIN, two ticks, of 4 ms each; measured"},
	{Field: "TCP.LateUserTimeout", About: "TCP_USER_TIMEOUT counts from the first retransmission", Setting: "late_user_timeout", Source: "RFC 5482: from the first transmission; Linux tcp_timer.c, retrans_stamp; measured"},
	{Field: "TCP.TimeWait", About: "TIME-WAIT lasts", Setting: "timewait", Source: "RFC 9293 3.4.2; Linux TCP_TIMEWAIT_LEN; FreeBSD net.inet.tcp.msl"},
	{Field: "TCP.FinWait2", About: "FIN-WAIT-2 lasts, once nobody has the socket", Setting: "fin_timeout", Source: "RFC 9293 has no limit; Linux ip-sysctl: tcp_fin_timeout; FreeBSD net.inet.tcp.finwait2_timeout"},
	{Field: "TCP.ProtectTimeWait", About: "no RST ends TIME-WAIT", Setting: "rfc1337", Source: "RFC 1337 4; Linux ip-sysctl: tcp_rfc1337 is 0; FreeBSD tcp_timewait.c"},
	{Field: "TCP.RestartTimeWait", About: "any old segment restarts TIME-WAIT", Setting: "restart_timewait", Source: "RFC 9293 3.10.7.4: a FIN alone; Linux tcp_minisocks.c"},
	{Field: "TCP.ACKDelay", About: "an ACK is delayed by", Setting: "ack_delay", Source: "RFC 9293 MUST-40; Linux TCP_DELACK_MIN, measured; FreeBSD net.inet.tcp.delacktime"},
	{Field: "TCP.QuickACKs", About: "so many of the first segments are acknowledged at once", Setting: "quickacks", Source: "Linux TCP_MAX_QUICKACKS; measured"},
	{Field: "TCP.FINACK", About: "the ACK of a FIN", Setting: "finack", Source: "RFC 9293 3.10.7.4 eighth: at once; Linux: as text while our side is open, measured"},
	{Field: "TCP.ResendSYNACK", About: "a SYN that comes again draws the SYN,ACK", Setting: "resend_synack", Source: "RFC 9293 3.10.7.4 first: an ACK; Linux tcp_minisocks.c, measured; FreeBSD tcp_syncache.c"},
	{Field: "TCP.TellLateReset", About: "a RST in CLOSING and LAST-ACK is told as an error", Setting: "tell_late_reset", Source: "RFC 9293 3.10.7.4 second: no; Linux tcp_reset, FreeBSD tcp_input.c: SO_ERROR is ECONNRESET"},
	{Field: "TCP.AckSYNACK", About: "in a simultaneous open the SYN,ACK is acknowledged", Setting: "", Source: "RFC 9293 figure 7: no; Linux: measured. The setting is seqcheck=answer"},
	{Field: "TCP.AbortWithACK", About: "the RST of an abort carries an ACK", Setting: "abort_ack", Source: "RFC 9293 3.10.5: no; Linux: measured; FreeBSD tcp_output.c"},
	{Field: "TCP.KeepUnread", About: "what arrived before a RST stays readable", Setting: "keep_unread", Source: "RFC 9293 3.10.7.4 second: no; Linux: measured; FreeBSD uipc_socket.c, soisdisconnected"},
	{Field: "TCP.EmptyProbe", About: "a window probe carries no octet", Setting: "empty_probe", Source: "RFC 9293 3.8.6.1: one octet; Linux tcp_output.c"},
	{Field: "TCP.KeepCount", About: "unanswered keepalive probes until the end", Setting: "keepcnt", Source: "Linux ip-sysctl: tcp_keepalive_probes; FreeBSD net.inet.tcp.keepcnt"},
	{Field: "TCP.KeepReset", About: "a peer that keepalive finds dead gets a RST", Setting: "keep_reset", Source: "RFC 9293 3.8.4 leaves it open; Linux tcp_timer.c; FreeBSD tcp_drop"},
	{Field: "TCP.ChallengeLimit", About: "challenge ACKs that a connection sends", Setting: "challenge_limit", Source: "RFC 5961 7; Linux ip-sysctl: tcp_invalid_ratelimit; FreeBSD net.inet.tcp.ack_war_cnt"},
	{Field: "TCP.ChallengeInterval", About: "in so much time", Setting: "challenge_interval", Source: "RFC 5961 7; Linux ip-sysctl: tcp_invalid_ratelimit; FreeBSD net.inet.tcp.ack_war_timewindow"},
	{Field: "TCP.InitialWindow", About: "segments in the initial window; 0: by the MSS", Setting: "iw", Source: "RFC 5681 3.1, RFC 6928; Linux TCP_INIT_CWND; FreeBSD net.inet.tcp.initcwnd_segments"},
	{Field: "TCP.Congestion", About: "congestion control", Setting: "cc", Source: "RFC 5681; Linux ip-sysctl: tcp_congestion_control; FreeBSD net.inet.tcp.cc.algorithm, since 14"},
	{Field: "TCP.SlowStartLimit", About: "an ACK opens the window in slow start by so many segments at most; 0: by all it acknowledges", Setting: "abc_limit", Source: "RFC 5681 3.1; Linux tcp_slow_start; FreeBSD net.inet.tcp.abc_l_var, RFC 3465"},
	{Field: "TCP.ECN", About: "explicit congestion notification", Setting: "ecn", Source: "RFC 9293 SHLD-8; Linux ip-sysctl: tcp_ecn is 2; FreeBSD net.inet.tcp.ecn.enable is 2"},
	{Field: "TCP.RACK", About: "losses are found by time", Setting: "rack", Source: "RFC 8985 6; Linux ip-sysctl: tcp_recovery is 1; FreeBSD net.inet.tcp.functions_default is freebsd, not rack"},
	{Field: "TCP.TLP", About: "the tail of what was sent is probed", Setting: "tlp", Source: "RFC 8985 7; Linux ip-sysctl: tcp_early_retrans is 3; measured"},
	{Field: "TCP.Rescue", About: "in recovery the rest goes again when nothing else may", Setting: "rescue", Source: "RFC 6675 4, NextSeg (3) and (4); FreeBSD net.inet.tcp.sack.revised"},
	{Field: "TCP.PRR", About: "proportional rate reduction", Setting: "prr", Source: "RFC 9937; Linux tcp_cwnd_reduction; FreeBSD net.inet.tcp.do_prr"},
	{Field: "TCP.FRTO", About: "spurious RTOs are found by what is acknowledged after them", Setting: "frto", Source: "RFC 5682; Linux ip-sysctl: tcp_frto is 2"},
	{Field: "TCP.Eifel", About: "and spurious retransmissions by timestamps", Setting: "eifel", Source: "RFC 3522; Linux tcp_packet_delayed; FreeBSD tcp_input.c, t_badrxtwin"},
	{Field: "TCP.UndoDSACK", About: "and by the duplicates that the peer reports", Setting: "undo", Source: "RFC 3708; Linux tcp_try_undo_dsack"},
	{Field: "TCP.WindowScale", About: "window scaling", Setting: "wscale", Source: "RFC 7323 2; Linux ip-sysctl: tcp_window_scaling; FreeBSD net.inet.tcp.rfc1323"},
	{Field: "TCP.LeastShift", About: "at least this window scale", Setting: "wscale_least", Source: "Linux: for tcp_rmem's largest buffer, 6 MiB; FreeBSD: for kern.ipc.maxsockbuf, 2 MiB"},
	{Field: "TCP.Timestamps", About: "timestamps, which leave 1448 octets of 1460", Setting: "timestamps", Source: "RFC 7323 3; Linux ip-sysctl: tcp_timestamps; FreeBSD net.inet.tcp.rfc1323"},
	{Field: "TCP.SACK", About: "selective acknowledgments", Setting: "sack", Source: "RFC 2018; Linux ip-sysctl: tcp_sack; FreeBSD net.inet.tcp.sack.enable"},
	{Field: "TCP.OptionOrder", About: "the order of a SYN's options", Setting: "option_order", Source: "RFC 9293 3.1 leaves it open; Linux tcp_output.c; FreeBSD tcp_output.c"},
	{Field: "TCP.LeastMSS", About: "at least so many octets go in a segment, whatever the peer's MSS; 0: one", Setting: "min_mss", Source: "CVE-2019-11479; Linux ip-sysctl: tcp_min_snd_mss; FreeBSD net.inet.tcp.minmss"},
	{Field: "TCP.MostHoles", About: "so many ranges beyond a hole are held; 0: as many as the window has room for", Setting: "max_holes", Source: "CVE-2018-5390; FreeBSD net.inet.tcp.reass.maxqueuelen"},
	{Field: "TCP.SendBuffer", About: "send buffer", Setting: "sndbuf", Source: "FreeBSD net.inet.tcp.sendspace"},
	{Field: "TCP.ReceiveBuffer", About: "receive buffer", Setting: "rcvbuf", Source: "Linux ip-sysctl: half of tcp_rmem's default, 131072; FreeBSD net.inet.tcp.recvspace"},
	{Field: "EphemeralLow", About: "the first ephemeral port", Setting: "", Source: "RFC 6335 6; Linux ip-sysctl: ip_local_port_range; FreeBSD net.inet.ip.portrange.first"},
	{Field: "EphemeralHigh", About: "the last ephemeral port", Setting: "", Source: "RFC 6335 6; Linux ip-sysctl: ip_local_port_range; FreeBSD net.inet.ip.portrange.last"},
	{Field: "SYNQueue", About: "a listener opens so many connections at a time", Setting: "syn_queue", Source: "RFC 4987 2.2; Linux inet_csk_reqsk_queue_is_full; FreeBSD net.inet.tcp.syncache.cachelimit, of the host"},
	{Field: "PipeAfterFIN", About: "after a FIN and a RST send says EPIPE, recv end of file", Setting: "pipe_after_fin", Source: "RFC 9293 3.10.7.4 second: connection reset; Linux: measured"},
	{Field: "PipeAfterReset", About: "after a RST send always says EPIPE, recv still ECONNRESET", Setting: "pipe_after_reset", Source: "RFC 9293 3.10.7.4 second: connection reset; FreeBSD uipc_socket.c, SBS_CANTSENDMORE"},
	{Field: "LingerSilent", About: "a close whose SO_LINGER time is over says success", Setting: "linger_silent", Source: "POSIX close and FreeBSD: EWOULDBLOCK; Linux: measured"},
	{Field: "AcceptDead", About: "accept gives a connection that was reset meanwhile", Setting: "accept_dead", Source: "POSIX accept: ECONNABORTED; Linux: measured"},
	{Field: "ReadAfterShutdown", About: "recv gives what arrives after shutdown(SHUT_RD)", Setting: "read_after_shutdown", Source: "POSIX shutdown: no more receptions; Linux tcp.c"},
	{Field: "ReuseBoth", About: "bind wants SO_REUSEADDR of the old socket too", Setting: "reuse_both", Source: "POSIX leaves it open; Linux inet_connection_sock.c; FreeBSD in_pcb.c"},
}

// Differences is the rows of docs/profiles.md with each profile's values.
func Differences() []Difference {
	rfc, _ := Profile("rfc")
	linux, _ := Profile("linux")
	freebsd, _ := Profile("freebsd")
	all := append([]Difference(nil), differences...)
	for i := range all {
		d := &all[i]
		d.RFC, d.Linux, d.FreeBSD = fieldText(&rfc, d.Field), fieldText(&linux, d.Field), fieldText(&freebsd, d.Field)
	}
	return all
}

// field is a field of a configuration by its path.
func field(cfg *socket.Config, path string) reflect.Value {
	v := reflect.ValueOf(cfg).Elem()
	for name := range strings.SplitSeq(path, ".") {
		v = v.FieldByName(name)
	}
	return v
}

// fieldText is a field's value as its setting takes it.
func fieldText(cfg *socket.Config, path string) string {
	if path == "SYNQueue" && cfg.SYNQueue == socket.AsBacklog {
		return "backlog"
	}
	switch v := field(cfg, path).Interface().(type) {
	case bool:
		return map[bool]string{false: "off", true: "on"}[v]
	case time.Duration:
		return durationText(v)
	case tcp.ACKPolicy:
		return ackPolicies[v]
	case tcp.OptionOrder:
		return optionOrders[v]
	case tcp.Algorithm:
		return congestionControls[v]
	case tcp.ECNPolicy:
		return ecnPolicies[v]
	default:
		return fmt.Sprint(v)
	}
}

func durationText(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d%time.Second == 0:
		return fmt.Sprintf("%ds", d/time.Second)
	case d < time.Second:
		return d.String()
	}
	return fmt.Sprintf("%d.%ds", d/time.Second, d%time.Second/(100*time.Millisecond))
}
