package race

import (
	"context"
	"fmt"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
)

// A contender is one who takes part in a race. What is known of it stands here and is
// not passed on: a task that decides a race closes the scope of it, all on the
// small stack that it started with.
type contender[T any] struct {
	Attempt
	c       *contest[T]
	f       scope.Func[T]
	value   T
	lost    bool // value is to be given back
	late    bool // err is to be told, for there is an outcome
	decides bool // the race
}

// contender lets the next contender into the race.
func (c *contest[T]) contender(f scope.Func[T]) *contender[T] {
	var e *contender[T]
	if len(c.waiting) > 0 {
		e, c.waiting = &c.waiting[0], c.waiting[1:]
	} else {
		e = new(contender[T])
	}
	e.c, e.f, e.Attempt = c, f, c.enter()
	return e
}

// run is the task of a contender.
func (e *contender[T]) run(ctx context.Context) error {
	err := e.call(ctx)
	e.ended(ctx, err)
	return nil
}

func (e *contender[T]) call(ctx context.Context) (err error) {
	e.value, err = fan.Call(e.c.within(ctx), e.c.call, e.f, func() {
		e.ended(ctx, scope.ErrGoexit)
	})
	return err
}

// ended records the attempt and decides the race if it can.
func (e *contender[T]) ended(ctx context.Context, err error) {
	e.record(err)
	c := e.c
	if c.schedule != nil {
		defer c.gone()
	}
	if e.decides {
		c.scope.Cancel(decided)
	}
	c.wake()
	if e.lost {
		c.discards.Discard(ctx, e.value)
	}
	if e.late {
		scope.Report(ctx, fmt.Errorf("race: contender %d: %w", e.Index, err))
	}
}

func (e *contender[T]) record(err error) {
	c := e.c
	c.mu.Lock()
	defer c.mu.Unlock()
	over := c.decided
	failed := c.leave(&e.Attempt, err)
	e.lost, e.late = err == nil, failed && c.returned
	if over || c.returned || c.cut {
		return
	}
	switch {
	case err == nil:
		e.value, e.lost = c.won(Outcome[T]{Value: e.value, Index: e.Index, Name: e.Name, Elapsed: e.End})
	case c.failFast:
		c.decided, c.failedBy = true, e.Index
	}
	c.conclude(e.End)
	e.decides = c.decided
}
