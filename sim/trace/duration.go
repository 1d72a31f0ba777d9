package trace

import (
	"strconv"
	"strings"
	"time"

	"simrun/clock"
)

// Duration is d as margins write it: exact, with the unit that reads best and
// a space, "1 s", "250 ms", "1.5 s", "239.999 s", "15 µs".
func Duration(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + Duration(-d)
	case d == 0 || d >= time.Second:
		return decimal(d, time.Second) + " s"
	case d >= time.Millisecond:
		return decimal(d, time.Millisecond) + " ms"
	case d >= time.Microsecond:
		return decimal(d, time.Microsecond) + " µs"
	}
	return strconv.Itoa(int(d)) + " ns"
}

// decimal is d counted in units, without zeros at the end.
func decimal(d, unit time.Duration) string {
	s := strconv.FormatInt(int64(d/unit), 10)
	rest := d % unit
	if rest == 0 {
		return s
	}
	digits := strconv.FormatInt(int64(unit+rest), 10)[1:] // with the zeros in front
	return s + "." + strings.TrimRight(digits, "0")
}

// clockText is an instant in seconds with three digits, or six.
func clockText(t clock.Time, micro bool) string {
	unit, places := clock.Time(time.Millisecond), 3
	if micro {
		unit, places = clock.Time(time.Microsecond), 6
	}
	s := strconv.FormatInt(int64(t/unit), 10)
	if len(s) <= places {
		s = strings.Repeat("0", places+1-len(s)) + s
	}
	return s[:len(s)-places] + "." + s[len(s)-places:]
}

// gapText is how long nothing happens. It has the digits of the clocks, so
// that the eye can subtract, but for whole seconds that are many.
func gapText(d time.Duration, micro bool) string {
	if d >= 10*time.Second && d%time.Second == 0 {
		return "~ " + Duration(d) + " ~"
	}
	return "~ " + clockText(clock.Time(d), micro) + " s ~"
}
