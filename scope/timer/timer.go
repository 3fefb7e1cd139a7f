package timer

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// ErrReplaced is wrapped by the cause with which the context of a tick ends
// under [CancelPrevious].
var ErrReplaced = errors.New("timer: replaced by the next tick")

// A Timer is a function that runs again and again, or once. Its methods may be called
// by many goroutines at once, and from its ticks.
type Timer struct {
	options
	scope *scope.Scope
	fn    func(context.Context) error
	pace  pace
	once  bool // the first tick that starts is the last

	begun chan struct{}        // closed when the first due time is known
	wake  chan struct{}        // of one place: the loop has something to look at
	begin chan context.Context // starts a tick on the worker
	tasks *scope.Scope         // starts a tick as a task, under Concurrent
	done  chan struct{}

	mu     sync.Mutex              // guards what follows
	due    time.Time               // of the next tick; zero: not known, or none
	at     time.Time               // due plus jitter
	last   bool                    // no more ticks come by themselves
	over   bool                    // no more ticks start
	queued int                     // ticks that are to start
	asked  int                     // of queued, by Trigger
	owed   int                     // missed ticks that are to be made up for
	worker bool                    // the worker is there
	cancel context.CancelCauseFunc // of the running tick, under CancelPrevious
	stats  Stats
}

// Every starts a timer in s that ticks at the interval d, by the monotonic
// clock: it does not notice if the wall clock is set. On most systems time in
// which the machine sleeps does not count.
//
// The ticks have the life of s and the values of ctx, and ctx bounds only the
// call, as in [scope.Scope.Go], whose errors Every returns: no tick runs then.
// It panics if ctx, s or fn is nil or d <= 0.
func Every(ctx context.Context, s *scope.Scope, d time.Duration, fn func(ctx context.Context) error, opts ...Option) (*Timer, error) {
	if d <= 0 {
		panic(fmt.Sprintf("timer: Every: d is %v, want more than 0", d))
	}
	t := newTimer("Every", ctx, s, fn, opts)
	if t.jitter > d {
		panic(fmt.Sprintf("timer: Every: jitter %v is more than the interval %v", t.jitter, d))
	}
	t.pace = interval(d)
	return t.open(ctx)
}

// Schedule starts a timer in s that ticks at the times that sched names, by
// the wall clock, until there are none left. Each time is asked for with the
// clock as it is after the one before, so nothing drifts; times that pass
// meanwhile are missed ticks, counted only for [Burst].
//
// The wall clock is read at least once a minute. If it is set forward, or the
// machine has slept, a time that was passed is noticed by then, and ticks
// once. If it is set back by less than three hours, times that come again are
// not ticked again; if by more, it must have been wrong and they are. A time
// that a change to or from daylight saving time skips or repeats is for sched
// to decide.
//
// The ticks have the life of s and the values of ctx, and ctx bounds only the
// call, as in [scope.Scope.Go], whose errors Schedule returns: no tick runs
// then. If a time is not later than the one it was asked for, that is the
// error of Schedule, or later the failure of the timer's task, which ends. It
// panics if ctx, s, sched or fn is nil.
func Schedule(ctx context.Context, s *scope.Scope, sched Scheduler, fn func(ctx context.Context) error, opts ...Option) (*Timer, error) {
	if sched == nil {
		panic("timer: Schedule: sched is nil")
	}
	t := newTimer("Schedule", ctx, s, fn, opts)
	if t.delay {
		panic("timer: Schedule: FixedDelay is for Every only")
	}
	t.pace = &schedule{Scheduler: sched, wall: t.wall, count: t.burst}
	return t.open(ctx)
}

func newTimer(op string, ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts []Option) *Timer {
	switch {
	case ctx == nil:
		panic("timer: " + op + ": ctx is nil")
	case s == nil:
		panic("timer: " + op + ": s is nil")
	case fn == nil:
		panic("timer: " + op + ": fn is nil")
	}
	return &Timer{
		options: newOptions(opts),
		scope:   s,
		fn:      fn,
		begun:   make(chan struct{}),
		wake:    make(chan struct{}, 1),
		begin:   make(chan context.Context),
		done:    make(chan struct{}),
	}
}

// open starts the task. The first due time is reckoned once it has started,
// since it may have waited for a slot, and here, so that the caller gets the
// error and can ask for [Timer.Next] at once.
func (t *Timer) open(ctx context.Context) (*Timer, error) {
	if err := t.scope.Go(ctx, t.task, scope.Named(t.name), scope.SiteOf(t.fn)); err != nil {
		return nil, err
	}
	defer close(t.begun)
	t.last = true // should the Scheduler panic
	now := t.pace.now()
	if t.first >= 0 {
		t.setNext(now.Add(t.first))
		return t, nil
	}
	due, err := t.pace.first(now)
	if err != nil {
		return nil, err
	}
	t.setNext(due)
	return t, nil
}

// Trigger makes a tick due now, under the overlap policy, and changes nothing
// about the times at which others are due, except under [FixedDelay]; the one
// tick of [At] and [After] it brings forward. It works while the timer is
// paused. It reports false if the tick was dropped or the timer has ended. True
// is no promise if the scope begins to drain before the tick has started.
func (t *Timer) Trigger() bool {
	t.mu.Lock()
	accepted := !t.over && t.arrive()
	switch {
	case accepted:
		t.asked = min(t.asked+1, t.queued) // it may have replaced one that waited
	case !t.over:
		t.stats.Skipped++
	}
	t.mu.Unlock()
	if accepted {
		t.signal()
	}
	return accepted
}

// Stop ends the timer: no more ticks start. It neither waits for running ones
// nor cancels them, so that a tick can stop its own timer; [Timer.Done] is for
// waiting. Stopping again does nothing.
func (t *Timer) Stop() {
	t.mu.Lock()
	t.end()
	t.mu.Unlock()
	t.signal()
}

// Done returns a channel that is closed when the timer has ended, for whatever
// reason, and none of its ticks runs.
func (t *Timer) Done() <-chan struct{} { return t.done }

// Next returns when the timer ticks next by itself, jitter included. It is the
// zero time if it has ended, while it is paused, and under [FixedDelay] while
// a tick runs.
func (t *Timer) Next() time.Time {
	_, at := t.times()
	return at
}

// Stats are the numbers of a timer since its start.
type Stats struct {
	Ticks   int  // that have started
	Skipped int  // that were due or triggered and have not run
	Failed  int  // of Ticks
	Running int  // of Ticks, now
	Paused  bool // now; false if the timer has ended
}

// Stats returns the numbers as they are now. Times that pass while the timer is
// paused count when it is resumed. Times that a [Schedule] has missed because
// nobody looked count as skipped only as far as [Burst] counts them.
func (t *Timer) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.stats
}
