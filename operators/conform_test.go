package operators_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
	"github.com/rxscope/rxscope/streamtest"
	"golang.org/x/time/rate"
)

type (
	item  = *streamtest.Item
	items = stream.Stream[*streamtest.Item]
)

// The tests of this file try every operator of the package, with the table of
// table_test.go: internal/house sees to it that none is missing.

// conform tries one operator.
func conform[A, B any](t *testing.T, name string, op func(stream.Stream[A]) stream.Stream[B], relaxed ...streamtest.Relaxation) {
	t.Helper()
	t.Run(name, func(t *testing.T) { streamtest.Conform(t, op, relaxed...) })
}

func odd(v item) bool { return v.N%2 == 1 }

// TestOperatorsConform tries the operators of the table.
func TestOperatorsConform(t *testing.T) {
	for _, op := range synchronous() {
		conform(t, op.name, op.apply, op.relaxed)
	}
}

// TestOperatorsThatHoldValuesConform sees what becomes of the values.
func TestOperatorsThatHoldValuesConform(t *testing.T) {
	conform(t, "Filter", func(s items) items { return operators.Filter(s, odd) }, streamtest.Drops)
	conform(t, "Take", func(s items) items { return operators.Take(s, 2) })
	conform(t, "TakeLast", func(s items) items { return operators.TakeLast(s, 2) })
	conform(t, "SkipLast", func(s items) items { return operators.SkipLast(s, 2) })
	conform(t, "TakeFor", func(s items) items { return operators.TakeFor(s, time.Hour) })
	conform(t, "Chunk by 1", func(s items) stream.Stream[[]item] { return operators.Chunk(s, 1) }, streamtest.Boundary)
	conform(t, "Chunk", func(s items) stream.Stream[[]item] { return operators.Chunk(s, 2) }, streamtest.Boundary)
	conform(t, "Chunk of all", func(s items) stream.Stream[[]item] { return operators.Chunk(s, 100) }, streamtest.Boundary)
	conform(t, "ChunkWhile", func(s items) stream.Stream[[]item] {
		return operators.ChunkWhile(s, 9, func(last, _ item) bool { return odd(last) })
	}, streamtest.Boundary)
	conform(t, "Unbatch", func(s items) items { return operators.Unbatch(operators.Chunk(s, 2)) }, streamtest.Boundary)
	conform(t, "pipeline", func(s items) items {
		return operators.Take(operators.Filter(operators.Tap(operators.Skip(s, 1), operators.Observer[item]{OnStart: nothing}), odd), 2)
	}, streamtest.Drops)
}

func TestOperatorsWithTasksConform(t *testing.T) {
	same := func(_ context.Context, v item) (item, error) { return v, nil }
	value := func(c operators.Completion[int]) int { return c.Value }
	conform(t, "MapParallel", func(s items) items { return operators.MapParallel(s, 3, same) }, streamtest.Unordered)
	conform(t, "MapParallel with failures", func(s ints) ints { return operators.MapParallel(s, 2, failOn3) }, streamtest.Unordered)
	conform(t, "MapOrdered", func(s items) items { return operators.MapOrdered(s, 3, same) }, streamtest.Delayed)
	conform(t, "MapOrdered with failures", func(s ints) ints { return operators.MapOrdered(s, 2, failOn3) }, streamtest.Delayed)
	conform(t, "AsCompleted", func(s ints) ints {
		return stream.Defer(func(ctx context.Context) ints {
			return unwrapped(operators.AsCompleted(slices.Collect(functions(ctx, s))...))
		})
	}, streamtest.Unordered, streamtest.Handles)
	conform(t, "AsCompletedSeq", func(s ints) ints {
		return stream.Defer(func(ctx context.Context) ints { return unwrapped(operators.AsCompletedSeq(functions(ctx, s), 2)) })
	}, streamtest.Unordered, streamtest.Handles)
	conform(t, "AsCompletedIndexed", func(s ints) ints {
		return stream.Defer(func(ctx context.Context) ints {
			return operators.Map(unwrapped(operators.AsCompletedIndexed(functions(ctx, s), 2)), value)
		})
	}, streamtest.Unordered, streamtest.Handles)
}

func TestOperatorsThatFlattenConform(t *testing.T) {
	once := func(v item) items { return stream.Of(v) }
	twice := func(v int) ints { return stream.Of(v, 10*v) }
	none := func(item) items { return stream.Empty[item]() }
	conform(t, "FlatMap", func(s items) items { return operators.FlatMap(s, 2, once) }, streamtest.Unordered, streamtest.Drops)
	conform(t, "FlatMap of two", func(s ints) ints { return operators.FlatMap(s, 1, twice) }, streamtest.Unordered)
	conform(t, "FlatMapOrdered", func(s items) items { return operators.FlatMapOrdered(s, 2, once) }, streamtest.Delayed, streamtest.Drops)
	conform(t, "FlatMapOrdered of two", func(s ints) ints { return operators.FlatMapOrdered(s, 3, twice) }, streamtest.Delayed)
	conform(t, "ConcatMap", func(s items) items { return operators.ConcatMap(s, once) }, streamtest.Drops)
	conform(t, "ConcatMap of two", func(s ints) ints { return operators.ConcatMap(s, twice) })
	conform(t, "SwitchMap", func(s items) items { return operators.SwitchMap(s, none) }, streamtest.Delayed, streamtest.Drops)
	conform(t, "ExhaustMap", func(s items) items { return operators.ExhaustMap(s, none) }, streamtest.Delayed, streamtest.Drops)
}

// apart is a context that does not end with another one, and is in no scope, but by
// which the kit knows the run. With it an owner is not cut together with a
// subscriber, which would then be told twice.
type apart struct {
	context.Context
	run context.Context
}

func (c apart) Value(key any) any {
	if strings.HasSuffix(reflect.TypeOf(key).PkgPath(), "/streamtest") {
		return c.run.Value(key)
	}
	return nil
}

func TestOperatorsThatDecoupleConform(t *testing.T) {
	owned := func(share func(s *scope.Scope, src items) items) func(src items) items {
		return func(src items) items {
			return func(ctx context.Context, yield func(item, error) bool) {
				own := scope.New(apart{context.Background(), ctx}, "owner")
				defer func() { _ = own.Close() }()
				share(own, src)(ctx, yield)
			}
		}
	}
	conform(t, "Async", func(s items) items { return operators.Async(s, 2) }, streamtest.Delayed)
	conform(t, "Latest", func(s items) items { return operators.Latest(operators.ErrorsOnly(s)) }, streamtest.Delayed, streamtest.Drops)
	conform(t, "Share", owned(func(s *scope.Scope, src items) items { return operators.Share(s, src) }), streamtest.Delayed, streamtest.Drops, streamtest.Handles)
	conform(t, "ShareReplay", owned(func(s *scope.Scope, src items) items { return operators.ShareReplay(s, src, 9, 0) }), streamtest.Delayed, streamtest.Drops, streamtest.Handles)
}

func TestOperatorsThatPartConform(t *testing.T) {
	one := func(item) int { return 1 }
	conform(t, "GroupBy", func(s items) items {
		return operators.FlatMap(operators.GroupBy(s, one, 1, 0), 1, func(g *operators.Group[int, item]) items { return g.Stream() })
	}, streamtest.Unordered)
	conform(t, "ParallelBy", func(s items) items {
		return operators.ParallelBy(s, one, 2, func(_ context.Context, v item) (item, error) { return v, nil })
	}, streamtest.Unordered)
	conform(t, "FilterParallel", func(s items) items {
		return operators.FilterParallel(s, 2, func(_ context.Context, v item) (bool, error) { return odd(v), nil })
	}, streamtest.Unordered, streamtest.Drops)
	conform(t, "Partition", func(s items) items { yes, _ := operators.Partition(s, odd); return yes }, streamtest.Drops)
	conform(t, "Partition no", func(s items) items { _, no := operators.Partition(s, odd); return no }, streamtest.Drops)
}

func TestOperatorsOfTimeConform(t *testing.T) {
	quick := rate.NewLimiter(rate.Inf, 1)
	conform(t, "Debounce", func(s items) items { return operators.Debounce(s, time.Hour) }, streamtest.Unordered, streamtest.Flushes)
	conform(t, "Throttle", func(s items) items { return operators.Throttle(s, time.Hour, operators.Leading) })
	conform(t, "Throttle trailing", func(s items) items { return operators.Throttle(s, time.Hour, operators.Trailing) }, streamtest.Unordered, streamtest.Flushes)
	conform(t, "Throttle both", func(s items) items {
		return operators.Throttle(s, time.Hour, operators.Leading|operators.Trailing)
	}, streamtest.Unordered, streamtest.Flushes)
	conform(t, "Audit", func(s items) items { return operators.Audit(s, time.Hour) }, streamtest.Unordered, streamtest.Flushes)
	conform(t, "Sample", func(s items) items { return operators.Sample(s, time.Hour) }, streamtest.Unordered)
	conform(t, "SampleBy", func(s items) items { return operators.SampleBy(s, stream.Never[int]()) }, streamtest.Unordered)
	conform(t, "Batch", func(s items) stream.Stream[[]item] { return operators.Batch(s, 2, time.Hour) }, streamtest.Boundary, streamtest.Delayed)
	conform(t, "ReadyChunks", func(s items) items { return operators.Unbatch(operators.ReadyChunks(s, 2)) }, streamtest.Delayed)
	conform(t, "Session", func(s items) stream.Stream[[]item] { return operators.Session(s, 2, time.Hour) }, streamtest.Boundary, streamtest.Delayed)
	conform(t, "Timeout", func(s items) items { return operators.Timeout(s, 0, time.Hour) }, streamtest.Delayed)
	conform(t, "TimeoutWith", func(s items) items { return operators.TimeoutWith(s, 0, time.Hour, stream.Empty[item]()) }, streamtest.Delayed)
	conform(t, "Overdue", func(s items) items { return operators.Overdue(s, time.Hour) }, streamtest.Delayed)
	conform(t, "Delay", func(s items) items { return operators.Delay(s, time.Nanosecond) }, streamtest.Delayed)
	conform(t, "DelayWhen", func(s items) items {
		return operators.DelayWhen(s, 3, func(item) ints { return stream.Of(1) })
	}, streamtest.Unordered)
	conform(t, "RateLimit", func(s items) items { return operators.RateLimit(s, quick) })
	conform(t, "TakeUntil", func(s items) items { return operators.TakeUntil(s, stream.Never[int]()) }, streamtest.Delayed)
	conform(t, "SkipUntil", func(s items) items { return operators.SkipUntil(s, stream.Never[int]()) }, streamtest.Unordered)
}

// functions are functions with the events of a run of s as their results.
func functions(ctx context.Context, s stream.Stream[int]) func(yield func(scope.Func[int]) bool) {
	return func(yield func(scope.Func[int]) bool) {
		for v, err := range s.All(ctx) {
			if !yield(func(context.Context) (int, error) { return v, err }) {
				return
			}
		}
	}
}

// unwrapped takes from errors what says which function failed.
func unwrapped[T any](s stream.Stream[T]) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		s(ctx, func(v T, err error) bool {
			if e, ok := errors.AsType[*scope.TaskError](err); ok {
				err = e.Err
			}
			return yield(v, err)
		})
	}
}
