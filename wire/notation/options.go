package notation

import (
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"simrun/wire"
)

// optMD5 is the signature of RFC 2385, which simrun only carries.
const optMD5 wire.OptionKind = 19

// fastOpenMagic marks Fast Open in the shared experimental option (RFC 6994).
const fastOpenMagic = 0xf989

// Options is the options in packetdrill's words: "<mss 1460,nop,wscale 7>". An
// option that has no word, or not the length that its word implies, is its kind,
// its length octet as it stands and its data: "200 len 4 0a0b". Its kind alone
// lacks the length octet. What follows an end-of-list option and is not zero is
// "raw" octets. No options at all are "<>".
func Options(o *wire.Options, base Base) string {
	var words []string
	for opt, next, ok := o.Next(0); ok; opt, next, ok = o.Next(next) {
		if opt.Kind == wire.OptEnd {
			words = append(words, afterEnd(o)...)
			break
		}
		words = append(words, option(opt, base))
	}
	return "<" + strings.Join(words, ",") + ">"
}

// afterEnd is the end-of-list option and what stands behind it.
func afterEnd(o *wire.Options) (words []string) {
	rest := o.Bytes()[endOf(o):]
	for i, b := range rest {
		if b != 0 {
			return append(words, "raw "+hex.EncodeToString(rest[i:]))
		}
		words = append(words, "eol")
	}
	return words
}

// endOf is the offset of the end-of-list option.
func endOf(o *wire.Options) int {
	at := 0
	for opt, next, ok := o.Next(at); ok && opt.Kind != wire.OptEnd; opt, next, ok = o.Next(at) {
		at = next
	}
	return at
}

func option(opt wire.Option, base Base) string {
	d := opt.Data
	if opt.Malformed {
		return malformed(opt)
	}
	switch n := len(d); {
	case opt.Kind == wire.OptNop:
		return "nop"
	case opt.Kind == wire.OptMSS && n == 2:
		return "mss " + decimal(uint32(binary.BigEndian.Uint16(d)))
	case opt.Kind == wire.OptWindowScale && n == 1:
		return "wscale " + decimal(uint32(d[0]))
	case opt.Kind == wire.OptSACKPermitted && n == 0:
		return "sackOK"
	case opt.Kind == wire.OptSACK && n > 0 && n%8 == 0:
		return sack(d, base)
	case opt.Kind == wire.OptTimestamps && n == 8:
		return "TS val " + decimal(binary.BigEndian.Uint32(d)) + " ecr " + decimal(binary.BigEndian.Uint32(d[4:]))
	case opt.Kind == wire.OptUserTimeout && n == 2:
		return userTimeout(binary.BigEndian.Uint16(d))
	case opt.Kind == optMD5:
		return octets("md5", d)
	case opt.Kind == wire.OptFastOpen:
		return octets("FO", d)
	case opt.Kind == wire.OptExperiment2 && n >= 2 && binary.BigEndian.Uint16(d) == fastOpenMagic:
		return octets("FOEXP", d[2:])
	}
	return octets(decimal(uint32(opt.Kind))+" len "+strconv.Itoa(len(d)+2), d)
}

// malformed is the kind, and the length octet that is wrong if there is one.
func malformed(opt wire.Option) string {
	kind := decimal(uint32(opt.Kind))
	if len(opt.Data) == 0 {
		return kind
	}
	return octets(kind+" len "+decimal(uint32(opt.Data[0])), opt.Data[1:])
}

// userTimeout is "uto 30s" or "uto 5m": the first bit says minutes (RFC 5482 3).
func userTimeout(v uint16) string {
	if v>>15 == 1 {
		return "uto " + decimal(uint32(v&0x7fff)) + "m"
	}
	return "uto " + decimal(uint32(v)) + "s"
}

func sack(d []byte, base Base) string {
	s := "sack"
	for ; len(d) > 0; d = d[8:] {
		left, right := wire.Seq(binary.BigEndian.Uint32(d)), wire.Seq(binary.BigEndian.Uint32(d[4:]))
		s += " " + number(left, base.Ack) + ":" + number(right, base.Ack)
	}
	return s
}

// octets is a word with octets behind it, if there are any.
func octets(word string, d []byte) string {
	if len(d) == 0 {
		return word
	}
	return word + " " + hex.EncodeToString(d)
}

func decimal(v uint32) string { return strconv.FormatUint(uint64(v), 10) }
