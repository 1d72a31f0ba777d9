package notation_test

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"simrun/wire"
	"simrun/wire/notation"
)

// sctpBase is the base of initial TSNs 101 and 301.
var sctpBase = notation.Base{Seq: 100, Ack: 300}

func chunk(t wire.ChunkType, f wire.ChunkFlags, value ...byte) wire.Chunks {
	return wire.Chunk{Type: t, Flags: f, Value: value}.Append(nil)
}

func dataChunk(d wire.Data) wire.Chunks { return d.Append(nil) }

func TestSCTP(t *testing.T) {
	const whole = wire.FlagBegin | wire.FlagEnd
	init := wire.Init{Tag: 0xabc, ARwnd: 5000, OS: 10, MIS: 20, InitialTSN: 101, Params: wire.Params{0x80, 0, 0, 4}}
	hi := []byte{0, 0}
	for _, c := range []struct {
		chunks       wire.Chunks
		text, fields string
	}{
		{init.Append(nil, wire.ChunkInit), "INIT", "INIT tag 0xabc rwnd 5000 os 10 mis 20 tsn 1 params [80000004]"},
		{chunk(wire.ChunkCookieEcho, 0, 1, 2, 3), "COOKIE_ECHO", "COOKIE_ECHO [010203]"},
		{chunk(wire.ChunkCookieAck, 0), "COOKIE_ACK", "COOKIE_ACK"},
		{dataChunk(wire.Data{Flags: whole, TSN: 101, Payload: hi}), "DATA 1 s0:0(2)", "DATA 1 s0:0(2)"},
		{dataChunk(wire.Data{Flags: whole | wire.FlagImmediate, TSN: 102, Stream: 3, SSN: 7, PPID: 9, Payload: hi}), "DATA 2 s3:7(2)", "DATA 2 s3:7(2) I ppid 9"},
		{dataChunk(wire.Data{Flags: wire.FlagBegin, TSN: 101, Payload: hi}), "DATA 1 s0:0(2) B", "DATA 1 s0:0(2) B"},
		{dataChunk(wire.Data{TSN: 101, Payload: hi}), "DATA 1 s0:0(2) M", "DATA 1 s0:0(2) M"},
		{dataChunk(wire.Data{Flags: wire.FlagEnd | wire.FlagImmediate, TSN: 101, Payload: hi}), "DATA 1 s0:0(2) E", "DATA 1 s0:0(2) EI"},
		{dataChunk(wire.Data{Flags: whole | wire.FlagUnordered, TSN: 100, Stream: 1, Payload: hi}), "DATA 0 s1:U(2)", "DATA 0 s1:U(2)"},
		{dataChunk(wire.Data{Flags: whole | wire.FlagUnordered, TSN: 100, SSN: 4, Payload: hi}), "DATA 0 s0:U4(2)", "DATA 0 s0:U4(2)"},
		{dataChunk(wire.Data{Interleaved: true, Flags: wire.FlagEnd, TSN: 101, MID: 1 << 20, FSN: 2, Payload: hi}), "I_DATA 1 s0:1048576.2(2) E", "I_DATA 1 s0:1048576.2(2) E"},
		{chunk(wire.ChunkData, 0, 1, 2), "DATA", "DATA [0102]"},
		{wire.AppendSACK(nil, 304, 1000, nil, nil), "SACK 4", "SACK 4 rwnd 1000"},
		{wire.AppendSACK(nil, 304, 0, []wire.GapAckBlock{{Start: 2, End: 3}, {Start: 5, End: 5}}, []wire.TSN{302, 303}), "SACK 4 gap 6-7 9 dup 2 3 rwnd 0", "SACK 4 gap 6-7 9 dup 2 3 rwnd 0"},
		{wire.AppendNRSACK(nil, 304, 9, nil, []wire.GapAckBlock{{Start: 2, End: 3}}, nil), "NR_SACK 4 nr 6-7", "NR_SACK 4 nr 6-7 rwnd 9"},
		{wire.AppendTSN(nil, wire.ChunkShutdown, 300), "SHUTDOWN 0", "SHUTDOWN 0"},
		{wire.AppendTSN(nil, wire.ChunkShutdown, 299), "SHUTDOWN 4294967295", "SHUTDOWN 4294967295"},
		{wire.AppendForwardTSN(nil, false, 103, nil), "FORWARD_TSN 3", "FORWARD_TSN 3"},
		{wire.AppendForwardTSN(nil, false, 103, []wire.Skip{{Stream: 1, SSN: 2}}), "FORWARD_TSN 3", "FORWARD_TSN [0000006700010002]"},
		{chunk(wire.ChunkAbort, 1), "ABORT T", "ABORT T"},
		{chunk(wire.ChunkAbort, 0, 0, 12, 0, 7, 'b', 'y', 'e'), "ABORT", "ABORT cause 12 [627965]"},
		{chunk(wire.ChunkAbort, 1, 0, 4, 0, 4), "ABORT T", "ABORT T cause 4"},
		{chunk(wire.ChunkAbort, 3), "ABORT T", "ABORT flags 3 []"},
		{chunk(wire.ChunkError, 0, 0, 1, 0, 8, 0, 7, 0, 0), "ERROR", "ERROR cause 1 [00070000]"},
		{chunk(wire.ChunkHeartbeat, 0, 0, 1, 0, 4), "HEARTBEAT", "HEARTBEAT [00010004]"},
		{chunk(63, 5, 1), "CHUNK_63", "CHUNK_63 flags 5 [01]"},
		{wire.Chunks{1, 2}, "raw [0102]", "raw [0102]"},
		{append(chunk(wire.ChunkCookieAck, 0), 10, 0, 0, 5, 1, 0, 9, 0), "COOKIE_ACK; raw [0a00000501000900]", "COOKIE_ACK; raw [0a00000501000900]"},
		{append(chunk(wire.ChunkCookieEcho, 0, 1), dataChunk(wire.Data{Flags: whole, TSN: 101, Payload: hi})...), "COOKIE_ECHO; DATA 1 s0:0(2)", "COOKIE_ECHO [01]; DATA 1 s0:0(2)"},
		{nil, "", ""},
	} {
		p := wire.SCTP{Tag: 0x1f, Chunks: c.chunks}
		if got := notation.SCTP(&p, sctpBase); got != c.text {
			t.Errorf("SCTP = %q, want %q", got, c.text)
		}
		if got := notation.SCTPFields(&p, sctpBase); got != "tag 0x1f "+c.fields {
			t.Errorf("SCTPFields = %q, want %q", got, c.fields)
		}
		if c.chunks == nil {
			continue
		}
		again, err := notation.ParseSCTP("tag 0x1f "+c.fields, sctpBase)
		if err != nil || !again.HasTag || again.Tag != 0x1f || !bytes.Equal(again.Chunks, c.chunks) {
			t.Errorf("ParseSCTP(%s) = %x, %v; want %x", c.fields, again.Chunks, err, c.chunks)
		}
		short, err := notation.ParseSCTP(c.text, sctpBase)
		if got := notation.SCTP(&wire.SCTP{Chunks: short.Chunks}, sctpBase); err != nil || got != c.text && c.text != "DATA" {
			t.Errorf("%q is read as %q, %v", c.text, got, err)
		}
		if !notation.IsSCTP(c.text) || !notation.IsSCTP("tag 1 "+c.text) {
			t.Errorf("%q is no SCTP", c.text)
		}
	}
	if notation.IsSCTP("R 1:1(0)") || notation.IsSCTP("icmp port unreachable") {
		t.Error("a segment of TCP and an ICMP message are SCTP")
	}
}

func TestShortChunk(t *testing.T) {
	data := wire.Data{TSN: 101, Payload: []byte{1}}
	for _, c := range []struct {
		chunks wire.Chunks
		want   string
	}{
		{data.Append(nil), "DATA 1"},
		{wire.AppendSACK(nil, 304, 9, []wire.GapAckBlock{{Start: 2, End: 2}}, nil), "SACK 4"},
		{chunk(wire.ChunkAbort, 1), "ABORT T"},
	} {
		first, _, _ := c.chunks.Next()
		if got := notation.ShortChunk(first, sctpBase); got != c.want {
			t.Errorf("ShortChunk = %q, want %q", got, c.want)
		}
	}
}

func TestParseSCTP(t *testing.T) {
	for _, c := range []struct {
		text string
		want wire.Chunks
	}{
		{`DATA 1 s0:0(2) "hi"`, dataChunk(wire.Data{Flags: 3, TSN: 101, Payload: []byte("hi")})},
		{"DATA !7 s0:0(1)", dataChunk(wire.Data{Flags: 3, TSN: 7, Payload: []byte{0}})},
		{"  INIT tag 5 tsn !9 ;ABORT T", append((&wire.Init{Tag: 5, InitialTSN: 9}).Append(nil, wire.ChunkInit), chunk(wire.ChunkAbort, 1)...)},
		{"DATA 1 flags 8", dataChunk(wire.Data{Flags: 11, TSN: 101})},
		{"SACK 2 gap 4", wire.AppendSACK(nil, 302, 65535, []wire.GapAckBlock{{Start: 2, End: 2}}, nil)},
	} {
		p, err := notation.ParseSCTP(c.text, sctpBase)
		if err != nil || !bytes.Equal(p.Chunks, c.want) || p.HasTag {
			t.Errorf("ParseSCTP(%s) = %x, %v; want %x", c.text, p.Chunks, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"":                        `column 1: want a chunk such as DATA, INIT_ACK or CHUNK_63, found the end`,
		"DATU 1":                  `column 1: want a chunk such as DATA, INIT_ACK or CHUNK_63, found "DATU"`,
		"tag x DATA":              `column 5: want a verification tag, found "x"`,
		"DATA 1 s0(2)":            `column 10: want ':', found "(2)"`,
		"DATA 1 s0:0(2) X":        `column 16: want a field of DATA, or ";", found "X"`,
		`DATA 1 s0:0(3) "hi"`:     `column 16: want data of 3 octets, found "\"hi\""`,
		"SACK 1 gap":              `column 11: want a TSN from 0 to 4294967295, found the end`,
		"COOKIE_ECHO [0g]":        `column 14: want octets in hexadecimal, found "0g]"`,
		"COOKIE_ACK;":             `column 12: want a chunk such as DATA, INIT_ACK or CHUNK_63, found the end`,
		"SACK 1 [01]":             `column 12: want the fields of SACK or octets in [ ], not both, found the end`,
		"DATA 1 s0:0(9999999999)": `column 13: want a length from 0 to 65495, found "9999999999)"`,
	} {
		_, err := notation.ParseSCTP(text, sctpBase)
		var e *notation.Error
		if !errors.As(err, &e) || err.Error() != want {
			t.Errorf("ParseSCTP(%q):\n got %v\nwant %s", text, err, want)
		}
	}
}

// TestSCTPRoundTrip makes packets of any octets, whose words must give them
// back but for user data.
func TestSCTPRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var chunks wire.Chunks
		for range rapid.IntRange(0, 4).Draw(t, "chunks") {
			c := wire.Chunk{
				Type:  wire.ChunkType(rapid.SampledFrom([]byte{0, 1, 2, 3, 4, 6, 7, 9, 10, 14, 16, 64, 130, 192, 194, 63}).Draw(t, "type")),
				Flags: wire.ChunkFlags(rapid.ByteRange(0, 8).Draw(t, "flags")),
				Value: rapid.SliceOfN(rapid.ByteRange(0, 3), 0, 24).Draw(t, "value"),
			}
			chunks = c.Append(chunks)
		}
		chunks = append(chunks, rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "rest")...)
		roundTripSCTP(t, chunks)
	})
}

// roundTripSCTP holds what is printed of chunks to what is read of that.
func roundTripSCTP(t interface{ Fatalf(string, ...any) }, chunks wire.Chunks) {
	p := wire.SCTP{Chunks: chunks}
	text := notation.SCTPFields(&p, sctpBase)
	if len(chunks) == 0 {
		return
	}
	again, err := notation.ParseSCTP(text, sctpBase)
	if err != nil || len(again.Chunks) != len(chunks) {
		t.Fatalf("%x is printed as %s, and read as %x, %v", []byte(chunks), text, []byte(again.Chunks), err)
	}
	for c, rest, ok := chunks.Next(); ok; c, rest, ok = rest.Next() { // both are as long
		if d, ok := c.Data(); ok {
			clear(d.Payload)
		}
	}
	for c, rest, ok := again.Chunks.Next(); ok; c, rest, ok = rest.Next() {
		if d, ok := c.Data(); ok {
			clear(d.Payload)
		}
	}
	if !bytes.Equal(again.Chunks, chunks) {
		t.Fatalf("%x is printed as %s, and read as %x", []byte(chunks), text, []byte(again.Chunks))
	}
}

func FuzzParseSCTP(f *testing.F) {
	f.Add(`tag 0x5 COOKIE_ECHO [0a]; DATA 1 s0:0(2) BI ppid 3 "hi"`)
	f.Add("SACK 4 gap 6-7 9 dup 2 3 rwnd 5; SHUTDOWN 3; raw [00]")
	f.Add("INIT tag 1 rwnd 2 os 3 mis 4 tsn 5 params [80000004]")
	f.Add("ABORT T cause 12 [62]; CHUNK_63 flags 2 []")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := notation.ParseSCTP(text, sctpBase)
		if err == nil {
			roundTripSCTP(t, p.Chunks)
		}
	})
}
