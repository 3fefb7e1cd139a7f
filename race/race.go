package race

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// FailFast starts all contenders at once and lets the first one to end decide,
// with its value or with its failure.
//
// It returns when all contenders have returned. If ctx ends before the race is
// decided, the error wraps the cause of ctx; a decision that was there first
// stands. A contender that panics, or leaves by [runtime.Goexit], has failed.
// A value that comes after the decision goes to [Discard]. The error is an
// [*Error], or [ErrNoContenders]; the outcome has the attempts in any case. It
// panics if a contender is nil.
//
// ReactiveX: amb, for single values.
func FailFast[T any](ctx context.Context, contenders []scope.Func[T], opts ...Option) (Outcome[T], error) {
	return run(ctx, "FailFast", contenders, true, opts)
}

// DeferErrors starts all contenders at once and takes the first success;
// failures are kept. If all fail, the error is an [*Error] with every failure.
// The rest is as with [FailFast].
func DeferErrors[T any](ctx context.Context, contenders []scope.Func[T], opts ...Option) (Outcome[T], error) {
	return run(ctx, "DeferErrors", contenders, false, opts)
}

// An Outcome is what a race came to.
type Outcome[T any] struct {
	Value    T             // of the winner; the zero value if there is none
	Index    int           // of the contender that decided, from 0; -1 if none did
	Elapsed  time.Duration // from the start of the race to its decision
	Attempts []Attempt     // in order of completion
}

// An Attempt is one contender's part in a race.
type Attempt struct {
	Index int           // among the contenders, from 0
	Start time.Duration // since the start of the race
	End   time.Duration // since the start of the race
	Err   error         // nil for a success, in time or late
}

// ErrNoContenders is reported by a race with nobody in it.
var ErrNoContenders = errors.New("race: no contenders")

// decided is the cause with which the losers' context ends.
var decided = &scope.Cancelled{By: "race", Reason: errors.New("the race is decided")}

// A contest is one race while it is run.
type contest[T any] struct {
	start    time.Time
	failFast bool
	discard  func(context.Context, T)
	outer    context.Context // of the race
	scope    *scope.Scope

	mu       sync.Mutex // guards what follows
	decided  bool
	won      bool // by a success
	cut      bool // the race ended before it was decided
	failures []Attempt
	outcome  Outcome[T]
}

func run[T any](ctx context.Context, op string, contenders []scope.Func[T], failFast bool, opts []Option) (Outcome[T], error) {
	for i, f := range contenders {
		if f == nil {
			panic(fmt.Sprintf("race: %s: contenders[%d] is nil", op, i))
		}
	}
	c := &contest[T]{start: time.Now(), failFast: failFast, discard: discardOf[T](op, opts), outer: ctx}
	c.outcome.Index = -1
	if len(contenders) == 0 {
		return c.outcome, ErrNoContenders
	}
	if ctx.Err() != nil {
		return c.outcome, &Error{Cause: context.Cause(ctx)}
	}
	c.outcome.Attempts = make([]Attempt, 0, len(contenders))
	cut := fan.Scoped(ctx, "race", func(ctx context.Context, s *scope.Scope, exits *fan.Exits) {
		c.scope = s
		for i, f := range contenders {
			if s.Go(ctx, exits.Task(func(ctx context.Context) { c.attempt(ctx, i, f) })) != nil {
				break // the race is over
			}
		}
	})
	return c.result(cut)
}

// attempt runs one contender.
func (c *contest[T]) attempt(ctx context.Context, i int, f scope.Func[T]) {
	a := Attempt{Index: i, Start: time.Since(c.start)}
	call := func(ctx context.Context, f scope.Func[T]) (T, error) { return f(ctx) }
	v, err := fan.Call(ctx, call, f, func() {
		var zero T
		c.ended(ctx, a, zero, scope.ErrGoexit)
	})
	c.ended(ctx, a, v, err)
}

// ended records an attempt and decides the race if it can.
func (c *contest[T]) ended(ctx context.Context, a Attempt, v T, err error) {
	a.End, a.Err = time.Since(c.start), err
	over := ctx.Err() != nil || c.outer.Err() != nil
	c.mu.Lock()
	c.outcome.Attempts = append(c.outcome.Attempts, a)
	if err != nil && !stream.IsCut(ctx, err) && !stream.IsCut(c.outer, err) {
		c.failures = append(c.failures, a)
	}
	decides := !c.decided && !over && (err == nil || c.failFast)
	switch {
	case decides:
		c.decided, c.won = true, err == nil
		c.outcome.Index, c.outcome.Elapsed = a.Index, a.End
		if c.won {
			c.outcome.Value = v
		}
	case !c.decided && over:
		c.cut = true
	}
	c.mu.Unlock()
	switch {
	case decides:
		c.scope.Cancel(decided)
	case err == nil:
		c.discard(ctx, v)
	}
}

// result is called when all contenders have returned.
func (c *contest[T]) result(cut bool) (Outcome[T], error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	// A loser that was abandoned may still come to tell of its end.
	c.outcome.Attempts = slices.Clip(c.outcome.Attempts)
	if c.won {
		return c.outcome, nil
	}
	e := &Error{Attempts: c.outcome.Attempts, decided: c.decided, failures: c.failures}
	switch {
	case c.decided:
	case c.outer.Err() != nil:
		e.Cause = context.Cause(c.outer)
	case cut || c.cut:
		e.Cause = context.Cause(c.scope.Context())
	}
	return c.outcome, e
}
