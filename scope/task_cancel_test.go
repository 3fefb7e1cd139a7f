package scope_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// untilCause is a task that runs until its context ends and returns the cause.
func untilCause(ctx context.Context) (int, error) {
	<-ctx.Done()
	return 0, context.Cause(ctx)
}

func TestCancelEndsOneTaskAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		sink := new(told)
		s := scope.New(t.Context(), "s", scope.WithSink(sink))
		one, other := scope.Go(t.Context(), s, untilCause), scope.Go(t.Context(), s, untilCause)
		for _, task := range []*scope.Task[int]{one, other} {
			go func() {
				_, err := task.Wait(t.Context())
				d.note("%v: %v", task.State(), withoutSite(err))
			}()
		}
		time.Sleep(time.Second)
		one.Cancel(errBoom)
		one.Cancel(errCrash) // too late
		time.Sleep(time.Second)
		_, err := one.Wait(t.Context())
		c, ok := errors.AsType[*scope.Cancelled](err)
		if !ok || c.Path != "/s" || c.By != "Cancel" || c.Reason != errBoom || !strings.Contains(c.Caller, "task_cancel_test.go:") { //nolint:errorlint // as it is
			t.Errorf("Wait() = %#v, want the *Cancelled of this test", err)
		}
		s.Cancel(nil)
		mustClose(t, s)
		synctest.Wait()
		d.want(t,
			"1s cancelled: scope /s cancelled by Cancel: boom",
			"2s cancelled: scope /s cancelled by Cancel",
		)
		sink.want(t)
	})
}

func TestCancelOfATaskUsesACancelledAsItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		task := scope.Go(t.Context(), s, untilCause)
		cause := &scope.Cancelled{By: "a test"}
		task.Cancel(cause)
		if _, err := task.Wait(t.Context()); err != cause { //nolint:errorlint // as it is
			t.Errorf("Wait() = %v, want %v", err, cause)
		}
		mustClose(t, s)
	})
}

func TestCancelDoesNothingOnceTheTaskHasEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		var kept context.Context
		task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { kept = ctx; return 7, nil })
		<-task.Done()
		task.Cancel(errBoom)
		if v, err := task.Wait(t.Context()); v != 7 || err != nil || task.State() != scope.TaskSucceeded {
			t.Errorf("Wait() = %v, %v, state %v, want 7, nil, succeeded", v, err, task.State())
		}
		if cause := context.Cause(kept); errors.Is(cause, errBoom) {
			t.Errorf("Cause() = %v, want the end of the task", cause)
		}
		mustClose(t, s)
		refused := scope.Go(t.Context(), s, untilCause)
		refused.Cancel(errBoom)
		if _, err := refused.Wait(t.Context()); !errors.Is(err, scope.ErrClosed) || errors.Is(err, errBoom) {
			t.Errorf("Wait() = %v, want %v", err, scope.ErrClosed)
		}
	})
}

// The tasks of this test ask for the values of a request, of the scope, or of
// both.
func TestCancelReachesWhatIsPartOfTheTaskAndNothingElse(t *testing.T) {
	for name, ctx := range map[string]context.Context{
		"values of the scope":   context.Background(),
		"values of the request": context.WithValue(context.Background(), key{}, 1),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := newDiary()
				s := scope.New(context.Background(), "s")
				other := scope.New(context.Background(), "other")
				note := func(what string) func(context.Context) error {
					return func(ctx context.Context) error {
						<-ctx.Done()
						d.note("%s: %v", what, withoutSite(context.Cause(ctx)))
						return ctx.Err()
					}
				}
				attached := make(chan *scope.Scope, 2)
				task := scope.Go(ctx, s, func(ctx context.Context) (int, error) {
					derived, cancel := context.WithCancel(context.WithValue(ctx, other, 1))
					defer cancel()
					_ = scope.Spawn(ctx, note("spawned"))
					_ = scope.Spawn(context.WithValue(ctx, other, 1), note("spawned with a value"))
					_ = scope.Spawn(derived, note("spawned with a derived context"))
					_ = s.Go(ctx, note("started in the scope"))
					attached <- scope.New(ctx, "attached")
					attached <- scope.New(context.WithValue(ctx, other, 1), "attached")
					go func() { _ = other.Do(ctx, note("done elsewhere")) }()
					_ = scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
						mustGo(t, n, note("in the nested scope"))
						return note("nested")(ctx)
					})
					return 0, note("task")(ctx)
				})
				time.Sleep(time.Second)
				task.Cancel(errBoom)
				time.Sleep(time.Second)
				for range 2 {
					if a := <-attached; a.Context().Err() != nil {
						t.Errorf("the attached scope ended: %v", context.Cause(a.Context()))
					}
				}
				s.Cancel(nil)
				mustClose(t, s)
				mustClose(t, other)
				const by = ": scope /s cancelled by Cancel"
				d.wantSorted(t,
					"1s spawned"+by+": boom",
					"1s spawned with a value"+by+": boom",
					"1s spawned with a derived context"+by+": boom",
					"1s done elsewhere"+by+": boom",
					"1s in the nested scope"+by+": boom",
					"1s nested"+by+": boom",
					"1s task"+by+": boom",
					"2s started in the scope"+by,
				)
			})
		})
	}
}

func TestScopeOpenedInACancelledTaskHasEndedFromTheStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(t.Context(), "s")
		task := scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			return 0, scope.Run(ctx, "nested", func(ctx context.Context, n *scope.Scope) error {
				if err := n.Go(ctx, noop); !errors.Is(err, scope.ErrClosed) {
					t.Errorf("Go() = %v, want %v", err, scope.ErrClosed)
				}
				return nil
			})
		})
		task.Cancel(errBoom)
		if _, err := task.Wait(t.Context()); !errors.Is(err, errBoom) || task.State() != scope.TaskCancelled {
			t.Errorf("Wait() = %v, state %v, want the cause", err, task.State())
		}
		mustClose(t, s)
	})
}

func TestContextOfATaskWithAHandleEndsWithTheTaskAndWhatItSpawned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(t.Context(), "s")
		var asked, unasked context.Context
		spawned := func(ctx context.Context) error {
			time.Sleep(2 * time.Second)
			d.note("spawned: %v", ctx.Err())
			return scope.Spawn(ctx, func(ctx context.Context) error {
				time.Sleep(time.Second)
				d.note("spawned by that: %v", ctx.Err())
				return nil
			})
		}
		for _, keep := range []*context.Context{&asked, &unasked} {
			scope.Go(t.Context(), s, func(ctx context.Context) (int, error) {
				*keep = ctx
				if keep == &asked {
					d.noteEnd(ctx, "end")
				}
				time.Sleep(time.Second)
				return 0, scope.Spawn(ctx, spawned)
			})
		}
		mustWait(t, s)
		d.wantSorted(t, "3s spawned: <nil>", "3s spawned: <nil>",
			"4s spawned by that: <nil>", "4s spawned by that: <nil>", "4s end")
		for _, ctx := range []context.Context{asked, unasked} {
			select {
			case <-ctx.Done():
			default:
				t.Error("Done() is open after the end of the task")
			}
			if cause := context.Cause(ctx); ctx.Err() != context.Canceled || cause.Error() != "scope cancelled by the end of the task" {
				t.Errorf("Err() = %v, Cause() = %v after the end", ctx.Err(), cause)
			}
		}
		mustClose(t, s)
	})
}

func TestOwnContextHasTheValuesDeadlineAndScopeOfAnyTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type other struct{}
		outer, cancel := context.WithTimeout(context.WithValue(t.Context(), other{}, "scope's"), time.Minute)
		defer cancel()
		s := scope.New(outer, "s")
		deadline, _ := outer.Deadline()
		check := func(ctx context.Context, when string) {
			if d, ok := ctx.Deadline(); !ok || d != deadline {
				t.Errorf("%s: Deadline() = %v, %v", when, d, ok)
			}
			if a, b := ctx.Value(key{}), ctx.Value(other{}); a != "request's" || b != "scope's" {
				t.Errorf("%s: values %v and %v, want request's and scope's", when, a, b)
			}
			if scope.Current(ctx) != s {
				t.Errorf("%s: Current() = %v, want %v", when, scope.Current(ctx), s)
			}
		}
		var kept context.Context
		task := scope.Go(context.WithValue(t.Context(), key{}, "request's"), s, func(ctx context.Context) (int, error) {
			kept = ctx
			check(ctx, "at first")
			ctx.Done()
			check(ctx, "linked")
			return 0, s.Go(ctx, func(ctx context.Context) error { check(ctx, "child"); return nil })
		})
		_, _ = task.Wait(t.Context())
		check(kept, "at the end")
		task = scope.Go(context.WithValue(t.Context(), key{}, "request's"), s, func(ctx context.Context) (int, error) { kept = ctx; return 0, nil })
		_, _ = task.Wait(t.Context())
		check(kept, "at the end, never asked")
		mustClose(t, s)
	})
}

func TestTaskCancelledWhileItsScopeClosesEndsOnce(t *testing.T) {
	for range rounds(300) {
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		var tasks [8]*scope.Task[int]
		var ended atomic.Int32
		for i := range tasks {
			tasks[i] = scope.Go(context.Background(), s, func(ctx context.Context) (int, error) {
				if i%2 == 0 {
					<-ctx.Done()
				}
				defer ended.Add(1)
				return scope.Go(ctx, s, untilCause).Wait(ctx)
			})
		}
		for i := range tasks {
			go tasks[i].Cancel(errBoom)
		}
		mustClose(t, s)
		for i, task := range tasks {
			if _, err := task.Wait(context.Background()); err == nil || !errors.Is(err, context.Canceled) && !errors.Is(err, scope.ErrClosed) {
				t.Errorf("task %d: Wait() = %v, want an end", i, err)
			}
		}
		if got := ended.Load(); got != int32(len(tasks)) {
			t.Errorf("%d tasks have ended, want %d", got, len(tasks))
		}
	}
}

// A long-lived scope must not remember the contexts of its tasks.
func TestEndedTasksLeaveNoContextsBehind(t *testing.T) {
	s := scope.New(t.Context(), "s")
	heap := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	run := func(n int) {
		for range n {
			task := scope.Go(context.Background(), s, func(ctx context.Context) (int, error) { ctx.Done(); return 0, nil })
			_, _ = task.Wait(context.Background())
		}
	}
	run(100)
	before := heap()
	const n = 20_000
	run(n)
	if grown := heap() - before; grown > n*20 {
		t.Errorf("%d tasks leave %d bytes behind, want about none", n, grown)
	}
	mustClose(t, s)
}
