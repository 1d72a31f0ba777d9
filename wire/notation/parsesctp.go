package notation

import (
	"encoding/hex"
	"strconv"
	"strings"

	"simrun/wire"
)

// SCTPPacket is a packet as it was written: the chunks, and the verification tag.
type SCTPPacket struct {
	Tag    wire.Tag
	HasTag bool // "tag" was written
	Chunks wire.Chunks
}

// IsSCTP reports whether a text begins as packets of SCTP do.
func IsSCTP(text string) bool {
	s := &scanner{s: text}
	word := s.word()
	_, ok := chunkNamed(strings.TrimSuffix(word, ";"))
	return ok || word == "tag" || word == "raw"
}

// ParseSCTP reads a packet as SCTP and SCTPFields print it:
//
//	tag 0x1234 COOKIE_ECHO [0a0b]; DATA 1 s0:0(2) B ppid 7 "hi"
//
// The tag, and all fields behind a chunk's name, may be left out; they are 0
// then, and the window of a SACK is 65535. User data is zeros unless it stands in quotes. TSNs count from the
// base; "!" before one makes it absolute. Octets stand in brackets: as the
// value of any chunk, the parameters of an INIT, or the value of an error
// cause. Any error is an *Error.
func ParseSCTP(text string, base Base) (SCTPPacket, error) {
	s := &scanner{s: text}
	var p SCTPPacket
	if s.space(); strings.HasPrefix(s.s[s.at:], "tag ") {
		s.word()
		tag, err := s.hex("a verification tag")
		if err != nil {
			return SCTPPacket{}, err
		}
		p.Tag, p.HasTag = wire.Tag(tag), true
	}
	for more := true; more; {
		c, err := s.chunk(base)
		if err != nil {
			return SCTPPacket{}, err
		}
		p.Chunks = append(p.Chunks, c...)
		if len(p.Chunks) > maxPayload {
			return SCTPPacket{}, s.fail(s.at, "chunks that fit a packet")
		}
		s.space()
		more = s.take(';')
	}
	return p, s.end()
}

// name is a word of letters, digits and underscores.
func (s *scanner) name() string {
	s.space()
	for s.at < len(s.s) && (s.s[s.at] == '_' || 'A' <= s.s[s.at]&^0x20 && s.s[s.at]&^0x20 <= 'Z' || '0' <= s.s[s.at] && s.s[s.at] <= '9') {
		s.at++
	}
	return s.s[s.last:s.at]
}

// hex reads a number, which may be one of sixteens behind "0x".
func (s *scanner) hex(what string) (uint32, error) {
	word := s.name()
	v, err := strconv.ParseUint(word, 0, 32)
	if err != nil {
		return 0, s.fail(s.last, what)
	}
	return uint32(v), nil
}

// bracket reads "[0a0b]" if that comes next.
func (s *scanner) bracket() (b []byte, ok bool, err error) {
	if s.space(); !s.take('[') {
		return nil, false, nil
	}
	if s.space(); s.take(']') {
		return []byte{}, true, nil
	}
	word := s.name()
	if b, err = hex.DecodeString(word); err != nil {
		return nil, false, s.fail(s.last, "octets in hexadecimal")
	}
	if len(b) > maxPayload {
		return nil, false, s.fail(s.last, "octets that fit a packet")
	}
	return b, true, s.expect(']')
}

// chunk reads one chunk, as the octets that travel.
func (s *scanner) chunk(base Base) (wire.Chunks, error) {
	name := s.name()
	if name == "raw" {
		b, ok, err := s.bracket()
		if err == nil && !ok {
			err = s.fail(s.at, "octets in [ ]")
		}
		return b, err
	}
	t, ok := chunkNamed(name)
	if !ok {
		return nil, s.fail(s.last, "a chunk such as DATA, INIT_ACK or CHUNK_63")
	}
	f := fields{base: base, c: wire.Chunk{Type: t}, rwnd: defaultWindow}
	for s.space() && s.peek() != ';' {
		if err := f.read(s); err != nil {
			return nil, err
		}
	}
	return f.octets(s)
}

// defaultWindow is what a SACK says of a window that is not written.
const defaultWindow = 65535

// fields is what is said of a chunk.
type fields struct {
	base   Base
	c      wire.Chunk
	raw    bool // the value stands in octets
	number bool // the number behind the name was read
	data   wire.Data
	init   wire.Init
	tsn    wire.TSN
	rwnd   uint32
	gaps   []wire.GapAckBlock
	nr     []wire.GapAckBlock
	dups   []wire.TSN
	causes wire.Causes
}

func (f *fields) isData() bool { return f.c.Type == wire.ChunkData || f.c.Type == wire.ChunkIData }

func (f *fields) isSACK() bool { return f.c.Type == wire.ChunkSACK || f.c.Type == wire.ChunkNRSACK }

func (f *fields) isInit() bool { return f.c.Type == wire.ChunkInit || f.c.Type == wire.ChunkInitAck }

// numbered reports whether a TSN stands behind the chunk's name.
func (f *fields) numbered() bool {
	switch f.c.Type {
	case wire.ChunkShutdown, wire.ChunkECNE, wire.ChunkCWR, wire.ChunkForwardTSN, wire.ChunkIForwardTSN:
		return true
	}
	return f.isData() || f.isSACK()
}

// from is what the chunk's own number counts from.
func (f *fields) from() wire.Seq {
	if f.isData() || f.c.Type == wire.ChunkForwardTSN || f.c.Type == wire.ChunkIForwardTSN {
		return f.base.Seq
	}
	return f.base.Ack
}

// read reads the next field.
func (f *fields) read(s *scanner) error {
	switch c := s.peek(); {
	case c == '[':
		b, _, err := s.bracket()
		f.raw, f.c.Value = true, b
		return err
	case (c == '!' || '0' <= c && c <= '9') && f.numbered() && !f.number:
		f.number = true
		v, err := s.seq("a TSN", f.from())
		f.tsn = wire.TSN(v)
		if err == nil && f.isData() {
			err = f.readData(s)
		}
		return err
	}
	word := s.name()
	if err, ok := f.readInit(s, word); ok {
		return err
	}
	var v uint32
	var err error
	switch {
	case word == "flags":
		v, err = s.number("flags", 255)
		f.c.Flags = wire.ChunkFlags(v)
	case word == "T" && reflects(f.c.Type):
		f.c.Flags |= wire.FlagT
	case word == "ppid" && f.isData():
		f.data.PPID, err = s.number("a payload protocol identifier", 1<<32-1)
	case word == "rwnd" && f.isSACK():
		f.rwnd, err = s.number("a window", 1<<32-1)
	case word == "gap" && f.isSACK():
		f.gaps, err = f.blocks(s)
	case word == "nr" && f.c.Type == wire.ChunkNRSACK:
		f.nr, err = f.blocks(s)
	case word == "dup" && f.isSACK():
		for ok := true; ok && err == nil; ok = s.space() && '0' <= s.peek() && s.peek() <= '9' {
			var dup wire.Seq
			dup, err = s.seq("a TSN", f.base.Ack)
			f.dups = append(f.dups, wire.TSN(dup))
		}
	case word == "cause" && (f.c.Type == wire.ChunkAbort || f.c.Type == wire.ChunkError):
		err = f.cause(s)
	default:
		err = s.fail(s.last, "a field of "+ChunkName(f.c.Type)+`, or ";"`)
	}
	return err
}

// readInit reads a field of INIT and INIT ACK, if it is one.
func (f *fields) readInit(s *scanner, word string) (err error, ok bool) {
	if !f.isInit() {
		return nil, false
	}
	var v uint32
	switch word {
	case "tag":
		v, err = s.hex("a tag")
		f.init.Tag = wire.Tag(v)
	case "rwnd":
		f.init.ARwnd, err = s.number("a window", 1<<32-1)
	case "os":
		v, err = s.number("a number of streams", 1<<16-1)
		f.init.OS = uint16(v)
	case "mis":
		v, err = s.number("a number of streams", 1<<16-1)
		f.init.MIS = uint16(v)
	case "tsn":
		var n wire.Seq
		n, err = s.seq("a TSN", f.base.Seq)
		f.init.InitialTSN = wire.TSN(n)
	case "params":
		var b []byte
		b, ok, err = s.bracket()
		if err == nil && !ok {
			err = s.fail(s.at, "octets in [ ]")
		}
		f.init.Params = b
	default:
		return nil, false
	}
	return err, true
}

// readData reads "s0:0(2) B" and the data in quotes, whatever of it there is.
func (f *fields) readData(s *scanner) error {
	d := &f.data
	d.Flags = wire.FlagBegin | wire.FlagEnd
	if s.space(); !s.take('s') {
		return nil
	}
	stream, err := s.number("a stream", 1<<16-1)
	if err != nil {
		return err
	}
	d.Stream = uint16(stream)
	if err := s.expect(':'); err != nil {
		return err
	}
	if s.take('U') {
		d.Flags |= wire.FlagUnordered
	}
	if c := s.peek(); !d.Flags.Has(wire.FlagUnordered) || '0' <= c && c <= '9' {
		most := uint64(1<<16 - 1)
		if f.c.Type == wire.ChunkIData {
			most = 1<<32 - 1
		}
		n, err := s.number("a stream sequence number", most)
		if err != nil {
			return err
		}
		d.SSN, d.MID = wire.SSN(n), wire.MID(n)
	}
	if f.c.Type == wire.ChunkIData && s.take('.') {
		if d.FSN, err = s.number("a fragment's number", 1<<32-1); err != nil {
			return err
		}
	}
	if err := s.expect('('); err != nil {
		return err
	}
	n, err := s.number("a length", maxPayload-wire.IDataHeaderLen)
	if err != nil {
		return err
	}
	d.Payload = make([]byte, n)
	if err := s.expect(')'); err != nil {
		return err
	}
	f.letters(s)
	if s.space() && s.peek() == '"' {
		return s.data(d.Payload)
	}
	return nil
}

// letters reads B, E or M for a fragment, and I, if they stand there.
func (f *fields) letters(s *scanner) {
	s.space()
	word, _, _ := strings.Cut(s.s[s.at:], " ")
	word, _, _ = strings.Cut(word, ";")
	whole := word
	flags := wire.FlagBegin | wire.FlagEnd
	switch {
	case strings.HasPrefix(word, "B"):
		flags, word = wire.FlagBegin, word[1:]
	case strings.HasPrefix(word, "E"):
		flags, word = wire.FlagEnd, word[1:]
	case strings.HasPrefix(word, "M"):
		flags, word = 0, word[1:]
	}
	if word == "I" {
		flags, word = flags|wire.FlagImmediate, ""
	}
	if word == "" {
		f.data.Flags = f.data.Flags&wire.FlagUnordered | flags
		s.at += len(whole)
	}
}

// blocks reads "6-7 9": TSNs beyond the cumulative TSN ack.
func (f *fields) blocks(s *scanner) (all []wire.GapAckBlock, err error) {
	for ok := true; ok; ok = s.space() && '0' <= s.peek() && s.peek() <= '9' {
		first, err := s.seq("a TSN", f.base.Ack)
		if err != nil {
			return nil, err
		}
		last := first
		if s.take('-') {
			if last, err = s.seq("a TSN", f.base.Ack); err != nil {
				return nil, err
			}
		}
		all = append(all, wire.GapAckBlock{Start: uint16(wire.TSN(first) - f.tsn), End: uint16(wire.TSN(last) - f.tsn)})
	}
	return all, nil
}

// cause reads an error cause: its code, and its octets if it has any.
func (f *fields) cause(s *scanner) error {
	code, err := s.number("a cause", 1<<16-1)
	if err != nil {
		return err
	}
	v, _, err := s.bracket()
	f.causes = wire.Cause{Code: wire.CauseCode(code), Value: v}.Append(f.causes)
	return err
}

// octets writes the chunk. Words and octets cannot both say what is in it.
func (f *fields) octets(s *scanner) (wire.Chunks, error) {
	said := f.number || f.causes != nil || f.init.Tag != 0 || f.init.Params != nil
	if f.raw && said {
		return nil, s.fail(s.at, "the fields of "+ChunkName(f.c.Type)+" or octets in [ ], not both")
	}
	var b wire.Chunks
	switch {
	case f.raw:
		b = f.c.Append(nil)
	case f.isData():
		d := &f.data
		if d.Interleaved = f.c.Type == wire.ChunkIData; !f.number {
			d.Flags = wire.FlagBegin | wire.FlagEnd
		}
		d.TSN = f.tsn
		d.Flags |= f.c.Flags
		b = d.Append(nil)
	case f.isInit():
		b = f.init.Append(nil, f.c.Type)
	case f.c.Type == wire.ChunkSACK:
		b = wire.AppendSACK(nil, f.tsn, f.rwnd, f.gaps, f.dups)
	case f.c.Type == wire.ChunkNRSACK:
		b = wire.AppendNRSACK(nil, f.tsn, f.rwnd, f.gaps, f.nr, f.dups)
	case f.c.Type == wire.ChunkForwardTSN, f.c.Type == wire.ChunkIForwardTSN:
		b = wire.AppendForwardTSN(nil, f.c.Type == wire.ChunkIForwardTSN, f.tsn, nil)
	case f.numbered():
		b = wire.AppendTSN(nil, f.c.Type, f.tsn)
	default:
		f.c.Value = f.causes
		b = f.c.Append(nil)
	}
	if len(b) > maxPayload {
		return nil, s.fail(s.at, "a chunk that fits a packet")
	}
	b[1] |= byte(f.c.Flags)
	return b, nil
}
