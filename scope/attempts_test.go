package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
)

// waits is a BackOff that waits for as many seconds as the list says, and then
// has had enough.
type waits []int

func (w *waits) NextBackOff() time.Duration {
	if len(*w) == 0 {
		return backoff.Stop
	}
	d := (*w)[0]
	*w = (*w)[1:]
	return time.Duration(d) * time.Second
}

func backOff(seconds ...int) func() scope.BackOff {
	return func() scope.BackOff {
		w := waits(seconds)
		return &w
	}
}

// kinds are all ways to start a task. Those that tell the caller how it ended
// wait for that.
var kinds = map[string]func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error{
	"Go": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		return s.Go(ctx, fn, opts...)
	},
	"TryGo": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		if !s.TryGo(ctx, fn, opts...) {
			return errors.New("refused")
		}
		return nil
	},
	"Spawn": func(_ context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		return scope.Spawn(s.Context(), fn, opts...)
	},
	"Do": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		return s.Do(ctx, fn, opts...)
	},
	"typed Go": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		_, err := scope.Go(ctx, s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }, opts...).Wait(context.Background())
		return err
	},
	"Tasks": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		ts := scope.NewTasks[int](s, 1)
		if err := ts.Go(ctx, func(ctx context.Context) (int, error) { return 0, fn(ctx) }, opts...); err != nil {
			return err
		}
		ts.Close()
		_, err := ts.Stream().First(context.Background())
		return err
	},
	"Start": func(ctx context.Context, s *scope.Scope, fn func(context.Context) error, opts ...scope.TaskOption) error {
		_, err := scope.Start(ctx, s, func(ctx context.Context, ready func(int)) error {
			err := fn(ctx)
			if err == nil {
				ready(0)
			}
			return err
		}, opts...)
		return err
	},
}

// A toldDiary is a diary that is a sink too.
type toldDiary struct{ *diary }

func (d toldDiary) HandleError(_ context.Context, e *scope.TaskError) {
	d.note("told %v, attempt %d", e, e.Attempt)
}

// failsThen returns a function that notes each call, fails n times and then
// succeeds.
func (d *diary) failsThen(n int) func(context.Context) error {
	return func(context.Context) error {
		d.note("runs")
		if n--; n >= 0 {
			return errBoom
		}
		return nil
	}
}

func TestRetryCallsAgainUntilSuccess(t *testing.T) {
	for name, start := range kinds {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}), scope.FailFast())
			if err := start(t.Context(), s, d.failsThen(2), scope.Retry(5, backOff(1, 3, 9)), scope.Named("x")); err != nil {
				t.Errorf("%s: %v, want nil", name, err)
			}
			mustWait(t, s)
			mustClose(t, s)
			d.want(t,
				"0s runs",
				`1s told /s task "x": boom, attempt 1`, "1s runs",
				`4s told /s task "x": boom, attempt 2`, "4s runs",
			)
		})
	}
}

func TestFailureOfTheLastAttemptIsThatOfTheTask(t *testing.T) {
	tests := map[string]struct {
		retry scope.TaskOption
		want  []string
		last  int
	}{
		"attempts used up": {
			scope.Retry(2, backOff(1, 1)),
			[]string{"0s runs", "1s told /s: boom, attempt 1", "1s runs"}, 2,
		},
		"back-off over": {
			scope.Retry(9, backOff(2)),
			[]string{"0s runs", "2s told /s: boom, attempt 1", "2s runs"}, 2,
		},
		"no back-off": {
			scope.Retry(2, nil),
			[]string{"0s runs", "0s told /s: boom, attempt 1", "0s runs"}, 2,
		},
		"once": {scope.Retry(1, backOff(1)), []string{"0s runs"}, 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
				task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 7, d.failsThen(1)(ctx) }, tt.retry)
				v, err := task.Wait(t.Context())
				e, ok := errors.AsType[*scope.TaskError](err)
				if v != 0 || !ok || e.Attempt != tt.last || e.Err != errBoom { //nolint:errorlint // as it is
					t.Errorf("Wait() = %v, %v, want attempt %d", v, err, tt.last)
				}
				mustClose(t, s)
				d.want(t, tt.want...)
			})
		})
	}
}

func TestAttemptsAreCountedFromTheFirstOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		mustGo(t, s, d.failsThen(9), scope.Attempt(5), scope.Retry(2, nil))
		mustWait(t, s)
		mustClose(t, s)
		d.want(t, "0s runs", "0s told /s: boom, attempt 5", "0s runs", "0s told /s: boom, attempt 6")
	})
}

func TestRetryWaitsNoLongerThanAnotherAttemptMayBegin(t *testing.T) {
	tests := map[string]struct {
		end  func(s *scope.Scope, task *scope.Task[int])
		want []string
	}{
		"drain":          {func(s *scope.Scope, _ *scope.Task[int]) { go s.Shutdown(context.Background()) }, []string{"0s runs", "1s ends: /s: boom"}}, //nolint:errcheck // nothing to report
		"close":          {func(s *scope.Scope, _ *scope.Task[int]) { s.Cancel(errCrash) }, []string{"0s runs", "1s ends: /s: boom"}},
		"cancelled":      {func(_ *scope.Scope, task *scope.Task[int]) { task.Cancel(errCrash) }, []string{"0s runs", "1s ends: /s: boom"}},
		"left to itself": {func(*scope.Scope, *scope.Task[int]) {}, []string{"0s runs", "10s told /s: boom, attempt 1", "10s runs", "10s ends: /s: boom"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
				fn := d.failsThen(2)
				task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }, scope.Retry(2, backOff(10)))
				time.AfterFunc(time.Second, func() { tt.end(s, task) })
				_, err := task.Wait(t.Context())
				d.note("ends: %v", err)
				if got := task.State(); got != scope.TaskFailed {
					t.Errorf("State() = %v, want %v", got, scope.TaskFailed)
				}
				mustClose(t, s)
				d.want(t, tt.want...)
			})
		})
	}
}

func TestRetryBeginsNoWaitThatDoesNotFitBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		err := s.Do(ctx, d.failsThen(9), scope.Retry(9, backOff(1, 2)))
		d.note("Do() = %v", err)
		mustClose(t, s)
		d.want(t, "0s runs", "1s told /s: boom, attempt 1", "1s runs", "1s Do() = boom")
	})
}

func TestOnlyErrorsAreTriedAgain(t *testing.T) {
	for name, fn := range map[string]func(context.Context) error{
		"end of the context": untilEnd,
		"panic":              func(context.Context) error { panic("oh") },
		"Goexit":             func(context.Context) error { runtime.Goexit(); return nil },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := scope.New(t.Context(), "s", scope.WithSink(new(told)))
			calls := 0
			mustGo(t, s, func(ctx context.Context) error { calls++; return fn(ctx) }, scope.Retry(3, nil))
			time.AfterFunc(time.Second, func() { s.Cancel(nil) })
			mustWait(t, s)
			mustClose(t, s)
			if calls != 1 {
				t.Errorf("%s: %d calls, want 1", name, calls)
			}
		})
	}
}

func TestRetryHoldsItsSlotWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(new(told)), scope.WithLimit(1))
		mustGo(t, s, failAfter(0, errBoom), scope.Retry(2, backOff(5)))
		mustGo(t, s, func(context.Context) error { d.note("next"); return nil })
		mustWait(t, s)
		mustClose(t, s)
		d.want(t, "5s next")
	})
}

func TestSinkThatLeavesByGoexitEndsTheRetry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		top := new(told)
		s := scope.New(t.Context(), "top", scope.WithSink(top)).Child("s", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) { runtime.Goexit() })))
		task := scope.Go(t.Context(), s, func(context.Context) (int, error) { return 0, errBoom }, scope.Retry(3, nil))
		if _, err := task.Wait(t.Context()); !errors.Is(err, scope.ErrGoexit) {
			t.Errorf("Wait() = %v, want %v", err, scope.ErrGoexit)
		}
		mustClose(t, s.Parent())
		top.want(t, "/top/s: boom", "/top/s: scope: in the error sink: scope: left by runtime.Goexit")
	})
}

func TestTaskThatReturnsForItsTimeoutHasFailed(t *testing.T) {
	for name, start := range kinds {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			s := scope.New(t.Context(), "s", scope.FailFast())
			err := start(t.Context(), s, func(ctx context.Context) error {
				<-ctx.Done()
				d.note("%v: %v", ctx.Err(), context.Cause(ctx))
				return fmt.Errorf("reading: %w", ctx.Err())
			}, scope.TaskTimeout(2*time.Second), scope.Named("x"))
			if wait := s.Wait(t.Context()); wait != nil {
				err = wait
			}
			_ = s.Close()
			e, ok := errors.AsType[*scope.TimeoutError](err)
			if !ok || e.Path != "/s" || e.Task != "x" || e.After != 2*time.Second || !e.Timeout() || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: %v, want the *TimeoutError of task x", name, err)
			}
			d.want(t, `2s context deadline exceeded: scope /s task "x": timed out after 2s`)
		})
	}
}

func TestTimeoutOfATaskChangesNothingElse(t *testing.T) {
	late := func(err error) scope.Func[int] {
		return func(ctx context.Context) (int, error) {
			<-ctx.Done()
			if err == nil {
				return 7, nil
			}
			return 0, errors.Join(err, ctx.Err())
		}
	}
	tests := map[string]struct {
		fn    scope.Func[int]
		end   time.Duration // of the scope
		state scope.TaskState
		want  string
	}{
		"success":              {late(nil), time.Hour, scope.TaskSucceeded, "<nil>"},
		"another failure":      {late(errCrash), time.Hour, scope.TaskFailed, "/s: crash\ncontext deadline exceeded"},
		"scope ends earlier":   {untilCause, time.Second, scope.TaskCancelled, "scope /s cancelled by Cancel"},
		"returns in time":      {ends(time.Second, 7, nil), time.Hour, scope.TaskSucceeded, "<nil>"},
		"fails in time":        {ends(time.Second, 0, errBoom), time.Hour, scope.TaskFailed, "/s: boom"},
		"stray end of context": {ends(time.Second, 0, context.DeadlineExceeded), time.Hour, scope.TaskFailed, "/s: context deadline exceeded"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := scope.New(t.Context(), "s")
				task := scope.Go(t.Context(), s, tt.fn, scope.TaskTimeout(2*time.Second))
				time.AfterFunc(tt.end, func() { s.Cancel(nil) })
				_, err := task.Wait(t.Context())
				got := fmt.Sprint(err)
				if c, ok := err.(*scope.Cancelled); ok { //nolint:errorlint // as it is
					got = withoutSite(c)
				}
				if got != tt.want || task.State() != tt.state {
					t.Errorf("Wait() = %v, state %v, want %v, %v", got, task.State(), tt.want, tt.state)
				}
				mustClose(t, s)
			})
		})
	}
}

func TestTimedOutTaskHasFailedAlsoIfItsScopeTimesOutLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		s := scope.New(ctx, "s", scope.WithSink(new(told)))
		task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			time.Sleep(2 * time.Second)
			return 0, ctx.Err()
		}, scope.TaskTimeout(2*time.Second), scope.Retry(3, nil))
		_, err := task.Wait(t.Context())
		if e, ok := errors.AsType[*scope.TimeoutError](err); !ok || e.After != 2*time.Second || task.State() != scope.TaskFailed {
			t.Errorf("Wait() = %v, state %v, want the *TimeoutError of the task", err, task.State())
		}
		mustClose(t, s)
	})
}

func TestEachAttemptHasItsOwnTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(toldDiary{d}))
		mustGo(t, s, untilEnd, scope.TaskTimeout(2*time.Second), scope.Retry(2, backOff(1)))
		mustWait(t, s)
		mustClose(t, s)
		d.want(t,
			"3s told /s: scope /s: timed out after 2s, attempt 1",
			"5s told /s: scope /s: timed out after 2s, attempt 2",
		)
	})
}

func TestAttemptsThatMakeNoSensePanic(t *testing.T) {
	for want, call := range map[string]func(){
		"scope: Retry: max is 0, want at least 1":        func() { scope.Retry(0, nil) },
		"scope: TaskTimeout: d is 0s, want more than 0":  func() { scope.TaskTimeout(0) },
		"scope: TaskTimeout: d is -1s, want more than 0": func() { scope.TaskTimeout(-time.Second) },
	} {
		if got := panicOf(call); got != want {
			t.Errorf("panic %v, want %q", got, want)
		}
	}
}
