package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Take emits the first n values and ends. It stops its source on the n-th
// value and does not wait to see whether another comes; the source has ended
// before the run returns. Errors on the way pass and do not count, so a source
// that only fails is read for as long as it goes on.
//
// With n = 0 the source is never started: the run is that of [stream.Empty].
// Take panics if src is nil or n < 0.
//
// ReactiveX: take.
func Take[T any](src stream.Stream[T], n int) stream.Stream[T] {
	mustBe("Take", "src", src != nil)
	atLeast("Take", "n", n, 0)
	if n == 0 {
		return stream.Empty[T]()
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		left := n
		src(ctx, func(v T, err error) bool {
			if err == nil {
				left--
			}
			return yield(v, err) && left > 0
		})
	}
}

// TakeWhile emits values up to the first for which pred says false, and ends
// without that one. The source has ended before the run returns. Errors pass
// and are not shown to pred. It panics if src or pred is nil.
//
// ReactiveX: takeWhile.
func TakeWhile[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("TakeWhile", "src", src != nil)
	mustBe("TakeWhile", "pred", pred != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			return (err != nil || pred(v)) && yield(v, err)
		})
	}
}

// Skip drops the first n values and emits the rest. Errors pass from the
// beginning and do not count. It panics if src is nil or n < 0.
//
// ReactiveX: skip.
func Skip[T any](src stream.Stream[T], n int) stream.Stream[T] {
	mustBe("Skip", "src", src != nil)
	atLeast("Skip", "n", n, 0)
	return func(ctx context.Context, yield func(T, error) bool) {
		left := n
		src(ctx, func(v T, err error) bool {
			if err == nil && left > 0 {
				left--
				return true
			}
			return yield(v, err)
		})
	}
}
