// Package fan runs an operator whose events come from tasks: it owns their
// scope and the queue between them and the consumer, and keeps the rules of
// the stream contract that all such operators share.
package fan

import (
	"context"
	"errors"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// A way brings events from the tasks to the consumer.
type way[T any] interface {
	Enter()
	Leave()
	Drain(spare []stream.Event[T]) ([]stream.Event[T], bool)
	Close() []stream.Event[T]
	Pushed() int
}

// A Run is one consumption of an operator.
type Run[T any] struct {
	Discard func(ctx context.Context, v T) // gives back a value

	yield func(T, error) bool
	tell  func(err error) // the cause of a cut
	way   way[T]
	scope *scope.Scope
	outer context.Context // of the run
	ctx   context.Context // of the tasks; ends with outer, but not in one step with it
	batch []stream.Event[T]
	next  int // the first of batch that has not been handed over

	booked int // events that came by way and are in the ledger of the scope
}

var (
	// errStopped ends a run whose consumer takes no more.
	errStopped = errors.New("the consumer has stopped")
	// errSkipped stands in a place that no event will come to. It is never
	// seen, for the run is over.
	errSkipped = errors.New("no event")
)

// do opens a scope called name, nested in the task of ctx, and calls start,
// which starts the tasks. Events come out on the calling goroutine. When do
// returns, also by a panic of yield, all tasks have ended and what was not
// delivered has been given back. Deliver hands over what comes, until there is
// no more, or the run is over: then it returns why.
func (r *Run[T]) do(ctx context.Context, name string, start func(), deliver func() error) {
	if ctx.Err() != nil {
		r.tell(context.Cause(ctx))
		return
	}
	defer r.giveBack(ctx)
	r.outer = ctx
	var end error
	cut := Within(ctx, name, func(own context.Context, s *scope.Scope) {
		defer r.close()
		r.scope, r.ctx = s, own
		start()
		if end = deliver(); end != nil {
			s.Cancel(&scope.Cancelled{Path: s.Path(), By: "body", Reason: end})
		}
	})
	switch {
	case end == errStopped: //nolint:errorlint // the sentinel itself: the cause of a cut may wrap that of another run
	case ctx.Err() != nil:
		r.tell(context.Cause(ctx))
	case cut || end != nil:
		r.tell(context.Cause(r.ctx))
	}
}

// Context is the context that tasks are started with.
func (r *Run[T]) Context() context.Context { return r.ctx }

// Path is the path of the run's scope.
func (r *Run[T]) Path() string { return r.scope.Path() }

// Go starts f as a task. It reports false if the run has ended and f will not
// run.
func (r *Run[T]) Go(f func(ctx context.Context)) bool {
	r.way.Enter()
	err := r.scope.Go(r.ctx, func(ctx context.Context) error {
		defer r.way.Leave()
		f(ctx)
		return nil
	}, Tells...)
	if err != nil {
		r.way.Leave()
	}
	return err == nil
}

// deliver yields events as they come. The way must have been made for one
// producer: it is the runner itself, until all tasks have started.
func (r *Run[T]) deliver() error {
	r.way.Leave()
	for {
		var ok bool
		delivered := r.next
		r.batch, ok = r.way.Drain(r.batch)
		r.next = 0
		r.book(len(r.batch), delivered)
		if !ok {
			if r.ctx.Err() != nil {
				return context.Cause(r.ctx)
			}
			return nil
		}
		for r.next < len(r.batch) {
			if err := r.cut(); err != nil {
				return err
			}
			e := &r.batch[r.next]
			r.next++
			if !r.yield(e.Value, e.Err) {
				return errStopped
			}
		}
	}
}

// cut returns why the run is cut, nil if it is not.
func (r *Run[T]) cut() error {
	if r.outer.Err() != nil {
		return context.Cause(r.outer)
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	return nil
}

// book notes that events have come by way, and been delivered.
func (r *Run[T]) book(came, delivered int) {
	r.booked += came
	if came > 0 || delivered > 0 {
		r.scope.Book(scope.Ledger{Produced: int64(came), Delivered: int64(delivered)})
	}
}

// close turns the tasks away. What waits stays in batch for giveBack. The
// ledger gets all that the tasks have pushed, so that what is lost on the way
// stays pending there.
func (r *Run[T]) close() {
	rest := r.way.Close()
	r.book(r.way.Pushed()-r.booked, r.next)
	r.batch = append(r.batch[min(r.next, len(r.batch)):], rest...)
	r.next = 0
}

// giveBack gives back what was not delivered.
func (r *Run[T]) giveBack(ctx context.Context) {
	discard.All(ctx, func() (stream.Event[T], bool) { return discard.Shift(&r.batch) }, r.drop)
}

// drop gives back one event that is in the ledger: an error to the sink, a
// value to Discard.
func (r *Run[T]) drop(ctx context.Context, e stream.Event[T]) {
	if e.Err == nil {
		r.scope.Book(scope.Ledger{Discarded: 1})
		r.Discard(ctx, e.Value)
		return
	}
	r.scope.Book(scope.Ledger{Produced: -1})    // no event, or one that Report books
	if e.Err != errSkipped && e.Err != ErrEnd { //nolint:errorlint // the sentinels themselves
		r.scope.Report(ctx, e.Err)
	}
}

// turnAway is drop for an event that the way did not take.
func (r *Run[T]) turnAway(e stream.Event[T]) {
	r.scope.Book(scope.Ledger{Produced: 1})
	r.drop(r.ctx, e)
}
