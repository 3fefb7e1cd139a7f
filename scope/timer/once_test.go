package timer_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

// onces are the two ways to let a timer tick once, d after now.
var onces = map[string]func(context.Context, *scope.Scope, time.Duration, func(context.Context) error, ...timer.Option) (*timer.Timer, error){
	"at": func(ctx context.Context, s *scope.Scope, d time.Duration, fn func(context.Context) error, opts ...timer.Option) (*timer.Timer, error) {
		return timer.At(ctx, s, time.Now().Add(d), fn, opts...)
	},
	"after": timer.After,
}

// A once starts a timer that ticks once, d after now.
type once func(d time.Duration, fn func(context.Context) error, opts ...timer.Option) *timer.Timer

// eachOnce runs a test in a bubble of its own for At and for After.
func eachOnce(t *testing.T, test func(t *testing.T, s *scope.Scope, start once)) {
	t.Helper()
	for name, start := range onces {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				test(t, s, func(d time.Duration, fn func(context.Context) error, opts ...timer.Option) *timer.Timer {
					t.Helper()
					tm, err := start(t.Context(), s, d, fn, opts...)
					if err != nil {
						t.Fatalf("%s = %v, want nil", name, err)
					}
					return tm
				})
				mustClose(t, s)
			})
		})
	}
}

func TestOneTickAtItsTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    time.Duration
		opts []timer.Option
		want string
	}{
		{"later", 90 * time.Minute, nil, "1h30m0s-1h30m2.3s"},
		{"now", 0, nil, "0s-2.3s"},
		{"in the past", -time.Hour, nil, "0s-2.3s"},
		{"jitter", time.Second, []timer.Option{timer.Jitter(4 * time.Second), timer.WithSource(high{})}, "4s-6.3s"},
		{"options of many ticks do nothing", time.Second,
			[]timer.Option{timer.CancelPrevious(), timer.Concurrent(2), timer.QueueOne(), timer.FixedDelay(), timer.Burst(3), timer.Immediately()}, "1s-3.3s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eachOnce(t, func(t *testing.T, s *scope.Scope, start once) {
				l := newLog()
				tm := start(tt.d, l.tick(false, slow), tt.opts...)
				<-tm.Done()
				l.want(t, tt.want)
				wantStats(t, tm, timer.Stats{Ticks: 1})
				if err := s.Wait(t.Context()); err != nil {
					t.Errorf("Wait() = %v, want nil", err)
				}
				time.Sleep(time.Hour)
				l.want(t, tt.want)
			})
		})
	}
}

func TestNextOfOneTick(t *testing.T) {
	eachOnce(t, func(t *testing.T, _ *scope.Scope, start once) {
		l := newLog()
		tm := start(time.Second, l.tick(false, slow))
		l.wantNext(t, tm, time.Second)
		time.Sleep(1500 * time.Millisecond)
		l.wantNext(t, tm, -1)
		if isClosed(tm.Done()) {
			t.Error("Done() is closed while the tick runs")
		}
		<-tm.Done()
		l.want(t, "1s-3.3s")
	})
}

func TestNextOfAtGoesByTheWallClock(t *testing.T) {
	s := open(t)
	defer mustClose(t, s)
	at := time.Now().Add(time.Hour)
	tm, err := timer.At(t.Context(), s, at, func(context.Context) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if got := tm.Next(); got != at.Round(0) {
		t.Errorf("Next() = %v, want %v", got, at.Round(0))
	}
}

func TestTriggerBringsTheOneTickForward(t *testing.T) {
	for name, pause := range map[string]bool{"going": false, "paused": true} {
		t.Run(name, func(t *testing.T) {
			eachOnce(t, func(t *testing.T, _ *scope.Scope, start once) {
				l := newLog()
				tm := start(time.Hour, l.tick(false, slow))
				if pause {
					tm.Pause()
				}
				time.Sleep(time.Second)
				if !tm.Trigger() {
					t.Error("Trigger() = false, want true")
				}
				synctest.Wait()
				if tm.Trigger() {
					t.Error("Trigger() while the tick runs = true, want false")
				}
				l.wantNext(t, tm, -1)
				<-tm.Done()
				if tm.Trigger() {
					t.Error("Trigger() after the tick = true, want false")
				}
				tm.Resume()
				time.Sleep(2 * time.Hour)
				l.want(t, "1s-3.3s")
				wantStats(t, tm, timer.Stats{Ticks: 1})
			})
		})
	}
}

// Many pause and trigger the timer at the very time at which the tick is due.
func TestOneTickStaysOneWhoeverWantsIt(t *testing.T) {
	for range 50 {
		eachOnce(t, func(t *testing.T, _ *scope.Scope, start once) {
			var ticks, accepted atomic.Int64
			tm := start(time.Second, func(context.Context) error {
				ticks.Add(1)
				return nil
			}, timer.QueueOne(), timer.Burst(3))
			time.Sleep(time.Second - time.Nanosecond)
			var wg sync.WaitGroup
			for i := range 8 {
				wg.Go(func() {
					time.Sleep(time.Nanosecond)
					if i%2 == 0 {
						tm.Pause()
					}
					if tm.Trigger() {
						accepted.Add(1)
					}
					tm.Resume()
				})
			}
			wg.Wait()
			<-tm.Done()
			if ticks.Load() != 1 || tm.Stats().Ticks != 1 || accepted.Load() > 1 {
				t.Errorf("%d ticks after %d triggers that were accepted, want 1 and at most 1", ticks.Load(), accepted.Load())
			}
		})
	}
}

func TestOneTickIsGivenUpWhenItsTimerEnds(t *testing.T) {
	for name, end := range map[string]func(*scope.Scope, *timer.Timer){
		"stop":  func(_ *scope.Scope, tm *timer.Timer) { tm.Stop() },
		"drain": func(s *scope.Scope, _ *timer.Timer) { _ = s.Shutdown(context.Background()) },
		"close": func(s *scope.Scope, _ *timer.Timer) { _ = s.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			eachOnce(t, func(t *testing.T, s *scope.Scope, start once) {
				l := newLog()
				tm := start(time.Hour, l.tick(false, fast))
				time.Sleep(time.Second)
				end(s, tm)
				<-tm.Done()
				if l.now() != time.Second {
					t.Errorf("ended after %v, want 1s", l.now())
				}
				l.wantNext(t, tm, -1)
				time.Sleep(2 * time.Hour)
				l.want(t, "")
				wantStats(t, tm, timer.Stats{})
			})
		})
	}
}

func TestShutdownWaitsForTheOneTickThatRuns(t *testing.T) {
	eachOnce(t, func(t *testing.T, s *scope.Scope, start once) {
		l := newLog()
		start(time.Second, l.tick(false, slow))
		time.Sleep(1500 * time.Millisecond)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		l.want(t, "1s-3.3s")
	})
}

func TestOneTickThatCameDueDuringAPauseStartsWithResume(t *testing.T) {
	eachOnce(t, func(t *testing.T, _ *scope.Scope, start once) {
		l := newLog()
		tm := start(time.Second, l.tick(false, fast))
		tm.Pause()
		time.Sleep(time.Minute)
		wantStats(t, tm, timer.Stats{Paused: true})
		tm.Resume()
		<-tm.Done()
		l.want(t, "1m0s-1m0.1s")
		wantStats(t, tm, timer.Stats{Ticks: 1})
	})
}

// The scope is full for a second. The time of At is a time, that of After
// begins when the timer has its slot.
func TestOneTickOfATimerThatWaitsForItsSlot(t *testing.T) {
	for name, want := range map[string]string{"at": "1s-1.1s", "after": "1.5s-1.6s"} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t, scope.WithLimit(1))
				if err := s.Go(t.Context(), func(context.Context) error {
					time.Sleep(time.Second)
					return nil
				}); err != nil {
					t.Fatal(err)
				}
				l := newLog()
				tm, err := onces[name](t.Context(), s, 500*time.Millisecond, l.tick(false, fast))
				if err != nil {
					t.Fatal(err)
				}
				<-tm.Done()
				l.want(t, want)
				mustClose(t, s)
				if tm, err = onces[name](t.Context(), s, time.Second, l.tick(false, fast)); tm != nil || !errors.Is(err, scope.ErrClosed) {
					t.Errorf("%s = %v, %v, want nil, ErrClosed", name, tm, err)
				}
			})
		})
	}
}

// The wall clock jumps half a minute after the start. It is looked at after
// each minute.
func TestAtFollowsAClockThatIsSetAndAfterDoesNot(t *testing.T) {
	const at = 10 * time.Hour
	for name, tt := range map[string]struct {
		jump time.Duration
		want string
	}{
		"forward":         {time.Hour, "9h0m0s-9h0m0.1s"},
		"forward, over":   {20 * time.Hour, "1m0s-1m0.1s"},
		"back, a little":  {-time.Hour, "11h0m0s-11h0m0.1s"},
		"back, very much": {-20 * time.Hour, "30h0m0s-30h0m0.1s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				var jump atomic.Int64
				clock := timer.WithClock(func() time.Time { return time.Now().Add(time.Duration(jump.Load())) })
				l, after := newLog(), newLog()
				tm, err := timer.At(t.Context(), s, time.Now().Add(at), l.tick(false, fast), clock)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := timer.After(t.Context(), s, at, after.tick(false, fast), clock); err != nil {
					t.Fatal(err)
				}
				time.Sleep(30 * time.Second)
				jump.Store(int64(tt.jump))
				<-tm.Done()
				time.Sleep(at)
				l.want(t, tt.want)
				after.want(t, "10h0m0s-10h0m0.1s")
				mustClose(t, s)
			})
		})
	}
}

func TestFailureOfTheOneTickIsTold(t *testing.T) {
	for name, tt := range map[string]struct {
		fail func() error
		want string
	}{
		"error":  {func() error { return errBoom }, "boom"},
		"panic":  {func() error { panic("bang") }, "panic: bang"},
		"goexit": {func() error { runtime.Goexit(); return nil }, "scope: left by runtime.Goexit"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newTold()
				s := open(t, scope.WithSink(sink), scope.FailFast())
				tm, err := timer.After(t.Context(), s, time.Second, func(context.Context) error { return tt.fail() }, timer.Named("expire"))
				if err != nil {
					t.Fatal(err)
				}
				<-tm.Done()
				sink.want(t, `1s /jobs task "expire": `+tt.want)
				if !strings.Contains(sink.errs[0].Site, "TestFailureOfTheOneTickIsTold") {
					t.Errorf("Site = %q, want the function of the tick", sink.errs[0].Site)
				}
				wantStats(t, tm, timer.Stats{Ticks: 1, Failed: 1})
				mustClose(t, s)
			})
		})
	}
}
