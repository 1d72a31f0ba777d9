package serial_test

import (
	"math/big"
	"testing"

	"simrun/internal/serial"
)

func TestBefore(t *testing.T) {
	for _, c := range []struct {
		a, b uint32
		want bool
	}{
		{0, 0, false},
		{0, 1, true},
		{1, 0, false},
		{1<<32 - 1, 0, true},
		{0, 1<<32 - 1, false},
		{0, 1<<31 - 1, true},
		{0, 1 << 31, false}, // exactly half: unordered
		{1 << 31, 0, false}, // in both directions
		{5, 1<<31 + 4, true},
		{5, 1<<31 + 5, false},
	} {
		if got := serial.Before(c.a, c.b); got != c.want {
			t.Errorf("Before(%d, %d) = %v, want %v", c.a, c.b, got, c.want)
		}
	}
}

// TestBeforeTwin compares the subtraction with RFC 1982's own definition,
// computed without wrapping, over every pair of a 16-bit sample.
func TestBeforeTwin(t *testing.T) {
	before := func(a, b uint16) bool {
		i, j := big.NewInt(int64(a)), big.NewInt(int64(b))
		half := big.NewInt(1 << 15)
		d := new(big.Int)
		less := i.Cmp(j) < 0 && d.Sub(j, i).Cmp(half) < 0
		wrapped := i.Cmp(j) > 0 && d.Sub(i, j).Cmp(half) > 0
		return less || wrapped
	}
	for a := 0; a < 1<<16; a += 257 {
		for b := 0; b < 1<<16; b += 251 {
			x, y := uint16(a), uint16(b)
			if got, want := serial.Before(x, y), before(x, y); got != want {
				t.Fatalf("Before(%d, %d) = %v, want %v", x, y, got, want)
			}
			if got, want := serial.AtOrBefore(x, y), x == y || before(x, y); got != want {
				t.Fatalf("AtOrBefore(%d, %d) = %v, want %v", x, y, got, want)
			}
		}
	}
}

func TestInWindow(t *testing.T) {
	for _, c := range []struct {
		n, start, size uint32
		want           bool
	}{
		{10, 10, 0, false},
		{10, 10, 1, true},
		{11, 10, 1, false},
		{9, 10, 100, false},
		{2, 1<<32 - 2, 5, true},
		{3, 1<<32 - 2, 5, false},
	} {
		if got := serial.InWindow(c.n, c.start, c.size); got != c.want {
			t.Errorf("InWindow(%d, %d, %d) = %v, want %v", c.n, c.start, c.size, got, c.want)
		}
	}
}
