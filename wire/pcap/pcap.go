// Package pcap writes captures, and reads them: pcapng with a comment for each
// packet, and classic pcap for tools that know nothing else. Packets are whole
// IP packets (LINKTYPE_RAW), times are in nanoseconds.
//
// Every capture starts at the same instant, and nothing in it tells of the
// machine that wrote it: equal runs give equal files.
package pcap

import (
	"fmt"
	"math"
	"time"

	"simrun/clock"
	"simrun/wire"
)

// Epoch is the instant of the calendar at which every run starts.
var Epoch = time.Date(2020, time.January, 1, 0, 0, 0, 0, time.UTC)

// epoch is Epoch in nanoseconds since 1970.
const epoch = 1_577_836_800_000_000_000

const (
	linkTypeRaw = 101     // an IPv4 or IPv6 packet, nothing before it
	snapLen     = 1 << 18 // what Wireshark takes as the largest packet
)

// Meta is what a pcapng file says of the capture as a whole.
type Meta struct {
	Comment    string // the command that reproduces the run
	Interfaces []Interface
	Names      []NameRecord
}

// Interface is a place where packets were captured: an address of a host.
type Interface struct {
	Name, Description string
	Addr              wire.Addr // none if it is not valid
}

// NameRecord is the name of the host that has an address.
type NameRecord struct {
	Addr wire.Addr
	Name string
}

// Record is one packet as it was seen. Interface, Comment and Outbound are
// written to pcapng alone.
type Record struct {
	At        clock.Time
	Interface int // index into Meta.Interfaces
	Data      []byte
	OrigLen   int // the size on the wire; 0 stands for len(Data)
	Comment   string
	Outbound  bool // sent by the interface's host, rather than received
}

// since1970 is the record's time as captures count it.
func (r *Record) since1970() uint64 { return epoch + uint64(r.At) }

// origLen is OrigLen with its default.
func (r *Record) origLen() int {
	if r.OrigLen == 0 {
		return len(r.Data)
	}
	return r.OrigLen
}

// check refuses what no capture can hold.
func (r *Record) check() error {
	switch {
	case r.At < 0:
		return fmt.Errorf("want a time at or after the start of the run, found %v", r.At)
	case len(r.Data) > snapLen:
		return fmt.Errorf("want a packet of at most %d octets, found %d", snapLen, len(r.Data))
	case r.origLen() < len(r.Data) || r.origLen() > math.MaxInt32:
		return fmt.Errorf("want an original length from %d to %d, found %d", len(r.Data), math.MaxInt32, r.OrigLen)
	}
	return nil
}
