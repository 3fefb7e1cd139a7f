package merge

import (
	"context"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/internal/queue"
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
	give := discardOf[T]("SequenceEqual", opts)
	in := &inputs[many[T], bool]{
		source: func(m many[T]) int { return m.src },
		give:   func(ctx context.Context, m many[T]) { give(ctx, m.v) },
	}
	input(in, "SequenceEqual", "a", a, func(v T) many[T] { return many[T]{0, v} })
	input(in, "SequenceEqual", "b", b, func(v T) many[T] { return many[T]{1, v} })
	return func(ctx context.Context, yield func(bool, error) bool) {
		c := comparing[T]{inputs: in, held: make([][]entry[many[T]], in.n), ended: make([]bool, in.n)}
		defer func() { giveAll(ctx, c.held, in.give) }()
		in.loop(ctx, "sequence-equal", yield, func(l *fan.Loop[many[T], bool]) {
			c.Loop, l.On = l, c.on
			for _, listen := range in.ahead {
				c.taken = append(c.taken, listen(l, queue.Size))
			}
		})
	}
}

// A comparing is one run of SequenceEqual.
type comparing[T comparable] struct {
	*inputs[many[T], bool]
	*fan.Loop[many[T], bool]
	held  [][]entry[many[T]] // of each source
	ended []bool
	taken []func()
}

func (c *comparing[T]) on(m many[T], err error) bool {
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
func (c *comparing[T]) verdict() (equal, sure bool) {
	a, b := &c.held[0], &c.held[1]
	for len(*a) > 0 && len(*b) > 0 {
		x, y := (*a)[0].m, (*b)[0].m
		if x.v != y.v {
			return false, true
		}
		*a, *b = (*a)[1:], (*b)[1:]
		for _, m := range []many[T]{x, y} {
			c.taken[m.src]()
			c.give(c.Context(), m)
		}
	}
	switch {
	case c.ended[0] && len(*b) > 0, c.ended[1] && len(*a) > 0:
		return false, true
	}
	return true, c.ended[0] && c.ended[1]
}
