package scope

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// Go starts fn as a task of s, on a goroutine of its own, and returns. The
// task lives until s is ended or fn returns; ctx gives it values, such as a
// trace, and its end does not reach the task. Its failure goes to the sink, or
// under [FailFast] ends the scope.
//
// If the scope is at its limit, Go waits for a slot, for no longer than ctx
// lasts. If it returns an error, fn has not run and never will: [ErrClosed] with the
// cause of the closing, [ErrLimitDeadlock], or the cause of ctx. A scope that drains takes work only
// from inside, that is with the context of a task of its subtree.
func (s *Scope) Go(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) error {
	if fn == nil {
		panic("scope: Go: fn is nil")
	}
	mustCtx("Go", ctx)
	o := newTaskOptions(opts)
	s, err := s.host(ctx, o)
	if err != nil {
		return err
	}
	sl, err := s.admit(ctx, true)
	if err != nil {
		return err
	}
	s.start(ctx, sl, fn, o)
	return nil
}

// TryGo is [Scope.Go] without waiting: it reports whether the task was
// started. It was not if the scope is at its limit or takes no more work.
func (s *Scope) TryGo(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) bool {
	if fn == nil {
		panic("scope: TryGo: fn is nil")
	}
	mustCtx("TryGo", ctx)
	o := newTaskOptions(opts)
	s, err := s.host(ctx, o)
	if err != nil {
		return false
	}
	sl, err := s.admit(ctx, false)
	if err != nil {
		return false
	}
	s.start(ctx, sl, fn, o)
	return true
}

func (s *Scope) start(ctx context.Context, sl *slot, fn func(context.Context) error, o *taskOptions) {
	o = s.sited(o)
	own := s.taskContext(ctx)
	if own == nil && o == nil {
		go s.runPlain(sl, fn)
		return
	}
	if own == nil {
		own = (*taskCtx)(s)
	}
	if o != nil {
		s.register(sl, o)
	}
	go s.run(sl, own, fn, o)
}

// Spawn starts fn as a task of the innermost scope of ctx. Unlike with
// [Scope.Go], the task's context derives from ctx: it ends with ctx, deadline
// included, as well as with the scope. The errors are those of Go, and
// [ErrNoScope].
func Spawn(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) error {
	if fn == nil {
		panic("scope: Spawn: fn is nil")
	}
	mustCtx("Spawn", ctx)
	s, _ := memberOf(ctx)
	if s == nil {
		return ErrNoScope
	}
	o := newTaskOptions(opts)
	o.notService("Spawn")
	sl, err := s.admit(ctx, true)
	if err != nil {
		return err
	}
	own, done := s.derived(ctx)
	if o = s.sited(o); o != nil {
		s.register(sl, o)
	}
	go func() {
		defer done()
		s.run(sl, own, fn, o)
	}()
	return nil
}

// Do runs fn as a task of s on the calling goroutine and returns its error,
// which therefore does not go to the sink; under [FailFast] it ends the scope
// all the same, and [Run] returns it. The context of fn derives from ctx
// and ends with the scope too. A panic of fn is counted and goes on. Do waits
// for a slot as [Scope.Go] does, and reports refusal as Go does; fn has not
// run then.
func (s *Scope) Do(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) (err error) {
	if fn == nil {
		panic("scope: Do: fn is nil")
	}
	mustCtx("Do", ctx)
	o := newTaskOptions(opts)
	o.notService("Do")
	sl, err := s.admit(ctx, true)
	if err != nil {
		return err
	}
	if o = s.sited(o); o != nil {
		s.register(sl, o)
	}
	own, done := s.derived(ctx)
	var told *hookedTask
	outcome := slotPanicked
	defer func() {
		done()
		s.unregister(sl, o)
		s.unlabel(ctx)
		s.unslot()
		sl.state.Store(outcome)
		s.leave()
	}()
	s.setLabels()
	if hooking.Load() {
		told, own = s.tellStarted(own, sl, o, fn)
		defer func() { told.tellEnded(outcome, err) }()
	}
	err = fn(own)
	switch {
	case err == nil:
		outcome = slotSucceeded
	case stream.IsCut(own, err):
		outcome = slotCancelled
	default:
		outcome = slotFailed
		if te := s.failure(sl, o, fn, err); s.failsFast(o) && s.failedFirst(te) {
			s.mu.Lock()
			s.toldFirst()
			s.mu.Unlock()
		} else {
			s.Book(Ledger{Delivered: 1})
		}
		return err
	}
	s.endWith(o)
	return err
}

// admit takes a task into s and returns its slot, in state running.
func (s *Scope) admit(ctx context.Context, wait bool) (*slot, error) {
	s.label()
	start := time.Since(epoch)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateOpen && s.refuses(s.roleOf(ctx)) {
		return nil, s.refusal()
	}
	if s.options != nil && s.options.limit != nil {
		if err := s.acquire(ctx, wait); err != nil {
			return nil, err
		}
		start = time.Since(epoch)
	}
	if s.slots == nil {
		s.slots = newSlotTable()
	}
	sl := s.slots.take()
	sl.start = start
	if d := s.measured(); d != nil {
		d.begin()
	}
	s.enter()
	return sl, nil
}

// A running is a task on its goroutine.
type running struct {
	scope   *Scope
	slot    *slot
	ctx     context.Context
	fn      func(context.Context) error
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
	r := running{scope: s, slot: sl, ctx: ctx, fn: fn, options: o}
	defer r.end()
	s.setLabels()
	if hooking.Load() {
		r.told, ctx = s.tellStarted(ctx, sl, o, fn)
	}
	r.err = fn(ctx)
	r.normal = true
}

// end is deferred by run.
func (r *running) end() {
	r.scope.unregister(r.slot, r.options)
	if r.normal && r.err == nil && r.options == nil && r.told == nil {
		r.scope.unslot()
		r.slot.state.Store(slotSucceeded)
		r.scope.leave()
		return
	}
	s, sl := r.scope, r.slot
	err := r.err
	if !r.normal {
		err = s.unwound(recover())
	}
	outcome := outcomeOf(r.ctx, r.normal, err)
	s.unslot()
	// A hook or a sink may leave by runtime.Goexit: the task ends all the same.
	defer func() {
		sl.state.Store(outcome)
		s.leave()
	}()
	r.told.tellEnded(outcome, err)
	if outcome == slotSucceeded || outcome == slotCancelled {
		s.endWith(r.options)
	} else {
		s.failed(r.ctx, r.options, s.failure(sl, r.options, r.fn, err))
	}
}

// outcomeOf tells how a task has ended.
func outcomeOf(ctx context.Context, normal bool, err error) uint32 {
	switch {
	case !normal:
		return slotPanicked
	case err == nil:
		return slotSucceeded
	case stream.IsCut(ctx, err):
		return slotCancelled
	}
	return slotFailed
}

// failure returns the error of the task in sl.
func (s *Scope) failure(sl *slot, o *taskOptions, fn any, err error) *TaskError {
	e := &TaskError{
		Path:    s.Path(),
		Attempt: 1,
		Site:    siteOf(fn),
		Elapsed: time.Since(epoch) - sl.start,
		Err:     err,
	}
	if o != nil {
		e.Task, e.Caller = o.name, o.call.String()
	}
	s.Book(Ledger{Produced: 1})
	return e
}

// failed tells of the failure of a task without a reader.
func (s *Scope) failed(ctx context.Context, o *taskOptions, e *TaskError) {
	if s.failsFast(o) && s.failedFirst(e) {
		return
	}
	s.deliver(ctx, e)
}

// failsFast reports whether the failure of a task of s with the options o ends
// the scope.
func (s *Scope) failsFast(o *taskOptions) bool {
	s = s.owner()
	return s.options != nil && s.options.failFast || o != nil && o.endsScope
}

// failedFirst makes e the cause that ends s, if it is the first failure. If
// not, it marks e as secondary.
func (s *Scope) failedFirst(e *TaskError) bool {
	s = s.owner()
	s.mu.Lock()
	r := s.rarely()
	first := r.first == nil
	if first {
		r.first = e
	}
	s.mu.Unlock()
	if !first {
		e.Secondary = true
		return false
	}
	by := "a task"
	if e.Task != "" {
		by = "task " + e.Task
	}
	s.begin(&ending{err: context.Canceled, cause: &Cancelled{Path: e.Path, By: by, Reason: e}})
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

// unslot gives back the task's place under the limit, if there is one.
func (s *Scope) unslot() {
	if s.options != nil && s.options.limit != nil {
		s.unlimit()
	}
}
