package timer

import (
	"fmt"
	"time"
)

// A Scheduler names the times of a schedule: Next returns the first one later
// than after, or the zero time if there is none. The schedules of cron
// libraries are of this kind. A timer calls Next with the local time and from
// one goroutine at a time.
type Scheduler interface {
	Next(after time.Time) time.Time
}

// A pace says when ticks are due. The goroutine of the timer owns it.
type pace interface {
	// now reads the clock that due times are meant by.
	now() time.Time

	// first returns when the first tick is due, zero for never.
	first(now time.Time) (time.Time, error)

	// after returns what follows a tick that was due at due, given that it is
	// now: when the next one is due, zero for never, and how many ticks
	// were due in between and up to now.
	after(due, now time.Time) (next time.Time, missed int, err error)

	// setBack reports whether the clock was set so far back since the last
	// call that due times must be reckoned anew.
	setBack(now time.Time) bool

	// look returns how long to wait before the clock must be read again.
	look(wait time.Duration) time.Duration
}

// An interval is the pace of [Every]. It goes by the monotonic clock.
type interval time.Duration

func (d interval) now() time.Time { return time.Now() }

func (d interval) first(now time.Time) (time.Time, error) { return now.Add(time.Duration(d)), nil }

func (d interval) after(due, now time.Time) (next time.Time, missed int, err error) {
	passed := now.Sub(due) / time.Duration(d)
	return due.Add((passed + 1) * time.Duration(d)), int(passed), nil
}

func (d interval) setBack(time.Time) bool { return false }

func (d interval) look(wait time.Duration) time.Duration { return wait }

const (
	// lookEvery bounds the wait of a schedule: the clock that the wait is
	// measured by does not see jumps of the wall clock.
	lookEvery = time.Minute

	// repeated is how far the wall clock may be set back without the times it
	// passes again being ticked again. If it is set back further it must have
	// been wrong, and the new time counts.
	repeated = 3 * time.Hour
)

// A schedule is the pace of [Schedule]. It goes by the wall clock.
type schedule struct {
	Scheduler
	wall  func() time.Time
	seen  time.Time // by the last call of setBack
	count int       // missed ticks are counted up to here
}

// now drops the monotonic reading, which would win in every comparison.
func (s *schedule) now() time.Time { return s.wall().Round(0) }

func (s *schedule) first(now time.Time) (time.Time, error) { return s.next(now) }

func (s *schedule) after(due, now time.Time) (next time.Time, missed int, err error) {
	for at := due; missed < s.count; missed++ {
		at, err = s.next(at)
		if err != nil || at.IsZero() || at.After(now) {
			return at, missed, err
		}
	}
	next, err = s.next(now)
	return next, missed, err
}

func (s *schedule) setBack(now time.Time) bool {
	back := s.seen.Sub(now) >= repeated
	s.seen = now
	return back
}

func (s *schedule) look(wait time.Duration) time.Duration { return min(wait, lookEvery) }

// next asks the Scheduler, and does not believe it blindly: a time that is not
// later would make the timer spin.
func (s *schedule) next(after time.Time) (time.Time, error) {
	next := s.Next(after).Round(0)
	if !next.IsZero() && !next.After(after) {
		return time.Time{}, fmt.Errorf("timer: Next(%v) is %v, want a later time", after, next)
	}
	return next, nil
}
