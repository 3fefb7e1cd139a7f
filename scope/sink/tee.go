package sink

import (
	"context"
	"fmt"
	"slices"

	"github.com/rxscope/rxscope/scope"
)

// Tee returns a sink that gives each error to all sinks, one after the other,
// on the goroutine that failed. It holds nothing back: without sinks it hands
// every error up.
//
// A sink that breaks does not keep the others from being told. When they have
// been, the error goes up, once, and so does the panic of each sink that broke.
// Tee panics if a sink is nil.
func Tee(sinks ...scope.ErrorSink) scope.ErrorSink {
	for i, s := range sinks {
		if s == nil {
			panic(fmt.Sprintf("sink: Tee: sink %d is nil", i))
		}
	}
	if len(sinks) == 0 {
		return Escalate()
	}
	return tee(slices.Clone(sinks))
}

type tee []scope.ErrorSink

func (t tee) HandleError(ctx context.Context, e *scope.TaskError) {
	c := &teeCall{held: held{ctx, e}, left: t}
	defer c.finish()
	c.run()
}

// A teeCall is one error on its way to all sinks.
type teeCall struct {
	held
	left    []scope.ErrorSink
	broken  []error
	exiting bool // a sink left by Goexit, which goes on to the caller
}

func (c *teeCall) run() {
	for len(c.left) > 0 {
		s := c.left[0]
		c.left = c.left[1:]
		c.call(s)
	}
}

func (c *teeCall) call(s scope.ErrorSink) {
	normal := false
	defer func() {
		if normal {
			return
		}
		if v := recover(); v != nil {
			c.broken = append(c.broken, scope.NewPanicError(v))
			return
		}
		// Nobody comes back to the loop, so it goes on from here.
		if c.exiting {
			c.broken = append(c.broken, scope.ErrGoexit)
		}
		c.exiting = true
		c.run()
	}()
	s.HandleError(c.ctx, c.err)
	normal = true
}

// finish hands up what broke, except for what the caller does by itself when
// the goroutine exits through it.
func (c *teeCall) finish() {
	var up []held
	if len(c.broken) > 0 && !c.exiting {
		up = append(up, c.held)
	}
	for _, err := range c.broken {
		up = append(up, held{c.ctx, &scope.TaskError{Path: c.err.Path, Task: c.err.Task, Err: &breakError{err}}})
	}
	tellAll(Escalate(), up)
}
