package supervise_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/scope/supervise"
)

func TestPoliciesSayWhichEndsAreFollowedByARestart(t *testing.T) {
	tests := []struct {
		name   string
		policy supervise.Policy
		errs   []error
		want   error
		lines  []string
	}{
		{"on failure", supervise.OnFailure, []error{errBoom, nil}, nil, []string{
			"0s w runs", `1s told /s task "w": boom, attempt 1`, "3s w runs",
		}},
		{"never, failure", supervise.Never, []error{errBoom}, errBoom, []string{
			"0s w runs", `1s told /s task "w": boom, attempt 1`,
		}},
		{"never, success", supervise.Never, []error{nil}, nil, []string{"0s w runs"}},
		{"always", supervise.Always, []error{nil, errBoom, supervise.ErrDoNotRestart}, nil, []string{
			"0s w runs", "3s w runs", `4s told /s task "w": boom, attempt 2`, "6s w runs",
		}},
		{"do not restart, alone", supervise.OnFailure, []error{supervise.ErrDoNotRestart}, nil, []string{"0s w runs"}},
		{
			"do not restart, wrapped", supervise.OnFailure,
			[]error{errBoom, fmt.Errorf("bad key: %w", supervise.ErrDoNotRestart)}, supervise.ErrDoNotRestart,
			[]string{
				"0s w runs", `1s told /s task "w": boom, attempt 1`, "3s w runs",
				`4s told /s task "w": bad key: supervise: do not restart, attempt 2`,
			},
		},
		{
			"escalate", supervise.OnFailure, []error{fmt.Errorf("%w: %w", errBoom, supervise.ErrEscalate)}, errBoom,
			[]string{
				"0s w runs",
				`1s told /s task "w": supervise: "w" gave up after 0 restarts (as it asked to): boom: supervise: escalate, attempt 1`,
			},
		},
		{"stray cancellation", supervise.OnFailure, []error{context.Canceled, nil}, nil, []string{
			"0s w runs", `1s told /s task "w": context canceled, attempt 1`, "3s w runs",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(t.Context(), "s", scope.WithSink(d))
				sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), tt.errs...),
					supervise.Restart(tt.policy), every(2*time.Second)))
				mustWait(t, sv, tt.want)
				if got := sv.Attempts(); got != len(tt.errs) {
					t.Errorf("Attempts() = %d, want %d", got, len(tt.errs))
				}
				mustClose(t, s)
				d.want(t, tt.lines...)
			})
		})
	}
}

func TestBackOffGrowsAndIsResetByHealth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(context.Context, *scope.TaskError) {})))
		sv := must(t)(supervise.Go(t.Context(), s, "w",
			d.runs("w", sec(0, 0, 0, 9, 10, 0), errBoom, errBoom, errBoom, errBoom, errBoom, nil),
			supervise.BackOff(doubling), supervise.Healthy(10*time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, "0s w runs", "1s w runs", "3s w runs", "7s w runs", // 1 s, 2 s, 4 s
			"21s w runs", // ran for 9 s, then 5 s
			"32s w runs") // ran for 10 s, then 1 s
	})
}

func TestDefaultBackOffIsBetween50And150MillisecondsAtFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s", scope.WithSink(newDiary()))
		start := time.Now()
		n := 0
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(context.Context) error {
			if n++; n == 1 {
				return errBoom
			}
			return nil
		}))
		mustWait(t, sv, nil)
		if d := time.Since(start); d < 50*time.Millisecond || d > 151*time.Millisecond {
			t.Errorf("the restart came after %v", d)
		}
		mustClose(t, s)
	})
}

func TestIntensityCountsRestartsWithinTheWindow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		// Failures at 0, 1, 7, 8, 9 s: each finds the restarts of the last 5 s.
		sv := must(t)(supervise.Go(t.Context(), s, "w",
			d.runs("w", sec(0, 0, 5, 0, 0), errBoom, errBoom, errBoom, errBoom, errBoom, errBoom),
			every(time.Second), supervise.Intensity(2, 5*time.Second)))
		var e *supervise.EscalatedError
		if err := sv.Wait(t.Context()); !errors.As(err, &e) || e.Restarts != 2 || e.Window != 5*time.Second || e.Name != "w" || !errors.Is(e.Err, errBoom) {
			t.Errorf("Wait() = %v", err)
		}
		mustClose(t, s)
		boom := func(at string, n int) string { return fmt.Sprintf(`%s told /s task "w": boom, attempt %d`, at, n) }
		d.want(t, "0s w runs", boom("0s", 1), "1s w runs", boom("1s", 2), "2s w runs", boom("7s", 3), "8s w runs", boom("8s", 4), "9s w runs",
			`9s told /s task "w": supervise: "w" gave up after 2 restarts within 5s (more than allowed): boom, attempt 5`)
	})
}

func TestEscalationEndsAFailFastScopeAndIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d), scope.FailFast())
		must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), errBoom, errBoom), every(time.Second), supervise.Intensity(1, time.Minute)))
		must(t)(supervise.Go(t.Context(), s, "sibling", d.runs("sibling", nil)))
		<-s.Context().Done()
		err := s.Close()
		var e *supervise.EscalatedError
		if !errors.As(err, &e) || !errors.Is(context.Cause(s.Context()), e) {
			t.Errorf("Close() = %v, cause %v", err, context.Cause(s.Context()))
		}
		if got := d.lines[len(d.lines)-1]; len(d.lines) != 5 || got[:10] != "3s sibling" {
			t.Errorf("%q", d.lines)
		}
	})
}

func TestEscalateToEndsAnotherScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		top := scope.New(t.Context(), "top", scope.WithSink(d))
		s := top.Child("s")
		sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), errBoom), supervise.Intensity(0, time.Minute), supervise.EscalateTo(top)))
		<-top.Context().Done()
		mustWait(t, sv, errBoom)
		if cause := context.Cause(top.Context()); !errors.Is(cause, sv.Wait(t.Context())) {
			t.Errorf("cause = %v", cause)
		}
		mustClose(t, top)
		d.want(t, "0s w runs",
			`1s told /top/s task "w": supervise: "w" gave up after 0 restarts within 1m0s (more than allowed): boom, attempt 1`)
	})
}

func TestNoBackOffThatCannotEndBeforeTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		d := newDiary()
		s := scope.New(ctx, "s", scope.WithSink(d))
		sv := must(t)(supervise.Go(ctx, s, "w", d.runs("w", sec(1), errBoom, errBoom, errBoom), every(4*time.Second)))
		mustWait(t, sv, errBoom)
		mustClose(t, s)
		d.want(t, "0s w runs", `1s told /s task "w": boom, attempt 1`, "5s w runs",
			`6s told /s task "w": supervise: "w" gave up after 1 restarts (deadline before the back-off of 4s): boom, attempt 2`)
	})
}

func TestStopOfTheBackOffGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		sv := must(t)(supervise.Go(t.Context(), s, "w", d.runs("w", sec(1), nil),
			supervise.Restart(supervise.Always), supervise.BackOff(func() backoff.BackOff { return &backoff.StopBackOff{} })))
		var e *supervise.EscalatedError
		if err := sv.Wait(t.Context()); !errors.As(err, &e) || e.Err != nil {
			t.Errorf("Wait() = %v", err)
		}
		mustClose(t, s)
		d.want(t, "0s w runs", `1s told /s task "w": supervise: "w" gave up after 0 restarts (back-off over), attempt 1`)
	})
}

func TestPanicsAndGoexitsAreFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		var told []error
		s := scope.New(t.Context(), "s", scope.FailFast(), scope.WithSink(scope.SinkFunc(func(ctx context.Context, e *scope.TaskError) {
			told = append(told, e.Err)
			d.HandleError(ctx, e)
		})))
		n := 0
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(context.Context) error {
			switch n++; n {
			case 1:
				panic(errBoom)
			case 2:
				runtime.Goexit()
			}
			return nil
		}, every(time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t, `0s told /s task "w": panic: boom, attempt 1`, `1s told /s task "w": scope: left by runtime.Goexit, attempt 2`)
		var p *scope.PanicError
		if !errors.As(told[0], &p) || len(p.Stack) == 0 || !errors.Is(told[1], scope.ErrGoexit) {
			t.Errorf("told %v", told)
		}
	})
}

func TestWhatAnAttemptLeftBehindEndsBeforeTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s", scope.WithSink(d))
		n := 0
		sv := must(t)(supervise.Go(t.Context(), s, "w", func(ctx context.Context) error {
			if n++; n > 1 {
				d.note("second")
				return nil
			}
			scope.Current(ctx).Defer("db", func(context.Context) error { d.note("release"); return errors.New("stuck lock") })
			return errors.Join(errBoom, scope.Spawn(ctx, func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(5 * time.Second)
				d.note("spawned: %v", context.Cause(ctx))
				return nil
			}))
		}, every(time.Second)))
		mustWait(t, sv, nil)
		mustClose(t, s)
		d.want(t,
			"5s spawned: scope /s/w.attempt-1 cancelled by its attempt: boom", "5s release",
			"5s told /s task \"w\": boom\nscope: releasing \"db\" of /s/w.attempt-1: stuck lock, attempt 1", "6s second")
	})
}

func TestRefusedByAClosedScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		mustClose(t, s)
		fn := func(context.Context) error { t.Error("it ran"); return nil }
		if sv, err := supervise.Go(t.Context(), s, "w", fn); sv != nil || !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Go() = %v, %v, want %v", sv, err, scope.ErrClosed)
		}
	})
}

func TestMistakesPanic(t *testing.T) {
	s := scope.New(t.Context(), "s")
	defer mustClose(t, s)
	fn := func(context.Context) error { return nil }
	for want, f := range map[string]func(){
		"supervise: Go: fn is nil":        func() { _, _ = supervise.Go(t.Context(), s, "w", nil) },
		"supervise: Go: s is nil":         func() { _, _ = supervise.Go(t.Context(), nil, "w", fn) },
		"supervise: Group: no children":   func() { _, _ = supervise.Group(t.Context(), s, "w", supervise.OneForAll, nil) },
		"supervise: Group: no strategy 9": func() { _, _ = supervise.Group(t.Context(), s, "w", 9, nil) },
		`supervise: Group: Run of child "a" is nil`: func() {
			_, _ = supervise.Group(t.Context(), s, "w", supervise.OneForAll, []supervise.Child{{Name: "a"}})
		},
		"supervise: Restart: no policy 9":                      func() { supervise.Restart(9) },
		"supervise: BackOff: f is nil":                         func() { supervise.BackOff(nil) },
		"supervise: Healthy: d is -1ns, want at least 0":       func() { supervise.Healthy(-1) },
		"supervise: Intensity: n is -1, want at least 0":       func() { supervise.Intensity(-1, 1) },
		"supervise: Intensity: window is 0s, want more than 0": func() { supervise.Intensity(1, 0) },
		"supervise: EscalateTo: target is nil":                 func() { supervise.EscalateTo(nil) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic(%v), want %q", got, want)
				}
			}()
			f()
		}()
	}
}

func TestFailuresNameTheFunctionThatIsSupervised(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var sites []string
		s := scope.New(t.Context(), "s", scope.WithSink(scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			sites = append(sites, e.Site)
		})))
		sv := must(t)(supervise.Go(t.Context(), s, "w", alwaysBoom, every(time.Second), supervise.Intensity(1, time.Minute)))
		mustWait(t, sv, errBoom)
		mustClose(t, s)
		if len(sites) != 2 || !strings.Contains(sites[0], "alwaysBoom") || !strings.Contains(sites[1], "alwaysBoom") {
			t.Errorf("sites = %q, want two of alwaysBoom", sites)
		}
	})
}

func alwaysBoom(context.Context) error { return errBoom }
