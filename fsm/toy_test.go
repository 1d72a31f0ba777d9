package fsm_test

import "simrun/fsm"

// A toy machine: a door with a lock. It has what real tables have: a state
// with a hyphen, a guard, two rows in one cell, parallel ways between the same
// two states, "ignore" rows and a terminal state.

type state uint8

const (
	open state = iota + 1
	shut
	deadLocked
	gone
)

func (s state) String() string {
	return [...]string{"?", "OPEN", "SHUT", "DEAD-LOCKED", "GONE"}[min(s, 5)%5]
}

type event uint8

const (
	push event = iota + 1
	key
	blast
)

func (e event) String() string { return [...]string{"?", "push", "key", "blast"}[min(e, 4)%4] }

type guard uint8

const keyFits guard = 1

func (g guard) String() string { return [...]string{"always", "keyFits"}[g] }

type action uint8

const (
	creak action = iota + 1
	click
)

func (a action) String() string { return [...]string{"?", "creak", "click"}[a] }

type (
	machine = fsm.Machine[state, event, guard, action]
	table   = fsm.Table[state, event, guard, action]
	row     = fsm.Row[state, event, guard, action]
)

var in = fsm.In[state]

func do(actions ...action) []action { return actions }

// door is a sound machine. Each call makes a fresh one, to be spoilt at will.
func door() machine {
	return machine{
		Name:     "door",
		Initial:  open,
		States:   []state{open, shut, deadLocked, gone},
		Events:   []event{push, key, blast},
		Terminal: in(gone),
		Rows: []row{
			{ID: "door.push.open", In: in(open), On: push, To: shut, Do: do(creak, click), Ref: "Door 1", Why: "it falls shut"},
			{ID: "door.push.shut", In: in(shut), On: push, To: open, Do: do(creak), Ref: "Door 1", Why: "it opens"},
			{ID: "door.push.locked", In: in(deadLocked, gone), On: push, Ref: "Door 2", Why: "nothing moves"},
			{ID: "door.key.shut", In: in(shut), On: key, If: keyFits, To: deadLocked, Do: do(click), Ref: "Door 3", Why: "locked | bolted"},
			{ID: "door.key.locked", In: in(deadLocked), On: key, If: keyFits, To: shut, Do: do(click), Ref: "Door 3", Why: "unlocked"},
			{ID: "door.key.else", In: in(open, shut, deadLocked, gone), On: key, Ref: "Door 3", Why: "it does not turn"},
			{ID: "door.blast.any", In: in(open, deadLocked), On: blast, To: gone, Ref: "Door 4", Why: "no door is left"},
			{ID: "door.blast.shut", In: in(shut), On: blast, If: keyFits, To: deadLocked, Ref: "Door 4", Why: "the bolt jumps"},
			{ID: "door.blast.else", In: in(shut, gone), On: blast, To: gone, Ref: "Door 4", Why: "no door is left"},
		},
	}
}
