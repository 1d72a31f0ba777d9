package script

import (
	"math"
	"math/big"
	"strings"
	"time"

	"simrun/sim"
)

// decimal is a number with a fraction, kept exactly: digits / 10^places.
type decimal struct {
	digits uint64
	places int
}

// cutDecimal splits "1.5s" into 1.5 and "s". It is not ok when there is no
// number, or one with too many digits.
func cutDecimal(s string) (d decimal, rest string, ok bool) {
	i, point := 0, false
	for ; i < len(s); i++ {
		if s[i] == '.' && !point && i > 0 {
			point = true
			continue
		}
		if s[i] < '0' || s[i] > '9' {
			break
		}
		if d.digits > math.MaxUint64/10-1 {
			return d, s, false
		}
		d.digits = d.digits*10 + uint64(s[i]-'0')
		if point {
			d.places++
		}
	}
	return d, s[i:], i > 0 && s[i-1] != '.'
}

// times is the number multiplied by a unit. It is not ok when the product is
// no whole number, or more than limit.
func (d decimal) times(unit, limit uint64) (uint64, bool) {
	num := new(big.Int).Mul(new(big.Int).SetUint64(d.digits), new(big.Int).SetUint64(unit))
	rest := new(big.Int)
	num.QuoRem(num, pow10(d.places), rest)
	return num.Uint64(), rest.Sign() == 0 && num.IsUint64() && num.Uint64() <= limit
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

var durationUnits = []struct {
	name string
	ns   uint64
}{
	{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9},
}

// maxDuration is the longest time a scenario may name, in nanoseconds, so that
// sums of a few stay in range.
const maxDuration = uint64(100_000 * time.Hour)

// parseDuration reads a number with a unit. The problem says what is wrong,
// in words that end a message.
func parseDuration(s string) (d time.Duration, problem string) {
	num, unit, ok := cutDecimal(s)
	if !ok {
		return 0, "; it is no number with a unit"
	}
	if unit == "" {
		return 0, "; a time carries its unit"
	}
	for _, u := range durationUnits {
		if u.name == unit {
			ns, ok := num.times(u.ns, maxDuration)
			if !ok {
				return 0, "; it is too long, or finer than 1ns"
			}
			return time.Duration(ns), ""
		}
	}
	return 0, "; the units are ns, us, ms, s, m and h"
}

var rateUnits = []struct {
	name string
	bits uint64
}{
	{"bit/s", 1}, {"kbit/s", 1e3}, {"Mbit/s", 1e6}, {"Gbit/s", 1e9},
}

// parseRate reads "10Mbit/s" as bits a second.
func parseRate(s string) (int64, bool) {
	num, unit, ok := cutDecimal(s)
	for _, u := range rateUnits {
		if ok && strings.EqualFold(u.name, unit) {
			n, exact := num.times(u.bits, 1e15)
			return int64(n), exact && n > 0
		}
	}
	return 0, false
}

// parsePercent reads "0.5%" as a chance, exactly: p/100 * 2^64, rounded down.
func parsePercent(s string) (sim.Probability, bool) {
	num, unit, ok := cutDecimal(s)
	if !ok || unit != "%" {
		return sim.Probability{}, false
	}
	n := new(big.Int).Lsh(new(big.Int).SetUint64(num.digits), 64)
	n.Quo(n, pow10(num.places+2))
	if n.IsUint64() {
		return sim.Probability{Threshold: n.Uint64()}, true
	}
	certain := n.Cmp(new(big.Int).Lsh(big.NewInt(1), 64)) == 0
	exact := new(big.Int).SetUint64(num.digits).Cmp(pow10(num.places+2)) == 0
	return sim.Probability{Certain: true}, certain && exact
}

// complement is the chance that the other thing happens.
func complement(p sim.Probability) sim.Probability {
	switch {
	case p.Certain:
		return sim.Probability{}
	case p.Threshold == 0:
		return sim.Probability{Certain: true}
	}
	return sim.Probability{Threshold: -p.Threshold}
}

// parseInt reads a whole number within bounds that fit every platform's int.
func parseInt(s string, least, most int) (int, bool) {
	num, rest, ok := cutDecimal(s)
	n := int64(min(num.digits, math.MaxInt32))
	return int(n), ok && rest == "" && num.places == 0 && isDigits(s) && num.digits <= math.MaxInt32 && n >= int64(least) && n <= int64(most)
}
