package tidy

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the generated files and blocks")

// exceptions are the files and functions that may be long.
var exceptions = []Exception{}

// generated are the files, or blocks of files, that are made from the code.
// `go test ./internal/tidy -update` writes them; without the flag a stale one
// fails.
var generated = []struct {
	file  string // from the module's root
	block string // see Replace; "": the whole file
	make  func(*Module) string
}{
	{"README.md", "packages", func(m *Module) string { return PackageMap(m, Layers) }},
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
		want := g.make(m)
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
