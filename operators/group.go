package operators

import (
	"context"
	"sync"
	"time"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/internal/queue"
	"github.com/rxscope/rxscope/stream"
)

// A Group is the values of one key: see [GroupBy].
type Group[K comparable, T any] struct {
	Key K

	last time.Time // when the last value came
	give func(ctx context.Context, v T)

	mu     sync.Mutex // guards what follows
	filled sync.Cond
	room   sync.Cond
	values []T
	lost   int   // dropped before the first of values
	late   bool  // nobody has come to run it in time
	run    bool  // somebody runs it, or has
	left   bool  // and is gone, or nobody ever came
	ended  bool  // no more values come
	cause  error // the last event, nil for none
}

func newGroup[K comparable, T any](k K, give func(context.Context, T)) *Group[K, T] {
	g := &Group[K, T]{Key: k, give: give}
	g.filled.L, g.room.L = &g.mu, &g.mu
	return g
}

// Close gives up a group that shall not be run: its values go to [Discard]. It is
// called by whoever drops a group, and does nothing once somebody runs it. It
// returns nil.
func (g *Group[K, T]) Close() error {
	if g.attach() {
		g.giveUp(context.Background())
	}
	return nil
}

// Stream returns the values of the group. It can be run once; another run has
// [ErrAbandoned]. It ends with the group, or by its context, whose cause it then
// yields; if the run of GroupBy is cut, by the cause of that.
func (g *Group[K, T]) Stream() stream.Stream[T] {
	return func(ctx context.Context, yield func(T, error) bool) {
		var zero T
		if !g.attach() {
			yield(zero, stream.Fatal(ErrAbandoned))
			return
		}
		defer g.giveUp(ctx)
		defer context.AfterFunc(ctx, g.wake)()
		for {
			v, err, ok := g.take(ctx)
			switch {
			case !ok && ctx.Err() != nil:
				yield(zero, context.Cause(ctx))
				return
			case !ok, !yield(v, err):
				return
			}
		}
	}
}

func (g *Group[K, T]) attach() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	first := !g.run && !g.left
	g.run = true
	g.room.Broadcast()
	return first
}

// giveUp gives back what is held, and all that comes yet.
func (g *Group[K, T]) giveUp(ctx context.Context) {
	g.mu.Lock()
	g.left = true
	values := g.values
	g.values = nil
	g.mu.Unlock()
	g.room.Broadcast()
	discard.All(ctx, func() (T, bool) { return discard.Shift(&values) }, g.give)
}

func (g *Group[K, T]) wake() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.filled.Broadcast()
	g.room.Broadcast()
}

// put hands a value to the group, and gives back the one that there is no room
// for.
func (g *Group[K, T]) put(ctx context.Context, v T) {
	if back, is := g.offer(ctx, v); is {
		g.give(ctx, back)
	}
}

func (g *Group[K, T]) offer(ctx context.Context, v T) (back T, is bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.expects() {
		g.expect(ctx)
	}
	if g.waits() {
		g.waitWhile(ctx, g.waits)
	}
	if g.left || g.waits() {
		return v, true
	}
	if len(g.values) == queue.Size {
		back, is = discard.Shift(&g.values)
		g.lost++
	}
	g.values = append(g.values, v)
	g.filled.Signal()
	return back, is
}

// comes is how long a group that is full waits for somebody to run it, once.
const comes = time.Second

// expects reports whether the source has to wait for somebody to run the group. The
// caller holds g.mu.
func (g *Group[K, T]) expects() bool {
	return !g.run && !g.left && !g.late && len(g.values) == queue.Size
}

// expect waits for somebody to run the group. The caller holds g.mu.
func (g *Group[K, T]) expect(ctx context.Context) {
	defer time.AfterFunc(comes, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.late = true
		g.room.Broadcast()
	}).Stop()
	g.waitWhile(ctx, g.expects)
}

// waitWhile waits as long as there is a reason, and ctx lasts. The caller holds
// g.mu.
func (g *Group[K, T]) waitWhile(ctx context.Context, reason func() bool) {
	defer context.AfterFunc(ctx, g.wake)()
	for reason() && ctx.Err() == nil {
		g.room.Wait()
	}
}

// waits reports whether the source has to wait for the consumer. The caller holds
// g.mu.
func (g *Group[K, T]) waits() bool { return g.run && !g.left && len(g.values) == queue.Size }

// end ends the group, with an error event if cause is not nil.
func (g *Group[K, T]) end(cause error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended, g.cause = true, cause
	g.filled.Broadcast()
}

// take waits for an event. It reports false at the end, and when the run is cut.
func (g *Group[K, T]) take(ctx context.Context) (v T, err error, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.values) == 0 && g.lost == 0 && !g.ended && ctx.Err() == nil {
		g.filled.Wait()
	}
	switch {
	case ctx.Err() != nil:
		return v, nil, false
	case g.lost > 0:
		err = &stream.Lagged{N: g.lost}
		g.lost = 0
		return v, err, true
	case len(g.values) > 0:
		v, _ = discard.Shift(&g.values)
		g.room.Signal()
		return v, nil, true
	}
	err, g.cause = g.cause, nil
	return v, err, err != nil
}
