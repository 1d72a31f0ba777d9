package wire_test

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"simrun/wire"
)

// octets is what a row of hexadecimal digits, spaced for the reader, says.
func octets(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read gives the typed view of a chunk as one value, and whether it has one.
func read(c wire.Chunk) (any, bool) {
	if v, ok := c.Data(); ok {
		return v, true
	}
	if v, ok := c.Init(); ok {
		return v, true
	}
	if v, ok := c.SACK(); ok {
		return v, true
	}
	if v, ok := c.TSN(); ok {
		return v, true
	}
	if v, ok := c.ForwardTSN(); ok {
		skips := []wire.Skip{}
		for i := range v.Len() {
			skips = append(skips, v.At(i))
		}
		return []any{v.Interleaved, v.NewCumTSN, skips}, true
	}
	if v, ok := c.Auth(); ok {
		return v, true
	}
	if v, ok := c.ASCONF(); ok {
		return v, true
	}
	if v, ok := c.Params(); ok {
		return v, true
	}
	if v, ok := c.Causes(); ok {
		return v, true
	}
	return nil, false
}

// TestChunks writes every chunk and reads it again. The octets were laid out
// by hand from the figures of the RFCs.
func TestChunks(t *testing.T) {
	address := wire.AppendAddr(nil, wire.MustParseAddr("10.0.0.1"))
	for _, c := range []struct {
		name  string
		chunk wire.Chunks
		want  string
		view  any
	}{
		{"DATA", (&wire.Data{Flags: wire.FlagBegin | wire.FlagEnd, TSN: 7, Stream: 1, SSN: 2, PPID: 3, Payload: []byte("hello")}).Append(nil),
			"00 03 0015 00000007 0001 0002 00000003 68656c6c6f 000000",
			wire.Data{Flags: 3, TSN: 7, Stream: 1, SSN: 2, PPID: 3, Payload: []byte("hello")}},
		{"I-DATA, first fragment", (&wire.Data{Interleaved: true, Flags: wire.FlagBegin, TSN: 7, Stream: 1, MID: 9, PPID: 3, Payload: []byte("ab")}).Append(nil),
			"40 02 0016 00000007 0001 0000 00000009 00000003 6162 0000",
			wire.Data{Interleaved: true, Flags: 2, TSN: 7, Stream: 1, MID: 9, PPID: 3, Payload: []byte("ab")}},
		{"I-DATA, later fragment", (&wire.Data{Interleaved: true, TSN: 8, Stream: 1, MID: 9, FSN: 4, Payload: []byte("cd")}).Append(nil),
			"40 00 0016 00000008 0001 0000 00000009 00000004 6364 0000",
			wire.Data{Interleaved: true, TSN: 8, Stream: 1, MID: 9, FSN: 4, Payload: []byte("cd")}},
		{"INIT", (&wire.Init{Tag: 0xdeadbeef, ARwnd: 65535, OS: 10, MIS: 20, InitialTSN: 1, Params: address}).Append(nil, wire.ChunkInit),
			"01 00 001c deadbeef 0000ffff 000a 0014 00000001 0005 0008 0a000001",
			wire.Init{Tag: 0xdeadbeef, ARwnd: 65535, OS: 10, MIS: 20, InitialTSN: 1, Params: address}},
		{"INIT ACK", (&wire.Init{Tag: 1, ARwnd: 1500, OS: 1, MIS: 1, InitialTSN: 2, Params: wire.Param{Type: wire.ParamStateCookie, Value: []byte{9}}.Append(nil)}).Append(nil, wire.ChunkInitAck),
			"02 00 0019 00000001 000005dc 0001 0001 00000002 0007 0005 09 000000",
			wire.Init{Tag: 1, ARwnd: 1500, OS: 1, MIS: 1, InitialTSN: 2, Params: wire.Params{0, 7, 0, 5, 9}}},
		{"SACK", wire.AppendSACK(nil, 5, 1000, []wire.GapAckBlock{{2, 3}, {5, 5}}, []wire.TSN{4}),
			"03 00 001c 00000005 000003e8 0002 0001 0002 0003 0005 0005 00000004",
			wire.SACK{CumTSNAck: 5, ARwnd: 1000, Gaps: wire.GapAckBlocks{0, 2, 0, 3, 0, 5, 0, 5}, NR: wire.GapAckBlocks{}, Dups: wire.TSNs{0, 0, 0, 4}}},
		{"NR-SACK", wire.AppendNRSACK(nil, 5, 1000, []wire.GapAckBlock{{2, 3}}, []wire.GapAckBlock{{5, 5}}, nil),
			"10 00 001c 00000005 000003e8 0001 0001 0000 0000 0002 0003 0005 0005",
			wire.SACK{CumTSNAck: 5, ARwnd: 1000, Gaps: wire.GapAckBlocks{0, 2, 0, 3}, NR: wire.GapAckBlocks{0, 5, 0, 5}, Dups: wire.TSNs{}}},
		{"HEARTBEAT", wire.Chunk{Type: wire.ChunkHeartbeat, Value: wire.Param{Type: wire.ParamHeartbeatInfo, Value: []byte{1, 2, 3, 4}}.Append(nil)}.Append(nil),
			"04 00 000c 0001 0008 01020304", wire.Params{0, 1, 0, 8, 1, 2, 3, 4}},
		{"ABORT", wire.Chunk{Type: wire.ChunkAbort, Flags: wire.FlagT, Value: wire.Cause{Code: wire.CauseUserAbort, Value: []byte("why")}.Append(nil)}.Append(nil),
			"06 01 000b 000c 0007 776879 00", wire.Causes("\x00\x0c\x00\x07why")},
		{"SHUTDOWN", wire.AppendTSN(nil, wire.ChunkShutdown, 5), "07 00 0008 00000005", wire.TSN(5)},
		{"SHUTDOWN ACK", wire.Chunk{Type: wire.ChunkShutdownAck}.Append(nil), "08 00 0004", nil},
		{"ERROR, two causes", wire.Chunk{Type: wire.ChunkError, Value: wire.AppendCause32(wire.AppendInvalidStream(nil, 9), wire.CauseStaleCookie, 70000)}.Append(nil),
			"09 00 0014 0001 0008 0009 0000 0003 0008 00011170",
			wire.Causes{0, 1, 0, 8, 0, 9, 0, 0, 0, 3, 0, 8, 0, 1, 0x11, 0x70}},
		{"ERROR, missing parameters", wire.Chunk{Type: wire.ChunkError, Value: wire.AppendMissing(nil, wire.ParamStateCookie)}.Append(nil),
			"09 00 000e 0002 000a 00000001 0007 0000", wire.Causes{0, 2, 0, 10, 0, 0, 0, 1, 0, 7}},
		{"COOKIE ECHO", wire.Chunk{Type: wire.ChunkCookieEcho, Value: []byte{1, 2, 3}}.Append(nil), "0a 00 0007 010203 00", nil},
		{"ECNE", wire.AppendTSN(nil, wire.ChunkECNE, 5), "0c 00 0008 00000005", wire.TSN(5)},
		{"CWR", wire.AppendTSN(nil, wire.ChunkCWR, 5), "0d 00 0008 00000005", wire.TSN(5)},
		{"SHUTDOWN COMPLETE", wire.Chunk{Type: wire.ChunkShutdownComplete, Flags: wire.FlagT}.Append(nil), "0e 01 0004", nil},
		{"AUTH", (&wire.Auth{KeyID: 1, HMACID: 3, HMAC: []byte{1, 2, 3, 4}}).Append(nil), "0f 00 000c 0001 0003 01020304",
			wire.Auth{KeyID: 1, HMACID: 3, HMAC: []byte{1, 2, 3, 4}}},
		{"FORWARD-TSN", wire.AppendForwardTSN(nil, false, 9, []wire.Skip{{Stream: 1, SSN: 2}}), "c0 00 000c 00000009 0001 0002",
			[]any{false, wire.TSN(9), []wire.Skip{{Stream: 1, SSN: 2}}}},
		{"I-FORWARD-TSN", wire.AppendForwardTSN(nil, true, 9, []wire.Skip{{Stream: 1, MID: 2, Unordered: true}}), "c2 00 0010 00000009 0001 0001 00000002",
			[]any{true, wire.TSN(9), []wire.Skip{{Stream: 1, MID: 2, Unordered: true}}}},
		{"ASCONF", (&wire.ASCONF{Serial: 1, Params: address}).Append(nil, wire.ChunkASCONF), "c1 00 0010 00000001 0005 0008 0a000001",
			wire.ASCONF{Serial: 1, Params: address}},
		{"ASCONF-ACK", (&wire.ASCONF{Serial: 1}).Append(nil, wire.ChunkASCONFAck), "80 00 0008 00000001",
			wire.ASCONF{Serial: 1, Params: wire.Params{}}},
		{"PAD", wire.Chunk{Type: wire.ChunkPad, Value: make([]byte, 4)}.Append(nil), "84 00 0008 00000000", nil},
		{"RE-CONFIG", wire.Chunk{Type: wire.ChunkReConfig, Value: wire.AppendReset(nil, &wire.Reset{Type: wire.ParamOutgoingReset, Request: 1, Response: 2, LastTSN: 3}, []uint16{4})}.Append(nil),
			"82 00 0016 000d 0012 00000001 00000002 00000003 0004 0000",
			wire.Params{0, 13, 0, 18, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := octets(t, c.want)
			if !bytes.Equal(c.chunk, want) {
				t.Fatalf("written %x, want %x", []byte(c.chunk), want)
			}
			chunk, rest, ok := c.chunk.Next()
			if !ok || len(rest) != 0 || chunk.Size() != len(want) {
				t.Fatalf("Next: %v, %d octets left, size %d", ok, len(rest), chunk.Size())
			}
			view, _ := read(chunk)
			if d := cmp.Diff(c.view, view); d != "" {
				t.Error(d)
			}
			if again := chunk.Append(nil); !bytes.Equal(again, want) {
				t.Errorf("written again %x, want %x", []byte(again), want)
			}
			for n := range c.chunk { // truncated anywhere it is safe to look at
				if chunk, _, ok := c.chunk[:n].Next(); ok {
					read(chunk)
				}
			}
		})
	}
}

// TestEveryChunkIsNamed: each type has a name, and no two the same.
func TestEveryChunkIsNamed(t *testing.T) {
	seen := map[string]bool{}
	known := 0
	for n := range 256 {
		c := wire.ChunkType(n)
		if seen[c.String()] {
			t.Errorf("two chunk types are called %v", c)
		}
		seen[c.String()] = true
		if c.Known() {
			known++
		}
	}
	if known != 24 {
		t.Errorf("%d chunk types are known, want 24", known)
	}
	if wire.ChunkType(63).String() != "chunk 63" || wire.ParamType(0xffff).String() != "parameter 65535" || wire.CauseCode(99).String() != "cause 99" {
		t.Error("an unknown number prints wrong")
	}
	if wire.ParamStateCookie.String() != "State Cookie" || wire.CauseStaleCookie.String() != "Stale Cookie" {
		t.Error("a known number prints wrong")
	}
}

// TestUnknown is the action bits of RFC 9260 3.2 and 3.2.1.
func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		got            wire.Unknown
		stops, reports bool
	}{
		{wire.ChunkType(0x3f).Unknown(), true, false},
		{wire.ChunkType(0x7f).Unknown(), true, true},
		{wire.ChunkType(0xbf).Unknown(), false, false},
		{wire.ChunkType(0xff).Unknown(), false, true},
		{wire.ParamType(0x3fff).Unknown(), true, false},
		{wire.ParamType(0x7fff).Unknown(), true, true},
		{wire.ParamType(0x8000).Unknown(), false, false},
		{wire.ParamType(0xc000).Unknown(), false, true},
	} {
		if c.got.Stops() != c.stops || c.got.Reports() != c.reports {
			t.Errorf("%d: stops %v, reports %v; want %v, %v", c.got, c.got.Stops(), c.got.Reports(), c.stops, c.reports)
		}
	}
}

// TestPartialChunks: what is no whole chunk is left, and not read.
func TestPartialChunks(t *testing.T) {
	whole := wire.AppendTSN(nil, wire.ChunkShutdown, 5)
	for _, c := range []struct {
		name string
		tail string
	}{
		{"half a header", "0b00"},
		{"a length below four", "0b000003"},
		{"a length of zero", "0b000000"},
		{"a length beyond the packet", "0b000008 0000"},
	} {
		b := append(bytes.Clone(whole), octets(t, c.tail)...)
		chunk, rest, ok := wire.Chunks(b).Next()
		if !ok || chunk.Type != wire.ChunkShutdown {
			t.Errorf("%s: the whole chunk before it is not read", c.name)
		}
		if _, left, ok := rest.Next(); ok || len(left) == 0 {
			t.Errorf("%s: read: %v, %d octets left", c.name, ok, len(left))
		}
		if n := wire.Chunks(b).Count(); n != 1 {
			t.Errorf("%s: %d chunks, want 1", c.name, n)
		}
	}
	unpadded := octets(t, "0a00 0005 01")
	if c, rest, ok := wire.Chunks(unpadded).Next(); !ok || len(c.Value) != 1 || len(rest) != 0 {
		t.Error("a last chunk without its padding is not read")
	}
	counted := octets(t, "0100 0018 00000001 00000002 0001 0001 00000003 0007 0005 09 000000 0b000004")
	counted[3] = 0x1c // padding of the last parameter counted in, which a receiver must accept
	c, rest, ok := wire.Chunks(counted).Next()
	init, isInit := c.Init()
	cookie, found := init.Params.Find(wire.ParamStateCookie)
	if !ok || !isInit || !found || len(cookie) != 1 || !rest.Has(wire.ChunkCookieAck) {
		t.Error("padding that is counted in is not accepted")
	}
}

// TestParams reads what requests, answers and addresses say.
func TestParams(t *testing.T) {
	v6 := wire.MustParseAddr("2001:db8::1")
	var b wire.Params
	b = wire.Append32(b, wire.ParamCookiePreservative, 60000)
	b = wire.AppendAddr(b, v6)
	b = wire.AppendReset(b, &wire.Reset{Type: wire.ParamIncomingReset, Request: 1}, []uint16{2, 3, 4})
	b = wire.AppendReset(b, &wire.Reset{Type: wire.ParamAddOutgoing, Request: 2, New: 5}, nil)
	b = wire.AppendReset(b, &wire.Reset{Type: wire.ParamTSNReset, Request: 3}, nil)
	b = (&wire.ReConfigResponse{Response: 1, Result: wire.ReConfigPerformed}).Append(b)
	b = (&wire.ReConfigResponse{Response: 3, Result: wire.ReConfigDenied, HasTSNs: true, Sender: 6, Receiver: 7}).Append(b)
	var got []any
	for p, rest, ok := b.Next(); ok; p, rest, ok = rest.Next() {
		if a, ok := p.Addr(); ok {
			got = append(got, a)
		} else if r, ok := p.Reset(); ok {
			streams := []uint16{}
			for i := range r.Len() {
				streams = append(streams, r.Stream(i))
			}
			got = append(got, []any{r.Type, r.Request, r.New, streams})
		} else if r, ok := p.ReConfigResponse(); ok {
			got = append(got, r)
		} else if n, ok := p.Uint32(); ok {
			got = append(got, n)
		}
	}
	want := []any{
		uint32(60000), v6,
		[]any{wire.ParamIncomingReset, uint32(1), uint16(0), []uint16{2, 3, 4}},
		[]any{wire.ParamAddOutgoing, uint32(2), uint16(5), []uint16{}},
		[]any{wire.ParamTSNReset, uint32(3), uint16(0), []uint16{}},
		wire.ReConfigResponse{Response: 1, Result: wire.ReConfigPerformed},
		wire.ReConfigResponse{Response: 3, Result: wire.ReConfigDenied, HasTSNs: true, Sender: 6, Receiver: 7},
	}
	if d := cmp.Diff(want, got, cmp.Comparer(func(a, b wire.Addr) bool { return a == b })); d != "" {
		t.Error(d)
	}
}

// TestNumbersWrap: TSN, SSN and MID compare in serial arithmetic.
func TestNumbersWrap(t *testing.T) {
	if !wire.TSN(0xffffffff).Before(0) || wire.TSN(0).Before(0) || !wire.TSN(3).AtOrBefore(3) || wire.TSN(1).Sub(0xffffffff) != 2 || wire.TSN(0).Add(-1) != 0xffffffff {
		t.Error("TSN")
	}
	if !wire.SSN(0xffff).Before(0) || wire.SSN(0).Before(0xffff) || wire.SSN(5).Before(5) {
		t.Error("SSN")
	}
	if !wire.MID(0xffffffff).Before(0) || wire.MID(0).Before(0) {
		t.Error("MID")
	}
}

// TestChunksRoundTrip: chunks of any type and value, in any number, come back.
func TestChunksRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b wire.Chunks
		var want []wire.Chunk
		for range rapid.IntRange(0, 5).Draw(t, "chunks") {
			c := wire.Chunk{
				Type:  wire.ChunkType(rapid.Byte().Draw(t, "type")),
				Flags: wire.ChunkFlags(rapid.Byte().Draw(t, "flags")),
				Value: rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "value"),
			}
			b, want = c.Append(b), append(want, c)
		}
		var got []wire.Chunk
		for c, rest, ok := b.Next(); ok; c, rest, ok = rest.Next() {
			got = append(got, c)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatal(d)
		}
	})
}

// FuzzChunks: any octets can be read, and what was read and written again
// reads the same.
func FuzzChunks(f *testing.F) {
	f.Add([]byte(wire.AppendSACK(nil, 5, 1000, []wire.GapAckBlock{{2, 3}}, []wire.TSN{4})))
	f.Add([]byte{1, 0, 0, 20, 0, 0, 0, 1, 0, 0, 5, 220, 0, 1, 0, 1, 0, 0, 0, 2})
	f.Fuzz(func(t *testing.T, b []byte) {
		for c, rest, ok := wire.Chunks(b).Next(); ok; c, rest, ok = rest.Next() {
			first, _ := read(c)
			again, _, _ := c.Append(nil).Next()
			second, _ := read(again)
			if d := cmp.Diff(first, second); d != "" {
				t.Fatal(d)
			}
			if params, ok := c.Params(); ok {
				for p, rest, ok := params.Next(); ok; p, rest, ok = rest.Next() {
					p.Addr()
					p.Reset()
					p.ReConfigResponse()
				}
			}
		}
	})
}
