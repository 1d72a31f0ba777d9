package tidy

import (
	"fmt"
	"go/token"
	"go/types"
	"strings"
	"sync"
	"testing"
)

// module parses the given files, name and source in turn.
func module(t *testing.T, files ...string) *Module {
	t.Helper()
	m, err := Load(t.TempDir()) // an empty one
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(files); i += 2 {
		if err := m.Add(files[i], files[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// wantProblem checks that there is one problem with the given text, or none
// when it is "".
func wantProblem(t *testing.T, problems []string, want string) {
	t.Helper()
	switch {
	case want == "" && len(problems) > 0:
		t.Errorf("problems %q, want none", problems)
	case want != "" && (len(problems) != 1 || !strings.Contains(problems[0], want)):
		t.Errorf("problems %q, want one: %q", problems, want)
	}
}

func TestImportRules(t *testing.T) {
	for _, c := range []struct{ file, path, want string }{
		{"tcp/a.go", "simrun/clock", ""},
		{"tcp/a.go", "simrun/internal/serial", ""},
		{"tcp/a.go", "encoding/binary", ""},
		{"tcp/a.go", "simrun/wire/notation", "tcp/a.go:2: tcp imports simrun/wire/notation: the row allows only internal/..., fsm, clock, wire"},
		{"tcp/a.go", "simrun/sctp", "its row is not above"},
		{"sctp/a.go", "simrun/tcp", "the row allows only"},
		{"tcp/a.go", "simrun/sim", "its row is not above"},
		{"tcp/a.go", "simrun/internal/tidy", "its row is not above"},
		{"tcp/a.go", "github.com/google/go-cmp/cmp", "the row does not allow it"},
		{"clock/a.go", "simrun/wire", "its row is not above"},
		{"internal/ring/a.go", "simrun/internal/serial", "its row is not above"},
		{"wire/a.go", "C", "want pure Go"},
		{"wire/codec/a.go", "github.com/google/gopacket", ""},
		{"wire/codec/a.go", "github.com/google/gopacket/layers", ""},
		{"wire/pcap/a.go", "github.com/google/gopacket/pcapgo", "the row does not allow it"},
		{"sim/a.go", "simrun/tcp", ""},
		{"sim/a.go", "simrun/wire/codec", "the row forbids it"},
		{"sim/a.go", "simrun/wire/pcap", "the row forbids it"},
		{"sim/script/a.go", "simrun/wire/codec", ""},
		{"sim/script/a.go", "golang.org/x/tools/txtar", ""},
		{"sim/script/a.go", "simrun/elsewhere", "the package stands in no row"},
		{"elsewhere/a.go", "fmt", "elsewhere: the package stands in no row of the table of layers"},
		{"tcp/below/a.go", "fmt", "tcp/below: the package stands in no row"},
	} {
		t.Run(c.file+" "+c.path, func(t *testing.T) {
			m := module(t, c.file, fmt.Sprintf("package p\nimport _ %q\n", c.path))
			wantProblem(t, CheckImports(m, Layers), c.want)
		})
	}
}

// testImporter is made once: it asks the go command. The packages named are
// those that the sources below import.
var testImporter = sync.OnceValues(func() (types.Importer, error) {
	return Importer("../..", token.NewFileSet(),
		"context", "crypto/rand", "fmt", "hash/maphash", "iter", "log/slog", "maps", "math/rand", "math/rand/v2",
		"net/http", "os", "reflect", "slices", "strconv", "sync", "time")
})

func TestPureRules(t *testing.T) {
	const (
		core  = "tcp/a.go"
		pure  = "fsm/a.go"
		world = "sim/a.go"
		free  = "cmd/simrun/a.go"
	)
	const float = "float: machines differ in how they round"
	for _, c := range []struct{ file, src, want string }{
		{core, `import "time"; var x = time.Now()`, "tcp/a.go:2: time.Now: time is an argument"},
		{core, `import clock "time"; var x = clock.Now`, "time.Now"}, // another name, not called
		{core, `import . "time"; var x = Since`, "time.Since"},
		{core, `import "time"; func f() { time.Sleep(1) }`, "time.Sleep"},
		{core, `import "time"; var x = time.AfterFunc`, "a deadline is a value"},
		{core, `import "time"; var x = time.Local`, "it differs between machines"},
		{core, `import "time"; type my struct{}; func (my) Now() {}; var x time.Duration`, ""}, // a name of our own
		{core, `import "time"; var x = time.Second; func f(a, b time.Duration) bool { return a < b }`, ""},
		{free, `import "time"; var x = time.Now()`, ""},

		{pure, `import _ "math/rand"`, "import of math/rand"},
		{world, `import _ "math/rand"`, "import of math/rand"},
		{pure, `import _ "math/rand/v2"`, "import of math/rand/v2"},
		{world, `import "math/rand/v2"; var x = rand.New(rand.NewPCG(1, 2)); func f() int { return x.IntN(3) }`, ""},
		{world, `import "math/rand/v2"; var x = rand.IntN(3)`, "math/rand/v2.IntN: want rand.New"},
		{world, `import "math/rand/v2"; var x = rand.NewChaCha8`, "want rand.New"},
		{pure, `import _ "crypto/rand"`, "import of crypto/rand"},
		{pure, `import _ "hash/maphash"`, "import of hash/maphash"},

		{world, `func f() { go f() }`, "go statement"},
		{pure, `func f() { select {} }`, "select statement"},
		{pure, `var x chan int`, "channel"},
		{pure, `import "context"; func f(c context.Context) { <-c.Done() }`, "channel"},
		{pure, `import _ "sync"`, "import of sync"},
		{pure, `import _ "sync/atomic"`, "import of sync/atomic"},
		{world, `import _ "log/slog"`, "import of log/slog"},
		{pure, `import _ "os"`, "import of os"},
		{pure, `import "fmt"; func f() { fmt.Println() }`, "a simulation prints nothing"},
		{pure, `func f() { println() }`, "println: a simulation prints nothing"},
		{pure, `import "fmt"; func f() string { return fmt.Sprint(1) }`, ""},

		{pure, `var x float64`, float},
		{pure, `type x struct{ y []float32 }`, float},
		{pure, `var x complex64`, float},
		{pure, `import "time"; func f() time.Duration { return 1e9 * time.Nanosecond }`, ""}, // no float at all
		{pure, `const x int = 1e9`, ""},
		{pure, `const x = 1e9`, float},
		{pure, `func f(n int) bool { return int(1.5*float32(n)) > 3 }`, float},
		{pure, `import "time"; func f(d time.Duration) bool { return d.Seconds() > 3 }`, float},
		{pure, `import "strconv"; func f() { x, err := strconv.ParseFloat("1", 64); _, _ = x, err }`, float},
		{free, `var x = 1.5`, ""},

		{core, `var x map[int]int`, "map: a core holds none"},
		{core, `import "net/http"; func f(h http.Header) { clear(h) }`, "map: a core holds none"}, // under a name
		{pure, `var x map[int]int; func f() int { return x[1] }`, ""},
		{pure, `var x map[int]int; func f() { for range x {} }`, "range over a map"},
		{pure, `type m map[int]int; func f(x struct{ y m }) { for range x.y {} }`, "range over a map"},
		{pure, `func f(x []int) { for range x {} }`, ""},
		{world, `import "maps"; func f(x map[int]int) { for range maps.Keys(x) {} }`, "maps.Keys: a map has no order"},
		{world, `import ("maps"; "slices"); func f(x map[int]int) []int { return slices.Sorted(maps.Keys(x)) }`, ""},
		{world, `import ("maps"; "slices"); func f(x map[int]int) []int { return slices.Collect(maps.Keys(x)) }`, "maps.Keys: a map has no order"},
		{pure, `import "reflect"; func f(v reflect.Value) []reflect.Value { return v.MapKeys() }`, "MapKeys: a map has no order"},

		{pure, `import "iter"; func f(s iter.Seq[int]) { iter.Pull(s) }`, "only a world has coroutines"},
		{world, `import "iter"; func f(s iter.Seq[int]) { iter.Pull(s) }`, ""},

		{pure, `var x int = ""`, "cannot use"}, // what does not compile is not passed over
	} {
		t.Run(c.src, func(t *testing.T) {
			m := module(t, c.file, "package p\n"+c.src)
			imp, err := testImporter()
			if err != nil {
				t.Fatal(err)
			}
			wantProblem(t, CheckPure(m, Layers, imp), c.want)
		})
	}
}

func TestSizeRules(t *testing.T) {
	long := "package tcp\nfunc f() {" + strings.Repeat("\n", MaxFuncLines) + "}\n"
	longer := "package tcp\n" + strings.Repeat("\n", MaxFileLines)
	for _, c := range []struct {
		name, src  string
		exceptions []Exception
		want       string
	}{
		{"just short enough", strings.Replace(long, "\n}", "}", 1), nil, ""},
		{"a long function", long, nil, "tcp/a.go:2: f has 91 lines; want at most 90"},
		{"a long function excepted", long, []Exception{{"tcp/a.go: f", "it is one table"}}, ""},
		{"without a reason", long, []Exception{{"tcp/a.go: f", ""}}, "it gives no reason"},
		{"a long file", longer, nil, "tcp/a.go: 601 lines; want at most 600"},
		{"a long file excepted", longer, []Exception{{"tcp/a.go", "it is one table"}}, ""},
		{"a needless exception", "package tcp\n", []Exception{{"tcp/a.go", "it was long once"}}, "nothing needs it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, CheckSizes(module(t, "tcp/a.go", c.src), c.exceptions), c.want)
		})
	}
}

func TestDocRules(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"a comment", "// Package tcp is one connection.\npackage tcp\n", ""},
		{"none", "package tcp\n", `tcp: no file has a doc comment that begins with "Package tcp "`},
		{"not joined to the clause", "// Package tcp is one connection.\n\npackage tcp\n", "no file has a doc comment"},
		{"another name", "// Package udp is none.\npackage tcp\n", "no file has a doc comment"},
		{"a command", "// Command x does it.\npackage main\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantProblem(t, CheckDocs(module(t, "tcp/a.go", c.src)), c.want)
		})
	}
	two := module(t, "tcp/a.go", "package tcp\n", "tcp/doc.go", "// Package tcp is one connection.\npackage tcp\n")
	wantProblem(t, CheckDocs(two), "")
}

func TestReplace(t *testing.T) {
	const doc = "x\n<!-- a:b -->\nold\n<!-- /a -->\ny\n"
	for _, c := range []struct{ name, doc, block, text, want, err string }{
		{"a block", doc, "a:b", "new\n", "x\n<!-- a:b -->\nnew\n<!-- /a -->\ny\n", ""},
		{"no last newline", doc, "a:b", "new", "x\n<!-- a:b -->\nnew\n<!-- /a -->\ny\n", ""},
		{"nothing", doc, "a:b", "", "x\n<!-- a:b -->\n<!-- /a -->\ny\n", ""},
		{"an unknown block", doc, "a:c", "", "", `want one line "<!-- a:c -->", found 0`},
		{"twice", doc + doc, "a:b", "", "", `want one line "<!-- a:b -->", found 2`},
		{"open", "<!-- a -->\n", "a", "", "", `want a line "<!-- /a -->" after "<!-- a -->", found none`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Replace(c.doc, c.block, c.text)
			if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
				t.Errorf("got %q, %v\nwant %q, %s", got, err, c.want, c.err)
			}
		})
	}
}
