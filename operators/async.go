package operators

import (
	"context"
	"sync"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// Async runs src in a task of its own, so that it and the consumer work at the
// same time, up to n events apart and a batch of up to n that the consumer has
// taken; then src is held back. All events keep their order.
//
// When the consumer stops, or the run is cut, src is stopped and waited for; events
// that were on their way are given back: values to [Discard], errors to the error
// sink of the scope. The run opens a scope named async, with a task for src. Async
// panics if src is nil or n < 1.
//
// ReactiveX: observeOn; Kotlin: buffer.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Async.svg
func Async[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[T] {
	mustBe("Async", "src", src != nil)
	atLeast("Async", "n", n, 1)
	discard := discardOf[T]("Async", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		fan.Do(ctx, "async", n, discard, yield, func(o *fan.Out[T]) {
			fan.Source(&o.Run, src, o.Emit, nil)
		})
	}
}

// Latest runs src in a task of its own and never holds its values back: while the
// consumer is busy, a newer value takes the place of one that he has not got.
// Replaced values go to [Discard].
//
// Errors are never dropped: they pass before a value that waits, and hold src
// back when 64 of them wait. At the end a value that waits is emitted. When the
// run is cut, or the consumer stops, it goes to Discard. The run opens a scope
// named latest, with a task for src. Latest panics if src is nil.
//
// RxJava: onBackpressureLatest; Kotlin: conflate.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Latest.svg
func Latest[T any](src stream.Stream[T], opts ...Option) stream.Stream[T] {
	mustBe("Latest", "src", src != nil)
	discard := discardOf[T]("Latest", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		c := conflating[T]{discard: discard}
		defer c.close(ctx)
		fan.DoLoop(ctx, "latest", func(context.Context, struct{}) {}, yield, func(l *fan.Loop[struct{}, T]) {
			c.Loop, l.Idle = l, c.idle
			l.On = func(_ struct{}, err error) bool {
				return fan.IsEnd(err) || l.Emit(*new(T), err)
			}
			fan.ListenBeside(l, src, c.put)
		})
	}
}

// A conflating is one run of Latest.
type conflating[T any] struct {
	*fan.Loop[struct{}, T]
	discard func(context.Context, T)

	mu     sync.Mutex // guards what follows
	latest pending[T]
	closed bool
}

// put takes a value from the source's task.
func (c *conflating[T]) put(v T) bool {
	c.mu.Lock()
	old := c.latest
	closed := c.closed
	if !closed {
		c.latest = pending[T]{v, true}
	}
	c.mu.Unlock()
	if closed {
		c.discard(c.Context(), v)
		return false
	}
	c.Wake()
	if old.is {
		c.discard(c.Context(), old.v)
	}
	return true
}

// idle emits the value that waits.
func (c *conflating[T]) idle() bool {
	c.mu.Lock()
	v, is := c.latest.take()
	c.mu.Unlock()
	return !is || c.Emit(v, nil)
}

// close turns the source away and gives back what waits.
func (c *conflating[T]) close(ctx context.Context) {
	c.mu.Lock()
	c.closed = true
	v, is := c.latest.take()
	c.mu.Unlock()
	if is {
		c.discard(ctx, v)
	}
}
