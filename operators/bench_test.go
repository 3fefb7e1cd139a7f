package operators_test

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/stream"
)

// BenchmarkThreeOperators compares FromSlice, Map, Filter, Map with the least
// that a loop by hand can do and still keep the contract. What else runs on the
// machine shows in the times; of the ratio, the median of runs in turns, less.
func BenchmarkThreeOperators(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	items := make([]int, 10_000)
	for i := range items {
		items[i] = i
	}
	total := 0
	yield := func(v int, err error) bool {
		total += v
		return err == nil
	}
	perItem := func(b *testing.B) {
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(items)), "ns/item")
	}
	b.Run("by hand", func(b *testing.B) {
		b.ReportAllocs()
		f := byHand{double, half, double}
		for b.Loop() {
			f.run(ctx, items, yield)
		}
		perItem(b)
	})
	b.Run("operators", func(b *testing.B) {
		b.ReportAllocs()
		s := three(stream.FromSlice(items))
		for b.Loop() {
			s(ctx, yield)
		}
		perItem(b)
	})
	b.Run("ratio", func(b *testing.B) {
		f := byHand{double, half, double}
		s := three(stream.FromSlice(items))
		timed := func(f func()) float64 {
			start := time.Now()
			f()
			return float64(time.Since(start))
		}
		var ratios []float64
		for b.Loop() {
			hand := timed(func() { f.run(ctx, items, yield) })
			ratios = append(ratios, timed(func() { s(ctx, yield) })/hand)
		}
		b.ReportMetric(median(ratios), "x")
	})
}

// byHand calls its functions through values, as operators must.
type byHand struct {
	first  func(int) int
	keep   func(int) bool
	second func(int) int
}

//go:noinline
func (f *byHand) run(ctx context.Context, items []int, yield func(int, error) bool) {
	for _, v := range items {
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
			return
		}
		if v = f.first(v); !f.keep(v) {
			continue
		}
		if !yield(f.second(v), nil) {
			return
		}
	}
}

// A stage is a stream that is run for its events alone.
type stage func(ctx context.Context)

// staged has a consumer that looks at the error, as all must.
func staged[T any](s stream.Stream[T]) stage {
	yield := func(_ T, err error) bool { return err == nil }
	return func(ctx context.Context) { s(ctx, yield) }
}

// alone are the operators of plain that there are followed by another one, for
// their values are of another type.
var alone = map[string]func(s ints) stage{
	"Pairwise":             func(s ints) stage { return staged(operators.Pairwise(s)) },
	"WithIndex":            func(s ints) stage { return staged(operators.WithIndex(s)) },
	"Timestamp":            func(s ints) stage { return staged(operators.Timestamp(s)) },
	"TimeInterval":         func(s ints) stage { return staged(operators.TimeInterval(s)) },
	"Materialize and back": func(s ints) stage { return staged(operators.Materialize(s)) },
}

// calls says how many functions of the user an operator calls for a value, if
// that is not 0.
var calls = map[string]int{
	"Map": 1, "MapErr": 1, "Filter": 1, "FilterMap": 1, "TakeWhile": 1, "TakeWhileInclusive": 1, "Find": 1, "Scan": 1, "Tap": 1,
	"Transform": 2, "DistinctUntilChangedBy": 1, "DistinctBy": 1, "WithItem": 1, "MapRetry": 1, "pipeline of three": 3,
}

// byHandStage is the least that a stage by hand does which calls a function for
// each value, nil for none.
func byHandStage(s ints, f func(int) int) ints {
	return func(ctx context.Context, yield func(int, error) bool) {
		if f == nil {
			s(ctx, func(v int, err error) bool { return yield(v, err) })
			return
		}
		s(ctx, func(v int, err error) bool {
			if err != nil {
				return yield(0, err)
			}
			return yield(f(v), nil)
		})
	}
}

// BenchmarkOperator tells what each operator adds to an event: the time of a
// source with it, less that of the source alone; what of that is its own, without
// the functions of the user that it calls; and what a stage by hand adds. Each is
// the median of the differences within a turn, for a machine that changes its pace
// does so for a whole turn.
func BenchmarkOperator(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	items := make([]int, 10_000)
	for i := range items {
		items[i] = i
	}
	src := stream.FromSlice(items)
	bare := staged(src)
	timed := func(s stage) float64 {
		start := time.Now()
		s(ctx)
		return float64(time.Since(start).Nanoseconds()) / float64(len(items))
	}
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			s, hand, calling := staged(plain[name](src)), staged(byHandStage(src, nil)), staged(byHandStage(src, double))
			if op := alone[name]; op != nil {
				s = op(src)
			}
			byHand := calling
			if w := written[name]; w != nil {
				byHand = w(src)
			} else if calls[name] == 0 {
				byHand = hand
			}
			added, own := make([]float64, 0, 1<<16), make([]float64, 0, 1<<16) // not to be counted
			floor := make([]float64, 0, 1<<16)
			for b.Loop() {
				with := timed(s) - timed(bare)
				floor = append(floor, timed(byHand)-timed(bare))
				call := timed(calling) - timed(hand)
				added = append(added, with)
				own = append(own, with-float64(calls[name])*call)
			}
			b.ReportMetric(median(added), "ns/event")
			b.ReportMetric(median(own), "ns-own/event")
			b.ReportMetric(median(floor), "ns-by-hand/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func median(of []float64) float64 {
	slices.Sort(of)
	return of[len(of)/2]
}
