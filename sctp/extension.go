package sctp

import "simrun/wire"

// features is extensions of RFC 9260, a bit each.
type features uint8

const (
	partialReliability features = 1 << iota // RFC 3758
	reconfiguration                         // RFC 6525
)

// featureChunks is the chunks that show each feature, as a Supported
// Extensions parameter lists them (RFC 5061 4.2.7).
var featureChunks = [...]struct {
	of    features
	chunk wire.ChunkType
}{
	{partialReliability, wire.ChunkForwardTSN},
	{reconfiguration, wire.ChunkReConfig},
}

// features is the extensions that the configuration asks for.
func (c *Config) features() (f features) {
	if c.PartialReliability {
		f |= partialReliability
	}
	if c.Reconfiguration {
		f |= reconfiguration
	}
	return f
}

// has reports whether all of the given bits are set.
func (f features) has(bits features) bool { return f&bits == bits }

// append adds the parameters that offer the features in INIT and INIT ACK.
func (f features) append(params wire.Params) wire.Params {
	var chunks []byte
	for _, e := range featureChunks {
		if f.has(e.of) {
			chunks = append(chunks, byte(e.chunk))
		}
	}
	if len(chunks) > 0 {
		params = wire.Param{Type: wire.ParamSupportedExtensions, Value: chunks}.Append(params)
	}
	if f.has(partialReliability) { // RFC 3758 3.1
		params = wire.Param{Type: wire.ParamForwardTSNSupported}.Append(params)
	}
	return params
}

// offered is the features that a parameter of the peer's offers.
func offered(p wire.Param) (f features) {
	if p.Type == wire.ParamForwardTSNSupported {
		return partialReliability
	}
	if p.Type != wire.ParamSupportedExtensions {
		return 0
	}
	for _, t := range p.Value {
		for _, e := range featureChunks {
			if byte(e.chunk) == t {
				f |= e.of
			}
		}
	}
	return f
}

// agree settles on the features that both ends have.
func (a *Assoc) agree(peer features) { a.agreed = a.cfg.features() & peer }
