package stream

import (
	"context"
	"iter"
)

// A Stream is a sequence of events, each a value or an error, that can be run:
// calling it delivers the events to yield, on the calling goroutine, until the
// source ends, ctx ends or yield returns false. Most callers range over
// [Stream.All] or use another terminal instead of calling it.
//
// Everything about a run is in the contract in the package documentation. The
// zero Stream is nil and cannot be run; [Empty] is the stream without events.
type Stream[T any] func(ctx context.Context, yield func(T, error) bool)

// An Event is what a stream delivers in one call of yield, held as one value:
// what queues and channels of events carry. Beside an error, Value is the zero
// value.
type Event[T any] struct {
	Value T
	Err   error
}

// All returns the run of s under ctx as an iterator for range:
//
//	for v, err := range s.All(ctx) {
//
// Nothing ends the loop but the end of the stream and the loop itself: after
// an error it goes on with the next event. If ctx ends, the last event is its
// cause. Ranging over the result again is another run.
func (s Stream[T]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) { s(ctx, yield) }
}
