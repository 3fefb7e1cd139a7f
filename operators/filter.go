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
