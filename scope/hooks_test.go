package scope_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// noting returns hooks that note all they are told, under a name of their own.
func (d *diary) noting(who string) *scope.Hooks {
	return &scope.Hooks{
		ScopeOpened: func(_ context.Context, s *scope.Scope) { d.note("%s: %s opened", who, s.Path()) },
		ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
			d.note("%s: %s %v after %v", who, s.Path(), step.State, step.Took)
		},
		TaskStarted: func(_ context.Context, t *scope.TaskInfo) context.Context {
			d.note("%s: task %s started", who, t.Name)
			return nil
		},
		TaskEnded: func(_ context.Context, t *scope.TaskInfo, end scope.TaskEnd) {
			d.note("%s: task %s %v after %v: %v", who, t.Name, end.State, end.Elapsed, end.Err)
		},
		ErrorReported: func(_ context.Context, s *scope.Scope, e *scope.TaskError) {
			d.note("%s: %s reports %v", who, s.Path(), e.Err)
		},
	}
}

func TestHooksAreToldTheLifeOfASubtreeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.WithHooks(d.noting("h")), scope.WithSink(new(told)))
		app := root.Child("app")
		mustGo(t, app, failAfter(time.Second, errBoom), scope.Named("fails"))
		mustGo(t, app, finishing(newDiary(), "", 2*time.Second), scope.Named("finishes"))
		mustGo(t, root, untilEnd, scope.Named("pool"))
		root.Defer("file", func(context.Context) error { time.Sleep(time.Second); return nil })
		time.Sleep(3 * time.Second)
		if err := root.Shutdown(within(t, time.Minute)); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t,
			"0s h: /root opened",
			"0s h: /root/app opened",
			"0s h: task fails started",
			"0s h: task finishes started",
			"0s h: task pool started",
			"1s h: task fails failed after 1s: boom",
			"1s h: /root/app reports boom",
			"3s h: /root draining after 0s",
			"3s h: /root/app draining after 0s",
			"5s h: task finishes succeeded after 5s: <nil>",
			"5s h: /root/app cancelling after 2s",
			"5s h: /root/app closed after 0s",
			"15s h: /root cancelling after 12s",
			"15s h: task pool cancelled after 15s: context canceled",
			"15s h: /root releasing after 0s",
			"16s h: /root closed after 1s",
		)
	})
}

func TestStepsOfOneScopeComeInOrderAndAfterThoseOfItsChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		h := &scope.Hooks{
			ScopeOpened: func(_ context.Context, s *scope.Scope) { d.note("%s open", s.Path()) },
			ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
				time.Sleep(time.Second) // other goroutines have all the time to overtake
				if step.State == scope.StateDraining && s.Name() != "a" {
					return // all drain at the same time
				}
				d.note("%s %v", s.Path(), step.State)
			},
		}
		a := scope.New(context.Background(), "a", scope.WithHooks(h))
		b := a.Child("b")
		b.Child("c")
		mustClose(t, a)
		d.want(t,
			"0s /a open", "0s /a/b open", "0s /a/b/c open",
			"1s /a draining",
			"2s /a/b/c cancelling", "3s /a/b/c closed",
			"4s /a/b cancelling", "5s /a/b closed",
			"6s /a cancelling", "7s /a closed",
		)
	})
}

func TestHooksAreCalledOutermostFirstAndInReverseAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		only := func(who string) *scope.Hooks {
			h := d.noting(who)
			return &scope.Hooks{TaskStarted: h.TaskStarted, TaskEnded: h.TaskEnded}
		}
		defer scope.Observe(only("process"))()
		root := scope.New(context.Background(), "root", scope.WithHooks(only("root")), scope.WithHooks(only("root2")))
		s := root.Child("s", scope.WithHooks(only("s")))
		remove := s.Hook(only("late"))
		do := func(name string) {
			if err := s.Do(context.Background(), func(context.Context) error { return nil }, scope.Named(name)); err != nil {
				t.Errorf("Do() = %v, want nil", err)
			}
		}
		do("x")
		remove()
		remove()
		do("y")
		d.want(t,
			"0s process: task x started", "0s root: task x started", "0s root2: task x started",
			"0s s: task x started", "0s late: task x started",
			"0s late: task x succeeded after 0s: <nil>", "0s s: task x succeeded after 0s: <nil>",
			"0s root2: task x succeeded after 0s: <nil>", "0s root: task x succeeded after 0s: <nil>",
			"0s process: task x succeeded after 0s: <nil>",
			"0s process: task y started", "0s root: task y started", "0s root2: task y started", "0s s: task y started",
			"0s s: task y succeeded after 0s: <nil>", "0s root2: task y succeeded after 0s: <nil>",
			"0s root: task y succeeded after 0s: <nil>", "0s process: task y succeeded after 0s: <nil>",
		)
		mustClose(t, root)
	})
}

func TestHooksOfOneScopeDoNotSeeItsSiblings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root")
		root.Child("watched", scope.WithHooks(d.noting("h")))
		root.Child("sibling")
		mustClose(t, root)
		d.want(t,
			"0s h: /root/watched opened", "0s h: /root/watched draining after 0s",
			"0s h: /root/watched cancelling after 0s", "0s h: /root/watched closed after 0s",
		)
	})
}

func TestStartHookGivesValuesAndNotLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen any
		h := &scope.Hooks{
			TaskStarted: func(ctx context.Context, _ *scope.TaskInfo) context.Context {
				ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, "span"))
				cancel()
				return ctx
			},
			TaskEnded: func(ctx context.Context, _ *scope.TaskInfo, _ scope.TaskEnd) { seen = ctx.Value(key{}) },
		}
		s := scope.New(context.Background(), "s", scope.WithHooks(h))
		ways := map[string]func(fn func(context.Context) error){
			"Go":    func(fn func(context.Context) error) { mustGo(t, s, fn); mustWait(t, s) },
			"Do":    func(fn func(context.Context) error) { _ = s.Do(t.Context(), fn) },
			"Spawn": func(fn func(context.Context) error) { _ = scope.Spawn(s.Context(), fn); mustWait(t, s) },
			"handle": func(fn func(context.Context) error) {
				_, _ = scope.Go(t.Context(), s, func(ctx context.Context) (int, error) { return 0, fn(ctx) }).Wait(t.Context())
			},
		}
		for name, start := range ways {
			seen = nil
			start(func(ctx context.Context) error {
				if v := ctx.Value(key{}); v != "span" {
					t.Errorf("%s: the task sees value %v, want that of the hook", name, v)
				}
				if err := ctx.Err(); err != nil {
					t.Errorf("%s: Err() = %v, want nil: the life of a task is its own", name, err)
				}
				if scope.Current(ctx) != s {
					t.Errorf("%s: Current() = %v, want s", name, scope.Current(ctx))
				}
				derived, cancel := context.WithCancel(ctx)
				defer cancel()
				if err := derived.Err(); err != nil {
					t.Errorf("%s: a derived context has ended: %v", name, err)
				}
				return nil
			})
			if seen != "span" {
				t.Errorf("%s: the end hook sees value %v, want that of the start hook", name, seen)
			}
		}
		mustGo(t, s, func(ctx context.Context) error {
			<-ctx.Done()
			if cause := context.Cause(ctx); !errors.As(cause, new(*scope.Cancelled)) {
				t.Errorf("Cause() = %v, want the scope's", cause)
			}
			return ctx.Err()
		})
		synctest.Wait()
		mustClose(t, s)
	})
}

func TestPanicOfAHookGoesToTheSinkAndStopsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		crash := func() { panic(errCrash) }
		h := &scope.Hooks{
			ScopeOpened:   func(context.Context, *scope.Scope) { crash() },
			ScopeMoved:    func(context.Context, *scope.Scope, scope.Step) { crash() },
			TaskStarted:   func(context.Context, *scope.TaskInfo) context.Context { crash(); return nil },
			TaskEnded:     func(context.Context, *scope.TaskInfo, scope.TaskEnd) { crash() },
			ErrorReported: func(context.Context, *scope.Scope, *scope.TaskError) { crash() },
		}
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithHooks(h), scope.WithSink(sink))
		ran := false
		mustGo(t, s, func(context.Context) error { ran = true; return errBoom })
		mustWait(t, s)
		mustClose(t, s)
		if !ran {
			t.Error("the task did not run")
		}
		crashes, booms := 0, 0
		for _, e := range sink.all() {
			switch {
			case errors.Is(e, errCrash):
				crashes++
			case errors.Is(e, errBoom):
				booms++
			}
		}
		// Opened, started, ended, reported, and three steps.
		if crashes != 7 || booms != 1 {
			t.Errorf("the sink got %d panics of hooks and %d failures, want 7 and 1", crashes, booms)
		}
	})
}

func TestStuckHookIsBoundByTheTimeouts(t *testing.T) {
	for _, at := range []scope.State{scope.StateDraining, scope.StateCancelling, scope.StateReleasing, scope.StateClosed} {
		synctest.Test(t, func(t *testing.T) {
			stop := make(chan struct{})
			h := &scope.Hooks{ScopeMoved: func(_ context.Context, _ *scope.Scope, step scope.Step) {
				if step.State == at {
					<-stop
				}
			}}
			s := scope.New(context.Background(), "s", scope.WithHooks(h),
				scope.WithTimeouts(scope.Timeouts{Drain: time.Second, Cancel: time.Second, Release: time.Second}))
			s.Defer("r", func(context.Context) error { return nil })
			start := time.Now()
			err := s.Shutdown(context.Background())
			if !errors.As(err, new(*scope.StuckError)) {
				t.Errorf("%v: Shutdown() = %v, want a StuckError", at, err)
			}
			if took := time.Since(start); took > 3*time.Second {
				t.Errorf("%v: Shutdown took %v", at, took)
			}
			close(stop)
		})
	}
}

func TestShutdownFromAHookIsErrSelfWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []error
		h := &scope.Hooks{ScopeMoved: func(ctx context.Context, s *scope.Scope, _ scope.Step) {
			got = append(got, s.Shutdown(ctx))
		}}
		s := scope.New(context.Background(), "s", scope.WithHooks(h))
		mustClose(t, s)
		if len(got) != 3 {
			t.Errorf("%d steps were told, want 3", len(got))
		}
		for _, err := range got {
			if !errors.Is(err, scope.ErrSelfWait) {
				t.Errorf("Shutdown() = %v, want ErrSelfWait", err)
			}
		}
	})
}

func TestScopeThatWaitsSaysForWhomWhileItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		h := &scope.Hooks{
			WaitsAfter: 2 * time.Second,
			ScopeWaits: func(_ context.Context, s *scope.Scope, w scope.Waiting) {
				d.note("%s %v %v scopes=%d tasks=%d %v %q", s.Path(), w.State, w.For, w.Scopes, w.Tasks, append(w.Paths, w.Names...), w.Release)
			},
		}
		root := scope.New(context.Background(), "root", scope.WithHooks(h),
			scope.WithTimeouts(scope.Timeouts{Drain: 3 * time.Second, Cancel: 3 * time.Second, Release: -1}))
		app := root.Child("app")
		stop := make(chan struct{})
		mustGo(t, app, deaf(stop), scope.Named("deaf"))
		mustGo(t, app, deaf(stop))
		time.AfterFunc(5500*time.Millisecond, func() { close(stop) })
		root.Defer("slow", func(context.Context) error { time.Sleep(3 * time.Second); return nil })
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t,
			`2s /root draining 2s scopes=1 tasks=0 [/root/app] ""`,
			`2s /root/app draining 2s scopes=0 tasks=2 [deaf] ""`,
			`4s /root draining 4s scopes=1 tasks=0 [/root/app] ""`,
			`5s /root/app cancelling 2s scopes=0 tasks=2 [deaf] ""`,
			`7.5s /root releasing 2s scopes=0 tasks=0 [] "slow"`,
		)
	})
}

func TestStepTellsWhatWasWaitedForAndWhatWasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		h := &scope.Hooks{ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
			if s.Name() == "root" {
				d.note("%v took %v, scopes %v; waited for %d scopes, %d tasks %v; left %d; %v", step.State, step.Took, step.Scopes,
					step.Waited.Scopes, step.Waited.Tasks, append(step.Waited.Paths, step.Waited.Names...), step.Left, step.Cause)
			}
		}}
		root := scope.New(context.Background(), "root", scope.WithHooks(h), scope.WithTimeouts(scope.Timeouts{Drain: 3 * time.Second, Cancel: time.Second}))
		mustGo(t, root.Child("app"), finishing(newDiary(), "", 2*time.Second))
		stop := make(chan struct{})
		mustGo(t, root, deaf(stop), scope.Named("deaf"))
		mustGo(t, root, untilEnd, scope.Named("listens"))
		if err := root.Shutdown(context.Background()); !errors.As(err, new(*scope.StuckError)) {
			t.Errorf("Shutdown() = %v, want a StuckError", err)
		}
		const cause = "scope /root cancelled by Shutdown"
		d.want(t,
			"0s draining took 0s, scopes 0s; waited for 0 scopes, 0 tasks []; left 2; "+cause,
			"5s cancelling took 5s, scopes 2s; waited for 1 scopes, 2 tasks [/root/app deaf listens]; left 2; "+cause,
			"6s closed took 1s, scopes 0s; waited for 0 scopes, 2 tasks [deaf listens]; left 1; "+cause,
		)
		close(stop)
	})
}

func TestObserversCanComeAndGoWhileScopesDo(t *testing.T) {
	const n = 50
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range n {
			remove := scope.Observe(&scope.Hooks{TaskEnded: func(context.Context, *scope.TaskInfo, scope.TaskEnd) {}})
			runtime.Gosched()
			remove()
		}
	}()
	for i := range n {
		s := scope.New(context.Background(), fmt.Sprint("s", i))
		remove := s.Hook(&scope.Hooks{ScopeMoved: func(context.Context, *scope.Scope, scope.Step) {}})
		for range 10 {
			mustGo(t, s, func(context.Context) error { return nil })
		}
		remove()
		mustClose(t, s)
	}
	<-done
}

func TestNilHooksPanic(t *testing.T) {
	s := scope.New(context.Background(), "s")
	defer mustClose(t, s)
	if v := panicOf(func() { s.Hook(nil) }); v != "scope: Hook: h is nil" {
		t.Errorf("Hook(nil) panics with %v", v)
	}
	if v := panicOf(func() { scope.Observe(nil) }); v != "scope: Observe: h is nil" {
		t.Errorf("Observe(nil) panics with %v", v)
	}
}
