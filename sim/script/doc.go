// Package script is the .sim language: scenario files, their checks, the
// ladder they want, and the edits that a command line makes to them.
//
// A file is a txtar archive: a comment on top, then sections. "net" lists
// hosts, links and faults, "app HOST" the program of one process, "inject"
// forged packets, "check" facts, and "want" the ladder. Parse compiles a file
// to a sim.Scenario; Evaluate and CompareWant judge a run of it.
package script
