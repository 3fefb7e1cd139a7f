package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// Scan combines the values one by one and emits each intermediate result:
// f(seed, v1), then f of that and v2, and so on. The seed itself is not
// emitted, so an empty source gives an empty stream. Errors pass and leave the
// accumulator as it is.
//
// Each run begins with seed. A seed that f changes in place, a map for
// instance, is shared by all runs, and every event is then that same map; let f
// return a new one. Scan panics if src or f is nil.
//
// ReactiveX: scan with a seed.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Scan.svg
func Scan[T, A any](src stream.Stream[T], seed A, f func(acc A, v T) A) stream.Stream[A] {
	mustBe("Scan", "src", src != nil)
	mustBe("Scan", "f", f != nil)
	return func(ctx context.Context, yield func(A, error) bool) {
		acc := seed
		src(ctx, func(v T, err error) bool {
			if err != nil {
				var zero A
				return yield(zero, err)
			}
			acc = f(acc, v)
			return yield(acc, nil)
		})
	}
}
