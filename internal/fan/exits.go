package fan

import (
	"context"
	"sync/atomic"

	"github.com/rxscope/rxscope/scope"
)

// Exits is the error sink of a scope whose tasks call functions of the user
// and tell of all that goes wrong there. A function that leaves by Goexit takes
// its task with it, and the scope counts that as a failure of the task: it has
// been told already. All else goes on to the sink above.
type Exits struct {
	n atomic.Int64 // tasks that have left by Goexit and are yet to be counted
}

// Task makes a task of f, which tells itself of a Goexit.
func (x *Exits) Task(f func(ctx context.Context)) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		returned := false
		defer func() {
			if !returned {
				x.n.Add(1)
			}
		}()
		f(ctx)
		returned = true
		return nil
	}
}

// HandleError implements [scope.ErrorSink].
func (x *Exits) HandleError(ctx context.Context, e *scope.TaskError) {
	// What is reported rather than failed has no site.
	if e.Err == scope.ErrGoexit && e.Site != "" && x.counted() { //nolint:errorlint // the failure itself, not what it wraps
		return
	}
	scope.Escalate(ctx, e)
}

// counted takes one task off the count, if there is one.
func (x *Exits) counted() bool {
	for {
		n := x.n.Load()
		if n == 0 {
			return false
		}
		if x.n.CompareAndSwap(n, n-1) {
			return true
		}
	}
}
