package wire

import "simrun/internal/serial"

// Seq is a TCP sequence number (RFC 9293 3.4). It wraps, so it is compared
// with Before, never with <.
type Seq uint32

// Before reports whether s precedes t (RFC 9293: s < t).
func (s Seq) Before(t Seq) bool { return serial.Before(s, t) }

// AtOrBefore reports whether s equals or precedes t (RFC 9293: s =< t).
func (s Seq) AtOrBefore(t Seq) bool { return serial.AtOrBefore(s, t) }

// InWindow reports whether start =< s < start+size.
func (s Seq) InWindow(start Seq, size uint32) bool {
	return serial.InWindow(uint32(s), uint32(start), size)
}

// Add is the number n octets after s; n may be negative.
func (s Seq) Add(n int) Seq { return s + Seq(uint32(n)) }

// Sub is how many octets s is after t, negative if it is before.
func (s Seq) Sub(t Seq) int { return int(int32(s - t)) }
