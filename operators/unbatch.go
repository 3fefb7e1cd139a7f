package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/stream"
)

// Unbatch emits the elements of each slice one by one, in order. An empty slice
// gives nothing. It undoes [Chunk] without a difference, errors included. The
// slice must not change until the source is asked for the next.
//
// If the consumer stops, or the run is cut, within a slice, the rest of that
// slice goes to [Discard], which is for the elements. Unbatch panics if src is
// nil.
//
// ReactiveX: concatMap or mergeAll over arrays; flattenIterable of RxJava.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Unbatch.svg
func Unbatch[T any](src stream.Stream[[]T], opts ...Option) stream.Stream[T] {
	mustBe("Unbatch", "src", src != nil)
	give := discardOf[T]("Unbatch", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		var rest []T
		next := func() (T, bool) { return discard.Shift(&rest) }
		defer func() { discard.All(ctx, next, give) }()
		src(ctx, func(batch []T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			rest = batch
			for len(rest) > 0 {
				v := rest[0]
				rest = rest[1:]
				if !out.value(v) {
					return false
				}
				if len(rest) > 0 && ctx.Err() != nil {
					discard.All(ctx, next, give)
					return out.owe()
				}
			}
			return true
		})
		out.end()
	}
}
