package merge

import (
	"context"
	"slices"

	"github.com/rxscope/rxscope/stream"
)

// StartWith emits the values and then runs src, on the consumer's goroutine:
// src is started when the last of the values has been received. It panics if
// src is nil.
//
// ReactiveX: startWith.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/StartWith.svg
func StartWith[T any](src stream.Stream[T], values ...T) stream.Stream[T] {
	if src == nil {
		panic("merge: StartWith: src is nil")
	}
	return Concat(stream.FromSlice(slices.Clone(values)), src)
}

// EndWith runs src, on the consumer's goroutine, and emits the values when it
// has ended. Errors pass and the values come all the same, but not after a
// source that has failed, which is one whose last event is an error marked by
// [stream.Fatal], nor when the run is cut. EndWith panics if src is nil.
//
// ReactiveX: endWith.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/EndWith.svg
func EndWith[T any](src stream.Stream[T], values ...T) stream.Stream[T] {
	if src == nil {
		panic("merge: EndWith: src is nil")
	}
	suffix := stream.FromSlice(slices.Clone(values))
	return func(ctx context.Context, yield func(T, error) bool) {
		over := false // the consumer has stopped, or there is no normal end
		src(ctx, func(v T, err error) bool {
			over = err != nil && (stream.IsFatal(err) || stream.IsCut(ctx, err))
			if yield(v, err) {
				return true
			}
			over = true
			return false
		})
		if !over {
			suffix(ctx, yield)
		}
	}
}
