package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Map emits f of each value. It panics if src or f is nil.
//
// f has no way to fail and is not given the context: see [MapErr] for one
// that is. A panic of f reaches the runner.
//
// ReactiveX: map.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Map.svg
func Map[T, R any](src stream.Stream[T], f func(v T) R) stream.Stream[R] {
	mustBe("Map", "src", src != nil)
	mustBe("Map", "f", f != nil)
	return func(ctx context.Context, yield func(R, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil {
				var zero R
				return yield(zero, err)
			}
			return yield(f(v), nil)
		})
	}
}

// MapErr emits what f returns for each value: its result, or its error as an
// event in place of the value. The run goes on after an error, with the next
// value; see [StopOnError] for the other way.
//
// f runs under the context of the run, on the runner's goroutine. If it
// answers the end of that context with the context's own error, nothing is
// emitted for the value: the run has been cut, and the cause comes last, once.
// MapErr panics if src or f is nil.
//
// ReactiveX: map with a function that throws, except that the stream survives.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MapErr.svg
func MapErr[T, R any](src stream.Stream[T], f func(ctx context.Context, v T) (R, error)) stream.Stream[R] {
	mustBe("MapErr", "src", src != nil)
	mustBe("MapErr", "f", f != nil)
	return func(ctx context.Context, yield func(R, error) bool) {
		out := outlet[R]{ctx: ctx, yield: yield}
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			r, err := f(ctx, v)
			if err != nil {
				return out.answer(err)
			}
			return out.value(r)
		})
		out.end()
	}
}
