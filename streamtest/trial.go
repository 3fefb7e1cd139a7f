package streamtest

import (
	"fmt"
	"time"
)

// A trial is one experiment with an operator: what its source gives, and who
// does what to the run, where.
type trial struct {
	pattern
	skip     int           // its values go on after so many
	pace     time.Duration // before each event of the source
	hasty    bool          // the source does not look at the context at its end
	source   act           // what the source does before its event number at
	consumer act           // or the consumer on event number at
	at       int
	onCause  act           // what the consumer does on the cause
	cutAfter time.Duration // when somebody else cuts the run; 0: nobody
	place    place
	identify bool // the goroutine that calls yield
}

// A place is where a trial runs.
type place uint8

const (
	inTask   place = iota // under the context of a task
	outside               // under that of a scope, but in no task
	inScope               // in a task; a cut is the end of the scope
	unscoped              // in no scope: who is told of errors is not known
)

func (t trial) String() string {
	text := fmt.Sprintf("source %v", t.pattern)
	switch {
	case t.source != goOn:
		text += fmt.Sprintf(", the source %v before its event %d", t.source, t.at)
	case t.consumer != goOn:
		text += fmt.Sprintf(", the consumer %v on event %d", t.consumer, t.at)
	case t.cutAfter > 0:
		text += fmt.Sprintf(" with an event each %v, cut after %v", t.pace, t.cutAfter)
	}
	if t.onCause != goOn {
		text += fmt.Sprintf(" and %v on the cause", t.onCause)
	}
	return text
}

// An output is an event that came out, made comparable.
type output struct {
	text string
	err  error         // nil for a value
	at   time.Duration // since the run began
}

func (o output) String() string {
	if o.err != nil {
		return fmt.Sprintf("<%v>", o.err)
	}
	return o.text
}

// A result is what one run gave.
type result struct {
	events   []output
	due      []int // how many of them had come when the source came to its k-th event, and to its end
	passed   []int // and when its k-th event had been taken
	cause    error // of the context, if it has ended
	told     bool  // by the source
	acted    bool  // the source did
	onRunner bool  // it did so on the goroutine of the run
	ended    act   // how the run ended: goOn for a return
	panicked any
	cutAt    time.Duration // when the run was cut
	took     time.Duration
}
