package stream_test

import (
	"context"
	"io"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/stream"
)

func TestMisuseOfASourcePanicsAtConstruction(t *testing.T) {
	open := func(context.Context) (int, error) { return 0, nil }
	use := func(int) stream.Stream[int] { return stream.Of(1) }
	release := func(int) {}
	tests := map[string]func(){
		"stream: Range: count is -1, want at least 0":                       func() { stream.Range(0, -1) },
		"stream: Range: start 9223372036854775807 and count 2 overflow int": func() { stream.Range(math.MaxInt, 2) },
		"stream: Range: start 2 and count 9223372036854775807 overflow int": func() { stream.Range(2, math.MaxInt) },
		"stream: Generate: next is nil":                                     func() { stream.Generate(0, nil, nil) },
		"stream: Throw: err is nil":                                         func() { stream.Throw[int](nil) },
		"stream: FromSeq: seq is nil":                                       func() { stream.FromSeq[int](nil) },
		"stream: FromSeq2: seq is nil":                                      func() { stream.FromSeq2[int](nil) },
		"stream: FromFunc: f is nil":                                        func() { stream.FromFunc[int](nil) },
		"stream: Defer: f is nil":                                           func() { stream.Defer[int](nil) },
		"stream: Iif: cond is nil":                                          func() { stream.Iif(nil, stream.Of(1), stream.Of(2)) },
		"stream: Iif: yes is nil":                                           func() { stream.Iif(func() bool { return true }, nil, stream.Of(2)) },
		"stream: Iif: no is nil":                                            func() { stream.Iif(func() bool { return true }, stream.Of(1), nil) },
		"stream: Using: open is nil":                                        func() { stream.Using(nil, use, release) },
		"stream: Using: use is nil":                                         func() { stream.Using[int, int](open, nil, release) },
		"stream: Using: release is nil":                                     func() { stream.Using(open, use, nil) },
		"stream: Timer: d is -1ns, want at least 0":                         func() { stream.Timer(-1) },
		"stream: Interval: d is 0s, want more than 0":                       func() { stream.Interval(0) },
		"stream: IntervalFrom: first is -1ns, want at least 0":              func() { stream.IntervalFrom(-1, 1) },
		"stream: IntervalFrom: d is 0s, want more than 0":                   func() { stream.IntervalFrom(0, 0) },
		"stream: Lines: r is nil":                                           func() { stream.Lines(nil) },
		"stream: Walk: fsys is nil":                                         func() { stream.Walk(nil, ".") },
	}
	for want, misuse := range tests {
		t.Run(want, func(t *testing.T) { wantPanic(t, want, misuse) })
	}
}

func TestRangeReachesTheLimitsOfInt(t *testing.T) {
	tests := []struct{ start, count, last int }{
		{math.MaxInt, 1, math.MaxInt},
		{math.MaxInt - 2, 3, math.MaxInt},
		{math.MinInt, 2, math.MinInt + 1},
		{-1, 3, 1},
	}
	for _, tt := range tests {
		if last, err := stream.Range(tt.start, tt.count).Last(t.Context()); last != tt.last || err != nil {
			t.Errorf("Range(%d, %d).Last() = %d, %v, want %d", tt.start, tt.count, last, err, tt.last)
		}
	}
	first, err := stream.Range(1, math.MaxInt).First(t.Context())
	if first != 1 || err != nil {
		t.Errorf("Range(1, MaxInt).First() = %d, %v, want 1", first, err)
	}
}

func TestFromSliceSeesTheSliceAsItIsDuringTheRun(t *testing.T) {
	values := []int{1, 2, 3}
	s := stream.FromSlice(values)
	values[0] = 10
	var got []event
	for v, err := range text(s).All(t.Context()) {
		values[2] = 30
		got = append(got, event{Value: v, Err: err})
	}
	wantEvents(t, got, "10", "2", "30")
}

func TestGenerateWithoutMoreHasNoEnd(t *testing.T) {
	n := 0
	for v, err := range stream.Generate(0, nil, func(v int) int { return v + 1 }).All(t.Context()) {
		if v != n || err != nil {
			t.Fatalf("event %d = %d, %v", n, v, err)
		}
		if n++; n == 1000 {
			break
		}
	}
}

func TestSourcesRunUnderAContextThatCannotEnd(t *testing.T) {
	for _, ctx := range []context.Context{context.Background(), context.TODO(), context.WithoutCancel(t.Context())} {
		forEachSource(t, func(t *testing.T, src source, want []string) {
			s, _ := src.make()
			wantEvents(t, record(ctx, s), want...)
		})
	}
}

func TestNeverBlocksUntilItsContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Hour, errCut)
		defer cancel()
		got := record(ctx, text(stream.Never[int]()))
		wantEvents(t, got, "!"+errCut.Error())
		if passed := time.Since(start); passed != time.Hour {
			t.Errorf("returned after %v, want %v", passed, time.Hour)
		}
	})
}

func TestThrowKeepsTheErrorAndItsMark(t *testing.T) {
	marked := stream.Fatal(errBoom)
	if _, err := stream.Throw[int](marked).First(t.Context()); err != marked { //nolint:errorlint // the same
		t.Errorf("Throw(%v) yields %v, want the same", marked, err)
	}
}

// Events are synchronous and cost no allocation each.
func TestEventsOfAPipelineDoNotAllocate(t *testing.T) {
	sources := map[string]func(n int) stream.Stream[int]{
		"FromSlice": func(n int) stream.Stream[int] { return stream.FromSlice(make([]int, n)) },
		"Range":     func(n int) stream.Stream[int] { return stream.Range(0, n) },
		"Generate": func(n int) stream.Stream[int] {
			return stream.Generate(0, func(v int) bool { return v < n }, func(v int) int { return v + 1 })
		},
		"FromFunc": func(n int) stream.Stream[int] {
			v := 0
			return stream.FromFunc(func(context.Context) (int, error) {
				if v++; v%n == 0 {
					return 0, io.EOF
				}
				return v, nil
			})
		},
	}
	for name, source := range sources {
		t.Run(name, func(t *testing.T) {
			allocs := func(n int) float64 {
				s := mapped(filtered(mapped(source(n), twice), odd), twice)
				return testing.AllocsPerRun(5, func() {
					s(t.Context(), func(int, error) bool { return true })
				})
			}
			if few, many := allocs(10), allocs(10_000); many > few {
				t.Errorf("%v allocations for 10,000 events, %v for 10", many, few)
			}
		})
	}
}

func twice(v int) int { return 2 * v }
func odd(v int) bool  { return v%4 != 0 }

func mapped[A, B any](s stream.Stream[A], f func(A) B) stream.Stream[B] {
	return func(ctx context.Context, yield func(B, error) bool) {
		s(ctx, func(v A, err error) bool {
			if err != nil {
				var zero B
				return yield(zero, err)
			}
			return yield(f(v), nil)
		})
	}
}

func filtered[T any](s stream.Stream[T], pred func(T) bool) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		s(ctx, func(v T, err error) bool {
			if err != nil || pred(v) {
				return yield(v, err)
			}
			return true
		})
	}
}
