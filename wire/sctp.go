package wire

import (
	"encoding/binary"

	"simrun/internal/serial"
)

// TSN is a transmission sequence number: one for each DATA chunk (RFC 9260
// 1.6). It wraps, so it is compared with Before, never with <.
type TSN uint32

// Before reports whether t precedes u in serial arithmetic.
func (t TSN) Before(u TSN) bool { return serial.Before(t, u) }

// AtOrBefore reports whether t equals or precedes u.
func (t TSN) AtOrBefore(u TSN) bool { return serial.AtOrBefore(t, u) }

// Add is the number n after t; n may be negative.
func (t TSN) Add(n int) TSN { return t + TSN(uint32(n)) }

// Sub is how many numbers t is after u, negative if it is before.
func (t TSN) Sub(u TSN) int { return int(int32(t - u)) }

// SSN is a stream sequence number: one for each ordered message of a stream
// (RFC 9260 6.5).
type SSN uint16

// Before reports whether s precedes u in serial arithmetic.
func (s SSN) Before(u SSN) bool { return s != u && int16(s-u) < 0 }

// MID is a message identifier, what I-DATA has in place of the SSN (RFC 8260
// 2.1).
type MID uint32

// Before reports whether m precedes u in serial arithmetic.
func (m MID) Before(u MID) bool { return serial.Before(m, u) }

// Tag is a verification tag (RFC 9260 8.5).
type Tag uint32

// SCTP is one packet: the common header of RFC 9260 3.1, and its chunks.
type SCTP struct {
	Net
	SrcPort, DstPort uint16
	Tag              Tag
	Chunks           Chunks
}

// Sizes in octets.
const (
	SCTPHeaderLen  = 12 // the common header (RFC 9260 3.1)
	ChunkHeaderLen = 4  // type, flags, length (RFC 9260 3.2)
	ParamHeaderLen = 4  // type, length (RFC 9260 3.2.1)
	DataHeaderLen  = 16 // of a DATA chunk (RFC 9260 3.3.1)
	IDataHeaderLen = 20 // of an I-DATA chunk (RFC 8260 2.1)
)

// Source is the sender's end of the association.
func (p *SCTP) Source() Endpoint { return Endpoint{p.Src, p.SrcPort} }

// Destination is the receiver's end of the association.
func (p *SCTP) Destination() Endpoint { return Endpoint{p.Dst, p.DstPort} }

// Size is the size of the whole IP packet in octets.
func (p *SCTP) Size() int { return IPHeaderLen(p.Dst) + SCTPHeaderLen + len(p.Chunks) }

// ChunkType is the type octet of a chunk. Its two highest bits say what a
// receiver that does not know it must do (RFC 9260 3.2).
type ChunkType uint8

const (
	ChunkData             ChunkType = 0
	ChunkInit             ChunkType = 1
	ChunkInitAck          ChunkType = 2
	ChunkSACK             ChunkType = 3
	ChunkHeartbeat        ChunkType = 4
	ChunkHeartbeatAck     ChunkType = 5
	ChunkAbort            ChunkType = 6
	ChunkShutdown         ChunkType = 7
	ChunkShutdownAck      ChunkType = 8
	ChunkError            ChunkType = 9
	ChunkCookieEcho       ChunkType = 10
	ChunkCookieAck        ChunkType = 11
	ChunkECNE             ChunkType = 12 // RFC 9260 appendix A
	ChunkCWR              ChunkType = 13 // RFC 9260 appendix A
	ChunkShutdownComplete ChunkType = 14
	ChunkAuth             ChunkType = 15  // RFC 4895
	ChunkNRSACK           ChunkType = 16  // draft-natarajan-tsvwg-sctp-nrsack
	ChunkIData            ChunkType = 64  // RFC 8260
	ChunkASCONFAck        ChunkType = 128 // RFC 5061
	ChunkReConfig         ChunkType = 130 // RFC 6525
	ChunkPad              ChunkType = 132 // RFC 4820
	ChunkForwardTSN       ChunkType = 192 // RFC 3758
	ChunkASCONF           ChunkType = 193 // RFC 5061
	ChunkIForwardTSN      ChunkType = 194 // RFC 8260
)

var chunkNames = [256]string{
	ChunkData: "DATA", ChunkInit: "INIT", ChunkInitAck: "INIT ACK", ChunkSACK: "SACK",
	ChunkHeartbeat: "HEARTBEAT", ChunkHeartbeatAck: "HEARTBEAT ACK", ChunkAbort: "ABORT",
	ChunkShutdown: "SHUTDOWN", ChunkShutdownAck: "SHUTDOWN ACK", ChunkError: "ERROR",
	ChunkCookieEcho: "COOKIE ECHO", ChunkCookieAck: "COOKIE ACK", ChunkECNE: "ECNE",
	ChunkCWR: "CWR", ChunkShutdownComplete: "SHUTDOWN COMPLETE", ChunkAuth: "AUTH",
	ChunkNRSACK: "NR-SACK", ChunkIData: "I-DATA", ChunkASCONFAck: "ASCONF-ACK",
	ChunkReConfig: "RE-CONFIG", ChunkPad: "PAD", ChunkForwardTSN: "FORWARD-TSN",
	ChunkASCONF: "ASCONF", ChunkIForwardTSN: "I-FORWARD-TSN",
}

// Known reports whether the type has a name here.
func (t ChunkType) Known() bool { return chunkNames[t] != "" }

// String is the chunk's name as the RFCs print it.
func (t ChunkType) String() string {
	if name := chunkNames[t]; name != "" {
		return name
	}
	return "chunk " + decimal(uint64(t))
}

// Unknown is what the two highest bits of a type ask of a receiver that does
// not know it (RFC 9260 3.2, 3.2.1).
type Unknown uint8

const (
	StopSilently Unknown = iota // 00: go no further
	StopAndReport
	SkipSilently // 10: pass over it and go on
	SkipAndReport
)

// Stops reports whether what follows must not be looked at.
func (u Unknown) Stops() bool { return u < SkipSilently }

// Reports reports whether the peer must be told.
func (u Unknown) Reports() bool { return u&1 != 0 }

// Unknown is what to do with a chunk of this type that is not known.
func (t ChunkType) Unknown() Unknown { return Unknown(t >> 6) }

// ChunkFlags is the flags octet of a chunk; what a bit means is the chunk
// type's to say.
type ChunkFlags uint8

const (
	FlagEnd       ChunkFlags = 1 << 0 // DATA: the last fragment
	FlagBegin     ChunkFlags = 1 << 1 // DATA: the first fragment
	FlagUnordered ChunkFlags = 1 << 2 // DATA
	FlagImmediate ChunkFlags = 1 << 3 // DATA: acknowledge at once (RFC 7053)
	FlagT         ChunkFlags = 1 << 0 // ABORT, SHUTDOWN COMPLETE: the tag is reflected
)

// Has reports whether all of the given bits are set.
func (f ChunkFlags) Has(bits ChunkFlags) bool { return f&bits == bits }

// Chunks is the chunks of a packet. Their order, their padding and their
// mistakes are visible to the peer, and unknown ones must be sent back as they
// came, so they are kept as the octets that travel; Next reads them, and the
// Append functions write them. Whoever made the packet owns the octets.
type Chunks []byte

// Chunk is one chunk as it stands in a packet. The typed views (Data, Init,
// SACK and so on) read its value.
type Chunk struct {
	Type  ChunkType
	Flags ChunkFlags
	Value []byte // without header and padding
}

// Next is the first chunk and what follows it. There is none when it returns
// false: the chunks are over, or, when rest is not empty, what is left is only
// a part of a chunk, which must be dropped (RFC 9260 6.10).
func (b Chunks) Next() (c Chunk, rest Chunks, ok bool) {
	if len(b) < ChunkHeaderLen {
		return Chunk{}, b, false
	}
	n := int(binary.BigEndian.Uint16(b[2:]))
	if n < ChunkHeaderLen || n > len(b) {
		return Chunk{}, b, false
	}
	c = Chunk{Type: ChunkType(b[0]), Flags: ChunkFlags(b[1]), Value: b[ChunkHeaderLen:n:n]}
	return c, b[min(padded(n), len(b)):], true
}

// First is the first chunk's type; false if there is no whole chunk.
func (b Chunks) First() (ChunkType, bool) {
	c, _, ok := b.Next()
	return c.Type, ok
}

// Count is how many whole chunks there are.
func (b Chunks) Count() (n int) {
	for _, rest, ok := b.Next(); ok; _, rest, ok = rest.Next() {
		n++
	}
	return n
}

// Has reports whether a chunk of the type is among them.
func (b Chunks) Has(t ChunkType) bool {
	for c, rest, ok := b.Next(); ok; c, rest, ok = rest.Next() {
		if c.Type == t {
			return true
		}
	}
	return false
}

// Size is what the chunk takes in a packet, padding included.
func (c Chunk) Size() int { return padded(ChunkHeaderLen + len(c.Value)) }

// Append adds the chunk, padded with zeros to a multiple of four octets
// (RFC 9260 3.2).
func (c Chunk) Append(b Chunks) Chunks {
	b, at := beginChunk(b, c.Type, c.Flags)
	return endChunk(append(b, c.Value...), at)
}

func beginChunk(b Chunks, t ChunkType, f ChunkFlags) (Chunks, int) {
	return append(b, byte(t), byte(f), 0, 0), len(b)
}

// endChunk writes the length of the chunk that begins at an offset, and pads.
func endChunk(b Chunks, at int) Chunks {
	binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at))
	return pad(b, at)
}

func padded(n int) int { return (n + 3) &^ 3 }

// pad adds zeros until what begins at an offset fills whole words.
func pad(b []byte, at int) []byte {
	for (len(b)-at)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// decimal prints a small number without a formatter.
func decimal(n uint64) string {
	var buf [20]byte
	i := len(buf)
	for {
		i--
		buf[i] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return string(buf[i:])
		}
	}
}
