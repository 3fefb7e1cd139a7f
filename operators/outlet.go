package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// An outlet is the way out of an operator that may learn of a cut before its
// source does, from a function or a stream of the user. It holds that piece of
// news back, for the source will look at the context next and tell the cause;
// if the source turns out to have ended first, the outlet tells it. So the
// cause comes once, and cancelled never looks like completed.
type outlet[T any] struct {
	ctx     context.Context
	yield   func(T, error) bool
	owes    bool // the cause, to the consumer
	stopped bool // by the consumer
}

// emit hands an event to the consumer and reports whether he wants another.
func (o *outlet[T]) emit(v T, err error) bool {
	if err != nil && stream.IsCut(o.ctx, err) {
		o.owes = false
	}
	o.stopped = !o.yield(v, err)
	return !o.stopped
}

// owe stands in for emit where the event is the news of a cut.
func (o *outlet[T]) owe() bool {
	o.owes = true
	return true
}

// end settles what is owed when the source has ended.
func (o *outlet[T]) end() {
	if o.owes && !o.stopped {
		var zero T
		o.yield(zero, context.Cause(o.ctx))
	}
}
