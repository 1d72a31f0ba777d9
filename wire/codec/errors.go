package codec

import (
	"errors"
	"fmt"
)

// The reasons why octets or a packet are refused. Every error of this package
// wraps one of them, so that a caller can count them apart.
var (
	// ErrTruncated: fewer octets than the headers speak of.
	ErrTruncated = errors.New("packet is cut short")
	// ErrChecksum: the IPv4 header, the TCP segment, the SCTP packet or the
	// ICMP message does not add up.
	ErrChecksum = errors.New("checksum is wrong")
	// ErrMalformed: a field contradicts another one, or does not fit its place
	// in the header.
	ErrMalformed = errors.New("packet is malformed")
	// ErrUnsupported: well-formed, but nothing that a wire.Packet can hold.
	ErrUnsupported = errors.New("packet is not supported")
)

// fail wraps one of the reasons above with what was wanted and found, and where.
func fail(reason error, format string, args ...any) error {
	return fmt.Errorf("%w: %s", reason, fmt.Sprintf(format, args...))
}
