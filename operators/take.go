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
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Take.svg
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
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TakeWhile.svg
func TakeWhile[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("TakeWhile", "src", src != nil)
	mustBe("TakeWhile", "pred", pred != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(v, err)
			}
			return pred(v) && yield(v, nil)
		})
	}
}

// TakeWhileInclusive is [TakeWhile] with the value for which pred says false as
// the last. It stops its source on that value. It panics if src or pred is nil.
//
// ReactiveX: takeWhile with inclusive; takeUntil with a predicate, the other way
// round.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TakeWhileInclusive.svg
func TakeWhileInclusive[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("TakeWhileInclusive", "src", src != nil)
	mustBe("TakeWhileInclusive", "pred", pred != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(v, err)
			}
			more := pred(v)
			return yield(v, nil) && more
		})
	}
}

// Find emits the first value for which pred says true, and ends: it stops its
// source on that value. If there is none, no value comes. Errors on the way
// pass and are not shown to pred. It panics if src or pred is nil.
//
// ReactiveX: find, which emits undefined if there is none; first with a
// predicate.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Find.svg
func Find[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("Find", "src", src != nil)
	mustBe("Find", "pred", pred != nil)
	return Take(Filter(src, pred), 1)
}

// ElementAt emits the value number n, counted from 0, and ends: it stops its
// source on that value. Errors on the way pass and do not count. If there are
// not as many values, none comes; see [DefaultIfEmpty] and [ThrowIfEmpty] for
// something in its place. ElementAt panics if src is nil or n < 0.
//
// ReactiveX: elementAt, which fails in RxJS if there are not as many values.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ElementAt.svg
func ElementAt[T any](src stream.Stream[T], n int) stream.Stream[T] {
	mustBe("ElementAt", "src", src != nil)
	atLeast("ElementAt", "n", n, 0)
	return Take(Skip(src, n), 1)
}

// Skip drops the first n values and emits the rest. Errors pass from the
// beginning and do not count. It panics if src is nil or n < 0.
//
// ReactiveX: skip.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Skip.svg
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

// SkipWhile drops the values up to the first for which pred says false, and
// emits that one and all after it, which pred is not shown. Errors pass from
// the beginning. It panics if src or pred is nil.
//
// ReactiveX: skipWhile; dropWhile of Kotlin.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SkipWhile.svg
func SkipWhile[T any](src stream.Stream[T], pred func(v T) bool) stream.Stream[T] {
	mustBe("SkipWhile", "src", src != nil)
	mustBe("SkipWhile", "pred", pred != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		skipping := true
		src(ctx, func(v T, err error) bool {
			if err == nil && skipping {
				if pred(v) {
					return true
				}
				skipping = false
			}
			return yield(v, err)
		})
	}
}
