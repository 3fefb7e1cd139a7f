package scope_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rxscope/rxscope/scope"
)

// closings returns an option that notes when scopes close.
func (d *diary) closings() scope.Option {
	return scope.WithHooks(&scope.Hooks{ScopeMoved: func(_ context.Context, s *scope.Scope, step scope.Step) {
		if step.State == scope.StateClosed {
			d.note("%s closed", s.Path())
		}
	}})
}

// triggers are the ways in which a whole tree is made to close.
var triggers = map[string]func(root *scope.Scope){
	"Close":    func(root *scope.Scope) { _ = root.Close() },
	"Cancel":   func(root *scope.Scope) { root.Cancel(errBoom); _ = root.Close() },
	"Shutdown": func(root *scope.Scope) { _ = root.Shutdown(context.Background()) },
}

func TestSequentialChildrenCloseOneAtATimeLastOpenedFirst(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			root := scope.New(context.Background(), "root", scope.Sequential(), d.closings())
			for i := range 3 {
				s := root.Child(fmt.Sprint("s", i))
				mustGo(t, s, takes(time.Second))
			}
			mustGo(t, root, takes(time.Second))
			end(root)
			t.Log(name)
			d.want(t, "1s /root/s2 closed", "2s /root/s1 closed", "3s /root/s0 closed", "3s /root closed")
		})
	}
}

// ended waits for the end of ctx and notes it.
func (d *diary) ended(ctx context.Context, what string) {
	<-ctx.Done()
	d.note("%s ends", what)
}

// takes is a task that ends d after its scope drains, or its context ends,
// whichever is first.
func takes(d time.Duration) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-scope.Draining(ctx):
		case <-ctx.Done():
		}
		time.Sleep(d)
		return nil
	}
}

func TestChildWhoseTurnHasNotComeTakesWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", scope.Sequential(), d.closings())
		pool := root.Child("pool")
		handlers := root.Child("handlers")
		mustGo(t, handlers, func(ctx context.Context) error {
			<-scope.Draining(ctx)
			time.Sleep(time.Second)
			if err := pool.Do(ctx, func(ctx context.Context) error { return ctx.Err() }); err != nil {
				t.Errorf("Do() on the pool of a draining handler = %v, want nil", err)
			}
			return nil
		})
		if err := root.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.want(t, "1s /root/handlers closed", "1s /root/pool closed", "1s /root closed")
	})
}

func TestScopeClosesAfterTheOthers(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			root := scope.New(context.Background(), "root", d.closings())
			a, b := root.Child("a"), root.Child("b")
			db := root.Child("db", scope.After(a, b))
			root.Child("last", scope.After(db))
			free := root.Child("free")
			mustGo(t, a, takes(time.Second))
			mustGo(t, b, takes(2*time.Second))
			mustGo(t, db, takes(time.Second))
			mustGo(t, free, takes(5*time.Second))
			end(root)
			t.Log(name)
			d.want(t, "1s /root/a closed", "2s /root/b closed", "3s /root/db closed", "3s /root/last closed",
				"5s /root/free closed", "5s /root closed")
		})
	}
}

func TestScopeDoesNotWaitForOthersThatClosedEarlier(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		root := scope.New(context.Background(), "root", d.closings())
		a, b := root.Child("a"), root.Child("b")
		db := root.Child("db", scope.After(a, b))
		mustClose(t, a)
		root.Child("later", scope.After(a, db))
		mustGo(t, b, takes(time.Second))
		mustClose(t, root)
		d.want(t, "0s /root/a closed", "1s /root/b closed", "1s /root/db closed", "1s /root/later closed", "1s /root closed")
	})
}

func TestOrderIsOverWithTheTimeForTheTree(t *testing.T) {
	for _, sequential := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			opts := []scope.Option{scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1})}
			if sequential {
				opts = append(opts, scope.Sequential())
			}
			root := scope.New(context.Background(), "root", opts...)
			a := root.Child("a")
			opts = nil
			if !sequential {
				opts = append(opts, scope.After(a))
			}
			b := root.Child("b", opts...)
			for _, s := range []*scope.Scope{a, b} {
				mustGo(t, s, func(ctx context.Context) error {
					d.ended(ctx, s.Name())
					return ctx.Err()
				})
			}
			if err := root.Shutdown(within(t, 2*time.Second)); err != nil {
				t.Errorf("Shutdown() = %v, want nil", err)
			}
			d.wantSorted(t, "2s a ends", "2s b ends")
		})
	}
}

func TestCloseOfOneChildKeepsNoOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root := scope.New(context.Background(), "root", scope.Sequential())
		first := root.Child("first")
		second := root.Child("second")
		mustClose(t, first)
		if second.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", second.State())
		}
		mustClose(t, root)
	})
}

func TestAfterThatCannotBeKeptPanics(t *testing.T) {
	root := scope.New(context.Background(), "root")
	defer mustClose(t, root)
	seq := root.Child("seq", scope.Sequential())
	child := seq.Child("child")
	for want, f := range map[string]func(){
		"scope: After: a scope is nil":                     func() { root.Child("x", scope.After(nil)) },
		"scope: After: /root is no sibling of x":           func() { root.Child("x", scope.After(root)) },
		"scope: After: /root/seq/child is no sibling of x": func() { root.Child("x", scope.After(child)) },
		"scope: After: the parent /root/seq is Sequential": func() { seq.Child("x", scope.After(child)) },
		"scope: After: /root is no sibling of y":           func() { scope.New(context.Background(), "y", scope.After(root)) },
		"scope: After: nested is part of a task, and ends with it": func() {
			_ = root.Do(context.Background(), func(ctx context.Context) error {
				return scope.Run(ctx, "nested", func(context.Context, *scope.Scope) error { return nil }, scope.After(seq))
			})
		},
	} {
		if v := panicOf(f); v != want {
			t.Errorf("panic %v, want %v", v, want)
		}
	}
}

func TestServiceOutlivesTheWorkItServes(t *testing.T) {
	for name, end := range triggers {
		synctest.Test(t, func(t *testing.T) {
			d := newDiary()
			s := scope.New(context.Background(), "s")
			s.Defer("file", func(context.Context) error { d.note("released"); return nil })
			mustGo(t, s, func(ctx context.Context) error {
				d.ended(ctx, "service")
				time.Sleep(time.Second)
				d.note("service has ended")
				return nil
			}, scope.Service())
			mustGo(t, s, func(ctx context.Context) error {
				d.ended(ctx, "work")
				time.Sleep(time.Second)
				d.note("work has ended")
				return nil
			})
			mustGo(t, s.Child("child"), func(ctx context.Context) error {
				<-ctx.Done()
				time.Sleep(time.Second)
				d.note("child has ended")
				return nil
			})
			synctest.Wait()
			end(s)
			t.Log(name)
			want := []string{"1s child has ended", "1s work ends", "2s work has ended",
				"2s service ends", "3s service has ended", "3s released"}
			if name == "Shutdown" {
				want = []string{"11s child has ended", "21s work ends", "22s work has ended",
					"32s service ends", "33s service has ended", "33s released"}
			}
			d.want(t, want...)
		})
	}
}

func TestServiceIsToldToDrainWhenItsTurnHasCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s")
		mustGo(t, s, finishing(d, "service", time.Second), scope.Service())
		mustGo(t, s, finishing(d, "work", time.Second))
		synctest.Wait()
		if err := s.Shutdown(context.Background()); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.want(t, "0s work drains", "1s work has finished", "1s service drains", "2s service has finished")
	})
}

func TestWaitAndRunAndLimitLeaveServicesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			for range 3 {
				mustGo(t, s, untilEnd, scope.Service())
			}
			mustGo(t, s, func(context.Context) error { time.Sleep(time.Second); return nil })
			return s.Wait(ctx)
		}, scope.WithLimit(1))
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
	})
}

func TestFailureOfAServiceIsThatOfATaskOfTheScope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		mustGo(t, s, failAfter(time.Second, errBoom), scope.Service())
		time.Sleep(2 * time.Second)
		if s.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", s.State())
		}
		mustClose(t, s)
		sink.want(t, "/s/service: boom")

		s = scope.New(context.Background(), "s", scope.FailFast())
		task := scope.Go(context.Background(), s, func(context.Context) (int, error) { time.Sleep(time.Second); return 0, errBoom }, scope.Service())
		if _, err := task.Wait(context.Background()); !errors.Is(err, errBoom) {
			t.Errorf("task.Wait() = %v, want boom", err)
		}
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v, want nil: the failure was read", err)
		}
	})
}

func TestStuckTaskDoesNotKeepServicesFromEnding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Cancel: time.Second, Release: time.Second}))
		stop := make(chan struct{})
		mustGo(t, s, deaf(stop))
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "service"); return nil }, scope.Service())
		mustGo(t, s, deaf(stop), scope.Service(), scope.Named("deaf service"))
		synctest.Wait()
		err := s.Shutdown(context.Background())
		if _, ok := errors.AsType[*scope.StuckError](err); !ok {
			t.Errorf("Shutdown() = %v, want a StuckError", err)
		}
		d.note("closed")
		d.want(t, "1s service ends", "2s closed")
		close(stop)
	})
}

func TestServiceOfAScopeWithoutTimeEndsWithTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		s := scope.New(context.Background(), "s", scope.WithTimeouts(scope.Timeouts{Drain: -1, Cancel: -1}))
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "service"); return nil }, scope.Service())
		mustGo(t, s, func(ctx context.Context) error { d.ended(ctx, "work"); return nil })
		synctest.Wait()
		if err := s.Shutdown(within(t, time.Second)); err != nil {
			t.Errorf("Shutdown() = %v, want nil", err)
		}
		d.wantSorted(t, "1s service ends", "1s work ends")
	})
}

func TestServiceIsRefusedAsAnyTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := scope.New(context.Background(), "s")
		mustClose(t, s)
		if err := s.Go(context.Background(), untilEnd, scope.Service()); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Go() = %v, want ErrClosed", err)
		}
		if s.TryGo(context.Background(), untilEnd, scope.Service()) {
			t.Error("TryGo() = true, want false")
		}
		if _, err := scope.Go(context.Background(), s, func(context.Context) (int, error) { return 0, nil }, scope.Service()).Wait(t.Context()); !errors.Is(err, scope.ErrClosed) {
			t.Errorf("Wait() = %v, want ErrClosed", err)
		}
	})
}

func TestServiceThatDependsOnACallerPanics(t *testing.T) {
	s := scope.New(context.Background(), "s")
	defer mustClose(t, s)
	want := "scope: Do: Service: the task ends with ctx"
	if v := panicOf(func() { _ = s.Do(context.Background(), untilEnd, scope.Service()) }); v != want {
		t.Errorf("panic %v, want %v", v, want)
	}
	want = "scope: Spawn: Service: the task ends with ctx"
	if v := panicOf(func() { _ = scope.Spawn(s.Context(), untilEnd, scope.Service()) }); v != want {
		t.Errorf("panic %v, want %v", v, want)
	}
}

func TestScopeEndsWithItsMainTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDiary()
		err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			mustGo(t, s, func(ctx context.Context) error {
				<-ctx.Done()
				d.note("%v", context.Cause(ctx))
				return ctx.Err()
			})
			mustGo(t, s, func(context.Context) error { time.Sleep(time.Second); return nil }, scope.EndsScope(), scope.Named("main"))
			return nil
		})
		if err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		d.want(t, "1s scope /s cancelled by task main")
	})
}

func TestFailureOfTheMainTaskIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sink := new(told)
		err := scope.Run(context.Background(), "s", func(_ context.Context, s *scope.Scope) error {
			mustGo(t, s, untilEnd)
			mustGo(t, s, failAfter(time.Second, errBoom), scope.EndsScope())
			return nil
		}, scope.WithSink(sink))
		if !errors.Is(err, errBoom) {
			t.Errorf("Run() = %v, want boom", err)
		}
		sink.want(t)

		s := scope.New(context.Background(), "s", scope.WithSink(sink))
		if _, err := scope.Go(context.Background(), s, ends(time.Second, 7, nil), scope.EndsScope()).Wait(context.Background()); err != nil {
			t.Errorf("Wait() = %v, want nil", err)
		}
		if s.State() == scope.StateOpen {
			t.Error("the scope is open, want it closing")
		}
		mustClose(t, s)
		if err := scope.Run(context.Background(), "s", func(ctx context.Context, s *scope.Scope) error {
			return s.Do(ctx, func(context.Context) error { return nil }, scope.EndsScope())
		}); err != nil {
			t.Errorf("Run() = %v, want nil", err)
		}
		sink.want(t)
	})
}

func TestPlanTellsTheOrderAndActsNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sec := func(n int) time.Duration { return time.Duration(n) * time.Second }
		root := scope.New(context.Background(), "root", scope.WithTimeouts(scope.Timeouts{Drain: sec(3), Cancel: sec(2), Release: sec(1)}))
		a := root.Child("a", scope.Sequential())
		a.Child("x")
		a.Child("y", scope.WithTimeouts(scope.Timeouts{Drain: sec(10)}))
		db := root.Child("db", scope.After(a))
		db.Defer("file", func(context.Context) error { return nil })
		db.Defer("lock", func(context.Context) error { return nil })
		mustGo(t, root, untilEnd, scope.Service())
		mustGo(t, root, untilEnd)
		var got []string
		p := root.Plan()
		for _, s := range p.Steps {
			got = append(got, fmt.Sprintf("%s after %v below %v tasks %d releases %v by %v", s.Path, s.After, s.Below, s.Tasks, s.Releases, s.AtMost))
		}
		want := []string{
			"/root/a/y after [] below [] tasks 0 releases [] by 10s",
			"/root/a/x after [/root/a/y] below [] tasks 0 releases [] by 15s",
			"/root/a after [] below [/root/a/y /root/a/x] tasks 0 releases [] by 20s",
			"/root/db after [/root/a] below [] tasks 0 releases [lock file] by 27s",
			"/root/service after [] below [] tasks 1 releases [] by 37s",
			"/root after [] below [/root/a /root/db /root/service] tasks 1 releases [] by 37s",
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("Plan() =\n%q\nwant\n%q", got, want)
		}
		if p.AtMost != sec(37) {
			t.Errorf("AtMost = %v, want 37s", p.AtMost)
		}
		if root.State() != scope.StateOpen {
			t.Errorf("State() = %v, want open", root.State())
		}
		root.Child("endless", scope.WithTimeouts(scope.Timeouts{Drain: -1}))
		if p := root.Plan(); p.AtMost >= 0 {
			t.Errorf("AtMost = %v, want no limit", p.AtMost)
		}
		mustClose(t, root)
	})
}
