package race

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// ErrNoContenders is reported by a race with nobody in it, or, by [First], with
// fewer than the successes it wants.
var ErrNoContenders = errors.New("race: no contenders")

// FailFast lets the first contender to end decide, with its value or with its
// failure.
//
// It returns when all contenders that have started have returned, unless
// [LoserTimeout] says otherwise. If ctx ends before the race is decided, the
// error wraps the cause of ctx; a decision that was there first stands. A value
// that comes after the decision goes to [Discard]. The error is an [*Error], or
// [ErrNoContenders]; the outcome has the attempts in any case. It panics if a
// contender is nil.
//
// ReactiveX: amb, for single values.
func FailFast[T any](ctx context.Context, contenders []scope.Func[T], opts ...Option) (Outcome[T], error) {
	c := newContest[T]("race: FailFast", 1, opts)
	c.failFast = true
	return c.one(c.list(ctx, contenders))
}

// DeferErrors takes the first success; failures are kept. If all fail, the error
// is an [*Error] with every failure. The rest is as with [FailFast].
func DeferErrors[T any](ctx context.Context, contenders []scope.Func[T], opts ...Option) (Outcome[T], error) {
	c := newContest[T]("race: DeferErrors", 1, opts)
	return c.one(c.list(ctx, contenders))
}

// First takes the first k successes and returns them in the order in which they
// came; all have the same attempts. As soon as so many have failed that k
// successes cannot come, the others are stopped and the error is an [*Error]; the
// successes there were go to [Discard] then. The rest is as with [DeferErrors].
// It panics if k < 1.
//
// A quorum: with k of more than half the contenders two races cannot both win
// what they want.
func First[T any](ctx context.Context, k int, contenders []scope.Func[T], opts ...Option) ([]Outcome[T], error) {
	if k < 1 {
		panic(fmt.Sprintf("race: First: k is %d, want at least 1", k))
	}
	return newContest[T]("race: First", k, opts).list(ctx, contenders)
}

// Lazy is [DeferErrors] for contenders that are still being found while the
// first ones run: it runs src and starts what that emits. src is asked for the
// next contender when it may start, on the calling goroutine; so it can choose
// as late as possible, with [Stagger] or [Limit]. Its context ends when the race
// is decided. An error event of src is a contender that has failed at once. The
// race goes on after the end of src for as long as somebody is in it; a src that
// emits nothing gives [ErrNoContenders]. Lazy panics if src or a contender is
// nil.
func Lazy[T any](ctx context.Context, src stream.Stream[scope.Func[T]], opts ...Option) (Outcome[T], error) {
	if src == nil {
		panic("race: Lazy: src is nil")
	}
	c := newContest[T]("race: Lazy", 1, opts)
	return c.one(c.run(ctx, func() { c.startAll(src) }))
}

// list runs a race of contenders that are known.
func (c *contest[T]) list(ctx context.Context, contenders []scope.Func[T]) ([]Outcome[T], error) {
	if i := slices.IndexFunc(contenders, func(f scope.Func[T]) bool { return f == nil }); i >= 0 {
		panic(fmt.Sprintf("%s: contenders[%d] is nil", c.op, i))
	}
	if len(contenders) < c.want {
		return nil, ErrNoContenders
	}
	c.total = len(contenders)
	c.waiting = make([]contender[T], len(contenders))
	c.attempts = make([]Attempt, 0, len(contenders))
	return c.run(ctx, func() {
		for _, f := range contenders {
			if !c.pause() || !c.start(f) {
				break // the race is over
			}
		}
	})
}

// one makes a single outcome of what run returns.
func (c *contest[T]) one(outcomes []Outcome[T], err error) (Outcome[T], error) {
	if len(outcomes) > 0 {
		return outcomes[0], err
	}
	return Outcome[T]{Index: -1}, err
}
