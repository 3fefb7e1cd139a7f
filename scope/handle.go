package scope

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/rxscope/rxscope/internal/discard"
)

// A Func is a task that produces a value. A value or an error, never both.
type Func[T any] func(ctx context.Context) (T, error)

// A Task is the handle of a task started by [Go]. It may be used from any
// goroutine and be dropped.
//
// The handle observes the task when it is read: an error that [Task.Wait]
// returned goes nowhere else. An unread failure goes to the sink of the scope
// once, when the scope closes or when the handle is collected, whichever is
// first; an unread value goes to [Discard].
//
// The collector works outside every [testing/synctest] bubble: a test in a
// bubble keeps its handles, or reads them.
type Task[T any] struct {
	value   T
	err     error
	done    atomic.Pointer[chan struct{}]
	unread  *unread // set before ended, if something must be told
	ended   atomic.Bool
	readers atomic.Int32 // calls of Wait that wait for the end
}

// Go starts fn as a task of s and returns its handle. Values, life and refusal
// are as with [Scope.Go]; a refusal is the error of the handle. Under
// [FailFast] a failure ends the scope as that of any task does.
func Go[T any](ctx context.Context, s *Scope, fn Func[T], opts ...TaskOption) *Task[T] {
	if s == nil {
		panic("scope: Go: s is nil")
	}
	if fn == nil {
		panic("scope: Go: fn is nil")
	}
	mustCtx("Go", ctx)
	t := new(Task[T])
	o := newTaskOptions(opts)
	if o != nil && o.discard != nil {
		if _, ok := o.discard.(func(T)); !ok {
			panic(fmt.Sprintf("scope: Go: Discard takes %T, the task returns %T", o.discard, t.value))
		}
	}
	s, err := s.host(ctx, o)
	var sl *slot
	if err == nil {
		sl, err = s.admit(ctx, true)
	}
	if err != nil {
		t.err = err
		t.ended.Store(true)
		return t
	}
	if o = s.sited(o); o != nil {
		s.register(sl, o)
	}
	if own := s.taskContext(ctx); own != nil || o != nil {
		if own == nil {
			own = (*taskCtx)(s)
		}
		go t.run(s, sl, own, fn, o)
	} else {
		go t.runPlain(s, sl, fn)
	}
	return t
}

// Wait waits until the task has ended and returns what it returned: its value,
// or its error as a [*TaskError], the cause alone if it was cancelled, or the
// refusal. If ctx ends first, Wait returns the cause of ctx and the task goes
// on, unread. Read after the scope has closed, a value that was given back is
// [ErrDiscarded], and an error that was told to the sink is returned too.
func (t *Task[T]) Wait(ctx context.Context) (T, error) {
	if !t.ended.Load() && !t.await(ctx) {
		var zero T
		return zero, context.Cause(ctx)
	}
	if t.unread != nil && t.unread.read() && t.unread.discard != nil {
		var zero T
		return zero, ErrDiscarded
	}
	return t.value, t.err
}

// await waits for the end of the task, and reports whether it came before that
// of ctx. A task that ends while somebody waits is read: what he is about to
// get must not be told elsewhere, nor given back.
func (t *Task[T]) await(ctx context.Context) bool {
	t.readers.Add(1)
	select {
	case <-t.Done():
		return true
	case <-ctx.Done():
		t.readers.Add(-1)
		return t.ended.Load()
	}
}

// Done returns a channel that is closed when the task has ended. Receiving
// from it does not read the task.
func (t *Task[T]) Done() <-chan struct{} {
	if ch := t.done.Load(); ch != nil {
		return *ch
	}
	ch := make(chan struct{})
	if t.ended.Load() {
		return closedChan
	}
	if !t.done.CompareAndSwap(nil, &ch) {
		return *t.done.Load()
	}
	if t.ended.Load() {
		t.announce()
	}
	return ch
}

// announce closes the channel of Done, once.
func (t *Task[T]) announce() {
	if ch := t.done.Swap(&closedChan); ch != nil && ch != &closedChan {
		close(*ch)
	}
}

var closedChan = func() chan struct{} {
	ch := make(chan struct{})
	close(ch)
	return ch
}()

// A runningFunc is a task with a handle, on its goroutine.
type runningFunc[T any] struct {
	task    *Task[T]
	scope   *Scope
	slot    *slot
	ctx     context.Context
	fn      Func[T]
	options *taskOptions
	told    *hookedTask
	value   T
	err     error
	normal  bool
}

func (t *Task[T]) runPlain(s *Scope, sl *slot, fn Func[T]) {
	t.run(s, sl, (*taskCtx)(s), fn, nil)
}

func (t *Task[T]) run(s *Scope, sl *slot, ctx context.Context, fn Func[T], o *taskOptions) {
	r := runningFunc[T]{task: t, scope: s, slot: sl, ctx: ctx, fn: fn, options: o}
	defer r.end()
	s.setLabels()
	if hooking.Load() {
		r.told, ctx = s.tellStarted(ctx, sl, o, fn)
	}
	r.value, r.err = fn(ctx)
	r.normal = true
}

// end is deferred by run.
func (r *runningFunc[T]) end() {
	r.scope.unregister(r.slot, r.options)
	err := r.err
	if !r.normal {
		err = r.scope.unwound(recover())
	}
	outcome := outcomeOf(r.ctx, r.normal, err)
	if r.told == nil {
		r.conclude(outcome, err)
		return
	}
	defer r.conclude(outcome, err) // also if a hook leaves by runtime.Goexit
	r.told.tellEnded(outcome, err)
}

// conclude makes the outcome of the task known.
func (r *runningFunc[T]) conclude(outcome uint32, err error) {
	t, s, sl := r.task, r.scope, r.slot
	switch outcome {
	case slotSucceeded:
		t.value = r.value
		t.keep(s, r.options)
		s.endWith(r.options)
	case slotCancelled:
		t.err = context.Cause(r.ctx)
		s.endWith(r.options)
	default:
		t.fail(s, r.options, s.failure(sl, r.options, r.fn, err))
	}
	s.unslot()
	t.ended.Store(true)
	if t.unread != nil && t.readers.Load() > 0 {
		t.unread.read()
	}
	if t.done.Load() != nil {
		t.announce()
	}
	sl.state.Store(outcome)
	s.leave()
}

// fail records a failure and sees to it that it is told.
func (t *Task[T]) fail(s *Scope, o *taskOptions, e *TaskError) {
	t.err = e
	if s.failsFast(o) && s.failedFirst(e) {
		t.unread = &unread{scope: s.owner(), err: e} // the scope tells it, unless it is read here
		return
	}
	watch(t, &unread{scope: s, err: e})
}

// keep sees to it that a value is given back if nobody reads it.
func (t *Task[T]) keep(s *Scope, o *taskOptions) {
	v := t.value
	if o != nil && o.discard != nil {
		f := o.discard.(func(T))
		watch(t, &unread{scope: s, discard: func() { f(v) }})
	} else if discard.Needed(v) {
		watch(t, &unread{scope: s, discard: func() { s.Report((*labelledCtx)(s), discard.Close(v)) }})
	}
}
