package wire

import "encoding/binary"

// put appends numbers in network byte order.
func put16(b []byte, n uint16) []byte { return binary.BigEndian.AppendUint16(b, n) }
func put32(b []byte, n uint32) []byte { return binary.BigEndian.AppendUint32(b, n) }
func get16(b []byte) uint16           { return binary.BigEndian.Uint16(b) }
func get32(b []byte) uint32           { return binary.BigEndian.Uint32(b) }

// Data is a DATA chunk (RFC 9260 3.3.1) or an I-DATA chunk (RFC 8260 2.1).
type Data struct {
	Interleaved bool // I-DATA: MID and FSN count, not SSN
	Flags       ChunkFlags
	TSN         TSN
	Stream      uint16
	SSN         SSN
	MID         MID
	FSN         uint32 // fragment sequence number, 0 in the first
	PPID        uint32 // payload protocol identifier; I-DATA says it in the first fragment alone
	Payload     []byte
}

// Data reads a DATA or I-DATA chunk; false if it is too short to be one.
// Without user data it is one: what to make of that is SCTP's to say
// (RFC 9260 6.2).
func (c Chunk) Data() (d Data, ok bool) {
	v := c.Value
	d.Flags = c.Flags
	switch {
	case c.Type == ChunkData && len(v) >= DataHeaderLen-ChunkHeaderLen:
		d.SSN, d.PPID, d.Payload = SSN(get16(v[6:])), get32(v[8:]), v[12:]
	case c.Type == ChunkIData && len(v) >= IDataHeaderLen-ChunkHeaderLen:
		d.Interleaved, d.MID, d.Payload = true, MID(get32(v[8:])), v[16:]
		if c.Flags.Has(FlagBegin) {
			d.PPID = get32(v[12:])
		} else {
			d.FSN = get32(v[12:])
		}
	default:
		return d, false
	}
	d.TSN, d.Stream = TSN(get32(v)), get16(v[4:])
	return d, true
}

// Append adds the chunk.
func (d *Data) Append(b Chunks) Chunks {
	t := ChunkData
	if d.Interleaved {
		t = ChunkIData
	}
	b, at := beginChunk(b, t, d.Flags)
	b = put16(put32(b, uint32(d.TSN)), d.Stream)
	if d.Interleaved {
		b = put32(put16(b, 0), uint32(d.MID))
		if d.Flags.Has(FlagBegin) {
			b = put32(b, d.PPID)
		} else {
			b = put32(b, d.FSN)
		}
	} else {
		b = put32(put16(b, uint16(d.SSN)), d.PPID)
	}
	return endChunk(append(b, d.Payload...), at)
}

// Init is an INIT or INIT ACK chunk (RFC 9260 3.3.2, 3.3.3).
type Init struct {
	Tag        Tag    // Initiate Tag
	ARwnd      uint32 // advertised receiver window credit, in octets
	OS, MIS    uint16 // outbound streams wanted, inbound streams allowed
	InitialTSN TSN
	Params     Params
}

const initLen = 16

// Init reads an INIT or INIT ACK chunk; false if it is too short to be one.
func (c Chunk) Init() (i Init, ok bool) {
	v := c.Value
	if c.Type != ChunkInit && c.Type != ChunkInitAck || len(v) < initLen {
		return i, false
	}
	return Init{
		Tag: Tag(get32(v)), ARwnd: get32(v[4:]), OS: get16(v[8:]), MIS: get16(v[10:]),
		InitialTSN: TSN(get32(v[12:])), Params: Params(v[initLen:]),
	}, true
}

// Append adds the chunk as an INIT or an INIT ACK.
func (i *Init) Append(b Chunks, t ChunkType) Chunks {
	b, at := beginChunk(b, t, 0)
	b = put32(put32(b, uint32(i.Tag)), i.ARwnd)
	b = put32(put16(put16(b, i.OS), i.MIS), uint32(i.InitialTSN))
	return endChunk(append(b, i.Params...), at)
}

// GapAckBlock is TSNs beyond a hole that have arrived, as offsets from the
// cumulative TSN ack, both ends included (RFC 9260 3.3.4).
type GapAckBlock struct{ Start, End uint16 }

// GapAckBlocks is gap ack blocks as they travel.
type GapAckBlocks []byte

func (g GapAckBlocks) Len() int { return len(g) / 4 }

func (g GapAckBlocks) At(i int) GapAckBlock {
	return GapAckBlock{get16(g[4*i:]), get16(g[4*i+2:])}
}

// TSNs is TSNs as they travel.
type TSNs []byte

func (t TSNs) Len() int     { return len(t) / 4 }
func (t TSNs) At(i int) TSN { return TSN(get32(t[4*i:])) }

// SACK is a SACK chunk (RFC 9260 3.3.4) or an NR-SACK chunk, which has blocks
// besides that the receiver will not renege on.
type SACK struct {
	CumTSNAck TSN
	ARwnd     uint32
	Gaps, NR  GapAckBlocks
	Dups      TSNs
}

const (
	sackLen   = 12
	nrSACKLen = 16
)

// SACK reads a SACK or NR-SACK chunk; false if it is not as long as its counts
// say.
func (c Chunk) SACK() (s SACK, ok bool) {
	v := c.Value
	var head, gaps, nr, dups int
	switch {
	case c.Type == ChunkSACK && len(v) >= sackLen:
		head, gaps, dups = sackLen, int(get16(v[8:])), int(get16(v[10:]))
	case c.Type == ChunkNRSACK && len(v) >= nrSACKLen:
		head, gaps, nr, dups = nrSACKLen, int(get16(v[8:])), int(get16(v[10:])), int(get16(v[12:]))
	default:
		return s, false
	}
	s.CumTSNAck, s.ARwnd = TSN(get32(v)), get32(v[4:])
	v = v[head:]
	if len(v) != 4*(gaps+nr+dups) {
		return s, false
	}
	s.Gaps, v = GapAckBlocks(v[:4*gaps]), v[4*gaps:]
	s.NR, s.Dups = GapAckBlocks(v[:4*nr]), TSNs(v[4*nr:])
	return s, true
}

// AppendSACK adds a SACK chunk.
func AppendSACK(b Chunks, cum TSN, arwnd uint32, gaps []GapAckBlock, dups []TSN) Chunks {
	b, at := beginChunk(b, ChunkSACK, 0)
	b = put32(put32(b, uint32(cum)), arwnd)
	b = put16(put16(b, uint16(len(gaps))), uint16(len(dups)))
	return endChunk(putTSNs(putGaps(b, gaps), dups), at)
}

// AppendNRSACK adds an NR-SACK chunk.
func AppendNRSACK(b Chunks, cum TSN, arwnd uint32, gaps, nr []GapAckBlock, dups []TSN) Chunks {
	b, at := beginChunk(b, ChunkNRSACK, 0)
	b = put32(put32(b, uint32(cum)), arwnd)
	b = put16(put16(b, uint16(len(gaps))), uint16(len(nr)))
	b = put16(put16(b, uint16(len(dups))), 0)
	return endChunk(putTSNs(putGaps(putGaps(b, gaps), nr), dups), at)
}

func putGaps(b []byte, gaps []GapAckBlock) []byte {
	for _, g := range gaps {
		b = put16(put16(b, g.Start), g.End)
	}
	return b
}

func putTSNs(b []byte, dups []TSN) []byte {
	for _, t := range dups {
		b = put32(b, uint32(t))
	}
	return b
}

// TSN reads a chunk that is one TSN: SHUTDOWN (the cumulative TSN ack), ECNE
// and CWR (the lowest TSN).
func (c Chunk) TSN() (TSN, bool) {
	switch c.Type {
	case ChunkShutdown, ChunkECNE, ChunkCWR:
		if len(c.Value) == 4 {
			return TSN(get32(c.Value)), true
		}
	}
	return 0, false
}

// AppendTSN adds such a chunk.
func AppendTSN(b Chunks, t ChunkType, tsn TSN) Chunks {
	b, at := beginChunk(b, t, 0)
	return endChunk(put32(b, uint32(tsn)), at)
}

// Skip is one stream's entry of a FORWARD-TSN chunk: its ordered messages up
// to SSN are given up (RFC 3758 3.2); of an I-FORWARD-TSN chunk: up to MID,
// of the ordered or the unordered ones (RFC 8260 2.3.1).
type Skip struct {
	Stream    uint16
	SSN       SSN
	MID       MID
	Unordered bool
}

// ForwardTSN is a FORWARD-TSN or I-FORWARD-TSN chunk.
type ForwardTSN struct {
	Interleaved bool // I-FORWARD-TSN
	NewCumTSN   TSN
	skips       []byte
}

// ForwardTSN reads such a chunk; false if its length is not one it can have.
func (c Chunk) ForwardTSN() (f ForwardTSN, ok bool) {
	f.Interleaved = c.Type == ChunkIForwardTSN
	if !f.Interleaved && c.Type != ChunkForwardTSN || len(c.Value) < 4 || (len(c.Value)-4)%f.entry() != 0 {
		return f, false
	}
	f.NewCumTSN, f.skips = TSN(get32(c.Value)), c.Value[4:]
	return f, true
}

func (f *ForwardTSN) entry() int {
	if f.Interleaved {
		return 8
	}
	return 4
}

// Len is how many streams have an entry.
func (f *ForwardTSN) Len() int { return len(f.skips) / f.entry() }

// At is the entry of the ith stream.
func (f *ForwardTSN) At(i int) Skip {
	e := f.skips[i*f.entry():]
	if f.Interleaved {
		return Skip{Stream: get16(e), Unordered: get16(e[2:])&1 != 0, MID: MID(get32(e[4:]))}
	}
	return Skip{Stream: get16(e), SSN: SSN(get16(e[2:]))}
}

// AppendForwardTSN adds a FORWARD-TSN or I-FORWARD-TSN chunk.
func AppendForwardTSN(b Chunks, interleaved bool, cum TSN, skips []Skip) Chunks {
	t := ChunkForwardTSN
	if interleaved {
		t = ChunkIForwardTSN
	}
	b, at := beginChunk(b, t, 0)
	b = put32(b, uint32(cum))
	for _, s := range skips {
		b = put16(b, s.Stream)
		if !interleaved {
			b = put16(b, uint16(s.SSN))
			continue
		}
		var u uint16
		if s.Unordered {
			u = 1
		}
		b = put32(put16(b, u), uint32(s.MID))
	}
	return endChunk(b, at)
}

// Auth is an AUTH chunk (RFC 4895 4.1).
type Auth struct {
	KeyID, HMACID uint16
	HMAC          []byte
}

// Auth reads an AUTH chunk.
func (c Chunk) Auth() (a Auth, ok bool) {
	if c.Type != ChunkAuth || len(c.Value) < 4 {
		return a, false
	}
	return Auth{get16(c.Value), get16(c.Value[2:]), c.Value[4:]}, true
}

// Append adds the chunk.
func (a *Auth) Append(b Chunks) Chunks {
	b, at := beginChunk(b, ChunkAuth, 0)
	return endChunk(append(put16(put16(b, a.KeyID), a.HMACID), a.HMAC...), at)
}

// ASCONF is an ASCONF or ASCONF-ACK chunk (RFC 5061 4.1).
type ASCONF struct {
	Serial uint32
	Params Params // of ASCONF, an address of the sender stands first
}

// ASCONF reads such a chunk.
func (c Chunk) ASCONF() (a ASCONF, ok bool) {
	if c.Type != ChunkASCONF && c.Type != ChunkASCONFAck || len(c.Value) < 4 {
		return a, false
	}
	return ASCONF{get32(c.Value), Params(c.Value[4:])}, true
}

// Append adds the chunk as an ASCONF or an ASCONF-ACK.
func (a *ASCONF) Append(b Chunks, t ChunkType) Chunks {
	b, at := beginChunk(b, t, 0)
	return endChunk(append(put32(b, a.Serial), a.Params...), at)
}

// Params reads the parameters of a chunk that is nothing else: HEARTBEAT,
// HEARTBEAT ACK and RE-CONFIG.
func (c Chunk) Params() (Params, bool) {
	switch c.Type {
	case ChunkHeartbeat, ChunkHeartbeatAck, ChunkReConfig:
		return Params(c.Value), true
	}
	return nil, false
}

// Causes reads the error causes of an ABORT or ERROR chunk.
func (c Chunk) Causes() (Causes, bool) {
	if c.Type != ChunkAbort && c.Type != ChunkError {
		return nil, false
	}
	return Causes(c.Value), true
}
