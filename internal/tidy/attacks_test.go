package tidy

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"simrun/sim"
	"simrun/sim/catalogue"
)

// TestAttacksPage: every scenario and setting that docs/attacks.md names
// exists, and every scenario with the tag "attack" stands on the page.
func TestAttacksPage(t *testing.T) {
	src, err := os.ReadFile(filepath.Join(root, "docs", "attacks.md"))
	if err != nil {
		t.Fatal(err)
	}
	page := string(src)
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([^`]*)`").FindAllStringSubmatch(page, -1) {
		code := m[1]
		if key, value, ok := strings.Cut(code, "="); ok {
			if err := sim.CheckSetting(sim.Setting{Key: key, Value: value}); err != nil {
				t.Error(err)
			}
		}
		if strings.HasPrefix(code, "tcp/") || strings.HasPrefix(code, "sctp/") {
			named[code] = true
			if _, ok := catalogue.Source(code); !ok {
				t.Errorf("no scenario %s", code)
			}
		}
	}
	if len(named) < 20 {
		t.Errorf("%d scenarios found: these are not all", len(named))
	}
	for _, name := range catalogue.Names() {
		f, err := catalogue.File(name)
		if err != nil {
			t.Fatal(err)
		}
		if slices.Contains(f.Tags, "attack") && !named[name] {
			t.Errorf("%s is an attack and does not stand on the page", name)
		}
	}
}
