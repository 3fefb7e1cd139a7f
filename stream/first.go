package stream

import (
	"context"
	"errors"
)

var (
	// ErrEmpty is returned by terminals that want a value from a stream that
	// had no event.
	ErrEmpty = errors.New("stream: empty")

	// ErrNotSingle is returned by [Stream.Single] when there is a second value.
	ErrNotSingle = errors.New("stream: more than one value")
)

// skippedErrors is how many errors FirstValue keeps.
const skippedErrors = 16

// First runs s for its first event, which decides: it returns that value, or
// that error. It returns [ErrEmpty] if the stream ends without an event.
func (s Stream[T]) First(ctx context.Context) (T, error) {
	var first T
	failure := ErrEmpty
	s(ctx, func(v T, err error) bool {
		first, failure = v, err
		return false
	})
	return first, failure
}

// FirstValue runs s for its first value and skips the errors before it. If the
// stream ends without a value, it returns the errors in a [*JoinedError], which
// keeps the first 16, and the cause if the run was cut, and counts the rest. It
// returns [ErrEmpty] if there was no event at all.
func (s Stream[T]) FirstValue(ctx context.Context) (T, error) {
	var first T
	found := false
	skipped := errorLog{keep: skippedErrors}
	s(ctx, func(v T, err error) bool {
		if err != nil {
			skipped.add(err)
			return true
		}
		first, found = v, true
		return false
	})
	if found {
		return first, nil
	}
	if err := skipped.joined(ctx); err != nil {
		return first, err
	}
	return first, ErrEmpty
}

// Last runs s to its end and returns the last value. It stops at the first
// error and returns that instead. It returns [ErrEmpty] if there was no event.
func (s Stream[T]) Last(ctx context.Context) (T, error) {
	var last T
	failure := ErrEmpty
	s(ctx, func(v T, err error) bool {
		last, failure = v, err
		return err == nil
	})
	return last, failure
}

// Single runs s and returns its only value. It stops at the first error and
// returns that instead, and it stops at a second value with [ErrNotSingle]. It
// returns [ErrEmpty] if there was no event.
func (s Stream[T]) Single(ctx context.Context) (T, error) {
	var zero, single T
	found := false
	failure := ErrEmpty
	s(ctx, func(v T, err error) bool {
		switch {
		case err != nil:
			single, failure = zero, err
		case found:
			single, failure = zero, ErrNotSingle
		default:
			single, failure, found = v, nil, true
			return true
		}
		return false
	})
	return single, failure
}
