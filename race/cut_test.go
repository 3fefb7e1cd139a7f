package race_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func TestEndedContextStartsNobody(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errCut)
	for _, k := range kinds {
		out, err := k.run(ctx, []scope.Func[int]{func(context.Context) (int, error) { t.Error("started"); return 1, nil }})
		e, ok := errors.AsType[*race.Error](err)
		if !ok || e.Cause != errCut || out.Index != -1 || len(out.Attempts) != 0 { //nolint:errorlint // unchanged
			t.Errorf("%s: outcome %+v, %v, want the cause", k.name, out, err)
		}
		if want := "race: cut short: cut"; err.Error() != want {
			t.Errorf("%s: error %q, want %q", k.name, err, want)
		}
	}
}

func TestCutBeforeTheDecisionReturnsTheCause(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
			defer cancel()
			wrapped := func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, fmt.Errorf("asking: %w", context.Cause(ctx))
			}
			out, err := k.run(ctx, []scope.Func[int]{wins(2*time.Second, 2), wrapped})
			e, ok := errors.AsType[*race.Error](err)
			if !ok || e.Cause != errCut || !errors.Is(err, errCut) { //nolint:errorlint // unchanged
				t.Errorf("%s: error %v, want the cause", k.name, err)
			}
			if want := "race: cut short: cut"; err.Error() != want {
				t.Errorf("%s: error %q, want %q: the cause comes once", k.name, err, want)
			}
			if out.Index != -1 || out.Value != 0 || len(out.Attempts) != 2 {
				t.Errorf("%s: outcome %+v, want both attempts", k.name, out)
			}
			if at := time.Since(start); at != time.Second {
				t.Errorf("%s: the race returned at %v, want 1s", k.name, at)
			}
		})
	}
}

func TestCutKeepsTheFailuresFromBefore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errCut)
		defer cancel()
		joined := func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, errors.Join(errCrash, ctx.Err())
		}
		out, err := race.DeferErrors(ctx, []scope.Func[int]{fails[int](time.Second, errBoom), wins(3*time.Second, 1), joined})
		for _, want := range []error{errCut, errBoom, errCrash} {
			if !errors.Is(err, want) {
				t.Errorf("error %v, want %v in it", err, want)
			}
		}
		if len(out.Attempts) != 3 || out.Attempts[0].Err != errBoom { //nolint:errorlint // unchanged
			t.Errorf("attempts %q", attempts(out.Attempts))
		}
	})
}

// TestSuccessAfterTheCutIsTooLate is about contenders that do not see that the
// race is over.
func TestSuccessAfterTheCutIsTooLate(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
			defer cancel()
			var discarded atomic.Int32
			out, err := k.run(ctx, []scope.Func[int]{deaf(2*time.Second, 2, nil)}, race.Discard(func(v int) { discarded.Add(int32(v)) }))
			if e, ok := errors.AsType[*race.Error](err); !ok || e.Cause != errCut { //nolint:errorlint // unchanged
				t.Errorf("%s: error %v, want the cause", k.name, err)
			}
			if out.Index != -1 || out.Value != 0 || discarded.Load() != 2 {
				t.Errorf("%s: outcome %+v, %d given back, want the late value", k.name, out, discarded.Load())
			}
			wantAttempts(t, out.Attempts, "0: 0s to 2s")
		})
	}
}

func TestDecisionStandsWhenTheCutComesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*time.Second, errCut)
		defer cancel()
		out, err := race.DeferErrors(ctx, []scope.Func[int]{wins(time.Second, 1), deaf(3*time.Second, 0, nil)})
		if out.Value != 1 || err != nil {
			t.Errorf("outcome %+v, %v, want 1", out, err)
		}
		ctx, cancel = context.WithTimeoutCause(t.Context(), 2*time.Second, errCut)
		defer cancel()
		_, err = race.FailFast(ctx, []scope.Func[int]{fails[int](time.Second, errBoom), deaf(3*time.Second, 0, nil)})
		if !errors.Is(err, errBoom) || errors.Is(err, errCut) {
			t.Errorf("error %v, want only %v", err, errBoom)
		}
	})
}

// TestCutInTheInstantOfTheDecision may go either way, but not both ways.
func TestCutInTheInstantOfTheDecision(t *testing.T) {
	for _, k := range kinds {
		for range 200 {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
				defer cancel()
				c := new(conn)
				run := race.FailFast[*conn]
				if k.name == "DeferErrors" {
					run = race.DeferErrors[*conn]
				}
				out, err := run(ctx, []scope.Func[*conn]{deaf(time.Second, c, nil)})
				won := out.Value == c && out.Index == 0 && err == nil && c.closed.Load() == 0
				lost := out.Value == nil && out.Index == -1 && errors.Is(err, errCut) && c.closed.Load() == 1
				if won == lost {
					t.Errorf("%s: outcome %+v, %v, value closed %d times", k.name, out, err, c.closed.Load())
				}
			})
		}
	}
}

// TestSuccessOfAContenderThatSawTheCutIsTooLate is about contenders that look at
// the context of the race, which may end a step before their own.
func TestSuccessOfAContenderThatSawTheCutIsTooLate(t *testing.T) {
	for _, k := range kinds {
		for range 100 {
			synctest.Test(t, func(t *testing.T) {
				told := new(telling)
				inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
					ctx, cancel := context.WithTimeoutCause(ctx, time.Second, errCut)
					defer cancel()
					_, err := k.run(ctx, []scope.Func[int]{
						func(context.Context) (int, error) { <-ctx.Done(); return 1, nil },
						func(context.Context) (int, error) { <-ctx.Done(); return 0, context.Cause(ctx) },
					})
					e, ok := errors.AsType[*race.Error](err)
					if !ok || e.Cause != errCut || err.Error() != "race: cut short: cut" { //nolint:errorlint // unchanged
						t.Errorf("%s: error %v, want only the cause", k.name, err)
					}
				})
				told.want(t)
			})
		}
	}
}

func TestScopeOfTheRaceCancelledFromInsideLooksCut(t *testing.T) {
	for _, k := range kinds {
		for _, cause := range []error{errCut, nil} {
			synctest.Test(t, func(t *testing.T) {
				_, err := k.run(t.Context(), []scope.Func[int]{func(ctx context.Context) (int, error) {
					scope.Current(ctx).Cancel(cause)
					return 0, ctx.Err()
				}})
				e, ok := errors.AsType[*race.Error](err)
				if !ok || !errors.Is(e.Cause, context.Canceled) || cause != nil && !errors.Is(e.Cause, cause) {
					t.Errorf("%s: error %v, want cut short by %v", k.name, err, cause)
				}
			})
		}
	}
}

func TestRaceIsAScopeUnderThatOfItsTask(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			told := new(telling)
			type key struct{}
			inTask(t, told, func(ctx context.Context, outer *scope.Scope) {
				ctx = context.WithValue(ctx, key{}, "trace")
				_, err := k.run(ctx, []scope.Func[int]{func(ctx context.Context) (int, error) {
					own := scope.Current(ctx)
					if kids := outer.Children(); own.Path() != "/outer/race" || len(kids) != 1 || kids[0] != own {
						t.Errorf("%s: runs in %s, children %v", k.name, own.Path(), kids)
					}
					if v := ctx.Value(key{}); v != "trace" {
						t.Errorf("%s: value %v, want trace", k.name, v)
					}
					return 1, nil
				}})
				if err != nil {
					t.Errorf("%s: %v", k.name, err)
				}
			})
			told.want(t)
		})
	}
}

func TestClosingScopeCutsTheRace(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			outer := scope.New(t.Context(), "outer")
			time.AfterFunc(time.Second, func() { outer.Cancel(errCut) })
			start := time.Now()
			contender := func(ctx context.Context) (int, error) {
				<-ctx.Done()
				if outer.Context().Err() != nil {
					t.Errorf("%s: the scope has ended under its child", k.name)
				}
				time.Sleep(time.Second)
				return 0, ctx.Err()
			}
			_, err := k.run(outer.Context(), []scope.Func[int]{contender})
			e, ok := errors.AsType[*race.Error](err)
			if at := time.Since(start); !ok || !errors.Is(e.Cause, errCut) || at != 2*time.Second {
				t.Errorf("%s: error %v at %v, want the cause of the scope at 2s", k.name, err, at)
			}
			if err := outer.Close(); err != nil {
				t.Errorf("%s: Close() = %v", k.name, err)
			}
			_, err = k.run(outer.Context(), []scope.Func[int]{contender})
			if !errors.Is(err, errCut) {
				t.Errorf("%s: in a closed scope: %v, want the cause", k.name, err)
			}
		})
	}
}

func TestDrainingScopeTakesNoRaceFromOutside(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			outer := scope.New(t.Context(), "outer")
			slow := outer.Child("slow")
			if err := slow.Go(t.Context(), func(context.Context) error { time.Sleep(time.Second); return nil }); err != nil {
				t.Errorf("Go() = %v", err)
			}
			outer.Cancel(errCut)
			start := time.Now()
			_, err := k.run(outer.Context(), []scope.Func[int]{func(context.Context) (int, error) { t.Error("started"); return 1, nil }})
			e, ok := errors.AsType[*race.Error](err)
			if !ok || !errors.Is(e.Cause, errCut) || time.Since(start) != 0 {
				t.Errorf("%s: error %v after %v, want the cause at once", k.name, err, time.Since(start))
			}
			if err := outer.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		})
	}
}

func TestNestedRaces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		told := new(telling)
		inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
			group := func(ds ...time.Duration) scope.Func[int] {
				return func(ctx context.Context) (int, error) {
					var contenders []scope.Func[int]
					for i, d := range ds {
						contenders = append(contenders, wins(d*time.Second, int(d)*10+i))
					}
					out, err := race.FailFast(ctx, contenders)
					return out.Value, err
				}
			}
			out, err := race.DeferErrors(ctx, []scope.Func[int]{group(5, 3), group(4, 2), group(9)})
			if out.Value != 21 || out.Index != 1 || err != nil {
				t.Errorf("outcome %+v, %v, want 21", out, err)
			}
			for _, a := range out.Attempts[1:] {
				e, ok := errors.AsType[*race.Error](a.Err)
				if !ok || e.Cause == nil || !errors.Is(a.Err, context.Canceled) {
					t.Errorf("attempt %d failed with %v, want cut short", a.Index, a.Err)
				}
			}
			if at := time.Since(start); at != 2*time.Second {
				t.Errorf("the race returned at %v, want 2s", at)
			}
		})
		told.want(t)
	})
}
