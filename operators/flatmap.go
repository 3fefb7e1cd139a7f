package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// FlatMap runs a stream for each value, f of it, n of them at a time, and emits
// their events as they come. While n run, src is not read: its values, errors
// and end wait, and so does whatever makes them. It ends when src and all streams
// have ended.
//
// Errors pass: one of src ends no stream, and one of a stream ends no other. A
// panic of f or of its stream is a [*scope.PanicError] event, and a nil stream is
// one.
//
// The run opens a scope named flat-map, with a task for src and one for each
// stream that runs, in which f is called too. At most 128 events wait for the
// consumer, who takes them in batches of up to 64. When he stops, or the run is
// cut, all are stopped and waited for; what was not delivered goes to [Discard],
// values whose stream was not started included. FlatMap panics if src or f is
// nil, or n < 1.
//
// ReactiveX: flatMap, mergeMap; in RxJS values beyond the limit are queued without
// bound. With n = 1 see [ConcatMap], which needs no tasks.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/FlatMap.svg
func FlatMap[T, R any](src stream.Stream[T], n int, f func(v T) stream.Stream[R], opts ...Option) stream.Stream[R] {
	op := flattening("FlatMap", "flat-map", src, f, opts)
	atLeast("FlatMap", "n", n, 1)
	return func(ctx context.Context, yield func(R, error) bool) { op.Unordered(ctx, n, yield) }
}

// FlatMapOrdered is [FlatMap] that emits events in the order of the values: all
// of the first stream, then all of the second, and so on. Errors of src keep
// their place among the streams.
//
// Up to n streams run, or have ended and wait for those before them. Of each but
// the first at most 64 events are held; then it waits. The scope of a run is named
// flat-map-ordered. The rest is as with [FlatMap].
//
// ReactiveX: concatMapEager.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/FlatMapOrdered.svg
func FlatMapOrdered[T, R any](src stream.Stream[T], n int, f func(v T) stream.Stream[R], opts ...Option) stream.Stream[R] {
	op := flattening("FlatMapOrdered", "flat-map-ordered", src, f, opts)
	atLeast("FlatMapOrdered", "n", n, 1)
	return func(ctx context.Context, yield func(R, error) bool) { op.Ordered(ctx, n, yield) }
}

// ConcatMap runs a stream for each value, f of it, one after the other, and
// emits their events. Src goes on when the stream of its last value has ended.
// Errors pass: one of src in its place, one of a stream in its; the next value
// comes all the same. It ends when src has ended.
//
// It is synchronous: f and the streams run on the consumer's goroutine, inside
// src. ConcatMap panics if src or f is nil, a run if f returns nil.
//
// ReactiveX: concatMap, which ends at the first error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ConcatMap.svg
func ConcatMap[T, R any](src stream.Stream[T], f func(v T) stream.Stream[R]) stream.Stream[R] {
	mustBe("ConcatMap", "src", src != nil)
	mustBe("ConcatMap", "f", f != nil)
	return func(ctx context.Context, yield func(R, error) bool) {
		out := outlet[R]{ctx: ctx, yield: yield}
		inside := func(v R, err error) bool {
			if err != nil {
				return out.answer(err) // if cut, src is too, and tells it
			}
			return out.value(v)
		}
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			inner := f(v)
			if inner == nil {
				panic("operators: ConcatMap: f returned a nil stream: return stream.Empty for none")
			}
			inner(ctx, inside)
			return !out.stopped
		})
		out.end()
	}
}

// SwitchMap runs a stream for the latest value, f of it, and emits its events. A
// newer value stops the stream of the one before, and when that has returned its
// own is started; values in between, which are newer no more, go to [Discard].
// What the stopped stream still gives is not emitted, except for errors. It ends
// when src and the last stream have ended.
//
// Errors pass: one of src does not switch, one of the stream does not end it.
//
// The run opens a scope named switch-map, with a task for src and one for the
// stream; f is called by the consumer's goroutine, and a panic of it is the
// consumer's. At most 128 events wait for a slow consumer. SwitchMap panics if src
// or f is nil.
//
// ReactiveX: switchMap; Kotlin: flatMapLatest. RxJS does not wait for the one that
// is stopped.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SwitchMap.svg
func SwitchMap[T, R any](src stream.Stream[T], f func(v T) stream.Stream[R], opts ...Option) stream.Stream[R] {
	op := flattening("SwitchMap", "switch-map", src, f, opts)
	return func(ctx context.Context, yield func(R, error) bool) { op.Latest(ctx, yield) }
}

// ExhaustMap runs a stream for a value, f of it, and drops the values that come
// while that runs: they go to [Discard]. A value in the instant of its end may or
// may not be dropped. Errors pass, those of src at all times. It ends when src and
// the stream have ended. The scope of a run is named exhaust-map; the rest is as
// with [SwitchMap].
//
// ReactiveX: exhaustMap.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ExhaustMap.svg
func ExhaustMap[T, R any](src stream.Stream[T], f func(v T) stream.Stream[R], opts ...Option) stream.Stream[R] {
	op := flattening("ExhaustMap", "exhaust-map", src, f, opts)
	return func(ctx context.Context, yield func(R, error) bool) { op.First(ctx, yield) }
}

// flattening checks and gathers what makes an operator that runs a stream for
// each value.
func flattening[T, R any](op, name string, src stream.Stream[T], f func(v T) stream.Stream[R], opts []Option) *fan.Flattening[T, R] {
	mustBe(op, "src", src != nil)
	mustBe(op, "f", f != nil)
	values, results := discardBoth[T, R](op, opts)
	to := func(v T) stream.Stream[R] {
		inner := f(v)
		if inner == nil {
			panic("operators: " + op + ": f returned a nil stream: return stream.Empty for none")
		}
		return inner
	}
	return &fan.Flattening[T, R]{Name: name, Src: src, To: to, Discard: values, Results: results}
}
