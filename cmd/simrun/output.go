package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

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

// ladder is the look of the ladder on this output.
func (f *runFlags) ladder(out io.Writer) (trace.Options, error) {
	opt := trace.Options{Width: f.width, ASCII: f.ascii || !speaksUTF8(), Full: f.full}
	if opt.Width == 0 {
		opt.Width = max(terminalWidth(out), 0)
		if opt.Width > 0 && opt.Width < trace.MinWidth {
			return opt, fmt.Errorf("want a terminal of at least %d columns, found %d; --width overrides", trace.MinWidth, opt.Width)
		}
	} else if opt.Width < trace.MinWidth {
		return opt, fmt.Errorf("--width: want at least %d columns, found %d", trace.MinWidth, opt.Width)
	}
	switch f.color {
	case "always":
		opt.Color = true
	case "never":
	case "auto":
		opt.Color = terminalWidth(out) > 0 && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	default:
		return opt, fmt.Errorf("--color: want auto, always or never, found %q", f.color)
	}
	return opt, nil
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

// columns is the width of a terminal, 0 if the file is none.
func columns(file *os.File) int {
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// writeFile makes a file that appears whole or not at all: it is written
// beside its place and moved there.
func writeFile(name string, write func(io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".simrun-*")
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", name, err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close()
			_ = os.Remove(tmp.Name())
		}
	}()
	buffered := bufio.NewWriterSize(tmp, 256<<10)
	if err = write(buffered); err != nil {
		return err
	}
	if err = buffered.Flush(); err != nil {
		return err
	}
	if err = tmp.Chmod(0o644); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), name)
}

// unknownScenario says which scenario was perhaps meant.
func unknownScenario(name string) error {
	if near := script.Nearest(name, catalogue.Names()); near != "" {
		return fmt.Errorf("no scenario %q; did you mean %q? (simrun list shows all)", name, near)
	}
	return fmt.Errorf("no scenario %q (simrun list shows all; a file ends in .sim)", name)
}
