package scope_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

func TestTimeoutEndsTheScopeChildrenFirstWithoutTimeToDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top", scope.Timeout(10*time.Second))
		plantThree(t, d, top)
		mid := top.Children()[0]
		ends := []context.Context{top.Context(), mid.Context(), mid.Children()[0].Context()}
		time.Sleep(time.Hour)
		d.want(t, innermostFirst...)
		for _, ctx := range ends {
			var timeout *scope.TimeoutError
			if !errors.As(context.Cause(ctx), &timeout) || !errors.Is(ctx.Err(), context.DeadlineExceeded) {
				t.Fatalf("%v ended with %v, cause %v, want its deadline and a TimeoutError", ctx, ctx.Err(), context.Cause(ctx))
			}
			if got, want := timeout.Error(), "scope /top: timed out after 10s"; got != want || timeout.Path != "/top" || !timeout.Timeout() {
				t.Errorf("%v: cause %q of %q, want %q", ctx, got, timeout.Path, want)
			}
		}
		mustClose(t, top)
	})
}

// sleepIn opens scopes within one another, each with one of opts, and sleeps in
// the last until it ends or d is over.
func sleepIn(ctx context.Context, d time.Duration, returns func(ctx context.Context) error, opts ...scope.Option) error {
	if len(opts) > 0 {
		return scope.Run(ctx, fmt.Sprint("s", len(opts)), func(ctx context.Context, _ *scope.Scope) error {
			return sleepIn(ctx, d, returns, opts[1:]...)
		}, opts[0])
	}
	select {
	case <-ctx.Done():
		return returns(ctx)
	case <-time.After(d):
		return nil
	}
}

func TestRunTellsItsOwnTimeoutFromOthers(t *testing.T) {
	const s = time.Second
	long := scope.Timeout(time.Hour)
	bare := func(ctx context.Context) error { return ctx.Err() }
	tests := []struct {
		name    string
		sleep   time.Duration
		returns func(ctx context.Context) error
		opts    []scope.Option
		want    string // error
		after   time.Duration
	}{
		{"in time", s, bare, []scope.Option{long, long, long}, "<nil>", s},
		{"outermost", time.Minute, bare, []scope.Option{scope.Timeout(2 * s), long, long}, "scope /s3: timed out after 2s", 2 * s},
		{"middle", time.Minute, bare, []scope.Option{long, scope.Timeout(2 * s), long}, "scope /s3/s2: timed out after 2s", 2 * s},
		{"innermost", time.Minute, bare, []scope.Option{long, long, scope.Timeout(2 * s)}, "scope /s3/s2/s1: timed out after 2s", 2 * s},
		{"the earlier of two", time.Minute, bare, []scope.Option{scope.Timeout(3 * s), scope.Timeout(2 * s)}, "scope /s2/s1: timed out after 2s", 2 * s},
		{"work that looks complete", time.Minute, func(context.Context) error { return nil }, []scope.Option{scope.Timeout(s)}, "scope /s1: timed out after 1s", s},
		{"the cause", time.Minute, context.Cause, []scope.Option{scope.Timeout(s)}, "scope /s1: timed out after 1s", s},
		{"the bare error with words", time.Minute, func(ctx context.Context) error { return fmt.Errorf("get: %w", ctx.Err()) },
			[]scope.Option{scope.Timeout(s)}, "get: context deadline exceeded\nscope /s1: timed out after 1s", s},
		{"a real error", time.Minute, func(context.Context) error { return errBoom }, []scope.Option{scope.Timeout(s)}, "scope /s1: timed out after 1s\nboom", s},

		{"moves on", time.Minute, bare, []scope.Option{scope.MoveOn(s)}, "<nil>", s},
		{"moves on with the cause", time.Minute, context.Cause, []scope.Option{scope.MoveOn(s)}, "<nil>", s},
		{"moves on in the middle", time.Minute, bare, []scope.Option{long, scope.MoveOn(s), long}, "<nil>", s},
		{"moves on for its own only, outer", time.Minute, bare, []scope.Option{scope.Timeout(s), scope.MoveOn(2 * s)}, "scope /s2: timed out after 1s", s},
		{"moves on for its own only, inner", time.Minute, bare, []scope.Option{scope.MoveOn(2 * s), scope.Timeout(s)}, "scope /s2/s1: timed out after 1s", s},
		{"moves on, a real error", time.Minute, func(context.Context) error { return errBoom }, []scope.Option{scope.MoveOn(s)}, "boom", s},
	}
	for _, tt := range tests {
		for _, inTask := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in a task %v", tt.name, inTask), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					start := time.Now()
					var err error
					want := tt.want
					if inTask {
						want = strings.ReplaceAll(want, "scope /", "scope /base/")
						base := scope.New(t.Context(), "base")
						err = base.Do(t.Context(), func(ctx context.Context) error {
							return sleepIn(ctx, tt.sleep, tt.returns, tt.opts...)
						})
						mustClose(t, base)
					} else {
						err = sleepIn(t.Context(), tt.sleep, tt.returns, tt.opts...)
					}
					if got := fmt.Sprint(err); got != want {
						t.Errorf("Run() = %q, want %q", got, want)
					}
					if passed := time.Since(start); passed != tt.after {
						t.Errorf("Run() took %v, want %v", passed, tt.after)
					}
				})
			})
		}
	}
}

func TestLastOfTimeoutAndMoveOnCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		wait := func(ctx context.Context, _ *scope.Scope) error { return untilEnd(ctx) }
		start := time.Now()
		if err := scope.Run(t.Context(), "r", wait, scope.Timeout(time.Hour), scope.MoveOn(time.Second)); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		if err := scope.Run(t.Context(), "r", wait, scope.MoveOn(time.Hour), scope.Timeout(time.Second)); err == nil {
			t.Error("Run() = nil, want the timeout")
		}
		if passed := time.Since(start); passed != 2*time.Second {
			t.Errorf("took %v, want 2s", passed)
		}
	})
}

func TestDeadlineIsTheLeastOfOwnAndOuter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		in := func(ctx context.Context) string {
			d, ok := ctx.Deadline()
			if !ok {
				return "none"
			}
			return d.Sub(start).String()
		}
		is := func(what string, ctx context.Context, want string) {
			t.Helper()
			if got := in(ctx); got != want {
				t.Errorf("deadline of %s: %s, want %s", what, got, want)
			}
		}
		outer, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		plain := scope.New(context.Background(), "plain")
		top := scope.New(outer, "top", scope.Timeout(30*time.Second))
		mid := top.Child("mid", scope.Timeout(10*time.Second))
		leaf := mid.Child("leaf")
		is("plain", plain.Context(), "none")
		is("top", top.Context(), "20s")
		is("mid", mid.Context(), "10s")
		is("leaf", leaf.Context(), "10s")
		soon, stop := context.WithTimeout(context.Background(), 5*time.Second)
		defer stop()
		far, stop := context.WithTimeout(context.Background(), time.Minute)
		defer stop()
		for want, ctx := range map[string]context.Context{"5s": soon, "10s": far} {
			_ = leaf.Do(ctx, func(ctx context.Context) error { is("Do", ctx, want); return nil })
		}
		mustGo(t, leaf, func(ctx context.Context) error { is("a task", ctx, "10s"); return nil })
		err := leaf.Do(context.Background(), func(ctx context.Context) error {
			return scope.Run(ctx, "nested", func(ctx context.Context, _ *scope.Scope) error {
				is("a nested scope", ctx, "4s")
				return nil
			}, scope.Timeout(4*time.Second))
		})
		if err != nil {
			t.Errorf("Do() = %v, want nil", err)
		}
		mustClose(t, top)
		mustClose(t, plain)
	})
}

func TestTimeoutIsOverOnceTheScopeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		s := scope.New(ctx, "s", scope.Timeout(2*time.Second))
		mustGo(t, s, finishing(d, "task", 3*time.Second))
		time.Sleep(time.Second)
		if err := s.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.want(t, "1s task drains", "4s task has finished")
		if err := scope.Run(t.Context(), "r", func(context.Context, *scope.Scope) error { return nil }, scope.Timeout(time.Second)); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
}

func TestTimeoutAndTheEndOfTheOuterContextAreBothWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for own, want := range map[time.Duration]string{time.Second: "scope /r: timed out after 1s", time.Hour: "boom"} {
			ctx, cancel := context.WithCancelCause(context.Background())
			time.AfterFunc(time.Minute, func() { cancel(errBoom) })
			err := scope.Run(ctx, "r", func(ctx context.Context, _ *scope.Scope) error {
				<-ctx.Done()
				return context.Cause(ctx)
			}, scope.Timeout(own))
			if fmt.Sprint(err) != want {
				t.Errorf("Run() with Timeout(%v) = %v, want %v", own, err, want)
			}
			cancel(nil)
		}
	})
}

func TestTasksThatATimeoutEndsAreCancelledAndNotFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		err := scope.Run(t.Context(), "r", func(_ context.Context, s *scope.Scope) error {
			mustGo(t, s, untilEnd)
			mustGo(t, s, func(ctx context.Context) error { <-ctx.Done(); return context.Cause(ctx) })
			return nil
		}, scope.MoveOn(time.Second), scope.FailFast(), scope.WithSink(sink))
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		sink.want(t)
	})
}

func TestRunThatMovesOnStillTellsOfReleasesAndStuckTasks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stop := make(chan struct{})
		err := scope.Run(context.Background(), "r", func(_ context.Context, s *scope.Scope) error {
			s.Defer("db", func(context.Context) error { return errBoom })
			mustGo(t, s, deaf(stop))
			return nil
		}, scope.MoveOn(time.Second), scope.WithTimeouts(scope.Timeouts{Cancel: time.Second}))
		var stuck *scope.StuckError
		if !errors.Is(err, errBoom) || !errors.As(err, &stuck) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run() = %v, want the error of the release and a StuckError", err)
		}
		close(stop)
	})
}

func TestRunMovesOnForNoLimitButItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, body := range map[string]func(context.Context, *scope.Scope) error{
			"an error":  func(ctx context.Context, _ *scope.Scope) error { return untilEnd(ctx) },
			"no error":  func(ctx context.Context, _ *scope.Scope) error { _ = untilEnd(ctx); return nil },
			"in a task": func(ctx context.Context, s *scope.Scope) error { return s.Go(ctx, untilEnd) },
		} {
			var inner error
			_ = scope.Run(context.Background(), "outer", func(ctx context.Context, _ *scope.Scope) error {
				inner = scope.Run(ctx, "inner", body, scope.MoveOn(time.Hour))
				return nil
			}, scope.Timeout(time.Second))
			if got, want := fmt.Sprint(inner), "scope /outer: timed out after 1s"; got != want {
				t.Errorf("%s: Run() = %v, want %v", name, got, want)
			}
		}
	})
}

func TestCallerLearnsThatRunMovedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cause error
		_ = scope.Run(t.Context(), "r", func(ctx context.Context, s *scope.Scope) error {
			s.Defer("note", func(context.Context) error { cause = context.Cause(s.Context()); return nil })
			return untilEnd(ctx)
		}, scope.MoveOn(time.Second))
		var timeout *scope.TimeoutError
		if !errors.As(cause, &timeout) || timeout.After != time.Second {
			t.Errorf("Cause() in a release = %v, want a TimeoutError", cause)
		}
	})
}

func TestTimeLimitsMustBePositive(t *testing.T) {
	for name, option := range map[string]func(time.Duration) scope.Option{"Timeout": scope.Timeout, "MoveOn": scope.MoveOn} {
		for _, d := range []time.Duration{0, -time.Second} {
			want := fmt.Sprintf("scope: %s: d is %v, want more than 0", name, d)
			if got := panicOf(func() { option(d) }); got != want {
				t.Errorf("%s(%v): panic %v, want %q", name, d, got, want)
			}
		}
	}
}
