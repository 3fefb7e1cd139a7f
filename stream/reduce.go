package stream

import "context"

// Count runs s and returns the number of its values. It stops at the first
// error and returns it with the count so far.
func (s Stream[T]) Count(ctx context.Context) (int, error) {
	n := 0
	var failure error
	s(ctx, func(_ T, err error) bool {
		if err != nil {
			failure = err
			return false
		}
		n++
		return true
	})
	return n, failure
}

// Reduce runs s and folds its values: it starts with seed and replaces it by f
// of itself and each value in turn. It stops at the first error and returns it
// with the result so far. Reduce panics if f is nil.
func Reduce[T, A any](ctx context.Context, s Stream[T], seed A, f func(A, T) A) (A, error) {
	if f == nil {
		panic("stream: Reduce: f is nil")
	}
	result := seed
	var failure error
	s(ctx, func(v T, err error) bool {
		if err != nil {
			failure = err
			return false
		}
		result = f(result, v)
		return true
	})
	return result, failure
}

// ToMap runs s and returns a map of the keys and values that f makes of its
// values; of equal keys the later one wins. It stops at the first error and
// returns it with the map so far, which is never nil. ToMap panics if f is nil.
// Memory grows with the number of keys.
func ToMap[T any, K comparable, V any](ctx context.Context, s Stream[T], f func(T) (K, V)) (map[K]V, error) {
	if f == nil {
		panic("stream: ToMap: f is nil")
	}
	m := make(map[K]V)
	var failure error
	s(ctx, func(v T, err error) bool {
		if err != nil {
			failure = err
			return false
		}
		k, val := f(v)
		m[k] = val
		return true
	})
	return m, failure
}

// ToSet runs s and returns the set of its values. It stops at the first error
// and returns it with the set so far, which is never nil. Memory grows with the
// number of different values.
func ToSet[T comparable](ctx context.Context, s Stream[T]) (map[T]struct{}, error) {
	return ToMap(ctx, s, func(v T) (T, struct{}) { return v, struct{}{} })
}
