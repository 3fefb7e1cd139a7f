package merge

import (
	"context"
	"fmt"
	"iter"
	"slices"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// Merge runs all sources at once and emits their events as they come; those of
// one source keep their order. It ends when all sources have ended. An error
// or the end of one stops no other.
//
// The run opens a scope named merge, with a task for each source. At most 128
// events wait for the consumer, who takes them in batches of up to 64; while
// that many do, the sources are held back.
// A panic in a source is a [*scope.PanicError] event and ends that source only.
// When the consumer stops, or the run is cut, the sources are stopped and
// waited for; events that were not delivered are given back: errors to the
// error sink of the scope, values closed if they are [io.Closer]. For another
// way to give back, or a limit, see [MergeSeq]. Merge panics if a source is
// nil; without sources it ends at once.
//
// ReactiveX: merge.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Merge.svg
func Merge[T any](srcs ...stream.Stream[T]) stream.Stream[T] {
	mustRun("Merge", srcs)
	if len(srcs) == 0 {
		return stream.Empty[T]()
	}
	srcs = slices.Clone(srcs)
	discard := discardOf[T]("Merge", nil)
	return func(ctx context.Context, yield func(T, error) bool) {
		fan.Do(ctx, "merge", queue.Size, discard, yield, func(o *fan.Out[T]) {
			for _, src := range srcs {
				if !fan.Source(&o.Run, src, o.Emit, nil) {
					return
				}
			}
		})
	}
}

// MergeSeq is [Merge] for sources that come one after the other, at most n at
// a time: the next one starts when one has ended. Up to 65 are taken from srcs
// before they can start. A run ranges over srcs once, on a task. It panics if
// n < 1 or srcs is nil; a nil source among srcs is a [*scope.PanicError] event.
//
// ReactiveX: mergeAll with a concurrency limit.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/MergeSeq.svg
func MergeSeq[T any](srcs iter.Seq[stream.Stream[T]], n int, opts ...Option) stream.Stream[T] {
	if srcs == nil {
		panic("merge: MergeSeq: srcs is nil")
	}
	if n < 1 {
		panic(fmt.Sprintf("merge: MergeSeq: n is %d, want at least 1", n))
	}
	discard := discardOf[T]("MergeSeq", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		fan.Do(ctx, "merge", queue.Size, discard, yield, func(o *fan.Out[T]) {
			p := &fan.Pool[stream.Stream[T], T]{
				Discard: func(context.Context, stream.Stream[T]) {},
				Work: func(ctx context.Context, src stream.Stream[T]) bool {
					return fan.Consume(ctx, src, o.Emit)
				},
			}
			fan.Start(&o.Run, p, n, stream.FromSeq(srcs), func(src stream.Stream[T], err error) bool {
				if err != nil {
					var zero T
					return o.Emit(zero, err)
				}
				return p.Put(src)
			})
		})
	}
}

// Concat runs the sources one after the other, on the consumer's goroutine,
// each when the one before it has ended. Errors pass, and the next source
// starts all the same, also after a Fatal one. A hot source loses what it emits
// before its turn. Concat panics if a source is nil; without sources it ends
// at once.
//
// ReactiveX: concat, which ends at the first error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Concat.svg
func Concat[T any](srcs ...stream.Stream[T]) stream.Stream[T] {
	mustRun("Concat", srcs)
	if len(srcs) == 0 {
		return stream.Empty[T]()
	}
	srcs = slices.Clone(srcs)
	return func(ctx context.Context, yield func(T, error) bool) {
		over := false // the consumer has stopped, or has been told of a cut
		each := func(v T, err error) bool {
			over = err != nil && stream.IsCut(ctx, err)
			over = !yield(v, err) || over
			return !over
		}
		for _, src := range srcs {
			if src(ctx, each); over {
				return
			}
		}
	}
}

func mustRun[T any](op string, srcs []stream.Stream[T]) {
	if i := slices.IndexFunc(srcs, func(s stream.Stream[T]) bool { return s == nil }); i >= 0 {
		panic(fmt.Sprintf("merge: %s: srcs[%d] is nil", op, i))
	}
}
