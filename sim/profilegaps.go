package sim

// Gap is a known divergence of a system that its profile does not model.
type Gap struct {
	System string
	What   string
	Source string
	Reason string
}

// Gaps is what the profiles leave out, as docs/profiles.md lists it.
func Gaps() []Gap { return gaps }

var gaps = []Gap{
	{"linux", "timers slip: a SYN schedule that should end at 131 s ends at 135 s, keepalive's twelfth second is 12.1 s, the RTO of 220 ms is 225 ms", "measured", "the slack depends on the machine; runs are exact"},
	{"linux", "the ticks of timers are 1 to 10 ms, as the kernel was built", "CONFIG_HZ", "one value is taken: 4 ms, for the SYN that goes again"},
	{"linux", "before 6.5 the SYN goes again at 1, 3, 7, 15, 31 and 63 s and is given up at 127 s", "ip-sysctl: tcp_syn_linear_timeouts", "another kernel: `syn_linear=0 syn_retries=6`"},
	{"linux", "buffers grow with the traffic, up to 6 MiB and 4 MiB", "ip-sysctl: tcp_rmem, tcp_wmem, tcp_moderate_rcvbuf", "not modelled: buffers are as large as they start, or as they are set"},
	{"linux", "SO_SNDBUF and SO_RCVBUF are doubled", "socket(7)", "what is set is what is used, as POSIX has it"},
	{"linux", "a recv that empties the buffer may send the delayed ACK at once", "tcp_cleanup_rbuf", "it depends on how segments were pushed and on memory in use"},
	{"linux", "the ACK delay adapts, from 40 to 200 ms", "TCP_ATO_MIN, TCP_DELACK_MAX", "40 ms is what interactive traffic sees"},
	{"linux", "quick ACKs begin again after an idle RTO, and after text that came twice", "tcp_event_data_recv, tcp_enter_quickack_mode", "the start alone is modelled"},
	{"linux", "ACKs for segments outside the window are limited to one in 500 ms", "ip-sysctl: tcp_invalid_ratelimit", "challenge ACKs alone are limited"},
	{"linux", "a SYN that went again once leaves the initial window at ten segments", "tcp_init_cwnd", "RFC 5681 3.1 is followed: one segment"},
	{"linux", "RTTVAR falls at most once a round trip, and jumps to the largest deviation", "tcp_rtt_estimator", "only its floor is modelled; constant delays give the same RTO"},
	{"linux", "ephemeral ports are drawn at random, even ones for connect", "ip-sysctl: ip_local_port_range", "they are taken in order, so that runs can be read"},
	{"linux", "more than tcp_max_orphans or tcp_max_tw_buckets sockets are dropped early", "ip-sysctl", "memory is not modelled"},
	{"linux", "TIME-WAIT is reused by connect after one second, where timestamps are on, for loopback", "ip-sysctl: tcp_tw_reuse is 2", "the simulator has no loopback device"},
	{"freebsd", "keepalive is on for every connection", "net.inet.tcp.always_keepalive", "no run would come to rest: set SO_KEEPALIVE"},
	{"freebsd", "window probes wait for 5 s at least and 60 s at most", "net.inet.tcp.persmin, net.inet.tcp.persmax", "the RFC's probes are kept: the first after an RTO, then doubled"},
	{"freebsd", "SO_RCVBUF becomes a multiple of the MSS when the connection opens: 65700", "tcp_input.c, tcp_mss", "windows are as large as the buffer"},
	{"freebsd", "a connection between two sockets of one host has no TIME-WAIT", "net.inet.tcp.nolocaltimewait", "self-connects are rare; `timewait=0` shows it"},
	{"freebsd", "slow start counts two segments for an ACK", "net.inet.tcp.abc_l_var", "RFC 3465's L is 1 here"},
	{"freebsd", "SYN,ACKs come from a cache, and a full one answers with cookies", "tcp_syncache.c", "each SYN makes a connection in SYN-RECEIVED"},
	{"both", "initial sequence numbers and timestamps start at random", "RFC 6528, RFC 7323 5.4", "they are drawn from the seed"},
	{"both", "segments leave and arrive in larger pieces than the MSS, where the card cuts them", "TSO, GRO", "the wire is what is shown"},
}
