package sink

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/rxscope/rxscope/scope"
)

// A Collector keeps errors. Make one with [Collect].
type Collector struct {
	n    int
	mu   sync.Mutex // guards errs
	errs []*scope.TaskError
}

// Collect returns a sink that keeps the first n errors, in the order in which
// they came, for as long as the sink itself is kept. The rest goes up. It
// panics if n < 1.
func Collect(n int) *Collector {
	if n < 1 {
		panic(fmt.Sprintf("sink: Collect: n is %d, want at least 1", n))
	}
	return &Collector{n: n}
}

// HandleError keeps e, or hands it up if there is no room.
func (c *Collector) HandleError(ctx context.Context, e *scope.TaskError) {
	if !c.keep(e) {
		scope.Escalate(ctx, e)
	}
}

func (c *Collector) keep(e *scope.TaskError) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.errs) == c.n {
		return false
	}
	c.errs = append(c.errs, e)
	return true
}

// Errors returns the errors kept so far. The slice is the caller's.
func (c *Collector) Errors() []*scope.TaskError {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.errs)
}

// Err returns the errors kept so far as one: nil if there are none, a
// [*scope.TaskError] if there is one, else joined.
func (c *Collector) Err() error {
	all := c.Errors()
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	errs := make([]error, len(all))
	for i, e := range all {
		errs[i] = e
	}
	return errors.Join(errs...)
}
