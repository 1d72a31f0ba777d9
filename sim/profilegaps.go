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
	{"linux", "an RTO without sending halves the window, as does one in which it was not used; not below the initial window", "ip-sysctl: tcp_slow_start_after_idle; tcp_cwnd_restart, tcp_cwnd_application_limited", "RFC 5681 4.1 is followed: the initial window at once; `cwv=on` is RFC 2861, which goes down to one segment"},
	{"linux", "slow start ends by HyStart, at trains of ACKs as well as at delays", "tcp_cubic.c, hystart_detect", "`hystart=on` is its successor, RFC 9406"},
	{"linux", "small writes wait while the card still holds some", "ip-sysctl: tcp_autocorking", "cards are not modelled"},
	{"linux", "before three segments are reported beyond a hole, dupThresh adapts to the reordering that was seen", "ip-sysctl: tcp_reordering, tcp_max_reordering", "RACK's window alone adapts"},
	{"linux", "a probe of the tail waits two ticks longer where more than one segment is in flight", "tcp_schedule_loss_probe", "RFC 8985 7.2 is followed: two round trips"},
	{"linux", "a SYN queue that answers with no cookies keeps its last quarter for peers that it knows", "ip-sysctl: tcp_max_syn_backlog", "it is a queue of the backlog's length"},
	{"linux", "more than tcp_max_orphans or tcp_max_tw_buckets sockets are dropped early", "ip-sysctl", "memory is not modelled"},
	{"linux", "TIME-WAIT is reused by connect after one second, where timestamps are on, for loopback", "ip-sysctl: tcp_tw_reuse is 2", "the simulator has no loopback device"},
	{"freebsd", "keepalive is on for every connection", "net.inet.tcp.always_keepalive", "no run would come to rest: set SO_KEEPALIVE"},
	{"freebsd", "window probes wait for 5 s at least and 60 s at most", "net.inet.tcp.persmin, net.inet.tcp.persmax", "the RFC's probes are kept: the first after an RTO, then doubled"},
	{"freebsd", "SO_RCVBUF becomes a multiple of the MSS when the connection opens: 65700", "tcp_input.c, tcp_mss", "windows are as large as the buffer"},
	{"freebsd", "a connection between two sockets of one host has no TIME-WAIT", "net.inet.tcp.nolocaltimewait", "self-connects are rare; `timewait=0` shows it"},
	{"freebsd", "a retransmission that was lost is found by SACK", "net.inet.tcp.sack.lrd", "the RTO finds it"},
	{"freebsd", "timestamps undo an RTO, and only its first retransmission", "tcp_input.c, t_badrxtwin", "they undo a fast retransmit too"},
	{"freebsd", "SYN,ACKs come from a cache of the host, which drops the oldest of a full bucket of 30", "tcp_syncache.c; net.inet.tcp.syncache.bucketlimit", "each SYN makes a connection in SYN-RECEIVED; each listener has room for as many as the cache"},
	{"both", "CUBIC cuts seven tenths of the window", "tcp_cubic.c; cc_cubic.c", "of what is in flight, as RFC 9438 4.6 has it"},
	{"both", "a full SYN queue answers with cookies", "ip-sysctl: tcp_syncookies is 1; net.inet.tcp.syncookies", "off, as the book's flood has it, and because a cookie lives by the clock: no state would equal one of another instant; `syncookies=on` shows them"},
	{"both", "a listener with TCP_FASTOPEN takes no text with a SYN until a sysctl allows it", "ip-sysctl: tcp_fastopen is 1; net.inet.tcp.fastopen.server_enable is 0", "the option alone is asked"},
	{"both", "initial sequence numbers and timestamps start at random", "RFC 6528, RFC 7323 5.4", "they are drawn from the seed"},
	{"both", "segments leave and arrive in larger pieces than the MSS, where the card cuts them", "TSO, GRO", "the wire is what is shown"},
}
