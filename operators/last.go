package operators

import (
	"context"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/stream"
)

// TakeLast emits the last n values when the source has ended, and holds up to n
// until then. Errors pass at once, ahead of the values that are held. Values
// that later ones push out go to [Discard].
//
// When the run is cut, also while the last values are emitted, only the cause
// comes; what is held then, or when the consumer stops, goes to Discard.
// TakeLast panics if src is nil or n < 1.
//
// ReactiveX: takeLast.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/TakeLast.svg
func TakeLast[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[T] {
	mustBe("TakeLast", "src", src != nil)
	atLeast("TakeLast", "n", n, 1)
	give := discardOf[T]("TakeLast", opts)
	return func(ctx context.Context, yield func(T, error) bool) {
		out := outlet[T]{ctx: ctx, yield: yield}
		held := lastOnes[T]{n: n}
		defer func() { discard.All(ctx, held.pop, give) }()
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return out.fail(err)
			}
			if old, full := held.put(v); full {
				give(ctx, old)
			}
			return true
		})
		for held.any() && out.goesOn() {
			v, _ := held.pop()
			out.value(v)
		}
	}
}

// SkipLast emits all values but the last n: each comes when the n-th after it
// has, so n are held. Errors pass at once, ahead of the values that are held.
// The last n go to [Discard], whatever way the run ends. With n = 0 nothing is
// held and everything passes. SkipLast panics if src is nil or n < 0.
//
// ReactiveX: skipLast.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SkipLast.svg
func SkipLast[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[T] {
	mustBe("SkipLast", "src", src != nil)
	atLeast("SkipLast", "n", n, 0)
	give := discardOf[T]("SkipLast", opts)
	if n == 0 {
		return src
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		held := lastOnes[T]{n: n}
		defer func() { discard.All(ctx, held.pop, give) }()
		src(ctx, func(v T, err error) bool {
			if err != nil {
				return yield(v, err)
			}
			old, full := held.put(v)
			return !full || yield(old, nil)
		})
	}
}

// lastOnes are the last n values of a source: first all are put, then popped.
type lastOnes[T any] struct {
	n      int
	values []T
	oldest int // where it is
	popped int
}

// put takes v, and returns the value that it displaces, if there are n.
func (l *lastOnes[T]) put(v T) (old T, full bool) {
	if len(l.values) < l.n {
		l.values = append(l.values, v)
		return old, false
	}
	old, l.values[l.oldest] = l.values[l.oldest], v
	if l.oldest++; l.oldest == l.n {
		l.oldest = 0
	}
	return old, true
}

func (l *lastOnes[T]) any() bool { return l.popped < len(l.values) }

// pop takes the oldest value off, if there is one.
func (l *lastOnes[T]) pop() (v T, ok bool) {
	if !l.any() {
		return v, false
	}
	var zero T
	v, l.values[l.oldest] = l.values[l.oldest], zero
	l.popped++
	l.oldest = (l.oldest + 1) % len(l.values)
	return v, true
}
