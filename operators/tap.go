package operators

import (
	"context"
	"errors"

	"github.com/rxscope/rxscope/stream"
)

// ErrStopped is what [Observer].OnEnd is told when it was the consumer who
// ended the run.
var ErrStopped = errors.New("operators: consumer stopped")

// An Observer is a set of functions that [Tap] calls while a stream runs. Each
// may be nil. They are called on the runner's goroutine, one at a time for one
// run; runs at the same time call them at the same time.
type Observer[T any] struct {
	// OnStart is called when a run begins, before its source is started.
	OnStart func()

	// OnValue is called with each value, before the consumer gets it.
	OnValue func(v T)

	// OnError is called with each error event, before the consumer gets it.
	// The cause of a cut is one.
	OnError func(err error)

	// OnEnd is called once for each run whose OnStart has returned, after the
	// last event. It is told nil if the source ended, the cause of the context
	// if the run was cut, and [ErrStopped] if the consumer wanted no more. A
	// panic that passes through, of the consumer or of the source, counts as
	// ErrStopped and goes on afterwards; so does a runtime.Goexit.
	OnEnd func(cause error)
}

// Tap passes every event on as it is and tells the observer of it. Observing
// handles nothing: an error seen here still goes to the consumer. An Observer
// without functions costs nothing. Tap panics if src is nil.
//
// ReactiveX: tap, also known as do.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Tap.svg
func Tap[T any](src stream.Stream[T], o Observer[T]) stream.Stream[T] {
	mustBe("Tap", "src", src != nil)
	if o.OnStart == nil && o.OnValue == nil && o.OnError == nil && o.OnEnd == nil {
		return src
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		if o.OnStart != nil {
			o.OnStart()
		}
		out := outlet[T]{ctx: ctx, yield: yield}
		returned := false
		defer func() {
			if o.OnEnd != nil {
				o.OnEnd(out.cause(returned))
			}
		}()
		onValue, onError := o.OnValue, o.OnError
		src(ctx, func(v T, err error) bool {
			if err == nil {
				if onValue != nil {
					onValue(v)
				}
				return out.value(v)
			}
			out.note(err)
			if onError != nil {
				onError(err)
			}
			return out.fail(err)
		})
		returned = true
	}
}

// Finally calls f once for each run, after the last event: when the source has
// ended, when the run was cut, when the consumer stopped, and also when a panic
// or a runtime.Goexit passes through, which goes on afterwards. Of nested ones
// the one nearest to the source is called first, in all these cases. It panics
// if src or f is nil.
//
// ReactiveX: finalize.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Finally.svg
func Finally[T any](src stream.Stream[T], f func()) stream.Stream[T] {
	mustBe("Finally", "src", src != nil)
	mustBe("Finally", "f", f != nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		defer f()
		src(ctx, yield)
	}
}
