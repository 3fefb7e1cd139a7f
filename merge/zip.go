package merge

import (
	"context"
	"slices"

	"github.com/samber/lo"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// Zip2 emits pairs: the first event of a with the first of b, the second with
// the second, and so on. An error fills its place in a pair: in place of that
// pair it is emitted, or if both are errors a [*stream.JoinedError] of them, and
// the value beside it goes to [Discard]. So the pairs stay aligned.
//
// It ends when one source has ended and all its events are used, also right
// behind the last pair; the other one is stopped then. What it had ahead is given
// back: values to Discard, errors to the error sink of the scope.
//
// The run opens a scope named zip, with a task for each source. Each may be at
// most 64 events ahead of the other; then it is held back. At most 128 more wait
// for a slow consumer. Zip2 panics if a source is nil.
//
// ReactiveX: zip, which ends at the first error.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Zip2.svg
func Zip2[A, B any](a stream.Stream[A], b stream.Stream[B], opts ...Option) stream.Stream[lo.Tuple2[A, B]] {
	return zip(inputs2("Zip2", a, b, opts))
}

// Zip3 is [Zip2] for three sources.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/Zip3.svg
func Zip3[A, B, C any](a stream.Stream[A], b stream.Stream[B], c stream.Stream[C], opts ...Option) stream.Stream[lo.Tuple3[A, B, C]] {
	return zip(inputs3("Zip3", a, b, c, opts))
}

// ZipN is [Zip2] for any number of sources of one type. Each slice is the
// consumer's to keep. Without sources it ends at once.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/ZipN.svg
func ZipN[T any](srcs []stream.Stream[T], opts ...Option) stream.Stream[[]T] {
	return zip(inputsN("ZipN", srcs, opts))
}

func zip[M, T any](in *inputs[M, T]) stream.Stream[T] {
	if in.n == 0 {
		return stream.Empty[T]()
	}
	return func(ctx context.Context, yield func(T, error) bool) {
		in.hold(ctx, "zip", yield, func(h *holding[M, T]) func(M, error) bool { return zipping[M, T]{h}.on })
	}
}

// A zipping is one run of a zip.
type zipping[M, T any] struct{ *holding[M, T] }

func (z zipping[M, T]) on(m M, err error) bool {
	i := z.source(m)
	if fan.IsEnd(err) {
		z.ended[i] = true
		return len(z.held[i]) > 0
	}
	z.held[i] = append(z.held[i], entry[M]{m, err})
	if slices.ContainsFunc(z.held, func(h []entry[M]) bool { return len(h) == 0 }) {
		return true
	}
	return z.emit() && !z.over()
}

// emit makes one event of the first of each source.
func (z zipping[M, T]) emit() bool {
	var ms []M
	var errs []error
	for i := range z.held {
		e := z.shift(i)
		if e.err != nil {
			errs = append(errs, e.err)
		} else {
			ms = append(ms, e.m)
		}
	}
	switch len(errs) {
	case 0:
		return z.Emit(z.join(ms), nil)
	case 1:
	default:
		errs = []error{&stream.JoinedError{Errs: errs}}
	}
	for _, m := range ms {
		z.give(z.Context(), m)
	}
	return z.Emit(*new(T), errs[0])
}

// over reports whether a source has no more to give.
func (z zipping[M, T]) over() bool {
	for i, ended := range z.ended {
		if ended && len(z.held[i]) == 0 {
			return true
		}
	}
	return false
}
