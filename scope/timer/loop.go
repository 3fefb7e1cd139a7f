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

// arrive queues a tick that is due now, or reports that the overlap policy
// does not want it. The caller holds t.mu.
func (t *Timer) arrive() bool {
	if t.queued < t.overlap.room(t.stats.Running) {
		t.queued++
		return true
	}
	if t.overlap.replace { // the one that waits
		t.stats.Skipped++
		return true
	}
	return false
}

// take takes a tick that is to start now, if there is one. If one waits for
// another that it replaces, take cancels that.
func (t *Timer) take() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case t.stats.Running < t.overlap.max && t.queued > 0:
		t.queued--
	case t.stats.Running < t.overlap.max && t.owed > 0:
		t.owed--
	case t.overlap.replace && t.queued > 0:
		t.cancel(&scope.Cancelled{Path: t.scope.Path(), By: "timer " + t.name, Reason: ErrReplaced})
		return false
	default:
		return false
	}
	t.stats.Ticks++
	t.stats.Running++
	if t.delay {
		t.due, t.at = time.Time{}, time.Time{}
	}
	return true
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

func (t *Timer) times() (due, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
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

// ended reports whether the timer starts no more ticks, because it was stopped
// or has nothing left to do.
func (t *Timer) ended() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last && t.queued+t.owed+t.stats.Running == 0 {
		t.end()
	}
	return t.over
}

// end makes the timer start no more ticks. The caller holds t.mu.
func (t *Timer) end() {
	t.over = true
	t.stats.Skipped += t.queued + t.owed
	t.queued, t.owed = 0, 0
	t.due, t.at = time.Time{}, time.Time{}
}

// signal makes the loop look.
func (t *Timer) signal() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}
