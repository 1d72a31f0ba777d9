package sctp

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"simrun/fsm"
)

// coverage counts the rows that fired in all rigs of this package.
var coverage = fsm.NewCoverage(RFC)

// waived is the rows that no test fires, with the reason.
func waived() (all []fsm.Waiver) {
	for i := range RFC.Rows {
		if id := RFC.Rows[i].ID; strings.HasSuffix(id, ".never") {
			all = append(all, fsm.Waiver{Row: id, Why: "an assertion: it fires only if the code is wrong"})
		}
	}
	return all
}

// TestMain fails a complete run in which a row of the table never fired.
func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if complete() && code == 0 {
		missing, err := coverage.Missing(waived())
		for _, id := range missing {
			fmt.Println("no test fires row", id)
		}
		if err != nil {
			fmt.Println(err)
		}
		if err != nil || missing != nil {
			code = 1
		}
	}
	os.Exit(code)
}

// complete reports whether all tests of the package were asked for.
func complete() bool {
	for _, name := range []string{"test.run", "test.skip", "test.list", "test.fuzz", "test.bench"} {
		if f := flag.Lookup(name); f != nil && f.Value.String() != "" {
			return false
		}
	}
	return !testing.Short()
}
