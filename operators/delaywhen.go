package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// DelayWhen holds each value of src until its signal, the stream that signal makes
// of it, emits a value, and emits it then; so the order may change. A signal that
// ends without a value lets its value out too. Up to n values are held; while as
// many are, src is not read: its values, errors and end wait. It ends when src has
// ended and all values are out.
//
// Errors pass at once, those of src and those of signals, and release nothing. A
// panic of signal or of its stream is a [*scope.PanicError] event, and a nil stream
// is one: the value goes to [Discard] then. So do values that are held when the run
// is cut or the consumer stops.
//
// The run opens a scope named delay-when, with a task for src and one for each value
// that is held, in which signal is called and its stream runs; it has returned before
// the value is out. At most 128 events wait for a slow consumer. DelayWhen panics if
// src or signal is nil, or n < 1.
//
// ReactiveX: delay with a selector; RxJS: delayWhen, which drops the value of a
// signal that ends without one, and holds any number.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DelayWhen.svg
func DelayWhen[T, S any](src stream.Stream[T], n int, signal func(v T) stream.Stream[S], opts ...Option) stream.Stream[T] {
	mustBe("DelayWhen", "src", src != nil)
	mustBe("DelayWhen", "signal", signal != nil)
	atLeast("DelayWhen", "n", n, 1)
	give := discardOf[T]("DelayWhen", opts)
	op := &fan.Flattening[T, T]{Name: "delay-when", Src: src, Discard: give, Results: give}
	op.To = func(v T) stream.Stream[T] {
		return func(ctx context.Context, yield func(T, error) bool) {
			out := false
			defer func() {
				if !out {
					give(ctx, v)
				}
			}()
			if out = awaitSignal(ctx, signal(v), yield); out {
				yield(v, nil)
			}
		}
	}
	return func(ctx context.Context, yield func(T, error) bool) { op.Unordered(ctx, n, yield) }
}

// awaitSignal runs s up to its first value and yields its errors. It reports false
// if the run is over.
func awaitSignal[T, S any](ctx context.Context, s stream.Stream[S], yield func(T, error) bool) bool {
	if s == nil {
		panic("operators: DelayWhen: signal returned a nil stream: return stream.Empty for no delay")
	}
	wanted := true
	s(ctx, func(_ S, err error) bool {
		if err == nil {
			return false
		}
		wanted = yield(*new(T), err)
		return wanted
	})
	return wanted && ctx.Err() == nil
}
