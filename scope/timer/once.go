package timer

import (
	"context"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// At starts a timer in s that ticks once, when the wall clock shows the time at
// or a later one; that is at once if it does already. The clock is read as
// [Schedule] reads it, so that the tick follows a clock that is set.
// [Timer.Trigger] starts the tick now instead of then: there is never a second
// one. A tick that has not started is given up, and nobody is told, when the
// timer is stopped or s begins to drain; once [Timer.Done] is closed,
// [Timer.Stats] says whether it ran.
//
// The tick has the life of s and the values of ctx, and ctx bounds only the
// call, as in [scope.Scope.Go], whose errors At returns: no tick runs then. Of
// the options only [Named], [Jitter] and [WithSource] apply, the others are
// about more than one tick and do nothing. It panics if s or fn is nil or at is
// the zero time.
func At(ctx context.Context, s *scope.Scope, at time.Time, fn func(ctx context.Context) error, opts ...Option) (*Timer, error) {
	if at.IsZero() {
		panic("timer: At: at is the zero time")
	}
	t := newTimer("At", ctx, s, fn, opts)
	t.pace = once{
		pace: &schedule{wall: t.wall},
		due:  func(time.Time) time.Time { return at.Round(0) },
	}
	return t.openOnce(ctx)
}

// After is like [At], except that it ticks once d has passed since the timer
// has its slot, by the monotonic clock as [Every] does. It ticks at once if
// d <= 0.
func After(ctx context.Context, s *scope.Scope, d time.Duration, fn func(ctx context.Context) error, opts ...Option) (*Timer, error) {
	t := newTimer("After", ctx, s, fn, opts)
	t.pace = once{
		pace: interval(d),
		due:  func(now time.Time) time.Time { return now.Add(d) },
	}
	return t.openOnce(ctx)
}

func (t *Timer) openOnce(ctx context.Context) (*Timer, error) {
	t.once, t.overlap, t.first = true, skip, -1
	return t.open(ctx)
}

// A once is the pace of one tick, by the clock of another pace.
type once struct {
	pace
	due func(now time.Time) time.Time
}

func (o once) first(now time.Time) (time.Time, error) { return o.due(now), nil }

func (o once) after(due, now time.Time) (next time.Time, missed int, err error) {
	return time.Time{}, 0, nil
}
