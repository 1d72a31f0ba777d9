package clock

import "encoding/binary"

// MaxTimers is how many timers a TimerSet holds.
const MaxTimers = 12

// TimerSet is the deadlines of one protocol machine, as a plain value: copying
// it copies the timers. The protocol numbers its timers from 0. The zero value
// has none armed.
type TimerSet struct {
	deadline [MaxTimers]Time
	armed    uint16 // bit i is set while timer i is armed
}

// Arm starts timer i, or restarts it, to expire at the given instant.
func (s *TimerSet) Arm(i uint8, at Time) {
	s.deadline[i] = at
	s.armed |= 1 << i
}

// Stop disarms timer i; stopping a timer that is not armed does nothing.
func (s *TimerSet) Stop(i uint8) {
	s.deadline[i] = 0
	s.armed &^= 1 << i
}

// StopAll disarms every timer.
func (s *TimerSet) StopAll() { *s = TimerSet{} }

// Armed reports whether timer i runs.
func (s *TimerSet) Armed(i uint8) bool { return s.armed&(1<<i) != 0 }

// Deadline is when timer i expires, and whether it is armed.
func (s *TimerSet) Deadline(i uint8) (Time, bool) { return s.deadline[i], s.Armed(i) }

// Next is the armed timer that expires first; of equal ones the lowest.
func (s *TimerSet) Next() (i uint8, at Time, ok bool) {
	at = Never
	for j, left := uint8(0), s.armed; left != 0; j, left = j+1, left>>1 {
		if left&1 != 0 && (s.deadline[j] < at || !ok) {
			i, at, ok = j, s.deadline[j], true
		}
	}
	return i, at, ok
}

// AppendState appends which timers run and how long from now, so that two sets
// with equal futures append equal bytes at different instants.
func (s *TimerSet) AppendState(b []byte, now Time) []byte {
	b = binary.LittleEndian.AppendUint16(b, s.armed)
	for i := range uint8(MaxTimers) {
		if s.Armed(i) {
			b = binary.LittleEndian.AppendUint64(b, uint64(s.deadline[i]-now))
		}
	}
	return b
}
