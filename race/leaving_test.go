package race_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func TestLoserTimeoutBoundsTheWaitForLosers(t *testing.T) {
	for _, c := range []struct {
		name    string
		wait    time.Duration
		returns time.Duration
		late    []string // what the sink is told
		in      int      // attempts that are in the outcome
	}{
		{"not at all", 0, second, []string{"/outer/race: race: contender 1: boom"}, 1},
		{"not long enough", second, 2 * second, []string{"/outer/race: race: contender 1: boom"}, 1},
		{"long enough", 9 * second, 4 * second, nil, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				told, late := new(telling), new(conn)
				s := scope.New(t.Context(), "outer", scope.WithSink(told))
				begun, win := time.Now(), new(conn)
				err := s.Go(t.Context(), func(ctx context.Context) error {
					out, err := race.DeferErrors(ctx, []scope.Func[*conn]{
						wins(second, win), deaf[*conn](3*second, nil, errBoom), deaf(4*second, late, nil),
					}, race.LoserTimeout(c.wait))
					if at := time.Since(begun); out.Value != win || err != nil || at != c.returns || len(out.Attempts) != c.in {
						t.Errorf("outcome %+v, %v at %v, want a connection at %v and %d attempts", out, err, at, c.returns, c.in)
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(3500 * time.Millisecond)
				if kids := s.Children(); len(kids) != 1 || kids[0].Name() != "race" {
					t.Errorf("scopes %v, want the race while a loser runs", kids)
				}
				time.Sleep(second)
				if kids := s.Children(); len(kids) != 0 {
					t.Errorf("scopes %v are left, want none", kids)
				}
				if late.closed.Load() != 1 || win.closed.Load() != 0 {
					t.Errorf("closed the late value %d times, the winner %d times", late.closed.Load(), win.closed.Load())
				}
				told.want(t, c.late...)
				if err := s.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
			})
		})
	}
}

func TestRaceThatNobodyWinsClosesItsScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inTask(t, new(telling), func(ctx context.Context, s *scope.Scope) {
			_, err := race.DeferErrors(ctx, fns{fails[int](second, errBoom)}, race.LoserTimeout(second))
			synctest.Wait() // the task of the contender may be about to end
			if kids := s.Children(); !errors.Is(err, errBoom) || len(kids) != 0 {
				t.Errorf("error %v, scopes %v are left, want %v and none", err, kids, errBoom)
			}
		})
	})
}

func TestLoserTimeoutReturnsTheCauseInTheInstantOfTheCut(t *testing.T) {
	for name, opts := range map[string][]race.Option{
		"all at once": {race.LoserTimeout(0)},
		"staggered":   {race.LoserTimeout(0), race.Stagger(9 * second)},
		"limited":     {race.LoserTimeout(0), race.Limit(1)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, begun := new(conn), time.Now()
				ctx, cancel := context.WithTimeoutCause(t.Context(), second, errCut)
				defer cancel()
				out, err := race.DeferErrors(ctx, []scope.Func[*conn]{deaf(3*second, c, nil), wins(9*second, c)}, opts...)
				if at := time.Since(begun); at != second || !errors.Is(err, errCut) || out.Value != nil {
					t.Errorf("outcome %+v, %v at %v, want %v at 1s", out, err, at, errCut)
				}
				time.Sleep(5 * second)
				if c.closed.Load() != 1 {
					t.Errorf("the late value was closed %d times, want once", c.closed.Load())
				}
			})
		})
	}
}

func TestNamesNameAttemptsTasksAndErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		told := new(telling)
		inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
			var task string
			spy := func(ctx context.Context) (int, error) {
				for _, running := range scope.Current(ctx).Snapshot().Tasks {
					task = running.Name
				}
				return 0, errBoom
			}
			out, err := race.FailFast(ctx, fns{spy}, race.Names(func(i int) string { return "mirror" }))
			const want = "race: the first to end has failed: contender 0 (mirror): boom"
			if err == nil || err.Error() != want || out.Name != "mirror" || out.Attempts[0].Name != "mirror" || task != "mirror" {
				t.Errorf("outcome %+v, %v, task %q, want all to be called mirror", out, err, task)
			}
		})
	})
}
