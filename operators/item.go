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
	return mapErr(src, f, func(v T, index int, err error) error { return &ItemError[T]{v, index, err} })
}
