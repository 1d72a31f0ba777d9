package trace

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"simrun/clock"
)

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		d    time.Duration
		want string
	}{
		{0, "0 s"}, {1, "1 ns"}, {999, "999 ns"}, {1500, "1.5 µs"}, {15 * time.Microsecond, "15 µs"},
		{time.Millisecond, "1 ms"}, {250 * time.Millisecond, "250 ms"}, {20376 * time.Microsecond, "20.376 ms"},
		{time.Second, "1 s"}, {1500 * time.Millisecond, "1.5 s"}, {239999 * time.Millisecond, "239.999 s"},
		{240 * time.Second, "240 s"}, {2 * time.Hour, "7200 s"}, {time.Second + 1, "1.000000001 s"},
		{-1500 * time.Millisecond, "-1.5 s"},
	} {
		if got := Duration(c.d); got != c.want {
			t.Errorf("Duration(%d) = %q, want %q", c.d, got, c.want)
		}
	}
}

func TestClockAndGapTexts(t *testing.T) {
	for _, c := range []struct {
		at         time.Duration
		micro      bool
		clock, gap string
	}{
		{0, false, "0.000", "~ 0.000 s ~"},
		{2 * time.Millisecond, false, "0.002", "~ 0.002 s ~"},
		{1998 * time.Millisecond, false, "1.998", "~ 1.998 s ~"},
		{time.Second, false, "1.000", "~ 1.000 s ~"},
		{10 * time.Second, false, "10.000", "~ 10 s ~"},
		{239999 * time.Millisecond, false, "239.999", "~ 239.999 s ~"},
		{240 * time.Second, true, "240.000000", "~ 240 s ~"},
		{20376 * time.Microsecond, true, "0.020376", "~ 0.020376 s ~"},
	} {
		if got := clockText(clock.At(c.at), c.micro); got != c.clock {
			t.Errorf("clockText(%v) = %q, want %q", c.at, got, c.clock)
		}
		if got := gapText(c.at, c.micro); got != c.gap {
			t.Errorf("gapText(%v) = %q, want %q", c.at, got, c.gap)
		}
	}
}

func TestQuote(t *testing.T) {
	for _, c := range []struct {
		data  string
		room  int
		ascii bool
		want  string
	}{
		{"ABCDEFG", 9, false, `"ABCDEFG"`},
		{"ABCDEFG", 8, false, `"ABCDE…"`},
		{"ABCDEFG", 8, true, `"ABCD.."`},
		{"ABCDEFG", 0, false, `"…"`},
		{"", 0, false, `""`},
		{"a\n\x00\"", 20, false, `"a\n\x00\""`},
		{"a\n\x00\"", 8, false, `"a\n…"`}, // an escape is not cut
		{"\xff漢字", 10, false, `"\xff漢字"`},
		{"漢字漢字", 8, false, `"漢字…"`},
		{"é", 9, true, `"\u00e9"`},
	} {
		g := &unicodeGlyphs
		if c.ascii {
			g = &asciiGlyphs
		}
		if got := quote([]byte(c.data), c.room, g); got != c.want {
			t.Errorf("quote(%q, %d) = %s, want %s", c.data, c.room, got, c.want)
		}
	}
}

// TestCallText says how a call's data gives way in a margin: what does not
// fit beside the call goes to a line of its own.
func TestCallText(t *testing.T) {
	for _, c := range []struct {
		call CallText
		want string
	}{
		{CallText{Name: "recv", Got: []byte("ABCDEFG")}, "recv = \"ABCDEFG\""},
		{CallText{Name: "recv", Got: []byte("ABCDEFGHIJK")}, "recv = \"ABCDEFGH…\""},
		{CallText{Name: "recv", Args: "timeout=2s", Got: []byte("reply 1")}, "recv timeout=2s|  = \"reply 1\""},
		{CallText{Name: "recv", Args: "timeout=2s", Got: []byte("reply 1 of 20")}, "recv timeout=2s|  = \"reply 1 of …\""},
		{CallText{Name: "send", Data: []byte("ABCDEFG"), Result: "7"}, "send \"ABCDEFG\" = 7"},
		{CallText{Name: "send", Data: []byte("ABCDEFG"), Result: "ECONNRESET"}, "send \"ABCDEFG\"|  = ECONNRESET"},
	} {
		text := c.call.text(fullCall, false, 18, &unicodeGlyphs)
		got := strings.ReplaceAll(strings.Join(wrap(text, 18, "  "), "|"), glue, " ")
		if got != c.want {
			t.Errorf("%+v: got %s, want %s", c.call, got, c.want)
		}
	}
}

func TestCells(t *testing.T) {
	for s, want := range map[string]int{"": 0, "abc": 3, "漢字": 4, "e\u0301": 1, "…×─►┤": 5, "ｱ": 1, "Ａ": 2, "한": 2} {
		if got := Cells(s); got != want {
			t.Errorf("Cells(%q) = %d, want %d", s, got, want)
		}
	}
}

// TestWrap breaks random texts: no line is too long, and nothing but spaces
// and the indent comes or goes.
func TestWrap(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 2_000 {
		var words []string
		for range rnd.IntN(8) {
			words = append(words, strings.Repeat([]string{"a", "漢", "e\u0301", "-"}[rnd.IntN(4)], 1+rnd.IntN(20)))
		}
		text, n := strings.Join(words, " "), 6+rnd.IntN(30)
		lines := wrap(text, n, "  ")
		for _, l := range lines {
			if Cells(l) > n {
				t.Fatalf("wrap(%q, %d): %q is too long", text, n, l)
			}
		}
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.Join(words, "") {
			t.Fatalf("wrap(%q, %d) = %q", text, n, lines)
		}
	}
}
