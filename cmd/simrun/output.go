package main

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"simrun/sim/capture"
	"simrun/sim/catalogue"
	"simrun/sim/script"
	"simrun/sim/trace"
)

// load finds a scenario: a file if the name looks like one, else in the book.
func load(name string) (*script.File, error) {
	if !strings.HasSuffix(name, ".sim") {
		if _, ok := catalogue.Source(name); !ok {
			return nil, unknownScenario(name)
		}
		return catalogue.File(name)
	}
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("want a scenario file: %w", err)
	}
	return script.Parse("", name, src)
}

// unknownScenario says which scenario was perhaps meant.
func unknownScenario(name string) error {
	if near := script.Nearest(name, catalogue.Names()); near != "" {
		return fmt.Errorf("no scenario %q; did you mean %q? (simrun list shows all)", name, near)
	}
	return fmt.Errorf("no scenario %q (simrun list shows all; a file ends in .sim)", name)
}

// ladder is the look of the ladder on this output.
func (f *runFlags) ladder(out io.Writer) (opt trace.Options, err error) {
	opt = trace.Options{Width: f.width, ASCII: f.ascii || !speaksUTF8(), Full: f.full}
	terminal := terminalWidth(out)
	switch {
	case f.width < 0 || f.given("width") && f.width < trace.MinWidth:
		return opt, fmt.Errorf("--width: want at least %d columns, found %d", trace.MinWidth, f.width)
	case f.width == 0 && terminal > 0 && terminal < trace.MinWidth:
		return opt, fmt.Errorf("want a terminal of at least %d columns, found %d; --width overrides", trace.MinWidth, terminal)
	case f.width == 0:
		opt.Width = terminal
	}
	opt.Color, err = wantsColor(f.color, terminal > 0)
	return opt, err
}

// wantsColor is whether to use colour, by the flag and the environment.
func wantsColor(when string, terminal bool) (bool, error) {
	switch when {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb", nil
	}
	return false, unknown("value of --color", when, []string{"auto", "always", "never"})
}

// speaksUTF8 reports whether the locale does; a locale that says nothing is
// taken to.
func speaksUTF8() bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := os.Getenv(name); v != "" {
			v = strings.ToLower(v)
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return true
}

// terminalWidth is the width of the terminal that out is, or 0.
func terminalWidth(out io.Writer) int {
	file, ok := out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// checkOutputs refuses what could not be written, before the run, and finds
// the host whose packets are captured.
func (f *runFlags) checkOutputs(file *script.File) (err error) {
	if _, ok := capture.FormatOf(f.pcap); f.pcap != "" && !ok {
		return fmt.Errorf("--pcap: want a file that ends in .pcap or .pcapng, found %q", f.pcap)
	}
	for _, out := range []struct{ flag, name string }{{"pcap", f.pcap}, {"json", f.json}} {
		if err := checkPlace(out.name); out.name != "-" && f.given(out.flag) && err != nil {
			return fmt.Errorf("--%s: %w", out.flag, err)
		}
	}
	if !f.given("vantage") {
		return nil
	}
	f.host, err = findHost(file, f.vantage)
	return err
}

// checkPlace reports whether a file could stand there.
func checkPlace(name string) error {
	if name == "" {
		return fmt.Errorf("want the name of a file, found none")
	}
	if info, err := os.Stat(name); err == nil && info.IsDir() {
		return fmt.Errorf("want a file, found the folder %s", name)
	}
	folder := filepath.Dir(name)
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return fmt.Errorf("want a file in a folder that exists, found %s", name)
	}
	return nil
}

// findHost is the index of a host; its name may be in either case.
func findHost(file *script.File, name string) (int, error) {
	var names []string
	for i, h := range file.Scenario.Hosts {
		if strings.EqualFold(h.Name, name) {
			return i, nil
		}
		names = append(names, h.Name)
	}
	return 0, unknown("host", name, names)
}

// writeFile makes a file that appears whole or not at all: it is written
// beside its place and moved there. What is no plain file is written to as it
// is.
func writeFile(name string, write func(io.Writer) error) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	mode := fs.FileMode(0o666)
	old, err := os.Stat(name)
	switch {
	case err == nil && !old.Mode().IsRegular():
		return writeTo(name, os.O_WRONLY, mode, write)
	case err == nil:
		mode = old.Mode().Perm()
	}
	beside := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d.tmp", filepath.Base(name), os.Getpid()))
	if err := writeTo(beside, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode, write); err != nil {
		_ = os.Remove(beside)
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	if err := os.Rename(beside, name); err != nil {
		_ = os.Remove(beside)
		return err
	}
	return nil
}

// writeTo writes to a file, as it is opened by flags and mode.
func writeTo(name string, flags int, mode fs.FileMode, write func(io.Writer) error) error {
	file, err := os.OpenFile(name, flags, mode)
	if err != nil {
		return err
	}
	buffered := bufio.NewWriterSize(file, 256<<10)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
	if closed := file.Close(); err == nil {
		err = closed
	}
	return err
}
