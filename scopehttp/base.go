package scopehttp

import (
	"context"
	"net"

	"github.com/rxscope/rxscope/scope"
)

// A baseCtx is what the contexts of a server's requests derive from. It has
// the life and the values of the server's task, but is not inside the scope:
// a request is work that comes from outside.
type baseCtx struct {
	context.Context                 // of the task
	outside         context.Context // of the scope, for code outside it
	values          context.Context // that come before those of the task, or nil
}

func (c *baseCtx) Value(key any) any {
	// A context of a scope gives itself away for one key only, the one by which
	// its scope and its place there are found.
	if v := c.outside.Value(key); v == any(c.outside) {
		return v
	}
	if c.values != nil {
		if v := c.values.Value(key); v != nil {
			return v
		}
	}
	return c.Context.Value(key)
}

// baseContext returns the BaseContext of a server that runs in the task of s
// with the context ctx; theirs is the one it had, or nil.
func baseContext(ctx context.Context, s *scope.Scope, theirs func(net.Listener) context.Context) func(net.Listener) context.Context {
	own := &baseCtx{Context: ctx, outside: s.Context()}
	if theirs == nil {
		return func(net.Listener) context.Context { return own }
	}
	return func(ln net.Listener) context.Context {
		base := theirs(ln)
		if base == nil {
			return nil // net/http says what is wrong
		}
		own.values = context.WithoutCancel(base)
		if base.Done() == nil {
			return own
		}
		both, cancel := context.WithCancelCause(own)
		stop := context.AfterFunc(base, func() { cancel(context.Cause(base)) })
		context.AfterFunc(own, func() { stop() })
		return both
	}
}
