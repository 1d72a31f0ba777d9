package script

import "simrun/sim"

// Check is one fact that a run must show.
type Check struct {
	Pos  sim.Pos
	Text string // as written
}

func (p *parser) checks(sec section) []Check { return nil }
