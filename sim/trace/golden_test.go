package trace

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares text with a file of testdata.
func golden(t *testing.T, name, text string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, text, string(want))
}

// TestExamples draws every example at 80 columns.
func TestExamples(t *testing.T) {
	for _, e := range examples {
		t.Run(e.name, func(t *testing.T) {
			golden(t, e.name+".txt", draw(t, e.log(), Options{Verdict: "ok"}))
		})
	}
}

// TestLooks draws some examples in other ways.
func TestLooks(t *testing.T) {
	for _, look := range []struct {
		name, example string
		opt           Options
	}{
		{"72", "half-close-echo", Options{Width: 72}},
		{"120", "half-close-echo", Options{Width: 120}},
		{"ascii", "half-close-echo", Options{ASCII: true}},
		{"color", "half-close-echo", Options{Color: true}},
		{"absolute", "half-close-echo", Options{Absolute: true}},
		{"color", "last-ack-lost", Options{Color: true}},
		{"color", "refused", Options{Color: true}},
		{"ascii", "bulk-two-losses", Options{ASCII: true}},
		{"full", "bulk-two-losses", Options{Full: true}},
		{"72", "bulk-two-losses", Options{Width: 72}},
		{"120", "crossings", Options{Width: 120}},
		{"ascii", "crossings", Options{ASCII: true}},
		{"ascii", "ipv6-wide", Options{ASCII: true}},
		{"72", "ipv6-wide", Options{Width: 72}},
		{"conn2", "several", Options{Conn: 2}},
		{"syscalls", "half-close-echo", Options{Only: OnlySyscalls}},
		{"states", "simultaneous-close", Options{Only: OnlyStates}},
		{"packets", "last-ack-lost", Options{Only: OnlyPackets}},
	} {
		t.Run(look.example+"/"+look.name, func(t *testing.T) {
			for _, e := range examples {
				if e.name == look.example {
					golden(t, e.name+"."+look.name+".txt", draw(t, e.log(), look.opt))
				}
			}
		})
	}
}

func TestJSONL(t *testing.T) {
	for _, e := range examples {
		switch e.name {
		case "half-close-echo", "last-ack-lost", "overtaken", "ipv6-wide":
			var w strings.Builder
			if err := JSONL(&w, e.log()); err != nil {
				t.Fatal(err)
			}
			golden(t, e.name+".jsonl", w.String())
		}
	}
}

func TestRefusesOptions(t *testing.T) {
	for _, opt := range []Options{{Width: 71}, {Width: -1}, {Conn: 2}, {Conn: -1}, {Only: "pakets"}} {
		var w strings.Builder
		if err := Ladder(&w, halfCloseEcho(), opt); err == nil || w.Len() > 0 {
			t.Errorf("%+v: no error, or output", opt)
		}
	}
	for _, log := range []*Log{{}, {Hosts: []Host{{Name: "A"}}}} { // nothing happened
		draw(t, log, Options{})
	}
}
