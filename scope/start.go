package scope

import (
	"context"
	"errors"
	"sync"
)

// ErrNotReady is the failure of a function given to [Start] that returned nil
// before it was ready.
var ErrNotReady = errors.New("scope: returned before it was ready")

// Start starts fn as a task of s, as [Scope.Go] does, and waits until fn calls
// ready: "listen, then start the next". It returns the value that ready was
// given, and the task goes on. Later calls of ready are ignored.
//
// A failure before that is the error of Start, a [*TaskError], and goes nowhere
// else; under [FailFast] it ends the scope all the same. A fn that returns nil
// without having been ready fails with [ErrNotReady]. If the task was cancelled
// before, the error is the cause, and if it was refused, the refusal. What
// happens after that is told as of any task: a failure goes to the sink.
//
// If ctx ends first, Start cancels the task, which has a context of its own as
// with [Go], and returns the cause of ctx without waiting for it. What the task
// then fails with goes to the sink. A value that it is ready with all the same
// is given to [Discard], or closed if it is an [io.Closer].
//
// With [Retry] the attempts share one ready: once fn was ready, nobody waits
// for that of a later attempt. The time of [TaskTimeout] is that of fn, also
// after it was ready.
func Start[V any](ctx context.Context, s *Scope, fn func(ctx context.Context, ready func(V)) error, opts ...TaskOption) (v V, err error) {
	mustTask("Start", s, ctx, fn == nil)
	o := newTypedOptions[V]("Start", opts)
	if s, err = s.host(ctx, o); err != nil {
		return v, err
	}
	sl, err := s.admit(ctx, o, true)
	if err != nil {
		return v, err
	}
	o = s.sited(o).own()
	o.standFor(fn)
	st := &starting[V]{scope: s, options: o, settled: make(chan struct{})}
	st.own.parent = s.lifeOf(ctx)
	go st.run(sl, fn)
	select {
	case <-st.settled:
	case <-ctx.Done():
		if st.settle(left) {
			st.own.cancel("Start", context.Cause(ctx), caller())
			return v, context.Cause(ctx)
		}
		<-st.settled
	}
	return st.value, st.err
}

// A starting is a task whose starter waits until it is ready.
type starting[V any] struct {
	own     ownCtx
	scope   *Scope
	options *taskOptions
	value   V
	err     error
	settled chan struct{} // closed when value and err are what Start returns

	mu    sync.Mutex // guards what follows
	how   settlement
	ready bool // was called
}

// A settlement is what ended the wait for a task to be ready.
type settlement uint8

const (
	waiting settlement = iota
	isReady
	over // the task has ended
	left // the starter has
)

// settle ends the wait, and reports whether it had not ended before.
func (st *starting[V]) settle(how settlement) bool {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.how != waiting {
		return false
	}
	st.how = how
	return true
}

func (st *starting[V]) run(sl *slot, fn func(context.Context, func(V)) error) {
	s, o := st.scope, st.options
	call := prepareFunc(s, sl, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx, st.isReady) }, o)
	runFunc(s, sl, &st.own, func(ctx context.Context) (struct{}, error) {
		_, err := call(ctx)
		if err == nil && st.settle(over) {
			err = ErrNotReady
		}
		return struct{}{}, err
	}, o, st)
}

// isReady is the function ready of the task.
func (st *starting[V]) isReady(v V) {
	st.mu.Lock()
	again := st.ready
	st.ready = true
	st.mu.Unlock()
	switch {
	case again:
	case st.settle(isReady):
		st.value = v
		close(st.settled)
	default:
		e := ended[V]{scope: st.scope, options: st.options, value: v}
		if give := e.giveBack(); give != nil {
			st.scope.Book(Ledger{Produced: 1})
			(&unread{scope: st.scope, discard: give}).tell()
		}
	}
}

// receive implements [receiver].
func (st *starting[V]) receive(e ended[struct{}]) {
	s := e.scope
	read := st.settle(over) || st.how == over
	if e.failure != nil && read {
		s.failedRead(e.options, e.failure)
	}
	s.unslot(e.options)
	st.own.leave()
	if read {
		st.err = e.cause
		if e.failure != nil {
			st.err = e.failure
		}
		close(st.settled)
	}
	switch {
	case e.failure == nil:
		s.endWith(e.options)
	case !read:
		s.failed(&st.own, e.options, e.failure)
	}
}
