package benchmarks

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/sourcegraph/conc"
	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// cancelRows end n parked tasks and wait until all of them have ended. Starting
// them is not timed.
func cancelRows() []duel.Row {
	return []duel.Row{{
		Name: "cancel", Unit: "task", N: 100_000, Want: count,
		Contestants: []duel.Contestant{
			{Name: "go+WaitGroup", Setup: cancelBare},
			{Name: "Scope.Close", Setup: cancelScope},
			{Name: "errgroup", Setup: cancelErrgroup},
			{Name: "conc", Setup: cancelConc},
		},
	}}
}

// parking counts tasks that wait for their context.
type parking struct {
	here sync.WaitGroup
	left atomic.Int64
}

func newParking(n int) *parking {
	p := new(parking)
	p.here.Add(n)
	return p
}

func (p *parking) task(ctx context.Context) error {
	p.here.Done()
	<-ctx.Done()
	p.left.Add(1)
	return ctx.Err()
}

func cancelBare(n int) func() int {
	ctx, cancel := context.WithCancelCause(context.Background())
	p := newParking(n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { _ = p.task(ctx) }) // the context ended: nothing to tell
	}
	p.here.Wait()
	return func() int {
		cancel(nil)
		wg.Wait()
		return int(p.left.Load())
	}
}

func cancelScope(n int) func() int {
	ctx := context.Background()
	s := scope.New(ctx, "bench")
	p := newParking(n)
	for range n {
		if s.Go(ctx, p.task) != nil {
			p.here.Done()
		}
	}
	p.here.Wait()
	return func() int {
		if s.Close() != nil {
			return -1
		}
		return int(p.left.Load())
	}
}

func cancelErrgroup(n int) func() int {
	parent, cancel := context.WithCancel(context.Background())
	g, ctx := errgroup.WithContext(parent)
	p := newParking(n)
	for range n {
		g.Go(func() error { return p.task(ctx) })
	}
	p.here.Wait()
	return func() int {
		cancel()
		_ = g.Wait() // it is the end of the context
		return int(p.left.Load())
	}
}

func cancelConc(n int) func() int {
	ctx, cancel := context.WithCancel(context.Background())
	p := newParking(n)
	var wg conc.WaitGroup
	for range n {
		wg.Go(func() { _ = p.task(ctx) })
	}
	p.here.Wait()
	return func() int {
		cancel()
		wg.Wait()
		return int(p.left.Load())
	}
}
