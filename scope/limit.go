package scope

import (
	"context"
	"errors"
	"slices"
)

// A limit caps the running tasks of a scope. It is guarded by the scope's
// lock.
type limit struct {
	n       int
	free    int
	waiters []*waiter // first come, first served
}

// A waiter is a call that waits for a slot.
type waiter struct {
	ready   chan struct{} // closed when the wait is over
	role    role          // outside, or in a task of the subtree
	refused bool
}

// errFull is what a call that must not wait gets.
var errFull = errors.New("scope: full")

// acquire takes a place under the limit, waiting if it must until ctx ends. It
// is called with s.mu held and returns with it held.
func (s *Scope) acquire(ctx context.Context, wait bool) error {
	l := s.options.limit
	if l.free > 0 {
		l.free--
		return nil
	}
	if !wait {
		return errFull
	}
	w := &waiter{ready: make(chan struct{})}
	w.role = s.roleOf(ctx)
	s.mu.Unlock()
	deadlock := s.holds(ctx)
	s.mu.Lock()
	switch {
	case deadlock:
		return &waitError{s.Path(), ErrLimitDeadlock}
	case s.refuses(w.role):
		return s.refusal()
	case l.free > 0:
		l.free--
		return nil
	}
	l.waiters = append(l.waiters, w)
	s.mu.Unlock()
	select {
	case <-w.ready:
	case <-ctx.Done():
	}
	s.mu.Lock()
	if w.refused {
		return s.refusal()
	}
	if i := slices.Index(l.waiters, w); i >= 0 {
		l.waiters = slices.Delete(l.waiters, i, i+1)
		return &waitError{s.Path(), context.Cause(ctx)}
	}
	if s.refuses(w.role) {
		s.release1()
		return s.refusal()
	}
	return nil
}

// unlimit gives back a place under the limit.
func (s *Scope) unlimit() {
	s.mu.Lock()
	s.release1()
	s.mu.Unlock()
}

// release1 gives one place to the first waiter, or frees it. The caller holds
// s.mu.
func (s *Scope) release1() {
	l := s.options.limit
	if len(l.waiters) == 0 {
		l.free++
		return
	}
	close(l.waiters[0].ready)
	l.waiters = slices.Delete(l.waiters, 0, 1)
}

// refuse ends the waits that the scope's new state does not allow: those from
// outside, or all. The caller holds s.mu.
func (s *Scope) refuse(upTo role) {
	if s.options == nil || s.options.limit == nil {
		return
	}
	l := s.options.limit
	l.waiters = slices.DeleteFunc(l.waiters, func(w *waiter) bool {
		if w.role > upTo {
			return false
		}
		w.refused = true
		close(w.ready)
		return true
	})
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
