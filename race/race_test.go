package race_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func TestFirstSuccessWins(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				out, err := k.run(t.Context(), []scope.Func[int]{
					wins(3*time.Second, 3), wins(time.Second, 1), deaf(2*time.Second, 0, errBoom),
				})
				if out.Value != 1 || out.Index != 1 || out.Elapsed != time.Second || err != nil {
					t.Errorf("outcome %+v, %v, want 1 of contender 1 after 1s", out, err)
				}
				wantAttempts(t, out.Attempts, "1: 0s to 1s", "0: 0s to 1s, context canceled", "2: 0s to 2s, boom")
				if at := time.Since(start); at != 2*time.Second {
					t.Errorf("the race returned at %v, want 2s", at)
				}
			})
		})
	}
}

func TestFailFastFailsWithTheFirstFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		out, err := race.FailFast(t.Context(), []scope.Func[int]{
			wins(2*time.Second, 2), fails[int](time.Second, errBoom), fails[int](3*time.Second, errCrash),
		})
		if !errors.Is(err, errBoom) || errors.Is(err, errCrash) {
			t.Errorf("error %v, want %v", err, errBoom)
		}
		if want := "race: the first to end has failed: contender 1: boom"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		if out.Value != 0 || out.Index != 1 || out.Elapsed != time.Second || len(out.Attempts) != 3 {
			t.Errorf("outcome %+v, want contender 1 after 1s", out)
		}
		if at := time.Since(start); at != time.Second {
			t.Errorf("the race returned at %v, want 1s", at)
		}
	})
}

// TestFailureIsNoCancellation is about callers who look for context.Canceled:
// that the race stopped the losers is not their affair.
func TestFailureIsNoCancellation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cause := func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, context.Cause(ctx)
		}
		_, err := race.FailFast(t.Context(), []scope.Func[int]{cause, fails[int](time.Second, errBoom), wins(2*time.Second, 2)})
		if !errors.Is(err, errBoom) || errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want %v and no cancellation", err, errBoom)
		}
	})
}

func TestLateFailureComesAfterTheOneThatDecided(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, err := race.FailFast(t.Context(), []scope.Func[int]{
			deaf(2*time.Second, 0, errCrash), fails[int](time.Second, errBoom),
		})
		e, ok := errors.AsType[*race.Error](err)
		if !ok || e.Cause != nil || !errors.Is(err, errBoom) || !errors.Is(err, errCrash) {
			t.Fatalf("error %v, want both failures", err)
		}
		if errs := e.Unwrap(); len(errs) != 2 || errs[0] != errBoom || errs[1] != errCrash { //nolint:errorlint // the very errors
			t.Errorf("Unwrap() = %v, want %v first", errs, errBoom)
		}
	})
}

func TestDeferErrorsTakesASuccessAfterFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := race.DeferErrors(t.Context(), []scope.Func[int]{
			fails[int](time.Second, errBoom), wins(2*time.Second, 2), panics, exits,
		})
		if out.Value != 2 || out.Index != 1 || out.Elapsed != 2*time.Second || err != nil {
			t.Errorf("outcome %+v, %v, want 2 of contender 1 after 2s", out, err)
		}
		for _, a := range out.Attempts[:3] {
			if a.Err == nil || a.Index == 1 {
				t.Errorf("attempt %+v, want a failure", a)
			}
		}
		wantAttempts(t, out.Attempts[2:], "0: 0s to 1s, boom", "1: 0s to 2s")
	})
}

// A coded error is found by errors.As.
type coded struct{ code int }

func (e *coded) Error() string { return "coded" }

func TestDeferErrorsReportsEveryFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := race.DeferErrors(t.Context(), []scope.Func[int]{
			fails[int](3*time.Second, errCrash), fails[int](time.Second, errBoom), fails[int](2*time.Second, &coded{7}),
		})
		c, ok := errors.AsType[*coded](err)
		if !errors.Is(err, errBoom) || !errors.Is(err, errCrash) || !ok || c.code != 7 {
			t.Errorf("error %v, want all three", err)
		}
		if want := "race: all 3 contenders failed: contender 1: boom; contender 2: coded; contender 0: crash"; err.Error() != want {
			t.Errorf("error %q, want %q", err, want)
		}
		if out.Value != 0 || out.Index != -1 || out.Elapsed != 0 {
			t.Errorf("outcome %+v, want no decision", out)
		}
		wantAttempts(t, out.Attempts, "1: 0s to 1s, boom", "2: 0s to 2s, coded", "0: 0s to 3s, crash")
	})
}

func TestFailureOfManyIsOneShortText(t *testing.T) {
	contenders := make([]scope.Func[int], 1000)
	for i := range contenders {
		contenders[i] = fails[int](0, &coded{i})
	}
	out, err := race.DeferErrors(t.Context(), contenders)
	e, ok := errors.AsType[*race.Error](err)
	if !ok || len(e.Unwrap()) != 1000 || len(out.Attempts) != 1000 {
		t.Fatalf("error %v, want 1000 failures in it", err)
	}
	text := err.Error()
	if len(text) > 300 || !strings.HasPrefix(text, "race: all 1000 contenders failed: contender ") || !strings.HasSuffix(text, "; and 992 more") {
		t.Errorf("text of %d bytes: %q", len(text), text)
	}
}

func TestPanicOfAContenderIsAFailureWithItsStack(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			told := new(telling)
			inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
				out, err := k.run(ctx, []scope.Func[int]{panics})
				p, ok := errors.AsType[*scope.PanicError](err)
				if !ok || p.Value != error(errBoom) || !strings.Contains(string(p.Stack), "race_test.panics") { //nolint:errorlint // the error itself
					t.Errorf("%s: error %v, want the panic and its stack", k.name, err)
				}
				if !errors.Is(err, errBoom) || len(out.Attempts) != 1 {
					t.Errorf("%s: %d attempts, error %v", k.name, len(out.Attempts), err)
				}
			})
			told.want(t)
		})
	}
}

func TestGoexitOfAContenderIsAFailureToldOnce(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			told := new(telling)
			inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
				out, err := k.run(ctx, []scope.Func[int]{exits})
				if !errors.Is(err, scope.ErrGoexit) || len(out.Attempts) != 1 {
					t.Errorf("%s: %d attempts, error %v", k.name, len(out.Attempts), err)
				}
			})
			told.want(t)
		})
	}
}

func TestGoexitAndPanicDecideAFailFastRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for want, f := range map[error]scope.Func[int]{errBoom: panics, scope.ErrGoexit: exits} {
			out, err := race.FailFast(t.Context(), []scope.Func[int]{wins(time.Second, 1), f})
			if !errors.Is(err, want) || out.Index != 1 || out.Elapsed != 0 {
				t.Errorf("outcome %+v, %v, want %v at once", out, err, want)
			}
		}
	})
}

func TestNobodyInTheRaceIsAnErrorAtOnce(t *testing.T) {
	ended, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	for _, k := range kinds {
		for _, ctx := range []context.Context{t.Context(), ended} {
			out, err := k.run(ctx, nil)
			if err != race.ErrNoContenders || out.Index != -1 || out.Attempts != nil { //nolint:errorlint // the sentinel itself
				t.Errorf("%s: outcome %+v, %v, want %v", k.name, out, err, race.ErrNoContenders)
			}
		}
	}
}

func TestMisusePanicsAtOnce(t *testing.T) {
	ran := false
	ok := func(context.Context) (int, error) { ran = true; return 1, nil }
	for want, f := range map[string]func(){
		"race: FailFast: contenders[1] is nil": func() {
			_, _ = race.FailFast(t.Context(), []scope.Func[int]{ok, nil})
		},
		"race: DeferErrors: contenders[0] is nil": func() {
			_, _ = race.DeferErrors(t.Context(), []scope.Func[int]{nil, ok})
		},
		"race: FailFast: Discard is func(string), want [func(int)]": func() {
			_, _ = race.FailFast(t.Context(), []scope.Func[int]{ok}, race.Discard(func(string) {}))
		},
		"race: Discard: f is nil": func() { race.Discard[int](nil) },
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			f()
		}()
	}
	if ran {
		t.Error("a contender has run")
	}
}
