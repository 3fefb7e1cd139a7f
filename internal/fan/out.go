package fan

import (
	"context"

	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// An Out is a run whose events come out in the order in which they were
// emitted.
type Out[T any] struct {
	Run[T]
	queue *queue.Queue[stream.Event[T]]
}

// Do runs one consumption: see [Run]. At most size events wait, beside the batch
// that the consumer has taken.
func Do[T any](ctx context.Context, name string, size int, discard func(context.Context, T),
	yield func(T, error) bool, start func(out *Out[T])) {
	q := queue.New[stream.Event[T]](size, 1)
	o := &Out[T]{Run[T]{Discard: discard, yield: yield, tell: teller(yield), way: q}, q}
	o.do(ctx, name, func() { start(o) }, o.deliver)
}

// Emit hands an event to the consumer, waiting while too many wait. It reports
// false if the consumer takes no more; the event has been given back then.
// That the run was cut is no event here: the run tells it, once.
func (o *Out[T]) Emit(v T, err error) bool {
	e, ok := o.event(v, err)
	if !ok || o.queue.Push(e) {
		return true
	}
	o.turnAway(e)
	return false
}

// An Ordered is a run whose events come out in the order in which their places
// were reserved. At most size places are reserved at a time.
type Ordered[T any] struct {
	Run[T]
	line *queue.Line[stream.Event[T]]
}

// DoOrdered runs one consumption: see [Run].
func DoOrdered[T any](ctx context.Context, name string, size int, discard func(context.Context, T),
	yield func(T, error) bool, start func(out *Ordered[T])) {
	l := queue.NewLine[stream.Event[T]](size, 1)
	o := &Ordered[T]{Run[T]{Discard: discard, yield: yield, tell: teller(yield), way: l}, l}
	o.do(ctx, name, func() { start(o) }, o.deliver)
}

// Reserve returns the next place, waiting while too many are taken. It reports
// false if the consumer takes no more.
func (o *Ordered[T]) Reserve() (int, bool) { return o.line.Reserve() }

// EmitAt is [Out.Emit] for the event of a reserved place. It does not wait.
func (o *Ordered[T]) EmitAt(at int, v T, err error) bool {
	e, ok := o.event(v, err)
	if !ok {
		o.Skip(at)
		return true
	}
	if o.line.Fill(at, e) {
		return true
	}
	o.turnAway(e)
	return false
}

// Skip gives up a reserved place, because the run is over: nobody must be left
// to wait for it.
func (o *Ordered[T]) Skip(at int) { o.line.Fill(at, stream.Event[T]{Err: errSkipped}) }

// teller returns what tells yield an error.
func teller[T any](yield func(T, error) bool) func(error) {
	return func(err error) {
		var zero T
		yield(zero, err)
	}
}

// event makes an event of a result. It reports false for an error that says no
// more than that the run has ended.
func (r *Run[T]) event(v T, err error) (stream.Event[T], bool) {
	if err == nil {
		return stream.Event[T]{Value: v}, true
	}
	return stream.Event[T]{Err: err}, !stream.IsCut(r.ctx, err) && !stream.IsCut(r.outer, err)
}

// Source starts a task that runs src with emit as its yield, as [Consume]
// does. A done that is not nil is called last, in any case.
func Source[S, T any](r *Run[T], src stream.Stream[S], emit func(S, error) bool, done func()) bool {
	return r.Go(func(ctx context.Context) {
		if done != nil {
			defer done()
		}
		Consume(ctx, src, emit)
	})
}

// Consume runs src with emit as its yield and reports whether emit would take
// more. A panic in src is an event; a Goexit is one and goes on.
func Consume[T any](ctx context.Context, src stream.Stream[T], emit func(T, error) bool) (more bool) {
	more = true
	normal := false
	defer func() {
		if !normal {
			var zero T
			more = emit(zero, unwound(recover()))
		}
	}()
	src(ctx, func(v T, err error) bool {
		more = emit(v, err)
		return more
	})
	normal = true
	return more
}

// Call calls f. A panic of f is an error like any. If f leaves by Goexit, Call
// calls exited and does not return.
func Call[T, R any](ctx context.Context, f func(context.Context, T) (R, error), v T, exited func()) (r R, err error) {
	normal := false
	defer func() {
		if normal {
			return
		}
		if err = unwound(recover()); err == scope.ErrGoexit { //nolint:errorlint // made by unwound just above
			exited()
		}
	}()
	r, err = f(ctx, v)
	normal = true
	return r, err
}

// unwound returns the error of a function that did not return, given what
// recover returned in the function it deferred.
func unwound(recovered any) error {
	if recovered == nil {
		return scope.ErrGoexit
	}
	return scope.NewPanicError(recovered)
}

// GiveBack sends an error that found no place to the sink.
func (o *Ordered[T]) GiveBack(err error) {
	if e, ok := o.event(*new(T), err); ok {
		o.turnAway(e)
	}
}
