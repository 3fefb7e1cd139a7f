package fan_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/internal/fan"
	"github.com/rxscope/rxscope/stream"
)

func keep[T any](context.Context, T) {}

// numbers counts from 1 to n and notes how far it got.
func numbers(n int, reached *int) stream.Stream[int] {
	return func(ctx context.Context, yield func(int, error) bool) {
		for v := 1; v <= n; v++ {
			if ctx.Err() != nil {
				yield(0, context.Cause(ctx))
				return
			}
			*reached = v
			if !yield(v, nil) {
				return
			}
		}
	}
}

func TestLoopHoldsEachSourceToItsLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fast, slow := 0, 0
		var taken func()
		fan.DoLoop(t.Context(), "loop", keep[int], func(int, error) bool { return true }, func(l *fan.Loop[int, int]) {
			n := 0
			l.Due = func() bool {
				synctest.Wait()
				if want := 10 + 1 + n; fast != want { // one waits at the gate
					t.Errorf("the source has come to %d, want %d", fast, want)
				}
				if n++; n == 5 {
					return false
				}
				taken()
				l.SetAlarm(l.Now.Add(time.Second))
				return true
			}
			l.On = func(int, error) bool { return true }
			l.SetAlarm(time.Now().Add(time.Second))
			taken = fan.ListenAhead(l, numbers(100, &fast), 10, func(v int) int { return v })
			fan.ListenTo(l, numbers(3, &slow))
		})
		if slow != 3 {
			t.Errorf("the other source has come to %d, want its end", slow)
		}
	})
}

func TestLoopThatWaitsForItsAlarmOnlyIsCutAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("cut")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, cause)
		defer cancel()
		begun := time.Now()
		var got []error
		fan.DoLoop(ctx, "loop", keep[int], func(_ int, err error) bool { got = append(got, err); return true }, func(l *fan.Loop[int, int]) {
			l.On = func(int, error) bool { return true }
			l.Due = func() bool { t.Error("the alarm was due"); return true }
			l.SetAlarm(time.Now().Add(time.Hour))
			fan.ListenTo(l, stream.Empty[int]())
		})
		if !slices.Equal(got, []error{cause}) || time.Since(begun) != time.Second {
			t.Errorf("got %v after %v, want the cause after 1s", got, time.Since(begun))
		}
	})
}

func TestLoopThatIsFullTakesNothingBeforeItsAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reached, on, due := 0, 0, 0
		fan.DoLoop(t.Context(), "loop", keep[int], func(int, error) bool { return true }, func(l *fan.Loop[int, int]) {
			l.On = func(int, error) bool { on++; return true }
			l.Due = func() bool {
				if on != 0 || reached == 0 {
					t.Errorf("%d messages were taken, the source has come to %d, want none and some", on, reached)
				}
				due++
				l.Full = false
				return true
			}
			l.Full = true
			l.SetAlarm(time.Now().Add(time.Second))
			fan.ListenTo(l, numbers(200, &reached))
		})
		if on != 201 || due != 1 {
			t.Errorf("%d messages and %d alarms, want 200 values, the end, and 1", on, due)
		}
	})
}

func TestStopperEndsAContextThatBeginsLater(t *testing.T) {
	var s fan.Stopper
	cause := errors.New("stopped")
	s.Stop(cause)
	s.Stop(errors.New("too late"))
	if ctx := s.Begin(t.Context()); context.Cause(ctx) != cause { //nolint:errorlint // the cause itself
		t.Errorf("cause %v, want %v", context.Cause(ctx), cause)
	}
}

func TestSourceThatIsStoppedTellsItsEndAndNoCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []error
		fan.DoLoop(t.Context(), "loop", keep[int], func(int, error) bool { return true }, func(l *fan.Loop[int, int]) {
			l.On = func(_ int, err error) bool { got = append(got, err); return true }
			stop := fan.ListenUntil(l, stream.Never[int](), errors.New("not needed"), func(v int) int { return v })
			l.Due = func() bool { stop(); return true }
			l.SetAlarm(time.Now().Add(time.Second))
		})
		if !slices.Equal(got, []error{fan.ErrEnd}) {
			t.Errorf("messages %v, want the end alone", got)
		}
	})
}
