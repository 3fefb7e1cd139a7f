package scope

import (
	"context"
	"fmt"
	"log/slog"
	"os"
)

// An ErrorSink receives the errors of a scope that nobody else reads: those of
// tasks without a reader, those a consumer walked away from, those of handles
// that were dropped unread.
//
// HandleError is called on the goroutine of the failing task, after the task
// has given up its slot and before it counts as ended, so that once
// [Scope.Wait] has returned the error has been delivered. It may be called by
// many goroutines at once. While it blocks, the scope waits. The context
// carries the values of the task and has not ended. If it panics, or leaves by
// [runtime.Goexit], the next sink up the tree gets both the error and the
// panic.
type ErrorSink interface {
	HandleError(ctx context.Context, e *TaskError)
}

// SinkFunc is a function as an [ErrorSink].
type SinkFunc func(ctx context.Context, e *TaskError)

// HandleError calls f.
func (f SinkFunc) HandleError(ctx context.Context, e *TaskError) { f(ctx, e) }

// Report sends err to the sink of s, as the failure of no task in particular.
// The context gives the sink its values. A [*TaskError] is passed on as it is.
// A nil error is ignored; a nil scope or ctx is a panic.
func (s *Scope) Report(ctx context.Context, err error) {
	mustScope("Report", s)
	mustCtx("Report", ctx)
	if err != nil {
		s.Book(Ledger{Produced: 1})
		s.deliver(ctx, s.taskError(err))
	}
}

// Report sends err to the sink of the scope in ctx, and where there is none to
// the log, as a root without a sink does. A nil error is ignored; a nil ctx is
// a panic.
func Report(ctx context.Context, err error) {
	mustCtx("Report", ctx)
	switch s := Current(ctx); {
	case err == nil:
	case s != nil:
		s.Report(ctx, err)
	default:
		te, ok := err.(*TaskError) //nolint:errorlint // passed on as it is
		if !ok {
			te = &TaskError{Path: "/", Err: err}
		}
		logError(ctx, te)
	}
}

func (s *Scope) taskError(err error) *TaskError {
	if te, ok := err.(*TaskError); ok { //nolint:errorlint // passed on as it is
		return te
	}
	return &TaskError{Path: s.Path(), Err: err}
}

func (s *Scope) deliver(ctx context.Context, e *TaskError) {
	s.Book(Ledger{Sunk: 1})
	// A hook may leave by runtime.Goexit.
	defer deliver(ctx, s.options, s.parent, e)
	if hooking.Load() {
		s.tellReported(context.WithoutCancel(ctx), e)
	}
}

// deliver hands e to the nearest sink, looking at o first and then at the
// scopes from up upwards.
func deliver(ctx context.Context, o *options, up *Scope, e *TaskError) {
	ctx = context.WithoutCancel(ctx)
	for o == nil || o.sink == nil {
		if up == nil {
			logError(ctx, e)
			return
		}
		o, up = up.options, up.parent
	}
	normal := false
	defer func() {
		if normal {
			return
		}
		err := unwound(recover())
		// The next sink may leave by Goexit too.
		defer deliver(ctx, nil, up, &TaskError{Path: e.Path, Task: e.Task, Err: &sinkError{err}})
		deliver(ctx, nil, up, e)
	}()
	o.sink.HandleError(&sinkCtx{ctx, up}, e)
	normal = true
}

// Escalate hands e to the next sink up the tree, at the top to the log. It is
// for sinks that do not want an error, or not all of them: they call it with
// the context that HandleError was called with, during the call or later. With
// a context that is not from there it is [Report].
func Escalate(ctx context.Context, e *TaskError) {
	c, ok := ctx.Value(sinkKey{}).(*sinkCtx)
	if !ok {
		Report(ctx, e)
		return
	}
	deliver(ctx, nil, c.up, e)
}

// A sinkCtx is the context of a sink. It knows which sinks come after it.
type sinkCtx struct {
	context.Context
	up *Scope
}

type sinkKey struct{}

func (c *sinkCtx) Value(key any) any {
	if _, ok := key.(sinkKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// A sinkError is a panic of an error sink.
type sinkError struct{ err error }

func (e *sinkError) Error() string { return "scope: in the error sink: " + e.err.Error() }
func (e *sinkError) Unwrap() error { return e.err }

// logError is the sink of a root that was given none. There is none after it:
// if the log panics, what is known goes to standard error.
func logError(ctx context.Context, e *TaskError) {
	defer func() {
		if v := recover(); v != nil {
			_, _ = fmt.Fprintf(os.Stderr, "scope: the log panics: %v; %s: %T\n", v, e.Path, e.Err)
		}
	}()
	slog.LogAttrs(ctx, slog.LevelError, "scope: task failed", e.attrs()...)
}
