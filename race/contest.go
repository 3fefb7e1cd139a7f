package race

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// decided is the cause with which the losers' context ends.
var decided = &scope.Cancelled{By: "race", Reason: errors.New("the race is decided")}

// A contest is one race while it is run.
type contest[T any] struct {
	field
	op       string // the function, for texts
	failFast bool
	discards fan.Discarder[T]
	accept   func(context.Context, T) error
	waiting  []contender[T] // places for those who are known to come

	wins  []Outcome[T]  // guarded by mu
	first [1]Outcome[T] // in which they begin
}

func newContest[T any](op string, want int, opts []Option) *contest[T] {
	c := &contest[T]{op: op}
	c.init(want, opts)
	c.discards = discarder[T](op, c.options)
	c.accept = acceptor[T](op, c.options)
	return c
}

// run opens the scope of the race, calls start, which starts the contenders, and
// waits for them.
func (c *contest[T]) run(ctx context.Context, start func()) ([]Outcome[T], error) {
	if !c.begin(ctx) {
		return c.nobody(), c.lost(context.Cause(ctx))
	}
	race := func(ctx context.Context, s *scope.Scope) {
		c.ctx, c.scope = ctx, s
		start()
		c.settle()
	}
	if c.leaves {
		return c.result(fan.Attached(ctx, "race", race))
	}
	return c.result(fan.Within(ctx, "race", race))
}

// startAll starts the contenders of src.
func (c *contest[T]) startAll(src stream.Stream[scope.Func[T]]) {
	src(c.ctx, func(f scope.Func[T], err error) bool {
		switch {
		case err != nil && stream.IsCut(c.ctx, err):
			return false
		case err != nil:
			c.contender(nil).ended(c.ctx, err)
		case f == nil:
			panic(fmt.Sprintf("%s: contender %d is nil", c.op, c.started))
		case !c.start(f):
			return false
		}
		return c.pause()
	})
}

// start starts the next contender. It reports false if the race is over.
func (c *contest[T]) start(f scope.Func[T]) bool {
	e := c.contender(f)
	err := c.scope.Go(c.ctx, e.run, c.taskOptions(e.Attempt)...)
	if err != nil {
		c.withdraw()
	}
	return err == nil
}

// call calls a contender and has its value looked at.
func (c *contest[T]) call(ctx context.Context, f scope.Func[T]) (v T, err error) {
	v, err = f(ctx)
	if err == nil && c.accept != nil {
		v, err = c.judge(ctx, v)
	}
	if err != nil && c.attempt > 0 && c.ctx.Err() == nil && stream.IsCut(ctx, err) {
		err = context.Cause(ctx)
	}
	return v, err
}

// judge asks [Accept] about v, which is given back if that does not take it.
func (c *contest[T]) judge(ctx context.Context, v T) (T, error) {
	taken := false
	defer func() {
		if !taken {
			c.discards.Discard(ctx, v)
		}
	}()
	if err := c.accept(ctx, v); err != nil {
		var zero T
		return zero, err
	}
	taken = true
	return v, nil
}

// won takes a success, and returns the value that has lost by it, if one has. The
// caller holds c.mu.
func (c *contest[T]) won(o Outcome[T]) (lost T, any bool) {
	if c.wins == nil {
		c.wins = c.first[:0]
	}
	c.wins = append(c.wins, o)
	c.found = len(c.wins)
	if c.found > c.want {
		i := c.last()
		lost = c.wins[i].Value
		c.wins = slices.Delete(c.wins, i, i+1)
		c.found, any = c.want, true
	}
	c.worst = c.wins[c.last()].Index
	return lost, any
}

// last returns the place of the winner with the greatest index. The caller holds
// c.mu.
func (c *contest[T]) last() (at int) {
	for i := range c.wins {
		if c.wins[i].Index > c.wins[at].Index {
			at = i
		}
	}
	return at
}

// result is called when all contenders have returned, or are not waited for any
// more.
func (c *contest[T]) result(cut bool) ([]Outcome[T], error) {
	attempts := c.close()
	if c.decided && c.found == c.want {
		for i := range c.wins {
			c.wins[i].Attempts = attempts
		}
		return c.wins, nil
	}
	var cause error
	switch {
	case c.decided:
	case c.outer.Err() != nil:
		cause = context.Cause(c.outer)
	case cut || c.cut:
		cause = c.scope.Cause()
	case c.started == 0:
		return c.nobody(), ErrNoContenders
	}
	for _, o := range c.wins {
		c.discards.Discard(c.outer, o.Value)
	}
	return c.nobody(), c.lost(cause)
}

// nobody is the outcome of a race that has no winner.
func (c *contest[T]) nobody() []Outcome[T] {
	o := Outcome[T]{Index: c.failedBy, Attempts: c.attempts}
	for i := range c.attempts {
		if a := &c.attempts[i]; a.Index == c.failedBy {
			o.Name, o.Elapsed = a.Name, a.End
		}
	}
	return []Outcome[T]{o}
}
