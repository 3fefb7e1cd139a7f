package scope

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/semaphore"
)

// ErrTooHeavy is reported for a task whose [Weight] is more than the limiter of
// its scope has in all.
var ErrTooHeavy = errors.New("scope: heavier than the limiter allows")

// A Limiter caps what the tasks of several scopes weigh together while they
// run. Whoever waits is served in order of arrival, so a heavy task is not
// overtaken for ever by light ones. It may be used by many goroutines at once.
type Limiter struct {
	sem  *semaphore.Weighted
	size int64
}

// NewLimiter returns a limiter for tasks that weigh n together. It panics if
// n < 1.
func NewLimiter(n int64) *Limiter {
	if n < 1 {
		panic(fmt.Sprintf("scope: NewLimiter: n is %d, want at least 1", n))
	}
	return &Limiter{sem: semaphore.NewWeighted(n), size: n}
}

// WithLimiter lets each task of the scope run only while l has room for its
// [Weight], besides the scope's own limit, if there is one. What starts a task
// waits for room as it does for a slot under [WithLimit]. Tasks of scopes below
// do not count. A task that would wait while it holds room in l itself, also in
// another scope, gets [ErrLimitDeadlock]. WithLimiter panics if l is nil.
func WithLimiter(l *Limiter) Option {
	if l == nil {
		panic("scope: WithLimiter: l is nil")
	}
	return optionFunc(func(o *options) { o.limiter = l })
}

// Weight is how much of the scope's [Limiter] the task takes; the default is 1.
// Without a limiter it means nothing. A task that weighs more than the limiter
// has is refused with [ErrTooHeavy]. It panics if n < 1.
func Weight(n int64) TaskOption {
	if n < 1 {
		panic(fmt.Sprintf("scope: Weight: n is %d, want at least 1", n))
	}
	return taskOptionFunc(func(o *taskOptions) { o.weight = n })
}

// weighs returns the weight of a task with the options o.
func (o *taskOptions) weighs() int64 {
	if o == nil || o.weight == 0 {
		return 1
	}
	return o.weight
}

// takeWeight takes weight of l for a task of s, waiting if it must until ctx
// ends. It is called with s.mu held and returns with it held.
func (s *Scope) takeWeight(ctx context.Context, l *Limiter, weight int64, wait bool) error {
	if weight > l.size {
		return fmt.Errorf("%w: weight %d of %d in %s", ErrTooHeavy, weight, l.size, s.Path())
	}
	if l.sem.TryAcquire(weight) {
		return nil
	}
	if !wait {
		return errFull
	}
	// It derives from nothing of the caller's, so that it may be ended under
	// the lock.
	until, end := context.WithCancelCause(context.Background())
	defer end(nil)
	w := &waiter{end: func() { end(nil) }}
	if err := s.mayWait(ctx, w, func() bool { return l.heldBy(ctx) }); err != nil {
		return err
	}
	s.enroll(w)
	s.mu.Unlock()
	stop := context.AfterFunc(ctx, func() { end(context.Cause(ctx)) })
	err := l.sem.Acquire(until, weight)
	stop()
	s.mu.Lock()
	delete(s.rare.waits, w)
	if w.refused || err == nil && s.refuses(w.role) {
		if err == nil {
			l.sem.Release(weight)
		}
		return s.refusal()
	}
	if err != nil {
		return &waitError{s.Path(), context.Cause(until)}
	}
	return nil
}

// heldBy reports whether ctx is part of a task that holds room in l, which may
// be nil.
func (l *Limiter) heldBy(ctx context.Context) bool {
	return l != nil && partOf(ctx, func(s *Scope) bool { return s.options != nil && s.options.limiter == l })
}
