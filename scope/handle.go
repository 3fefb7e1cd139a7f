package scope

import (
	"context"
	"sync/atomic"

	"github.com/rxscope/rxscope/stream"
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
	unread  *unread       // set before state, if something must be told
	state   atomic.Uint32 // a TaskState
	readers atomic.Int32  // calls of Wait that wait for the end
	own     ownCtx
}

// Go starts fn as a task of s and returns its handle. Values, life and refusal
// are as with [Scope.Go]; a refusal is the error of the handle. Under
// [FailFast] a failure ends the scope as that of any task does.
//
// The task has a context of its own, which [Task.Cancel] can end. It ends with
// s, and at the latest when fn, and all that it started by [Spawn] in s, have
// returned: the value must not depend on it. What fn started in s in another
// way lives on, and so do the scopes it opened by [New].
func Go[T any](ctx context.Context, s *Scope, fn Func[T], opts ...TaskOption) *Task[T] {
	mustTask("Go", s, ctx, fn == nil)
	t := new(Task[T])
	o := newTypedOptions[T]("Go", opts)
	s, err := s.host(ctx, o)
	var sl *slot
	if err == nil {
		sl, err = s.admit(ctx, o, true)
	}
	if err != nil {
		t.err = err
		t.state.Store(uint32(TaskRefused))
		return t
	}
	t.own.parent = s.lifeOf(ctx)
	if o = s.sited(o); o == nil {
		go t.runPlain(s, sl, fn)
		return t
	}
	go runFunc(s, sl, &t.own, prepareFunc(s, sl, fn, o), o, t)
	return t
}

func (t *Task[T]) runPlain(s *Scope, sl *slot, fn Func[T]) { runFunc(s, sl, &t.own, fn, nil, t) }

// Stream returns the task as a stream of one event: what [Task.Wait] returns. It
// reads the task, can be run again, and gives the same each time. A run that is cut
// before the task has ended yields the cause; the task goes on.
func (t *Task[T]) Stream() stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() != nil {
			var zero T
			yield(zero, context.Cause(ctx))
			return
		}
		yield(t.Wait(ctx))
	}
}

// Wait waits until the task has ended and returns what it returned: its value,
// or its error as a [*TaskError], the cause alone if it was cancelled, or the
// refusal. If ctx ends first, Wait returns the cause of ctx and the task goes
// on, unread. Read after the scope has closed, a value that was given back is
// [ErrDiscarded], and an error that was told to the sink is returned too.
func (t *Task[T]) Wait(ctx context.Context) (T, error) {
	mustCtx("Wait", ctx)
	if !t.hasEnded() && !t.await(ctx) {
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
		return t.hasEnded()
	}
}

// Done returns a channel that is closed when the task has ended. Receiving
// from it does not read the task.
func (t *Task[T]) Done() <-chan struct{} {
	if ch := t.done.Load(); ch != nil {
		return *ch
	}
	ch := make(chan struct{})
	if t.hasEnded() {
		return closedChan
	}
	if !t.done.CompareAndSwap(nil, &ch) {
		return *t.done.Load()
	}
	if t.hasEnded() {
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

// Cancel ends the context of this one task with a [*Cancelled] that wraps
// cause, and returns without waiting. A cause that is a *Cancelled already is
// used as it is; a nil cause says that the work is simply not wanted any more.
// A task that has not begun yet runs all the same, with a context that has
// ended. Once the context or the task has ended, Cancel does nothing. What the
// task had started by [Spawn] and its nested scopes end with it.
func (t *Task[T]) Cancel(cause error) {
	if t.hasEnded() {
		return
	}
	t.own.cancel("Cancel", cause, caller())
}

// State returns what has become of the task so far.
func (t *Task[T]) State() TaskState { return TaskState(t.state.Load()) }

func (t *Task[T]) hasEnded() bool { return t.State() != TaskRunning }

// receive implements [receiver].
func (t *Task[T]) receive(e ended[T]) {
	switch {
	case e.failure != nil:
		t.err = e.failure
		t.unread = unreadFailure(t, &t.readers, e)
	case e.cause != nil:
		t.err = e.cause
	default:
		t.value = e.value
		t.unread = unreadValue(t, &t.readers, e)
	}
	if e.failure == nil {
		e.scope.endWith(e.options)
	}
	e.scope.unslot(e.options)
	t.own.leave()
	t.state.Store(uint32(e.state()))
	if t.unread != nil && t.readers.Load() > 0 {
		t.unread.read()
	}
	if t.done.Load() != nil {
		t.announce()
	}
	t.unread.tellLate()
}
