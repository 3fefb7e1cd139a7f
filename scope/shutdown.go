package scope

import (
	"context"
	"time"
)

// Shutdown closes s in order and in time, and waits for that.
//
// Every scope of the subtree begins to drain: it takes work only from inside,
// and [Draining] and [OnDrain] tell its tasks. Then, innermost first and
// siblings at the same time, each scope waits for its tasks up to the drain
// time of its [Timeouts], ends its context with a [*Cancelled], waits up to
// the cancel time, and abandons what still runs: a [*StuckError] names it.
// Then its releases run, each within its time, and it has closed; a parent
// begins when all its attached children have.
//
// The end of ctx bounds the whole tree: all contexts end at once, tasks get
// another 100 ms, and what then still runs is abandoned.
//
// A Shutdown, [Scope.Close] or [Scope.Cancel] that comes while s closes joins
// it and can only shorten it. With the context of a task of the subtree
// Shutdown begins and returns [ErrSelfWait] at once. The error is nil if all
// went well, also if tasks had to be cancelled; else it joins the StuckErrors,
// the errors of releases and the first failures of [FailFast] scopes that
// nobody was told of.
func (s *Scope) Shutdown(ctx context.Context) error {
	return s.shutdown(ctx, nil)
}

func (s *Scope) shutdown(ctx context.Context, reason error) error {
	mustScope("Shutdown", s)
	mustCtx("Shutdown", ctx)
	e := cancelled(Cancelled{Path: s.Path(), By: "Shutdown", Reason: reason})
	e.drain = true
	if s.inside(ctx) {
		s.begin(e)
		return &waitError{s.Path(), ErrSelfWait}
	}
	if d, ok := ctx.Deadline(); ok && !isScopes(ctx, d) {
		s.bound(d)
	}
	s.beginFor(e, 1)
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, func() {
			// The end of s may be the end of ctx too, and cuts nothing short.
			if !s.endedWith(context.Cause(ctx)) {
				s.outOfTime()
			}
		})
		defer stop()
	}
	return s.closeReport()
}

// endedWith reports whether cause is the one that was made for the end of s.
func (s *Scope) endedWith(cause error) bool {
	switch cause.(type) { //nolint:errorlint // the cause itself; others may not be comparable
	case *Cancelled, *TimeoutError:
		return s.ended.Load() != nil && s.Cause() == cause //nolint:errorlint // one and the same
	}
	return false
}

// isScopes reports whether the deadline d of ctx is that of its scope, which
// begins to close then: that does not end the time for the tree.
func isScopes(ctx context.Context, d time.Time) bool {
	s, _ := memberOf(ctx)
	if s == nil {
		return false
	}
	own, ok := s.ctxDeadline()
	return ok && own.Equal(d)
}
