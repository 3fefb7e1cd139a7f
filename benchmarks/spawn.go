package benchmarks

import (
	"context"
	"fmt"
	"sync"

	"github.com/creachadair/taskgroup"
	"github.com/sourcegraph/conc"
	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/scope"
)

// nothing is what a task does when only the cost of having it is asked for.
func nothing() {}

// spawnRows start n tasks and wait for all of them. The function of the task
// is made once, so that the allocations are those of the starting.
func spawnRows(task func()) []duel.Row {
	var rows []duel.Row
	for _, n := range []int{1_000, 100_000, 1_000_000} {
		goal := func(ratio float64) float64 {
			if n != 100_000 {
				return 0
			}
			return ratio
		}
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("spawn/n=%d", n), Unit: "task", N: n, Want: count,
			Contestants: []duel.Contestant{
				{Name: "go+WaitGroup", Run: func(n int) int { return spawnBare(n, task) }},
				{Name: "WaitGroup.Go", Run: func(n int) int { return spawnWaitGroup(n, task) }},
				{Name: "Scope.Go", Ratio: goal(1.25), Allocs: goal(1.1),
					Run: func(n int) int { return spawnScope(n, task) }},
				{Name: "Scope.Go,WithoutLabels",
					Run: func(n int) int { return spawnScope(n, task, scope.WithoutLabels()) }},
				{Name: "scope.Go,handles-read", Run: func(n int) int { return spawnHandles(n, task) }},
				{Name: "errgroup", Run: func(n int) int { return spawnErrgroup(n, task) }},
				{Name: "taskgroup", Run: func(n int) int { return spawnTaskgroup(n, task) }},
				{Name: "conc", Run: func(n int) int { return spawnConc(n, task) }},
			},
		})
	}
	return rows
}

func spawnBare(n int, task func()) int {
	var wg sync.WaitGroup
	for range n {
		wg.Add(1)
		go func() { //nolint:modernize // the floor is the bare statement
			task()
			wg.Done()
		}()
	}
	wg.Wait()
	return n
}

func spawnWaitGroup(n int, task func()) int {
	var wg sync.WaitGroup
	for range n {
		wg.Go(task)
	}
	wg.Wait()
	return n
}

func spawnScope(n int, task func(), opts ...scope.Option) int {
	ctx := context.Background()
	s := scope.New(ctx, "bench", opts...)
	fn := func(context.Context) error { task(); return nil }
	started := 0
	for range n {
		if s.Go(ctx, fn) == nil {
			started++
		}
	}
	if s.Wait(ctx) != nil || s.Close() != nil {
		return -1
	}
	return started
}

func spawnHandles(n int, task func()) int {
	ctx := context.Background()
	s := scope.New(ctx, "bench")
	fn := func(context.Context) (int, error) { task(); return 1, nil }
	handles := make([]*scope.Task[int], n)
	for i := range handles {
		handles[i] = scope.Go(ctx, s, fn)
	}
	if s.Wait(ctx) != nil {
		return -1
	}
	total := 0
	for _, t := range handles {
		v, err := t.Wait(ctx)
		if err != nil {
			return -1
		}
		total += v
	}
	return must(total, s.Close())
}

func spawnErrgroup(n int, task func()) int {
	var g errgroup.Group
	fn := func() error { task(); return nil }
	for range n {
		g.Go(fn)
	}
	if g.Wait() != nil {
		return -1
	}
	return n
}

func spawnTaskgroup(n int, task func()) int {
	g := taskgroup.New(nil)
	fn := func() error { task(); return nil }
	for range n {
		g.Go(fn)
	}
	if g.Wait() != nil {
		return -1
	}
	return n
}

func spawnConc(n int, task func()) int {
	var wg conc.WaitGroup
	for range n {
		wg.Go(task)
	}
	wg.Wait()
	return n
}
