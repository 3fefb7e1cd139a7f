package benchmarks

import (
	"context"
	"sync"
	"time"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// clockRows are about operators of time on a source that is much faster than
// they are: what a value costs that is not emitted.
func clockRows() []duel.Row {
	last := func(n int) int { return n - 1 }
	first := func(int) int { return 1 }
	return []duel.Row{
		{
			Name: "debounce/fast", Unit: "event", N: 100_000, Want: last,
			Contestants: []duel.Contestant{
				{Name: "queue+time", Run: func(n int) int { return underCancel(func(ctx context.Context) int { return debounceHand(ctx, n) }) }},
				{Name: "Debounce", Ratio: 1.2, Allocs: 0.01, Run: func(n int) int {
					return inBody(func(ctx context.Context, _ *scope.Scope) int { return debounceStream(ctx, n) })
				}},
				{Name: "queue+Reset", Run: func(n int) int { return underCancel(func(ctx context.Context) int { return debounceReset(ctx, n) }) }},
			},
		},
		{
			Name: "throttle/leading", Unit: "event", N: 100_000, Want: first,
			Contestants: []duel.Contestant{
				{Name: "loop+time", Run: func(n int) int { return underCancel(func(ctx context.Context) int { return throttleHand(ctx, n) }) }},
				{Name: "Throttle", Ratio: 1.2, Allocs: 0.01, Run: func(n int) int {
					return underCancel(func(ctx context.Context) int { return throttleStream(ctx, n) })
				}},
			},
		},
	}
}

// sourceInto pushes the first n of ints.
func sourceInto(ctx context.Context, q *handQueue[stream.Event[int]], n int) {
	defer q.leave()
	for _, v := range ints[:n] {
		if ctx.Err() != nil || !q.push(stream.Event[int]{Value: v}) {
			return
		}
	}
}

// debounceHand is the floor: a queue from the source, and for each value a look at
// the clock, without a touch of the timer.
func debounceHand(ctx context.Context, n int) (last int) {
	q, detach := newHandQueue[stream.Event[int]](ctx, 64, 1)
	defer detach()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { sourceInto(ctx, q, n) })
	begun := time.Now()
	due := time.Duration(0)
	var batch []stream.Event[int]
	for batch = q.drain(batch); len(batch) > 0; batch = q.drain(batch) {
		for _, e := range batch {
			if e.Err == nil {
				last, due = e.Value, time.Since(begun)+time.Hour
			}
		}
	}
	if due == 0 {
		return -1
	}
	return last
}

// debounceReset resets a timer for each value, as one would at first.
func debounceReset(ctx context.Context, n int) (last int) {
	q, detach := newHandQueue[stream.Event[int]](ctx, 64, 1)
	defer detach()
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { sourceInto(ctx, q, n) })
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	var batch []stream.Event[int]
	for batch = q.drain(batch); len(batch) > 0; batch = q.drain(batch) {
		for _, e := range batch {
			if e.Err == nil {
				last = e.Value
				timer.Reset(time.Hour)
			}
		}
	}
	return last
}

func debounceStream(ctx context.Context, n int) (last int) {
	operators.Debounce(stream.FromSlice(ints[:n]), time.Hour)(ctx, func(v int, err error) bool {
		if err == nil {
			last = v
		}
		return true
	})
	return last
}

// throttleHand is the floor: a loop that looks at the context and the clock for
// each value.
func throttleHand(ctx context.Context, n int) (emitted int) {
	begun := time.Now()
	closes := time.Duration(-1)
	for range ints[:n] {
		if ctx.Err() != nil {
			return -1
		}
		if now := time.Since(begun); now > closes {
			closes = now + time.Hour
			emitted++
		}
	}
	return emitted
}

func throttleStream(ctx context.Context, n int) (emitted int) {
	operators.Throttle(stream.FromSlice(ints[:n]), time.Hour, operators.Leading)(ctx, func(_ int, err error) bool {
		if err == nil {
			emitted++
		}
		return true
	})
	return emitted
}
