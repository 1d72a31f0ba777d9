package tidy

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated files and blocks")

// exceptions are the files and functions that may be long.
var exceptions = []Exception{}

// generator makes a file or a block of one.
type generator struct {
	file  string // from the module's root
	block string // see Replace; "": the whole file
	make  func(*testing.T, *Module) string
}

// generated are the files, or blocks of files, that are made from the code.
// `go test ./internal/tidy -update` writes them; without the flag a stale one
// fails.
var generated = []generator{
	{"README.md", "ladder:half-close-echo", ladder("tcp/half-close-echo")},
	{"README.md", "ladder:full-close-echo", ladder("tcp/full-close-echo")},
	{"README.md", "sim:last-ack-lost", scenario("tcp/last-ack-lost")},
	{"README.md", "diagram:tcp", diagram},
	{"README.md", "packages", func(_ *testing.T, m *Module) string { return PackageMap(m, Layers) }},
	{"docs/tcp-states.md", "", states},
	{"docs/sctp-states.md", "", statesSCTP},
	{"docs/sim-language.md", "settings", settings},
	{"docs/profiles.md", "", profiles},
}

const root = "../.."

func load(t *testing.T) *Module {
	t.Helper()
	m, err := Load(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Packages) < 8 {
		t.Fatalf("%d packages found: these are not all", len(m.Packages))
	}
	return m
}

func complain(t *testing.T, problems []string) {
	t.Helper()
	for _, p := range problems {
		t.Error(p)
	}
}

func TestLayers(t *testing.T) { complain(t, CheckImports(load(t), Layers)) }

func TestPure(t *testing.T) {
	m := load(t)
	imp, err := Importer(root, m.Fset)
	if err != nil {
		t.Fatal(err)
	}
	complain(t, CheckPure(m, Layers, imp))
}

func TestSizes(t *testing.T) { complain(t, CheckSizes(load(t), exceptions)) }

func TestDocs(t *testing.T) { complain(t, CheckDocs(load(t))) }

func TestGenerated(t *testing.T) {
	m := load(t)
	for _, g := range generated {
		name := filepath.Join(root, g.file)
		old, err := os.ReadFile(name)
		if err != nil && (g.block != "" || !*update) {
			t.Error(err)
			continue
		}
		want := g.make(t, m)
		if g.block != "" {
			if want, err = Replace(string(old), g.block, want); err != nil {
				t.Errorf("%s: %v", g.file, err)
				continue
			}
		}
		if want == string(old) {
			continue
		}
		if !*update {
			t.Errorf("%s %s is stale: go test ./internal/tidy -update", g.file, g.block)
		} else if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Error(err)
		}
	}
}

// TestBlocksHaveGenerators finds blocks in the documents that nothing fills.
func TestBlocksHaveGenerators(t *testing.T) {
	block := regexp.MustCompile(`(?m)^<!-- ([^/].*) -->$`)
	documents := []string{"README.md", "CONTRIBUTING.md"}
	below, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range below {
		documents = append(documents, "docs/"+filepath.Base(name))
	}
	for _, name := range documents {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range block.FindAllStringSubmatch(string(text), -1) {
			if !slices.ContainsFunc(generated, func(g generator) bool { return g.file == name && g.block == found[1] }) {
				t.Errorf("%s: nothing fills the block %q", name, found[1])
			}
		}
	}
}
