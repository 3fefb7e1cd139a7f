package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// Sample emits, d after the beginning of the run and each d after that, the
// latest value since the tick before, or nothing if there was none. A value in
// the instant of a tick comes before it. Ticks that a slow consumer misses are
// left out.
//
// It ends with its source; the last value, if no tick came after it, is not
// emitted. Errors pass at once. Values that are replaced or left over go to
// [Discard].
//
// The run opens a scope named sample, with a task for the source, and holds
// one value beside the at most 128 events that wait for a slow consumer. Sample
// panics if src is nil or d <= 0.
//
// ReactiveX: sample, throttleLast; RxJS: sampleTime.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Sample.svg
func Sample[T any](src stream.Stream[T], d time.Duration, opts ...Option) stream.Stream[T] {
	mustBe("Sample", "src", src != nil)
	longer("Sample", "d", d)
	discard := discardOf[T]("Sample", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		s := sampling[T]{d: d, discard: discard}
		defer func() { s.latest.drop(ctx, discard) }()
		fan.DoLoop(ctx, "sample", discard, yield, func(l *fan.Loop[T, T]) {
			s.Loop, l.On, l.Due = l, s.on, s.due
			s.tick = time.Now().Add(d)
			l.SetAlarm(s.tick.Add(after))
			fan.ListenTo(l, src)
		})
	}
}

// A sampling is one run of Sample.
type sampling[T any] struct {
	*fan.Loop[T, T]
	d       time.Duration
	discard func(context.Context, T)
	latest  pending[T]
	tick    time.Time // the next one
}

func (s *sampling[T]) on(v T, err error) bool {
	switch {
	case err == nil:
		s.latest.put(s.Context(), v, s.discard)
		return true
	case fan.IsEnd(err):
		return false
	}
	return s.Emit(v, err)
}

func (s *sampling[T]) due() bool {
	missed := s.Now.Sub(s.tick) / s.d
	s.tick = s.tick.Add((missed + 1) * s.d)
	s.SetAlarm(s.tick.Add(after))
	v, is := s.latest.take()
	return !is || s.Emit(v, nil)
}

// SampleBy emits the latest value of src since the value of signal before,
// whenever signal emits one, or nothing if there was none. Src is started first.
// The end of signal does nothing; its errors pass, as those of src do. The rest
// is as with [Sample], with a task more, for signal.
//
// ReactiveX: sample with a sampler; RxJS: sample.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SampleBy.svg
func SampleBy[T, S any](src stream.Stream[T], signal stream.Stream[S], opts ...Option) stream.Stream[T] {
	mustBe("SampleBy", "src", src != nil)
	mustBe("SampleBy", "signal", signal != nil)
	discard := discardOf[T]("SampleBy", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		var latest pending[T]
		defer func() { latest.drop(ctx, discard) }()
		signalled(ctx, "sample", discard, yield, func(l *fan.Loop[signalling[T], T]) {
			l.On = func(m signalling[T], err error) bool {
				switch {
				case fan.IsEnd(err):
					return m.signal
				case err != nil:
					return l.Emit(m.v, err)
				case !m.signal:
					latest.put(ctx, m.v, discard)
					return true
				}
				v, is := latest.take()
				return !is || l.Emit(v, nil)
			}
			_ = listenTo(l, src) && listenForAll(l, signal)
		})
	}
}
