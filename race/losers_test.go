package race_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/race"
	"github.com/rxscope/rxscope/scope"
)

func TestLosersSeeTheRaceAsTheCause(t *testing.T) {
	for _, k := range kinds {
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			loser := func(ctx context.Context) (int, error) {
				<-ctx.Done()
				c, ok := context.Cause(ctx).(*scope.Cancelled) //nolint:errorlint // the cause itself
				if !ok || c.By != "race" {
					t.Errorf("%s: cause %v, want cancelled by race", k.name, context.Cause(ctx))
				}
				if at := time.Since(start); at != time.Second {
					t.Errorf("%s: cancelled at %v, want 1s", k.name, at)
				}
				return 0, ctx.Err()
			}
			if _, err := k.run(t.Context(), []scope.Func[int]{loser, wins(time.Second, 1), loser}); err != nil {
				t.Errorf("%s: %v", k.name, err)
			}
		})
	}
}

func TestDeafLosersAreAwaited(t *testing.T) {
	places := map[string]func(t *testing.T, f func(ctx context.Context)){
		"no scope": func(t *testing.T, f func(ctx context.Context)) { f(t.Context()) },
		"in a task": func(t *testing.T, f func(ctx context.Context)) {
			told := new(telling)
			inTask(t, told, func(ctx context.Context, _ *scope.Scope) { f(ctx) })
			told.want(t)
		},
	}
	for _, k := range kinds {
		for name, in := range places {
			t.Run(k.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					in(t, func(ctx context.Context) {
						start := time.Now()
						out, err := k.run(ctx, []scope.Func[int]{deaf(time.Hour, 0, nil), wins(time.Second, 1), deaf(time.Minute, 0, errBoom)})
						if out.Value != 1 || out.Elapsed != time.Second || err != nil {
							t.Errorf("outcome %+v, %v, want 1 after 1s", out, err)
						}
						wantAttempts(t, out.Attempts, "1: 0s to 1s", "2: 0s to 1m0s, boom", "0: 0s to 1h0m0s")
						if at := time.Since(start); at != time.Hour {
							t.Errorf("the race returned at %v, want 1h", at)
						}
					})
				})
			})
		}
	}
}

// TestStuckLoserOfAnAttachedRaceIsReported is about a race from outside a
// scope, whose time to close is limited by the Timeouts of that.
func TestStuckLoserOfAnAttachedRaceIsReported(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stuck atomic.Int32
		sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
			if _, ok := errors.AsType[*scope.StuckError](e); !ok {
				t.Errorf("the sink was told of %v, want what is stuck", e)
			}
			stuck.Add(1)
		})
		outer := scope.New(t.Context(), "outer", scope.WithSink(sink))
		start := time.Now()
		late := new(conn)
		out, err := race.DeferErrors(outer.Context(), []scope.Func[*conn]{wins(time.Second, new(conn)), deaf(time.Hour, late, nil)})
		if out.Index != 0 || err != nil || len(out.Attempts) != 1 || stuck.Load() != 1 {
			t.Errorf("outcome %+v, %v with %d reports", out, err, stuck.Load())
		}
		if at := time.Since(start); at != 6*time.Second {
			t.Errorf("the race returned at %v, want 6s", at)
		}
		if err := outer.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		time.Sleep(2 * time.Hour)
		if n := late.closed.Load(); n != 1 {
			t.Errorf("late value closed %d times, want once", n)
		}
	})
}

// A conn is a value that wants to be closed.
type conn struct {
	closed atomic.Int32
	err    error
}

func (c *conn) Close() error {
	c.closed.Add(1)
	return c.err
}

func TestLateValuesAreClosedButNotTheWinner(t *testing.T) {
	for name, run := range map[string]func(context.Context, []scope.Func[*conn], ...race.Option) (race.Outcome[*conn], error){
		"FailFast": race.FailFast[*conn], "DeferErrors": race.DeferErrors[*conn],
	} {
		synctest.Test(t, func(t *testing.T) {
			told := new(telling)
			conns := []*conn{{}, {}, {}, {err: errBoom}}
			inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
				out, err := run(ctx, []scope.Func[*conn]{
					deaf(2*time.Second, conns[0], nil), deaf(time.Second, conns[1], nil),
					deaf(time.Minute, conns[2], nil), deaf(time.Minute, conns[3], nil), deaf[*conn](time.Minute, nil, nil),
				})
				if out.Value != conns[1] || err != nil {
					t.Errorf("%s: outcome %+v, %v", name, out, err)
				}
				for i, c := range conns {
					if n := c.closed.Load(); n != 1 && i != 1 || n != 0 && i == 1 {
						t.Errorf("%s: value of contender %d closed %d times", name, i, n)
					}
				}
			})
			told.want(t, "/outer/race: race: "+name+": discarding a value: boom")
		})
	}
}

func TestDiscardGetsEachLateValueOnce(t *testing.T) {
	for name, discard := range map[string]func(){
		"returns": func() {}, "panics": func() { panic(errBoom) }, "exits": runtime.Goexit,
	} {
		for _, k := range kinds {
			t.Run(k.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var reports, discarded atomic.Int32
					sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) {
						if !strings.Contains(e.Error(), "race: "+k.name+": discarding a value: ") {
							t.Errorf("the sink was told of %v", e)
						}
						reports.Add(1)
					})
					inTask(t, sink, func(ctx context.Context, _ *scope.Scope) {
						late := make([]scope.Func[int], 5)
						for i := range late {
							late[i] = deaf(2*time.Second, 1<<(i+1), nil)
						}
						out, err := k.run(ctx, append(late, wins(time.Second, 1)), race.Discard(func(v int) {
							discarded.Add(int32(v))
							discard()
						}))
						if out.Value != 1 || err != nil {
							t.Errorf("outcome %+v, %v, want 1", out, err)
						}
						if n := discarded.Load(); n != 2+4+8+16+32 {
							t.Errorf("discarded %b, want each of 5 values once", n)
						}
					})
					if n := reports.Load(); name == "returns" && n != 0 || name != "returns" && n != 5 {
						t.Errorf("%d reports", n)
					}
				})
			})
		}
	}
}

func TestFailureInAFailFastRaceDiscardsLaterValues(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := new(conn)
		out, err := race.FailFast(t.Context(), []scope.Func[*conn]{fails[*conn](time.Second, errBoom), deaf(2*time.Second, c, nil)})
		if !errors.Is(err, errBoom) || out.Value != nil || out.Index != 0 || c.closed.Load() != 1 {
			t.Errorf("outcome %+v, %v, value closed %d times", out, err, c.closed.Load())
		}
	})
}

func TestContenderMaySpawnIntoTheScopeOfTheRace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		told := new(telling)
		inTask(t, told, func(ctx context.Context, _ *scope.Scope) {
			spawner := func(ctx context.Context) (int, error) {
				err := scope.Spawn(ctx, func(ctx context.Context) error {
					<-ctx.Done()
					if at := time.Since(start); at != time.Second {
						t.Errorf("spawned task cancelled at %v, want 1s", at)
					}
					time.Sleep(time.Second)
					return errBoom
				})
				return 0, errors.Join(errCrash, err)
			}
			out, err := race.DeferErrors(ctx, []scope.Func[int]{spawner, wins(time.Second, 1)})
			if out.Value != 1 || err != nil {
				t.Errorf("outcome %+v, %v, want 1", out, err)
			}
			if at := time.Since(start); at != 2*time.Second {
				t.Errorf("the race returned at %v, want 2s", at)
			}
		})
		told.want(t, "/outer/race: boom")
	})
}

func TestFailingReleaseOfAContenderReachesTheSink(t *testing.T) {
	release := func(ctx context.Context) {
		scope.Current(ctx).Defer("thing", func(context.Context) error { return errCrash })
	}
	for name, contender := range map[string]scope.Func[int]{
		"success": func(ctx context.Context) (int, error) { release(ctx); return 1, nil },
		"failure": func(ctx context.Context) (int, error) { release(ctx); return 0, errBoom },
		"cut": func(ctx context.Context) (int, error) {
			release(ctx)
			<-ctx.Done()
			return 0, ctx.Err()
		},
	} {
		for _, k := range kinds {
			t.Run(k.name+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					told := new(telling)
					inTask(t, told, func(ctx context.Context, s *scope.Scope) {
						time.AfterFunc(time.Second, func() { s.Cancel(errCut) })
						_, err := k.run(ctx, []scope.Func[int]{contender})
						e, _ := errors.AsType[*race.Error](err)
						switch {
						case errors.Is(err, errCrash):
							t.Errorf("error %v, which is told twice", err)
						case name == "success" && err != nil, name == "failure" && (!errors.Is(err, errBoom) || e.Cause != nil):
							t.Errorf("error %v", err)
						case name == "cut" && (!errors.Is(err, errCut) || e.Cause == nil):
							t.Errorf("error %v, want the cut", err)
						}
					})
					told.want(t, `/outer/race: scope: releasing "thing" of /outer/race: crash`)
				})
			})
		}
	}
}

func TestAThousandAtOnceHaveOneWinner(t *testing.T) {
	for _, k := range kinds {
		for range 20 {
			var discarded atomic.Int32
			contenders := make([]scope.Func[int], 1000)
			for i := range contenders {
				contenders[i] = func(context.Context) (int, error) { return i, nil }
			}
			out, err := k.run(t.Context(), contenders, race.Discard(func(int) { discarded.Add(1) }))
			started := len(out.Attempts)
			if err != nil || out.Value != out.Index || discarded.Load() != int32(started-1) {
				t.Fatalf("%s: outcome of %d, %v, with %d attempts and %d values given back", k.name, out.Value, err, started, discarded.Load())
			}
			if first := out.Attempts[0]; first.Index != out.Index {
				t.Errorf("%s: contender %d has won, %d was first", k.name, out.Index, first.Index)
			}
			if !slices.IsSortedFunc(out.Attempts, func(a, b race.Attempt) int { return int(a.End/time.Second) - int(b.End/time.Second) }) {
				t.Errorf("%s: attempts not in order of completion", k.name)
			}
		}
	}
}
