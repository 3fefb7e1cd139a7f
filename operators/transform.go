package operators

import (
	"context"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// Transform calls f for each value, and f emits what it likes in its place: no
// value, one or many. An error that f returns is an event, after what f has
// emitted, and the run goes on with the next value. Errors of the source pass
// and are not shown to f.
//
// emit hands a result to the consumer. It says false once the consumer wants no
// more or the context has ended: f shall return then. What f emits to a
// consumer who has stopped goes to [Discard], an error that it returns then to
// the error sink of the scope. emit is for the goroutine of f, until f returns.
//
// f runs under the context of the run, on the runner's goroutine. If it answers
// the end of that context with the context's own error, that is the cut, and
// the cause comes last, once. Transform panics if src or f is nil.
//
// ReactiveX: transform of Kotlin, where emit suspends; mapMulti of RxJava and
// Reactor.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Transform.svg
func Transform[T, R any](src stream.Stream[T], f func(ctx context.Context, v T, emit func(R) bool) error, opts ...Option) stream.Stream[R] {
	mustBe("Transform", "src", src != nil)
	mustBe("Transform", "f", f != nil)
	discard := discardOf[R]("Transform", opts)
	return func(ctx context.Context, yield func(R, error) bool) {
		out := outlet[R]{ctx: ctx, yield: yield}
		emit := func(r R) bool {
			if out.stopped {
				discard(ctx, r)
				return false
			}
			out.stopped = true // in whatever way the consumer may leave
			if !yield(r, nil) {
				return false
			}
			out.stopped = false
			if ctx.Err() != nil {
				out.owe() // f may leave something out because of it
				return false
			}
			return true
		}
		src(ctx, func(v T, err error) bool {
			if err == nil {
				err = f(ctx, v, emit)
				switch {
				case err == nil:
					return !out.stopped
				case stream.IsCut(ctx, err):
					return !out.stopped && out.owe()
				case out.stopped:
					scope.Report(ctx, err)
					return false
				}
			}
			out.stopped = true
			return out.fail(err)
		})
		out.end()
	}
}
