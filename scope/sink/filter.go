package sink

import (
	"context"
	"sync/atomic"

	"github.com/rxscope/rxscope/scope"
)

// Escalate returns a sink that hands every error up to the next sink of the
// tree, at the root to the log. It is the sink for the branch of another sink
// that nobody has a use for.
func Escalate() scope.ErrorSink { return scope.SinkFunc(scope.Escalate) }

// Filter returns a sink that gives the errors for which pred is true to yes
// and the others to no. A nil no hands them up. It drops none. Filter panics
// if pred or yes is nil.
func Filter(pred func(e *scope.TaskError) bool, yes, no scope.ErrorSink) scope.ErrorSink {
	if pred == nil {
		panic("sink: Filter: pred is nil")
	}
	if yes == nil {
		panic("sink: Filter: yes is nil")
	}
	if no == nil {
		no = Escalate()
	}
	return scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
		if pred(e) {
			yes.HandleError(ctx, e)
		} else {
			no.HandleError(ctx, e)
		}
	})
}

// A Discarder drops errors and counts them. Make one with [Discard].
type Discarder struct{ n atomic.Int64 }

// Discard returns a sink that DROPS every error it gets. Nobody is told: not
// the next sink up, not the log. All that is left of an error is one more in
// [Discarder.Discarded]. It is the only sink of this package that loses
// errors, and it stands in the code where somebody decided so; put a [Filter]
// before it that lets through no more than what may be lost.
func Discard() *Discarder { return new(Discarder) }

// HandleError drops e.
func (d *Discarder) HandleError(context.Context, *scope.TaskError) { d.n.Add(1) }

// Discarded returns how many errors were dropped so far.
func (d *Discarder) Discarded() int64 { return d.n.Load() }
