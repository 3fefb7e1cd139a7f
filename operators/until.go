package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// TakeUntil emits what src emits, and ends when signal emits its first value.
// The end of signal without a value does nothing; its errors pass, as those of
// src do. It ends with src too. Values that src had in hand then go to
// [Discard].
//
// The run opens a scope named take-until, with a task for each; signal is
// started first. At most 128 events wait for a slow consumer. TakeUntil panics if
// src or signal is nil.
//
// ReactiveX: takeUntil. RxJS does not start src if signal emits at once; here
// both run, and what comes first counts.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TakeUntil.svg
func TakeUntil[T, S any](src stream.Stream[T], signal stream.Stream[S], opts ...Option) stream.Stream[T] {
	mustBe("TakeUntil", "src", src != nil)
	mustBe("TakeUntil", "signal", signal != nil)
	discard := discardOf[T]("TakeUntil", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		signalled(ctx, "take-until", discard, yield, func(l *fan.Loop[signalling[T], T]) {
			l.On = func(m signalling[T], err error) bool {
				switch {
				case fan.IsEnd(err):
					return m.signal
				case m.signal && err == nil:
					return false
				}
				return l.Emit(m.v, err)
			}
			_ = listenForOne(l, signal) && listenTo(l, src)
		})
	}
}

// SkipUntil drops the values of src until signal emits its first one, and emits
// those after that. Errors of both pass at all times. The end of signal without
// a value does nothing: the values stay dropped. It ends with src. Dropped
// values go to [Discard].
//
// The run opens a scope named skip-until, with a task for each; signal is
// started first, and stopped after its first value. At most 128 events wait for a
// slow consumer. SkipUntil panics if src or signal is nil.
//
// ReactiveX: skipUntil; in RxJava the end of signal lets values through.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SkipUntil.svg
func SkipUntil[T, S any](src stream.Stream[T], signal stream.Stream[S], opts ...Option) stream.Stream[T] {
	mustBe("SkipUntil", "src", src != nil)
	mustBe("SkipUntil", "signal", signal != nil)
	discard := discardOf[T]("SkipUntil", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		signalled(ctx, "skip-until", discard, yield, func(l *fan.Loop[signalling[T], T]) {
			open := false
			l.On = func(m signalling[T], err error) bool {
				switch {
				case fan.IsEnd(err):
					return m.signal
				case m.signal && err == nil:
					open = true
					return true
				case err == nil && !open:
					discard(ctx, m.v)
					return true
				}
				return l.Emit(m.v, err)
			}
			_ = listenForOne(l, signal) && listenTo(l, src)
		})
	}
}

// A signalling is a message of a source, or of the signal beside it.
type signalling[T any] struct {
	v      T
	signal bool
}

// signalled runs a loop over a source and a signal.
func signalled[T any](ctx context.Context, name string, discard func(context.Context, T),
	yield func(T, error) bool, start func(l *fan.Loop[signalling[T], T])) {
	fan.DoLoop(ctx, name, func(ctx context.Context, m signalling[T]) {
		if !m.signal {
			discard(ctx, m.v)
		}
	}, yield, start)
}

func listenTo[T any](l *fan.Loop[signalling[T], T], src stream.Stream[T]) bool {
	return fan.Listen(l, src, func(v T) signalling[T] { return signalling[T]{v: v} })
}

// listenForOne listens to the first value of a signal.
func listenForOne[S, T any](l *fan.Loop[signalling[T], T], signal stream.Stream[S]) bool {
	return listenForAll(l, Take(signal, 1))
}

func listenForAll[S, T any](l *fan.Loop[signalling[T], T], signal stream.Stream[S]) bool {
	return fan.Listen(l, signal, func(S) signalling[T] { return signalling[T]{signal: true} })
}
