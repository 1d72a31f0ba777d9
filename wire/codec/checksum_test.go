package codec

import (
	"math/rand/v2"
	"testing"
)

// naive is the checksum as RFC 1071 1 tells it: 16-bit words, an odd octet
// padded with zero, carries added back.
func naive(acc uint32, b []byte) uint16 {
	for i := 0; i < len(b); i += 2 {
		acc += uint32(b[i]) << 8
		if i+1 < len(b) {
			acc += uint32(b[i+1])
		}
		acc = acc>>16 + acc&0xffff
	}
	return ^uint16(acc>>16 + acc)
}

func TestChecksumTwin(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	backing := make([]byte, 4096)
	for i := range 20000 {
		b := backing[rnd.IntN(16):]
		b = b[:rnd.IntN(len(b))]
		if i%2 == 0 {
			b = b[:rnd.IntN(min(len(b), 64)+1)]
		}
		for j := range b {
			switch i % 3 {
			case 0:
				b[j] = byte(rnd.Uint32())
			case 1:
				b[j] = 0xff // carries at every step
			default:
				b[j] = 0
			}
		}
		start := rnd.Uint32N(1 << 17)
		got, want := checksum(uint64(start), b), naive(start, b)
		if got != want {
			t.Fatalf("checksum of %d octets from %#x = %#04x, want %#04x", len(b), start, got, want)
		}
	}
}

// TestChecksumCarries meets additions that carry out of 64 bits at the very end.
func TestChecksumCarries(t *testing.T) {
	ones := []byte{255, 255, 255, 255, 255, 255, 255, 255}
	all := append(append([]byte{}, ones...), ones...)
	for n := range len(all) + 1 {
		if got, want := checksum(1<<64-1, all[:n]), naive(0xffff, all[:n]); got != want {
			t.Errorf("%d octets: %#04x, want %#04x", n, got, want)
		}
	}
}

func TestSumInPieces(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 2000 {
		b := make([]byte, rnd.IntN(100))
		for j := range b {
			b[j] = byte(rnd.Uint32())
		}
		cut := rnd.IntN(len(b)+1) &^ 1 // only the last piece may be odd
		if got, want := fold(sum(sum(0, b[:cut]), b[cut:])), fold(sum(0, b)); got != want {
			t.Fatalf("%d octets cut at %d fold to %#04x, want %#04x", len(b), cut, got, want)
		}
	}
}

// TestAddsKnown takes the IPv4 header of RFC 1071's many readers, whose
// checksum is 0xb861.
func TestAddsKnown(t *testing.T) {
	header := []byte{
		0x45, 0x00, 0x00, 0x73, 0x00, 0x00, 0x40, 0x00, 0x40, 0x11,
		0xb8, 0x61, 0xc0, 0xa8, 0x00, 0x01, 0xc0, 0xa8, 0x00, 0xc7,
	}
	if !adds(0, header) {
		t.Error("a header with its right checksum does not add up")
	}
	header[10], header[11] = 0, 0
	if got := checksum(0, header); got != 0xb861 {
		t.Errorf("checksum = %#04x, want 0xb861", got)
	}
}

func BenchmarkChecksum1460(b *testing.B) {
	data := make([]byte, 1480)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		checksum(0, data)
	}
}
