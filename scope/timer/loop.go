package timer

import (
	"context"
	"math/bits"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// task is the task of the timer. It runs the loop, which decides when ticks
// start. They run elsewhere: a tick that leaves by runtime.Goexit takes its
// goroutine along, and the loop sees what becomes due while one runs.
func (t *Timer) task(ctx context.Context) error {
	defer close(t.done)
	<-t.begun
	if t.overlap.nested {
		return scope.Run(ctx, t.name, func(ctx context.Context, s *scope.Scope) error {
			t.tasks = s
			return t.loop(ctx, nil)
		})
	}
	var workers sync.WaitGroup
	defer workers.Wait()
	defer close(t.begin)
	return t.loop(ctx, &workers)
}

// loop runs until the timer starts no more ticks. Some may still run then.
func (t *Timer) loop(ctx context.Context, workers *sync.WaitGroup) error {
	defer t.Stop()
	draining := scope.Draining(ctx)
	clock := time.NewTimer(0)
	defer clock.Stop()
	for {
		select {
		case <-draining:
			return nil
		case <-ctx.Done(): // a nested scope ends without draining
			return nil
		default:
		}
		if err := t.strike(); err != nil {
			return err
		}
		for t.take() {
			t.start(ctx, workers)
		}
		if err := t.rest(); err != nil {
			return err
		}
		var strike <-chan time.Time
		if wait, ok := t.wait(); ok {
			clock.Reset(wait)
			strike = clock.C
		}
		if t.ended() {
			return nil
		}
		select {
		case <-draining:
		case <-ctx.Done():
		case <-t.wake:
		case <-strike:
		}
	}
}

// strike looks at the clock: is a tick due?
func (t *Timer) strike() error {
	now := t.pace.now()
	due, at := t.times()
	if at.IsZero() {
		return nil
	}
	if t.pace.setBack(now) {
		next, err := t.pace.first(now)
		t.setNext(next)
		return err
	}
	if now.Before(at) {
		return nil
	}
	var next time.Time
	var missed int
	if !t.delay {
		var err error
		if next, missed, err = t.pace.after(due, now); err != nil {
			return err
		}
	}
	t.setNext(next)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return nil
	}
	if !t.arrive() {
		missed++
	}
	made := min(missed, t.burst-t.owed)
	t.owed += made
	t.stats.Skipped += missed - made
	return nil
}

// rest begins the wait of a fixed delay if no tick runs.
func (t *Timer) rest() error {
	if due, _ := t.times(); !t.delay || !due.IsZero() || t.Stats().Running > 0 {
		return nil
	}
	next, err := t.pace.first(t.pace.now())
	t.setNext(next)
	return err
}

// setNext makes the next tick due at due, zero for never. Only the loop calls
// it, and what comes before.
func (t *Timer) setNext(due time.Time) {
	at := due
	if !due.IsZero() && t.jitter > 0 {
		// Unlike package rand this never asks the source twice, which may be
		// a constant one.
		late, _ := bits.Mul64(t.random(), uint64(t.jitter))
		at = due.Add(time.Duration(late))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.over {
		t.due, t.at, t.last = due, at, due.IsZero() && !t.delay
	}
}

// times returns when the next tick is due, and when the timer starts it: zero
// for never, as long as nothing changes.
func (t *Timer) times() (due, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stats.Paused {
		return t.due, time.Time{}
	}
	return t.due, t.at
}

// wait returns how long the loop may wait, false for as long as nothing
// happens.
func (t *Timer) wait() (time.Duration, bool) {
	_, at := t.times()
	if at.IsZero() {
		return 0, false
	}
	return t.pace.look(max(at.Sub(t.pace.now()), 0)), true
}

// signal makes the loop look.
func (t *Timer) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
