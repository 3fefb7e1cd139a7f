package operators_test

import (
	"context"
	"maps"
	"math"
	"slices"
	"testing"
	"time"

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
		slices.Sort(ratios)
		b.ReportMetric(ratios[len(ratios)/2], "x")
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

// BenchmarkOperator tells what each operator adds to an event: the time of a
// source with it, less that of the source alone, the least of runs in turns.
func BenchmarkOperator(b *testing.B) {
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
	src := stream.FromSlice(items)
	timed := func(s ints) float64 {
		start := time.Now()
		s(ctx, yield)
		return float64(time.Since(start).Nanoseconds()) / float64(len(items))
	}
	for _, name := range slices.Sorted(maps.Keys(plain)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			s := plain[name](src)
			with, without := math.Inf(1), math.Inf(1)
			for b.Loop() {
				without = min(without, timed(src))
				with = min(with, timed(s))
			}
			b.ReportMetric(with-without, "ns/event")
			b.ReportMetric(0, "ns/op")
		})
	}
}
