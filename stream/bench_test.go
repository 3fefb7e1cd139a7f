package stream_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/rxscope/rxscope/stream"
)

const benchItems = 10_000

// benchContexts are what a source may have to ask.
func benchContexts(b *testing.B) map[string]context.Context {
	cancel, stop := context.WithCancel(context.Background())
	b.Cleanup(stop)
	contexts := map[string]context.Context{"background": context.Background(), "cancel": cancel}
	for _, depth := range []int{2, 4, 8} {
		ctx := cancel
		for i := range depth {
			ctx = context.WithValue(ctx, benchKey(i), i)
		}
		contexts[fmt.Sprint("values-", depth)] = ctx
	}
	return contexts
}

type benchKey int

var benchOrder = []string{"background", "cancel", "values-2", "values-4", "values-8"}

// perItem runs f, which handles benchItems items, and reports the time of one.
func perItem(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/benchItems, "ns/item")
}

func BenchmarkFromSlice(b *testing.B) {
	values := make([]int, benchItems)
	contexts := benchContexts(b)
	sum := 0
	yield := func(v int, _ error) bool { sum += v; return true }
	for _, name := range benchOrder {
		b.Run(name, func(b *testing.B) {
			s := stream.FromSlice(values)
			perItem(b, func() { s(contexts[name], yield) })
		})
	}
}

// BenchmarkContextCheck compares the ways a source can look at its context.
func BenchmarkContextCheck(b *testing.B) {
	contexts := benchContexts(b)
	for _, name := range benchOrder {
		ctx := contexts[name]
		b.Run("err/"+name, func(b *testing.B) {
			perItem(b, func() {
				for range benchItems {
					if ctx.Err() != nil {
						b.Fatal(ctx.Err())
					}
				}
			})
		})
		b.Run("select/"+name, func(b *testing.B) {
			perItem(b, func() {
				done := ctx.Done()
				for range benchItems {
					select {
					case <-done:
						b.Fatal(ctx.Err())
					default:
					}
				}
			})
		})
	}
}

// BenchmarkPipeline has three operators beside the loop that one would write
// instead, which looks at the context and ends in a call as well.
func BenchmarkPipeline(b *testing.B) {
	values := make([]int, benchItems)
	for i := range values {
		values[i] = i
	}
	contexts := benchContexts(b)
	sum := 0
	yield := func(v int, _ error) bool { sum += v; return true }
	for _, name := range benchOrder {
		ctx := contexts[name]
		b.Run("floor/"+name, func(b *testing.B) {
			perItem(b, func() { handWritten(ctx, values, twice, odd, yield) })
		})
		b.Run("stream/"+name, func(b *testing.B) {
			s := mapped(filtered(mapped(stream.FromSlice(values), twice), odd), twice)
			perItem(b, func() { s(ctx, yield) })
		})
	}
}

//go:noinline
func handWritten(ctx context.Context, values []int, f func(int) int, pred func(int) bool, yield func(int, error) bool) {
	for _, v := range values {
		if ctx.Err() != nil {
			yield(0, context.Cause(ctx))
			return
		}
		if v = f(v); pred(v) && !yield(f(v), nil) {
			return
		}
	}
}

func BenchmarkLines(b *testing.B) {
	text := make([]byte, 0, 40*benchItems)
	for range benchItems {
		text = append(text, "a line of thirty-nine bytes, no more..\n"...)
	}
	perItem(b, func() {
		n, err := stream.Lines(&pieces{text: text, size: len(text)}).Count(b.Context())
		if n != benchItems || err != nil {
			b.Fatal(n, err)
		}
	})
}
