package benchmarks

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/benchmarks/internal/duel"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// A mapper is a function for n workers to call.
type mapper func(ctx context.Context, v int) (int, error)

// mapRows send n integers through a function that w goroutines call, and add
// up the results, in whichever order or in that of the integers. The floor
// keeps the order in both: no hand-written one that does not was faster. One that
// hands out runs is, and keeps less of the promise.
func mapRows() []duel.Row {
	stepsOf := sync.OnceValue(func() int { return duel.StepsFor(time.Microsecond) })
	var rows []duel.Row
	for _, w := range []int{2, 8} {
		for _, work := range []struct{ micros, n int }{{0, 100_000}, {1, 20_000}, {10, 2_000}} {
			f := mapper(func(_ context.Context, v int) (int, error) {
				if work.micros > 0 {
					duel.Spin(work.micros * stepsOf())
				}
				return v + 1, nil
			})
			with := func(m func(ctx context.Context, values []int, w int, f mapper) int) func(n int) int {
				return func(n int) int {
					return underCancel(func(ctx context.Context) int { return m(ctx, ints[:n], w, f) })
				}
			}
			size := fmt.Sprintf("w=%d,work=%dus", w, work.micros)
			want := func(n int) int { return sum(n) + n }
			rows = append(rows, duel.Row{
				Name: "map-parallel/" + size, Unit: "event", N: work.n, Want: want,
				Contestants: []duel.Contestant{
					{Name: "ring", Run: with(mapRing)},
					{Name: "ring,runs-of-32", Run: with(runsOf32)},
					{Name: "MapParallel", Run: with(func(ctx context.Context, values []int, w int, f mapper) int {
						return total(ctx, operators.MapParallel(stream.FromSlice(values), w, f))
					})},
					{Name: "two-channels(64)", Run: with(mapChannels)},
				},
			}, duel.Row{
				Name: "map-ordered/" + size, Unit: "event", N: work.n, Want: want,
				Contestants: []duel.Contestant{
					{Name: "ring", Run: with(mapRing)},
					{Name: "ring,runs-of-32", Run: with(runsOf32)},
					{Name: "MapOrdered", Run: with(func(ctx context.Context, values []int, w int, f mapper) int {
						return total(ctx, operators.MapOrdered(stream.FromSlice(values), w, f))
					})},
					{Name: "channel-of-channels(64)", Run: with(mapFutures)},
				},
			})
		}
	}
	return rows
}

func runsOf32(ctx context.Context, values []int, w int, f mapper) int {
	return mapRuns(ctx, values, w, 32, f)
}

// mapChannels is a pool between two channels.
func mapChannels(ctx context.Context, values []int, w int, f mapper) int {
	in, out := make(chan int, 64), make(chan stream.Event[int], 64)
	go func() {
		defer close(in)
		for _, v := range values {
			select {
			case in <- v:
			case <-ctx.Done():
				return
			}
		}
	}()
	var workers sync.WaitGroup
	for range w {
		workers.Go(func() {
			for v := range in {
				r, err := f(ctx, v)
				select {
				case out <- stream.Event[int]{Value: r, Err: err}:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() {
		workers.Wait()
		close(out)
	}()
	total := 0
	for e := range out {
		if e.Err != nil {
			return -1
		}
		total += e.Value
	}
	return total
}

// mapFutures has a channel for each result, in a channel of them.
func mapFutures(ctx context.Context, values []int, w int, f mapper) int {
	type job struct {
		v    int
		done chan stream.Event[int]
	}
	jobs, order := make(chan job, 64), make(chan job, 64)
	go func() {
		defer close(order)
		defer close(jobs)
		for _, v := range values {
			j := job{v, make(chan stream.Event[int], 1)}
			select {
			case order <- j:
			case <-ctx.Done():
				return
			}
			jobs <- j
		}
	}()
	for range w {
		go func() {
			for j := range jobs {
				r, err := f(ctx, j.v)
				j.done <- stream.Event[int]{Value: r, Err: err}
			}
		}()
	}
	total := 0
	for j := range order {
		e := <-j.done
		if e.Err != nil {
			return -1
		}
		total += e.Value
	}
	return total
}
