package sim

import (
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"time"
)

// dice is one stream of random numbers, derived from the run's seed and a
// name, so that adding a host or a link moves nobody else's dice. It is a
// value: copying it copies its future.
type dice struct{ pcg rand.PCG }

func newDice(seed uint64, name string) dice {
	h := fnv.New64a()
	_, _ = h.Write([]byte(name))
	return dice{*rand.NewPCG(seed, h.Sum64())}
}

// happens throws once and reports whether an event of the given chance
// happens.
func (d *dice) happens(p Probability) bool {
	if p.Certain {
		return true
	}
	if p.Threshold == 0 {
		return false // no throw: a link without loss uses no randomness
	}
	return d.pcg.Uint64() < p.Threshold
}

// below is a uniform number from 0 up to but not including n.
func (d *dice) below(n uint64) uint64 {
	hi, _ := bits.Mul64(d.pcg.Uint64(), n)
	return hi
}

// upTo is a uniform duration from 0 to most.
func (d *dice) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	return time.Duration(d.below(uint64(most) + 1))
}

// bytes16 is sixteen random octets, a key.
func (d *dice) bytes16() (b [16]byte) {
	for i := 0; i < 16; i += 8 {
		v := d.pcg.Uint64()
		for j := range 8 {
			b[i+j] = byte(v >> (8 * j))
		}
	}
	return b
}
