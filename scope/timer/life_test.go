package timer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

func TestStopStartsNoMoreTicksAndLeavesTheRunningOne(t *testing.T) {
	for name, opts := range map[string][]timer.Option{
		"skip":            nil,
		"queue one":       {timer.QueueOne()},
		"cancel previous": {timer.CancelPrevious()},
		"concurrent":      {timer.Concurrent(1), timer.Burst(1)},
		"fixed delay":     {timer.FixedDelay()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, slow), opts...)
				time.Sleep(1500 * time.Millisecond)
				tm.Stop()
				tm.Stop()
				l.want(t, "1s-")
				l.wantNext(t, tm, -1)
				if tm.Trigger() {
					t.Error("Trigger() after Stop() = true, want false")
				}
				if isClosed(tm.Done()) {
					t.Error("Done() is closed while a tick runs")
				}
				<-tm.Done()
				l.want(t, "1s-3.3s")
				wantStats(t, tm, timer.Stats{Ticks: 1})
				if err := s.Wait(t.Context()); err != nil || l.now() != long {
					t.Errorf("Wait() = %v after %v, want nil after %v", err, l.now(), long)
				}
				mustClose(t, s)
			})
		})
	}
}

func TestStopDropsTheTickThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		tm := every(t, s, time.Second, l.tick(false, slow), timer.QueueOne(), timer.Burst(1))
		time.Sleep(3200 * time.Millisecond) // one is queued, one is owed
		tm.Stop()
		<-tm.Done()
		l.want(t, "1s-3.3s")
		wantStats(t, tm, timer.Stats{Ticks: 1, Skipped: 2})
		mustClose(t, s)
	})
}

func TestTickMayStopItsOwnTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		self := make(chan *timer.Timer, 1)
		n := 0
		tm := every(t, s, time.Second, func(context.Context) error {
			if n++; n == 3 {
				(<-self).Stop()
			}
			return nil
		})
		self <- tm
		<-tm.Done()
		wantStats(t, tm, timer.Stats{Ticks: 3})
		mustClose(t, s)
	})
}

// The scope drains from 1.5s to 4s, when its child has closed.
func TestTimerEndsWhenItsScopeDrains(t *testing.T) {
	for name, opts := range map[string][]timer.Option{
		"skip":            nil,
		"queue one":       {timer.QueueOne(), timer.Burst(3)},
		"cancel previous": {timer.CancelPrevious()},
		"concurrent":      {timer.Concurrent(3)},
		"fixed delay":     {timer.FixedDelay()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newTold()
				s := open(t, scope.WithSink(sink))
				if err := s.Child("slow").Go(t.Context(), func(context.Context) error {
					time.Sleep(4 * time.Second)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, slow), opts...)
				time.Sleep(1500 * time.Millisecond)
				s.Cancel(nil)
				synctest.Wait()
				l.wantNext(t, tm, -1)
				if tm.Trigger() {
					t.Error("Trigger() while the scope drains = true, want false")
				}
				<-tm.Done()
				l.want(t, "1s-3.3s") // its context has not ended
				if s.Context().Err() != nil {
					t.Error("the scope has ended before the timer")
				}
				mustClose(t, s)
				if l.now() != 4*time.Second {
					t.Errorf("closed after %v, want 4s", l.now())
				}
				wantStats(t, tm, timer.Stats{Ticks: 1})
				sink.want(t)
			})
		})
	}
}

func TestIdleTimerDelaysNoClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		every(t, s, time.Hour, l.tick(false, fast))
		every(t, s, time.Hour, l.tick(false, fast), timer.Concurrent(2))
		time.Sleep(time.Second)
		mustClose(t, s)
		if l.now() != time.Second {
			t.Errorf("closed after %v, want 1s", l.now())
		}
	})
}

func TestRunningTickEndsWithTheScope(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []timer.Option
		deaf bool
		want string
	}{
		"skip":                   {nil, false, "1s-1.5s"},
		"cancel previous":        {[]timer.Option{timer.CancelPrevious()}, false, "1s-1.5s"},
		"concurrent":             {[]timer.Option{timer.Concurrent(2)}, false, "1s-1.5s"},
		"skip, deaf":             {nil, true, "1s-3.3s"},
		"queue one, deaf":        {[]timer.Option{timer.QueueOne()}, true, "1s-3.3s"},
		"cancel previous, deaf":  {[]timer.Option{timer.CancelPrevious()}, true, "1s-3.3s"},
		"concurrent, deaf":       {[]timer.Option{timer.Concurrent(2)}, true, "1s-3.3s"},
		"skip, burst, deaf":      {[]timer.Option{timer.Burst(2)}, true, "1s-3.3s"},
		"fixed delay, deaf":      {[]timer.Option{timer.FixedDelay()}, true, "1s-3.3s"},
		"concurrent, one, burst": {[]timer.Option{timer.Concurrent(1), timer.Burst(2)}, true, "1s-3.3s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newTold()
				s := open(t, scope.WithSink(sink))
				l := newLog()
				tm := every(t, s, time.Second, l.tick(tt.deaf, slow), tt.opts...)
				time.Sleep(1500 * time.Millisecond)
				mustClose(t, s)
				l.want(t, tt.want) // Close has waited
				wantStats(t, tm, timer.Stats{Ticks: 1})
				sink.want(t)
				if !isClosed(tm.Done()) {
					t.Error("Done() is open after Close()")
				}
			})
		})
	}
}

func TestTimerEndsWithANestedScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		err := s.Do(t.Context(), func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, s *scope.Scope) error {
				for _, opts := range [][]timer.Option{nil, {timer.Concurrent(2)}} {
					if _, err := timer.Every(ctx, s, time.Second, l.tick(false, slow), opts...); err != nil {
						return err
					}
				}
				time.Sleep(1500 * time.Millisecond)
				s.Cancel(nil)
				return nil
			})
		})
		if err != nil {
			t.Errorf("Do() = %v, want nil", err)
		}
		l.want(t, "1s-1.5s 1s-1.5s")
		mustClose(t, s)
	})
}

func TestTimerOpenedWhileItsScopeDrainsNeverTicks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		child := s.Child("child")
		l := newLog()
		if err := child.Go(t.Context(), func(ctx context.Context) error {
			time.Sleep(time.Second) // s has begun to close
			tm, err := timer.Every(ctx, s, time.Second, l.tick(false, fast), timer.Immediately())
			if err != nil {
				t.Errorf("Every() = %v, want nil", err)
				return nil
			}
			<-tm.Done()
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		s.Cancel(nil)
		time.Sleep(1500 * time.Millisecond)
		mustClose(t, s)
		l.want(t, "")
	})
}

func TestRefusalIsTheErrorOfTheCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, scope.WithLimit(1))
		l := newLog()
		every(t, s, time.Second, l.tick(false, fast))
		ctx, cancel := context.WithTimeout(t.Context(), 1500*time.Millisecond)
		defer cancel()
		tm, err := timer.Every(ctx, s, time.Second, l.tick(false, fast))
		if tm != nil || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Every() = %v, %v, want nil, deadline exceeded", tm, err)
		}
		mustClose(t, s)
		tm, err = timer.Every(t.Context(), s, time.Second, l.tick(false, fast))
		if tm != nil || !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Every() = %v, %v, want nil, ErrClosed", tm, err)
		}
		tm, err = timer.Schedule(t.Context(), s, secondly{}, l.tick(false, fast))
		if tm != nil || !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Schedule() = %v, %v, want nil, ErrClosed", tm, err)
		}
		l.want(t, "1s-1.1s")
	})
}

func TestIntervalBeginsWhenTheTimerHasItsSlot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, scope.WithLimit(1))
		if err := s.Go(t.Context(), func(context.Context) error {
			time.Sleep(4500 * time.Millisecond)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		l := newLog()
		tm := every(t, s, time.Second, l.tick(false, fast))
		l.wantNext(t, tm, 5500*time.Millisecond)
		time.Sleep(1200 * time.Millisecond)
		l.want(t, "5.5s-5.6s")
		mustClose(t, s)
	})
}

type valueKey struct{}

func TestTicksHaveTheValuesOfTheCallAndTheLifeOfTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ctx, cancel := context.WithCancel(context.WithValue(t.Context(), valueKey{}, "trace"))
		for name, opts := range map[string][]timer.Option{
			"/jobs":       nil,
			"/jobs/timer": {timer.Concurrent(1)},
		} {
			tm, err := timer.Every(ctx, s, time.Second, func(ctx context.Context) error {
				if v := ctx.Value(valueKey{}); v != "trace" || ctx.Err() != nil {
					t.Errorf("in the tick: value %v, error %v, want trace, nil", v, ctx.Err())
				}
				if got := scope.Current(ctx).Path(); got != name {
					t.Errorf("the tick runs in %s, want %s", got, name)
				}
				return nil
			}, opts...)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { wantStats(t, tm, timer.Stats{Ticks: 1}) }()
		}
		cancel()
		time.Sleep(1500 * time.Millisecond)
		mustClose(t, s)
	})
}
