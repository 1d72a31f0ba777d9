package sctp

// Event is what can happen to an association. Calls come from the user,
// chunks from the peer, time-outs from the clock; the last group is raised by
// the association's own parts while they work on one of those.
type Event uint8

const (
	CallAssociate   Event = iota // ASSOCIATE
	CallSend                     // SEND
	CallShutdown                 // SHUTDOWN: graceful
	CallAbort                    // ABORT
	CallHeartbeat                // REQUESTHEARTBEAT
	CallReconfigure              // reset or add streams (RFC 6525)

	ChunkInit             // an INIT that can be answered
	ChunkInitRefused      // an INIT that asks for what cannot be, or adds addresses
	ChunkInitAck          // an INIT ACK
	ChunkInitAckRefused   // an INIT ACK that no association can be made of
	ChunkInitAckPoor      // an INIT ACK with too small a window
	CookieFresh           // a valid cookie, and there is no association
	CookieRestart         // RFC 9260 5.2.4 action A: the peer has restarted
	CookieCollision       // action B: both ends have started
	CookieLate            // action C: a cookie that a newer one has overtaken
	CookieKnown           // action D: the cookie of this very association
	CookieStale           // its life is over
	CookieUnknown         // not our MAC, or tags that fit nothing
	ChunkCookieAck        // COOKIE ACK
	ErrorStaleCookie      // ERROR: our cookie's life was over
	ChunkError            // any other ERROR
	ChunkData             // DATA or I-DATA
	ChunkNoUserData       // DATA without user data
	ChunkSACK             // SACK
	ChunkForwardTSN       // FORWARD-TSN, which both ends know
	ChunkReConfig         // RE-CONFIG, which both ends know
	ChunkShutdown         // SHUTDOWN
	ChunkShutdownAck      // SHUTDOWN ACK
	ChunkShutdownComplete // SHUTDOWN COMPLETE
	ChunkAbort            // ABORT
	ChunkHeartbeat        // HEARTBEAT
	ChunkHeartbeatAck     // HEARTBEAT ACK
	ChunkOther            // a chunk that only an association can take

	TimeoutT1Init
	TimeoutT1Cookie
	TimeoutT2Shutdown
	TimeoutT3        // T3-rtx of a path
	TimeoutT5        // T5-shutdown-guard
	TimeoutSACK      // the delayed SACK
	TimeoutHeartbeat // of a path
	TimeoutReconfig  // a request was not answered
	TimeoutAutoclose // RFC 6458 8.1.8: no user data for long

	ICMPProtocol // the peer's host does not know SCTP
	ICMPPath     // a router cannot reach an address

	Drained         // all DATA has been sent and acknowledged
	RetriesExceeded // Association.Max.Retrans or Max.Init.Retransmits

	numEvents
)

var eventNames = [...]string{
	CallAssociate: "CallAssociate", CallSend: "CallSend", CallShutdown: "CallShutdown", CallAbort: "CallAbort", CallHeartbeat: "CallHeartbeat", CallReconfigure: "CallReconfigure",
	ChunkInit: "ChunkInit", ChunkInitRefused: "ChunkInitRefused", ChunkInitAck: "ChunkInitAck",
	ChunkInitAckRefused: "ChunkInitAckRefused", ChunkInitAckPoor: "ChunkInitAckPoor", CookieFresh: "CookieFresh", CookieRestart: "CookieRestart",
	CookieCollision: "CookieCollision", CookieLate: "CookieLate", CookieKnown: "CookieKnown",
	CookieStale: "CookieStale", CookieUnknown: "CookieUnknown", ChunkCookieAck: "ChunkCookieAck",
	ErrorStaleCookie: "ErrorStaleCookie", ChunkError: "ChunkError", ChunkData: "ChunkData", ChunkNoUserData: "ChunkNoUserData", ChunkSACK: "ChunkSACK", ChunkForwardTSN: "ChunkForwardTSN", ChunkReConfig: "ChunkReConfig",
	ChunkShutdown: "ChunkShutdown", ChunkShutdownAck: "ChunkShutdownAck",
	ChunkShutdownComplete: "ChunkShutdownComplete", ChunkAbort: "ChunkAbort",
	ChunkHeartbeat: "ChunkHeartbeat", ChunkHeartbeatAck: "ChunkHeartbeatAck", ChunkOther: "ChunkOther",
	TimeoutT1Init: "TimeoutT1Init", TimeoutT1Cookie: "TimeoutT1Cookie", TimeoutT2Shutdown: "TimeoutT2Shutdown",
	TimeoutT3: "TimeoutT3", TimeoutT5: "TimeoutT5", TimeoutSACK: "TimeoutSACK",
	TimeoutHeartbeat: "TimeoutHeartbeat", TimeoutAutoclose: "TimeoutAutoclose", TimeoutReconfig: "TimeoutReconfig",
	ICMPProtocol: "ICMPProtocol", ICMPPath: "ICMPPath",
	Drained: "Drained", RetriesExceeded: "RetriesExceeded",
}

func (e Event) String() string {
	if e >= numEvents {
		return "no event"
	}
	return eventNames[e]
}

// Events is every event.
func Events() []Event {
	all := make([]Event, numEvents)
	for i := range all {
		all[i] = Event(i)
	}
	return all
}
