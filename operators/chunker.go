package operators

import (
	"context"
	"slices"

	"github.com/rxscope/rxscope/internal/discard"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// chunking says where a slice of values begins and ends.
type chunking[T any] struct {
	n     int                  // values in a full one
	step  int                  // values from the beginning of one to that of the next
	joins func(last, v T) bool // nil: any
}

// chunks emits the values of src in slices.
func chunks[T any](src stream.Stream[T], how chunking[T], discard func(context.Context, T)) stream.Stream[[]T] {
	return func(ctx context.Context, yield func([]T, error) bool) {
		c := chunker[T]{chunking: how, out: outlet[[]T]{ctx: ctx, yield: yield}, discard: discard}
		defer c.leave()
		src(ctx, c.event)
		c.end()
	}
}

// A chunker is one run of an operator that gathers values in slices.
type chunker[T any] struct {
	chunking[T]
	out      outlet[[]T]
	discard  func(context.Context, T)
	gathered []T   // of the oldest slice that is open; later ones begin each step
	fresh    int   // of those, at the end, that were not in a slice before
	skip     int   // values to leave out before the next slice
	held     error // waits for the slices before it to be received
	size     int   // of the last slice: the next is likely as long, and n may be out of all proportion
}

func (c *chunker[T]) event(v T, err error) bool {
	if err != nil {
		return c.boundary(err)
	}
	if c.skip > 0 {
		c.skip--
		c.discard(c.out.ctx, v)
		return true
	}
	if c.gathered == nil {
		c.gathered = make([]T, 0, c.size)
	}
	c.gathered = append(c.gathered, v)
	c.fresh++
	if c.joins != nil && !c.joined() {
		return c.split()
	}
	return len(c.gathered) < c.n || c.full()
}

// joined reports whether the last value belongs to those before it.
func (c *chunker[T]) joined() bool {
	last := len(c.gathered) - 1
	return last == 0 || c.joins(c.gathered[last-1], c.gathered[last])
}

// split emits all but the last value, with which a new slice begins.
func (c *chunker[T]) split() bool {
	if c.out.ctx.Err() != nil {
		return true // the source tells of the cut next
	}
	last := len(c.gathered) - 1
	chunk := c.gathered[:last:last]
	c.gathered = append(make([]T, 0, c.size), c.gathered[last])
	c.fresh, c.size = 1, last
	return c.out.value(chunk)
}

// full emits a full slice and begins the next.
func (c *chunker[T]) full() bool {
	chunk := c.gathered
	c.gathered, c.fresh = nil, 0
	if c.step < c.n {
		c.gathered = append(make([]T, 0, c.n), chunk[c.step:]...)
	}
	c.skip = max(0, c.step-c.n)
	c.size = len(chunk)
	return c.out.value(chunk)
}

// flush emits the slices that are open, each as far as it got, and reports
// whether nothing kept it from that.
func (c *chunker[T]) flush() bool {
	open := c.gathered
	c.gathered, c.fresh, c.skip = nil, 0, 0
	for c.size = len(open); len(open) > 0; {
		chunk := open
		open = slices.Clone(open[min(c.step, len(open)):])
		if !c.out.value(chunk) || len(open) > 0 && c.out.ctx.Err() != nil {
			return false
		}
	}
	return true
}

// boundary passes an error, after what was gathered before it.
func (c *chunker[T]) boundary(err error) bool {
	c.held = err
	if c.out.ctx.Err() != nil {
		c.drop()
		c.out.owe() // for what was gathered
	} else if !c.flush() {
		if c.out.stopped {
			return false
		}
		c.out.owe()
	}
	c.held = nil
	return c.out.fail(err)
}

// end is called when the source has returned.
func (c *chunker[T]) end() {
	if len(c.gathered) > 0 && c.out.goesOn() && !c.flush() {
		c.out.goesOn() // tells of a cut
	}
	c.out.end()
}

// drop gives back what was gathered and never received.
func (c *chunker[T]) drop() {
	c.gathered = c.gathered[len(c.gathered)-c.fresh:]
	c.fresh = 0
	discard.All(c.out.ctx, func() (T, bool) { return discard.Shift(&c.gathered) }, c.discard)
	c.gathered = nil
}

// leave is deferred: it sees to what a run that did not come to its end leaves
// behind.
func (c *chunker[T]) leave() {
	defer c.drop()
	err := c.held
	c.held = nil
	scope.Report(c.out.ctx, err)
}
