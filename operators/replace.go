package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// MapError emits f of each error in its place, to add what is known here or to
// translate it. Values pass and are not shown to f. What was marked by
// [stream.Fatal] is marked afterwards too, for its source has ended all the
// same.
//
// Once the context has ended errors pass as they are, the cause among them.
// MapError panics if src or f is nil, a run if f returns nil: use
// [FilterErrors] to drop an error.
//
// ReactiveX: catchError with a function that throws, except that the source
// goes on; onErrorMap of Reactor.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MapError.svg
func MapError[T any](src stream.Stream[T], f func(err error) error) stream.Stream[T] {
	mustBe("MapError", "src", src != nil)
	mustBe("MapError", "f", f != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err == nil || ctx.Err() != nil {
				return yield(v, err)
			}
			mapped := f(err)
			switch {
			case mapped == nil:
				panic("operators: MapError: f returned nil: use FilterErrors to drop an error")
			case stream.IsFatal(err):
				mapped = stream.Fatal(mapped)
			}
			return yield(v, mapped)
		})
	}
}

// OnErrorReturn emits f of each error as a value in its place, and goes on with
// the source if the source does. It is [Catch] for one value.
//
// Once the context has ended errors pass, the cause among them. OnErrorReturn
// panics if src or f is nil.
//
// ReactiveX: onErrorReturn, except that the source goes on.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/OnErrorReturn.svg
func OnErrorReturn[T any](src stream.Stream[T], f func(err error) T) stream.Stream[T] {
	mustBe("OnErrorReturn", "src", src != nil)
	mustBe("OnErrorReturn", "f", f != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil && ctx.Err() == nil {
				return yield(f(err), nil)
			}
			return yield(v, err)
		})
	}
}

// FilterErrors passes on the errors for which keep says true, and drops the
// others: keep has seen them, so they reach nobody else. Values pass. See
// [ErrorsTo] for errors that shall be told elsewhere.
//
// Once the context has ended all errors pass, the cause among them.
// FilterErrors panics if src or keep is nil.
//
// ReactiveX: onErrorComplete with a predicate, except that the source goes on.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/FilterErrors.svg
func FilterErrors[T any](src stream.Stream[T], keep func(err error) bool) stream.Stream[T] {
	mustBe("FilterErrors", "src", src != nil)
	mustBe("FilterErrors", "keep", keep != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil && ctx.Err() == nil && !keep(err) {
				return true
			}
			return yield(v, err)
		})
	}
}
