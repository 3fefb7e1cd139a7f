package fan_test

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

	"github.com/rxscope/rxscope/merge"
	"github.com/rxscope/rxscope/operators"
	"github.com/rxscope/rxscope/scope"
	"github.com/rxscope/rxscope/stream"
)

// An asking is an operator over one function of the user, which is called in a
// task with the context of that.
type asking struct {
	name string // of the scope
	make func(fn scope.Func[int]) stream.Stream[int]
}

var askings = []asking{
	{"map-parallel", func(fn scope.Func[int]) stream.Stream[int] {
		return operators.MapParallel(stream.Of(1), 2, func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
	}},
	{"map-ordered", func(fn scope.Func[int]) stream.Stream[int] {
		return operators.MapOrdered(stream.Of(1), 2, func(ctx context.Context, _ int) (int, error) { return fn(ctx) })
	}},
	{"as-completed", func(fn scope.Func[int]) stream.Stream[int] { return operators.AsCompleted(fn) }},
	{"as-completed", func(fn scope.Func[int]) stream.Stream[int] {
		return operators.AsCompletedSeq(slices.Values([]scope.Func[int]{fn}), 2)
	}},
	{"as-completed", func(fn scope.Func[int]) stream.Stream[int] {
		s := operators.AsCompletedIndexed(slices.Values([]scope.Func[int]{fn}), 2)
		return operators.Map(s, func(c operators.Completion[int]) int { return c.Value })
	}},
	{"merge", func(fn scope.Func[int]) stream.Stream[int] { return merge.Merge(once(fn)) }},
	{"merge", func(fn scope.Func[int]) stream.Stream[int] {
		return merge.MergeSeq(slices.Values([]stream.Stream[int]{once(fn)}), 2)
	}},
}

// once is the source of what fn returns.
func once(fn scope.Func[int]) stream.Stream[int] {
	return func(ctx context.Context, yield func(int, error) bool) { yield(fn(ctx)) }
}

// forEachAsking runs f in a bubble for each operator.
func forEachAsking(t *testing.T, f func(t *testing.T, a asking)) {
	t.Helper()
	for _, a := range askings {
		t.Run(a.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { f(t, a) })
		})
	}
}

func TestRunIsAScopeUnderThatOfItsTask(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		inScope(t, newLedger(t), true, func(ctx context.Context, outer *scope.Scope) {
			s := a.make(func(ctx context.Context) (int, error) {
				own := scope.Current(ctx)
				if own.Path() != "/outer/"+a.name || own.Parent() != outer {
					t.Errorf("the function runs in %s, want /outer/%s", own.Path(), a.name)
				}
				if kids := outer.Children(); !slices.Equal(kids, []*scope.Scope{own}) {
					t.Errorf("children %v, want the scope of the run", kids)
				}
				return 1, nil
			})
			for range s.All(ctx) {
				if kids := outer.Children(); len(kids) != 1 || kids[0].Name() != a.name {
					t.Errorf("children %v in the loop body, want %s", kids, a.name)
				}
			}
			if kids := outer.Children(); len(kids) != 0 {
				t.Errorf("children %v after the run, want none", kids)
			}
		})
	})
}

func TestRunOutsideEveryScopeIsARootOfItsOwn(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		s := a.make(func(ctx context.Context) (int, error) {
			own := scope.Current(ctx)
			if own.Path() != "/"+a.name || !slices.Contains(scope.Roots(), own) {
				t.Errorf("the function runs in %s, want the root /%s", own.Path(), a.name)
			}
			return 1, nil
		})
		for range s.All(t.Context()) {
			if n := len(scope.Roots()); n != 1 {
				t.Errorf("%d roots in the loop body, want 1", n)
			}
		}
		if n := len(scope.Roots()); n != 0 {
			t.Errorf("%d roots after the run, want none", n)
		}
	})
}

func TestFunctionsGetTheValuesOfTheContext(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		ctx := context.WithValue(t.Context(), placeKey{}, "trace")
		ctx, cancel := context.WithTimeout(ctx, time.Minute)
		defer cancel()
		s := a.make(func(ctx context.Context) (int, error) {
			if v := ctx.Value(placeKey{}); v != "trace" {
				t.Errorf("value %v, want trace", v)
			}
			if d, ok := ctx.Deadline(); !ok || time.Until(d) != time.Minute {
				t.Errorf("deadline %v, %v, want in a minute", d, ok)
			}
			return 1, nil
		})
		if _, err := s.Collect(ctx); err != nil {
			t.Errorf("Collect() = %v", err)
		}
	})
}

func TestDeadlineCutsTheRunAtTheInstant(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		inScope(t, newLedger(t), true, func(ctx context.Context, _ *scope.Scope) {
			start := time.Now()
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			var cause error
			_, err := a.make(func(ctx context.Context) (int, error) {
				<-ctx.Done()
				cause = context.Cause(ctx)
				return 0, ctx.Err()
			}).Collect(ctx)
			if err != context.DeadlineExceeded { //nolint:errorlint // the cause, unchanged
				t.Errorf("Collect() = %v, want %v", err, context.DeadlineExceeded)
			}
			if !errors.Is(cause, context.DeadlineExceeded) {
				t.Errorf("cause in the function = %v, want %v", cause, context.DeadlineExceeded)
			}
			if at := time.Since(start); at != time.Second {
				t.Errorf("the run returned at %v, want 1s", at)
			}
		})
	})
}

func TestDeafFunctionIsAwaited(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errCut)
		defer cancel()
		var returned atomic.Bool
		got, err := a.make(func(context.Context) (int, error) {
			time.Sleep(10 * time.Second)
			returned.Store(true)
			return 1, nil
		}).Collect(ctx)
		if len(got) != 0 || err != errCut || !returned.Load() { //nolint:errorlint // unchanged
			t.Errorf("Collect() = %v, %v, function returned: %v", got, err, returned.Load())
		}
		if at := time.Since(start); at != 10*time.Second {
			t.Errorf("the run returned at %v, want 10s", at)
		}
	})
}

func TestClosingScopeCutsRunsStartedFromOutside(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		outer := scope.New(t.Context(), "outer")
		outer.Defer("a resource", func(context.Context) error {
			if at := time.Since(start); at != 5*time.Second {
				t.Errorf("released at %v, want 5s, when the function has returned", at)
			}
			return nil
		})
		go func() {
			time.Sleep(time.Second)
			if err := outer.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
		}()
		_, err := a.make(func(ctx context.Context) (int, error) {
			<-ctx.Done()
			if at := time.Since(start); at != time.Second {
				t.Errorf("function cancelled at %v, want 1s", at)
			}
			if err := outer.Context().Err(); err != nil {
				t.Errorf("the scope has ended under its child: %v", err)
			}
			time.Sleep(4 * time.Second)
			return 0, ctx.Err()
		}).Collect(outer.Context())
		c, ok := errors.AsType[*scope.Cancelled](err)
		if !ok || c.Path != "/outer" || c.By != "Close" {
			t.Errorf("Collect() = %v, want cancelled by the Close of /outer", err)
		}
		if at := time.Since(start); at != 5*time.Second {
			t.Errorf("the run returned at %v, want 5s", at)
		}
	})
}

func TestClosingScopeWaitsForTheLoopBody(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		outer := scope.New(t.Context(), "outer")
		time.AfterFunc(time.Second, func() { outer.Cancel(errCut) })
		go func() {
			for range a.make(func(context.Context) (int, error) { return 1, nil }).All(outer.Context()) {
				time.Sleep(4 * time.Second)
				break
			}
		}()
		time.Sleep(2 * time.Second)
		if err := outer.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
		if at := time.Since(start); at != 4*time.Second {
			t.Errorf("closed at %v, want 4s", at)
		}
	})
}

func TestRunInATaskEndsWithTheTask(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		root := scope.New(t.Context(), "root")
		app := root.Child("app")
		err := app.Go(t.Context(), func(ctx context.Context) error {
			_, err := a.make(func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, context.Cause(ctx)
			}).Collect(ctx)
			if at := time.Since(start); at != time.Second || err != context.Cause(ctx) { //nolint:errorlint // unchanged
				t.Errorf("Collect() = %v at %v, want %v at 1s", err, at, context.Cause(ctx))
			}
			return err
		})
		if err != nil {
			t.Errorf("Go() = %v", err)
		}
		time.Sleep(time.Second)
		if err := root.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
}

func TestDrainingScopeTakesRunsFromInsideOnly(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		outer := scope.New(t.Context(), "outer")
		slow := outer.Child("slow") // outer drains until it has closed
		if err := slow.Go(t.Context(), func(context.Context) error { time.Sleep(3 * time.Second); return nil }); err != nil {
			t.Errorf("Go() = %v", err)
		}
		err := outer.Go(t.Context(), func(ctx context.Context) error {
			time.Sleep(time.Second)
			got, err := a.make(func(context.Context) (int, error) { time.Sleep(time.Second); return 1, nil }).Collect(ctx)
			if err != nil || len(got) != 1 {
				t.Errorf("inside: Collect() = %v, %v, want [1]", got, err)
			}
			_, err = a.make(func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }).Collect(ctx)
			if at := time.Since(start); at != 3*time.Second || !errors.Is(err, errCut) {
				t.Errorf("inside: Collect() = %v at %v, want the cause at 3s", err, at)
			}
			return err
		})
		if err != nil {
			t.Errorf("Go() = %v", err)
		}
		outer.Cancel(errCut)
		got, err := a.make(func(context.Context) (int, error) { t.Error("called from outside"); return 1, nil }).Collect(outer.Context())
		if len(got) != 0 || !errors.Is(err, errCut) {
			t.Errorf("outside: Collect() = %v, %v, want only the cause", got, err)
		}
		if at := time.Since(start); at != 0 {
			t.Errorf("outside: refused at %v, want at once", at)
		}
		if err := outer.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
}

func TestErrorEventsDoNotEndAFailFastScope(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		errBoom := errors.New("boom")
		err := scope.Run(t.Context(), "outer", func(ctx context.Context, s *scope.Scope) error {
			return s.Go(ctx, func(ctx context.Context) error {
				_, err := a.make(func(context.Context) (int, error) { return 0, errBoom }).Collect(ctx)
				if !errors.Is(err, errBoom) || ctx.Err() != nil {
					t.Errorf("Collect() = %v, and the context: %v", err, ctx.Err())
				}
				return nil
			})
		}, scope.FailFast())
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
}

func TestFailureOfASiblingCutsTheRun(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		start := time.Now()
		errBoom := errors.New("boom")
		err := scope.Run(t.Context(), "outer", func(ctx context.Context, s *scope.Scope) error {
			if err := s.Go(ctx, func(context.Context) error { time.Sleep(time.Second); return errBoom }); err != nil {
				return err
			}
			_, err := a.make(func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() }).Collect(ctx)
			if at := time.Since(start); at != time.Second || !errors.Is(err, errBoom) {
				t.Errorf("Collect() = %v at %v, want %v at 1s", err, at, errBoom)
			}
			return err
		}, scope.FailFast())
		if !errors.Is(err, errBoom) {
			t.Errorf("Run() = %v, want %v", err, errBoom)
		}
	})
}

// TestGoexitOfASpawnedTaskReachesTheSink is about tasks that functions start in
// the scope of the run: nobody else tells of those.
func TestGoexitOfASpawnedTaskReachesTheSink(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		var told []error
		sink := scope.SinkFunc(func(_ context.Context, e *scope.TaskError) { told = append(told, e.Err) })
		err := scope.Run(t.Context(), "outer", func(ctx context.Context, _ *scope.Scope) error {
			_, err := a.make(func(ctx context.Context) (int, error) {
				return 1, scope.Spawn(ctx, func(context.Context) error { runtime.Goexit(); return nil })
			}).Collect(ctx)
			return err
		}, scope.WithSink(sink))
		if err != nil || len(told) != 1 || !errors.Is(told[0], scope.ErrGoexit) {
			t.Errorf("Run() = %v, the sink was told %v, want %v", err, told, scope.ErrGoexit)
		}
	})
}

func explode(context.Context) (int, error) { panic("kaboom") }

func TestPanicIsAnEventWithItsStack(t *testing.T) {
	forEachAsking(t, func(t *testing.T, a asking) {
		events := 0
		for v, err := range a.make(explode).All(t.Context()) {
			events++
			p, ok := errors.AsType[*scope.PanicError](err)
			if !ok || p.Value != "kaboom" || v != 0 {
				t.Fatalf("event %v, %v, want the panic", v, err)
			}
			if !strings.Contains(string(p.Stack), "fan_test.explode") {
				t.Errorf("the stack does not name the function that panicked:\n%s", p.Stack)
			}
		}
		if events != 1 {
			t.Errorf("%d events, want 1", events)
		}
	})
}
