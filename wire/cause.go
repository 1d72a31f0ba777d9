package wire

// Causes is the error causes of an ABORT or ERROR chunk as they travel
// (RFC 9260 3.3.10).
type Causes []byte

// Cause is one error cause as it stands in a chunk.
type Cause struct {
	Code  CauseCode
	Value []byte // without header and padding
}

// CauseCode says what an error was.
type CauseCode uint16

const (
	CauseInvalidStream          CauseCode = 1      // RFC 9260 3.3.10.1: stream, reserved
	CauseMissingParameter       CauseCode = 2      // 3.3.10.2: count, types
	CauseStaleCookie            CauseCode = 3      // 3.3.10.3: microseconds
	CauseOutOfResource          CauseCode = 4      // 3.3.10.4
	CauseUnresolvableAddress    CauseCode = 5      // 3.3.10.5: the parameter
	CauseUnrecognizedChunk      CauseCode = 6      // 3.3.10.6: the chunk
	CauseInvalidParameter       CauseCode = 7      // 3.3.10.7
	CauseUnrecognizedParameters CauseCode = 8      // 3.3.10.8: the parameters
	CauseNoUserData             CauseCode = 9      // 3.3.10.9: the TSN
	CauseCookieWhileShutdown    CauseCode = 10     // 3.3.10.10
	CauseRestartNewAddresses    CauseCode = 11     // 3.3.10.11: the addresses
	CauseUserAbort              CauseCode = 12     // 3.3.10.12: the user's reason
	CauseProtocolViolation      CauseCode = 13     // 3.3.10.13: what was wrong
	CauseDeleteLastAddress      CauseCode = 0x00a0 // RFC 5061 4.3
	CauseResourceShortage       CauseCode = 0x00a1
	CauseDeleteSourceAddress    CauseCode = 0x00a2
	CauseIllegalASCONFAck       CauseCode = 0x00a3
	CauseNoAuthorization        CauseCode = 0x00a4
	CauseUnsupportedHMAC        CauseCode = 0x0105 // RFC 4895 4
)

var causeNames = [...]struct {
	of   CauseCode
	name string
}{
	{CauseInvalidStream, "Invalid Stream Identifier"},
	{CauseMissingParameter, "Missing Mandatory Parameter"},
	{CauseStaleCookie, "Stale Cookie"},
	{CauseOutOfResource, "Out of Resource"},
	{CauseUnresolvableAddress, "Unresolvable Address"},
	{CauseUnrecognizedChunk, "Unrecognized Chunk Type"},
	{CauseInvalidParameter, "Invalid Mandatory Parameter"},
	{CauseUnrecognizedParameters, "Unrecognized Parameters"},
	{CauseNoUserData, "No User Data"},
	{CauseCookieWhileShutdown, "Cookie Received While Shutting Down"},
	{CauseRestartNewAddresses, "Restart of an Association with New Addresses"},
	{CauseUserAbort, "User-Initiated Abort"},
	{CauseProtocolViolation, "Protocol Violation"},
	{CauseDeleteLastAddress, "Request to Delete Last Remaining IP Address"},
	{CauseResourceShortage, "Operation Refused Due to Resource Shortage"},
	{CauseDeleteSourceAddress, "Request to Delete Source IP Address"},
	{CauseIllegalASCONFAck, "Association Aborted Due to Illegal ASCONF-ACK"},
	{CauseNoAuthorization, "Request Refused - No Authorization"},
	{CauseUnsupportedHMAC, "Unsupported HMAC Identifier"},
}

// String is the cause's name as the RFCs print it.
func (c CauseCode) String() string {
	for i := range causeNames {
		if causeNames[i].of == c {
			return causeNames[i].name
		}
	}
	return "cause " + decimal(uint64(c))
}

// Next is the first cause and what follows it, as Params.Next has it.
func (b Causes) Next() (c Cause, rest Causes, ok bool) {
	code, v, n, ok := nextTLV(b)
	return Cause{CauseCode(code), v}, b[n:], ok
}

// Find is the first cause with a code.
func (b Causes) Find(code CauseCode) (v []byte, ok bool) {
	for c, rest, more := b.Next(); more; c, rest, more = rest.Next() {
		if c.Code == code {
			return c.Value, true
		}
	}
	return nil, false
}

// Append adds the cause, padded as Param.Append has it.
func (c Cause) Append(b Causes) Causes { return appendTLV(b, uint16(c.Code), c.Value) }

// Uint32 reads a cause whose value begins with a 32-bit number: the staleness
// of a cookie, the TSN without user data.
func (c Cause) Uint32() (uint32, bool) { return Param{Value: c.Value}.Uint32() }

// AppendCause32 adds a cause whose value is one 32-bit number.
func AppendCause32(b Causes, code CauseCode, n uint32) Causes {
	return Causes(Append32(Params(b), ParamType(code), n))
}

// AppendInvalidStream adds the cause for a stream that there is none of.
func AppendInvalidStream(b Causes, stream uint16) Causes {
	return AppendCause32(b, CauseInvalidStream, uint32(stream)<<16)
}

// AppendMissing adds the cause for parameters that had to be there.
func AppendMissing(b Causes, types ...ParamType) Causes {
	b = put16(put16(pad(b, 0), uint16(CauseMissingParameter)), uint16(ParamHeaderLen+4+2*len(types)))
	b = put32(b, uint32(len(types)))
	for _, t := range types {
		b = put16(b, uint16(t))
	}
	return b
}
