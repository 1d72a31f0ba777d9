package tidy

import (
	"fmt"
	"go/ast"
	"strings"
)

// MaxFileLines and MaxFuncLines are how long a file and a function may be: a
// file is one idea, a function is seen whole.
const (
	MaxFileLines = 600
	MaxFuncLines = 90
)

// Exception lets a file or a function be longer.
type Exception struct {
	Where string // "tcp/table.go", or "tcp/table.go: New"
	Why   string
}

// CheckSizes lists files and functions that are too long, and exceptions that
// give no reason or that nothing needs.
func CheckSizes(m *Module, exceptions []Exception) (problems []string) {
	used := make([]bool, len(exceptions))
	excepted := func(where string) bool {
		for i, e := range exceptions {
			if e.Where == where {
				used[i] = true
				return true
			}
		}
		return false
	}
	for _, p := range m.Packages {
		for _, f := range p.Files {
			file := m.Fset.File(f.Pos())
			if n := file.LineCount(); n > MaxFileLines && !excepted(file.Name()) {
				problems = append(problems, fmt.Sprintf("%s: %d lines; want at most %d", file.Name(), n, MaxFileLines))
			}
			for _, d := range f.Decls {
				fn, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				n := file.Line(fn.End()) - file.Line(fn.Pos()) + 1
				if n > MaxFuncLines && !excepted(file.Name()+": "+fn.Name.Name) {
					problems = append(problems, m.at(fn.Pos(), "%s has %d lines; want at most %d", fn.Name.Name, n, MaxFuncLines))
				}
			}
		}
	}
	for i, e := range exceptions {
		if !used[i] {
			problems = append(problems, fmt.Sprintf("exception for %q: nothing needs it", e.Where))
		} else if e.Why == "" {
			problems = append(problems, fmt.Sprintf("exception for %q: it gives no reason", e.Where))
		}
	}
	return problems
}

// CheckDocs lists packages without a doc comment of the usual form.
func CheckDocs(m *Module) (problems []string) {
	for _, p := range m.Packages {
		name := p.Files[0].Name.Name
		want := "Package " + name + " "
		if name == "main" {
			want = "Command "
		}
		found := false
		for _, f := range p.Files {
			found = found || strings.HasPrefix(f.Doc.Text(), want)
		}
		if !found {
			problems = append(problems, fmt.Sprintf("%s: no file has a doc comment that begins with %q", p.Path, want))
		}
	}
	return problems
}
