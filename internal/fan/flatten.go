package fan

import (
	"context"

	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// Flattening is what the operators do that make a stream of each value.
type Flattening[T, R any] struct {
	Name    string // of the scope of a run
	Src     stream.Stream[T]
	To      func(v T) stream.Stream[R]
	Discard func(ctx context.Context, v T) // gives back a value of which no stream was made
	Results func(ctx context.Context, v R) // gives back what nobody received
}

// inner returns the stream for v. A panic in making it is one of the stream.
func (f *Flattening[T, R]) inner(v T) stream.Stream[R] {
	return func(ctx context.Context, yield func(R, error) bool) { f.To(v)(ctx, yield) }
}

// Unordered runs the streams of n values at a time and emits what comes. While
// n run no value is read.
func (f *Flattening[T, R]) Unordered(ctx context.Context, n int, yield func(R, error) bool) {
	Do(ctx, f.Name, queue.Size, f.Results, yield, func(o *Out[R]) {
		slots := newGate(n)
		stop := context.AfterFunc(o.Context(), slots.close)
		var zero R
		Source(&o.Run, f.Src, func(v T, err error) bool {
			if err != nil {
				return o.Emit(zero, err)
			}
			if slots.pass() && o.Go(func(ctx context.Context) {
				defer slots.release(1)
				Consume(ctx, f.inner(v), o.Emit)
			}) {
				return true
			}
			f.Discard(o.Context(), v)
			return false
		}, func() { stop() })
	})
}

// Ordered runs the streams of n values at a time and emits what comes in the
// order of the values.
func (f *Flattening[T, R]) Ordered(ctx context.Context, n int, yield func(R, error) bool) {
	w := newLanes[R](n)
	r := &Run[R]{Discard: f.Results, yield: yield, tell: teller(yield), way: w}
	r.do(ctx, f.Name, func() {
		var zero R
		Source(r, f.Src, func(v T, err error) bool {
			switch {
			case err == nil:
				return f.startLane(r, w, v)
			case stream.IsCut(r.ctx, err), stream.IsCut(r.outer, err):
				return true
			}
			l := newLane[R]()
			l.Push(stream.Event[R]{Value: zero, Err: err})
			l.Leave()
			if !w.open(l) {
				r.turnAway(stream.Event[R]{Err: err})
				return false
			}
			return true
		}, nil)
	}, r.deliver)
}

// startLane runs the stream of v with a lane for what comes of it.
func (f *Flattening[T, R]) startLane(r *Run[R], w *lanes[R], v T) bool {
	l := newLane[R]()
	if !w.open(l) {
		f.Discard(r.ctx, v)
		return false
	}
	return r.Go(func(ctx context.Context) {
		defer l.Leave()
		Consume(ctx, f.inner(v), func(v R, err error) bool {
			e, ok := r.event(v, err)
			if !ok {
				return true
			}
			if l.Push(e) {
				return true
			}
			r.turnAway(e)
			return false
		})
	}) || f.drop(r, l, v)
}

// drop gives back a value whose stream was not started.
func (f *Flattening[T, R]) drop(r *Run[R], l *lane[R], v T) bool {
	l.Leave()
	f.Discard(r.ctx, v)
	return false
}

// A lane holds what has come of one value.
type lane[T any] = queue.Queue[stream.Event[T]]

func newLane[T any]() *lane[T] { return queue.New[stream.Event[T]](queue.Size, 1) }

// lanes is a [way] in which events come lane by lane.
type lanes[T any] struct {
	order  *queue.Queue[*lane[T]] // those behind the current one
	free   *gate                  // places for lanes
	now    *lane[T]               // from which the consumer takes
	pushed int                    // in lanes that have ended
}

func newLanes[T any](n int) *lanes[T] {
	return &lanes[T]{order: queue.New[*lane[T]](n, 1), free: newGate(n)}
}

// open appends a lane, waiting while there are too many. It reports false if
// the run is over.
func (w *lanes[T]) open(l *lane[T]) bool { return w.free.pass() && w.order.Push(l) }

func (w *lanes[T]) Enter() { w.order.Enter() }
func (w *lanes[T]) Leave() { w.order.Leave() }

func (w *lanes[T]) Drain(spare []stream.Event[T]) ([]stream.Event[T], bool) {
	for {
		if w.now == nil {
			l, ok := w.order.Take()
			if !ok {
				return nil, false
			}
			w.now = l
		}
		if batch, ok := w.now.Drain(spare); ok {
			return batch, true
		}
		w.pushed += w.now.Pushed()
		w.now = nil
		w.free.release(1)
	}
}

func (w *lanes[T]) Close() (rest []stream.Event[T]) {
	w.free.close()
	left := w.order.Close()
	if w.now != nil {
		left = append([]*lane[T]{w.now}, left...)
	}
	for _, l := range left {
		rest = append(rest, l.Close()...)
		w.pushed += l.Pushed()
	}
	return rest
}

// Pushed counts the events of lanes that have ended, which is all once w has
// been closed.
func (w *lanes[T]) Pushed() int { return w.pushed }
