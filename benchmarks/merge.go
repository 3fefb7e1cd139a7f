package benchmarks

import (
	"context"
	"fmt"
	"sync"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// mergeRows bring n integers from several goroutines to one, each with a place
// for an error, and add them up there.
func mergeRows() []duel.Row {
	var rows []duel.Row
	for _, k := range []int{2, 8, 64} {
		ratio, allocs := 0.0, 0.0
		if k == 8 {
			ratio, allocs = 1.8, 0.01
		}
		under := func(f func(ctx context.Context, parts [][]int) int) func(n int) int {
			return func(n int) int {
				return underCancel(func(ctx context.Context) int { return f(ctx, split(ints[:n], k)) })
			}
		}
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("merge/sources=%d", k), Unit: "event", N: 100_000, Want: sum,
			Contestants: []duel.Contestant{
				{Name: "queue", Run: under(mergeHand)},
				{Name: "Merge", Ratio: ratio, Allocs: allocs, Run: under(mergeStreams)},
				{Name: "Merge,in-scope", Run: func(n int) int {
					return inBody(func(ctx context.Context, _ *scope.Scope) int {
						return mergeStreams(ctx, split(ints[:n], k))
					})
				}},
				{Name: "chan(64)", Run: under(mergeChannel(64))},
				{Name: "chan(0)", Run: under(mergeChannel(0))},
			},
		})
	}
	return rows
}

// split cuts values into k parts of about the same length.
func split(values []int, k int) [][]int {
	parts := make([][]int, k)
	for i := range parts {
		parts[i] = values[len(values)*i/k : len(values)*(i+1)/k]
	}
	return parts
}

// mergeHand is the floor: sources that look at the context for each item, a
// queue, and a consumer that does not go on after the end of the context.
func mergeHand(ctx context.Context, parts [][]int) int {
	q, detach := newHandQueue[stream.Event[int]](ctx, 64, len(parts))
	defer detach()
	var wg sync.WaitGroup
	defer wg.Wait()
	for _, part := range parts {
		wg.Go(func() {
			defer q.leave()
			for _, v := range part {
				if ctx.Err() != nil {
					q.push(stream.Event[int]{Err: context.Cause(ctx)})
					return
				}
				if !q.push(stream.Event[int]{Value: v}) {
					return
				}
			}
		})
	}
	return addUp(ctx, q)
}

func mergeStreams(ctx context.Context, parts [][]int) int {
	srcs := make([]stream.Stream[int], len(parts))
	for i, part := range parts {
		srcs[i] = stream.FromSlice(part)
	}
	total := 0
	for v, err := range merge.Merge(srcs...).All(ctx) {
		if err != nil {
			return -1
		}
		total += v
	}
	return total
}

// mergeChannel is what one writes without a library: a channel that all send
// on, and a goroutine that closes it.
func mergeChannel(size int) func(ctx context.Context, parts [][]int) int {
	return func(ctx context.Context, parts [][]int) int {
		ch := make(chan stream.Event[int], size)
		var wg sync.WaitGroup
		for _, part := range parts {
			wg.Go(func() {
				for _, v := range part {
					select {
					case ch <- stream.Event[int]{Value: v}:
					case <-ctx.Done():
						return
					}
				}
			})
		}
		go func() {
			wg.Wait()
			close(ch)
		}()
		total := 0
		for e := range ch {
			if e.Err != nil {
				return -1
			}
			total += e.Value
		}
		return total
	}
}
