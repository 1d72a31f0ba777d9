package script

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCompareWant(t *testing.T) {
	const head = twoHosts + "-- want --\n" // the title is line 6
	tests := []struct{ name, want, got, message string }{
		{"same", "a\nb\n3 packets, 0 lost\n", "a  \nb\n3 packets, 0 lost", ""},
		{"a row differs", "a\n  b\n3 packets, 0 lost\n", "a\n  c\n4 packets, 0 lost\n",
			"test.sim:8: want: row 2 of 3 is the first to differ\n  -  b\n  +  c\n" +
				"   3 packets wanted, 4 got. If the new ladder is right: simrun test -update"},
		{"rows are missing", "a\nb\n", "a\n",
			"test.sim:8: want: row 2 of 2 is the first to differ\n  -b\n   If the new ladder is right: simrun test -update"},
		{"rows are too many", "a\n", "a\nb\n",
			"test.sim:7: want: row 2 comes after the last, 1\n  +b\n   If the new ladder is right: simrun test -update"},
		{"nothing is wanted yet", "", "a\n",
			"test.sim:6: want: row 1 comes after the last, 0\n  +a\n   If the new ladder is right: simrun test -update"},
	}
	for _, tt := range tests {
		message := ""
		if err := mustParse(t, head+tt.want).CompareWant(tt.got); err != nil {
			message = err.Error()
		}
		if message != tt.message {
			t.Errorf("%s:\nwant %s\ngot  %s", tt.name, tt.message, message)
		}
	}
	if err := mustParse(t, twoHosts).CompareWant("a\n"); err != nil {
		t.Errorf("a file without a want section wants nothing, got %v", err)
	}
}

func TestUpdateWant(t *testing.T) {
	tests := []struct{ name, src, want string }{
		{"appended", "# x\n-- net --\nhost A 1.1.1.1\n", "# x\n-- net --\nhost A 1.1.1.1\n-- want --\nnew\n"},
		{"after an open line", "-- net --\nhost", "-- net --\nhost\n-- want --\nnew\n"},
		{"replaced", "# x\n-- want --\nold\n", "# x\n-- want --\nnew\n"},
		{"in the middle", "# x\r\n-- want --\r\nold\nold\n-- net --\nhost\r\n", "# x\r\n-- want --\r\nnew\n-- net --\nhost\r\n"},
		{"empty", "# x\n-- want --\n-- net --\n", "# x\n-- want --\nnew\n-- net --\n"},
		{"title without newline", "# x\n-- want --", "# x\n-- want --\nnew\n"},
		{"last line open", "# x\n-- want --\nold", "# x\n-- want --\nnew\n"},
		{"empty file", "", "-- want --\nnew\n"},
	}
	for _, tt := range tests {
		if diff := cmp.Diff(tt.want, string(UpdateWant([]byte(tt.src), "new"))); diff != "" {
			t.Errorf("%s:\n%s", tt.name, diff)
		}
	}
}
