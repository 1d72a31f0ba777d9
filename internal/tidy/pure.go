package tidy

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// bannedImports are packages that no simulation has a use for.
var bannedImports = []string{
	"crypto/rand", "hash/maphash", "io/ioutil", "log", "log/slog", "math/rand",
	"os", "os/exec", "os/signal", "sync", "sync/atomic", "syscall", "unsafe",
}

// bannedUses are functions and variables by their full names, with the reason.
var bannedUses = map[string]string{
	"time.Now":       "time is an argument",
	"time.Since":     "time is an argument",
	"time.Until":     "time is an argument",
	"time.Sleep":     "time is an argument",
	"time.After":     "a deadline is a value",
	"time.AfterFunc": "a deadline is a value",
	"time.NewTimer":  "a deadline is a value",
	"time.NewTicker": "a deadline is a value",
	"time.Tick":      "a deadline is a value",
	"time.Local":     "it differs between machines",

	"(reflect.Value).MapKeys":  "a map has no order",
	"(reflect.Value).MapRange": "a map has no order",

	"fmt.Print":   "a simulation prints nothing",
	"fmt.Printf":  "a simulation prints nothing",
	"fmt.Println": "a simulation prints nothing",
}

// coroutines and dice are what World packages may use besides.
var (
	coroutines = []string{"iter.Pull", "iter.Pull2"}
	dice       = []string{"math/rand/v2.New", "math/rand/v2.NewPCG"}
)

// mapOrder are functions that yield a map's order, which slices.Sorted and its
// kin take away again.
var (
	mapOrder = []string{"maps.All", "maps.Keys", "maps.Values"}
	sorting  = []string{"slices.Sorted", "slices.SortedFunc", "slices.SortedStableFunc"}
)

// CheckPure lists what packages do that no simulation may do. Packages of
// other modules and the standard library come from imp.
func CheckPure(m *Module, layers []Layer, imp types.Importer) (problems []string) {
	for _, p := range m.Packages {
		row := rowOf(p.Path, layers)
		if row < 0 || layers[row].Kind == Free {
			continue
		}
		c := &purity{m: m, kind: layers[row].Kind}
		c.info.Types = map[ast.Expr]types.TypeAndValue{}
		c.info.Uses = map[*ast.Ident]types.Object{}
		conf := types.Config{Importer: imp}
		if _, err := conf.Check(modulePath+p.Path, m.Fset, p.Files, &c.info); err != nil {
			problems = append(problems, err.Error())
			continue
		}
		for _, f := range p.Files {
			c.imports(f)
			ast.Inspect(f, c.visit)
		}
		problems = append(problems, c.problems...)
	}
	return problems
}

// purity looks through one package.
type purity struct {
	m        *Module
	kind     Kind
	info     types.Info
	sorted   []ast.Node // arguments of sorting functions
	problems []string
}

// report notes a problem, once a line.
func (c *purity) report(pos token.Pos, text string) {
	if problem := c.m.at(pos, "%s", text); !slices.Contains(c.problems, problem) {
		c.problems = append(c.problems, problem)
	}
}

func (c *purity) imports(f *ast.File) {
	for _, spec := range f.Imports {
		path, _ := strconv.Unquote(spec.Path.Value)
		if slices.Contains(bannedImports, path) || path == "math/rand/v2" && c.kind != World {
			c.report(spec.Pos(), "import of "+path)
		}
	}
}

func (c *purity) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		c.report(n.Pos(), "go statement")
	case *ast.SelectStmt:
		c.report(n.Pos(), "select statement")
	case *ast.ChanType, *ast.SendStmt:
		c.report(n.Pos(), "channel")
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			c.report(n.Pos(), "channel")
		}
	case *ast.RangeStmt:
		if c.isMap(n.X) {
			c.report(n.Pos(), "range over a map: it has no order; range over slices.Sorted(maps.Keys(m))")
		}
	case *ast.CallExpr:
		c.call(n)
	case *ast.Ident:
		c.use(n)
	}
	if e, ok := n.(ast.Expr); ok {
		c.expression(e)
	}
	return true
}

// call notes the arguments whose order is about to be sorted.
func (c *purity) call(call *ast.CallExpr) {
	fun := ast.Unparen(call.Fun)
	if sel, ok := fun.(*ast.SelectorExpr); ok && slices.Contains(sorting, fullName(c.info.Uses[sel.Sel])) {
		if arg, ok := ast.Unparen(call.Args[0]).(*ast.CallExpr); ok {
			if sel, ok := ast.Unparen(arg.Fun).(*ast.SelectorExpr); ok {
				c.sorted = append(c.sorted, sel.Sel)
			}
		}
	}
}

// use looks at what a name stands for.
func (c *purity) use(id *ast.Ident) {
	name := fullName(c.info.Uses[id])
	why, banned := bannedUses[name]
	switch {
	case name == "":
	case banned:
		c.report(id.Pos(), name+": "+why)
	case name == "print" || name == "println":
		c.report(id.Pos(), name+": a simulation prints nothing")
	case slices.Contains(mapOrder, name) && !slices.Contains(c.sorted, ast.Node(id)):
		c.report(id.Pos(), name+": a map has no order; slices.Sorted gives it one")
	case slices.Contains(coroutines, name) && c.kind != World:
		c.report(id.Pos(), name+": only a world has coroutines")
	case strings.HasPrefix(name, "math/rand/v2.") && !slices.Contains(dice, name):
		c.report(id.Pos(), name+": want rand.New(rand.NewPCG(…)) of a named stream")
	}
}

// fullName is "time.Now", "(reflect.Value).MapKeys" or "println"; "" for what
// is neither a function nor a variable of a package.
func fullName(o types.Object) string {
	switch o := o.(type) {
	case *types.Func:
		return o.FullName()
	case *types.Builtin:
		return o.Name()
	case *types.Var:
		if o.Pkg() != nil && o.Parent() == o.Pkg().Scope() {
			return o.Pkg().Path() + "." + o.Name()
		}
	}
	return ""
}

// expression looks at the type of an expression. A literal such as 1e9 where
// an integer is wanted has that integer's type: it is no float.
func (c *purity) expression(e ast.Expr) {
	if c.isMap(e) && c.kind == Core {
		c.report(e.Pos(), "map: a core holds none")
	}
	if isFloat(c.info.TypeOf(e)) {
		c.report(e.Pos(), "float: machines differ in how they round")
	}
}

// isFloat reports whether a type, or one of several results, is a float.
func isFloat(t types.Type) bool {
	switch t := t.(type) {
	case nil:
		return false
	case *types.Tuple:
		for v := range t.Variables() {
			if isFloat(v.Type()) {
				return true
			}
		}
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&(types.IsFloat|types.IsComplex) != 0
}

func (c *purity) isMap(e ast.Expr) bool {
	t := c.info.TypeOf(e)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Map)
	return ok
}
