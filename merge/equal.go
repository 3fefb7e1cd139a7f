package merge

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

// SequenceEqual emits one value, and then ends: whether a and b emit equal values in
// the same order and as many of them. False comes as soon as it is certain, and both
// are stopped then.
//
// Errors of both pass at once and decide nothing. When the run is cut nothing is
// decided. No value is emitted, so all go to [Discard].
//
// The run opens a scope named sequence-equal, with a task for each source. Each may be
// at most 64 events ahead of the other; then it is held back. SequenceEqual panics if a
// or b is nil.
//
// ReactiveX: sequenceEqual.
//
// Picture: https://github.com/rxscope/rxscope/blob/main/docs/operators/SequenceEqual.svg
func SequenceEqual[T comparable](a, b stream.Stream[T], opts ...Option) stream.Stream[bool] {
	in := inputsOf[T, bool]("SequenceEqual", []stream.Stream[T]{a, b}, func(i int) string { return "ab"[i : i+1] }, opts)
	return func(ctx context.Context, yield func(bool, error) bool) {
		in.hold(ctx, "sequence-equal", yield, func(h *holding[many[T], bool]) func(many[T], error) bool { return comparing[T]{h}.on })
	}
}

// A comparing is one run of SequenceEqual.
type comparing[T comparable] struct{ *holding[many[T], bool] }

func (c comparing[T]) on(m many[T], err error) bool {
	switch {
	case fan.IsEnd(err):
		c.ended[m.src] = true
	case err != nil:
		c.taken[m.src]()
		return c.Emit(false, err)
	default:
		c.held[m.src] = append(c.held[m.src], entry[many[T]]{m: m})
	}
	equal, sure := c.verdict()
	if sure {
		c.Emit(equal, nil)
	}
	return !sure
}

// verdict compares what is there of both, and reports whether they are equal and
// whether that is certain.
func (c comparing[T]) verdict() (equal, sure bool) {
	a, b := &c.held[0], &c.held[1]
	for len(*a) > 0 && len(*b) > 0 {
		if (*a)[0].m.v != (*b)[0].m.v {
			return false, true
		}
		for i := range c.held {
			c.give(c.Context(), c.shift(i).m)
		}
	}
	if c.ended[0] && len(*b) > 0 || c.ended[1] && len(*a) > 0 {
		return false, true
	}
	return true, c.ended[0] && c.ended[1]
}
