package merge

import (
	"context"
	"fmt"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// Flatten runs the streams that srcs emits, n of them at a time, and emits their
// events as they come. While n run, srcs is not read. It ends when srcs and all
// streams have ended. An error of srcs passes and ends no stream; an error or the
// end of one stream stops no other. A nil stream is a [*scope.PanicError] event.
//
// The run opens a scope named flatten, with a task for srcs and one for each
// stream that runs. At most 128 events wait for a slow consumer; what was not
// delivered goes to [Discard]. Flatten panics if srcs is nil or n < 1.
//
// ReactiveX: merge, mergeAll. With n = 1 it is concatAll.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Flatten.svg
func Flatten[T any](srcs stream.Stream[stream.Stream[T]], n int, opts ...Option) stream.Stream[T] {
	op := flattening("Flatten", "flatten", srcs, opts)
	if n < 1 {
		panic(fmt.Sprintf("merge: Flatten: n is %d, want at least 1", n))
	}
	return func(ctx context.Context, yield func(T, error) bool) { op.Unordered(ctx, n, yield) }
}

// Switch runs the latest of the streams that srcs emits. A newer one stops the
// one before it, and is started when that has returned. What the stopped one
// still gives is not emitted, except for errors. It ends when srcs and the last
// stream have ended. An error of srcs passes and does not switch, an error of the
// stream does not end it.
//
// The run opens a scope named switch, with a task for srcs and one for the stream.
// The rest is as with [Flatten]. Switch panics if srcs is nil, a run if a stream
// is.
//
// ReactiveX: switchOnNext; RxJS: switchAll.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Switch.svg
func Switch[T any](srcs stream.Stream[stream.Stream[T]], opts ...Option) stream.Stream[T] {
	op := flattening("Switch", "switch", srcs, opts)
	return func(ctx context.Context, yield func(T, error) bool) { op.Latest(ctx, yield) }
}

func flattening[T any](op, name string, srcs stream.Stream[stream.Stream[T]], opts []Option) *fan.Flattening[stream.Stream[T], T] {
	if srcs == nil {
		panic("merge: " + op + ": srcs is nil")
	}
	return &fan.Flattening[stream.Stream[T], T]{
		Name: name,
		Src:  srcs,
		To: func(s stream.Stream[T]) stream.Stream[T] {
			if s == nil {
				panic("merge: " + op + ": a stream is nil")
			}
			return s
		},
		Discard: func(context.Context, stream.Stream[T]) {},
		Results: discardOf[T](op, opts),
	}
}
