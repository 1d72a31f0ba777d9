package tidy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Layer is one row of the package table. A package imports only packages of
// rows above its own, so packages of one row do not know each other.
type Layer struct {
	Packages []string
	About    string   // what they are, in a line; the README quotes it
	Kind     Kind     // which calls they may not make
	Only     []string // if set: of this module they import these alone; "x/..." is all below x
	Never    []string // what they do not import although it stands above
	Others   []string // what they may import besides this module and the standard library
}

// Kind says how strictly a package must be deterministic.
type Kind uint8

const (
	// Free packages do not run within a simulation: they read files, print
	// and measure.
	Free Kind = iota
	// Pure packages run within a simulation: no wall clock, randomness,
	// goroutine, channel, lock, file, logger, float or map order.
	Pure
	// World is pure, but for apps that are coroutines and for dice from
	// seeded generators.
	World
	// Core is pure and holds no map at all, so that its values can be copied
	// and compared, and nobody can come to depend on a map's order.
	Core
)

// coreImports is all that a protocol needs of this module.
var coreImports = []string{"internal/...", "fsm", "clock", "wire"}

// Layers is the package table, the lowest layer first.
var Layers = []Layer{
	{
		Packages: []string{"internal/serial", "internal/ranges", "internal/ring", "internal/rto"},
		About:    "numbers that wrap; sorted ranges; a queue; the RFC 6298 estimator in integers",
		Kind:     Pure,
	},
	{Packages: []string{"fsm"}, About: "state machines as data: rows, checks, diagrams, coverage", Kind: Pure},
	{Packages: []string{"clock"}, About: "virtual time, deadlines as values, the heap of who acts next", Kind: Core},
	{Packages: []string{"wire"}, About: "typed headers and their number types; no bytes, no library", Kind: Core},
	{Packages: []string{"wire/notation"}, About: "packets as text, in tcpdump's and packetdrill's style", Kind: Pure},
	{
		Packages: []string{"wire/codec"}, About: "packets as bytes; the only importer of gopacket", Kind: Pure,
		Others: []string{"github.com/google/gopacket", "github.com/google/gopacket/..."},
	},
	{Packages: []string{"wire/pcap"}, About: "captures with a comment on each packet", Kind: Pure},
	{Packages: []string{"tcp"}, About: "one TCP connection and a listener: pure state machines", Kind: Core, Only: coreImports},
	{Packages: []string{"sctp"}, About: "one SCTP association and a listener, in the same style", Kind: Core, Only: coreImports},
	{Packages: []string{"sim/socket"}, About: "one host's transport layer: ports, backlogs, calls, errno", Kind: Core},
	{
		Packages: []string{"sim/trace"}, About: "what happened and why: events, the ladder, the event log", Kind: Pure,
		Others: []string{"golang.org/x/text/width"}, // how many cells a letter takes
	},
	{
		Packages: []string{"sim"}, About: "the world: hosts, links, taps and apps", Kind: World,
		Never: []string{"wire/codec", "wire/pcap"}, // most runs need no bytes
	},
	{Packages: []string{"sim/capture"}, About: "what a host saw, as a capture with its comments", Kind: Pure},
	{
		Packages: []string{"sim/script"}, About: "the .sim language: parse, run, check, golden",
		Others: []string{"golang.org/x/tools/txtar"},
	},
	{Packages: []string{"sim/catalogue"}, About: "the scenario book, embedded"},
	{Packages: []string{"internal/rfc"}, About: "requirements, their proofs, and the page that says what is met, for tests"},
	{Packages: []string{"sim/conformance"}, About: "what RFC 9293 requires, and its proofs"},
	{
		Packages: []string{"sim/simtest"}, About: "properties, generators and goldens for go test",
		Others: []string{"pgregory.net/rapid", "github.com/google/go-cmp/..."},
	},
	{Packages: []string{"sim/explore"}, About: "bounded exhaustive search over faults"},
	{Packages: []string{"sim/packetdrill"}, About: "packetdrill scripts against a host"},
	{
		Packages: []string{"cmd/simrun"}, About: "the command",
		Others: []string{"github.com/spf13/cobra", "github.com/spf13/pflag", "golang.org/x/term"},
	},
	{Packages: []string{"internal/tshark"}, About: "what Wireshark's decoder reads in a capture, for tests"},
	{Packages: []string{"internal/race"}, About: "whether the race detector is on, for tests that count allocations"},
	{Packages: []string{"internal/tidy"}, About: "a test that keeps this table and the house rules true"},
}

// CheckImports lists packages that stand in no row, and imports that the rows
// do not allow.
func CheckImports(m *Module, layers []Layer) (problems []string) {
	for _, p := range m.Packages {
		row := rowOf(p.Path, layers)
		if row < 0 {
			problems = append(problems, fmt.Sprintf("%s: the package stands in no row of the table of layers", p.Path))
			continue
		}
		for _, f := range p.Files {
			for _, spec := range f.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				if wrong := checkImport(path, row, layers); wrong != "" {
					problems = append(problems, m.at(spec.Pos(), "%s imports %s: %s", p.Path, path, wrong))
				}
			}
		}
	}
	return problems
}

// checkImport is what is wrong when a package of a row imports path; nothing
// if it may.
func checkImport(path string, row int, layers []Layer) string {
	layer := &layers[row]
	own, ours := strings.CutPrefix(path, modulePath)
	first, _, _ := strings.Cut(path, "/")
	switch {
	case path == "C":
		return "want pure Go"
	case ours:
		other := rowOf(own, layers)
		switch {
		case other < 0:
			return "the package stands in no row"
		case other >= row:
			return "its row is not above"
		case slices.Contains(layer.Never, own):
			return "the row forbids it"
		case layer.Only != nil && !matchesAny(own, layer.Only):
			return "the row allows only " + strings.Join(layer.Only, ", ")
		}
	case strings.Contains(first, ".") && !matchesAny(path, layer.Others):
		return "the row does not allow it"
	}
	return ""
}

// rowOf is the row in which a package stands, or -1.
func rowOf(path string, layers []Layer) int {
	return slices.IndexFunc(layers, func(l Layer) bool { return slices.Contains(l.Packages, path) })
}

// matchesAny reports whether a path is one of the patterns; "x/..." matches
// all that is below x.
func matchesAny(path string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, all := strings.CutSuffix(pattern, "...")
		return path == pattern || all && strings.HasPrefix(path, folder)
	})
}

// PackageMap is the table of layers in Markdown, for the packages that exist.
func PackageMap(m *Module, layers []Layer) string {
	var b strings.Builder
	b.WriteString("| package | what it is |\n| --- | --- |\n")
	for _, l := range layers {
		var names []string
		for _, name := range l.Packages {
			if m.Package(name) != nil {
				names = append(names, "`"+name+"`")
			}
		}
		if len(names) > 0 {
			fmt.Fprintf(&b, "| %s | %s |\n", strings.Join(names, ", "), l.About)
		}
	}
	return b.String()
}
