package sink

import (
	"context"

	"github.com/rxscope/rxscope/scope"
)

// A held is an error that was not handed on at once, with the context that
// knows where up is.
type held struct {
	ctx context.Context
	err *scope.TaskError
}

// tell hands h to next, and up if next breaks. It does so on a goroutine of
// its own and waits for it: a Goexit cannot be stopped and would take the
// caller along, who has other errors in hand.
func tell(next scope.ErrorSink, h held) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		normal := false
		defer func() {
			if normal {
				return
			}
			err := error(scope.ErrGoexit)
			if v := recover(); v != nil {
				err = scope.NewPanicError(v)
			}
			defer escalateBreak(h, err)
			scope.Escalate(h.ctx, h.err)
		}()
		next.HandleError(h.ctx, h.err)
		normal = true
	}()
	<-done
}

func tellAll(next scope.ErrorSink, all []held) {
	for _, h := range all {
		tell(next, h)
	}
}

// escalateBreak hands up that a sink broke over h.
func escalateBreak(h held, err error) {
	scope.Escalate(h.ctx, &scope.TaskError{Path: h.err.Path, Task: h.err.Task, Err: &breakError{err}})
}

// A breakError is a panic of a sink.
type breakError struct{ err error }

func (e *breakError) Error() string { return "sink: in an error sink: " + e.err.Error() }
func (e *breakError) Unwrap() error { return e.err }

// need panics if a constructor was given a nil sink.
func need(constructor string, next scope.ErrorSink) {
	if next == nil {
		panic("sink: " + constructor + ": next is nil")
	}
}

// needScope panics if a constructor was given a nil scope.
func needScope(constructor string, s *scope.Scope) {
	if s == nil {
		panic("sink: " + constructor + ": s is nil")
	}
}
