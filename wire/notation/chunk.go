package notation

import "simrun/wire"

// chunkNames is the chunk types as one word each: how faults and facts address
// a packet that holds one.
var chunkNames = [256]string{
	wire.ChunkData: "DATA", wire.ChunkInit: "INIT", wire.ChunkInitAck: "INIT_ACK", wire.ChunkSACK: "SACK",
	wire.ChunkHeartbeat: "HEARTBEAT", wire.ChunkHeartbeatAck: "HEARTBEAT_ACK", wire.ChunkAbort: "ABORT",
	wire.ChunkShutdown: "SHUTDOWN", wire.ChunkShutdownAck: "SHUTDOWN_ACK", wire.ChunkError: "ERROR",
	wire.ChunkCookieEcho: "COOKIE_ECHO", wire.ChunkCookieAck: "COOKIE_ACK", wire.ChunkECNE: "ECNE",
	wire.ChunkCWR: "CWR", wire.ChunkShutdownComplete: "SHUTDOWN_COMPLETE", wire.ChunkAuth: "AUTH",
	wire.ChunkNRSACK: "NR_SACK", wire.ChunkIData: "I_DATA", wire.ChunkASCONFAck: "ASCONF_ACK",
	wire.ChunkReConfig: "RE_CONFIG", wire.ChunkPad: "PAD", wire.ChunkForwardTSN: "FORWARD_TSN",
	wire.ChunkASCONF: "ASCONF", wire.ChunkIForwardTSN: "I_FORWARD_TSN",
}

// ChunkName is the one word for a type of chunk, "COOKIE_ECHO"; "CHUNK_63" for
// one that has no name.
func ChunkName(t wire.ChunkType) string {
	if name := chunkNames[t]; name != "" {
		return name
	}
	return "CHUNK_" + decimal(uint32(t))
}

// ChunkNames is the words of all types that have one, in the order of their
// numbers.
func ChunkNames() (all []string) {
	for _, name := range chunkNames {
		if name != "" {
			all = append(all, name)
		}
	}
	return all
}

// chunkNamed is the type that a word names.
func chunkNamed(name string) (wire.ChunkType, bool) {
	for t := range chunkNames {
		if ChunkName(wire.ChunkType(t)) == name {
			return wire.ChunkType(t), true
		}
	}
	return 0, false
}
