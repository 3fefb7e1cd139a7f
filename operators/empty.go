package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// DefaultIfEmpty passes everything on and emits instead at the end of a source
// that had no value. Errors pass and are no values, so it comes after a source
// that only failed, too. When the run is cut, or the consumer has stopped, it
// does not come. DefaultIfEmpty panics if src is nil.
//
// ReactiveX: defaultIfEmpty.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/DefaultIfEmpty.svg
func DefaultIfEmpty[T any](src stream.Stream[T], instead T) stream.Stream[T] {
	mustBe("DefaultIfEmpty", "src", src != nil)
	return ifEmpty(src, instead, nil)
}

// ThrowIfEmpty passes everything on and emits err, marked by [stream.Fatal], at
// the end of a source that had no value; [stream.ErrEmpty] may be that error.
// The rest is as with [DefaultIfEmpty]. ThrowIfEmpty panics if src or err is
// nil.
//
// ReactiveX: throwIfEmpty.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ThrowIfEmpty.svg
func ThrowIfEmpty[T any](src stream.Stream[T], err error) stream.Stream[T] {
	mustBe("ThrowIfEmpty", "src", src != nil)
	mustBe("ThrowIfEmpty", "err", err != nil)
	var zero T
	return ifEmpty(src, zero, stream.Fatal(err))
}

// ifEmpty emits the event after a source without values.
func ifEmpty[T any](src stream.Stream[T], instead T, failure error) stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		empty := true
		src(ctx, func(v T, err error) bool {
			if err == nil {
				empty = false
				return yield(v, nil) // nothing follows, so out need not know
			}
			return out.fail(err)
		})
		if empty && out.goesOn() {
			yield(instead, failure)
		}
	}
}
