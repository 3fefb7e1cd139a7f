package operators_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

var _ scope.BackOff = backoff.NewExponentialBackOff()

// inTurn is a stream whose first run is the first of srcs, the second the
// second, and so on; the last stays.
func inTurn(srcs ...ints) ints {
	run := 0
	return stream.Defer(func(context.Context) ints {
		run++
		return srcs[min(run, len(srcs))-1]
	})
}

func anyError(error) bool { return true }

var errOver = stream.Fatal(errors.New("over"))

// fails emits a value, an error, and its end by a Fatal one, at 1s, 2s and 3s.
func fails(v int) ints { return every(time.Second, v, errBoom, errOver) }

func TestRetryRunsAgainAtAFatalErrorAndTellsTheSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var sunk []string
		s := scope.New(t.Context(), "test", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			sunk = append(sunk, fmt.Sprint(time.Since(start), " ", e.Err))
		})))
		defer s.Cancel(nil)
		got := timed(s.Context(), operators.Retry(inTurn(fails(1), fails(2), every(time.Second, 3)), operators.BackOff(waits(9))))
		want := []string{"1s 1", "2s boom", "5s 2", "6s boom", "10s 3"}
		if !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
		if want := []string{"4s over", "9s over"}; !slices.Equal(sunk, want) {
			t.Errorf("the sink got %q, want %q: when the next attempt begins", sunk, want)
		}
	})
}

func TestRetryOptions(t *testing.T) {
	tests := []struct {
		name string
		src  ints
		opts []operators.RetryOption
		want []string
	}{
		{"the last error passes", fails(1), []operators.RetryOption{operators.Retries(1)},
			[]string{"1s 1", "2s boom", "4s 1", "5s boom", "6s over", "6s end"}},
		{"no retries", fails(1), []operators.RetryOption{operators.Retries(0)},
			[]string{"1s 1", "2s boom", "3s over", "3s end"}},
		{"shown", inTurn(fails(1), stream.Of(2)), []operators.RetryOption{operators.ShowFailures(), operators.BackOff(waits(9))},
			[]string{"1s 1", "2s boom", "3s over", "4s 2", "4s end"}},
		{"any error", inTurn(every(time.Second, 1, errBoom, 2), every(time.Second, 3, errBoom, 4)),
			[]operators.RetryOption{operators.RetryIf(anyError), operators.Retries(1)},
			[]string{"1s 1", "3s 3", "4s boom", "5s 4", "5s end"}}, // the source goes on after the last
		{"the back-off stops", fails(1), []operators.RetryOption{operators.BackOff(waits(1))},
			[]string{"1s 1", "2s boom", "5s 1", "6s boom", "7s over", "7s end"}},
		{"over the whole run", inTurn(fails(1), fails(2), fails(3)), []operators.RetryOption{operators.Retries(2), operators.BackOff(waits(9))},
			[]string{"1s 1", "2s boom", "5s 2", "6s boom", "10s 3", "11s boom", "12s over", "12s end"}},
		{"anew after a value", inTurn(fails(1), fails(2), stream.Throw[int](errOver), fails(3), stream.Of(4)),
			[]operators.RetryOption{operators.Retries(2), operators.BackOff(waits(9)), operators.ResetOnValue()},
			[]string{"1s 1", "2s boom", "5s 2", "6s boom", "11s 3", "12s boom", "14s 4", "14s end"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { happens(t, operators.Retry(tt.src, tt.opts...), tt.want...) })
	}
}

func TestRetryErrorThatNothingFollowsIsFatal(t *testing.T) {
	s := operators.Retry(every(0, errBoom, 1), operators.RetryIf(anyError), operators.BackOff(waits(0)))
	got := collect(t, t.Context(), s)
	if len(got) != 1 || !stream.IsFatal(got[0].Err) || !errors.Is(got[0].Err, errBoom) {
		t.Errorf("got %v, want %v, fatal, and the end", got, errBoom)
	}
}

func TestRetryWaitIsCountedFromTheError(t *testing.T) {
	slow := func(_ context.Context, yield func(int, error) bool) {
		yield(0, errOver)
		time.Sleep(2 * time.Second) // to stop
	}
	back := func() scope.BackOff { return backoff.NewConstantBackOff(3 * time.Second) }
	happens(t, operators.Retry(inTurn(slow, stream.Of(1)), operators.BackOff(back)), "3s 1", "3s end")
}

func TestRetryStopsTheSourceBeforeItWaits(t *testing.T) {
	p := &probe{events: []stream.Event[int]{{Err: errOver}, {Value: 1}}}
	open := -1
	back := func() scope.BackOff { open = p.open(); return &growing{} }
	collect(t, t.Context(), operators.Retry(p.stream(), operators.BackOff(back)))
	if open != 0 {
		t.Errorf("%d runs were open when the wait began, want none", open)
	}
}

// A waiting is an operator that waits from 3s to 63s after it has failed with
// errOver.
var waitings = map[string]func(opts ...operators.RetryOption) ints{
	"Retry": func(opts ...operators.RetryOption) ints { return operators.Retry(fails(1), opts...) },
	"MapRetry": func(opts ...operators.RetryOption) ints {
		return operators.MapRetry(every(time.Second, 1, errBoom, 2), func(_ context.Context, v int) (int, error) {
			if v == 2 {
				return 0, errOver
			}
			return v, nil
		}, opts...)
	},
}

func minute() scope.BackOff { return backoff.NewConstantBackOff(time.Minute) }

func TestRetriesEndTheirWaitWhenTheContextEnds(t *testing.T) {
	for name, waiting := range waitings {
		for _, show := range [][]operators.RetryOption{nil, {operators.ShowFailures()}} {
			synctest.Test(t, func(t *testing.T) {
				ctx, told := newSilentSink(t)
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(10*time.Second, func() { cancel(errCut) })
				got := timed(ctx, waiting(append(show, operators.BackOff(minute))...))
				want := []string{"1s 1", "2s boom", "10s over", "10s cut"}
				if show != nil {
					want[2] = "3s over"
				}
				if !slices.Equal(got, want) || *told != 0 {
					t.Errorf("%s: events %q with %d in the sink, want %q", name, got, *told, want)
				}
			})
		}
	}
}

func TestRetriesEndTheirWaitWhenTheScopeDrains(t *testing.T) {
	for name, waiting := range waitings {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "test")
			var got []string
			if err := s.Go(t.Context(), func(ctx context.Context) error {
				got = timed(ctx, waiting(operators.BackOff(minute)))
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			time.Sleep(5 * time.Second)
			start := time.Now()
			if err := s.Shutdown(t.Context()); err != nil || time.Since(start) != 0 {
				t.Errorf("%s: Shutdown() = %v after %v, want nil at once", name, err, time.Since(start))
			}
			if want := []string{"1s 1", "2s boom", "5s over"}; !slices.Equal(got, want) {
				t.Errorf("%s: events %q, want %q", name, got, want)
			}
		})
	}
}

func TestRetriesDoNotWaitForWhatCannotEndInTime(t *testing.T) {
	for name, waiting := range waitings {
		synctest.Test(t, func(t *testing.T) {
			for within, want := range map[time.Duration][]string{
				63 * time.Second: {"1s 1", "2s boom", "3s over"},
				64 * time.Second: {"1s 1", "2s boom"}, // and the next attempt
			} {
				s := scope.New(t.Context(), "test", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
				ctx, cancel := context.WithTimeout(s.Context(), within)
				got := timed(ctx, operators.Take(waiting(operators.BackOff(minute), operators.Retries(1)), 2))
				if len(got) < len(want) || !slices.Equal(got[:len(want)], want) || len(want) == 2 && got[2] == "3s over" {
					t.Errorf("%s with %v: events %q, want %q", name, within, got, want)
				}
				cancel()
				s.Cancel(nil)
			}
		})
	}
}

func TestRetriesTellTheSinkWhatAPanicKeepsFromBeingTold(t *testing.T) {
	for name, waiting := range waitings {
		synctest.Test(t, func(t *testing.T) {
			ctx, told := newSink(t)
			s := waiting(operators.BackOff(func() scope.BackOff { return nil }))
			got := panics(t, func() { collectHere(ctx, s) })
			if want := "operators: " + name + ": the function given for a back-off returned nil"; got != want {
				t.Errorf("panic %q, want %q", got, want)
			}
			if errs := told(); !slices.Equal(errs, []error{errOver}) {
				t.Errorf("%s: the sink got %v, want %v", name, errs, errOver)
			}
		})
	}
}

func TestRetryRunsNothingAgainForAConsumerWhoHasStopped(t *testing.T) {
	for _, opts := range [][]operators.RetryOption{nil, {operators.ShowFailures()}} {
		for at := range 2 {
			p := &probe{events: []stream.Event[int]{{Value: 1}, {Err: errOver}}}
			ctx, _ := newSilentSink(t)
			consume(t, ctx, operators.Take(operators.Retry(p.stream(), opts...), 2), at, leavings[0])
			if want := int32(1 + at); opts == nil && p.opened.Load() != want || opts != nil && p.opened.Load() != 1 {
				t.Errorf("left at %d: the source was started %d times", at, p.opened.Load())
			}
		}
	}
}

func TestRetryOwesNothingToAConsumerWhoHasStopped(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	src := func(_ context.Context, yield func(int, error) bool) {
		cancel(errCut)
		_ = yield(0, errBoom) && yield(1, nil) // which it had in hand
	}
	got := consume(t, ctx, operators.Retry(src, operators.RetryIf(anyError)), 1, leavings[0])
	if want := []stream.Event[int]{{Err: errBoom}, {Value: 1}}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestMapRetryRepeatsOneItem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := make(map[int]int)
		f := func(_ context.Context, v int) (string, error) {
			if calls[v]++; calls[v] <= v {
				return "", fmt.Errorf("%d failed", v)
			}
			return fmt.Sprint(v, " after ", calls[v]), nil
		}
		ctx, told := newSilentSink(t)
		s := operators.MapRetry(every(time.Second, 1, errBoom, 5, 2), f, operators.Retries(2), operators.BackOff(waits(9)))
		got := timed(ctx, s)
		want := []string{"2s 1 after 2", "3s boom", "7s 5 failed", "11s 2 after 3"}
		if !slices.Equal(got, want) || *told != 1+2+2 {
			t.Errorf("events %q with %d in the sink, want %q with 5", got, *told, want)
		}
	})
}

func TestMapRetryRepeatsOnlyWhatItIsAskedTo(t *testing.T) {
	calls := 0
	f := func(context.Context, int) (int, error) { calls++; return 0, errBoom }
	never := operators.RetryIf(func(error) bool { return false })
	if got := collect(t, t.Context(), operators.MapRetry(stream.Of(1), f, never)); len(got) != 1 || calls != 1 {
		t.Errorf("got %v after %d calls, want the error after one", got, calls)
	}
}

func TestRepeatWaitsBetweenTheRuns(t *testing.T) {
	src := every(time.Second, 1, errBoom)
	happens(t, operators.Repeat(src, 2, 3*time.Second), "1s 1", "2s boom", "6s 1", "7s boom", "7s end")
	happens(t, operators.Take(operators.Repeat(src, -1, 0), 3), "1s 1", "2s boom", "3s 1", "4s boom", "5s 1", "5s end")
	happens(t, operators.Repeat(src, 0, 0), "0s end")
	happens(t, operators.Repeat(fails(1), 3, 0), "1s 1", "2s boom", "3s over", "3s end")
	happens(t, operators.Repeat(every(time.Second, errOver, 1), 2, 0), "1s over", "2s 1", "3s over", "4s 1", "4s end")
}

func TestRepeatIsCutWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 5*time.Second, errCut)
		defer cancel()
		got := timed(ctx, operators.Repeat(stream.Of(1), -1, 2*time.Second))
		if want := []string{"0s 1", "2s 1", "4s 1", "5s cut"}; !slices.Equal(got, want) {
			t.Errorf("events %q, want %q", got, want)
		}
	})
}
