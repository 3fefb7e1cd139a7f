package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// StopOnError passes events on up to the first error, that included, and ends:
// fail-fast for consumers that handle errors event by event. The source is
// stopped on the error and has ended before the run returns. It panics if src
// is nil.
//
// ReactiveX: what every stream there does.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/StopOnError.svg
func StopOnError[T any](src stream.Stream[T]) stream.Stream[T] {
	mustBe("StopOnError", "src", src != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			return yield(v, err) && err == nil
		})
	}
}

// Catch puts in the place of each error the events of the stream that f
// returns for it, and then goes on with the source if the source does. An
// error marked [stream.Fatal] is caught like any other; its source has ended,
// so the run ends with the stream of f. To drop an error, return
// [stream.Empty]; to keep it, [stream.Throw], which marks it as Fatal. Errors
// of the stream of f are not caught.
//
// Once the context has ended nothing is caught: errors pass, and the cause
// comes last. Catch panics if src or f is nil, a run if f returns nil.
//
// ReactiveX: catchError, except that the source goes on.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Catch.svg
func Catch[T any](src stream.Stream[T], f func(err error) stream.Stream[T]) stream.Stream[T] {
	mustBe("Catch", "src", src != nil)
	mustBe("Catch", "f", f != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		src(ctx, func(v T, err error) bool {
			switch {
			case err == nil:
				return out.value(v)
			case ctx.Err() != nil:
				out.owe() // for what would have come instead
				return out.fail(err)
			}
			instead := f(err)
			if instead == nil {
				panic("operators: Catch: f returned a nil stream: return stream.Empty to drop the error")
			}
			instead(ctx, func(v T, err error) bool {
				if err != nil {
					return out.answer(err) // if cut, the source is too, and tells it
				}
				return out.value(v)
			})
			return !out.stopped
		})
		out.end()
	}
}
