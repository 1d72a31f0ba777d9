// Package sim is the world that the protocols live in: hosts, links, taps and
// applications on one virtual clock. A World is made from a Scenario, or piece
// by piece in Go, and is driven by Next, Step and RunUntil.
package sim
