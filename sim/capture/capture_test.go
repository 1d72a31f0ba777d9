package capture_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"simrun/sim/capture"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
	"simrun/wire/codec"
	"simrun/wire/pcap"
)

var update = flag.Bool("update", false, "write the golden files anew")

// runs is a run of every scenario, made once.
func runs(t testing.TB) []*script.Run {
	t.Helper()
	var all []*script.Run
	for _, name := range catalogue.Names() {
		all = append(all, runOf(t, name))
	}
	return all
}

func runOf(t testing.TB, name string, edits ...script.Edit) *script.Run {
	t.Helper()
	f, err := catalogue.File(name)
	if err != nil {
		t.Fatal(err)
	}
	return drive(t, f, edits)
}

func drive(t testing.TB, f *script.File, edits script.Edits) *script.Run {
	t.Helper()
	r, err := f.Run(edits, codec.New(), script.DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func write(t testing.TB, format capture.Format, log *trace.Log, host int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := capture.Write(&b, format, log, host); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, data []byte) *pcap.File {
	t.Helper()
	f, err := pcap.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// file puts a capture where tshark finds it.
func file(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFormatOf(t *testing.T) {
	for name, want := range map[string]capture.Format{"a.pcapng": capture.PcapNG, "b/c.pcap": capture.Classic, "a.pcap.txt": 0, "pcap": 0, "": 0} {
		if got, ok := capture.FormatOf(name); got != want || ok != (want != 0) {
			t.Errorf("FormatOf(%q) = %d, %v, want %d", name, got, ok, want)
		}
	}
}

// TestSeen holds every capture to its log: what a host sent and what reached
// it is there, once, in order of time and with a comment, and both formats
// hold the same octets.
func TestSeen(t *testing.T) {
	for _, r := range runs(t) {
		for host := range r.Log.Hosts {
			t.Run(fmt.Sprint(r.Log.Name, " ", r.Log.Hosts[host].Name), func(t *testing.T) {
				ng, classic := read(t, write(t, capture.PcapNG, r.Log, host)), read(t, write(t, capture.Classic, r.Log, host))
				want := 0
				for i := range r.Log.Packets {
					p := &r.Log.Packets[i]
					if p.From == host && !p.Forged {
						want++
						continue
					}
					for _, c := range p.Copies {
						if c.To == host && (c.Fate == trace.Arrived || c.Fate == trace.LostAtReceiver) {
							want++
						}
					}
				}
				if len(ng.Records) != want || len(classic.Records) != want {
					t.Fatalf("%d and %d packets, want %d", len(ng.Records), len(classic.Records), want)
				}
				for i, n := range ng.Records {
					c := classic.Records[i]
					if n.At != c.At || !bytes.Equal(n.Data, c.Data) {
						t.Errorf("packet %d differs between the formats", i+1)
					}
					if i > 0 && n.At < ng.Records[i-1].At {
						t.Errorf("packet %d is earlier than the one before", i+1)
					}
					if n.Comment == "" || strings.ContainsAny(n.Comment, "\n\t") {
						t.Errorf("packet %d: comment %q", i+1, n.Comment)
					}
				}
				if ng.Comment != "simrun run "+r.Log.Name {
					t.Errorf("the file's comment is %q", ng.Comment)
				}
			})
		}
	}
}

// TestReproduces reads the command in a capture that was made with edits: they
// stand there in the order in which they were given.
func TestReproduces(t *testing.T) {
	r := runOf(t, "tcp/last-ack-lost",
		script.Edit{Flag: "profile", Value: "linux"}, script.Edit{Flag: "drop", Value: "B.f[2]"},
		script.Edit{Flag: "seed", Value: "7"}, script.Edit{Flag: "delay", Value: "1s a.S"}, script.Edit{Flag: "set", Value: "b.msl=1s"})
	want := "simrun run tcp/last-ack-lost --profile linux --drop 'b.F[2]' --seed 7 --delay 'a.S 1s' --set B.msl=1s"
	if got := read(t, write(t, capture.PcapNG, r.Log, 1)).Comment; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// TestComments holds the comments of some captures, to be read.
func TestComments(t *testing.T) {
	for _, c := range []struct {
		name string
		host int
	}{
		{"tcp/half-close-echo", 0}, {"tcp/last-ack-lost", 0}, {"tcp/last-ack-lost", 1},
		{"tcp/old-fin-hits-new-socket", 1}, {"tcp/simultaneous-close", 0},
	} {
		r := runOf(t, c.name)
		golden(t, filepath.Base(c.name)+"."+r.Log.Hosts[c.host].Name, comments(t, r.Log, c.host))
	}
}

const faults = `# tcp/faults: everything that a link can do to a packet
-- net --
host A 10.0.0.1 10.0.9.1 ack=immediate
host B 10.0.9.2 ack=immediate
link 10.0.9.1 10.0.9.2 delay=10ms rate=100kbit/s queue=2
corrupt a.P
delay a.P[2] 300ms
dup b.ACK[2] 30ms
swap a.P[3] a.P[4]
drop a.P[7]
end 1500ms
-- app A --
connect B:4500
send "first"
sleep 1ms
send "second"
sleep 200ms
repeat 6 { send 1400 }
sleep 50ms
close
-- app B --
listen :4500
accept
until EOF { recv }
-- inject --
1s B> R 1:1(0) win 0
`

// TestFaults holds the comments of packets that were corrupted, delayed,
// doubled, swapped, lost on the link and in its queue, and forged.
func TestFaults(t *testing.T) {
	r := faulty(t)
	golden(t, "faults.A", comments(t, r.Log, 0))
	golden(t, "faults.B", comments(t, r.Log, 1))
}

func faulty(t testing.TB) *script.Run {
	t.Helper()
	f, err := script.Parse("", "faults.sim", []byte(faults))
	if err != nil {
		t.Fatal(err)
	}
	return drive(t, f, nil)
}

// comments is a line for each packet: its time and its comment.
func comments(t *testing.T, log *trace.Log, host int) string {
	t.Helper()
	var b strings.Builder
	for i, r := range read(t, write(t, capture.PcapNG, log, host)).Records {
		fmt.Fprintf(&b, "%3d %10v %s\n", i+1, r.At, r.Comment)
	}
	return b.String()
}

func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("..", "..", "testdata", "comments", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if text != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, text, want)
	}
}

// TestInterfaces finds each address of the vantage among the interfaces, and
// each packet at the one that has its address.
func TestInterfaces(t *testing.T) {
	f := read(t, write(t, capture.PcapNG, faulty(t).Log, 0))
	if len(f.Interfaces) != 2 || f.Interfaces[1].Description != "host A at 10.0.9.1" || len(f.Names) != 3 {
		t.Errorf("interfaces %v, names %v", f.Interfaces, f.Names)
	}
	for i, r := range f.Records {
		if r.Interface != 1 {
			t.Errorf("packet %d was seen at interface %d, want 1", i+1, r.Interface)
		}
	}
}

// failing takes some octets, and then no more.
type failing struct{ room int }

var errFull = errors.New("no room")

func (f *failing) Write(b []byte) (int, error) {
	if f.room -= len(b); f.room < 0 {
		return 0, errFull
	}
	return len(b), nil
}

// TestNoRoom writes to places that have too little room, each for a smaller
// part of the file: the error comes out.
func TestNoRoom(t *testing.T) {
	r := runOf(t, "tcp/three-way-handshake")
	for _, format := range []capture.Format{capture.PcapNG, capture.Classic} {
		whole := len(write(t, format, r.Log, 0))
		for room := range whole {
			if err := capture.Write(&failing{room}, format, r.Log, 0); !errors.Is(err, errFull) {
				t.Fatalf("format %d, room for %d of %d octets: %v", format, room, whole, err)
			}
		}
	}
}
