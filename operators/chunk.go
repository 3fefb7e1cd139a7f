package operators

import (
	"context"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// Chunk emits the values in slices of n. Each slice is the consumer's to keep.
//
// An error is a boundary: what has been gathered comes first, as a shorter
// slice, then the error, and then a new slice begins. So no value changes
// places with an error, and failing fast downstream loses nothing. At the end
// of the source a last shorter slice comes; there is never an empty one.
//
// When the run is cut, only the cause comes. The values gathered till then go
// to [Discard], as they do when a panic or a [runtime.Goexit] passes through.
// If the consumer stops on the slice before an error, nobody is left to receive
// that error and it goes to the error sink of the scope. Chunk panics if src is
// nil or n < 1.
//
// ReactiveX: bufferCount, where an error loses the last slice.
func Chunk[T any](src stream.Stream[T], n int, opts ...Option) stream.Stream[[]T] {
	mustBe("Chunk", "src", src != nil)
	atLeast("Chunk", "n", n, 1)
	discard := discardOf[T]("Chunk", opts)
	return func(ctx context.Context, yield func([]T, error) bool) {
		c := chunker[T]{ctx: ctx, yield: yield, n: n, discard: discard}
		defer c.leave()
		src(ctx, c.event)
		c.end()
	}
}

// A chunker is one run of Chunk.
type chunker[T any] struct {
	ctx      context.Context
	yield    func([]T, error) bool
	n        int
	discard  func(context.Context, T)
	gathered []T
	held     error // waits for the slice before it to be received
	size     int   // of the last slice: the next is likely as long, and n may be out of all proportion
}

func (c *chunker[T]) event(v T, err error) bool {
	if err != nil {
		return c.boundary(err)
	}
	if c.gathered == nil {
		c.gathered = make([]T, 0, c.size)
	}
	c.gathered = append(c.gathered, v)
	return len(c.gathered) < c.n || c.flush()
}

// boundary passes an error, after what was gathered before it.
func (c *chunker[T]) boundary(err error) bool {
	c.held = err
	if c.ctx.Err() != nil {
		c.drop()
	} else if len(c.gathered) > 0 && !c.flush() {
		return false
	}
	c.held = nil
	return c.yield(nil, err)
}

// end is called when the source has returned.
func (c *chunker[T]) end() {
	switch {
	case len(c.gathered) == 0:
	case c.ctx.Err() == nil:
		c.flush()
	default:
		// The source had ended before it could see that the run is cut.
		c.drop()
		c.yield(nil, context.Cause(c.ctx))
	}
}

func (c *chunker[T]) flush() bool {
	chunk := c.gathered
	c.gathered = nil
	c.size = len(chunk)
	return c.yield(chunk, nil)
}

// drop gives back what was gathered. Values are taken off one by one, so that
// leave can go on where a discard function has left by runtime.Goexit.
func (c *chunker[T]) drop() {
	for len(c.gathered) > 0 {
		v := c.gathered[0]
		c.gathered = c.gathered[1:]
		c.discard(c.ctx, v)
	}
	c.gathered = nil
}

// leave is deferred: it sees to what a run that did not come to its end leaves
// behind.
func (c *chunker[T]) leave() {
	defer func() {
		if len(c.gathered) > 0 {
			c.leave()
		}
	}()
	err := c.held
	c.held = nil
	scope.Report(c.ctx, err)
	c.drop()
}
