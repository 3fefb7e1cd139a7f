package race_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// An arrival is a contender that is found a while after the one before, or an
// error.
type arrival struct {
	after time.Duration
	f     scope.Func[int]
	err   error
}

// arrive emits arrivals, and the cause when it is cut.
func arrive(arrivals ...arrival) stream.Stream[scope.Func[int]] {
	return func(ctx context.Context, yield func(scope.Func[int], error) bool) {
		for _, a := range arrivals {
			if !rest(ctx, a.after) {
				yield(nil, context.Cause(ctx))
				return
			}
			if !yield(a.f, a.err) {
				return
			}
		}
	}
}

func TestLazyTakesContendersWhileItRuns(t *testing.T) {
	for _, c := range []struct {
		name     string
		arrivals []arrival
		opts     []race.Option
		value    int
		returns  time.Duration
		attempts []string
	}{
		{
			"the first to succeed ends the search", []arrival{{second, wins(2*second, 1), nil}, {99 * second, nil, errCrash}},
			nil, 1, 3 * second, []string{"0: 1s to 3s"},
		},
		{
			"who comes later may overtake", []arrival{{0, wins(9*second, 1), nil}, {2 * second, wins(second, 2), nil}},
			nil, 2, 3 * second, []string{"1: 2s to 3s", "0: 0s to 3s, context canceled"},
		},
		{
			"an error is a contender that failed", []arrival{{second, nil, errBoom}, {second, wins(second, 1), nil}},
			nil, 1, 3 * second, []string{"0: 1s to 1s, boom", "1: 2s to 3s"},
		},
		{
			"the next is asked for when it may start", []arrival{{0, wins(9*second, 1), nil}, {second, wins(second, 2), nil}},
			[]race.Option{race.Stagger(2 * second)}, 2, 4 * second, []string{"1: 3s to 4s", "0: 0s to 4s, context canceled"},
		},
		{
			"when the newest fails, at once", []arrival{{0, fails[int](second, errBoom), nil}, {second, wins(second, 2), nil}},
			[]race.Option{race.Stagger(9 * second)}, 2, 3 * second, []string{"0: 0s to 1s, boom", "1: 2s to 3s"},
		},
		{
			"all fail, and the search ends", []arrival{{0, fails[int](second, errBoom), nil}, {2 * second, nil, errCrash}},
			nil, 0, 2 * second, []string{"0: 0s to 1s, boom", "1: 2s to 2s, crash"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begun := time.Now()
				out, err := race.Lazy(t.Context(), arrive(c.arrivals...), c.opts...)
				if out.Value != c.value || (err == nil) != (c.value > 0) {
					t.Errorf("outcome %+v, %v, want %d", out, err, c.value)
				}
				if at := time.Since(begun); at != c.returns {
					t.Errorf("the race returned at %v, want %v", at, c.returns)
				}
				wantAttempts(t, out.Attempts, c.attempts...)
			})
		})
	}
}

func TestLazyWithoutContenders(t *testing.T) {
	out, err := race.Lazy(t.Context(), stream.Empty[scope.Func[int]]())
	if !errors.Is(err, race.ErrNoContenders) || out.Index != -1 {
		t.Errorf("outcome %+v, %v, want %v", out, err, race.ErrNoContenders)
	}
}

func TestLazyIsCutWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), 2*second, errCut)
		defer cancel()
		out, err := race.Lazy(ctx, arrive(arrival{second, fails[int](0, errBoom), nil}, arrival{9 * second, wins(0, 1), nil}))
		if !errors.Is(err, errCut) || !errors.Is(err, errBoom) || len(out.Attempts) != 1 {
			t.Errorf("outcome %+v, %v, want the cut and the failure", out, err)
		}
	})
}

func TestLazyNamesWhatIsWrong(t *testing.T) {
	for want, src := range map[string]stream.Stream[scope.Func[int]]{
		"race: Lazy: src is nil":         nil,
		"race: Lazy: contender 0 is nil": stream.Of[scope.Func[int]](nil),
	} {
		func() {
			defer func() {
				if got := recover(); got != want {
					t.Errorf("panic %v, want %q", got, want)
				}
			}()
			_, _ = race.Lazy(t.Context(), src)
		}()
	}
}
