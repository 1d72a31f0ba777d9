package sctp

import (
	"bytes"
	"flag"
	"slices"
	"strconv"
	"testing"

	"simrun/internal/rfc"
	"simrun/wire"
)

// level is how strongly RFC 9260 asks for something.
type level string

const (
	must   level = "MUST"
	should level = "SHOULD"
	may    level = "MAY"
)

// statement is one statement of RFC 9260 that can be tested, and its proof.
type statement struct {
	number  int
	section string
	level   level
	text    string // in our own words
	shows   string // what the proof observes
	prove   func(t *testing.T)
}

// rfc9260 is the page of the statements; its table is made of theirs.
var rfc9260 = rfc.Standard{
	Name: "RFC 9260",
	Page: "docs/rfc9260.md",
	About: "RFC 9260 does not number what it requires: each of its statements that can be\n" +
		"tested has a row. What is implemented is shown by a proof: a sub-test of\n" +
		"`go test ./sctp` with the statement's number, which runs an association and looks at\n" +
		"its packets, states, timers and results. The status is what the proofs came to;\n" +
		"`go test ./sctp -update` writes this page.",
}

var update = flag.Bool("update", false, "rewrite the page that reports on the statements")

// TestRFC9260 proves the statements one by one.
func TestRFC9260(t *testing.T) {
	page, proofs := rfc9260, map[string]rfc.Proof{}
	for _, group := range [][]statement{
		formatStatements, openingStatements, cookieStatements, dataStatements, controlStatements, endingStatements,
	} {
		for _, s := range group {
			id := strconv.Itoa(s.number)
			if n := len(page.Requirements) + 1; s.number != n {
				t.Errorf("statement %s stands where %d should", id, n)
			}
			page.Requirements = append(page.Requirements, rfc.Requirement{ID: id, Section: s.section, Level: string(s.level), Text: s.text})
			proofs[id] = func(t *testing.T, _ *rfc.Requirement) rfc.Outcome {
				s.prove(t)
				return rfc.Outcome{Met: true, Where: rfc.Source(s.prove), Shows: s.shows}
			}
		}
	}
	if n := len(page.Requirements); n != 102 {
		t.Errorf("%d statements, want 102", n)
	}
	page.Prove(t, proofs, "..", *update)
}

// cells runs a packet in states, and wants of each what stands behind it. What
// brings nothing about ("-") leaves the association as it was.
func cells(t *testing.T, packet string, want map[State]string) {
	t.Helper()
	for _, state := range States() {
		if want, ok := want[state]; ok {
			r := inState(t, state)
			before := r.state()
			r.feed(packet)
			if want == "-" && !bytes.Equal(before, r.state()) {
				t.Errorf("%s in %v changes the association", packet, state)
			}
			if got := r.outcome(); got != want {
				t.Errorf("%s in %v: %s, want %s", packet, state, got, want)
			}
		}
	}
}

// every wants the same of a packet in all states but some.
func every(t *testing.T, packet, want string, but ...State) {
	t.Helper()
	all := map[State]string{}
	for _, state := range States() {
		if !slices.Contains(but, state) {
			all[state] = want
		}
	}
	cells(t, packet, all)
}

// initAck is the INIT ACK, or INIT, that the last step sent.
func (r *rig) initSent() wire.Init {
	r.t.Helper()
	if len(r.out.Packets) == 0 {
		r.t.Fatal("nothing was sent")
	}
	c, _, _ := r.out.Packets[0].Chunks.Next()
	init, ok := c.Init()
	if !ok {
		r.t.Fatalf("sent %s", r.sent())
	}
	return init
}

// reported is the types in the Unrecognized Parameter parameters of an INIT ACK.
func reported(params wire.Params) (types []wire.ParamType) {
	for p, rest, ok := params.Next(); ok; p, rest, ok = rest.Next() {
		if p.Type == wire.ParamUnrecognized {
			inner, _, _ := wire.Params(p.Value).Next()
			types = append(types, inner.Type)
		}
	}
	return types
}
