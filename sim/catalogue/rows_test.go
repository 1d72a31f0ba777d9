package catalogue_test

import (
	"slices"
	"strings"
	"testing"

	"simrun/sim/catalogue"
)

// rows is the scenarios of each row of the book about TCP, the first with the
// row's own name where one file can tell it all.
var rows = [...]string{
	1:  "three-way-handshake",
	2:  "simultaneous-open",
	3:  "self-connect",
	4:  "old-duplicate-syn",
	5:  "reboot-then-syn",
	6:  "reboot-then-data",
	7:  "two-listeners-old-syn",
	8:  "syn-lost",
	9:  "synack-lost",
	10: "third-ack-lost third-ack-lost-silent",
	11: "connect-refused",
	12: "connect-blackhole",
	13: "accept-queue-full",
	14: "abort-on-overflow-off abort-on-overflow-on",
	15: "accept-ewouldblock",
	16: "syn-flood syn-flood-cookies",
	17: "tfo-second-visit",
	18: "close-four-segments",
	19: "close-three-segments",
	20: "simultaneous-close",
	21: "simultaneous-close-fin-lost",
	22: "closing-ack-lost",
	23: "fin-lost",
	24: "last-ack-lost",
	25: "last-ack-lost-no-timewait",
	26: "old-fin-hits-new-socket",
	27: "wandering-response port-reuse-timewait port-reuse-timestamps",
	28: "timewait-assassination timewait-assassination-ignored",
	29: "bind-eaddrinuse",
	30: "port-exhaustion",
	31: "syn-in-timewait-above syn-in-timewait-below",
	32: "half-close-echo",
	33: "full-close-echo",
	34: "close-with-unread-data",
	35: "linger-zero",
	36: "linger-blocks linger-in-time",
	37: "shut-rd",
	38: "send-after-peer-close",
	39: "close-wait-pileup",
	40: "orphan-fin-wait-2",
	41: "close-wait-blocks-reuse",
	42: "close-in-syn-sent",
	43: "fin-before-hole",
	44: "rst-lost",
	45: "last-ack-give-up",
	46: "keepalive-dead-peer",
	47: "keepalive-one-probe-lost",
	48: "keepalive-rebooted-peer",
	49: "nat-idle-drop nat-idle-reset nat-idle-keepalive",
	50: "user-timeout",
	51: "retransmit-give-up",
	52: "five-ways-to-notice notice-fin notice-rst notice-silent",
	53: "app-heartbeat",
	54: "late-response-mismatch rcvtimeo-pooled-connection",
	55: "nagle-delayed-ack",
	56: "quickack-not-sticky",
	57: "zero-window",
	58: "window-update-lost window-update-lost-no-persist",
	59: "silly-window",
	60: "fast-retransmit",
	61: "tail-loss tail-loss-probe tail-loss-probe-lone",
	62: "reordering-two reordering-three rack-reordering",
	63: "spurious-rto spurious-rto-frto spurious-rto-eifel",
	64: "sack-reneging",
	65: "sequence-wrap",
	66: "paws-old-segment",
	67: "pmtu-blackhole plpmtud-blackhole pmtu-discovery",
	68: "blind-rst",
	69: "blind-syn",
	70: "blind-data",
}

// TestRowsHaveScenarios: no row is without a scenario of the catalogue.
func TestRowsHaveScenarios(t *testing.T) {
	names := catalogue.Names()
	for row, files := range rows[1:] {
		if files == "" {
			t.Errorf("row %d has no scenario", row+1)
		}
		for name := range strings.FieldsSeq(files) {
			if !slices.Contains(names, "tcp/"+name) {
				t.Errorf("row %d: there is no scenario tcp/%s", row+1, name)
			}
		}
	}
	if len(rows) != 71 {
		t.Errorf("%d rows, want 70", len(rows)-1)
	}
}

// variants is what rows say of other settings than those of their scenarios.
var variants = []observed{
	{row: "2 simultaneous-open, by the letter", scenario: "simultaneous-open", set: "seqcheck=literal", instead: []string{"at 20ms", "at 30ms"}, check: `
		packets = 6; sequence a>S b>S a>S. b>S. a>. b>.
		state A = SYN-RECEIVED 10ms..30ms, then ESTABLISHED; state B = SYN-RECEIVED 10ms..30ms, then ESTABLISHED`},
	{row: "3 self-connect, by the letter", scenario: "self-connect", set: "seqcheck=literal", check: `
		count a.S = 2; count a = 5      # S, S. and the ACK, then the text and its ACK`},
	{row: "12 connect-blackhole, no longest RTO", scenario: "connect-blackhole", set: "rto_max=1h", instead: []string{"183s", "255s"}, check: `
		packets = 8; time a.S[8] = 127s, retransmission 7`},
	{row: "19 close-three-segments, the ACK at once", scenario: "close-three-segments", instead: []string{" finack=delayed", ""}, check: `
		packets = 7; sequence a>S b>S. a>. a>F. b>. b>F. a>.
		time b.ACK = 1.030s; time b.F = 1.030s; path A = SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED`},
	{row: "31 syn-in-timewait-below, RFC 1337", scenario: "syn-in-timewait-below", set: "rfc1337=on",
		instead: []string{"connect B:4500 = 0 at 11.020s", "connect B:4500 = ETIMEDOUT at 193s", "d = accept at 11.030s", "d = accept = BLOCKED"}, check: `
		time a.R = 10.020s; state B = TIME-WAIT 1.020s..241.020s, then CLOSED
		violates I-17      # for iss= is given`},
	{row: "32 half-close-echo, delayed ACKs", scenario: "half-close-echo", set: "ack=delayed", check: `
		packets = 14; sequence a>S b>S. a>. a>P. b>. a>P. b>. a>F. b>. b>P. a>. b>P. b>F. a>.`},
	{row: "32 half-close-echo, and the FIN's", scenario: "half-close-echo", set: "ack=delayed finack=delayed", check: `
		packets = 13; sequence a>S b>S. a>. a>P. b>. a>P. b>. a>F. b>P. a>. b>P. b>F. a>.`},
	{row: "41 close-wait-blocks-reuse, the SYN is dropped", scenario: "close-wait-blocks-reuse",
		instead: []string{"link A B delay=10ms", "link A B delay=10ms\ncut 5s.. from A", "= 0 at 6.020s", "= ETIMEDOUT at 188s",
			"c.send \"x\" = ECONNRESET", "c.send \"x\" = 1", "d = accept at 6.030s", "d = accept = BLOCKED"}, check: `
		time a.S[2] = 5s; time a.S[9] = 128s, retransmission 7; state B = CLOSE-WAIT at 10s`},
	{row: "46 keepalive-dead-peer, scaled", scenario: "keepalive-dead-peer", instead: []string{"60s", "6s", "INTVL 5s", "INTVL 2s", "75.020s", "12.020s"}, check: `
		time a.ACK[2] = 6.020s; time a.ACK[3] = 8.020s; time a.ACK[4] = 10.020s; state A = ESTABLISHED 20ms..12.020s, then CLOSED; never a>R`},
	{row: "55 nagle-delayed-ack, twenty exchanges", scenario: "nagle-delayed-ack", instead: []string{"repeat 3", "repeat 20", "1.720s", "5.800s"}, check: `
		time a.F = 5.800s; count b.P = 20; time b.P = 1.230s; time b.P[20] = 5.790s`},
	{row: "55 nagle-delayed-ack, nodelay", scenario: "nagle-delayed-ack", set: "nodelay=on", instead: []string{"1.720s", "1.060s"}, check: `
		time a.F = 1.060s; time b.P = 1.010s; time b.P[2] = 1.030s; time b.P[3] = 1.050s`},
	{row: "62 reordering-three, RACK the first time", scenario: "reordering-three", set: "sack=on rack=on", check: `
		retransmitted a = 1; time a.P[11] = 1.020s, retransmission 1; a.P[11].seq = 2921`},
	{row: "63 spurious-rto, none of the means", scenario: "spurious-rto", check: `
		retransmitted a = 18; spurious a = 18; cwnd A = 1460 at 2.100s      # and ssthresh halved`},
	{row: "63 spurious-rto-frto, the window is back", scenario: "spurious-rto-frto", check: `
		retransmitted a = 1; cwnd A = 21900 at 2.520s      # 14600, and what five ACKs open it by`},
	{row: "63 spurious-rto-eifel, the window is back", scenario: "spurious-rto-eifel", set: "timestamps=on", check: `
		retransmitted a = 1; cwnd A = 21840 at 2.520s      # 14600, and what five ACKs open it by`},
}

// TestVariants runs them.
func TestVariants(t *testing.T) {
	for _, o := range variants {
		o.profile = "rfc"
		t.Run(o.row, o.run)
	}
}
