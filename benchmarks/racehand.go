package benchmarks

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// A handOutcome is what a race by hand came to.
type handOutcome[T any] struct {
	value    T
	index    int // of the winner, -1 for none
	attempts []handAttempt
}

// A handAttempt is one contender's part in it.
type handAttempt struct {
	index      int
	start, end time.Duration // since the start of the race
	err        error
}

var (
	errDecided = errors.New("decided")
	errScoped  = &scope.Cancelled{By: "race", Reason: errDecided} // the same for a scope
	errExited  = errors.New("left by Goexit")
)

// raceHand is the floor: what one writes with goroutines who wants of the outcome
// of a race what package race promises. The first success wins and ends the
// context of the others. They are waited for, and discard gets their values. A
// panic is an error of the contender. Each attempt is recorded. The end of ctx
// before the decision is told with its cause, and so are all failures if nobody
// wins. Nobody owns what a contender starts, and nothing shows who runs.
func raceHand[T any](ctx context.Context, contenders []scope.Func[T], discard func(T)) (handOutcome[T], error) {
	r := newHandRace[T](len(contenders), errDecided)
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	defer r.cancel(nil)
	var wg sync.WaitGroup
	for i, fn := range contenders {
		wg.Go(func() { r.compete(i, fn, discard) })
	}
	wg.Wait()
	return r.outcome(ctx)
}

// raceScoped is raceHand for contenders who are owned: they are tasks of a scope,
// so what they start is waited for too, and the tree shows them.
func raceScoped[T any](ctx context.Context, contenders []scope.Func[T], discard func(T)) (handOutcome[T], error) {
	r := newHandRace[T](len(contenders), errScoped)
	_ = scope.Run(ctx, "race", func(ctx context.Context, s *scope.Scope) error {
		r.ctx, r.cancel = ctx, s.Cancel
		for i, fn := range contenders {
			err := s.Go(ctx, func(context.Context) error {
				r.compete(i, fn, discard)
				return nil
			}, scope.TellsExit())
			if err != nil {
				break
			}
		}
		return nil
	}) // what ended it is in the outcome
	return r.outcome(ctx)
}

func newHandRace[T any](n int, decided error) *handRace[T] {
	r := &handRace[T]{begun: time.Now(), decided: decided}
	r.out.index = -1
	r.out.attempts = make([]handAttempt, 0, n)
	return r
}

func (r *handRace[T]) outcome(ctx context.Context) (handOutcome[T], error) {
	if r.out.index >= 0 {
		return r.out, nil
	}
	errs := []error{context.Cause(ctx)}
	for _, a := range r.out.attempts {
		if a.err != nil {
			errs = append(errs, fmt.Errorf("contender %d: %w", a.index, a.err))
		}
	}
	return r.out, errors.Join(errs...)
}

type handRace[T any] struct {
	begun   time.Time
	ctx     context.Context
	cancel  func(cause error) // ends ctx
	decided error             // the cause if there is a winner

	mu  sync.Mutex // guards out
	out handOutcome[T]
}

func (r *handRace[T]) compete(i int, fn scope.Func[T], discard func(T)) {
	start := time.Since(r.begun)
	v, err := r.call(fn, func() { r.ended(handAttempt{i, start, time.Since(r.begun), errExited}, *new(T)) })
	won := r.ended(handAttempt{i, start, time.Since(r.begun), err}, v)
	switch {
	case won:
		r.cancel(r.decided)
	case err == nil:
		discard(v)
	}
}

// call calls fn. If fn leaves by Goexit, call calls exited and does not return.
func (r *handRace[T]) call(fn scope.Func[T], exited func()) (v T, err error) {
	returned := false
	defer func() {
		if returned {
			return
		}
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		} else {
			exited()
		}
	}()
	v, err = fn(r.ctx)
	returned = true
	return v, err
}

// ended records an attempt and reports whether it has won.
func (r *handRace[T]) ended(a handAttempt, v T) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.out.attempts = append(r.out.attempts, a)
	if a.err != nil || r.ctx.Err() != nil || r.out.index >= 0 {
		return false
	}
	r.out.value, r.out.index = v, a.index
	return true
}
