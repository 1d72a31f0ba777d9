package script

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"simrun/sim"
)

const edited = "# tcp/x: to edit\n-- net --\nhost A 10.0.0.1 ack=immediate\nhost B 10.0.0.2\nlink A B delay=10ms\ndrop a#4\n"

func TestEdit(t *testing.T) {
	f := mustParse(t, edited)
	before := mustParse(t, edited)
	sc, err := f.Edit(Edits{
		{"drop", "A.f"}, {"set", "a.ack=delayed"}, {"set", "msl=30s"}, {"profile", "linux"},
		{"cut", "5s..90s on A-B"}, {"seed", "7"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if sc.Profile != "linux" || sc.Seed != 7 {
		t.Errorf("got profile %q, seed %d", sc.Profile, sc.Seed)
	}
	var faults []string
	for _, fault := range sc.Faults {
		faults = append(faults, fault.Text)
	}
	if diff := cmp.Diff([]string{"drop a#4", "drop a.F", "cut 5s..90s on A-B"}, faults); diff != "" {
		t.Error(diff)
	}
	settings := [][]sim.Setting{
		{{Key: "ack", Value: "delayed"}, {Key: "msl", Value: "30s"}},
		{{Key: "msl", Value: "30s"}},
	}
	for i, h := range sc.Hosts {
		if diff := cmp.Diff(settings[i], h.Settings, noPos); diff != "" {
			t.Error(diff)
		}
	}
	if diff := cmp.Diff(before.Scenario, f.Scenario, noPos); diff != "" {
		t.Errorf("the file itself changed: %s", diff)
	}
}

func TestEditErrors(t *testing.T) {
	tests := []struct {
		edit Edit
		want string
	}{
		{Edit{"drop", "z.F"}, "unknown host \"z\"; want A or B\n      | drop z.F\n      |      ^^^"},
		{Edit{"drop", "a.F b"}, "want the end of the line, found \"b\"\n      | drop a.F b\n      |          ^"},
		{Edit{"set", "C.msl=30s"}, "unknown host \"C\"; want A or B\n      | C.msl=30s\n      | ^^^^^"},
		{Edit{"set", "A.msl"}, "want a setting such as ack=immediate, found \"msl\"\n      | A.msl\n      |   ^^^"},
		{Edit{"set", "A.mls=30s"}, "unknown setting \"mls\"; did you mean \"msl\"?\n      | A.mls=30s\n      |   ^^^"},
		{Edit{"profile", "windows"}, "unknown profile \"windows\"; want rfc, linux or freebsd\n      | windows\n      | ^^^^^^^"},
		{Edit{"seed", ""}, "want a seed, found the end of the line\n      |\n      | ^"},
	}
	f := mustParse(t, edited)
	for _, tt := range tests {
		_, err := f.Edit(Edits{tt.edit})
		if err == nil || err.Error() != "--"+tt.edit.Flag+": "+tt.want {
			t.Errorf("--%s %q:\nwant %s\ngot  %v", tt.edit.Flag, tt.edit.Value, tt.want, err)
		}
	}
}

func TestCommand(t *testing.T) {
	f := mustParse(t, edited)
	tests := []struct {
		edits Edits
		want  string
	}{
		{nil, "simrun run tcp/x"},
		{Edits{{"drop", "A.f"}, {"seed", "7"}}, "simrun run tcp/x --drop a.F --seed 7"},
		{Edits{{"drop", "a#4"}, {"profile", "linux"}, {"set", "a.msl=30s"}}, "simrun run tcp/x --drop a#4 --profile linux --set A.msl=30s"},
		{Edits{{"delay", "70s a.P[2]"}, {"set", "msl=30s"}}, "simrun run tcp/x --delay 'a.P[2] 70s' --set msl=30s"},
	}
	for _, tt := range tests {
		if got := f.Command(tt.edits); got != tt.want {
			t.Errorf("want %s\ngot  %s", tt.want, got)
		}
	}
}
