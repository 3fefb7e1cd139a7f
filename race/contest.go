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
	op       string
	failFast bool
	discard  func(context.Context, T)
	accept   func(context.Context, T) error
	exits    *fan.Exits

	wins []Outcome[T] // guarded by mu
}

func newContest[T any](op string, want int, opts []Option) *contest[T] {
	c := &contest[T]{op: op}
	for _, o := range opts {
		o.apply(&c.options)
	}
	c.init(want)
	c.discard = discarder[T](op, &c.options)
	c.accept = acceptor[T](op, &c.options)
	return c
}

// run opens the scope of the race, calls start, which starts the contenders, and
// waits for them.
func (c *contest[T]) run(ctx context.Context, start func()) ([]Outcome[T], error) {
	if !c.begin(ctx) {
		return c.nobody(), c.lost(context.Cause(ctx))
	}
	way := fan.Scoped
	if c.leaves {
		way = fan.Attached
	}
	cut := way(ctx, "race", func(ctx context.Context, s *scope.Scope, exits *fan.Exits) {
		c.ctx, c.scope, c.exits = ctx, s, exits
		start()
		c.settle()
	})
	return c.result(cut)
}

// startAll starts the contenders of src.
func (c *contest[T]) startAll(src stream.Stream[scope.Func[T]]) {
	src(c.ctx, func(f scope.Func[T], err error) bool {
		switch {
		case err != nil && stream.IsCut(c.ctx, err):
			return false
		case err != nil:
			var zero T
			c.ended(c.ctx, c.enter(), zero, err)
		case f == nil:
			panic(fmt.Sprintf("race: %s: contender %d is nil", c.op, c.started))
		case !c.start(f):
			return false
		}
		return c.pause()
	})
}

// start starts the next contender. It reports false if the race is over.
func (c *contest[T]) start(f scope.Func[T]) bool {
	a := c.enter()
	err := c.scope.Go(c.ctx, c.exits.Task(func(ctx context.Context) { c.compete(ctx, a, f) }), c.taskOptions(a)...)
	if err != nil {
		c.withdraw()
	}
	return err == nil
}

// compete runs one contender.
func (c *contest[T]) compete(ctx context.Context, a Attempt, f scope.Func[T]) {
	v, err := fan.Call(c.within(ctx), c.call, f, func() {
		var zero T
		c.ended(ctx, a, zero, scope.ErrGoexit)
	})
	c.ended(ctx, a, v, err)
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
			c.discard(ctx, v)
		}
	}()
	if err := c.accept(ctx, v); err != nil {
		var zero T
		return zero, err
	}
	taken = true
	return v, nil
}

// ended records an attempt and decides the race if it can.
func (c *contest[T]) ended(ctx context.Context, a Attempt, v T, err error) {
	c.mu.Lock()
	late, over := c.returned, c.decided
	failed := c.leave(&a, err)
	lost := err == nil
	if !late && !over && !c.cut {
		switch {
		case err == nil:
			v, lost = c.won(Outcome[T]{Value: v, Index: a.Index, Name: a.Name, Elapsed: a.End})
		case c.failFast:
			c.decided, c.failedBy = true, a.Index
		}
		c.conclude(a.End)
	}
	decides := !over && c.decided
	c.mu.Unlock()
	defer c.gone()
	if decides {
		c.scope.Cancel(decided)
	}
	c.wake()
	switch {
	case lost:
		c.discard(ctx, v)
	case late && failed:
		scope.Report(ctx, fmt.Errorf("race: contender %d: %w", a.Index, err))
	}
}

// won takes a success, and returns the value that has lost by it, if one has. The
// caller holds c.mu.
func (c *contest[T]) won(o Outcome[T]) (lost T, any bool) {
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
		cause = context.Cause(c.scope.Context())
	case c.started == 0:
		return c.nobody(), ErrNoContenders
	}
	for _, o := range c.wins {
		c.discard(c.outer, o.Value)
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
