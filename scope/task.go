package scope

import (
	"context"
	"time"
)

// Go starts fn as a task of s, on a goroutine of its own, and returns. The
// task lives until s is ended or fn returns; ctx gives it values, such as a
// trace, and its end does not reach the task. Its failure goes to the sink, or
// under [FailFast] ends the scope.
//
// If the scope is at its limit, Go waits for a slot, for no longer than ctx
// lasts. If it returns an error, fn has not run and never will: [ErrClosed] with
// the cause of the closing, [ErrLimitDeadlock], [ErrTooHeavy], or the cause of
// ctx. A scope that drains takes work only from inside, that is with the context
// of a task of its subtree or of the body of [Run]. Go panics if ctx, fn or an
// option is nil.
func (s *Scope) Go(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) error {
	mustTask("Go", s, ctx, fn == nil)
	o := newPlainOptions("Go", opts)
	s, err := s.host(ctx, o)
	if err != nil {
		return err
	}
	sl, err := s.admit(ctx, o, true)
	if err != nil {
		return err
	}
	s.start(ctx, sl, fn, o)
	return nil
}

// TryGo is [Scope.Go] without waiting: it reports whether the task was
// started. It was not if the scope is at its limit or takes no more work.
func (s *Scope) TryGo(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) bool {
	mustTask("TryGo", s, ctx, fn == nil)
	o := newPlainOptions("TryGo", opts)
	s, err := s.host(ctx, o)
	if err != nil {
		return false
	}
	sl, err := s.admit(ctx, o, false)
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
	go s.run(sl, own, s.prepare(sl, fn, o), o)
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
	o := newPlainOptions("Spawn", opts)
	o.notService("Spawn")
	s, _ := memberOf(ctx)
	if s == nil {
		return ErrNoScope
	}
	sl, err := s.admit(ctx, o, true)
	if err != nil {
		return err
	}
	own, done := s.derived(ctx)
	noted := s.sited(o)
	call := s.prepare(sl, fn, noted)
	go func() {
		defer done()
		s.run(sl, own, call, noted)
	}()
	return nil
}

// Do runs fn as a task of s on the calling goroutine and returns its error,
// which therefore does not go to the sink; under [FailFast] it ends the scope
// all the same, and [Run] returns it. The context of fn derives from ctx
// and ends with the scope too. A panic of fn is counted and goes on. Do waits
// for a slot as [Scope.Go] does, and reports refusal as Go does; fn has not
// run then.
func (s *Scope) Do(ctx context.Context, fn func(context.Context) error, opts ...TaskOption) error {
	mustTask("Do", s, ctx, fn == nil)
	o := newPlainOptions("Do", opts)
	o.notService("Do")
	sl, err := s.admit(ctx, o, true)
	if err != nil {
		return err
	}
	o = s.sited(o)
	own, done := s.derived(ctx)
	fn = s.prepare(sl, fn, o)
	r := running{scope: s, slot: sl, ctx: own, fn: fn, options: o}
	outcome := slotPanicked
	defer func() {
		done()
		s.unregister(sl, o)
		s.unlabel(ctx)
		s.unslot(o)
		r.over(outcome)
	}()
	s.setLabels()
	defer func() { r.told.tellEnded(outcome, r.err) }()
	own = r.tellStarted()
	r.err = fn(own)
	r.normal = true
	var e *TaskError
	if outcome, e = r.judge(r.err); e == nil {
		s.endWith(o)
	} else {
		s.failedRead(o, e)
	}
	return r.err
}

// mustTask panics if one of the arguments of the function op, which starts a
// task, is nil.
func mustTask(op string, s *Scope, ctx context.Context, noFn bool) {
	mustScope(op, s)
	if noFn {
		panic("scope: " + op + ": fn is nil")
	}
	mustCtx(op, ctx)
}

// admit takes a task with the options o into s and returns its slot, in state
// running.
func (s *Scope) admit(ctx context.Context, o *taskOptions, wait bool) (*slot, error) {
	s.label()
	start := time.Since(epoch)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state != StateOpen && s.refuses(s.roleOf(ctx)) {
		return nil, s.refusal()
	}
	if s.options != nil && (s.options.limit != nil || s.options.limiter != nil) {
		if err := s.acquire(ctx, o.weighs(), wait); err != nil {
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
