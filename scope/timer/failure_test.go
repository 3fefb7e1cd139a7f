package timer_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/timer"
)

// failInTurn returns a tick that fails in each way that there is, then
// succeeds.
func failInTurn() func(context.Context) error {
	n := 0
	return func(context.Context) error {
		time.Sleep(250 * time.Millisecond)
		switch n++; n {
		case 1:
			return errBoom
		case 2:
			panic("bang")
		case 3:
			runtime.Goexit()
		case 4:
			return context.Canceled // a stray one
		}
		return nil
	}
}

func TestFailingTickIsToldAndDoesNotEndTheTimer(t *testing.T) {
	for name, tt := range map[string]struct {
		opts []timer.Option
		path string
	}{
		"skip":            {nil, "/jobs"},
		"queue one":       {[]timer.Option{timer.QueueOne()}, "/jobs"},
		"cancel previous": {[]timer.Option{timer.CancelPrevious()}, "/jobs"},
		"concurrent":      {[]timer.Option{timer.Concurrent(2)}, "/jobs/refresh"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sink := newTold()
				s := open(t, scope.WithSink(sink), scope.FailFast())
				tm := every(t, s, time.Second, failInTurn(), append(tt.opts, timer.Named("refresh"))...)
				time.Sleep(5500 * time.Millisecond)
				prefix := " " + tt.path + ` task "refresh": `
				sink.want(t,
					"1.25s"+prefix+"boom",
					"2.25s"+prefix+"panic: bang",
					"3.25s"+prefix+"scope: left by runtime.Goexit",
					"4.25s"+prefix+"context canceled")
				for _, e := range sink.errs {
					if !strings.Contains(e.Site, "failInTurn") {
						t.Errorf("Site of %v = %q, want the function of the tick", e, e.Site)
					}
				}
				wantStats(t, tm, timer.Stats{Ticks: 5, Failed: 4})
				if err := s.Context().Err(); err != nil {
					t.Errorf("the scope has ended: %v", context.Cause(s.Context()))
				}
				mustClose(t, s)
			})
		})
	}
}

func TestTaskErrorSaysWhatIsKnownOfTheTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := newTold()
		s := open(t, scope.WithSink(sink))
		every(t, s, time.Second, failInTurn())
		time.Sleep(2500 * time.Millisecond)
		mustClose(t, s)
		if len(sink.errs) != 2 {
			t.Fatalf("the sink was told of %d failures, want 2", len(sink.errs))
		}
		e := sink.errs[0]
		if e.Path != "/jobs" || e.Task != "timer" || e.Attempt != 1 || e.Elapsed != 250*time.Millisecond || e.Secondary {
			t.Errorf("error %+v, want path, task, attempt 1 and 250ms", e)
		}
		if !strings.Contains(e.Site, "failInTurn") || !strings.Contains(e.Site, "failure_test.go:") {
			t.Errorf("Site = %q, want the function of the tick", e.Site)
		}
		p, ok := errors.AsType[*scope.PanicError](sink.errs[1])
		if !ok || !strings.Contains(string(p.Stack), "failInTurn") {
			t.Errorf("error %v, want a *scope.PanicError with the stack of the panic", sink.errs[1])
		}
	})
}

// The sink takes two seconds for each failure, and counts as part of the tick.
func TestTickLastsUntilTheSinkWasTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := open(t, scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {
			time.Sleep(2 * time.Second)
		})))
		tm := every(t, s, time.Second, func(context.Context) error {
			time.Sleep(250 * time.Millisecond)
			return errBoom
		})
		time.Sleep(3200 * time.Millisecond)
		wantStats(t, tm, timer.Stats{Ticks: 1, Skipped: 2, Failed: 1, Running: 1})
		mustClose(t, s)
		wantStats(t, tm, timer.Stats{Ticks: 1, Skipped: 2, Failed: 1})
	})
}

func TestTimerOutlivesASinkThatFails(t *testing.T) {
	for name, fail := range map[string]func(){
		"panic":  func() { panic("sink") },
		"goexit": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				next := newTold()
				top := scope.New(t.Context(), "top", scope.WithSink(next))
				s := top.Child("jobs", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { fail() })))
				tm := every(t, s, time.Second, failInTurn())
				time.Sleep(5500 * time.Millisecond)
				wantStats(t, tm, timer.Stats{Ticks: 5, Failed: 4})
				if len(next.lines) != 8 { // each failure, and that of the sink
					t.Errorf("the next sink was told %q, want 8 lines", next.lines)
				}
				mustClose(t, top)
			})
		})
	}
}
