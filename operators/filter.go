package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Filter emits the values for which pred says true, and drops the others
// without a trace: they do not go to [Discard], pred has seen them. Errors
// pass. It panics if src or pred is nil.
//
// ReactiveX: filter.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Filter.svg
func Filter[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("Filter", "src", src != nil)
	mustBe("Filter", "pred", pred != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err == nil && !pred(v) {
				return true
			}
			return yield(v, err)
		})
	}
}

// FilterMap emits the results of those values for which f says true, and drops
// the other values as [Filter] does. Errors pass. It panics if src or f is nil.
//
// ReactiveX: mapOptional of RxJava, mapNotNull of Kotlin; RxJS has map and
// filter.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/FilterMap.svg
func FilterMap[T, R any](src stream.Stream[T], f func(v T) (R, bool)) stream.Stream[R] {
	mustBe("FilterMap", "src", src != nil)
	mustBe("FilterMap", "f", f != nil)
	return func(ctx context.Context, yield func(R, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil {
				var zero R
				return yield(zero, err)
			}
			r, ok := f(v)
			return !ok || yield(r, nil)
		})
	}
}
