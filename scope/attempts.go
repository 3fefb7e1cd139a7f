package scope

import (
	"context"
	"fmt"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A BackOff says how long to wait before the next attempt; a negative duration
// says that there shall be none. Those of github.com/cenkalti/backoff/v5 are
// BackOffs.
type BackOff interface{ NextBackOff() time.Duration }

// Retry makes the task call its function again when that has returned an error
// other than the end of the task's context, until there were max attempts in
// all. Between two attempts the task waits as long as the BackOff says; backOff
// makes one for each task that fails, and a nil backOff is no wait.
//
// The failure of an attempt that is followed by another goes to the sink, as a
// [*TaskError] with the number of the attempt, when the next one begins. That
// of the last attempt is the failure of the task. No attempt follows once the
// scope drains or the context of the task has ended, nor if the wait would not
// end before the deadline of that; a wait ends at once then. A panic or a
// [runtime.Goexit] is not tried again.
//
// It is one task all the while: it holds its slot, also while it waits. Package
// supervise restarts tasks without that, and for as long as a scope is open.
// Retry panics if max < 1.
func Retry(max int, backOff func() BackOff) TaskOption {
	if max < 1 {
		panic(fmt.Sprintf("scope: Retry: max is %d, want at least 1", max))
	}
	return taskOptionFunc(func(o *taskOptions) { o.max, o.backOff = max, backOff })
}

// TaskTimeout ends the context of the task d after its function was called. A
// function that returns because of that has failed, with the cause of the
// context: a [*TimeoutError], which is [context.DeadlineExceeded]. With [Retry]
// each attempt has the time d, and one that was too slow is followed by
// another. What was spawned with that context ends with it, at the latest when
// the function returns. The default is no limit. It panics if d <= 0.
func TaskTimeout(d time.Duration) TaskOption {
	if d <= 0 {
		panic(fmt.Sprintf("scope: TaskTimeout: d is %v, want more than 0", d))
	}
	return taskOptionFunc(func(o *taskOptions) { o.timeout = d })
}

// attempts is how a task calls its function.
type attempts struct {
	current  int            // set by the task; 0: the first
	max      int            // 0: one
	backOff  func() BackOff // nil: no wait
	timeout  time.Duration  // of each; 0: none
	timedOut bool           // that is what the task has failed with
}

// plain reports whether the function is simply called.
func (a *attempts) plain() bool { return a.max <= 1 && a.timeout == 0 }

// prepare makes the options of the task in sl known, and returns what it calls
// instead of fn because of them.
func (s *Scope) prepare(sl *slot, fn func(context.Context) error, o *taskOptions) func(context.Context) error {
	if o == nil {
		return fn
	}
	s.register(sl, o)
	if o.plain() {
		return fn
	}
	o.standFor(fn)
	return func(ctx context.Context) error { return s.try(ctx, sl, o, fn) }
}

// prepareFunc is prepare for a task with a value.
func prepareFunc[T any](s *Scope, sl *slot, fn Func[T], o *taskOptions) Func[T] {
	if o == nil {
		return fn
	}
	s.register(sl, o)
	if o.plain() {
		return fn
	}
	o.standFor(fn)
	return func(ctx context.Context) (v T, err error) {
		err = s.try(ctx, sl, o, func(ctx context.Context) (err error) {
			v, err = fn(ctx)
			return err
		})
		return v, err
	}
}

// standFor makes fn what the task is known by.
func (o *taskOptions) standFor(fn any) {
	if o.site == nil {
		o.site = fn
	}
}

// try calls fn until it succeeds or must not be called again.
func (s *Scope) try(ctx context.Context, sl *slot, o *taskOptions, fn func(context.Context) error) error {
	var back BackOff
	first := max(o.attempt, 1)
	for o.current = first; ; o.current++ {
		err := s.tryOnce(ctx, o, fn)
		if err == nil || o.current-first+1 >= o.max || !o.timedOut && stream.IsCut(ctx, err) {
			return err
		}
		if o.backOff != nil && back == nil {
			back = o.backOff()
		}
		if !pause(ctx, back) {
			return err
		}
		s.deliver(ctx, s.failure(sl, o, nil, err))
	}
}

// tryOnce calls fn, within its time.
func (s *Scope) tryOnce(ctx context.Context, o *taskOptions, fn func(context.Context) error) error {
	o.timedOut = false
	if o.timeout == 0 {
		return fn(ctx)
	}
	over := &TimeoutError{Path: s.Path(), Task: o.name, After: o.timeout}
	ctx, cancel := context.WithTimeoutCause(ctx, o.timeout, over)
	defer cancel()
	err := fn(ctx)
	if context.Cause(ctx) == error(over) && stream.IsCut(ctx, err) { //nolint:errorlint // the cause itself
		o.timedOut = true
		return over
	}
	return err
}

// pause waits before the next attempt of a task, and reports whether there is
// one.
func pause(ctx context.Context, back BackOff) bool {
	var wait time.Duration
	if back != nil {
		wait = back.NextBackOff()
	}
	deadline, limited := ctx.Deadline()
	if wait < 0 || limited && !time.Now().Add(wait).Before(deadline) {
		return false
	}
	draining := Draining(ctx)
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-draining:
	case <-ctx.Done():
	}
	select {
	case <-draining:
		return false
	default:
		return ctx.Err() == nil
	}
}
