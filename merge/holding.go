package merge

import (
	"context"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
)

// An entry is an event that waits for its partners.
type entry[M any] struct {
	m   M
	err error
}

// A holding is one run of an operator that holds events of one source until it
// knows those of the others. Each may be a bounded number of events ahead.
type holding[M, T any] struct {
	*inputs[M, T]
	*fan.Loop[M, T]
	held  [][]entry[M] // of each source
	ended []bool
	taken []func()
}

// hold runs one consumption. Start returns what takes the messages.
func (in *inputs[M, T]) hold(ctx context.Context, name string, yield func(T, error) bool,
	start func(h *holding[M, T]) (on func(m M, err error) bool)) {
	h := &holding[M, T]{inputs: in, held: make([][]entry[M], in.n), ended: make([]bool, in.n)}
	defer h.leave(ctx)
	in.loop(ctx, name, yield, func(l *fan.Loop[M, T]) {
		h.Loop, l.On = l, start(h)
		for _, listen := range in.ahead {
			h.taken = append(h.taken, listen(l))
		}
	})
}

// shift takes the first event that is held of source i.
func (h *holding[M, T]) shift(i int) entry[M] {
	e, _ := discard.Shift(&h.held[i])
	h.taken[i]()
	return e
}

// leave gives back what is held: values by give, errors to the sink.
func (h *holding[M, T]) leave(ctx context.Context) {
	next := func() (entry[M], bool) {
		for i := range h.held {
			if e, ok := discard.Shift(&h.held[i]); ok {
				return e, true
			}
		}
		return entry[M]{}, false
	}
	discard.All(ctx, next, func(ctx context.Context, e entry[M]) {
		if e.err != nil {
			scope.Report(ctx, e.err)
		} else {
			h.give(ctx, e.m)
		}
	})
}
