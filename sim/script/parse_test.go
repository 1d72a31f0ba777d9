package script

import (
	"os"
	"path/filepath"
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
			if cells(line) > 80 {
				t.Errorf("%s:%d: wider than 80 columns", path, i+1)
			}
		}
	}
}
