package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// ToChan runs src in a task of s and sends its events to a channel with room for
// n, which it closes when src has ended. It is for code that wants a channel:
// ranging over the stream itself costs less and ends by a break.
//
// The task is there until the channel has been read to its end, or s closes: then
// src is cut, what nobody has read of the task's goes to [Discard], errors to the
// error sink of s, and the channel is closed; what is in the channel by then stays
// there. Starting the task is as with [scope.Scope.Go], whose errors are returned. It
// panics if ctx, s or src is nil, or n < 0.
//
// Reactor: toStream; Kotlin: produceIn, which has the scope as its owner too.
func ToChan[T any](ctx context.Context, s *scope.Scope, src stream.Stream[T], n int, opts ...Option) (<-chan stream.Event[T], error) {
	mustBe("ToChan", "s", s != nil)
	mustBe("ToChan", "src", src != nil)
	atLeast("ToChan", "n", n, 0)
	discard := discardOf[T]("ToChan", opts)
	ch := make(chan stream.Event[T], n)
	err := s.Go(ctx, func(ctx context.Context) error {
		defer close(ch)
		fan.Consume(ctx, src, func(v T, err error) bool {
			if err != nil && stream.IsCut(ctx, err) {
				return true
			}
			select {
			case ch <- stream.Event[T]{Value: v, Err: err}:
				return true
			case <-ctx.Done():
			}
			if err != nil {
				scope.Report(ctx, err)
			} else {
				discard(ctx, v)
			}
			return true // src is cut too
		})
		return nil
	}, scope.Named("to-chan"))
	if err != nil {
		return nil, err
	}
	return ch, nil
}
