package stream

import (
	"context"
	"iter"
)

// FromSeq returns a stream of the values of seq. It is cold if seq can be
// ranged over again, and hot if seq is for a single use.
//
// The context is looked at before each value is asked for; seq itself is not
// interrupted while it looks for the next one. If the context has ended when
// seq ends, the run counts as cut. FromSeq panics if seq is nil.
func FromSeq[T any](seq iter.Seq[T]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq: seq is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() == nil {
			for v := range seq {
				if !yield(v, nil) {
					return
				}
				if ctx.Err() != nil {
					break
				}
			}
		}
		// Outside the loop, so that seq has cleaned up before the last event.
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
		}
	}
}

// FromSeq2 returns a stream of the pairs of seq, which are taken as events: a
// pair with an error is that error, and its value is not used. An error does
// not end the stream; seq does, by ending. In all else it is like [FromSeq].
func FromSeq2[T any](seq iter.Seq2[T, error]) Stream[T] {
	if seq == nil {
		panic("stream: FromSeq2: seq is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		if ctx.Err() == nil {
			for v, err := range seq {
				if err != nil {
					if IsCut(ctx, err) {
						break
					}
					var zero T
					v = zero
				}
				if !yield(v, err) {
					return
				}
				if ctx.Err() != nil {
					break
				}
			}
		}
		if ctx.Err() != nil {
			yieldCause(ctx, yield)
		}
	}
}
