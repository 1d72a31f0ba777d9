package fsm_test

import (
	"slices"
	"testing"

	"simrun/fsm"
)

func TestCandidatesKeepTheOrder(t *testing.T) {
	tab := fsm.New(door())
	for _, c := range []struct {
		s    state
		e    event
		want []string
	}{
		{open, push, []string{"door.push.open"}},
		{shut, key, []string{"door.key.shut", "door.key.else"}},
		{deadLocked, key, []string{"door.key.locked", "door.key.else"}},
		{gone, blast, []string{"door.blast.else"}},
	} {
		var got []string
		for _, i := range tab.Candidates(c.s, c.e) {
			got = append(got, tab.Row(i).ID)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v on %v: %q, want %q", c.s, c.e, got, c.want)
		}
	}
}

func TestNext(t *testing.T) {
	tab := fsm.New(door())
	for id, want := range map[string]state{"door.push.shut": open, "door.key.else": shut} {
		i, ok := tab.Find(id)
		if !ok || tab.Row(i).Next(shut) != want {
			t.Errorf("row %s, found %v, leads from SHUT to %v, want %v", id, ok, tab.Row(i).Next(shut), want)
		}
	}
}

func TestChangedLeavesTheOriginal(t *testing.T) {
	tab := fsm.New(door())
	mutant := tab.Changed("door.push.open", func(r *row) { r.On, r.To = blast, gone })
	i, _ := tab.Find("door.push.open")
	if r := tab.Row(i); r.On != push || r.To != shut {
		t.Errorf("the original has changed: %+v", *r)
	}
	if r := mutant.Row(i); r.On != blast || r.To != gone {
		t.Errorf("the copy has not: %+v", *r)
	}
	// The copy is indexed anew.
	if len(mutant.Candidates(open, push)) != 0 || len(mutant.Candidates(open, blast)) != 2 {
		t.Errorf("candidates of the old rows: %v %v", mutant.Candidates(open, push), mutant.Candidates(open, blast))
	}
	if len(tab.Candidates(open, push)) != 1 || len(tab.Candidates(open, blast)) != 1 {
		t.Error("the original's candidates have changed")
	}
}

func TestChangedRefusesUnknownRow(t *testing.T) {
	defer func() {
		if got := recover(); got != "fsm: table door has no row door.knock.open" {
			t.Errorf("panic %v", got)
		}
	}()
	fsm.New(door()).Changed("door.knock.open", func(*row) {})
}
