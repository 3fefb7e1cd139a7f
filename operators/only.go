package operators

import (
	"context"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// ErrorsOnly emits the errors and drops the values without a trace; they do not
// go to [Discard]. It runs the source to its end. It panics if src is nil.
//
// ReactiveX: ignoreElements, which ends at the first error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ErrorsOnly.svg
func ErrorsOnly[T any](src stream.Stream[T]) stream.Stream[T] {
	mustBe("ErrorsOnly", "src", src != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool { return err == nil || yield(v, err) })
	}
}

// ValuesOnly emits the values and sends the errors to the error sink of the
// scope, as [scope.Report] does: they are told, and do not disturb the consumer.
//
// Once the context has ended errors pass, the cause among them, so a run that
// was cut still says so. ValuesOnly panics if src is nil.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ValuesOnly.svg
func ValuesOnly[T any](src stream.Stream[T]) stream.Stream[T] {
	mustBe("ValuesOnly", "src", src != nil)
	return errorsTo(src, scope.Report)
}

// ErrorsTo is [ValuesOnly] with a sink of its own, one of package scope/sink for
// instance. The sink is called on the runner's goroutine, so it holds up the
// source while it blocks, and a panic of it reaches the runner. Its context has
// the values of the run's and does not end. An error that the sink hands to
// [scope.Escalate] goes to the sink of the scope. ErrorsTo panics if src or
// sink is nil.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ErrorsTo.svg
func ErrorsTo[T any](src stream.Stream[T], sink scope.ErrorSink) stream.Stream[T] {
	mustBe("ErrorsTo", "src", src != nil)
	mustBe("ErrorsTo", "sink", sink != nil)
	return errorsTo(src, func(ctx context.Context, err error) {
		te, ok := err.(*scope.TaskError) //nolint:errorlint // passed on as it is
		if !ok {
			te = &scope.TaskError{Path: "/", Err: err}
			if s := scope.Current(ctx); s != nil {
				te.Path = s.Path()
			}
		}
		sink.HandleError(context.WithoutCancel(ctx), te)
	})
}

func errorsTo[T any](src stream.Stream[T], tell func(ctx context.Context, err error)) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil && ctx.Err() == nil {
				tell(ctx, err)
				return true
			}
			return yield(v, err)
		})
	}
}
