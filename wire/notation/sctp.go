package notation

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"strings"

	"simrun/wire"
)

// SCTP is the chunks of a packet as the ladder prints them: "COOKIE_ECHO; DATA
// 1 s0:0(2)". Of a Base, Seq is what the sender's TSNs count from and Ack what
// its peer's do: each is one less than an initial TSN, so that the first is 1.
func SCTP(p *wire.SCTP, base Base) string {
	return strings.Join(Chunks(p, base), "; ")
}

// Chunks is the same, a text for each chunk.
func Chunks(p *wire.SCTP, base Base) (all []string) {
	return each(p, func(c wire.Chunk) string { return Chunk(c, base) })
}

// SCTPFields is the packet with every field of its tag and its chunks, but the
// octets of user data: "tag 0x1234 DATA 1 s0:0(2) ppid 7". ParseSCTP reads the
// same packet.
func SCTPFields(p *wire.SCTP, base Base) string {
	return "tag 0x" + strconv.FormatUint(uint64(p.Tag), 16) + " " + strings.Join(ChunksFields(p, base), "; ")
}

// ChunksFields is every field of the chunks, a text for each.
func ChunksFields(p *wire.SCTP, base Base) []string {
	return each(p, func(c wire.Chunk) string { return chunkFields(c, base) })
}

// each is the texts of the chunks. What no whole chunk is, or is not padded
// with zeros as it must be, is "raw" octets.
func each(p *wire.SCTP, text func(wire.Chunk) string) (all []string) {
	left := p.Chunks
	for c, rest, ok := left.Next(); ok; c, rest, ok = rest.Next() {
		if !bytes.Equal(c.Append(nil), left[:len(left)-len(rest)]) {
			break
		}
		all = append(all, text(c))
		left = rest
	}
	if len(left) > 0 {
		all = append(all, "raw "+bracketed(left))
	}
	return all
}

// bracketed is octets in hexadecimal, or "[]" for none.
func bracketed(b []byte) string { return "[" + hex.EncodeToString(b) + "]" }

// tsn is a TSN relative to a base.
func tsn(t wire.TSN, base wire.Seq) string { return number(wire.Seq(t), base) }

// Chunk is what the ladder says of a chunk: its name, and its numbers if it
// has any.
func Chunk(c wire.Chunk, base Base) string {
	text := ChunkName(c.Type)
	if d, ok := c.Data(); ok {
		return text + " " + dataText(&d, base) + behind(fragment(d.Flags))
	}
	if s, ok := c.SACK(); ok {
		return text + " " + sackText(&s, base)
	}
	if t, ok := c.TSN(); ok {
		return text + " " + tsn(t, base.Ack)
	}
	if f, ok := c.ForwardTSN(); ok {
		return text + " " + tsn(f.NewCumTSN, base.Seq)
	}
	if reflects(c.Type) && c.Flags.Has(wire.FlagT) {
		text += " T"
	}
	return text
}

// ShortChunk is Chunk for a narrow arrow: of user data the TSN alone, of a
// SACK its cumulative TSN ack.
func ShortChunk(c wire.Chunk, base Base) string {
	if d, ok := c.Data(); ok {
		return ChunkName(c.Type) + " " + tsn(d.TSN, base.Seq)
	}
	if s, ok := c.SACK(); ok {
		return ChunkName(c.Type) + " " + tsn(s.CumTSNAck, base.Ack)
	}
	return Chunk(c, base)
}

// reflects reports whether the chunk's first flag is the T bit.
func reflects(t wire.ChunkType) bool {
	return t == wire.ChunkAbort || t == wire.ChunkShutdownComplete
}

// dataText is "1 s0:0(2)": TSN, stream, stream sequence number and length. An
// unordered message has a U instead of the number; of I-DATA the message
// identifier stands there, and behind a dot the fragment's number. A fragment
// has a B behind it if it is the first, an E if it is the last, an M between
// them. Among all fields an I besides asks for a SACK at once.
func dataText(d *wire.Data, base Base) string {
	text := tsn(d.TSN, base.Seq) + " s" + decimal(uint32(d.Stream)) + ":"
	n, unordered := uint32(d.SSN), d.Flags.Has(wire.FlagUnordered)
	if d.Interleaved {
		n = uint32(d.MID)
	}
	if unordered {
		text += "U"
	}
	if !unordered || n != 0 {
		text += decimal(n)
	}
	if d.Interleaved && !d.Flags.Has(wire.FlagBegin) {
		text += "." + decimal(d.FSN)
	}
	return text + "(" + strconv.Itoa(len(d.Payload)) + ")"
}

// fragment is the letter of a message's part; none if it is whole.
func fragment(f wire.ChunkFlags) string {
	switch {
	case f.Has(wire.FlagBegin | wire.FlagEnd):
		return ""
	case f.Has(wire.FlagBegin):
		return "B"
	case f.Has(wire.FlagEnd):
		return "E"
	}
	return "M"
}

// behind is a word behind a blank, if there is one.
func behind(word string) string {
	if word == "" {
		return ""
	}
	return " " + word
}

// sackText is "4 gap 6-7 9": the cumulative TSN ack, and the TSNs beyond it
// that have arrived. A window that is shut is told too.
func sackText(s *wire.SACK, base Base) string {
	text := tsn(s.CumTSNAck, base.Ack) + gapText(s, base)
	if s.ARwnd == 0 {
		text += " rwnd 0"
	}
	return text
}

// Gaps is what a SACK says besides its cumulative TSN ack: "gap 6-7 9 dup 3".
func Gaps(s *wire.SACK, base Base) string { return strings.TrimPrefix(gapText(s, base), " ") }

func gapText(s *wire.SACK, base Base) (text string) {
	blocks := func(word string, g wire.GapAckBlocks) {
		for i := range g.Len() {
			if i == 0 {
				text += " " + word
			}
			b := g.At(i)
			text += " " + tsn(s.CumTSNAck.Add(int(b.Start)), base.Ack)
			if b.End != b.Start {
				text += "-" + tsn(s.CumTSNAck.Add(int(b.End)), base.Ack)
			}
		}
	}
	blocks("gap", s.Gaps)
	blocks("nr", s.NR)
	for i := range s.Dups.Len() {
		if i == 0 {
			text += " dup"
		}
		text += " " + tsn(s.Dups.At(i), base.Ack)
	}
	return text
}

// chunkFields is a chunk with all that it says. Words that do not give its
// octets back, but for user data, are not used: it is then its name, its flags
// and its octets.
func chunkFields(c wire.Chunk, base Base) string {
	text := ChunkName(c.Type) + fieldsText(c, base)
	s := &scanner{s: text}
	again, err := s.chunk(base)
	if d, ok := c.Data(); ok && len(d.Payload) > 0 {
		c.Value = append(bytes.Clone(c.Value[:len(c.Value)-len(d.Payload)]), make([]byte, len(d.Payload))...)
	}
	if err == nil && bytes.Equal(again, c.Append(nil)) {
		return text
	}
	return ChunkName(c.Type) + flagsText(c.Flags) + " " + bracketed(c.Value)
}

func flagsText(f wire.ChunkFlags) string {
	if f == 0 {
		return ""
	}
	return " flags " + decimal(uint32(f))
}

// fieldsText is the words behind the chunk's name.
func fieldsText(c wire.Chunk, base Base) string {
	if d, ok := c.Data(); ok {
		letters := fragment(d.Flags)
		if d.Flags.Has(wire.FlagImmediate) {
			letters += "I"
		}
		text := " " + dataText(&d, base) + behind(letters)
		if d.PPID != 0 {
			text += " ppid " + decimal(d.PPID)
		}
		return text
	}
	if s, ok := c.SACK(); ok {
		return " " + tsn(s.CumTSNAck, base.Ack) + gapText(&s, base) + " rwnd " + decimal(s.ARwnd)
	}
	if i, ok := c.Init(); ok {
		text := " tag 0x" + strconv.FormatUint(uint64(i.Tag), 16) + " rwnd " + decimal(i.ARwnd) +
			" os " + decimal(uint32(i.OS)) + " mis " + decimal(uint32(i.MIS)) + " tsn " + tsn(i.InitialTSN, base.Seq)
		if len(i.Params) > 0 {
			text += " params " + bracketed(i.Params)
		}
		return text
	}
	if t, ok := c.TSN(); ok {
		return " " + tsn(t, base.Ack)
	}
	if f, ok := c.ForwardTSN(); ok && f.Len() == 0 {
		return " " + tsn(f.NewCumTSN, base.Seq)
	}
	if reflects(c.Type) && c.Flags == wire.FlagT || c.Type == wire.ChunkError {
		return Chunk(c, base)[len(ChunkName(c.Type)):] + causesText(c)
	}
	if c.Type == wire.ChunkAbort {
		return causesText(c)
	}
	if len(c.Value) > 0 {
		return flagsText(c.Flags) + " " + bracketed(c.Value)
	}
	return flagsText(c.Flags)
}

// causesText is the error causes by their codes, with their octets.
func causesText(c wire.Chunk) (text string) {
	causes, _ := c.Causes()
	for cause, rest, ok := causes.Next(); ok; cause, rest, ok = rest.Next() {
		text += " cause " + decimal(uint32(cause.Code))
		if len(cause.Value) > 0 {
			text += " " + bracketed(cause.Value)
		}
	}
	return text
}
