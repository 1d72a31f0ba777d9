package pcap_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"simrun/clock"
	"simrun/wire"
	"simrun/wire/pcap"
)

var update = flag.Bool("update", false, "write the golden files")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("..", "..", "testdata", "pcap", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs: %d octets, want %d. If the new capture is right: go test -update", file, len(got), len(want))
	}
}

func TestGolden(t *testing.T) {
	all := records(t)
	golden(t, "samples.pcapng", writeNG(t, meta, all))
	golden(t, "samples.pcap", writeClassic(t, all))
}

// TestHeaders spells the smallest files out, octet by octet.
func TestHeaders(t *testing.T) {
	r := pcap.Record{At: 1, Data: []byte{0xaa, 0xbb}, OrigLen: 3}
	if diff := cmp.Diff([]byte("\x4d\x3c\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x65\x00\x00\x00"+
		"\x00\xe1\x0b\x5e\x01\x00\x00\x00\x02\x00\x00\x00\x03\x00\x00\x00\xaa\xbb"), writeClassic(t, []pcap.Record{r})); diff != "" {
		t.Errorf("classic (-want +got):\n%s", diff)
	}
	r.Comment = "c"
	if diff := cmp.Diff([]byte("\x0a\x0d\x0d\x0a\x2c\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"+
		"\x04\x00\x06\x00simrun\x00\x00\x00\x00\x00\x00\x2c\x00\x00\x00"+
		"\x01\x00\x00\x00\x20\x00\x00\x00\x65\x00\x00\x00\x00\x00\x04\x00\x09\x00\x01\x00\x09\x00\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00"+
		"\x06\x00\x00\x00\x38\x00\x00\x00\x00\x00\x00\x00\x35\x9a\xe5\x15\x01\x00\x8a\xb9\x02\x00\x00\x00\x03\x00\x00\x00\xaa\xbb\x00\x00"+
		"\x01\x00\x01\x00c\x00\x00\x00\x02\x00\x04\x00\x01\x00\x00\x00\x00\x00\x00\x00\x38\x00\x00\x00"),
		writeNG(t, pcap.Meta{Interfaces: make([]pcap.Interface, 1)}, []pcap.Record{r})); diff != "" {
		t.Errorf("pcapng (-want +got):\n%s", diff)
	}
}

func TestEpoch(t *testing.T) {
	file, err := pcap.Read(bytes.NewReader(writeNG(t, meta, []pcap.Record{{At: clock.At(90 * time.Minute)}})))
	if err != nil {
		t.Fatal(err)
	}
	if got := file.Records[0].At; got != clock.At(90*time.Minute) || pcap.Epoch.UnixNano() != 1577836800e9 {
		t.Errorf("read %v, epoch %v", got, pcap.Epoch)
	}
}

var values = cmp.AllowUnexported(wire.Addr{})

func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 50 {
		var all, plain []pcap.Record
		for range rnd.IntN(20) {
			r := pcap.Record{
				At: clock.Time(rnd.Int64N(1 << 60)), Interface: rnd.IntN(2), Data: make([]byte, rnd.IntN(2000)),
				Comment: strings.Repeat("é✗\n", rnd.IntN(20)), Outbound: rnd.IntN(2) == 0,
			}
			for i := range r.Data {
				r.Data[i] = byte(rnd.Uint32())
			}
			r.OrigLen = len(r.Data) + rnd.IntN(3)
			all = append(all, r)
			plain = append(plain, pcap.Record{At: r.At, Data: r.Data, OrigLen: r.OrigLen})
		}
		ng, err := pcap.Read(iotest.OneByteReader(bytes.NewReader(writeNG(t, meta, all))))
		if err != nil {
			t.Fatal(err)
		}
		sameFile(t, ng, &pcap.File{Meta: meta, NG: true, Records: all})
		classic, err := pcap.Read(bytes.NewReader(writeClassic(t, plain)))
		if err != nil {
			t.Fatal(err)
		}
		sameFile(t, classic, &pcap.File{Records: plain})
	}
}

func sameFile(t *testing.T, got, want *pcap.File) {
	t.Helper()
	empty := cmp.Transformer("octets", func(b []byte) string { return string(b) })
	if diff := cmp.Diff(want, got, values, empty); diff != "" {
		t.Fatalf("differs (-want +got):\n%s", diff)
	}
}

// TestForeign reads the other octet order and coarser clocks.
func TestForeign(t *testing.T) {
	classic := binary.BigEndian.AppendUint32(nil, 0xa1b2c3d4)
	classic = append(classic, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 0, 0, 0, 101)
	classic = binary.BigEndian.AppendUint32(classic, 1577836801)
	classic = append(classic, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, 9, 0xaa)
	sameFile(t, mustRead(t, classic), &pcap.File{Records: []pcap.Record{{At: 1000005000, Data: []byte{0xaa}, OrigLen: 9}}})

	for _, c := range []struct {
		name  string
		res   []byte // the options of the interface
		count uint64
		want  clock.Time
	}{
		{"microseconds by default", nil, 1577836801000005, 1000005000},
		{"milliseconds", []byte{0, 9, 0, 1, 3, 0, 0, 0}, 1577836800007, 7000000},
		{"picoseconds, after 1970", []byte{0, 9, 0, 1, 12, 0, 0, 0}, 2500, 2 - 1577836800e9},
		{"halves", []byte{0, 9, 0, 1, 0x81, 0, 0, 0}, 2*1577836800 + 1, 5e8},
		{"binary, large", []byte{0, 9, 0, 1, 0x80 + 32, 0, 0, 0}, 1577836800<<32 + 1<<31, 5e8},
	} {
		b := []byte("\x0a\x0d\x0d\x0a\x00\x00\x00\x1c\x1a\x2b\x3c\x4d\x00\x01\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x1c")
		size := byte(20 + len(c.res))
		b = append(b, 0, 0, 0, 1, 0, 0, 0, size, 0, 101, 0, 0, 0, 0, 0, 0)
		b = append(append(b, c.res...), 0, 0, 0, size)
		b = append(b, 0, 0, 0x0b, 0xad, 0, 0, 0, 12, 0, 0, 0, 12) // a block of no known type
		b = append(b, 0, 0, 0, 6, 0, 0, 0, 36, 0, 0, 0, 0)
		b = binary.BigEndian.AppendUint64(b, c.count)
		b = append(b, 0, 0, 0, 1, 0, 0, 0, 1, 0xaa, 0, 0, 0, 0, 0, 0, 36)
		file := mustRead(t, b)
		if got := file.Records[0].At; got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func mustRead(t *testing.T, b []byte) *pcap.File {
	t.Helper()
	file, err := pcap.Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestWriteRefuses(t *testing.T) {
	for _, r := range []pcap.Record{
		{At: -1},
		{Data: make([]byte, 1<<18+1)},
		{Data: make([]byte, 2), OrigLen: 1},
		{Interface: 2},
		{Interface: -1},
		{Comment: "\xff"},
		{Comment: strings.Repeat("x", 65536)},
	} {
		var b bytes.Buffer
		w, err := pcap.NewNG(&b, meta)
		if err != nil {
			t.Fatal(err)
		}
		n := b.Len()
		if err := w.Write(r); err == nil || b.Len() != n {
			t.Errorf("Write of %d octets, comment of %d: %v, %d octets written", len(r.Data), len(r.Comment), err, b.Len()-n)
		}
	}
	w, _ := pcap.NewClassic(new(bytes.Buffer))
	if err := w.Write(pcap.Record{At: clock.At(90 * 365 * 24 * time.Hour)}); err == nil {
		t.Error("classic pcap wrote a time after 2106")
	}
	for _, m := range []pcap.Meta{
		{Comment: "\xff"},
		{Interfaces: []pcap.Interface{{Name: "\xff"}}},
		{Names: []pcap.NameRecord{{Name: "no address"}}},
		{Names: []pcap.NameRecord{{Addr: host4[0]}}},
		{Names: []pcap.NameRecord{{host4[0], "a\x00b"}}},
	} {
		if _, err := pcap.NewNG(new(bytes.Buffer), m); err == nil {
			t.Errorf("NewNG(%+v) is nil, want an error", m)
		}
	}
}

type fullDisk struct{ left int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left--; d.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

var errFull = errors.New("disk is full")

func TestWriteFails(t *testing.T) {
	for left := range 5 { // section, two interfaces, names, packet
		w, err := pcap.NewNG(&fullDisk{left}, meta)
		if err == nil {
			err = w.Write(pcap.Record{})
		}
		if !errors.Is(err, errFull) {
			t.Errorf("after %d writes: %v, want %v", left, err, errFull)
		}
	}
	for left := range 2 {
		w, err := pcap.NewClassic(&fullDisk{left})
		if err == nil {
			err = w.Write(pcap.Record{})
		}
		if !errors.Is(err, errFull) {
			t.Errorf("classic, after %d writes: %v, want %v", left, err, errFull)
		}
	}
}

// TestReadRefuses damages good files and looks at what the error says.
func TestReadRefuses(t *testing.T) {
	all := records(t)[:1]
	ng, classic := writeNG(t, pcap.Meta{Interfaces: meta.Interfaces[:1]}, all), writeClassic(t, all)
	const idb = 44
	epb := idb + int(binary.LittleEndian.Uint32(ng[idb+4:]))
	put := func(b []byte, at int, v uint32) []byte {
		b = bytes.Clone(b)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	for _, c := range []struct {
		name   string
		data   []byte
		offset int
		want   string
	}{
		{"empty", nil, 0, "4 octets of a magic number"},
		{"magic", []byte("GIF89a"), 0, "the magic number"},
		{"classic version", put(classic, 4, 3), 4, "version 2"},
		{"classic link type", put(classic, 20, 1), 20, "link type 101"},
		{"classic fraction", put(classic, 28, 1e9), 28, "a fraction of a second below"},
		{"classic size", put(classic, 32, 1<<18+1), 32, "at most 262144"},
		{"classic original", put(classic, 36, 1), 36, "an original length from 60"},
		{"classic cut", classic[:len(classic)-1], len(classic) - 1, "60 octets of packet"},
		{"classic header cut", classic[:30], 30, "16 octets of packet header"},
		{"order", put(ng, 8, 0), 8, "the byte-order magic"},
		{"version", put(ng, 12, 2), 12, "version 1"},
		{"block too short", put(ng, 4, 12), 4, "a block length"},
		{"block too long", put(ng, 4, 1<<24+4), 4, "a block length"},
		{"block odd", put(ng, idb+4, 45), idb + 4, "a block length"},
		{"second length", put(ng, idb-4, 48), idb - 4, "the block length 44 again"},
		{"option too long", put(ng, 24, 0xffff0004), 26, "an option of at most 12 octets"},
		{"link type", put(ng, idb+8, 1), idb + 8, "link type 101"},
		{"second section", append(bytes.Clone(ng), ng...), len(ng), "one section"},
		{"interface", put(ng, epb+8, 1), epb + 8, "an interface below 1"},
		{"captured length", put(ng, epb+20, 1<<17), epb + 20, "a packet of at most"},
		{"original length", put(ng, epb+24, 1), epb + 24, "an original length from 60"},
		{"time", put(ng, epb+12, 1<<31), 0, ""}, // 2^63 ns after 1970 still fits
		{"cut", ng[:len(ng)-1], len(ng) - 1, "of block"},
		{"comment", bytes.Replace(ng, []byte("flags"), []byte("fl\xff\xffs"), 1), bytes.Index(ng, []byte("flags")), "UTF-8"},
	} {
		_, err := pcap.Read(bytes.NewReader(c.data))
		if c.want == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		var e *pcap.Error
		if !errors.As(err, &e) || e.Offset != int64(c.offset) || !strings.Contains(e.Want, c.want) {
			t.Errorf("%s: %v, want offset %d: want %s", c.name, err, c.offset, c.want)
		}
	}
	if _, err := pcap.Read(iotest.ErrReader(errFull)); !errors.Is(err, errFull) {
		t.Errorf("a reader that fails: %v, want %v", err, errFull)
	}
}

// TestReadEachTruncation: a file cut between two blocks is a shorter file, any
// other cut is an error.
func TestReadEachTruncation(t *testing.T) {
	all := records(t)[:3]
	for _, whole := range [][]byte{writeNG(t, meta, all), writeClassic(t, all)} {
		good := 0
		for n := range whole {
			if _, err := pcap.Read(bytes.NewReader(whole[:n])); err == nil {
				good++
			}
		}
		if good != 3 && good != 6 { // headers, names and two packets; header and two packets
			t.Errorf("%d cuts are files", good)
		}
	}
}

// TestReadBoundedAllocation reads a file that promises more than it has.
func TestReadBoundedAllocation(t *testing.T) {
	ng := writeNG(t, meta, nil)
	ng = append(ng, 6, 0, 0, 0, 0, 0, 0, 1) // 16 MiB of packet block
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := pcap.Read(bytes.NewReader(ng)); err == nil {
		t.Error("a cut file is read")
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 1<<20 {
		t.Errorf("reading %d octets took %d of memory", len(ng), took)
	}
}

// FuzzRead: what can be read can be written, and read again as the same.
func FuzzRead(f *testing.F) {
	all := records(f)[:2]
	f.Add(writeNG(f, meta, all))
	f.Add(writeClassic(f, all))
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := pcap.Read(bytes.NewReader(b))
		if err != nil {
			return
		}
		var out bytes.Buffer
		m := file.Meta
		if !file.NG {
			m.Interfaces = make([]pcap.Interface, 1)
		}
		w, err := pcap.NewNG(&out, m)
		if err != nil {
			return // a name that is empty
		}
		for _, r := range file.Records {
			if r.At < 0 || r.OrigLen == 0 {
				return // before 2020, or without a packet
			}
			if err := w.Write(r); err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
		}
		again, err := pcap.Read(&out)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		sameFile(t, again, &pcap.File{Meta: m, NG: true, Records: file.Records})
	})
}
