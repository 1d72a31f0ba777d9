package script

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"simrun/sim/trace"
)

// FuzzParse feeds the parser anything: it answers with a scenario or with an
// Error that points into the file, and a scenario can be judged and edited.
func FuzzParse(f *testing.F) {
	for _, src := range catalogue(f) {
		f.Add(src)
	}
	bad, _ := filepath.Glob(badFiles)
	for _, path := range bad {
		src, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Fuzz(checkParse)
}

func checkParse(t *testing.T, src []byte) {
	file, err := Parse("", "fuzz.sim", src)
	if err != nil {
		checkError(t, src, err)
		return
	}
	l := &trace.Log{}
	for _, h := range file.Scenario.Hosts {
		l.Hosts = append(l.Hosts, trace.Host{Name: h.Name, Addrs: h.Addrs})
	}
	file.Evaluate(&Result{Log: l})
	for _, fault := range file.Scenario.Faults {
		again, err := ParseFault(fault.Text, file.Scenario)
		if err != nil || again.Text != fault.Text {
			t.Fatalf("canonical fault %q parses as %q, %v", fault.Text, again.Text, err)
		}
	}
	if file.CompareWant(file.Want) != nil {
		t.Error("a ladder differs from itself")
	}
	checkUpdate(t, src)
}

// TestShuffledWords drops, repeats and exchanges words of good files: nearer
// to the mistakes that people make than a fuzzer's bytes.
func TestShuffledWords(t *testing.T) {
	var files []string
	for _, src := range catalogue(t) {
		files = append(files, string(src))
	}
	slices.Sort(files)
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		words := strings.SplitAfter(files[r.IntN(len(files))], " ")
		other := strings.SplitAfter(files[r.IntN(len(files))], " ")
		for range 1 + r.IntN(3) {
			i, j := r.IntN(len(words)), r.IntN(len(words))
			switch r.IntN(4) {
			case 0:
				words[i] = ""
			case 1:
				words[i] += words[j]
			case 2:
				words[i], words[j] = words[j], words[i]
			case 3:
				words[i] = other[r.IntN(len(other))]
			}
		}
		src := strings.Join(words, "")
		if checkParse(t, []byte(src)); t.Failed() {
			t.Fatalf("in\n%s", src)
		}
	}
}

func checkError(t *testing.T, src []byte, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%T is no *Error: %v", err, err)
	}
	lines := strings.Split(string(src), "\n")
	if e.Pos.Line < 1 || e.Pos.Line > len(lines) || e.Line != lines[e.Pos.Line-1] {
		t.Fatalf("position outside of the file: %v", err)
	}
	if e.Pos.Col > trace.Cells(e.Line)+1 {
		t.Fatalf("position outside of the line: %v", err)
	}
	if e.Msg == "" || strings.Contains(e.Msg, "\n") {
		t.Fatalf("message of no or many lines: %v", err)
	}
}

// checkUpdate replaces the want section twice: what stands in it must not
// matter, and the rest of the file must stay.
func checkUpdate(t *testing.T, src []byte) {
	t.Helper()
	one := UpdateWant(src, "one\n")
	file, err := Parse("", "fuzz.sim", one)
	if err != nil || file.Want != "one\n" {
		t.Fatalf("want section not written: %v", err)
	}
	if two := UpdateWant(UpdateWant(one, "two\ntwo\n"), "one"); !bytes.Equal(one, two) {
		t.Fatalf("not the same after two updates: %q, %q", one, two)
	}
}
