package operators

import (
	"context"
	"hash/maphash"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// ParallelBy calls f for the values of src, n at a time, and those of one key one
// after the other: their results come in the order of the values. Results of
// different keys come as they complete. An error of f is an event in place of its
// result; errors of src pass at once.
//
// Each key belongs to one of n workers, chosen by its hash, so that a slow call
// holds up the other keys of its worker too. At most 64 values wait for each
// worker; when one has that many, src waits. The scope of a run is named
// parallel-by. The rest is as with [MapParallel]. ParallelBy panics if n < 1, or if
// src, key or f is nil.
//
// ReactiveX: groupBy and flatMap of concatMap, with bounded groups.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ParallelBy.svg
func ParallelBy[T any, K comparable, R any](src stream.Stream[T], key func(v T) K, n int, f func(ctx context.Context, v T) (R, error), opts ...Option) stream.Stream[R] {
	mustBe("ParallelBy", "src", src != nil)
	mustBe("ParallelBy", "key", key != nil)
	mustBe("ParallelBy", "f", f != nil)
	atLeast("ParallelBy", "n", n, 1)
	in, out := discardBoth[T, R]("ParallelBy", opts)
	return func(ctx context.Context, yield func(R, error) bool) {
		fan.Do(ctx, "parallel-by", queue.Size, out, yield, func(o *fan.Out[R]) {
			var zero R
			exited := func() { o.Emit(zero, scope.ErrGoexit) }
			workers := make([]*fan.Pool[T, R], n)
			for i := range workers {
				workers[i] = &fan.Pool[T, R]{Discard: in, Work: func(ctx context.Context, v T) bool {
					return o.Emit(fan.Call(ctx, f, v, exited))
				}}
				workers[i].Open(&o.Run, 1)
			}
			seed := maphash.MakeSeed()
			done := func() {
				for _, w := range workers {
					w.Close()
				}
			}
			if !fan.Source(&o.Run, src, func(v T, err error) bool {
				if err != nil {
					return o.Emit(zero, err)
				}
				return workers[maphash.Comparable(seed, key(v))%uint64(n)].Put(v)
			}, done) {
				done()
			}
		})
	}
}

// FilterParallel calls pred for the values of src, n at a time, and emits those for
// which it says true, as they complete. An error of pred is an event in place of
// its value; errors of src pass at once. The scope of a run is named
// filter-parallel. The rest is as with [MapParallel]. It panics if n < 1, or if src
// or pred is nil.
//
// ReactiveX: none; rill: Filter.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/FilterParallel.svg
func FilterParallel[T any](src stream.Stream[T], n int, pred func(ctx context.Context, v T) (bool, error), opts ...Option) stream.Stream[T] {
	mustBe("FilterParallel", "src", src != nil)
	mustBe("FilterParallel", "pred", pred != nil)
	atLeast("FilterParallel", "n", n, 1)
	discard := discardOf[T]("FilterParallel", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		fan.Do(ctx, "filter-parallel", queue.Size, discard, yield, func(o *fan.Out[T]) {
			var zero T
			exited := func() { o.Emit(zero, scope.ErrGoexit) }
			p := &fan.Pool[T, T]{Discard: discard, Work: func(ctx context.Context, v T) bool {
				keep, err := fan.Call(ctx, pred, v, exited)
				switch {
				case err != nil:
					return o.Emit(zero, err)
				case keep:
					return o.Emit(v, nil)
				}
				return true
			}}
			fan.Start(&o.Run, p, n, src, func(v T, err error) bool {
				if err != nil {
					return o.Emit(zero, err)
				}
				return p.Put(v)
			})
		})
	}
}

// ForEachParallel calls f for each value of src, n at a time, until all are done or
// there is an error, of f or of src: that ends the other calls, which it waits for,
// and is returned. So is the cause if ctx ends. It is a terminal; the rest is as
// with [MapParallel]. It panics if n < 1, or if src or f is nil.
//
// rill: ForEach.
func ForEachParallel[T any](ctx context.Context, src stream.Stream[T], n int, f func(ctx context.Context, v T) error, opts ...Option) error {
	mustBe("ForEachParallel", "src", src != nil)
	mustBe("ForEachParallel", "f", f != nil)
	atLeast("ForEachParallel", "n", n, 1)
	calls := MapParallel(src, n, func(ctx context.Context, v T) (struct{}, error) { return struct{}{}, f(ctx, v) }, opts...)
	for _, err := range calls.All(ctx) {
		if err != nil {
			return err
		}
	}
	return nil
}
