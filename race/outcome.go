package race

import "time"

// An Outcome is what a race came to.
type Outcome[T any] struct {
	Value    T             // of the winner; the zero value if there is none
	Index    int           // of the contender that decided, from 0; -1 if none did
	Name     string        // of that contender, if [Names] gave it one
	Elapsed  time.Duration // from the start of the race to the end of that contender
	Attempts []Attempt     // those that have ended, in that order
}

// An Attempt is one contender's part in a race.
type Attempt struct {
	Index int           // among the contenders, from 0
	Name  string        // if [Names] gave it one
	Start time.Duration // since the start of the race
	End   time.Duration // since the start of the race
	Err   error         // nil for a success, in time or late
}
