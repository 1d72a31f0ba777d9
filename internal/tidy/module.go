// Package tidy keeps the layers and the house rules of this module. Its tests
// apply them to every package; its code is the rules, each of which lists what
// breaks it as "file:line: what is wrong".
package tidy

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Module is the Go code of this module.
type Module struct {
	Fset     *token.FileSet
	Packages []*Package // by path
}

// Package is the code of one folder, without its tests: the rules are about
// what runs, and a test may do as it likes.
type Package struct {
	Path  string // from the module's root, "sim/socket"
	Files []*ast.File
}

// modulePath is how this module's import paths begin.
const modulePath = "simrun/"

// Load parses the module below root.
func Load(root string) (*Module, error) {
	m := &Module{Fset: token.NewFileSet()}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != root && skipped(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		// What a build tag leaves out here is looked at where it is built.
		if here, err := build.Default.MatchFile(filepath.Dir(name), d.Name()); err != nil || !here {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return m.Add(filepath.ToSlash(rel), string(src))
	})
	return m, err
}

// skipped are folders that the go command skips too.
func skipped(name string) bool {
	return name == "testdata" || name == "vendor" || name[0] == '.' || name[0] == '_'
}

// Add parses one file, named from the module's root.
func (m *Module) Add(name, src string) error {
	file, err := parser.ParseFile(m.Fset, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	p := m.Package(path.Dir(name))
	if p == nil {
		p = &Package{Path: path.Dir(name)}
		m.Packages = append(m.Packages, p)
		slices.SortFunc(m.Packages, func(a, b *Package) int { return strings.Compare(a.Path, b.Path) })
	}
	p.Files = append(p.Files, file)
	return nil
}

// Package is the package with the given path, or nil.
func (m *Module) Package(path string) *Package {
	for _, p := range m.Packages {
		if p.Path == path {
			return p
		}
	}
	return nil
}

// at is a problem at a place in the code.
func (m *Module) at(pos token.Pos, format string, args ...any) string {
	p := m.Fset.Position(pos)
	return fmt.Sprintf("%s:%d: %s", p.Filename, p.Line, fmt.Sprintf(format, args...))
}
