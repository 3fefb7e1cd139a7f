package scope

import (
	"context"
	"time"
)

// A scope is itself the context of what runs in it. The types below are three
// views of one scope, told apart by the question "who is asking": package
// scope finds the view, and with it the scope and the role, through
// memberKey. A task with an end of its own has an ownCtx as its view.
type (
	outsideCtx Scope // Scope.Context: code that is not part of the scope
	taskCtx    Scope // shared by all tasks of the scope
	bodyCtx    Scope // the body given to Run
)

// A role is what a context is to its scope.
type role uint8

const (
	outside role = iota
	inTask
	inBody
)

// memberKey asks a context for the innermost view above it.
type memberKey struct{}

// memberOf returns the innermost scope of ctx and the role ctx has in it, or
// nil outside every scope.
func memberOf(ctx context.Context) (*Scope, role) { return viewOf(viewIn(ctx)) }

// viewIn returns the innermost view in ctx, nil outside every scope.
func viewIn(ctx context.Context) any {
	if s, _ := viewOf(ctx); s != nil {
		return ctx
	}
	return ctx.Value(memberKey{})
}

func viewOf(v any) (*Scope, role) {
	switch c := v.(type) {
	case *taskCtx:
		return (*Scope)(c), inTask
	case *ownCtx:
		return c.scope(), inTask
	case *bodyCtx:
		return (*Scope)(c), inBody
	case *outsideCtx:
		return (*Scope)(c), outside
	}
	return nil, outside
}

// attachedOf returns the scope whose closing bounds work with ctx, nil outside every
// scope, and the role that ctx has in it: nested scopes are part of their task.
func attachedOf(ctx context.Context) (*Scope, role) {
	s, r := memberOf(ctx)
	for s != nil && s.nested {
		s, r = s.parent, s.opened
	}
	return s, r
}

// view returns the context that s is for the role r.
func (s *Scope) view(r role) context.Context {
	switch r {
	case inTask:
		return (*taskCtx)(s)
	case inBody:
		return (*bodyCtx)(s)
	}
	return (*outsideCtx)(s)
}

// inside reports whether ctx came from a task of the subtree of s.
func (s *Scope) inside(ctx context.Context) bool {
	c, r := memberOf(ctx)
	if r == outside {
		return false
	}
	for ; c != nil; c = c.parent {
		if c == s {
			return true
		}
	}
	return false
}

// holds reports whether ctx came from a task of s itself, or from a scope that
// is nested in such a task: who waits for the tasks of s there waits for
// himself.
func (s *Scope) holds(ctx context.Context) bool {
	return partOf(ctx, func(c *Scope) bool { return c == s })
}

// partOf reports whether ctx is part of a task of a scope that is as wanted.
func partOf(ctx context.Context, wanted func(*Scope) bool) bool {
	for c, r := memberOf(ctx); c != nil && r != outside; c, r = c.parent, c.opened {
		if r == inTask && wanted(c) {
			return true
		}
		if !c.nested {
			return false
		}
	}
	return false
}

func (c *outsideCtx) Deadline() (time.Time, bool) { return (*Scope)(c).ctxDeadline() }
func (c *outsideCtx) Done() <-chan struct{}       { return (*Scope)(c).linked().std.Done() }
func (c *outsideCtx) Err() error                  { return (*Scope)(c).ctxErr() }
func (c *outsideCtx) Value(key any) any           { return (*Scope)(c).ctxValue(c, key) }
func (c *outsideCtx) String() string              { return "scope " + (*Scope)(c).Path() }

func (c *taskCtx) Deadline() (time.Time, bool) { return (*Scope)(c).ctxDeadline() }
func (c *taskCtx) Done() <-chan struct{}       { return (*Scope)(c).linked().std.Done() }
func (c *taskCtx) Err() error                  { return (*Scope)(c).ctxErr() }
func (c *taskCtx) Value(key any) any           { return (*Scope)(c).ctxValue(c, key) }
func (c *taskCtx) String() string              { return "task of scope " + (*Scope)(c).Path() }

func (c *bodyCtx) Deadline() (time.Time, bool) { return (*Scope)(c).ctxDeadline() }
func (c *bodyCtx) Done() <-chan struct{}       { return (*Scope)(c).linked().std.Done() }
func (c *bodyCtx) Err() error                  { return (*Scope)(c).ctxErr() }
func (c *bodyCtx) Value(key any) any           { return (*Scope)(c).ctxValue(c, key) }
func (c *bodyCtx) String() string              { return "body of scope " + (*Scope)(c).Path() }

func (s *Scope) ctxErr() error {
	if e := s.ended.Load(); e != nil {
		return e.err
	}
	return nil
}

func (s *Scope) ctxDeadline() (time.Time, bool) {
	var least time.Time
	for ; s != nil && !s.service; s = s.parent { // services end after the others, whatever the deadline
		if t := s.timeLimit(); t != nil {
			least = earlier(least, t.deadline)
		}
		if s.base != nil {
			if d, ok := s.base.Deadline(); ok {
				least = earlier(least, d)
			}
			break
		}
	}
	return least, !least.IsZero()
}

// earlier returns the earlier one of two times, of which a zero one is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// ctxValue answers for the view self. Once the context has ended, or has a
// standard context standing in for it, that one answers all other keys:
// package context finds by a key of its own what to link to and what the cause
// was.
func (s *Scope) ctxValue(self context.Context, key any) any {
	if isMemberKey(key) {
		return self
	}
	if s.ended.Load() != nil {
		return s.deadCtx().Value(key)
	}
	if l := s.link.Load(); l != nil {
		return l.std.Value(key)
	}
	return s.value(key)
}

// value looks key up among the values the scope was made with, its pprof
// labels included.
func (s *Scope) value(key any) any {
	for ; s != nil; s = s.parent {
		if l := s.labels.Load(); l != nil {
			return l.ctx.Value(key)
		}
		if s.base != nil {
			return s.base.Value(key)
		}
	}
	return nil
}

// valuesCtx carries the values of a scope without its labels and without an
// end: what a label set, or the context of a release, is built on.
type valuesCtx Scope

func (c *valuesCtx) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *valuesCtx) Done() <-chan struct{}       { return nil }
func (c *valuesCtx) Err() error                  { return nil }
func (c *valuesCtx) Value(key any) any {
	s := (*Scope)(c)
	if s.base != nil {
		return s.base.Value(key)
	}
	return s.parent.value(key)
}

// A link is the standard context that stands in for a scope, made when
// somebody first asks for Done. Contexts derived from the scope's, through any
// number of WithValue, find it and join its children, so none of them costs a
// goroutine.
type link struct {
	std  context.Context
	fire func() // ends std with the scope's error and cause
}

func (s *Scope) linked() *link {
	if l := s.link.Load(); l != nil {
		return l
	}
	root := &stem{scope: s}
	in := s.standIn()
	if in != nil {
		root.scope = in // the link may outlive s
	}
	std, cancel := context.WithCancel(root)
	l := &link{std: std, fire: func() { root.end(); cancel() }}
	if !s.link.CompareAndSwap(nil, l) {
		cancel()
		l = s.link.Load()
	} else if in != nil {
		in.link.Store(l)
	}
	// The scope may have ended before it could see the link.
	if s.ended.Load() != nil {
		l.fire()
	}
	return l
}

// A stem is the parent of a link's context. It lets the scope decide with
// which error and cause the context ends.
type stem struct {
	scope *Scope
	end   func()
}

var never = make(chan struct{})

func (c *stem) Deadline() (time.Time, bool) { return c.scope.self().ctxDeadline() }
func (c *stem) Done() <-chan struct{}       { return never }
func (c *stem) Err() error                  { return c.scope.self().ctxErr() }

func (c *stem) Value(key any) any {
	s := c.scope.self()
	if s.ended.Load() != nil {
		return s.deadCtx().Value(key)
	}
	return s.value(key)
}

// AfterFunc is how package context asks to be told of the end.
func (c *stem) AfterFunc(f func()) (stop func() bool) {
	c.end = f
	return func() bool { return true }
}

// deadCtx returns a standard context that has ended as the scope has: package
// context reads the cause from it.
func (s *Scope) deadCtx() context.Context {
	if d := s.dead.Load(); d != nil {
		return d.ctx
	}
	e := s.ended.Load()
	var ctx context.Context
	if e.err == context.DeadlineExceeded { //nolint:errorlint // the sentinel itself, chosen by newEnding
		c, cancel := context.WithDeadlineCause((*labelledCtx)(s), time.Unix(0, 0), s.Cause())
		cancel()
		ctx = c
	} else {
		c, cancel := context.WithCancelCause((*labelledCtx)(s))
		cancel(s.Cause())
		ctx = c
	}
	s.dead.CompareAndSwap(nil, &holder{ctx})
	return s.dead.Load().ctx
}

// labelledCtx carries the values of a scope with its labels, without an end. It
// is inside the scope.
type labelledCtx Scope

func (c *labelledCtx) Deadline() (time.Time, bool) { return time.Time{}, false }
func (c *labelledCtx) Done() <-chan struct{}       { return nil }
func (c *labelledCtx) Err() error                  { return nil }
func (c *labelledCtx) Value(key any) any {
	if isMemberKey(key) {
		return (*taskCtx)(c)
	}
	return (*Scope)(c).value(key)
}

// A holder lets an interface sit behind an atomic pointer.
type holder struct{ ctx context.Context }
