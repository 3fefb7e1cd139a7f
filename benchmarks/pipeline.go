package benchmarks

import (
	"context"
	"fmt"
	"sync"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// The functions of the user, called through variables so that no contestant
// has them inlined.
var (
	increment = func(v int) int { return v + 1 }
	positive  = func(v int) bool { return v >= 0 }
)

// isFilter tells which operators of a pipeline are filters; the others map.
func isFilter(op int) bool { return op%3 == 1 }

// pipelineRows send n integers through 1, 3 or 10 operators, on one goroutine
// except for the channels, and add up what comes out.
func pipelineRows() []duel.Row {
	hand := map[int]func(context.Context, []int) (int, error){1: handOne, 3: handThree, 10: handTen}
	var rows []duel.Row
	for _, ops := range []int{1, 3, 10} {
		ratio, allocs := 0.0, 0.0
		if ops == 3 {
			ratio, allocs = 2.2, 0.01
		}
		maps := ops - (ops+1)/3
		rows = append(rows, duel.Row{
			Name: fmt.Sprintf("pipeline/ops=%d", ops), Unit: "event", N: 10_000,
			Want: func(n int) int { return sum(n) + n*maps },
			Contestants: []duel.Contestant{
				{Name: "loop,yield", Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return handStreams[ops].consume(ctx, ints[:n]) })
				}},
				{Name: "loop,no-consumer", Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return must(hand[ops](ctx, ints[:n])) })
				}},
				{Name: "range-All", Ratio: ratio, Allocs: allocs, Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return pipelineAll(ctx, ints[:n], ops) })
				}},
				{Name: "range-All,in-scope", Run: func(n int) int {
					return inBody(func(ctx context.Context, _ *scope.Scope) int { return pipelineAll(ctx, ints[:n], ops) })
				}},
				{Name: "ForEach", Allocs: allocs, Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return pipelineForEach(ctx, ints[:n], ops) })
				}},
				{Name: "channel-a-stage(64)", Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return pipelineChannels(ctx, ints[:n], ops) })
				}},
			},
		})
	}
	return rows
}

func must(v int, err error) int {
	if err != nil {
		return -1
	}
	return v
}

// pipeline builds the stream of ours.
func pipeline(values []int, ops int) stream.Stream[int] {
	s := stream.FromSlice(values)
	for op := range ops {
		if isFilter(op) {
			s = operators.Filter(s, positive)
		} else {
			s = operators.Map(s, increment)
		}
	}
	return s
}

func pipelineAll(ctx context.Context, values []int, ops int) int {
	total := 0
	for v, err := range pipeline(values, ops).All(ctx) {
		if err != nil {
			return -1
		}
		total += v
	}
	return total
}

func pipelineForEach(ctx context.Context, values []int, ops int) int {
	total := 0
	err := pipeline(values, ops).ForEach(ctx, func(v int) error {
		total += v
		return nil
	})
	return must(total, err)
}

// Below the floors: loops that look at the context for each item and call the
// functions, and add up themselves what comes out. They deliver to nobody.

func handOne(ctx context.Context, values []int) (total int, err error) {
	f := increment
	for _, v := range values {
		if ctx.Err() != nil {
			return total, context.Cause(ctx)
		}
		total += f(v)
	}
	return total, nil
}

func handThree(ctx context.Context, values []int) (total int, err error) {
	f, keep := increment, positive
	for _, v := range values {
		if ctx.Err() != nil {
			return total, context.Cause(ctx)
		}
		v = f(v)
		if !keep(v) {
			continue
		}
		total += f(v)
	}
	return total, nil
}

func handTen(ctx context.Context, values []int) (total int, err error) {
	f, keep := increment, positive
	for _, v := range values {
		if ctx.Err() != nil {
			return total, context.Cause(ctx)
		}
		v = f(v)
		if !keep(v) {
			continue
		}
		v = f(f(v))
		if !keep(v) {
			continue
		}
		v = f(f(v))
		if !keep(v) {
			continue
		}
		total += f(f(v))
	}
	return total, nil
}

// pipelineChannels has a goroutine and a channel for each stage.
func pipelineChannels(ctx context.Context, values []int, ops int) int {
	var wg sync.WaitGroup
	defer wg.Wait()
	stage := func(work func(emit func(int) bool)) <-chan int {
		out := make(chan int, 64)
		wg.Go(func() {
			defer close(out)
			work(func(v int) bool {
				select {
				case out <- v:
					return true
				case <-ctx.Done():
					return false
				}
			})
		})
		return out
	}
	ch := stage(func(emit func(int) bool) {
		for _, v := range values {
			if !emit(v) {
				return
			}
		}
	})
	for op := range ops {
		in := ch
		ch = stage(func(emit func(int) bool) {
			for v := range in {
				if !isFilter(op) {
					v = increment(v)
				} else if !positive(v) {
					continue
				}
				if !emit(v) {
					return
				}
			}
		})
	}
	total := 0
	for v := range ch {
		total += v
	}
	return total
}
