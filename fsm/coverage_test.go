package fsm_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"simrun/fsm"
)

// fired is the indexes of the rows with the given IDs.
func fired(t *testing.T, tab *table, ids ...string) (rows []fsm.RowIndex) {
	t.Helper()
	for _, id := range ids {
		i, ok := tab.Find(id)
		if !ok {
			t.Fatalf("no row %s", id)
		}
		rows = append(rows, i)
	}
	return rows
}

func TestCoverage(t *testing.T) {
	tab := fsm.New(door())
	c := fsm.NewCoverage(tab)
	c.Add(fired(t, tab, "door.push.open", "door.push.shut", "door.push.open"))
	c.Add(nil)
	c.Add(fired(t, tab, "door.key.shut", "door.key.locked", "door.key.else", "door.blast.any"))
	waived := []fsm.Waiver{{Row: "door.blast.else", Why: "no dynamite in a test"}}
	missing, err := c.Missing(waived)
	if want := []string{"door.push.locked", "door.blast.shut"}; err != nil || !slices.Equal(missing, want) {
		t.Errorf("Missing = %q, %v; want %q", missing, err, want)
	}
	var report strings.Builder
	if err := c.Write(&report, waived); err != nil {
		t.Error(err)
	}
	want := `door: 6 of 9 rows fired
  missing  door.push.locked
  missing  door.blast.shut
  waived   door.blast.else: no dynamite in a test
`
	if report.String() != want {
		t.Errorf("report:\n%swant:\n%s", report.String(), want)
	}
	c.Add(fired(t, tab, "door.push.locked", "door.blast.shut"))
	if missing, err := c.Missing(waived); err != nil || missing != nil {
		t.Errorf("Missing = %q, %v; want none", missing, err)
	}
}

func TestWaiversMustBeNeeded(t *testing.T) {
	tab := fsm.New(door())
	c := fsm.NewCoverage(tab)
	c.Add(fired(t, tab, "door.push.open"))
	for _, w := range []struct {
		waived []fsm.Waiver
		want   string
	}{
		{[]fsm.Waiver{{"door.push.open", "why not"}}, `door: waiver for row "door.push.open": the row fired, 1 times`},
		{[]fsm.Waiver{{"door.knock.open", "nobody there"}}, `door: waiver for row "door.knock.open": no row has this ID`},
		{[]fsm.Waiver{{"door.key.else", ""}}, `door: waiver for row "door.key.else": it gives no reason`},
		{[]fsm.Waiver{{"door.key.else", "a"}, {"door.key.else", "b"}}, `door: waiver for row "door.key.else": the row is waived already`},
	} {
		if _, err := c.Missing(w.waived); err == nil || err.Error() != w.want {
			t.Errorf("Missing: %v, want %s", err, w.want)
		}
		var report strings.Builder
		if err := c.Write(&report, w.waived); err == nil || err.Error() != w.want {
			t.Errorf("Write: %v, want %s", err, w.want)
		}
		if !strings.HasPrefix(report.String(), "door: 1 of 9 rows fired\n") {
			t.Errorf("the report is kept back: %q", report.String())
		}
	}
}

type fullDisk struct{}

var errFull = errors.New("disk full")

func (fullDisk) Write([]byte) (int, error) { return 0, errFull }

func TestWritePassesErrorsOn(t *testing.T) {
	c := fsm.NewCoverage(fsm.New(door()))
	if err := c.Write(fullDisk{}, nil); !errors.Is(err, errFull) {
		t.Errorf("Write = %v, want %v", err, errFull)
	}
}
