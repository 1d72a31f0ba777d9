package script

import (
	"simrun/sim/trace"
	"simrun/wire"
	"simrun/wire/notation"
)

// chunkField is a field of a packet of SCTP, if the packet has it: that of the
// first chunk that has one of the name. TSNs are relative, as in the ladder:
// the first is 1. The tag is that of an INIT or INIT ACK, else the packet's;
// vtag is always the packet's.
func chunkField(p *trace.Packet, name string) (int64, bool) {
	pkt := &p.Pkt.SCTP
	switch name {
	case "len":
		return int64(p.Pkt.UserData()), true
	case "vtag":
		return int64(pkt.Tag), true
	case "chunks":
		return int64(pkt.Chunks.Count()), true
	}
	for c, rest, ok := pkt.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		if v, ok := fieldOfChunk(p, c, name); ok {
			return v, true
		}
	}
	return int64(pkt.Tag), name == "tag"
}

func fieldOfChunk(p *trace.Packet, c wire.Chunk, name string) (int64, bool) {
	if i, ok := c.Init(); ok {
		switch name {
		case "tag":
			return int64(i.Tag), true
		case "tsn":
			return int64(int32(wire.Seq(i.InitialTSN) - p.SeqBase)), true
		case "rwnd":
			return int64(i.ARwnd), true
		case "os":
			return int64(i.OS), true
		case "mis":
			return int64(i.MIS), true
		}
	}
	if d, ok := c.Data(); ok {
		switch name {
		case "tsn":
			return int64(int32(wire.Seq(d.TSN) - p.SeqBase)), true
		case "stream":
			return int64(d.Stream), true
		case "ssn":
			return int64(d.SSN), true
		case "ppid":
			return int64(d.PPID), true
		}
	}
	if s, ok := c.SACK(); ok {
		switch name {
		case "cum":
			return int64(int32(wire.Seq(s.CumTSNAck) - p.AckBase)), true
		case "rwnd":
			return int64(s.ARwnd), true
		case "gaps":
			return int64(s.Gaps.Len()), true
		case "dups":
			return int64(s.Dups.Len()), true
		}
	}
	if t, ok := c.TSN(); ok && name == "cum" {
		return int64(int32(wire.Seq(t) - p.AckBase)), true
	}
	if causes, ok := c.Causes(); ok && name == "cause" {
		cause, _, some := causes.Next()
		return int64(cause.Code), some
	}
	return 0, false
}

// chunksOf is the words for a packet's chunks, in their order.
func chunksOf(p *wire.SCTP) (all []string) {
	for c, rest, ok := p.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		all = append(all, notation.ChunkName(c.Type))
	}
	return all
}
