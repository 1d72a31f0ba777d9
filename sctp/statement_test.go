package sctp

import (
	"fmt"
	"slices"
	"testing"

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
	// elsewhere is the test of another package that is the proof.
	elsewhere string
}

// TestRFC9260 proves the statements one by one.
func TestRFC9260(t *testing.T) {
	all := [][]statement{formatStatements, openingStatements, cookieStatements, dataStatements, controlStatements, endingStatements}
	next := 1
	for _, group := range all {
		for _, s := range group {
			if s.number != next {
				t.Errorf("statement %d stands where %d should", s.number, next)
			}
			next = s.number + 1
			if s.section == "" || s.level == "" || s.text == "" || s.shows == "" {
				t.Errorf("statement %d lacks something", s.number)
			}
			t.Run(s.name(), func(t *testing.T) {
				if s.prove == nil && s.elsewhere == "" {
					t.Fatal("it has no proof")
				}
				if s.prove == nil {
					t.Skip(s.elsewhere)
				}
				s.prove(t)
			})
		}
	}
	if next != 103 {
		t.Errorf("%d statements, want 102", next-1)
	}
}

func (s *statement) name() string { return fmt.Sprintf("%d RFC 9260 %s", s.number, s.section) }

// cells runs a packet in states, and wants of each what stands behind it.
func cells(t *testing.T, packet string, want map[State]string) {
	t.Helper()
	for _, state := range States() {
		if want, ok := want[state]; ok {
			r := inState(t, state)
			r.feed(packet)
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
