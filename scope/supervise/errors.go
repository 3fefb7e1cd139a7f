package supervise

import (
	"errors"
	"fmt"
	"time"
)

var (
	// ErrDoNotRestart ends the supervision of the task that returns it, wrapped
	// or alone. Alone it is a way to say that the work is done; wrapped, the
	// error counts as a failure for good.
	ErrDoNotRestart = errors.New("supervise: do not restart")

	// ErrEscalate makes the failure that wraps it one that no restart can
	// mend: the supervision gives up at once, with an [*EscalatedError].
	ErrEscalate = errors.New("supervise: escalate")
)

// An EscalatedError is how a supervision fails that gave up restarting.
type EscalatedError struct {
	Name     string        // of the supervision
	Restarts int           // that there were within Window; altogether, if Window is 0
	Window   time.Duration // of [Intensity], if that was exceeded, else 0
	Why      string        // what forbade another restart
	Err      error         // of the last attempt; nil if it succeeded, once too often
}

// Error says what is known in one text.
func (e *EscalatedError) Error() string {
	text := fmt.Sprintf("supervise: %q gave up after %d restarts", e.Name, e.Restarts)
	if e.Window > 0 {
		text += " within " + e.Window.String()
	}
	text += " (" + e.Why + ")"
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the error of the last attempt.
func (e *EscalatedError) Unwrap() error { return e.Err }

// is is errors.Is for an error of the user's, whose methods may panic, as
// those of a nil pointer do.
func is(err, target error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	return errors.Is(err, target)
}
