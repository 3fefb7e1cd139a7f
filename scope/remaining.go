package scope

import (
	"context"
	"time"
)

// Remaining returns how long work with ctx may still take, for a retry or a
// hedge that is not worth beginning if it cannot end in time. It is the least
// of
//
//   - the time until the deadline of ctx;
//   - what is left of the drain time, if the scope of ctx drains and its
//     attached scopes have closed, so that the time runs;
//   - what the context of a [Scope.Shutdown], or the shutdown time of [Main],
//     leaves for the tree;
//   - once ctx has ended with its scope, instead of the first two, the time
//     until the scope gives up waiting, which is what cleanup has.
//
// The time is never negative. If no limit is known, it is 0 and Remaining
// reports false: a limit may still come up later, for a scope that is open may
// be shut down at any time. For a nested scope the scope of its task counts.
func Remaining(ctx context.Context) (time.Duration, bool) {
	mustCtx("Remaining", ctx)
	s, _ := attachedOf(ctx)
	var least time.Time
	if ctx.Err() == nil {
		least, _ = ctx.Deadline()
	} else if s == nil || !s.waitsOn() {
		return 0, true
	}
	if s != nil {
		least = earlier(least, s.until())
	}
	if least.IsZero() {
		return 0, false
	}
	return max(0, time.Until(least)), true
}

// waitsOn reports whether s, after its context has ended, still waits for its
// tasks.
func (s *Scope) waitsOn() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	forced := s.rare != nil && s.rare.phases.forced
	return s.ended.Load() != nil && s.state != StateClosed && !forced
}

// until returns when the phase that s is in will be over, zero if no limit is
// known.
func (s *Scope) until() time.Time {
	s.mu.Lock()
	ended := s.state >= StateCancelling
	least := s.phaseEnd()
	s.mu.Unlock()
	for p := s; p != nil; p = p.parent {
		end := p.treeEnd()
		if ended && !end.IsZero() {
			end = end.Add(lastMoment)
		}
		least = earlier(least, end)
	}
	return least
}

// phaseEnd returns when the timer of the phase fires, zero if there is none.
// The caller holds s.mu.
func (s *Scope) phaseEnd() time.Time {
	if s.rare == nil || s.rare.phases.timer == nil {
		return time.Time{}
	}
	return s.rare.phases.until
}

// treeEnd returns when the time for the tree below s is over, as far as s
// itself knows.
func (s *Scope) treeEnd() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rare == nil {
		return time.Time{}
	}
	return s.rare.phases.within
}

// bound notes that the time for the tree below s is over at t, or earlier.
func (s *Scope) bound(t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.rarely().phases
	p.within = earlier(p.within, t)
}
