package sim

import (
	"encoding/binary"

	"simrun/wire"
)

// appendSCTP appends a packet of SCTP in flight. TSNs count from the initial
// ones; tags, and what a chunk holds that only its maker can read, such as a
// cookie, stand as they travel.
func appendSCTP(b []byte, q *packet) []byte {
	p := &q.SCTP
	b = appendEndpoint(appendEndpoint(b, p.Source()), p.Destination())
	b = binary.LittleEndian.AppendUint32(b, uint32(p.Tag))
	b = binary.AppendUvarint(b, uint64(len(p.Chunks)))
	left := p.Chunks
	for c, rest, ok := left.Next(); ok; c, rest, ok = rest.Next() {
		at := len(b)
		b = append(b, left[:len(left)-len(rest)]...)
		q.base.relate(b[at:], c.Type)
		left = rest
	}
	return append(b, left...)
}

// relate makes the TSNs of a chunk relative, in its octets as they travel.
func (n numbers) relate(chunk []byte, t wire.ChunkType) {
	less := func(at int, base uint32) {
		if at+4 <= len(chunk) {
			binary.BigEndian.PutUint32(chunk[at:], binary.BigEndian.Uint32(chunk[at:])-base)
		}
	}
	switch t {
	case wire.ChunkData, wire.ChunkIData, wire.ChunkForwardTSN, wire.ChunkIForwardTSN:
		less(4, uint32(n.seq))
	case wire.ChunkInit, wire.ChunkInitAck:
		less(16, uint32(n.seq))
	case wire.ChunkShutdown, wire.ChunkSACK, wire.ChunkNRSACK:
		less(4, uint32(n.ack))
		c, _, _ := wire.Chunks(chunk).Next()
		if s, ok := c.SACK(); ok {
			for at := len(chunk) - 4*s.Dups.Len(); at < len(chunk); at += 4 {
				less(at, uint32(n.ack))
			}
		}
	}
}
