package benchmarks

import (
	"context"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// A gate keeps tasks parked until it is opened.
type gate struct {
	here sync.WaitGroup
	open chan struct{}
}

func newGate(n int) *gate {
	g := &gate{open: make(chan struct{})}
	g.here.Add(n)
	return g
}

func (g *gate) task() {
	g.here.Done()
	<-g.open
}

// taskMemory is what a task occupies while it runs. The tasks wait for a
// channel that has nothing to do with a context, so that none is made for them.
func taskMemory() duel.Holding {
	return duel.Holding{
		Name: "memory/parked-task", Unit: "task", N: 100_000,
		Holders: []duel.Holder{
			{Name: "go+WaitGroup", Hold: holdBare},
			{Name: "Scope.Go", Above: 64, Hold: holdScope},
			{Name: "scope.Go,handle-kept", Above: 128, Hold: holdHandles},
			{Name: "errgroup", Hold: holdErrgroup},
		},
	}
}

func holdBare(n int) func() int {
	g := newGate(n)
	var wg sync.WaitGroup
	for range n {
		wg.Go(g.task)
	}
	g.here.Wait()
	return func() int {
		close(g.open)
		wg.Wait()
		return n
	}
}

func holdScope(n int) func() int {
	ctx := context.Background()
	s := scope.New(ctx, "bench")
	g := newGate(n)
	fn := func(context.Context) error { g.task(); return nil }
	for range n {
		if s.Go(ctx, fn) != nil {
			g.here.Done()
		}
	}
	g.here.Wait()
	return func() int {
		close(g.open)
		if s.Wait(ctx) != nil || s.Close() != nil {
			return -1
		}
		return n
	}
}

func holdHandles(n int) func() int {
	ctx := context.Background()
	s := scope.New(ctx, "bench")
	g := newGate(n)
	fn := func(context.Context) (int, error) { g.task(); return 1, nil }
	handles := make([]*scope.Task[int], n)
	for i := range handles {
		handles[i] = scope.Go(ctx, s, fn)
	}
	g.here.Wait()
	return func() int {
		close(g.open)
		total := 0
		for _, t := range handles {
			total += must(t.Wait(ctx))
		}
		if s.Close() != nil {
			return -1
		}
		return total
	}
}

func holdErrgroup(n int) func() int {
	var eg errgroup.Group
	g := newGate(n)
	fn := func() error { g.task(); return nil }
	for range n {
		eg.Go(fn)
	}
	g.here.Wait()
	return func() int {
		close(g.open)
		return must(n, eg.Wait())
	}
}

// scopeMemory is what an open scope occupies, and the reference to it: all
// have one parent. A context is nothing one could end without its function.
func scopeMemory() duel.Holding {
	return duel.Holding{
		Name: "memory/scope", Unit: "scope", N: 100_000,
		Holders: []duel.Holder{
			{Name: "WithCancelCause", Hold: holdContexts},
			{Name: "Child", Hold: holdScopes},
			{Name: "Child,Done-asked-for", Hold: func(n int) func() int {
				release, kids := openScopes(n)
				for _, s := range kids {
					s.Context().Done()
				}
				return release
			}},
		},
	}
}

func holdContexts(n int) func() int {
	parent := newNode(context.Background())
	kids := make([]node, n)
	for i := range kids {
		kids[i] = newNode(parent.ctx)
	}
	return func() int {
		parent.cancel(nil)
		return ended(kids, true)
	}
}

func holdScopes(n int) func() int {
	release, _ := openScopes(n)
	return release
}

func openScopes(n int) (release func() int, kids []*scope.Scope) {
	parent := scope.New(context.Background(), "bench")
	kids = make([]*scope.Scope, n)
	for i := range kids {
		kids[i] = parent.Child("kid")
	}
	return func() int {
		if parent.Close() != nil {
			return -1
		}
		got := 0
		for _, s := range kids {
			got += lived(true, s.Context())
		}
		return got
	}, kids
}
