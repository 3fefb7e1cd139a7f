package operators

import (
	"context"
	"fmt"

	"github.com/rxscope/rxscope/stream"
)

// An ItemError says for which value a function failed, so that the value can be
// kept and tried again. [errors.As] finds it in the error of [WithItem].
type ItemError[T any] struct {
	Item  T
	Index int // of Item among the values of the run, from 0
	Err   error
}

// Error gives the position and the text of Err. The item is left out, as it may
// be of any size, and a secret.
func (e *ItemError[T]) Error() string { return fmt.Sprintf("item %d: %v", e.Index, e.Err) }

// Unwrap returns Err.
func (e *ItemError[T]) Unwrap() error { return e.Err }

// WithItem is [MapErr] with errors that carry their value: what f fails with is
// emitted as an [*ItemError]. Errors of the source pass as they are and do not
// count. It panics if src or f is nil.
//
// ReactiveX: none.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/WithItem.svg
func WithItem[T, R any](src stream.Stream[T], f func(ctx context.Context, v T) (R, error)) stream.Stream[R] {
	mustBe("WithItem", "src", src != nil)
	mustBe("WithItem", "f", f != nil)
	return func(ctx context.Context, yield func(R, error) bool) {
		out := struct {
			outlet[R]
			index int // of the value in hand
		}{outlet[R]{ctx: ctx, yield: yield}, -1}
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			out.index++
			r, err := f(ctx, v)
			if err != nil {
				return out.answer(&ItemError[T]{v, out.index, err})
			}
			return out.value(r)
		})
		out.end()
	}
}
