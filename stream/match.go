package stream

import "context"

// Every runs s and reports whether pred says true of every value, which holds
// of a stream without values too. It stops at the first value for which that is
// not so, and at the first error, which it returns with false. Every panics if
// pred is nil.
//
// ReactiveX: every; all of RxJava and Kotlin.
func (s Stream[T]) Every(ctx context.Context, pred func(T) bool) (bool, error) {
	if pred == nil {
		panic("stream: Every: pred is nil")
	}
	every := true
	var failure error
	s(ctx, func(v T, err error) bool {
		failure = err
		every = err == nil && pred(v)
		return every
	})
	return every, failure
}

// Any runs s and reports whether pred says true of one of the values. It stops
// at that value, and at the first error, which it returns with false. Any panics
// if pred is nil.
//
// ReactiveX: any; some of arrays.
func (s Stream[T]) Any(ctx context.Context, pred func(T) bool) (bool, error) {
	if pred == nil {
		panic("stream: Any: pred is nil")
	}
	found := false
	var failure error
	s(ctx, func(v T, err error) bool {
		failure = err
		found = err == nil && pred(v)
		return err == nil && !found
	})
	return found, failure
}

// IsEmpty runs s and reports whether it ends without a value. It stops at the
// first value, and at the first error, which it returns with false.
//
// ReactiveX: isEmpty.
func (s Stream[T]) IsEmpty(ctx context.Context) (bool, error) {
	return s.Every(ctx, func(T) bool { return false })
}

// Contains runs s and reports whether one of its values equals v. It stops at
// that value, and at the first error, which it returns with false.
//
// ReactiveX: contains.
func Contains[T comparable](ctx context.Context, s Stream[T], v T) (bool, error) {
	return s.Any(ctx, func(w T) bool { return w == v })
}
