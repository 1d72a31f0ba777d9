package script

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden messages anew")

// badFiles is scenarios that must fail. Beside each stands its message.
const badFiles = "../../testdata/bad/*.sim"

func TestBadFilesAreRefused(t *testing.T) {
	paths, err := filepath.Glob(badFiles)
	if err != nil || len(paths) == 0 {
		t.Fatal("no bad files", err)
	}
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, parseErr := Parse("", filepath.Base(path), src)
		if parseErr == nil {
			t.Errorf("%s: want an error, got none", path)
			continue
		}
		golden := strings.TrimSuffix(path, ".sim") + ".message"
		got := parseErr.Error() + "\n"
		if *update {
			if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil || string(want) != got {
			t.Errorf("%s: want\n%sgot\n%s(%v)", path, want, got, err)
		}
	}
}
