package scope

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A running is a task on its goroutine.
type running struct {
	scope   *Scope
	slot    *slot
	ctx     context.Context
	fn      any // what the task is known by
	options *taskOptions
	told    *hookedTask
	err     error
	normal  bool
}

// runPlain is run for a task without options and with the context that all
// tasks share: the closure that starts it is all that it costs.
func (s *Scope) runPlain(sl *slot, fn func(context.Context) error) {
	s.run(sl, (*taskCtx)(s), fn, nil)
}

func (s *Scope) run(sl *slot, ctx context.Context, fn func(context.Context) error, o *taskOptions) {
	var r running
	r.scope, r.slot, r.ctx, r.fn, r.options = s, sl, ctx, fn, o // a literal would be made twice
	defer r.end()
	s.setLabels()
	r.err = fn(r.tellStarted())
	r.normal = true
}

// tellStarted tells the hooks that the task starts, and returns the context for
// its function.
func (r *running) tellStarted() context.Context {
	if !hooking.Load() {
		return r.ctx
	}
	if r.told = r.scope.hookedTask(r.ctx, r.slot, r.options, r.fn); r.told == nil {
		return r.ctx
	}
	return r.told.tellStarted()
}

// end is deferred by run.
func (r *running) end() {
	s := r.scope
	s.unregister(r.slot, r.options)
	if r.normal && r.err == nil && r.told == nil && (r.options == nil || !r.options.endsScope) {
		s.unslot(r.options)
		r.over(slotSucceeded)
		return
	}
	err := r.err
	if !r.normal {
		err = r.scope.unwound(recover())
	}
	r.endWith(err)
}

// endWith is end for a task that did not simply succeed. It has a frame of its
// own, which the others do without.
//
//go:noinline
func (r *running) endWith(err error) {
	s := r.scope
	outcome, e := r.judge(err)
	s.unslot(r.options)
	// A hook or a sink may leave by runtime.Goexit: the task ends all the same.
	defer r.over(outcome)
	defer r.tellOutcome(e)
	r.told.tellEnded(outcome, err)
}

// tellOutcome does what follows from the end of a task without a reader, whose
// failure is e, nil for none.
func (r *running) tellOutcome(e *TaskError) {
	if e != nil {
		r.scope.failed(r.ctx, r.options, e)
	} else {
		r.scope.endWith(r.options)
	}
}

// judge returns how the task has ended with err, and its failure if it has
// failed.
func (r *running) judge(err error) (outcome uint32, e *TaskError) {
	switch {
	case !r.normal:
		outcome = slotPanicked
	case err == nil:
		return slotSucceeded, nil
	case (r.options == nil || !r.options.timedOut) && stream.IsCut(r.ctx, err):
		return slotCancelled, nil
	default:
		outcome = slotFailed
	}
	return outcome, r.scope.failure(r.slot, r.options, r.fn, err)
}

// over ends the task.
func (r *running) over(outcome uint32) {
	r.slot.state.Store(outcome)
	r.scope.leave()
}

// A runningFunc is a task with a value, on its goroutine.
type runningFunc[T any] struct {
	running
	to    receiver[T]
	value T
}

// A receiver is who gets what a task with a value has come to. It is called
// before the task has ended, and gives back the slot.
type receiver[T any] interface{ receive(e ended[T]) }

// An ended is what a task has come to: a value, or an error, which is the
// failure, or the cause if the task was cancelled.
type ended[T any] struct {
	scope   *Scope
	options *taskOptions
	outcome uint32
	value   T
	cause   error
	failure *TaskError
}

// state returns the outcome for who holds a handle.
func (e *ended[T]) state() TaskState { return TaskState(e.outcome - slotRunning) }

func runFunc[T any](s *Scope, sl *slot, ctx context.Context, fn Func[T], o *taskOptions, to receiver[T]) {
	var r runningFunc[T]
	r.scope, r.slot, r.ctx, r.fn, r.options, r.to = s, sl, ctx, fn, o, to
	defer r.end()
	s.setLabels()
	r.value, r.err = fn(r.tellStarted())
	r.normal = true
}

// end is deferred by runFunc. What a plain task that succeeds goes through
// here, and in receive, must fit on the stack that a goroutine starts with.
func (r *runningFunc[T]) end() {
	r.scope.unregister(r.slot, r.options)
	if r.normal && r.err == nil && r.options == nil && r.told == nil {
		defer r.over(slotSucceeded) // whatever a Discard does
		r.to.receive(ended[T]{scope: r.scope, outcome: slotSucceeded, value: r.value})
		return
	}
	err := r.err
	if !r.normal {
		err = r.scope.unwound(recover())
	}
	r.endWith(err)
}

func (r *runningFunc[T]) endWith(err error) {
	e := ended[T]{scope: r.scope, options: r.options}
	e.outcome, e.failure = r.judge(err)
	switch e.outcome {
	case slotSucceeded:
		e.value = r.value
	case slotCancelled:
		e.cause = context.Cause(r.ctx)
	}
	// Whatever a hook or a sink does.
	defer r.over(e.outcome)
	if r.told == nil {
		r.to.receive(e)
		return
	}
	defer r.to.receive(e)
	r.told.tellEnded(e.outcome, err)
}

// failure returns the error of the task in sl.
func (s *Scope) failure(sl *slot, o *taskOptions, fn any, err error) *TaskError {
	e := &TaskError{Path: s.Path(), Elapsed: time.Since(epoch) - sl.start, Err: err}
	e.Task, e.Attempt, e.Site, e.Caller = o.identity(fn)
	s.Book(Ledger{Produced: 1})
	return e
}

// failed tells of the failure of a task without a reader.
func (s *Scope) failed(ctx context.Context, o *taskOptions, e *TaskError) {
	switch {
	case s.failsFast(o) && s.failedFirst(e):
	case o.told(e):
		s.Book(Ledger{Delivered: 1})
	default:
		s.deliver(ctx, e)
	}
}

// failedRead does what the failure of a task does besides being told: e has a
// reader.
func (s *Scope) failedRead(o *taskOptions, e *TaskError) {
	if !s.failsFast(o) || !s.failedFirst(e) {
		s.Book(Ledger{Delivered: 1})
		return
	}
	s = s.owner()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.toldFirst()
}

// failsFast reports whether the failure of a task of s with the options o ends
// the scope.
func (s *Scope) failsFast(o *taskOptions) bool {
	s = s.owner()
	return s.options != nil && s.options.failFast || o != nil && o.endsScope
}

// failedFirst makes e the cause that ends s, if it is the first failure. If
// not, it marks e as secondary. Once s has closed, a failure of what was
// abandoned is the first for who waits only, for nobody else would be told.
func (s *Scope) failedFirst(e *TaskError) bool {
	s = s.owner()
	s.mu.Lock()
	r := s.rarely()
	e.Secondary = r.first != nil
	first := !e.Secondary && (s.state != StateClosed || r.waiting > 0)
	if first {
		r.first = e
	}
	s.mu.Unlock()
	if !first {
		return false
	}
	by := "a task"
	if e.Task != "" {
		by = "task " + e.Task
	}
	s.begin(cancelled(Cancelled{Path: e.Path, By: by, Reason: e}))
	return true
}

// toldFirst notes that the first failure has reached somebody. The caller
// holds s.mu.
func (s *Scope) toldFirst() {
	if s.rare.report.remove(s.rare.first) || !s.rare.told {
		s.book(Ledger{Delivered: 1})
	}
	s.rare.told = true
}
