package pcap_test

import (
	"fmt"
	"testing"

	"simrun/internal/tshark"
	"simrun/wire"
	"simrun/wire/codec"
	"simrun/wire/pcap"
)

// chunks is a packet of each chunk type, and what Wireshark must call it.
func chunks() []wire.Chunks {
	address := wire.AppendAddr(nil, wire.MustParseAddr("192.168.1.122"))
	cookie := wire.Param{Type: wire.ParamStateCookie, Value: []byte("cookie")}
	value := func(t wire.ChunkType, v []byte) wire.Chunks { return wire.Chunk{Type: t, Value: v}.Append(nil) }
	params := wire.Param{Type: wire.ParamSupportedExtensions, Value: []byte{64, 130, 192}}.Append(address)
	params = wire.Param{Type: wire.ParamForwardTSNSupported}.Append(params)
	init := wire.Init{Tag: 1, ARwnd: 65535, OS: 10, MIS: 10, InitialTSN: 1, Params: params}
	initAck := wire.Init{Tag: 2, ARwnd: 65535, OS: 10, MIS: 10, InitialTSN: 1, Params: cookie.Append(address)}
	data := wire.Data{Flags: wire.FlagBegin | wire.FlagEnd | wire.FlagImmediate, TSN: 7, Stream: 1, Payload: []byte("hello")}
	idata := wire.Data{Interleaved: true, Flags: wire.FlagBegin, TSN: 8, Stream: 1, MID: 1, Payload: []byte("he")}
	rest := wire.Data{Interleaved: true, Flags: wire.FlagEnd, TSN: 9, Stream: 1, MID: 1, FSN: 1, Payload: []byte("llo")}
	heartbeat := wire.Param{Type: wire.ParamHeartbeatInfo, Value: []byte("nonce123")}.Append(nil)
	causes := wire.AppendInvalidStream(nil, 9)
	causes = wire.AppendMissing(causes, wire.ParamStateCookie)
	causes = wire.AppendCause32(causes, wire.CauseStaleCookie, 70000)
	causes = wire.AppendCause32(causes, wire.CauseNoUserData, 7)
	causes = wire.Cause{Code: wire.CauseOutOfResource}.Append(causes)
	asconf := wire.ASCONF{Serial: 1, Params: wire.Param{Type: wire.ParamAddAddress, Value: append([]byte{0, 0, 0, 1}, address...)}.Append(address)}
	reset := wire.AppendReset(nil, &wire.Reset{Type: wire.ParamOutgoingReset, Request: 1, Response: 2, LastTSN: 3}, []uint16{4})
	reset = wire.AppendReset(reset, &wire.Reset{Type: wire.ParamAddOutgoing, Request: 2, New: 5}, nil)
	answer := (&wire.ReConfigResponse{Response: 1, Result: wire.ReConfigPerformed}).Append(nil)
	return []wire.Chunks{
		init.Append(nil, wire.ChunkInit), initAck.Append(nil, wire.ChunkInitAck),
		data.Append(nil), idata.Append(nil), rest.Append(nil),
		wire.AppendSACK(nil, 5, 1000, []wire.GapAckBlock{{Start: 2, End: 3}}, []wire.TSN{4}),
		wire.AppendNRSACK(nil, 5, 1000, []wire.GapAckBlock{{Start: 2, End: 3}}, []wire.GapAckBlock{{Start: 5, End: 5}}, nil),
		value(wire.ChunkHeartbeat, heartbeat), value(wire.ChunkHeartbeatAck, heartbeat),
		value(wire.ChunkAbort, wire.Cause{Code: wire.CauseUserAbort, Value: []byte("why")}.Append(nil)),
		value(wire.ChunkError, causes),
		wire.AppendTSN(nil, wire.ChunkShutdown, 5), value(wire.ChunkShutdownAck, nil), value(wire.ChunkShutdownComplete, nil),
		value(wire.ChunkCookieEcho, []byte("cookie")), value(wire.ChunkCookieAck, nil),
		wire.AppendTSN(nil, wire.ChunkECNE, 5), wire.AppendTSN(nil, wire.ChunkCWR, 5),
		(&wire.Auth{KeyID: 1, HMACID: 1, HMAC: make([]byte, 20)}).Append(nil),
		asconf.Append(nil, wire.ChunkASCONF), (&wire.ASCONF{Serial: 1}).Append(nil, wire.ChunkASCONFAck),
		value(wire.ChunkReConfig, reset), value(wire.ChunkReConfig, answer), value(wire.ChunkPad, make([]byte, 8)),
		wire.AppendForwardTSN(nil, false, 9, []wire.Skip{{Stream: 1, SSN: 2}}),
		wire.AppendForwardTSN(nil, true, 9, []wire.Skip{{Stream: 1, MID: 2, Unordered: true}}),
	}
}

// TestTsharkSCTP: Wireshark reads every chunk as we meant it, and every
// checksum as good.
func TestTsharkSCTP(t *testing.T) {
	tshark.Require(t)
	c := codec.New()
	var all []pcap.Record
	var rows [][]string
	for i, b := range chunks() {
		data, err := c.Append(nil, &wire.Packet{Proto: wire.ProtoSCTP, SCTP: wire.SCTP{
			Net:     wire.Net{Src: wire.MustParseAddr("192.168.1.122"), Dst: wire.MustParseAddr("192.168.1.112"), TTL: 64},
			SrcPort: 49152, DstPort: 4500, Tag: 7, Chunks: b,
		}})
		if err != nil {
			t.Fatal(err)
		}
		chunk, _, _ := b.Next()
		all = append(all, pcap.Record{At: records(t)[0].At, Data: data})
		rows = append(rows, []string{fmt.Sprint(i + 1), fmt.Sprint(uint8(chunk.Type)), "1"})
	}
	file := capture(t, "sctp.pcapng", writeNG(t, meta, all))
	want(t, file, "_ws.malformed || _ws.short || _ws.expert.severity == error", nil, "frame.number", "_ws.expert.message")
	want(t, file, "", rows, "frame.number", "sctp.chunk_type", "sctp.checksum.status")
	want(t, file, "sctp.data_tsn_raw == 7", [][]string{{"0x0001", "0", "68656c6c6f"}}, "sctp.data_sid", "sctp.data_ssn", "data.data")
	want(t, file, "sctp.chunk_type == 3", [][]string{{"5", "1000", "2", "3", "4"}},
		"sctp.sack_cumulative_tsn_ack_raw", "sctp.sack_a_rwnd", "sctp.sack_gap_block_start", "sctp.sack_gap_block_end", "sctp.sack_duplicate_tsn")
	want(t, file, "sctp.chunk_type == 9", [][]string{{"0x0001,0x0002,0x0003,0x0009,0x0004", "70000"}}, "sctp.cause_code", "sctp.cause_measure_of_staleness")
}
