// Package fsm holds state machines as data: tables of rows that a protocol
// executes, and that are checked, drawn, counted and quoted from the same
// source.
//
// A table is total: every state has a row for every event, "ignore" rows too.
// This package finds the candidate rows of a state and an event; the protocol
// decides which guard holds, sets its state and performs the actions.
package fsm

import (
	"fmt"
	"slices"
)

// Enum is what states, events, guards and actions are: small named numbers.
// States start at 1, because a row whose To is 0 stays where it is; the guard 0
// is "always".
type Enum interface {
	~uint8
	String() string
}

// States is a set of states, one bit each.
type States uint64

// In is the set of the given states.
func In[S Enum](states ...S) (set States) {
	for _, s := range states {
		set |= 1 << s
	}
	return set
}

// Has reports whether the set holds a state.
func Has[S Enum](set States, s S) bool { return set>>s&1 != 0 }

// RowIndex names a row of one table; it is what runs record.
type RowIndex uint16

// Row is one line of a machine: in one of these states, on this event, if the
// guard holds, go there and do that.
type Row[S, E, G, A Enum] struct {
	ID  string // stable name, "tcp.fin.established"
	In  States // where the row applies
	On  E      // what must happen
	If  G      // what must also be true; the zero guard always is
	To  S      // the next state; zero: stay
	Do  []A    // what to do, in order, once the state is set
	Ref string // the text that asks for it, "RFC 9293 3.10.7.4 eighth"
	Why string // the rule in a few words of our own
}

// Machine describes a table: its rows, and what they range over.
type Machine[S, E, G, A Enum] struct {
	Name     string // "tcp"
	Initial  S      // where a machine starts
	States   []S    // every state, in the order of the text
	Events   []E    // every event
	Rows     []Row[S, E, G, A]
	Terminal States // states that need no way out
}

// Table is a machine made ready to run. It does not change afterwards.
type Table[S, E, G, A Enum] struct {
	Machine[S, E, G, A]
	events     int
	candidates [][]RowIndex // [state*events+event]
}

// New indexes a machine. The machine may be faulty: ask Check.
func New[S, E, G, A Enum](m Machine[S, E, G, A]) *Table[S, E, G, A] {
	t := &Table[S, E, G, A]{Machine: m}
	for _, e := range m.Events {
		t.events = max(t.events, int(e)+1)
	}
	last := 0
	for _, s := range m.States {
		last = max(last, int(s))
	}
	t.candidates = make([][]RowIndex, (last+1)*t.events)
	for i, row := range m.Rows {
		for _, s := range m.States {
			if Has(row.In, s) && int(row.On) < t.events {
				cell := &t.candidates[int(s)*t.events+int(row.On)]
				*cell = append(*cell, RowIndex(i))
			}
		}
	}
	return t
}

// Candidates is the rows of a state and an event, in order: the first whose
// guard holds fires.
func (t *Table[S, E, G, A]) Candidates(s S, e E) []RowIndex {
	return t.candidates[int(s)*t.events+int(e)]
}

// Row is the row with the given index.
func (t *Table[S, E, G, A]) Row(i RowIndex) *Row[S, E, G, A] { return &t.Rows[i] }

// Find is the index of the row with the given ID.
func (t *Table[S, E, G, A]) Find(id string) (RowIndex, bool) {
	i := slices.IndexFunc(t.Rows, func(r Row[S, E, G, A]) bool { return r.ID == id })
	return RowIndex(max(i, 0)), i >= 0
}

// Changed is a copy of the table with one row changed: a mutant, or a local
// decision. It panics when no row has the ID, for that is a mistake in code.
func (t *Table[S, E, G, A]) Changed(id string, change func(*Row[S, E, G, A])) *Table[S, E, G, A] {
	i, ok := t.Find(id)
	if !ok {
		panic(fmt.Sprintf("fsm: table %s has no row %s", t.Name, id))
	}
	m := t.Machine
	m.Rows = slices.Clone(m.Rows)
	change(&m.Rows[i])
	return New(m)
}

// Next is where a row leads from a state.
func (r *Row[S, E, G, A]) Next(from S) S {
	if r.To == 0 {
		return from
	}
	return r.To
}
