package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// Debounce emits a value when d has passed since it came and no newer one has
// come. A value exactly d after another one replaces it. With one value in
// every d nothing is emitted before the end.
//
// At the end a value that is held is emitted at once. Errors pass at once;
// they neither replace what is held nor begin its time anew. When the run is
// cut, or the consumer stops, what is held goes to [Discard], as do replaced
// values.
//
// The run opens a scope named debounce, with a task for the source, and holds
// one value beside the at most 128 events that wait for a slow consumer; while
// he holds the run up, the time of a value begins when it is taken. Debounce
// panics if src is nil or d <= 0.
//
// ReactiveX: debounce, throttleWithTimeout; RxJS: debounceTime, which drops
// what it holds at an error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Debounce.svg
func Debounce[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("Debounce", "src", src != nil)
	longer("Debounce", "d", d)
	discard := discardOf[T]("Debounce", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		b := debouncing[T]{d: d + after, discard: discard}
		defer func() { b.latest.drop(ctx, discard) }()
		fan.DoLoop(ctx, "debounce", discard, yield, func(l *fan.Loop[T, T]) {
			b.Loop, l.On, l.Due = l, b.on, b.flush
			fan.ListenTo(l, src)
		})
	}
}

// A debouncing is one run of Debounce.
type debouncing[T any] struct {
	*fan.Loop[T, T]
	d       time.Duration
	discard func(context.Context, T)
	latest  pending[T]
}

func (b *debouncing[T]) on(v T, err error) bool {
	switch {
	case err == nil:
		b.latest.put(b.Context(), v, b.discard)
		b.SetAlarm(b.Now.Add(b.d))
		return true
	case fan.IsEnd(err):
		b.SetAlarm(time.Time{})
		return b.flush()
	}
	return b.Emit(v, err)
}

func (b *debouncing[T]) flush() bool {
	v, is := b.latest.take()
	return !is || b.Emit(v, nil)
}
