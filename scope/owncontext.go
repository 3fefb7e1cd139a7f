package scope

import (
	"context"
	"sync/atomic"
	"time"
)

// An ownCtx is the context of a task that can be cancelled alone. It is part of
// the task's handle. A standard context is made only when somebody asks for
// Done, or cancels it; until then it is its parent.
//
// It ends when no task lives on it any more: the task itself, and those that
// were started by [Spawn] with it and may outlive that.
type ownCtx struct {
	parent context.Context // of the scope's tasks: the shared one, or a carrier
	made   atomic.Pointer[ownEnd]
	others atomic.Int32 // tasks that live on it, but for one
}

// An ownEnd is the end of an ownCtx.
type ownEnd struct {
	std    context.Context
	cancel context.CancelCauseFunc
}

// spent is the end of all those that ended with their task and of which nobody
// had asked for the end before.
var spent = func() *ownEnd {
	std, cancel := context.WithCancelCause(context.Background())
	cancel(errTaskOver)
	return &ownEnd{std, cancel}
}()

var errTaskOver error = &Cancelled{By: "the end of the task"}

func (c *ownCtx) Deadline() (time.Time, bool) { return c.parent.Deadline() }
func (c *ownCtx) Done() <-chan struct{}       { return c.end().std.Done() }
func (c *ownCtx) String() string              { return "task of scope " + c.scope().Path() }

func (c *ownCtx) Err() error {
	if m := c.made.Load(); m != nil {
		return m.std.Err()
	}
	return c.parent.Err()
}

func (c *ownCtx) Value(key any) any {
	if isMemberKey(key) {
		return c
	}
	switch m := c.made.Load(); m {
	case nil:
	case spent: // it knows no more than the cause
		if v := m.std.Value(key); v != nil {
			return v
		}
	default:
		return m.std.Value(key)
	}
	return c.parent.Value(key)
}

// scope returns the scope of the task.
func (c *ownCtx) scope() *Scope {
	if p, ok := c.parent.(*carrier); ok {
		return (*Scope)(p.taskCtx)
	}
	return (*Scope)(c.parent.(*taskCtx))
}

// end returns the end of c, made now if it has not been.
func (c *ownCtx) end() *ownEnd {
	if m := c.made.Load(); m != nil {
		return m
	}
	std, cancel := context.WithCancelCause(c.parent)
	m := &ownEnd{std, cancel}
	if !c.made.CompareAndSwap(nil, m) {
		cancel(nil)
		return c.made.Load()
	}
	return m
}

// cancel ends c with a *Cancelled: cause itself, if it is one.
func (c *ownCtx) cancel(by string, cause error, site string) {
	e, ok := cause.(*Cancelled) //nolint:errorlint // used as it is, not what it wraps
	if !ok {
		e = &Cancelled{Path: c.scope().Path(), By: by, Reason: cause, Caller: site}
	}
	c.end().cancel(e)
	// Those that are being opened now see that c has ended.
	s := c.scope()
	s.mu.Lock()
	nested := s.kids.direct()
	s.mu.Unlock()
	for _, n := range nested {
		if n.base != nil && ownOf(n.base) == c {
			n.begin(endingOf(c))
		}
	}
}

// share lets one more task live on c, until it calls leave.
func (c *ownCtx) share() { c.others.Add(1) }

// leave notes the end of a task that lived on c.
func (c *ownCtx) leave() {
	if c.others.Add(-1) >= 0 {
		return
	}
	if !c.made.CompareAndSwap(nil, spent) {
		c.made.Load().cancel(errTaskOver)
	}
}

// bare returns the context that ctx is, but for the end of its own.
func bare(ctx context.Context) context.Context {
	if c, ok := ctx.(*ownCtx); ok {
		return c.parent
	}
	return ctx
}

// ownOf returns the own context of the task that ctx came from, nil if that
// has none.
func ownOf(ctx context.Context) *ownCtx {
	c, _ := viewIn(ctx).(*ownCtx)
	return c
}
