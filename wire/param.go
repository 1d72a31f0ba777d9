package wire

import "encoding/binary"

// Params is the parameters of a chunk as they travel (RFC 9260 3.2.1), for
// the same reasons as Chunks.
type Params []byte

// Param is one parameter as it stands in a chunk.
type Param struct {
	Type  ParamType
	Value []byte // without header and padding
}

// ParamType is the type of a parameter. Its two highest bits say what a
// receiver that does not know it must do (RFC 9260 3.2.1).
type ParamType uint16

const (
	ParamHeartbeatInfo        ParamType = 1
	ParamIPv4                 ParamType = 5
	ParamIPv6                 ParamType = 6
	ParamStateCookie          ParamType = 7
	ParamUnrecognized         ParamType = 8
	ParamCookiePreservative   ParamType = 9
	ParamHostName             ParamType = 11 // deprecated
	ParamSupportedAddresses   ParamType = 12
	ParamOutgoingReset        ParamType = 13     // RFC 6525 4.1
	ParamIncomingReset        ParamType = 14     // RFC 6525 4.2
	ParamTSNReset             ParamType = 15     // RFC 6525 4.3
	ParamReConfigResponse     ParamType = 16     // RFC 6525 4.4
	ParamAddOutgoing          ParamType = 17     // RFC 6525 4.5
	ParamAddIncoming          ParamType = 18     // RFC 6525 4.6
	ParamECNCapable           ParamType = 0x8000 // RFC 9260 appendix A
	ParamRandom               ParamType = 0x8002 // RFC 4895 3.1
	ParamChunkList            ParamType = 0x8003 // RFC 4895 3.2
	ParamHMACAlgorithms       ParamType = 0x8004 // RFC 4895 3.3
	ParamPadding              ParamType = 0x8005 // RFC 4820 4
	ParamSupportedExtensions  ParamType = 0x8008 // RFC 5061 4.2.7
	ParamForwardTSNSupported  ParamType = 0xc000 // RFC 3758 3.1
	ParamAddAddress           ParamType = 0xc001 // RFC 5061 4.2.1
	ParamDeleteAddress        ParamType = 0xc002 // RFC 5061 4.2.2
	ParamErrorCauseIndication ParamType = 0xc003 // RFC 5061 4.2.3
	ParamSetPrimary           ParamType = 0xc004 // RFC 5061 4.2.4
	ParamSuccessIndication    ParamType = 0xc005 // RFC 5061 4.2.5
	ParamAdaptation           ParamType = 0xc006 // RFC 5061 4.2.6
)

var paramNames = [...]struct {
	of   ParamType
	name string
}{
	{ParamHeartbeatInfo, "Heartbeat Info"},
	{ParamIPv4, "IPv4 Address"},
	{ParamIPv6, "IPv6 Address"},
	{ParamStateCookie, "State Cookie"},
	{ParamUnrecognized, "Unrecognized Parameter"},
	{ParamCookiePreservative, "Cookie Preservative"},
	{ParamHostName, "Host Name Address"},
	{ParamSupportedAddresses, "Supported Address Types"},
	{ParamOutgoingReset, "Outgoing SSN Reset Request"},
	{ParamIncomingReset, "Incoming SSN Reset Request"},
	{ParamTSNReset, "SSN/TSN Reset Request"},
	{ParamReConfigResponse, "Re-configuration Response"},
	{ParamAddOutgoing, "Add Outgoing Streams Request"},
	{ParamAddIncoming, "Add Incoming Streams Request"},
	{ParamECNCapable, "ECN Capable"},
	{ParamRandom, "Random"},
	{ParamChunkList, "Chunk List"},
	{ParamHMACAlgorithms, "Requested HMAC Algorithm"},
	{ParamPadding, "Padding"},
	{ParamSupportedExtensions, "Supported Extensions"},
	{ParamForwardTSNSupported, "Forward-TSN-Supported"},
	{ParamAddAddress, "Add IP Address"},
	{ParamDeleteAddress, "Delete IP Address"},
	{ParamErrorCauseIndication, "Error Cause Indication"},
	{ParamSetPrimary, "Set Primary Address"},
	{ParamSuccessIndication, "Success Indication"},
	{ParamAdaptation, "Adaptation Layer Indication"},
}

// Known reports whether the type has a name here.
func (t ParamType) Known() bool { return t.name() != "" }

func (t ParamType) name() string {
	for i := range paramNames {
		if paramNames[i].of == t {
			return paramNames[i].name
		}
	}
	return ""
}

// String is the parameter's name as the RFCs print it.
func (t ParamType) String() string {
	if name := t.name(); name != "" {
		return name
	}
	return "parameter " + decimal(uint64(t))
}

// Unknown is what to do with a parameter of this type that is not known.
func (t ParamType) Unknown() Unknown { return Unknown(t >> 14) }

// Next is the first parameter and what follows it. There is none when it
// returns false: they are over, or, when rest is not empty, what is left is no
// whole parameter.
func (b Params) Next() (p Param, rest Params, ok bool) {
	t, v, n, ok := nextTLV(b)
	return Param{ParamType(t), v}, b[n:], ok
}

// nextTLV reads what parameters and error causes have in common: a type, a
// length that counts the header and no padding, a value. n is what it takes,
// padding included.
func nextTLV(b []byte) (t uint16, v []byte, n int, ok bool) {
	if len(b) < ParamHeaderLen {
		return 0, nil, 0, false
	}
	n = int(get16(b[2:]))
	if n < ParamHeaderLen || n > len(b) {
		return 0, nil, 0, false
	}
	return get16(b), b[ParamHeaderLen:n:n], min(padded(n), len(b)), true
}

// Find is the first parameter of a type.
func (b Params) Find(t ParamType) (v []byte, ok bool) {
	for p, rest, more := b.Next(); more; p, rest, more = rest.Next() {
		if p.Type == t {
			return p.Value, true
		}
	}
	return nil, false
}

// Addr reads an address parameter; false if it is none, or not as long as one.
func (p Param) Addr() (Addr, bool) {
	switch {
	case p.Type == ParamIPv4 && len(p.Value) == 4:
		return AddrFrom4([4]byte(p.Value)), true
	case p.Type == ParamIPv6 && len(p.Value) == 16:
		return AddrFrom16([16]byte(p.Value)), true
	}
	return Addr{}, false
}

// Append adds the parameter. Padding comes before the next one, not after the
// last, for a chunk's length counts the one and not the other (RFC 9260 3.2.1).
func (p Param) Append(b Params) Params {
	return appendTLV(b, uint16(p.Type), p.Value)
}

func appendTLV(b []byte, t uint16, v []byte) []byte {
	b = put16(put16(pad(b, 0), t), uint16(ParamHeaderLen+len(v)))
	return append(b, v...)
}

// AppendAddr adds an address parameter.
func AppendAddr(b Params, a Addr) Params {
	raw := a.As16()
	if a.Is4() {
		return Param{ParamIPv4, raw[12:]}.Append(b)
	}
	return Param{ParamIPv6, raw[:]}.Append(b)
}

// Append32 adds a parameter whose value is one 32-bit number.
func Append32(b Params, t ParamType, n uint32) Params {
	var v [4]byte
	binary.BigEndian.PutUint32(v[:], n)
	return Param{t, v[:]}.Append(b)
}

// Uint32 reads a parameter whose value begins with a 32-bit number.
func (p Param) Uint32() (uint32, bool) {
	if len(p.Value) < 4 {
		return 0, false
	}
	return get32(p.Value), true
}

// Reset is a re-configuration request about streams (RFC 6525 4.1 to 4.3, 4.5,
// 4.6). Which members count is the parameter type's to say.
type Reset struct {
	Type     ParamType
	Request  uint32 // request sequence number
	Response uint32 // outgoing reset: the incoming reset that it answers
	LastTSN  TSN    // outgoing reset: the sender's last assigned TSN
	New      uint16 // how many streams to add
	streams  []byte
}

// Len is how many streams are named; none means all of them.
func (r *Reset) Len() int { return len(r.streams) / 2 }

// Stream is the ith stream named.
func (r *Reset) Stream(i int) uint16 { return get16(r.streams[2*i:]) }

// Reset reads a request; false if it is none, or not as long as one can be.
func (p Param) Reset() (r Reset, ok bool) {
	v := p.Value
	r.Type = p.Type
	if len(v) < 4 {
		return r, false
	}
	r.Request = get32(v)
	switch p.Type {
	case ParamOutgoingReset:
		if len(v) < 12 || len(v)%2 != 0 {
			return r, false
		}
		r.Response, r.LastTSN, r.streams = get32(v[4:]), TSN(get32(v[8:])), v[12:]
	case ParamIncomingReset:
		if len(v)%2 != 0 {
			return r, false
		}
		r.streams = v[4:]
	case ParamTSNReset:
		return r, len(v) == 4
	case ParamAddOutgoing, ParamAddIncoming:
		if len(v) != 8 {
			return r, false
		}
		r.New = get16(v[4:])
	default:
		return r, false
	}
	return r, true
}

// AppendReset adds a request that names the streams given.
func AppendReset(b Params, r *Reset, streams []uint16) Params {
	b = pad(b, 0)
	at := len(b)
	b = put32(put16(put16(b, uint16(r.Type)), 0), r.Request)
	switch r.Type {
	case ParamOutgoingReset:
		b = put32(put32(b, r.Response), uint32(r.LastTSN))
	case ParamAddOutgoing, ParamAddIncoming:
		b = put16(put16(b, r.New), 0)
	}
	for _, s := range streams {
		b = put16(b, s)
	}
	binary.BigEndian.PutUint16(b[at+2:], uint16(len(b)-at))
	return b
}

// ReConfigResponse is the answer to a request (RFC 6525 4.4).
type ReConfigResponse struct {
	Response uint32
	Result   ReConfigResult
	HasTSNs  bool // an SSN/TSN reset: the next TSN of either end
	Sender   TSN
	Receiver TSN
}

// ReConfigResult is how a request was taken.
type ReConfigResult uint32

const (
	ReConfigNothing    ReConfigResult = iota // success, nothing to do
	ReConfigPerformed                        // success
	ReConfigDenied                           //
	ReConfigWrongSSN                         // error: wrong SSN
	ReConfigInProgress                       // error: request already in progress
	ReConfigBadRequest                       // error: bad sequence number
	ReConfigLater                            // in progress
)

// ReConfigResponse reads an answer.
func (p Param) ReConfigResponse() (r ReConfigResponse, ok bool) {
	v := p.Value
	if p.Type != ParamReConfigResponse || len(v) != 8 && len(v) != 16 {
		return r, false
	}
	r.Response, r.Result = get32(v), ReConfigResult(get32(v[4:]))
	if r.HasTSNs = len(v) == 16; r.HasTSNs {
		r.Sender, r.Receiver = TSN(get32(v[8:])), TSN(get32(v[12:]))
	}
	return r, true
}

// Append adds the answer.
func (r *ReConfigResponse) Append(b Params) Params {
	n := uint16(12)
	if r.HasTSNs {
		n = 20
	}
	b = put16(put16(pad(b, 0), uint16(ParamReConfigResponse)), n)
	b = put32(put32(b, r.Response), uint32(r.Result))
	if r.HasTSNs {
		b = put32(put32(b, uint32(r.Sender)), uint32(r.Receiver))
	}
	return b
}
