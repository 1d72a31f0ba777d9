package tcp

import (
	"time"

	"simrun/internal/rto"
	"simrun/wire"
)

// Config is the values and choices of one connection. It is shared and not
// changed while connections use it. Profiles differ in nothing but this.
type Config struct {
	Table   *Table
	Defects Defects

	MTU int // octets of the largest IP packet; gives the MSS when MSS is 0
	MSS int // octets of text in a segment, as announced (MUST-67)
	TTL uint8

	RTO             rto.Bounds
	RTOAfterSYNLoss time.Duration // RTO when the SYN was retransmitted (RFC 6298 5.7: 3 s)
	R1              int           // retransmissions until the user is warned (SHLD-10: at least 3)
	R2              time.Duration // time until giving up (SHLD-11: at least 100 s)
	R2SYN           time.Duration // the same for a SYN (MUST-23: at least 3 minutes)

	TimeWait        time.Duration // 2MSL (RFC 9293 3.4.2: MSL is 2 minutes)
	FinWait2        time.Duration // how long an abandoned FIN-WAIT-2 lasts; 0: for ever
	ProtectTimeWait bool          // RFC 1337: ignore a RST in TIME-WAIT

	ACK      ACKPolicy
	ACKDelay time.Duration // of a delayed ACK (MUST-40: below 500 ms)
	ACKEvery int           // full-sized segments that an ACK may wait for (SHLD-19: 2)
	FINACK   ACKPolicy     // the ACK of a FIN that closes the peer's half

	SendBuffer        int // octets that SEND queues
	ReceiveBuffer     int // octets kept for the user; the largest window
	NoDelay           bool
	Cork              bool          // hold back what fills no segment (TCP_CORK)
	CorkLimit         time.Duration // but no longer than this
	SWSOverride       time.Duration // how long a small window holds text back (RFC 9293 3.8.6.2.1: 0.1 to 1 s)
	Congestion        Algorithm
	HyStart           bool // RFC 9406 in the first slow start; needs Timestamps
	IdleRestart       bool // an initial window again after an RTO without sending (RFC 5681 4.1)
	CWV               bool // congestion window validation (RFC 2861) instead
	ECN               ECNPolicy
	InitialWindow     int   // segments; 0: what RFC 5681 gives for the MSS
	SlowStartLimit    int   // segments by which an ACK opens the window in slow start at most (RFC 3465 2.2, L); 0: all it acknowledges
	NoLimitedTransmit bool  // no new text on the first two duplicate ACKs (RFC 3042)
	WindowScale       bool  // offer RFC 7323 2
	LeastShift        uint8 // offer at least this window scale
	Timestamps        bool  // offer RFC 7323 3, with PAWS
	SACK              bool  // offer RFC 2018, with RFC 2883
	RACK              bool  // find losses by time, RFC 8985 6; takes SACK
	TLP               bool  // probe the tail of what was sent, RFC 8985 7; takes SACK
	Rescue            bool  // send again what may be lost when there is nothing else to send: RFC 6675 4, NextSeg (3) and (4)
	Renege            bool  // drop what was reported by SACK once a hole is filled, as for want of memory (RFC 2018 8)
	PRR               bool  // proportional rate reduction in fast recovery (RFC 9937)
	FRTO              bool  // find spurious RTOs by what is acknowledged after them (RFC 5682)
	Eifel             bool  // find spurious retransmissions by timestamps (RFC 3522)
	UndoDSACK         bool  // find them by the duplicates that the peer reports (RFC 3708)
	RTORestart        bool  // the timer counts from when the oldest segment was sent (RFC 7765)
	NoPersist         bool  // never probe a shut window: shows the deadlock

	PLPMTUD    bool          // find how much the path takes without ICMP (RFC 4821)
	BaseMTU    int           // octets of a packet that passes everywhere (RFC 4821 7.2)
	BlackHole  int           // retransmissions of a larger one until the path is presumed to swallow it
	PathMTUAge time.Duration // how long it is believed that a path takes no more (RFC 1191 6.3)

	Keepalive    bool          // probe idle connections (RFC 9293 3.8.4, MUST-25: off unless asked for)
	KeepIdle     time.Duration // how long a connection is idle before the first probe (MUST-28: at least 2 hours)
	KeepInterval time.Duration // between probes
	KeepCount    int           // unanswered probes until the connection is given up
	KeepReset    bool          // giving up sends a RST, as most systems do
	KeepOctet    bool          // a probe carries an octet, for peers that answer no other (RFC 9293 3.8.4, MAY-6)
	UserTimeout  time.Duration // how long octets may stay unacknowledged (RFC 9293 3.9.1, RFC 5482); 0: R2 decides
	UTO          time.Duration // USER TIMEOUT to tell the peer (RFC 5482, ADV_UTO); 0: no such option
	UTOLimit     time.Duration // the longest that a peer may ask for (U_LIMIT)

	ChallengeLimit    int           // challenge ACKs a connection sends in one interval (RFC 5961 7)
	ChallengeInterval time.Duration //

	ICMPAborts   bool // a hard ICMP error ends an open connection (RFC 9293 3.9.2.2, SHLD-26), against RFC 5927 5.2
	ChallengeACK bool // RFC 5961: RST, SYN and ACK must be exact
	// Defences against attacks (docs/attacks.md); zero is what RFC 9293 says.
	SharedChallenges bool // one limit of challenge ACKs for a host (RFC 5961 7), which others can count (CVE-2016-5696)
	TrustICMP        bool // an ICMP error need not quote what is in flight, against RFC 5927 4.1
	TrustACKs        bool // an ACK of what was never sent acknowledges all that was
	CountACKs        bool // the window grows by a segment for each ACK, however little it acknowledges
	LeastMSS         int  // the least that is sent in a segment, whatever the peer's MSS option says (CVE-2019-11479); 0: 1
	MostHoles        int  // ranges beyond RCV.NXT that are held (CVE-2018-5390); 0: as many as the window has room for

	LiteralSEQ   bool // the sequence check by the letter: simultaneous open takes six segments
	AbortWithACK bool // the RST of an ABORT carries an ACK, as most systems send it
	KeepUnread   bool // a RST leaves what arrived before it readable

	AbortOnOverflow bool // an opening that the user has no room for is reset, not ignored

	// What systems do where the RFCs leave a choice, or against them. Zero is
	// the RFC's way; docs/profiles.md says who does what.

	Retries       int           // retransmissions until giving up; 0: R2 decides
	SYNRetries    int           // the same for the SYN of an active open; 0: R2SYN decides
	SYNACKRetries int           // the same for a SYN,ACK; 0: R2SYN decides
	SYNLinear     int           // retransmissions of a SYN before its RTO begins to double
	OpenTimeout   time.Duration // how long an active open may take; 0: R2SYN decides
	R2Abandoned   time.Duration // R2 once no user has the connection; 0: R2

	SYNAfterBadACK  time.Duration // a SYN that drew a bad ACK goes again so soon; 0: when the RTO expires
	TellLateReset   bool          // a RST is told although both ends have closed
	ResendSYNACK    bool          // a SYN that comes again draws the SYN,ACK again
	AckSYNACK       bool          // the SYN,ACK that completes a simultaneous open is acknowledged
	RestartTimeWait bool          // any old segment restarts 2MSL, not only a FIN
	EmptyProbe      bool          // a window probe carries nothing, one number below SND.NXT
	QuickACKs       int           // this many of the first segments are acknowledged at once, until text answers one
	LateUserTimeout bool          // UserTimeout counts from the first retransmission
	OptionOrder     OptionOrder   // of the options of a SYN
}

// ACKPolicy is when text is acknowledged.
type ACKPolicy uint8

const (
	Immediate   ACKPolicy = iota // in the step that takes it
	Delayed                      // after ACKDelay, or every second full-sized segment
	DelayedOpen                  // of a FIN: Delayed while text of ours may follow that the ACK could ride on
)

// Defects is deliberate bugs, a bit each, asked at one place each: mutants
// that tests must catch and that teach what a rule is for.
type Defects uint32

const (
	// DeliverAgain: RECEIVE leaves what it gives, and gives it again.
	DeliverAgain Defects = 1 << iota
	// KeepTCB: a connection that is over is not forgotten.
	KeepTCB
	// NoBackoff: an expiry does not double the RTO.
	NoBackoff
)

// Defaults is the values that RFC 9293 and the RFCs it cites give.
func Defaults() Config {
	return Config{
		Table: RFC,
		MTU:   1500,
		TTL:   64,
		RTO: rto.Bounds{
			Initial: time.Second, Min: time.Second, Max: 60 * time.Second,
			Granularity: time.Millisecond,
		},
		RTOAfterSYNLoss:   3 * time.Second,
		R1:                3,
		R2:                100 * time.Second,
		R2SYN:             180 * time.Second,
		TimeWait:          240 * time.Second,
		ACK:               Delayed,
		ACKDelay:          200 * time.Millisecond,
		ACKEvery:          2,
		FINACK:            Immediate,
		SendBuffer:        65535,
		ReceiveBuffer:     65535,
		CorkLimit:         200 * time.Millisecond,
		SWSOverride:       500 * time.Millisecond,
		BaseMTU:           1024,
		BlackHole:         2,
		PathMTUAge:        10 * time.Minute,
		KeepIdle:          2 * time.Hour,
		KeepInterval:      75 * time.Second,
		KeepCount:         9,
		UTOLimit:          24 * time.Hour,
		SlowStartLimit:    1,
		IdleRestart:       true,
		ChallengeACK:      true,
		ChallengeLimit:    10,
		ChallengeInterval: 5 * time.Second,
	}
}

// mss is the largest text we take in one segment, as the MSS option says it:
// MMS_R less the fixed TCP header (RFC 9293 3.7.1, MUST-67).
func (cfg *Config) mss(dst wire.Addr) int {
	if cfg.MSS != 0 {
		return cfg.MSS
	}
	return max(cfg.MTU-wire.IPHeaderLen(dst)-wire.TCPHeaderLen, 1)
}

// defaultMSS is what a peer that sent no MSS option takes (MUST-15).
func defaultMSS(dst wire.Addr) int {
	if dst.Is4() {
		return 536
	}
	return 1220
}
