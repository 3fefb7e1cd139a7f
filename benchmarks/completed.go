package benchmarks

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/creachadair/taskgroup"
	"golang.org/x/sync/errgroup"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// one is a function whose result is 1.
var one scope.Func[int] = func(context.Context) (int, error) { return 1, nil }

// completedRows call n functions, each on a goroutine of its own or at most
// limit at a time, and add up the results as they come. The floor has no
// limit in any row: what a limit costs, or saves, is to be seen.
func completedRows() []duel.Row {
	fns := slices.Repeat([]scope.Func[int]{one}, 10_000)
	with := func(f func(ctx context.Context, fns []scope.Func[int]) int) func(n int) int {
		return func(n int) int {
			return underCancel(func(ctx context.Context) int { return f(ctx, fns[:n]) })
		}
	}
	floor := duel.Contestant{Name: "go+queue", Run: with(completedHand)}
	rows := []duel.Row{{
		Name: "completed/limit=none", Unit: "task", N: len(fns), Want: count,
		Contestants: []duel.Contestant{
			floor,
			{Name: "AsCompleted", Run: with(func(ctx context.Context, fns []scope.Func[int]) int {
				return total(ctx, operators.AsCompleted(fns...))
			})},
			{Name: "errgroup+chan(n)", Run: with(completedErrgroup(-1))},
			{Name: "taskgroup.Gather", Run: with(completedGather)},
		},
	}}
	for _, limit := range []int{8, 64} {
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("completed/limit=%d", limit), Unit: "task", N: len(fns), Want: count,
			Contestants: []duel.Contestant{
				floor,
				{Name: "AsCompletedSeq", Run: with(func(ctx context.Context, fns []scope.Func[int]) int {
					return total(ctx, operators.AsCompletedSeq(slices.Values(fns), limit))
				})},
				{Name: "errgroup+chan(64)", Run: with(completedErrgroup(limit))},
			},
		})
	}
	return rows
}

// total adds up a stream, -1 if there is an error in it.
func total(ctx context.Context, s stream.Stream[int]) int {
	total := 0
	for v, err := range s.All(ctx) {
		if err != nil {
			return -1
		}
		total += v
	}
	return total
}

// completedHand is the floor: a place for every result, so that no goroutine
// waits for the consumer.
func completedHand(ctx context.Context, fns []scope.Func[int]) int {
	q, detach := newHandQueue[stream.Event[int]](ctx, len(fns), len(fns))
	defer detach()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, fn := range fns {
		wg.Add(1)
		go func() { //nolint:modernize // the floor is the bare statement
			v, err := fn(ctx)
			q.pushLast(stream.Event[int]{Value: v, Err: err})
			wg.Done()
		}()
	}
	return addUp(ctx, q)
}

func completedErrgroup(limit int) func(context.Context, []scope.Func[int]) int {
	return func(ctx context.Context, fns []scope.Func[int]) int {
		size := 64
		if limit < 0 {
			size = len(fns)
		}
		results := make(chan int, size)
		g, ctx := errgroup.WithContext(ctx)
		g.SetLimit(limit)
		failed := make(chan error, 1)
		go func() {
			for _, fn := range fns {
				g.Go(func() error {
					v, err := fn(ctx)
					if err != nil {
						return err
					}
					select {
					case results <- v:
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
			}
			failed <- g.Wait()
			close(results)
		}()
		total := 0
		for v := range results {
			total += v
		}
		return must(total, <-failed)
	}
}

// completedGather has the results handled on the goroutines of the tasks,
// under a lock.
func completedGather(ctx context.Context, fns []scope.Func[int]) int {
	total := 0
	g := taskgroup.New(nil)
	gatherer := taskgroup.Gather(g.Go, func(v int) { total += v })
	for _, fn := range fns {
		gatherer.Call(func() (int, error) { return fn(ctx) })
	}
	return must(total, g.Wait())
}
