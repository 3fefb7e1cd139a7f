package operators_test

import (
	"context"
	"flag"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/time/rate"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// events is how long the streams are whose memory is looked at.
var events = flag.Int("events", 100_000, "length of the streams of the memory test")

// longRun is a source of n events, every tenth an error, that looks at the heap
// now and then.
func longRun(n int, heap *uint64) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		for i := range n {
			if i%(n/4) == n/4-1 {
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				*heap = max(*heap, m.HeapAlloc)
			}
			switch {
			case ctx.Err() != nil:
				yield(0, context.Cause(ctx))
				return
			case i%10 == 9 && !yield(0, errBoom), i%10 != 9 && !yield(i, nil):
				return
			}
		}
	}
}

func TestMemoryDoesNotGrowWithTheStream(t *testing.T) {
	const bound = 512 << 10
	events := *events
	if raceEnabled {
		events /= 10
	}
	heap := func(op operator, n int) (peak uint64) {
		ctx, _ := newSilentSink(t)
		op.apply(longRun(n, &peak))(ctx, func(string, error) bool { return true })
		return peak
	}
	for _, op := range slices.Concat(synchronous(), withTasks(), completing()) {
		t.Run(op.name, func(t *testing.T) {
			few, many := heap(op, events/100), heap(op, events)
			if many > few+bound {
				t.Errorf("%d bytes of heap for %d events, %d for %d", many, events, few, events/100)
			}
		})
	}
}

// withTasks is the operators that have goroutines or alarms, as rows.
func withTasks() (rows []operator) {
	for _, op := range tasking() {
		rows = append(rows, row(op.name, op.apply, nil))
	}
	return rows
}

// completing is the operators over functions that may come without end.
func completing() []operator {
	return []operator{
		row("AsCompletedSeq", func(s ints) ints {
			return stream.Defer(func(ctx context.Context) ints { return operators.AsCompletedSeq(functions(ctx, s), 4) })
		}, nil),
		row("AsCompletedIndexed", func(s ints) stream.Stream[operators.Completion[int]] {
			return stream.Defer(func(ctx context.Context) stream.Stream[operators.Completion[int]] {
				return operators.AsCompletedIndexed(functions(ctx, s), 4)
			})
		}, nil),
	}
}

// An endo is an operator whose results are as its values.
type endo struct {
	name  string
	apply func(ints) ints
}

// tasking is the operators that have goroutines or alarms.
func tasking() []endo {
	same := func(_ context.Context, v int) (int, error) { return v, nil }
	once := func(v int) ints { return stream.Of(v) }
	lastDigit := func(v int) int { return v % 10 }
	hour := time.Hour
	var rows []endo
	add := func(name string, op func(s ints) ints) { rows = append(rows, endo{name, op}) }
	add("MapParallel", func(s ints) ints { return operators.MapParallel(s, 4, same) })
	add("MapOrdered", func(s ints) ints { return operators.MapOrdered(s, 4, same) })
	add("ParallelBy", func(s ints) ints { return operators.ParallelBy(s, lastDigit, 4, same) })
	add("FilterParallel", func(s ints) ints {
		return operators.FilterParallel(s, 4, func(_ context.Context, v int) (bool, error) { return even(v), nil })
	})
	add("FlatMap", func(s ints) ints { return operators.FlatMap(s, 4, once) })
	add("FlatMapOrdered", func(s ints) ints { return operators.FlatMapOrdered(s, 4, once) })
	add("ConcatMap", func(s ints) ints { return operators.ConcatMap(s, once) })
	add("SwitchMap", func(s ints) ints { return operators.SwitchMap(s, once) })
	add("ExhaustMap", func(s ints) ints { return operators.ExhaustMap(s, once) })
	add("GroupBy", func(s ints) ints {
		groups := operators.GroupBy(s, lastDigit, 10, hour)
		return operators.FlatMap(groups, 10, func(g *operators.Group[int, int]) ints { return g.Stream() })
	})
	add("GroupBy with more keys than groups", func(s ints) ints {
		groups := operators.GroupBy(s, func(v int) int { return v }, 2, 0)
		return operators.FlatMap(groups, 4, func(g *operators.Group[int, int]) ints { return g.Stream() })
	})
	add("Debounce", func(s ints) ints { return operators.Debounce(s, hour) })
	add("Throttle", func(s ints) ints { return operators.Throttle(s, hour, operators.Leading) })
	add("Throttle both", func(s ints) ints {
		return operators.Throttle(s, time.Millisecond, operators.Leading|operators.Trailing)
	})
	add("Audit", func(s ints) ints { return operators.Audit(s, time.Millisecond) })
	add("Sample", func(s ints) ints { return operators.Sample(s, time.Millisecond) })
	add("SampleBy", func(s ints) ints { return operators.SampleBy(s, stream.Interval(time.Millisecond)) })
	add("Batch", func(s ints) ints { return operators.Unbatch(operators.Batch(s, 100, hour)) })
	add("ReadyChunks", func(s ints) ints { return operators.Unbatch(operators.ReadyChunks(s, 100)) })
	add("Partition", func(s ints) ints {
		yes, _ := operators.Partition(s, func(int) bool { return true })
		return yes
	})
	add("TimeoutWith", func(s ints) ints { return operators.TimeoutWith(s, 0, hour, stream.Empty[int]()) })
	add("Session", func(s ints) ints { return operators.Unbatch(operators.Session(s, 100, hour)) })
	add("Timeout", func(s ints) ints { return operators.Timeout(s, 0, hour) })
	add("Overdue", func(s ints) ints { return operators.Overdue(s, hour) })
	add("Delay", func(s ints) ints { return operators.Delay(s, time.Nanosecond) })
	add("DelayWhen", func(s ints) ints { return operators.DelayWhen(s, 4, once) })
	add("RateLimit", func(s ints) ints { return operators.RateLimit(s, rate.NewLimiter(rate.Inf, 1)) })
	add("TakeUntil", func(s ints) ints { return operators.TakeUntil(s, stream.Never[int]()) })
	add("SkipUntil", func(s ints) ints { return operators.SkipUntil(s, stream.Never[int]()) })
	add("Async", func(s ints) ints { return operators.Async(s, 64) })
	add("Latest", func(s ints) ints { return operators.Latest(s) })
	add("Share", func(s ints) ints {
		return func(ctx context.Context, yield func(int, error) bool) {
			own := scope.New(ctx, "owner")
			defer func() { _ = own.Close() }()
			operators.ShareReplay(own, s, 100, 0)(ctx, yield)
		}
	})
	return rows
}
