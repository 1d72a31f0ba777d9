//go:build race

// Package race says whether the race detector is on: it makes code allocate
// that otherwise would not, so tests that count allocations are skipped.
package race

// Enabled is whether the race detector is on.
const Enabled = true
