package stream

import (
	"cmp"
	"context"
)

// Min runs s and returns its least value. It stops at the first error and
// returns it with the least so far, the zero value if there was none. It returns
// [ErrEmpty] if there was no event. If a value is NaN, so is the result.
//
// ReactiveX: min.
func Min[T cmp.Ordered](ctx context.Context, s Stream[T]) (T, error) {
	return best(ctx, s, func(a, b T) T { return min(a, b) })
}

// MinFunc is [Min] in the order of compare, which returns a negative number if
// a is before b, as in [slices.MinFunc]; of equal values the first counts. It
// panics if compare is nil.
func MinFunc[T any](ctx context.Context, s Stream[T], compare func(a, b T) int) (T, error) {
	if compare == nil {
		panic("stream: MinFunc: compare is nil")
	}
	return best(ctx, s, func(a, b T) T {
		if compare(b, a) < 0 {
			return b
		}
		return a
	})
}

// Max runs s and returns its greatest value. The rest is as with [Min].
//
// ReactiveX: max.
func Max[T cmp.Ordered](ctx context.Context, s Stream[T]) (T, error) {
	return best(ctx, s, func(a, b T) T { return max(a, b) })
}

// MaxFunc is [Max] in the order of compare, as [MinFunc] has it; of equal values
// the first counts. It panics if compare is nil.
func MaxFunc[T any](ctx context.Context, s Stream[T], compare func(a, b T) int) (T, error) {
	if compare == nil {
		panic("stream: MaxFunc: compare is nil")
	}
	return best(ctx, s, func(a, b T) T {
		if compare(b, a) > 0 {
			return b
		}
		return a
	})
}

// best folds the values of s without a seed.
func best[T any](ctx context.Context, s Stream[T], better func(a, b T) T) (T, error) {
	var result T
	failure := ErrEmpty
	first := true
	s(ctx, func(v T, err error) bool {
		if failure = err; err != nil {
			return false
		}
		if !first {
			v = better(result, v)
		}
		result, first = v, false
		return true
	})
	return result, failure
}

// A Number is what [Sum] can add.
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 |
		~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | ~uintptr |
		~float32 | ~float64 | ~complex64 | ~complex128
}

// Sum runs s and returns the sum of its values, 0 if there are none. It stops
// at the first error and returns it with the sum so far. A sum that is too large
// for T wraps around, as with + in Go.
//
// ReactiveX: sum.
func Sum[T Number](ctx context.Context, s Stream[T]) (T, error) {
	return Reduce(ctx, s, 0, func(sum, v T) T { return sum + v })
}
