package scope

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// SetLimit changes the cap that [WithLimit] set, at any time: a higher one
// admits those who wait, in the order in which they came; a lower one lets the
// tasks that run go on and admits none until there are fewer than n. It panics
// if n < 1, or if the scope was opened without WithLimit.
func (s *Scope) SetLimit(n int) {
	mustScope("SetLimit", s)
	if n < 1 {
		panic(fmt.Sprintf("scope: SetLimit: n is %d, want at least 1", n))
	}
	if s.options == nil || s.options.limit == nil {
		panic("scope: SetLimit: s was opened without WithLimit")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.options.limit
	l.free += n - l.max
	l.max = n
	l.admit()
}

// Limit returns the cap that [WithLimit] or [Scope.SetLimit] has set, 0 if there
// is none.
func (s *Scope) Limit() int {
	mustScope("Limit", s)
	if s.options == nil || s.options.limit == nil {
		return 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.options.limit.max
}

// queued returns how many calls wait until they may start a task. The caller
// holds s.mu, and s.rare has been made.
func (s *Scope) queued() (n int64) {
	for w := range s.rare.waits {
		if !w.admitted && !w.refused {
			n++
		}
	}
	return n
}

// A limit caps the places that are taken. It is guarded by the lock of a scope.
type limit struct {
	max     int
	free    int       // below zero if max was lowered
	waiters []*waiter // first come, first served
	over    error     // why nobody is admitted any more
}

func newLimit(n int) *limit { return &limit{max: n, free: n} }

// A waiter is a call that waits until it may start a task. It is guarded by
// the scope's lock.
type waiter struct {
	role     role   // outside, or in a task of the subtree
	end      func() // ends the wait; holds nobody up
	admitted bool
	refused  bool
}

// errFull is what a call that must not wait gets.
var errFull = errors.New("scope: full")

// acquire takes what a task of the given weight needs before it may run,
// waiting if it must until ctx ends. It is called with s.mu held and returns
// with it held.
func (s *Scope) acquire(ctx context.Context, weight int64, wait bool) error {
	if l := s.options.limit; l != nil {
		// Who holds the place may be waiting for room in the limiter.
		holds := func() bool { return s.holds(ctx) || s.options.limiter.heldBy(ctx) }
		if err := s.takePlace(ctx, l, wait, holds); err != nil {
			return err
		}
	}
	if l := s.options.limiter; l != nil {
		if err := s.takeWeight(ctx, l, weight, wait); err != nil {
			if s.options.limit != nil {
				s.options.limit.leave()
			}
			return err
		}
	}
	return nil
}

// takePlace takes a place under l for a task of s. A caller that holds one, as
// holds tells, must not wait for another. It is called with s.mu held and
// returns with it held.
func (s *Scope) takePlace(ctx context.Context, l *limit, wait bool, holds func() bool) error {
	if l.over != nil {
		return l.over
	}
	if l.free > 0 {
		l.free--
		return nil
	}
	if !wait {
		return errFull
	}
	ready := make(chan struct{})
	w := &waiter{end: func() { close(ready) }}
	if err := s.mayWait(ctx, w, holds); err != nil {
		return err
	}
	if l.over != nil || l.free > 0 { // meanwhile
		return s.takePlace(ctx, l, wait, holds)
	}
	l.waiters = append(l.waiters, w)
	s.enroll(w)
	s.mu.Unlock()
	select {
	case <-ready:
	case <-ctx.Done():
	}
	s.mu.Lock()
	delete(s.rare.waits, w)
	if !w.admitted {
		l.waiters = slices.DeleteFunc(l.waiters, func(other *waiter) bool { return other == w })
	}
	switch {
	case w.refused && l.over != nil:
		return l.over
	case w.refused:
		return s.refusal()
	case !w.admitted:
		return &waitError{s.Path(), context.Cause(ctx)}
	case s.refuses(w.role):
		l.leave()
		return s.refusal()
	}
	return nil
}

// taken returns how many places are taken.
func (l *limit) taken() int { return l.max - l.free }

// close admits nobody any more, and refuses those who wait.
func (l *limit) close(why error) {
	l.over = why
	for _, w := range l.waiters {
		if !w.refused {
			w.refused = true
			w.end()
		}
	}
	l.waiters = nil
}

// leave gives back a place.
func (l *limit) leave() {
	l.free++
	l.admit()
}

// admit gives the places that are free to those who wait.
func (l *limit) admit() {
	for l.free > 0 && len(l.waiters) > 0 {
		w := l.waiters[0]
		l.waiters = slices.Delete(l.waiters, 0, 1)
		if !w.refused {
			l.free--
			w.admitted = true
			w.end()
		}
	}
}

// mayWait prepares the wait of a call with ctx, and returns why it must not
// wait, if so. It is called with s.mu held and returns with it held, but gives
// it up meanwhile: ctx is the caller's own code.
func (s *Scope) mayWait(ctx context.Context, w *waiter, holds func() bool) error {
	w.role = s.roleOf(ctx)
	s.mu.Unlock()
	deadlock := holds()
	s.mu.Lock()
	switch {
	case deadlock:
		return &waitError{s.Path(), ErrLimitDeadlock}
	case s.refuses(w.role):
		return s.refusal()
	}
	return nil
}

// enroll makes w known to s, which may refuse it. The caller holds s.mu.
func (s *Scope) enroll(w *waiter) {
	r := s.rarely()
	if r.waits == nil {
		r.waits = make(map[*waiter]struct{})
	}
	r.waits[w] = struct{}{}
}

// refuse ends the waits that the scope's new state does not allow: those from
// outside, or all. The caller holds s.mu.
func (s *Scope) refuse(upTo role) {
	if s.rare == nil {
		return
	}
	for w := range s.rare.waits {
		if w.role <= upTo && !w.admitted && !w.refused {
			w.refused = true
			w.end()
		}
	}
}

// unslot gives back what acquire took for the task.
func (s *Scope) unslot(o *taskOptions) {
	if s.options == nil {
		return
	}
	if l := s.options.limiter; l != nil {
		l.sem.Release(o.weighs())
	}
	if l := s.options.limit; l != nil {
		s.mu.Lock()
		l.leave()
		s.mu.Unlock()
	}
}

// roleOf returns inTask for a ctx that came from a task of the subtree of s,
// and outside for any other. It gives s.mu, which the caller holds, up
// meanwhile: ctx is the caller's own code.
func (s *Scope) roleOf(ctx context.Context) role {
	s.mu.Unlock()
	defer s.mu.Lock()
	if s.inside(ctx) {
		return inTask
	}
	return outside
}

// refuses reports whether s takes no work from a caller in role r. The caller
// holds s.mu.
func (s *Scope) refuses(r role) bool {
	return s.state >= StateCancelling || s.state == StateDraining && r == outside
}
