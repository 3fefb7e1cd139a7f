package scope

import (
	"context"
	"time"
)

// Grace returns a context for cleanup that must be able to go on when ctx has
// ended, such as a rollback or a goodbye. It has the values of ctx, is inside
// the same scope, and does not end with ctx. It ends
//
//   - d after the call; its cause then is [context.DeadlineExceeded] for
//     [errors.Is]. With 0 it has ended from the start; with a negative d there
//     is no such limit;
//   - with a [*Cancelled] when the scope of ctx gives up waiting for its tasks,
//     because the cancel time of its [Timeouts] or the time for the whole tree
//     is over. For a nested scope it is the scope of its task that counts. What
//     has closed in time does not end it;
//   - when the returned function is called, which whoever calls Grace must do,
//     for it releases what the context holds.
//
// Outside every scope d and the function are all that ends it.
//
// The scope refuses work as ever: once its context has ended, no task can be
// started there with such a context either. A [Run] inside a task is part of
// that task and goes on working with it.
func Grace(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	mustCtx("Grace", ctx)
	return grace(ctx, d, "grace")
}

// grace is Grace for what is called what.
func grace(ctx context.Context, d time.Duration, what string) (context.Context, context.CancelFunc) {
	parent := context.WithoutCancel(ctx)
	s, _ := attachedOf(ctx)
	var path string
	if s != nil {
		inRelease := ctx.Value(releaseKey{}) != nil
		parent = &gracedCtx{s.forceCtx(inRelease), parent}
		path = s.Path()
	}
	if d < 0 {
		return context.WithCancel(parent)
	}
	return context.WithTimeoutCause(parent, d, &graceError{TimeoutError{Path: path, After: d}, what})
}

// releaseKey asks a context whether it is that of a release, which outlives
// the force that abandons tasks.
type releaseKey struct{}

// A gracedCtx ends with the force of a scope and has the values of another
// context.
type gracedCtx struct {
	context.Context
	values context.Context
}

// Value asks the context that ends first: package context finds by a key of its
// own what to link to.
func (c *gracedCtx) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.values.Value(key)
}

// A graceError is the cause of a context that was given a time of its own. It
// is no TimeoutError for errors.As: no scope and no task has timed out.
type graceError struct {
	TimeoutError
	what string
}

func (e *graceError) Error() string {
	text := "scope"
	if e.Path != "" {
		text += " " + e.Path
	}
	return text + ": " + e.what + " timed out after " + e.After.String()
}

// forceCtx returns a context that ends when the tasks of s, or its releases,
// are not waited for any more.
func (s *Scope) forceCtx(inRelease bool) context.Context {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &s.rarely().phases
	f, over := &p.tasks, p.forced
	if inRelease {
		f, over = &p.releases, p.over
	}
	if f.ctx == nil {
		f.ctx, f.end = context.WithCancelCause(context.Background())
		if over {
			f.end(s.forceCause())
		}
	}
	return f.ctx
}

// A force is a context made when somebody first asks for it.
type force struct {
	ctx context.Context
	end context.CancelCauseFunc
}

// forcedEnds returns what ends the contexts of those who are not waited for
// any more.
func (p *phases) forcedEnds() (ends []context.CancelCauseFunc) {
	if p.forced && p.tasks.end != nil {
		ends = append(ends, p.tasks.end)
	}
	if p.over && p.releases.end != nil {
		ends = append(ends, p.releases.end)
	}
	return ends
}

// forceCause returns the cause of what ends because s is not waited for any
// more. The caller holds s.mu.
func (s *Scope) forceCause() error {
	return &Cancelled{Path: s.Path(), By: "force", Reason: s.pendingCause()}
}
