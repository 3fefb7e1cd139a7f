package scope

import (
	"context"
	"reflect"
	"runtime/pprof"
)

// A carrier is the context of a task whose life is its scope's and whose
// values are another context's.
type carrier struct {
	*taskCtx
	values context.Context // without end
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
	return c.taskCtx.Value(key)
}

// A member is a context of another origin that is inside a scope.
type member struct {
	context.Context
	own *taskCtx
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
	if s.sharesValues(ctx) {
		return nil
	}
	// Carriers do not pile up when tasks start tasks.
	if c, ok := ctx.(*carrier); ok {
		if (*Scope)(c.taskCtx) == s {
			return c
		}
		return &carrier{(*taskCtx)(s), c.values}
	}
	return &carrier{(*taskCtx)(s), context.WithoutCancel(ctx)}
}

// sharesValues reports whether ctx has the values that s was made with.
func (s *Scope) sharesValues(ctx context.Context) bool {
	view, _ := viewOf(ctx)
	for p := s; p != nil; p = p.parent {
		if p == view {
			return true
		}
		if p.base != nil {
			return view == nil && sameCtx(p.base, ctx)
		}
	}
	return false
}

// derived returns the context of a task of s that derives from ctx and ends
// with the scope too, and what to call when the task has ended.
func (s *Scope) derived(ctx context.Context) (context.Context, func()) {
	own := (*taskCtx)(s)
	in, r := memberOf(ctx)
	switch {
	case ctx.Done() == nil:
		if own := s.taskContext(ctx); own != nil {
			return own, func() {}
		}
		return own, func() {}
	case in == s && r == outside:
		return &member{ctx, own}, func() {}
	case in == s:
		if _, r := viewOf(ctx); r == inBody {
			return own, func() {}
		}
		return ctx, func() {}
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
