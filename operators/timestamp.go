package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/stream"
)

// A Timestamped is a value with the time at which it came.
type Timestamped[T any] struct {
	Time  time.Time // with a monotonic reading
	Value T
}

// Timestamp emits each value with the time at which it came here, which is
// before the consumer gets it. Errors pass and have no time. It panics if src
// is nil.
//
// ReactiveX: timestamp.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Timestamp.svg
func Timestamp[T any](src stream.Stream[T]) stream.Stream[Timestamped[T]] {
	mustBe("Timestamp", "src", src != nil)
	return func(ctx context.Context, yield func(Timestamped[T], error) bool) {
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(Timestamped[T]{}, err)
			}
			return yield(Timestamped[T]{time.Now(), v}, nil)
		})
	}
}

// A Spaced is a value with the time that had passed since the one before.
type Spaced[T any] struct {
	After time.Duration
	Value T
}

// TimeInterval emits each value with the time since the one before it came,
// the first with the time since the run began. The time that the consumer took
// for the one before is in it. Errors pass and begin no interval. It panics if
// src is nil.
//
// ReactiveX: timeInterval.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TimeInterval.svg
func TimeInterval[T any](src stream.Stream[T]) stream.Stream[Spaced[T]] {
	mustBe("TimeInterval", "src", src != nil)
	return func(ctx context.Context, yield func(Spaced[T], error) bool) {
		last := time.Now()
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(Spaced[T]{}, err)
			}
			now := time.Now()
			after := now.Sub(last)
			last = now
			return yield(Spaced[T]{after, v}, nil)
		})
	}
}
