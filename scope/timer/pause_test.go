package timer_test

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

// The timer is paused from 1.5s to 5.5s, so that the times from 2s to 5s pass.
func TestResumeTicksOnceForAllThatCameDue(t *testing.T) {
	const ms = time.Millisecond
	for _, tt := range []struct {
		name  string
		opts  []timer.Option
		lasts time.Duration
		want  string
		stats timer.Stats
	}{
		{"skip", nil, fast,
			"1s-1.1s 5.5s-5.6s 6s-6.1s 7s-7.1s", timer.Stats{Ticks: 4, Skipped: 3}},
		{"skip, while a tick runs", nil, 4700 * ms,
			"1s-5.7s 6s-", timer.Stats{Ticks: 2, Skipped: 5, Running: 1}},
		{"burst", []timer.Option{timer.Burst(2)}, fast,
			"1s-1.1s 5.5s-5.6s 5.6s-5.7s 5.7s-5.8s 6s-6.1s 7s-7.1s", timer.Stats{Ticks: 6, Skipped: 1}},
		{"queue one", []timer.Option{timer.QueueOne()}, fast,
			"1s-1.1s 5.5s-5.6s 6s-6.1s 7s-7.1s", timer.Stats{Ticks: 4, Skipped: 3}},
		{"queue one, while a tick runs", []timer.Option{timer.QueueOne()}, 4700 * ms,
			"1s-5.7s 5.7s-", timer.Stats{Ticks: 2, Skipped: 4, Running: 1}},
		{"cancel previous", []timer.Option{timer.CancelPrevious()}, fast,
			"1s-1.1s 5.5s-5.6s 6s-6.1s 7s-7.1s", timer.Stats{Ticks: 4, Skipped: 3}},
		{"cancel previous, while a tick runs", []timer.Option{timer.CancelPrevious()}, 4700 * ms,
			"1s-5.5s 5.5s-6s 6s-7s 7s-", timer.Stats{Ticks: 4, Skipped: 3, Running: 1}},
		{"concurrent", []timer.Option{timer.Concurrent(9)}, fast,
			"1s-1.1s 5.5s-5.6s 6s-6.1s 7s-7.1s", timer.Stats{Ticks: 4, Skipped: 3}},
		{"concurrent, burst", []timer.Option{timer.Concurrent(9), timer.Burst(9)}, 300 * ms,
			"1s-1.3s 5.5s-5.8s 5.5s-5.8s 5.5s-5.8s 5.5s-5.8s 6s-6.3s 7s-", timer.Stats{Ticks: 7, Running: 1}},
		{"delay", []timer.Option{timer.FixedDelay()}, fast,
			"1s-1.1s 5.5s-5.6s 6.6s-6.7s", timer.Stats{Ticks: 3}},
		{"delay, while a tick runs", []timer.Option{timer.FixedDelay()}, 4700 * ms,
			"1s-5.7s 6.7s-", timer.Stats{Ticks: 2, Running: 1}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, tt.lasts), tt.opts...)
				time.Sleep(1500 * ms)
				tm.Pause()
				tm.Pause() // does nothing
				l.wantNext(t, tm, -1)
				time.Sleep(3999 * ms)
				l.wantNext(t, tm, -1)
				running := 0
				if tt.lasts > 4*time.Second {
					running = 1
				}
				wantStats(t, tm, timer.Stats{Ticks: 1, Running: running, Paused: true})
				time.Sleep(ms)
				tm.Resume()
				tm.Resume() // does nothing
				time.Sleep(1700 * ms)
				synctest.Wait()
				l.want(t, tt.want)
				wantStats(t, tm, tt.stats)
				mustClose(t, s)
			})
		})
	}
}

func TestPauseDuringWhichNothingComesDueChangesNothing(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []timer.Option
		want string
	}{
		"rate":  {nil, "1s-1.1s 2s-2.1s"},
		"delay": {[]timer.Option{timer.FixedDelay()}, "1s-1.1s 2.1s-2.2s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, fast), tt.opts...)
				time.Sleep(1050 * time.Millisecond) // a tick runs
				tm.Pause()
				time.Sleep(900 * time.Millisecond)
				tm.Resume()
				time.Sleep(550 * time.Millisecond)
				l.want(t, tt.want)
				wantStats(t, tm, timer.Stats{Ticks: 2})
				mustClose(t, s)
			})
		})
	}
}

// At 3.1s, when the timer is paused, a tick runs until 3.3s. Triggers come before
// the pause, while that runs, or during it, when nothing does.
func TestPauseHoldsBackWhatWaitsExceptTriggeredTicks(t *testing.T) {
	for _, tt := range []struct {
		name    string
		opts    []timer.Option
		before  int    // triggers at 1.5s
		during  int    // triggers at 4.5s
		want    string // at 5.2s, when the timer is resumed
		then    string // at 5.9s
		skipped int
	}{
		{"queue one", []timer.Option{timer.QueueOne()}, 0, 0,
			"1s-3.3s", "1s-3.3s 5.2s-5.3s 5.3s-5.4s", 2},
		{"owed", []timer.Option{timer.Burst(9)}, 0, 0,
			"1s-3.3s", "1s-3.3s 5.2s-5.3s 5.3s-5.4s 5.4s-5.5s 5.5s-5.6s", 0},
		{"cancel previous, deaf", []timer.Option{timer.CancelPrevious()}, 0, 0,
			"1s-3.3s", "1s-3.3s 5.2s-5.3s", 3},
		{"queue one, triggered", []timer.Option{timer.QueueOne()}, 1, 0,
			"1s-3.3s 3.3s-3.4s", "1s-3.3s 3.3s-3.4s 5.2s-5.3s", 3},
		{"queue one, triggered twice meanwhile", []timer.Option{timer.QueueOne()}, 0, 2,
			"1s-3.3s 4.5s-4.6s 4.6s-4.7s", "1s-3.3s 4.5s-4.6s 4.6s-4.7s 5.2s-5.3s 5.3s-5.4s", 2},
		{"cancel previous, deaf, triggered", []timer.Option{timer.CancelPrevious()}, 1, 0,
			"1s-3.3s 3.3s-3.4s", "1s-3.3s 3.3s-3.4s 5.2s-5.3s", 3},
		{"cancel previous, deaf, triggered twice", []timer.Option{timer.CancelPrevious()}, 2, 0,
			"1s-3.3s 3.3s-3.4s", "1s-3.3s 3.3s-3.4s 5.2s-5.3s", 4},
		{"cancel previous, deaf, triggered meanwhile", []timer.Option{timer.CancelPrevious()}, 0, 1,
			"1s-3.3s 4.5s-4.6s", "1s-3.3s 4.5s-4.6s 5.2s-5.3s", 3},
		{"skip, triggered in vain", nil, 1, 0,
			"1s-3.3s", "1s-3.3s 5.2s-5.3s", 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(true, slow, fast), tt.opts...)
				time.Sleep(1500 * time.Millisecond)
				for range tt.before {
					tm.Trigger()
				}
				time.Sleep(3100*time.Millisecond - l.now())
				tm.Pause()
				time.Sleep(4500*time.Millisecond - l.now())
				for range tt.during {
					tm.Trigger()
				}
				time.Sleep(5200*time.Millisecond - l.now())
				l.want(t, tt.want)
				tm.Resume()
				time.Sleep(700 * time.Millisecond)
				l.want(t, tt.then)
				mustClose(t, s)
				if got := tm.Stats().Skipped; got != tt.skipped {
					t.Errorf("Stats().Skipped = %d, want %d", got, tt.skipped)
				}
			})
		})
	}
}

// A tick that was triggered just before the pause has been accepted, and starts.
func TestTriggerWorksWhilePaused(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []timer.Option
		want string
	}{
		"skip":            {nil, "1.5s-1.9s 2.5s-2.9s 4.5s-4.9s"},
		"queue one":       {[]timer.Option{timer.QueueOne()}, "1.5s-1.9s 2.5s-2.9s 2.9s-3.3s 4.5s-4.9s"},
		"cancel previous": {[]timer.Option{timer.CancelPrevious()}, "1.5s-1.9s 2.5s-2.7s 2.7s-3.1s 4.5s-4.9s"},
		"concurrent":      {[]timer.Option{timer.Concurrent(2)}, "1.5s-1.9s 2.5s-2.9s 2.7s-3.1s 4.5s-4.9s"},
		"fixed delay":     {[]timer.Option{timer.FixedDelay()}, "1.5s-1.9s 2.5s-2.9s 4.5s-4.9s"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, 400*time.Millisecond), append(tt.opts, timer.FirstAfter(2*time.Second))...)
				time.Sleep(1500 * time.Millisecond)
				tm.Trigger()
				tm.Pause()
				time.Sleep(time.Second)
				if !tm.Trigger() {
					t.Error("Trigger() of a paused timer = false, want true")
				}
				time.Sleep(200 * time.Millisecond)
				if got, want := tm.Trigger(), name != "skip" && name != "fixed delay"; got != want {
					t.Errorf("Trigger() while a tick runs = %v, want %v", got, want)
				}
				time.Sleep(1800 * time.Millisecond)
				tm.Resume()
				time.Sleep(450 * time.Millisecond)
				l.want(t, tt.want)
				mustClose(t, s)
			})
		})
	}
}

func TestPausedTimerEndsAsEver(t *testing.T) {
	for name, end := range map[string]func(*scope.Scope, *timer.Timer){
		"stop":  func(_ *scope.Scope, tm *timer.Timer) { tm.Stop() },
		"drain": func(s *scope.Scope, _ *timer.Timer) { s.Cancel(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, slow), timer.QueueOne())
				time.Sleep(2500 * time.Millisecond) // one runs, one waits
				tm.Pause()
				time.Sleep(2 * time.Second)
				end(s, tm)
				<-tm.Done()
				if l.now() != 4500*time.Millisecond {
					t.Errorf("ended after %v, want 4.5s", l.now())
				}
				wantStats(t, tm, timer.Stats{Ticks: 1, Skipped: 1})
				tm.Resume()
				tm.Pause()
				synctest.Wait()
				l.want(t, "1s-3.3s")
				wantStats(t, tm, timer.Stats{Ticks: 1, Skipped: 1})
				mustClose(t, s)
			})
		})
	}
}

// The one time of the schedule passes while the timer is paused.
func TestPausedScheduleMissesNoLastTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		l := newLog()
		tm := schedule(t, s, list{l.start, []time.Duration{time.Second}}, l.tick(false, fast))
		tm.Pause()
		time.Sleep(time.Hour)
		if isClosed(tm.Done()) {
			t.Error("Done() of a paused timer is closed")
		}
		tm.Resume()
		<-tm.Done()
		l.want(t, "1h0m0s-1h0m0.1s")
		mustClose(t, s)
	})
}

func TestPausedTimerSleeps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		s := open(t)
		clock := func() time.Time { looks.Add(1); return time.Now() }
		tm := schedule(t, s, secondly{}, func(context.Context) error { return nil }, timer.WithClock(clock))
		tm.Pause()
		time.Sleep(time.Minute)
		before := looks.Load()
		time.Sleep(time.Hour)
		if got := looks.Load(); got != before {
			t.Errorf("a paused timer has looked at the clock %d times, want none", got-before)
		}
		mustClose(t, s)
	})
}

func TestTickMayPauseItsOwnTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		self := make(chan *timer.Timer, 1)
		l := newLog()
		tick := l.tick(false, fast)
		tm := every(t, s, time.Second, func(ctx context.Context) error {
			tm := <-self
			self <- tm
			tm.Pause()
			return tick(ctx)
		})
		self <- tm
		time.Sleep(5500 * time.Millisecond)
		l.want(t, "1s-1.1s")
		tm.Resume()
		time.Sleep(300 * time.Millisecond)
		l.want(t, "1s-1.1s 5.5s-5.6s")
		mustClose(t, s)
	})
}
