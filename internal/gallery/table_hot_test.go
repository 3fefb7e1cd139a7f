package gallery_test

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
)

// shared draws what a second subscriber gets, who comes in the middle: the first
// one is drawn among the sources.
func shared(r *rig, share func(s *scope.Scope, src s) s) s {
	src := r.cold("src", "-a--#--b--c--|")
	first := r.line("first")
	return func(ctx context.Context, yield func(string, error) bool) {
		own := scope.New(ctx, "owner")
		defer func() { _ = own.Close() }()
		shared := share(own, src)
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.note(first, shared)(ctx, func(string, error) bool { return true })
		}()
		time.Sleep(8 * ms)
		shared(ctx, yield)
		<-done
	}
}

var decoupling = []picture{
	{name: "operators.Async", label: "Async(8)", build: func(r *rig) s {
		return operators.Async(r.cold("src", "-a-b-#-c-|"), 8)
	}},
	{name: "operators.Latest", label: "Latest()", build: func(r *rig) s {
		return operators.Latest(r.cold("src", "-a-b-#-c-|"))
	}},
	{name: "operators.Share", label: "Share(), and a second subscriber", build: func(r *rig) s {
		return shared(r, func(o *scope.Scope, src s) s { return operators.Share(o, src) })
	}},
	{name: "operators.ShareReplay", label: "ShareReplay(2), and a second subscriber", build: func(r *rig) s {
		return shared(r, func(o *scope.Scope, src s) s { return operators.ShareReplay(o, src, 2, 0) })
	}},
}
