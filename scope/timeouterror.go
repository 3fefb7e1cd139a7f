package scope

import (
	"context"
	"strconv"
	"time"
)

// A TimeoutError says whose time was over: it is the cause of the context that
// ended with it, and is [context.DeadlineExceeded] for [errors.Is].
type TimeoutError struct {
	Path  string        // of the scope
	Task  string        // name of the task if it was the time of one task, else ""
	After time.Duration // how long that time was
}

// Error says what is known in one text.
func (e *TimeoutError) Error() string {
	text := "scope"
	if e.Path != "" {
		text += " " + e.Path
	}
	if e.Task != "" {
		text += " task " + strconv.Quote(e.Task)
	}
	return text + ": timed out after " + e.After.String()
}

// Is reports whether target is [context.DeadlineExceeded].
func (e *TimeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// Timeout returns true, as that of a network error does.
func (e *TimeoutError) Timeout() bool { return true }
