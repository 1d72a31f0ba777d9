package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestBuildsAgree runs the command as several builds, with one processor and
// many, in other folders, time zones and languages, twice each: logs, captures
// and ladders are the same to the octet.
func TestBuildsAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the command twice")
	}
	scenarios := []string{
		"tcp/half-close-echo", "tcp/last-ack-lost", "tcp/old-fin-hits-new-socket", "tcp/simultaneous-close",
		"tcp/half-close-echo --loss 20% --seed 7 --corrupt a.P", "tcp/syn-lost --profile linux --set A.rto_min=333ms",
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	type build struct {
		name    string
		command []string
		env     []string
		folder  string
	}
	var builds []build
	for _, arch := range []string{"amd64", "386"} {
		binary := goBuild(t, arch)
		if out, err := exec.Command(binary, "list").CombinedOutput(); err != nil {
			t.Logf("this machine does not run %s: %v %s", arch, err, out)
			continue
		}
		builds = append(builds,
			build{arch, []string{binary}, nil, t.TempDir()},
			build{arch + " elsewhere", []string{binary}, []string{"TZ=Asia/Kathmandu", "LANG=tr_TR.UTF-8", "LC_NUMERIC=de_DE", "HOME=/nowhere"}, here},
			build{arch + " on one processor", []string{binary}, []string{"GOMAXPROCS=1", "GOGC=5"}, t.TempDir()})
	}
	if len(builds) == 0 {
		builds = []build{{"built here", []string{goBuild(t, "")}, nil, t.TempDir()}}
	}
	goRun := build{"go run", []string{"go", "run", "-buildvcs=false", "."}, nil, here}
	for i, scenario := range scenarios {
		want, all := "", builds
		if i == 0 { // once: it links each time anew
			all = append(slices.Clone(builds), goRun)
		}
		for _, b := range all {
			for range 2 {
				got := sums(t, b.command, b.env, b.folder, strings.Fields(scenario))
				if want == "" {
					want = got
				}
				if got != want {
					t.Errorf("%s, %s:\ngot  %s\nwant %s", scenario, b.name, got, want)
				}
			}
		}
	}
}

// goBuild builds the command for an architecture, "" for this machine's.
func goBuild(t *testing.T, arch string) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "simrun.exe")
	cmd := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOARCH="+arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, out)
	}
	return binary
}

// sums is the sums of all that a run puts out.
func sums(t *testing.T, command, env []string, folder string, scenario []string) string {
	t.Helper()
	out := t.TempDir()
	files := []string{"a.pcapng", "b.pcap", "log.jsonl", "ladder"}
	var ladder []byte
	for _, args := range [][]string{
		{"--pcap", filepath.Join(out, files[0]), "--json", filepath.Join(out, files[2])},
		{"-q", "--pcap", filepath.Join(out, files[1]), "--vantage", "B"},
	} {
		args = append(append(append(command[1:len(command):len(command)], "run"), scenario...), args...)
		cmd := exec.Command(command[0], args...)
		cmd.Dir = folder
		cmd.Env = append(append(os.Environ(), "LC_ALL=C.UTF-8"), env...)
		var stdout bytes.Buffer
		cmd.Stdout = &stdout
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v", cmd.Args, err)
		}
		ladder = append(ladder, stdout.Bytes()...)
	}
	if err := os.WriteFile(filepath.Join(out, files[3]), ladder, 0o600); err != nil {
		t.Fatal(err)
	}
	text := ""
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(out, name))
		if err != nil || len(data) == 0 {
			t.Fatalf("%s: %d octets, %v", name, len(data), err)
		}
		text += fmt.Sprintf("%s %.8x ", name, sha256.Sum256(data))
	}
	return text
}
