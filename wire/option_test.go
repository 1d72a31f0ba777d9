package wire_test

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"simrun/wire"
)

// TestOptionsKnown adds each option that has a method, and reads it with its
// reader and with Next.
func TestOptionsKnown(t *testing.T) {
	blocks := []wire.SACKBlock{{Left: 1, Right: 3}, {Left: 0xffffffff, Right: 7}}
	for _, c := range []struct {
		name  string
		add   func(*wire.Options) bool
		want  string
		check func(*wire.Options) bool
	}{
		{"MSS", func(o *wire.Options) bool { return o.AddMSS(1460) }, "\x02\x04\x05\xb4",
			func(o *wire.Options) bool { v, ok := o.MSS(); return ok && v == 1460 }},
		{"window scale", func(o *wire.Options) bool { return o.AddWindowScale(7) }, "\x03\x03\x07",
			func(o *wire.Options) bool { v, ok := o.WindowScale(); return ok && v == 7 }},
		{"SACK permitted", func(o *wire.Options) bool { return o.AddSACKPermitted() }, "\x04\x02",
			(*wire.Options).SACKPermitted},
		{"SACK", func(o *wire.Options) bool { return o.AddSACK(blocks) == 2 },
			"\x05\x12\x00\x00\x00\x01\x00\x00\x00\x03\xff\xff\xff\xff\x00\x00\x00\x07",
			func(o *wire.Options) bool {
				got, n := o.SACK()
				return n == 2 && got[0] == blocks[0] && got[1] == blocks[1]
			}},
		{"timestamps", func(o *wire.Options) bool { return o.AddTimestamps(1, 0xffffffff) },
			"\x08\x0a\x00\x00\x00\x01\xff\xff\xff\xff",
			func(o *wire.Options) bool {
				val, ecr, ok := o.Timestamps()
				return ok && val == 1 && ecr == 0xffffffff
			}},
		{"user timeout in minutes", func(o *wire.Options) bool { return o.AddUserTimeout(true, 0xffff) }, "\x1c\x04\xff\xff",
			func(o *wire.Options) bool {
				minutes, v, ok := o.UserTimeout()
				return ok && minutes && v == 0x7fff
			}},
		{"user timeout in seconds", func(o *wire.Options) bool { return o.AddUserTimeout(false, 30) }, "\x1c\x04\x00\x1e",
			func(o *wire.Options) bool {
				minutes, v, ok := o.UserTimeout()
				return ok && !minutes && v == 30
			}},
		{"fast open cookie", func(o *wire.Options) bool { return o.AddFastOpen([]byte{1, 2, 3, 4}) }, "\x22\x06\x01\x02\x03\x04",
			func(o *wire.Options) bool { d, ok := o.FastOpen(); return ok && len(d) == 4 && d[3] == 4 }},
		{"fast open request", func(o *wire.Options) bool { return o.AddFastOpen(nil) }, "\x22\x02",
			func(o *wire.Options) bool { d, ok := o.FastOpen(); return ok && len(d) == 0 }},
		{"unknown", func(o *wire.Options) bool { return o.Add(200, 9) }, "\xc8\x03\x09",
			func(o *wire.Options) bool { d, ok := o.Find(200); return ok && d[0] == 9 }},
		{"nop and end", func(o *wire.Options) bool { o.AddNop(2); return o.Add(wire.OptEnd, 1) }, "\x01\x01\x00",
			func(o *wire.Options) bool { return o.PaddedLen() == 4 }},
	} {
		var o wire.Options
		if c.check(&o) {
			t.Errorf("%s: found where there are no options", c.name)
		}
		if !c.add(&o) || string(o.Bytes()) != c.want || o.Len() != len(c.want) {
			t.Errorf("%s: %x, want %x", c.name, o.Bytes(), c.want)
		}
		if !c.check(&o) {
			t.Errorf("%s: not read from %x", c.name, o.Bytes())
		}
	}
}

// TestOptionsNext walks over octets as they may come.
func TestOptionsNext(t *testing.T) {
	type opt = wire.Option
	for _, c := range []struct {
		octets string
		want   []opt
	}{
		{"", nil},
		{"\x01\x01", []opt{{Kind: 1}, {Kind: 1}}},
		{"\x01\x00\x02\x04\x05\xb4", []opt{{Kind: 1}, {Kind: 0}}}, // nothing is read after the end
		{"\x04\x02\x02\x04\x05\xb4", []opt{{Kind: 4, Data: []byte{}}, {Kind: 2, Data: []byte{5, 180}}}},
		{"\xc8\x03\x09\x01", []opt{{Kind: 200, Data: []byte{9}}, {Kind: 1}}},
		{"\x01\x02", []opt{{Kind: 1}, {Kind: 2, Data: []byte{}, Malformed: true}}},                    // no length
		{"\x02\x00\x05\xb4", []opt{{Kind: 2, Data: []byte{0, 5, 180}, Malformed: true}}},              // length 0 would loop
		{"\x02\x01\x05\xb4", []opt{{Kind: 2, Data: []byte{1, 5, 180}, Malformed: true}}},              // the length counts itself
		{"\x02\x05\x05\xb4", []opt{{Kind: 2, Data: []byte{5, 5, 180}, Malformed: true}}},              // past the end
		{"\x01\x02\xff\x01", []opt{{Kind: 1}, {Kind: 2, Data: []byte{255, 1}, Malformed: true}}},      // far past the end
		{"\x02\x03\x05\x01", []opt{{Kind: 2, Data: []byte{5}}, {Kind: 1}}},                            // well-formed, of no known length
		{"\x05\x04\x00\x00\x04\x02", []opt{{Kind: 5, Data: []byte{0, 0}}, {Kind: 4, Data: []byte{}}}}, // half a block
	} {
		o, ok := wire.OptionsFromBytes([]byte(c.octets))
		if !ok {
			t.Fatalf("%x does not fit", c.octets)
		}
		var got []opt
		for opt, next, more := o.Next(0); more; opt, next, more = o.Next(next) {
			got = append(got, opt)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%x (-want +got):\n%s", c.octets, diff)
		}
	}
}

// TestOptionsWrongLength: a known kind with another length than its own is not
// what it claims to be, and a malformed one is not found.
func TestOptionsWrongLength(t *testing.T) {
	for _, octets := range []string{
		"\x02\x03\x05", "\x02\x05\x05\xb4\x00", "\x02\x04\x05", "\x03\x02", "\x03\x04\x07\x07", "\x04\x03\x00",
		"\x05\x0b\x00\x00\x00\x01\x00\x00\x00\x03\x00", "\x05\x02", "\x08\x09\x00\x00\x00\x01\x00\x00\x00",
		"\x1c\x03\x00", "\x22\x03\x01", "\x22\x04\x01\x02", "\x22\x05\x01\x02\x03", "\x22\x14" + string(make([]byte, 18)),
	} {
		o, _ := wire.OptionsFromBytes([]byte(octets))
		_, mss := o.MSS()
		_, wscale := o.WindowScale()
		_, _, ts := o.Timestamps()
		_, _, uto := o.UserTimeout()
		_, fo := o.FastOpen()
		_, blocks := o.SACK()
		if mss || wscale || ts || uto || fo || o.SACKPermitted() || blocks > 0 {
			t.Errorf("%x is read as an option of the right length", octets)
		}
	}
}

// TestOptionsFirstWins: a kind that comes twice counts the first time.
func TestOptionsFirstWins(t *testing.T) {
	o, _ := wire.OptionsFromBytes([]byte("\x02\x04\x05\xb4\x02\x04\x00\x01"))
	if v, ok := o.MSS(); !ok || v != 1460 {
		t.Errorf("MSS = %d, %v; want 1460", v, ok)
	}
}

// TestOptionsFull: what has no room is refused, and nothing of it is written.
func TestOptionsFull(t *testing.T) {
	if _, ok := wire.OptionsFromBytes(make([]byte, wire.MaxOptionsLen+1)); ok {
		t.Error("41 octets of options are taken")
	}
	for left := range 10 {
		var o wire.Options
		o.AddNop(wire.MaxOptionsLen - left)
		before := bytes.Clone(o.Bytes())
		if fits := o.AddTimestamps(1, 2); fits || !bytes.Equal(o.Bytes(), before) {
			t.Errorf("timestamps fit in %d octets: %v", left, fits)
		}
		if n := o.AddSACK(make([]wire.SACKBlock, 4)); n != 0 || !bytes.Equal(o.Bytes(), before) {
			t.Errorf("%d SACK blocks fit in %d octets", n, left)
		}
	}
	var o wire.Options
	o.AddNop(2)
	o.AddTimestamps(1, 2)
	if n := o.AddSACK(make([]wire.SACKBlock, 5)); n != 3 || o.Len() != 38 {
		t.Errorf("%d SACK blocks beside timestamps in %d octets, want 3 in 38", n, o.Len())
	}
	o.AddNop(9) // as many as there is room for
	if o.Len() != wire.MaxOptionsLen {
		t.Errorf("%d octets, want %d", o.Len(), wire.MaxOptionsLen)
	}
}

// TestOptionsAnyOctets: Next goes over any octets, always forward, and what it
// returns is all that is there up to the end of the list.
func TestOptionsAnyOctets(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		octets := rapid.SliceOfN(rapid.Byte(), 0, wire.MaxOptionsLen).Draw(t, "octets")
		o, _ := wire.OptionsFromBytes(octets)
		var again wire.Options
		at := 0
		for opt, next, more := o.Next(at); more; opt, next, more = o.Next(at) {
			if next <= at || next > o.Len() {
				t.Fatalf("from offset %d to %d of %d", at, next, o.Len())
			}
			if at = next; opt.Malformed {
				again.AddRaw(append([]byte{byte(opt.Kind)}, opt.Data...)...)
			} else {
				again.Add(opt.Kind, opt.Data...)
			}
		}
		if !bytes.HasPrefix(octets, again.Bytes()) || at != len(octets) {
			t.Fatalf("%x is read as %x", octets, again.Bytes())
		}
		if again.Len() < len(octets) && octets[again.Len()-1] != 0 {
			t.Fatalf("%x: reading ends at %d, not at an end-of-list option", octets, again.Len())
		}
	})
}

// FuzzOptions reads every option of any octets.
func FuzzOptions(f *testing.F) {
	f.Add([]byte("\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02\x08\x0a\x00\x00\x00\x01\x00\x00\x00\x00"))
	f.Add([]byte("\x05\x12\x00\x00\x00\x01\x00\x00\x00\x03\x02\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, ok := wire.OptionsFromBytes(b)
		if ok != (len(b) <= wire.MaxOptionsLen) || ok && !bytes.Equal(o.Bytes(), b) {
			t.Fatalf("%x: %x, %v", b, o.Bytes(), ok)
		}
		o.MSS()
		o.WindowScale()
		o.Timestamps()
		o.UserTimeout()
		if _, n := o.SACK(); n > wire.MaxSACKBlocks {
			t.Fatalf("%x: %d SACK blocks", b, n)
		}
		if d, _ := o.FastOpen(); len(d) > 16 {
			t.Fatalf("%x: a cookie of %d octets", b, len(d))
		}
	})
}
