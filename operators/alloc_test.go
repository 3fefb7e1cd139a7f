package operators_test

import (
	"context"
	"log/slog"
	"math"
	"testing"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

func half(v int) bool { return v%2 == 0 }

func three(s stream.Stream[int]) stream.Stream[int] {
	return operators.Map(operators.Filter(operators.Map(s, double), half), double)
}

func pass(_ context.Context, v int) (int, error) { return v, nil }

// plain is operators in their usual use, without errors.
var plain = map[string]func(s ints) ints{
	"pipeline of three": three,
	"Map":               func(s ints) ints { return operators.Map(s, double) },
	"MapErr":            func(s ints) ints { return operators.MapErr(s, pass) },
	"Filter":            func(s ints) ints { return operators.Filter(s, half) },
	"Take":              func(s ints) ints { return operators.Take(s, 1<<20) },
	"TakeWhile":         func(s ints) ints { return operators.TakeWhile(s, below(1<<20)) },
	"Skip":              func(s ints) ints { return operators.Skip(s, 10) },
	"Scan":              func(s ints) ints { return operators.Scan(s, 0, sum) },
	"Tap": func(s ints) ints {
		return operators.Tap(s, operators.Observer[int]{OnValue: ignore[int], OnEnd: ignore[error]})
	},
	"Finally":     func(s ints) ints { return operators.Finally(s, nothing) },
	"StopOnError": operators.StopOnError[int],
	"Catch":       func(s ints) ints { return operators.Catch(s, retold) },
	"FilterMap":   func(s ints) ints { return operators.FilterMap(s, func(v int) (int, bool) { return v, half(v) }) },
	"MapError":    func(s ints) ints { return operators.MapError(s, func(err error) error { return err }) },
	"Pairwise":    func(s ints) ints { return operators.Map(operators.Pairwise(s), func(p [2]int) int { return p[0] }) },
	"WithIndex": func(s ints) ints {
		return operators.Map(operators.WithIndex(s), func(v operators.Indexed[int]) int { return v.Index })
	},
	"Timestamp": func(s ints) ints {
		return operators.Map(operators.Timestamp(s), func(v operators.Timestamped[int]) int { return v.Value })
	},
	"TimeInterval": func(s ints) ints {
		return operators.Map(operators.TimeInterval(s), func(v operators.Spaced[int]) int { return v.Value })
	},
	"Transform": func(s ints) ints {
		return operators.Transform(s, func(_ context.Context, v int, emit func(int) bool) error { emit(v); return nil })
	},
	"Materialize and back":   func(s ints) ints { return operators.Dematerialize(operators.Materialize(s)) },
	"TakeWhileInclusive":     func(s ints) ints { return operators.TakeWhileInclusive(s, below(1<<20)) },
	"TakeLast":               func(s ints) ints { return operators.TakeLast(s, 100) },
	"TakeFor":                func(s ints) ints { return operators.TakeFor(s, time.Hour) },
	"SkipWhile":              func(s ints) ints { return operators.SkipWhile(s, below(10)) },
	"SkipLast":               func(s ints) ints { return operators.SkipLast(s, 100) },
	"ElementAt":              func(s ints) ints { return operators.ElementAt(s, 1<<20) },
	"Find":                   func(s ints) ints { return operators.Find(s, below(0)) },
	"DistinctUntilChanged":   operators.DistinctUntilChanged[int],
	"DistinctUntilChangedBy": func(s ints) ints { return operators.DistinctUntilChangedBy(s, half) },
	"DistinctBy":             func(s ints) ints { return operators.DistinctBy(s, half, 5, time.Hour) },
	"ErrorsOnly":             operators.ErrorsOnly[int],
	"ValuesOnly":             operators.ValuesOnly[int],
	"DefaultIfEmpty":         func(s ints) ints { return operators.DefaultIfEmpty(s, 1) },
	"ThrowIfEmpty":           func(s ints) ints { return operators.ThrowIfEmpty(s, errBoom) },
	"OnErrorReturn":          func(s ints) ints { return operators.OnErrorReturn(s, func(error) int { return 1 }) },
	"FilterErrors":           func(s ints) ints { return operators.FilterErrors(s, isBoom) },
	"OnErrorResumeNext":      func(s ints) ints { return operators.OnErrorResumeNext(s, stream.Of(1)) },
	"ErrorBudget":            func(s ints) ints { return operators.ErrorBudget(s, 3, time.Hour) },
	"BackOffOnError":         func(s ints) ints { return operators.BackOffOnError(s, noBackOff) },
	"DelayErrors":            func(s ints) ints { return operators.DelayErrors(s, 3) },
	"WithItem":               func(s ints) ints { return operators.WithItem(s, pass) },
	"MapRetry":               func(s ints) ints { return operators.MapRetry(s, pass, operators.BackOff(noBackOff)) },
	"Retry":                  func(s ints) ints { return operators.Retry(s, operators.ResetOnValue()) },
	"Repeat":                 func(s ints) ints { return operators.Repeat(s, 1, 0) },
	"Log":                    func(s ints) ints { return operators.Log(s, slog.New(slog.DiscardHandler), "test") },
}

func TestEventsAreNotAllocated(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for name, apply := range plain {
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
