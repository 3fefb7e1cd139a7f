package operators

import (
	"context"
	"slices"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// OnErrorResumeNext runs src and then the streams of next one after the other,
// each when the one before it has ended or has failed: at an error marked by
// [stream.Fatal] it stops the source and begins the next in that instant. That
// error goes to the error sink of the scope; the Fatal error of the last stream
// passes, and so do all other errors.
//
// Once the context has ended all errors pass, the cause comes last, and no
// stream is started. OnErrorResumeNext panics if src or one of next is nil.
//
// ReactiveX: onErrorResumeNext of RxJS, where every error ends a source and is
// lost. That of RxJava and RxGo goes on after an error only, which is [Catch]
// with [stream.IsFatal].
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/OnErrorResumeNext.svg
func OnErrorResumeNext[T any](src stream.Stream[T], next ...stream.Stream[T]) stream.Stream[T] {
	mustBe("OnErrorResumeNext", "src", src != nil)
	for _, s := range next {
		mustBe("OnErrorResumeNext", "one of next", s != nil)
	}
	srcs := slices.Concat([]stream.Stream[T]{src}, next)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		for i, s := range srcs {
			if i == len(srcs)-1 {
				s(ctx, yield)
				return
			}
			s(ctx, func(v T, err error) bool {
				switch {
				case err == nil:
					return out.value(v)
				case ctx.Err() != nil || !stream.IsFatal(err):
					return out.fail(err)
				}
				scope.Report(ctx, err)
				return false
			})
			if !out.goesOn() {
				return
			}
		}
	}
}
