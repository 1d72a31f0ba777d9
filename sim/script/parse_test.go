package script

import (
	"os"
	"path/filepath"
	"simrun/sim/trace"
	"strings"
	"testing"
)

// catalogue is all scenario files of the book, by path.
func catalogue(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../catalogue/*/*.sim")
	if err != nil || len(paths) == 0 {
		t.Fatal("no catalogue", err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.ToSlash(path)] = src
	}
	return files
}

func TestCatalogueParses(t *testing.T) {
	for path, src := range catalogue(t) {
		f, err := Parse("", path, src)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(path, "../catalogue/"), ".sim")
		if f.Scenario.Name != name || f.Title == "" || len(f.Ref) == 0 || len(f.Tags) == 0 || len(f.Checks) == 0 {
			t.Errorf("%s: its comment or its checks are incomplete: %+v", name, f)
		}
		for i, line := range strings.Split(string(src), "\n") {
			if trace.Cells(line) > 80 {
				t.Errorf("%s:%d: wider than 80 columns", path, i+1)
			}
		}
	}
}

// examples is files as people write them in the documentation.
var examples = []string{`# tcp/last-ack-lost: the FIN comes again;
# TIME-WAIT is there to answer it.  RFC 9293 MUST-13
-- net --
host A 10.0.0.1 ack=immediate
host B 10.0.0.2 ack=immediate
link A B delay=10ms
drop a#4
-- app A --
connect B:4500
sleep 1s
close
-- app B --
listen :4500
accept
recv = EOF at 1.030s
sleep 1s
close
-- check --
sequence a>S b>S. a>. a>F. b>. b>F. a>. b>F. a>.
packets = 9; lost = 1; retransmitted b = 1
time b.F[2] = 3.030s
state A = TIME-WAIT 2.040s..243.040s, then CLOSED
state B = LAST-ACK 2.030s..3.050s, then CLOSED
`, `# tcp/keepalive-dead-peer: three silent probes end an idle
# connection, on one side only.  RFC 9293 3.8.4
-- net --
host A 10.0.0.1
host B 10.0.0.2
link A B delay=10ms
cut 1s..
-- app A --
connect B:4500
setsockopt SO_KEEPALIVE 1
setsockopt TCP_KEEPIDLE 60s
setsockopt TCP_KEEPINTVL 5s
setsockopt TCP_KEEPCNT 3
recv = ETIMEDOUT at 75.020s
-- app B --
listen :4500
accept
recv = BLOCKED            # B never learns
-- check --
sequence a>S b>S. a>. a>. a>. a>.
time a.ACK[2] = 60.020s; time a.ACK[3] = 65.020s
each a.ACK[2..4]: seq = 0, len = 0   # SND.NXT - 1
state A = CLOSED at end; state B = ESTABLISHED at end
`}

func TestExamplesParse(t *testing.T) {
	checks := []int{7, 6}
	for i, src := range examples {
		if f := mustParse(t, src); len(f.Checks) != checks[i] || len(f.Ref) != 1 {
			t.Errorf("%s: got %d checks, references %q", f.Scenario.Name, len(f.Checks), f.Ref)
		}
	}
	// Facts about SCTP compile before there is an SCTP.
	f := mustParse(t, twoHosts+`-- check --
sequence a>INIT b>INIT_ACK a>COOKIE_ECHO;DATA
  b>COOKIE_ACK;SACK a>ABORT
count a.DATA on A-B from 68s to 128s = 0
time a.DATA[6] = 6s on A-B, retransmission 1
`)
	if len(f.Checks) != 3 {
		t.Errorf("got %d checks", len(f.Checks))
	}
}
