package tcp

import "simrun/wire"

// OptionOrder is how the options of a SYN follow each other, MSS being the
// first. RFC 9293 3.1 leaves it open (MUST-64: receivers take any), so each
// system has its own, and is told by it.
type OptionOrder uint8

const (
	Aligned    OptionOrder = iota // window scale, SACK, timestamps; NOPs before each
	SACKFirst                     // SACK and timestamps in twelve octets, then window scale
	ScaleFirst                    // window scale, SACK, timestamps; NOPs where needed, EOL behind
)

// synOptions is what a SYN offers besides its MSS.
type synOptions struct {
	scale, sack, stamp bool
	shift              uint8
	val, ecr           uint32
}

func (f *synOptions) write(o *wire.Options, order OptionOrder) {
	switch order {
	case SACKFirst:
		f.sackFirst(o)
	case ScaleFirst:
		f.scaleFirst(o)
	default:
		f.writeScale(o)
		if f.sack {
			o.AddNop(2)
			o.AddSACKPermitted()
		}
		if f.stamp {
			o.AddNop(2)
			o.AddTimestamps(f.val, f.ecr)
		}
	}
}

func (f *synOptions) writeScale(o *wire.Options) {
	if f.scale {
		o.AddNop(1)
		o.AddWindowScale(f.shift)
	}
}

// sackFirst lets SACK-permitted fill the two octets before the timestamps, or
// NOPs where one of both is missing.
func (f *synOptions) sackFirst(o *wire.Options) {
	if f.sack != f.stamp {
		o.AddNop(2)
	}
	if f.sack {
		o.AddSACKPermitted()
	}
	if f.stamp {
		o.AddTimestamps(f.val, f.ecr)
	}
	f.writeScale(o)
}

// scaleFirst aligns the timestamps alone, and the end.
func (f *synOptions) scaleFirst(o *wire.Options) {
	f.writeScale(o)
	if f.sack {
		o.AddSACKPermitted()
	}
	if f.stamp {
		o.AddNop((2 - o.Len()) & 3)
		o.AddTimestamps(f.val, f.ecr)
	}
	for o.Len()&3 != 0 {
		o.AddRaw(byte(wire.OptEnd))
	}
}
