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
	InitialWindow     int   // segments; 0: what RFC 5681 gives for the MSS
	NoLimitedTransmit bool  // no new text on the first two duplicate ACKs (RFC 3042)
	WindowScale       bool  // offer RFC 7323 2
	LeastShift        uint8 // offer at least this window scale
	Timestamps        bool  // offer RFC 7323 3, with PAWS
	SACK              bool  // offer RFC 2018, with RFC 2883
	NoPersist         bool  // never probe a shut window: shows the deadlock

	Keepalive    bool          // probe idle connections (RFC 9293 3.8.4, MUST-25: off unless asked for)
	KeepIdle     time.Duration // how long a connection is idle before the first probe (MUST-28: at least 2 hours)
	KeepInterval time.Duration // between probes
	KeepCount    int           // unanswered probes until the connection is given up
	KeepReset    bool          // giving up sends a RST, as most systems do
	UserTimeout  time.Duration // how long octets may stay unacknowledged (RFC 9293 3.9.1, RFC 5482); 0: R2 decides

	ChallengeLimit    int           // challenge ACKs a connection sends in one interval (RFC 5961 7)
	ChallengeInterval time.Duration //

	ChallengeACK bool // RFC 5961: RST, SYN and ACK must be exact
	LiteralSEQ   bool // the sequence check by the letter: simultaneous open takes six segments
	AbortWithACK bool // the RST of an ABORT carries an ACK, as most systems send it
	KeepUnread   bool // a RST leaves what arrived before it readable
}

// ACKPolicy is when text is acknowledged.
type ACKPolicy uint8

const (
	Immediate ACKPolicy = iota // in the step that takes it
	Delayed                    // after ACKDelay, or every second full-sized segment
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
		KeepIdle:          2 * time.Hour,
		KeepInterval:      75 * time.Second,
		KeepCount:         9,
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
