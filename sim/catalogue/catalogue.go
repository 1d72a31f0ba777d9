// Package catalogue is the scenario book: named cases that anyone can run,
// change and understand, embedded in the command.
package catalogue

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"simrun/sim/script"
)

//go:embed tcp/*.sim
var files embed.FS

// Names is every scenario, in alphabetical order.
func Names() []string {
	var names []string
	paths, _ := fs.Glob(files, "*/*.sim")
	for _, p := range paths {
		names = append(names, strings.TrimSuffix(p, ".sim"))
	}
	slices.Sort(names)
	return names
}

// Source is the text of a scenario's file; false if there is none.
func Source(name string) ([]byte, bool) {
	src, err := files.ReadFile(name + ".sim")
	return src, err == nil
}

// File is a scenario, parsed.
func File(name string) (*script.File, error) {
	src, ok := Source(name)
	if !ok {
		return nil, fmt.Errorf("no scenario %q", name)
	}
	return script.Parse(name, name+".sim", src)
}
