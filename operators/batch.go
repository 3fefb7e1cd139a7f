package operators

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// Batch emits the values in slices: of n, or as many as have come when d has
// passed since the first of them. A value in that instant belongs to the slice.
// No slice is empty.
//
// An error is a boundary: what has been gathered is emitted, and then the error.
// So [Unbatch] of it is the source again. At the end the last slice is emitted at
// once. When the run is cut, or the consumer stops, what was gathered goes to
// [Discard]. Each slice is the consumer's to keep.
//
// The run opens a scope named batch, with a task for the source, and holds at
// most n values beside the at most 128 events that wait for a slow consumer; while
// he holds the run up, the time of a slice begins when its first value is taken.
// Batch panics if src is nil, n < 1 or d <= 0.
//
// ReactiveX: buffer with time and count; RxJS: bufferTime, whose clock begins
// with the run, and which emits empty slices.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Batch.svg
func Batch[T any](src stream.Stream[T], n int, d time.Duration, opts ...Option) stream.Stream[[]T] {
	mustBe("Batch", "src", src != nil)
	atLeast("Batch", "n", n, 1)
	longer("Batch", "d", d)
	return batches(src, "batch", batching[T]{n: n, d: d, discard: discardOf[T]("Batch", opts)})
}

// ReadyChunks emits, when the consumer is ready, all values that have come meanwhile,
// up to n at a time: a consumer who is fast gets them one by one, and one who is slow
// gets more at once, without waiting for any. The rest is as with [Batch], in a
// scope named ready-chunks. It panics if src is nil or n < 1.
//
// ReactiveX has none; Rust: ready_chunks.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ReadyChunks.svg
func ReadyChunks[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[[]T] {
	mustBe("ReadyChunks", "src", src != nil)
	atLeast("ReadyChunks", "n", n, 1)
	return batches(src, "ready-chunks", batching[T]{n: n, discard: discardOf[T]("ReadyChunks", opts)})
}

// Session emits the values in slices that end where nothing came for gap, or
// with the nth value. A value exactly gap after another one belongs to the
// same slice. The rest is as with [Batch], in a scope named session. It panics
// if src is nil, n < 1 or gap <= 0.
//
// ReactiveX: buffer, closed by debounce; Flink and Beam: session window.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Session.svg
func Session[T any](src stream.Stream[T], n int, gap time.Duration, opts ...Option) stream.Stream[[]T] {
	mustBe("Session", "src", src != nil)
	atLeast("Session", "n", n, 1)
	longer("Session", "gap", gap)
	return batches(src, "session", batching[T]{n: n, d: gap, extends: true, discard: discardOf[T]("Session", opts)})
}

// A batching is one run of an operator that gathers values for a time.
type batching[T any] struct {
	n       int
	d       time.Duration // 0: until no more is at hand
	extends bool          // the time begins anew with each value
	discard func(context.Context, T)

	*fan.Loop[T, []T]
	gathered []T
	held     error // waits for the slice before it to be received
}

func batches[T any](src stream.Stream[T], name string, how batching[T]) stream.Stream[[]T] {
	return func(ctx context.Context, yield func([]T, error) bool) {
		b := how
		defer b.leave(ctx)
		fan.DoLoop(ctx, name, b.discard, yield, func(l *fan.Loop[T, []T]) {
			b.Loop, l.On, l.Due = l, b.on, b.flush
			if b.d == 0 {
				l.Idle = b.flush
			}
			fan.ListenTo(l, src)
		})
	}
}

func (b *batching[T]) on(v T, err error) bool {
	switch {
	case fan.IsEnd(err):
		return b.flush()
	case err != nil:
		b.held = err
		if !b.flush() {
			return false
		}
		b.held = nil
		return b.Emit(nil, err)
	}
	if b.d > 0 && (b.extends || len(b.gathered) == 0) {
		b.SetAlarm(b.Now.Add(b.d + after))
	}
	b.gathered = append(b.gathered, v)
	return len(b.gathered) < b.n || b.flush()
}

// flush emits what has been gathered.
func (b *batching[T]) flush() bool {
	b.SetAlarm(time.Time{})
	if len(b.gathered) == 0 {
		return true
	}
	slice := b.gathered
	b.gathered = nil
	return b.Emit(slice, nil)
}

// leave sees to what a run that did not come to its end leaves behind.
func (b *batching[T]) leave(ctx context.Context) {
	defer discard.All(ctx, func() (T, bool) { return discard.Shift(&b.gathered) }, b.discard)
	scope.Report(ctx, b.held)
}
