package scope

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strconv"
	"strings"
	"time"
)

var (
	// ErrClosed is reported for work on a scope that does not accept it any
	// more, together with the cause of the closing. The work has not run.
	ErrClosed = errors.New("scope: closed")

	// ErrSelfWait is reported by [Scope.Wait] and [Scope.Shutdown] when they
	// would wait for the task they were called from.
	ErrSelfWait = errors.New("scope: task would wait for itself")

	// ErrLimitDeadlock is reported when a task that holds a slot of a full
	// scope starts another task there: it would wait for a slot that may never
	// come free.
	ErrLimitDeadlock = errors.New("scope: full, and the caller holds a slot")

	// ErrNoScope is reported by [Spawn] outside every scope.
	ErrNoScope = errors.New("scope: no scope in the context")

	// ErrDiscarded is what a handle returns whose value was given to [Discard],
	// or closed, because nobody had read it when the scope closed.
	ErrDiscarded = errors.New("scope: value was discarded")

	// ErrGoexit is the failure of a function that left by [runtime.Goexit].
	ErrGoexit = errors.New("scope: left by runtime.Goexit")
)

// A TaskError ties a failure to the task that produced it.
type TaskError struct {
	Path      string        // of the scope
	Task      string        // name given by [Named], or ""
	Index     int           // position among the functions of AsCompleted or a race, else 0
	Attempt   int           // 1 for a task that was not restarted; see [Attempt] and [Retry]
	Site      string        // function, file and line of the task's function, or what [SiteOf] says, or ""
	Elapsed   time.Duration // since the task was started; 0 if unknown
	Caller    string        // file and line of the call that started the task, with [WithSites], or ""
	Secondary bool          // came after the failure that ended the scope
	Err       error
}

// Error says what is known in one text.
func (e *TaskError) Error() string {
	var b strings.Builder
	b.WriteString(e.Path)
	if e.Task != "" {
		b.WriteString(" task " + strconv.Quote(e.Task))
	}
	b.WriteString(": ")
	b.WriteString(e.Err.Error())
	return b.String()
}

// Unwrap returns the error of the task.
func (e *TaskError) Unwrap() error { return e.Err }

// LogValue lists what is known of the failure, for [log/slog].
func (e *TaskError) LogValue() slog.Value { return slog.GroupValue(e.attrs()...) }

func (e *TaskError) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("path", e.Path))
	if e.Task != "" {
		attrs = append(attrs, slog.String("task", e.Task))
	}
	if e.Index > 0 {
		attrs = append(attrs, slog.Int("index", e.Index))
	}
	if e.Attempt > 1 {
		attrs = append(attrs, slog.Int("attempt", e.Attempt))
	}
	if e.Site != "" {
		attrs = append(attrs, slog.String("site", e.Site))
	}
	if e.Caller != "" {
		attrs = append(attrs, slog.String("caller", e.Caller))
	}
	if e.Elapsed > 0 {
		attrs = append(attrs, slog.Duration("elapsed", e.Elapsed))
	}
	if e.Secondary {
		attrs = append(attrs, slog.Bool("secondary", true))
	}
	attrs = append(attrs, slog.Any("error", e.Err))
	if stack := stackOf(e.Err); stack != nil {
		attrs = append(attrs, slog.String("stack", string(stack)))
	}
	return attrs
}

// stackOf returns the stack of the panic in err, if there is one.
func stackOf(err error) []byte {
	if p, ok := as[*PanicError](err); ok {
		return p.Stack
	}
	return nil
}

// as is errors.AsType for an error of the user's, whose methods may panic, as
// those of a nil *fs.PathError do.
func as[E error](err error) (e E, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return errors.AsType[E](err)
}

// is is errors.Is for such an error.
func is(err, target error) (is bool) {
	defer func() {
		if recover() != nil {
			is = false
		}
	}()
	return errors.Is(err, target)
}

// A PanicError is a panic that was turned into an error, because it happened
// in a task, where nobody could recover from it. It does not crash the
// process: a scope is there to keep one task's failure from its siblings, and
// a panic handed over to another goroutine would lose the stack that explains
// it (package errgroup tried that and went back). [Repanic] lets it crash.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // of the panicking goroutine, as [runtime/debug.Stack] prints it
}

// NewPanicError returns the error for the recovered value, with the stack of
// the panic. It must be called by the deferred function that recovered. It is
// for operators that turn a panic of one item into an event.
func NewPanicError(value any) *PanicError { return &PanicError{value, debug.Stack()} }

// Error says what is known in one text.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// unwound returns the error of a function that did not return, given what
// recover returned in the function it deferred.
func unwound(recovered any) error {
	if recovered == nil {
		return ErrGoexit
	}
	return NewPanicError(recovered)
}

// Cancelled is the cause of every context that this package ends before its
// time is over: who did it, where, and why.
//
// By is for reading, not for comparing, since a task may have any name. It is
// the call that ended the scope ("Cancel", "Close", "Shutdown", "Restart",
// "Stop", "Start", "Stream"); "body" if that of [Run] is through; "force" if the
// scope gave up waiting; "race"; the task that failed, or whose end ends the
// scope, "a task" if it has no name; or other words of that kind.
type Cancelled struct {
	Path   string // of the scope that was ended first, or ""
	By     string // who ended it
	Reason error  // the error that led to it, or nil
	Caller string // file and line of a call of Cancel, or ""
}

// Error says what is known in one text.
func (e *Cancelled) Error() string {
	var b strings.Builder
	b.WriteString("scope ")
	if e.Path != "" {
		b.WriteString(e.Path + " ")
	}
	b.WriteString("cancelled by " + e.By)
	if e.Caller != "" {
		b.WriteString(" at " + e.Caller)
	}
	if e.Reason != nil {
		b.WriteString(": " + e.Reason.Error())
	}
	return b.String()
}

// Unwrap returns [context.Canceled] and the reason.
func (e *Cancelled) Unwrap() []error {
	if e.Reason == nil {
		return []error{context.Canceled}
	}
	return []error{context.Canceled, e.Reason}
}

// A closedError is a refusal.
type closedError struct {
	path  string
	cause error
}

func (e *closedError) Error() string {
	return ErrClosed.Error() + ": " + e.path + ": " + e.cause.Error()
}

func (e *closedError) Unwrap() []error { return []error{ErrClosed, e.cause} }

// refusal returns the error for work that s does not accept, which has begun
// to close. The caller holds s.mu.
func (s *Scope) refusal() error { return &closedError{s.Path(), s.pendingCause()} }

// pendingCause returns the cause with which the context of s, which has begun
// to close, will end. The caller holds s.mu.
func (s *Scope) pendingCause() error {
	if s.pending == byClose { // s may not have come as far as to have the cause itself
		return s.closeEnding().cause
	}
	return s.pending.cause
}

// A waitError is why a call did not wait to the end.
type waitError struct {
	path string
	err  error
}

func (e *waitError) Error() string { return "scope: waiting for " + e.path + ": " + e.err.Error() }
func (e *waitError) Unwrap() error { return e.err }
