package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Pairwise emits each value with the one before it, from the second value on:
// n values give n-1 pairs, and a single value gives nothing. Errors pass; the
// values on both sides of one are a pair all the same. One value is held, which
// is not given to [Discard]: it is in the pair before, too. Pairwise panics if
// src is nil.
//
// ReactiveX: pairwise.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Pairwise.svg
func Pairwise[T any](src stream.Stream[T]) stream.Stream[[2]T] {
	mustBe("Pairwise", "src", src != nil)
	return func(ctx context.Context, yield func([2]T, error) bool) {
		var last T
		second := false
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield([2]T{}, err)
			}
			before := last
			last = v
			if !second {
				second = true
				return true
			}
			return yield([2]T{before, v}, nil) // made in its place: arrays are passed in memory
		})
	}
}

// An Indexed is a value with its position among the values of a run.
type Indexed[T any] struct {
	Index int // from 0; errors do not count
	Value T
}

// WithIndex emits each value with its position. Errors pass and do not count.
// It panics if src is nil.
//
// ReactiveX: map with the index; withIndex of Kotlin.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/WithIndex.svg
func WithIndex[T any](src stream.Stream[T]) stream.Stream[Indexed[T]] {
	mustBe("WithIndex", "src", src != nil)
	return func(ctx context.Context, yield func(Indexed[T], error) bool) {
		next := 0
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(Indexed[T]{}, err)
			}
			i := next
			next++
			return yield(Indexed[T]{i, v}, nil)
		})
	}
}
