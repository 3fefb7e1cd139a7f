package operators_test

import (
	"context"
	"math"
	"testing"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func half(v int) bool { return v%2 == 0 }

func three(s stream.Stream[int]) stream.Stream[int] {
	return operators.Map(operators.Filter(operators.Map(s, double), half), double)
}

func TestEventsAreNotAllocated(t *testing.T) {
	pass := func(_ context.Context, v int) (int, error) { return v, nil }
	tests := map[string]func(s stream.Stream[int]) stream.Stream[int]{
		"pipeline of three": three,
		"Map":               func(s stream.Stream[int]) stream.Stream[int] { return operators.Map(s, double) },
		"MapErr":            func(s stream.Stream[int]) stream.Stream[int] { return operators.MapErr(s, pass) },
		"Filter":            func(s stream.Stream[int]) stream.Stream[int] { return operators.Filter(s, half) },
		"Take":              func(s stream.Stream[int]) stream.Stream[int] { return operators.Take(s, 1<<20) },
		"TakeWhile":         func(s stream.Stream[int]) stream.Stream[int] { return operators.TakeWhile(s, below(1<<20)) },
		"Skip":              func(s stream.Stream[int]) stream.Stream[int] { return operators.Skip(s, 10) },
		"Scan":              func(s stream.Stream[int]) stream.Stream[int] { return operators.Scan(s, 0, sum) },
		"Tap": func(s stream.Stream[int]) stream.Stream[int] {
			return operators.Tap(s, operators.Observer[int]{OnValue: ignore[int], OnEnd: ignore[error]})
		},
		"Finally":     func(s stream.Stream[int]) stream.Stream[int] { return operators.Finally(s, nothing) },
		"StopOnError": operators.StopOnError[int],
		"Catch":       func(s stream.Stream[int]) stream.Stream[int] { return operators.Catch(s, retold) },
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, apply := range tests {
		t.Run(name, func(t *testing.T) {
			per := func(events int) float64 {
				s := apply(stream.Range(0, events))
				// What the runtime allocates meanwhile is counted too, so the
				// least of a few measurements is the run's own.
				least := math.Inf(1)
				for range 5 {
					least = min(least, testing.AllocsPerRun(2, func() { s(ctx, func(int, error) bool { return true }) }))
				}
				return least
			}
			if few, many := per(1_000), per(10_000); few != many {
				t.Errorf("%v allocations for 1,000 events, %v for 10,000", few, many)
			}
		})
	}
}
