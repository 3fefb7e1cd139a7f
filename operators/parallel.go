package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// MapParallel calls f for the values of src, n at a time, and emits the
// results as they complete. An error of f is an event in place of its result;
// errors of src pass at once.
//
// The run opens a scope named map-parallel, with one task for the source and n
// for the calls. At most 64 values wait for a call and 128 results for the
// consumer, who takes them in batches of up to 64. When the consumer stops, or
// the run is cut, the context of the running calls ends and the run waits for
// them; what was not delivered, values read but not worked on included, goes to
// [Discard]. A panic of f is a [*scope.PanicError] event, a [runtime.Goexit] is
// [scope.ErrGoexit]; either way the other calls go on. It panics if n < 1, or
// if src or f is nil.
//
// ReactiveX: flatMap with a concurrency limit, for one result a value.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MapParallel.svg
func MapParallel[T, R any](src stream.Stream[T], n int, f func(ctx context.Context, v T) (R, error), opts ...Option) stream.Stream[R] {
	mustBe("MapParallel", "src", src != nil)
	mustBe("MapParallel", "f", f != nil)
	atLeast("MapParallel", "n", n, 1)
	in, out := discardBoth[T, R]("MapParallel", opts)
	return func(ctx context.Context, yield func(R, error) bool) {
		fan.Do(ctx, "map-parallel", queue.Size, out, yield, func(o *fan.Out[R]) {
			var zero R
			exited := func() { o.Emit(zero, scope.ErrGoexit) }
			p := &fan.Pool[T, R]{Discard: in, Work: func(ctx context.Context, v T) bool {
				return o.Emit(fan.Call(ctx, f, v, exited))
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

// MapOrdered calls f for the values of src, n at a time, and emits the results
// in the order of the values. Errors keep their place, those of f and those of
// src.
//
// The run opens a scope named map-ordered, with one task for the source and n
// for the calls. At most 256 values are held at a time, or 2n if that is more, or
// as many as [Window] says, beside as many results that the consumer has taken:
// behind a slow call at the head 255 can be done, then the source waits until half
// of them have been taken. The rest is as with [MapParallel]. It panics
// if n < 1, or if src or f is nil.
//
// ReactiveX: concatMapEager, for one result a value.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MapOrdered.svg
func MapOrdered[T, R any](src stream.Stream[T], n int, f func(ctx context.Context, v T) (R, error), opts ...Option) stream.Stream[R] {
	mustBe("MapOrdered", "src", src != nil)
	mustBe("MapOrdered", "f", f != nil)
	atLeast("MapOrdered", "n", n, 1)
	opt := windowedOptions(opts)
	if opt.window == 0 {
		opt.window = max(4*queue.Size, 2*n)
	}
	in, out := discardsOf[T, R]("MapOrdered", opt)
	return func(ctx context.Context, yield func(R, error) bool) {
		fan.DoOrdered(ctx, "map-ordered", opt.window, out, yield, func(o *fan.Ordered[R]) {
			var zero R
			p := &fan.Pool[placed[T], R]{
				Discard: func(ctx context.Context, p placed[T]) {
					o.Skip(p.at)
					in(ctx, p.v)
				},
				Work: func(ctx context.Context, p placed[T]) bool {
					r, err := fan.Call(ctx, f, p.v, func() { o.EmitAt(p.at, zero, scope.ErrGoexit) })
					return o.EmitAt(p.at, r, err)
				},
			}
			fan.Start(&o.Run, p, n, src, func(v T, err error) bool {
				at, ok := o.Reserve()
				switch {
				case ok && err != nil:
					return o.EmitAt(at, zero, err)
				case ok:
					return p.Put(placed[T]{at, v})
				case err == nil:
					in(o.Context(), v)
				default:
					o.GiveBack(err)
				}
				return false
			})
		})
	}
}

// placed is a value with the place its result will have.
type placed[T any] struct {
	at int
	v  T
}
