package stream

import (
	"context"
	"io"
)

// FromChan returns a stream of what is received from ch; it ends when ch is
// closed. A run blocks while there is nothing to receive, and no longer than
// its context lasts. It starts no goroutine, and leaves in ch what it has not
// delivered.
//
// The stream is hot: runs at the same time share the values among them, and a
// later one goes on where this one stopped. If the context has ended when ch
// turns out to be closed, the run counts as cut. A nil channel never delivers,
// as ever in Go.
func FromChan[T any](ch <-chan T) Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		done := ctx.Done()
		for ctx.Err() == nil {
			select {
			case v, open := <-ch:
				if open {
					if !yield(v, nil) {
						return
					}
				} else if ctx.Err() == nil {
					return
				}
			case <-done:
			}
		}
		yieldCause(ctx, yield)
	}
}

// FromFunc returns a stream of what f returns, one call after the other. What
// f returns as its error decides:
//
//   - nil: the value is the next event.
//   - [io.EOF] itself: the stream ends, and nothing is yielded. An error that
//     merely wraps io.EOF, as those of package net/http do when a connection
//     breaks, is a failure like others.
//   - an error marked by [Fatal]: it is yielded and the stream ends.
//   - any other error: it is yielded, its value is not used, and f is called
//     again. If f fails at once and for ever, the run is busy for as long as
//     its consumer reads on, so mark what will not get better.
//
// A run hands its context to f and does not interrupt f by other means. If the
// context has ended and the error says no more than that, or is io.EOF, the run
// ends with the cause alone. The stream is as cold as f is. FromFunc panics if
// f is nil.
func FromFunc[T any](f func(ctx context.Context) (T, error)) Stream[T] {
	if f == nil {
		panic("stream: FromFunc: f is nil")
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		for ctx.Err() == nil {
			v, err := f(ctx)
			switch {
			case err == nil:
				if !yield(v, nil) {
					return
				}
			case err == io.EOF: //nolint:errorlint // an error that wraps it is a failure
				if ctx.Err() == nil {
					return
				}
			case IsCut(ctx, err):
				// The loop ends, and the cause says it.
			default:
				var zero T
				if !yield(zero, err) || IsFatal(err) {
					return
				}
			}
		}
		yieldCause(ctx, yield)
	}
}
