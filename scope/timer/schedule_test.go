package timer_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata" // the zones of the tests are there on every machine

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

func schedule(t *testing.T, s *scope.Scope, sched timer.Scheduler, fn func(context.Context) error, opts ...timer.Option) *timer.Timer {
	t.Helper()
	tm, err := timer.Schedule(t.Context(), s, sched, fn, opts...)
	if err != nil {
		t.Fatalf("Schedule() = %v, want nil", err)
	}
	return tm
}

// secondly and hourly are schedules of all full seconds and hours.
type (
	secondly struct{}
	hourly   struct{}
)

func (secondly) Next(after time.Time) time.Time { return after.Truncate(time.Second).Add(time.Second) }
func (hourly) Next(after time.Time) time.Time   { return after.Truncate(time.Hour).Add(time.Hour) }

// A daily is a schedule of one time a day in a zone. A day that has no such
// time is left out; where it comes twice, the first counts.
type daily struct {
	hour, minute int
	zone         *time.Location
}

func (d daily) Next(after time.Time) time.Time {
	year, month, day := after.In(d.zone).Date()
	for ; ; day++ {
		at := time.Date(year, month, day, d.hour, d.minute, 0, 0, d.zone)
		if first := at.Add(-time.Hour); first.Hour() == at.Hour() {
			at = first
		}
		if at.After(after) && at.Hour() == d.hour {
			return at
		}
	}
}

// A list is a schedule of given times after a start.
type list struct {
	start time.Time
	at    []time.Duration
}

func (l list) Next(after time.Time) time.Time {
	for _, d := range l.at {
		if at := l.start.Add(d); at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// A nextFunc is a function as a schedule.
type nextFunc func(after time.Time) time.Time

func (f nextFunc) Next(after time.Time) time.Time { return f(after) }

func TestScheduleFollowsTheClockThroughDaylightSaving(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		from time.Time
		want []string
	}{
		// 02:00 is followed by 03:00 on the 26th.
		"to summer": {time.Date(2000, 3, 24, 12, 0, 0, 0, berlin), []string{
			"2000-03-25T02:30:00+01:00", "2000-03-27T02:30:00+02:00", "2000-03-28T02:30:00+02:00"}},
		// 03:00 is followed by 02:00 on the 29th.
		"to winter": {time.Date(2000, 10, 27, 12, 0, 0, 0, berlin), []string{
			"2000-10-28T02:30:00+02:00", "2000-10-29T02:30:00+02:00", "2000-10-30T02:30:00+01:00", "2000-10-31T02:30:00+01:00"}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				time.Sleep(time.Until(tt.from))
				var got []string
				schedule(t, s, daily{2, 30, berlin}, func(context.Context) error {
					got = append(got, time.Now().In(berlin).Format(time.RFC3339Nano))
					return nil
				})
				time.Sleep(4 * 24 * time.Hour)
				mustClose(t, s)
				if !slices.Equal(got, tt.want) {
					t.Errorf("ticks at %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestScheduleFollowsTheOverlapPolicyAndDoesNotDrift(t *testing.T) {
	for _, tt := range []struct {
		name string
		opts []timer.Option
		want string
	}{
		{"skip", nil, "700ms-3s 3.7s-6s 6.7s-"},
		{"queue one", []timer.Option{timer.QueueOne()}, "700ms-3s 3s-5.3s 5.3s-7.6s 7.6s-"},
		{"cancel previous", []timer.Option{timer.CancelPrevious()},
			"700ms-1.7s 1.7s-2.7s 2.7s-3.7s 3.7s-4.7s 4.7s-5.7s 5.7s-6.7s 6.7s-7.7s 7.7s-"},
		{"concurrent", []timer.Option{timer.Concurrent(2)}, "700ms-3s 1.7s-4s 3.7s-6s 4.7s-7s 6.7s- 7.7s-"},
		{"burst", []timer.Option{timer.Burst(1)}, "700ms-3s 3s-5.3s 5.3s-7.6s 7.6s-"},
		{"immediately", []timer.Option{timer.Immediately()}, "0s-2.3s 2.7s-5s 5.7s-8s"},
		{"jitter", []timer.Option{timer.Jitter(400 * time.Millisecond), timer.WithSource(high{})}, "1s-3.3s 4s-6.3s 7s-"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				time.Sleep(300 * time.Millisecond)
				s := open(t)
				l := newLog()
				schedule(t, s, secondly{}, l.tick(false, slow), tt.opts...)
				time.Sleep(8200 * time.Millisecond)
				l.want(t, tt.want)
				mustClose(t, s)
			})
		})
	}
}

// The clock of the test starts right and is then set by a jump. The timer looks
// at it one second after each full minute, counted from the end of its tick.
func TestScheduleFollowsAClockThatIsSet(t *testing.T) {
	const at = 5*time.Hour + 10*time.Minute + 30*time.Second
	for _, tt := range []struct {
		name string
		jump time.Duration
		opts []timer.Option
		want []string // real time and, in brackets, what the clock said
	}{
		{"forward, over no time", 30 * time.Minute, nil,
			[]string{"5h30m0s (6h0m0s)", "6h30m0s (7h0m0s)"}},
		{"forward, over one time", time.Hour, nil,
			[]string{"5h11m1s (6h11m1s)", "6h0m0s (7h0m0s)", "7h0m0s (8h0m0s)"}},
		{"forward, over many times", 100 * time.Hour, nil,
			[]string{"5h11m1s (105h11m1s)", "6h0m0s (106h0m0s)", "7h0m0s (107h0m0s)"}},
		{"forward, over many times, burst", 100 * time.Hour, []timer.Option{timer.Burst(2)},
			[]string{"5h11m1s (105h11m1s)", "5h11m2s (105h11m2s)", "5h11m3s (105h11m3s)", "6h0m0s (106h0m0s)", "7h0m0s (107h0m0s)"}},
		{"back, times come again", -2 * time.Hour, nil,
			[]string{}},
		{"back, far", -3*time.Hour - 30*time.Minute, nil,
			[]string{"5h30m0s (2h0m0s)", "6h30m0s (3h0m0s)"}},
		{"back, very far", -100 * time.Hour, nil,
			[]string{"6h0m0s (-94h0m0s)", "7h0m0s (-93h0m0s)"}},
		{"back, a little", -20 * time.Minute, nil,
			[]string{"6h20m0s (6h0m0s)", "7h20m0s (7h0m0s)"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				start := time.Now()
				var jump atomic.Int64
				clock := func() time.Time { return time.Now().Add(time.Duration(jump.Load())) }
				got := []string{}
				schedule(t, s, hourly{}, func(context.Context) error {
					if time.Since(start) > at {
						got = append(got, time.Since(start).String()+" ("+clock().Sub(start).String()+")")
					}
					time.Sleep(time.Second)
					return nil
				}, append(tt.opts, timer.WithClock(clock))...)
				time.Sleep(at)
				jump.Store(int64(tt.jump))
				time.Sleep(2*time.Hour + 15*time.Minute)
				mustClose(t, s)
				if !slices.Equal(got, tt.want) {
					t.Errorf("ticks at %q, want %q", got, tt.want)
				}
			})
		})
	}
}

func TestScheduleWithoutFurtherTimesEndsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		tm := schedule(t, s, list{l.start, []time.Duration{time.Second, 2 * time.Second}}, l.tick(false, slow), timer.QueueOne())
		l.wantNext(t, tm, time.Second)
		time.Sleep(2500 * time.Millisecond)
		l.wantNext(t, tm, -1)
		if isClosed(tm.Done()) {
			t.Error("Done() is closed while a tick runs")
		}
		<-tm.Done() // the one that waited runs too
		l.want(t, "1s-3.3s 3.3s-5.6s")
		if tm.Trigger() {
			t.Error("Trigger() of an ended timer = true, want false")
		}
		none := schedule(t, s, list{}, l.tick(false, fast))
		<-none.Done()
		wantStats(t, none, timer.Stats{})
		mustClose(t, s)
	})
}

func TestScheduleThatDoesNotMoveOnEndsTheTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newTold()
		s := open(t, scope.WithSink(sink))
		same := nextFunc(func(after time.Time) time.Time { return after })
		l := newLog()
		tm, err := timer.Schedule(t.Context(), s, same, l.tick(false, fast))
		if tm != nil || err == nil || !strings.Contains(err.Error(), "want a later time") {
			t.Errorf("Schedule() = %v, %v, want an error", tm, err)
		}
		var calls int
		once := nextFunc(func(after time.Time) time.Time {
			if calls++; calls == 1 {
				return after.Add(time.Second)
			}
			return after
		})
		tm = schedule(t, s, once, l.tick(false, fast))
		<-tm.Done()
		l.want(t, "")
		time.Sleep(time.Second)
		mustClose(t, s)
		if len(sink.errs) != 1 || sink.errs[0].Task != "timer" || !strings.Contains(sink.errs[0].Error(), "want a later time") {
			t.Errorf("the sink was told %q, want the failure of the timer", sink.lines)
		}
	})
}

func TestPanicOfASchedulerIsNotLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newTold()
		s := open(t, scope.WithSink(sink))
		calls := 0
		sched := nextFunc(func(after time.Time) time.Time {
			if calls++; calls%2 == 1 {
				panic(errBoom)
			}
			return after.Add(time.Second)
		})
		l := newLog()
		if got := panicOf(func() { schedule(t, s, sched, l.tick(false, fast)) }); got != any(errBoom) {
			t.Errorf("Schedule() panics with %v, want %v", got, errBoom)
		}
		tm := schedule(t, s, sched, l.tick(false, fast))
		<-tm.Done()
		mustClose(t, s)
		sink.want(t, `1s /jobs task "timer": panic: boom`)
		if !errors.Is(sink.errs[0], errBoom) {
			t.Errorf("the sink was told %v, want %v", sink.errs[0], errBoom)
		}
	})
}
