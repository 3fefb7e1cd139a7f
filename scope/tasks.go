package scope

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
)

var (
	// ErrSecondReader is what a run of [Tasks.Stream] ends with that began
	// while another one was reading the set.
	ErrSecondReader = errors.New("scope: the set of tasks has a reader")

	errSetClosed = errors.New("the set takes no more tasks")
)

// Tasks is a set of tasks with values, which are read as a stream in the order
// in which they come, also while more are started: by producers, or by the
// tasks themselves. Make one with [NewTasks]. All methods may be called from
// any goroutine.
//
// The tasks are tasks of the scope like any others, each with a context of its
// own as with [Go]. What they return is read from [Tasks.Stream] instead of
// from a handle. What nobody reads is told as of a handle that nobody reads:
// when the scope closes, or when the set is collected.
type Tasks[T any] struct {
	scope   *Scope
	options []TaskOption
	reading atomic.Bool
	wake    chan struct{} // of one place: the reader has something to look at

	// What follows is guarded by scope.mu.
	places      limit
	running     map[*ownCtx]struct{}
	first, last *setTask[T] // those that have ended and were not read
	left        bool        // the reader has gone before the end
}

// A setTask is one task of a set.
type setTask[T any] struct {
	own    ownCtx
	set    *Tasks[T]
	value  T
	err    error
	unread *unread
	next   *setTask[T]
}

// NewTasks returns an empty set of tasks of s. At most n of them run or have
// ended unread at one time, which bounds the memory of the set whatever the
// pace of its reader. The options hold for each task; Service is none of them.
// NewTasks panics if s is nil or n < 1.
func NewTasks[T any](s *Scope, n int, opts ...TaskOption) *Tasks[T] {
	mustScope("NewTasks", s)
	if n < 1 {
		panic(fmt.Sprintf("scope: NewTasks: n is %d, want at least 1", n))
	}
	ts := &Tasks[T]{
		scope:   s,
		options: slices.Clone(opts),
		wake:    make(chan struct{}, 1),
		places:  limit{max: n, free: n},
		running: make(map[*ownCtx]struct{}),
	}
	ts.optionsFor("NewTasks", nil)
	return ts
}

// Go starts fn as a task of the set. Values, life and refusal are as with
// [Scope.Go]; the options are added to those of the set.
//
// If the set is full, Go waits for room, that is for the reader, for no longer
// than ctx lasts and s takes work. A task of the set that would wait gets
// [ErrLimitDeadlock] instead. Whoever reads the stream must not wait for room
// either, since nobody else makes any: he calls TryGo. Once the set is closed,
// the error is [ErrClosed].
func (ts *Tasks[T]) Go(ctx context.Context, fn Func[T], opts ...TaskOption) error {
	return ts.start(ctx, fn, opts, true)
}

// TryGo is [Tasks.Go] without waiting: it reports whether the task was
// started. It was not if the set is full or closed, or if its scope is at its
// limit or takes no more work.
func (ts *Tasks[T]) TryGo(ctx context.Context, fn Func[T], opts ...TaskOption) bool {
	return ts.start(ctx, fn, opts, false) == nil
}

// Close says that the set takes no more tasks. What runs goes on, and those who
// wait for room are refused. The stream ends when all has been read. Closing
// again does nothing.
func (ts *Tasks[T]) Close() {
	ts.scope.mu.Lock()
	ts.turnAway()
	ts.scope.mu.Unlock()
	ts.rouse()
}

// turnAway closes the set. The caller holds scope.mu.
func (ts *Tasks[T]) turnAway() {
	if ts.places.over == nil {
		ts.places.close(&closedError{ts.scope.Path(), errSetClosed})
	}
}

func (ts *Tasks[T]) optionsFor(op string, opts []TaskOption) *taskOptions {
	o := newTypedOptions[T](op, slices.Concat(ts.options, opts))
	if o != nil && o.service {
		panic("scope: " + op + ": Service: tasks of a set are none")
	}
	return o
}

func (ts *Tasks[T]) start(ctx context.Context, fn Func[T], opts []TaskOption, wait bool) error {
	op := "TryGo"
	if wait {
		op = "Go"
	}
	s := ts.scope
	mustTask(op, s, ctx, fn == nil)
	o := ts.optionsFor(op, opts)
	if err := ts.takePlace(ctx, wait); err != nil {
		return err
	}
	sl, err := s.admit(ctx, o, wait)
	if err != nil {
		ts.leavePlace()
		return err
	}
	o = s.sited(o)
	t := &setTask[T]{set: ts}
	t.own.parent = s.lifeOf(ctx)
	s.mu.Lock()
	left := ts.left
	if !left {
		ts.running[&t.own] = struct{}{}
	}
	s.mu.Unlock()
	if left { // while this call waited for the scope
		s.unregister(sl, o)
		s.unslot(o)
		(&running{scope: s, slot: sl}).over(slotCancelled)
		ts.leavePlace()
		return ts.places.over
	}
	go runFunc(s, sl, &t.own, prepareFunc(s, sl, fn, o), o, t)
	return nil
}

func (ts *Tasks[T]) takePlace(ctx context.Context, wait bool) error {
	s := ts.scope
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateOpen && s.refuses(s.roleOf(ctx)) {
		return s.refusal()
	}
	return s.takePlace(ctx, &ts.places, wait, func() bool { return ts.heldBy(ctx) })
}

// leavePlace gives a place back that no task came to.
func (ts *Tasks[T]) leavePlace() {
	ts.scope.mu.Lock()
	ts.places.leave()
	ts.scope.mu.Unlock()
	ts.rouse()
}

// heldBy reports whether ctx is part of a task of the set.
func (ts *Tasks[T]) heldBy(ctx context.Context) bool {
	for v := viewIn(ctx); ; {
		if c, ok := v.(*ownCtx); ok && ts.runs(c) {
			return true
		}
		s, r := viewOf(v)
		switch {
		case s == nil || r == outside || !s.nested:
			return false
		case s.base != nil:
			v = viewIn(s.base)
		default:
			v = s.parent.view(s.opened)
		}
	}
}

func (ts *Tasks[T]) runs(c *ownCtx) bool {
	ts.scope.mu.Lock()
	defer ts.scope.mu.Unlock()
	_, ok := ts.running[c]
	return ok
}

// rouse makes the reader look.
func (ts *Tasks[T]) rouse() {
	select {
	case ts.wake <- struct{}{}:
	default: // he has not looked yet
	}
}

// receive implements [receiver].
func (t *setTask[T]) receive(e ended[T]) {
	ts, s := t.set, e.scope
	switch {
	case e.failure != nil:
		t.err = e.failure
		t.unread = unreadFailure(ts, nil, e)
	case e.cause != nil:
		t.err = e.cause
	default:
		t.value = e.value
		t.unread = unreadValue(ts, nil, e)
	}
	if e.failure == nil {
		s.endWith(e.options)
	}
	s.unslot(e.options)
	t.own.leave()
	s.mu.Lock()
	ts.push(t)
	left := ts.left
	s.mu.Unlock()
	defer t.unread.tellLate()
	defer t.gone()
	if left {
		ts.giveBack()
	}
}

// gone takes t off the tasks that run.
func (t *setTask[T]) gone() {
	ts := t.set
	ts.scope.mu.Lock()
	delete(ts.running, &t.own)
	ts.scope.mu.Unlock()
	ts.rouse()
}

// push appends t to what has ended. The caller holds scope.mu.
func (ts *Tasks[T]) push(t *setTask[T]) {
	if ts.first == nil {
		ts.first = t
	} else {
		ts.last.next = t
	}
	ts.last = t
}

// pop takes the first task that has ended, nil if there is none, and makes room
// for another. The caller holds scope.mu.
func (ts *Tasks[T]) pop() *setTask[T] {
	t := ts.first
	if t != nil {
		ts.first, t.next = t.next, nil
		ts.places.leave()
	}
	return t
}
