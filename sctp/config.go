package sctp

import (
	"time"

	"simrun/internal/rto"
)

// Config is the values and choices of one association. It is shared and not
// changed while associations use it. Profiles differ in nothing but this.
type Config struct {
	Table   *Table
	Defects Defects

	MTU int // octets of the largest IP packet
	TTL uint8

	RTO                   rto.Bounds    // RTO.Initial, RTO.Min, RTO.Max (RFC 9260 16)
	MaxInitRetransmits    int           // of INIT, and of COOKIE ECHO
	AssociationMaxRetrans int           // errors in a row until the association is given up
	PathMaxRetrans        int           // errors in a row until a path is INACTIVE
	PotentiallyFailed     bool          // RFC 7829: paths fail in two steps
	PFMaxRetrans          int           // errors in a row until a path has potentially failed
	MaxBurst              int           // packets sent at once after a SACK (RFC 9260 6.1 D)
	HBInterval            time.Duration // HB.interval; 0: no heartbeats
	HBJitter              bool          // heartbeats vary by half an RTO (RFC 9260 8.3)
	ValidCookieLife       time.Duration // Valid.Cookie.Life
	StaleCookieRetries    uint8         // how often a stale cookie is asked for anew
	T5                    time.Duration // T5-shutdown-guard (RFC 9260 9.2: 5 times RTO.Max); 0: none

	SACK      SACKPolicy
	SACKDelay time.Duration // of a delayed SACK (RFC 9260 6.2: at most 500 ms)
	SACKEvery int           // packets with DATA that a SACK may wait for

	OutStreams, InStreams uint16 // OS and MIS of our INIT
	SendBuffer            int    // octets of user messages that SEND queues
	ReceiveBuffer         int    // octets kept for the user; the largest a_rwnd
	PartialDeliveryPoint  int    // octets of a message from which it is handed up in pieces (RFC 6458 8.1.21); 0: only when the window is full (RFC 9260 6.9)
	NoDelay               bool   // no bundling delay for small messages (RFC 9260 6.1)
	NoFragments           bool   // a message larger than a packet is refused (RFC 6458 8.1.11)
	MaxSegment            int    // octets of user data in a DATA chunk; 0: what fits the path (SCTP_MAXSEG)

	PartialReliability bool // messages may be given up, and the peer told to skip them (RFC 3758, RFC 7496)

	Reconfiguration bool // streams may be reset and added (RFC 6525)

	// Autoclose is how long an association without user data lives before it
	// is shut down (RFC 6458 8.1.8); 0: for ever.
	Autoclose time.Duration

	// Secret keys the MAC of our State Cookies (RFC 9260 5.1.3).
	Secret [16]byte
}

// SACKPolicy is when DATA is acknowledged.
type SACKPolicy uint8

const (
	Immediate SACKPolicy = iota // in the step that takes it
	Delayed                     // after SACKDelay, or every second packet
)

// Defects is deliberate bugs, a bit each, asked at one place each: mutants
// that tests must catch and that teach what a rule is for.
type Defects uint32

// Defaults is the values that RFC 9260 16 gives.
func Defaults() Config {
	return Config{
		Table: RFC,
		MTU:   1500,
		TTL:   64,
		RTO: rto.Bounds{
			Initial: time.Second, Min: time.Second, Max: 60 * time.Second,
			Granularity: time.Millisecond,
		},
		MaxInitRetransmits:    8,
		AssociationMaxRetrans: 10,
		PathMaxRetrans:        5,
		MaxBurst:              4,
		HBInterval:            30 * time.Second,
		HBJitter:              true,
		ValidCookieLife:       60 * time.Second,
		StaleCookieRetries:    1,
		T5:                    300 * time.Second,
		SACK:                  Delayed,
		SACKDelay:             200 * time.Millisecond,
		SACKEvery:             2,
		OutStreams:            10,
		InStreams:             2048,
		SendBuffer:            1 << 18,
		ReceiveBuffer:         1 << 17,
	}
}
