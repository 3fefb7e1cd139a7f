package race_test

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

const second = time.Second

// fns are contenders for an int.
type fns = []scope.Func[int]

// progress returns a contender that makes progress after d and has v after
// another d.
func progress(d time.Duration, v int) scope.Func[int] {
	return func(ctx context.Context) (int, error) {
		if !rest(ctx, d) {
			return 0, ctx.Err()
		}
		race.Progress(ctx)
		return wins(d, v)(ctx)
	}
}

// A contestCase is a race of DeferErrors and what is to come of it.
type contestCase struct {
	name     string
	fns      fns
	opts     []race.Option
	value    int
	elapsed  time.Duration // 0: nobody wins
	returns  time.Duration
	attempts []string
}

func runCases(t *testing.T, cases []contestCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				out, err := race.DeferErrors(t.Context(), c.fns, c.opts...)
				if at := time.Since(begun); at != c.returns {
					t.Errorf("the race returned at %v, want %v", at, c.returns)
				}
				if (err == nil) != (c.elapsed > 0) || out.Value != c.value || out.Elapsed != c.elapsed {
					t.Errorf("outcome %+v, %v, want %d at %v", out, err, c.value, c.elapsed)
				}
				slices.SortStableFunc(out.Attempts, func(a, b race.Attempt) int {
					return cmp.Or(cmp.Compare(a.End, b.End), a.Index-b.Index) // those of one instant come as they come
				})
				wantAttempts(t, out.Attempts, c.attempts...)
			})
		})
	}
}

func TestStagger(t *testing.T) {
	runCases(t, []contestCase{
		{
			"the next starts when its time has come", fns{wins(3*second, 1), wins(3*second, 2), wins(3*second, 3)},
			[]race.Option{race.Stagger(2 * second)}, 1, 3 * second, 3 * second,
			[]string{"0: 0s to 3s", "1: 2s to 3s, context canceled"},
		},
		{
			"or in the instant in which the newest fails", fns{fails[int](second, errBoom), fails[int](second, errBoom), wins(second, 3)},
			[]race.Option{race.Stagger(10 * second)}, 3, 3 * second, 3 * second,
			[]string{"0: 0s to 1s, boom", "1: 1s to 2s, boom", "2: 2s to 3s"},
		},
		{
			"but not when an older one fails", fns{fails[int](3*second, errBoom), wins(9*second, 2), wins(second, 3)},
			[]race.Option{race.Stagger(2 * second)}, 3, 5 * second, 5 * second,
			[]string{"0: 0s to 3s, boom", "1: 2s to 5s, context canceled", "2: 4s to 5s"},
		},
		{
			"and at once when nobody is left", fns{fails[int](3*second, errBoom), fails[int](0, errCrash), wins(second, 3)},
			[]race.Option{race.Stagger(2 * second)}, 3, 3 * second, 3 * second,
			[]string{"1: 2s to 2s, crash", "0: 0s to 3s, boom", "2: 2s to 3s"},
		},
		{
			"all fail", fns{fails[int](0, errBoom), fails[int](second, errCrash)},
			[]race.Option{race.Stagger(second)}, 0, 0, second,
			[]string{"0: 0s to 0s, boom", "1: 0s to 1s, crash"},
		},
		{
			"zero is none", fns{wins(2*second, 1), wins(second, 2)},
			[]race.Option{race.Stagger(second), race.Stagger(0)}, 2, second, second,
			[]string{"0: 0s to 1s, context canceled", "1: 0s to 1s"},
		},
		{
			"a delay for each", fns{wins(9*second, 1), wins(9*second, 2), wins(second, 3)},
			[]race.Option{race.StaggerFunc(func(i int) time.Duration { return time.Duration(i) * second })}, 3, 4 * second, 4 * second,
			[]string{"0: 0s to 4s, context canceled", "1: 1s to 4s, context canceled", "2: 3s to 4s"},
		},
		{
			"progress holds the next one back", fns{progress(3*second, 1), wins(9*second, 2)},
			[]race.Option{race.Stagger(4 * second)}, 1, 6 * second, 6 * second, []string{"0: 0s to 6s"},
		},
		{
			"progress of an older one too", fns{progress(5*second, 1), wins(99*second, 2), wins(99*second, 3)},
			[]race.Option{race.Stagger(4 * second)}, 1, 10 * second, 10 * second,
			[]string{"0: 0s to 10s", "1: 4s to 10s, context canceled", "2: 9s to 10s, context canceled"},
		},
	})
}

func TestLimit(t *testing.T) {
	runCases(t, []contestCase{
		{
			"one at a time", fns{fails[int](second, errBoom), fails[int](second, errCrash), wins(second, 3)},
			[]race.Option{race.Limit(1)}, 3, 3 * second, 3 * second,
			[]string{"0: 0s to 1s, boom", "1: 1s to 2s, crash", "2: 2s to 3s"},
		},
		{
			"what is due waits for a place", fns{fails[int](5*second, errBoom), wins(9*second, 2), wins(second, 3)},
			[]race.Option{race.Limit(2), race.Stagger(second)}, 3, 6 * second, 6 * second,
			[]string{"0: 0s to 5s, boom", "1: 1s to 6s, context canceled", "2: 5s to 6s"},
		},
		{
			"nobody starts after the end", fns{wins(second, 1), wins(second, 2)},
			[]race.Option{race.Limit(1)}, 1, second, second, []string{"0: 0s to 1s"},
		},
	})
}

func TestPrefer(t *testing.T) {
	runCases(t, []contestCase{
		{
			"the better one in time wins", fns{wins(3*second, 1), wins(second, 2)},
			[]race.Option{race.Prefer(3 * second)}, 1, 3 * second, 3 * second,
			[]string{"1: 0s to 1s", "0: 0s to 3s"},
		},
		{
			"the better one comes too late", fns{wins(9*second, 1), wins(second, 2)},
			[]race.Option{race.Prefer(2 * second)}, 2, second, 3 * second,
			[]string{"1: 0s to 1s", "0: 0s to 3s, context canceled"},
		},
		{
			"the better one fails", fns{fails[int](2*second, errBoom), wins(second, 2), wins(9*second, 3)},
			[]race.Option{race.Prefer(5 * second)}, 2, second, 2 * second,
			[]string{"1: 0s to 1s", "0: 0s to 2s, boom", "2: 0s to 2s, context canceled"},
		},
		{
			"the best of all decides at once", fns{wins(second, 1), wins(9*second, 2)},
			[]race.Option{race.Prefer(5 * second)}, 1, second, second,
			[]string{"0: 0s to 1s", "1: 0s to 1s, context canceled"},
		},
		{
			"better and better", fns{wins(9*second, 1), wins(2*second, 2), wins(second, 3)},
			[]race.Option{race.Prefer(2 * second)}, 2, 2 * second, 3 * second,
			[]string{"2: 0s to 1s", "1: 0s to 2s", "0: 0s to 3s, context canceled"},
		},
		{
			"nobody starts meanwhile", fns{wins(9*second, 1), wins(2*second, 2), wins(second, 3)},
			[]race.Option{race.Prefer(3 * second), race.Stagger(3 * second)}, 2, 5 * second, 8 * second,
			[]string{"1: 3s to 5s", "0: 0s to 8s, context canceled"},
		},
	})
}

func TestAttemptTimeoutIsAFailureOfTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := race.DeferErrors(t.Context(), fns{wins(9*second, 1), wins(2*second, 2)},
			race.AttemptTimeout(3*second), race.Stagger(9*second))
		if out.Value != 2 || out.Elapsed != 5*second || err != nil {
			t.Errorf("outcome %+v, %v, want 2 after 5s", out, err)
		}
		timeout, ok := errors.AsType[*scope.TimeoutError](out.Attempts[0].Err)
		if !ok || !errors.Is(timeout, context.DeadlineExceeded) {
			t.Errorf("first attempt %+v, want a timeout", out.Attempts[0])
		}
		_, err = race.DeferErrors(t.Context(), fns{wins(9*second, 1)}, race.AttemptTimeout(second))
		const want = "race: all 1 contenders failed: contender 0: scope /race: timed out after 1s"
		if err == nil || err.Error() != want || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %q", err, want)
		}
	})
}

func TestAcceptDecidesWhatASuccessIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var (
			mu        sync.Mutex // guards discarded
			discarded []int
		)
		discard := func(v int) {
			mu.Lock()
			defer mu.Unlock()
			discarded = append(discarded, v)
		}
		odd := func(_ context.Context, v int) error {
			switch {
			case v == 4:
				panic(errCrash)
			case v%2 == 0:
				return errBoom
			}
			return nil
		}
		out, err := race.DeferErrors(t.Context(), fns{wins(second, 2), wins(2*second, 4), wins(3*second, 5)},
			race.Accept(odd), race.Discard(discard))
		if out.Value != 5 || err != nil || !errors.Is(out.Attempts[0].Err, errBoom) || !errors.Is(out.Attempts[1].Err, errCrash) {
			t.Errorf("outcome %+v, %v, want 5 after two failures", out, err)
		}
		if len(discarded) != 2 || discarded[0] != 2 || discarded[1] != 4 {
			t.Errorf("discarded %v, want 2 and 4", discarded)
		}
	})
}

func TestAcceptIsPartOfTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		shake := func(ctx context.Context, _ int) error {
			race.Progress(ctx)
			if !rest(ctx, 2*second) {
				return ctx.Err()
			}
			return nil
		}
		out, err := race.DeferErrors(t.Context(), fns{wins(second, 1), wins(second, 2)}, race.Accept(shake), race.Stagger(5*second/2))
		if out.Value != 1 || out.Elapsed != 3*second || err != nil {
			t.Errorf("outcome %+v, %v, want 1 after 3s", out, err)
		}
		wantAttempts(t, out.Attempts, "0: 0s to 3s")
	})
}

func TestAcceptIsInTheTimeOfTheAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := func(ctx context.Context, _ int) error { <-ctx.Done(); return ctx.Err() }
		_, err := race.DeferErrors(t.Context(), fns{wins(second, 1)}, race.Accept(slow), race.AttemptTimeout(2*second))
		if timeout, ok := errors.AsType[*scope.TimeoutError](err); !ok {
			t.Errorf("error %v (%v), want the timeout of the attempt", err, timeout)
		}
	})
}

func TestProgressOutsideARaceDoesNothing(t *testing.T) {
	race.Progress(t.Context())
	_, err := race.DeferErrors(t.Context(), fns{progress(0, 1)})
	if err != nil {
		t.Errorf("error %v", err)
	}
}
