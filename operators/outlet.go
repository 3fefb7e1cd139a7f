package operators

import (
	"context"

	"github.com/rxscope/rxscope/stream"
)

// An outlet is the way out of an operator that has something to say about the
// end of a run.
//
// It may learn of a cut before its source does, from a function or a stream of
// the user. It holds that piece of news back, for the source will look at the
// context next and tell the cause; if the source turns out to have ended first,
// the outlet tells it. And it may have events to add after its source has ended.
// So the cause comes once, and cancelled never looks like completed.
type outlet[T any] struct {
	ctx     context.Context
	yield   func(T, error) bool
	owes    bool // the cause, to the consumer
	told    bool // the cause has been passed on
	stopped bool // by the consumer
}

// value hands a value to the consumer and reports whether he wants another
// event. Small, so that it can be inlined.
func (o *outlet[T]) value(v T) bool {
	if o.yield(v, nil) {
		return true
	}
	o.stopped = true
	return false
}

// fail does the same with an error.
func (o *outlet[T]) fail(err error) bool {
	o.note(err)
	var zero T
	o.stopped = !o.yield(zero, err)
	return !o.stopped
}

// note learns from an error that shall be passed on.
func (o *outlet[T]) note(err error) {
	if stream.IsCut(o.ctx, err) {
		o.owes, o.told = false, true
	}
}

// owe stands in for fail where the event is the news of a cut.
func (o *outlet[T]) owe() bool {
	o.owes = true
	return true
}

// answer does what an error calls for that a function of the user has returned
// in place of a value, and reports whether the consumer wants another event.
func (o *outlet[T]) answer(err error) bool {
	if stream.IsCut(o.ctx, err) {
		return o.owe()
	}
	return o.fail(err)
}

// end settles what is owed when the source has ended.
func (o *outlet[T]) end() {
	if o.owes && !o.stopped {
		o.owes, o.told = false, true
		var zero T
		o.stopped = !o.yield(zero, context.Cause(o.ctx))
	}
}

// cause says why the run is over, as an [Observer] is told it; returned is
// whether the source has.
func (o *outlet[T]) cause(returned bool) error {
	switch {
	case o.told:
		return context.Cause(o.ctx)
	case o.stopped || !returned:
		return ErrStopped
	}
	return nil
}

// goesOn reports, once the source has ended, whether the operator may emit
// events of its own: not if the consumer has stopped, nor if the run has been
// cut, which it tells unless the source has.
func (o *outlet[T]) goesOn() bool {
	if o.stopped || o.told {
		return false
	}
	if o.ctx.Err() == nil {
		return true
	}
	o.owe()
	o.end()
	return false
}
