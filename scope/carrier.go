package scope

import (
	"context"
	"reflect"
	"runtime/pprof"
	"slices"
	"time"
)

// A carrier is the context of a task whose life is its scope's and whose
// values are another context's.
type carrier struct {
	*taskCtx
	values context.Context // without end
	via    []*Scope        // with values of their own, that tasks on the way here ran in
}

func (c *carrier) Value(key any) any {
	switch {
	case isMemberKey(key):
		return c.taskCtx
	case key == labelKey:
		return (*Scope)(c.taskCtx).value(key)
	}
	if v := c.values.Value(key); v != nil {
		return v
	}
	for _, s := range c.via {
		if v := s.value(key); v != nil {
			return v
		}
	}
	return c.taskCtx.Value(key)
}

// A member is a context of another origin that is inside a scope.
type member struct {
	context.Context
	own *taskCtx
}

func (c *member) Deadline() (time.Time, bool) {
	least, _ := c.own.Deadline()
	if d, ok := c.Context.Deadline(); ok {
		least = earlier(least, d)
	}
	return least, !least.IsZero()
}

func (c *member) Value(key any) any {
	switch {
	case isMemberKey(key):
		return c.own
	case key == labelKey:
		return (*Scope)(c.own).value(key)
	}
	return c.Context.Value(key)
}

func isMemberKey(key any) bool {
	_, ok := key.(memberKey)
	return ok
}

// labelKey is the key under which package pprof keeps labels in a context. A
// task has the labels of its scope, whatever context its values come from.
var labelKey = func() any {
	p := &keyProbe{Context: context.Background()}
	pprof.Label(p, "")
	return p.key
}()

type keyProbe struct {
	context.Context
	key any
}

func (p *keyProbe) Value(key any) any {
	p.key = key
	return nil
}

// taskContext returns the context of a task whose life is the scope's and
// whose values are those of ctx. It returns nil if that is the context all
// tasks share.
func (s *Scope) taskContext(ctx context.Context) context.Context {
	ctx = bare(ctx)
	if s.sharesValues(ctx) {
		return nil
	}
	c, ok := ctx.(*carrier)
	if !ok {
		return &carrier{taskCtx: (*taskCtx)(s), values: context.WithoutCancel(ctx)}
	}
	// Carriers do not pile up when tasks start tasks.
	in := (*Scope)(c.taskCtx)
	if in == s {
		return c
	}
	via := c.via
	if from := in.origin(); from != s.origin() && !slices.Contains(via, from) {
		via = append(slices.Clip(via), from)
	}
	return &carrier{(*taskCtx)(s), c.values, via}
}

// lifeOf is taskContext, but for the context that all tasks share, which it
// returns as such.
func (s *Scope) lifeOf(ctx context.Context) context.Context {
	if c := s.taskContext(ctx); c != nil {
		return c
	}
	return (*taskCtx)(s)
}

// origin returns the scope that the values of s come from.
func (s *Scope) origin() *Scope {
	for s.inherits() && s.parent != nil {
		s = s.parent
	}
	return s
}

// inherits reports whether s has the values of its parent and no others.
func (s *Scope) inherits() bool {
	if s.base == nil {
		return true
	}
	c, ok := s.base.(*ownCtx)
	if !ok {
		return false
	}
	view, _ := viewOf(c.parent)
	return view != nil
}

// sharesValues reports whether ctx has the values that s was made with.
func (s *Scope) sharesValues(ctx context.Context) bool {
	view, _ := viewOf(ctx)
	for p := s; p != nil; p = p.parent {
		if p == view {
			return true
		}
		if !p.inherits() {
			return view == nil && sameCtx(bare(p.base), ctx)
		}
	}
	return false
}

// derived returns the context of a task of s that derives from ctx and ends
// with the scope too, and what to call when the task has ended.
func (s *Scope) derived(ctx context.Context) (context.Context, func()) {
	view := viewIn(ctx)
	alone, ok := view.(*ownCtx)
	if !ok {
		return s.derivedIn(ctx, view)
	}
	alone.share()
	c, done := s.derivedIn(ctx, view)
	return c, func() { done(); alone.leave() }
}

// derivedIn is derived for a ctx whose innermost view is known.
func (s *Scope) derivedIn(ctx context.Context, view any) (context.Context, func()) {
	own := (*taskCtx)(s)
	in, r := viewOf(view)
	if in == s && any(ctx) == view {
		if _, alone := view.(*ownCtx); alone {
			return ctx, func() {}
		}
		return own, func() {}
	}
	done := ctx.Done()
	if done == nil {
		return s.lifeOf(ctx), func() {}
	}
	// A context of s may have been cut loose from its end, and given another.
	if in == s && done == view.(context.Context).Done() {
		if r == inTask {
			return ctx, func() {}
		}
		return &member{ctx, own}, func() {}
	}
	merged, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(own, func() { cancel(context.Cause(own)) })
	return &member{merged, own}, func() { stop(); cancel(nil) }
}

// sameCtx reports whether a and b are one context. It compares pointers, and
// the background, for a foreign context may not be comparable.
func sameCtx(a, b context.Context) bool {
	if a == context.Background() {
		return b == context.Background()
	}
	t := reflect.TypeOf(a)
	return t == reflect.TypeOf(b) && t.Kind() == reflect.Pointer && a == b
}
