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

func TestTriggerFollowsTheOverlapPolicy(t *testing.T) {
	type at struct {
		time time.Duration
		want bool
	}
	const ms = time.Millisecond
	tests := []struct {
		name     string
		opts     []timer.Option
		triggers []at
		want     string
		stats    timer.Stats
	}{
		{"skip", nil,
			[]at{{300 * ms, true}, {400 * ms, false}, {800 * ms, true}},
			"300ms-700ms 800ms-1.2s 2s-2.4s", timer.Stats{Ticks: 3, Skipped: 2}},
		{"skip, at one moment", nil,
			[]at{{300 * ms, true}, {300 * ms, false}},
			"300ms-700ms 1s-1.4s 2s-2.4s", timer.Stats{Ticks: 3, Skipped: 1}},
		{"burst makes up for no trigger", []timer.Option{timer.Burst(5)},
			[]at{{300 * ms, true}, {400 * ms, false}, {800 * ms, true}},
			"300ms-700ms 800ms-1.2s 1.2s-1.6s 2s-2.4s", timer.Stats{Ticks: 4, Skipped: 1}},
		{"queue one", []timer.Option{timer.QueueOne()},
			[]at{{300 * ms, true}, {400 * ms, true}, {500 * ms, false}},
			"300ms-700ms 700ms-1.1s 1.1s-1.5s 2s-2.4s", timer.Stats{Ticks: 4, Skipped: 1}},
		{"cancel previous", []timer.Option{timer.CancelPrevious()},
			[]at{{300 * ms, true}, {400 * ms, true}, {800 * ms, true}},
			"300ms-400ms 400ms-800ms 800ms-1s 1s-1.4s 2s-2.4s", timer.Stats{Ticks: 5}},
		{"concurrent", []timer.Option{timer.Concurrent(2)},
			[]at{{300 * ms, true}, {400 * ms, true}, {500 * ms, false}, {900 * ms, true}},
			"300ms-700ms 400ms-800ms 900ms-1.3s 1s-1.4s 2s-2.4s", timer.Stats{Ticks: 5, Skipped: 1}},
		{"fixed delay starts anew", []timer.Option{timer.FixedDelay()},
			[]at{{300 * ms, true}, {400 * ms, false}},
			"300ms-700ms 1.7s-2.1s", timer.Stats{Ticks: 2, Skipped: 1}},
		{"fixed delay counts from the last", []timer.Option{timer.FixedDelay(), timer.QueueOne()},
			[]at{{300 * ms, true}, {400 * ms, true}},
			"300ms-700ms 700ms-1.1s 2.1s-2.5s", timer.Stats{Ticks: 3}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := open(t)
				l := newLog()
				tm := every(t, s, time.Second, l.tick(false, 400*ms), tt.opts...)
				for _, tr := range tt.triggers {
					time.Sleep(tr.time - l.now())
					if got := tm.Trigger(); got != tr.want {
						t.Errorf("Trigger() after %v = %v, want %v", tr.time, got, tr.want)
					}
				}
				time.Sleep(2700*ms - l.now())
				l.want(t, tt.want)
				wantStats(t, tm, tt.stats)
				mustClose(t, s)
				if tm.Trigger() {
					t.Error("Trigger() of an ended timer = true, want false")
				}
			})
		})
	}
}

func TestReplacedTickIsToldWhy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newTold()
		s := open(t, scope.WithSink(sink))
		var cause error
		tm := every(t, s, time.Hour, func(ctx context.Context) error {
			<-ctx.Done()
			if cause == nil {
				cause = context.Cause(ctx)
				return errBoom // a failure of its own, though replaced
			}
			return context.Cause(ctx)
		}, timer.CancelPrevious(), timer.Named("poll"))
		for range 3 {
			tm.Trigger()
			synctest.Wait()
		}
		if !errors.Is(cause, timer.ErrReplaced) || !errors.Is(cause, context.Canceled) {
			t.Errorf("cause = %v, want one that wraps ErrReplaced and Canceled", cause)
		}
		if want := "scope /jobs cancelled by timer poll: timer: replaced by the next tick"; cause.Error() != want {
			t.Errorf("cause = %q, want %q", cause, want)
		}
		wantStats(t, tm, timer.Stats{Ticks: 3, Failed: 1, Running: 1})
		mustClose(t, s)
		sink.want(t, `0s /jobs task "poll": boom`)
	})
}

func TestTickMayTriggerItsOwnTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t)
		ready := make(chan *timer.Timer, 1)
		l := newLog()
		tick := l.tick(false, fast)
		tm := every(t, s, time.Second, func(ctx context.Context) error {
			self := <-ready
			ready <- self
			self.Trigger()
			return tick(ctx)
		}, timer.QueueOne())
		ready <- tm
		time.Sleep(1250 * time.Millisecond)
		synctest.Wait()
		l.want(t, "1s-1.1s 1.1s-1.2s 1.2s-")
		mustClose(t, s)
	})
}
