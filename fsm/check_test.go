package fsm_test

import (
	"slices"
	"testing"

	"simrun/fsm"
)

func TestCheckSound(t *testing.T) {
	if problems := fsm.New(door()).Check(); len(problems) > 0 {
		t.Errorf("a sound machine has problems: %q", problems)
	}
}

// TestCheck spoils the door in one way for each class of problem.
func TestCheck(t *testing.T) {
	const (
		pushOpen, pushShut, pushLocked = 0, 1, 2
		keyShut, keyElse               = 3, 5
		blastAny, blastElse            = 6, 8
	)
	for _, c := range []struct {
		name  string
		spoil func(*machine)
		want  []string
	}{
		{"a cell without a row", func(m *machine) { m.Rows[pushLocked].In = in(gone) },
			[]string{"door: hole: DEAD-LOCKED on push has no row that always applies"}},
		{"a cell whose rows all have guards", func(m *machine) { m.Rows[pushOpen].If = keyFits },
			[]string{"door: hole: OPEN on push has no row that always applies"}},
		{"a row behind one that always applies", func(m *machine) { m.Rows[keyShut].If = 0 },
			[]string{"door: row door.key.else is shadowed in SHUT on key"}},
		{"no path", func(m *machine) { m.Rows[keyShut].To, m.Rows[7].To = gone, gone },
			[]string{"door: state DEAD-LOCKED is reached from OPEN by no path"}},
		{"no way out", func(m *machine) { m.Terminal = 0 },
			[]string{"door: state GONE has no way out"}},
		{"a row back to itself is no way out", func(m *machine) { m.Terminal = 0; m.Rows[pushLocked].To = gone },
			[]string{"door: state GONE has no way out"}},
		{"an ID in no form", func(m *machine) { m.Rows[pushOpen].ID = "Push.Open" },
			[]string{`door: row 0: "Push.Open" is no ID of the form machine.event.state`}},
		{"an ID twice", func(m *machine) { m.Rows[pushShut].ID = "door.push.open" },
			[]string{"door: row door.push.open stands twice"}},
		{"no reference", func(m *machine) { m.Rows[blastAny].Ref = "" },
			[]string{"door: row door.blast.any has no reference"}},
		{"no reason", func(m *machine) { m.Rows[blastElse].Why = "" },
			[]string{"door: row door.blast.else gives no reason"}},
		{"in no state", func(m *machine) {
			m.Rows = append(m.Rows, row{ID: "door.push.never", On: push, Ref: "Door 5", Why: "x"})
		},
			[]string{"door: row door.push.never applies in no state, or in one that is not listed"}},
		{"in a state that is not listed", func(m *machine) { m.Rows[keyElse].In |= in(state(5)) },
			[]string{"door: row door.key.else applies in no state, or in one that is not listed"}},
		{"to a state that is not listed", func(m *machine) { m.Rows[keyElse].To = 6 },
			[]string{"door: row door.key.else leads to ?, which is not listed"}},
		{"on an event that is not listed", func(m *machine) {
			m.Rows = append(m.Rows, row{ID: "door.kick.any", In: in(open), On: 4, Ref: "Door 5", Why: "x"})
		},
			[]string{"door: row door.kick.any waits for ?, which is not listed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := door()
			c.spoil(&m)
			if got := fsm.New(m).Check(); !slices.Equal(got, c.want) {
				t.Errorf("problems %q\nwant %q", got, c.want)
			}
		})
	}
}
